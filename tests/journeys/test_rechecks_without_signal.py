"""Re-checks in a cellar: decided without signal, counted once, and whoever comes second is told who decided what."""

import pytest
from playwright.async_api import expect

from server.foundation import clock
from server.photos.queries import uses
from server.problems.queries import problem
from tests.conftest import House
from tests.journeys.people import Site
from tests.photos.pictures import jpeg
from tests.problems.test_rechecks_on_site import reported

pytestmark = [pytest.mark.journey, pytest.mark.parametrize("settings", ["sqlite"], indirect=True)]
WHAT = "食堂不符合要求"


def picture(name: str, colour: str) -> dict[str, object]:
    return {"name": name, "mimeType": "image/jpeg", "buffer": jpeg(1200, 900, colour)}


async def test_one_passes_it_one_does_not_and_the_first_to_arrive_counts(house: House, site: Site) -> None:
    id = await reported(house)
    first, second = await site.phone(), await site.phone(name="other phone")
    for phone, person in ((first, "second"), (second, "inspector")):
        await phone.sign_in(person)
        await phone.is_packed()
    for phone in (first, second):
        await phone.lose_signal()
    await second.recheck(WHAT, passes=False)
    await second.page.set_input_files("#photos input >> nth=0", picture("camera.jpg", "noise"))
    await expect(second.page.locator("#photos button.thumb")).to_have_count(1)
    await second.submit_recheck()
    await second.waits(1)
    await first.recheck(WHAT, passes=True)
    await first.submit_recheck()
    await first.find_signal()
    assert "已记为复查通过" in await first.received(1)
    await second.find_signal()
    told = second.page.locator("[data-face=outbox]")
    for words in ("已由何川于", clock.today().isoformat(), "复查通过", WHAT):
        await expect(told).to_contain_text(words)
    found = await problem(house.world.supervisor, id)
    assert found is not None
    assert (found.state, found.rechecker_id) == ("rechecked", house.world.second.id)
    assert site.complaints == []


async def test_what_does_not_pass_survives_a_flat_battery_and_goes_back_with_its_photos(house: House, site: Site) -> None:
    id = await reported(house)
    phone = await site.phone()
    await phone.sign_in("second")
    await phone.is_packed()
    await phone.lose_signal()
    await phone.page.clock.install()
    await phone.recheck(WHAT, passes=False, record="冰箱仍混放")
    await phone.page.clock.fast_forward(500)  # and the field was never left
    await phone.has_kept()
    await phone.switch_off()
    await phone.switch_on()
    assert phone.context
    await phone.context.set_offline(True)
    page = phone.page
    await page.goto(f"{site.address}/today")
    await expect(page.locator("#rechecks [data-slot=begun]")).to_be_visible()
    await page.locator("#rechecks a").click()
    await expect(page.locator("#record")).to_have_value("冰箱仍混放")
    await expect(page.locator("#no-pictures")).to_be_visible()
    await page.set_input_files("#photos input >> nth=1", [picture("1.jpg", "teal"), picture("2.jpg", "orange")])  # two at once from the gallery
    await expect(page.locator("#photos button.thumb")).to_have_count(2)
    await phone.submit_recheck()
    await phone.waits(1)
    await page.goto(f"{site.address}/today")
    await expect(page.locator("#rechecks")).to_be_hidden()
    await page.goto(f"{site.address}/outbox")
    await phone.find_signal()
    assert "已记为复查不通过，退回整改" in await phone.received(1)
    await page.get_by_role("link", name="看问题").click()
    await expect(page.locator(".log")).to_contain_text("现场复查")
    found = await problem(house.world.supervisor, id)
    assert found is not None
    assert (found.state, found.rework, found.recheck) == ("returned", 1, "冰箱仍混放")
    assert await page.locator(".log li").first.locator("img").count() == 2
    assert site.complaints == []


async def test_a_facilitys_card_lists_what_waits_there_and_a_recheck_given_up_waits_again(house: House, site: Site) -> None:
    await reported(house)
    phone = await site.phone()
    await phone.sign_in("second")
    await phone.is_packed()
    await phone.lose_signal()
    page = phone.page
    await page.locator("#facilities a", has_text="安康养老院").click()
    await page.locator("#rechecks a", has_text=WHAT).click()
    await page.click('#passed label:has(input[value="yes"])')
    await page.click("[data-do=discard]")
    await page.wait_for_url("**/today*")
    await expect(page.locator("#rechecks li")).to_have_count(1)
    await expect(page.locator("#rechecks [data-slot=begun]")).to_be_hidden()
    await page.click("#toasts [data-do=undo]")
    await expect(page.locator('#passed input[value="yes"]'), "taken back, as it was").to_be_checked()
    assert site.complaints == []


async def test_a_photo_that_is_still_being_kept_when_it_is_submitted_goes_along(house: House, site: Site) -> None:
    id = await reported(house)
    before = len(await uses([id]))
    phone = await site.phone()
    await phone.sign_in("second")
    await phone.is_packed()
    await phone.lose_signal()
    await phone.recheck(WHAT, passes=True)
    large = {"name": "camera.jpg", "mimeType": "image/jpeg", "buffer": jpeg(4000, 3000, "noise")}  # some tenths of a second to make smaller
    await phone.page.set_input_files("#photos input >> nth=0", large)
    await phone.submit_recheck()
    await phone.find_signal()
    await phone.received(1)
    assert len(await uses([id])) == before + 1
