"""One phone, several people: handed on without signal, each sees and sends their own; what was given up or put aside comes back."""

import pytest
from playwright.async_api import expect

from tests.journeys.people import Phone, Site, sign_in
from tests.journeys.test_bad_days import sealed_visit
from tests.visits import FOOD

pytestmark = [pytest.mark.journey, pytest.mark.parametrize("settings", ["sqlite"], indirect=True)]
HOME = "安康养老院"
WORDS = "山城早起爱吃小面"


async def shared(site: Site) -> Phone:
    """A phone in the morning: one inspector signed in and handed it on, another has it now."""
    phone = await site.phone()
    await phone.sign_in("inspector")
    await phone.is_packed()
    await phone.hand_on()
    await sign_in(phone.page, site.address, site.name_of("second"))
    await phone.is_packed()
    await phone.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    return phone


async def test_it_changes_hands_without_signal_and_each_queue_goes_up_as_its_authors(site: Site) -> None:
    phone = await shared(site)
    await phone.lose_signal()
    await sealed_visit(phone, {FOOD: "食堂"}, "周敏")
    await phone.start_visit("儿童福利院")
    address = phone.page.url
    await phone.is_taken_up_by("周敏")
    await expect(phone.page.locator("#today-line")).to_contain_text("周敏")
    await expect(phone.page.locator("#drafts li")).to_have_count(0)
    await phone.page.goto(address)
    await expect(phone.page.locator("#absent"), "what the other has under way is not theirs").to_be_visible()
    await sealed_visit(phone, {FOOD: "备餐间"})
    await phone.waits(1)

    await phone.find_signal()
    await phone.received(1)
    async with site.desk("supervisor") as desk:
        await desk.goto(f"{site.address}/visits")
        rows = desk.locator("#rows > li:not(.empty)")
        while await rows.count() < 2:  # the other's, by the worker, while this one is on the screen
            await desk.reload()
        told = await rows.all_inner_texts()
    assert [sorted(name for name in ("周敏", "何川") if name in row) for row in told] == [["何川", "周敏"]] * 2, told
    await phone.is_taken_up_by("何川")
    await expect(phone.page.locator("#drafts li")).to_have_count(1)
    await phone.page.goto(f"{site.address}/outbox")
    await phone.received(1)
    assert site.complaints == []


async def test_whoever_takes_it_up_has_no_session_of_the_one_before(site: Site) -> None:
    phone = await shared(site)
    await phone.is_taken_up_by("周敏")
    await phone.page.goto(f"{site.address}/problems")
    await expect(phone.page.locator("form[data-door]"), "the desk's pages ask who it is").to_be_visible()
    await phone.is_taken_up_by("何川")
    await phone.page.goto(f"{site.address}/problems")
    await expect(phone.page.locator("form[data-door]"), "and whose session it was begins anew").to_be_visible()
    await sign_in(phone.page, site.address, site.name_of("inspector"))
    await phone.page.goto(f"{site.address}/me")
    await expect(phone.page.locator("h1")).to_contain_text("周敏")


async def test_the_door_without_signal_lets_in_whoever_handed_it_on_and_nobody_who_signed_out(site: Site) -> None:
    phone = await shared(site)
    await phone.page.goto(f"{site.address}/me")
    await phone.page.click("form[data-leave] button")
    await phone.page.wait_for_url("**/sign-in")
    await phone.lose_signal()
    await phone.page.goto(f"{site.address}/sign-in")
    await phone.page.wait_for_url("**/this-phone")
    await expect(phone.page.locator("#people")).to_contain_text("已退出")
    await phone.page.locator("#people button", has_text="何川").click()
    await expect(phone.page.locator("#toasts")).to_contain_text("登录要有信号")
    await phone.page.locator("#people button", has_text="周敏").click()
    await phone.page.wait_for_url("**/today")
    await expect(phone.page.locator("#facilities li").first).to_be_visible()
    assert site.complaints == []


