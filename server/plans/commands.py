"""Making a plan, changing it, sending it out, ending it; taking in a visit made on it, and saying which of two stands."""

import datetime as dt
import secrets
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from server.checklists.rules import read
from server.checklists.tables import Checklist
from server.database.fields import as_json
from server.foundation.command import Handling
from server.foundation.ids import is_id
from server.foundation.refusal import Refusal
from server.ledger.unit import Unit
from server.people.tables import Place
from server.plans import assignments, avoidances, draws, lots, rules
from server.plans.lookups import name_of, plan_for, planned
from server.plans.rules import Details
from server.plans.tables import Assignment, LastVisit, Plan, TakenVisit
from server.problems.rules import written

Row = dict[str, Any]


class MakePlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """place: the bureau whose plan it is."""

    id: str
    place: str
    details: Details


class ChangePlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All details anew. seen: the revision that was open in the form."""

    plan: str
    seen: int
    details: Details


class OnPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    plan: str


class WithdrawPlan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    plan: str
    reason: str


class MergeVisits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """visit: the one that stands as the plan's; the others stay as records."""

    assignment: str
    visit: str
    reason: str


class Made(msgspec.Struct, frozen=True):
    """A visit that has been made, on a plan or not. inspectors: (id, name)."""

    id: str
    number: str
    facility: Row
    place: Row
    finished_at: dt.datetime
    on: dt.date
    inspectors: Sequence[tuple[str, str]]


# The plan


async def make_plan(unit: Unit, making: MakePlan) -> Row:
    """Refusals: not_found, not_allowed, place.closed, and those of rules.checked and _columns."""
    place = await unit.find(Place, making.place)
    if place is None or not is_id(making.id) or await unit.find(Plan, making.id):
        raise Refusal("not_found").at("place")
    rules.check_keeps(unit.actor, place["path"])
    if place["is_closed"] or place["kind"] not in ("municipal", "district"):
        raise Refusal("place.closed", name=place["name"]).at("place")
    columns = await _columns(unit, making.details, place["path"])
    seed = secrets.token_hex(16)
    unit.add(
        Plan, id=making.id, place_id=place["id"], place_path=place["path"], state="draft", reason="", seed=seed,
        commitment=lots.commitment(seed), draws=0, revision=1, made_at=unit.at, made_by=unit.actor.name, **columns,
    )  # fmt: skip
    unit.note("plan.made", making.id, place["path"], commitment=lots.commitment(seed), details=making.details)
    return {"plan": making.id}


async def change_plan(unit: Unit, changing: ChangePlan) -> Row:
    """A draft may become anything; of a plan that is out only words, its end and its note change: phones carry the rest already."""
    plan = await plan_for(unit, changing.plan, "draft", "open")
    if plan["revision"] != changing.seen:
        raise Refusal("plan.changed")
    columns = await _columns(unit, changing.details, plan["place_path"])
    fixed = [name for name in ("kind", "mode", "from_on", "checklist", "parts", "below_id", "types") if columns[name] != plan[name]]
    if fixed and (plan["state"] == "open" or (await planned(unit, plan["id"]) and {"below_id", "types"} & set(fixed))):
        raise Refusal("plan.state").at(fixed[0].removesuffix("_id"))
    unit.change(Plan, plan["id"], revision=plan["revision"] + 1, **columns)
    unit.note("plan.changed", plan["id"], plan["place_path"], details=changing.details)
    return {"plan": plan["id"]}


async def _columns(unit: Unit, details: Details, path: str) -> Row:
    """Refusals: those of rules.checked, plan.scope (a place elsewhere), plan.checklist."""
    clean = rules.checked(details, unit.today)
    below = await unit.find(Place, clean.below)
    if below is None or not below["path"].startswith(path):
        raise Refusal("plan.scope", name=below["name"] if below and unit.actor.sees(below["path"]) else "—").at("below")
    await _check_parts(unit, clean, path)
    return {
        "kind": clean.kind, "mode": clean.mode, "title": clean.title, "note": clean.note, "from_on": clean.from_on, "until_on": clean.until_on,
        "checklist": clean.checklist, "parts": as_json(clean.parts), "types": as_json(clean.types), "below_id": clean.below, "draw_count": clean.draw_count,
    }  # fmt: skip


async def _check_parts(unit: Unit, details: Details, path: str) -> None:
    """The newest version counts: it is the one that a visit will start with."""
    versions = await unit.matching(Checklist, "key", details.checklist)
    newest = max(versions, key=lambda row: int(row["version"]), default=None)
    if newest is None or newest["retired_at"] or not (newest["place_path"].startswith(path) or path.startswith(newest["place_path"])):
        raise Refusal("plan.checklist").at("checklist")
    known = {part.key for part in read(newest["sha256"], newest["body"]).parts}
    if not details.parts or not set(details.parts) <= known:
        raise Refusal("plan.checklist").at("parts")


async def open_plan(unit: Unit, opening: OnPlan) -> Row:
    """From now on phones take it along. Refusals: plan.idle, and those of plan_for."""
    plan = await plan_for(unit, opening.plan, "draft")
    if not await planned(unit, plan["id"]):
        raise Refusal("plan.idle")
    return _moved(unit, plan, "open")


