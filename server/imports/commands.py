"""Moving a ledger in: begin, say which column is what, import as a whole, undo as a whole."""

import asyncio
import datetime as dt
from collections.abc import Iterable
from typing import Any

import msgspec

from server.database.fields import as_json
from server.facilities.tables import Facility
from server.foundation.command import Handling
from server.foundation.ids import is_id
from server.foundation.refusal import Refusal
from server.imports import rules, settling
from server.imports.settling import every_row, opened
from server.imports.tables import Import, ImportColumns
from server.ledger.unit import Unit
from server.people.rules import paths_above
from server.people.tables import Place
from server.photos.rules import is_sha256
from server.problems.commands import SLICE, Imported, imported_before, record_imported, withdraw_imported
from server.problems.rules import imported_spot

Row = dict[str, Any]
LEASE = dt.timedelta(seconds=10)
WRITING = dt.timedelta(minutes=3)  # the longest that one transaction may take before somebody may try again
PLAIN = ("point", "severity", "party", "person", "unit", "sponsor", "bureau", "inspectors", "measures", "progress", "recheck", "origin")
NAMED = 5  # numbers in a refusal


class BeginImport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """place: below which its facilities lie; name, sha256: of the file, whose bytes have been kept."""

    id: str
    place: str
    name: str
    sha256: str


class TakeImport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A server takes the work on it. lease: a word that no other server says. writing: it was confirmed, and is about to be written."""

    import_id: str
    lease: str
    writing: bool = False


class ProceedImport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A server has done its work. seen: the state in which it began; state: what follows. mapping: kept from last time; refusal: why it failed."""

    import_id: str
    seen: str
    state: str
    mapping: dict[str, Any] = {}
    refusal: dict[str, Any] = {}


