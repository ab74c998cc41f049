"""A stranger's spreadsheet is rows of text, or a refusal in words: never a crash, never the server's memory."""

import datetime as dt
import io
import zipfile

import pytest
import xlsxwriter

from server.foundation.refusal import Refusal
from server.sheets.reading import MOST_COLUMNS, OLE, sheets


def book(*rows: list[object], merged: tuple[int, int, int, int, str] | None = None, formula: str = "") -> bytes:
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = made.add_worksheet("台账")
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    if merged:
        sheet.merge_range(*merged)
    if formula:
        sheet.write_formula(len(rows), 0, formula)
    made.close()
    return out.getvalue()


def refusal(content: bytes, most_rows: int = 100) -> str:
    with pytest.raises(Refusal) as refused:
        sheets(content, most_rows)
    assert refused.value.field == "file"
    return refused.value.code


def test_cells_read_as_somebody_would_type_them() -> None:
    (sheet,) = sheets(book(["名称", 80.0, 1.5, dt.date(2025, 8, 4), dt.datetime(2025, 8, 4, 9, 30), True, "'=1+1"]), 100)
    assert sheet.name == "台账"
    assert sheet.rows[0][:5] == ["名称", "80", "1.5", "2025-08-04", "2025-08-04 09:30:00"]
    assert sheet.rows[0][6] == "=1+1"


def test_rows_keep_their_numbers_and_merged_heads_are_named() -> None:
    (sheet,) = sheets(book([], ["一"], ["", "二"], merged=(0, 0, 0, 1, "问题清单")), 100)
    assert sheet.rows == [["问题清单", ""], ["一", ""], ["", "二"]]
    assert sheet.merged == [(0, 0, 0, 1)]


def test_a_formula_is_never_reckoned() -> None:
    (sheet,) = sheets(book(["甲"], formula='=HYPERLINK("http://127.0.0.1","x")'), 100)
    assert "http" not in str(sheet.rows[1:])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_csv_in_either_encoding(encoding: str) -> None:
    assert sheets("名称,床位\n安康,80\n".encode(encoding), 100)[0].rows == [["名称", "床位"], ["安康", "80"]]


@pytest.mark.parametrize("content", [b"PK\x03\x04", b"PK" + b"\xff" * 2000, OLE + b"\x00" * 2000, b"\x00\x01\x02", b"\xff\xfe\x00"])
def test_what_is_broken_is_said_to_be(content: bytes) -> None:
    assert refusal(content) == "sheet.broken"


def test_a_password_is_said_to_be_one() -> None:
    assert refusal(OLE + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le")) == "sheet.encrypted"


@pytest.mark.parametrize("content", [b"", b"\n\n,,\n", book([])])
def test_nothing_in_it(content: bytes) -> None:
    assert refusal(content) == "sheet.empty"


def test_too_many_rows_or_columns() -> None:
    assert refusal(book(*[["甲"]] * 101)) == "sheet.large"
    assert refusal(book(["甲"] * (MOST_COLUMNS + 1))) == "sheet.large"
    assert refusal(b"a\n" * 101) == "sheet.large"


def crafted(sheet: bytes) -> bytes:
    """A book whose only sheet holds these bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book(["甲"]))) as good, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bad:
        for name in good.namelist():
            bad.writestr(name, sheet if name == "xl/worksheets/sheet1.xml" else good.read(name))
    return out.getvalue()


HEAD = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TAIL = b"</sheetData></worksheet>"


def test_a_million_empty_rows_are_nothing() -> None:
    content = crafted(HEAD + b'<row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row>' + b"".join(b'<row r="%d"/>' % n for n in range(2, 1_000_000)) + TAIL)
    assert sheets(content, 100)[0].rows == [["x"]]


def test_one_cell_in_the_last_corner_is_too_large() -> None:
    assert refusal(crafted(HEAD + b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>' + TAIL)) in ("sheet.large", "sheet.broken")


def test_a_zip_bomb_is_not_unpacked() -> None:
    assert refusal(crafted(HEAD + b" " * (500 * 1024 * 1024) + TAIL)) == "sheet.broken"


def test_entities_that_grow_are_not_followed() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>' + HEAD + b'<row r="1"><c r="A1" t="inlineStr"><is><t>&b;</t></is></c></row>' + TAIL
    assert refusal(crafted(bomb)) == "sheet.broken"