async def end_plan(unit: Unit, ending: OnPlan) -> Row:
    """What has not been visited counts as not done in time; a visit that still comes is taken in all the same."""
    return _moved(unit, await plan_for(unit, ending.plan, "open"), "ended")


async def withdraw_plan(unit: Unit, withdrawing: WithdrawPlan) -> Row:
    plan = await plan_for(unit, withdrawing.plan, "draft", "open")
    reason = written(withdrawing.reason, "reason", 200)
    for row in await planned(unit, plan["id"]):
        if not row["visit_id"]:
            unit.change(Assignment, row["id"], is_withdrawn=True, reason=reason)
    return _moved(unit, plan, "withdrawn", reason=reason)


def _moved(unit: Unit, plan: Row, state: str, **told: Any) -> Row:
    unit.change(Plan, plan["id"], state=state, revision=plan["revision"] + 1, **told)
    unit.note({"open": "plan.opened"}.get(state, f"plan.{state}"), plan["id"], plan["place_path"], **told)
    return {"plan": plan["id"], "state": state}


# Visits


async def take_visit(unit: Unit, assignment: str, visit: Made) -> Row:
    """{assignment_id, second_of} as the visit's record keeps them. Never refuses: a visit is taken in whatever became of its plan.

    Notes for every visit that the facility has been visited; ask for `reads_of` beforehand.
    """
    await _remember(unit, visit)
    row = await unit.find(Assignment, assignment) if is_id(assignment) else None
    if row is None or row["facility_id"] != visit.facility["id"]:
        if assignment:
            unit.note("plan.visit_unknown", visit.id, visit.place["path"], assignment=assignment[:40])
        return {"assignment_id": None, "second_of": None}
    plan = await unit.find(Plan, row["plan_id"])
    assert plan is not None  # an assignment refers to it
    second = row["visit_id"]
    ours = {id for id, _ in visit.inspectors} & {row["first_id"], row["second_id"]}
    how = "withdrawn" if row["is_withdrawn"] else "planned" if ours else "rehanded"
    unit.add(
        TakenVisit, id=visit.id, assignment_id=row["id"], number=visit.number, visited_on=visit.on,
        inspectors="、".join(name for _, name in visit.inspectors), how=how, second_of=second,
    )  # fmt: skip
    if second:
        unit.change(Assignment, row["id"], is_doubled=True)
    elif not row["is_withdrawn"]:
        unit.change(Assignment, row["id"], visit_id=visit.id, done_on=visit.on)
    unit.note("plan.visited", plan["id"], plan["place_path"], assignment=row["id"], visit=visit.id, how=how, second_of=second)
    return {"assignment_id": row["id"], "second_of": second}


def reads_of(assignment: str, facility: str) -> Iterable[tuple[Any, ...]]:
    """What `take_visit` will ask for."""
    yield LastVisit, facility
    if is_id(assignment):
        yield Assignment, assignment


async def _remember(unit: Unit, visit: Made) -> None:
    """The facility's last visit, unless a later one is known: phones come back in any order."""
    last = await unit.find(LastVisit, visit.facility["id"])
    told = {"visit_id": visit.id, "finished_at": visit.finished_at, "visited_on": visit.on, "inspectors": as_json(visit.inspectors)}
    if last is None:
        unit.add(LastVisit, facility_id=visit.facility["id"], **told)
    elif last["finished_at"] <= visit.finished_at:
        unit.change(LastVisit, visit.facility["id"], **told)


async def merge_visits(unit: Unit, merging: MergeVisits) -> Row:
    """Which of several visits stands as the plan's. All of them stay. Refusals: not_found, not_allowed, assignment.merged."""
    row = await unit.find(Assignment, merging.assignment)
    if row is None:
        raise Refusal("not_found").at("assignment")
    plan = await plan_for(unit, row["plan_id"], *(state.key for state in rules.WORKFLOW.states))
    reason = written(merging.reason, "reason", 200)
    if not row["is_doubled"]:
        raise Refusal("assignment.merged")
    chosen = await unit.find(TakenVisit, merging.visit)
    if chosen is None or chosen["assignment_id"] != row["id"]:
        raise Refusal("not_found").at("visit")
    unit.change(Assignment, row["id"], visit_id=chosen["id"], done_on=chosen["visited_on"], is_doubled=False, reason=reason)
    unit.note(
        "plan.merged", plan["id"], plan["place_path"], assignment=row["id"], facility=await name_of(unit, row["facility_id"]), visit=chosen["id"],
        before=row["visit_id"], reason=reason,
    )  # fmt: skip
    return {"plan": plan["id"], "visit": chosen["id"]}


def _reads(asked: Any) -> Iterable[tuple[Any, ...]]:
    yield Plan, asked.plan
    yield Assignment, "plan_id", asked.plan


COMMANDS = (
    Handling("plans.make", MakePlan, make_plan),
    Handling("plans.change", ChangePlan, change_plan, _reads),
    Handling("plans.open", OnPlan, open_plan, _reads),
    Handling("plans.end", OnPlan, end_plan, _reads),
    Handling("plans.withdraw", WithdrawPlan, withdraw_plan, _reads),
    Handling("plans.merge", MergeVisits, merge_visits),
    *assignments.COMMANDS,
    *draws.COMMANDS,
    *avoidances.COMMANDS,
)
