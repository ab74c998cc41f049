"""A visit that was done on paper and is entered afterwards: the same rules, the same numbers, and it says so."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from server.checklists.answers import Answer, check_answers
from server.checklists.commands import published
from server.database.fields import as_json
from server.facilities.tables import Facility
from server.foundation import clock
from server.foundation.refusal import Refusal, declare, no
from server.inspections import rules
from server.inspections.rules import Chosen, Finding, Moment, Signature, Signatures
from server.inspections.tables import Inspection
from server.inspections.taking import as_found, check_open, checked_findings, inspects, receipt_number
from server.ledger.unit import Unit
from server.people.commands import bureau_of
from server.people.tables import Person, Place, Standing
from server.photos.commands import check_arrived, show
from server.plans.commands import Made, take_visit
from server.plans.commands import reads_of as plans_reads
from server.problems.commands import Visit, reads_of, record_findings

Row = dict[str, Any]
ENTERERS = ("inspector", "supervisor", "administrator")
MOST_SHEETS = 12

declare(
    {
        "paper.day": no(
            422, "检查日期应在今天之前 400 天之内：{at}", "The day of the visit lies within the last 400 days: {at}",
            "请核对纸质记录上的日期和时间", "Check the date and time on the paper",
        ),
        "paper.times": no(
            422, "结束时间早于开始时间", "It ends before it begins", "请核对两个时间", "Check both times"
        ),
        "paper.sheets": no(
            422, "还没有纸质记录的照片", "There is no photo of the paper record yet",
            "请拍下签了字的那几页", "Photograph the sheets that were signed",
        ),
        "paper.two": no(
            422, "要选两名不同的检查人", "Choose two different inspectors",
            "请按纸质记录选择第一、第二检查人", "Choose the first and the second as the paper says",
        ),
    }
)  # fmt: skip


class Counterpart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who signed the paper for the facility, or why nobody did."""

    name: str = ""
    title: str = ""
    refused: str = ""


class PaperVisit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """inspectors: ids of the first and the second, who signed the paper; sheets: photos of it, which stand for all ink.

    assignment: of the planned visit that this was, or "".
    """

    id: str
    facility: str
    checklist: Chosen
    parts: tuple[str, ...]
    kind: Literal["routine", "special", "case"]
    mode: Literal["announced", "unannounced", "random"]
    started_at: Moment
    finished_at: Moment
    inspectors: tuple[str, str]
    answers: dict[str, Answer]
    counterpart: Counterpart
    sheets: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    assignment: str = ""


async def enter_inspection(unit: Unit, paper: PaperVisit) -> Row:
    """Receipt: {visit, number, problems: [{finding, problem, number, observed}]}.

    Refusals: not_found, not_allowed, paper.*, visit.*, answer.*, finding.*, photo.missing.
    """
    facility, place = await _place(unit, paper.facility)
    if known := await unit.find(Inspection, paper.id):
        raise Refusal("visit.known", number=known["number"])
    _check(paper, unit.at)
    on = clock.today(paper.finished_at)
    await check_open(unit, place, on)
    inspectors = [await _inspector(unit, id, place["path"], paper.finished_at) for id in paper.inspectors]
    checklist = await published(unit, paper.checklist.key, paper.checklist.version)
    findings = await checked_findings(unit, paper.findings, checklist, place["path"], on)
    counts = check_answers(checklist, facility["type"], paper.parts, paper.answers, Counter(finding.item for finding, _ in findings))
    photos = list(dict.fromkeys((*rules.photos_shown(paper.findings), *paper.sheets)))
    await check_arrived(unit, photos)
    bureau = await bureau_of(unit, place)
    number = await receipt_number(unit, bureau, on)
    seen = Visit(paper.id, checklist.id, facility, place, bureau, paper.finished_at, on, tuple(inspectors))
    told = await record_findings(unit, seen, [as_found(finding, item) for finding, item in findings])
    planned = await take_visit(unit, paper.assignment, Made(paper.id, number, facility, place, paper.finished_at, on, tuple(inspectors)))
    kept = _keep(unit, paper, seen, number, counts, rules.kept_findings(findings, told), planned)
    show(unit, dict.fromkeys(paper.sheets), paper.id, place["path"], "signature")
    unit.note(
        "inspection.entered", paper.id, place["path"], number=number, facility=paper.facility, checklist=checklist.id,
        counts=counts, problems=[row["problem"] for row in told], photos=photos, kept=rules.digest(kept),
    )  # fmt: skip
    return {"visit": paper.id, "number": number, "problems": told}


