"""Finding the facility that one stands before, without signal: by how far it is, and by the code at its door."""

from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from server.foundation.ids import short_code
from tests.journeys.cameras import BLACK, FAKE, seeing
from tests.journeys.people import Phone, Site
from tests.serving import chromium

pytestmark = [pytest.mark.journey, pytest.mark.parametrize("settings", ["sqlite"], indirect=True)]  # the phone does not know which
DOOR = {"latitude": 30.80765, "longitude": 108.40871}  # WGS-84
ON_THE_MAP = "108.41330,30.80539"  # the same door as a Chinese map has it


@pytest.fixture
def site(site: Site) -> Site:
    site.executable = chromium(has_camera=True)
    return site


async def placed(site: Site, facility: str, position: str, system: str) -> None:
    async with site.desk("supervisor") as page:
        await page.goto(f"{site.address}/facilities/{facility}/edit")
        await page.fill("#position", position)
        await page.select_option("#system", system)
        await page.click(".bar .main")
        await page.wait_for_url(f"**/facilities/{facility}")


async def ready(site: Site) -> Phone:
    phone = await site.phone()
    await phone.is_ready_for_the_day()
    return phone


# Nearby


async def test_facilities_stand_by_how_far_they_are_without_signal_and_nothing_of_it_is_sent_or_kept(site: Site) -> None:
    await placed(site, site.world.home, "30.81115, 108.40871", "WGS-84")
    phone = await ready(site)
    await phone.is_switched_on_again("/today", may=["geolocation"])
    assert phone.context
    await phone.context.set_geolocation({**DOOR, "accuracy": 20})
    page, asked = phone.page, []
    page.on("request", lambda request: asked.append(request.url))
    found = page.locator("#facilities a")
    await expect(found).to_have_count(2)
    before = await found.locator("b").all_inner_texts()

    await page.click("[data-do=nearby]")
    await expect(found.nth(0)).to_contain_text("约 390 米")
    await expect(found.nth(0)).to_contain_text("安康养老院")
    await expect(found.nth(1)).to_contain_text("没有坐标")
    await expect(page.locator("#near")).to_contain_text("没有上传，也没有保存")
    await expect(page.locator("#near")).to_contain_text("1 家没有坐标")
    await expect(page.locator("[data-do=nearby]")).to_have_attribute("aria-pressed", "true")
    await page.fill("#find", "儿童")
    await expect(found).to_have_count(1)
    await page.fill("#find", "")

    await page.click("[data-do=nearby]")
    await expect(page.locator("#near")).to_be_hidden()
    assert await found.locator("b").all_inner_texts() == before
    assert [url for url in asked if not any(part in url for part in ("/static/", "/sync", "/pack", "/worker.js", "/manifest"))] == []
    kept = await page.evaluate("JSON.stringify([...Object.entries(localStorage), ...Object.entries(sessionStorage)])")
    assert "30.80" not in kept
    assert site.complaints == []


async def test_a_position_is_asked_for_on_the_tap_alone_and_a_no_is_answered_with_what_to_do(site: Site) -> None:
    phone = await ready(site)
    page = phone.page
    asked = "(() => { window.asked = 0; const ask = navigator.geolocation.getCurrentPosition; Geolocation.prototype.getCurrentPosition = function (...how) { window.asked += 1; return ask.apply(this, how); }; })()"
    await page.add_init_script(asked)
    await page.goto(f"{site.address}/today")
    await phone.is_packed()
    assert await page.evaluate("window.asked") == 0
    await page.click("[data-do=nearby]")
    await expect(page.locator("#near")).to_contain_text("没有允许督改用位置")
    await expect(page.locator("[data-do=nearby]")).to_have_attribute("aria-pressed", "false")
    assert await page.evaluate("window.asked") == 1


async def test_without_any_registered_position_it_says_so(site: Site) -> None:
    phone = await ready(site)
    await phone.is_switched_on_again("/today", may=["geolocation"])
    assert phone.context
    await phone.context.set_geolocation({**DOOR, "accuracy": 900})
    await phone.page.click("[data-do=nearby]")
    await expect(phone.page.locator("#near")).to_contain_text("都没有登记坐标")


async def test_whoever_may_change_a_facility_takes_its_position_at_the_door(site: Site) -> None:
    async with site.desk("supervisor") as page:
        await page.context.grant_permissions(["geolocation"], origin=site.address)
        await page.context.set_geolocation({**DOOR, "accuracy": 8})
        await page.goto(f"{site.address}/facilities/{site.world.home}/edit")
        await page.click("[data-do=here]")
        await expect(page.locator("#position")).to_have_value("30.80765, 108.40871")
        await page.click(".bar .main")
        await expect(page.locator("main")).to_contain_text("30.80765, 108.40871")
    assert site.complaints == []


