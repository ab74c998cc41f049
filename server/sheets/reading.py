"""A spreadsheet as rows of text: .xlsx, .xls, .ods or CSV, told by what is in it and not by its name."""

import csv
import datetime as dt
import io
import sys
import zipfile

import msgspec
import python_calamine

from server.foundation.refusal import Refusal, declare, no
from server.sheets import confined

MOST_BYTES = 20 * 1024 * 1024
MOST_UNPACKED = 400 * 1024 * 1024
MOST_COLUMNS = 300
MOST_SHEETS = 30
MOST_TEXT = 30_000_000  # characters in all: ten thousand rows of a full ledger hold a tenth
OLE, ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
FORMULA = ("=", "+", "-", "@", "\t", "\r")

declare(
    {
        "sheet.broken": no(
            422, "这个文件读不出表格", "No table can be read from this file",
            "请用 Excel 或 WPS 打开，另存为 .xlsx 后再上传", "Open it in Excel or WPS, save it as .xlsx, and upload that",
        ),
        "sheet.encrypted": no(
            422, "这个文件设了密码", "This file is protected by a password",
            "请去掉密码另存一份再上传", "Save a copy without the password and upload that",
        ),
        "sheet.large": no(
            413, "表格太大：最多 {rows} 行、{columns} 列", "The table is too large: at most {rows} rows and {columns} columns",
            "请删去空行空列，或分成几份上传", "Delete empty rows and columns, or upload it in parts",
        ),
        "sheet.empty": no(
            422, "表格里没有内容", "There is nothing in the table", "请核对选对了文件", "Check that this is the right file"
        ),
    }
)  # fmt: skip


class Sheet(msgspec.Struct, frozen=True):
    """rows: every row from the first on, each as wide as the widest. merged: (top, left, bottom, right), from 0, both ends inside."""

    name: str
    rows: list[list[str]]
    merged: list[tuple[int, int, int, int]] = []


class _Read(msgspec.Struct, frozen=True):
    sheets: list[Sheet] = []
    too_large: bool = False


def sheets(content: bytes, most_rows: int) -> list[Sheet]:
    """The file's sheets that hold anything, cells as `text` has them. It may take seconds: call it in a thread.

    Refusals, all at "file": sheet.broken, sheet.encrypted, sheet.large (more than most_rows rows in a sheet), sheet.empty.
    """
    large = Refusal("sheet.large", rows=most_rows, columns=MOST_COLUMNS).at("file")
    if len(content) > MOST_BYTES:
        raise large
    if content.startswith(OLE) and ENCRYPTED in content:
        raise Refusal("sheet.encrypted").at("file")
    read = _apart(content, most_rows)
    if read.too_large:
        raise large
    if not read.sheets:
        raise Refusal("sheet.empty").at("file")
    return read.sheets


def text(cell: object) -> str:
    """A cell as somebody would type it: 80.0 is 80, midnight is the day, and the apostrophe before a formula is none."""
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, dt.datetime) and cell.time() == dt.time():
        cell = cell.date()
    plain = str(cell if cell is not None else "").strip()
    return plain[1:] if plain.startswith("'") and plain[1:].startswith(FORMULA) else plain


def _apart(content: bytes, most_rows: int) -> _Read:
    """Read in a process of its own: 20 MB of commas, too, are a thousand times as much in memory."""
    _check_unpacked(content)
    try:
        return msgspec.json.decode(confined.run("server.sheets.reading", str(most_rows), content=content), type=_Read)
    except (confined.Failed, msgspec.DecodeError):
        raise Refusal("sheet.broken").at("file") from None


def _check_unpacked(content: bytes) -> None:
    """Refuse what would unpack to more than any office's table: the directory says how much it claims."""
    if not content.startswith(ZIP):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as held:
            entries = held.infolist()
    except (zipfile.BadZipFile, ValueError, OSError):
        raise Refusal("sheet.broken").at("file") from None
    if sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise Refusal("sheet.broken").at("file")


def _csv(content: bytes, most_rows: int) -> _Read:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            said = content.decode(encoding)
            if "\x00" in said:
                break
            rows: list[list[str]] = []
            for row in csv.reader(io.StringIO(said, newline="")):
                if len(rows) == most_rows or len(row) > MOST_COLUMNS:
                    return _Read(too_large=True)
                rows.append([text(cell) for cell in row])
        except (UnicodeDecodeError, csv.Error):
            continue
        return _Read([Sheet("", _even(rows))] if any(map(any, rows)) else [])
    raise ValueError("no text")


def _even(rows: list[list[str]]) -> list[list[str]]:
    wide = _width(rows)
    return [row + [""] * (wide - len(row)) for row in rows]


def _width(rows: list[list[str]]) -> int:
    return max(map(len, rows), default=0)


def _read(content: bytes, most_rows: int) -> _Read:
    return _book(content, most_rows) if content.startswith((ZIP, OLE)) else _csv(content, most_rows)


def _book(content: bytes, most_rows: int) -> _Read:
    room = MOST_TEXT
    book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
    found = []
    for name in book.sheet_names[:MOST_SHEETS]:
        sheet = book.get_sheet_by_name(name)
        if not sheet.end:
            continue
        if sheet.end[0] >= most_rows or sheet.end[1] >= MOST_COLUMNS:
            return _Read(too_large=True)
        rows = [[text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
        room -= sum(len(cell) for row in rows for cell in row)
        if room < 0:
            return _Read(too_large=True)
        if any(map(any, rows)):
            merged = [(*top, *bottom) for top, bottom in sheet.merged_cell_ranges or ()]
            found.append(Sheet(name, _even(rows), merged))
    return _Read(found)


if __name__ == "__main__":
    confined.confine()
    sys.stdout.buffer.write(msgspec.json.encode(_read(sys.stdin.buffer.read(), int(sys.argv[1]))))
