"""Recording findings as problems, and every move of the workflow: each command is one verb."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from server.checklists.rules import Item
from server.foundation.command import Handling
from server.foundation.refusal import Refusal
from server.ledger.unit import Unit
from server.photos.commands import missing, show
from server.photos.rules import is_sha256
from server.problems import rules
from server.problems.tables import Problem

Row = dict[str, Any]


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
    """Each finding as a numbered problem, or as an observation on the problem that is still open at the same spot.

    Returns, in order, {finding, problem, number, observed}. Ask for `reads_of` beforehand.
    """
    told: list[Row] = []
    for finding in findings:
        spot = rules.spot(visit.place["id"], finding.item.key, finding.point)
        before = await unit.matching(Problem, "spot", spot)
        open_one = next((row for row in before if rules.is_open(row["state"])), None)
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
    unit.change(Problem, problem["id"], changed_at=unit.at)
    unit.note(
        "problem.observed", problem["id"], problem["place_path"],
        what=finding.what, visit=visit.id, photos=[*finding.photos, *finding.after],
    )  # fmt: skip
    return problem


async def _record(unit: Unit, visit: Visit, finding: Found, spot: str, before: list[Row]) -> Row:
    year = visit.on.year
    serial = (await unit.next(f"problem/{visit.bureau['id']}/{year}"))[0]
    relapse = _relapse(before, visit.on)
    problem: Row = {
        "id": finding.id, "number": rules.number(visit.bureau["mark"], year, serial), "facility_id": visit.place["id"],
        "facility_type": visit.facility["type"], "place_path": visit.place["path"], "visit_id": visit.id,
        "checklist": visit.checklist, "item": finding.item.key, "question": _json(finding.item.question),
        "clause": _json(finding.item.basis.clause), "point": finding.point, "step": finding.step, "spot": spot,
        "what": finding.what, "severity": finding.severity, "party": finding.party, "person": finding.person,
        "unit": visit.place["name"], "sponsor": "", "bureau": visit.bureau["name"],
        "inspectors": "、".join(name for _, name in visit.inspectors), "inspector_ids": _json([id for id, _ in visit.inspectors]),
        "found_at": visit.at, "found_on": visit.on, "state": "fixed_on_spot" if finding.fixed else "recorded",
        "due_on": finding.due_on, "rectified_on": visit.on if finding.fixed else None, "relapse_of": relapse, "changed_at": unit.at,
    }  # fmt: skip
    unit.add(Problem, **problem)
    show(unit, finding.photos, finding.id, visit.place["path"], "before")
    show(unit, finding.after, finding.id, visit.place["path"], "after")
    unit.note(
        "problem.recorded", finding.id, visit.place["path"], number=problem["number"], what=finding.what, state=problem["state"],
        visit=visit.id, relapse_of=relapse, photos=[*finding.photos, *finding.after],
    )  # fmt: skip
    return problem


def _relapse(before: list[Row], on: dt.date) -> str | None:
    """反弹: the latest problem at this spot that was closed within the last twelve months."""
    closed = [row for row in before if row["state"] == "closed" and row["closed_on"] and on - row["closed_on"] <= rules.RELAPSE_WITHIN]
    return max(closed, key=lambda row: row["closed_on"])["id"] if closed else None


# The moves


class Issue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """person: who answers by name; sponsor: 督办领导."""

    problem: str
    due_on: dt.date
    person: str
    sponsor: str = ""


class Plan(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    problem: str
    cause: str
    measures: str
    person: str


class OnProblem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    problem: str


class WithReason(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    problem: str
    reason: str


class Told(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """text: what was done; photos: SHA-256 of photos that have arrived."""

    problem: str
    text: str
    photos: tuple[str, ...] = ()


class Recheck(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """record: what was seen, or why it does not pass; due_on: the new day, only where it does not pass."""

    problem: str
    record: str
    photos: tuple[str, ...] = ()
    due_on: dt.date | None = None


async def issue_problem(unit: Unit, issuing: Issue) -> Row:
    problem = await _judged(unit, issuing.problem, "issue")
    due, person = rules.check_due(issuing.due_on, unit.today), rules.written(issuing.person, "person", 40)
    sponsor = rules.written(issuing.sponsor, "sponsor", 40, required=False)
    changed = {"due_on": due, "original_due_on": due, "issued_on": unit.today, "person": person, "sponsor": sponsor}
    return _moved(unit, problem, "issue", changed, due_on=due, person=person, sponsor=sponsor)


async def submit_plan(unit: Unit, plan: Plan) -> Row:
    problem = await _judged(unit, plan.problem, "plan")
    changed = {
        "cause": rules.written(plan.cause, "cause"), "measures": rules.written(plan.measures, "measures"),
        "person": rules.written(plan.person, "person", 40),
    }  # fmt: skip
    return _moved(unit, problem, "plan", changed, **changed)


async def accept_plan(unit: Unit, accepting: OnProblem) -> Row:
    return _moved(unit, await _judged(unit, accepting.problem, "accept_plan"), "accept_plan", {})


async def return_plan(unit: Unit, returning: WithReason) -> Row:
    problem = await _judged(unit, returning.problem, "return_plan")
    return _moved(unit, problem, "return_plan", {}, reason=rules.written(returning.reason, "reason"))


async def note_progress(unit: Unit, told: Told) -> Row:
    problem = await _judged(unit, told.problem, "progress")
    text = rules.written(told.text, "text")
    await _show(unit, problem, told.photos, "progress")
    return _moved(unit, problem, "progress", {"progress": text}, text=text, photos=list(dict.fromkeys(told.photos)))


async def report_problem(unit: Unit, told: Told) -> Row:
    problem = await _judged(unit, told.problem, "report")
    text = rules.written(told.text, "text")
    if not told.photos:
        raise Refusal("problem.photos").at("photos")
    await _show(unit, problem, told.photos, "after")
    changed = {"progress": text, "rectified_on": unit.today, "rectifier_id": unit.person}
    return _moved(unit, problem, "report", changed, text=text, photos=list(dict.fromkeys(told.photos)))


async def pass_recheck(unit: Unit, recheck: Recheck) -> Row:
    problem = await _judged(unit, recheck.problem, "pass")
    record = rules.written(recheck.record, "record")
    await _show(unit, problem, recheck.photos, "recheck")
    changed = {"recheck": record, "recheck_on": unit.today, "rechecker_id": unit.person}
    return _moved(unit, problem, "pass", changed, text=record, photos=list(dict.fromkeys(recheck.photos)))


async def fail_recheck(unit: Unit, recheck: Recheck) -> Row:
    problem = await _judged(unit, recheck.problem, "fail")
    record = rules.written(recheck.record, "record")
    if recheck.due_on is None:
        raise Refusal("problem.blank").at("due_on")
    due = rules.check_due(recheck.due_on, unit.today)
    await _show(unit, problem, recheck.photos, "recheck")
    changed = {
        "recheck": record, "recheck_on": unit.today, "rechecker_id": unit.person, "due_on": due, "rework": problem["rework"] + 1,
    }  # fmt: skip
    return _moved(unit, problem, "fail", changed, reason=record, due_on=due, photos=list(dict.fromkeys(recheck.photos)))


async def close_problem(unit: Unit, closing: OnProblem) -> Row:
    problem = await _judged(unit, closing.problem, "close")
    return _moved(unit, problem, "close", {"closed_on": unit.today, "closer": unit.actor.name})


async def withdraw_problem(unit: Unit, withdrawing: WithReason) -> Row:
    problem = await _judged(unit, withdrawing.problem, "withdraw")
    return _moved(unit, problem, "withdraw", {}, reason=rules.written(withdrawing.reason, "reason"))


async def _judged(unit: Unit, id: str, act: str) -> Row:
    """The problem, for someone who may take this step with it now."""
    problem = await unit.find(Problem, id)
    if problem is None:
        raise Refusal("not_found").at("problem")
    rules.may({**problem, "inspector_ids": msgspec.json.decode(problem["inspector_ids"])}, act, unit.actor)
    return problem


def _moved(unit: Unit, problem: Row, act: str, changed: Row, **told: Any) -> Row:
    move = rules.WORKFLOW.move(act, problem["state"])
    assert move is not None  # judged before
    unit.change(Problem, problem["id"], state=move.goes_to, changed_at=unit.at, **changed)
    unit.note(f"problem.{rules.EVENTS[act]}", problem["id"], problem["place_path"], **told)
    return {"problem": problem["id"], "state": move.goes_to}


async def _show(unit: Unit, problem: Row, photos: Sequence[str], role: str) -> None:
    if len(photos) > rules.MOST_PHOTOS:
        raise Refusal("input.too_large").at("photos")
    if wrong := [sha256 for sha256 in photos if not is_sha256(sha256)]:
        raise Refusal("input.invalid", reason=wrong[0][:70]).at("photos")
    if absent := await missing(unit, photos):
        raise Refusal("photo.missing", count=len(absent), photos=absent).at("photos")
    show(unit, dict.fromkeys(photos), problem["id"], problem["place_path"], role)


def _reads(asked: Any) -> Iterable[tuple[Any, ...]]:
    yield Problem, asked.problem


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


COMMANDS = (
    Handling("problems.issue", Issue, issue_problem, _reads),
    Handling("problems.plan", Plan, submit_plan, _reads),
    Handling("problems.accept_plan", OnProblem, accept_plan, _reads),
    Handling("problems.return_plan", WithReason, return_plan, _reads),
    Handling("problems.progress", Told, note_progress, _reads),
    Handling("problems.report", Told, report_problem, _reads),
    Handling("problems.pass", Recheck, pass_recheck, _reads),
    Handling("problems.fail", Recheck, fail_recheck, _reads),
    Handling("problems.close", OnProblem, close_problem, _reads),
    Handling("problems.withdraw", WithReason, withdraw_problem, _reads),
)
