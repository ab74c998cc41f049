"""The workflow of a problem as data, who may move it, when it falls due, and what its number is."""

import datetime as dt
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import chinese_calendar

from server.foundation.actor import Actor
from server.foundation.refusal import Refusal, declare, no
from server.foundation.words import Words
from server.foundation.workflow import Move, State, Workflow

LEVELS = {
    "general": Words("一般", "General"),
    "serious": Words("较重", "Serious"),
    "critical": Words("重大", "Critical"),
}
DEFAULT_DAYS = {"general": 15, "serious": 7, "critical": 1}  # working days, ours: the notice sets none
RELAPSE_WITHIN = dt.timedelta(days=365)
LATEST_DUE = dt.timedelta(days=3 * 365)
LONGEST = 2000
MOST_PHOTOS = 20  # with one step
FIRST_TO_PLAN = ("serious", "critical")

WORKFLOW = Workflow(
    states=(
        State("recorded", Words("已登记", "Recorded")),
        State("fixed_on_spot", Words("立行立改", "Fixed on the spot")),
        State("issued", Words("已下达", "Issued")),
        State("plan_submitted", Words("措施待审核", "Plan to review")),
        State("plan_returned", Words("措施退回", "Plan returned")),
        State("rectifying", Words("整改中", "Being put right")),
        State("awaiting_recheck", Words("待复查", "To re-check")),
        State("returned", Words("复查不通过", "Re-check failed")),
        State("rechecked", Words("复查通过", "Re-checked")),
        State("closed", Words("已销号", "Closed"), is_open=False),
        State("withdrawn", Words("撤销", "Withdrawn"), is_open=False),
    ),
    moves=(
        Move("issue", Words("下达整改", "Issue"), ("recorded",), "issued", ("supervisor",), ("due_on", "person")),
        Move("accept_plan", Words("措施通过", "Accept the plan"), ("plan_submitted",), "rectifying", ("supervisor",)),
        Move("return_plan", Words("退回措施", "Return the plan"), ("plan_submitted",), "plan_returned", ("supervisor",), ("reason",)),
        Move("report", Words("提交整改报告", "Submit the report"), ("issued", "rectifying", "returned"), "awaiting_recheck", ("contact",), ("text", "photos")),
        Move("progress", Words("记整改进展", "Note progress"), ("issued", "rectifying"), "rectifying", ("contact",), ("text",)),
        Move("plan", Words("提交整改措施", "Submit a plan"), ("issued", "plan_returned"), "plan_submitted", ("contact",), ("cause", "measures", "person")),
        Move("pass", Words("复查通过", "Re-check: passed"), ("awaiting_recheck",), "rechecked", ("inspector", "supervisor"), ("record",)),
        Move("fail", Words("复查不通过，退回", "Re-check: send back"), ("awaiting_recheck",), "returned", ("inspector", "supervisor"), ("reason", "due_on")),
        Move("close", Words("销号", "Close"), ("rechecked", "fixed_on_spot"), "closed", ("supervisor",)),
        Move(
            "withdraw", Words("撤销", "Withdraw"),
            ("recorded", "fixed_on_spot", "issued", "plan_submitted", "plan_returned", "rectifying", "awaiting_recheck", "returned", "rechecked"),
            "withdrawn", ("supervisor",), ("reason",),
        ),
    ),
)  # fmt: skip
OPEN = WORKFLOW.open_states
# What the history calls each step, and where it leaves the problem.
EVENTS = {
    "issue": "issued", "plan": "planned", "accept_plan": "plan_accepted", "return_plan": "plan_returned", "progress": "progressed",
    "report": "reported", "pass": "rechecked", "fail": "returned", "close": "closed", "withdraw": "withdrawn",
}  # fmt: skip
LEADS_TO = {f"problem.{EVENTS[move.act]}": move.goes_to for move in WORKFLOW.moves}

declare(
    {
        "problem.state": no(
            409, "现在是“{state}”，不能办这一步", "It now stands at “{state}”: this step cannot be taken",
            "请刷新，看最新情况", "Reload to see how it stands",
        ),
        "problem.plan_first": no(
            409, "{level}问题要先提交整改措施并通过审核", "A problem of level {level} needs an accepted plan first",
            "请先提交整改措施", "Submit a plan first",
        ),
        "problem.rectifier": no(
            403, "整改人不能复查或销号", "Whoever put it right can neither re-check nor close it",
            "请另一位同事办理", "Ask another colleague",
        ),
        "problem.rechecker": no(
            403, "复查人不能销号", "Whoever re-checked it cannot close it", "请另一位督导销号", "Another supervisor must close it"
        ),
        "problem.on_visit": no(
            403, "参加检查的人不能为立行立改的问题销号", "Whoever was on the visit cannot close what was fixed on the spot",
            "请没有参加这次检查的督导销号", "A supervisor who was not there must close it",
        ),
        "problem.due": no(
            422, "整改时限应在今天到 3 年之内", "The due day lies between today and three years from now",
            "请改正日期", "Correct the date",
        ),
        "problem.photos": no(
            422, "至少要有一张整改后的照片", "At least one photo after putting it right is needed",
            "请拍照后再提交", "Take one and submit again",
        ),
        "problem.long": no(422, "超过 {limit} 字", "Longer than {limit} characters", "请写得简短些", "Make it shorter"),
        "problem.blank": no(422, "这一项没有填", "This is not filled in", "请填写后再提交", "Fill it in and submit again"),
    }
)  # fmt: skip


