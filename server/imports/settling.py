"""What a person settles about the rows of a ledger: a value, two fields that change places, a doubt, a row left out."""

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec

from server.database.fields import as_json
from server.facilities.rules import PARTIES
from server.facilities.tables import Facility
from server.foundation.refusal import Refusal
from server.foundation.words import Words
from server.imports import rules
from server.imports.rules import DAYS, FIELDS, LONGEST, NEEDED, SHORT, SWAPPED, Mark
from server.imports.tables import Import, ImportRow
from server.ledger.unit import Unit
from server.people.tables import Place
from server.problems.rules import LEVELS, written
from server.problems.workflow import WORKFLOW

Row = dict[str, Any]
LINES = 500  # rows of the file in one slice
PARTS = 100  # places that `sort` leaves for the problems of one row
EXPLICIT = ("known", "twice")  # doubts that nobody settles in passing


class OnRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One row of an import. field, code: the doubt it is about. alike: and all rows with the same doubt."""

    import_id: str
    row: str
    field: str = ""
    code: str = ""
    alike: bool = False


class FixRow(OnRow, frozen=True):
    """values: field → what it is: a day as ISO, a key, the facility's id, or words. alike: also where the file says the same.

    seen: the row as it was open in the form, "" where one value was taken at a tap.
    """

    values: dict[str, str]
    seen: str = ""


class SwapFields(OnRow, frozen=True):
    """field and other change places. facility: which one the words name that come to stand under it."""

    other: str
    facility: str = ""


class SkipRow(OnRow, frozen=True):
    reason: str


class AcceptRest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All doubts that are left, those about repeated problems excepted."""

    import_id: str


async def fix_row(unit: Unit, fixing: FixRow) -> Row:
    """Refusals: not_found, not_allowed, import.state, import.row_changed, import.value."""
    record, row = await _opened(unit, fixing)
    if fixing.seen and fixing.seen != rules.seen_of(row):
        raise Refusal("import.row_changed")
    values = {field: checked(field, value, unit.today) for field, value in fixing.values.items()}
    if values.get("facility"):
        await check_below(unit, values["facility"], record)
    said = _said(row)

    def change(other: Row) -> bool:
        theirs = _said(other)
        mine = {field: value for field, value in values.items() if other["id"] == row["id"] or (said.get(field) and theirs.get(field) == said[field])}
        if not mine:
            return False
        marks = tuple(mark for mark in _marks(other) if mark.field not in mine)
        _write(unit, other, marks, found={**_found(other), **mine})
        return True

    return await _apply(unit, record, row, fixing, "import.row_fixed", change, fields=sorted(values))


async def swap_fields(unit: Unit, swapping: SwapFields) -> Row:
    record, row = await _opened(unit, swapping)
    pair = (swapping.field, swapping.other)
    if not set(pair) <= set(SWAPPED) or len(set(pair)) < 2:
        raise Refusal("input.invalid", reason="other").at("other")
    if swapping.facility:
        await check_below(unit, swapping.facility, record)

    key = _key(row, swapping)

    def change(other: Row) -> bool:
        if other["id"] != row["id"] and not _has(other, key):
            return False
        said, found = _said(other), _found(other)
        for words in (said, found):
            words[pair[0]], words[pair[1]] = words.get(pair[1], ""), words.get(pair[0], "")
        found |= {field: found[field][: LONGEST.get(field, SHORT)] for field in pair}
        marks = [mark for mark in _marks(other) if mark.field not in pair and not (mark.offer == "swap" and mark.offers[0][0] in pair)]
        if "facility" in pair:
            found["facility"] = swapping.facility
            rest = pair[0] if pair[1] == "facility" else pair[1]
            found[rest] = said[rest]
            marks += [] if swapping.facility else [Mark("facility", "facility", said=said["facility"])]
        _write(unit, other, tuple(marks), said=said, found=found)
        return True

    return await _apply(unit, record, row, swapping, "import.fields_swapped", change, fields=list(pair))


async def accept_doubt(unit: Unit, accepting: OnRow) -> Row:
    record, row = await _opened(unit, accepting)
    key = _key(row, accepting)

    def change(other: Row) -> bool:
        if not _has(other, key):
            return False
        _write(unit, other, tuple(_settled(mark) if mark.key == key else mark for mark in _marks(other)))
        return True

    return await _apply(unit, record, row, accepting, "import.doubt_accepted", change, field=accepting.field, code=accepting.code)


async def accept_rest(unit: Unit, accepting: AcceptRest) -> Row:
    record = await opened(unit, accepting.import_id)
    count = 0
    for row in await every_row(unit, record):
        if row["standing"] in (rules.RANKS["doubt"], rules.RANKS["fault"]):
            before = _marks(row)
            marks = tuple(mark if mark.is_fault or mark.code in EXPLICIT else _settled(mark) for mark in before)
            if marks != before:
                _write(unit, row, marks)
                count += 1
    unit.note("import.doubts_accepted", record["id"], record["place_path"], rows=count)
    return {"import": record["id"], "rows": count}


