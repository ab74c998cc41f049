"""Reading drafts of check tables."""

import datetime as dt
from typing import Any

import msgspec

from server.database.rows import below, one, rows
from server.foundation.actor import Actor
from server.foundation.words import Words

KEEPERS = ("supervisor", "administrator")
COLUMNS = "d.id, d.key, d.place_id, d.place_path, pl.name as place, d.title, d.origin, d.revision, d.state, d.changed_at, d.changed_by"
FROM = "from draft d join place pl on pl.id = d.place_id"


class Draft(msgspec.Struct, frozen=True):
    id: str
    key: str
    place_id: str
    place_path: str
    place: str
    title: Words
    origin: str
    revision: int
    state: str
    changed_at: dt.datetime
    changed_by: str
    body: dict[str, Any] = {}
    notes: tuple[Words, ...] = ()


async def drafts(actor: Actor) -> list[Draft]:
    """Drafts under way at the places whose check tables this person keeps, the last changed first."""
    scope, values = below("d.place_path", actor.paths(*KEEPERS))
    found = await rows(f"select {COLUMNS} {FROM} where {scope} and d.state = 'open' order by d.changed_at desc limit 200", *values)
    return [_draft(row) for row in found]


async def draft(actor: Actor, id: str) -> Draft | None:
    """One draft with its content."""
    scope, values = below("d.place_path", actor.paths(*KEEPERS))
    found = await one(f"select {COLUMNS}, d.body, d.notes {FROM} where d.id = ? and {scope}", id, *values)
    return _draft(found) if found else None


def _draft(row: dict[str, Any]) -> Draft:
    more = {"body": msgspec.json.decode(row["body"]), "notes": msgspec.json.decode(row["notes"], type=tuple[Words, ...])} if "body" in row else {}
    return Draft(**{**row, "title": msgspec.json.decode(row["title"], type=Words), **more})
