"""A phone is called ready when it is: after the first visit of a page, through releases that come whole or not, full, and wiped."""

import asyncio
import contextlib
import os
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, Playwright, Request, Route, expect

from server.settings import Settings
from tests.conftest import House
from tests.journeys.line import Line
from tests.journeys.people import PHONE, Phone, Site
from tests.journeys.releases import PLACE, another
from tests.journeys.test_rechecks_without_signal import picture
from tests.notices.test_notices import a_visit, issue
from tests.serving import chromium, serving
from tests.visits import FOOD

pytestmark = [pytest.mark.journey, pytest.mark.parametrize("settings", ["sqlite"], indirect=True)]
CACHES = "caches.keys().then((names) => names.filter((name) => name.startsWith('dugai-shell-')))"


async def under_way(site: Site) -> Phone:
    """A phone with a visit of which one item is answered and kept."""
    phone = await site.phone()
    await phone.sign_in()
    await phone.is_packed()
    await phone.start_visit("安康养老院")
    await phone.tap("S23-02", "pass")
    await phone.has_kept()
    return phone


async def reports(phone: Phone) -> None:
    """Today tells the server what waits on the phone, and is answered."""
    async with phone.page.expect_response("**/pack"):
        await phone.page.goto(f"{phone.site.address}/today")
    await phone.is_packed()


async def never_here(site: Site) -> Phone:
    """Signed in by a desk's browser mark, so that Today is the first page of all that this browser opens."""
    phone = await site.phone()
    assert phone.context
    async with site.desk("inspector") as desk:
        cookies = [cookie for cookie in await desk.context.cookies() if cookie["name"] != "lang"]
    await phone.context.add_cookies(cookies)  # type: ignore[arg-type]
    return phone


async def test_the_first_screen_of_all_asks_for_its_facts_once_and_before_its_scripts_have_come(site: Site) -> None:
    phone = await never_here(site)
    asked, facts = [], asyncio.Event()

    async def come_last(route: Route) -> None:
        await facts.wait()
        await route.continue_()

    def hear(request: Request) -> None:
        if request.url.endswith("/pack"):
            asked.append(request.url)
            facts.set()

    phone.page.on("request", hear)
    await phone.page.route("**/static/*.js", come_last)
    await phone.page.goto(f"{site.address}/today")
    await expect(phone.page.locator("#facilities a")).to_have_count(2)
    assert len(asked) == 1


MOVED = """new Promise((done) => {
  let moved = 0;
  new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (moved += value))).observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => done(moved)));
})"""


async def test_nothing_on_today_moves_away_from_under_a_thumb(site: Site) -> None:
    """What comes from the phone's own store comes all at once; of the layout shift that Web Vitals call good, 0.1, a tenth is left for a line that grows by a word."""
    phone = await never_here(site)
    for _ in range(2):
        await phone.page.goto(f"{site.address}/today")
        await phone.is_packed()
        await expect(phone.page.locator("#mine")).to_be_visible()
        assert await phone.page.evaluate(MOVED) < 0.01


async def test_facilities_show_before_the_check_tables_have_come(site: Site) -> None:
    phone = await never_here(site)
    shown = asyncio.Event()

    async def comes_late(route: Route) -> None:
        await shown.wait()
        await route.continue_()

    await phone.page.route("**/visit/*/*?lang=*", comes_late)
    await phone.page.goto(f"{site.address}/today")
    await expect(phone.page.locator("#facilities a").first).to_be_visible()
    await expect(phone.page.locator("#ready.ok")).to_have_count(0)
    shown.set()
    await phone.is_packed()


async def test_after_the_first_visit_of_a_page_it_opens_without_signal(site: Site) -> None:
    phone = await never_here(site)
    await phone.page.goto(f"{site.address}/today")
    await phone.is_packed()
    await phone.lose_signal()
    await phone.start_visit("安康养老院")
    await phone.tap("S23-02", "pass")
    assert site.complaints == []


async def test_a_piece_gone_from_the_phone_is_missed_and_fetched_again(site: Site) -> None:
    phone = await site.phone()
    await phone.sign_in()
    await phone.is_packed()
    await phone.page.evaluate("caches.keys().then((names) => Promise.all(names.map(async (name) => (await caches.open(name)).delete('/visit/epidemic-2020-250/1?lang=zh'))))")
    await phone.lose_signal()
    await phone.page.goto(f"{site.address}/today")
    await expect(phone.page.locator("#ready")).to_contain_text("检查表 1 张")
    await expect(phone.page.locator("#ready.ok")).to_have_count(0)
    await phone.find_signal()
    await phone.is_packed()


