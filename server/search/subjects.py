"""What is searched of a facility, a problem and a visit, field by field, out of their own wings' readings.

The same fields are indexed and shown: what somebody may not see is decided by the reading of its wing, once. No telephone
number is among them, and no plan: whom a visit takes by surprise must not find it here.
"""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID

import msgspec

from server.facilities import queries as facilities
from server.facilities.rules import TYPES, Duty, points_text
from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.ids import is_id, short_code
from server.foundation.words import Words
from server.inspections import queries as inspections
from server.problems import queries as problems
from server.search import rules
from server.search.rules import Pieces, Word

MOST_LINES = 2  # of what else matches, below a result's own lines


class Field(msgspec.Struct, frozen=True):
    """label: what the field is called, or None for one that every result shows."""

    text: str
    label: Words | None = None


class Subject(msgspec.Struct, frozen=True):
    """One thing that can be found. name: its facility's; fields: the title first, then the others that are shown, then the rest."""

    kind: str
    id: str
    path: str
    name: str
    at: dt.datetime | None
    on: dt.date | None
    fields: tuple[Field, ...]
    severity: str = ""
    state: str = ""

    @property
    def texts(self) -> list[str]:
        return [field.text for field in self.fields if field.text]


class Result(msgspec.Struct, frozen=True):
    """A subject as a list shows it, in pieces of which those that were asked for are marked. lines: label and excerpt of
    the fields that hold what the title and meta do not."""

    href: str
    on: dt.date | None
    title: Pieces
    meta: list[Pieces]
    lines: list[tuple[Words, Pieces]]
    severity: str
    state: str


ITEM, BASIS = Words("检查项", "Item"), Words("依据", "Basis")
HREFS = {"facility": "/facilities/", "problem": "/problems/", "visit": "/visits/"}


async def subjects(actor: Actor, ids: Sequence[str], kind: str = "") -> list[Subject]:
    """Those of these ids, of one kind or any, that the actor may see, in the order of the ids."""
    found: list[Subject] = []
    if kind in ("", "facility"):
        found += [_facility(one, duties) for one, duties in await facilities.some(actor, list(ids))]
    if kind in ("", "problem"):
        found += [_problem(one) for one in await problems.some(actor, list(ids))]
    if kind in ("", "visit"):
        found += [_visit(one) for one in await inspections.some(actor, list(ids))]
    order = {id: place for place, id in enumerate(ids)}
    return sorted(found, key=lambda subject: order[subject.id])


def result(subject: Subject, words: Sequence[Word]) -> Result:
    title, *rest = subject.fields
    shown = [field for field in rest if field.text and not field.label]
    meta = [rules.marked(field.text, words) for field in shown]
    elsewhere = [word for word in words if not any(rules.holds(field.text, [word]) for field in (title, *shown))]
    lines = [(field.label, rules.excerpt(field.text, words)) for field in rest if field.label and rules.holds(field.text, elsewhere)]
    return Result(
        HREFS[subject.kind] + subject.id, subject.on, rules.marked(title.text, words), meta, lines[:MOST_LINES], subject.severity, subject.state
    )


def _facility(one: facilities.Facility, duties: Sequence[Duty]) -> Subject:
    held = "；".join(" ".join(part for part in (duty.person, duty.title, duty.point, duty.step) if part) for duty in duties)
    return Subject(
        "facility", one.id, one.path, one.name, _made_at(one.id), None,
        (
            Field(one.name), Field(one.parent), Field(one.address), Field(_codes(one.id), Words("短码", "Code")),
            Field(" ".join((one.contact_name, one.contact_title)).strip(), Words("联系人", "Contact")), Field(held, Words("责任人", "Answers for it")),
            Field(points_text(one.points), Words("点位", "Points")), Field(" ".join((TYPES[one.type].zh, TYPES[one.type].en)), Words("类型", "Type")),
            Field(one.notes, Words("备注", "Notes")),
        ),
    )  # fmt: skip


def _problem(one: problems.Problem) -> Subject:
    return Subject(
        "problem", one.id, one.place_path, one.facility, one.found_at, one.found_on,
        (
            Field(one.what), Field(one.number), Field(one.facility), Field(one.spot), Field(f"{one.notice} {_codes(one.notice_id)}" if one.notice_id else "", Words("通知书", "Notice")), Field(one.person, Words("责任人", "Person")),
            Field(one.question.zh, ITEM), Field(one.question.en, ITEM), Field(one.measures, Words("整改措施", "Measures")),
            Field(one.progress, Words("整改情况", "Progress")), Field(one.cause, Words("原因", "Cause")), Field(one.recheck, Words("复查", "Re-check")),
            Field(one.clause.zh, BASIS), Field(one.clause.en, BASIS), Field(one.unit if one.unit != one.facility else "", Words("责任单位", "Unit")),
            Field(one.sponsor, Words("督办领导", "Sponsor")), Field(one.bureau, Words("检查单位", "Bureau")),
            Field(one.inspectors, Words("检查人", "Inspectors")), Field(_codes(one.id), Words("短码", "Code")),
        ),
        one.severity, one.state,
    )  # fmt: skip


def _visit(one: inspections.Visit) -> Subject:
    signer = one.signatures.get("facility") or {}
    return Subject(
        "visit", one.id, one.place_path, one.facility, one.finished_at, one.visited_on,
        (
            Field(one.facility), Field(one.number), Field(one.names), Field(_codes(one.id), Words("短码", "Code")),
            Field(" ".join(str(signer.get(name) or "") for name in ("name", "title")).strip(), Words("机构签字人", "Signed for the facility")),
        ),
    )  # fmt: skip


def _codes(id: str) -> str:
    """The short code as it is printed, and as people type it."""
    code = short_code(id)
    return f"{code} {code.replace('-', '')}"


def _made_at(id: str) -> dt.datetime | None:
    """When a UUIDv7 was made: a register keeps no other time of its facilities."""
    if not is_id(id) or UUID(id).version != 7:
        return None
    at = dt.datetime.fromtimestamp((UUID(id).int >> 80) / 1000, dt.UTC)
    return at if rules.SINCE < at < clock.now() + dt.timedelta(days=2) else None
