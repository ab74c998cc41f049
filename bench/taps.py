"""From a tap to its paint on a long check table and a slow phone; and how many taps and how much time a visit takes."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from playwright.async_api import async_playwright, expect

from bench.house import House, house
from bench.phone import begun, packed, percentile, phone, printed, slowed
from tests.journeys.people import Phone
from tests.photos.pictures import jpeg
from tests.world import PACK

ITEMS, PROBLEMS, EACH, RATE, TAPPED, SHORT = 300, 20, 3, 6, 60, 60
PAUSE = 150  # ms between two taps: a quick hand

# Each tap: from the input event's own time stamp to the first frame that was painted after it, and until the answer was on disk and said so.
TAP = """async ({keys, pause}) => {
  const told = [];
  const painted = () => new Promise((done) => requestAnimationFrame(() => { const {port1, port2} = new MessageChannel(); port1.onmessage = done; port2.postMessage(0); }));
  for (const key of keys) {
    const item = document.querySelector(`[data-item="${key}"]`);
    const wanted = item.querySelector("input[value=pass]");
    wanted.scrollIntoView({block: "center"});
    await new Promise((done) => setTimeout(done, pause));
    const at = performance.now();
    wanted.click();
    const blocked = performance.now();
    await painted();
    const seen = performance.now();
    while (item.dataset.a !== "pass") await painted();
    told.push([seen - at, performance.now() - at, blocked - at]);
  }
  return told;
}"""


# As a thumb scrolls: the first item without an answer right below the sticky head.
TO_TOP = """(key) => { const item = document.querySelector(`[data-item="${key}"]`); scrollBy(0, item.getBoundingClientRect().top - document.querySelector("#table .heads").getBoundingClientRect().bottom - 4); return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))); }"""


def long_table(key: str = "long", count: int = ITEMS) -> dict[str, Any]:
    """So many items in one part, each like one of the notice's."""
    model = next(item for item in PACK["items"] if item["key"] == "S23-09")
    items = [{**model, "key": f"L-{n:03d}", "part": "long", "applies_to": ["all"], "severity": "general"} for n in range(count)]
    return {**PACK, "key": key, "title": {"zh": f"长表 {count}", "en": f"A table of {count}"}, "parts": [{"key": "long", "title": {"zh": "长", "en": "Long"}}], "items": items}


async def figures() -> AsyncIterator[tuple[str, str, str]]:
    async with house(tables=(PACK, long_table(), long_table("sixty", SHORT))) as served, async_playwright() as playwright:
        async for row in _paints(served, playwright):
            yield row
        async for row in _whole_visit(served, playwright):
            yield row


async def _paints(served: House, playwright: Any) -> AsyncIterator[tuple[str, str, str]]:
    async with phone(served, playwright) as held:
        await packed(held)
        await begun(held, "安康养老院", "long", "long")
        for n in range(PROBLEMS):
            await _problem(held, f"L-{n:03d}")
        keys = [f"L-{n:03d}" for n in range(PROBLEMS, ITEMS)]
        await held.page.evaluate(TAP, {"keys": keys[: ITEMS - PROBLEMS - TAPPED], "pause": 0})  # a table nearly full
        await slowed(held, RATE)
        told = await held.page.evaluate(TAP, {"keys": keys[-TAPPED:], "pause": PAUSE})
        floor = [row[0] for row in await _on_an_empty_page(held.page)]
    paints, kept, blocked = ([row[n] for row in told] for n in range(3))
    name = f"tap to paint, {ITEMS} items, {PROBLEMS * EACH} photos, CPU ×{RATE}"
    yield name, f"{percentile(paints, 0.5):.0f} ms median, {percentile(paints, 0.95):.0f} ms p95 ({percentile(blocked, 0.95):.0f} ms of it the handler)", "≤ 50 ms p95"
    yield "the same on a page with nothing but its buttons", f"{percentile(floor, 0.5):.0f} ms median, {percentile(floor, 0.95):.0f} ms p95", "-"
    yield "tap until the answer is on disk and shown so", f"{percentile(kept, 0.5):.0f} ms median, {percentile(kept, 0.95):.0f} ms p95", "-"


async def _on_an_empty_page(page: Any) -> list[list[float]]:
    """What browser and machine take for themselves: a radio button that nothing listens to."""
    keys = [f"E-{n:03d}" for n in range(TAPPED)]
    await page.goto("about:blank")
    await page.set_content("".join(f'<p data-item="{key}" data-a="pass"><input type="radio" value="pass"></p>' for key in keys))
    return list(await page.evaluate(TAP, {"keys": keys, "pause": PAUSE}))


async def _problem(held: Phone, key: str) -> None:
    """不符合, noted with three photos from the gallery."""
    page = held.page
    await page.click(f'label:has(input[name="{key}"][value="fail"])')
    await page.locator("#phrases .chip").first.click()
    await page.fill("#point", "食堂")
    shots = [{"name": f"{key}-{n}.jpg", "mimeType": "image/jpeg", "buffer": jpeg(640 + n, 480, "noise")} for n in range(EACH)]
    await page.set_input_files("#photos input >> nth=1", shots)  # type: ignore[arg-type]
    await expect(page.locator("#photos button.thumb")).to_have_count(EACH)
    await page.click("#sheet .bar .main")
    await expect(page.locator("#sheet")).to_be_hidden()


async def _whole_visit(served: House, playwright: Any) -> AsyncIterator[tuple[str, str, str]]:
    """Sixty items that all comply: 其余符合 a screen at a time, then three signatures and handing in. Every tap is counted; none is waited for by a person."""
    async with phone(served, playwright) as held:
        await packed(held)
        page, started = held.page, time.perf_counter()
        await begun(held, "安康养老院", "long", "sixty")
        taps = 6  # facility, kind, mode, check table, part, begin
        for key in (f"L-{n:03d}" for n in range(SHORT)):
            if await page.locator(f'[data-item="{key}"]').get_attribute("data-a"):
                continue
            await page.evaluate(TO_TOP, key)
            box = await page.locator("[data-do=rest]:not([aria-disabled=true])").bounding_box()
            assert box
            await page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)  # a click would scroll first, and fill what it scrolled to
            await expect(page.locator(f'[data-item="{key}"][data-a=pass]')).to_be_visible()
            taps += 1
        await page.click("[data-do=next]")
        await page.wait_for_url("**/visit/sign*")
        await page.select_option("#second-person", label="何川")
        taps += 3
        for slot in ("first", "second", "facility"):
            await held.sign(slot)
            taps += 3  # open, a stroke, done
        await held.submit()
        taps += 1
    name = f"a visit of {SHORT} items that all comply"
    yield name, f"{taps} taps, {time.perf_counter() - started:.0f} s scripted", "≤ 70 taps, ≤ 3 min"


if __name__ == "__main__":
    asyncio.run(printed(figures()))
