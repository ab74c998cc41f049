"""An office's ledger moved in at a real browser, on a phone and at a desk: the pages lead on by themselves, and axe finds nothing in them."""

import pytest
from playwright.async_api import Page, expect

from tests.imports import ledgers
from tests.journeys.people import FLAGS, PHONE, Site, sign_in
from tests.journeys.test_the_faces import AXE, RULES, _scrolls

pytestmark = pytest.mark.journey


async def looked_at(page: Page) -> list[str]:
    """What axe finds on this page, and whether it is wider than its screen."""
    await page.evaluate(AXE.read_text())
    said = await page.evaluate("(rules) => axe.run(document, rules)", RULES)
    wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
    return [f"{page.url}: {fault['id']} {node['target']}" for fault in said["violations"] for node in fault["nodes"] if not _scrolls(node)] + [page.url] * wide


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("lang", "size"), [("zh", PHONE), ("en", {"width": 1280, "height": 800})])
async def test_a_messy_ledger_from_the_file_to_the_lists(site: Site, lang: str, size: dict[str, int]) -> None:
    found: list[str] = []
    browser = await site.playwright.chromium.launch(executable_path=site.executable, args=FLAGS)
    context = await browser.new_context(viewport=size, service_workers="block", bypass_csp=True)  # type: ignore[arg-type]
    page = await context.new_page()
    site.listen(page)
    await sign_in(page, site.address, site.name_of("supervisor"))
    await context.add_cookies([{"name": "lang", "value": lang, "url": site.address}])
    from_where, link = ("/me", "main a[href='/imports']") if size == PHONE else ("/problems", "header a[href='/imports']")
    await page.goto(site.address + from_where)
    await page.click(link)
    found += await looked_at(page)
    await page.set_input_files("#file", {"name": "台账.xlsx", "mimeType": "application/vnd.ms-excel", "buffer": ledgers.messy()})
    await page.click("button.main")
    await page.wait_for_url("**/columns")
    found += await looked_at(page)
    await page.click("button.main")
    await expect(page.locator(".entry.needs").first).to_be_visible()
    found += await looked_at(page)
    await page.locator(".entry.needs a.btn").first.click()
    found += await looked_at(page)
    await page.go_back()
    while await (faults := page.locator(".entry.needs")).count():
        await faults.first.locator("a.btn").click()
        await page.fill("#reason", "原件查不到")
        await page.locator("form", has=page.locator("#reason")).locator("button").click()
        await page.wait_for_url(lambda url: "/rows/" not in url)
    await page.locator("form[action$='/accept'] button").click()
    await page.locator(".entry.asks input[value=skip] ~ button").first.click()
    await expect(page.locator(".note.ok")).to_be_visible()
    await page.locator("form[action$='/confirm'] button:visible").click()
    await expect(page.locator("form[action$='/undo']")).to_have_count(1)
    found += await looked_at(page)
    await page.locator(".entry a.btn").first.click()
    await expect(page.locator(".log li")).to_have_count(1)
    found += await looked_at(page)
    await browser.close()
    assert found == []
    assert site.complaints == []
