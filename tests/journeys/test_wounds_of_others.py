"""What hurt the users of other products, each by its name; here it does not.

Elsewhere, where it is played in full: an edited entry under the same id (enketo#1405), a stuck record that blocks (enketo#1226), two identical photos (central-backend#299) and a photo missing from the store
(Enketo) in tests/client/wounds.test.js; one queue for all users and replayed as another (Eventra#5727) in test_two_of_everything.py; a closed form with a queued record (Enketo) in test_meanwhile_at_the_desk.py.
"""

import pytest
from playwright.async_api import expect

from tests.conftest import House
from tests.journeys.people import Phone, Site
from tests.journeys.test_bad_days import listed, sealed_visit
from tests.journeys.test_bad_lines import listed_at_the_server
from tests.journeys.test_killed_at_each_step import until
from tests.photos.pictures import jpeg
from tests.visits import EXITS, FOOD

pytestmark = [pytest.mark.journey, pytest.mark.long, pytest.mark.parametrize("settings", ["sqlite"], indirect=True)]
HOME = "安康养老院"


async def ready(site: Site) -> Phone:
    phone = await site.phone()
    await phone.sign_in()
    await phone.is_packed()
    return phone


async def test_one_submission_became_ten(site: Site) -> None:
    """formhub#678: each reply that was lost made another record."""
    phone = await ready(site)
    await phone.lose_signal()
    await sealed_visit(phone, {FOOD: "食堂"})
    site.line.eat(4, b"POST /sync")
    await phone.find_signal()
    await phone.received(1)
    assert site.line.lost == 4
    async with site.desk("supervisor") as desk:
        await desk.goto(f"{site.address}/visits")
        await expect(desk.locator("#rows > li:not(.empty)")).to_have_count(1)
    assert await listed(site) == 1


async def test_synced_after_a_timeout(site: Site) -> None:
    """cht-core#8303: a request that timed out was shown as done."""
    phone = await ready(site)
    await phone.lose_signal()
    await sealed_visit(phone, {FOOD: "食堂"})
    site.line.swallow()
    assert phone.context
    await phone.context.set_offline(False)
    await phone.was_put_off()
    await expect(phone.page.locator("[data-group=received] li")).to_have_count(0)
    assert await listed_at_the_server(site) == 0
    site.line.signal()
    assert "WZ-" in await phone.received(1)


async def test_phantom_drafts_and_signatures_lost_off_line(site: Site) -> None:
    """enketo#1072: what was submitted stayed among the drafts. enketo#1043: signed off line, arrived unsigned. Enketo: opens off line only after two visits."""
    phone = await ready(site)
    await phone.lose_signal()
    await sealed_visit(phone, {FOOD: "食堂", EXITS: "三楼通道"})
    await phone.page.goto(f"{site.address}/today")
    await expect(phone.page.locator("#facilities a")).to_have_count(2)
    await expect(phone.page.locator("#drafts li")).to_have_count(0)
    await phone.page.goto(f"{site.address}/outbox")
    await phone.find_signal()
    await phone.received(1)
    async with site.desk("supervisor") as desk:
        await desk.goto(f"{site.address}/visits")
        await desk.locator("#rows a").first.click()
        signatures = desk.locator('img[src*="/photos/"][alt*="签名"], img.sig')
        await expect(signatures).to_have_count(3)
        for number in range(3):
            assert await signatures.nth(number).evaluate("(image) => image.decode().then(() => image.naturalWidth > 0)")


async def test_the_photos_of_what_was_left_are_shown_in_no_other_problem(site: Site) -> None:
    """DelDOT#250: a new visit showed the photos of the one before. Here: a photo still being made small when its problem is left."""
    phone = await ready(site)
    await phone.start_visit(HOME)
    page = phone.page
    await phone.tap(FOOD, "fail")
    await page.evaluate("globalThis.drawn = createImageBitmap; globalThis.createImageBitmap = (...given) => new Promise((go) => (globalThis.goOn = () => go(globalThis.drawn(...given)))); 0")
    await page.set_input_files("#photos input >> nth=0", {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": jpeg(1200, 900, "noise")})
    await phone.sees("globalThis.goOn")
    await page.click("#sheet [data-do=leave]")
    await expect(page.locator("#sheet")).to_be_hidden()
    await phone.tap(EXITS, "fail")
    await page.evaluate("goOn()")
    await page.fill("#point", "三楼通道")
    await page.locator("#step").focus()
    await phone.has_kept()
    await expect(page.locator("#photos button.thumb")).to_have_count(0)
    await page.reload()
    await expect(page.locator(f'[data-item="{EXITS}"] .more')).to_contain_text("三楼通道")
    await expect(page.locator(f'[data-item="{EXITS}"] .more')).not_to_contain_text("照片")
    await expect(page.locator(f'[data-item="{FOOD}"] .more')).to_contain_text("还没记问题")


async def test_work_is_kept_when_the_right_to_it_ends(house: House, site: Site) -> None:
    """ndb-core#4198: unsynced work was purged with permissions. cht-core#11306: refused without a word after reassignment."""
    world = house.world
    phone = await ready(site)
    await phone.lose_signal()
    await sealed_visit(phone, {FOOD: "食堂"})
    await phone.start_visit(HOME)
    await phone.tap("S23-02", "pass")
    standing = "00000000-0000-7000-8000-00000000012c"  # the inspector's role
    await house.perform(world.administrator, "people.grant", {"id": "00000000-0000-7000-8000-0000000fffff", "person": world.inspector.id, "role": "inspector", "place": world.neighbour})
    await house.perform(world.administrator, "people.end_role", {"standing": standing})
    await phone.find_signal()
    await phone.page.goto(f"{site.address}/outbox")
    assert "WZ-" in await phone.received(1), "made while the right was there: taken in"
    async with site.desk("supervisor") as desk:
        await desk.goto(f"{site.address}/visits?away=yes")
        await expect(desk.locator("main")).to_contain_text(HOME)
    await phone.page.goto(f"{site.address}/today")
    await expect(phone.page.locator("#drafts li")).to_contain_text(HOME)
    await expect(phone.page.locator("#drafts li")).to_contain_text("已停用或不在名下")


async def test_a_packs_failed_download_is_made_up_for(site: Site) -> None:
    """enketo#1008: never tried again. Until it is whole the phone does not say that it works off line."""
    phone = await site.phone()
    site.line.eat(1000, b"GET /pack")
    await phone.sign_in()
    await until(lambda: site.line.lost >= 1)
    await expect(phone.page.locator("#ready.ok")).to_have_count(0)
    site.line.eats = 0
    await phone.page.goto(f"{site.address}/today")
    await phone.is_packed()


async def test_a_photo_cut_twice_is_not_sent_three_times_whole(house: House, site: Site) -> None:
    """Enketo sent 2 MB three times. What has come once is not sent again: each cut costs a piece, and each piece its head."""
    phone = await ready(site)
    await phone.lose_signal()
    await sealed_visit(phone, {FOOD: "食堂", EXITS: "三楼通道"})
    site.line.cuts_after = 200_000
    await phone.find_signal()
    await phone.received(1)
    assert site.line.cuts >= 2
    kept = sum(file.stat().st_size for file in (house.settings.data / "photos").rglob("*") if file.is_file())
    assert kept < site.line.up <= 1.25 * kept
