"""Taking in a visit: record, number, problems and all that follows, in one transaction."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import msgspec

from server.checklists.commands import published
from server.checklists.rules import check_answers
from server.checklists.tables import Checklist
from server.facilities.tables import Facility
from server.foundation import clock
from server.foundation.command import Handling
from server.foundation.refusal import Refusal
from server.inspections import rules
from server.inspections.rules import Submission
from server.inspections.tables import Inspection
from server.ledger.unit import Unit
from server.people.rules import is_current, paths_above
from server.people.tables import Person, Place, Standing
from server.photos.commands import missing, show
from server.photos.commands import reads_of as photos_reads
from server.problems.commands import Found, Visit, reads_of, record_findings

Row = dict[str, Any]


async def submit_inspection(unit: Unit, visit: Submission) -> Row:
    """Receipt: {visit, number, problems: [{finding, problem, number, observed}]}.

    Refusals: not_found, not_allowed, visit.*, answer.*, finding.*, photo.missing (facts: photos, the SHA-256s to send).
    """
    facility, place = await _place(unit, visit.facility)
    if known := await unit.find(Inspection, visit.id):
        raise Refusal("visit.known", number=known["number"])
    rules.check_shape(visit, unit.at)
    rules.check_signatures(visit.signatures, unit.person)
    inspectors = await _inspectors(unit, visit, place)
    checklist = await published(unit, visit.checklist.key, visit.checklist.version)
    on = clock.today(visit.finished_at)
    findings = [rules.checked_finding(finding, checklist, on) for finding in visit.findings]
    noted: dict[str, int] = {}
    for finding, _ in findings:
        noted[finding.item] = noted.get(finding.item, 0) + 1
    counts = check_answers(checklist, facility["type"], visit.parts, visit.answers, noted)
    photos = rules.photos_of(visit)
    if absent := await missing(unit, photos):
        raise Refusal("photo.missing", count=len(absent), photos=absent).at("photos")
    bureau = await _bureau(unit, place)
    number = await _number(unit, bureau, on)
    seen = Visit(visit.id, checklist.id, facility, place, bureau, visit.finished_at, on, inspectors)
    told = await record_findings(unit, seen, [_found(finding, item) for finding, item in findings])
    kept = _keep(unit, visit, seen, number, counts, told)
    _sign(unit, visit, place["path"])
    unit.note(
        "inspection.submitted", visit.id, place["path"], number=number, facility=visit.facility, checklist=checklist.id,
        counts=counts, problems=[row["problem"] for row in told], photos=list(photos), kept=rules.digest(kept),
    )  # fmt: skip
    return {"visit": visit.id, "number": number, "problems": told}


async def _place(unit: Unit, id: str) -> tuple[Row, Row]:
    """The facility and its place, where the author inspects."""
    facility, place = await unit.find(Facility, id), await unit.find(Place, id)
    if facility is None or place is None or not unit.actor.sees(place["path"]):
        raise Refusal("not_found").at("facility")
    if not unit.actor.has("inspector", place["path"]):
        raise Refusal("not_allowed").at("facility")
    return facility, place


async def _inspectors(unit: Unit, visit: Submission, place: Row) -> tuple[tuple[str, str], ...]:
    """(id, name) of both, the first first; whoever did not submit must be an inspector here on this day."""
    found: list[tuple[str, str]] = []
    for signed in (visit.signatures.first, visit.signatures.second):
        person = await unit.find(Person, signed.person)
        if signed.person != unit.person and (person is None or not await _inspects(unit, signed.person, place["path"])):
            raise Refusal("visit.second", name=signed.name[:40]).at("signatures")
        found.append((signed.person, person["name"] if person else unit.actor.name))
    return tuple(found)


async def _inspects(unit: Unit, person: str, path: str) -> bool:
    for held in await unit.matching(Standing, "person_id", person):
        if held["role"] == "inspector" and is_current(held["from_on"], held["until_on"], unit.today):
            place = await unit.find(Place, held["place_id"])
            if place and path.startswith(place["path"]):
                return True
    return False


async def _bureau(unit: Unit, place: Row) -> Row:
    """The nearest place above whose mark stands in numbers."""
    for path in paths_above(place["path"]):
        for row in await unit.matching(Place, "path", path):
            if row["mark"]:
                return row
    return {"id": "", "mark": "督改", "code": "DG", "name": ""}


async def _number(unit: Unit, bureau: Row, on: dt.date) -> str:
    """The receipt's number: WZ-20261118-0142, counted per bureau and day of the visit."""
    code = bureau["code"] or "DG"
    serial = (await unit.next(f"visit/{code}/{on:%Y%m%d}"))[0]
    return f"{code}-{on:%Y%m%d}-{serial:04d}"


def _found(finding: rules.Finding, item: Any) -> Found:
    return Found(
        id=finding.id, item=item, what=finding.what, point=finding.point, step=finding.step, severity=finding.severity,
        party=finding.party, person=finding.person, fixed=finding.fixed, due_on=finding.due_on, photos=finding.photos, after=finding.after,
    )  # fmt: skip


def _keep(unit: Unit, visit: Submission, seen: Visit, number: str, counts: dict[str, int], told: list[Row]) -> Row:
    """Declare the record; the columns whose digest goes into the history."""
    kept = {
        "number": number, "facility_id": visit.facility, "checklist": seen.checklist, "parts": _json(visit.parts), "kind": visit.kind,
        "mode": visit.mode, "inspectors": _json(seen.inspectors), "answers": _json(visit.answers), "passed": counts["pass"],
        "failed": counts["fail"], "not_applicable": counts["na"], "recorded": counts["said"], "findings": _json(told),
        "signatures": _json(visit.signatures), "position": _json(visit.position) if visit.position else None,
    }  # fmt: skip
    unit.add(
        Inspection, id=visit.id, place_path=seen.place["path"], author_id=unit.person, started_at=visit.started_at,
        finished_at=visit.finished_at, visited_on=seen.on, received_at=unit.at, **kept,
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
    yield from reads_of(visit.facility, [(finding.item, finding.point) for finding in visit.findings])


_json_encode = msgspec.json.Encoder().encode


def _json(value: object) -> str:
    return _json_encode(value).decode()


COMMANDS = (Handling("inspections.submit", Submission, submit_inspection, _reads, wire=True),)
