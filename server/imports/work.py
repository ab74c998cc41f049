"""The server's own long work on imports: reading a file into rows, working through them, writing them; it goes on after a restart.

Everything it has done stands in the database after each slice, so that a closed tab, a killed server or a second server
that takes over loses nothing and does nothing twice. The lease says who works on it.
"""

import asyncio
import contextlib
import datetime as dt
import math
from collections.abc import Sequence
from typing import Any

import msgspec
import structlog

from server.database.fields import as_json
from server.foundation import clock
from server.foundation.actor import SYSTEM, Actor
from server.foundation.command import Command, canonical
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.foundation.tasks import Tasks
from server.imports import queries, rules
from server.imports.commands import LEASE
from server.imports.days import year_in
from server.imports.heads import are_numbers, heading, is_foot, is_repeated, spread
from server.imports.judging import Around, Reading, columns_of, readings, sameness, unread
from server.imports.queries import Heading, Import, Sheet
from server.imports.rules import Mark
from server.imports.settling import LINES, PARTS
from server.imports.tables import Import as Record
from server.imports.tables import ImportRow
from server.ledger.perform import Ledger
from server.photos.bytes import Store
from server.problems.rules import imported_spot
from server.sheets.reading import sheets

SLICE = 200  # rows written together
SAMPLES = 3
LOOKS_AGAIN = 1.0  # seconds after which a server that waits for another's lease looks again
Row = dict[str, Any]

log = structlog.get_logger()


