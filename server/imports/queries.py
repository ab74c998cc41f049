"""Reading imports: the list, one of them with its rows, what the register knows, what a server still has to do."""

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import Any

import msgspec

from server.database.rows import among, below, one, rows
from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.words import Words
from server.imports.names import Names, Registered
from server.imports.rules import KEEPERS, RANKS, STATES, WORKING, Mark, seen_of
from server.lists import queries as lists
from server.lists.rules import Filtering, instant

PAGE = 20
LISTED, MOST_COUNTED = 50, 1000
COLUMNS = (
    "i.id, i.place_id, i.place_path, pl.name as place, i.name, i.sha256, i.state, i.total, i.done, i.sheets, i.heads, i.mapping, i.refusal, i.author, "
    "i.created_at, i.changed_at, i.imported_at, i.lease, i.lease_at"
)
FROM = "from import i join place pl on pl.id = i.place_id"
ROW = "r.id, r.import_id, r.sort, r.sheet, r.line, r.cells, r.said, r.found, r.marks, r.standing, r.reason"


class Sheet(msgspec.Struct, frozen=True):
    """One sheet of the file. head: its heading's fingerprint, "" where there is none; lines: rows below it."""

    name: str
    head: str
    year: int | None
    lines: int


class Heading(msgspec.Struct, frozen=True):
    """One heading, with what stands below it in the first rows. bottom: its last row, from 0."""

    fingerprint: str
    names: tuple[str, ...]
    guess: tuple[str, ...]
    samples: tuple[tuple[str, ...], ...]


class Mapping(msgspec.Struct, frozen=True):
    columns: dict[str, dict[str, str]] = {}
    facility: str = ""


class Import(msgspec.Struct, frozen=True):
    id: str
    place_id: str
    place_path: str
    place: str
    name: str
    sha256: str
    state: str
    total: int
    done: int
    sheets: tuple[Sheet, ...]
    heads: tuple[Heading, ...]
    mapping: Mapping
    refusal: dict[str, Any]
    author: str
    created_at: dt.datetime
    changed_at: dt.datetime
    imported_at: dt.datetime | None
    lease: str
    lease_at: dt.datetime | None

    def names_of(self, sheet: int) -> tuple[str, ...]:
        """The headings of one of its sheets."""
        return next((head.names for head in self.heads if head.fingerprint == self.sheets[sheet].head), ())

    @property
    def is_left(self) -> bool:
        """Whether there is work on it that nobody does."""
        return self.state in WORKING and (self.lease_at is None or self.lease_at < clock.now())


class Line(msgspec.Struct, frozen=True):
    """One row as it is read. facility: the name of what it is pinned to; seen: tells whether somebody has changed it since."""

    id: str
    import_id: str
    sort: int
    sheet: int
    line: int
    cells: tuple[str, ...]
    said: dict[str, str]
    found: dict[str, str]
    marks: tuple[Mark, ...]
    standing: int
    reason: str
    facility: str = ""
    seen: str = ""

    def beside(self, names: tuple[str, ...]) -> list[tuple[str, str]]:
        """(heading, what the row says), empty cells left out."""
        return [(name or "—", cell) for name, cell in zip(names, self.cells, strict=False) if cell]

    @property
    def part(self) -> int:
        return self.sort % 100


SAID: dict[str, Words | Callable[[str], Words]] = {"state": lambda key: STATES[key], "place": Words("{it}", "{it}"), "q": Words("“{it}”", "“{it}”")}


class Filters(Filtering, frozen=True):
    """What the address of the list says. q: part of the file's name or of who moved it in; place: whose ledger, an id."""

    q: str = ""
    state: str = ""
    place: str = ""

    words = SAID


class Listed(msgspec.Struct, frozen=True):
    """One page of the list. after: where the next begins, or "". count stops at MOST_COUNTED + 1."""

    imports: list[Import]
    after: str
    count: int


async def imports(actor: Actor, filters: Filters, after: str = "") -> Listed:
    """Imports at the places whose ledgers this person keeps, the last first, from after `TIME~ID` on."""
    scope, given = below("i.place_path", actor.paths(*KEEPERS))
    values: list[Any] = list(given)
    for column, wanted in (("i.state", filters.state), ("i.place_id", filters.place)):
        if wanted:
            scope += f" and {column} = ?"
            values.append(wanted)
    for word in filters.q.split()[:5]:
        scope += " and (i.name like ? or i.author like ?)"
        values += [f"%{word}%"] * 2
    text, _, id = after.partition("~")
    seek, place = (" and (i.created_at, i.id) < (?, ?)", (at, id)) if (at := instant(text)) else ("", ())
    found = await rows(f"select {COLUMNS} {FROM} where {scope}{seek} order by i.created_at desc, i.id desc limit {LISTED + 1}", *values, *place)
    last = found[LISTED - 1] if len(found) > LISTED else None
    more = f"{last['created_at'].isoformat()}~{last['id']}" if last else ""
    return Listed([_import(row) for row in found[:LISTED]], more, await lists.counted("import i", [(scope, values)], MOST_COUNTED + 1))


async def find(actor: Actor, id: str) -> Import | None:
    scope, values = below("i.place_path", actor.paths(*KEEPERS))
    found = await one(f"select {COLUMNS} {FROM} where i.id = ? and {scope}", id, *values)
    return _import(found) if found else None


async def counts(id: str) -> dict[str, int]:
    """How many rows stand how: {fault, doubt, fine, skipped}. The caller has made sure that the import may be seen; so for all below."""
    found = {row["standing"]: row["n"] for row in await rows("select standing, count(*) as n from import_row where import_id = ? group by standing", id)}
    return {name: found.get(number, 0) for name, number in RANKS.items()}


