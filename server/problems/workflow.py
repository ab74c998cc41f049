"""The workflow of a problem as data: which move leads where, who may make it, and for whom it waits."""

from collections.abc import Mapping
from typing import Any

import msgspec

from server.foundation.actor import Actor
from server.foundation.refusal import Refusal
from server.foundation.words import Words
from server.foundation.workflow import Move, State, Workflow
from server.problems.rules import LEVELS

TO_PUT_RIGHT = ("issued", "plan_submitted", "plan_returned", "rectifying", "returned")  # the facility's turn: what is due can be late
ANY_OPEN = ("recorded", "fixed_on_spot", *TO_PUT_RIGHT, "awaiting_recheck", "rechecked")
ANY = (*ANY_OPEN, "closed", "withdrawn")

# Whose hands were on it, in whatever round: who puts right, who re-checks and who closes are three people.
RECTIFIERS, RECHECKERS, ON_VISIT = ("rectifier_ids", "problem.rectifier"), ("rechecker_ids", "problem.rechecker"), ("inspector_ids", "problem.on_visit")
VOUCHER = ("voucher_id", "problem.rechecker")  # who took its last re-check in by hand

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
        Move("issue", Words("下达整改", "Issue"), ("recorded",), "issued", ("supervisor",), ("due_on", "person"), "issued"),
        Move("accept_plan", Words("措施通过", "Accept the plan"), ("plan_submitted",), "rectifying", ("supervisor",), event="plan_accepted"),
        Move("return_plan", Words("退回措施", "Return the plan"), ("plan_submitted",), "plan_returned", ("supervisor",), ("reason",), "plan_returned"),
        Move("report", Words("提交整改报告", "Submit the report"), ("issued",), "awaiting_recheck", ("contact",), ("text", "photos"), "reported", levels=("general",)),
        Move("report", Words("提交整改报告", "Submit the report"), ("rectifying", "returned"), "awaiting_recheck", ("contact",), ("text", "photos"), "reported"),
        Move("progress", Words("记整改进展", "Note progress"), ("issued",), "rectifying", ("contact",), ("text",), "progressed", levels=("general",)),
        Move("progress", Words("记整改进展", "Note progress"), ("rectifying",), "rectifying", ("contact",), ("text",), "progressed"),
        Move("plan", Words("提交整改措施", "Submit a plan"), ("issued", "plan_returned"), "plan_submitted", ("contact",), ("cause", "measures", "person"), "planned"),
        Move("pass", Words("复查通过", "Re-check: passed"), ("awaiting_recheck",), "rechecked", ("inspector", "supervisor"), ("record",), "rechecked", (RECTIFIERS,)),
        Move("fail", Words("复查不通过，退回", "Re-check: send back"), ("awaiting_recheck",), "returned", ("inspector", "supervisor"), ("reason", "due_on"), "returned", (RECTIFIERS,)),
        Move("close", Words("销号", "Close"), ("rechecked",), "closed", ("supervisor",), event="closed", barred=(RECTIFIERS, RECHECKERS, VOUCHER)),
        Move("close", Words("销号", "Close"), ("fixed_on_spot",), "closed", ("supervisor",), event="closed", barred=(RECTIFIERS, RECHECKERS, VOUCHER, ON_VISIT)),
        # What leaves it where it stands: more time, and marks.
        Move("grant_extension", Words("批准延期", "Grant more time"), TO_PUT_RIGHT, "", ("supervisor",), ("due_on",), "extended", given=(("extension_id", True, "extension.none"),)),
        Move("refuse_extension", Words("不同意延期", "Refuse more time"), TO_PUT_RIGHT, "", ("supervisor",), ("reason",), "extension_refused", given=(("extension_id", True, "extension.none"),)),
        Move("ask_extension", Words("申请延期", "Ask for more time"), TO_PUT_RIGHT, "", ("contact",), ("wished_on", "reason"), "extension_asked", given=(("extension_id", False, "extension.asked"),)),
        Move("supervise", Words("挂牌督办", "Put under special supervision"), ANY_OPEN, "", ("supervisor",), ("to", "reason"), "supervised", given=(("is_supervised", False, "flag.set"),)),
        Move("end_supervision", Words("解除挂牌督办", "End special supervision"), ANY, "", ("supervisor",), ("reason",), "supervision_ended", given=(("is_supervised", True, "flag.none"),)),
        Move("refer", Words("移送", "Refer"), ANY_OPEN, "", ("supervisor",), ("to", "reason"), "referred", given=(("is_referred", False, "flag.set"),)),
        Move("end_referral", Words("办结移送", "End the referral"), ANY, "", ("supervisor",), ("reason",), "referral_ended", given=(("is_referred", True, "flag.none"),)),
        Move("assign", Words("定责任人、督办领导", "Name who answers"), ANY_OPEN, "", ("supervisor",), ("person",), "assigned"),
        Move("set_due", Words("定整改时限", "Set the due day"), ("recorded", *TO_PUT_RIGHT), "", ("supervisor",), ("due_on",), "due_set", given=(("extension_id", False, "extension.waits"),)),
        Move("take_back", Words("撤回通知书", "Take the notice back"), ("issued",), "recorded", ("supervisor",), ("reason",), "taken_back", given=(("notice_id", True, "problem.no_notice"),)),
        Move("withdraw", Words("撤销", "Withdraw"), ANY_OPEN, "withdrawn", ("supervisor",), ("reason",), "withdrawn"),
    ),
)  # fmt: skip
OPEN = WORKFLOW.open_states
ASIDE = ("ask_extension", "supervise", "end_supervision", "refer", "end_referral", "assign", "set_due", "take_back", "withdraw")  # always open to somebody, so never what comes next
LEADS_TO = {f"problem.{move.event}": move.goes_to for move in WORKFLOW.moves if move.goes_to}  # where each step that the history knows leaves the problem


