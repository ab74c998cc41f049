"""Two tabs on one visit, two people on one phone, one person on two phones: nobody overwrites, sees or sends what is another's."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.journeys.people import Phone, Site, sign_in
from tests.journeys.test_bad_days import listed, sealed_visit
from tests.visits import FOOD

pytestmark = [pytest.mark.journey, pytest.mark.long, pytest.mark.parametrize("settings", ["sqlite"], indirect=True)]
HOME = "安康养老院"


async def ready(site: Site, name: str = "phone") -> Phone:
    phone = await site.phone(name=name)
    await phone.sign_in()
    await phone.is_packed()
    return phone


async def test_two_tabs_on_one_visit_show_and_keep_what_either_was_given(site: Site) -> None:
    phone = await ready(site)
    await phone.start_visit(HOME)
    first = phone.page
    second = await phone.another_tab(first.url)
    await expect(second.locator("#table")).to_be_visible()
    await phone.tap("S23-02", "pass")
    await expect(second.locator('[data-item="S23-02"][data-a="pass"]')).to_be_visible()
    await second.click('label:has(input[name="S23-03"][value="na"])')
    await expect(first.locator('[data-item="S23-03"][data-a="na"]')).to_be_visible()
    await phone.fail(FOOD, "食堂")
    await expect(second.locator(f'[data-item="{FOOD}"] .more')).to_contain_text("食堂")
    await second.click(f'label:has(input[name="{FOOD}"][value="pass"])')
    await expect(second.locator("dialog[open]"), "the other tab's problem is not dropped without a word").to_contain_text("改答案")
    await second.click("dialog[open] [data-do=no]")
    await first.reload()
    await expect(first.locator(f'[data-item="{FOOD}"][data-a="fail"] .more')).to_contain_text("食堂")
    await expect(first.locator('[data-item="S23-03"][data-a="na"]')).to_be_visible()
    assert site.complaints == []


async def test_two_tabs_submit_at_once_and_one_left_open_says_that_it_is_over(site: Site) -> None:
    phone = await ready(site)
    await phone.start_visit(HOME)
    table = await phone.another_tab(phone.page.url)
    await phone.answer_all({FOOD: "食堂"})
    await phone.go_and_sign("何川")
    twin = await phone.another_tab(phone.page.url)
    await expect(twin.locator("img.sig")).to_have_count(3)
    tap = "document.querySelector('[data-do=submit]').click()"
    await asyncio.gather(phone.page.evaluate(tap), twin.evaluate(tap))
    await expect(table.locator("#absent")).to_be_visible()
    await expect(table.locator("#table")).to_be_hidden()
    await phone.page.goto(f"{site.address}/outbox")
    await phone.received(1)
    assert await listed(site) == 1
    assert site.complaints == []


async def test_somebody_else_signs_in_while_a_visit_is_open_and_sees_none_of_it(site: Site) -> None:
    phone = await ready(site)
    await phone.lose_its_key("inspector")  # else the first one's work goes up by its own signature meanwhile
    await phone.lose_signal()
    await sealed_visit(phone, {FOOD: "食堂"})
    await phone.start_visit("儿童福利院")
    address = phone.page.url
    await phone.sign_out_unheard()
    other = await phone.another_tab("/today")
    await phone.find_signal()
    await sign_in(other, site.address, site.name_of("second"))
    await expect(other.locator("#ready.ok")).to_be_visible()
    await expect(phone.page.locator("#absent"), "the first one's tab opens anew").to_be_visible()
    for path in ("/outbox", "/today"):
        await other.goto(f"{site.address}{path}")
        await expect(other.locator("#nothing" if path == "/outbox" else "#ready.ok")).to_be_visible()
    await expect(other.locator("#drafts li")).to_have_count(0)
    await expect(other.locator("[data-save] [data-slot=count]").first).to_be_hidden()
    assert await listed(site) == 0
    await phone.sign_out_unheard()
    await sign_in(other, site.address, site.name_of("inspector"))
    await expect(other.locator("#drafts li")).to_have_count(1)
    await other.goto(f"{site.address}/outbox")
    await expect(other.locator("[data-group=received] li")).to_have_count(1, timeout=60_000)
    await other.goto(address)
    await expect(other.locator("#table")).to_be_visible()
    assert await listed(site) == 1
    assert site.complaints == []


async def test_one_person_on_two_phones(site: Site) -> None:
    one, two = await ready(site, "one"), await ready(site, "two")
    for phone in (one, two):
        await phone.lose_signal()
        await sealed_visit(phone, {FOOD: "食堂"})
        await phone.waits(1)
    for phone in (one, two):
        await phone.find_signal()
    for phone in (one, two):
        assert "WZ-" in await phone.received(1)
    async with site.desk("supervisor") as desk:
        await desk.goto(f"{site.address}/visits")
        await expect(desk.locator("#rows > li:not(.empty)")).to_have_count(2)
    assert await listed(site) == 1, "the same problem at the same point: seen twice, one number"
    assert site.complaints == []
