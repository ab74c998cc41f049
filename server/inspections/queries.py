"""Reading visits: the list with its filters, what just came in, one visit with its earlier versions, when a facility was last visited."""

import datetime as dt
from typing import Any

import msgspec

from server.checklists import queries as checklists
from server.database.rows import Branch, among, below, merged, one, rows
from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.refusal import Refusal
from server.foundation.words import Words
from server.inspections import said
from server.inspections.filters import Filters, known
from server.inspections.rules import KEPT_OF_PAPER, OLDEST, Submission, digest
from server.lists import queries as lists
from server.lists.rules import instant
from server.people.rules import paths_above
from server.photos import queries as photos

PAGE = 50
MOST_COUNTED = 1000
LONG_AGO = dt.datetime(1971, 1, 1, tzinfo=dt.UTC)
FAR_BEHIND = 1000  # events since a reader's place, none of them for them: they are given a nearer one
LISTED = (
    "i.id, i.number, i.facility_id, pl.name as facility, i.kind, i.mode, i.inspectors, i.finished_at, i.visited_on, i.failed, i.findings, "
    "i.received_at, i.source, i.revision, i.author_id, i.away, i.vouched"
)
COLUMNS = (
    f"{LISTED}, i.place_path, i.checklist, i.parts, i.started_at, i.answers, i.passed, i.not_applicable, i.recorded, "
    "i.signatures, i.position, i.papers, i.amended_at, i.facility_type"
)
FROM = "from inspection i join place pl on pl.id = i.facility_id"
JOINED = "join inspection i on i.id = walked.id join place pl on pl.id = i.facility_id"
ARRIVED = ("inspection.submitted", "inspection.entered")
JSON = ("parts", "inspectors", "answers", "findings", "signatures", "position", "papers", "vouched")


class Listed(msgspec.Struct, frozen=True):
    """A visit as the list shows it. inspectors: (id, name); findings: {finding, problem, number, observed, item, what, …}; author_id: who sent it in.

    away: names of those who inspected there no more when it came in; vouched: {by, name, code, words, reason, on} of what was taken in by hand.
    """

    id: str
    number: str
    facility_id: str
    facility: str
    kind: str
    mode: str
    inspectors: list[tuple[str, str]]
    finished_at: dt.datetime
    visited_on: dt.date
    failed: int
    findings: list[dict[str, Any]]
    received_at: dt.datetime
    source: str
    revision: int
    author_id: str
    away: str
    vouched: dict[str, Any] | None

    @property
    def names(self) -> str:
        return "、".join(name for _, name in self.inspectors)


class Visit(Listed, frozen=True, kw_only=True):
    """One visit, whole. answers: by item key; papers: photos of its sheets."""

    place_path: str
    checklist: str
    parts: tuple[str, ...]
    started_at: dt.datetime
    answers: dict[str, Any]
    passed: int
    not_applicable: int
    recorded: int
    signatures: dict[str, Any]
    position: dict[str, float] | None
    papers: list[str]
    amended_at: dt.datetime | None
    facility_type: str


class Proposed(msgspec.Struct, frozen=True):
    """A visit that is not in yet, as its record would be. table: the checklist's title; version: of it, on the phone."""

    visit: Submission
    type: str
    table: Words
    sections: list[said.Section]
    signers: list[said.Signer]


class Version(msgspec.Struct, frozen=True):
    """A record as it stood before an amendment; who made that amendment, when and why."""

    visit: Visit
    by: str
    at: dt.datetime
    reason: str


class News(msgspec.Struct, frozen=True):
    """What came in since a reader's place in the history, the latest first; seq: their next place."""

    visits: list[Listed]
    seq: int


async def visits(actor: Actor, filters: Filters | None = None, after: str = "", since: dt.datetime | None = None) -> list[Listed]:
    """Up to PAGE + 1 visits within the actor's places that fit the filters, the latest first, from after `TIME~ID` on.

    Found by the indexes alone, then read. since: from when on what came in is news.
    """
    filters = filters or Filters()
    seek, beyond = _seek(filters.column, after)
    branches = await _branches(actor, filters, since)
    if not branches:
        return []
    walks = [(f"select i.id, {filters.column} as k from inspection i where {condition}{seek}", (*values, *beyond)) for condition, values in branches]
    sql, given = merged(walks, "k desc, id desc", PAGE + 1)
    found = await rows(f"select {LISTED} from ({sql}) walked {JOINED} order by k desc, i.id desc", *given)
    return [_listed(row) for row in found]


async def counted(actor: Actor, filters: Filters, since: dt.datetime | None = None) -> int:
    """How many fit; counting stops at MOST_COUNTED + 1."""
    return await lists.counted("inspection i", await _branches(actor, filters, since), MOST_COUNTED + 1)


