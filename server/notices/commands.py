"""Issuing a notice, and how it was delivered: a fact on it that holds nobody up."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import msgspec

from server.database.fields import as_json
from server.foundation.command import Handling
from server.foundation.ids import is_id
from server.foundation.refusal import Refusal
from server.ledger.unit import Unit
from server.notices import rules
from server.notices.tables import Notice
from server.people.capacity import hour, marks, then
from server.people.commands import bureau_of
from server.people.tables import Place, PlaceMark
from server.photos.commands import check_arrived, named, show
from server.photos.rules import is_sha256
from server.problems.commands import issuable, issue, issued_back, unmoved
from server.problems.rules import LONGEST_NAME, check_due, number, written
from server.problems.tables import Problem

Row = dict[str, Any]
KEPT = ("number", "what", "point", "step", "severity")  # of each problem, in a notice's line


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """person: who answers by name; sponsor: 督办领导."""

    problem: str
    due_on: dt.date
    person: str
    sponsor: str = ""


class IssueNotice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    lines: tuple[Line, ...]


class SignNotice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """id: of the signing, made by whoever signs; at: by the phone's clock, now if it is not said; photo: SHA-256 of the ink, where it was signed on a phone."""

    id: str
    notice: str
    at: Annotated[dt.datetime, msgspec.Meta(tz=True)] | None = None
    photo: str = ""


