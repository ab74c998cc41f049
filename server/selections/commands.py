"""Choosing, checking, doing and undoing. Each row goes through the command of the single act, apart from the others: one that is refused leaves its neighbours alone."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from server.database.fields import as_json
from server.foundation.command import Handling
from server.foundation.ids import is_id, new_id
from server.foundation.refusal import Refusal
from server.ledger.unit import Unit
from server.notices import commands as notices
from server.notices.commands import taken_back
from server.notices.rules import MOST_LINES
from server.problems import commands as problems
from server.problems.commands import put_back, unmoved
from server.problems.rules import written
from server.problems.tables import Problem
from server.selections import rules
from server.selections.rules import Given
from server.selections.tables import Selection, SelectionRow

Row = dict[str, Any]
SINGLE = {handling.kind: handling for handling in (*problems.COMMANDS, *notices.COMMANDS)}


class Choose(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """query: the filters of the list; since_changed: how many more fit but had changed since it was shown."""

    id: str
    problems: tuple[str, ...]
    query: str = ""
    since_changed: int = 0


class Check(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    selection: str
    act: str
    given: Given


class Proceed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The server's own: one part, in the state in which it was found. given: by problem, what it is to get, while it is checked."""

    selection: str
    state: str
    part: int
    given: dict[str, dict[str, Any]] = {}


