"""Asking the index, and what the index must know of the rows it is made from."""

from collections.abc import Sequence

import msgspec

from server.database.rows import Statement, among, below, is_sqlite, one, rows
from server.foundation.actor import Actor
from server.search import rules
from server.search.rules import Word

MOST_COUNTED = 1000


class Hit(msgspec.Struct, frozen=True):
    id: int
    subject_id: str


class Known(msgspec.Struct, frozen=True):
    """An entry as it stands."""

    id: int
    kind: str
    subject_id: str
    place_path: str
    title: str
    digest: str


class Named(msgspec.Struct, frozen=True):
    """The latest event of one subject."""

    seq: int
    kind: str
    subject_id: str


class Found(msgspec.Struct, frozen=True):
    """The newest hits of a question, and how many there are in all; count stops at MOST_COUNTED + 1."""

    hits: list[Hit]
    count: int


# Asking


async def found(actor: Actor, kind: str, words: Sequence[Word], most: int, before: int | None = None) -> Found:
    """Up to `most` entries of this kind within the actor's places that hold all words, the newest first, from before this number on.

    The places stand twice: as grams, which the index meets with the words, and as paths, which decide.
    """
    paths = actor.paths()
    if not paths:
        return Found([], 0)
    places = [] if "" in paths else [rules.place(path) for path in paths]
    first, last = rules.span(kind)
    newest = last if before is None else min(max(before - 1, first - 1), last)
    if is_sqlite():
        return await _in_sqlite(rules.for_sqlite(words, places), first, last, newest, paths, most)
    return await _in_postgres(rules.for_postgres(words, places), first, last, newest, paths, most)


async def _in_sqlite(question: str, first: int, last: int, newest: int, paths: Sequence[str], most: int) -> Found:
    """FTS5 walks a question's rows in the order of their numbers from the end, and stops when told."""
    scope, scoped = below("e.place_path", paths)
    where = f"from search_gram g join search_entry e on e.id = g.rowid where search_gram match ? and g.rowid between ? and ? and {scope} order by g.rowid desc"
    hits = await rows(f"select e.id, e.subject_id {where} limit {most}", question, first, newest, *scoped)
    if newest == last and len(hits) < most:
        count = len(hits)
    else:
        counted = await rows(f"select count(*) as n from (select 1 {where} limit {MOST_COUNTED + 1}) counted", question, first, last, *scoped)
        count = counted[0]["n"]
    return Found([Hit(**row) for row in hits], count)


async def _in_postgres(question: str, first: int, last: int, newest: int, paths: Sequence[str], most: int) -> Found:
    """GIN knows no order: few rows are fetched and sorted, of many the newest are walked."""
    some = sorted((row["id"] for row in await rows("select search_some(?, ?, ?, ?) as id", question, first, last, MOST_COUNTED + 1)), reverse=True)
    numbers = [number for number in some if number <= newest][:most]
    if len(some) > MOST_COUNTED:
        numbers = [row["id"] for row in await rows("select search_newest(?, ?, ?, ?) as id", question, first, newest, most)]
    if not numbers:
        return Found([], len(some))
    scope, scoped = below("place_path", paths)
    hits = await rows(f"select id, subject_id from search_entry where {among('id', numbers)} and {scope} order by id desc", *numbers, *scoped)
    return Found([Hit(**row) for row in hits], len(some))


# Keeping


def put(grams: Sequence[tuple[int, str]]) -> list[Statement]:
    """What keeps the grams of these entries, or others in their place: for the ledger to run."""
    if is_sqlite():
        return [("insert or replace into search_gram (rowid, grams) values (?, ?)", pair) for pair in grams]
    if not grams:
        return []
    numbers, texts = [number for number, _ in grams], [rules.vector(text) for _, text in grams]
    return [(
        "insert into search_gram (id, grams) select id, grams::tsvector from unnest(?::bigint[], ?::text[]) as one (id, grams) "
        "on conflict (id) do update set grams = excluded.grams",
        (numbers, texts),
    )]  # fmt: skip


def drop(numbers: Sequence[int]) -> list[Statement]:
    if is_sqlite():
        return [("delete from search_gram where rowid = ?", (number,)) for number in numbers]
    return [("delete from search_gram where id = any(?::bigint[])", (list(numbers),))] if numbers else []


async def marks() -> dict[str, str]:
    """How far the index has come."""
    return {row["id"]: row["value"] for row in await rows("select id, value from search_mark")}


async def last_event() -> int:
    found = await one("select max(seq) as seq from event")
    return int(found["seq"] or 0) if found else 0


async def named_after(seq: int, most: int) -> list[Named]:
    """The subjects of the events after this one, each by its latest event: a history of twenty steps is read once."""
    found = await rows(
        "select seq, kind, subject_id from event e where seq > ? "
        f"and not exists (select 1 from event n where n.subject_id = e.subject_id and n.seq > e.seq) order by seq limit {most}",
        seq,
    )
    return [Named(**row) for row in found]


async def known(ids: Sequence[str]) -> dict[tuple[str, str], Known]:
    """The entries of these subjects by kind and id."""
    if not ids:
        return {}
    found = await rows(f"select id, kind, subject_id, place_path, title, digest from search_entry where {among('subject_id', ids)}", *ids)
    return {(row["kind"], row["subject_id"]): Known(**row) for row in found}


async def taken(numbers: Sequence[int]) -> set[int]:
    """Those of these numbers at which an entry stands."""
    if not numbers:
        return set()
    return {row["id"] for row in await rows(f"select id from search_entry where {among('id', numbers)}", *numbers)}


async def some_entries(most: int) -> list[int]:
    return [row["id"] for row in await rows(f"select id from search_entry limit {most}")]


async def size() -> int:
    found = await one("select count(*) as n from search_entry")
    return int(found["n"]) if found else 0


async def next_facility(path: str, after: str) -> tuple[str, str] | None:
    """(path, id) of the first facility below `path`, in the order of the tree, after the one with the path `after`."""
    scope, values = below("p.path", (path,))
    found = await one(f"select p.path, p.id from place p join facility f on f.id = p.id where p.path > ? and {scope} order by p.path limit 1", after, *values)
    return (found["path"], found["id"]) if found else None


async def subjects_of(facility: str) -> list[str]:
    """The facility and all problems and visits of it."""
    found = await rows(
        "select id from problem where facility_id = ? union all select id from inspection where facility_id = ?", facility, facility
    )
    return [facility, *(row["id"] for row in found)]


async def paths_of(ids: Sequence[str]) -> list[str]:
    """The paths of those of these ids that are places."""
    if not ids:
        return []
    return [row["path"] for row in await rows(f"select path from place where {among('id', ids)}", *ids)]
