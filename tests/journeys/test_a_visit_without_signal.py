"""The whole line: signed in once, no signal, two findings, a closed browser, eaten replies, and two problems to their closing."""

import pytest
from playwright.async_api import Page, expect

from server.settings import Settings
from tests.journeys.people import Site, in_days, step
from tests.photos.pictures import jpeg
from tests.visits import EXITS, FOOD

pytestmark = pytest.mark.journey
LISTS = ("/problems", "/problems/responsibility", "/problems/rectification")


async def test_from_no_signal_to_a_closed_problem(site: Site, settings: Settings) -> None:
    """In Chinese on SQLite, in English on PostgreSQL."""
    await whole_line(site, "en" if settings.database else "zh")


@pytest.mark.long
@pytest.mark.parametrize("again", range(10))
async def test_ten_times_in_a_row(site: Site, settings: Settings, again: int) -> None:
    await whole_line(site, "zh" if settings.database else "en")


async def whole_line(site: Site, lang: str) -> None:
    phone = await site.phone(lang)
    await phone.sign_in()
    await phone.is_packed()

    await phone.lose_signal()
    await phone.start_visit("安康养老院")
    await phone.answer_all({FOOD: "食堂", EXITS: "三楼通道"})
    await phone.go_and_sign("何川")
    await phone.submit()
    await phone.waits(1)
    await phone.switch_off()

    await phone.switch_on()
    await phone.lose_signal()
    await phone.page.goto(f"{site.address}/outbox")
    await phone.waits(1)

    site.line.eat(2, b"POST /sync")
    await phone.find_signal()
    told = await phone.received(1)
    assert site.line.lost == 2, "two replies were lost on the way"
    assert "WZ-" in told

    async with site.desk("supervisor", lang) as desk:
        for path in LISTS:
            await desk.goto(site.address + path)
            await expect(desk.locator("td.no")).to_have_count(2)
        await to_its_closing(site, desk)
    assert site.complaints == []


async def to_its_closing(site: Site, desk: Page) -> None:
    """The supervisor issues both, the facility reports one, the second inspector re-checks it, the supervisor closes it."""
    await desk.goto(f"{site.address}/problems")
    links = [str(await link.get_attribute("href")) for link in await desk.locator("td.no a").all()]
    await desk.goto(site.address + links[0])
    await desk.click("a[href^='/notices/new']")
    for link in links:
        id = link.rsplit("/", 1)[1]
        await desk.fill(f"[id='due_on:{id}']", in_days(9))
        await desk.fill(f"[id='person:{id}']", "谭秀梅")
    await desk.click("form[action='/notices'] button")
    await desk.wait_for_url("**/notices/*")
    problem = site.address + links[0]
    async with site.desk("contact") as contact:  # both are serious: by way of their plan
        await step(contact, problem, "plan", {"cause": "无专人", "measures": "指定专人，每日检查", "person": "谭秀梅"})
    await step(desk, problem, "accept_plan", {})
    async with site.desk("contact") as contact:
        await step(contact, problem, "report", {"text": "已整改，每日巡查"}, jpeg(800, 600, "green"))
    async with site.desk("second") as second:
        await step(second, problem, "pass", {"record": "现场看过，与报告一致"})
    await step(desk, problem, "close", {})
    await expect(desk.locator("ol.log > li")).to_have_count(7)
    await desk.goto(f"{site.address}/problems?state=closed")
    await expect(desk.locator("td.no")).to_have_count(1)

