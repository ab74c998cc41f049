"""What reminding of 10,000 problems costs visits taken in: the same house with and without a server that reminds, in turns, in one run."""

import datetime as dt
import os
import sqlite3
import statistics
from collections.abc import AsyncIterator
from typing import Any

from bench.house import House, house
from bench.intake import body, load
from server.foundation import clock
from server.foundation.ids import new_id
from server.problems.tables import Problem
from tests.world import World

WORLD = World()
PROBLEMS, VISITS, CLIENTS, ROUNDS = 10_000, 1500, 8, 3


def overdue() -> list[tuple[type[Any], dict[str, Any]]]:
    """All of one home, late by as many days as there are rules."""
    today, words = clock.today(), '{"zh":"","en":""}'
    shared = {
        "facility_id": WORLD.home, "facility_type": "elderly_care", "place_path": WORLD.paths[WORLD.home], "visit_id": "", "checklist": "", "item": "", "question": words, "clause": words,
        "what": "现场发现的问题，长度与平常相当", "severity": "general", "party": "unit", "found_at": clock.now(), "found_on": today, "state": "issued", "issued_on": today - dt.timedelta(days=30), "changed_at": clock.now(),
    }  # fmt: skip
    return [(Problem, {**shared, "id": new_id(), "number": f"示民整〔2026〕{n}号", "spot": f"x{n}", "due_on": today - dt.timedelta(days=n % 20 - 2)}) for n in range(PROBLEMS)]


async def figures() -> AsyncIterator[tuple[str, str, str]]:
    rates: dict[str, list[float]] = {"0": [], "1": []}
    used: dict[str, list[float]] = {"0": [], "1": []}
    told = 0
    for _ in range(ROUNDS):
        for every, found in rates.items():
            os.environ["DUGAI_REMIND_EVERY"] = every
            async with house(overdue()) as served:
                await load(served, "/sync", [body() for _ in range(100)], 4)  # warm; the first look has begun
                before = served.cpu()
                found.append(await load(served, "/sync", [body() for _ in range(VISITS)], CLIENTS))
                used[every].append((served.cpu() - before) * 1000 / VISITS)
                told = max(told, _told(served)) if every == "1" else told
    del os.environ["DUGAI_REMIND_EVERY"]
    without, beside = statistics.median(rates["0"]), statistics.median(rates["1"])
    alone, both = statistics.median(used["0"]), statistics.median(used["1"])
    measured = f"{beside:,.0f}/s = {beside / without:.2f} × without ({without:,.0f}/s); {both:.2f} CPU-ms each = {both / alone:.2f} × without; {told:,} rows told meanwhile"
    yield f"visits/s beside reminders of {PROBLEMS:,} problems", measured, "≥ 0.9 ×; CPU ≤ 1.1 ×"


def _told(served: House) -> int:
    with sqlite3.connect(served.folder / "dugai.sqlite") as connection:
        return int(connection.execute("select count(*) from reminder").fetchone()[0])
