"""Many problems chosen, decided, done and undone at a real browser: with thumbs on a phone, by the keyboard at a desk; axe finds nothing in the pages."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from server.foundation import clock
from server.foundation.ids import new_id
from server.house import opened
from server.problems.tables import Problem
from server.settings import Settings
from tests.journeys.line import Line
from tests.journeys.people import FLAGS, Site, sign_in
from tests.journeys.test_the_faces import faults, looking
from tests.serving import serving
from tests.world import World

pytestmark = pytest.mark.journey
WHATS = ("疏散通道堆放杂物", "灭火器压力不足", "留样不足 48 小时", "消毒记录缺 2 天", "值班电话无人接听")


@pytest.fixture
async def line(settings: Settings) -> AsyncIterator[Line]:
    """A line to a running server with five problems inside."""
    world, words = World(), '{"zh":"渝民〔2020〕250号","en":"Notice 250"}'
    shared = {
        "facility_id": world.home, "facility_type": "elderly_care", "place_path": world.paths[world.home], "visit_id": "", "checklist": "", "item": "", "question": words, "clause": words,
        "severity": "general", "party": "unit", "person": "谭秀梅", "found_at": clock.now(), "found_on": clock.today(), "state": "recorded", "changed_at": clock.now(),
    }  # fmt: skip
    async with opened(settings) as ledger:
        await ledger.keep(add=[(Problem, {**shared, "id": new_id(), "number": f"万民整〔2026〕{n}号", "spot": what, "what": what}) for n, what in enumerate(WHATS, 1)])
    async with serving(settings) as (port, _), Line(port) as line:
        yield line


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("lang", "size"), [("zh", "phone"), pytest.param("en", "desk", marks=pytest.mark.long)])
async def test_from_ticks_to_undone(site: Site, lang: str, size: str) -> None:
    found: list[str] = []
    browser = await site.playwright.chromium.launch(executable_path=site.executable, args=FLAGS)
    context = await looking(browser, size)
    page = await context.new_page()
    site.listen(page)
    await sign_in(page, site.address, site.name_of("supervisor"))
    await context.add_cookies([{"name": "lang", "value": lang, "url": site.address}])
    await page.goto(f"{site.address}/problems")
    await page.locator("a[href$='pick=1']:visible").first.click()
    await ticked(page, size)
    found += await faults(page, page.url)
    await page.locator(".picker button").click()
    await page.wait_for_url("**/selections/*")
    found += await faults(page, page.url)
    await page.locator("details", has=page.locator("input[value=assign]")).locator("summary").click()
    await page.fill("#assign-sponsor", "李四")
    await page.locator("form", has=page.locator("#assign-sponsor")).locator("button").click()
    await expect(page.locator(".entry b", has_text="李四")).to_have_count(3)
    found += await faults(page, page.url)
    await page.locator("form[action$='/do'] button:visible").click()
    await expect(page.locator("form[action$='/undo']")).to_have_count(1)
    found += await faults(page, page.url)
    await page.locator("summary").first.click()
    await page.fill("#reason", "选错了")
    await page.locator("form[action$='/undo'] button").click()
    await expect(page.locator(".note")).to_contain_text("选错了")
    found += await faults(page, page.url)
    await browser.close()
    assert found == []
    assert site.complaints == []


async def ticked(page: Page, size: str) -> None:
    """Three rows: the script counts them; the page's choice ticks all, and a tick taken away says so."""
    boxes, count = page.locator("input[name=problem]"), page.locator("[data-count]")
    await expect(count).to_have_text("0")
    if size == "phone":
        for place in range(3):
            await page.locator("label.ticks").nth(place).click()
        await expect(count).to_have_text("3")
        return
    every = await boxes.count()
    await page.focus("input[name=scope][value=ticked]")
    await page.keyboard.press("ArrowRight")
    await expect(count).to_have_text(str(every))
    for place in range(every):
        await boxes.nth(place).focus()
        if place >= 3:
            await page.keyboard.press("Space")
    await expect(count).to_have_text("3")
    await expect(page.locator("input[name=scope][value=ticked]")).to_be_checked()
