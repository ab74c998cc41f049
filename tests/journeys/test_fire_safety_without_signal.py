"""The fire-safety table without signal: questions that come and go by the answers before them, counts, dates, and what the server would return is said on the phone."""

from pathlib import Path

import pytest
from playwright.async_api import Playwright, expect

from server.settings import Settings
from tests.journeys.line import Line
from tests.journeys.people import SQLITE_FIRST, Phone, Site
from tests.operations.commands import dugai
from tests.photos.pictures import jpeg
from tests.serving import chromium, serving

pytestmark = pytest.mark.journey
TABLE = Path(__file__).parents[2] / "server/checklists/packs/welfare-fire-safety.v1.json"
SAYS = {
    "zh": ("还没填完", "1 项未答", "1 项不符合没记问题", "已记录，不作判定"),
    "en": ("Not complete yet", "1 unanswered", "1 failed without a problem noted", "Recorded, not judged"),
}


@SQLITE_FIRST
async def test_questions_come_and_go_by_the_answers_and_nothing_incomplete_is_sealed(settings: Settings, playwright: Playwright, tmp_path: Path) -> None:
    """In Chinese on SQLite, in English on PostgreSQL."""
    lang = "en" if settings.database else "zh"
    dugai(settings, "checklists", "import", str(TABLE))
    async with serving(settings) as (port, _), Line(port) as line, Site(line, playwright, tmp_path, chromium()) as site:
        phone = await site.phone(lang)
        await phone.sign_in()
        await phone.is_packed()
        await phone.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await phone.lose_signal()
        await begins(phone)
        await the_rest_comply_and_not_after_all(phone)
        await gas_decides_what_is_asked(phone, lang)
        await what_the_server_would_return_is_said(phone, lang)
        await phone.go_and_sign("何川")
        await expect(phone.page.locator("[data-slot=pass]")).to_have_text("7")  # of ten: two fail, and which gas is no judgement
        await phone.submit()
        await phone.waits(1)
        await phone.switch_off()
        await phone.switch_on()
        await phone.lose_signal()
        await phone.page.goto(f"{site.address}/outbox")
        await phone.waits(1)
        await phone.find_signal()
        await phone.received(1)
        async with site.desk("supervisor", lang) as desk:
            await desk.goto(f"{site.address}/problems")
            await expect(desk.locator("td.no")).to_have_count(2)
        assert site.complaints == []


async def begins(phone: Phone) -> None:
    page = phone.page
    await page.goto(f"{phone.site.address}/today")
    await page.locator("#facilities a", has_text="安康养老院").click()
    for chosen in ("kind][value=special", "mode][value=unannounced", "checklist][value=welfare-fire-safety", "part][value=energy"):
        await page.check(f"input[name={chosen}]")
    await page.click("#start-bar .main")
    await expect(page.locator("#tally")).to_have_text("0/7")


async def the_rest_comply_and_not_after_all(phone: Phone) -> None:
    """What is on the screen and not critical, in one tap; and taken back in one."""
    page = phone.page
    await page.dispatch_event("[data-do=rest]", "click")  # a click of the driver scrolls first, and what is on the screen is the point
    await expect(page.locator('[data-item="F2-01"][data-a="pass"]')).to_be_visible()
    await expect(page.locator('[data-item="F2-03"][data-a]')).to_have_count(0)
    await page.click("#toasts [data-do=undo]")
    await expect(page.locator("#tally")).to_have_text("0/7")
    await expect(page.locator("#table input:checked")).to_have_count(0)


async def gas_decides_what_is_asked(phone: Phone, lang: str) -> None:
    """Three more with bottles, one less with pipes; what was noted for a bottle waits in case it is a bottle after all."""
    page = phone.page
    gas = page.locator('[data-item="F2-04"]')
    await gas.locator("label:has(input[value=bottled])").click()
    await expect(gas.locator("[data-verdict]")).to_have_text(SAYS[lang][3])
    await expect(page.locator("#tally")).to_have_text("1/10")
    await phone.tap("F2-07", "fail")
    await page.fill("#point", "厨房外侧")
    await page.locator("#phrases .chip").first.click()  # one tap, though the field before it loses focus by it
    await expect(page.locator("#what")).not_to_be_empty()
    await note(phone)
    await expect(page.locator("#tally")).to_have_text("2/10")
    await gas.locator("label:has(input[value=piped])").click()
    await expect(page.locator('[data-item="F2-07"]')).to_be_hidden()
    await expect(page.locator("#tally")).to_have_text("1/9")
    await gas.locator("label:has(input[value=none])").click()
    await expect(page.locator("#tally")).to_have_text("1/7")
    await gas.locator("label:has(input[value=bottled])").click()
    await expect(page.locator('[data-item="F2-07"] .more')).to_contain_text("厨房外侧")


async def what_the_server_would_return_is_said(phone: Phone, lang: str) -> None:
    page = phone.page
    for item in ("F2-01", "F2-02", "F2-03", "F2-06", "F2-09", "F2-10"):
        await phone.tap(item, "pass")
    await page.fill('input[name="F2-08.on"]', "2026-01-15")
    await page.locator('[data-item="F2-08"] label:has(input[value=yes])').click()
    await page.fill('input[name="F2-05.due"]', "4")
    await page.keyboard.press("Tab")
    await expect(page.locator('[data-item="F2-05"] [data-verdict]')).to_have_text(SAYS[lang][0])
    await lacks(phone, SAYS[lang][1])
    await page.fill('input[name="F2-05.done"]', "3")
    await page.keyboard.press("Tab")
    await expect(page.locator("#sheet")).to_be_visible()
    await page.click("#sheet [data-do=leave]")
    await lacks(phone, SAYS[lang][2])
    await page.locator('[data-item="F2-05"] .more').click()
    await page.locator("#phrases .chip").first.click()
    await page.fill("#point", "厨房")
    await note(phone)


async def lacks(phone: Phone, words: str) -> None:
    """Signing says it before anybody signs; and back to the table."""
    page, table = phone.page, phone.page.url
    await page.goto(table.replace("/visit/welfare-fire-safety/1", "/visit/sign"))
    await expect(page.locator("#why")).to_contain_text(words)
    await page.goto(table)
    await expect(page.locator("#table")).to_be_visible()


async def note(phone: Phone) -> None:
    await phone.page.set_input_files("#photos input >> nth=0", {"name": "camera.jpg", "mimeType": "image/jpeg", "buffer": jpeg(800, 600, "noise")})
    await expect(phone.page.locator("#photos button.thumb")).to_have_count(1)
    await phone.page.click("#sheet .bar .main")
    await expect(phone.page.locator("#sheet")).to_be_hidden()
