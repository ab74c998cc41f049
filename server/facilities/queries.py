"""Reading facilities: lists, one facility, what a phone takes along, what goes into a file."""

import datetime as dt
import unicodedata
from collections.abc import Callable
from typing import Any

import msgspec

from server.database.rows import Branch, among, below, merged, one, rows
from server.facilities import rules
from server.facilities.positions import NOWHERE, Position
from server.facilities.rules import Details, Duty, Point
from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.ids import tail_of
from server.foundation.words import Words
from server.lists import queries as lists
from server.lists.rules import Filtering
from server.people.queries import place_for

PAGE = 50
MOST_COUNTED = 1000
TAIL = "substr(replace(f.id, '-', ''), 23, 10)"  # as its unique index has it
COLUMNS = (
    "f.id, p.name, p.path, p.parent_id, up.name as parent, f.type, f.address, f.contact_name, f.contact_title, f.contact_phone, "
    "f.beds, f.points, f.notes, f.latitude, f.longitude, f.version, p.is_closed, p.closed_on, p.closed_why, p.into_id, m.name as into_name"
)
JOINED = "join place p on p.id = f.id left join place up on up.id = p.parent_id left join place m on m.id = p.into_id"
FROM = f"from facility f {JOINED}"
NAMED = "facility f cross join place p left join place up on up.id = p.parent_id"  # in this order: SQLite keeps to it


class Facility(msgspec.Struct, frozen=True):
    """One facility as pages show it. points: those of the register; path: its place in the tree."""

    id: str
    name: str
    path: str
    parent_id: str | None
    parent: str
    type: str
    address: str
    contact_name: str
    contact_title: str
    contact_phone: str
    beds: int | None
    points: tuple[Point, ...]
    notes: str
    version: int
    latitude: float | None = None
    longitude: float | None = None
    is_closed: bool = False
    closed_on: dt.date | None = None
    closed_why: str = ""
    into_id: str | None = None
    into_name: str | None = None

    @property
    def position(self) -> Position:
        return NOWHERE if self.latitude is None or self.longitude is None else (self.latitude, self.longitude)

    @property
    def details(self) -> Details:
        plain = {name: getattr(self, name) for name in Details.__struct_fields__}
        return Details(**plain)


CLOSED = {"yes": Words("已停用", "Closed"), "all": Words("停用的也列出", "Closed ones too")}
LACKS = {
    "persons": Words("还缺责任人", "Lacks responsible persons"), "account": Words("还缺机构责任人账号", "Lacks a contact's account"),
    "position": Words("还缺坐标", "Lacks a position"),
}  # fmt: skip
SAID: dict[str, Words | Callable[[str], Words]] = {
    "type": lambda key: rules.TYPES[key], "place": Words("{it}", "{it}"), "closed": lambda key: CLOSED[key], "lack": lambda key: LACKS[key],
    "q": Words("“{it}”", "“{it}”"),
}  # fmt: skip
KNOWN = {"type": rules.TYPES, "closed": CLOSED, "lack": LACKS}


class Filters(Filtering, frozen=True):
    """What the address of the register says. place: a bureau's id, with all below it; closed: "", "yes" or "all".

    lack: "persons" (nobody answers for it), "account" (no contact who can sign in) or "position".
    """

    q: str = ""
    type: str = ""
    place: str = ""
    closed: str = ""
    lack: str = ""

    words = SAID


class Listed(msgspec.Struct, frozen=True):
    """One page of the register. after: where the next begins, or "". count stops at MOST_COUNTED + 1."""

    facilities: list[Facility]
    after: str
    count: int


async def listed(actor: Actor, filters: Filters, after: str = "") -> Listed:
    """PAGE facilities within the actor's places that fit, in the order of the tree, from after this path on."""
    branches, source = await _branches(actor, filters), NAMED if filters.q else "facility f"
    if not branches:
        return Listed([], "", 0)
    walks = [(f"select f.id, f.place_path as k from {source} where {condition}", values) for condition, values in await _branches(actor, filters, after)]
    sql, given = merged(walks, "k", PAGE + 1)
    found = await rows(f"select {COLUMNS} from ({sql}) walked join facility f on f.id = walked.id {JOINED} order by k", *given)
    more = found[PAGE - 1]["path"] if len(found) > PAGE else ""
    return Listed([_facility(row) for row in found[:PAGE]], more, await lists.counted(source, branches, MOST_COUNTED + 1))


async def filtered(actor: Actor, filters: Filters, most: int) -> list[tuple[Facility, tuple[Duty, ...]]]:
    """All that fit, at most `most`, with who answers for what: for paper and files."""
    where, values = lists.united(await _branches(actor, filters))
    found = [_facility(row) for row in await rows(f"select {COLUMNS} {FROM} where {where} order by p.path limit {most}", *values)]
    held: dict[str, list[Duty]] = {}
    for start in range(0, len(found), 500):
        ids = [facility.id for facility in found[start : start + 500]]
        for row in await rows(
            "select facility_id, party, person, title, point, step from responsibility "
            f"where {among('facility_id', ids)} and ended_at is null order by facility_id, sort", *ids,
        ):  # fmt: skip
            held.setdefault(row.pop("facility_id"), []).append(Duty(**row))
    return [(facility, tuple(held.get(facility.id, ()))) for facility in found]


async def _branches(actor: Actor, filters: Filters, after: str = "") -> list[Branch]:
    """One condition for each of the actor's places, so that each is a walk through the register in the order of the tree, from after a path on."""
    filters, paths = filters.known(KNOWN), actor.paths()
    if filters.place:
        place = await place_for(actor, filters.place)
        paths = (place.path,) if place else ()
    more, values = _conditions(filters)
    return [(f"{'p.id = f.id and ' if filters.q else ''}{scope}{more}", (*scoped, *values)) for scope, scoped in (_range(path, after) for path in paths)]