async def lines(id: str, standing: str = "", after: str = "") -> list[Line]:
    """PAGE + 1 rows from after the given place (standing-sort): faults first, then doubts, then the rest."""
    rank, _, sort = after.partition("-")
    seek: tuple[int, int] = (int(rank), int(sort)) if rank.isdigit() and sort.isdigit() and rank.isascii() and sort.isascii() and len(sort) < 10 else (-1, -1)
    only, values = (" and r.standing = ?", [RANKS[standing]]) if standing in RANKS else ("", [])
    found = await rows(
        f"select {ROW}, '' as facility from import_row r where r.import_id = ?{only} and (r.standing, r.sort) > (?, ?) order by r.standing, r.sort limit {PAGE + 1}",
        id, *values, *seek,
    )  # fmt: skip
    return await _named([_line(row) for row in found])


async def line(id: str, sort: int) -> Line | None:
    found = await one(f"select {ROW}, '' as facility from import_row r where r.import_id = ? and r.sort = ?", id, sort)
    return (await _named([_line(found)]))[0] if found else None


async def alike(id: str) -> dict[str, int]:
    """How many rows have the same doubt or fault, by its key."""
    held: dict[str, int] = {}
    found = await rows("select marks from import_row where import_id = ? and standing < ?", id, RANKS["fine"])
    for number, row in enumerate(found):
        for mark in _marks.decode(row["marks"]):
            if not mark.is_settled:
                held[mark.key] = held.get(mark.key, 0) + 1
        if number % 500 == 499:
            await asyncio.sleep(0)
    return held


async def facilities(path: str, search: str = "") -> list[Registered]:
    """Open facilities below a place; with a search, the first twenty that fit it."""
    scope, values = below("p.path", (path,))
    more = " and f.search like ?" if search else ""
    found = await rows(
        f"select p.id, p.name, p.path, f.type, f.contact_name as contact from facility f join place p on p.id = f.id where {scope} and not p.is_closed{more} "
        f"order by p.path{' limit 20' if search else ''}",
        *values, *([f"%{search.lower()}%"] if search else []),
    )  # fmt: skip
    return [Registered(**row) for row in found]


async def register(path: str) -> Names:
    """All names below a place: facilities, who answers for what, colleagues, bureaus and offices."""
    scope, values = below("p.path", (path,))
    people = await rows(f"select distinct n.name from person n join standing s on s.person_id = n.id join place p on p.id = s.place_id where {scope}", *values)
    duties = await rows(f"select distinct r.person as name from responsibility r join place p on p.id = r.facility_id where {scope}", *values)
    units = await rows("select name from place where kind in ('municipal', 'district', 'office')")
    return Names(await facilities(path), [row["name"] for row in (*people, *duties)], [row["name"] for row in units])


# For the server's own work


async def work(id: str) -> Import | None:
    found = await one(f"select {COLUMNS} {FROM} where i.id = ?", id)
    return _import(found) if found else None


async def waiting() -> list[str]:
    """Imports that a server works on, or should."""
    return [row["id"] for row in await rows(f"select id from import where {among('state', WORKING)}", *WORKING)]


async def kept_columns(place_id: str, fingerprints: list[str]) -> dict[str, dict[str, str]]:
    """Which column is what, as somebody at this place said before."""
    found = await rows(f"select fingerprint, mapping from import_columns where place_id = ? and {among('fingerprint', fingerprints)}", place_id, *fingerprints)
    return {row["fingerprint"]: msgspec.json.decode(row["mapping"]) for row in found}


async def raw(id: str, after: int, count: int) -> list[dict[str, Any]]:
    """Rows as they stand in the file, in its order; parts that were split from them left out."""
    return await rows("select id, sort, sheet, line, cells from import_row where import_id = ? and sort > ? and sort % 100 = 0 order by sort limit ?", id, after, count)


async def split_parts(id: str) -> list[str]:
    return [row["id"] for row in await rows("select id from import_row where import_id = ? and sort % 100 > 0", id)]


async def known_spots(spots: list[str]) -> dict[str, str]:
    """spot → number, of problems that are not withdrawn."""
    found = await rows(f"select spot, number from problem where {among('spot', spots)} and state <> 'withdrawn'", *spots) if spots else []
    return {row["spot"]: row["number"] for row in found}


async def _named(found: list[Line]) -> list[Line]:
    ids = list(dict.fromkeys(line.found["facility"] for line in found if line.found.get("facility")))
    names = {row["id"]: row["name"] for row in await rows(f"select id, name from place where {among('id', ids)}", *ids)} if ids else {}
    return [msgspec.structs.replace(line, facility=names.get(line.found.get("facility", ""), "")) for line in found]


_marks = msgspec.json.Decoder(tuple[Mark, ...])


def _line(row: dict[str, Any]) -> Line:
    decoded = {name: msgspec.json.decode(row[name]) for name in ("said", "found")}
    return Line(seen=seen_of(row), **{**row, **decoded, "cells": msgspec.json.decode(row["cells"], type=tuple[str, ...]), "marks": _marks.decode(row["marks"])})


def _import(row: dict[str, Any]) -> Import:
    decoded = {
        "sheets": msgspec.json.decode(row["sheets"], type=tuple[Sheet, ...]), "heads": msgspec.json.decode(row["heads"], type=tuple[Heading, ...]),
        "mapping": msgspec.json.decode(row["mapping"], type=Mapping), "refusal": msgspec.json.decode(row["refusal"]),
    }  # fmt: skip
    return Import(**{**row, **decoded})
