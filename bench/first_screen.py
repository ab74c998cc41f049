"""Bytes and requests until the first screen can be used: the door, then Today or a facility's 待办, in a real browser with an empty cache."""

from collections.abc import AsyncIterator

from playwright.async_api import Request, async_playwright

from bench.house import House, house
from tests.journeys.people import FLAGS, PHONE
from tests.serving import chromium
from tests.world import World


async def figures() -> AsyncIterator[tuple[str, str, str]]:
    async with house() as served, house(reader=World().contact) as facilitys, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
        for name, path, ready, whose in (
            ("the door", "/sign-in", "#sign_in", served), ("Today", "/today", "#facilities a", served), ("a facility's list", "/todo", "#none", facilitys),
            ("the check table", "/visit/epidemic-2020-250/1", "#absent", served),
        ):  # fmt: skip
            requests, size = await _weigh(browser, whose, path, ready)
            yield f"first screen: {name}", f"{size / 1000:.1f} KB in {requests} requests", "≤ 60 KB brotli, ≤ 6 requests"
        await browser.close()


async def _weigh(browser: object, served: House, path: str, ready: str) -> tuple[int, int]:
    """Requests and bytes on the wire, heads and bodies, of the page itself; what the worker fetches afterwards is not waited for."""
    context = await browser.new_context(viewport=PHONE, service_workers="block")  # type: ignore[attr-defined]
    name, _, value = served.cookie.partition("=")
    if path != "/sign-in":
        await context.add_cookies([{"name": name, "value": value, "url": f"http://127.0.0.1:{served.port}"}])
    page = await context.new_page()
    seen: list[Request] = []
    page.on("requestfinished", lambda request: seen.append(request))
    await page.goto(f"http://127.0.0.1:{served.port}{path}")
    await page.locator(ready).first.wait_for(timeout=10_000)
    sizes = [await request.sizes() for request in seen if "favicon" not in request.url]
    await context.close()
    return len(sizes), sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes)
