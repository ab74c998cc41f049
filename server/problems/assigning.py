"""Who answers for a problem and by when, where a supervisor says so beside a notice."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import msgspec

from server.foundation.command import Handling
from server.foundation.refusal import Refusal, declare, no
from server.ledger.unit import Unit
from server.problems import moves, rules
from server.problems.tables import Problem

Row = dict[str, Any]
NAMED = ("person", "sponsor")

declare(
    {
        "assign.empty": no(422, "责任人、督办领导至少写一个", "Name who answers, or a sponsor", "请填写姓名", "Fill in a name"),
        "assign.same": no(409, "责任人、督办领导本来就是这样", "They are named already", "无需再办", "Nothing to do"),
        "due.same": no(409, "时限本来就是 {due}", "It is due on {due} already", "无需再办", "Nothing to do"),
        "due.why": no(422, "已下达的问题改时限要写明原因", "A day that was issued is changed with a reason", "请写明原因", "Say why"),
        "extension.waits": no(
            409, "机构的延期申请在等审批（最近变动：{who} {at}）", "The facility has asked for more time (last step: {who}, {at})",
            "请先在问题页面审批", "Answer the request on its page first",
        ),
    }
)  # fmt: skip


class Assign(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """person: who answers by name; sponsor: 督办领导. What is empty stays as it is."""

    problem: str
    person: str = ""
    sponsor: str = ""


class SetDue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """reason: needed once it was issued."""

    problem: str
    due_on: dt.date
    reason: str = ""


async def assign_problem(unit: Unit, assigning: Assign) -> Row:
    """Refusals: not_found, not_allowed, problem.state, assign.empty, assign.same, problem.long, input.invalid."""
    problem = await moves.judged(unit, assigning.problem, "assign")
    said = {name: rules.written(getattr(assigning, name), name, rules.LONGEST_NAME, required=False) for name in NAMED}
    if not any(said.values()):
        raise Refusal("assign.empty").at("person")
    named = {name: text or problem[name] for name, text in said.items()}
    if all(problem[name] == text for name, text in named.items()):
        raise Refusal("assign.same").at("person")
    return moves.moved(unit, problem, "assign", named, **named)


async def set_due(unit: Unit, setting: SetDue) -> Row:
    """The first day that was issued stays beside it. Refusals: not_found, not_allowed, problem.state, extension.waits, problem.due, due.same, due.why, problem.long, input.invalid."""
    problem = await moves.judged(unit, setting.problem, "set_due")
    due, why = rules.check_due(setting.due_on, unit.today), rules.written(setting.reason, "reason", required=False)
    if due == problem["due_on"]:
        raise Refusal("due.same", due=due.isoformat()).at("due_on")
    if problem["state"] != "recorded" and not why:
        raise Refusal("due.why").at("reason")
    told = {"before": problem["due_on"], "reason": why}
    return moves.moved(unit, problem, "set_due", {"due_on": due, "due_set_on": unit.today}, due_on=due, **{name: text for name, text in told.items() if text})


def _reads(asked: Any) -> Iterable[tuple[Any, ...]]:
    yield Problem, asked.problem


COMMANDS = (
    Handling("problems.assign", Assign, assign_problem, _reads),
    Handling("problems.set_due", SetDue, set_due, _reads),
)