def _range(path: str, after: str) -> Branch:
    """A place and all below it, from after a path on, with one lower bound: of two, SQLite would seek by the first."""
    if after < path or not after:
        return below("f.place_path", (path,))
    return ("f.place_path > ? and f.place_path < ?", (after, path + "~")) if path else ("f.place_path > ?", (after,))


def _conditions(filters: Filters) -> Branch:
    """All but the place, joined by "and"."""
    parts: list[str] = []
    values: list[Any] = []

    def add(condition: str, *given: Any) -> None:
        parts.append(condition)
        values.extend(given)

    if filters.closed != "all":
        add(f"f.id {'' if filters.closed == 'yes' else 'not '}in (select id from place where is_closed)")  # few
    if filters.type:
        add("f.type = ?", filters.type)
    if filters.lack == "persons":
        add("not exists (select 1 from responsibility r where r.facility_id = f.id and r.ended_at is null)")
    elif filters.lack == "account":
        add(
            "not exists (select 1 from standing st join person ps on ps.id = st.person_id where st.place_id = f.id and st.role = 'contact' "
            "and ps.state <> 'left' and (st.until_on is null or st.until_on >= ?))", clock.today(),
        )  # fmt: skip
    elif filters.lack == "position":
        add("f.latitude is null")
    for word in unicodedata.normalize("NFKC", filters.q).lower().split()[:5]:
        like, tail = f"%{word}%", tail_of(word)
        found = f"f.search like ? or lower(p.name) like ? or lower(up.name) like ?{f' or {TAIL} = ?' if tail else ''}"
        # As a case PostgreSQL cannot take it for rare: so it walks and stops at a full page, where it would read and sort all.
        add(f"case when {found} then true else false end", like, like, like, *([tail] if tail else []))
    return "".join(f" and {part}" for part in parts), values


async def coded(actor: Actor, code: str) -> Facility | None:
    """The facility with this short code as people type it, if it lies within the actor's places."""
    tail = tail_of(code)
    scope, values = below("p.path", actor.paths())
    found = await one(f"select {COLUMNS} {FROM} where {TAIL} = ? and {scope}", tail, *values) if tail else None
    return _facility(found) if found else None


async def every(actor: Actor, *roles: str) -> list[tuple[Facility, tuple[Duty, ...]]]:
    """All open facilities that the actor reaches with one of these roles, with who answers for what."""
    scope, values = below("p.path", actor.paths(*roles))
    found = [_facility(row) for row in await rows(f"select {COLUMNS} {FROM} where {scope} and not p.is_closed order by p.path", *values)]
    duties = await rows(
        "select r.facility_id, r.party, r.person, r.title, r.point, r.step from responsibility r join place p on p.id = r.facility_id "
        f"where {scope} and r.ended_at is null order by r.facility_id, r.sort",
        *values,
    )
    held: dict[str, list[Duty]] = {}
    for row in duties:
        held.setdefault(row.pop("facility_id"), []).append(Duty(**row))
    return [(facility, tuple(held.get(facility.id, ()))) for facility in found]


async def facility(actor: Actor, id: str) -> Facility | None:
    """The facility, if it lies within the actor's places."""
    scope, values = below("p.path", actor.paths())
    found = await one(f"select {COLUMNS} {FROM} where f.id = ? and {scope}", id, *values)
    return _facility(found) if found else None


async def some(actor: Actor, ids: list[str]) -> list[tuple[Facility, tuple[Duty, ...]]]:
    """Those of these facilities that lie within the actor's places, with who answers for what today."""
    if not ids:
        return []
    scope, values = below("p.path", actor.paths())
    found = [_facility(row) for row in await rows(f"select {COLUMNS} {FROM} where {among('f.id', ids)} and {scope}", *ids, *values)]
    held: dict[str, list[Duty]] = {}
    for row in await rows(
        f"select facility_id, party, person, title, point, step from responsibility where {among('facility_id', ids)} and ended_at is null order by sort", *ids
    ):
        held.setdefault(row.pop("facility_id"), []).append(Duty(**row))
    return [(facility, tuple(held.get(facility.id, ()))) for facility in found]


async def duties(facility_id: str) -> tuple[Duty, ...]:
    """Who answers for what today. The caller has made sure that the facility may be seen."""
    found = await rows(
        "select party, person, title, point, step from responsibility where facility_id = ? and ended_at is null order by sort",
        facility_id,
    )
    return tuple(Duty(**row) for row in found)


class Past(msgspec.Struct, frozen=True):
    """A line that no longer holds. began_at: unknown for lines from before this was kept."""

    duty: Duty
    began_at: dt.datetime | None
    ended_at: dt.datetime


async def past_duties(facility_id: str, most: int = 500) -> list[Past]:
    """Who answered for what before, the last ended first. The caller has made sure that the facility may be seen."""
    found = await rows(
        "select party, person, title, point, step, began_at, ended_at from responsibility "
        f"where facility_id = ? and ended_at is not null order by ended_at desc, sort limit {most}", facility_id,
    )  # fmt: skip
    return [Past(Duty(**{name: row[name] for name in Duty.__struct_fields__}), row["began_at"], row["ended_at"]) for row in found]


def _facility(row: dict[str, Any]) -> Facility:
    points = msgspec.json.decode(row.pop("points"), type=tuple[Point, ...])
    return Facility(points=points, **{**row, "parent": row["parent"] or ""})


def shown(facility: Facility, actor: Actor) -> Facility:
    """The facility as this person may see it: the contact's number in full only for whom it is."""
    if rules.sees_phone(actor, facility.path):
        return facility
    return msgspec.structs.replace(facility, contact_phone=rules.masked(facility.contact_phone))
