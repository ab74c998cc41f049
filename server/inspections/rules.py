"""What a visit must hold before it is taken in."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

import msgspec

from server.checklists.answers import Answer
from server.checklists.rules import Checklist, Item
from server.foundation import clock
from server.foundation.actor import Vouch
from server.foundation.command import canonical
from server.foundation.ids import is_id
from server.foundation.refusal import Refusal, declare, no
from server.foundation.words import Words
from server.photos.rules import is_sha256
from server.problems.rules import LATEST_DUE, LEVELS, due_after, written
from server.workdays.rules import Corrections

Moment = Annotated[dt.datetime, msgspec.Meta(tz=True)]
OLDEST = dt.timedelta(days=400)
AHEAD = dt.timedelta(days=2)
MOST_FINDINGS, MOST_PHOTOS = 200, 20
SHORT, LONG = 60, 500

SOURCES = {
    "phone": Words("手机提交", "Submitted on a phone"),
    "paper": Words("纸质补录", "Entered from paper"),
}

declare(
    {
        "visit.merged": no(
            409, "{name}已并入{into}，检查日期在并入之后", "{name} was merged into {into} before the day of this visit",
            "原记录仍在本机；确需保留，请管理员先恢复该机构，再重传", "The original stays on your device; to keep it, ask an administrator to open that facility again, then resend",
        ),
        "visit.closed": no(
            409, "{name}已停用，检查日期在停用之后", "{name} was closed before the day of this visit",
            "原记录仍在本机；确需保留，请管理员先恢复该机构，再重传", "The original stays on your device; to keep it, ask an administrator to open that facility again, then resend",
        ),
        "visit.known": no(
            409, "这次检查已经收到过，回执号 {number}", "This visit has been received already, receipt {number}",
            "请在检查记录里核对；如需更正，请在那里更正", "Check it under visits, and amend it there",
        ),
        "visit.dates": no(
            422, "检查时间不可信：{at}", "The time of the visit cannot be right: {at}",
            "请校准手机时间；原记录仍在本机", "Set the phone's clock; the original stays on your phone",
        ),
        "visit.inspectors": no(
            422, "要由两名检查人签名，其中一名是提交人", "Two inspectors sign, one of them whoever submits",
            "请补上第二检查人的签名", "Have the second inspector sign",
        ),
        "visit.second": no(
            422, "{name} 不是这里的检查员", "{name} is no inspector here", "请另选第二检查人", "Choose another second inspector"
        ),
        "visit.facility_signature": no(
            422, "缺机构签名，也没有写拒签原因", "Neither the facility's signature nor why it refused",
            "请补签，或写明拒签原因", "Have it signed, or note why not",
        ),
        "finding.photo": no(
            422, "{item} 的问题还没有照片", "The problem at {item} has no photo yet", "请拍一张问题的照片", "Photograph the problem"
        ),
        "finding.after": no(
            422, "{item} 记为立行立改，还没有整改后的照片", "{item} was fixed on the spot, yet has no photo after it",
            "请拍一张整改后的照片", "Take a photo after the fix",
        ),
        "finding.due": no(
            422, "{item} 的整改时限不对", "The due day of {item} cannot be right", "请改正日期", "Correct the date"
        ),
        "finding.wrong": no(
            422, "{item} 的问题记录读不懂：{reason}", "The problem at {item} cannot be read: {reason}",
            "请重新记录", "Note it again",
        ),
    }
)  # fmt: skip


class Finding(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One item failed at one point, as the phone noted it."""

    id: str
    item: str
    what: str
    severity: Literal["general", "serious", "critical"]
    party: Literal["locality", "department", "unit", "individual"]
    point: str = ""
    step: str = ""
    person: str = ""
    fixed: bool = False
    due_on: dt.date | None = None
    photos: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One person's ink, as a photo; or, for the facility, why there is none."""

    photo: str = ""
    person: str = ""
    name: str = ""
    title: str = ""
    refused: str = ""
    at: str = ""