async def _place(unit: Unit, id: str) -> tuple[Row, Row]:
    facility, place = await unit.find(Facility, id), await unit.find(Place, id)
    if facility is None or place is None or not unit.actor.sees(place["path"]):
        raise Refusal("not_found").at("facility")
    if not any(unit.actor.has(role, place["path"]) for role in ENTERERS):
        raise Refusal("not_allowed").at("facility")
    return facility, place


def _check(paper: PaperVisit, now: dt.datetime) -> None:
    """Ids, counts, the day, the sheets, who signed."""
    rules.check_ids(paper.id, paper.findings)
    rules.check_findings(paper.findings)
    if paper.started_at > paper.finished_at:
        raise Refusal("paper.times").at("ended")
    if paper.finished_at > now or paper.started_at < now - rules.OLDEST:
        raise Refusal("paper.day", at=clock.spoken(paper.finished_at)).at("on")
    if paper.inspectors[0] == paper.inspectors[1]:
        raise Refusal("paper.two").at("second")
    if not paper.sheets:
        raise Refusal("paper.sheets").at("sheets")
    if len(paper.sheets) > MOST_SHEETS:
        raise Refusal("input.too_large").at("sheets")
    rules.check_photos(paper.sheets)
    signer = paper.counterpart
    rules.check_counterpart(signer.name, signer.title, signer.refused, bool(signer.name.strip()))


async def _inspector(unit: Unit, id: str, path: str, at: dt.datetime) -> tuple[str, str]:
    """(id, name) of somebody who inspected here then. Refusal: visit.second."""
    person = await unit.find(Person, id)
    if person is None or not await inspects(unit, id, path, at):
        raise Refusal("visit.second", name=person["name"] if person else id[:40]).at("second")
    return id, person["name"]


def _keep(unit: Unit, paper: PaperVisit, seen: Visit, number: str, counts: dict[str, int], findings: list[Row], planned: Row) -> Row:
    """Declare the record; the columns whose digest goes into the history. The sheets stand where ink would."""
    signed = [Signature(photo=paper.sheets[0], person=id, name=name) for id, name in seen.inspectors]
    signer = paper.counterpart
    facility = Signature(refused=signer.refused.strip()) if signer.refused else Signature(photo=paper.sheets[0], name=signer.name.strip(), title=signer.title.strip())
    kept = {
        "number": number, "facility_id": paper.facility, "checklist": seen.checklist, "parts": as_json(paper.parts), "kind": paper.kind,
        "mode": paper.mode, "inspectors": as_json(seen.inspectors), "answers": as_json(paper.answers), "passed": counts["pass"],
        "failed": counts["fail"], "not_applicable": counts["na"], "recorded": counts["said"], "findings": as_json(findings),
        "signatures": as_json(Signatures(signed[0], signed[1], facility)), "position": None, "source": "paper", "papers": as_json(paper.sheets),
    }  # fmt: skip
    unit.add(
        Inspection, id=paper.id, place_path=seen.place["path"], author_id=unit.person,
        first_id=seen.inspectors[0][0], second_id=seen.inspectors[1][0], started_at=paper.started_at,
        finished_at=paper.finished_at, visited_on=seen.on, received_at=unit.at, facility_type=seen.facility["type"], **planned, **kept,
    )  # fmt: skip
    return kept


def reads(paper: PaperVisit) -> Iterable[tuple[Any, ...]]:
    yield Inspection, paper.id
    yield Facility, paper.facility
    yield Place, paper.facility
    for id in paper.inspectors:
        yield Person, id
        yield Standing, "person_id", id
    yield from plans_reads(paper.assignment, paper.facility)
    yield from reads_of(paper.facility, [(finding.item, finding.point) for finding in paper.findings])
