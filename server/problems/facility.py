"""What the facility does: a plan, progress, its report. From a desk, or from its phone perhaps days later: judged by the hour and the round it was done in."""

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Any

import msgspec

from server.foundation import clock
from server.foundation.command import Handling
from server.foundation.ids import is_id
from server.foundation.refusal import Refusal
from server.ledger.unit import Unit
from server.people.capacity import hour, marks, then
from server.problems import moves, rules
from server.problems.tables import Problem, Step

Row = dict[str, Any]


class Sent(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every step of a facility says. id: made by whoever takes it, so that the same one under another command is known; at: by the phone's clock, now if it is
    not said; round: how often the problem had been sent back by then."""

    id: str
    problem: str
    at: Annotated[dt.datetime, msgspec.Meta(tz=True)] | None = None
    round: int | None = None


class Plan(Sent, frozen=True, forbid_unknown_fields=True, kw_only=True):
    cause: str
    measures: str
    person: str


class Told(Sent, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """text: what was done; photos: SHA-256 of photos that have arrived."""

    text: str
    photos: tuple[str, ...] = ()


class Taken(msgspec.Struct, frozen=True):
    """A step that was judged. on: the day it was taken; told: what the history says beside it."""

    problem: Row
    on: dt.date
    at: dt.datetime
    told: Row


async def submit_plan(unit: Unit, plan: Plan) -> Row:
    """Refusals: of `taken`, problem.blank, problem.long, input.invalid."""
    step = await taken(unit, plan, "plan")
    changed = {
        "cause": rules.written(plan.cause, "cause"), "measures": rules.written(plan.measures, "measures"),
        "person": rules.written(plan.person, "person", 40),
    }  # fmt: skip
    return _moved(unit, step, "plan", changed, **changed)


async def note_progress(unit: Unit, told: Told) -> Row:
    """Refusals: of `taken`, problem.blank, problem.long, input.*, photo.missing."""
    step = await taken(unit, told, "progress")
    text = rules.written(told.text, "text")
    await moves.show_photos(unit, step.problem, told.photos, "progress")
    return _moved(unit, step, "progress", {"progress": text}, text=text, photos=list(dict.fromkeys(told.photos)))


async def report_problem(unit: Unit, told: Told) -> Row:
    """Refusals: of `taken`, problem.blank, problem.long, problem.photos, input.*, photo.missing."""
    step = await taken(unit, told, "report")
    text = rules.written(told.text, "text")
    if not told.photos:
        raise Refusal("problem.photos").at("photos")
    await moves.show_photos(unit, step.problem, told.photos, "after")
    changed = {"progress": text, "rectified_on": step.on, "rectifier_id": unit.person}
    return _moved(unit, step, "report", changed, text=text, photos=list(dict.fromkeys(told.photos)))


async def taken(unit: Unit, sent: Sent, act: str) -> Taken:
    """The step, judged as it stood with whoever took it, and noted by its id.

    Refusals: not_found, not_allowed, input.invalid, problem.step_known, problem.step_at, problem.step_early, problem.round, problem.state, problem.plan_first, extension.asked.
    """
    at = hour(unit, sent.at or unit.at)
    problem = await unit.find(Problem, sent.problem)
    if problem is None:
        raise Refusal("not_found").at("problem")
    at = rules.check_made(at, unit.at, "problem.step_at")
    actor, is_away = await then(unit, (problem["facility_id"], problem["place_path"]), at, "contact")
    if not is_id(sent.id):
        raise Refusal("input.invalid", reason="id").at("id")
    if await unit.find(Step, sent.id):
        raise Refusal("problem.step_known", number=problem["number"]).at("id")
    if sent.round is not None and sent.round < problem["rework"]:
        raise Refusal("problem.round", number=problem["number"], **await moves.last_step(unit, problem)).at("problem")
    await moves.judged(unit, sent.problem, act, actor)
    on = clock.today(at)
    if problem["issued_on"] and on < problem["issued_on"]:
        raise Refusal("problem.step_early", on=on.isoformat(), issued=problem["issued_on"].isoformat()).at("at")
    unit.add(Step, id=sent.id, problem_id=problem["id"], place_path=problem["place_path"], person_id=unit.person, act=act, made_at=at, received_at=unit.at)
    return Taken(problem, on, at, {"step": sent.id, **({"done_on": on} if on != unit.today else {}), **marks(unit, is_away)})


def _moved(unit: Unit, step: Taken, act: str, changed: Row, **told: Any) -> Row:
    hands = moves.with_hands(step.problem["rectifier_ids"], unit.person, *((unit.vouch.by.id,) if unit.vouch else ()))
    return {**moves.moved(unit, step.problem, act, {**changed, "rectifier_ids": hands}, **told, **step.told), "number": step.problem["number"]}


def reads(sent: Sent) -> Iterable[tuple[Any, ...]]:
    yield Problem, sent.problem
    yield Step, sent.id


COMMANDS = (
    Handling("problems.plan", Plan, submit_plan, reads, wire=True),
    Handling("problems.progress", Told, note_progress, reads, wire=True),
    Handling("problems.report", Told, report_problem, reads, wire=True),
)
