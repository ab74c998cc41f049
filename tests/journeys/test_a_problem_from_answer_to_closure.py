"""One problem's whole life, each person on their own screen: a failed answer in a cellar, the notice, two plans, two reports, a re-check that fails, one that passes, and its closing."""

import pytest
from playwright.async_api import Page, expect

from tests.journeys.people import PHONE, Phone, Site, in_days, step
from tests.photos.pictures import jpeg
from tests.visits import EXITS

pytestmark = pytest.mark.journey
CAUSE, PLAN, BETTER = "通道临时存放物资", "清理通道", "三日内清空通道，物资移入库房，夜班每日巡查"
FIRST, AGAIN, STILL, DONE = "纸箱已清走", "轮椅也已移走，地面划线", "轮椅仍堵在门口", "通道畅通，与报告一致"
SIGNED = {
    "zh": ["销号", "复查通过", "提交整改报告", "复查不通过，退回整改", "提交整改报告", "措施通过", "提交整改措施", "退回措施", "提交整改措施", "签收", "下达整改", "检查发现，登记编号"],
    "en": ["Closed", "Re-check passed", "Report submitted", "Re-check failed, sent back", "Report submitted", "Plan accepted", "Plan submitted", "Plan returned", "Plan submitted", "Notice signed for", "Issued", "Found on a visit and numbered"],
}  # fmt: skip
WHO = ["冉国强", "何川", "谭秀梅", "何川", "谭秀梅", "冉国强", "谭秀梅", "冉国强", "谭秀梅", "谭秀梅", "冉国强", "周敏"]
LANGUAGES = [("sqlite", "zh"), pytest.param("postgres", "en", marks=pytest.mark.long)]


@pytest.mark.parametrize(("settings", "lang"), LANGUAGES, indirect=["settings"])
async def test_from_a_failed_answer_without_signal_to_its_closure(site: Site, lang: str) -> None:
    """Who closes it neither put it right nor re-checked it; the page then tells every step once, in order, with who and when."""
    await fails_without_signal(site, lang)
    async with site.desk("supervisor", lang) as supervisor, site.desk("contact", lang, PHONE) as contact:
        address, what = await is_issued(site, supervisor)
        await signs_for_it(site, contact)
        await step(contact, address, "plan", {"cause": CAUSE, "measures": PLAN, "person": "谭秀梅"})
        await step(supervisor, address, "return_plan", {"reason": "没有写期限和巡查"})
        await step(contact, address, "plan", {"cause": CAUSE, "measures": BETTER, "person": "谭秀梅"})
        await step(supervisor, address, "accept_plan", {})
        await step(contact, address, "report", {"text": FIRST}, jpeg(800, 600, "olive"))
        second = await site.phone(lang, "second's phone")
        await second.sign_in("second")
        await rechecks(second, what, STILL)
        await step(contact, address, "report", {"text": AGAIN}, jpeg(800, 600, "green"))
        await rechecks(second, what, DONE, passes=True)
        await step(supervisor, address, "close", {})
        await tells_it_all(supervisor, address, lang)
        await stands_on_paper(site, supervisor, address)
        await expect(contact.locator(".log .now b")).not_to_have_count(0)
    assert site.complaints == []


async def fails_without_signal(site: Site, lang: str) -> None:
    phone = await site.phone(lang)
    await phone.sign_in()
    await phone.is_packed()
    await phone.lose_signal()
    await phone.start_visit("安康养老院")
    await phone.answer_all({EXITS: "三楼通道"})
    await phone.go_and_sign("何川")
    await phone.submit()
    await phone.waits(1)
    await phone.find_signal()
    await phone.received(1)


async def is_issued(site: Site, desk: Page) -> tuple[str, str]:
    """The problem's address and what was found."""
    await desk.goto(f"{site.address}/problems")
    await desk.click("td.no a")
    await desk.wait_for_url("**/problems/*")
    address, what = desk.url, await desk.locator("h1").inner_text()
    await desk.click("a[href^='/notices/new']")
    await desk.fill("[id^='due_on:']", in_days(9))
    await desk.fill("[id^='person:']", "谭秀梅")
    await desk.click("form[action='/notices'] button")
    await desk.wait_for_url("**/notices/*")
    return address, what


async def signs_for_it(site: Site, phone: Page) -> None:
    await phone.goto(f"{site.address}/notices")
    await phone.click("main a[href^='/notices/']")
    await phone.click("form[action$='/sign'] button")
    await expect(phone.locator("form[action$='/sign']")).to_have_count(0)


async def rechecks(phone: Phone, what: str, record: str, passes: bool = False) -> None:
    """On site, without signal; a photo only where it does not pass."""
    await phone.page.goto(f"{phone.site.address}/today")
    await expect(phone.page.locator("#rechecks a", has_text=what)).to_be_visible()  # what was reported meanwhile has come onto the phone
    await phone.is_packed()
    await phone.lose_signal()
    await phone.recheck(what, passes, record)
    if not passes:
        await phone.page.set_input_files("#photos input >> nth=0", {"name": "camera.jpg", "mimeType": "image/jpeg", "buffer": jpeg(1200, 900, "noise")})
        await expect(phone.page.locator("#photos button.thumb")).to_have_count(1)
    await phone.submit_recheck()
    await phone.waits(1)
    await phone.find_signal()
    await expect(phone.page.locator("[data-group=runs] li")).to_have_count(0)


async def tells_it_all(desk: Page, address: str, lang: str) -> None:
    await desk.goto(address)
    log = desk.locator(".log > li")
    await expect(log).to_have_count(len(WHO))
    told = await log.all_inner_texts()
    for title, who, text in zip(SIGNED[lang], WHO, told, strict=True):
        assert text.startswith(title), (title, text)
        assert who in text, (who, text)
    assert await log.locator("time").count() >= len(WHO)


async def stands_on_paper(site: Site, desk: Page, address: str) -> None:
    """Record, notice, both reports, both opinions and the three lists, each to print, as PDF and as Word, by the links that people have."""
    pages = [address, *[f"{site.address}/problems{view}?state=closed" for view in ("", "/responsibility", "/rectification")]]
    await desk.goto(address)
    pages += [f"{site.address}{await desk.locator(link).first.get_attribute('href')}" for link in ("main a[href^='/notices/']", "main a[href^='/visits/']")]
    ways = []
    for page in pages:
        await desk.goto(page)
        ways += [str(await link.get_attribute("href")) for link in await desk.locator(".ways a").all()]
    assert len(ways) == 3 * (1 + 1 + 2 + 2 + 3), ways
    for way in ways:
        answer = await desk.context.request.get(f"{site.address}{way}")
        assert answer.status == 200, way
        begins = b"%PDF-" if "/pdf" in way else b"PK" if "/docx" in way else b"<!doctype html>"
        assert (await answer.body()).startswith(begins), way
