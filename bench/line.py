"""How soon the queue begins once the line is back: after a signal that says so, and after lines that were dead without a word."""

import asyncio
import contextlib
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from playwright.async_api import async_playwright

from bench.house import House, house
from server.people import session
from tests.journeys.line import Line
from tests.journeys.people import Phone, Site
from tests.serving import chromium
from tests.visits import FOOD

AWAY = 70  # seconds without a line, as Enketo's upload was measured: it began 55 s after
TIMES = 5


async def figures() -> AsyncIterator[tuple[str, str, str]]:
    async with house() as served, Line(served.port) as line, async_playwright() as playwright:
        with tempfile.TemporaryDirectory(prefix="dugai-bench-") as folder:
            async with Site(line, playwright, Path(folder), chromium()) as site:
                phone = await _ready(site, served)
                cases: tuple[tuple[str, Callable[[], object]], ...] = (("nobody answered", line.no_signal), ("connections were made and nothing came back", line.swallow))
                waits = [await _begins(phone, None) for _ in range(TIMES)]
                yield "the line is back: queue begins, signal was lost and returned", _said(waits), "≤ 2 s"
                for name, fails in cases:
                    waits = [await _begins(phone, fails, AWAY if not number else 12) for number in range(TIMES)]
                    yield f"the line is back: queue begins, {name} for {AWAY} s and 12 s, no event says so", _said(waits), "≤ 2 s"


async def _ready(site: Site, served: House) -> Phone:
    """An inspector's phone with one visit sealed."""
    phone = await site.phone()
    assert phone.context
    name, _, value = served.cookie.partition("=")
    assert name == session.TOKEN
    await phone.context.add_cookies([{"name": name, "value": value, "url": site.address}])
    await phone.page.goto(f"{site.address}/sign-in")
    await phone.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await phone.page.goto(f"{site.address}/today")
    await phone.is_packed()
    return phone


async def _begins(phone: Phone, fails: Callable[[], object] | None, away: float = 3) -> float:
    """Seconds from the line's return to the first request of the queue. One visit each time: it was sealed without a line."""
    line = phone.site.line
    await phone.lose_signal()
    await phone.start_visit("安康养老院")
    await phone.answer_all({FOOD: f"食堂 {time.time()}"})
    await phone.go_and_sign("何川")
    await phone.submit()
    before = await phone.page.locator("[data-group=received] li").count()
    if fails:
        assert phone.context
        fails()
        await phone.context.set_offline(False)
    ends = time.monotonic() + away
    while time.monotonic() < ends:  # somebody looks, and touches the screen now and then
        await phone.page.mouse.click(5, 300)
        await asyncio.sleep(5 if away > 5 else away)
    line.signal()
    started = time.monotonic()
    if not fails:
        assert phone.context
        await phone.context.set_offline(False)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(60):
            await line.heard.wait()
    took = time.monotonic() - started
    await phone.received(before + 1)
    return took


def _said(waits: list[float]) -> str:
    return f"{statistics.median(waits):.1f} s (at most {max(waits):.1f} s in {len(waits)} times)"
