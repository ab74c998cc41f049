"""What a bureau does with a problem: each command is one verb, judged by the workflow. Here too is how any step is judged and declared."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from server.database.fields import as_json
from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.command import Handling
from server.foundation.refusal import Refusal
from server.ledger.unit import Unit
from server.people.tables import Person
from server.photos.commands import check_arrived, named, show
from server.photos.rules import is_sha256
from server.problems import rules, workflow
from server.problems.tables import Extension, Problem

Row = dict[str, Any]
HANDS = ("rectifier_ids", "rechecker_ids", "inspector_ids")


class OnProblem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    problem: str


class WithReason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    problem: str
    reason: str


class Recheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """record: what was seen, or why it does not pass; due_on: the new day, only where it does not pass."""

    problem: str
    record: str
    photos: tuple[str, ...] = ()
    due_on: dt.date | None = None


async def accept_plan(unit: Unit, accepting: OnProblem) -> Row:
    return moved(unit, await judged(unit, accepting.problem, "accept_plan"), "accept_plan", {})


async def return_plan(unit: Unit, returning: WithReason) -> Row:
    problem = await judged(unit, returning.problem, "return_plan")
    return moved(unit, problem, "return_plan", {}, reason=rules.written(returning.reason, "reason"))


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
    await show_photos(unit, problem, photos, "recheck")
    changed: Row = {
        "recheck": text, "recheck_on": on, "rechecker_id": unit.person, "voucher_id": unit.vouch.by.id if unit.vouch else None,
        "rechecker_ids": with_hands(problem["rechecker_ids"], unit.person),
    }  # fmt: skip
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
    """The problem, for someone who may take this step with it now; else how it stands, and who left it so when. actor: whoever acts, with the roles that count for it."""
    problem = await unit.find(Problem, id)
    if problem is None:
        raise Refusal("not_found").at("problem")
    try:
        workflow.may({**problem, **{column: msgspec.json.decode(problem[column]) for column in HANDS}}, act, actor or unit.actor)
    except Refusal as refusal:
        if refusal.entry.status == 409:
            refusal.facts |= await last_step(unit, problem)
        raise
    return problem


async def last_step(unit: Unit, problem: Row) -> dict[str, object]:
    """Who moved the problem last, and when, as refusals say it: {who, at}."""
    who = await unit.find(Person, problem["changed_by"])
    return {"who": who["name"] if who else "—", "at": clock.spoken(problem["changed_at"])}


def moved(unit: Unit, problem: Row, act: str, changed: Row, **told: Any) -> Row:
    """Declare a step that was judged before, with its event; told: what the event says. Returns {problem, state}, and photos where there are some: a phone forgets them on this.

    A request for more time that nobody answered lapses where the facility has its turn no more.
    """
    move = workflow.WORKFLOW.move(act, problem["state"])
    assert move is not None  # judged before
    state = move.goes_to or problem["state"]
    if problem["extension_id"] and state not in workflow.TO_PUT_RIGHT:
        unit.change(Extension, problem["extension_id"], state="lapsed")
        changed = {**changed, "extension_id": ""}
    unit.change(Problem, problem["id"], state=state, changed_at=unit.at, changed_by=unit.person, **changed)
    unit.note(f"problem.{move.event}", problem["id"], problem["place_path"], **told)
    return {"problem": problem["id"], "state": state, **named(told)}


def with_hands(ids: str, *people: str) -> str:
    """A column of people's ids with these too."""
    return as_json(list(dict.fromkeys((*msgspec.json.decode(ids), *people))))


async def show_photos(unit: Unit, problem: Row, photos: Sequence[str], role: str) -> None:
    """Declare that these photos, arrived already, show the problem. Refusals: input.too_large, input.invalid, photo.missing."""
    if len(photos) > rules.MOST_PHOTOS:
        raise Refusal("input.too_large").at("photos")
    if wrong := [sha256 for sha256 in photos if not is_sha256(sha256)]:
        raise Refusal("input.invalid", reason=wrong[0][:70]).at("photos")
    await check_arrived(unit, photos)
    show(unit, dict.fromkeys(photos), problem["id"], problem["place_path"], role)


def _reads(asked: Any) -> Iterable[tuple[Any, ...]]:
    yield Problem, asked.problem


COMMANDS = (
    Handling("problems.accept_plan", OnProblem, accept_plan, _reads),
    Handling("problems.return_plan", WithReason, return_plan, _reads),
    Handling("problems.pass", Recheck, pass_recheck, _reads),
    Handling("problems.fail", Recheck, fail_recheck, _reads),
    Handling("problems.close", OnProblem, close_problem, _reads),
    Handling("problems.withdraw", WithReason, withdraw_problem, _reads),
)
