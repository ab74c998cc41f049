"""A spreadsheet for people to take along: every cell is what it says, and none of it is reckoned or followed."""

from typing import Any

import xlsxwriter


def workbook(out: Any, **options: Any) -> xlsxwriter.Workbook:
    """An .xlsx to be written into `out`, a path or a binary file. Text that looks like a formula, an address or a number stays text."""
    return xlsxwriter.Workbook(out, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, **options})