async def test_a_position_from_a_chinese_map_and_one_from_a_phone_meet_at_the_same_door(site: Site) -> None:
    await placed(site, site.world.home, ON_THE_MAP, "GCJ-02")
    phone = await ready(site)
    assert phone.context
    await phone.context.grant_permissions(["geolocation"], origin=site.address)
    await phone.context.set_geolocation({**DOOR, "accuracy": 20})
    await phone.page.click("[data-do=nearby]")
    await expect(phone.page.locator("#facilities a").nth(0)).to_contain_text("约 10 米")


# The code at the door


def says(page: Page) -> object:
    return expect(page.locator("#scan [role=status]"))


async def test_the_code_at_the_door_is_scanned_without_signal_from_a_fresh_start(site: Site, tmp_path: Path) -> None:
    phone = await ready(site)
    for text in (f"{site.address}/f/{short_code(site.world.home)}", short_code(site.world.home), f"http://an-address-of-before.example/f/{short_code(site.world.home)}"):
        await phone.is_switched_on_again("/today", *seeing(tmp_path, text), may=["camera"])
        await phone.page.click("[data-do=scan]")
        await phone.page.wait_for_url(f"**/visit/start#facility={site.world.home}")
        await expect(phone.page.locator("#facility-name")).to_have_text("安康养老院")
    assert site.complaints == []


NOWHERE = {"https://other.example/f/7KQ2-0MZ8": "另一个网站（other.example）的码", "7KQ2-0MZ8": "不在手机里", "https://other.example/menu": "不是机构码"}


async def test_a_code_that_leads_nowhere_says_so_and_looking_goes_on(site: Site, tmp_path: Path) -> None:
    phone = await ready(site)
    for text, words in NOWHERE.items():
        await phone.is_switched_on_again("/today", *seeing(tmp_path, text), may=["camera"])
        await phone.page.click("[data-do=scan]")
        await says(phone.page).to_contain_text(words)
        assert await phone.page.evaluate("document.querySelector('#scan video').srcObject.active")
    await phone.page.click("#scan [data-do=type]")
    await expect(phone.page.locator("#scan")).to_be_hidden()
    await expect(phone.page.locator("#find")).to_be_focused()
    assert not await phone.page.evaluate("document.querySelector('#scan video').srcObject.active"), "the camera is off"


async def test_in_the_dark_without_a_camera_or_without_leave_it_says_what_to_do(site: Site, tmp_path: Path) -> None:
    phone = await ready(site)
    await phone.is_switched_on_again("/today", *seeing(tmp_path, light=BLACK), may=["camera"])
    await phone.page.click("[data-do=scan]")
    await says(phone.page).to_contain_text("太暗")
    await phone.is_switched_on_again("/today", may=["camera"])
    await phone.page.click("[data-do=scan]")
    await says(phone.page).to_contain_text("没有相机")
    await expect(phone.page.locator("#scan video")).to_be_hidden()
    await phone.is_switched_on_again("/today", FAKE, "--deny-permission-prompts")
    await phone.page.click("[data-do=scan]")
    await says(phone.page).to_contain_text("没有允许督改用相机")


async def test_the_browsers_own_reader_is_used_where_it_works_and_ours_where_it_does_not(site: Site, tmp_path: Path) -> None:
    """Chromium on a desk has none, so one stands in for it: first one that reads, then one that only says that it could."""
    phone = await ready(site)
    home = f"{site.address}/f/{short_code(site.world.home)}"
    reads = f"globalThis.BarcodeDetector = class {{ static getSupportedFormats = async () => ['qr_code']; detect = async () => [{{ rawValue: '{home}' }}]; }}"
    fails = "globalThis.BarcodeDetector = class { static getSupportedFormats = async () => ['qr_code']; detect = async () => { throw new Error('no service'); }; }"
    for stands_in, seen in ((reads, ""), (fails, home)):
        await phone.is_switched_on_again("/outbox", *seeing(tmp_path, seen), may=["camera"])
        await phone.page.add_init_script(stands_in)
        await phone.page.goto(f"{site.address}/today")
        await phone.page.click("[data-do=scan]")
        await phone.page.wait_for_url(f"**/visit/start#facility={site.world.home}")
