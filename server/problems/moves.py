"""Every move of the workflow: each command is one verb, judged by its state and by who asks."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from server.foundation.actor import Actor
from server.foundation.command import Handling
from server.foundation.refusal import Refusal
from server.ledger.unit import Unit
from server.photos.commands import check_arrived, show
from server.photos.rules import is_sha256
from server.problems import rules
from server.problems.tables import Problem

Row = dict[str, Any]


class Issue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """person: who answers by name; sponsor: 督办领导."""

    problem: str
    due_on: dt.date
    person: str
    sponsor: str = ""


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    problem: str
    cause: str
    measures: str
    person: str


class OnProblem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    problem: str


class WithReason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    problem: str
    reason: str


class Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """text: what was done; photos: SHA-256 of photos that have arrived."""

    problem: str
    text: str
    photos: tuple[str, ...] = ()


class Recheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """record: what was seen, or why it does not pass; due_on: the new day, only where it does not pass."""

    problem: str
    record: str
    photos: tuple[str, ...] = ()
    due_on: dt.date | None = None


async def issue_problem(unit: Unit, issuing: Issue) -> Row:
    problem = await judged(unit, issuing.problem, "issue")
    due, person = rules.check_due(issuing.due_on, unit.today), rules.written(issuing.person, "person", 40)
    sponsor = rules.written(issuing.sponsor, "sponsor", 40, required=False)
    changed = {"due_on": due, "original_due_on": due, "issued_on": unit.today, "person": person, "sponsor": sponsor}
    return moved(unit, problem, "issue", changed, due_on=due, person=person, sponsor=sponsor)


async def submit_plan(unit: Unit, plan: Plan) -> Row:
    problem = await judged(unit, plan.problem, "plan")
    changed = {
        "cause": rules.written(plan.cause, "cause"), "measures": rules.written(plan.measures, "measures"),
        "person": rules.written(plan.person, "person", 40),
    }  # fmt: skip
    return moved(unit, problem, "plan", changed, **changed)


async def accept_plan(unit: Unit, accepting: OnProblem) -> Row:
    return moved(unit, await judged(unit, accepting.problem, "accept_plan"), "accept_plan", {})


async def return_plan(unit: Unit, returning: WithReason) -> Row:
    problem = await judged(unit, returning.problem, "return_plan")
    return moved(unit, problem, "return_plan", {}, reason=rules.written(returning.reason, "reason"))


async def note_progress(unit: Unit, told: Told) -> Row:
    problem = await judged(unit, told.problem, "progress")
    text = rules.written(told.text, "text")
    await _show(unit, problem, told.photos, "progress")
    return moved(unit, problem, "progress", {"progress": text}, text=text, photos=list(dict.fromkeys(told.photos)))


async def report_problem(unit: Unit, told: Told) -> Row:
    problem = await judged(unit, told.problem, "report")
    text = rules.written(told.text, "text")
    if not told.photos:
        raise Refusal("problem.photos").at("photos")
    await _show(unit, problem, told.photos, "after")
    changed = {"progress": text, "rectified_on": unit.today, "rectifier_id": unit.person}
    return moved(unit, problem, "report", changed, text=text, photos=list(dict.fromkeys(told.photos)))


async def pass_recheck(unit: Unit, recheck: Recheck) -> Row:
    problem = await judged(unit, recheck.problem, "pass")
    return await decide(unit, problem, recheck.record, recheck.photos, unit.today)


async def fail_recheck(unit: Unit, recheck: Recheck) -> Row:
    problem = await judged(unit, recheck.problem, "fail")
    due = rules.check_new_due(recheck.due_on, unit.today)
    return await decide(unit, problem, recheck.record, recheck.photos, unit.today, due)


async def decide(unit: Unit, problem: Row, record: str, photos: Sequence[str], on: dt.date, due: dt.date | None = None, **told: Any) -> Row:
    """A re-check that was judged before: passed, or, with a new due day, sent back. on: the day on which it was made.

    Refusals: problem.blank, problem.long, input.invalid, input.too_large, photo.missing.
    """
    text = rules.written(record, "record")
    await _show(unit, problem, photos, "recheck")
    changed: Row = {"recheck": text, "recheck_on": on, "rechecker_id": unit.person, "voucher_id": unit.vouch.by.id if unit.vouch else None}
    told["photos"] = list(dict.fromkeys(photos))
    if due is None:
        return moved(unit, problem, "pass", changed, text=text, **told)
    return moved(unit, problem, "fail", {**changed, "due_on": due, "rework": problem["rework"] + 1}, reason=text, due_on=due, **told)


async def close_problem(unit: Unit, closing: OnProblem) -> Row:
    problem = await judged(unit, closing.problem, "close")
    return moved(unit, problem, "close", {"closed_on": unit.today, "closer": unit.actor.name})


async def withdraw_problem(unit: Unit, withdrawing: WithReason) -> Row:
    problem = await judged(unit, withdrawing.problem, "withdraw")
    return moved(unit, problem, "withdraw", {}, reason=rules.written(withdrawing.reason, "reason"))


async def judged(unit: Unit, id: str, act: str, actor: Actor | None = None) -> Row:
    """The problem, for someone who may take this step with it now. actor: whoever acts, with the roles that count for it."""
    problem = await unit.find(Problem, id)
    if problem is None:
        raise Refusal("not_found").at("problem")
    rules.may({**problem, "inspector_ids": msgspec.json.decode(problem["inspector_ids"])}, act, actor or unit.actor)
    return problem


def moved(unit: Unit, problem: Row, act: str, changed: Row, **told: Any) -> Row:
    """Declare a step that was judged before, with its event; told: what the event says. Returns {problem, state}."""
    move = rules.WORKFLOW.move(act, problem["state"])
    assert move is not None  # judged before
    unit.change(Problem, problem["id"], state=move.goes_to, changed_at=unit.at, changed_by=unit.person, **changed)
    unit.note(f"problem.{rules.EVENTS[act]}", problem["id"], problem["place_path"], **told)
    return {"problem": problem["id"], "state": move.goes_to}


async def _show(unit: Unit, problem: Row, photos: Sequence[str], role: str) -> None:
    if len(photos) > rules.MOST_PHOTOS:
        raise Refusal("input.too_large").at("photos")
    if wrong := [sha256 for sha256 in photos if not is_sha256(sha256)]:
        raise Refusal("input.invalid", reason=wrong[0][:70]).at("photos")
    await check_arrived(unit, photos)
    show(unit, dict.fromkeys(photos), problem["id"], problem["place_path"], role)


def _reads(asked: Any) -> Iterable[tuple[Any, ...]]:
    yield Problem, asked.problem


COMMANDS = (
    Handling("problems.issue", Issue, issue_problem, _reads),
    Handling("problems.plan", Plan, submit_plan, _reads),
    Handling("problems.accept_plan", OnProblem, accept_plan, _reads),
    Handling("problems.return_plan", WithReason, return_plan, _reads),
    Handling("problems.progress", Told, note_progress, _reads),
    Handling("problems.report", Told, report_problem, _reads),
    Handling("problems.pass", Recheck, pass_recheck, _reads),
    Handling("problems.fail", Recheck, fail_recheck, _reads),
    Handling("problems.close", OnProblem, close_problem, _reads),
    Handling("problems.withdraw", WithReason, withdraw_problem, _reads),
)
