"""Registering facilities, changing them, and saying who answers for what."""

from collections.abc import Iterable
from typing import Any

import msgspec

from server.database.fields import as_json
from server.facilities import rules
from server.facilities.rules import Details, Duty, Point
from server.facilities.tables import Facility, Responsibility
from server.foundation.command import Handling
from server.foundation.ids import is_id, new_id
from server.foundation.refusal import Refusal
from server.ledger.unit import Unit
from server.people.rules import check_parent, place_path
from server.people.tables import Place

Row = dict[str, Any]


class AddFacility(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """id: of the new facility, or of a bureau that is to be inspected itself; parent: the bureau above it."""

    id: str
    parent: str
    details: Details


class ChangeFacility(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All details anew. seen: the version that was open in the form."""

    id: str
    details: Details
    seen: int


class SetResponsibilities(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole list of who answers for what. seen: the version that was open in the form."""

    facility: str
    responsibilities: tuple[Duty, ...]
    seen: int


class ImportedFacility(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One facility of a file. details or responsibilities is null where the file does not speak of them."""

    id: str
    parent: str
    details: Details | None = None
    responsibilities: tuple[Duty, ...] | None = None


class ImportFacilities(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole file: all of it is done or nothing. file: its SHA-256."""

    facilities: tuple[ImportedFacility, ...]
    file: str = ""


async def add_facility(unit: Unit, adding: AddFacility) -> Row:
    path = await _add(unit, adding.id, adding.parent, adding.details)
    return {"facility": adding.id, "path": path}


async def change_facility(unit: Unit, changing: ChangeFacility) -> Row:
    facility, place = await _opened(unit, changing.id, changing.seen)
    await _change(unit, facility, place, changing.details)
    return {"facility": changing.id, "version": facility["version"] + 1}


async def set_responsibilities(unit: Unit, setting: SetResponsibilities) -> Row:
    facility, place = await _opened(unit, setting.facility, setting.seen)
    await _answer_for(unit, setting.facility, place["path"], setting.responsibilities)
    unit.change(Facility, setting.facility, version=facility["version"] + 1)
    return {"facility": setting.facility, "version": facility["version"] + 1}


async def import_facilities(unit: Unit, importing: ImportFacilities) -> Row:
    """Facilities that are not there yet are added, others changed; a difference in nothing leaves no trace."""
    if not 0 < len(importing.facilities) <= rules.MOST_FACILITIES:
        raise Refusal("facility.many", limit=rules.MOST_FACILITIES).at("facilities")
    seen: set[str] = set()
    added = changed = 0
    for entry in importing.facilities:
        if entry.id in seen:
            raise Refusal("facility.twice", name=entry.details.name if entry.details else entry.id)
        seen.add(entry.id)
        if await unit.find(Facility, entry.id) is None:
            await _import_new(unit, entry)
            added += 1
        else:
            changed += await _import_change(unit, entry)
    same = len(seen) - added - changed
    unit.note("facilities.imported", unit.command.id, _top(unit), file=importing.file, added=added, changed=changed, same=same)
    return {"added": added, "changed": changed, "same": same}


async def _import_new(unit: Unit, entry: ImportedFacility) -> None:
    if entry.details is None:
        raise Refusal("not_found").at("id")
    path = await _add(unit, entry.id, entry.parent, entry.details)
    if entry.responsibilities:
        await _answer_for(unit, entry.id, path, entry.responsibilities)


async def _import_change(unit: Unit, entry: ImportedFacility) -> bool:
    """Whether anything was different."""
    facility, place = await _opened(unit, entry.id)
    if entry.parent != place["parent_id"]:
        raise Refusal("facility.moved").at("parent")
    differs = entry.details is not None and rules.checked(entry.details) != details_of(facility, place)
    if entry.details is not None and differs:
        await _change(unit, facility, place, entry.details)
    if entry.responsibilities is None:
        return differs
    wanted = rules.checked_duties(entry.responsibilities)
    if wanted == duties_of(await unit.matching(Responsibility, "facility_id", entry.id)):
        return differs
    await _answer_for(unit, entry.id, place["path"], wanted)
    unit.change(Facility, entry.id, version=facility["version"] + 1)
    return True


# What each of them is made of


async def _add(unit: Unit, identifier: str, parent_id: str, details: Details) -> str:
    """Declare a facility and, unless a bureau is put on the list itself, its place; the place's path."""
    details = rules.checked(details)
    if not is_id(identifier):
        raise Refusal("input.invalid", reason="id").at("id")
    place, parent = await unit.find(Place, identifier), await unit.find(Place, parent_id)
    if parent is None:
        raise Refusal("not_found").at("parent")
    rules.check_may_add(unit.actor, parent["path"])
    if place is None:
        path = await _add_place(unit, identifier, parent, details)
    else:
        path = await _list_bureau(unit, place, parent, details)
    unit.add(Facility, id=identifier, place_path=path, version=1, **_columns(identifier, details))
    unit.note("facility.added", identifier, path, **_data(details))
    return path


async def _add_place(unit: Unit, identifier: str, parent: Row, details: Details) -> str:
    kind = rules.place_kind(details.type)
    check_parent(kind, parent["kind"])
    if parent["is_closed"]:
        raise Refusal("place.closed", name=parent["name"]).at("parent")
    await _check_name(unit, identifier, parent, details.name)
    path = place_path(parent["path"], identifier)
    unit.add(Place, id=identifier, parent_id=parent["id"], path=path, kind=kind, name=details.name)
    return path


async def _list_bureau(unit: Unit, place: Row, parent: Row, details: Details) -> str:
    """A bureau or office that stands in the tree already becomes something that is inspected."""
    taken = await unit.find(Facility, place["id"]) is not None
    if place["is_closed"]:
        raise Refusal("place.closed", name=place["name"]).at("id")
    if taken or details.type != "bureau_office" or place["parent_id"] != parent["id"]:
        raise Refusal("facility.known").at("id")
    if place["name"] != details.name:
        unit.change(Place, place["id"], name=details.name)
    return str(place["path"])


async def _opened(unit: Unit, identifier: str, seen: int | None = None) -> tuple[Row, Row]:
    """The facility and its place, for someone who may change them, in the version that was seen."""
    facility, place = await unit.find(Facility, identifier), await unit.find(Place, identifier)
    if facility is None or place is None:
        raise Refusal("not_found").at("id")
    rules.check_may_change(unit.actor, place["path"])
    if seen is not None and seen != facility["version"]:
        raise Refusal("facility.changed")
    return facility, place


async def _change(unit: Unit, facility: Row, place: Row, details: Details) -> None:
    details = rules.checked(details)
    identifier = facility["id"]
    parent = await unit.find(Place, place["parent_id"])
    if details.name != place["name"]:
        if parent:
            await _check_name(unit, identifier, parent, details.name)
        unit.change(Place, identifier, name=details.name)
    columns = _columns(identifier, details)
    unit.change(Facility, identifier, version=facility["version"] + 1, **columns)
    unit.note("facility.changed", identifier, place["path"], **_data(details))


async def _check_name(unit: Unit, identifier: str, parent: Row, name: str) -> None:
    place = ("names", parent["id"])
    if place not in unit.memory:  # once for all rows of a file
        unit.memory[place] = {sibling["name"]: sibling["id"] for sibling in await unit.matching(Place, "parent_id", parent["id"])}
    names: dict[str, str] = unit.memory[place]
    if names.setdefault(name, identifier) != identifier:
        raise Refusal("facility.same_name", parent=parent["name"], name=name).at("name")


async def _answer_for(unit: Unit, identifier: str, path: str, duties: Iterable[Duty]) -> None:
    """End the lines that no longer hold and declare those that are new; the order is that of the list."""
    wanted = rules.checked_duties(duties)
    held = {_duty(row): row for row in await unit.matching(Responsibility, "facility_id", identifier) if not row["ended_at"]}
    for duty, row in held.items():
        if duty not in wanted:
            unit.change(Responsibility, row["id"], ended_at=unit.at)
    for sort, duty in enumerate(wanted):
        if duty not in held:
            unit.add(Responsibility, id=new_id(), facility_id=identifier, sort=sort, began_at=unit.at, ended_at=None, **msgspec.to_builtins(duty))
        elif held[duty]["sort"] != sort:
            unit.change(Responsibility, held[duty]["id"], sort=sort)
    unit.note("facility.responsibilities_set", identifier, path, responsibilities=msgspec.to_builtins(wanted))


def details_of(facility: Row, place: Row) -> Details:
    """A facility's row as what a person writes."""
    return Details(
        name=place["name"],
        points=msgspec.json.decode(facility["points"], type=tuple[Point, ...]),
        **{name: facility[name] for name in _PLAIN},
    )


def duties_of(rows: Iterable[Row]) -> tuple[Duty, ...]:
    """The lines that hold today, in their order."""
    return tuple(_duty(row) for row in sorted(rows, key=lambda row: row["sort"]) if not row["ended_at"])


def _duty(row: Row) -> Duty:
    return Duty(row["party"], row["person"], row["title"], row["point"], row["step"])


def _columns(identifier: str, details: Details) -> Row:
    plain = {name: getattr(details, name) for name in _PLAIN}
    points = as_json(details.points)
    return {**plain, "points": points, "search": rules.search_text(identifier, details)}


def _data(details: Details) -> Row:
    """What the history tells: everything but the contact's number, which lives outside the chain."""
    return {name: value for name, value in msgspec.to_builtins(details).items() if name != "contact_phone"}


def _top(unit: Unit) -> str:
    """The place that an import as a whole belongs to: the first one that its author administers."""
    return (*unit.actor.paths("administrator", "supervisor"), "")[0]


def _reads_import(importing: ImportFacilities) -> Iterable[tuple[Any, ...]]:
    for entry in importing.facilities:
        yield Facility, entry.id
        yield Place, entry.id
        yield Place, entry.parent
        yield Responsibility, "facility_id", entry.id
        yield Place, "parent_id", entry.parent


_PLAIN = ("type", "address", "contact_name", "contact_title", "contact_phone", "beds", "notes", "latitude", "longitude")

COMMANDS = (
    Handling("facilities.add", AddFacility, add_facility, lambda adding: ((Place, adding.id), (Place, adding.parent))),
    Handling("facilities.change", ChangeFacility, change_facility, lambda changing: ((Facility, changing.id), (Place, changing.id))),
    Handling(
        "facilities.set_responsibilities", SetResponsibilities, set_responsibilities,
        lambda setting: ((Facility, setting.facility), (Responsibility, "facility_id", setting.facility)),
    ),
    Handling("facilities.import", ImportFacilities, import_facilities, _reads_import),
)  # fmt: skip
