"""Facilities as an Excel or CSV file, out and in: what comes out goes in again unchanged."""

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from server.facilities import positions, rules
from server.facilities.rules import PARTIES, TYPES, Details, Duty
from server.foundation.ids import is_id, new_id
from server.foundation.refusal import Refusal
from server.foundation.words import Words
from server.sheets import reading, writing

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 5000
COLUMNS = (
    ("id", "编号"), ("name", "名称"), ("type", "类型"), ("parent", "主管单位"), ("address", "地址"), ("position", "坐标"), ("system", "坐标系"), ("contact_name", "联系人"),
    ("contact_title", "职务"), ("contact_phone", "联系电话"), ("beds", "床位"), ("points", "点位"), ("notes", "备注"),
)  # fmt: skip
DUTY_COLUMNS = (
    ("facility", "机构编号"), ("name", "机构名称"), ("party", "四方"), ("person", "责任人"), ("title", "职务"), ("point", "点位"), ("step", "环节"),
)  # fmt: skip
SHEETS = ("机构", "责任")

Cells = dict[str, str]


class Fault(msgspec.Struct, frozen=True):
    """One cell that cannot be taken: the sheet, its row (the heading is row 1), the column's heading, and why."""

    sheet: str
    row: int
    column: str
    reason: Words


class Reading(msgspec.Struct):
    """What a file holds: `payload` for facilities.import, or faults; `added` and `known` count the rows."""

    payload: dict[str, Any]
    faults: list[Fault]
    added: list[str]
    known: list[str]


class Registered(msgspec.Struct, frozen=True):
    """What the register already has of one facility: for telling new rows from known ones."""

    id: str
    parent_id: str
    name: str
    contact_phone: str
    position: positions.Position = positions.NOWHERE


# Out


def rows_of(facility: Any) -> list[Any]:
    """One facility (id, name, type, parent …) as cells in the order of COLUMNS."""
    return [
        facility.id, facility.name, TYPES[facility.type].zh, facility.parent, facility.address,
        (where := positions.written(facility.position)), "WGS-84" if where else "", facility.contact_name, facility.contact_title, facility.contact_phone, facility.beds, rules.points_text(facility.points), facility.notes,
    ]  # fmt: skip


