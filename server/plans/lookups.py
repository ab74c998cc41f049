"""What the commands of plans read: the plan for whoever keeps it, its assignments, who may go where."""

from collections.abc import Iterable
from typing import Any

import msgspec

from server.facilities.tables import Facility
from server.foundation.refusal import Refusal
from server.ledger.unit import Unit
from server.people.rules import is_current, paths_above
from server.people.tables import Person, Place, Standing
from server.plans import lots, rules
from server.plans.tables import Assignment, Avoidance, LastVisit, Plan

Row = dict[str, Any]


async def plan_for(unit: Unit, id: str, *states: str) -> Row:
    """The plan, for whoever keeps it. Refusals: not_found, not_allowed, plan.state."""
    plan = await unit.find(Plan, id)
    if plan is None:
        raise Refusal("not_found").at("plan")
    rules.check_keeps(unit.actor, plan["place_path"])
    rules.check_state(plan["state"], *states)
    return plan


async def planned(unit: Unit, plan: str) -> list[Row]:
    """The plan's assignments, withdrawn ones left out."""
    return [row for row in await unit.matching(Assignment, "plan_id", plan) if not row["is_withdrawn"]]


async def open_assignment(unit: Unit, id: str) -> tuple[Row, Row, str]:
    """(assignment, plan, the facility's name) of a visit still to be made. Refusals: those of plan_for, assignment.settled."""
    assignment = await unit.find(Assignment, id)
    if assignment is None:
        raise Refusal("not_found").at("assignment")
    plan = await plan_for(unit, assignment["plan_id"], "draft", "open")
    name = await name_of(unit, assignment["facility_id"])
    if assignment["is_withdrawn"] or assignment["visit_id"]:
        raise Refusal("assignment.settled", facility=name)
    return assignment, plan, name


async def name_of(unit: Unit, facility: str) -> str:
    place = await unit.find(Place, facility)
    return place["name"] if place else ""


async def inspectors_at(unit: Unit, path: str) -> dict[str, None]:
    """Ids of those who are inspectors today at a place or above it."""
    found: dict[str, None] = {}
    for above in paths_above(path):
        for place in await unit.matching(Place, "path", above):
            for held in await unit.matching(Standing, "place_id", place["id"]):
                if held["role"] == "inspector" and is_current(held["from_on"], held["until_on"], unit.today):
                    found[held["person_id"]] = None
    return found


async def avoiding(unit: Unit, facility: str) -> set[str]:
    """Ids of those who do not visit this facility (回避)."""
    return {row["person_id"] for row in await unit.matching(Avoidance, "facility_id", facility) if row["ended_at"] is None}


async def check_may_go(unit: Unit, assignment: Row, person: str, name: str) -> None:
    """Refusals, pointing at the person: not_found, assignment.place, assignment.conflict."""
    found = await unit.find(Person, person)
    if found is None or found["state"] != "active":
        raise Refusal("not_found").at("person")
    if person not in await inspectors_at(unit, assignment["place_path"]):
        raise Refusal("assignment.place", name=found["name"], facility=name).at("person")
    if person in await avoiding(unit, assignment["facility_id"]):
        raise Refusal("assignment.conflict", name=found["name"], facility=name).at("person")


async def facilities_of(unit: Unit, plan: Row) -> list[tuple[Row, Row]]:
    """(place, facility) of every open facility that the plan means, in the order of the tree."""
    top = await unit.find(Place, plan["below_id"])
    places = [top] if top and top["path"].startswith(plan["place_path"]) else []  # not once it has gone to another bureau
    level = list(places)
    while level:
        ids = [row["id"] for row in level]
        await unit.view.gather(Place, "parent_id", ids)  # one query for a level, not one for each place
        level = [row for id in ids for row in await unit.matching(Place, "parent_id", id)]
        places += level
    await unit.view.load(Facility, [row["id"] for row in places])
    types = msgspec.json.decode(plan["types"], type=tuple[str, ...])
    found = [(place, await unit.find(Facility, place["id"])) for place in places if not place["is_closed"]]
    return sorted(((place, one) for place, one in found if one and rules.fits(types, one["type"])), key=lambda pair: str(pair[0]["path"]))


async def lists_for(unit: Unit, plan: Row, settings: lots.Rules, inspectors: Iterable[str]) -> lots.Lists:
    """What a draw draws from: the plan's facilities, these people, and who may not go where. Refusal: not_found (an inspector)."""
    facilities = await facilities_of(unit, plan)
    ids = [place["id"] for place, _ in facilities]
    await unit.view.load(LastVisit, ids)
    await unit.view.gather(Avoidance, "facility_id", ids)
    inside = {row["facility_id"] for row in await planned(unit, plan["id"])}
    sites = [await _site(unit, place, inside) for place, _ in facilities]
    people = [await _inspector(unit, id) for id in sorted(set(inspectors))]
    barred = []
    may: dict[str, dict[str, None]] = {}
    for place, _ in facilities:
        here = may.setdefault(place["path"], await inspectors_at(unit, place["path"]))
        avoid = await avoiding(unit, place["id"])
        barred += [lots.Barred(p.id, place["id"], "conflict" if p.id in avoid else "place") for p in people if p.id in avoid or p.id not in here]
    return lots.Lists(unit.today, settings, tuple(sites), tuple(people), tuple(sorted(barred)))


async def _site(unit: Unit, place: Row, inside: set[str]) -> lots.Site:
    last = await unit.find(LastVisit, place["id"])
    by = tuple(id for id, _ in msgspec.json.decode(last["inspectors"])) if last else ()
    return lots.Site(place["id"], place["name"], last["visited_on"] if last else None, by, place["id"] in inside)


async def _inspector(unit: Unit, id: str) -> lots.Inspector:
    person = await unit.find(Person, id)
    if person is None or person["state"] != "active":
        raise Refusal("not_found").at("inspectors")
    return lots.Inspector(person["id"], person["name"])
