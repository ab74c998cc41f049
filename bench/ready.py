"""How long until a page can be used on a slow line and a slow phone, cold, and again without signal."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from playwright.async_api import async_playwright

from bench.house import house
from bench.phone import SLOW, begun, packed, phone, printed, slowed
from tests.journeys.people import Phone

RATE, TIMES = 4, 5
TODAY, TABLE = "#facilities a", "#table:not([hidden])"


async def figures() -> AsyncIterator[tuple[str, str, str]]:
    async with house() as served, async_playwright() as playwright:
        cold = []
        for _ in range(3):
            async with phone(served, playwright) as held:
                session = await slowed(held, RATE)
                await session.send("Network.enable")
                await session.send("Network.emulateNetworkConditions", SLOW)
                cold.append(await _ready(held, "/today", TODAY))
        yield f"ready cold, Today, 400 kbps, 400 ms, CPU ×{RATE}", f"{sorted(cold)[1]:.2f} s, median of 3", "≤ 3 s"
        async with phone(served, playwright) as held:
            await packed(held)
            await begun(held, "安康养老院", "measures")
            table = held.page.url.removeprefix(held.site.address)
            await held.lose_signal()
            await slowed(held, RATE)
            for name, path, wanted in (("Today", "/today", TODAY), ("the check table", table, TABLE)):
                found = []
                for _ in range(TIMES):
                    await held.page.goto("about:blank")
                    found.append(await _ready(held, path, wanted))
                yield f"ready off line, {name}, CPU ×{RATE}", f"{sorted(found)[TIMES // 2]:.2f} s, median of {TIMES}", "≤ 0.5 s"


async def _ready(held: Phone, path: str, wanted: str) -> float:
    """Seconds from asking for the page until what is wanted is on it and painted; the driver's own way there and back is in it."""
    page: Any = held.page
    started = time.perf_counter()
    await page.goto(f"{held.site.address}{path}", wait_until="commit")
    await page.locator(wanted).first.wait_for(timeout=60_000)
    return time.perf_counter() - started


if __name__ == "__main__":
    asyncio.run(printed(figures()))
