"""A facility's contact in a house without signal: signs, plans, reports, asks for more time; all of it arrives once, and what was overtaken is told and mended."""

import datetime as dt

import pytest
from playwright.async_api import expect

from server.foundation import clock
from server.ledger.queries import history
from server.notices.queries import listed
from server.problems.queries import extensions, problem
from tests.conftest import House
from tests.forms import codes, token
from tests.journeys.people import Phone, Site, in_days
from tests.journeys.test_rechecks_without_signal import picture
from tests.journeys.test_the_faces import faults
from tests.notices.test_notices import a_visit, issue
from tests.problems.test_the_workflow import act, issued
from tests.visits import EXITS, FOOD, photo

pytestmark = [pytest.mark.journey, pytest.mark.parametrize("settings", ["sqlite"], indirect=True)]
PROBLEM = "#yours a[href^='/todo/problem']"
PASSWORD = "安康养老院-2026"


async def from_the_slip(house: House, phone: Phone) -> None:
    """The printed code, typed once: the account is open, and 待办 is there."""
    async with house.client(house.world.administrator) as desk:
        [code] = codes((await desk.post("/people/reset", data={**await token(desk), "person": [house.world.contact.id]})).text)
    page = phone.page
    await page.goto(f"{phone.site.address}/activate")
    await page.click("[data-larger]")
    await page.fill("#code", code.lower())
    await page.fill("#password", PASSWORD)
    await page.fill("#again", PASSWORD)
    await page.click("form .main")
    await page.wait_for_url("**/todo")


async def after(phone: Phone, *names: str) -> None:
    """Photos from the gallery."""
    await phone.page.set_input_files("#photos input >> nth=1", [picture(f"{name}.jpg", name) for name in names])
    await expect(phone.page.locator("#photos button.thumb")).to_have_count(len(names))


async def test_from_the_printed_code_to_all_that_a_day_without_signal_asks(house: House, site: Site) -> None:
    world = house.world
    _, problems = await a_visit(house, (FOOD, "食堂"), (EXITS, "三楼"))
    await issue(house, *problems)
    serious = await issued(house, point="走廊", severity="serious")
    await house.perform(world.chief, "places.change", {"id": world.wanzhou, "name": "万州区民政局", "mark": "万民整", "code": "WZ", "telephone": "023-5500 0000"})
    phone = await site.phone()
    await from_the_slip(house, phone)
    await phone.is_packed()
    await phone.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await phone.is_switched_on_again("/todo")
    page = phone.page
    assert await page.evaluate("document.documentElement.dataset.text") == "large", "larger text stays, without signal too"
    await expect(page.locator("#calls a")).to_have_attribute("href", "tel:02355000000")
    await expect(page.locator("#yours li")).to_have_count(5)

    await phone.take_up("签收整改通知书", "食堂")
    await phone.sign_for_the_notice()
    await phone.take_up("提交整改措施", "走廊")
    await phone.hand_in(cause="无专人", measures="指定专人，每日检查", person="谭秀梅")
    await phone.take_up("提交整改报告", "食堂")
    await expect(page.locator("#text")).to_be_visible()
    await page.locator("#text").press_sequentially("已分区存放")
    await after(phone, "teal", "orange")
    await phone.battery_dies()
    await phone.comes_back("/todo")
    page = phone.page
    await expect(page.locator(PROBLEM, has_text="食堂").locator("[data-slot=begun]")).to_be_visible()
    await phone.take_up("提交整改报告", "食堂")
    await expect(page.locator("#step-form")).to_be_visible()
    await expect(page.locator("#photos button.thumb")).to_have_count(2)
    await expect(page.locator("#text")).to_have_value("已分区存放")
    await phone.hand_in()
    await phone.take_up("提交整改报告", "三楼")
    await page.click("#acts a:has-text('申请延期')")
    await expect(page.locator("#wished_on")).to_be_visible()
    await phone.hand_in(wished_on=in_days(40), reason="门要定做")
    await phone.waits(4)
    await page.goto(f"{site.address}/todo")
    await expect(page.locator("#theirs li", has_text="食堂")).to_contain_text("整改报告已写好，等上传")
    await page.locator("#signed a").click()
    await expect(page.locator("#signed")).to_contain_text("谭秀梅已于")
    await expect(page.locator("#signed-ink img")).to_be_visible()

    await page.goto(f"{site.address}/outbox")
    await phone.find_signal()
    told = await phone.received(4)
    for words in ("已签收", "措施已收到", "报告已收到", "申请已收到"):
        assert words in told
    assert site.complaints == []
    kinds = [[event.kind.split(".")[1] for event in await history(id)] for id in (*problems, serious)]
    assert kinds == [["recorded", "issued", "reported"], ["recorded", "issued", "extension_asked"], ["recorded", "issued", "planned"]]
    assert (await history(problems[0]))[-1].data["text"] == "已分区存放"
    assert len((await history(problems[0]))[-1].data["photos"]) == 2
    assert [one.reason for one in await extensions(problems[1])] == ["门要定做"]
    assert {one.delivery for one in (await listed(world.contact, None, "")).notices} == {"signed", ""}
    await page.goto(f"{site.address}/todo")
    await expect(page.locator("#theirs li", has_text="食堂")).to_contain_text("待复查")
    await expect(page.locator(PROBLEM, has_text="三楼")).to_contain_text("等审批")


