"""A page of a list at a million problems beside the same page at ten thousand; and a request beside rendering its rows from memory."""

import asyncio
import contextlib
import contextvars
import datetime as dt
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec
from tortoise.context import TortoiseContext

from bench.generator import INSPECTORS, NOW, SPAN, City, filled, registered
from bench.house import House
from server import catalog
from server.database.connect import _config
from server.facilities import queries as facilities
from server.foundation import clock
from server.foundation.actor import Actor
from server.house import opened
from server.inspections import queries as inspections
from server.inspections.filters import Filters as VisitFilters
from server.people import queries as people
from server.people import session
from server.problems import queries
from server.problems.filters import Filters
from server.settings import Settings
from tests.serving import serving

FEW, MANY = 10_000, int(os.environ.get("DUGAI_BENCH_ROWS") or 1_000_000)
RUNS, REQUESTS, DEEP, PATIENCE = 25, 150, 100, 3
CITY = City()
READERS = dict(zip(("city", "district", "facility"), CITY.people, strict=True))
MONTH = {"since": (NOW - dt.timedelta(days=400)).date().isoformat(), "until": (NOW - dt.timedelta(days=370)).date().isoformat()}
FILTERS: dict[str, dict[str, str]] = {
    "nothing": {}, "type": {"type": "cemetery"}, "severity": {"severity": "critical"}, "party": {"party": "locality"}, "late": {"due": "late"},
    "state, all": {"state": "all"}, "state, closed": {"state": "closed"}, "state, withdrawn": {"state": "withdrawn"},
    "type, all": {"type": "cemetery", "state": "all"}, "severity, all": {"severity": "critical", "state": "all"}, "party, all": {"party": "locality", "state": "all"},
    "dates": {**MONTH, "state": "all"}, "closed in a month": {"closed_since": MONTH["since"], "closed_until": MONTH["until"]}, "by due day": {"sort": "due"}, "waits for me": {"waits": "me"}, "new to me": {"news": "1"},
}  # fmt: skip
ROWS_OF_A_FILE = 100_000
LARGE = f"&since={(NOW - SPAN * min(1, ROWS_OF_A_FILE / MANY)).date()}"
SINCE = NOW - dt.timedelta(days=2)
GOAL = "≤ 1.2 × the time at 10,000"


class Case(msgspec.Struct, frozen=True):
    """Who reads, and what is filtered. A place is filtered by who reads, or by a district or facility that is named."""

    reader: str
    name: str
    filters: Filters


CASES = [
    *(Case(reader, name, Filters(**given)) for reader in ("city", "district") for name, given in FILTERS.items()),
    Case("city", "one district", Filters(place=CITY.districts[3])),
    Case("city", "one facility", Filters(facility=CITY.facilities[40])),
    Case("city", "one facility, all", Filters(facility=CITY.facilities[40], state="all")),
    Case("facility", "nothing", Filters()),
    Case("facility", "state, all", Filters(state="all")),
]
FULL = Case("city", "state, all", Filters(state="all"))


PERSON = INSPECTORS[CITY.districts[3]][0]
OF_VISITS: dict[str, dict[str, str]] = {
    "nothing": {}, "type": {"type": "cemetery"}, "kind": {"kind": "case"}, "mode": {"mode": "random"}, "person": {"person": PERSON}, "with problems": {"problems": "yes"},
    "dates": MONTH, "new to me": {"news": "1"},
}  # fmt: skip
VISITS = [
    *((reader, name, VisitFilters(**given)) for reader in ("city", "district") for name, given in OF_VISITS.items()),
    ("city", "one district", VisitFilters(place=CITY.districts[3])), ("city", "one facility", VisitFilters(facility=CITY.facilities[40])),
    ("facility", "nothing", VisitFilters()),
]  # fmt: skip
REGISTERS: dict[str, dict[str, str]] = {"nothing": {}, "type": {"type": "cemetery"}, "bureau": {"place": CITY.districts[3]}, "a word": {"q": "养老"}}
FEW_FACILITIES, MANY_FACILITIES = 5_000, 100_000


class Page(msgspec.Struct, frozen=True):
    """One page in one of the two databases: its number, how many rows it shows, and how it is asked for."""

    number: int
    rows: int
    ask: Callable[[], Awaitable[Any]]


