"""Every page in both languages and all themes: nothing that axe finds, nothing wider than its screen, nothing that a script complains about."""

from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page

from tests.journeys.people import DESK, FLAGS, PHONE, Site, sign_in
from tests.world import World

pytestmark = pytest.mark.journey
AXE = (Path(__file__).parent.parent.parent / "node_modules/axe-core/axe.min.js")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
PAGES = {
    "inspector": ("/today", "/outbox", "/visit/start", "/visit/sign", "/recheck", "/visit/epidemic-2020-250/1", "/offline", "/facilities", "facility", "/me"),
    "supervisor": (
        "/problems", "/problems/responsibility", "/problems/rectification", "/visits", "/checklists", "/checklists/epidemic-2020-250/1", "/drafts", "/drafts/import",
        "/plans", "/plans/new", "/plans/conflicts", "/plans/hand-over", "/search", "/search?q=安康", "/search?q=没有这样的词",
    ),
    "contact": ("/plans/announced",),
    "administrator": (
        "/people", "person", "/people/new", "/people/import", "/places", "place", "/facilities/new", "/facilities/import", "/facilities/print/duties",
        "/facilities/print/codes", *(f"/facilities/{World.home}/{page}" for page in ("responsibilities", "duties", "code")), f"/places/{World.home}",
    ),
}  # fmt: skip
FIRST = {"facility": ("/facilities", "main .wh a"), "person": ("/people", "main .wh a"), "place": ("/places", "main .wh a")}
LOOKS = [("zh", "light", "phone"), ("en", "dark", "desk")]
MORE = [("en", "outdoor", "phone"), ("zh", "dark", "phone"), ("zh", "outdoor", "desk"), ("en", "light", "phone")]


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)  # a page looks alike on either
@pytest.mark.parametrize(("lang", "theme", "size"), LOOKS + [pytest.param(*look, marks=pytest.mark.long) for look in MORE])
async def test_nothing_to_complain_about(site: Site, lang: str, theme: str, size: str) -> None:
    found: list[str] = []
    browser = await site.playwright.chromium.launch(executable_path=site.executable, args=FLAGS)
    for person, pages in PAGES.items():
        context = await browser.new_context(viewport=PHONE if size == "phone" else DESK, service_workers="block", bypass_csp=True)
        page = await context.new_page()
        site.listen(page)
        await page.goto(f"{site.address}/sign-in")
        await page.evaluate(f"localStorage.setItem('dugai-theme', '{theme}')")
        await sign_in(page, site.address, site.name_of(person))
        await context.add_cookies([{"name": "lang", "value": lang, "url": site.address}])
        for path in pages:
            found += await complaints(site, page, path)
        await context.close()
    await browser.close()
    assert found == []
    assert site.complaints == []


async def complaints(site: Site, page: Page, path: str) -> list[str]:
    start, link = FIRST.get(path, (path, ""))
    await page.goto(site.address + start)
    if link:
        await page.goto(site.address + str(await page.locator(link).first.get_attribute("href")))
    await page.wait_for_load_state("networkidle")
    width, room = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    await page.evaluate(AXE.read_text())
    said = await page.evaluate("(rules) => axe.run(document, rules)", RULES)
    wide = [f"{path} is {width} wide on a screen of {room}"] if width > room else []
    return wide + [f"{path}: {fault['id']} {node['target']} {_why(node)}" for fault in said["violations"] for node in fault["nodes"] if not _scrolls(node)]


def _why(node: dict[str, Any]) -> str:
    return node["any"][0]["message"] if node["any"] else ""


def _scrolls(node: dict[str, Any]) -> bool:
    """Something that is half under the sticky bar comes out when one scrolls."""
    return "partially obscured" in _why(node)
