"""While an inspector has no signal, the desk goes on: the facility is closed, the plan handed to others, the table replaced. No work is lost, and the phone says what to do."""

import datetime as dt

import pytest
from playwright.async_api import expect

from server.database.rows import rows
from server.foundation import clock
from server.foundation.actor import SYSTEM
from server.foundation.ids import new_id
from server.people.rules import id_for
from server.people.tables import Place
from tests.conftest import House
from tests.journeys.people import Site
from tests.visits import FOOD
from tests.world import PACK

pytestmark = [pytest.mark.journey, pytest.mark.parametrize("settings", ["sqlite"], indirect=True)]


async def test_a_facility_closed_meanwhile(house: House, site: Site) -> None:
    """The visit goes on with all it asks; kept for the supervisor, it says why, can be taken out as a file, and arrives by itself once the facility is open again."""
    world = house.world
    phone = await site.phone()
    await phone.sign_in()
    await phone.is_packed()
    await phone.lose_signal()
    await phone.start_visit("安康养老院")
    asked = await phone.page.locator("#tally").inner_text()
    await phone.tap("S23-02", "pass")
    await house.perform(world.administrator, "places.close", {"id": world.home, "reason": "停业"})
    await house.ledger.keep(change=[(Place, world.home, {"closed_on": clock.today() - dt.timedelta(days=1)})])
    await phone.find_signal()
    page = phone.page
    await page.goto(f"{site.address}/today")
    await expect(page.locator("#drafts li")).to_contain_text("已停用或不在名下")
    await expect(page.locator("#drafts li")).to_contain_text("安康养老院")
    await expect(page.locator("#facilities", has_text="安康养老院")).to_have_count(0)
    await page.click("#go-on a")
    await expect(page.locator("#facility-name")).to_have_text("安康养老院")
    await expect(page.locator("#tally")).to_have_text(f"1/{asked.split('/')[1]}")
    await phone.answer_all({FOOD: "食堂"})
    await phone.go_and_sign("何川")
    await phone.submit()
    held = page.locator("[data-group=desk] li")
    await expect(held).to_contain_text("安康养老院已停用，检查日期在停用之后。由督导核收")
    async with page.expect_download() as saved:
        await held.get_by_role("button", name="导出备份").click()
    assert (await saved.value).suggested_filename.endswith(".dugai")
    await house.perform(world.administrator, "places.open", {"id": world.home, "reason": "停业前已查"}, new_id())
    await page.click("[data-do=now]")
    assert "WZ-" in await phone.received(1)
    assert site.complaints == []


async def test_reassigned_meanwhile_and_the_facility_closed_a_supervisor_takes_it_in_and_the_phone_shows_the_receipt(house: House, site: Site) -> None:
    """Nothing is lost, nothing is sent twice, and the record says by whom it was taken in."""
    world = house.world
    phone = await site.phone()
    await phone.sign_in()
    await phone.is_packed()
    await phone.lose_signal()
    await phone.start_visit("安康养老院")
    await phone.answer_all({FOOD: "食堂"})
    await phone.go_and_sign("何川")
    await phone.submit()
    standing = (await rows("select id from standing where person_id = ?", world.inspector.id))[0]["id"]
    await house.perform(world.administrator, "people.end_role", {"standing": standing})
    await house.perform(world.administrator, "places.close", {"id": world.home, "reason": "停业"})
    await house.ledger.keep(change=[(Place, world.home, {"closed_on": clock.today() - dt.timedelta(days=1)})])
    await phone.find_signal()
    held = phone.page.locator("[data-group=desk] li")
    await expect(held).to_contain_text("等督导核收")
    async with site.desk("supervisor") as desk:
        await desk.goto(f"{site.address}/visits")
        await expect(desk.locator(".waits-here")).to_contain_text("1 份记录等您核收")
        await desk.click("a[href='/deposits']")
        await desk.locator("main a", has_text="安康养老院").click()
        await expect(desk.locator("main")).to_contain_text("食堂")
        await expect(desk.locator(".signed img").first).to_be_visible()
        await desk.fill("form[action$='/accept'] [name=reason]", "停业前已约定")
        await desk.click("form[action$='/accept'] button")
        await desk.click("text=查看检查记录")
        await expect(desk.locator("main")).to_contain_text("由 冉国强 核收")
        await expect(desk.locator("main")).to_contain_text("提交时 周敏 已调离或离岗")
    await phone.page.goto(f"{site.address}/outbox")
    assert "WZ-" in await phone.received(1)
    await expect(held).to_have_count(0)
    assert len(await rows("select id from inspection")) == 1
    assert site.complaints == []


