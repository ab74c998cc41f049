"""A re-check made on site and sent by a phone, perhaps days later: the same decision as the desk's, judged by the day on which it was made."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import msgspec

from server.foundation import clock
from server.foundation.command import Handling
from server.foundation.ids import is_id
from server.foundation.refusal import Refusal
from server.ledger.unit import Unit
from server.people.capacity import hour, marks, then
from server.people.tables import Person
from server.problems import moves, rules, workflow
from server.problems.tables import Problem, Recheck

Row = dict[str, Any]


async def recheck_problem(unit: Unit, recheck: rules.OnSite) -> Row:
    """Receipt: {recheck, problem, number, state}.

    Refusals: not_found, not_allowed, problem.decided, problem.recheck_*, problem.state, problem.rectifier, problem.blank, problem.long,
    problem.due, input.invalid, input.too_large, photo.missing.
    """
    if not is_id(recheck.id):
        raise Refusal("input.invalid", reason="id").at("id")
    recheck = msgspec.structs.replace(recheck, at=hour(unit, recheck.at))
    problem, is_away, at = await _judged(unit, recheck)
    on = clock.today(at)
    rules.check_after_report(problem, on)
    due = None if recheck.passed else rules.check_new_due(recheck.due_on, on)
    if due and not recheck.photos:
        raise Refusal("problem.recheck_photo").at("photos")
    told = await moves.decide(unit, problem, recheck.record, recheck.photos, on, due, recheck=recheck.id, made_on=on, **marks(unit, is_away))
    unit.add(
        Recheck, id=recheck.id, problem_id=problem["id"], place_path=problem["place_path"], person_id=unit.person,
        is_passed=recheck.passed, made_at=at, received_at=unit.at,
    )  # fmt: skip
    return {"recheck": recheck.id, **told, "number": problem["number"]}


async def _judged(unit: Unit, recheck: rules.OnSite) -> tuple[Row, bool, dt.datetime]:
    """The problem, for someone who might decide on it when they did, as it stands; whether they may no more; the moment that counts. Else who has decided before."""
    problem, act = await unit.find(Problem, recheck.problem), "pass" if recheck.passed else "fail"
    if problem is None:
        raise Refusal("not_found").at("problem")
    at = rules.check_made(recheck.at, unit.at, "problem.recheck_at")
    actor, is_away = await then(unit, (problem["facility_id"], problem["place_path"]), at, "inspector", "supervisor")
    if unit.vouch and unit.vouch.by.id in msgspec.json.decode(problem["rectifier_ids"]):
        raise Refusal("problem.rectifier")
    if await unit.find(Recheck, recheck.id):
        raise Refusal("problem.recheck_known", number=problem["number"]).at("id")
    if rules.is_decided(problem, recheck.round):
        who = await unit.find(Person, problem["rechecker_id"])
        name, on = who["name"] if who else "—", problem["recheck_on"] or "—"
        raise Refusal("problem.decided", number=problem["number"], who=name, on=on, said=workflow.said_of(problem)).at("problem")
    return await moves.judged(unit, recheck.problem, act, actor), is_away, at


def _reads(recheck: rules.OnSite) -> Iterable[tuple[Any, ...]]:
    yield Problem, recheck.problem
    yield Recheck, recheck.id


COMMANDS = (Handling(rules.RECHECK, rules.OnSite, recheck_problem, _reads, wire=True),)
