"""Taking in a visit: record, number, problems and all that follows, in one transaction."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from typing import Any

from server.checklists.answers import check_answers
from server.checklists.commands import published
from server.checklists.tables import Checklist
from server.database.fields import as_json
from server.facilities.tables import Facility
from server.foundation import clock
from server.foundation.command import Handling
from server.foundation.refusal import Refusal
from server.inspections import amendments, papers, rules
from server.inspections.rules import Submission
from server.inspections.tables import Inspection
from server.inspections.taking import as_found, check_open, checked_findings, inspects, receipt_number
from server.ledger.unit import Unit
from server.people.capacity import answers_for
from server.people.commands import bureau_of
from server.people.tables import Person, Place, Standing
from server.photos.commands import check_arrived, show
from server.photos.commands import reads_of as photos_reads
from server.plans.commands import Made, take_visit
from server.plans.commands import reads_of as plans_reads
from server.problems.commands import Visit, reads_of, record_findings

Row = dict[str, Any]


async def submit_inspection(unit: Unit, visit: Submission) -> Row:
    """Receipt: {visit, number, problems: [{finding, problem, number, observed}], photos}; photos: every one that has arrived with it, so that a phone may forget it.

    Refusals: not_found, not_allowed, visit.*, answer.*, finding.*, photo.missing (facts: photos, the SHA-256s to send).
    """
    visit = rules.moved_to(visit, unit.vouch.on, unit.at) if unit.vouch and unit.vouch.on else visit
    rules.check_shape(visit, unit.at)
    then = min(visit.finished_at, unit.at)  # who inspects here is judged by the visit's hour, not by when it arrives
    facility, place = await _place(unit, visit.facility, then)
    if known := await unit.find(Inspection, visit.id):
        raise Refusal("visit.known", number=known["number"])
    await check_open(unit, place, clock.today(visit.finished_at))
    rules.check_signatures(visit.signatures, unit.person)
    inspectors, away = await _inspectors(unit, visit, place, then)
    checklist = await published(unit, visit.checklist.key, visit.checklist.version)
    on = clock.today(visit.finished_at)
    findings = await checked_findings(unit, visit.findings, checklist, place["path"], on)
    noted = Counter(finding.item for finding, _ in findings)
    counts = check_answers(checklist, facility["type"], visit.parts, visit.answers, noted)
    photos = rules.photos_of(visit)
    await check_arrived(unit, photos)
    bureau = await bureau_of(unit, place)
    number = await receipt_number(unit, bureau, on)
    seen = Visit(visit.id, checklist.id, facility, place, bureau, visit.finished_at, on, inspectors)
    told = await record_findings(unit, seen, [as_found(finding, item) for finding, item in findings])
    planned = await take_visit(unit, visit.assignment, Made(visit.id, number, facility, place, visit.finished_at, on, inspectors))
    marks = {**planned, "away": away, "vouched": as_json(rules.Vouched.of(unit.vouch)) if unit.vouch else None}
    kept = _keep(unit, visit, seen, number, counts, rules.kept_findings(findings, told), marks)
    _sign(unit, visit, place["path"])
    unit.note(
        "inspection.submitted", visit.id, place["path"], number=number, facility=visit.facility, checklist=checklist.id,
        counts=counts, problems=[row["problem"] for row in told], photos=list(photos), kept=rules.digest(kept), **({"away": away} if away else {}),
    )  # fmt: skip
    return {"visit": visit.id, "number": number, "problems": told, "photos": list(photos)}


async def _place(unit: Unit, id: str, then: dt.datetime) -> tuple[Row, Row]:
    """The facility and its place, where the author inspected then."""
    facility, place = await unit.find(Facility, id), await unit.find(Place, id)
    if facility is None or place is None:
        raise Refusal("not_found").at("facility")
    if unit.vouch and not unit.vouch.by.has("supervisor", place["path"]):
        raise Refusal("not_found").at("facility")  # it was kept where its author works, for want of a place of its own
    if unit.vouch is None and not await inspects(unit, unit.person, place["path"], then):
        raise Refusal("not_allowed" if unit.actor.sees(place["path"]) else "not_found").at("facility")
    return facility, place


async def _inspectors(unit: Unit, visit: Submission, place: Row, then: dt.datetime) -> tuple[tuple[tuple[str, str], ...], str]:
    """(id, name) of both, the first first; and the names of those who inspect here no more. Each must have been an inspector here then; a supervisor vouches for colleagues, never for the facility's own people."""
    found: list[tuple[str, str]] = []
    away: list[str] = []
    for signed in (visit.signatures.first, visit.signatures.second):
        person = await unit.find(Person, signed.person)
        was = person is not None and await inspects(unit, signed.person, place["path"], then)
        is_its_own = not was and await answers_for(unit, signed.person, place["path"], then)
        if person is None or is_its_own or not (was or unit.vouch):
            raise Refusal("visit.second", name=signed.name[:40]).at("signatures")
        found.append((signed.person, person["name"]))
        if was and not await inspects(unit, signed.person, place["path"], unit.at):
            away.append(person["name"])
    return tuple(found), "、".join(away)


def _keep(unit: Unit, visit: Submission, seen: Visit, number: str, counts: dict[str, int], told: list[Row], marks: Row) -> Row:
    """Declare the record; the columns whose digest goes into the history."""
    kept = {
        "number": number, "facility_id": visit.facility, "checklist": seen.checklist, "parts": as_json(visit.parts), "kind": visit.kind,
        "mode": visit.mode, "inspectors": as_json(seen.inspectors), "answers": as_json(visit.answers), "passed": counts["pass"],
        "failed": counts["fail"], "not_applicable": counts["na"], "recorded": counts["said"], "findings": as_json(told),
        "signatures": as_json(visit.signatures), "position": as_json(visit.position) if visit.position else None,
    }  # fmt: skip
    unit.add(
        Inspection, id=visit.id, place_path=seen.place["path"], author_id=unit.person,
        first_id=seen.inspectors[0][0], second_id=seen.inspectors[1][0], started_at=visit.started_at,
        finished_at=visit.finished_at, visited_on=seen.on, received_at=unit.at, facility_type=seen.facility["type"], **marks, **kept,
    )  # fmt: skip
    return kept


def _sign(unit: Unit, visit: Submission, path: str) -> None:
    signed = (visit.signatures.first, visit.signatures.second, visit.signatures.facility)
    show(unit, dict.fromkeys(one.photo for one in signed if one.photo), visit.id, path, "signature")


def _reads(visit: Submission) -> Iterable[tuple[Any, ...]]:
    yield Inspection, visit.id
    yield Facility, visit.facility
    yield Place, visit.facility
    yield Checklist, f"{visit.checklist.key}/{visit.checklist.version}"
    for signed in (visit.signatures.first, visit.signatures.second):
        yield Person, signed.person
        yield Standing, "person_id", signed.person
    yield from photos_reads(rules.photos_of(visit), visit.signatures.first.person)  # as a rule the author
    yield from plans_reads(visit.assignment, visit.facility)
    yield from reads_of(visit.facility, [(finding.item, finding.point) for finding in visit.findings])


COMMANDS = (
    Handling("inspections.submit", Submission, submit_inspection, _reads, wire=True),
    Handling("inspections.amend", amendments.Amendment, amendments.amend_inspection, amendments.reads),
    Handling("inspections.enter", papers.PaperVisit, papers.enter_inspection, papers.reads),
)
