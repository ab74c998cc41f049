"""Reading a person's saved filters and last looks; and how far a reader's places reach, as lists want to know it."""

import datetime as dt

import msgspec

from server.database.rows import BUREAU, Branch, at, one, quick
from server.foundation import clock
from server.foundation.actor import Actor


class Saved(msgspec.Struct, frozen=True):
    id: str
    list: str
    name: str
    query: str


class Looked(msgspec.Struct, frozen=True):
    at: dt.datetime
    since_at: dt.datetime


async def saved(actor: Actor, list: str) -> list[Saved]:
    """The actor's own filters of this list, in the order in which they were saved."""
    found = await quick(
        "select id, list, name, query from saved_filter where person_id = ? and list = ? and removed_at is null order by saved_at, id", actor.id, list
    )
    return [Saved(**row) for row in found]


async def is_own(actor: Actor, id: str) -> bool:
    """Whether the actor saved this filter, be it gone since: a second click on taking it away is the same act."""
    return await one("select 1 as n from saved_filter where id = ? and person_id = ?", id, actor.id) is not None


async def looked(actor: Actor, list: str) -> Looked | None:
    """When the actor last looked at this list."""
    found = await quick("select at, since_at from look where id = ?", look_id(actor, list))
    return Looked(**found[0]) if found else None


async def seen_since(actor: Actor, list: str) -> dt.datetime:
    """From when on a change is news to the actor, who reads on in the list."""
    before = await looked(actor, list)
    return before.since_at if before else clock.now()


def look_id(actor: Actor, list: str) -> str:
    return f"{actor.id}/{list}"


async def places(column: str, paths: tuple[str, ...], *wanted: str) -> list[Branch]:
    """One condition for each place that is reached by these paths and lies within, or around, all the wanted places (ids).

    Each is an equality that an index can begin with, or nothing at all where a path reaches every place there is.
    """
    for id in filter(None, wanted):
        place = await quick("select path from place where id = ?", id)
        if not place:
            return []
        inner = place[0]["path"]
        paths = tuple(inner if inner.startswith(path) else path for path in paths if inner.startswith(path) or path.startswith(inner))
    return [("1=1", ()) if await _is_everything(path) else at(column, path) for path in paths]


async def counted(source: str, branches: list[Branch], most: int) -> int:
    """How many rows of the source (`problem p`) meet one of these conditions; counting stops at `most`."""
    if not branches:
        return 0
    each = " union all ".join(f"select 1 from {source} where {condition}" for condition, _ in branches)
    found = await one(f"select count(*) as n from (select 1 from ({each}) each_one limit {most}) counted", *(value for _, values in branches for value in values))
    return found["n"] if found else 0


def united(branches: list[Branch]) -> Branch:
    """All of these conditions as one; none holds for no row."""
    return f"({' or '.join(f'({condition})' for condition, _ in branches) or '1=0'})", [value for _, values in branches for value in values]


async def _is_everything(path: str) -> bool:
    if len(path) >= BUREAU:
        return False
    return path == "" or not await quick("select 1 as n from place where path < ? or path >= ? limit 1", path, path + "~")