async def skip_row(unit: Unit, skipping: SkipRow) -> Row:
    record, row = await _opened(unit, skipping)
    reason, key = rules.reason(skipping.reason), _key(row, skipping)

    def change(other: Row) -> bool:
        if other["id"] != row["id"] and not _has(other, key):
            return False
        unit.change(ImportRow, other["id"], standing=rules.RANKS["skipped"], reason=reason)
        return True

    return await _apply(unit, record, row, skipping, "import.row_skipped", change, reason=reason)


async def restore_row(unit: Unit, restoring: OnRow) -> Row:
    record, row = await _opened(unit, restoring)

    def change(other: Row) -> bool:
        unit.change(ImportRow, other["id"], standing=rules.rank(_marks(other), False), reason="")
        return True

    return await _apply(unit, record, row, restoring, "import.row_restored", change)


async def opened(unit: Unit, id: str, *states: str) -> Row:
    """The import, for whoever keeps ledgers at its place, in one of these states (ready, if none is named)."""
    record = await unit.find(Import, id)
    if record is None:
        raise Refusal("not_found")
    rules.check_keeps(unit.actor, record["place_path"])
    rules.check_state(record["state"], *(states or ("ready",)))
    return record


async def every_row(unit: Unit, record: Row) -> list[Row]:
    """All rows in the order of the file, slice by slice, others having their turn in between. Ask before rows are changed."""
    found: list[Row] = []
    for number in range(record["total"] // LINES + 1):
        found += sorted(await unit.matching(ImportRow, "slice", f"{record['id']}/{number}"), key=lambda row: row["sort"])
        await asyncio.sleep(0)
    return found


def checked(field: str, value: str, today: dt.date) -> str:
    """What a person gives a field. Refuses (import.value) what it cannot be."""
    text = written(value, field, LONGEST.get(field, SHORT), required=False)
    if not text and field in (*NEEDED, "facility"):
        raise _wrong(field, "不能留空", "it cannot stay empty")
    if field in (*DAYS, "closed_on") and text:
        try:
            on = dt.date.fromisoformat(text)
        except ValueError:
            raise _wrong(field, "不是日期", "this is no day") from None
        if not 1990 <= on.year <= 2100 or (field == "found_on" and on > today):
            raise _wrong(field, "日期太早或太晚", "too early or too late")
    choices: Mapping[str, Iterable[str]] = {"severity": LEVELS, "party": PARTIES, "state": [state.key for state in WORKFLOW.states if state.key != "withdrawn"]}
    if field in choices and text not in choices[field]:
        raise _wrong(field, "请从列表中选择", "choose one from the list")
    if field not in (*FIELDS, "closed_on"):
        raise Refusal("input.invalid", reason=field[:40])
    return text


def _wrong(field: str, zh: str, en: str) -> Refusal:
    return Refusal("import.value", column=FIELDS.get(field) or FIELDS["closing"], reason=Words(zh, en)).at(field)


async def _opened(unit: Unit, asked: OnRow) -> tuple[Row, Row]:
    record = await opened(unit, asked.import_id)
    row = await unit.find(ImportRow, asked.row)
    if row is None or row["import_id"] != record["id"]:
        raise Refusal("not_found").at("row")
    return record, row


async def check_below(unit: Unit, facility: str, record: Row) -> None:
    place = await unit.find(Place, facility)
    if place is None or await unit.find(Facility, facility) is None or not place["path"].startswith(record["place_path"]):
        raise _wrong("facility", "不是名册里的机构", "it is not in the register")


async def _apply(unit: Unit, record: Row, row: Row, asked: OnRow, event: str, change: Callable[[Row], bool], **told: Any) -> Row:
    """The change on the row, or on all rows alike; the history counts them."""
    rows = [other for other in await every_row(unit, record) if other["reason"] == "" or other["id"] == row["id"]] if asked.alike else [row]
    count = sum([change(other) for other in rows])
    unit.note(event, record["id"], record["place_path"], line=row["line"], rows=count, **told)
    return {"import": record["id"], "rows": count}


def _key(row: Row, asked: OnRow) -> str:
    """What the doubt or fault that is spoken of has in common with those alike; "" where none is named."""
    return next((mark.key for mark in _marks(row) if asked.code and mark.field == asked.field and mark.code == asked.code), "")


def _has(row: Row, key: str) -> bool:
    return any(mark.key == key and not mark.is_settled for mark in _marks(row))


def _write(unit: Unit, row: Row, marks: tuple[Mark, ...], **words: Mapping[str, str]) -> None:
    columns = {name: as_json(value) for name, value in words.items()}
    unit.change(ImportRow, row["id"], marks=as_json(marks), standing=rules.rank(marks, False), reason="", **columns)


def _settled(mark: Mark) -> Mark:
    return mark if mark.is_fault else msgspec.structs.replace(mark, is_settled=True)


def _said(row: Row) -> dict[str, str]:
    return dict(msgspec.json.decode(row["said"]))


def _found(row: Row) -> dict[str, str]:
    return dict(msgspec.json.decode(row["found"]))


_decoder = msgspec.json.Decoder(tuple[Mark, ...])


def _marks(row: Row) -> tuple[Mark, ...]:
    return _decoder.decode(row["marks"])


def reads(asked: OnRow) -> Sequence[tuple[Any, ...]]:
    return ((Import, asked.import_id), (ImportRow, asked.row))
