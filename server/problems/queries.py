"""Reading problems: the lists with their filters, one problem, what a phone takes along."""

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from server.database.rows import Branch, among, below, merged, one, rows
from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.ids import is_id
from server.foundation.words import Words
from server.lists import queries as lists
from server.problems.filters import ASKS, CHANGED, DUE, NEVER, STATES, Filters, Order, known
from server.problems.rules import OnSite
from server.problems.workflow import LEADS_TO, OPEN, TO_PUT_RIGHT, Waiting, waiting

LIST = "problems"  # one for the three views: whoever has seen a change in one has seen it
PAGE = 50
MOST_COUNTED = 1000
BEGIN = ("problem.recorded", "problem.imported")  # the events that a problem's history begins with; they say its state
FROM = "from problem p join place pl on pl.id = p.facility_id"
JOINED = "join problem p on p.id = walked.id join place pl on pl.id = p.facility_id"
MOST_BRANCHES = 60


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
    voucher_id: str | None
    rework: int
    closed_on: dt.date | None
    closer: str
    relapse_of: str | None
    import_id: str
    origin: str
    changed_at: dt.datetime
    changed_by: str
    rectifier_ids: tuple[str, ...]
    rechecker_ids: tuple[str, ...]
    notice_id: str
    notice: str
    extension_id: str
    extensions: int
    is_supervised: bool
    is_referred: bool

    @property
    def spot(self) -> str:
        return " / ".join(word for word in (self.point, self.step) if word)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_late(self) -> bool:
        """逾期: open, to be put right by a day that has passed; what waits for a re-check is no longer late."""
        return self.state in TO_PUT_RIGHT and self.due_on is not None and self.due_on < clock.today()

    @property
    def is_running(self) -> bool:
        """Whether its day is still ahead, or late: what was reported is neither, nor what nobody has issued by the day it was given when it was found."""
        return self.is_late or (self.state in ("recorded", *TO_PUT_RIGHT) and self.due_on is not None and self.due_on >= clock.today())


COLUMNS = ", ".join("pl.name as facility" if name == "facility" else f"p.{name}" for name in Problem.__struct_fields__)


class Proposed(msgspec.Struct, frozen=True):
    """A re-check that is not in yet; of: the problem as it stands, None where the reader has no business with it."""

    recheck: OnSite
    of: Problem | None


class Extension(msgspec.Struct, frozen=True):
    """One request for more time. due_on: the day as it stood."""

    id: str
    reason: str
    wished_on: dt.date
    due_on: dt.date
    asker: str
    asked_at: dt.datetime
    state: str
    granted_on: dt.date | None
    answer: str
    decider: str
    decided_at: dt.datetime | None


class Flag(msgspec.Struct, frozen=True):
    """One time under special supervision, or one referral."""

    id: str
    kind: str
    authority: str
    document: str
    reason: str
    since_on: dt.date
    author: str
    ended_on: dt.date | None
    ended_why: str
    ended_by: str


class Listed(msgspec.Struct, frozen=True):
    """One page of a list. after: where the next begins, or "". count stops at MOST_COUNTED + 1."""

    problems: list[Problem]
    after: str
    count: int


async def listed(actor: Actor, filters: Filters, after: str = "", since: dt.datetime | None = None) -> Listed:
    """PAGE problems that fit the filters, in their order, from after the given place on. since: from when on a change is news."""
    branches = await _branches(actor, filters, since)
    found = await _walk(branches, filters.order, after, PAGE + 1)
    problems = [_problem(row) for row in found[:PAGE]]
    more = _place(filters.order, problems[-1]) if len(found) > PAGE else ""
    return Listed(problems, more, await lists.counted("problem p", branches, MOST_COUNTED + 1))


async def first(actor: Actor, filters: Filters, since: dt.datetime | None, most: int) -> list[Problem]:
    """The first that fit the filters, in their order."""
    return [_problem(row) for row in await _walk(await _branches(actor, filters, since), filters.order, "", most)]