class Opened:
    """One database, entered: what is asked within it."""

    def __init__(self) -> None:
        self.context = contextvars.copy_context()

    async def run(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        async def asked() -> Any:
            return await ask()

        return await asyncio.create_task(asked(), context=self.context)

    async def timed(self, ask: Callable[[], Awaitable[Any]]) -> float:
        started = time.perf_counter()
        await self.run(ask)
        return (time.perf_counter() - started) * 1000


async def figures() -> AsyncIterator[tuple[str, str, str]]:
    async with filled(FEW) as few, filled(MANY) as many:
        for engine in few:
            clock.set(lambda: NOW)
            async with _both(few[engine], many[engine]) as (small, large):
                full = await _pages(small, FULL)
                for case in CASES:
                    yield f"{engine}, {MANY:,} problems, {case.reader}: {case.name}", await _beside(small, large, await _pages(small, case), await _pages(large, case), full), GOAL
                whole = await _visits(small, "city")
                for reader, name, given in VISITS:
                    yield f"{engine}, {MANY // 3:,} visits, {reader}: {name}", await _beside(small, large, await _visits(small, reader, given), await _visits(large, reader, given), whole), GOAL
                word = await large.timed(lambda: _listed("city", Filters(q="不存在的词", state="all"), ""))
                yield f"{engine}, {MANY:,} problems, city: a word that is nowhere", f"{word:.0f} ms", "reported apart"
            async for figure in _registers(engine):
                yield figure
            clock.set(None)
            async for figure in _requests(engine, many[engine]):
                yield figure
            yield await _file(engine, many[engine])


async def _registers(engine: str) -> AsyncIterator[tuple[str, str, str]]:
    """The register of facilities at two sizes, in databases of their own."""
    async with registered(FEW_FACILITIES) as few, registered(MANY_FACILITIES) as many, _both(few[engine], many[engine]) as (small, large):
        whole = await _register(small, "city", facilities.Filters())
        for name, given in REGISTERS.items():
            filters = facilities.Filters(**given)
            said = await _beside(small, large, await _register(small, "city", filters), await _register(large, "city", filters), whole)
            yield f"{engine}, {MANY_FACILITIES:,} facilities, city: {name}", said, f"≤ 1.2 × the time at {FEW_FACILITIES:,}"
        word = await large.timed(lambda: _nowhere(facilities.Filters(q="不存在的词")))
        yield f"{engine}, {MANY_FACILITIES:,} facilities, city: a word that is nowhere", f"{word:.0f} ms", "reported apart"


async def _nowhere(filters: facilities.Filters) -> None:
    await facilities.listed(await _actor("city"), filters)


@contextlib.asynccontextmanager
async def _both(few: Settings, many: Settings) -> AsyncIterator[tuple[Opened, Opened]]:
    """Both databases open for reading at once, each in a context of its own, so that they can be asked in turn."""
    async with TortoiseContext() as first:
        await first.init(config=_config(few, catalog.TABLE_NAMES))
        small = Opened()
        async with TortoiseContext() as second:
            await second.init(config=_config(many, catalog.TABLE_NAMES))
            yield small, Opened()


async def _beside(small: Opened, large: Opened, there: list[Page], here: list[Page], full: list[Page]) -> str:
    """First and hundredth page (or the last full one), the best of some runs taken in turn.

    Where the few have no page as full, a full page of theirs without filters is what it is compared with.
    """
    said = []
    for words, few, whole, many in zip(("first page", "page"), there, full, here, strict=True):
        like = few if few.rows == many.rows else whole
        times, until = [], time.monotonic() + PATIENCE
        while not times or (len(times) < RUNS and time.monotonic() < until):
            times.append((await small.timed(like.ask), await large.timed(many.ask)))
        before, after = min(time for time, _ in times), min(time for _, time in times)
        number = "" if words == "first page" else f" {many.number}"
        note = "" if like is few else f" a full one ({many.rows} rows, there {few.rows})"
        said.append(f"{words}{number} {after:.2f} ms = {after / before:.2f} ×{note}")
    return ", ".join(said)


async def _actor(reader: str) -> Actor:
    actor = await people.actor(READERS[reader])
    assert actor is not None
    return actor


_actors: dict[str, Actor] = {}


async def _listed(reader: str, filters: Filters, after: str) -> queries.Listed:
    if reader not in _actors:
        _actors[reader] = await _actor(reader)
    return await queries.listed(_actors[reader], filters, after, SINCE)


async def _pages(opened: Opened, case: Case) -> list[Page]:
    """The first page and the hundredth, or the last full one."""

    async def walk(after: str) -> tuple[int, str]:
        found = await opened.run(lambda: _listed(case.reader, case.filters, after))
        return len(found.problems), found.after

    first, after = await walk("")
    deep, number, rows = "", 1, first
    while number < DEEP and after:
        count, following = await walk(after)
        if count < queries.PAGE:
            break
        deep, number, rows, after = after, number + 1, count, following
    return [
        Page(1, first, lambda: _listed(case.reader, case.filters, "")),
        Page(number, rows, lambda: _listed(case.reader, case.filters, deep)),
    ]


async def _visits(opened: Opened, reader: str, filters: VisitFilters | None = None) -> list[Page]:
    """As `_pages`, of visits, each page with its count."""
    actor, filters = await opened.run(lambda: _actor(reader)), filters or VisitFilters()

    async def ask(after: str) -> tuple[int, str]:
        found = await inspections.visits(actor, filters, after, SINCE)
        await inspections.counted(actor, filters, SINCE)
        return min(len(found), inspections.PAGE), inspections.place(filters, found[-2]) if len(found) > inspections.PAGE else ""

    return await _turned(opened, ask, inspections.PAGE)


async def _register(opened: Opened, reader: str, filters: facilities.Filters) -> list[Page]:
    """As `_pages`, of facilities."""
    actor = await opened.run(lambda: _actor(reader))

    async def ask(after: str) -> tuple[int, str]:
        found = await facilities.listed(actor, filters, after)
        return len(found.facilities), found.after

    return await _turned(opened, ask, facilities.PAGE)


async def _turned(opened: Opened, ask: Callable[[str], Awaitable[tuple[int, str]]], full: int) -> list[Page]:
    """The first page and the hundredth, or the last full one."""
    first, after = await opened.run(lambda: ask(""))
    deep, number, rows = "", 1, first
    while number < DEEP and after:
        count, following = await opened.run(lambda at=after: ask(at))
        if count < full:
            break
        deep, number, rows, after = after, number + 1, count, following
    return [Page(1, first, lambda: ask("")), Page(number, rows, lambda: ask(deep))]


async def _file(engine: str, settings: Settings) -> tuple[str, str, str]:
    """The whole ledger of 100,000 problems as one file, over HTTP: seconds, memory of the process, and what others saw meanwhile."""
    cookie = await _cookies(settings)
    async with serving(settings, "bench.server") as (port, pid):
        served = House(port, pid, cookie["city"], settings.data)
        await _ask(served, "/problems", 5)
        started, waits, held = time.perf_counter(), list[float](), 0.0
        asked = asyncio.create_task(_download(served, "/problems/xlsx?state=all" + LARGE))
        while not asked.done():
            began = time.perf_counter()
            await _ask(served, "/health", 1)
            waits.append(time.perf_counter() - began)
            held = max(held, served.own_memory())
            await asyncio.sleep(0.05)
        size, took = await asked, time.perf_counter() - started
        others = f"/health meanwhile: median {sorted(waits)[len(waits) // 2] * 1000:.0f} ms, at most {max(waits) * 1000:.0f} ms"
        return f"{engine}: the ledger as a file", f"{took:.1f} s, {size / 1e6:.1f} MB; process at most {held:.0f} MB, {served.memory():.0f} with the mapped file; {others}", "≤ 200 MB"


async def _download(served: House, path: str) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{served.port}\r\ncookie: {served.cookie}\r\n\r\n".encode())
    answer = await reader.readuntil(b"\r\n\r\n")
    if not answer.startswith(b"HTTP/1.1 200"):
        raise RuntimeError(answer[:100])
    length = left = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
    while left:
        left -= len(await reader.read(1 << 20))
    writer.close()
    return length


async def _cookies(settings: Settings) -> dict[str, str]:
    async with opened(settings) as ledger:
        return {reader: f"{session.TOKEN}={(await session.begin(ledger, settings, id))[session.TOKEN]}" for reader, id in READERS.items()}


async def _requests(engine: str, settings: Settings) -> AsyncIterator[tuple[str, str, str]]:
    """The page over HTTP, and the same page by the same server with its rows held in memory: processor time of the server."""
    cookies = await _cookies(settings)
    async with serving(settings, "bench.server") as (port, pid):
        for reader, cookie in cookies.items():
            served = House(port, pid, cookie, settings.data)
            for query in ("", "?state=all&severity=critical"):
                await _ask(served, f"/problems{query}", 20)
                await _ask(served, f"/rendered{query}", 20)
                asked, rendered = await _ask(served, f"/problems{query}", REQUESTS), await _ask(served, f"/rendered{query}", REQUESTS)
                yield f"{engine}, {reader}: GET /problems{query}", f"{asked:.2f} CPU-ms = {asked / rendered:.2f} × from memory ({rendered:.2f})", "≤ 2 × rendering the same rows from memory"


async def _ask(served: House, path: str, times: int) -> float:
    """Milliseconds of the server's processor for one request, over one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    before = served.cpu()
    for _ in range(times):
        writer.write(f"GET {path} HTTP/1.1\r\nhost: 127.0.0.1:{served.port}\r\ncookie: {served.cookie}\r\n\r\n".encode())
        answer = await reader.readuntil(b"\r\n\r\n")
        if not answer.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(answer[:100])
        await reader.readexactly(int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0]))
    writer.close()
    return (served.cpu() - before) * 1000 / times