class Works:
    """The imports that this server works on. `wake` is asked by every page that sees one left alone, and at the start."""

    def __init__(self, ledger: Ledger, store: Store) -> None:
        self.ledger, self.store = ledger, store
        self.lease = new_id()
        self.tasks = Tasks("import")

    async def resume(self) -> None:
        for id in await queries.waiting():
            self.wake(id)

    async def stop(self) -> None:
        """Leave off where the last slice was written."""
        await self.tasks.stop()

    def wake(self, id: str) -> asyncio.Task[Any]:
        return self.tasks.once(id, self._work(id))

    async def confirm(self, actor: Actor, id: str, command: str) -> asyncio.Task[Any]:
        """Import it as this person, in a task that a closed tab does not end."""
        found = await queries.find(actor, id)
        if found is None:
            raise Refusal("not_found")
        return self.tasks.once(f"{id}/confirm", self._confirm(actor, found, command))  # the worker may still be at its last look

    async def _confirm(self, actor: Actor, found: Import, command: str) -> None:
        with contextlib.suppress(Refusal):  # it is being written already, or has been: the ledger knows this very act
            await self._ask(actor, "imports.take", import_id=found.id, lease=self.lease, writing=True)
        try:
            await self._ask(actor, "imports.confirm", command, import_id=found.id)
        except Exception as error:  # a refusal, or a fault of ours: nothing was written, and the page says so
            if not isinstance(error, Refusal):
                log.error("import.broken", error=type(error).__name__, detail=str(error)[:200], exc_info=error)
            refusal = error if isinstance(error, Refusal) else Refusal("broken", request=found.id)
            with contextlib.suppress(Refusal):
                await self._ask(SYSTEM, "imports.proceed", import_id=found.id, seen="importing", state="ready", refusal=refusal.as_json())
            raise

    async def _ask(self, actor: Actor, kind: str, id: str = "", **payload: Any) -> None:
        await self.ledger.perform(Command(id or new_id(), kind, 1, clock.now(), actor.id, canonical(payload)), actor)

    async def _work(self, id: str) -> None:
        """Take the lease, waiting for another server's to run out, and do what there is to do."""
        while (found := await queries.work(id)) and found.state in rules.WORKING:
            if not found.is_left and found.lease != self.lease:
                await asyncio.sleep(LOOKS_AGAIN)  # another server is at it
                continue
            try:
                await self._ask(SYSTEM, "imports.take", import_id=id, lease=self.lease)
            except Refusal as refusal:
                if refusal.code != "busy":
                    return
                await asyncio.sleep(LOOKS_AGAIN)
                continue
            beat = asyncio.create_task(self._beat(id))
            try:
                await self._step(id)
            except Refusal as refusal:
                log.info("import.left", reason=refusal.code)
                return
            except Exception as error:
                log.error("import.broken", error=type(error).__name__, detail=str(error)[:200], exc_info=error)
                return  # the lease runs out, and whoever looks next begins where this one left off
            finally:
                beat.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await beat

    async def _beat(self, id: str) -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            await self.ledger.keep(change=[(Record, id, {"lease_at": clock.now() + LEASE})])

    async def _step(self, id: str) -> None:
        found = await queries.work(id)
        if found is None:
            return
        try:
            await {"reading": self._read, "judging": self._judge, "importing": self._leave}[found.state](found)
        except Refusal as refusal:
            if refusal.code in ("busy", "input.conflict", "import.state"):
                raise
            await self._proceed(found, "failed", refusal=refusal.as_json())

    async def _leave(self, found: Import) -> None:
        """Somebody's writing was broken off before its end: nothing of it was kept."""
        await self._proceed(found, "ready")

    async def _read(self, found: Import) -> None:
        """The file's rows as they stand, in slices; those of an earlier try are kept."""
        content = await self.store.get(found.sha256)
        if content is None:
            raise Refusal("import.file_gone")
        laid = await asyncio.to_thread(lay_out, content, found.name)
        about: Row = {"total": len(laid.rows), "sheets": as_json(laid.sheets), "heads": as_json(laid.heads)}
        for start in range(found.done, len(laid.rows), SLICE):
            rows = [_raw(found.id, place, row) for place, row in enumerate(laid.rows[start : start + SLICE], start)]
            await self._write(found.id, start + len(rows), add=[(ImportRow, row) for row in rows], **about)
        kept = await queries.kept_columns(found.place_id, [head.fingerprint for head in laid.heads])
        is_known = set(kept) == {head.fingerprint for head in laid.heads} and all("facility" in columns.values() for columns in kept.values())
        await self.ledger.keep(change=[(Record, found.id, about)])
        await self._proceed(found, "judging" if is_known else "mapping", mapping={"columns": kept, "facility": ""} if is_known else {})

    async def _judge(self, found: Import) -> None:
        """Every row as problems, doubts and faults, in slices."""
        if found.done == 0 and (old := await queries.split_parts(found.id)):
            await self.ledger.keep(remove=[(ImportRow, id) for id in old])
        judge = Judge(found, await queries.register(found.place_path))
        for start in range(0, found.total, SLICE):
            page = await queries.raw(found.id, start * PARTS - 1, SLICE)
            made = await judge.rows(page)
            if start >= found.done:  # an earlier try has written these already
                add = [(ImportRow, row) for row in made if row["sort"] % PARTS]
                change = [(ImportRow, row["id"], _settled(row)) for row in made if not row["sort"] % PARTS]
                await self._write(found.id, min(start + SLICE, found.total), add=add, change=change)
        await self._proceed(found, "ready")

    async def _write(self, id: str, done: int, add: Sequence[Any] = (), change: Sequence[Any] = (), **about: Any) -> None:
        progress = {"done": done, "lease_at": clock.now() + LEASE, **about}
        await self.ledger.keep(add=add, change=[*change, (Record, id, progress)])

    async def _proceed(self, found: Import, state: str, **more: Any) -> None:
        await self._ask(SYSTEM, "imports.proceed", import_id=found.id, seen=found.state, state=state, **more)


class Laid(msgspec.Struct):
    """A file laid out: its sheets, its headings, and every row below a heading as (sheet, row from 0, cells)."""

    sheets: list[Sheet]
    heads: list[Heading]
    rows: list[tuple[int, int, list[str]]]


def lay_out(content: bytes, name: str) -> Laid:
    """Refusals: those of sheets.reading, and import.no_head."""
    laid, heads = Laid([], [], []), {}
    for number, sheet in enumerate(sheets(content, rules.MOST_ROWS)):
        rows = spread(sheet.rows, sheet.merged)
        head = heading(rows)
        if head is None:
            laid.sheets.append(Sheet(sheet.name, "", None, 0))
            continue
        above = " ".join(dict.fromkeys(cell for row in rows[: head.top] for cell in row if cell))
        below = [(number, line, row) for line, row in enumerate(rows[head.bottom + 1 :], head.bottom + 1) if any(row)]
        laid.sheets.append(Sheet(sheet.name, head.fingerprint, year_in(above) or year_in(sheet.name) or year_in(name), len(below)))
        laid.rows += below
        if head.fingerprint not in heads:
            shown = [row for _, _, row in below if not is_repeated(row, head.names) and not are_numbers(row)][:SAMPLES]
            columns = tuple(tuple(row[place][:60] for row in shown) for place in range(len(head.names)))
            heads[head.fingerprint] = Heading(head.fingerprint, head.names, head.guess, columns)
    laid.heads = list(heads.values())
    if not laid.heads or not laid.rows:
        raise Refusal("import.no_head").at("file")
    if len(laid.rows) > rules.MOST_ROWS:
        raise Refusal("sheet.large", rows=rules.MOST_ROWS, columns=300).at("file")
    return laid


