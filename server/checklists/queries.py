"""Published checklists."""

import datetime as dt

import msgspec

from server.checklists.rules import Checklist, read
from server.database.rows import one, rows
from server.foundation.words import Words


class Published(msgspec.Struct, frozen=True):
    id: str
    key: str
    version: int
    title: Words
    published_at: dt.datetime


async def published() -> list[Published]:
    """Every published version, the newest of each key first."""
    found = await rows("select id, key, version, title, published_at from checklist order by key, version desc")
    return [Published(**{**row, "title": msgspec.json.decode(row["title"], type=Words)}) for row in found]


async def current() -> list[Checklist]:
    """The newest version of each checklist: what a new visit uses."""
    newest: dict[str, Published] = {}
    for entry in await published():
        newest.setdefault(entry.key, entry)
    found = [await checklist(entry.key, entry.version) for entry in newest.values()]
    return [made for made in found if made]


async def checklist(key: str, version: int) -> Checklist | None:
    found = await one("select sha256, body from checklist where id = ?", f"{key}/{version}")
    return read(found["sha256"], found["body"]) if found else None


async def digest_of(key: str, version: int) -> str | None:
    found = await one("select sha256 from checklist where id = ?", f"{key}/{version}")
    return found["sha256"] if found else None
