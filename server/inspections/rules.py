"""What a visit must hold before it is taken in."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from server.checklists.rules import Answer, Checklist, Item
from server.foundation.command import canonical
from server.foundation.ids import is_id
from server.foundation.refusal import Refusal, declare, no
from server.foundation.words import Words
from server.photos.rules import is_sha256
from server.problems.rules import LATEST_DUE, LEVELS, due_after, written

Moment = Annotated[dt.datetime, msgspec.Meta(tz=True)]
OLDEST = dt.timedelta(days=400)
AHEAD = dt.timedelta(days=2)
MOST_FINDINGS, MOST_PHOTOS = 200, 20
SHORT, LONG = 60, 500

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

declare(
    {
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


KEPT = (
    "number", "facility_id", "checklist", "parts", "kind", "mode", "inspectors", "answers", "passed", "failed", "not_applicable", "recorded",
    "findings", "signatures", "position",
)  # fmt: skip


def digest(row: Mapping[str, Any]) -> str:
    """SHA-256 over a record's columns as they are kept: the history holds it, so a changed answer is found."""
    return hashlib.sha256(canonical([row[name] for name in KEPT])).hexdigest()


def photos_of(visit: Submission) -> tuple[str, ...]:
    """Every photo that the visit names, each once: findings, then signatures."""
    shas = [sha for finding in visit.findings for sha in (*finding.photos, *finding.after)]
    shas += [signed.photo for signed in (visit.signatures.first, visit.signatures.second, visit.signatures.facility) if signed.photo]
    return tuple(dict.fromkeys(shas))


def check_shape(visit: Submission, now: dt.datetime) -> None:
    """Ids, times and counts. Refusals: input.invalid, input.too_large, visit.dates."""
    if not is_id(visit.id) or not all(is_id(finding.id) for finding in visit.findings):
        raise Refusal("input.invalid", reason="id").at("id")
    if len({finding.id for finding in visit.findings}) < len(visit.findings):
        raise Refusal("input.invalid", reason="id").at("findings")
    if len(visit.findings) > MOST_FINDINGS or any(len(f.photos) + len(f.after) > MOST_PHOTOS for f in visit.findings):
        raise Refusal("input.too_large").at("findings")
    if wrong := [sha for sha in photos_of(visit) if not is_sha256(sha)]:
        raise Refusal("input.invalid", reason=wrong[0][:70]).at("photos")
    for at in (visit.started_at, visit.finished_at):
        if not now - OLDEST < at < now + AHEAD:
            raise Refusal("visit.dates", at=at.isoformat(timespec="minutes")).at("finished_at")
    if visit.started_at > visit.finished_at:
        raise Refusal("visit.dates", at=visit.started_at.isoformat(timespec="minutes")).at("started_at")


def check_signatures(signatures: Signatures, author: str) -> None:
    """Two different inspectors, the author one of them; the facility, or why not (found in use: two sign, one refuses)."""
    first, second, facility = signatures.first, signatures.second, signatures.facility
    both = bool(first.photo and second.photo and second.person)
    if not both or first.person == second.person or author not in (first.person, second.person):
        raise Refusal("visit.inspectors").at("signatures")
    if facility.refused:
        written(facility.refused, "signatures", LONG)
    elif not facility.photo or not facility.name.strip():
        raise Refusal("visit.facility_signature").at("signatures")
    for signed in (first, second, facility):
        written(f"{signed.name} {signed.title}", "signatures", 2 * SHORT, required=False)


def checked_finding(finding: Finding, checklist: Checklist, on: dt.date) -> tuple[Finding, Item]:
    """The finding with its texts tidied and its due day set. Refusals: finding.photo, finding.after, finding.due, finding.wrong."""
    item = next((item for item in checklist.items if item.key == finding.item), None)
    if item is None or item.severity == "none" or finding.severity not in LEVELS:
        raise Refusal("finding.wrong", item=finding.item[:60], reason="item").at(finding.item[:60])
    if not finding.photos:
        raise Refusal("finding.photo", item=item.key).at(item.key)
    if finding.fixed and not finding.after:
        raise Refusal("finding.after", item=item.key).at(item.key)
    due = None if finding.fixed else finding.due_on or due_after(on, finding.severity)
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