def may(problem: Mapping[str, Any], act: str, actor: Actor) -> Move:
    """The move that this person may make with this problem now.

    problem: state, severity, place_path, extension_id, notice_id, is_supervised, is_referred, voucher_id, and rectifier_ids, rechecker_ids, inspector_ids (of those on the visit).
    Refusals: not_found, not_allowed, problem.state (facts who and at are the caller's), problem.plan_first, and those that the workflow names.
    """
    check_role(problem["place_path"], act, actor)
    move = WORKFLOW.move(act, problem["state"])
    if move is None:
        raise Refusal("problem.state", state=WORKFLOW.state(problem["state"]).words)
    if move.levels and problem["severity"] not in move.levels:
        raise Refusal("problem.plan_first", level=LEVELS[problem["severity"]])
    for column, is_set, code in move.given:
        if bool(problem[column]) != is_set:
            raise Refusal(code)
    for column, code in move.barred:
        if actor.id in (problem[column] if column.endswith("_ids") else (problem[column],)):
            raise Refusal(code)
    return move


def check_role(path: str, act: str, actor: Actor) -> None:
    """Refuses not_found, not_allowed: whoever has no business with this step at this place, however the problem stands."""
    actor.check_has(path, *next(move.roles for move in WORKFLOW.moves if move.act == act))


class Waiting(msgspec.Struct, frozen=True):
    """What waits for somebody: problems in this state below these paths, but for those of which they are in one of `not_in`. asks: only where more time is asked for."""

    state: str
    paths: tuple[str, ...]
    not_in: tuple[str, ...] = ()
    asks: bool = False


def waiting(actor: Actor) -> list[Waiting]:
    """Where the next step is this person's, no state twice. What is always open waits for nobody."""
    found = []
    for state in OPEN:
        moves = [move for move in WORKFLOW.acts(state) if move.goes_to and move.act not in ASIDE and actor.is_any(*move.roles)]
        if moves:
            roles = {role for move in moves for role in move.roles}
            common = set.intersection(*({column for column, _ in move.barred} for move in moves))
            found.append(Waiting(state, actor.paths(*roles), tuple(sorted(common))))
        elif state in TO_PUT_RIGHT and actor.is_any("supervisor"):
            found.append(Waiting(state, actor.paths("supervisor"), asks=True))
    return found


def acts(problem: Mapping[str, Any], actor: Actor) -> list[tuple[Move, Refusal | None]]:
    """What this person's roles could do with the problem as it stands, each with whose hands on it keep them from it, if any."""
    found: list[tuple[Move, Refusal | None]] = []
    for move in WORKFLOW.acts(problem["state"]):
        try:
            found.append((may(problem, move.act, actor), None))
        except Refusal as refusal:
            if refusal.code in dict(move.barred).values():
                found.append((move, refusal))
    return found


def may_recheck(problem: Mapping[str, Any], actor: Actor) -> bool:
    """Whether this person may say now whether it passes."""
    if problem["state"] != "awaiting_recheck":
        return False
    try:
        return bool(may(problem, "pass", actor))
    except Refusal:
        return False


def said_of(problem: Mapping[str, Any]) -> Words:
    """How its last re-check ended."""
    return WORKFLOW.state("rechecked" if problem["state"] in ("rechecked", "closed") else "returned").words


def is_open(state: str) -> bool:
    return state in OPEN
