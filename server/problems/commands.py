"""What visits and ledgers record as problems, and take back. How a problem moves on: moves.py; re-checks that phones send: rechecks.py."""

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from server.checklists.rules import Item
from server.database.fields import as_json
from server.foundation import clock
from server.foundation.refusal import Refusal
from server.ledger.unit import Unit
from server.photos.commands import show
from server.photos.tables import PhotoUse
from server.problems import assigning, extensions, facility, flags, moves, rechecks, rules, workflow
from server.problems.tables import Problem

Row = dict[str, Any]
SLICE = 200  # problems of a long command after which others get their turn


class Found(msgspec.Struct, frozen=True):
    """One finding as a visit hands it over, judged already. photos show what fails, after what was fixed at once."""

    id: str
    item: Item
    what: str
    point: str
    step: str
    severity: str
    party: str
    person: str
    fixed: bool
    due_on: dt.date | None
    photos: tuple[str, ...]
    after: tuple[str, ...]


class Visit(msgspec.Struct, frozen=True):
    """What a problem keeps of the visit that found it."""

    id: str
    checklist: str
    facility: Row
    place: Row
    bureau: Row
    at: dt.datetime
    on: dt.date
    inspectors: tuple[tuple[str, str], ...]


async def record_findings(unit: Unit, visit: Visit, findings: Sequence[Found]) -> list[Row]:
    """Each finding as a numbered problem, or as an observation on the problem that is still open at the same spot. One that was put right before and only waits
    to be closed is not the same: it would be closed on what was seen before.

    Returns, in order, {finding, problem, number, observed}. Ask for `reads_of` beforehand.
    """
    told: list[Row] = []
    for finding in findings:
        spot = rules.spot(visit.place["id"], finding.item.key, finding.point)
        before = await unit.matching(Problem, "spot", spot)
        open_one = next((row for row in before if workflow.is_open(row["state"]) and not rules.is_put_right(row, visit.at)), None)
        problem = _observe(unit, visit, finding, open_one) if open_one else await _record(unit, visit, finding, spot, before)
        told.append({"finding": finding.id, "problem": problem["id"], "number": problem["number"], "observed": open_one is not None})
    return told


def reads_of(facility: str, findings: Iterable[tuple[str, str]]) -> Iterable[tuple[Any, ...]]:
    """What `record_findings` will ask for: (item, point) of each finding."""
    for item, point in findings:
        yield Problem, "spot", rules.spot(facility, item, point)


def _observe(unit: Unit, visit: Visit, finding: Found, problem: Row) -> Row:
    show(unit, finding.photos, problem["id"], problem["place_path"], "finding")
    show(unit, finding.after, problem["id"], problem["place_path"], "after")
    unit.change(Problem, problem["id"], changed_at=unit.at, changed_by=unit.person)
    unit.note(
        "problem.observed", problem["id"], problem["place_path"],
        what=finding.what, visit=visit.id, photos=[*finding.photos, *finding.after],
    )  # fmt: skip
    return problem


async def _record(unit: Unit, visit: Visit, finding: Found, spot: str, before: list[Row]) -> Row:
    year = visit.on.year
    serial = (await _serials(unit, visit.bureau, year))[0]
    relapse = _relapse(before, visit)
    problem: Row = {
        "id": finding.id, "number": rules.number(visit.bureau["mark"], year, serial), "facility_id": visit.place["id"],
        "facility_type": visit.facility["type"], "place_path": visit.place["path"], "visit_id": visit.id,
        "checklist": visit.checklist, "item": finding.item.key, "question": as_json(finding.item.question),
        "clause": as_json(finding.item.basis.clause), "point": finding.point, "step": finding.step, "spot": spot,
        "what": finding.what, "severity": finding.severity, "party": finding.party, "person": finding.person,
        "unit": visit.place["name"], "sponsor": "", "bureau": visit.bureau["name"],
        "inspectors": "、".join(name for _, name in visit.inspectors), "inspector_ids": as_json(_vouching(unit, visit)),
        "found_at": visit.at, "found_on": visit.on, "state": "fixed_on_spot" if finding.fixed else "recorded",
        "due_on": finding.due_on, "rectified_on": visit.on if finding.fixed else None, "relapse_of": relapse, "changed_at": unit.at,
        "changed_by": unit.person,
    }  # fmt: skip
    unit.add(Problem, **problem)
    show(unit, finding.photos, finding.id, visit.place["path"], "before")
    show(unit, finding.after, finding.id, visit.place["path"], "after")
    unit.note(
        "problem.recorded", finding.id, visit.place["path"], number=problem["number"], what=finding.what, state=problem["state"],
        visit=visit.id, relapse_of=relapse, photos=[*finding.photos, *finding.after],
    )  # fmt: skip
    return problem


