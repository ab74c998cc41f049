"""Changing the tree. Nothing that was written at a place is lost: a closed one keeps it, a moved one takes it along."""

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from server.foundation.command import Handling
from server.foundation.ids import is_id
from server.foundation.refusal import Refusal
from server.ledger.unit import Unit
from server.people.rules import check_administers, check_parent, place_path, reason
from server.people.tables import Place, PlaceMark
from server.places import rules

Row = dict[str, Any]


class AddPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """mark: what stands in document numbers (万民整); code: what stands in receipts (WZ); telephone: whom facilities call. parent: null for the top."""

    id: str
    kind: Literal["municipal", "district", "office"]
    name: str
    parent: str | None = None
    mark: str = ""
    code: str = ""
    telephone: str = ""


class ChangePlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Documents that were numbered keep their numbers; new ones bear the new mark and go on counting."""

    id: str
    name: str
    mark: str = ""
    code: str = ""
    telephone: str = ""


class ClosePlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """into: the place that this one was merged into (并入), or null."""

    id: str
    reason: str
    into: str | None = None


class OpenPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    reason: str


class MovePlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The place and all below it, with their people's roles, problems and visits, go under another parent."""

    id: str
    parent: str
    reason: str


async def add_place(unit: Unit, adding: AddPlace) -> Row:
    name = _name(adding.name)
    parent = await unit.find(Place, adding.parent) if adding.parent else None
    if not is_id(adding.id) or await unit.find(Place, adding.id):
        raise Refusal("input.invalid", reason="id").at("id")
    if adding.parent and parent is None:
        raise Refusal("not_found").at("parent")
    above = parent["path"] if parent else ""
    check_administers(unit.actor, above)
    check_parent(adding.kind, parent["kind"] if parent else None)
    if parent and parent["is_closed"]:
        raise Refusal("place.above_closed", name=parent["name"]).at("parent")
    if parent:
        await _check_name(unit, adding.id, parent, name)
    mark, code = rules.marked(adding.mark, rules.LONGEST_MARK, "mark"), rules.marked(adding.code, rules.LONGEST_CODE, "code").upper()
    path, telephone = place_path(above, adding.id), rules.telephone(adding.telephone)
    unit.add(Place, id=adding.id, parent_id=adding.parent, path=path, kind=adding.kind, name=name, mark=mark, code=code, telephone=telephone, is_closed=False)
    await _take_mark(unit, adding.id, mark)
    unit.note("place.added", adding.id, path, name=name, place_kind=adding.kind)
    return {"place": adding.id}


async def change_place(unit: Unit, changing: ChangePlace) -> Row:
    place = await _found(unit, changing.id)
    check_administers(unit.actor, place["path"])
    if place["kind"] == "facility":
        raise Refusal("place.a_facility").at("name")
    name = _name(changing.name)
    mark, code = rules.marked(changing.mark, rules.LONGEST_MARK, "mark"), rules.marked(changing.code, rules.LONGEST_CODE, "code").upper()
    if name != place["name"] and place["parent_id"]:
        await _check_name(unit, place["id"], await _found(unit, place["parent_id"]), name)
    if mark != place["mark"]:
        if place["mark"] and not await unit.find(PlaceMark, place["mark"]):
            unit.add(PlaceMark, id=place["mark"], place_id=place["id"])
        await _take_mark(unit, place["id"], mark)
    now = {"name": name, "mark": mark, "code": code, "telephone": rules.telephone(changing.telephone)}
    unit.change(Place, place["id"], **now)
    unit.note("place.changed", place["id"], place["path"], before={key: place[key] for key in now}, **now)
    return {"place": place["id"]}


async def close_place(unit: Unit, closing: ClosePlace) -> Row:
    """Open problems do not stand in its way: they stay where they are, and their people go on with them."""
    place, _ = await _from_above(unit, closing.id)
    why = reason(closing.reason)
    if place["is_closed"]:
        raise Refusal("place.is_closed", name=place["name"])
    below = [row for row in await unit.matching(Place, "parent_id", place["id"]) if not row["is_closed"]]
    if below:
        raise Refusal("place.has_open", name=place["name"], count=len(below))
    into = await unit.find(Place, closing.into) if closing.into else None
    if closing.into:
        fits = into and into["id"] != place["id"] and not into["is_closed"] and into["kind"] == place["kind"] and unit.actor.has("administrator", into["path"])
        if not into or not fits:
            raise Refusal("place.into").at("into")
    unit.change(Place, place["id"], is_closed=True, closed_on=unit.today, closed_why=why, into_id=closing.into)
    unit.note("place.closed", place["id"], place["path"], reason=why, into=closing.into, into_name=into["name"] if into else "")
    return {"place": place["id"]}