class Signatures(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    first: Signature
    second: Signature
    facility: Signature


class Chosen(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    key: str
    version: int


class Position(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Once a visit, and only if the inspector wants it: degrees, and metres of accuracy."""

    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    lon: Annotated[float, msgspec.Meta(ge=-180, le=180)]
    accuracy: Annotated[float, msgspec.Meta(ge=0)] = 0


class Submission(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sealed visit. The version of the checklist is the one that was on the phone."""

    id: str
    facility: str
    checklist: Chosen
    parts: tuple[str, ...]
    kind: Literal["routine", "special", "case"]
    mode: Literal["announced", "unannounced", "random"]
    started_at: Moment
    finished_at: Moment
    answers: dict[str, Answer]
    signatures: Signatures
    findings: tuple[Finding, ...] = ()
    position: Position | None = None
    assignment: str = ""  # of a plan; what the phone took along may be out of date


class Vouched(msgspec.Struct, frozen=True):
    """By whom a visit was taken in that would not go through by itself: what spoke against it, their words, the day where they gave it."""

    by: str
    name: str
    code: str
    words: Words
    reason: str = ""
    on: dt.date | None = None

    @classmethod
    def of(cls, vouch: Vouch) -> "Vouched":
        return cls(vouch.by.id, vouch.by.name, vouch.code, vouch.words, vouch.reason, vouch.on)


KEPT = (
    "number", "facility_id", "checklist", "parts", "kind", "mode", "inspectors", "answers", "passed", "failed", "not_applicable", "recorded",
    "findings", "signatures", "position",
)  # fmt: skip


KEPT_OF_PAPER = (*KEPT, "source", "papers")


def digest(row: Mapping[str, Any]) -> str:
    """SHA-256 over a record's columns as they are kept: the history holds it, so a changed answer is found."""
    names = KEPT if (row.get("source", "phone"), row.get("papers", "[]")) == ("phone", "[]") else KEPT_OF_PAPER
    return hashlib.sha256(canonical([row[name] for name in names])).hexdigest()


def kept_findings(findings: Iterable[tuple[Finding, Item]], told: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each finding as the record keeps it: what was noted, beside the problem that it became."""
    return [{**msgspec.to_builtins(finding), **row} for (finding, _), row in zip(findings, told, strict=True)]


def photos_of(visit: Submission) -> tuple[str, ...]:
    """Every photo that the visit names, each once: findings, then signatures."""
    signed = (visit.signatures.first, visit.signatures.second, visit.signatures.facility)
    return tuple(dict.fromkeys((*photos_shown(visit.findings), *(one.photo for one in signed if one.photo))))


def photos_shown(findings: Iterable[Finding]) -> tuple[str, ...]:
    """Every photo that these findings name, each once."""
    return tuple(dict.fromkeys(sha for finding in findings for sha in (*finding.photos, *finding.after)))


def moved_to(visit: Submission, on: dt.date, now: dt.datetime) -> Submission:
    """The visit on the day that a supervisor gives it, whatever the phone's clock said: the hours stay, a due day that cannot be meant goes."""
    hour = _hour(visit.finished_at)
    ended = min(dt.datetime.combine(on, hour, clock.BEIJING), max(now, dt.datetime.combine(on, dt.time(), clock.BEIJING)))
    took = visit.finished_at - visit.started_at
    began = ended - took if dt.timedelta() <= took < dt.timedelta(days=1) else ended
    findings = tuple(
        finding if finding.due_on is None or on <= finding.due_on <= on + LATEST_DUE else msgspec.structs.replace(finding, due_on=None)
        for finding in visit.findings
    )
    return msgspec.structs.replace(visit, started_at=began, finished_at=ended, findings=findings)


def _hour(at: dt.datetime) -> dt.time:
    """The time of day in Beijing; noon where the calendar ends before it can be told."""
    try:
        return at.astimezone(clock.BEIJING).time()
    except OverflowError:
        return dt.time(12)


def check_shape(visit: Submission, now: dt.datetime) -> None:
    """Ids, times and counts. Refusals: input.invalid, input.too_large, visit.dates."""
    check_ids(visit.id, visit.findings)
    check_findings(visit.findings)
    check_photos(photos_of(visit))
    for at in (visit.started_at, visit.finished_at):
        if not now - OLDEST < at < now + AHEAD:
            raise Refusal("visit.dates", at=clock.spoken(at)).at("finished_at")
    if visit.started_at > visit.finished_at:
        raise Refusal("visit.dates", at=clock.spoken(visit.started_at)).at("started_at")


def check_ids(visit: str, findings: tuple[Finding, ...]) -> None:
    if not is_id(visit) or not all(is_id(finding.id) for finding in findings):
        raise Refusal("input.invalid", reason="id").at("id")


def check_findings(findings: tuple[Finding, ...]) -> None:
    """Each of its own, and no more than a person notes. Refusals: input.invalid, input.too_large."""
    if not all(is_id(finding.id) for finding in findings) or len({finding.id for finding in findings}) < len(findings):
        raise Refusal("input.invalid", reason="id").at("findings")
    if len(findings) > MOST_FINDINGS or any(len(f.photos) + len(f.after) > MOST_PHOTOS for f in findings):
        raise Refusal("input.too_large").at("findings")
    check_photos(photos_shown(findings))


def check_photos(photos: Iterable[str]) -> None:
    if wrong := [sha for sha in photos if not is_sha256(sha)]:
        raise Refusal("input.invalid", reason=wrong[0][:70]).at("photos")


def check_signatures(signatures: Signatures, author: str) -> None:
    """Two different inspectors, the author one of them; the facility, or why not (found in use: two sign, one refuses)."""
    first, second, facility = signatures.first, signatures.second, signatures.facility
    both = bool(first.photo and second.photo and second.person)
    if not both or first.person == second.person or author not in (first.person, second.person):
        raise Refusal("visit.inspectors").at("signatures")
    for signed in (first, second):
        written(f"{signed.name} {signed.title}", "signatures", 2 * SHORT, required=False)
    check_counterpart(facility.name, facility.title, facility.refused, bool(facility.photo and facility.name.strip()))


def check_counterpart(name: str, title: str, refused: str, is_signed: bool) -> None:
    """The facility signed, or it is written down why not. Refusals: visit.facility_signature, problem.blank, problem.long."""
    if refused:
        written(refused, "signatures", LONG)
    elif not is_signed:
        raise Refusal("visit.facility_signature").at("signatures")
    written(f"{name} {title}", "signatures", 2 * SHORT, required=False)


def checked_finding(finding: Finding, checklist: Checklist, on: dt.date, corrected: Corrections) -> tuple[Finding, Item]:
    """The finding with its texts tidied and its due day set. Refusals: finding.photo, finding.after, finding.due, finding.wrong."""
    item = next((item for item in checklist.items if item.key == finding.item), None)
    if item is None or item.severity == "none" or finding.severity not in LEVELS:
        raise Refusal("finding.wrong", item=finding.item[:60], reason="item").at(finding.item[:60])
    if not finding.photos:
        raise Refusal("finding.photo", item=item.key).at(item.key)
    if finding.fixed and not finding.after:
        raise Refusal("finding.after", item=item.key).at(item.key)
    due = None if finding.fixed else finding.due_on or due_after(on, finding.severity, corrected)
    if due is not None and not on <= due <= on + LATEST_DUE:
        raise Refusal("finding.due", item=item.key).at(item.key)
    try:
        tidy = msgspec.structs.replace(
            finding, due_on=due, what=written(finding.what, item.key, LONG), point=_line(finding.point, item.key),
            step=_line(finding.step, item.key), person=_line(finding.person, item.key),
            after=finding.after if finding.fixed else (),
        )  # fmt: skip
    except Refusal as refusal:
        raise Refusal("finding.wrong", item=item.key, reason=f"{refusal.words.zh} / {refusal.words.en}").at(item.key) from None
    return tidy, item


def _line(text: str, field: str) -> str:
    return " ".join(written(text, field, SHORT, required=False).split())
