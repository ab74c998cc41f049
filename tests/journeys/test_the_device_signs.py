"""A day off line, and no session left at its end: the phone hands in what it holds by its own signature, or by a file that somebody carries."""

import httpx
import pytest
from playwright.async_api import expect

from tests.journeys.people import Phone, Site, sign_in
from tests.journeys.test_bad_days import listed, sealed_visit
from tests.visits import EXITS, FOOD

pytestmark = [pytest.mark.journey, pytest.mark.parametrize("settings", ["sqlite"], indirect=True)]


async def away(site: Site) -> Phone:
    """A phone that has sealed a visit without signal; desks have a line again."""
    phone = await site.phone()
    await phone.sign_in()
    await phone.is_packed()
    await phone.lose_signal()
    await sealed_visit(phone, {FOOD: "食堂"})
    site.line.signal()
    return phone


async def test_the_session_ended_meanwhile_and_the_queue_goes_up_all_the_same(site: Site) -> None:
    phone = await away(site)
    async with site.desk("inspector") as desk:  # “sign out elsewhere”: every session of hers ends on the server
        await desk.goto(f"{site.address}/me")
        while await desk.locator('form[action$="/end"]').count():
            await desk.locator('form[action$="/end"] button').first.click()
            await desk.wait_for_load_state()
    await phone.find_signal()
    assert "WZ-" in await phone.received(1)
    assert await listed(site) == 1
    async with httpx.AsyncClient() as nobody:
        assert (await nobody.get(f"{site.address}/pack", headers={"x-dugai": "1"})).status_code == 401
    assert (await phone.page.evaluate("fetch('/pack', {headers: {'x-dugai': '1'}}).then(({status}) => status)")) == 401, "it can hand in and read nothing"
    assert site.complaints == []


async def test_a_phone_switched_off_with_its_queue_hands_it_in_without_signing_in_again(site: Site) -> None:
    phone = await away(site)
    assert phone.context
    await phone.context.clear_cookies(name="dugai-session")
    await phone.switch_off()
    await phone.switch_on("/outbox")
    await phone.received(1)
    assert await listed(site) == 1


async def test_two_people_on_one_phone_and_each_queue_goes_as_its_author(site: Site) -> None:
    """The colleague is signed in; a page of the first, still open, hands in as its author and not as the colleague."""
    phone = await away(site)
    assert phone.context
    await phone.context.clear_cookies(name="dugai-session")
    other = await phone.context.new_page()
    await phone.context.set_offline(False)
    await phone.received(1)
    await sign_in(other, site.address, site.name_of("second"))
    await expect(other.locator("#ready.ok")).to_be_visible()
    phone.page = other
    await phone.lose_signal()
    await phone.start_visit("安康养老院")
    await phone.answer_all({EXITS: "三楼通道"})
    await phone.go_and_sign(site.world.inspector.name)
    await phone.submit()
    await phone.context.clear_cookies(name="dugai-session")
    await phone.find_signal()
    await phone.received(1)
    async with site.desk("supervisor") as desk:
        await desk.goto(f"{site.address}/visits")
        text = await desk.locator("main").inner_text()
    assert site.world.inspector.name in text
    assert site.world.second.name in text
    assert await listed(site) == 2


async def test_a_file_is_carried_in_by_somebody_else_and_the_phone_comes_back_to_its_receipts(site: Site) -> None:
    phone = await away(site)
    file = await phone.export()
    assert file.read_bytes().startswith(b'{"format":"dugai-export/2"')
    async with site.desk("second") as desk:
        await desk.goto(f"{site.address}/exports")
        await desk.set_input_files("#file", {"name": "dugai-202611241830.dugai", "mimeType": "application/octet-stream", "buffer": file.read_bytes()})
        await desk.click("form[action='/exports'] button")
        await expect(desk.locator("[role=status]")).to_contain_text("已接收")
        number = (await desk.locator("[role=status] .ok .n").inner_text()).strip()
    assert await listed(site) == 1
    await phone.find_signal()
    assert number in await phone.received(1)
    assert await listed(site) == 1
    assert site.complaints == []


async def test_a_lost_phone_taken_out_of_use_hands_in_nothing_by_itself(site: Site) -> None:
    phone = await away(site)
    async with site.desk("administrator") as desk:
        await desk.goto(f"{site.address}/people/{site.world.inspector.id}/devices")
        await desk.locator("summary").first.click()
        await desk.locator('label:has(input[value="lost"])').first.click()
        await desk.locator("details[open] button").click()
        await expect(desk.locator("main")).to_contain_text("已停用")
    await phone.find_signal()
    await expect(phone.page.locator("[data-group=desk] li")).to_contain_text("这台设备已停用")
    assert await listed(site) == 0
