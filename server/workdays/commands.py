"""Declaring a day off or worked, taking that back, and what it comes to for a place."""

import datetime as dt
from typing import Any

import msgspec

from server.foundation.command import Handling
from server.foundation.ids import is_id
from server.foundation.refusal import Refusal
from server.foundation.words import Words
from server.ledger.unit import Unit
from server.people.rules import paths_above, reason
from server.people.tables import Place
from server.workdays import rules
from server.workdays.tables import Workday

Row = dict[str, Any]
KEEPERS = ("supervisor", "administrator")


class Declare(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    place: str
    day_on: dt.date
    is_worked: bool
    reason: str


class TakeBack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    workday: str
    reason: str


async def corrections(unit: Unit, path: str) -> rules.Corrections:
    """What was declared for the place with this path: {day: whether it is worked}."""
    paths = paths_above(path)
    await unit.fetch(Workday, "place_path", paths)
    return rules.effective([row for above in paths for row in await unit.matching(Workday, "place_path", above)])


async def declare_day(unit: Unit, declaring: Declare) -> Row:
    """A later word on the same day takes the place of an earlier one. Refusals: not_found, not_allowed, workday.place, workday.day, workday.same, people.reason, input.invalid."""
    place = await unit.find(Place, declaring.place)
    if place is None:
        raise Refusal("not_found").at("place")
    unit.actor.check_has(place["path"], *KEEPERS)
    if place["kind"] not in ("municipal", "district"):
        raise Refusal("workday.place").at("place")
    if not is_id(declaring.id):
        raise Refusal("input.invalid", reason="id").at("id")
    on, why = rules.check_day(declaring.day_on, unit.today), reason(declaring.reason)
    if rules.is_worked(on, await corrections(unit, place["path"])) == declaring.is_worked:
        what = Words("工作日", "a working day") if declaring.is_worked else Words("休息日", "a day off")
        raise Refusal("workday.same", on=on.isoformat(), what=what).at("day_on")
    for row in await unit.matching(Workday, "place_path", place["path"]):
        if row["day_on"] == on and row["ended_at"] is None:
            _end(unit, row, why)
    unit.add(
        Workday, id=declaring.id, place_id=place["id"], place_path=place["path"], day_on=on, is_worked=declaring.is_worked, reason=why,
        author=unit.actor.name, declared_at=unit.at,
    )  # fmt: skip
    unit.note("workday.declared", declaring.id, place["path"], day_on=on, is_worked=declaring.is_worked, reason=why)
    return {"workday": declaring.id}


async def take_day_back(unit: Unit, taking: TakeBack) -> Row:
    """Refusals: not_found, not_allowed, workday.ended, people.reason."""
    row = await unit.find(Workday, taking.workday)
    if row is None:
        raise Refusal("not_found").at("workday")
    unit.actor.check_has(row["place_path"], *KEEPERS)
    if row["ended_at"]:
        raise Refusal("workday.ended", who=row["ended_by"])
    _end(unit, row, reason(taking.reason))
    return {"workday": row["id"]}


def _end(unit: Unit, row: Row, why: str) -> None:
    unit.change(Workday, row["id"], ended_at=unit.at, ended_by=unit.actor.name, ended_why=why)
    unit.note("workday.ended", row["id"], row["place_path"], day_on=row["day_on"], reason=why)


COMMANDS = (
    Handling("workdays.declare", Declare, declare_day, lambda asked: ((Place, asked.place),)),
    Handling("workdays.take_back", TakeBack, take_day_back, lambda asked: ((Workday, asked.workday),)),
)
