"""Published checklists, as far as they are for the reader's places."""

import datetime as dt
from typing import Any

import msgspec

from server.checklists.differences import Difference, differences
from server.checklists.rules import Checklist, read
from server.database.rows import one, rows
from server.foundation.actor import Actor
from server.foundation.words import Words

COLUMNS = "id, key, version, title, published_at, place_path, place_name, retired_at"


class Published(msgspec.Struct, frozen=True):
    id: str
    key: str
    version: int
    title: Words
    published_at: dt.datetime
    place_path: str
    place_name: str
    retired_at: dt.datetime | None


async def published(actor: Actor | None = None) -> list[Published]:
    """Every published version, the newest of each key first: those for the actor's places, all for nobody in particular."""
    found = await rows(f"select {COLUMNS} from checklist order by key, version desc")
    every = [_published(row) for row in found]
    return [entry for entry in every if actor is None or _is_for(actor, entry.place_path)]


async def versions(actor: Actor, key: str) -> list[Published]:
    """All versions of a key that are for the actor's places, the newest first."""
    found = await rows(f"select {COLUMNS} from checklist where key = ? order by version desc", key)
    return [entry for entry in map(_published, found) if _is_for(actor, entry.place_path)]


async def newest(actor: Actor) -> list[Published]:
    """The newest version of each checklist that is offered to the actor's places."""
    found: dict[str, Published] = {}
    for entry in await published(actor):
        found.setdefault(entry.key, entry)
    return [entry for entry in found.values() if entry.retired_at is None]


async def current(actor: Actor) -> list[tuple[Published, Checklist]]:
    """The same with their content: what a new visit uses."""
    found = [(entry, await checklist(entry.key, entry.version)) for entry in await newest(actor)]
    return [(entry, made) for entry, made in found if made]


async def checklist(key: str, version: int) -> Checklist | None:
    found = await one("select sha256, body from checklist where id = ?", f"{key}/{version}")
    return read(found["sha256"], found["body"]) if found else None


async def compared(key: str, version: int, later: Checklist) -> tuple[Checklist, list[Difference]] | None:
    """A published version, and what the later one says otherwise; None where there is no such version."""
    before = await checklist(key, version)
    return (before, differences(before, later)) if before else None


async def raw(key: str, version: int) -> dict[str, Any] | None:
    """The whole file as it was published."""
    found = await one("select body from checklist where id = ?", f"{key}/{version}")
    return msgspec.json.decode(found["body"]) if found else None


async def digest_of(key: str, version: int) -> str | None:
    found = await one("select sha256 from checklist where id = ?", f"{key}/{version}")
    return found["sha256"] if found else None


def _is_for(actor: Actor, path: str) -> bool:
    return any(standing.path.startswith(path) or path.startswith(standing.path) for standing in actor.roles)


def _published(row: dict[str, Any]) -> Published:
    return Published(**{**row, "title": msgspec.json.decode(row["title"], type=Words)})
