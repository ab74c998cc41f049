"""What a plan is, who may make and change it, and how an assignment stands."""

import datetime as dt
from typing import Literal

import msgspec

from server.facilities.rules import TYPES
from server.foundation.actor import Actor
from server.foundation.refusal import Refusal, declare, no
from server.foundation.words import Words
from server.foundation.workflow import Move, State, Workflow
from server.plans.lots import MOST
from server.problems.rules import written

KINDS = {
    "routine": Words("日常检查", "Routine visit"),
    "special": Words("专项检查", "Special visit"),
    "case": Words("个案检查", "Case visit"),
}
MODES = {
    "announced": Words("已告知", "Announced"),
    "unannounced": Words("四不两直", "Unannounced"),
    "random": Words("双随机", "Drawn at random"),
}
KEEPERS = ("supervisor", "administrator")
JUST = 14  # days within which a facility counts as just visited, by anybody
LONGEST_PERIOD = dt.timedelta(days=400)
MOST_CHOSEN = 500

WORKFLOW = Workflow(
    states=(
        State("draft", Words("草稿", "Draft")),
        State("open", Words("进行中", "Under way")),
        State("ended", Words("已结束", "Ended"), is_open=False),
        State("withdrawn", Words("已撤回", "Withdrawn"), is_open=False),
    ),
    moves=(
        Move("open", Words("下发计划", "Send it out"), ("draft",), "open", KEEPERS),
        Move("end", Words("结束计划", "End the plan"), ("open",), "ended", KEEPERS),
        Move("withdraw", Words("撤回计划", "Withdraw the plan"), ("draft", "open"), "withdrawn", KEEPERS, ("reason",)),
    ),
)  # fmt: skip
STANDS = {
    "due": Words("待检查", "To visit"),
    "done": Words("已检查", "Done"),
    "missed": Words("逾期未查", "Missed"),
    "withdrawn": Words("已撤回", "Withdrawn"),
}
LEFT_OUT = {
    "planned": Words("已在计划内", "in the plan already"),
    "recent": Words("近期查过", "visited recently"),
    "barred": Words("可派的检查人不足两名", "fewer than two inspectors may go"),
}

declare(
    {
        "plan.state": no(
            409, "计划的状态已变，不能再办这一步", "The plan no longer stands where this step can be taken",
            "请刷新，看最新情况", "Reload to see how it stands",
        ),
        "plan.changed": no(
            409, "您打开之后，计划已被他人改过", "Someone has changed the plan since you opened it",
            "请刷新后再改", "Reload it and make your change again",
        ),
        "plan.dates": no(
            422, "起止日期不对", "The period cannot be right",
            "结束不早于开始和今天，前后不超过 400 天", "It ends no earlier than it begins and than today, and lasts at most 400 days",
        ),
        "plan.due": no(
            422, "期限不在计划的起止日期内，或已经过去", "The day lies outside the plan's period, or has passed",
            "请改正日期", "Correct the date",
        ),
        "plan.checklist": no(
            422, "没有这份检查表，或已停用", "There is no such check table, or it is retired",
            "请从列表中选一份，并至少选一个部分", "Choose one from the list, and at least one of its parts",
        ),
        "plan.scope": no(
            422, "{name} 不在计划范围内", "{name} lies outside the plan's scope", "请另选，或先改计划范围", "Choose another, or widen the plan's scope first"
        ),
        "plan.draws_none": no(
            422, "至少抽取 1 家", "At least one facility is drawn", "请填写抽取家数，或改为全部检查", "Say how many, or choose all of them"
        ),
        "plan.twice": no(
            409, "{name} 已在计划内", "{name} is in the plan already", "无需再加", "Nothing needs to be added"
        ),
        "plan.nothing": no(422, "还没有选", "Nothing is chosen yet", "请至少选一项", "Choose at least one"),
        "plan.many": no(422, "一次最多 {most} 家", "At most {most} at a time", "请分几次办", "Do it in several goes"),
        "plan.idle": no(
            409, "计划里还没有机构", "There is no facility in the plan yet", "请先选定或抽取机构", "Choose or draw facilities first"
        ),
        "assignment.pair": no(
            422, "要两名不同的检查人", "Two different inspectors are needed", "请另选一人", "Choose another person"
        ),
        "assignment.place": no(
            422, "{name} 不是 {facility} 的检查员", "{name} is no inspector of {facility}", "请另选一人", "Choose another person"
        ),
        "assignment.conflict": no(
            422, "{name} 应回避 {facility}", "{name} is to avoid {facility}", "请另选一人", "Choose another person"
        ),
        "assignment.settled": no(
            409, "{facility} 这一项已检查或已撤回", "The visit to {facility} is done or withdrawn", "请刷新，看最新情况", "Reload to see how it stands"
        ),
        "assignment.reason": no(
            422, "改派要写明原因", "Handing it to others needs a reason", "请写明原因", "Say why"
        ),
        "assignment.merged": no(
            409, "没有需要合并的检查", "There is no second visit to decide on", "请刷新，看最新情况", "Reload to see how it stands"
        ),
        "avoidance.ended": no(
            409, "这一回避已经解除", "This conflict has ended already", "请刷新，看最新情况", "Reload to see how it stands"
        ),
        "avoidance.known": no(
            409, "这一回避已登记", "This conflict is registered already", "无需再登记", "Nothing needs to be added"
        ),
    }
)  # fmt: skip


