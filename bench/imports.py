"""A ledger of 10,000 rows moved in: reading, working through, importing; and how long others wait meanwhile.

Beside it, in the same run: the same workbook read by the bare library, and 10,000 bare problems inserted by the ledger's
own writer in one transaction.
"""

import asyncio
import datetime as dt
import io
import re
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import python_calamine

from bench.house import House, house
from server import catalog
from server.database.connect import connected
from server.database.migrate import migrate
from server.foundation import clock
from server.foundation.ids import new_id
from server.problems.tables import Problem
from server.settings import Settings
from tests.imports import ledgers
from tests.imports.moving_in import chosen
from tests.world import World

ROWS = 10_000
PATIENCE = 120  # seconds for one step
WORLD = World()


class Watch:
    """Somebody else at the server: GET /health over and over, remembering the longest wait."""

    def __init__(self, port: int) -> None:
        self.port, self.longest, self.answers = port, 0.0, 0

    async def look(self) -> None:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=60) as client:
            while True:
                begun = time.perf_counter()
                await client.get("/health")
                self.longest, self.answers = max(self.longest, time.perf_counter() - begun), self.answers + 1
                await asyncio.sleep(0.01)


async def timed(served: House, client: httpx.AsyncClient, id: str, step: tuple[str, dict[str, str]] | None, ends: str) -> tuple[float, float]:
    """Seconds until the import's page says `ends`, and the longest that another GET waited meanwhile."""
    watch = Watch(served.port)
    looking, begun = asyncio.create_task(watch.look()), time.perf_counter()
    if step:
        answer = await client.post(f"/imports/{id}{step[0]}", data={"_csrf_token": client.cookies["csrftoken"], "_id": new_id(), **step[1]})
        if answer.status_code != 303:
            raise RuntimeError(re.sub("<[^>]+>|\\s+", " ", answer.text)[:500])
    async with asyncio.timeout(PATIENCE):
        while ends not in (answer := await client.get(f"/imports/{id}")).headers.get("location", "") + answer.text:
            await asyncio.sleep(0.05)
    seconds = time.perf_counter() - begun
    looking.cancel()
    return seconds, watch.longest


async def figures() -> AsyncIterator[tuple[str, str, str]]:
    content = ledgers.clean(ROWS)
    begun = time.perf_counter()
    python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    plain_reading = time.perf_counter() - begun
    plain_writing = await _bare_inserts()
    async with house(reader=WORLD.supervisor) as served:
        name, _, value = served.cookie.partition("=")
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}", cookies={name: value}, timeout=120) as client:
            before = served.memory()
            await client.get("/imports")
            form = {"_csrf_token": client.cookies["csrftoken"], "_id": new_id(), "place": WORLD.wanzhou}
            begun = time.perf_counter()
            answer = await client.post("/imports", data=form, files={"file": ("台账.xlsx", content)})
            id = answer.headers["location"].rsplit("/", 1)[1]
            _, read_wait = await timed(served, client, id, None, "/columns")
            reading = time.perf_counter() - begun
            boxes = {box: field for box, field in chosen((await client.get(f"/imports/{id}/columns")).text).items() if field}
            judging, judge_wait = await timed(served, client, id, ("/columns", boxes), f'action="/imports/{id}/confirm"')
            importing, import_wait = await timed(served, client, id, ("/confirm", {}), f'action="/imports/{id}/undo"')
            yield f"reading {ROWS:,} rows", f"{reading:.1f} s = {reading / plain_reading:.1f} × the bare library ({plain_reading:.2f} s)", "≤ 20 s"
            yield f"working through {ROWS:,} rows", f"{judging:.1f} s", "≤ 20 s"
            yield f"importing {ROWS:,} problems", f"{importing:.1f} s = {importing / plain_writing:.1f} × bare inserts ({plain_writing:.2f} s)", "≤ 10 s"
            yield "longest wait of another GET meanwhile", f"reading {read_wait * 1000:.0f}, working {judge_wait * 1000:.0f}, importing {import_wait * 1000:.0f} ms", "≤ 500 ms"
            yield "memory of the process, at most", f"{served.memory():.0f} MB ({before:.0f} before)", "≤ 400 MB"


async def _bare_inserts() -> float:
    """Seconds for as many bare rows in one durable transaction."""
    with tempfile.TemporaryDirectory(prefix="dugai-bench-") as folder:
        settings = Settings(data=Path(folder))
        await migrate(settings)
        async with connected(settings, catalog.TABLE_NAMES) as writer:
            plain = {
                "facility_id": WORLD.home, "facility_type": "elderly_care", "place_path": "a/", "visit_id": "", "checklist": "", "item": "", "question": "{}", "clause": "{}",
                "what": "通道指示牌缺失", "severity": "general", "party": "unit", "found_at": clock.now(), "found_on": dt.date(2025, 3, 1), "state": "recorded", "changed_at": clock.now(),
            }  # fmt: skip
            await writer.query("pragma foreign_keys=off")
            begun = time.perf_counter()
            async with writer.transaction():
                await writer.insert(Problem, [{**plain, "id": str(n), "number": str(n), "spot": str(n)} for n in range(ROWS)])
            return time.perf_counter() - begun