async def test_a_passphrase_keeps_ones_records_from_whoever_has_the_phone_and_nothing_of_theirs_is_lost(site: Site) -> None:
    phone = await shared(site)
    await phone.set_passphrase(WORDS)
    await phone.lose_signal()
    await sealed_visit(phone, {FOOD: "食堂"}, "周敏")
    await phone.is_taken_up_by("周敏")
    await phone.find_signal()
    await phone.page.goto(f"{site.address}/this-phone")
    await phone.page.locator("#people button", has_text="何川").click()
    await expect(phone.page.locator("dialog [name=passphrase]")).to_be_visible()
    await phone.page.click("dialog a[href='/this-phone']")
    await phone.page.locator("#people button", has_text="周敏").click()
    await expect(phone.page.locator("#today-line")).to_contain_text("周敏")
    await phone.is_taken_up_by("何川", locked=True)
    await phone.unlock(WORDS)
    await expect(phone.page.locator("#today-line")).to_contain_text("何川")
    await phone.page.goto(f"{site.address}/outbox")
    await phone.received(1)
    assert site.complaints == []


async def test_a_visit_given_up_comes_back_at_once_or_later_with_its_photos(site: Site) -> None:
    phone = await site.phone()
    await phone.is_ready_for_the_day()
    await phone.lose_signal()
    await phone.start_visit(HOME)
    await phone.fail(FOOD, "食堂")
    await phone.give_up()
    await expect(phone.page.locator("#drafts li")).to_have_count(0)
    await phone.page.click("#toasts [data-do=undo]")
    await expect(phone.page.locator(f'[data-item="{FOOD}"] .more')).to_contain_text("食堂")
    await phone.give_up()
    await phone.switch_off()
    await phone.comes_back("/this-phone")
    await expect(phone.page.locator("#given-up")).to_contain_text(HOME)
    await phone.page.click("#given-up [data-do=back]")
    await phone.page.locator(f'[data-item="{FOOD}"] .more').click()
    await expect(phone.page.locator("#photos button.thumb")).to_have_count(1)
    await phone.page.goto(f"{site.address}/today")
    await phone.page.click("#go-on a")
    await phone.give_up()
    await phone.page.goto(f"{site.address}/this-phone")
    await phone.page.click("#given-up [data-do=forget]")
    await phone.page.click("dialog [data-do=yes]")
    await expect(phone.page.locator("#given-up")).to_be_hidden()
    assert site.complaints == []


async def test_a_passphrase_that_comes_back_to_mind_brings_back_what_was_put_aside(site: Site) -> None:
    phone = await site.phone()
    await phone.is_ready_for_the_day()
    await phone.set_passphrase(WORDS)
    await phone.lose_signal()
    await sealed_visit(phone, {FOOD: "食堂"})
    await phone.start_visit("儿童福利院")
    await phone.switch_off()
    await phone.switch_on("/today")
    await phone.page.click("dialog [data-do=forgotten]")
    async with phone.page.expect_navigation():
        await phone.page.locator("dialog [data-do=yes]").last.click()
    await phone.find_signal()
    await phone.page.goto(f"{site.address}/today")
    await phone.is_packed()
    await expect(phone.page.locator("#drafts li")).to_have_count(0)

    await phone.lose_signal()
    await phone.page.goto(f"{site.address}/this-phone")
    await phone.page.fill("#aside [name=passphrase]", WORDS)
    await phone.page.click("#aside form button")
    await expect(phone.page.locator("#toasts")).to_contain_text("待上传里 1 件")
    await expect(phone.page.locator("#aside")).to_be_hidden()
    await phone.page.goto(f"{site.address}/today")
    await expect(phone.page.locator("#drafts li")).to_have_count(1)
    await phone.page.goto(f"{site.address}/outbox")
    await phone.waits(1)
    await phone.find_signal()
    await phone.received(1)
    assert site.complaints == []


async def test_somebody_goes_from_a_phone_once_nothing_of_theirs_waits(site: Site) -> None:
    phone = await shared(site)
    await phone.lose_signal()
    await sealed_visit(phone, {FOOD: "食堂"}, "周敏")
    await phone.page.goto(f"{site.address}/this-phone")
    await phone.page.click("[data-do=remove]")
    await phone.page.click("dialog [data-do=yes]")
    await expect(phone.page.locator("#toasts")).to_contain_text("办完才能移除")
    await phone.find_signal()
    await phone.page.goto(f"{site.address}/outbox")
    await phone.received(1)
    await phone.page.goto(f"{site.address}/this-phone")
    await phone.page.click("[data-do=remove]")
    await phone.page.click("dialog [data-do=yes]")
    await expect(phone.page.locator("#people button", has_text="何川")).to_have_count(0)
    await expect(phone.page.locator("#people button", has_text="周敏")).to_be_visible()
    names = "indexedDB.databases().then((found) => found.map(({ name }) => name))"
    assert not [name for name in await phone.page.evaluate(names) if site.world.second.id in name]
    assert site.complaints == []