async def news(actor: Actor, filters: Filters, seq: int) -> News:
    """Visits that arrived after this place in the history, by whatever process took them in.

    The history's numbers are given under the writers' one lock: unlike the hour of arrival, none becomes visible after a later one.
    """
    where, values = lists.united(await _branches(actor, filters, LONG_AGO))  # whatever comes in now is new
    found = await rows(
        f"select {LISTED}, e.seq from event e cross join inspection i join place pl on pl.id = i.facility_id "  # in this order: SQLite keeps to it
        f"where i.id = e.subject_id and e.seq > ? and e.kind in (?, ?) and {where} order by e.seq limit {PAGE}",
        seq, *ARRIVED, *values,
    )  # fmt: skip
    if found:
        return News([_listed({name: row[name] for name in row if name != "seq"}) for row in reversed(found)], found[-1]["seq"])
    now = await latest()
    return News([], now if now - seq > FAR_BEHIND else seq)


async def latest() -> int:
    """The last place in the history."""
    found = await one("select max(seq) as seq from event")
    return (found["seq"] or 0) if found else 0


async def visit(actor: Actor, id: str) -> Visit | None:
    scope, values = below("i.place_path", actor.paths())
    found = await one(f"select {COLUMNS} {FROM} where i.id = ? and {scope}", id, *values)
    return await _named(_visit(found)) if found else None


async def _named(visit: Visit) -> Visit:
    """Records of the first weeks kept of a finding only the problem that it became: what was noted stands there."""
    bare = [row["problem"] for row in visit.findings if "item" not in row]
    if not bare:
        return visit
    found = await rows(f"select id, item, what, point, step, severity, party, person from problem where {among('id', bare)}", *bare)
    noted = {row.pop("id"): row for row in found}
    return msgspec.structs.replace(visit, findings=[{**noted.get(row["problem"], {}), **row} for row in visit.findings])


async def shots(visit: Visit) -> dict[str, tuple[list[str], list[str]]]:
    """(photos, photos after it was put right) of each finding; records of the first weeks say it by their problems only."""
    uses = await photos.uses([row["problem"] for row in visit.findings if "photos" not in row])
    found = {}
    for row in visit.findings:
        kept = [[use.sha256 for use in uses if use.subject_id == row["problem"] and use.role in roles] for roles in (("before", "finding"), ("after",))]
        found[row["finding"]] = (row.get("photos", kept[0]), row.get("after", kept[1]))
    return found


async def bureau(visit: Visit) -> str:
    """The name of the bureau whose number the visit bears, "" for none."""
    above = paths_above(visit.place_path)
    found = await rows(f"select name from place where {among('path', above)} and mark <> '' order by length(path) desc limit 1", *above)
    return str(found[0]["name"]) if found else ""


async def versions(now: Visit) -> list[Version]:
    """How the record stood before each amendment, the first first. The caller has made sure that it may be seen."""
    found = await rows("select revision, record, by_name, at, reason from inspection_earlier where visit_id = ? order by revision", now.id)
    return [Version(_as_it_was(now, row), row["by_name"], row["at"], row["reason"]) for row in found]


def _as_it_was(now: Visit, row: dict[str, Any]) -> Visit:
    kept = msgspec.json.decode(row["record"])
    names = [name for name in KEPT_OF_PAPER if name in Visit.__struct_fields__]
    return msgspec.structs.replace(now, revision=row["revision"], **_decoded({name: kept[name] for name in names}))


async def proposed(payload: Any) -> Proposed | None:
    """What a sealed visit says, read as its record would be; None for what cannot be read as one. The caller has made sure that it may be seen."""
    try:
        visit = msgspec.convert(payload, Submission)
        found = await checklists.checklist(visit.checklist.key, visit.checklist.version)
        facility = await one("select type from facility where id = ?", visit.facility)
        type = facility["type"] if facility else ""
        return Proposed(
            visit, type, found.title, said.sections(found, type, visit.parts, visit.answers), said.signers(msgspec.to_builtins(visit.signatures)),
        ) if found else None  # fmt: skip
    except (msgspec.ValidationError, Refusal, OverflowError):
        return None  # not even its shape: whoever decides reads it as it came


async def on_the_same_day(actor: Actor, facility: str, on: dt.date) -> list[Listed]:
    """Visits of a facility on one day: somebody may be about to enter a paper twice."""
    return await visits(actor, Filters(facility=facility, since=on.isoformat(), until=on.isoformat()))


