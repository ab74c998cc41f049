"""The overview at a million problems beside ten thousand, over HTTP: processor time of the server."""

import os
from collections.abc import AsyncIterator

from bench.generator import NOW, filled
from bench.house import House
from bench.lists import CITY, FEW, MANY, _ask, _cookies
from server import catalog
from server.database.connect import connected
from server.foundation import clock
from server.overview import commands
from server.settings import Settings
from tests.serving import serving

REQUESTS, ROUNDS = 40, 5
DISTRICT, FACILITY = CITY.districts[3], CITY.facilities[40]
PAGES = {"the city": ("city", "/overview"), "a district": ("district", "/overview"), "a facility": ("city", f"/overview?place={FACILITY}")}
GOAL = f"≤ 50 CPU-ms; ≤ 1.5 × its time at {FEW:,}"


async def figures() -> AsyncIterator[tuple[str, str, str]]:
    os.environ["DUGAI_BENCH_NOW"] = NOW.isoformat()
    clock.set(lambda: NOW)
    async with filled(FEW) as few, filled(MANY) as many:
        for engine in few:
            for settings in (few[engine], many[engine]):
                async with connected(settings, catalog.TABLE_NAMES) as writer:
                    await commands.prepare(writer)
            async for figure in _beside(engine, few[engine], many[engine]):
                yield figure
    clock.set(None)
    del os.environ["DUGAI_BENCH_NOW"]


async def _beside(engine: str, few: Settings, many: Settings) -> AsyncIterator[tuple[str, str, str]]:
    """The same page of both in turn, the best of some rounds; the database's own time apart, where it is a server."""
    cookies, more = await _cookies(few), await _cookies(many)
    async with serving(few, "bench.server") as (port, pid), serving(many, "bench.server") as (other, pid_of_many):
        for name, (reader, path) in PAGES.items():
            small, large = House(port, pid, cookies[reader], few.data), House(other, pid_of_many, more[reader], many.data)
            rounds = []
            for served in (small, large):
                await _ask(served, path, 5)
            for _ in range(ROUNDS):
                rounds.append((await _ask(small, path, REQUESTS), await _ask(large, path, REQUESTS)))
            before, after = min(time for time, _ in rounds), min(time for _, time in rounds)
            yield f"{engine}, {MANY:,} problems: the overview of {name}", f"{after:.1f} CPU-ms = {after / before:.2f} × ({before:.1f})", GOAL
