"""A record that was not taken in by itself, on the phone and at the desk, in each of its states: nothing to complain about in either language and theme."""

import datetime as dt

import pytest
from playwright.async_api import expect

from server.database.rows import rows
from server.foundation import clock
from server.people.tables import Place
from tests.conftest import House
from tests.journeys.people import Site
from tests.journeys.test_the_faces import complaints
from tests.visits import FOOD

pytestmark = [pytest.mark.journey, pytest.mark.parametrize("settings", ["sqlite"], indirect=True)]

@pytest.mark.parametrize("lang", ["zh", pytest.param("en", marks=pytest.mark.long)])
async def test_what_waits_is_returned_and_set_aside_looks_right_on_the_phone_and_at_the_desk(house: House, site: Site, lang: str) -> None:
    world = house.world
    phone = await site.phone(lang)
    await phone.sign_in()
    await phone.is_packed()
    await phone.lose_signal()
    await phone.start_visit("安康养老院")
    await phone.answer_all({FOOD: "食堂"})
    await phone.go_and_sign("何川")
    await phone.submit()
    await house.perform(world.administrator, "places.close", {"id": world.home, "reason": "停业"})
    await house.ledger.keep(change=[(Place, world.home, {"closed_on": clock.today() - dt.timedelta(days=1)})])
    await phone.find_signal()
    await expect(phone.page.locator("[data-group=desk] li")).to_have_count(1)
    found = await complaints(site, phone.page, "/outbox")
    await phone.page.goto(f"{site.address}/outbox")
    id = (await rows("select id from deposit"))[0]["id"]
    await house.perform(world.supervisor, "deposits.return", {"deposit": id, "seen": "waiting", "reason": "请与机构核对后补写"})
    await phone.page.reload()
    await expect(phone.page.locator("[data-group=yours] li")).to_have_count(1)
    await house.perform(world.supervisor, "deposits.set_aside", {"deposit": id, "seen": "returned", "reason": "与纸质补录是同一次检查"})
    await phone.page.click("button:has-text('再传一次'), button:has-text('Send again')")
    await expect(phone.page.locator("[data-group=aside] li")).to_have_count(1)
    async with site.desk("supervisor", lang) as desk:
        await house.perform(world.supervisor, "deposits.take_up", {"deposit": id, "seen": "set_aside"})
        for path in ("/deposits", f"/deposits/{id}", "/deposits?group=back"):
            found += await complaints(site, desk, path)
        await desk.set_viewport_size({"width": 360, "height": 780})
        await desk.evaluate("localStorage.setItem('dugai-theme', 'dark')")
        for path in ("/deposits", f"/deposits/{id}"):
            found += await complaints(site, desk, path)
    assert found == []
    assert site.complaints == []
