"""Reading facilities: lists, one facility, what a phone takes along, what goes into a file."""

from typing import Any

import msgspec

from server.database.rows import below, one, rows
from server.facilities import rules
from server.facilities.rules import Details, Duty, Point
from server.foundation.actor import Actor

PAGE = 50
COLUMNS = (
    "f.id, p.name, p.path, p.parent_id, up.name as parent, f.type, f.address, f.contact_name, f.contact_title, f.contact_phone, "
    "f.beds, f.points, f.notes, f.version"
)
FROM = "from facility f join place p on p.id = f.id left join place up on up.id = p.parent_id"


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

    @property
    def details(self) -> Details:
        plain = {name: getattr(self, name) for name in Details.__struct_fields__}
        return Details(**plain)


async def facilities(actor: Actor, search: str = "", type: str = "", after: str = "") -> list[Facility]:
    """Up to PAGE + 1 open facilities in the order of the tree, from after the place with the path `after`."""
    scope, values = below("p.path", actor.paths())
    wanted = [f"%{word}%" for word in search.lower().split()[:5]]
    more = "".join(" and f.search like ?" for _ in wanted) + (" and f.type = ?" if type else "")
    found = await rows(
        f"select {COLUMNS} {FROM} where {scope} and not p.is_closed and p.path > ?{more} order by p.path limit {PAGE + 1}",
        *values, after, *wanted, *([type] if type else []),
    )  # fmt: skip
    return [_facility(row) for row in found]


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


async def duties(facility_id: str) -> tuple[Duty, ...]:
    """Who answers for what today. The caller has made sure that the facility may be seen."""
    found = await rows(
        "select party, person, title, point, step from responsibility where facility_id = ? and ended_at is null order by sort",
        facility_id,
    )
    return tuple(Duty(**row) for row in found)


def _facility(row: dict[str, Any]) -> Facility:
    points = msgspec.json.decode(row.pop("points"), type=tuple[Point, ...])
    return Facility(points=points, **{**row, "parent": row["parent"] or ""})


def shown(facility: Facility, actor: Actor) -> Facility:
    """The facility as this person may see it: the contact's number in full only for whom it is."""
    if rules.sees_phone(actor, facility.path):
        return facility
    return msgspec.structs.replace(facility, contact_phone=rules.masked(facility.contact_phone))
