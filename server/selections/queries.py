"""Reading one's own selections: the list, one of them, its rows; and what the server's own work needs of them."""

import datetime as dt
from typing import Any

import msgspec

from server.database.rows import among, one, rows
from server.facilities import queries as facilities
from server.foundation import clock
from server.foundation.actor import Actor
from server.lists.rules import instant
from server.problems import queries as problems
from server.problems.queries import Problem
from server.selections import rules
from server.selections.rules import OUTCOMES, Given
from server.workdays.queries import corrections_of

PAGE = 50
COLUMNS = "id, author_id, author, query, since_changed, total, state, act, given, reason, parts, done, created_at, changed_at"


class Selection(msgspec.Struct, frozen=True):
    id: str
    author_id: str
    author: str
    query: str
    since_changed: int
    total: int
    state: str
    act: str
    given: Given
    reason: str
    parts: int
    done: int
    created_at: dt.datetime
    changed_at: dt.datetime

    @property
    def is_working(self) -> bool:
        return self.state in rules.WORKING


class Line(msgspec.Struct, frozen=True):
    """One row. problem: None where it is out of the reader's sight by now; why: a refusal as it travels, or {}."""

    sort: int
    problem: Problem | None
    outcome: str
    given: dict[str, str]
    before: dict[str, Any]
    why: dict[str, Any]
    notice_id: str


async def listed(actor: Actor, after: str = "") -> tuple[list[Selection], str]:
    """PAGE of the actor's own, the last first, from after `TIME~ID` on; and where the next page begins, or ""."""
    text, _, id = after.partition("~")
    seek, place = (" and (created_at, id) < (?, ?)", (at, id)) if (at := instant(text)) else ("", ())
    found = await rows(f"select {COLUMNS} from selection where author_id = ?{seek} order by created_at desc, id desc limit {PAGE + 1}", actor.id, *place)
    more = f"{found[PAGE - 1]['created_at'].isoformat()}~{found[PAGE - 1]['id']}" if len(found) > PAGE else ""
    return [_selection(row) for row in found[:PAGE]], more


async def find(actor: Actor, id: str) -> Selection | None:
    """The selection, if it is the actor's own."""
    found = await one(f"select {COLUMNS} from selection where id = ? and author_id = ?", id, actor.id)
    return _selection(found) if found else None


async def work(id: str) -> Selection | None:
    """For the server's own work: not scoped."""
    found = await one(f"select {COLUMNS} from selection where id = ?", id)
    return _selection(found) if found else None


async def waiting() -> list[str]:
    """Those whose work was broken off. For the server's own work: not scoped."""
    return [row["id"] for row in await rows(f"select id from selection where {among('state', rules.WORKING)}", *rules.WORKING)]


async def counts(id: str) -> dict[str, int]:
    """How many rows have which outcome. The caller has made sure that the selection may be seen; so for all below."""
    found = {row["outcome"]: row["n"] for row in await rows("select outcome, count(*) as n from selection_row where selection_id = ? group by outcome", id)}
    return {name: found.get(name, 0) for name in OUTCOMES}


async def notices_of(id: str) -> int:
    """How many notices came of it."""
    found = await one("select count(distinct notice_id) as n from selection_row where selection_id = ? and notice_id <> ''", id)
    return found["n"] if found else 0


async def lines(actor: Actor, id: str, outcome: str = "", after: int = -1) -> tuple[list[Line], int | None]:
    """PAGE rows from after this place on, and the next place; those with one outcome, or all."""
    only, values = (" and outcome = ?", [outcome]) if outcome in OUTCOMES else ("", [])
    found = await rows(
        f"select sort, problem_id, outcome, given, before, why, notice_id from selection_row where selection_id = ?{only} and sort > ? order by sort limit {PAGE + 1}", id, *values, after,
    )  # fmt: skip
    seen = {problem.id: problem for problem in await problems.some(actor, [row["problem_id"] for row in found[:PAGE]])}
    told = [_line(row, seen.get(row["problem_id"])) for row in found[:PAGE]]
    return told, told[-1].sort if len(found) > PAGE else None


async def ids(id: str) -> list[str]:
    """Its problems, in its order."""
    return [row["problem_id"] for row in await rows("select problem_id from selection_row where selection_id = ? order by sort", id)]


async def proposals(actor: Actor, found: Selection) -> dict[str, dict[str, Any]]:
    """By problem, what those of the part that is next are to get, as far as its author still sees them."""
    chosen = await rows("select problem_id from selection_row where part = ?", f"{found.id}/{found.done}")
    seen = await problems.some(actor, [row["problem_id"] for row in chosen])
    duties = {facility.id: held for facility, held in await facilities.some(actor, list({problem.facility_id for problem in seen}))}
    corrected = await corrections_of({problem.place_path for problem in seen})
    return {
        problem.id: rules.proposed(found.act, found.given, problem, duties.get(problem.facility_id, ()), clock.today(), corrected[problem.place_path]) for problem in seen
    }  # fmt: skip


def _selection(row: dict[str, Any]) -> Selection:
    return Selection(**{**row, "given": msgspec.json.decode(row["given"], type=Given)})


def _line(row: dict[str, Any], problem: Problem | None) -> Line:
    given, before, why = (msgspec.json.decode(row[name]) for name in ("given", "before", "why"))
    return Line(row["sort"], problem, row["outcome"], given, before, why, row["notice_id"])
