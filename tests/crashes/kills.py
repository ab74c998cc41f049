"""Rounds of killing, and what must be true after them."""

import asyncio
import contextlib
import json
import os
import random
import signal
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import msgspec

from server.photos.bytes import DiskStore
from server.settings import Settings
from tests.crashes.phones import Phones
from tests.crashes.servers import Server, server
from tests.postgres import Cluster

PHONES = 6
MIGRATING, STARTING = 0.3, 1.0  # seconds within which a server dies: while it migrates an empty house; from its first line on
LONGEST_LIFE = 0.7  # seconds for which one that takes visits in goes on before it dies
DURABLE = "-c fsync=on -c full_page_writes=on -c max_connections=100 -c unix_socket_directories= -c listen_addresses=127.0.0.1"


class Toll(msgspec.Struct):
    """What so many kills cost. lost: acknowledged and not there; twice: there more than once; broken: anything else that may not be."""

    kills: Counter[str] = msgspec.field(default_factory=Counter)
    acknowledged: int = 0
    photos: int = 0
    lost: int = 0
    twice: int = 0
    broken: list[str] = msgspec.field(default_factory=list)

    def add(self, other: "Toll") -> None:
        self.kills += other.kills
        self.acknowledged += other.acknowledged
        self.photos += other.photos
        self.lost += other.lost
        self.twice += other.twice
        self.broken += other.broken

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.twice or self.broken)

    def says(self, seed: int) -> str:
        kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(self.kills.items()))
        photos = f"photos whole ({self.photos})" if not self.broken else f"{len(self.broken)} FAULTS"
        return f"{self.kills.total()} kills ({kinds}): {self.acknowledged} acknowledged, {self.lost} lost, {self.twice} twice, {photos}, seed {seed}"


