"""Reading problems: the lists with their filters, one problem, what a phone takes along."""

import datetime as dt
from typing import Any
from urllib.parse import urlencode

import msgspec

from server.database.rows import below, one, rows
from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.words import Words
from server.problems.rules import LEADS_TO, OPEN, WORKFLOW

PAGE = 50
MOST_COUNTED = 1000
COLUMNS = (
    "p.id, p.number, p.facility_id, pl.name as facility, p.facility_type, p.place_path, p.visit_id, p.checklist, p.item, p.question, "
    "p.clause, p.point, p.step, p.what, p.severity, p.party, p.person, p.unit, p.sponsor, p.bureau, p.inspectors, p.inspector_ids, "
    "p.found_at, p.found_on, p.state, p.due_on, p.original_due_on, p.issued_on, p.cause, p.measures, p.progress, p.rectified_on, "
    "p.rectifier_id, p.recheck, p.recheck_on, p.rechecker_id, p.rework, p.closed_on, p.closer, p.relapse_of, p.changed_at"
)
FROM = "from problem p join place pl on pl.id = p.facility_id"


class Problem(msgspec.Struct, frozen=True):
    """One problem as pages and files show it."""

    id: str
    number: str
    facility_id: str
    facility: str
    facility_type: str
    place_path: str
    visit_id: str
    checklist: str
    item: str
    question: Words
    clause: Words
    point: str
    step: str
    what: str
    severity: str
    party: str
    person: str
    unit: str
    sponsor: str
    bureau: str
    inspectors: str
    inspector_ids: tuple[str, ...]
    found_at: dt.datetime
    found_on: dt.date
    state: str
    due_on: dt.date | None
    original_due_on: dt.date | None
    issued_on: dt.date | None
    cause: str
    measures: str
    progress: str
    rectified_on: dt.date | None
    rectifier_id: str | None
    recheck: str
    recheck_on: dt.date | None
    rechecker_id: str | None
    rework: int
    closed_on: dt.date | None
    closer: str
    relapse_of: str | None
    changed_at: dt.datetime

    @property
    def spot(self) -> str:
        return " / ".join(word for word in (self.point, self.step) if word)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_late(self) -> bool:
        """逾期: open, to be put right by a day that has passed; what waits for a re-check is no longer late."""
        waits = self.state in ("awaiting_recheck", "rechecked", "fixed_on_spot", "recorded")
        return self.is_open and not waits and self.due_on is not None and self.due_on < clock.today()


class Filters(msgspec.Struct, frozen=True):
    """What the address says. state: a state's key, "open" or "all"; due: "late" or "week"; since, until: days of the visit."""

    q: str = ""
    state: str = "open"
    severity: str = ""
    party: str = ""
    type: str = ""
    facility: str = ""
    due: str = ""
    since: str = ""
    until: str = ""

    def query(self, **changed: str) -> str:
        """The filters as they stand in an address, those that say nothing left out."""
        values = {**msgspec.structs.asdict(self), **changed}
        plain = msgspec.structs.asdict(Filters())
        return urlencode({name: value for name, value in values.items() if value and value != plain.get(name)})


class Listed(msgspec.Struct, frozen=True):
    """One page of a list. after: where the next begins, or "". count stops at MOST_COUNTED + 1."""

    problems: list[Problem]
    after: str
    count: int


async def listed(actor: Actor, filters: Filters, after: str = "") -> Listed:
    """The newest problems first that fit the filters, PAGE of them, from after the given place on."""
    where, values = _where(actor, filters)
    counted = await one(f"select count(*) as n from (select 1 {FROM} where {where} limit {MOST_COUNTED + 1}) counted", *values)
    seek, place = _seek(after)
    found = await rows(
        f"select {COLUMNS} {FROM} where {where}{seek} order by p.found_at desc, p.id desc limit {PAGE + 1}", *values, *place
    )
    problems = [_problem(row) for row in found[:PAGE]]
    more = f"{problems[-1].found_at.isoformat()}~{problems[-1].id}" if len(found) > PAGE else ""
    return Listed(problems, more, counted["n"] if counted else 0)


async def every(actor: Actor, filters: Filters, most: int) -> list[Problem]:
    """All that fit the filters, at most `most`: for a file."""
    where, values = _where(actor, filters)
    found = await rows(f"select {COLUMNS} {FROM} where {where} order by p.found_at desc, p.id desc limit {most}", *values)
    return [_problem(row) for row in found]