class Details(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a plan says. checklist: a key; below: the place whose facilities are meant; types: none for all; draw_count: 0 for all of them."""

    title: str
    kind: Literal["routine", "special", "case"]
    mode: Literal["announced", "unannounced", "random"]
    from_on: dt.date
    until_on: dt.date
    checklist: str
    parts: tuple[str, ...]
    below: str
    types: tuple[str, ...] = ()
    draw_count: int = 0
    note: str = ""


def checked(details: Details, today: dt.date) -> Details:
    """The details with their texts tidied. Refusals: problem.blank, problem.long, input.invalid, plan.dates, draw.many."""
    if details.until_on < details.from_on or details.until_on < today or details.until_on - details.from_on > LONGEST_PERIOD:
        raise Refusal("plan.dates").at("until_on")
    if abs(details.from_on - today) > LONGEST_PERIOD:
        raise Refusal("plan.dates").at("from_on")
    if unknown := [type for type in details.types if type not in TYPES]:
        raise Refusal("facility.type", type=unknown[0][:40]).at("types")
    if not 0 <= details.draw_count <= MOST:
        raise Refusal("draw.many", most=MOST).at("draw_count")
    return msgspec.structs.replace(
        details, title=" ".join(written(details.title, "title", 60).split()), note=written(details.note, "note", 500, required=False),
        types=tuple(dict.fromkeys(details.types)), parts=tuple(dict.fromkeys(details.parts)),
    )  # fmt: skip


def check_keeps(actor: Actor, path: str) -> None:
    """Refuse who neither supervises nor administers the bureau: not_found if it is out of sight, else not_allowed."""
    actor.check_has(path, *KEEPERS)


def check_state(state: str, *wanted: str) -> None:
    if state not in wanted:
        raise Refusal("plan.state")


def check_due(due_on: dt.date, until_on: dt.date, today: dt.date) -> dt.date:
    """A day by which a visit is due: from today to the end of the plan."""
    if not today <= due_on <= until_on:
        raise Refusal("plan.due").at("due_on")
    return due_on


def stands(is_withdrawn: bool, visit: str | None, due_on: dt.date, plan: str, today: dt.date) -> str:
    """due, done, missed (past its day, or its plan has ended) or withdrawn."""
    if is_withdrawn:
        return "withdrawn"
    if visit:
        return "done"
    return "missed" if due_on < today or plan == "ended" else "due"


def fits(types: tuple[str, ...], type: str) -> bool:
    return not types or type in types
