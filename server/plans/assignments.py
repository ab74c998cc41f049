"""Choosing a plan's facilities by hand, handing them to inspectors, taking them back, and all of one person's to another."""

import datetime as dt
from typing import Any

import msgspec

from server.facilities.tables import Facility
from server.foundation.command import Handling
from server.foundation.refusal import Refusal
from server.ledger.unit import Unit
from server.people.rules import id_for
from server.people.tables import Person, Place
from server.plans import lots, rules
from server.plans.lookups import avoiding, check_may_go, inspectors_at, name_of, open_assignment, plan_for, planned
from server.plans.tables import Assignment
from server.problems.rules import written

Row = dict[str, Any]


class ChooseFacilities(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    plan: str
    facilities: tuple[str, ...]
    due_on: dt.date


class HandOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """first, second: who goes. reason: needed where somebody had it already."""

    assignments: tuple[str, ...]
    first: str
    second: str
    due_on: dt.date | None = None
    reason: str = ""


class SpreadOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of the plan's visits that nobody has yet, evenly among these."""

    plan: str
    inspectors: tuple[str, ...]


class DropAssignment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    assignment: str
    reason: str


class HandOver(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """These open visits of one person to another. assignments: those that were shown before it was asked."""

    giver: str
    taker: str
    assignments: tuple[str, ...]
    reason: str


async def choose_facilities(unit: Unit, choosing: ChooseFacilities) -> Row:
    """Refusals: those of plan_for, plan.nothing, plan.many, plan.due, plan.scope, plan.twice."""
    plan = await plan_for(unit, choosing.plan, "draft", "open")
    wanted = tuple(dict.fromkeys(choosing.facilities))
    _check_count(len(wanted), "facilities")
    due = rules.check_due(choosing.due_on, plan["until_on"], unit.today)
    inside = {row["facility_id"] for row in await planned(unit, plan["id"])}
    below = await unit.find(Place, plan["below_id"])
    types = msgspec.json.decode(plan["types"], type=tuple[str, ...])
    for id in wanted:
        place, facility = await unit.find(Place, id), await unit.find(Facility, id)
        if place is None or facility is None or below is None or not unit.actor.sees(place["path"]):
            raise Refusal("not_found").at("facilities")
        if not place["path"].startswith(below["path"]) or not rules.fits(types, facility["type"]) or place["is_closed"]:
            raise Refusal("plan.scope", name=place["name"]).at("facilities")
        if id in inside:
            raise Refusal("plan.twice", name=place["name"]).at("facilities")
        assign(unit, plan, place, due)
    unit.note("plan.chosen", plan["id"], plan["place_path"], facilities=list(wanted), due_on=due)
    return {"plan": plan["id"], "chosen": len(wanted)}


def assign(unit: Unit, plan: Row, place: Row, due_on: dt.date, first: str | None = None, second: str | None = None, draw: str | None = None) -> None:
    """Declare a visit of a facility; its id follows from the act that makes it."""
    unit.add(
        Assignment, id=id_for(unit.command.id, place["id"]), plan_id=plan["id"], facility_id=place["id"], place_path=place["path"],
        first_id=first, second_id=second, due_on=due_on, draw_id=draw, visit_id=None, done_on=None, is_doubled=False, is_withdrawn=False, reason="",
    )  # fmt: skip


async def hand_out(unit: Unit, handing: HandOut) -> Row:
    """Refusals: plan.nothing, plan.many, assignment.*, plan.due, those of plan_for."""
    _check_count(len(handing.assignments), "assignments")
    if handing.first == handing.second:
        raise Refusal("assignment.pair").at("second")
    for id in dict.fromkeys(handing.assignments):
        row, plan, name = await open_assignment(unit, id)
        for field, person in (("first", handing.first), ("second", handing.second)):
            try:
                await check_may_go(unit, row, person, name)
            except Refusal as refusal:
                raise refusal.at(field) from None
        due = rules.check_due(handing.due_on, plan["until_on"], unit.today) if handing.due_on and handing.due_on != row["due_on"] else row["due_on"]
        had = row["first_id"] and (row["first_id"], row["second_id"]) != (handing.first, handing.second)
        if had and not handing.reason.strip():
            raise Refusal("assignment.reason").at("reason")
        _hand(unit, plan, row, handing.first, handing.second, written(handing.reason, "reason", 200, required=False), due)
    return {"handed": len(handing.assignments)}


async def spread_out(unit: Unit, spreading: SpreadOut) -> Row:
    """By the algorithm of draws, with the plan's id for a seed: nobody chooses who goes where. Refusals: plan.nothing, draw.*, those of plan_for."""
    plan = await plan_for(unit, spreading.plan, "draft", "open")
    free = [row for row in await planned(unit, plan["id"]) if row["first_id"] is None and not row["visit_id"]]
    _check_count(len(free), "inspectors")
    people = sorted(set(spreading.inspectors))
    if len(people) < 2:
        raise Refusal("draw.inspectors").at("inspectors")
    barred: set[tuple[str, str]] = set()
    for row in free:
        may = set(await inspectors_at(unit, row["place_path"])) - await avoiding(unit, row["facility_id"])
        barred |= {(person, row["facility_id"]) for person in people if person not in may}
        if sum(person in may for person in people) < 2:
            raise Refusal("assignment.place", name="—", facility=await name_of(unit, row["facility_id"])).at("inspectors")
    sites = {row["facility_id"]: row for row in free}
    for pair in lots.pairs(plan["id"], sorted(sites, key=lambda id: lots.rank(plan["id"], id)), people, barred, {}):
        _hand(unit, plan, sites[pair.facility], pair.first, pair.second, "", sites[pair.facility]["due_on"])
    return {"plan": plan["id"], "handed": len(free)}


async def drop_assignment(unit: Unit, dropping: DropAssignment) -> Row:
    row, plan, name = await open_assignment(unit, dropping.assignment)
    reason = written(dropping.reason, "reason", 200)
    unit.change(Assignment, row["id"], is_withdrawn=True, reason=reason)
    unit.note("plan.dropped", plan["id"], plan["place_path"], assignment=row["id"], facility=name, reason=reason)
    return {"plan": plan["id"]}


async def hand_over(unit: Unit, handing: HandOver) -> Row:
    """All of it or nothing. Refusals: plan.nothing, plan.many, assignment.pair, assignment.place, assignment.conflict, assignment.settled."""
    _check_count(len(handing.assignments), "assignments")
    reason = written(handing.reason, "reason", 200)
    for id in dict.fromkeys(handing.assignments):
        row, plan, name = await open_assignment(unit, id)
        pair = (row["first_id"], row["second_id"])
        if handing.giver not in pair:
            raise Refusal("assignment.settled", facility=name)
        if handing.taker in pair:
            raise Refusal("assignment.pair").at("taker")
        try:
            await check_may_go(unit, row, handing.taker, name)
        except Refusal as refusal:
            raise refusal.at("taker") from None
        first, second = (handing.taker if person == handing.giver else person for person in pair)
        _hand(unit, plan, row, first, second, reason, row["due_on"])
    return {"handed": len(handing.assignments)}


def _hand(unit: Unit, plan: Row, row: Row, first: str | None, second: str | None, reason: str, due_on: dt.date) -> None:
    unit.change(Assignment, row["id"], first_id=first, second_id=second, due_on=due_on, reason=reason)
    unit.note(
        "plan.handed", plan["id"], plan["place_path"], assignment=row["id"], first=first, second=second,
        before=[row["first_id"], row["second_id"]], due_on=due_on, reason=reason,
    )  # fmt: skip


def _check_count(count: int, field: str) -> None:
    if not count:
        raise Refusal("plan.nothing").at(field)
    if count > rules.MOST_CHOSEN:
        raise Refusal("plan.many", most=rules.MOST_CHOSEN).at(field)


COMMANDS = (
    Handling("plans.choose", ChooseFacilities, choose_facilities, lambda asked: ((Place, id) for id in asked.facilities)),
    Handling("plans.hand_out", HandOut, hand_out, lambda asked: ((Assignment, id) for id in asked.assignments)),
    Handling("plans.spread", SpreadOut, spread_out, lambda asked: ((Assignment, "plan_id", asked.plan),)),
    Handling("plans.drop", DropAssignment, drop_assignment, lambda asked: ((Assignment, asked.assignment),)),
    Handling("plans.hand_over", HandOver, hand_over, lambda asked: ((Person, asked.taker), *((Assignment, id) for id in asked.assignments))),
)