async def test_a_returned_plan_is_mended_not_written_anew_and_an_empty_pad_says_so_until_it_is_written_on(house: House, site: Site) -> None:
    world, id = house.world, await issued(house, severity="serious")
    await act(house, world.contact, "plan", id, cause="无专人", measures="每日检查", person="谭秀梅")
    await act(house, world.supervisor, "return_plan", id, reason="没有写明完成时间")
    phone = await site.phone()
    await phone.sign_in("contact")
    await phone.is_packed()
    await phone.lose_signal()
    await phone.take_up("重写整改措施")
    page = phone.page
    for field, words in (("cause", "无专人"), ("measures", "每日检查"), ("person", "谭秀梅")):
        await expect(page.locator(f"#{field}")).to_have_value(words)
    await phone.take_up("签收整改通知书")
    await page.click("#ink button")
    await page.click("#pad [data-do=done]")
    await expect(page.locator("#pad-why")).to_contain_text("框里还没有签名")
    await page.click("#pad [data-do=cancel]")
    await page.click("#ink button")
    await expect(page.locator("#pad-why")).to_contain_text("不便手写的，可签在纸质通知书上")
    assert site.complaints == []


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_nobody_who_needs_larger_text_or_a_screen_reader_is_left_out(house: House, site: Site, lang: str) -> None:
    """Each face with something on it, in the usual size and the larger one."""
    await issued(house, severity="serious")
    phone = await site.phone(lang=lang)
    await phone.sign_in("contact")
    page, found = phone.page, []
    for name, link in (("the list", ""), ("a plan", f"{PROBLEM}[href*=plan]"), ("more time", "#acts a >> nth=1"), ("a notice", "#yours a[href*=notice]")):
        if not link.startswith("#acts"):
            await page.goto(f"{site.address}/todo?lang={lang}")
            await phone.is_packed()
        if link:
            await page.click(link)
            await expect(page.locator({"more time": "#wished_on", "a notice": "#sign-bar"}.get(name, "#measures"))).to_be_visible()
        found += await faults(page, name, ("light", "dark", "outdoor"))
    assert found == []
    assert site.complaints == []


async def test_what_was_sent_back_meanwhile_is_told_opened_again_and_handed_in_anew(house: House, site: Site) -> None:
    world, id = house.world, await issued(house)
    phone = await site.phone()
    await phone.sign_in("contact")
    await phone.is_packed()
    await phone.lose_signal()
    await phone.take_up("提交整改报告")
    await phone.page.fill("#text", "第一次写的")
    await after(phone, "teal")
    await phone.hand_in()
    await act(house, world.contact, "report", id, text="另一部手机先报", photos=[await photo(house, world.contact, "after")])
    await act(house, world.second, "fail", id, record="仍混放", due_on=clock.today() + dt.timedelta(days=9))
    await phone.find_signal()
    page = phone.page
    held = page.locator("[data-group=desk] li")
    await expect(held).to_contain_text("又被复查退回")
    await page.goto(f"{site.address}/todo")
    await expect(page.locator(PROBLEM)).to_contain_text("退回原因：仍混放")
    await page.goto(f"{site.address}/outbox")
    await held.get_by_role("button", name="打开修改").click()
    await expect(page.locator("#moved")).to_contain_text("又被复查退回")
    await expect(page.locator("#text")).to_have_value("第一次写的")
    await phone.hand_in(text="按退回原因重新分区")
    assert "报告已收到" in await phone.received(1)
    found = await problem(world.supervisor, id)
    assert found is not None
    assert (found.state, found.rework, found.progress) == ("awaiting_recheck", 1, "按退回原因重新分区")
    assert site.complaints == []


async def test_two_on_one_phone_stay_apart_and_what_was_given_up_comes_back(house: House, site: Site) -> None:
    await issued(house)
    phone = await site.phone(lang="en")
    await phone.sign_in("inspector")
    await phone.is_packed()
    await phone.page.goto(f"{site.address}/this-phone")
    await phone.page.locator("#people button", has_text="Somebody else").click()
    await phone.page.wait_for_url("**/sign-in")
    await phone.sign_in("contact")
    page = phone.page
    await page.goto(f"{site.address}/todo")
    await phone.is_packed()
    await phone.lose_signal()
    await phone.take_up("Submit the report")
    await page.fill("#text", "Sorted anew")
    await page.locator("#text").blur()
    await page.click("[data-do=discard]")
    await page.wait_for_url("**/todo*")
    await page.click("#toasts [data-do=undo]")
    await expect(page.locator("#text"), "taken back, as it was").to_have_value("Sorted anew")
    await page.goto(f"{site.address}/this-phone")
    await page.locator("#people button", has_text="周敏").click()
    await page.wait_for_url("**/today")
    await expect(page.locator("#facilities li").first).to_be_visible()
    await expect(page.locator("#drafts")).to_be_hidden()
    await page.goto(f"{site.address}/this-phone")
    await page.locator("#people button", has_text="谭秀梅").click()
    await page.wait_for_url("**/todo")
    await expect(page.locator(PROBLEM).locator("[data-slot=begun]")).to_be_visible()
    await phone.take_up("Submit the report")
    await expect(page.locator("#submit")).to_have_attribute("aria-disabled", "true")
    await page.click("#submit", force=True)
    await expect(page.locator("#step-err")).to_contain_text("Photograph it as it is now")
    await after(phone, "teal")
    await phone.hand_in()
    await phone.find_signal()
    assert "The report was received" in await phone.received(1)
    assert site.complaints == []
