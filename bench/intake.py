"""Visits taken in: 60 answers and 3 problems each, durable, all guarantees on; beside the same endpoint storing nothing."""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec

from bench.house import INK, SHOT, House, house
from server.checklists import rules as checklists
from server.foundation import clock
from server.foundation.ids import new_id
from tests.photos.pictures import sha
from tests.visits import EXITS, FOOD
from tests.world import PACK, World

WORLD, CHECKLIST = World(), checklists.checked(PACK)
PARTS = tuple(part.key for part in CHECKLIST.parts)
VISITS = {1: 400, 8: 3000, 32: 3000}
FIELDS: dict[str, dict[str, Any]] = {
    "S21-02": {"parties": ["locality", "department", "unit", "individual"]}, "S21-04": {"residents": 0, "staff": 0},
    "S23-01": {"due": 3, "done": 3}, "S23-06": {"due": 4, "done": 4}, "S33-01": {"should": 9, "included": 9}, "S34-02": {"observed": 9, "failing": 0},
    "S41-02": {"masks_days": 30, "disinfectant_days": 30}, "S42-04": {"revised_on": "2026-01-01", "aware": "yes"}, "S52-02": {"shifts": 3},
    "S53-02": {"occurred_at": "2026-01-01T08:00:00+08:00", "phone_at": "2026-01-01T08:10:00+08:00"},
    "S53-03": {"occurred_at": "2026-01-01T08:00:00+08:00", "written_at": "2026-01-01T08:40:00+08:00"},
    "S54-03": {"provided": ["duty", "protection", "rest", "meals"]},
}  # fmt: skip


def body() -> bytes:
    """One visit as a phone posts it, each with its own ids and points."""
    fails = (FOOD, EXITS, "S23-03")
    items = [item for part in PARTS for item in CHECKLIST.on_site(part) if item.fits("elderly_care")]
    answers = {
        item.key: {"fields": FIELDS[item.key]} if item.fields else {"value": "fail" if item.key in fails else "pass"} for item in items
    }  # fmt: skip
    id, at, ink = new_id(), clock.now(), sha(INK)
    findings = [
        {"id": new_id(), "item": item, "what": "现场发现的问题，长度与平常相当", "point": f"点位 {id[-12:]}", "severity": "general", "party": "unit", "person": "谭秀梅", "photos": [sha(SHOT)]}
        for item in fails
    ]  # fmt: skip
    payload = {
        "id": id, "facility": WORLD.home, "checklist": {"key": PACK["key"], "version": 1}, "parts": PARTS, "kind": "routine", "mode": "random",
        "started_at": at, "finished_at": at, "answers": answers, "findings": findings,
        "signatures": {
            "first": {"person": WORLD.inspector.id, "name": "周敏", "photo": ink}, "second": {"person": WORLD.second.id, "name": "何川", "photo": ink},
            "facility": {"name": "谭秀梅", "photo": ink},
        },
    }  # fmt: skip
    return msgspec.json.encode({"commands": [{"id": new_id(), "kind": "inspections.submit", "version": 1, "at": at, "author": WORLD.inspector.id, "payload": payload}]})


async def load(served: House, path: str, bodies: list[bytes], clients: int) -> float:
    """Post all bodies over so many connections at once; visits a second. Every answer is checked."""
    queue = iter(bodies)
    head = f"POST {path} HTTP/1.1\r\nhost: 127.0.0.1:{served.port}\r\nx-dugai: 1\r\ncookie: {served.cookie}\r\ncontent-type: application/json\r\ncontent-length: "

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        for content in queue:
            writer.write(f"{head}{len(content)}\r\n\r\n".encode() + content)
            answer = await reader.readuntil(b"\r\n\r\n")
            length = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            told = await reader.readexactly(length)
            if not answer.startswith(b"HTTP/1.1 200") or (path == "/sync" and b'"received"' not in told):
                raise RuntimeError(f"{answer[:60]!r} {told[:300]!r}")
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(clients)))
    return len(bodies) / (time.perf_counter() - started)


def raw_sqlite(bodies: list[bytes]) -> float:
    """The same bytes as one row each, one durable transaction each: what the disk gives."""
    with tempfile.TemporaryDirectory(prefix="dugai-bench-") as folder:
        connection = sqlite3.connect(Path(folder) / "raw.sqlite", isolation_level=None)
        connection.execute("pragma journal_mode=wal")
        connection.execute("pragma synchronous=full")
        connection.execute("create table visit (id integer primary key, body text)")
        started = time.perf_counter()
        for content in bodies:
            connection.execute("begin immediate")
            connection.execute("insert into visit (body) values (?)", (content.decode(),))
            connection.execute("commit")
        return len(bodies) / (time.perf_counter() - started)


async def figures() -> AsyncIterator[tuple[str, str, str]]:
    async with house() as served:
        await load(served, "/sync", [body() for _ in range(200)], 4)  # warm
        for clients, count in VISITS.items():
            bodies = [body() for _ in range(count)]
            nothing = await load(served, "/nothing", bodies, clients)
            used = served.cpu()
            taken = await load(served, "/sync", bodies, clients)
            each = (served.cpu() - used) * 1000 / count
            goal = "≥ 1,500/s where nothing ≥ 6,000/s, else ≥ 0.25 ×; ≤ 0.5 CPU-ms" if clients > 1 else "-"
            yield f"visits/s, {clients} client(s)", f"{taken:,.0f}/s = {taken / nothing:.2f} × storing nothing ({nothing:,.0f}/s), {each:.2f} CPU-ms each", goal
        again = await load(served, "/sync", bodies, 32)
        yield "replays/s, 32 clients", f"{again:,.0f}/s", "-"
        yield "memory of the process, at most", f"{served.memory():.0f} MB", "≤ 200 MB"
    raw = raw_sqlite([body() for _ in range(500)])
    yield "raw SQLite, one row and one fsync a visit", f"{raw:,.0f}/s", "-"
