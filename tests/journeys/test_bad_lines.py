"""Lines that lie, hang or storm, a clock that is wrong and a phone that is full: nothing counts as received that was not, and it goes by itself when it can."""

import json

import pytest
from playwright.async_api import expect

from tests.journeys.people import Phone, Site
from tests.journeys.test_bad_days import listed, sealed_visit
from tests.journeys.test_killed_at_each_step import until
from tests.visits import FOOD

pytestmark = [pytest.mark.journey, pytest.mark.long, pytest.mark.parametrize("settings", ["sqlite"], indirect=True)]
HOME = "安康养老院"
HTML = "content-type: text/html"
PORTALS = {
    "a welcome page": ("200 OK", "<html>Welcome to the hotel</html>", HTML),
    "a way to its own page": ("302 Found", "", "location: http://portal.invalid/"),
    "signing in to the network": ("511 Network Authentication Required", "<html>sign in</html>", HTML),
    "JSON of its own": ("200 OK", json.dumps({"receipts": [{"id": "x", "state": "received", "receipt": {"id": "x"}}]}), "content-type: application/json"),
    "somebody else's no": ("403 Forbidden", "{}", "content-type: application/json"),
}


async def sealed(site: Site) -> Phone:
    phone = await site.phone()
    await phone.sign_in()
    await phone.is_packed()
    await phone.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await phone.lose_signal()
    await sealed_visit(phone, {FOOD: "食堂"})
    await phone.waits(1)
    return phone


async def waits_and_then_goes_by_itself(site: Site, phone: Phone) -> None:
    """Nobody taps anything, and no event says that the line is well."""
    await phone.was_put_off()
    await expect(phone.page.locator("[data-group=received] li")).to_have_count(0)
    assert await listed_at_the_server(site) == 0
    site.line.signal()
    assert "WZ-" in await phone.received(1)
    assert await listed_at_the_server(site) == 1
    assert site.complaints == []


async def listed_at_the_server(site: Site) -> int:
    """What the desk lists, by a line of its own."""
    address, site.address = site.address, f"http://127.0.0.1:{site.line.target}"
    try:
        return await listed(site)
    finally:
        site.address = address


NO_ROOM = """(isFull) => {
  globalThis.isFull = isFull;
  if (globalThis.hasRoom) return;
  const put = globalThis.hasRoom = IDBObjectStore.prototype.put;
  const { get } = Object.getOwnPropertyDescriptor(IDBTransaction.prototype, "error");
  IDBObjectStore.prototype.put = function (...given) {
    const request = put.apply(this, given);
    if (globalThis.isFull) request.addEventListener("success", () => this.transaction.abort(), { once: true });
    return request;
  };
  Object.defineProperty(IDBTransaction.prototype, "error", { get() { return globalThis.isFull ? new DOMException("", "QuotaExceededError") : get.call(this); } });
}"""


async def full(phone: Phone, is_full: bool) -> None:
    """The browser has no room any more, or has it again: a transaction aborts when it would be written, as on a full phone (Chromium's own switch for it does not reach IndexedDB)."""
    await phone.page.evaluate(NO_ROOM, is_full)


@pytest.mark.parametrize("kind", [pytest.param(kind, id=kind, marks=() if kind in ("a welcome page", "somebody else's no") else pytest.mark.long) for kind in PORTALS])
async def test_a_captive_portal_is_no_line(site: Site, kind: str) -> None:
    phone = await sealed(site)
    site.line.portal(*PORTALS[kind])
    assert phone.context
    await phone.context.set_offline(False)
    await waits_and_then_goes_by_itself(site, phone)


async def test_a_half_open_line_holds_nothing_longer_than_its_patience(site: Site) -> None:
    phone = await sealed(site)
    site.line.swallow()
    assert phone.context
    await phone.context.set_offline(False)
    await waits_and_then_goes_by_itself(site, phone)


@pytest.mark.parametrize("status", ["503 Service Unavailable", pytest.param("429 Too Many Requests", marks=pytest.mark.long), pytest.param("409 Conflict", marks=pytest.mark.long)])
async def test_a_storm_of_refusals_to_answer_now_is_waited_out(site: Site, status: str) -> None:
    phone = await sealed(site)
    site.line.portal(status, "{}", "x-dugai: 1", "retry-after: 1", "content-type: application/json")
    assert phone.context
    await phone.context.set_offline(False)
    await until(lambda: site.line.diverted >= 2)
    await expect(phone.page.locator("[data-group=yours] li")).to_have_count(0)
    site.line.signal()
    await phone.received(1)
    assert await listed(site) == 1


async def test_a_phone_that_is_full_says_so_and_keeps_what_it_showed_as_kept(site: Site) -> None:
    phone = await site.phone()
    await phone.sign_in()
    await phone.is_packed()
    await phone.start_visit(HOME)
    await phone.answer_all({FOOD: "食堂"})
    await phone.go_and_sign("何川")
    await full(phone, True)
    await phone.page.click("[data-do=submit]")
    await expect(phone.page.locator("#toasts")).to_contain_text("手机空间不够")
    await expect(phone.page.locator("img.sig")).to_have_count(3)
    await full(phone, False)
    await phone.submit()
    await phone.received(1)
    assert await listed(site) == 1


async def test_an_answer_that_finds_no_room_is_not_shown_as_kept_and_the_next_one_is_kept(site: Site) -> None:
    phone = await site.phone()
    await phone.sign_in()
    await phone.is_packed()
    await phone.start_visit(HOME)
    await phone.tap("S23-02", "pass")
    await full(phone, True)
    await phone.page.click('label:has(input[name="S23-03"][value="pass"])')
    await expect(phone.page.locator("#toasts")).to_contain_text("手机空间不够")
    await expect(phone.page.locator('input[name="S23-03"][value="pass"]')).not_to_be_checked()
    await phone.page.click('label:has(input[name="S23-02"][value="na"])')
    await expect(phone.page.locator('input[name="S23-02"][value="pass"]')).to_be_checked()
    await expect(phone.page.locator("#toasts")).to_contain_text("手机空间不够")
    await full(phone, False)
    await phone.tap("S23-03", "pass")
    await phone.page.reload()
    await expect(phone.page.locator('[data-item="S23-03"][data-a="pass"]')).to_be_visible()


@pytest.mark.parametrize("year", ["1970", pytest.param("2099", marks=pytest.mark.long)])
async def test_a_clock_that_stands_wrong_costs_a_word_and_no_work(site: Site, year: str) -> None:
    """The server cannot believe the hour; once the clock is right the same visit is opened, signed off and goes."""
    phone = await site.phone()
    await phone.sign_in()
    await phone.is_packed()
    await phone.lose_signal()
    await phone.page.clock.set_system_time(f"{year}-06-01T08:00:00Z")
    await phone.start_visit(HOME)
    await phone.answer_all({})
    await phone.go_and_sign("何川")
    await phone.submit()
    await phone.find_signal()
    kept = phone.page.locator("[data-group=desk] li")
    await expect(kept).to_contain_text("请校准手机时间")
    await phone.switch_off()
    await phone.switch_on("/outbox")
    await phone.page.locator("[data-group=desk] li").get_by_role("button", name="打开修改").click()
    await phone.page.evaluate("scrollTo(0, document.body.scrollHeight)")
    await phone.page.click("[data-do=next]")
    await expect(phone.page.locator("img.sig")).to_have_count(3)
    await phone.submit()
    assert "WZ-" in await phone.received(1)
