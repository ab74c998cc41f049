"""挂牌督办 and 移送: marks on a problem, each with its reason, that bar nobody's next step."""

from collections.abc import Iterable
from typing import Any

import msgspec

from server.foundation.command import Handling
from server.foundation.ids import is_id
from server.foundation.refusal import Refusal, declare, no
from server.foundation.words import Words
from server.ledger.unit import Unit
from server.problems import moves, rules
from server.problems.tables import Flag, Problem

Row = dict[str, Any]
KINDS = {"supervised": Words("挂牌督办", "Special supervision"), "referred": Words("移送", "Referral")}
LONGEST_NAME = 60  # of an authority, and of a document's number

declare(
    {
        "flag.set": no(
            409, "已经办过，仍在进行（最近变动：{who} {at}）", "This is so already (last step: {who}, {at})", "请刷新，看最新情况", "Reload to see how it stands",
        ),
        "flag.none": no(
            409, "已经结束（最近变动：{who} {at}）", "This has ended already (last step: {who}, {at})", "请刷新，看最新情况", "Reload to see how it stands",
        ),
    }
)  # fmt: skip


class SetFlag(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """to: who supervises it specially, or to whom it goes; document: the number of the paper that says so."""

    id: str
    problem: str
    to: str
    reason: str
    document: str = ""


class EndFlag(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    problem: str
    reason: str


async def supervise_problem(unit: Unit, setting: SetFlag) -> Row:
    return await _set(unit, setting, "supervise", "supervised")


async def refer_problem(unit: Unit, setting: SetFlag) -> Row:
    return await _set(unit, setting, "refer", "referred")


async def end_supervision(unit: Unit, ending: EndFlag) -> Row:
    return await _end(unit, ending, "end_supervision", "supervised")


async def end_referral(unit: Unit, ending: EndFlag) -> Row:
    return await _end(unit, ending, "end_referral", "referred")


async def _set(unit: Unit, setting: SetFlag, act: str, kind: str) -> Row:
    """Refusals: not_found, not_allowed, problem.state, flag.set, problem.blank, problem.long, input.invalid."""
    problem = await moves.judged(unit, setting.problem, act)
    if not is_id(setting.id):
        raise Refusal("input.invalid", reason="id").at("id")
    to, why = rules.written(setting.to, "to", LONGEST_NAME), rules.written(setting.reason, "reason")
    document = rules.written(setting.document, "document", LONGEST_NAME, required=False)
    unit.add(
        Flag, id=setting.id, problem_id=problem["id"], place_path=problem["place_path"], kind=kind, authority=to, document=document, reason=why,
        since_on=unit.today, author=unit.actor.name,
    )  # fmt: skip
    return moves.moved(unit, problem, act, {f"is_{kind}": True}, flag=setting.id, to=to, document=document, reason=why)


async def _end(unit: Unit, ending: EndFlag, act: str, kind: str) -> Row:
    """Refusals: not_found, not_allowed, flag.none, problem.blank, problem.long."""
    problem = await moves.judged(unit, ending.problem, act)
    why = rules.written(ending.reason, "reason")
    for flag in await unit.matching(Flag, "problem_id", problem["id"]):
        if flag["kind"] == kind and flag["ended_on"] is None:
            unit.change(Flag, flag["id"], ended_on=unit.today, ended_why=why, ended_by=unit.actor.name)
    return moves.moved(unit, problem, act, {f"is_{kind}": False}, reason=why)


def _reads(asked: Any) -> Iterable[tuple[Any, ...]]:
    yield Problem, asked.problem


COMMANDS = (
    Handling("problems.supervise", SetFlag, supervise_problem, _reads),
    Handling("problems.end_supervision", EndFlag, end_supervision, _reads),
    Handling("problems.refer", SetFlag, refer_problem, _reads),
    Handling("problems.end_referral", EndFlag, end_referral, _reads),
)