async def pages(actor: Actor, filters: Filters, since: dt.datetime | None = None, size: int = 1000) -> AsyncIterator[list[Problem]]:
    """All that fit the filters, in their order, so many at a time: for a file."""
    branches, after = await _branches(actor, filters, since), ""
    while found := await _walk(branches, filters.order, after, size):
        problems = [_problem(row) for row in found]
        yield problems
        after = _place(filters.order, problems[-1])


async def pages_of(actor: Actor, ids: Sequence[str], size: int = 1000) -> AsyncIterator[list[Problem]]:
    """Those of these that lie within the actor's places, in this order, so many at a time: for a file."""
    for start in range(0, len(ids), size):
        seen = {problem.id: problem for problem in await some(actor, list(ids[start : start + size]))}
        yield [seen[id] for id in ids[start : start + size] if id in seen]


async def fitting(actor: Actor, query: str, at: dt.datetime, most: int) -> tuple[list[str], int]:
    """Ids, at most so many, of all that fit what the address of a list says (`due=late&party=unit`), in its order, as they stood at this instant; and how many had changed since."""
    said = {name: value.strip()[:100] for name, value in parse_qsl(query) if name in Filters.__struct_fields__}
    ids: list[str] = []
    changed = 0
    async for page in pages(actor, known(Filters(**said)), await lists.seen_since(actor, LIST)):
        ids += [problem.id for problem in page if problem.changed_at <= at]
        changed += sum(problem.changed_at > at for problem in page)
        if len(ids) >= most:
            break
    return ids[:most], changed


async def counted(actor: Actor, filters: Filters, since: dt.datetime | None, most: int) -> int:
    """How many fit the filters; counting stops at `most`."""
    return await lists.counted("problem p", await _branches(actor, filters, since), most)


async def waiting_for(actor: Actor) -> int:
    """For how many problems the next step is the actor's; counting stops at MOST_COUNTED + 1."""
    return await counted(actor, Filters(waits="me"), None, MOST_COUNTED + 1) if waiting(actor) else 0


async def problem(actor: Actor, id: str) -> Problem | None:
    """The problem, if it lies within the actor's places."""
    scope, values = below("p.place_path", actor.paths())
    found = await one(f"select {COLUMNS} {FROM} where p.id = ? and {scope}", id, *values)
    return _problem(found) if found else None


async def proposed(actor: Actor, payload: Any) -> Proposed | None:
    """What a sealed re-check says; None for what cannot be read as one. The caller has made sure that it may be seen."""
    try:
        recheck = msgspec.convert(payload, OnSite)
    except msgspec.ValidationError:
        return None
    return Proposed(recheck, await problem(actor, recheck.problem) if is_id(recheck.problem) else None)


async def some(actor: Actor, ids: list[str]) -> list[Problem]:
    """Those of these problems that lie within the actor's places, by number."""
    if not ids:
        return []
    scope, values = below("p.place_path", actor.paths())
    found = await rows(f"select {COLUMNS} {FROM} where {among('p.id', ids)} and {scope} order by p.found_at, p.id", *ids, *values)
    return [_problem(row) for row in found]


async def to_issue(actor: Actor, id: str) -> list[Problem]:
    """What is recorded and not issued yet of the visit that found this problem, where the actor supervises. A ledger's count as one visit's by facility and day."""
    scope, values = below("p.place_path", actor.paths("supervisor"))
    of = await one(f"select p.place_path, p.visit_id, p.found_on from problem p where p.id = ? and {scope}", id, *values)
    if of is None:
        return []
    found = await rows(
        f"select {COLUMNS} {FROM} where p.place_path = ? and p.state = 'recorded' and p.visit_id = ? and p.found_on = ? order by p.number, p.id limit 100",
        of["place_path"], of["visit_id"], of["found_on"],
    )  # fmt: skip
    return [_problem(row) for row in found]


async def extensions(problem_id: str) -> list[Extension]:
    """Every time that more time was asked for, the first first. The caller has made sure that the actor may see the problem."""
    found = await rows(f"select {', '.join(Extension.__struct_fields__)} from extension where problem_id = ? order by received_at, id", problem_id)
    return [Extension(**row) for row in found]