async def kill_servers(settings: Settings, kills: int, seed: int, kind: str) -> Toll:
    """Begin with an empty database; kill while it migrates, then every other time while it starts and while it takes visits in; then ask for everything."""
    chance, toll = random.Random(seed), Toll()
    async with server(settings) as served:
        for _ in range(kills // 10):
            await served.start()
            await asyncio.sleep(chance.uniform(0, MIGRATING))
            await served.kill()
            toll.kills[f"{kind}, migrating"] += 1
        async with _phones(settings, served, chance) as phones:
            for number in range(kills - kills // 10):
                if number % 2:
                    await asyncio.sleep(chance.uniform(0, STARTING))
                else:  # however slow the machine is
                    await phones.next_acknowledged()
                    await asyncio.sleep(chance.uniform(0, LONGEST_LIFE))
                await served.kill()
                toll.kills[kind] += 1
                await served.start()
            await phones.finish()
            await _judge(settings, phones, toll)
    return toll


async def kill_postgres(cluster: Cluster, settings: Settings, kills: int, seed: int) -> Toll:
    """Kill the postmaster, or one of its processes, under a server that lives on and must find back by itself."""
    chance, toll = random.Random(seed), Toll()
    async with server(settings) as served, _phones(settings, served, chance) as phones:
        for _ in range(kills):
            await phones.next_acknowledged()
            await asyncio.sleep(chance.uniform(0, LONGEST_LIFE))
            mother = cluster.postmaster()
            others = [pid for pid in cluster.processes() if pid != mother]
            if chance.random() < 0.5 or not others:
                _kill(mother)
                toll.kills["PostgreSQL"] += 1
            else:
                _kill(chance.choice(others))
                toll.kills["a process of PostgreSQL"] += 1
            await _come_back(cluster)
        await phones.next_acknowledged()
        await phones.finish()
        await _judge(settings, phones, toll)
    return toll


async def _come_back(cluster: Cluster) -> None:
    """As whoever runs PostgreSQL sees to it: begun anew once the last of its processes is gone, which one that dies during recovery brings about too."""
    async with asyncio.timeout(60):
        while not await _connects(cluster):
            if not cluster.processes():
                (cluster.data / "postmaster.pid").unlink(missing_ok=True)  # the dead one may still stand in the table of processes, and would be taken for alive
                await asyncio.to_thread(cluster.start)
            await asyncio.sleep(0.01)


async def _connects(cluster: Cluster) -> bool:
    with contextlib.suppress(OSError, asyncpg.PostgresError, TimeoutError):
        await (await asyncpg.connect(f"{cluster.address}/postgres", timeout=5)).close()
        return True
    return False


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


@contextlib.asynccontextmanager
async def _phones(settings: Settings, served: Server, chance: random.Random) -> AsyncIterator[Phones]:
    """A server that has migrated, the cast inside, and phones that begin to send."""
    if not served.pid:
        await served.start()
    async with httpx.AsyncClient() as client, asyncio.timeout(60):
        while not await _answers(client, served):
            await asyncio.sleep(0.02)
    phones = Phones(served.address, await asyncio.to_thread(json.loads, await _run(settings, "tests.crashes.furnish")), chance)
    phones.begin(PHONES)
    try:
        yield phones
    finally:
        await phones.close()


async def _answers(client: httpx.AsyncClient, served: Server) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return (await client.get(f"{served.address}/health")).status_code == 200
    return False


async def _judge(settings: Settings, phones: Phones, toll: Toll) -> None:
    """Every acknowledged visit once with its problems and photos; the same receipts; no number twice; a history that verifies."""
    visits, numbers = phones.acknowledged, Counter[str]()
    found, problems = await _rows(settings, "select id from inspection"), await _rows(settings, "select visit_id from problem")
    toll.acknowledged, toll.broken = len(visits), [*phones.wrong]
    store = DiskStore(settings.data / "photos")
    for visit in visits:
        told = await phones.again(visit)
        if told != visit.receipt or not found[visit.visit]:
            toll.lost += 1
        toll.twice += found[visit.visit] > 1 or problems[visit.visit] > 2
        if problems[visit.visit] < 2:
            toll.broken.append(f"visit {visit.visit} has {problems[visit.visit]} of its 2 problems")
        numbers.update(_numbers(told))
        toll.photos += len(visit.photos)
        toll.broken += [f"photo {name} is not whole" for name in visit.photos if await store.digest(name) != name]
    toll.twice += found.total() - len(found.keys()) + sum(count - 1 for count in numbers.values())
    if strangers := set(found) - {visit.visit for visit in visits}:
        toll.broken.append(f"{len(strangers)} visits that nobody sent")
    try:
        await _run(settings, "server.cli", "ledger", "verify")
    except RuntimeError as fault:
        toll.broken.append(str(fault))


def _numbers(receipt: bytes) -> list[str]:
    told = msgspec.json.decode(receipt) or {}
    return [told["number"], *(problem["number"] for problem in told["problems"])] if told else []


async def _rows(settings: Settings, sql: str) -> Counter[str]:
    """The values of the one column, counted."""
    if settings.database:
        connection = await asyncpg.connect(settings.database)
        try:
            return Counter(row[0] for row in await connection.fetch(sql))
        finally:
            await connection.close()
    with contextlib.closing(sqlite3.connect(settings.sqlite_file)) as file:
        return Counter(row[0] for row in file.execute(sql))


async def _run(settings: Settings, module: str, *arguments: str) -> str:
    env = {**os.environ, "DUGAI_DATA": str(settings.data), "DUGAI_DATABASE": settings.database}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", module, *arguments, env=env, stdout=pipe, stderr=pipe)
    out, fault = await process.communicate()
    if process.returncode:
        raise RuntimeError(fault.decode()[-2000:])
    return out.decode()


@contextlib.asynccontextmanager
async def empty_house(address: str = "") -> AsyncIterator[Settings]:
    """A folder with nothing in it, and on PostgreSQL an empty database."""
    with tempfile.TemporaryDirectory(prefix="dugai-crash-") as folder:
        if not address:
            yield Settings(data=Path(folder))
            return
        name = Path(folder).name.replace("-", "_").lower()
        connection = await asyncpg.connect(f"{address}/postgres")
        await connection.execute(f"create database {name} template template0")
        await connection.close()
        yield Settings(data=Path(folder), database=f"{address}/{name}")


