"""Gloves, dictation, a slip of the thumb: what is typed is kept as it is typed, what was changed can be taken back, what was received can be amended."""

import datetime as dt

import pytest
from playwright.async_api import expect

from server.foundation import clock
from server.people.tables import Place
from tests.conftest import House
from tests.journeys.people import PHONE, Site
from tests.problems.test_the_workflow import issued
from tests.visits import FOOD

pytestmark = [pytest.mark.journey, pytest.mark.parametrize("settings", ["sqlite"], indirect=True)]


async def test_words_are_kept_while_they_are_dictated(site: Site) -> None:
    phone = await site.phone()
    await phone.sign_in()
    await phone.is_packed()
    await phone.lose_signal()
    await phone.page.clock.install()
    await phone.start_visit("安康养老院")
    await phone.tap(FOOD, "fail")
    page = phone.page
    session = await page.context.new_cdp_session(page)
    await page.focus("#what")
    await session.send("Input.imeSetComposition", {"text": "冰箱内生熟混放", "selectionStart": 7, "selectionEnd": 7})  # not settled yet
    await page.clock.fast_forward(500)
    await phone.has_kept()
    assert await page.input_value("#what") == "冰箱内生熟混放", "nobody wrote into the field meanwhile"
    address = page.url
    await phone.switch_off()
    await phone.switch_on()
    assert phone.context
    await phone.context.set_offline(True)
    await phone.page.goto(address)
    await expect(phone.page.locator(f'[data-item="{FOOD}"] .more')).to_contain_text("冰箱内生熟混放")
    assert site.complaints == []


async def test_an_answer_changed_and_a_problem_removed_come_back(site: Site) -> None:
    phone = await site.phone()
    await phone.sign_in()
    await phone.is_packed()
    await phone.lose_signal()
    await phone.start_visit("安康养老院")
    page = phone.page
    undo = page.locator("#toasts [data-do=undo]")
    await phone.tap("S23-02", "pass")
    await phone.tap("S23-02", "na")
    await undo.click()
    await expect(page.locator('[data-item="S23-02"][data-a="pass"]')).to_be_visible()
    await phone.fail(FOOD, "食堂")
    strip = page.locator(f'[data-item="{FOOD}"] .more', has_text="食堂")
    await strip.click()
    await page.click("#sheet [data-do=drop]")
    await expect(strip).to_have_count(0)
    await undo.click()
    await expect(strip).to_have_count(1)
    await page.click(f'label:has(input[name="{FOOD}"][value="pass"])')
    await page.click("dialog [data-do=yes]")
    await expect(strip).to_have_count(0)
    await undo.click()
    await expect(strip).to_have_count(1)
    await expect(strip).to_contain_text("照片 1 张")
    await strip.click()
    await page.fill("#point", "后厨")
    await page.click("#sheet [data-do=leave]")
    await expect(strip).to_have_count(1)
    await undo.click()
    await expect(page.locator(f'[data-item="{FOOD}"] .more')).to_contain_text("后厨")
    assert site.complaints == []


async def test_a_received_visit_says_how_it_is_corrected(house: House, site: Site) -> None:
    phone = await site.phone()
    await phone.sign_in()
    await phone.is_packed()
    await phone.start_visit("安康养老院")
    following = phone.page.locator("[data-do=next].main")
    await expect(following, "what is not answered comes first").to_have_count(0)
    await phone.answer_all({})
    await expect(following).to_have_count(1)
    await phone.go_and_sign("何川")
    await phone.submit()
    await phone.received(1)
    page = phone.page
    await phone.lose_signal()
    await expect(page.locator("[data-group=received]")).to_contain_text("联网后再来")
    await expect(page.locator("[data-group=received] a")).to_have_count(0)
    await phone.find_signal()
    await page.get_by_role("link", name="更正记录").click()
    await page.wait_for_url("**/amend")
    await expect(page.locator("body")).to_contain_text("安康养老院")
    await page.goto(f"{site.address}/today")
    await expect(page.locator("#facilities li", has_text="安康养老院")).to_contain_text("今天刚查过")
    assert site.complaints == []


async def test_the_look_for_outdoors_is_chosen_where_there_is_no_signal(site: Site) -> None:
    phone = await site.phone()
    await phone.sign_in()
    await phone.is_packed()
    await phone.is_switched_on_again("/this-phone")
    page = phone.page
    await page.click("[data-look] label:has(input[value=outdoor])")
    await page.goto(f"{site.address}/today")
    assert await page.evaluate("document.documentElement.dataset.theme") == "outdoor"
    assert site.complaints == []


async def test_a_card_of_a_list_is_touched_anywhere(house: House, site: Site) -> None:
    await issued(house)
    async with site.desk("inspector", size=PHONE) as page:
        for path, row in (("/facilities", ".reg tbody tr"), ("/problems", ".flow tbody tr")):
            await page.goto(f"{site.address}{path}")
            box = await page.locator(row).first.bounding_box()
            assert box
            await page.mouse.click(box["x"] + box["width"] - 12, box["y"] + box["height"] - 6)
            await page.wait_for_url(f"**{path}/*")
    assert site.complaints == []


async def test_a_facility_visited_twice_or_not_mine_any_more_is_said_before_the_visit(house: House, site: Site) -> None:
    phone = await site.phone()
    await phone.sign_in()
    await phone.is_packed()
    await phone.start_visit("安康养老院")
    page = phone.page
    start = f"{site.address}/visit/start#facility={house.world.home}"
    await page.goto(f"{site.address}/today")
    await page.goto(start)
    await expect(page.locator("#notes")).to_contain_text("没查完")
    await house.perform(house.world.administrator, "places.close", {"id": house.world.home, "reason": "停业"})
    await house.ledger.keep(change=[(Place, house.world.home, {"closed_on": clock.today() - dt.timedelta(days=1)})])
    await page.goto(f"{site.address}/today")
    await expect(page.locator("#drafts li")).to_contain_text("已停用或不在名下")
    await page.goto(start)
    await expect(page.locator("#notes")).to_contain_text("由督导决定")
    await expect(page.locator("#start-form")).to_be_visible()
    assert site.complaints == []