async def last_extensions(ids: Sequence[str]) -> dict[str, Extension]:
    """The last request for more time of each of these problems. The caller has made sure that the actor may see them."""
    if not ids:
        return {}
    names = ", ".join(Extension.__struct_fields__)
    found = await rows(f"select problem_id, {names} from extension where {among('problem_id', ids)} order by received_at, id", *ids)
    return {row.pop("problem_id"): Extension(**row) for row in found}


async def why_returned(ids: Sequence[str]) -> dict[str, str]:
    """What was said when the plan of each of these problems was returned last. The caller has made sure that the actor may see them."""
    if not ids:
        return {}
    found = await rows(f"select subject_id, data from event where {among('subject_id', ids)} and kind = 'problem.plan_returned' order by seq", *ids)
    return {row["subject_id"]: str(msgspec.json.decode(row["data"]).get("reason", "")) for row in found}


async def flags(problem_id: str) -> list[Flag]:
    """Every mark that the problem bears or bore, the first first. The caller has made sure that the actor may see it."""
    found = await rows(f"select {', '.join(Flag.__struct_fields__)} from flag where problem_id = ? order by since_on, id", problem_id)
    return [Flag(**row) for row in found]


async def open_below(paths: tuple[str, ...]) -> dict[str, list[Problem]]:
    """The open problems of every facility below these paths, by facility."""
    scope, values = below("p.place_path", paths)
    found = await rows(f"select {COLUMNS} {FROM} where {scope} and {among('p.state', OPEN)} order by p.found_at desc", *values, *OPEN)
    by_facility: dict[str, list[Problem]] = {}
    for row in found:
        by_facility.setdefault(row["facility_id"], []).append(_problem(row))
    return by_facility


class Deadline(msgspec.Struct, frozen=True):
    """What is to be put right by when, for whoever reminds of it. set_on: the day since which the due day stands."""

    id: str
    number: str
    what: str
    facility: str
    place_path: str
    state: str
    due_on: dt.date
    set_on: dt.date | None


DEADLINE = (
    "p.id, p.number, p.what, pl.name as facility, p.place_path, p.state, p.due_on, p.issued_on, p.due_set_on, case when p.rework > 0 then p.recheck_on end as returned_on, "
    "(select max(e.decided_at) from extension e where e.problem_id = p.id and e.state = 'granted') as extended_at"
)
RUNNING = f"p.due_on is not null and p.state in ({', '.join(f'{state!r}' for state in TO_PUT_RIGHT)})"


async def deadlines(ids: Sequence[str]) -> list[Deadline]:
    """The deadlines that run now, of these problems. For the server's own work: not scoped."""
    if not ids:
        return []
    return [_deadline(row) for row in await rows(f"select {DEADLINE} {FROM} where {among('p.id', ids)} and {RUNNING}", *ids)]


async def next_deadlines(state: str, after: tuple[dt.date, str], until: dt.date, most: int) -> list[Deadline]:
    """The deadlines that run in this one of TO_PUT_RIGHT, by day and id, from after this place on, until a day. For the server's own work: not scoped."""
    day, id = after
    found = await rows(
        f"select {DEADLINE} {FROM} where p.state = '{TO_PUT_RIGHT[TO_PUT_RIGHT.index(state)]}' and {DUE.beyond} and {DUE.column} <= ? order by {DUE.column}, p.id limit {most}",
        day, day, id, until,
    )  # fmt: skip
    return [_deadline(row) for row in found]


def _deadline(row: dict[str, Any]) -> Deadline:
    extended = row.pop("extended_at")
    given = [on for on in (row.pop("issued_on"), row.pop("returned_on"), row.pop("due_set_on"), extended and clock.today(extended)) if on]
    return Deadline(**row, set_on=max(given, default=None))