def as_csv(facilities: Iterable[Any]) -> bytes:
    """UTF-8 with the mark that Excel looks for. A cell that Excel would reckon is quoted with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([heading for _, heading in COLUMNS])
    for facility in facilities:
        writer.writerow([_plain(cell) for cell in rows_of(facility)])
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(facilities: Iterable[tuple[Any, Iterable[Duty]]]) -> bytes:
    """Two sheets: facilities, and who answers for what in them."""
    out = io.BytesIO()
    book = writing.workbook(out, in_memory=True)
    bold = book.add_format({"bold": True})
    first, second = (book.add_worksheet(name) for name in SHEETS)
    for sheet, columns in ((first, COLUMNS), (second, DUTY_COLUMNS)):
        sheet.write_row(0, 0, [heading for _, heading in columns], bold)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, len(columns) - 1, 18)
    line = 0
    for number, (facility, duties) in enumerate(facilities, 1):
        first.write_row(number, 0, rows_of(facility))
        for duty in duties:
            line += 1
            second.write_row(line, 0, [facility.id, facility.name, PARTIES[duty.party].zh, duty.person, duty.title, duty.point, duty.step])
    book.close()
    return out.getvalue()


def _plain(cell: object) -> str:
    text = "" if cell is None else str(cell)
    return f"'{text}" if text.startswith(reading.FORMULA) else text


# In


def read(content: bytes, parents: Mapping[str, str], registered: Iterable[Registered]) -> Reading:
    """What the file asks for, judged row by row. parents: names of bureaus that may hold facilities, with their ids.

    Refusals: input.invalid where there are no facilities in it; sheet.broken, sheet.encrypted, sheet.large, sheet.empty.
    """
    tables = _sheets(content)
    known = {row.id: row for row in registered}
    by_name = {(row.parent_id, row.name): row.id for row in known.values()}
    reading = Reading({}, [], [], [])
    entries: dict[str, dict[str, Any]] = {}
    for number, cells in tables[0]:
        entry = _entry(cells, number, parents, known, by_name, reading)
        if entry is None:
            continue
        if entry["id"] in entries:
            reading.faults.append(Fault(SHEETS[0], number, "编号", Words("与前面的行是同一机构", "the same facility as a row above")))
            continue
        entries[entry["id"]] = entry
        (reading.known if entry["id"] in known else reading.added).append(entry["details"]["name"])
    if len(tables) > 1:
        _duties(tables[1], entries, reading)
    reading.payload = {"facilities": list(entries.values()), "file": hashlib.sha256(content).hexdigest()}
    return reading


def _entry(
    cells: Cells, number: int, parents: Mapping[str, str], known: Mapping[str, Registered],
    by_name: Mapping[tuple[str, str], str], reading: Reading,
) -> dict[str, Any] | None:  # fmt: skip
    """One row as an entry of the import; None, with its faults noted, where it cannot be."""
    before = len(reading.faults)

    def fault(column: str, reason: Words) -> None:
        reading.faults.append(Fault(SHEETS[0], number, dict(COLUMNS).get(column, column), reason))

    type = next((key for key, words in TYPES.items() if cells.get("type", "") in (words.zh, words.en, key)), None)
    parent = parents.get(cells.get("parent", ""))
    if type is None:
        fault("type", Words("请写：" + "、".join(w.zh for w in TYPES.values()), "one of: " + ", ".join(w.en for w in TYPES.values())))
    if parent is None:
        fault("parent", Words("不是您管理的主管单位", "no bureau that you administer"))
    identifier = cells.get("id", "")
    if identifier and not is_id(identifier):
        fault("id", Words("不是系统给出的编号；新机构请留空", "not an id of this system; leave it empty for a new facility"))
    beds = _whole(cells.get("beds", ""))
    if beds is False:
        fault("beds", Words("应为整数", "should be a whole number"))
    if len(reading.faults) > before or type is None or parent is None:
        return None
    identifier = identifier or by_name.get((parent, cells.get("name", "")), "") or new_id()
    try:
        latitude, longitude = _position(cells, known.get(identifier))
        details = rules.checked(Details(
            name=cells.get("name", ""), type=type, beds=beds or None if beds is not False else None, latitude=latitude, longitude=longitude,
            points=rules.points_from(cells.get("points", "")), contact_phone=_phone(cells, known.get(identifier)),
            **{name: cells.get(name, "") for name in ("address", "contact_name", "contact_title", "notes")},
        ))  # fmt: skip
    except Refusal as refusal:
        fault(refusal.field, refusal.words)
        return None
    return {"id": identifier, "parent": parent, "details": msgspec.to_builtins(details)}


def _phone(cells: Cells, before: Registered | None) -> str:
    """A number that was masked on the way out stays what it was."""
    said = cells.get("contact_phone", "")
    return before.contact_phone if before and rules.is_masked(said) else said


def _position(cells: Cells, before: Registered | None) -> positions.Position:
    """A file from before there was this column takes nothing away."""
    stood = before.position if before else positions.NOWHERE
    return positions.read(cells["position"], cells.get("system", ""), stood) if "position" in cells else stood


def _duties(sheet: list[tuple[int, Cells]], entries: dict[str, dict[str, Any]], reading: Reading) -> None:
    """The second sheet: for each facility named in it the whole list of who answers for what."""
    by_name = {entry["details"]["name"]: entry for entry in entries.values()}
    held: dict[str, list[Duty]] = {id: [] for id in entries}
    stood: dict[str, list[int]] = {id: [] for id in entries}
    for number, cells in sheet:
        entry = entries.get(cells.get("facility", "")) or by_name.get(cells.get("name", ""))
        party = next((key for key, words in PARTIES.items() if cells.get("party") in (words.zh, words.en, key)), None)
        if entry is None:
            reading.faults.append(Fault(SHEETS[1], number, "机构编号", Words("第一张表里没有这家机构", "no such facility on the first sheet")))
        elif party is None:
            reading.faults.append(Fault(SHEETS[1], number, "四方", Words("请写：属地、部门、单位、个人", "one of: locality, department, unit, individual")))
        else:
            stood[entry["id"]].append(number)
            held[entry["id"]].append(Duty(party, *(cells.get(name, "") for name in ("person", "title", "point", "step"))))
    for id, duties in held.items():
        try:
            entries[id]["responsibilities"] = msgspec.to_builtins(rules.checked_duties(duties))
        except Refusal as refusal:
            field, _, line = refusal.field.partition("-")
            row = stood[id][int(line)] if line else 0
            reading.faults.append(Fault(SHEETS[1], row, dict(DUTY_COLUMNS).get(field, field), refusal.words))


def _sheets(content: bytes) -> list[list[tuple[int, Cells]]]:
    tables = [sheet.rows for sheet in reading.sheets(content, MOST_ROWS + 1)]
    found = [_named(table, columns) for table, columns in zip(tables, (COLUMNS, DUTY_COLUMNS), strict=False)]
    if not found or not found[0]:
        raise Refusal("input.invalid", reason=Words("没有“名称”一列，或没有内容", "no column 名称, or no rows")).at("file")
    return found


def _named(table: list[list[Any]], columns: Iterable[tuple[str, str]]) -> list[tuple[int, Cells]]:
    keys = {heading: key for key, heading in columns}
    heads = [keys.get(cell) for cell in table[0]]
    if twice := [heading for key, heading in columns if heads.count(key) > 1]:
        raise Refusal("input.invalid", reason=Words(f"第一行有两列都叫“{twice[0]}”", f"two columns are named {twice[0]}")).at("file")
    if "name" not in heads:
        return []
    rows = []
    for number, line in enumerate(table[1:], 2):
        cells = {key: cell for key, cell in zip(heads, line, strict=True) if key}
        if any(cells.values()):
            rows.append((number, cells))
    return rows


def _whole(text: str) -> int | bool | None:
    """The number, None where there is none, False where there is something else."""
    if not text:
        return None
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else False
