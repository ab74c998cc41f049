"""What a visit with photos costs on a line that is cut each 50 to 400 KB: bytes sent beside bytes worth sending."""

import asyncio
import random
from collections.abc import AsyncIterator

from playwright.async_api import async_playwright

from bench.house import house
from bench.phone import packed, phone, printed
from tests.visits import EXITS, FOOD

SHORTEST, LONGEST, SEED = 50_000, 400_000, 250


async def figures() -> AsyncIterator[tuple[str, str, str]]:
    async with house() as served, async_playwright() as playwright, phone(served, playwright) as held:
        await packed(held)
        await held.lose_signal()
        await held.start_visit("安康养老院")
        await held.answer_all({FOOD: "食堂", EXITS: "三楼通道"})
        await held.go_and_sign("何川")
        await held.submit()
        await held.waits(1)
        line, kept = held.site.line, served.photos()
        before = line.sent
        line.cuts_between = (SHORTEST, LONGEST)
        line.chance = random.Random(SEED)
        await held.find_signal()
        await held.received(1)
        sent, payload = line.sent - before, served.photos() - kept
    yield "bytes sent on a line cut each 50-400 KB", f"{sent / payload:.2f} × its photos ({sent // 1000} KB, {line.cuts} cuts)", "≤ 1.2 ×"


if __name__ == "__main__":
    asyncio.run(printed(figures()))
