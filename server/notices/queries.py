"""Reading notices: the list, one of them, those of a visit."""

import datetime as dt
from typing import Any

import msgspec

from server.database.rows import Branch, below, merged, one, rows
from server.foundation.actor import Actor
from server.foundation.ids import tail_of
from server.foundation.words import Words
from server.lists import queries as lists
from server.lists.rules import instant
from server.notices.rules import SETTLED, SIGNED, digest

PAGE, MOST_COUNTED = 50, 1000
COLUMNS = (
    "n.id, n.number, n.facility_id, n.facility, n.place_path, n.visit_id, n.found_on, n.bureau, n.lines, n.issuer, n.issued_at, n.issued_on, n.delivery, n.signer, "
    "n.signed_on, n.refused, n.witnesses, n.refused_on, n.noted_by"
)


class Line(msgspec.Struct, frozen=True):
    """One problem as it was issued."""

    problem: str
    number: str
    what: str
    clause: Words
    point: str
    step: str
    severity: str
    due_on: dt.date
    person: str
    sponsor: str = ""

    @property
    def spot(self) -> str:
        return " / ".join(word for word in (self.point, self.step) if word)


class Notice(msgspec.Struct, frozen=True):
    id: str
    number: str
    facility_id: str
    facility: str
    place_path: str
    visit_id: str
    found_on: dt.date
    bureau: str
    lines: tuple[Line, ...]
    issuer: str
    issued_at: dt.datetime
    issued_on: dt.date
    delivery: str
    signer: str
    signed_on: dt.date | None
    refused: str
    witnesses: str
    refused_on: dt.date | None
    noted_by: str

    @property
    def is_signed(self) -> bool:
        return self.delivery in SIGNED

    @property
    def is_settled(self) -> bool:
        """Nobody signs for it any more."""
        return self.delivery in SETTLED


class Listed(msgspec.Struct, frozen=True):
    """One page. after: where the next begins, or "". count stops at MOST_COUNTED + 1."""

    notices: list[Notice]
    after: str
    count: int


async def listed(actor: Actor, delivery: str | None, q: str, after: str = "") -> Listed:
    """PAGE notices within the actor's places, the latest first. delivery: of one kind only; q: parts of number or facility, or the short code."""
    more, values = ("", []) if delivery is None else (" and n.delivery = ?", [delivery])
    for word in q.split()[:5]:
        more, values = f"{more} and (n.number like ? or n.facility like ? or n.id like ?)", [*values, f"%{word}%", f"%{word}%", f"%{tail_of(word) or word}"]
    branches: list[Branch] = [(f"{place}{more}", (*scoped, *values)) for place, scoped in await lists.places("n.place_path", actor.paths())]
    text, _, id = after.partition("~")
    moment = instant(text)
    seek, place_of = (" and (n.issued_at, n.id) < (?, ?)", (moment, id)) if moment else ("", ())
    walks = [(f"select n.id, n.issued_at as k from notice n where {condition}{seek}", (*given, *place_of)) for condition, given in branches]
    if not walks:
        return Listed([], "", 0)
    sql, bound = merged(walks, "k desc, id desc", PAGE + 1)
    found = [_notice(row) for row in await rows(f"select {COLUMNS} from ({sql}) walked join notice n on n.id = walked.id order by k desc, n.id desc", *bound)]
    last = f"{found[PAGE - 1].issued_at.isoformat()}~{found[PAGE - 1].id}" if len(found) > PAGE else ""
    return Listed(found[:PAGE], last, await lists.counted("notice n", branches, MOST_COUNTED + 1))


async def notice(actor: Actor, id: str) -> Notice | None:
    """The notice, if it lies within the actor's places."""
    scope, values = below("n.place_path", actor.paths())
    found = await one(f"select {COLUMNS} from notice n where n.id = ? and {scope}", id, *values)
    return _notice(found) if found else None


async def of_visit(actor: Actor, visit_id: str) -> list[Notice]:
    """Those with which the problems of this visit were issued, as far as the actor may see them."""
    scope, values = below("n.place_path", actor.paths())
    return [_notice(row) for row in await rows(f"select {COLUMNS} from notice n where n.visit_id = ? and {scope} order by n.issued_at, n.id", visit_id, *values)]


async def of_facilities(actor: Actor, most: int) -> list[Notice]:
    """The last of those to facilities that the actor answers for, the latest first."""
    scope, values = below("n.place_path", actor.paths("contact"))
    return [_notice(row) for row in await rows(f"select {COLUMNS} from notice n where {scope} order by n.issued_at desc, n.id desc limit {most}", *values)]


async def verify_records() -> list[str]:
    """Every notice that does not say what its history says it said: changed by hand, or gone."""
    kept = {row["subject_id"]: msgspec.json.decode(row["data"]) for row in await rows("select subject_id, data from event where kind = 'notice.issued'")}
    found = {row["id"]: digest(row["lines"]) for row in await rows("select id, lines from notice")}
    return [f"notice {told['number']} is not as it was issued" for id, told in kept.items() if found.get(id) != told["kept"]]


def _notice(row: dict[str, Any]) -> Notice:
    row["lines"] = msgspec.json.decode(row["lines"], type=tuple[Line, ...])
    return Notice(**{name: row[name] for name in Notice.__struct_fields__})
