"""Amending a visit's record: who may, what an amendment changes, and what it changed, item by item."""

import itertools
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

import msgspec

from server.checklists.answers import Answer
from server.checklists.rules import Checklist, Item, in_order
from server.foundation.actor import Actor
from server.foundation.refusal import Refusal, declare, no
from server.foundation.words import Words
from server.inspections.rules import SHORT, Finding
from server.inspections.said import NOT_ASKED, answered
from server.plans.rules import KINDS, MODES
from server.problems.rules import written

declare(
    {
        "amend.seen": no(
            409, "您打开后，这份记录又被更正过", "Since you opened it, this record has been amended",
            "请重新打开，核对后再更正", "Open it again, look it over, then amend",
        ),
        "amend.nothing": no(
            422, "没有改动任何内容", "Nothing was changed", "请改正后再提交，或返回记录", "Change something, or go back to the record"
        ),
        "amend.refused": no(
            422, "机构当时拒签，没有签字人可改", "The facility refused to sign: there is no signer to correct",
            "请留空签字人和职务", "Leave the signer and title empty",
        ),
        "amend.finding": no(
            404, "这次检查里没有这条问题", "This visit has no such finding", "请重新打开后再更正", "Open it again, then amend"
        ),
    }
)  # fmt: skip


class Signer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    title: str = ""


class Amendment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What changes; what is not named stays. seen: the revision that was open.

    answers: new ones by item, null for an item that is not asked any more; findings: added; taken_back: ids of findings.
    """

    visit: str
    seen: Annotated[int, msgspec.Meta(ge=0)]
    reason: str
    answers: dict[str, Answer | None] = {}
    kind: Literal["routine", "special", "case"] | None = None
    mode: Literal["announced", "unannounced", "random"] | None = None
    facility: Signer | None = None
    findings: tuple[Finding, ...] = ()
    taken_back: tuple[str, ...] = ()


class Typed(msgspec.Struct):
    """The desk's form beside its answers and lines of findings. taken_back: ids of findings."""

    _id: str
    seen: int
    reason: str
    kind: str
    mode: str
    signer: str = ""
    signer_title: str = ""
    taken_back: tuple[str, ...] = ()

    def payload(self, visit: str, signer: Mapping[str, str], answers: Mapping[str, Answer | None], findings: list[dict[str, Any]]) -> dict[str, Any]:
        """`inspections.amend` of this form. signer: the facility's, as it stands."""
        renamed = (self.signer, self.signer_title) != (signer.get("name", ""), signer.get("title", ""))
        return {
            "visit": visit, "seen": self.seen, "reason": self.reason, "kind": self.kind, "mode": self.mode, "answers": answers,
            "facility": {"name": self.signer, "title": self.signer_title} if renamed else None, "findings": findings, "taken_back": self.taken_back,
        }  # fmt: skip


class Change(msgspec.Struct, frozen=True):
    """One thing that an amendment changed. item: its key, or "" for what is not an item; None: there was or is none."""

    item: str
    what: Words
    before: Words | None
    after: Words | None


def check_may_amend(visit: Mapping[str, Any] | None, inspectors: Iterable[str], actor: Actor) -> None:
    """A supervisor of the place, or who was on the visit and still inspects there. Refusals: not_found, not_allowed."""
    if visit is None or not actor.sees(visit["place_path"]):
        raise Refusal("not_found").at("visit")
    if not may_amend(visit["place_path"], inspectors, actor):
        raise Refusal("not_allowed").at("visit")


def may_amend(path: str, inspectors: Iterable[str], actor: Actor) -> bool:
    return actor.has("supervisor", path) or (actor.id in inspectors and actor.has("inspector", path))


def merged(before: Mapping[str, Answer], changed: Mapping[str, Answer | None]) -> dict[str, Answer]:
    """The answers after an amendment. What is answered anew was answered one by one, whatever it was before."""
    after = dict(before)
    for key, answer in changed.items():
        if answer is None:
            after.pop(key, None)
        else:
            after[key] = msgspec.structs.replace(answer, bulk=False)
    return after


def parted(findings: list[dict[str, Any]], taken_back: tuple[str, ...]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The findings that stay and those that are taken back, observations first. Refusal: amend.finding."""
    known = {finding["finding"] for finding in findings}
    if not known.issuperset(taken_back):
        raise Refusal("amend.finding").at("taken_back")
    gone = [finding for finding in findings if finding["finding"] in taken_back]
    return [finding for finding in findings if finding not in gone], sorted(gone, key=lambda finding: not finding["observed"])


def signed(signatures: dict[str, Any], signer: Signer | None) -> dict[str, Any]:
    """The signatures with the facility's signer named rightly; its ink stays. Refusals: amend.refused, problem.blank, problem.long."""
    if signer is None:
        return signatures
    if signatures["facility"].get("refused"):
        raise Refusal("amend.refused").at("signer")
    name, title = written(signer.name, "signer", SHORT), written(signer.title, "signer_title", SHORT, required=False)
    facility = {key: value for key, value in {**signatures["facility"], "name": name, "title": title}.items() if value}
    return {**signatures, "facility": facility}


# What it changed


COMPARED = ("kind", "mode", "answers", "findings", "signatures")


def history(versions: list[Any], checklist: Checklist) -> list[list[Change]]:
    """What each amendment changed; versions: the record before each, the first first, and as it stands."""
    plain = [{name: getattr(version, name) for name in COMPARED} for version in versions]
    return [changes(before, after, checklist) for before, after in itertools.pairwise(plain)]


def changes(before: Mapping[str, Any], after: Mapping[str, Any], checklist: Checklist) -> list[Change]:
    """What two versions of a record say differently, in the order of the form. Both: kind, mode, answers, findings, signatures."""
    found = [
        Change("", words, names[before[name]], names[after[name]])
        for name, words, names in (("kind", Words("检查类别", "Kind"), KINDS), ("mode", Words("检查方式", "Mode"), MODES))
        if before[name] != after[name]
    ]
    for item in in_order(checklist):
        was, now = (_answer(version, item) for version in (before, after))
        if was != now:
            found.append(Change(item.key, item.question, was, now))
    return [*found, *_findings(before, after), *_signers(before, after)]


def _answer(version: Mapping[str, Any], item: Item) -> Words | None:
    raw = version["answers"].get(item.key)
    return answered(item, Answer(**raw)) if raw else NOT_ASKED


def _findings(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[Change]:
    was, now = ({finding["finding"]: finding for finding in version["findings"]} for version in (before, after))
    for key in was.keys() - now.keys():
        yield Change(was[key].get("item", ""), Words("撤回问题", "Problem taken back"), _named(was[key]), None)
    for key in now.keys() - was.keys():
        yield Change(now[key].get("item", ""), Words("增记问题", "Problem added"), None, _named(now[key]))


def _named(finding: Mapping[str, Any]) -> Words:
    text = "　".join(word for word in (finding["number"], finding.get("point", ""), finding.get("what", "")) if word)
    return Words(text, text)


def _signers(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[Change]:
    was, now = (" ".join(version["signatures"]["facility"].get(name, "") for name in ("name", "title")).strip() for version in (before, after))
    if was != now:
        yield Change("", Words("机构签字人", "Signs for the facility"), Words(was, was), Words(now, now))
