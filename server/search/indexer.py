"""The index follows the ledger: whatever an event names is read anew from its wing, and its entry made to fit.

It looks at how things stand, never at what an event says: a kind of event that it has not heard of does no harm, two processes
that do the same at once agree, and what was written from an older look is followed by a newer one, because its mark is as old.
"""

import asyncio
import contextlib
import hashlib
import time
from collections.abc import Sequence
from typing import Any

import msgspec
import structlog

from server.foundation.actor import SYSTEM
from server.foundation.refusal import Refusal
from server.ledger.perform import Ledger
from server.search import queries, rules
from server.search.subjects import Subject, subjects
from server.search.tables import SearchEntry, SearchMark

SLICE = 40  # subjects in one transaction: some milliseconds, in which nothing else is written
AT_ONCE = 0.3  # seconds that an answer waits for
LOOK = 2.0  # seconds between two looks at the ledger
BUSY = 200  # events between two looks: taking in goes first
REST, BUSY_REST = 2.0, 19.0  # pauses, as multiples of the work before them
EVENTS, BELOW, EVERYWHERE = "events", "below/", "below/"

Row = dict[str, Any]
log = structlog.get_logger()


class Work(msgspec.Struct):
    """What one transaction of the index is to write. add: row and grams; change: number, row and grams; gone: numbers."""

    marks: dict[str, str] = {}
    add: list[tuple[Row, str]] = []
    change: list[tuple[int, Row, str]] = []
    gone: list[int] = []


class Indexer:
    """Keeps the index of one process up to date while it runs, and at once when somebody asks."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.lock = asyncio.Lock()
        self.task: asyncio.Task[None] | None = None
        self.seen = 0

    async def start(self) -> None:
        self.task = asyncio.create_task(self._run(), name="search")

    async def stop(self) -> None:
        if self.task:
            self.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.task

    async def catch_up(self) -> bool:
        """Take in what has come since the last look, as far as an answer may wait; whether everything is in."""
        began = time.monotonic()
        with contextlib.suppress(Refusal):  # the ledger is full or ends: answered is what there is
            while time.monotonic() - began < AT_ONCE:
                if not await self.take_events() and not await self.go_through():
                    return True
        return False

    async def rebuild(self) -> int:
        """Make the whole index anew; the number of its entries. The server may run meanwhile."""
        await self._keep(Work({EVENTS: str(await queries.last_event())}))
        while numbers := await queries.some_entries(500):
            await self.ledger.keep(remove=[(SearchEntry, number) for number in numbers], run=queries.drop(numbers))
        await self._keep(Work({EVERYWHERE: ""}))
        while await self.go_through():
            pass
        while await self.take_events():
            pass
        return await queries.size()

    # In the background

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            try:
                await self._round()
            except Exception as error:  # the index is a convenience: its fault stops nothing and is tried again
                log.warning("search.failed", error=type(error).__name__, detail=str(error)[:200])

    async def _round(self) -> None:
        """Work and rest by turns until all is in or it is time for another look."""
        last = await queries.last_event()
        rest = BUSY_REST if self.seen and last - self.seen > BUSY else REST
        self.seen, began = last, time.monotonic()
        while time.monotonic() - began < LOOK:
            started = time.monotonic()
            if not await self.take_events() and not await self.go_through():
                return
            await asyncio.sleep((time.monotonic() - started) * rest)

    async def take_events(self) -> bool:
        """One slice of what the ledger says; whether there may be more. Refusals: input.conflict, busy."""
        async with self.lock:
            marks = await queries.marks()
            if EVENTS not in marks:  # a house that has never been searched: everything there is, place by place
                await self._keep(Work({EVENTS: str(await queries.last_event()), EVERYWHERE: ""}))
                return True
            last = await queries.last_event()
            named = await queries.named_after(int(marks[EVENTS]), SLICE)
            if not named:
                return False
            done = named[-1].seq if len(named) == SLICE else last
            moved = await queries.paths_of([one.subject_id for one in named if one.kind != "place.added" and not one.kind.startswith("facility.")])
            await self._index([one.subject_id for one in named], {EVENTS: str(done), **{BELOW + path: "" for path in moved}})
            return len(named) == SLICE

    async def go_through(self) -> bool:
        """One facility of what is to be gone through anew, with all of its problems and visits; whether there may be more."""
        marks = await queries.marks()
        mark = next((mark for mark in sorted(marks) if mark.startswith(BELOW)), None)
        if mark is None:
            return False
        found = await queries.next_facility(mark.removeprefix(BELOW), marks[mark])
        if found is None:
            await self.ledger.keep(remove=[(SearchMark, mark)])
            return True
        path, facility = found
        ids = await queries.subjects_of(facility)
        for start in range(0, len(ids), SLICE):
            async with self.lock:
                await self._index(ids[start : start + SLICE], {})
        await self._keep(Work({mark: path}))
        return True

    # What is written

    async def _index(self, ids: Sequence[str], marks: dict[str, str]) -> None:
        """Make the entries of these subjects fit how they stand, and set the marks, in one transaction."""
        known = await queries.known(ids)
        work = Work(marks=dict(marks))
        for subject in await subjects(SYSTEM, ids):
            entry = known.pop((subject.kind, subject.id), None)
            grams = f"{rules.grams(subject.texts)} {rules.scope(subject.path)}".strip()
            row = {"place_path": subject.path, "title": subject.name, "digest": _digest(grams, subject)}
            if entry is None:
                number = rules.number(subject.kind, subject.at, subject.id)
                work.add.append(({"id": number, "kind": subject.kind, "subject_id": subject.id, **row}, grams))
            elif entry.digest != row["digest"]:
                work.change.append((entry.id, row, grams))
                if subject.kind == "facility" and (entry.title, entry.place_path) != (subject.name, subject.path):  # its problems bear both
                    work.marks[BELOW + subject.path] = ""
        await _find_room([row for row, _ in work.add])
        work.gone = [entry.id for entry in known.values()]
        await self._keep(work)

    async def _keep(self, work: Work) -> None:
        before = await queries.marks() if work.marks else {}
        fresh = [(SearchMark, {"id": id, "value": value}) for id, value in work.marks.items() if id not in before]
        moved = [(SearchMark, id, {"value": value}) for id, value in work.marks.items() if id in before]
        added = [(SearchEntry, row) for row, _ in work.add]
        changed = [(SearchEntry, number, row) for number, row, _ in work.change]
        grams = [(row["id"], grams) for row, grams in work.add] + [(number, grams) for number, _, grams in work.change]
        gone = [(SearchEntry, number) for number in work.gone]
        if added or changed or gone or fresh or moved:
            await self.ledger.keep([*added, *fresh], [*changed, *moved], gone, [*queries.put(grams), *queries.drop(work.gone)])


def _digest(grams: str, subject: Subject) -> str:
    return hashlib.sha256(msgspec.json.encode([grams, subject.path, subject.name])).hexdigest()[:32]


async def _find_room(rows: list[Row]) -> None:
    """Move each new entry on to the next number at which nothing stands."""
    held = await queries.taken([row["id"] for row in rows])
    for row in rows:
        while row["id"] in held:
            row["id"] += 1
            held |= await queries.taken([row["id"]])
        held.add(row["id"])