async def verify_records() -> list[str]:
    """Every problem that does not stand where its history leaves it: changed by hand, gone, or never recorded."""
    stands: dict[str, str] = {}
    for row in await rows("select subject_id, kind, data from event where kind like 'problem.%' order by seq"):
        if row["kind"] in BEGIN:
            stands[row["subject_id"]] = msgspec.json.decode(row["data"])["state"]
        elif row["kind"] in LEADS_TO:
            stands[row["subject_id"]] = LEADS_TO[row["kind"]]
    faults, last = [], ""
    while page := await rows("select id, number, state from problem where id > ? order by id limit 500", last):
        faults += [f"problem {row['number']} does not stand where its history leaves it" for row in page if stands.pop(row["id"], None) != row["state"]]
        last = page[-1]["id"]
    return faults + [f"problem {id} is gone" for id in stands]


async def _branches(actor: Actor, filters: Filters, since: dt.datetime | None) -> list[Branch]:
    """Conditions that no two of which hold for one problem, and that together hold for all that are asked for.

    One a place and state, so that each is a walk through an index in the order of the list; too many are taken as one.
    """
    more, values = filters.conditions(actor.id, since)
    reached: list[tuple[tuple[str, ...], str, Branch]]
    if filters.waits:
        reached = [(entry.paths, entry.state, _waits(entry, actor.id)) for entry in waiting(actor) if entry.state in filters.states]
    else:
        reached = [(actor.paths(), state, ("", ())) for state in filters.states]
    places = {paths: await lists.places("p.place_path", paths, filters.place, filters.facility) for paths, _, _ in reached}
    if filters.order is CHANGED and not filters.waits:
        return [_by_change(place, filters.states, more, values) for place in places.get(actor.paths(), ())]
    found: list[Branch] = [
        (f"{place} and p.state = '{state}'{barred}{more}", (*scoped, *given, *values))
        for paths, state, (barred, given) in reached
        for place, scoped in places[paths]
    ]
    return found if len(found) <= MOST_BRANCHES else [lists.united(found)]


def _by_change(place: Branch, states: tuple[str, ...], more: str, values: Sequence[Any]) -> Branch:
    """What is new is a range of the index by change; the state is written as no index has it, so that none by state seems better."""
    condition, scoped = place
    held = "" if states == STATES else f" and p.state || '' in ({', '.join(f'{state!r}' for state in states)})"
    return f"{condition}{held}{more}", (*scoped, *values)


def _waits(entry: Waiting, actor_id: str) -> Branch:
    parts, values = f" and {ASKS}" if entry.asks else "", []
    for column in entry.not_in:
        several = column.endswith("_ids")
        parts += f" and p.{column} not like ?" if several else f" and (p.{column} is null or p.{column} <> ?)"
        values.append(f'%"{actor_id}"%' if several else actor_id)
    return parts, values


async def _walk(branches: list[Branch], order: Order, after: str, most: int) -> list[dict[str, Any]]:
    """Rows from after a place on: found by the indexes alone, then read."""
    beyond = order.place(after)
    seek, place = (f" and {order.beyond}", beyond) if beyond else ("", ())
    walks = [(f"select p.id, {order.column} as k from problem p where {condition}{seek}", (*values, *place)) for condition, values in branches]
    if not walks:
        return []
    sql, values = merged(walks, order.words, most)
    return await rows(f"select {COLUMNS} from ({sql}) walked {JOINED} order by {order.words.replace('id', 'p.id')}", *values)


def _place(order: Order, problem: Problem) -> str:
    value = {"due": problem.due_on or NEVER, "closed": problem.closed_on or NEVER, "changed": problem.changed_at}.get(order.key, problem.found_at)
    return f"{value.isoformat()}~{problem.id}"


def _problem(row: dict[str, Any]) -> Problem:
    row["question"], row["clause"] = _words(row["question"]), _words(row["clause"])
    for column in ("inspector_ids", "rectifier_ids", "rechecker_ids"):
        row[column] = msgspec.json.decode(row[column], type=tuple[str, ...])
    return Problem(**row)


@lru_cache(2048)  # a page asks the same few items again and again
def _words(text: str) -> Words:
    return msgspec.json.decode(text, type=Words)