@pytest.fixture
async def released(settings: Settings, playwright: Playwright, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A site whose server can be exchanged for one of another release, under the same address."""
    async with contextlib.AsyncExitStack() as stack:
        port, _ = await stack.enter_async_context(serving(settings))
        line = await stack.enter_async_context(Line(port))
        site = await stack.enter_async_context(Site(line, playwright, tmp_path, chromium()))

        async def release(name: str, is_whole: bool = True) -> None:
            monkeypatch.setitem(os.environ, PLACE, str(another(tmp_path, name, is_whole)))
            line.target, _ = await stack.enter_async_context(serving(settings, "tests.journeys.releases"))
            line.drop()

        yield site, release


async def update(page: Page) -> str:
    """Ask for a new worker; what became of it."""
    return str(await page.evaluate("""async () => {
      const registration = await navigator.serviceWorker.getRegistration();
      const found = new Promise((go) => registration.addEventListener('updatefound', () => go(registration.installing), {once: true}));
      registration.update().catch(() => {});
      const worker = await found;
      await new Promise((go) => { const look = () => ['installed', 'redundant'].includes(worker.state) && go(); worker.addEventListener('statechange', look); look(); });
      return worker.state;
    }"""))  # fmt: skip


async def test_a_release_with_a_piece_missing_does_not_come_in_and_the_old_one_goes_on(released: Any) -> None:
    site, release = released
    phone = await site.phone()
    await phone.sign_in()
    await phone.is_packed()
    await release("half", is_whole=False)
    assert await update(phone.page) == "redundant"
    await phone.lose_signal()
    await phone.start_visit("安康养老院")
    await phone.tap("S23-02", "pass")
    await phone.page.goto(f"{site.address}/today")
    await phone.is_packed()


@pytest.mark.long
async def test_a_release_comes_in_with_a_draft_open_which_goes_on_and_the_other_tab_says_so(released: Any) -> None:
    site, release = released
    phone = await under_way(site)
    table = phone.page.url
    other = await phone.context.new_page()
    await other.goto(f"{site.address}/today")
    await release("next")
    assert await update(other) == "installed"
    await other.goto(f"{site.address}/today")
    await other.locator("#toasts button", has_text="更新").click()
    await expect(phone.page.locator("[data-ailing=stale]")).to_contain_text("请刷新")
    await phone.tap("S23-03", "pass")  # the old page goes on meanwhile
    await phone.has_kept()
    await expect(other.locator("body")).to_have_attribute("data-release", "next")
    assert await other.evaluate(CACHES) == ["dugai-shell-next"]
    await phone.lose_signal()
    await phone.page.goto(table)
    await phone.page.reload()
    await expect(phone.page.locator("body")).to_have_attribute("data-release", "next")
    for item in ("S23-02", "S23-03"):
        await expect(phone.page.locator(f'[data-item="{item}"][data-a="pass"]')).to_be_visible()


@pytest.mark.long
async def test_a_release_keeps_a_report_that_a_facility_has_begun(house: House, released: Any) -> None:
    site, release = released
    _, problems = await a_visit(house, (FOOD, "食堂"))
    await issue(house, *problems)
    phone = await site.phone()
    await phone.sign_in("contact")
    await phone.is_packed()
    await phone.take_up("提交整改报告", "食堂")
    await phone.page.fill("#text", "已分区存放")
    await phone.page.set_input_files("#photos input >> nth=1", [picture("after.jpg", "teal")])
    await expect(phone.page.locator("#photos button.thumb")).to_have_count(1)
    await phone.has_kept()
    await release("next")
    await phone.page.goto(f"{site.address}/todo")
    assert await update(phone.page) == "installed"
    await phone.page.goto(f"{site.address}/todo")
    await phone.page.locator("#toasts button", has_text="更新").click()
    await expect(phone.page.locator("body")).to_have_attribute("data-release", "next")
    await phone.lose_signal()
    await phone.take_up("提交整改报告", "食堂")
    await expect(phone.page.locator("body")).to_have_attribute("data-release", "next")
    await expect(phone.page.locator("#text")).to_have_value("已分区存放")
    await expect(phone.page.locator("#photos button.thumb")).to_have_count(1)


async def test_a_phone_whose_store_was_wiped_is_listed_until_somebody_says_what_became_of_the_work(site: Site) -> None:
    phone = await under_way(site)
    await reports(phone)
    session = await phone.context.new_cdp_session(phone.page)  # type: ignore[union-attr]
    await phone.page.goto("about:blank")
    await session.send("Storage.clearDataForOrigin", {"origin": site.address, "storageTypes": "indexeddb,cache_storage,service_workers"})
    await phone.page.goto(f"{site.address}/today")
    await phone.is_packed()
    await phone.start_visit("安康养老院")
    await reports(phone)
    async with site.desk("supervisor") as desk:
        await desk.goto(f"{site.address}/visits/phones")
        await expect(desk.locator("main")).to_contain_text("手机数据可能已被清除：最后一次报告时有 1 件未传")


async def test_a_browser_that_lets_pages_keep_nothing_says_so(site: Site) -> None:
    browser = await site.playwright.chromium.launch(executable_path=site.executable, args=["--no-sandbox"])
    page = await browser.new_page(viewport=PHONE)
    await page.add_init_script("Object.defineProperty(window, 'indexedDB', {value: undefined})")
    await page.goto(f"{site.address}/today")
    await expect(page.locator("[data-ailing=none]")).to_contain_text("无痕")
    await browser.close()


async def test_a_passphrase_is_asked_for_once_the_browser_was_closed_and_nothing_is_sent_before(site: Site) -> None:
    phone = await under_way(site)
    await phone.set_passphrase("山城早起爱吃小面")
    await phone.page.goto(f"{site.address}/today")
    await expect(phone.page.locator("#drafts li")).to_have_count(1)
    await phone.switch_off()
    await phone.switch_on()
    await phone.lose_signal()
    await phone.page.goto(f"{site.address}/today")
    await expect(phone.page.locator("dialog [name=passphrase]")).to_be_visible()
    await expect(phone.page.locator("#drafts li")).to_have_count(0)
    await phone.page.fill("dialog [name=passphrase]", "wrong")
    await phone.page.click("dialog form .main")
    await expect(phone.page.locator("dialog [data-said]")).to_contain_text("口令不对")
    await phone.page.fill("dialog [name=passphrase]", "山城早起爱吃小面")
    while await phone.page.locator("dialog [name=passphrase]").count():
        await phone.page.evaluate("document.querySelector('dialog form .main')?.click() ?? new Promise(requestAnimationFrame)")
    await expect(phone.page.locator("#drafts li")).to_have_count(1)
    await phone.page.click("#go-on a")
    await expect(phone.page.locator('[data-item="S23-02"][data-a="pass"]')).to_be_visible()
    assert site.complaints == []
