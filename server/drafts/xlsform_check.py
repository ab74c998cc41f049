"""What pyxform says of an XLSForm, in a process of its own: rows in, its first complaint out.

Blank rows stay in their places, so that the rows it names are those of the sheet.
"""

import sys
from typing import Any

import msgspec

from server.sheets import confined

SHEETS = ("survey", "choices", "settings")


def complaint(form: dict[str, list[dict[str, str]]]) -> str:
    """What pyxform finds wrong with these sheets, or "". Raises confined.Failed."""
    return confined.run("server.drafts.xlsform_check", content=msgspec.json.encode(form)).decode()


def _complaint(form: dict[str, list[dict[str, str]]]) -> str:
    from pyxform.builder import create_survey_element_from_dict
    from pyxform.errors import PyXFormError
    from pyxform.xls2json import workbook_to_json
    from pyxform.xls2json_backends import DefinitionData

    given: dict[str, Any] = {"sheet_names": [name for name in SHEETS if form.get(name)]}
    for name in given["sheet_names"]:
        given |= {name: form[name], f"{name}_header": [dict.fromkeys(key for row in form[name] for key in row)]}
    try:
        create_survey_element_from_dict(workbook_to_json(DefinitionData(**given), form_name="form", fallback_form_name="form"))
    except PyXFormError as error:
        return str(error) or type(error).__name__
    return ""


if __name__ == "__main__":
    confined.confine()
    sys.stdout.buffer.write(_complaint(msgspec.json.decode(sys.stdin.buffer.read())).encode())