async def open_place(unit: Unit, opening: OpenPlace) -> Row:
    place, parent = await _from_above(unit, opening.id)
    why = reason(opening.reason)
    if not place["is_closed"]:
        raise Refusal("place.is_open", name=place["name"])
    if parent and parent["is_closed"]:
        raise Refusal("place.above_closed", name=parent["name"])
    unit.change(Place, place["id"], is_closed=False, closed_on=None, closed_why="", into_id=None)
    unit.note("place.opened", place["id"], place["path"], reason=why)
    return {"place": place["id"]}


async def move_place(unit: Unit, moving: MovePlace) -> Row:
    """Asked of whoever administers both the parent it leaves and the one it comes to. Events keep the path they were written with."""
    place, parent = await _from_above(unit, moving.id)
    why = reason(moving.reason)
    target = await unit.find(Place, moving.parent)
    if target is None:
        raise Refusal("not_found").at("parent")
    check_administers(unit.actor, target["path"])
    rules.check_target(place["path"], target["path"])
    check_parent(place["kind"], target["kind"])
    if target["is_closed"]:
        raise Refusal("place.above_closed", name=target["name"]).at("parent")
    if target["id"] == place["parent_id"]:
        raise Refusal("place.there", name=place["name"]).at("parent")
    await _check_name(unit, place["id"], target, place["name"])
    path = place_path(target["path"], place["id"])
    unit.change(Place, place["id"], parent_id=target["id"])
    unit.move(place["path"], path)
    told = {"reason": why, "from": parent["name"] if parent else "", "to": target["name"]}
    unit.note("place.moved", place["id"], place["path"], **told)  # both sides keep it in their history
    unit.note("place.arrived", place["id"], path, **told)
    return {"place": place["id"], "path": path}


async def _found(unit: Unit, id: str) -> Row:
    place = await unit.find(Place, id)
    if place is None:
        raise Refusal("not_found")
    return place


async def _from_above(unit: Unit, id: str) -> tuple[Row, Row | None]:
    """The place and the one above it, for who administers that."""
    place = await _found(unit, id)
    parent = await unit.find(Place, place["parent_id"]) if place["parent_id"] else None
    rules.check_from_above(unit.actor, place["path"], parent["path"] if parent else "")
    return place, parent


async def _check_name(unit: Unit, id: str, parent: Row, name: str) -> None:
    for sibling in await unit.matching(Place, "parent_id", parent["id"]):
        if sibling["name"] == name and sibling["id"] != id:
            raise Refusal("place.same_name", parent=parent["name"], name=name).at("name")


async def _take_mark(unit: Unit, id: str, mark: str) -> None:
    """A mark belongs to one place for good: each counts its own numbers, and they must never meet."""
    if not mark:
        return
    earlier = await unit.find(PlaceMark, mark)
    holders = [*(row["id"] for row in await unit.matching(Place, "mark", mark)), *([earlier["place_id"]] if earlier else [])]
    if any(holder != id for holder in holders):
        raise Refusal("place.mark_taken", mark=mark).at("mark")
    if not earlier:
        unit.add(PlaceMark, id=mark, place_id=id)


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 1 <= len(name) <= 60 or not name.isprintable():
        raise Refusal("input.invalid", reason="1–60").at("name")
    return name


def _reads(asked: Any) -> Iterable[tuple[Any, ...]]:
    yield Place, asked.id
    yield Place, "parent_id", asked.id


COMMANDS = (
    Handling("places.add", AddPlace, add_place),
    Handling("places.change", ChangePlace, change_place),
    Handling("places.close", ClosePlace, close_place, _reads),
    Handling("places.open", OpenPlace, open_place),
    Handling("places.move", MovePlace, move_place),
)
