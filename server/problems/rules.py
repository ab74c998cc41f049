"""What may be written about a problem, when it falls due, whether a re-check counts, and what its number is. Who may move it: workflow.py."""

import datetime as dt
import hashlib
import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

import msgspec

from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.refusal import Refusal, declare, no
from server.foundation.words import Words
from server.workdays import rules as workdays
from server.workdays.rules import Corrections

LEVELS = {
    "general": Words("一般", "General"),
    "serious": Words("较重", "Serious"),
    "critical": Words("重大", "Critical"),
}
DEFAULT_DAYS = {"general": 15, "serious": 7, "critical": 1}  # working days, ours: the notice sets none
RELAPSE_WITHIN = dt.timedelta(days=365)
LATEST_DUE = dt.timedelta(days=3 * 365)
LONGEST, LONGEST_NAME = 2000, 40
MOST_PHOTOS = 20  # with one step
NO_CHECKLIST, FROM_LEDGER = "none", Words("台账导入，没有检查表", "Imported, no check table")  # what a list calls problems that no check table found

declare(
    {
        "problem.state": no(
            409, "现在是“{state}”（{who} {at}），不能办这一步", "It now stands at “{state}” ({who}, {at}): this step cannot be taken",
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
            403, "复查人和核收这次复查的督导不能销号；台账里写明已复查的，导入人也不能销号",
            "Whoever re-checked it, took its re-check in by hand, or imported it as re-checked, cannot close it", "请另一位督导销号", "Another supervisor must close it"
        ),
        "problem.on_visit": no(
            403, "参加检查、录入或核收这条问题的人，不能为立行立改的问题销号", "Whoever was on the visit, entered it or took it in by hand cannot close what was fixed on the spot",
            "请另一位没有参加这次检查的督导销号", "Another supervisor who was not there must close it",
        ),
        "problem.no_notice": no(409, "这条问题没有随通知书下达", "It was not issued with a notice", "如确属误下，请撤销", "If it was a mistake, withdraw it"),
        "problem.due": no(
            422, "整改时限应在今天到 3 年之内", "The due day lies between today and three years from now",
            "请改正日期", "Correct the date",
        ),
        "problem.photos": no(
            422, "至少要有一张整改后的照片", "At least one photo after putting it right is needed",
            "请拍照后再提交", "Take one and submit again",
        ),
        "problem.decided": no(
            409, "{number} 已由{who}于 {on} 复查：{said}", "{number} was re-checked by {who} on {on} already: {said}",
            "以先收到的为准；这一份原样留存，有出入请告诉督导", "What came first counts; yours is kept as it is: tell the supervisor where they differ",
        ),
        "problem.recheck_known": no(
            409, "{number} 的这次复查已经收到过", "This re-check of {number} has been received already",
            "请在问题页面核对", "See it on the problem's page",
        ),
        "problem.recheck_at": no(
            422, "复查时间不可信：{at}", "The time of the re-check cannot be right: {at}",
            "请校准手机时间；原记录仍在本机", "Set the phone's clock; the original stays on your phone",
        ),
        "problem.recheck_early": no(
            409, "复查日期 {on} 早于整改报告的日期 {reported}", "The re-check of {on} came before the report of {reported}",
            "复查的是报告以前的情况，请再看一次；如手机时间不准，请校准后告诉督导", "It saw what was there before the report: look again; if the phone's clock is wrong, set it and tell the supervisor",
        ),
        "problem.recheck_photo": no(
            422, "复查不通过，还没有现场照片", "It does not pass, yet there is no photo from the site",
            "请拍一张现场照片", "Take a photo of what you see",
        ),
        "problem.step_known": no(409, "{number} 的这一步已经收到过", "This step of {number} has been received already", "请在问题页面核对", "See it on the problem's page"),
        "problem.step_at": no(
            422, "办理时间不可信：{at}", "The time of this step cannot be right: {at}", "请校准手机时间；原记录仍在本机", "Set the phone's clock; the original stays on your phone",
        ),
        "problem.step_early": no(
            409, "办理日期 {on} 早于下达整改的日期 {issued}", "This was done on {on}, before it was issued on {issued}",
            "请校准手机时间后再交", "Set the phone's clock and submit again",
        ),
        "problem.round": no(
            409, "{number} 又被复查退回（{who} {at}），这一份是退回以前写的", "{number} was sent back meanwhile ({who}, {at}); this was written before",
            "原件留存；请按退回的原因再整改，重新提交", "Yours is kept as it is: see why it was sent back, put it right and submit again",
        ),
        "problem.worked_on": no(
            409, "{number} 后来又有变动（{who} {at}）", "{number} has been worked on since ({who}, {at})", "需要改的，在问题页面逐条办理", "Change what is needed on the problem's page",
        ),
        "problem.moved_on": no(
            409, "{number} 已进入整改，这条问题不能再撤回", "{number} is being put right: this finding cannot be taken back any more",
            "如确属误记，请督导在问题页面撤销，再更正其他内容", "If it was a mistake, a supervisor withdraws it on its page; amend the rest without it",
        ),
        "problem.issued": no(
            403, "{number} 已下达整改，撤回要由督导更正", "{number} has been issued: only a supervisor takes it back",
            "请督导更正这次检查", "Ask a supervisor to amend the visit",
        ),
        "problem.seen_again": no(
            409, "{number} 在另一次检查中又被发现，不能随这次检查撤回", "{number} was seen again on another visit and does not go with this one",
            "请先核对另一次检查的记录", "Check the record of the other visit first",
        ),
        "problem.file_busy": no(
            409, "上一个导出文件还在生成", "Your last file is still being made",
            "请等它下载完成后再导出", "Wait until it has been downloaded, then export again",
        ),
        "problem.long": no(422, "超过 {limit} 字", "Longer than {limit} characters", "请写得简短些", "Make it shorter"),
        "problem.blank": no(422, "这一项没有填", "This is not filled in", "请填写后再提交", "Fill it in and submit again"),
    }
)  # fmt: skip


