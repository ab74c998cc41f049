"""Reading the calendar's corrections: what they come to for a place, and the register."""

import datetime as dt
from collections.abc import Iterable

import msgspec

from server.database.rows import among, below, one, rows
from server.foundation import clock
from server.foundation.actor import Actor
from server.people.rules import paths_above
from server.workdays.rules import BACK, Corrections, effective


class Declared(msgspec.Struct, frozen=True):
    """One day as the register shows it."""

    id: str
    place: str
    place_path: str
    day_on: dt.date
    is_worked: bool
    reason: str
    author: str
    declared_at: dt.datetime
    ended_at: dt.datetime | None
    ended_by: str
    ended_why: str


async def corrections(path: str) -> Corrections:
    """What was declared for the place with this path: {day: whether it is worked}."""
    return (await corrections_of([path]))[path]


async def corrections_of(places: Iterable[str]) -> dict[str, Corrections]:
    """The same for several: {path: {day: whether it is worked}}."""
    above = {path: paths_above(path) for path in places}
    paths = list({each for some in above.values() for each in some})
    if not paths:
        return {}
    found = await rows(f"select place_path, day_on, is_worked, ended_at from workday where {among('place_path', paths)}", *paths)
    return {path: effective(row for row in found if row["place_path"] in some) for path, some in above.items()}


async def declared(actor: Actor) -> list[Declared]:
    """What holds for the actor's places, theirs and that of the bureaus above, from last year on; the latest day first."""
    scope, values = below("w.place_path", actor.paths())
    above = [path for own in actor.paths() for path in (paths_above(own) if own else [])]
    more = f" or {among('w.place_path', above)}" if above else ""
    found = await rows(
        "select w.id, p.name as place, w.place_path, w.day_on, w.is_worked, w.reason, w.author, w.declared_at, w.ended_at, w.ended_by, w.ended_why from workday w "
        f"join place p on p.id = w.place_id where ({scope}{more}) and w.day_on >= ? order by w.day_on desc, w.declared_at desc",
        *values, *above, clock.today() - BACK,
    )  # fmt: skip
    return [Declared(**row) for row in found]


async def is_there(actor: Actor, id: str, *roles: str) -> bool:
    """Whether there is such a day, taken back or not, at a place where the actor holds one of these roles."""
    scope, values = below("place_path", actor.paths(*roles))
    return await one(f"select 1 as n from workday where id = ? and {scope}", id, *values) is not None
