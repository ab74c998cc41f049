"""A supervisor writes a check table, plans, draws and hands out; a phone without signal does one of the visits; the plan shows it done."""

import re

import pytest
from playwright.async_api import Page, expect

from server.settings import Settings
from tests.journeys.people import DESK, PHONE, SQLITE_FIRST, Phone, Site, in_days
from tests.journeys.test_the_faces import complaints

pytestmark = pytest.mark.journey
NEW = ("示例江北敬老院", "示例江南敬老院", "示例江东敬老院")


@SQLITE_FIRST
async def test_from_a_check_table_of_ones_own_to_a_visit_that_the_plan_shows(site: Site, settings: Settings) -> None:
    """In Chinese on SQLite, in English on PostgreSQL."""
    lang = "en" if settings.database else "zh"
    async with site.desk("administrator", lang) as desk:
        for name in NEW:
            await register(site, desk, name)
    async with site.desk("supervisor", lang) as desk:
        await plan(site, desk, await write(site, desk))
        await draw(site, desk)
        await desk.click('form[action$="/open"] button')
        await expect(desk.locator('form[action$="/open"]')).to_have_count(0)
        await expect(desk.locator("table.visits tbody tr")).to_have_count(3)
        phone = await site.phone(lang)
        await phone.sign_in()
        await phone.is_packed()
        await phone.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await phone.lose_signal()
        await does_the_first(site, phone)
        await expect(desk.locator("#done")).to_have_text("0")
        await phone.find_signal()
        await phone.received(1)
        await expect(desk.locator("#done"), "without a reload").to_have_text("1", timeout=40_000)
        await desk.reload()
        await expect(desk.locator("table.visits .st6")).to_have_count(1)
        await phone.page.goto(f"{site.address}/today")
        await expect(phone.page.locator("#planned li")).to_have_count(2)
    assert site.complaints == []


@pytest.mark.long
@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)  # a page looks alike on either
async def test_a_plans_pages_have_nothing_to_complain_about(site: Site) -> None:
    async with site.desk("administrator") as desk:
        for name in NEW:
            await register(site, desk, name)
    async with site.desk("supervisor") as desk:
        await plan(site, desk)
        empty = await seen(site, desk)
        await draw(site, desk)
        address = desk.url.removeprefix(site.address)
        record = str(await desk.locator('a[href^="/draws/"]').first.get_attribute("href"))
        found = empty
        for size, theme in ((DESK, "light"), (PHONE, "dark")):
            await desk.set_viewport_size(size)
            for path in (address, f"{address}/edit", f"{address}/facilities", f"{address}/draw", f"{record}?check=yes"):
                found += await complaints(site, desk, path, (theme,))
    assert found == []
    assert site.complaints == []


async def seen(site: Site, desk: Page) -> list[str]:
    return await complaints(site, desk, desk.url.removeprefix(site.address))


async def register(site: Site, desk: Page, name: str) -> None:
    await desk.goto(f"{site.address}/facilities/new")
    await desk.fill("#name", name)
    await desk.fill("#contact_name", "彭刚")
    await desk.select_option("#type", "elderly_care")
    await desk.select_option("#parent", label="万州区民政局")
    await desk.click(".bar .main, form .main")
    await expect(desk.locator("h1", has_text=name)).to_be_visible()


async def write(site: Site, desk: Page) -> str:
    """A check table with a judgement and a count, published; its part as a plan names it."""
    await desk.goto(f"{site.address}/drafts")
    await desk.fill("#title_zh", "示例冬季用火检查表")
    await desk.fill("#title_en", "Example: fire in winter")
    await desk.click("form[action='/drafts'] .main")
    await desk.wait_for_url(re.compile(r"/drafts/[0-9a-f-]{36}$"))
    await write_item(desk, "灭火器前是否没有堆物", "Are extinguishers free of clutter", "pass_fail_na")
    await write_item(desk, "灭火器应有几具、实有几具", "Extinguishers due and there", "number_pair", ("done", "ge", "due"))
    await desk.click("form[action$='/publish'] .main")
    await desk.wait_for_url(re.compile(r"/checklists/.+/1$"))
    return f"{desk.url.split('/')[-2]}|P1"


async def write_item(desk: Page, zh: str, en: str, type: str, passes: tuple[str, str, str] | None = None) -> None:
    await desk.click("a[href*='/items/new']")
    await desk.fill("#question_zh", zh)
    await desk.fill("#question_en", en)
    await desk.select_option("#type", type)
    if passes:
        field, operation, value = passes
        await desk.locator("[name=met_field]").first.select_option(field)
        await desk.locator("[name=met_operation]").first.select_option(operation)
        await desk.locator("[name=met_value]").first.fill(value)
    await desk.click(".bar .main")
    await expect(desk.locator(".editable", has_text=en if "en" in (await desk.locator("html").get_attribute("lang") or "") else zh)).to_be_visible()


async def plan(site: Site, desk: Page, part: str = "epidemic-2020-250|measures") -> None:
    await desk.goto(f"{site.address}/plans/new")
    await desk.fill("#title", "示例冬季抽查")
    for name, value in (("kind", "special"), ("mode", "random"), ("coverage", "draw")):
        await desk.click(f'label:has(input[name="{name}"][value="{value}"])')
    await desk.fill("#until_on", in_days(20))
    await desk.fill("#draw_count", "3")
    await desk.click('label:has(input[name="types"][value="elderly_care"])')
    await desk.check(f'input[name="parts"][value="{part}"]')
    await desk.click(".bar .main")
    await expect(desk.locator("h1", has_text="示例冬季抽查")).to_be_visible()


async def draw(site: Site, desk: Page) -> None:
    """Three of the four homes, and who goes; the record repeats."""
    await desk.click('a[href$="/draw"]')
    await desk.fill("#words", "瑞雪兆丰年")
    await desk.click(".bar .main")
    await desk.wait_for_url(re.compile("/draws/"))
    await desk.click('a[href$="check=yes"]')
    await expect(desk.locator(".note.ok")).to_be_visible()
    await desk.click("a.back")


async def does_the_first(site: Site, phone: Phone) -> None:
    page = phone.page
    await page.goto(f"{site.address}/today")
    await expect(page.locator("#planned li")).to_have_count(3)
    await page.locator("#planned a").first.click()
    await expect(page.locator("#notes", has_text="示例冬季抽查")).to_be_visible()
    for chosen in ("kind][value=special", "mode][value=random", "part][value=P1"):
        await expect(page.locator(f"input[name={chosen}]")).to_be_checked()
    await page.click("#start-bar .main")
    await expect(page.locator("#table")).to_be_visible()
    await phone.tap("I01", "pass")
    for field in ("due", "done"):
        await page.fill(f'input[name="I02.{field}"]', "4")
    await page.keyboard.press("Tab")
    await phone.go_and_sign("何川")
    await phone.submit()
    await phone.waits(1)
    await page.goto(f"{site.address}/today")
    await expect(page.locator("#planned li")).to_have_count(2)
    await page.goto(f"{site.address}/outbox")
