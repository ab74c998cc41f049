"""`make crash`: a thousand kills, two houses at a time, one line of figures. KILLS and SEED may be set in the environment."""

import asyncio
import os
import secrets
import sys
import time

from tests.crashes.kills import DURABLE, Toll, empty_house, kill_postgres, kill_servers
from tests.postgres import cluster

AT_ONCE = 2  # houses: as many as cores
HOUSE = 50  # kills of one house before it is judged


async def main() -> int:
    kills, seed = int(os.environ.get("KILLS", "1000")), int(os.environ.get("SEED") or secrets.randbelow(10**6))
    started, total, places = time.monotonic(), Toll(), asyncio.Semaphore(AT_ONCE)

    async def one(name: str, count: int, number: int) -> None:
        async with places:
            toll = await {"SQLite": _sqlite, "PostgreSQL": _postgres, "itself": _itself}[name](count, seed + number)
        total.add(toll)
        print(f"{time.monotonic() - started:6.0f} s  {toll.says(seed + number)}", flush=True)
        for fault in toll.broken[:20]:
            print(f"          {fault}", flush=True)

    shares = [("SQLite", kills // 2), ("PostgreSQL", kills * 4 // 10), ("itself", kills - kills // 2 - kills * 4 // 10)]
    houses = [(name, min(HOUSE, share - done)) for name, share in shares for done in range(0, share, HOUSE)]
    await asyncio.gather(*(one(name, count, number) for number, (name, count) in enumerate(houses)))
    print(total.says(seed))
    return 0 if total.is_clean else 1


async def _sqlite(kills: int, seed: int) -> Toll:
    async with empty_house() as settings:
        return await kill_servers(settings, kills, seed, "server on SQLite")


async def _postgres(kills: int, seed: int) -> Toll:
    with cluster(DURABLE) as made:
        async with empty_house(made.address) as settings:
            return await kill_servers(settings, kills, seed, "server on PostgreSQL")


async def _itself(kills: int, seed: int) -> Toll:
    with cluster(DURABLE) as made:
        async with empty_house(made.address) as settings:
            return await kill_postgres(made, settings, kills, seed)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