def _vouching(unit: Unit, visit: Visit) -> list[str]:
    """Whose word it is that something was put right at once: who was there, who says so afterwards, from paper or amending, and who takes it in by hand."""
    return list(dict.fromkeys((*(id for id, _ in visit.inspectors), unit.person, *((unit.vouch.by.id,) if unit.vouch else ()))))


async def _serials(unit: Unit, bureau: Row, year: int, count: int = 1) -> range:
    """The next numbers of a bureau in the year of the visit's day."""
    return await unit.next(f"problem/{bureau['id']}/{year}", count)


def _relapse(before: list[Row], visit: Visit) -> str | None:
    """反弹: the problem at this spot that was put right and waits to be closed, else the latest that was closed within the last twelve months."""
    if waiting := [row for row in before if rules.is_put_right(row, visit.at)]:
        return str(max(waiting, key=lambda row: row["found_at"])["id"])
    closed = [row for row in before if row["state"] == "closed" and row["closed_on"] and visit.on - row["closed_on"] <= rules.RELAPSE_WITHIN]
    return max(closed, key=lambda row: row["closed_on"])["id"] if closed else None


async def take_back(unit: Unit, id: str, observed: bool, photos: Sequence[str], told: Row) -> bool:
    """A visit's finding was a mistake: its problem is withdrawn, or no longer observed by that visit. Whether it was withdrawn.

    photos: those that the finding shows; told: what the history says of it, as {visit, reason}.
    Refusals: problem.moved_on, problem.issued, problem.seen_again.
    """
    problem = await unit.find(Problem, id)
    if problem is None or problem["state"] == "withdrawn":
        return False
    shown = [use for use in await unit.matching(PhotoUse, "subject_id", id) if use["role"] == "finding"]
    if observed:
        for use in shown:
            if use["sha256"] in photos:
                unit.change(PhotoUse, use["id"], role="taken_back")
        unit.change(Problem, id, changed_at=unit.at, changed_by=unit.person)
        unit.note("problem.unobserved", id, problem["place_path"], **told)
        return False
    rules.check_taken_back(problem, unit.actor, bool(shown))
    moves.moved(unit, problem, "withdraw", {}, **told)
    return True


# What is issued with a notice


async def issuable(unit: Unit, id: str) -> Row:
    """The problem, for someone who may issue it now. Refusals: not_found, not_allowed, problem.state."""
    return await moves.judged(unit, id, "issue")


def issue(unit: Unit, problem: Row, notice: str, number: str, given: Row) -> None:
    """Declare that it was issued, judged before, with this notice (id and number). given: due_on, person, sponsor."""
    changed = {**given, "original_due_on": given["due_on"], "issued_on": unit.today, "notice_id": notice, "notice": number}
    moves.moved(unit, problem, "issue", changed, **given, notice=number, notice_id=notice)


# What is put back as it was


async def unmoved(unit: Unit, id: str, at: dt.datetime) -> Row:
    """The problem, as a step of this instant left it. Refusals: not_found, problem.worked_on."""
    problem = await unit.find(Problem, id)
    if problem is None:
        raise Refusal("not_found").at("problem")
    if problem["changed_at"] != at:
        raise Refusal("problem.worked_on", number=problem["number"], **await moves.last_step(unit, problem))
    return problem


async def put_back(unit: Unit, id: str, act: str, before: Row, reason: str) -> None:
    """Declare that what `assign` or `set_due` changed is as before: those columns, as they stood. Refusals: not_found, not_allowed, problem.state."""
    problem = await moves.judged(unit, id, act)
    told = {name: value for name, value in before.items() if value is not None and name != "due_set_on"}
    if act == "set_due":
        told["before"] = problem["due_on"]
    moves.moved(unit, problem, act, before, **told, reason=reason)


