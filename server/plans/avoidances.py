"""回避: this person does not visit this facility; said with its reason, and ended."""

from typing import Any

import msgspec

from server.facilities.tables import Facility
from server.foundation.command import Handling
from server.foundation.ids import is_id
from server.foundation.refusal import Refusal
from server.ledger.unit import Unit
from server.people.tables import Person, Place
from server.plans import rules
from server.plans.lookups import inspectors_at
from server.plans.tables import Avoidance
from server.problems.rules import written

Row = dict[str, Any]


class Avoid(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    person: str
    facility: str
    reason: str


class EndAvoidance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    avoidance: str
    reason: str


async def avoid(unit: Unit, avoiding: Avoid) -> Row:
    """Refusals: not_found, not_allowed, assignment.place (no inspector there), avoidance.known."""
    place, facility = await unit.find(Place, avoiding.facility), await unit.find(Facility, avoiding.facility)
    if place is None or facility is None:
        raise Refusal("not_found").at("facility")
    rules.check_keeps(unit.actor, place["path"])
    person = await unit.find(Person, avoiding.person)
    if person is None or not is_id(avoiding.id) or await unit.find(Avoidance, avoiding.id):
        raise Refusal("not_found").at("person")
    if person["id"] not in await inspectors_at(unit, place["path"]):
        raise Refusal("assignment.place", name=person["name"], facility=place["name"]).at("person")
    for row in await unit.matching(Avoidance, "facility_id", avoiding.facility):
        if row["person_id"] == person["id"] and row["ended_at"] is None:
            raise Refusal("avoidance.known").at("person")
    unit.add(
        Avoidance, id=avoiding.id, person_id=person["id"], facility_id=avoiding.facility, place_path=place["path"],
        reason=written(avoiding.reason, "reason", 200), declared_at=unit.at, declared_by=unit.actor.name, ended_at=None,
    )  # fmt: skip
    unit.note("avoidance.declared", avoiding.id, _bureau(place["path"]), person=person["id"], facility=avoiding.facility)
    return {"avoidance": avoiding.id}


async def end_avoidance(unit: Unit, ending: EndAvoidance) -> Row:
    row = await unit.find(Avoidance, ending.avoidance)
    if row is None:
        raise Refusal("not_found")
    rules.check_keeps(unit.actor, row["place_path"])
    if row["ended_at"]:
        raise Refusal("avoidance.ended")
    unit.change(Avoidance, row["id"], ended_at=unit.at)
    unit.note("avoidance.ended", row["id"], _bureau(row["place_path"]), reason=written(ending.reason, "reason", 200))
    return {"avoidance": row["id"]}


def _bureau(path: str) -> str:
    """The place above a facility: what its inspectors avoid is not the facility's business."""
    return path.rstrip("/").rpartition("/")[0] + "/"


COMMANDS = (
    Handling("plans.avoid", Avoid, avoid, lambda asked: ((Avoidance, "facility_id", asked.facility),)),
    Handling("plans.end_avoidance", EndAvoidance, end_avoidance, lambda asked: ((Avoidance, asked.avoidance),)),
)
