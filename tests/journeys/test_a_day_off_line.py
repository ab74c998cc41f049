"""A day without signal: two planned visits and one that nobody planned, a re-check, a battery that dies, a colleague on the same phone, a role handed to others meanwhile, and a poor line in the evening."""

import datetime as dt
import random

import pytest
from playwright.async_api import expect

from server.foundation import clock
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.people.rules import id_for
from server.problems.queries import problem
from server.settings import Settings
from tests.conftest import House
from tests.journeys.people import SQLITE_FIRST, Phone, Site
from tests.journeys.test_rechecks_without_signal import picture
from tests.problems.test_rechecks_on_site import reported
from tests.visits import EXITS, FOOD
from tests.world import PACK

pytestmark = pytest.mark.journey
POINT = "配餐间"  # where a facility has put something right, it says
HOMES = ("示例江北敬老院", "示例江南敬老院")


@SQLITE_FIRST
async def test_a_day_off_line_arrives_once_by_itself_with_receipts(house: House, site: Site, settings: Settings) -> None:
    """In Chinese on SQLite, in English on PostgreSQL."""
    await whole_day(house, site, "en" if settings.database else "zh", seed=20261124)


@pytest.mark.long
@pytest.mark.parametrize("again", range(10))
async def test_ten_days_in_a_row(house: House, site: Site, settings: Settings, again: int) -> None:
    await whole_day(house, site, "zh" if settings.database else "en", seed=again)


async def whole_day(house: House, site: Site, lang: str, seed: int) -> None:
    chance = random.Random(seed)
    handed = await planned(house)
    returned = await reported(house, point=POINT)
    phone = await site.phone(lang)
    await phone.is_ready_for_the_day()
    await phone.lose_signal()

    await plans_visit(phone, {FOOD: "食堂"})
    await phone.waits(1)
    await begins_a_planned_visit(phone)
    await phone.tap("S23-02", "pass")
    await phone.fail(EXITS, "三楼通道")
    await phone.battery_dies()
    await phone.comes_back("/today")
    await a_colleague_borrows_it(site, phone)
    await phone.page.goto(f"{site.address}/today")
    await phone.page.click("#go-on a")
    await expect(phone.page.locator(f'[data-item="{EXITS}"] .more')).to_contain_text("三楼通道")
    await phone.answer_all({}, noted={EXITS})
    await finishes(phone)
    await phone.waits(1)
    await phone.start_visit("安康养老院")
    await phone.answer_all({FOOD: "食堂"})
    await finishes(phone)
    await phone.waits(2)
    await sends_a_problem_back(phone)
    await phone.waits(3)

    await reassigned(house, handed)
    await a_poor_line_returns(site, phone, chance)
    told = await phone.received(4)
    assert told.count("WZ-") == 3
    site.line.cuts_after, site.line.latency, site.line.eats = None, 0.0, 0
    await expect(phone.page.locator("#outbox-line")).to_have_text("都已接收" if lang == "zh" else "All received")
    await all_there_once(site, lang)
    await is_sent_back(house, returned)
    assert site.complaints == []


async def planned(house: House) -> list[str]:
    """Two homes, on a plan for both inspectors; what was handed out."""
    world, act = house.world, new_id()
    homes = [await a_home(house, name) for name in HOMES]
    until = clock.today() + dt.timedelta(days=9)
    plan = {
        "title": "示例冬季抽查", "kind": "special", "mode": "random", "from_on": clock.today(), "until_on": until,
        "checklist": PACK["key"], "parts": ["measures"], "below": world.wanzhou,
    }  # fmt: skip
    id = new_id()
    await house.perform(world.supervisor, "plans.make", {"id": id, "place": world.wanzhou, "details": plan})
    await house.perform(world.supervisor, "plans.choose", {"plan": id, "facilities": homes, "due_on": until}, act)
    handed = [id_for(act, home) for home in homes]
    await house.perform(world.supervisor, "plans.hand_out", {"assignments": handed, "first": world.inspector.id, "second": world.second.id})
    await house.perform(world.supervisor, "plans.open", {"plan": id})
    return handed


