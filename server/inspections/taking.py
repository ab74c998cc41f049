"""What every way of taking in a visit shares: whose number it gets, who inspects there, its findings as the problems' wing reads them."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from server.checklists.rules import Checklist, Item
from server.foundation.refusal import Refusal
from server.inspections import rules
from server.ledger.unit import Unit
from server.people.capacity import held_then
from server.people.tables import Place
from server.problems.commands import Found
from server.workdays.commands import corrections

Row = dict[str, Any]


async def inspects(unit: Unit, person: str, path: str, at: dt.datetime) -> bool:
    """Whether this person was an inspector of the place at this instant."""
    return "inspector" in await held_then(unit, person, path, at)


async def check_open(unit: Unit, place: Row, on: dt.date) -> None:
    """Refuse a visit made after the facility was closed; one made before is taken in, however late it arrives. A supervisor may vouch for it."""
    if unit.vouch is None and place["is_closed"] and place["closed_on"] and on > place["closed_on"]:
        into = await unit.find(Place, place["into_id"]) if place["into_id"] else None
        raise Refusal("visit.merged" if into else "visit.closed", name=place["name"], into=into["name"] if into else "").at("facility")


async def checked_findings(unit: Unit, findings: Sequence[rules.Finding], checklist: Checklist, path: str, on: dt.date) -> list[tuple[rules.Finding, Item]]:
    """Each of them with its item, tidied, with its due day by the calendar of the place. Refusals: as of rules.checked_finding."""
    corrected = await corrections(unit, path) if any(not finding.fixed and finding.due_on is None for finding in findings) else {}
    return [rules.checked_finding(finding, checklist, on, corrected) for finding in findings]


async def receipt_number(unit: Unit, bureau: Row, on: dt.date) -> str:
    """The receipt's number: WZ-20261118-0142, counted per bureau and day of the visit."""
    code = bureau["code"] or "DG"
    serial = (await unit.next(f"visit/{code}/{on:%Y%m%d}"))[0]
    return f"{code}-{on:%Y%m%d}-{serial:04d}"


def as_found(finding: rules.Finding, item: Any) -> Found:
    """A checked finding as the problems' wing takes it."""
    return Found(
        id=finding.id, item=item, what=finding.what, point=finding.point, step=finding.step, severity=finding.severity,
        party=finding.party, person=finding.person, fixed=finding.fixed, due_on=finding.due_on, photos=finding.photos, after=finding.after,
    )  # fmt: skip
