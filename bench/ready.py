"""How long until a page can be used on a slow line and a slow phone, cold, and again without signal."""

import asyncio
from collections.abc import AsyncIterator

from playwright.async_api import ConsoleMessage, async_playwright

from bench.house import house
from bench.phone import SLOW, begun, packed, percentile, phone, printed, slowed
from tests.journeys.people import Phone

RATE, TIMES = 4, 5
SAID = "ready after "

# Said by the page itself: reaching into it costs a slow phone as much as a part of its start. A task after the frame's callbacks runs once it was painted.
WATCH = (
    "const look = () => document.querySelector('#facilities a, #table:not([hidden])') ? told() : requestAnimationFrame(look);"
    "const told = () => { const {port1, port2} = new MessageChannel(); port1.onmessage = () => console.debug(`" + SAID + "${performance.now()}`); port2.postMessage(0); };"
    "requestAnimationFrame(look);"
)


async def figures() -> AsyncIterator[tuple[str, str, str]]:
    async with house() as served, async_playwright() as playwright:
        cold = []
        for _ in range(TIMES):
            async with phone(served, playwright) as held:
                await held.page.add_init_script(WATCH)
                session = await slowed(held, RATE)
                await session.send("Network.enable")
                await session.send("Network.emulateNetworkConditions", SLOW)
                cold.append(await _ready(held, "/today"))
        yield f"ready cold, Today, 400 kbps, 400 ms, CPU ×{RATE}", _said(cold), "≤ 3 s"
        async with phone(served, playwright) as held:
            await packed(held)
            await begun(held, "安康养老院", "measures")
            table = held.page.url.removeprefix(held.site.address)
            await held.lose_signal()
            await held.page.add_init_script(WATCH)
            await slowed(held, RATE)
            for name, path in (("Today", "/today"), ("the check table", table)):
                found = []
                for _ in range(TIMES * 2):
                    await held.page.goto("about:blank")
                    found.append(await _ready(held, path))
                yield f"ready off line, {name}, CPU ×{RATE}", _said(found), "≤ 0.5 s"


async def _ready(held: Phone, path: str) -> float:
    """Seconds from the beginning of the navigation until what one came for is there and painted."""

    def is_ready(message: ConsoleMessage) -> bool:
        return message.text.startswith(SAID)

    async with held.page.expect_console_message(is_ready, timeout=60_000) as heard:
        await held.page.goto(f"{held.site.address}{path}", wait_until="commit")
    return float((await heard.value).text.removeprefix(SAID)) / 1000


def _said(found: list[float]) -> str:
    return f"{percentile(found, 0.5):.2f} s, median of {len(found)} ({min(found):.2f} to {max(found):.2f})"


if __name__ == "__main__":
    asyncio.run(printed(figures()))
