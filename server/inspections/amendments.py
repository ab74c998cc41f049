"""Amending a visit that was taken in: the record changes, what it said before is kept, its problems follow."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal

import msgspec

from server.checklists.answers import Answer, check_answers
from server.checklists.commands import published
from server.checklists.rules import Checklist
from server.database.fields import as_json
from server.facilities.tables import Facility
from server.foundation.actor import Actor
from server.foundation.refusal import Refusal, declare, no
from server.inspections import rules
from server.inspections.rules import SHORT, Finding
from server.inspections.tables import Earlier, Inspection
from server.inspections.taking import as_found, checked_findings
from server.ledger.unit import Unit
from server.people.commands import bureau_of
from server.people.tables import Place
from server.photos.commands import check_arrived
from server.problems.commands import Visit, record_findings, take_back
from server.problems.rules import written
from server.problems.tables import Problem

Row = dict[str, Any]

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


async def amend_inspection(unit: Unit, amendment: Amendment) -> Row:
    """Receipt: {visit, revision, problems: [{finding, problem, number, observed}], withdrawn: [problem]}.

    Refusals: not_found, not_allowed, amend.*, answer.*, finding.*, problem.moved_on, problem.issued, problem.seen_again, photo.missing.
    """
    before = await unit.find(Inspection, amendment.visit)
    inspectors = _decoded(before, "inspectors") if before else []
    check_may_amend(before, [id for id, _ in inspectors], unit.actor)
    assert before is not None  # refused above
    if amendment.seen != before["revision"]:
        raise Refusal("amend.seen").at("seen")
    reason = written(amendment.reason, "reason", rules.LONG)
    checklist = await published(unit, *_checklist(before))
    stays, gone = _parted([await _named(unit, row) for row in _decoded(before, "findings")], amendment.taken_back)
    fresh = await _checked(unit, amendment, checklist, before, stays)
    answers = _merged(msgspec.json.decode(before["answers"], type=dict[str, Answer]), amendment.answers)
    noted = Counter([row["item"] for row in stays] + [finding.item for finding, _ in fresh])
    counts = check_answers(checklist, before["facility_type"], tuple(_decoded(before, "parts")), answers, noted)
    photos = await _arrived(unit, amendment)
    now = {
        "kind": amendment.kind or before["kind"], "mode": amendment.mode or before["mode"], "answers": as_json(answers),
        "signatures": as_json(_signed(_decoded(before, "signatures"), amendment.facility)),
    }  # fmt: skip
    if not gone and not fresh and all(_same(before[name], value) for name, value in now.items()):
        raise Refusal("amend.nothing")
    withdrawn = [row["problem"] for row in gone if await take_back(unit, row["problem"], row["observed"], row.get("photos", ()), _told(before, reason))]
    told = await record_findings(unit, await _visit(unit, before, checklist), [as_found(finding, item) for finding, item in fresh])
    now |= {
        "findings": as_json([*stays, *rules.kept_findings(fresh, told)]), "passed": counts["pass"], "failed": counts["fail"],
        "not_applicable": counts["na"], "recorded": counts["said"],
    }  # fmt: skip
    revision = _keep(unit, before, now, reason)
    unit.note(
        "inspection.amended", before["id"], before["place_path"], revision=revision, reason=reason, counts=counts, photos=photos,
        problems=[row["problem"] for row in told], withdrawn=withdrawn, kept=rules.digest({**before, **now}),
    )  # fmt: skip
    return {"visit": before["id"], "revision": revision, "problems": told, "withdrawn": withdrawn}


def check_may_amend(visit: Mapping[str, Any] | None, inspectors: Iterable[str], actor: Actor) -> None:
    """A supervisor of the place, or who was on the visit and still inspects there. Refusals: not_found, not_allowed."""
    if visit is None or not actor.sees(visit["place_path"]):
        raise Refusal("not_found").at("visit")
    if not may_amend(visit["place_path"], inspectors, actor):
        raise Refusal("not_allowed").at("visit")


def may_amend(path: str, inspectors: Iterable[str], actor: Actor) -> bool:
    return actor.has("supervisor", path) or (actor.id in inspectors and actor.has("inspector", path))


def _merged(before: Mapping[str, Answer], changed: Mapping[str, Answer | None]) -> dict[str, Answer]:
    """The answers after an amendment. What is answered anew was answered one by one, whatever it was before."""
    after = dict(before)
    for key, answer in changed.items():
        if answer is None:
            after.pop(key, None)
        else:
            after[key] = msgspec.structs.replace(answer, bulk=False)
    return after


def _parted(findings: list[dict[str, Any]], taken_back: tuple[str, ...]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The findings that stay and those that are taken back, observations first. Refusal: amend.finding."""
    known = {finding["finding"] for finding in findings}
    if not known.issuperset(taken_back):
        raise Refusal("amend.finding").at("taken_back")
    gone = [finding for finding in findings if finding["finding"] in taken_back]
    return [finding for finding in findings if finding not in gone], sorted(gone, key=lambda finding: not finding["observed"])


