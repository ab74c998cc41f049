"""Which acts are taken with many problems at once, what each row is proposed to get, and how a selection goes on."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from server.facilities.rules import Duty
from server.foundation.refusal import Refusal, declare, no
from server.foundation.words import Words
from server.notices.rules import MOST_LINES
from server.problems.rules import LONGEST_NAME, check_due, due_after, due_preset, written
from server.workdays.rules import Corrections

KEEPERS = ("supervisor",)
MOST, SLICE = 5000, 200  # problems of one selection, and of one transaction
STATES = {
    "chosen": Words("待定办法", "To be decided"), "checking": Words("正在逐条核对", "Checking each"), "ready": Words("待确认", "To confirm"),
    "running": Words("正在办理", "Being done"), "done": Words("已办理", "Done"), "undoing": Words("正在撤回", "Being undone"), "undone": Words("已撤回", "Undone"),
}  # fmt: skip
NEXT = {"checking": "ready", "running": "done", "undoing": "undone"}  # where the server's own work leads
WORKING = tuple(NEXT)
ACTS = {
    "assign": Words("定责任人、督办领导", "Name who answers"), "set_due": Words("定整改时限", "Set due days"), "issue": Words("下达通知书", "Issue notices"),
}  # fmt: skip
OUTCOMES = {
    "chosen": Words("已选", "Chosen"), "ready": Words("可以办", "Will do"), "same": Words("无需办", "Nothing to do"), "barred": Words("不能办", "Will not do"), "done": Words("办好", "Done"),
    "refused": Words("没有办成", "Not done"), "undone": Words("已撤回", "Undone"), "left": Words("没有撤回", "Left as it is"),
}  # fmt: skip
SAME = ("assign.same", "due.same")  # refusals that say that it is so already
CHANGES = {"assign": ("person", "sponsor"), "set_due": ("due_on", "due_set_on"), "issue": ("due_on", "original_due_on", "person", "sponsor")}

declare(
    {
        "selection.empty": no(422, "还没有选问题", "No problem has been chosen", "请勾选，或选本页、全部", "Tick some, or take the page or all"),
        "selection.many": no(422, "一次最多选 {most} 条", "At most {most} at a time", "请加筛选条件，分几次办", "Add filters and take several turns"),
        "selection.state": no(409, "现在是“{state}”，不能这样办", "It now stands at “{state}”", "请刷新，看最新情况", "Reload to see how it stands"),
        "selection.nothing": no(409, "没有一条可以办", "Nothing can be done with any of them", "请换一个办法，或重新选", "Take another act, or choose anew"),
    }
)  # fmt: skip


class Given(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was typed for all. An empty name is filled from the register where the problem has none; no day: by the level, in working days."""

    person: str = ""
    sponsor: str = ""
    due_on: dt.date | None = None
    reason: str = ""


def checked(act: str, given: Given, today: dt.date) -> Given:
    """Refusals: input.invalid, problem.long, problem.due."""
    if act not in ACTS:
        raise Refusal("input.invalid", reason="act").at("act")
    names = {name: written(getattr(given, name), name, LONGEST_NAME, required=False) for name in ("person", "sponsor")}
    return Given(**names, due_on=check_due(given.due_on, today) if given.due_on else None, reason=written(given.reason, "reason", 500, required=False))


def proposed(act: str, given: Given, problem: Any, duties: Sequence[Duty], today: dt.date, corrected: Corrections) -> dict[str, Any]:
    """What one problem is to get: the payload of the act's command, or a line of a notice, without the problem itself."""
    names = {"person": given.person or problem.person or answers(problem, duties), "sponsor": given.sponsor or problem.sponsor or _of(duties, "department")}
    if act == "assign":
        return names
    if act == "set_due":
        return {"due_on": given.due_on or due_after(today, problem.severity, corrected), "reason": given.reason}
    return {"due_on": given.due_on or due_preset(problem, today, corrected), **names}


def answers(problem: Any, duties: Sequence[Duty]) -> str:
    """Who answers by the register: for the very step, the point, the party, else for the unit; "" where nobody is named."""
    near = [duty for duty in duties if duty.party == problem.party and duty.point in ("", problem.point) and duty.step in ("", problem.step)]
    return max(near, key=lambda duty: (bool(duty.point), bool(duty.step))).person if near else _of(duties, "unit")


def _of(duties: Sequence[Duty], party: str) -> str:
    return next((duty.person for duty in duties if duty.party == party and not duty.point), "") or next((duty.person for duty in duties if duty.party == party), "")


def visit_of(problem: Mapping[str, Any]) -> tuple[Any, ...]:
    """What problems must share to stand in one notice."""
    return problem["facility_id"], problem["visit_id"], problem["found_on"]


def parted(problems: Iterable[Mapping[str, Any]]) -> list[list[str]]:
    """Their ids in parts of at most SLICE. What fits in one notice is never torn apart, so that a visit gets one."""
    visits: dict[tuple[Any, ...], list[str]] = {}
    for problem in problems:
        visits.setdefault(visit_of(problem), []).append(problem["id"])
    parts: list[list[str]] = [[]]
    for ids in visits.values():
        for start in range(0, len(ids), MOST_LINES):
            some = ids[start : start + MOST_LINES]
            if parts[-1] and len(parts[-1]) + len(some) > SLICE:
                parts.append([])
            parts[-1] += some
    return parts


def check_state(state: str, *wanted: str) -> None:
    """Refuses selection.state."""
    if state not in wanted:
        raise Refusal("selection.state", state=STATES[state])