async def a_home(house: House, name: str) -> str:
    id = new_id()
    details = {"name": name, "type": "elderly_care", "contact_name": "彭刚", "contact_title": "院长"}
    await house.perform(house.world.administrator, "facilities.add", {"id": id, "parent": house.world.wanzhou, "details": details})
    return id


async def begins_a_planned_visit(phone: Phone) -> None:
    await phone.page.goto(f"{phone.site.address}/today")
    await phone.page.locator("#planned a").first.click()
    await phone.page.click("#start-bar .main")
    await expect(phone.page.locator("#table")).to_be_visible()


async def plans_visit(phone: Phone, fails: dict[str, str]) -> None:
    await begins_a_planned_visit(phone)
    await phone.answer_all(fails)
    await finishes(phone)


async def finishes(phone: Phone, second: str = "何川") -> None:
    await phone.go_and_sign(second)
    await phone.submit()


async def a_colleague_borrows_it(site: Site, phone: Phone) -> None:
    """A minute of signal to sign in: their own visit goes at once, and what the first one has sealed goes up unseen, signed by the device."""
    await phone.sign_out_unheard()
    await phone.find_signal()
    await phone.sign_in("second")
    await phone.is_packed()
    await expect(phone.page.locator("#drafts li")).to_have_count(0)
    await phone.page.goto(f"{site.address}/outbox")
    await expect(phone.page.locator("#nothing")).to_be_visible()
    await phone.start_visit("儿童福利院")
    await phone.answer_all({}, type="children")
    await finishes(phone, "周敏")
    await phone.received(1)
    await phone.sign_out_unheard()
    await phone.sign_in("inspector")
    await phone.is_packed()
    await phone.page.goto(f"{site.address}/outbox")
    await phone.received(1)
    await phone.lose_signal()


async def sends_a_problem_back(phone: Phone) -> None:
    """Seen again in the cellar, and not put right."""
    await phone.recheck(f"{POINT}不符合要求", passes=False)
    await phone.page.set_input_files("#photos input >> nth=0", picture("camera.jpg", "noise"))
    await expect(phone.page.locator("#photos button.thumb")).to_have_count(1)
    await phone.submit_recheck()


async def is_sent_back(house: House, id: str) -> None:
    """Once, by whoever had the phone."""
    found = await problem(house.world.supervisor, id)
    assert found is not None
    assert (found.state, found.rework, found.rechecker_id) == ("returned", 1, house.world.inspector.id)


async def reassigned(house: House, handed: list[str]) -> None:
    """The visit that the desk has not heard of is handed to others, while it lies sealed on the phone; the other one is done."""
    world = house.world
    grant = {"id": new_id(), "person": world.supervisor.id, "role": "inspector", "place": world.wanzhou}
    await house.perform(world.administrator, "people.grant", grant)
    others = {"first": world.second.id, "second": world.supervisor.id, "reason": "调整分工"}
    refused = 0
    for assignment in handed:
        try:
            await house.perform(world.supervisor, "plans.hand_out", {"assignments": [assignment], **others})
        except Refusal:
            refused += 1
    assert refused == 1


async def a_poor_line_returns(site: Site, phone: Phone, chance: random.Random) -> None:
    """Cut every 50 to 400 KB, slow, and now and then a reply is lost after the server has heard."""
    site.line.cuts_after = lambda: chance.randrange(50_000, 400_000)
    site.line.latency = 0.1
    site.line.eat(2, b"POST /sync")
    await phone.page.goto(f"{site.address}/outbox")
    await phone.find_signal()


async def all_there_once(site: Site, lang: str) -> None:
    site.line.cuts_after = None
    async with site.desk("supervisor", lang) as desk:
        await desk.goto(f"{site.address}/visits")
        await expect(desk.locator("#rows > li:not(.empty)")).to_have_count(5)  # the colleague's, and the one by which the re-checked problem was found
        await desk.goto(f"{site.address}/problems")
        await expect(desk.locator("td.no")).to_have_count(4)