def _signed(signatures: dict[str, Any], signer: Signer | None) -> dict[str, Any]:
    """The signatures with the facility's signer named rightly; its ink stays. Refusals: amend.refused, problem.blank, problem.long."""
    if signer is None:
        return signatures
    if signatures["facility"].get("refused"):
        raise Refusal("amend.refused").at("signer")
    name, title = written(signer.name, "signer", SHORT), written(signer.title, "signer_title", SHORT, required=False)
    facility = {key: value for key, value in {**signatures["facility"], "name": name, "title": title}.items() if value}
    return {**signatures, "facility": facility}


def _checklist(visit: Row) -> tuple[str, int]:
    key, _, version = visit["checklist"].rpartition("/")
    return key, int(version)


async def _named(unit: Unit, finding: Row) -> Row:
    """A finding with its item: records of the first weeks kept only the problem that each became."""
    if "item" in finding:
        return finding
    problem = await unit.find(Problem, finding["problem"])
    return {**finding, "item": problem["item"] if problem else ""}


async def _checked(unit: Unit, amendment: Amendment, checklist: Checklist, visit: Row, stays: list[Row]) -> list[tuple[rules.Finding, Any]]:
    rules.check_findings(amendment.findings)
    if len(stays) + len(amendment.findings) > rules.MOST_FINDINGS:
        raise Refusal("input.too_large").at("findings")
    return await checked_findings(unit, amendment.findings, checklist, visit["place_path"], visit["visited_on"])


async def _arrived(unit: Unit, amendment: Amendment) -> list[str]:
    """The photos that are added, all of them sent by whoever amends."""
    photos = list(rules.photos_shown(amendment.findings))
    await check_arrived(unit, photos)
    return photos


def _same(before: str, after: str) -> bool:
    """Whether two columns say the same, whichever way their JSON was written."""
    return before == after or (before[:1] == "{" and msgspec.json.decode(before) == msgspec.json.decode(after))


def _told(visit: Row, reason: str) -> Row:
    return {"reason": reason, "visit": visit["id"]}


async def _visit(unit: Unit, visit: Row, checklist: Checklist) -> Visit:
    facility, place = await unit.find(Facility, visit["facility_id"]), await unit.find(Place, visit["facility_id"])
    assert facility is not None  # a visit refers to it
    assert place is not None
    inspectors = tuple((id, name) for id, name in _decoded(visit, "inspectors"))
    return Visit(visit["id"], checklist.id, facility, place, await bureau_of(unit, place), visit["finished_at"], visit["visited_on"], inspectors)


def _keep(unit: Unit, before: Row, now: Row, reason: str) -> int:
    """Declare the record as it is now and as it was; the new revision."""
    revision: int = before["revision"] + 1
    record = {name: before[name] for name in rules.KEPT_OF_PAPER}
    unit.add(
        Earlier, id=f"{before['id']}/{before['revision']}", visit_id=before["id"], revision=before["revision"], record=as_json(record),
        by_id=unit.person, by_name=unit.actor.name, at=unit.at, reason=reason,
    )  # fmt: skip
    unit.change(Inspection, before["id"], revision=revision, amended_at=unit.at, **now)
    return revision


def _decoded(row: Row, column: str) -> Any:
    return msgspec.json.decode(row[column])


def reads(amendment: Amendment) -> Iterable[tuple[Any, ...]]:
    yield Inspection, amendment.visit
