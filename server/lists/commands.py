"""Saving a filter, calling it something else, taking it away; and remembering when somebody looked."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import msgspec

from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.command import Handling
from server.foundation.ids import is_id
from server.foundation.refusal import Refusal
from server.ledger.perform import Ledger
from server.ledger.unit import Unit
from server.lists import queries, rules
from server.lists.tables import Look, SavedFilter

Row = dict[str, Any]


class SaveFilter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """query: the filters as they stand in the list's address, without place or page."""

    id: str
    list: str
    name: str
    query: str


class RenameFilter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    filter: str
    name: str


class RemoveFilter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    filter: str


async def save_filter(unit: Unit, saving: SaveFilter) -> Row:
    rules.named(saving.list)
    if not is_id(saving.id):
        raise Refusal("input.invalid", reason="id").at("id")
    others = await _own(unit, saving.list)
    query, name = rules.checked_query(saving.query), rules.checked_name(saving.name, [row["name"] for row in others])
    if len(others) >= rules.MOST_SAVED:
        raise Refusal("list.many", most=rules.MOST_SAVED).at("name")
    unit.add(SavedFilter, id=saving.id, person_id=unit.person, list=saving.list, name=name, query=query, saved_at=unit.at)
    _note(unit, "saved", saving.id, list=saving.list, name=name, query=query)
    return {"filter": saving.id}


async def rename_filter(unit: Unit, renaming: RenameFilter) -> Row:
    found = await _mine(unit, renaming.filter)
    others = [row["name"] for row in await _own(unit, found["list"]) if row["id"] != found["id"]]
    name = rules.checked_name(renaming.name, others)
    unit.change(SavedFilter, found["id"], name=name)
    _note(unit, "renamed", found["id"], name=name)
    return {"filter": found["id"]}


async def remove_filter(unit: Unit, removing: RemoveFilter) -> Row:
    found = await _mine(unit, removing.filter)
    unit.change(SavedFilter, found["id"], removed_at=unit.at)
    _note(unit, "removed", found["id"])
    return {"filter": found["id"]}


async def look(ledger: Ledger, actor: Actor, list: str) -> dt.datetime:
    """From when on what changed is news to the actor, who opens the list now. Nothing is news to who opens it for the first time."""
    now, before = clock.now(), await queries.looked(actor, list)
    if before is None:
        row = {"id": queries.look_id(actor, list), "person_id": actor.id, "list": list, "at": now, "since_at": now}
        await _keep_first(ledger, row)
        return now
    since = rules.since(before.at, before.since_at, now)
    if now - before.at > rules.NOTED_EVERY:
        await ledger.keep(change=[(Look, queries.look_id(actor, list), {"at": now, "since_at": since})])
    return since


async def _keep_first(ledger: Ledger, row: Row) -> None:
    try:
        await ledger.keep(add=[(Look, row)])
    except Refusal as refusal:
        if refusal.code != "input.conflict":  # two pages opened at once: the other one has kept it
            raise


async def _mine(unit: Unit, id: str) -> Row:
    found = await unit.find(SavedFilter, id)
    if found is None or found["person_id"] != unit.person or found["removed_at"]:
        raise Refusal("not_found")
    return found


async def _own(unit: Unit, list: str) -> list[Row]:
    return [row for row in await unit.matching(SavedFilter, "person_id", unit.person) if row["list"] == list and not row["removed_at"]]


def _note(unit: Unit, verb: str, id: str, **told: Any) -> None:
    unit.note(f"filter.{verb}", id, (*unit.actor.paths(), "")[0], **told)


def _reads(asked: Any) -> Iterable[tuple[Any, ...]]:
    yield SavedFilter, asked.filter


COMMANDS = (
    Handling("lists.save", SaveFilter, save_filter, own=True),
    Handling("lists.rename", RenameFilter, rename_filter, _reads, own=True),
    Handling("lists.remove", RemoveFilter, remove_filter, _reads, own=True),
)
