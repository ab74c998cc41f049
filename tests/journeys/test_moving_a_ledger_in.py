"""An office's ledger moved in at a real browser, on a phone and at a desk: the pages lead on by themselves, and axe finds nothing in them."""

import pytest
from playwright.async_api import expect

from tests.imports import ledgers
from tests.journeys.people import FLAGS, Site, sign_in
from tests.journeys.test_the_faces import faults, looking

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("lang", "size"), [("zh", "phone"), pytest.param("en", "desk", marks=pytest.mark.long)])
async def test_a_messy_ledger_from_the_file_to_the_lists(site: Site, lang: str, size: str) -> None:
    found: list[str] = []
    browser = await site.playwright.chromium.launch(executable_path=site.executable, args=FLAGS)
    context = await looking(browser, size)
    page = await context.new_page()
    site.listen(page)
    await sign_in(page, site.address, site.name_of("supervisor"))
    await context.add_cookies([{"name": "lang", "value": lang, "url": site.address}])
    from_where, link = ("/me", "main a[href='/imports']") if size == "phone" else ("/problems", "header a[href='/imports']")
    await page.goto(site.address + from_where)
    await page.click(link)
    found += await faults(page, page.url)
    await page.set_input_files("#file", {"name": "台账.xlsx", "mimeType": "application/vnd.ms-excel", "buffer": ledgers.messy()})
    await page.click("button.main")
    await page.wait_for_url("**/columns")
    found += await faults(page, page.url)
    await page.click("button.main")
    await expect(page.locator(".entry.needs").first).to_be_visible()
    found += await faults(page, page.url)
    await page.locator(".entry.needs a.btn").first.click()
    found += await faults(page, page.url)
    await page.go_back()
    while await (needs := page.locator(".entry.needs")).count():
        await needs.first.locator("a.btn").click()
        await page.fill("#reason", "原件查不到")
        await page.locator("form", has=page.locator("#reason")).locator("button").click()
        await page.wait_for_url(lambda url: "/rows/" not in url)
    await page.locator("form[action$='/accept'] button").click()
    await page.locator(".entry.asks input[value=skip] ~ button").first.click()
    await expect(page.locator(".note.ok")).to_be_visible()
    await page.locator("form[action$='/confirm'] button:visible").click()
    await expect(page.locator("form[action$='/undo']")).to_have_count(1)
    found += await faults(page, page.url)
    await page.locator(".entry a.btn").first.click()
    await expect(page.locator(".log li")).to_have_count(1)
    found += await faults(page, page.url)
    await browser.close()
    assert found == []
    assert site.complaints == []