TAKEN_BACK_FROM = ("recorded", "fixed_on_spot", "issued")


def check_taken_back(problem: Mapping[str, Any], actor: Actor, seen_again: bool) -> None:
    """Whether a finding's problem may go because the visit's record is amended: nobody has worked on it yet.

    What was issued is the bureau's: then a supervisor amends. Refusals: problem.moved_on, problem.issued, problem.seen_again.
    """
    if problem["state"] not in TAKEN_BACK_FROM:
        raise Refusal("problem.moved_on", number=problem["number"]).at("taken_back")
    if problem["state"] == "issued" and not actor.has("supervisor", problem["place_path"]):
        raise Refusal("problem.issued", number=problem["number"]).at("taken_back")
    if seen_again:
        raise Refusal("problem.seen_again", number=problem["number"]).at("taken_back")


def may_have_names(actor: Actor, path: str) -> bool:
    """Whether a file for this person names officers in full: for whoever works for the bureau or audits it, not for a facility's contact."""
    return any(actor.has(role, path) for role in ("inspector", "supervisor", "administrator", "auditor"))


Named = TypeVar("Named", bound=msgspec.Struct)


def masked(problem: Named) -> Named:
    """The same with the officers' names (inspectors, sponsor, closer) masked: 周敏、何川 as 周＊、何＊; and nothing of a referral. The facility's own stay."""
    shown = {name: "、".join(part[:1] + "＊" * (len(part) - 1) for part in getattr(problem, name).split("、")) for name in ("inspectors", "sponsor", "closer")}
    return msgspec.structs.replace(problem, **shown, is_referred=False)


class OnSite(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A re-check as a phone seals it. record: what was seen; due_on: the new day, only where it does not pass; at: by the phone's clock.

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


RECHECK = "problems.recheck"  # what a phone calls it
OLDEST_STEP, STEP_AHEAD = dt.timedelta(days=400), dt.timedelta(days=2)  # as a visit's


def check_made(at: dt.datetime, now: dt.datetime, code: str) -> dt.datetime:
    """The moment that counts: the phone's, or its arrival where its clock is ahead, since nothing is done on a day to come. Refuses, with this code, what the clock puts years away."""
    if not now - OLDEST_STEP < at < now + STEP_AHEAD:
        raise Refusal(code, at=clock.spoken(at)).at("at")
    return min(at, now)


def is_put_right(problem: Mapping[str, Any], at: dt.datetime) -> bool:
    """Whether it waits for nothing but its closing, and already did at this instant; of a re-check only the day is known."""
    if problem["state"] == "fixed_on_spot":
        return bool(problem["found_at"] < at)
    return bool(problem["state"] == "rechecked" and problem["recheck_on"] and problem["recheck_on"] < clock.today(at))


def is_decided(problem: Mapping[str, Any], seen: int | None) -> bool:
    """Whether somebody has re-checked it since: as it stood when whoever re-checks took it along. seen: how often it had been sent back by then."""
    if problem["rechecker_id"] is None or problem["state"] == "withdrawn":
        return False
    return problem["state"] != "awaiting_recheck" or (seen is not None and seen < problem["rework"])


def check_after_report(problem: Mapping[str, Any], on: dt.date) -> None:
    """Refuses (problem.recheck_early) a re-check of what was there before the report that is to be re-checked."""
    if problem["rectified_on"] and on < problem["rectified_on"]:
        raise Refusal("problem.recheck_early", on=on.isoformat(), reported=problem["rectified_on"].isoformat()).at("at")


def check_new_due(on: dt.date | None, today: dt.date) -> dt.date:
    """The new day of what does not pass. Refusals: problem.blank, problem.due."""
    if on is None:
        raise Refusal("problem.blank").at("due_on")
    return check_due(on, today)


def due_after(start: dt.date, severity: str, corrected: Corrections) -> dt.date:
    """The default due day: so many working days after the issue, by the calendar of the place."""
    return workdays.after(start, DEFAULT_DAYS[severity], corrected)


def due_preset(problem: Any, today: dt.date, corrected: Corrections) -> dt.date:
    """The due day that a notice proposes: the one that the inspector set, if it is still to come, else the default from today."""
    usual = due_after(problem.found_on, problem.severity, corrected)
    is_own = problem.due_on is not None and problem.due_on != usual and problem.due_on >= today
    return problem.due_on if is_own else due_after(today, problem.severity, corrected)


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


def imported_spot(facility: str, on: dt.date, what: str) -> str:
    """The key of a problem that came with a ledger: the same facility, day and words. No item has an empty key, so no finding meets it."""
    said = hashlib.sha256("".join(what.split()).encode()).hexdigest()[:24]
    return spot(facility, "", f"{on.isoformat()} {said}")
