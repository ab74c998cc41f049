"""延期申请: more time, asked for by the facility and given or refused by a supervisor. The first day that was set is kept."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import msgspec

from server.foundation import clock
from server.foundation.command import Handling
from server.foundation.refusal import Refusal, declare, no
from server.foundation.words import Words
from server.ledger.unit import Unit
from server.problems import moves, rules, workflow
from server.problems.facility import Sent, reads, taken
from server.problems.tables import Extension, Problem

Row = dict[str, Any]
STATES = {
    "asked": Words("待审批", "Waiting"), "granted": Words("已同意", "Granted"), "refused": Words("未同意", "Refused"), "lapsed": Words("已失效", "Lapsed"),
}  # fmt: skip

declare(
    {
        "extension.asked": no(
            409, "已有一份延期申请在等审批（最近变动：{who} {at}）", "More time has been asked for already and waits (last step: {who}, {at})", "请等督导审批", "Wait for the supervisor",
        ),
        "extension.none": no(
            409, "没有待审批的延期申请（最近变动：{who} {at}）", "No request for more time waits (last step: {who}, {at})", "请刷新，看最新情况", "Reload to see how it stands",
        ),
        "extension.decided": no(
            409, "这份延期申请{who}已于 {at} 办理：{said}", "{who} has dealt with this request on {at}: {said}", "请刷新，看最新情况", "Reload to see how it stands",
        ),
        "extension.day": no(
            422, "新的时限应晚于现在的时限 {due}，不早于今天，3 年之内", "The new day comes after the present one, {due}, not before today, within three years", "请改正日期", "Correct the date",
        ),
        "extension.no_due": no(409, "这条问题没有定整改时限", "No due day is set for this problem", "不用申请延期", "There is nothing to extend"),
    }
)  # fmt: skip


class AskExtension(Sent, frozen=True, forbid_unknown_fields=True, kw_only=True):
    wished_on: dt.date
    reason: str


class GrantExtension(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """extension: the one that was read; due_on: the new day, which need not be the one wished for."""

    problem: str
    extension: str
    due_on: dt.date
    reason: str = ""


class RefuseExtension(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    problem: str
    extension: str
    reason: str


async def ask_extension(unit: Unit, asking: AskExtension) -> Row:
    """Refusals: of facility.taken, extension.no_due, extension.day, problem.blank, problem.long, input.invalid."""
    step = await taken(unit, asking, "ask_extension")
    problem = step.problem
    if problem["due_on"] is None:
        raise Refusal("extension.no_due")
    wished, why = _later(asking.wished_on, problem["due_on"], step.on, "wished_on"), rules.written(asking.reason, "reason")
    unit.add(
        Extension, id=asking.id, problem_id=problem["id"], place_path=problem["place_path"], reason=why, wished_on=wished, due_on=problem["due_on"],
        asker_id=unit.person, asker=unit.actor.name, asked_at=step.at, received_at=unit.at, state="asked",
    )  # fmt: skip
    told = moves.moved(unit, problem, "ask_extension", {"extension_id": asking.id}, reason=why, wished_on=wished, **step.told)
    return {**told, "extension": asking.id, "number": problem["number"]}


async def grant_extension(unit: Unit, granting: GrantExtension) -> Row:
    """Refusals: not_found, not_allowed, extension.decided, extension.none, extension.day, problem.state, problem.long."""
    problem, asked = await _decided(unit, granting, "grant_extension")
    due, why = _later(granting.due_on, problem["due_on"], unit.today, "due_on"), rules.written(granting.reason, "reason", required=False)
    _decide(unit, asked, "granted", granted_on=due, answer=why)
    changed = {"due_on": due, "extension_id": "", "extensions": problem["extensions"] + 1}
    return moves.moved(unit, problem, "grant_extension", changed, due_on=due, before=problem["due_on"], reason=why, extension=asked["id"])


async def refuse_extension(unit: Unit, refusing: RefuseExtension) -> Row:
    """Refusals: not_found, not_allowed, extension.decided, extension.none, problem.state, problem.blank, problem.long."""
    problem, asked = await _decided(unit, refusing, "refuse_extension")
    why = rules.written(refusing.reason, "reason")
    _decide(unit, asked, "refused", answer=why)
    return moves.moved(unit, problem, "refuse_extension", {"extension_id": ""}, reason=why, extension=asked["id"])


def _later(on: dt.date, due: dt.date, today: dt.date, field: str) -> dt.date:
    if not (on > due and today <= on <= today + rules.LATEST_DUE):
        raise Refusal("extension.day", due=due.isoformat()).at(field)
    return on


async def _decided(unit: Unit, deciding: GrantExtension | RefuseExtension, act: str) -> tuple[Row, Row]:
    """The problem and the request, for a supervisor who may decide it now; else who did, when and how."""
    asked, problem = await unit.find(Extension, deciding.extension), await unit.find(Problem, deciding.problem)
    if asked is None or problem is None or asked["problem_id"] != deciding.problem:
        raise Refusal("not_found").at("extension")
    workflow.check_role(problem["place_path"], act, unit.actor)
    if asked["state"] in ("granted", "refused"):
        raise Refusal("extension.decided", who=asked["decider"], at=clock.spoken(asked["decided_at"]), said=STATES[asked["state"]])
    return await moves.judged(unit, deciding.problem, act), asked


def _decide(unit: Unit, asked: Row, state: str, **answer: Any) -> None:
    unit.change(Extension, asked["id"], state=state, decider=unit.actor.name, decided_at=unit.at, **answer)


def _reads(asked: Any) -> Iterable[tuple[Any, ...]]:
    yield Problem, asked.problem
    yield Extension, asked.extension


COMMANDS = (
    Handling("problems.ask_extension", AskExtension, ask_extension, reads, wire=True),
    Handling("problems.grant_extension", GrantExtension, grant_extension, _reads),
    Handling("problems.refuse_extension", RefuseExtension, refuse_extension, _reads),
)