async def problem(actor: Actor, id: str) -> Problem | None:
    """The problem, if it lies within the actor's places."""
    scope, values = below("p.place_path", actor.paths())
    found = await one(f"select {COLUMNS} {FROM} where p.id = ? and {scope}", id, *values)
    return _problem(found) if found else None


async def some(actor: Actor, ids: list[str]) -> list[Problem]:
    """Those of these problems that lie within the actor's places, by number."""
    if not ids:
        return []
    scope, values = below("p.place_path", actor.paths())
    found = await rows(f"select {COLUMNS} {FROM} where p.id in ({','.join('?' * len(ids))}) and {scope} order by p.found_at, p.id", *ids, *values)
    return [_problem(row) for row in found]


async def open_below(paths: tuple[str, ...]) -> dict[str, list[Problem]]:
    """The open problems of every facility below these paths, by facility."""
    scope, values = below("p.place_path", paths)
    slots = ",".join("?" * len(OPEN))
    found = await rows(f"select {COLUMNS} {FROM} where {scope} and p.state in ({slots}) order by p.found_at desc", *values, *OPEN)
    by_facility: dict[str, list[Problem]] = {}
    for row in found:
        by_facility.setdefault(row["facility_id"], []).append(_problem(row))
    return by_facility


async def verify_records() -> list[str]:
    """Every problem that does not stand where its history leaves it: changed by hand, gone, or never recorded."""
    stands: dict[str, str] = {}
    for row in await rows("select subject_id, kind, data from event where kind like 'problem.%' order by seq"):
        if row["kind"] == "problem.recorded":
            stands[row["subject_id"]] = msgspec.json.decode(row["data"])["state"]
        elif row["kind"] in LEADS_TO:
            stands[row["subject_id"]] = LEADS_TO[row["kind"]]
    faults, last = [], ""
    while page := await rows("select id, number, state from problem where id > ? order by id limit 500", last):
        faults += [f"problem {row['number']} does not stand where its history leaves it" for row in page if stands.pop(row["id"], None) != row["state"]]
        last = page[-1]["id"]
    return faults + [f"problem {id} is gone" for id in stands]


def _where(actor: Actor, filters: Filters) -> tuple[str, list[Any]]:
    scope, scoped = below("p.place_path", actor.paths())
    parts, values = [scope], list(scoped)

    def add(condition: str, *given: Any) -> None:
        parts.append(condition)
        values.extend(given)

    if filters.state == "open":
        add(f"p.state in ({','.join('?' * len(OPEN))})", *OPEN)
    elif filters.state in {state.key for state in WORKFLOW.states}:
        add("p.state = ?", filters.state)
    for column, wanted in (("severity", filters.severity), ("party", filters.party), ("facility_type", filters.type), ("facility_id", filters.facility)):
        if wanted:
            add(f"p.{column} = ?", wanted)
    today = clock.today()
    if filters.due == "late":
        add("p.due_on < ? and p.state in ('issued', 'plan_submitted', 'plan_returned', 'rectifying', 'returned')", today)
    elif filters.due == "week":
        add("p.due_on >= ? and p.due_on <= ? and p.state not in ('closed', 'withdrawn')", today, today + dt.timedelta(days=6 - today.weekday()))
    for condition, text in (("p.found_on >= ?", filters.since), ("p.found_on <= ?", filters.until)):
        if on := _day(text):
            add(condition, on)
    for word in filters.q.split()[:5]:
        like = f"%{word}%"
        add("(p.number like ? or p.what like ? or pl.name like ? or p.person like ? or p.point like ?)", *[like] * 5)
    return " and ".join(parts), values


def _seek(after: str) -> tuple[str, list[Any]]:
    at, _, id = after.partition("~")
    try:
        moment = dt.datetime.fromisoformat(at)
    except ValueError:
        return "", []
    if moment.tzinfo is None or not 1970 < moment.year < 9000:
        return "", []
    return " and (p.found_at, p.id) < (?, ?)", [moment, id]


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def _problem(row: dict[str, Any]) -> Problem:
    for name in ("question", "clause"):
        row[name] = msgspec.json.decode(row[name], type=Words)
    row["inspector_ids"] = msgspec.json.decode(row["inspector_ids"], type=tuple[str, ...])
    return Problem(**row)