async def inspectors_below(actor: Actor) -> list[tuple[str, str]]:
    """(id, name) of those who inspect or inspected at or below the actor's places, by name: nothing for a facility's contact."""
    scope, values = below("pl.path", actor.paths("inspector", "supervisor", "administrator", "auditor"))
    found = await rows(
        "select distinct p.id, p.name from standing st join person p on p.id = st.person_id join place pl on pl.id = st.place_id "
        f"where st.role = 'inspector' and {scope} order by p.name, p.id limit 500",
        *values,
    )
    return [(row["id"], row["name"]) for row in found]


async def inspectors_at(path: str) -> list[tuple[str, str]]:
    """(id, name) of those who inspect a place or did within the time in which a paper may be entered, by name."""
    above = [path, *paths_above(path)]
    today = clock.today()
    found = await rows(
        "select distinct p.id, p.name from standing st join person p on p.id = st.person_id join place pl on pl.id = st.place_id "
        f"where st.role = 'inspector' and {among('pl.path', above)} and st.from_on <= ? "
        "and (st.until_on is null or st.until_on >= ?) order by p.name, p.id",
        *above, today, today - OLDEST,
    )  # fmt: skip
    return [(row["id"], row["name"]) for row in found]


async def some(actor: Actor, ids: list[str]) -> list[Visit]:
    """Those of these visits that lie within the actor's places."""
    if not ids:
        return []
    scope, values = below("i.place_path", actor.paths())
    found = await rows(f"select {COLUMNS} from inspection i join place pl on pl.id = i.facility_id where {among('i.id', ids)} and {scope}", *ids, *values)
    return [_visit(row) for row in found]


async def verify_records() -> list[str]:
    """Every visit that is not as the history says, as it stands or as it stood: changed, gone, or never taken in."""
    told: dict[tuple[str, int], str] = {}
    for row in await rows("select subject_id, data from event where kind in (?, ?, 'inspection.amended') order by seq", *ARRIVED):
        data = msgspec.json.decode(row["data"])
        told[row["subject_id"], data.get("revision", 0)] = data.get("kept")
    faults, last = [], ""
    while page := await rows(f"select id, revision, {', '.join(KEPT_OF_PAPER)} from inspection where id > ? order by id limit 500", last):
        for row in page:
            if told.pop((row["id"], row["revision"]), None) != digest(row):
                faults.append(f"visit {row['number']} is not as it was submitted")
        last = page[-1]["id"]
    last = ""
    while page := await rows("select id, visit_id, revision, record from inspection_earlier where id > ? order by id limit 500", last):
        for row in page:
            if told.pop((row["visit_id"], row["revision"]), None) != digest(msgspec.json.decode(row["record"])):
                faults.append(f"an earlier version of visit {row['visit_id']} is not as it was kept")
        last = page[-1]["id"]
    return faults + [f"visit {id} is gone, as it stood in version {revision}" for id, revision in told]


async def _branches(actor: Actor, filters: Filters, since: dt.datetime | None) -> list[Branch]:
    """Conditions that no two of which hold for one visit, and that together hold for all that are asked for.

    One a place and, where an inspector is asked for, one a signature: each is a walk through an index in the order of the list.
    """
    filters = known(filters)
    more, values = filters.conditions(actor.id, since)
    signed = [(f" and {column} = ?", (filters.person,)) for column in ("i.first_id", "i.second_id")] if filters.person else [("", ())]
    places = await lists.places("i.place_path", actor.paths(), filters.place, filters.facility)
    return [(f"{place}{whose}{more}", (*scoped, *who, *values)) for place, scoped in places for whose, who in signed]


def place(filters: Filters, visit: Listed) -> str:
    """Where in the list the visit stands, as `visits` takes it."""
    return f"{(visit.received_at if filters.news else visit.finished_at).isoformat()}~{visit.id}"


def _seek(column: str, after: str) -> Branch:
    """From after `TIME~ID` on. SQLite seeks by the column alone, then by both."""
    text, _, id = after.partition("~")
    moment = instant(text)
    if moment is None:
        return "", ()
    return f" and {column} <= ? and ({column}, i.id) < (?, ?)", (moment, moment, id)


def _listed(row: dict[str, Any]) -> Listed:
    return Listed(**_decoded(row))


def _visit(row: dict[str, Any]) -> Visit:
    return Visit(**_decoded(row))


def _decoded(row: dict[str, Any]) -> dict[str, Any]:
    for name in JSON:
        if name in row:
            row[name] = msgspec.json.decode(row[name]) if row[name] else None
    if "inspectors" in row:
        row["inspectors"] = [tuple(pair) for pair in row["inspectors"]]
    if "parts" in row:
        row["parts"] = tuple(row["parts"])
    return row