class MapColumns(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """columns: fingerprint → {place of the column: field}; a sheet whose heading has none is left out. facility: one for all rows, or ""."""

    import_id: str
    columns: dict[str, dict[str, str]]
    facility: str = ""


class OneImport(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    import_id: str


class WithReason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    import_id: str
    reason: str


async def begin_import(unit: Unit, beginning: BeginImport) -> Row:
    """Refusals: not_found, not_allowed, import.same_file."""
    place = await unit.find(Place, beginning.place)
    if place is None or not is_id(beginning.id) or not is_sha256(beginning.sha256) or await unit.find(Import, beginning.id):
        raise Refusal("not_found").at("place")
    rules.check_keeps(unit.actor, place["path"])
    for other in await unit.matching(Import, "sha256", beginning.sha256):
        if other["place_id"] == place["id"] and other["state"] not in ("undone", "dropped", "failed"):
            raise Refusal("import.same_file", state=rules.STATES[other["state"]]).at("file")
    unit.add(
        Import, id=beginning.id, place_id=place["id"], place_path=place["path"], name=beginning.name[:200], sha256=beginning.sha256, state="reading",
        author_id=unit.person, author=unit.actor.name, created_at=unit.at, changed_at=unit.at,
    )  # fmt: skip
    unit.note("import.begun", beginning.id, place["path"], name=beginning.name[:200], file=beginning.sha256)
    return {"import": beginning.id}


async def take_import(unit: Unit, taking: TakeImport) -> Row:
    """One server at a time works on it. Refusals: not_found, not_allowed, import.state, busy (another has it)."""
    record = await opened(unit, taking.import_id, *(("ready",) if taking.writing else rules.WORKING))
    if record["lease_at"] and record["lease_at"] > unit.at and record["lease"] != taking.lease:
        raise Refusal("busy")
    state = "importing" if taking.writing else record["state"]
    unit.change(Import, record["id"], state=state, lease=taking.lease, lease_at=unit.at + (WRITING if taking.writing else LEASE), refusal="{}")
    unit.note("import.taken", record["id"], record["place_path"], state=state)
    return {"import": record["id"]}


async def proceed_import(unit: Unit, proceeding: ProceedImport) -> Row:
    """Only from the state in which the work began: what somebody has given up meanwhile stays given up. Refusal: import.state."""
    record = await opened(unit, proceeding.import_id, proceeding.seen)
    changed: Row = {"mapping": as_json(proceeding.mapping)} if proceeding.mapping else {}
    unit.change(
        Import, record["id"], state=proceeding.state, refusal=as_json(proceeding.refusal), done=0, lease="", lease_at=None, changed_at=unit.at, **changed
    )
    unit.note("import.proceeded", record["id"], record["place_path"], state=proceeding.state, refusal=proceeding.refusal.get("code", ""))
    return {"import": record["id"]}


async def map_columns(unit: Unit, mapping: MapColumns) -> Row:
    """The rows are worked through (again). Refusals: not_found, not_allowed, import.state, import.columns, import.column_twice, import.value."""
    record = await opened(unit, mapping.import_id, "mapping", "ready")
    used = {fingerprint: columns for fingerprint, columns in mapping.columns.items() if columns}
    if not used:
        raise Refusal("import.columns", column=rules.FIELDS["what"]).at("what")
    for fingerprint, columns in used.items():
        _check_columns(columns, mapping.facility)
        id = f"{record['place_id']}|{fingerprint}"
        kept = {"mapping": as_json(columns), "changed_at": unit.at}
        if await unit.find(ImportColumns, id):
            unit.change(ImportColumns, id, **kept)
        else:
            unit.add(ImportColumns, id=id, place_id=record["place_id"], fingerprint=fingerprint[:64], **kept)
    if mapping.facility:
        await settling.check_below(unit, mapping.facility, record)
    chosen = as_json({"columns": used, "facility": mapping.facility})
    unit.change(Import, record["id"], mapping=chosen, state="judging", done=0, refusal="{}", changed_at=unit.at, lease="", lease_at=None)
    unit.note("import.mapped", record["id"], record["place_path"], columns=used, facility=mapping.facility)
    return {"import": record["id"]}


def _check_columns(columns: dict[str, str], facility: str) -> None:
    fields = list(columns.values())
    for field in fields:
        if field not in rules.FIELDS:
            raise Refusal("input.invalid", reason=field[:40])
        if fields.count(field) > 1:
            raise Refusal("import.column_twice", column=rules.FIELDS[field]).at(field)
    if any(not place.isascii() or not place.isdigit() or len(place) > 3 for place in columns):
        raise Refusal("input.invalid", reason="column")
    for field in (*rules.NEEDED, *(() if facility else ("facility",))):
        if field not in fields:
            raise Refusal("import.columns", column=rules.FIELDS[field]).at(field)


# All or nothing


async def confirm_import(unit: Unit, confirming: OneImport) -> Row:
    """Every row that is not left out becomes a problem, or none does.

    Refusals: not_found, not_allowed, import.state, import.open, import.nothing, import.known, import.outside.
    """
    record = await opened(unit, confirming.import_id, "ready", "importing")
    rows = await every_row(unit, record)
    counts = {rank: sum(row["standing"] == number for row in rows) for rank, number in rules.RANKS.items()}
    if counts["fault"] or counts["doubt"]:
        raise Refusal("import.open", faults=counts["fault"], doubts=counts["doubt"])
    if not counts["fine"]:
        raise Refusal("import.nothing")
    lines = await _lines(unit, record, [row for row in rows if row["standing"] == rules.RANKS["fine"]])
    if known := await imported_before(unit, lines):
        raise Refusal("import.known", count=len(known), numbers="、".join(known[:NAMED]))
    await record_imported(unit, record["id"], lines)
    unit.change(Import, record["id"], state="done", imported_at=unit.at, changed_at=unit.at, refusal="{}", lease="", lease_at=None)
    unit.note("import.confirmed", record["id"], record["place_path"], problems=len(lines), skipped=counts["skipped"])
    return {"import": record["id"], "problems": len(lines)}


async def _lines(unit: Unit, record: Row, rows: list[Row]) -> list[Imported]:
    sheets = msgspec.json.decode(record["sheets"])
    found = [msgspec.json.decode(row["found"]) for row in rows]
    for model in (Facility, Place):
        await unit.fetch(model, "id", dict.fromkeys(values["facility"] for values in found))
    bureaus: dict[str, Row] = {}
    seen: set[str] = set()
    lines: list[Imported] = []
    for number, (row, values) in enumerate(zip(rows, found, strict=True)):
        facility, place = await unit.find(Facility, values["facility"]), await unit.find(Place, values["facility"])
        if facility is None or place is None or not place["path"].startswith(record["place_path"]):
            above = await unit.find(Place, record["place_id"])
            raise Refusal("import.outside", line=row["line"] + 1, place=above["name"] if above else "")
        if place["id"] not in bureaus:
            bureaus[place["id"]] = await _bureau(unit, place)
        lines.append(_line(record, row, values, facility, place, bureaus[place["id"]], sheets, seen))
        if number % SLICE == 0:
            await asyncio.sleep(0)
    return lines


def _line(record: Row, row: Row, values: dict[str, str], facility: Row, place: Row, bureau: Row, sheets: list[Row], seen: set[str]) -> Imported:
    on = dt.date.fromisoformat(values["found_on"])
    marks = msgspec.json.decode(row["marks"], type=tuple[rules.Mark, ...])
    spot = imported_spot(place["id"], on, values["what"])
    again = spot in seen or any(mark.code in settling.EXPLICIT for mark in marks)
    seen.add(spot)
    point, _, step = values["point"].partition("/")
    clause = values["basis"] or "—"
    facts = {
        **{field: values[field] for field in PLAIN}, "point": point.strip(), "step": step.strip(), "clause": as_json({"zh": clause, "en": clause}),
        "due_on": _day(values["due_on"]), "original_due_on": _day(values["due_on"]), "rectified_on": _day(values["rectified_on"]),
    }  # fmt: skip
    facts["unit"] = facts["unit"] or place["name"]
    facts["bureau"] = facts["bureau"] or bureau["name"]
    if values["state"] == "closed":
        facts |= {"closed_on": _day(values["closed_on"]), "closer": values["closing"]}
    told = {"file": record["name"], "sheet": sheets[row["sheet"]]["name"], "line": row["line"] + 1, "origin": values["origin"], "closing": values["closing"], "notes": values["notes"]}
    return Imported(row["id"], facility, place, bureau, on, values["what"], values["state"], facts, {name: text for name, text in told.items() if text}, again)


async def _bureau(unit: Unit, place: Row) -> Row:
    """The nearest place above whose mark stands in numbers."""
    for path in paths_above(place["path"]):
        for row in await unit.matching(Place, "path", path):
            if row["mark"]:
                return row
    return {"id": "", "mark": "督改", "name": ""}


async def undo_import(unit: Unit, undoing: WithReason) -> Row:
    """Withdraw every problem of it. Refusals: not_found, not_allowed, import.state, import.reason, import.moved (naming those moved since)."""
    record = await opened(unit, undoing.import_id, "done")
    reason = rules.reason(undoing.reason)
    ids = [row["id"] for row in await every_row(unit, record) if row["standing"] == rules.RANKS["fine"]]
    if moved := await withdraw_imported(unit, ids, record["imported_at"], reason):
        raise Refusal("import.moved", count=len(moved), numbers="、".join(moved[: 4 * NAMED])).at("reason")
    unit.change(Import, record["id"], state="undone", changed_at=unit.at)
    unit.note("import.undone", record["id"], record["place_path"], reason=reason, problems=len(ids))
    return {"import": record["id"], "problems": len(ids)}


async def drop_import(unit: Unit, dropping: OneImport) -> Row:
    """Give it up before anything was imported; the rows stay as they were read."""
    record = await opened(unit, dropping.import_id, "reading", "mapping", "judging", "ready", "failed")
    unit.change(Import, record["id"], state="dropped", changed_at=unit.at, lease="", lease_at=None)
    unit.note("import.dropped", record["id"], record["place_path"])
    return {"import": record["id"]}


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _reads(asked: Any) -> Iterable[tuple[Any, ...]]:
    yield Import, asked.import_id


COMMANDS = (
    Handling("imports.begin", BeginImport, begin_import, lambda beginning: ((Place, beginning.place), (Import, "sha256", beginning.sha256))),
    Handling("imports.take", TakeImport, take_import, _reads),
    Handling("imports.proceed", ProceedImport, proceed_import, _reads),
    Handling("imports.map", MapColumns, map_columns, _reads),
    Handling("imports.fix", settling.FixRow, settling.fix_row, settling.reads),
    Handling("imports.swap", settling.SwapFields, settling.swap_fields, settling.reads),
    Handling("imports.accept", settling.OnRow, settling.accept_doubt, settling.reads),
    Handling("imports.accept_rest", settling.AcceptRest, settling.accept_rest, _reads),
    Handling("imports.skip", settling.SkipRow, settling.skip_row, settling.reads),
    Handling("imports.restore", settling.OnRow, settling.restore_row, settling.reads),
    Handling("imports.confirm", OneImport, confirm_import, _reads),
    Handling("imports.undo", WithReason, undo_import, _reads),
    Handling("imports.drop", OneImport, drop_import, _reads),
)
