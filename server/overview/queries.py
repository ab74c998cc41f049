"""Reading the figures of a place, and the problems that they are made from."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec

from server.database.rows import among, at, below, one, rows
from server.database.writer import Writer
from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.words import Words
from server.overview import rules
from server.overview.rules import BUREAU, DUE, STOCK, Figure, Line, Sums
from server.problems.workflow import OPEN, TO_PUT_RIGHT

MOST_PLACES = 200
COLUMNS = "id, place_path, facility_type, checklist, severity, party, state, found_at, due_on, closed_on, rework, relapse_of"
WHOLE = "whole"  # the kind of the one row that says by which version of the rules everything was counted


class Place(msgspec.Struct, frozen=True):
    id: str
    path: str
    name: str
    kind: str
    parent_id: str | None


class Counts(msgspec.Struct, frozen=True):
    """The open problems of one bureau or facility."""

    path: str
    open: int
    late: int
    week: int
    recheck: int


async def sums(paths: Sequence[str]) -> Sums:
    """Everything that is counted at and below these places: bureaus as they are kept, a facility from its own problems."""
    today = clock.today()
    cells = [((row["kind"], row["falls_on"], row["value"]), row["n"], row["m"]) for row in await _kept([path for path in paths if len(path) <= BUREAU], today)]
    for path in paths:
        if len(path) > BUREAU:
            cells += [(key, 1, late) for problem in await _of_facility(path, today) for key, late in rules.counted(problem)]
    return Sums(today, cells)


async def _kept(places: Sequence[str], today: dt.date) -> list[dict[str, Any]]:
    """The cells of these places that a figure of today needs, added up: one walk a kind, so that it does not matter how long ago all began."""
    if not places:
        return []
    walks = [
        f"select kind, falls_on, value, cast(sum(n) as bigint) as n, cast(sum(m) as bigint) as m from tally "
        f"where {among('place', places)} and kind = '{kind}' and falls_on >= ? group by kind, falls_on, value"
        for kind in rules.KINDS
    ]
    return await rows(" union all ".join(walks), *(value for first in rules.since(today).values() for value in (*places, first)))


async def _of_facility(path: str, today: dt.date) -> list[dict[str, Any]]:
    """The problems of one facility that are open, or that were found or closed in the weeks of a figure: a walk each, the last not through the index by state."""
    first = rules.since(today)[rules.WEEK]
    began = dt.datetime.combine(first, dt.time(), clock.BEIJING)
    return await rows(
        f"select {COLUMNS} from problem where place_path = ? and state in ({_listed(OPEN)}) "
        f"union all select {COLUMNS} from problem where place_path = ? and state in ('closed', 'withdrawn') and found_at >= ? "
        f"union all select {COLUMNS} from problem where place_path = ? and closed_on >= ? and state || '' = 'closed' and not found_at >= ?",
        path, path, began, path, first, began,
    )  # fmt: skip


# By place


async def by_place(actor: Actor, top: Place | None) -> tuple[list[Line], bool]:
    """The places right below, or, for whoever answers for several, these; by name, not by their figures. And whether there are more.

    Of a bureau's facilities, those that have an open problem.
    """
    places = await _children(top) if top else await _tops(actor)
    if len(places) == 1 and top is None:
        return await by_place(actor, places[0])
    counts = {each.path: each for each in await _counts([place.path for place in places], top)}
    if top and len(top.path) == BUREAU:
        places = [place for place in places if place.path in counts]
    return [_line(place, counts.get(place.path, Counts(place.path, 0, 0, 0, 0))) for place in places[:MOST_PLACES]], len(places) > MOST_PLACES


async def place(actor: Actor, id: str) -> Place | None:
    """The place, if it lies within the actor's places."""
    scope, values = below("path", actor.paths())
    found = await one(f"select id, path, name, kind, parent_id from place where id = ? and {scope}", id, *values)
    return Place(**found) if found else None


async def _tops(actor: Actor) -> list[Place]:
    paths = actor.paths()
    return [Place(**row) for row in await rows(f"select id, path, name, kind, parent_id from place where {among('path', paths)} order by name, id", *paths)]


async def _children(top: Place) -> list[Place]:
    return [Place(**row) for row in await rows("select id, path, name, kind, parent_id from place where parent_id = ? order by name, id", top.id)]


async def _counts(paths: Sequence[str], top: Place | None) -> list[Counts]:
    if top and len(top.path) == BUREAU:
        return await _walked(*at("place_path", top.path))
    found = await _counted([path for path in paths if len(path) <= BUREAU])
    for path in paths:
        if len(path) > BUREAU:
            found += await _walked(*at("place_path", path))
    return found


async def _counted(places: Sequence[str]) -> list[Counts]:
    """Of bureaus, from the figures that are kept."""
    if not places:
        return []
    here, today = among("place", places), clock.today()
    found = await rows(
        "select place as path, cast(sum(o) as bigint) as open, cast(sum(l) as bigint) as late, cast(sum(w) as bigint) as week, cast(sum(r) as bigint) as recheck from ("
        f"select place, n as o, m as l, 0 as w, case when value = 'state/awaiting_recheck' then n else 0 end as r from tally where {here} and kind = '{STOCK}' and value like 'state/%' "
        f"union all select place, 0, -m, case when falls_on <= ? then n else 0 end, 0 from tally where {here} and kind = '{DUE}' and falls_on >= ? and value like 'severity/%'"
        ") counted group by place",
        *places, rules.sunday(today), *places, today,
    )  # fmt: skip
    return [Counts(**row) for row in found]


async def _walked(condition: str, values: Sequence[Any]) -> list[Counts]:
    """Of facilities, from an index of what is open. The place is grouped by as no index has it: an order by place would be read from all there is."""
    today = clock.today()
    found = await rows(
        f"select place_path || '' as path, count(*) as open, sum(case when state in ({_listed(TO_PUT_RIGHT)}) and due_on < ? then 1 else 0 end) as late, "
        "sum(case when due_on >= ? and due_on <= ? then 1 else 0 end) as week, sum(case when state = 'awaiting_recheck' then 1 else 0 end) as recheck "
        f"from problem where {condition} and state in ({_listed(OPEN)}) group by place_path || ''",
        today, today, rules.sunday(today), *values,
    )  # fmt: skip
    return [Counts(**row) for row in found]


def _listed(states: Sequence[str]) -> str:
    return ", ".join(f"'{state}'" for state in states)


def _line(place: Place, counts: Counts) -> Line:
    by = filter_of(place)

    def figure(n: int, **filters: str) -> Figure:
        return Figure(n, rules.address(by, **filters))

    return Line(
        Words(place.name, place.name), figure(counts.open), figure(counts.late, due="late"), figure(counts.week, due="week"),
        figure(counts.recheck, state="awaiting_recheck"), f"/overview?place={place.id}",
    )  # fmt: skip


def filter_of(place: Place) -> dict[str, str]:
    """The filter by which the lists show this place."""
    return {"facility" if len(place.path) > BUREAU else "place": place.id}


# Made anew


async def version() -> int:
    """By which version of the rules everything was counted; 0 where nobody has counted yet."""
    found = await one("select n from tally where kind = ?", WHOLE)
    return found["n"] if found else 0


async def clear(writer: Writer) -> None:
    await writer.query("delete from tally")


async def some(writer: Writer, last: str) -> list[dict[str, Any]]:
    """The next problems by id, as the rules count them, inside the transaction that counts."""
    return await writer.query(f"select {COLUMNS} from problem where id > ? order by id limit 1000", last)