class Judge:
    """Works through rows in the order of the file; what it remembers of those before is made anew by reading from the start."""

    def __init__(self, found: Import, names: Any) -> None:
        self.found, self.names, self.today = found, names, clock.today()
        self.above: dict[int, dict[str, str]] = {}
        self.seen: dict[str, int] = {}
        self.names_of = {head.fingerprint: head.names for head in found.heads}
        self.around = {number: self._around(sheet) for number, sheet in enumerate(found.sheets)}

    def _around(self, sheet: Sheet) -> Around:
        columns = self.found.mapping.columns.get(sheet.head, {})
        return Around(self.names, self.today, sheet.year, self.found.mapping.facility, frozenset(columns.values()))

    async def rows(self, page: list[Row]) -> list[Row]:
        """The rows of a page as they are to be kept, split parts after their own row."""
        made: list[Row] = []
        for row in page:
            made += self._row(row)
            await asyncio.sleep(0)  # after each: a long one takes its time
        await self._repeated(made)
        return made

    def _row(self, row: Row) -> list[Row]:
        sheet = self.found.sheets[row["sheet"]]
        columns = self.found.mapping.columns.get(sheet.head, {})
        cells = msgspec.json.decode(row["cells"], type=list[str])
        said, around = columns_of(cells, columns), self.around[row["sheet"]]
        reason = self._left_out(cells, said, sheet) if columns else "@sheet"
        if not reason:
            parts = readings(said, self.above.setdefault(row["sheet"], {}), around)
            reason = "" if parts else "@no_problem"
        if reason:
            parts = [unread(said, around)]
        return [self._kept(row, part, reading, reason) for part, reading in enumerate(parts)]

    def _left_out(self, cells: list[str], said: dict[str, str], sheet: Sheet) -> str:
        if is_repeated(cells, self.names_of[sheet.head]):
            return "@header"
        if are_numbers(cells):
            return "@numbers"
        return "@footer" if is_foot(cells) else ""

    def _kept(self, row: Row, part: int, reading: Reading, reason: str) -> Row:
        key = sameness(reading.values["facility"] or reading.said["facility"], reading.values["found_on"], reading.values["what"])
        if not reason and key in self.seen:
            reading.marks.append(Mark("what", "twice", {"line": str(self.seen[key] + 1)}, said=key))
        elif not reason:
            self.seen[key] = row["line"]
        return {
            **row, "id": row["id"] if part == 0 else new_id(), "import_id": self.found.id, "sort": row["sort"] + part,
            "slice": _slice(self.found.id, row["sort"]), "said": reading.said, "found": reading.values, "marks": reading.marks, "reason": reason,
        }  # fmt: skip

    async def _repeated(self, made: list[Row]) -> None:
        """Mark what is in the lists already, from an earlier import."""
        spots = {id(row): imported_spot(f["facility"], dt.date.fromisoformat(f["found_on"]), f["what"]) for row in made if (f := row["found"])["facility"] and f["found_on"] and not row["reason"]}
        known = await queries.known_spots(list(dict.fromkeys(spots.values())))
        for row in made:
            if number := known.get(spots.get(id(row), "")):
                row["marks"].append(Mark("what", "known", {"number": number}, said=number))
            row["standing"] = rules.rank(row["marks"], bool(row["reason"]))
            for name in ("said", "found", "marks"):
                row[name] = as_json(row[name])


def _raw(id: str, place: int, row: tuple[int, int, list[str]]) -> Row:
    sheet, line, cells = row
    sort = place * PARTS
    return {"id": new_id(), "import_id": id, "sort": sort, "slice": _slice(id, sort), "sheet": sheet, "line": line, "cells": as_json(cells)}


def _slice(id: str, sort: int) -> str:
    return f"{id}/{math.floor(sort / PARTS / LINES)}"


def _settled(row: Row) -> Row:
    return {name: row[name] for name in ("said", "found", "marks", "standing", "reason")}