async def test_what_was_returned_is_opened_mended_and_sent(house: House, site: Site) -> None:
    """The second inspector had left before the visit, which the phone could not know: the supervisor returns it, somebody else who was there signs, and nothing is typed again."""
    world = house.world
    grant = {"id": new_id(), "person": world.supervisor.id, "role": "inspector", "place": world.wanzhou}
    await house.perform(world.administrator, "people.grant", grant)
    phone = await site.phone()
    await phone.sign_in()
    await phone.is_packed()
    await phone.lose_signal()
    await house.perform(world.administrator, "people.leave", {"person": world.second.id, "reason": "调离"})
    await phone.start_visit("安康养老院")
    await phone.answer_all({FOOD: "食堂"})
    await phone.go_and_sign("何川")
    await phone.submit()
    await phone.find_signal()
    page = phone.page
    await expect(page.locator("[data-group=desk] li")).to_contain_text("何川 不是这里的检查员")
    deposit = (await rows("select id from deposit"))[0]["id"]
    await house.perform(world.supervisor, "deposits.return", {"deposit": deposit, "seen": "waiting", "reason": "请改由当时在场的检查员签名"})
    await page.reload()
    yours = page.locator("[data-group=yours] li")
    await expect(yours).to_contain_text("督导退回。冉国强：请改由当时在场的检查员签名。")
    await yours.get_by_role("button", name="打开修改").click()
    await expect(page.locator(f'[data-item="{FOOD}"] .more')).to_contain_text("食堂")
    await page.evaluate("scrollTo(0, document.body.scrollHeight)")
    await page.click("[data-do=next]")
    await expect(page.locator("#slot-second img.sig")).to_be_visible()
    await page.select_option("#second-person", label=world.supervisor.name)
    await expect(page.locator("#slot-second img.sig")).to_have_count(0)
    await phone.sign("second")
    await phone.submit()
    assert "WZ-" in await phone.received(1)
    assert await rows("select state from deposit") == [{"state": "taken"}]
    assert site.complaints == []


async def test_a_plan_handed_to_others_and_a_table_replaced_meanwhile(house: House, site: Site) -> None:
    """The visit under way is on the version it began with, and is done though it is somebody else's now."""
    world = house.world
    plan, act = new_id(), new_id()
    supervisor = world.supervisor
    details = {
        "title": "示例冬季抽查", "kind": "special", "mode": "random", "from_on": clock.today(), "until_on": clock.today() + dt.timedelta(days=9),
        "checklist": PACK["key"], "parts": ["measures"], "below": world.wanzhou,
    }  # fmt: skip
    await house.perform(supervisor, "plans.make", {"id": plan, "place": world.wanzhou, "details": details})
    await house.perform(supervisor, "plans.choose", {"plan": plan, "facilities": [world.home], "due_on": clock.today() + dt.timedelta(days=9)}, act)
    assignment = id_for(act, world.home)
    await house.perform(supervisor, "plans.hand_out", {"assignments": [assignment], "first": world.inspector.id, "second": world.second.id})
    await house.perform(supervisor, "plans.open", {"plan": plan})
    phone = await site.phone()
    await phone.sign_in()
    await phone.is_packed()
    await phone.lose_signal()
    page = phone.page
    await page.goto(f"{site.address}/today")
    await page.locator("#planned a").click()
    await page.click("#start-bar .main")
    await expect(page.locator("#table")).to_be_visible()
    await phone.tap("S23-02", "pass")
    await house.perform(supervisor, "plans.withdraw", {"plan": plan, "reason": "改期"})
    newer = {**PACK, "version": 2, "items": [{**item, "question": {"zh": f"新 {item['question']['zh']}", "en": item["question"]["en"]}} for item in PACK["items"]]}
    await house.perform(SYSTEM, "checklists.publish", {"checklist": newer})
    await phone.find_signal()
    await page.goto(f"{site.address}/today")
    await phone.is_packed()
    await expect(page.locator("#planned li")).to_have_count(0)
    await page.click("#go-on a")
    assert "/visit/epidemic-2020-250/1#" in page.url
    await expect(page.locator('[data-item="S23-02"][data-a="pass"]')).not_to_contain_text("新 ")
    await phone.lose_signal()
    await phone.answer_all({})
    await phone.go_and_sign("何川")
    await phone.submit()
    await phone.find_signal()
    assert "WZ-" in await phone.received(1)
    assert site.complaints == []