class OnSelection(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    selection: str


class WithReason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    selection: str
    reason: str


async def choose(unit: Unit, choosing: Choose) -> Row:
    """Refusals: not_allowed, not_found, selection.empty, selection.many, input.invalid."""
    ids, paths = list(dict.fromkeys(choosing.problems)), unit.actor.paths(*rules.KEEPERS)
    if not paths:
        raise Refusal("not_allowed")
    if not is_id(choosing.id) or await unit.find(Selection, choosing.id):
        raise Refusal("input.invalid", reason="id").at("id")
    if not ids:
        raise Refusal("selection.empty").at("problem")
    if len(ids) > rules.MOST:
        raise Refusal("selection.many", most=rules.MOST).at("problem")
    await unit.fetch(Problem, "id", ids)
    found = [problem for id in ids if (problem := await unit.find(Problem, id)) and unit.actor.sees(problem["place_path"])]
    if len(found) < len(ids):
        raise Refusal("not_found").at("problem")
    parts = rules.parted(found)
    unit.add(
        Selection, id=choosing.id, author_id=unit.person, author=unit.actor.name, place_path=paths[0], query=choosing.query[:1000], since_changed=choosing.since_changed,
        total=len(ids), state="chosen", parts=len(parts), created_at=unit.at, changed_at=unit.at,
    )  # fmt: skip
    sort = 0
    for part, some in enumerate(parts):
        for id in some:
            unit.add(SelectionRow, id=f"{choosing.id}/{sort}", selection_id=choosing.id, part=_part(choosing.id, part), sort=sort, problem_id=id)
            sort += 1
    unit.note("selection.chosen", choosing.id, paths[0], problems=len(ids), query=choosing.query[:1000])
    return {"selection": choosing.id, "problems": len(ids)}


async def check(unit: Unit, checking: Check) -> Row:
    """Refusals: not_found, selection.state, input.invalid, problem.long, problem.due."""
    record = await _opened(unit, checking.selection, "chosen", "ready")
    given = rules.checked(checking.act, checking.given, unit.today)
    return _goes_on(unit, record, "checking", act=checking.act, given=as_json(given))


async def do(unit: Unit, doing: OnSelection) -> Row:
    """Refusals: not_found, selection.state, selection.nothing."""
    record = await _opened(unit, doing.selection, "ready")
    for part in range(record["parts"]):
        if any(row["outcome"] == "ready" for row in await _rows(unit, record, part)):
            return _goes_on(unit, record, "running")
    raise Refusal("selection.nothing")


async def undo(unit: Unit, undoing: WithReason) -> Row:
    """Refusals: not_found, selection.state, problem.blank, problem.long."""
    record = await _opened(unit, undoing.selection, "done")
    return _goes_on(unit, record, "undoing", reason=written(undoing.reason, "reason", 500))


async def proceed(unit: Unit, proceeding: Proceed) -> Row:
    """One part, once: whoever comes second with it is refused (selection.state)."""
    record = await _opened(unit, proceeding.selection, *rules.WORKING)
    if (record["state"], record["done"]) != (proceeding.state, proceeding.part):
        raise Refusal("selection.state", state=rules.STATES[record["state"]])
    rows = await _rows(unit, record, proceeding.part)
    await unit.fetch(Problem, "id", [row["problem_id"] for row in rows])
    if record["state"] == "checking":
        await _check_each(unit, record, rows, proceeding.given)
    elif record["state"] == "running":
        await _do_each(unit, record, [row for row in rows if row["outcome"] == "ready"])
    else:
        await _undo_each(unit, record, [row for row in rows if row["outcome"] == "done"])
    over = proceeding.part + 1 == record["parts"]
    return _goes_on(unit, record, rules.NEXT[record["state"]] if over else record["state"], 0 if over else proceeding.part + 1)


async def _check_each(unit: Unit, record: Row, rows: Sequence[Row], given: Mapping[str, Row]) -> None:
    """What each is to get, and whether it will: tried, and nothing of it kept."""
    for row in rows:
        told = given.get(row["problem_id"])
        no = (await _tried(unit, record["act"], [(row, told)]))[1] if told else Refusal("not_found")
        _turns(unit, row, ("same" if no.code in rules.SAME else "barred") if no else "ready", no, given=as_json(told or {}))


async def _do_each(unit: Unit, record: Row, rows: Sequence[Row]) -> None:
    """As it was shown: each gets what it was to get then, or says what came in between."""
    for together in await _together(unit, record["act"], rows):
        lines = [(row, msgspec.json.decode(row["given"])) for row in together]
        if len(lines) > 1:  # one that has moved on does not keep back the others of its visit
            lines = [line for line in lines if not await _refused(unit, record["act"], line)]
        if not lines:
            continue
        part, no = await _tried(unit, record["act"], lines)
        for row, _ in lines:
            _turns(unit, row, "refused" if no else "done", no, **({} if no else await _kept(unit, part, record["act"], row)))
        if not no:
            unit.join(part, selection=record["id"])


async def _kept(unit: Unit, part: Unit, act: str, row: Row) -> Row:
    """What undoing will want to know: how it stood, and by what it is known that nobody has worked on it since."""
    stood, stands = await unit.find(Problem, row["problem_id"]) or {}, await part.find(Problem, row["problem_id"]) or {}
    before = {name: stood.get(name) for name in rules.CHANGES[act]}
    return {"before": as_json(before), "acted_at": unit.at, "notice_id": stands.get("notice_id", "") if act == "issue" else ""}


async def _together(unit: Unit, act: str, rows: Sequence[Row]) -> list[list[Row]]:
    """What one command does: a notice holds what is issued of a visit; else each row alone."""
    if act != "issue":
        return [[row] for row in rows]
    visits: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        problem = await unit.find(Problem, row["problem_id"])
        visits.setdefault(rules.visit_of(problem) if problem else (row["id"],), []).append(row)
    return [some[start : start + MOST_LINES] for some in visits.values() for start in range(0, len(some), MOST_LINES)]


async def _refused(unit: Unit, act: str, line: tuple[Row, Row]) -> bool:
    _, no = await _tried(unit, act, [line])
    if no:
        _turns(unit, line[0], "refused", no)
    return no is not None


async def _tried(unit: Unit, act: str, lines: Sequence[tuple[Row, Row]]) -> tuple[Unit, Refusal | None]:
    """The single act's own command, apart: what it declares, or why not."""
    part, told = unit.apart(), [{"problem": row["problem_id"], **given} for row, given in lines]
    handling = SINGLE["notices.issue" if act == "issue" else f"problems.{act}"]
    try:
        await handling.handle(part, msgspec.convert({"id": new_id(), "lines": told} if act == "issue" else told[0], handling.struct))
    except Refusal as no:
        return part, no
    return part, None


async def _undo_each(unit: Unit, record: Row, rows: Sequence[Row]) -> None:
    """Whatever was worked on since is named and stays; a notice stays as a whole."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row["notice_id"] or row["id"], []).append(row)
    for together in groups.values():
        part, no, before = unit.apart(), None, {row["problem_id"]: _days(row["before"]) for row in together}
        try:
            if record["act"] == "issue":
                await taken_back(part, together[0]["notice_id"], record["reason"], before)
            else:
                await unmoved(part, together[0]["problem_id"], together[0]["acted_at"])
                await put_back(part, together[0]["problem_id"], record["act"], before[together[0]["problem_id"]], record["reason"])
        except Refusal as refusal:
            no = refusal
        else:
            unit.join(part, selection=record["id"], undone=True)
        for row in together:
            _turns(unit, row, "left" if no else "undone", no)


def _days(text: str) -> Row:
    """Columns as they stood, days among them."""
    return {name: dt.date.fromisoformat(value) if value and name.endswith("_on") else value for name, value in msgspec.json.decode(text).items()}


def _turns(unit: Unit, row: Row, outcome: str, why: Refusal | None, **told: Any) -> None:
    unit.change(SelectionRow, row["id"], outcome=outcome, why=as_json(why.as_json() if why else {}), **told)


def _goes_on(unit: Unit, record: Row, state: str, done: int = 0, **told: Any) -> Row:
    unit.change(Selection, record["id"], state=state, done=done, changed_at=unit.at, **told)
    unit.note(f"selection.{state}", record["id"], record["place_path"], done=done, **({"act": told["act"]} if "act" in told else {}))
    return {"selection": record["id"], "state": state}


async def _opened(unit: Unit, id: str, *states: str) -> Row:
    """One's own, in one of these states. Refusals: not_found, selection.state."""
    record = await unit.find(Selection, id)
    if record is None or record["author_id"] != unit.person:
        raise Refusal("not_found").at("selection")
    rules.check_state(record["state"], *states)
    return record


async def _rows(unit: Unit, record: Row, part: int) -> list[Row]:
    return sorted(await unit.matching(SelectionRow, "part", _part(record["id"], part)), key=lambda row: row["sort"])


def _part(id: str, part: int) -> str:
    return f"{id}/{part}"


def _reads(asked: Any) -> Iterable[tuple[Any, ...]]:
    yield Selection, asked.selection


COMMANDS = (
    Handling("selections.choose", Choose, choose),
    Handling("selections.check", Check, check, _reads),
    Handling("selections.do", OnSelection, do, _reads),
    Handling("selections.undo", WithReason, undo, _reads),
    Handling("selections.proceed", Proceed, proceed, _reads),
)
