"""A supervisor's open page, a clerk's paper, and how these pages look: in a real browser, beside a second process that takes visits in."""

import pytest
from playwright.async_api import Page, expect

from tests.conftest import House
from tests.journeys.people import DESK, FLAGS, PHONE, Site, sign_in
from tests.journeys.test_the_faces import complaints
from tests.photos.pictures import jpeg
from tests.visits import FOOD, findings, visit

pytestmark = pytest.mark.journey
TICK = "document.querySelector('#poll').dispatchEvent(new Event('every'))"
LOOKED_AT = "(state) => Object.defineProperty(document, 'visibilityState', { value: state, configurable: true })"


async def submit(house: House, facility: str = "食堂") -> dict[str, str]:
    return await house.perform(house.world.inspector, "inspections.submit", await visit(house, await findings(house, (FOOD, facility))))


async def test_a_visit_appears_on_an_open_page_without_a_reload(house: House, site: Site) -> None:
    async with site.desk("supervisor") as page:
        await page.goto(f"{site.address}/visits")
        await expect(page.locator("#rows .empty")).to_be_visible()
        await page.evaluate("document.body.dataset.same = 'yes'")
        for number in (1, 2):
            receipt = await submit(house)
            row = page.locator("#rows > li:not(.empty)").first
            await expect(row).to_contain_text(receipt["number"])
            await expect(row.locator(".tag.ok")).to_have_text("刚收到")
            await expect(page.locator("#rows > li:not(.empty)")).to_have_count(number)
        await expect(page.locator("#just-in")).to_contain_text("刚收到 1 次检查：安康养老院")
        await expect(page.locator("#rows .empty")).to_be_hidden()
        assert await page.evaluate("document.body.dataset.same") == "yes"
        await row.locator("a").click()
        await expect(page.locator("h1").first).to_have_text("安康养老院")
    assert site.complaints == []


async def test_nothing_is_asked_while_nobody_looks_and_a_fault_leaves_the_list(house: House, site: Site) -> None:
    await submit(house)
    async with site.desk("supervisor") as page:
        asked: list[str] = []
        await page.goto(f"{site.address}/visits")
        await page.wait_for_load_state("networkidle")
        await page.evaluate(LOOKED_AT, "hidden")
        page.on("request", lambda request: asked.append(request.url) if "/visits/news" in request.url else None)
        await page.evaluate(TICK)
        assert asked == []
        await page.route("**/visits/news*", lambda route: route.fulfill(status=500, body="<h1>broken</h1>"))
        async with page.expect_response("**/visits/news*"):
            await page.evaluate(LOOKED_AT, "visible")
            await page.evaluate(TICK)
        await page.unroute("**/visits/news*")
        await expect(page.locator("#rows > li")).to_have_count(1)
        await submit(house)
        await expect(page.locator("#rows > li")).to_have_count(2)


async def test_a_clerk_enters_a_paper_by_keyboard_alone(house: House, site: Site) -> None:
    async with site.desk("administrator") as page:
        await page.goto(f"{site.address}/visits/enter")
        await expect(page.locator("#facility")).to_be_focused()
        await page.locator("#facility").select_option(label="安康养老院")
        await page.locator("input[value$=':measures']").focus()
        await page.keyboard.press("Space")
        await page.keyboard.press("Enter")
        await page.wait_for_url(lambda url: "part=" in url)
        await page.locator("#on").fill("2026-11-02")
        await page.locator("#started").fill("09:30")
        await page.locator("#ended").fill("10:30")
        for name, label in (("first", "周敏"), ("second", "何川")):
            await page.locator(f"#{name}").select_option(label=label)
        await page.locator("#signer").fill("谭秀梅")
        for name, count in (("f.S23-01.due", 3), ("f.S23-01.done", 3), ("f.S23-06.due", 4), ("f.S23-06.done", 4)):
            await page.locator(f"[name='{name}']").fill(str(count))
        await _by_keys(page, "S23-12", "pass")
        await _by_keys(page, "S23-13", "pass")
        await _by_keys(page, FOOD, "fail")
        await page.locator("[name=rest]").focus()
        await page.keyboard.press("Space")
        await page.keyboard.press("Enter")
        await expect(page.locator("[name='n.0.item']")).to_have_value(FOOD)
        photo = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": jpeg(colour="tan")}
        await page.locator("[name='n.0.what']").fill("生熟混放")
        await page.locator("[name='n.0.photos']").set_input_files(photo)
        await page.locator("#sheets").set_input_files(photo)
        await page.locator("[name='n.0.point']").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator(".note.ok")).to_contain_text("已录入：安康养老院")
    assert site.complaints == []


async def _by_keys(page: Page, item: str, answer: str) -> None:
    """Arrow keys choose among the three columns."""
    first = page.locator(f"[name='a.{item}']").first
    await first.focus()
    await page.keyboard.press("Space")
    if answer == "fail":
        await page.keyboard.press("ArrowRight")
    await expect(page.locator(f"[name='a.{item}'][value={answer}]")).to_be_checked()


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)  # a page looks alike on either
@pytest.mark.parametrize(("lang", "theme", "size"), [("zh", "light", "phone"), pytest.param("en", "dark", "desk", marks=pytest.mark.long), pytest.param("zh", "outdoor", "phone", marks=pytest.mark.long)])
async def test_nothing_to_complain_about_on_these_pages(house: House, site: Site, lang: str, theme: str, size: str) -> None:
    receipt = await submit(house)
    await house.perform(house.world.inspector, "inspections.amend", {"visit": receipt["visit"], "seen": 0, "reason": "类别选错", "kind": "special", "answers": {"S23-10": {"value": "na"}}})
    async with house.client(house.world.inspector) as phone:
        await phone.get("/pack", headers={"x-dugai": "1", "x-dugai-unsent": "2,1,1763913909"})
    browser = await site.playwright.chromium.launch(executable_path=site.executable, args=FLAGS)
    context = await browser.new_context(viewport=PHONE if size == "phone" else DESK, service_workers="block", bypass_csp=True)
    page = await context.new_page()
    site.listen(page)
    await page.goto(f"{site.address}/sign-in")
    await page.evaluate(f"localStorage.setItem('dugai-theme', '{theme}')")
    await sign_in(page, site.address, site.name_of("supervisor"))
    await context.add_cookies([{"name": "lang", "value": lang, "url": site.address}])
    record = f"/visits/{receipt['visit']}"
    table = f"/visits/enter?facility={house.world.home}&part=epidemic-2020-250/1:measures"
    found = [
        fault for path in ("/visits?kind=special", record, f"{record}/versions/0", f"{record}/amend", "/visits/enter", table, "/visits/phones")
        for fault in await complaints(site, page, path)
    ]  # fmt: skip
    await browser.close()
    assert found == []
    assert site.complaints == []
