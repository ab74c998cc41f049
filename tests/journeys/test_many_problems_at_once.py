"""Many problems chosen, decided, done and undone at a real browser: with thumbs on a phone, by the keyboard at a desk; axe finds nothing in the pages."""

import pytest
from playwright.async_api import Page, expect

from tests.journeys.people import FLAGS, Site, sign_in
from tests.journeys.test_the_faces import faults, looking

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("lang", "size"), [("zh", "phone"), ("en", "desk")])
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
            await page.locator("label.ticks").nth(place).tap()
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
