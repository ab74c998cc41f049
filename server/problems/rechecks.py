"""A re-check made on site and sent by a phone, perhaps days later: the same decision as the desk's, judged by the day on which it was made."""

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Any

import msgspec

from server.foundation import clock
from server.foundation.actor import Actor, Standing
from server.foundation.command import Handling
from server.foundation.ids import is_id
from server.foundation.refusal import Refusal
from server.ledger.unit import Unit
from server.people.commands import held_then
from server.people.tables import Person
from server.problems import moves, rules
from server.problems.tables import Problem, Recheck

Row = dict[str, Any]


class OnSite(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """record: what was seen; due_on: the new day, only where it does not pass; at: by the phone's clock.

    round: how often the problem had been sent back when the phone took it along, so that a decision made in between is noticed.
    """

    id: str
    problem: str
    passed: bool
    record: str
    at: Annotated[dt.datetime, msgspec.Meta(tz=True)]
    photos: tuple[str, ...] = ()
    due_on: dt.date | None = None
    round: int | None = None


async def recheck_problem(unit: Unit, recheck: OnSite) -> Row:
    """Receipt: {recheck, problem, number, state}.

    Refusals: not_found, not_allowed, problem.decided, problem.recheck_*, problem.state, problem.rectifier, problem.blank, problem.long,
    problem.due, input.invalid, input.too_large, photo.missing.
    """
    if not is_id(recheck.id):
        raise Refusal("input.invalid", reason="id").at("id")
    if unit.vouch and unit.vouch.on:
        recheck = msgspec.structs.replace(recheck, at=min(dt.datetime.combine(unit.vouch.on, dt.time(12), clock.BEIJING), unit.at))
    problem, is_away = await _judged(unit, recheck)
    on = clock.today(recheck.at)
    rules.check_after_report(problem, on)
    due = None if recheck.passed else rules.check_new_due(recheck.due_on, on)
    if due and not recheck.photos:
        raise Refusal("problem.recheck_photo").at("photos")
    told = await moves.decide(unit, problem, recheck.record, recheck.photos, on, due, recheck=recheck.id, made_on=on, **_marks(unit, is_away))
    unit.add(
        Recheck, id=recheck.id, problem_id=problem["id"], place_path=problem["place_path"], person_id=unit.person,
        is_passed=recheck.passed, made_at=recheck.at, received_at=unit.at,
    )  # fmt: skip
    return {"recheck": recheck.id, **told, "number": problem["number"]}


def _marks(unit: Unit, is_away: bool) -> Row:
    """What the history says beside it: that it was taken in by hand, and why; that whoever made it has gone elsewhere since."""
    vouched = {"vouched": {"name": unit.vouch.by.name, "words": unit.vouch.words, "reason": unit.vouch.reason}} if unit.vouch else {}
    return {**vouched, **({"away": True} if is_away else {})}


async def _judged(unit: Unit, recheck: OnSite) -> tuple[Row, bool]:
    """The problem, for someone who might decide on it when they did, as it stands; whether they may no more. Else who has decided before."""
    problem, act = await unit.find(Problem, recheck.problem), "pass" if recheck.passed else "fail"
    if problem is None:
        raise Refusal("not_found").at("problem")
    actor, is_away = await _then(unit, problem, recheck.at)
    rules.check_role(problem["place_path"], act, actor)
    if unit.vouch and unit.vouch.by.id == problem["rectifier_id"]:
        raise Refusal("problem.rectifier")
    if await unit.find(Recheck, recheck.id):
        raise Refusal("problem.recheck_known", number=problem["number"]).at("id")
    rules.check_made(recheck.at, unit.at)
    if rules.is_decided(problem, recheck.round):
        who = await unit.find(Person, problem["rechecker_id"])
        name, on = who["name"] if who else "—", problem["recheck_on"] or "—"
        raise Refusal("problem.decided", number=problem["number"], who=name, on=on, said=rules.said_of(problem)).at("problem")
    return await moves.judged(unit, recheck.problem, act, actor), is_away


async def _then(unit: Unit, problem: Row, at: dt.datetime) -> tuple[Actor, bool]:
    """Whoever acts, with the role that they held there when they did, or that a supervisor of the place grants for it, never to the facility's own; whether they hold it no more."""
    path = problem["place_path"]
    held = await held_then(unit, unit.person, path, min(max(at, unit.at - rules.OLDEST_RECHECK), unit.at)) & {"inspector", "supervisor"}
    own = "contact" in await held_then(unit, unit.person, path, unit.at)
    if not held and (own or unit.vouch is None or not unit.vouch.by.has("supervisor", path)):
        return unit.actor, False
    role = Standing(held.pop() if held else "inspector", problem["facility_id"], path)
    is_away = not (unit.actor.has("inspector", path) or unit.actor.has("supervisor", path))
    return msgspec.structs.replace(unit.actor, roles=(*unit.actor.roles, role)), is_away and unit.vouch is None


def _reads(recheck: OnSite) -> Iterable[tuple[Any, ...]]:
    yield Problem, recheck.problem
    yield Recheck, recheck.id


COMMANDS = (Handling("problems.recheck", OnSite, recheck_problem, _reads, wire=True),)
