"""What a notice may hold, what its number is, and how it can have been delivered."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from server.foundation import clock
from server.foundation.refusal import Refusal, declare, no
from server.foundation.words import Words

MOST_LINES = 100
DELIVERIES = {
    "": Words("待签收", "Not signed yet"), "signed": Words("已签收", "Signed for"), "paper": Words("纸质签收", "Signed on paper"), "refused": Words("拒绝签收", "Refused"), "taken_back": Words("已撤回", "Taken back"),
}  # fmt: skip
SIGNED = ("signed", "paper")
TAKEN_BACK = Words(
    "这份通知书已撤回，不用签收，也不用按它整改。文号保留，不再使用。",
    "This notice was taken back: nobody signs for it or puts anything right by it. Its number stays and is not used again.",
)
SETTLED = (*SIGNED, "taken_back")  # nobody signs for it any more
SIGNERS, NOTERS, TAKERS_BACK = ("contact",), ("inspector", "supervisor"), ("supervisor",)

declare(
    {
        "notice.empty": no(422, "还没有选要下达的问题", "No problem has been chosen", "请至少勾选一条", "Tick one at least"),
        "notice.one_visit": no(
            422, "一份通知书只下达同一次检查的问题", "A notice holds problems of one visit only", "请分开下达", "Issue them apart",
        ),
        "notice.moved": no(
            409, "{number} 现在是“{state}”（{who} {at}），不能再下达", "{number} now stands at “{state}” ({who}, {at}) and cannot be issued",
            "请刷新，其余的重新下达", "Reload and issue the others",
        ),
        "notice.signed": no(409, "{who}已于 {on} 签收", "{who} has signed for it on {on}", "无需再办", "Nothing to do"),
        "notice.refused": no(409, "{who}已于 {on} 记录拒签", "{who} has noted the refusal of {on}", "无需再办", "Nothing to do"),
        "notice.delivered": no(
            409, "{number} {said}，不能撤回", "{number}: {said}; it cannot be taken back", "问题确属误下的，可逐条撤销", "Withdraw its problems one by one if they were a mistake",
        ),
        "notice.taken_back": no(409, "{who}已撤回这份通知书", "{who} has taken this notice back", "以重新下达的为准", "The one that was issued anew counts"),
        "notice.at": no(
            422, "签收时间不可信：{at}", "The time of signing cannot be right: {at}", "请校准手机时间后再签", "Set the phone's clock and sign again",
        ),
        "notice.on": no(
            422, "日期应在下达之日到今天之间", "The day lies between the day of issue and today", "请改正日期", "Correct the date",
        ),
        "notice.witnesses": no(422, "拒签要有两名见证人，不能是同一人", "A refusal has two different witnesses", "请写两个人的姓名", "Name two people"),
    }
)  # fmt: skip


def mark(of_problems: str) -> str:
    """What stands in a bureau's notices: 万民整 → 万民改, as 万民整 stands in its problems' numbers."""
    return f"{of_problems.removesuffix('整')}改"


def digest(lines: str) -> str:
    """By which the history knows what a notice said."""
    return hashlib.sha256(lines.encode()).hexdigest()


def check_one_visit(problems: Sequence[Mapping[str, Any]]) -> None:
    """Refusals: notice.empty, notice.one_visit. A ledger's problems of one facility and day count as one visit's."""
    if not problems:
        raise Refusal("notice.empty").at("problem")
    if len({(row["facility_id"], row["visit_id"], row["found_on"]) for row in problems}) > 1:
        raise Refusal("notice.one_visit").at("problem")


def check_signable(notice: Mapping[str, Any]) -> None:
    """A second signature is refused, and one for what was taken back; one that was refused first may still be signed for. Refusals: notice.signed, notice.taken_back."""
    if notice["delivery"] == "taken_back":
        raise Refusal("notice.taken_back", who=notice["noted_by"])
    if notice["delivery"] in SIGNED:
        raise Refusal("notice.signed", who=notice["signer"], on=notice["signed_on"])


def check_undelivered(notice: Mapping[str, Any]) -> None:
    """Whether it may still be taken back. Refusals: notice.delivered, notice.taken_back."""
    if notice["delivery"] == "taken_back":
        raise Refusal("notice.taken_back", who=notice["noted_by"])
    if notice["delivery"]:
        raise Refusal("notice.delivered", number=notice["number"], said=DELIVERIES[notice["delivery"]])


def check_refusable(notice: Mapping[str, Any]) -> None:
    """Refusals: notice.signed, notice.taken_back, notice.refused."""
    check_signable(notice)
    if notice["delivery"] == "refused":
        raise Refusal("notice.refused", who=notice["noted_by"], on=notice["refused_on"])


def check_signed_at(at: dt.datetime, issued_at: dt.datetime, now: dt.datetime) -> dt.date:
    """The day of a signature that a phone tells of: not before the notice nor to come, allowing for a clock that is a day off. Refusal: notice.at."""
    if not issued_at - dt.timedelta(days=1) < at < now + dt.timedelta(days=2):
        raise Refusal("notice.at", at=clock.spoken(at)).at("at")
    return max(clock.today(min(at, now)), clock.today(issued_at))


def check_on(on: dt.date, issued_on: dt.date, today: dt.date) -> dt.date:
    """Refusal: notice.on."""
    if not issued_on <= on <= today:
        raise Refusal("notice.on").at("on")
    return on


def witnesses(first: str, second: str) -> str:
    """Both names as they are kept. Refusal: notice.witnesses."""
    if not first or not second or first == second:
        raise Refusal("notice.witnesses").at("second")
    return f"{first}、{second}"