async def issued_back(unit: Unit, id: str, before: Row, reason: str) -> None:
    """Declare that it was not issued after all and waits for it again. before: columns as they stood, where that is known. Refusals: not_found, not_allowed, problem.state."""
    problem = await moves.judged(unit, id, "take_back")
    changed = {"original_due_on": None, **before, "issued_on": None, "notice_id": "", "notice": ""}
    moves.moved(unit, problem, "take_back", changed, reason=reason, notice=problem["notice"], notice_id=problem["notice_id"])


# What came with a ledger


class Imported(msgspec.Struct, frozen=True):
    """One problem of an office's own ledger, in whatever state it stood there. told: what its history says of where it stood."""

    id: str
    facility: Row
    place: Row
    bureau: Row
    on: dt.date
    what: str
    state: str
    facts: Row
    told: Row
    again: bool = False

    @property
    def spot(self) -> str:
        plain = rules.imported_spot(self.place["id"], self.on, self.what)
        return f"{plain} {self.id}" if self.again else plain


async def imported_before(unit: Unit, lines: Sequence[Imported]) -> list[str]:
    """Numbers of the problems that these lines would repeat: imported already, and not withdrawn. Ask before anything is declared."""
    found: list[str] = []
    for start in range(0, len(lines), SLICE):
        spots = [line.spot for line in lines[start : start + SLICE]]
        await unit.fetch(Problem, "spot", spots)
        for spot in spots:
            found += [row["number"] for row in await unit.matching(Problem, "spot", spot) if row["state"] != "withdrawn"]
        await asyncio.sleep(0)
    return found


async def record_imported(unit: Unit, import_id: str, lines: Sequence[Imported]) -> None:
    """Each line as a numbered problem, in their order. facts: columns of Problem. Photos are not asked for: paper had none.

    Whoever imports vouches for what was put right at once and for what was re-checked: somebody else closes it.
    """
    counts = Counter((line.bureau["id"], line.on.year) for line in lines)
    bureaus = {line.bureau["id"]: line.bureau for line in lines}
    serials = {key: iter(await _serials(unit, bureaus[key[0]], key[1], count)) for key, count in counts.items()}
    for place, line in enumerate(lines):
        number = rules.number(line.bureau["mark"], line.on.year, next(serials[line.bureau["id"], line.on.year]))
        words = as_json({"zh": line.what[:200], "en": line.what[:200]})
        unit.add(
            Problem, id=line.id, number=number, facility_id=line.place["id"], facility_type=line.facility["type"], place_path=line.place["path"],
            visit_id="", checklist="", item="", question=words, spot=line.spot, what=line.what, found_on=line.on, state=line.state,
            found_at=dt.datetime.combine(line.on, dt.time(12), clock.BEIJING), import_id=import_id, changed_at=unit.at, changed_by=unit.person,
            inspector_ids=as_json([unit.person]), rechecker_id=unit.person if line.state == "rechecked" else None,
            rechecker_ids=as_json([unit.person] if line.state == "rechecked" else []), **line.facts,
        )  # fmt: skip
        unit.note("problem.imported", line.id, line.place["path"], number=number, what=line.what, state=line.state, **line.told)
        if place % SLICE == 0:
            await asyncio.sleep(0)


async def withdraw_imported(unit: Unit, ids: Sequence[str], since: dt.datetime, reason: str) -> list[str]:
    """Withdraw all of an import, closed ones too. Returns the numbers of those that somebody has moved since: then nothing is declared."""
    found: list[Row] = []
    for start in range(0, len(ids), SLICE):
        await unit.fetch(Problem, "id", ids[start : start + SLICE])
        found += [row for id in ids[start : start + SLICE] if (row := await unit.find(Problem, id)) and row["state"] != "withdrawn"]
        await asyncio.sleep(0)
    if moved := [row["number"] for row in found if row["changed_at"] != since]:
        return moved
    for place, row in enumerate(found):
        unit.change(Problem, row["id"], state="withdrawn", changed_at=unit.at, changed_by=unit.person)
        unit.note("problem.withdrawn", row["id"], row["place_path"], reason=reason)
        if place % SLICE == 0:
            await asyncio.sleep(0)
    return []


COMMANDS = (*moves.COMMANDS, *facility.COMMANDS, *assigning.COMMANDS, *extensions.COMMANDS, *flags.COMMANDS, *rechecks.COMMANDS)
