"""What goes wrong on real phones: nothing is lost, nothing comes twice, and the phone says where things are."""

from pathlib import Path

import pytest
from playwright.async_api import Playwright, expect

from server.settings import Settings
from tests.journeys.line import Line
from tests.journeys.people import Phone, Site, sign_in
from tests.serving import chromium, serving
from tests.visits import EXITS, FOOD

pytestmark = [pytest.mark.journey, pytest.mark.parametrize("settings", ["sqlite"], indirect=True)]


async def sealed_visit(phone: Phone, fails: dict[str, str], second: str = "何川") -> None:
    await phone.start_visit("安康养老院")
    await phone.answer_all(fails)
    await phone.go_and_sign(second)
    await phone.submit()


async def listed(site: Site) -> int:
    async with site.desk("supervisor") as desk:
        await desk.goto(f"{site.address}/problems")
        return await desk.locator("td.no").count()


async def test_a_phone_switched_off_in_the_middle_goes_on_where_it_was(site: Site) -> None:
    """Android ends the page while the camera is open; a battery dies."""
    phone = await site.phone()
    await phone.sign_in()
    await phone.is_packed()
    await phone.lose_signal()
    await phone.start_visit("安康养老院")
    await phone.tap("S23-02", "pass")
    await phone.fail(FOOD, "食堂")
    await phone.tap("S23-03", "fail")
    await phone.page.fill("#what", "登记不全")
    await phone.page.fill("#point", "大门")
    await phone.page.locator("#step").focus()
    await phone.has_kept()
    await phone.switch_off()
    await phone.switch_on("/today")
    await phone.lose_signal()
    await phone.page.goto(f"{site.address}/today")
    await phone.page.click("#go-on a")
    await expect(phone.page.locator(f'[data-item="{FOOD}"] .more')).to_contain_text("食堂")
    await expect(phone.page.locator('[data-item="S23-02"][data-a="pass"]')).to_be_visible()
    await phone.page.locator('[data-item="S23-03"] .more').click()
    await expect(phone.page.locator("#what")).to_have_value("登记不全")
    await expect(phone.page.locator("#point")).to_have_value("大门")


async def test_an_incomplete_visit_is_not_submitted_and_says_what_is_missing(site: Site) -> None:
    phone = await site.phone()
    await phone.sign_in()
    await phone.is_packed()
    await phone.start_visit("安康养老院")
    await phone.tap("S23-02", "pass")
    await phone.page.goto(phone.page.url.replace("/visit/epidemic-2020-250/1", "/visit/sign"))
    await expect(phone.page.locator("#slot-facility")).to_contain_text("签名")
    await phone.page.locator("[data-do=submit]").dispatch_event("click")  # it is never dead: it says why it cannot
    await expect(phone.page.locator("#missing")).to_contain_text("14 项未答")
    await phone.page.goto(f"{site.address}/outbox")
    await expect(phone.page.locator("#nothing")).to_be_visible()


async def test_signed_out_midway_it_waits_with_its_reason_and_goes_after_signing_in(site: Site) -> None:
    """Of a phone that has not enrolled, or whose key the browser has lost."""
    phone = await site.phone()
    await phone.sign_in()
    await phone.is_packed()
    await phone.lose_signal()
    await sealed_visit(phone, {FOOD: "食堂"})
    await phone.lose_its_key("inspector")
    assert phone.context
    await phone.context.clear_cookies(name="dugai-session")
    await phone.find_signal()
    await expect(phone.page.locator("[data-group=yours] li")).to_contain_text("等待登录", timeout=20_000)
    assert await listed(site) == 0
    await sign_in(phone.page, site.address, site.name_of("inspector"))
    await phone.page.goto(f"{site.address}/outbox")
    await phone.received(1)
    assert await listed(site) == 1


async def test_two_people_on_one_phone_send_only_their_own(site: Site) -> None:
    phone = await site.phone()
    await phone.sign_in()
    await phone.is_packed()
    await phone.lose_signal()
    await sealed_visit(phone, {FOOD: "食堂"})
    await phone.lose_its_key("inspector")
    assert phone.context
    await phone.context.clear_cookies(name="dugai-session")
    await phone.find_signal()
    await expect(phone.page.locator("[data-group=yours] li")).to_have_count(1, timeout=20_000)
    await sign_in(phone.page, site.address, site.name_of("second"))
    await phone.is_packed()
    await phone.page.goto(f"{site.address}/outbox")
    await expect(phone.page.locator("#nothing")).to_be_visible()
    assert await listed(site) == 0
    await phone.context.clear_cookies(name="dugai-session")
    await sign_in(phone.page, site.address, site.name_of("inspector"))
    await phone.is_packed()
    await phone.page.goto(f"{site.address}/outbox")
    await phone.received(1)
    assert await listed(site) == 1


async def test_a_line_cut_every_few_kilobytes_still_delivers_everything_once(site: Site) -> None:
    phone = await site.phone()
    await phone.sign_in()
    await phone.is_packed()
    await phone.lose_signal()
    await sealed_visit(phone, {FOOD: "食堂", EXITS: "三楼通道"})
    site.line.cuts_after = 150_000
    await phone.find_signal()
    await phone.received(1)
    site.line.cuts_after = None
    assert site.line.cuts >= 2, "the line was cut"
    assert await listed(site) == 2


async def test_a_server_away_for_a_while_is_waited_for(settings: Settings, playwright: Playwright, tmp_path: Path) -> None:
    """The line is there, the server is not; then it is back under the same address."""
    async with serving(settings) as (port, _), Line(port) as line, Site(line, playwright, tmp_path, chromium()) as site:
        phone = await site.phone()
        await phone.sign_in()
        await phone.is_packed()
        line.mode = "none"
        line.drop()
        await sealed_visit(phone, {FOOD: "食堂"})
        await phone.waits(1)
        line.signal()
        await phone.page.click("[data-do=now]")
        await phone.received(1)
        assert await listed(site) == 1
