"""One act with 1,000 problems of 250 visits: chosen, checked row by row, done, undone, exported. Both databases; beside each, as many bare rows changed by the ledger's own writer."""

import contextlib
import datetime as dt
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any

import asyncpg

from server.database.migrate import migrate
from server.foundation import clock
from server.foundation.command import Command, canonical
from server.foundation.ids import new_id
from server.house import opened
from server.ledger.perform import Ledger
from server.problems import files
from server.problems.tables import Problem
from server.selections import queries
from server.selections.work import Walks
from server.settings import Settings
from tests.postgres import postgres
from tests.world import World

WORLD = World()
ROWS, OF_A_VISIT = 1000, 4
IDS = [f"00000000-0000-7000-8000-{n:012x}" for n in range(10_000, 10_000 + ROWS)]


def problems() -> list[tuple[type[Any], dict[str, Any]]]:
    """Recorded ones, four of each visit."""
    words, now, today = '{"zh":"","en":""}', clock.now(), clock.today()
    shared = {
        "facility_id": WORLD.home, "facility_type": "elderly_care", "place_path": WORLD.paths[WORLD.home], "checklist": "", "item": "", "question": words, "clause": words,
        "what": "现场发现的问题，长度与平常相当", "severity": "general", "party": "unit", "person": "谭秀梅", "found_at": now, "found_on": today, "state": "recorded", "changed_at": now,
    }  # fmt: skip
    return [(Problem, {**shared, "id": id, "number": f"示民整〔2026〕{n}号", "spot": f"x{n}", "visit_id": f"v{n // OF_A_VISIT}"}) for n, id in enumerate(IDS)]


@contextlib.asynccontextmanager
async def databases() -> AsyncIterator[dict[str, Settings]]:
    with tempfile.TemporaryDirectory(prefix="dugai-bench-") as folder, postgres() as address:
        connection = await asyncpg.connect(f"{address}/postgres")
        await connection.execute("create database bulk template template0")
        await connection.close()
        yield {"SQLite": Settings(data=Path(folder)), "PostgreSQL": Settings(data=Path(folder), database=f"{address}/bulk")}


class Desk:
    """A supervisor with the ledger before them."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger, self.walks = ledger, Walks(ledger)

    async def takes(self, kind: str, id: str, **more: Any) -> float:
        """Seconds until the step and the work that follows from it are over."""
        begun = time.perf_counter()
        payload = {("id" if kind == "choose" else "selection"): id, **more}
        await self.ledger.perform(Command(new_id(), f"selections.{kind}", 1, clock.now(), WORLD.supervisor.id, canonical(payload)), WORLD.supervisor)
        await self.walks.wake(id)
        return time.perf_counter() - begun

    async def whole(self, act: str, **given: Any) -> tuple[list[float], str]:
        """Choosing, checking, doing and undoing."""
        id = new_id()
        told = [await self.takes("choose", id, problems=IDS), await self.takes("check", id, act=act, given=given), await self.takes("do", id)]
        done = (await queries.counts(id))["done"]
        told.append(await self.takes("undo", id, reason="x"))
        if (done, (await queries.counts(id))["undone"]) != (ROWS, ROWS):
            raise RuntimeError(f"{act}: {await queries.counts(id)}")
        return told, id


async def figures() -> AsyncIterator[tuple[str, str, str]]:
    acts: dict[str, dict[str, Any]] = {"assign": {"sponsor": "冉国强"}, "set_due": {"due_on": clock.today() + dt.timedelta(days=40)}, "issue": {"sponsor": "冉国强"}}
    async with databases() as found:
        for name, settings in found.items():
            await migrate(settings)
            async with opened(settings) as ledger:
                await ledger.keep(add=[*WORLD.rows(None), *problems()])
                bare = await _timed(ledger.keep(change=[(Problem, id, {"sponsor": "x"}) for id in IDS]))
                await ledger.keep(change=[(Problem, id, {"sponsor": ""}) for id in IDS])
                for act, given in acts.items():
                    (choose, check, do, undo), id = await Desk(ledger).whole(act, **given)
                    measured = f"{do:.2f} s = {do / bare:.0f} × bare ({bare * 1000:.0f} ms); chosen {choose:.2f}, checked {check:.2f}, undone {undo:.2f} s"
                    yield f"{act} of {ROWS:,} problems, {name}", measured, "each ≤ 2 s"
                export = await _timed(_file(await queries.ids(id)))
                yield f"export of {ROWS:,} chosen, {name}", f"{export:.2f} s", "≤ 2 s"


async def _file(ids: list[str]) -> None:
    (await files.made_of(WORLD.supervisor, ids, "zh", "")).close()


async def _timed(asked: Awaitable[Any]) -> float:
    begun = time.perf_counter()
    await asked
    return time.perf_counter() - begun
