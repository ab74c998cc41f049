"""Published checklists. What is published never changes, so what was read once is kept."""

import datetime as dt

import msgspec

from server.checklists.rules import Checklist
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
    found = await one("select sha256 from checklist where id = ?", f"{key}/{version}")
    if found is None:
        return None
    if found["sha256"] not in _kept:
        body = await one("select body from checklist where id = ?", f"{key}/{version}")
        assert body is not None  # published is for good
        _kept[found["sha256"]] = msgspec.json.decode(body["body"], type=Checklist)
    return _kept[found["sha256"]]


async def digest_of(key: str, version: int) -> str | None:
    found = await one("select sha256 from checklist where id = ?", f"{key}/{version}")
    return found["sha256"] if found else None


_kept: dict[str, Checklist] = {}
