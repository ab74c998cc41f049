"""In which capacity somebody acts from a phone: by the role that they held there at that hour, or that a supervisor vouches for."""

import datetime as dt
from typing import Any

import msgspec

from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.actor import Standing as Held
from server.foundation.refusal import Refusal
from server.ledger.unit import Unit
from server.people import rules
from server.people.tables import Place, Standing

Row = dict[str, Any]


async def held_then(unit: Unit, person: str, path: str, at: dt.datetime) -> set[str]:
    """The roles that this person held at the place with this path, or above it, at this instant."""
    found: set[str] = set()
    for held in await unit.matching(Standing, "person_id", person):
        if rules.was_current(held["from_on"], held["until_on"], held["ended_at"], at):
            place = await unit.find(Place, held["place_id"])
            if place and path.startswith(place["path"]):
                found.add(held["role"])
    return found


async def answers_for(unit: Unit, person: str, path: str, at: dt.datetime) -> bool:
    """Whether this person was the facility's contact at this instant, or is now."""
    return "contact" in await held_then(unit, person, path, at) | await held_then(unit, person, path, unit.at)


def hour(unit: Unit, at: dt.datetime) -> dt.datetime:
    """The phone's word for it, or noon of the day that a supervisor gives instead."""
    if unit.vouch and unit.vouch.on:
        return min(dt.datetime.combine(unit.vouch.on, dt.time(12), clock.BEIJING), unit.at)
    return at


async def then(unit: Unit, place: tuple[str, str], at: dt.datetime, *roles: str) -> tuple[Actor, bool]:
    """Whoever acts at this place (id, path), by the role out of these that they held there when they did, or that a supervisor of the place grants for it; whether they hold none no more.

    Nobody grants an inspector's part to the facility's own. Refusals: not_found, not_allowed.
    """
    place_id, path = place
    held = await held_then(unit, unit.person, path, at) & {*roles}
    is_own = "contact" not in roles and await answers_for(unit, unit.person, path, at)
    if not held and (is_own or unit.vouch is None or not unit.vouch.by.has("supervisor", path)):
        raise Refusal("not_allowed" if unit.actor.sees(path) else "not_found").at("problem")
    role = Held(min(held, default=roles[0]), place_id, path)
    is_away = unit.vouch is None and not await held_then(unit, unit.person, path, unit.at) & {*roles}
    return msgspec.structs.replace(unit.actor, roles=(role,)), is_away


def marks(unit: Unit, is_away: bool) -> Row:
    """What the history says beside it: that it was taken in by hand, and why; that whoever did it has gone elsewhere since."""
    vouched = {"vouched": {"name": unit.vouch.by.name, "words": unit.vouch.words, "reason": unit.vouch.reason}} if unit.vouch else {}
    return {**vouched, **({"away": True} if is_away else {})}
