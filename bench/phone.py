"""A phone for the figures: real Chromium with a profile of its own, an inspector signed in, the pack taken along."""

import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from playwright.async_api import CDPSession, expect

from bench.house import House
from tests.journeys.line import Line
from tests.journeys.people import Phone, Site
from tests.serving import chromium

SLOW = {"offline": False, "latency": 400, "downloadThroughput": 400_000 / 8, "uploadThroughput": 400_000 / 8}


@contextlib.asynccontextmanager
async def phone(served: House, playwright: Any) -> AsyncIterator[Phone]:
    """A phone on a good line; what was seen goes with it."""
    with tempfile.TemporaryDirectory(prefix="dugai-phone-", ignore_cleanup_errors=True) as folder:
        async with Line(served.port) as line, Site(line, playwright, Path(folder), chromium()) as site:
            held = await site.phone()
            assert held.context
            name, _, value = served.cookie.partition("=")
            await held.context.add_cookies([{"name": name, "value": value, "url": site.address}])
            yield held


async def packed(held: Phone) -> None:
    """Today says that everything is on the phone, and the worker answers for it."""
    await held.page.goto(f"{held.site.address}/sign-in")
    await held.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await held.page.goto(f"{held.site.address}/today")
    await held.is_packed()


async def slowed(held: Phone, rate: int) -> CDPSession:
    """A processor so many times slower, for this page."""
    assert held.context
    session = await held.context.new_cdp_session(held.page)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": rate})
    return session


async def begun(held: Phone, facility: str, part: str, table: str = "") -> None:
    """A visit of this part, at its check table."""
    page = held.page
    await page.goto(f"{held.site.address}/today")
    await page.locator("#facilities a", has_text=facility).click()
    await page.check("input[name=kind][value=special]")
    await page.check("input[name=mode][value=unannounced]")
    if table:
        await page.check(f"#checklists input[value='{table}']")
    await page.check(f"#parts input[value={part}]")
    await page.click("#start-bar .main")
    await expect(page.locator("#table")).to_be_visible()


def percentile(values: list[float], share: float) -> float:
    """The value below which this share lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


async def printed(rows: AsyncIterator[tuple[str, str, str]]) -> None:
    """One bench alone: `python -m bench.taps`."""
    async for figure, measured, goal in rows:
        print(f"| {figure} | {measured} | {goal} |", flush=True)