class NoteSigned(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Signed for on paper: by whom, on which day."""

    notice: str
    signer: str
    on: dt.date


class NoteRefused(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    notice: str
    reason: str
    first: str
    second: str
    on: dt.date


class TakeBack(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    notice: str
    reason: str


async def issue_notice(unit: Unit, issuing: IssueNotice) -> Row:
    """All its problems are issued with it, or none. Receipt: {notice, number, problems}.

    Refusals: not_found, not_allowed, notice.empty, notice.one_visit, notice.moved, problem.due, problem.blank, problem.long, input.*; their field is `due_on:PROBLEM`.
    """
    if not is_id(issuing.id) or await unit.find(Notice, issuing.id) or len({line.problem for line in issuing.lines}) < len(issuing.lines):
        raise Refusal("input.invalid", reason="id").at("id")
    if len(issuing.lines) > rules.MOST_LINES:
        raise Refusal("input.too_large").at("problem")
    problems = [await _issuable(unit, line.problem) for line in issuing.lines]
    rules.check_one_visit(problems)
    place = await unit.find(Place, problems[0]["facility_id"])
    assert place is not None  # the problem refers to it
    bureau = await bureau_of(unit, place)
    given = [_given(line, unit.today) for line in issuing.lines]
    serial = (await unit.next(f"notice/{bureau['id']}/{unit.today.year}"))[0]
    told = number(await _mark(unit, bureau), unit.today.year, serial)
    for problem, line in zip(problems, given, strict=True):
        issue(unit, problem, issuing.id, told, line)
    kept = _lines(problems, given)
    unit.add(
        Notice, id=issuing.id, number=told, facility_id=place["id"], facility=place["name"], place_path=place["path"], visit_id=problems[0]["visit_id"],
        found_on=problems[0]["found_on"], bureau=bureau["name"], lines=kept, issuer_id=unit.person, issuer=unit.actor.name,
        issued_at=unit.at, issued_on=unit.today,
    )  # fmt: skip
    ids = [problem["id"] for problem in problems]
    unit.note("notice.issued", issuing.id, place["path"], number=told, problems=ids, kept=rules.digest(kept))
    return {"notice": issuing.id, "number": told, "problems": ids}


async def _issuable(unit: Unit, id: str) -> Row:
    try:
        return await issuable(unit, id)
    except Refusal as refusal:
        problem = await unit.find(Problem, id)
        if refusal.code != "problem.state" or problem is None:
            raise
        raise Refusal("notice.moved", number=problem["number"], **refusal.facts).at("problem") from None


def _given(line: Line, today: dt.date) -> Row:
    """What a problem gets with the notice."""
    try:
        return {
            "due_on": check_due(line.due_on, today), "person": written(line.person, "person", LONGEST_NAME),
            "sponsor": written(line.sponsor, "sponsor", LONGEST_NAME, required=False),
        }  # fmt: skip
    except Refusal as refusal:
        raise refusal.at(f"{refusal.field}:{line.problem}") from None


async def _mark(unit: Unit, bureau: Row) -> str:
    """Taken when it is first used, since a mark in numbers is one bureau's for good. Where another has it, one sign more."""
    found = rules.mark(bureau["mark"])
    while bureau["id"]:
        taken = await unit.find(PlaceMark, found)
        holders = [*(row["id"] for row in await unit.matching(Place, "mark", found)), *([taken["place_id"]] if taken else [])]
        if all(holder == bureau["id"] for holder in holders):
            if not taken:
                unit.add(PlaceMark, id=found, place_id=bureau["id"])
            break
        found += "改"
    return found


def _lines(problems: Sequence[Row], given: Sequence[Row]) -> str:
    return as_json([
        {"problem": row["id"], **{name: row[name] for name in KEPT}, "clause": msgspec.json.decode(row["clause"]), **line}
        for row, line in zip(problems, given, strict=True)
    ])  # fmt: skip


async def sign_notice(unit: Unit, signing: SignNotice) -> Row:
    """By the facility's contact, judged by the hour. Refusals: not_found, not_allowed, notice.at, notice.signed, input.invalid, photo.missing."""
    at = hour(unit, signing.at or unit.at)
    if not is_id(signing.id):
        raise Refusal("input.invalid", reason="id").at("id")
    notice = await _found(unit, signing.notice)
    on = rules.check_signed_at(at, notice["issued_at"], unit.at)
    _, is_away = await then(unit, (notice["facility_id"], notice["place_path"]), min(at, unit.at), *rules.SIGNERS)
    rules.check_signable(notice)
    ink = await _ink(unit, notice, signing.photo)
    unit.change(Notice, notice["id"], delivery="signed", signer=unit.actor.name, signed_on=on)
    return _noted(unit, notice, "signed", signer=unit.actor.name, on=on, signing=signing.id, **ink, **marks(unit, is_away))


async def _ink(unit: Unit, notice: Row, photo: str) -> Row:
    """The signature as it was written, shown with the notice."""
    if not photo:
        return {}
    if not is_sha256(photo):
        raise Refusal("input.invalid", reason=photo[:70]).at("photo")
    await check_arrived(unit, (photo,))
    show(unit, (photo,), notice["id"], notice["place_path"], "signature")
    return {"photos": [photo]}


async def note_signed(unit: Unit, noting: NoteSigned) -> Row:
    """Refusals: not_found, not_allowed, notice.signed, notice.on, problem.blank, problem.long."""
    notice = await _found(unit, noting.notice)
    unit.actor.check_has(notice["place_path"], *rules.NOTERS)
    rules.check_signable(notice)
    signer, on = written(noting.signer, "signer", LONGEST_NAME), rules.check_on(noting.on, notice["issued_on"], unit.today)
    unit.change(Notice, notice["id"], delivery="paper", signer=signer, signed_on=on, noted_by=unit.actor.name)
    return _noted(unit, notice, "signed", signer=signer, on=on, on_paper=True)


async def note_refused(unit: Unit, noting: NoteRefused) -> Row:
    """Refusals: not_found, not_allowed, notice.signed, notice.refused, notice.on, notice.witnesses, problem.blank, problem.long."""
    notice = await _found(unit, noting.notice)
    unit.actor.check_has(notice["place_path"], *rules.NOTERS)
    rules.check_refusable(notice)
    why, on = written(noting.reason, "reason", 500), rules.check_on(noting.on, notice["issued_on"], unit.today)
    both = rules.witnesses(*(written(name, field, LONGEST_NAME) for name, field in ((noting.first, "first"), (noting.second, "second"))))
    unit.change(Notice, notice["id"], delivery="refused", refused=why, witnesses=both, refused_on=on, noted_by=unit.actor.name)
    return _noted(unit, notice, "refused", reason=why, witnesses=both, on=on)


async def take_back(unit: Unit, taking: TakeBack) -> Row:
    """Refusals: those of `taken_back`."""
    return await taken_back(unit, taking.notice, taking.reason, {})


async def taken_back(unit: Unit, id: str, reason: str, before: Mapping[str, Row]) -> Row:
    """As a whole, while nobody has signed for it, refused to, or worked on one of its problems: they wait to be issued again. It keeps its number.

    before: by problem, what it said before the issue. Refusals: not_found, not_allowed, notice.delivered, notice.taken_back, problem.worked_on, problem.blank, problem.long.
    """
    notice = await _found(unit, id)
    unit.actor.check_has(notice["place_path"], *rules.TAKERS_BACK)
    rules.check_undelivered(notice)
    why = written(reason, "reason", 500)
    problems = [line["problem"] for line in msgspec.json.decode(notice["lines"])]
    await unit.fetch(Problem, "id", problems)
    for one in problems:
        await unmoved(unit, one, notice["issued_at"])
        await issued_back(unit, one, before.get(one, {}), why)
    unit.change(Notice, id, delivery="taken_back", noted_by=unit.actor.name)
    return _noted(unit, notice, "taken_back", reason=why)


async def _found(unit: Unit, id: str) -> Row:
    notice = await unit.find(Notice, id)
    if notice is None:
        raise Refusal("not_found").at("notice")
    return notice


def _noted(unit: Unit, notice: Row, what: str, **told: Any) -> Row:
    unit.note(f"notice.{what}", notice["id"], notice["place_path"], **told)
    return {"notice": notice["id"], "number": notice["number"], **named(told)}


def _issue_reads(issuing: IssueNotice) -> Iterable[tuple[Any, ...]]:
    yield Notice, issuing.id
    for line in issuing.lines:
        yield Problem, line.problem


def _reads(asked: Any) -> Iterable[tuple[Any, ...]]:
    yield Notice, asked.notice


COMMANDS = (
    Handling("notices.issue", IssueNotice, issue_notice, _issue_reads),
    Handling("notices.sign", SignNotice, sign_notice, _reads, wire=True),
    Handling("notices.note_signed", NoteSigned, note_signed, _reads),
    Handling("notices.note_refused", NoteRefused, note_refused, _reads),
    Handling("notices.take_back", TakeBack, take_back, _reads),
)