def may(problem: Mapping[str, Any], act: str, actor: Actor) -> Move:
    """The move that this person may make with this problem now.

    problem: state, severity, place_path, rectifier_id, rechecker_id, inspector_ids (ids of those on the visit).
    Refusals: not_found, not_allowed, problem.state, problem.plan_first, problem.rectifier, problem.rechecker, problem.on_visit.
    """
    check_role(problem["place_path"], act, actor)
    move = WORKFLOW.move(act, problem["state"])
    if move is None:
        raise Refusal("problem.state", state=WORKFLOW.state(problem["state"]).words.zh)
    if act in ("progress", "report") and problem["state"] == "issued" and problem["severity"] in FIRST_TO_PLAN:
        raise Refusal("problem.plan_first", level=LEVELS[problem["severity"]].zh)
    if act in ("pass", "fail", "close"):
        _check_person(problem, act, actor)
    return move


def check_role(path: str, act: str, actor: Actor) -> None:
    """Refuses not_found, not_allowed: whoever has no business with this step at this place, however the problem stands."""
    if not actor.sees(path):
        raise Refusal("not_found")
    roles = next(move.roles for move in WORKFLOW.moves if move.act == act)
    if not any(actor.has(role, path) for role in roles):
        raise Refusal("not_allowed")


def _check_person(problem: Mapping[str, Any], act: str, actor: Actor) -> None:
    """Verified closure: who puts right, who re-checks and who closes are three people."""
    if actor.id == problem["rectifier_id"]:
        raise Refusal("problem.rectifier")
    if act == "close" and actor.id == problem["rechecker_id"]:
        raise Refusal("problem.rechecker")
    if act == "close" and problem["state"] == "fixed_on_spot" and actor.id in problem["inspector_ids"]:
        raise Refusal("problem.on_visit")


def acts(problem: Mapping[str, Any], actor: Actor) -> list[tuple[Move, Refusal | None]]:
    """What this person's roles could do with the problem as it stands, each with what keeps them from it, if anything."""
    found: list[tuple[Move, Refusal | None]] = []
    for move in WORKFLOW.acts(problem["state"]):
        try:
            found.append((may(problem, move.act, actor), None))
        except Refusal as refusal:
            if refusal.code not in ("not_found", "not_allowed", "problem.plan_first"):
                found.append((move, refusal))
    return found


def is_open(state: str) -> bool:
    return state in OPEN


def due_after(start: dt.date, severity: str) -> dt.date:
    """The default due day: so many working days after the issue, with the days that 调休 moves."""
    return working_days_after(start, DEFAULT_DAYS[severity])


@lru_cache(4096)  # asked for each finding of each visit, for the same few days
def working_days_after(start: dt.date, count: int) -> dt.date:
    on = start
    while count:
        on += dt.timedelta(days=1)
        count -= _works(on)
    return on


def _works(on: dt.date) -> bool:
    try:
        return bool(chinese_calendar.is_workday(on))
    except NotImplementedError:  # a year whose holidays are not announced yet
        return on.weekday() < 5


def check_due(on: dt.date, today: dt.date) -> dt.date:
    """Refuses (problem.due) a day that has passed or lies years away."""
    if not today <= on <= today + LATEST_DUE:
        raise Refusal("problem.due").at("due_on")
    return on


def written(text: str, field: str, limit: int = LONGEST, required: bool = True) -> str:
    """What somebody wrote, its ends trimmed. Refusals: problem.blank, problem.long, input.invalid."""
    clean = text.replace("\r\n", "\n").strip()
    if len(clean) > limit:
        raise Refusal("problem.long", limit=limit).at(field)
    if required and not clean:
        raise Refusal("problem.blank").at(field)
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]", clean):
        raise Refusal("input.invalid", reason=field).at(field)
    return clean


def number(mark: str, year: int, serial: int) -> str:
    """万民整〔2026〕17号."""
    return f"{mark}〔{year}〕{serial}号"


def spot(facility: str, item: str, point: str) -> str:
    """One key for facility, item and point: two findings with the same key speak of the same thing."""
    return f"{facility}|{item}|{' '.join(point.casefold().split())}"
