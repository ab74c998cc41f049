"""Every page that links lead to in the demo, where each state can be seen: nothing that axe finds, nothing too wide, one main action, a way back."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, Playwright

from server.settings import Settings
from tests.journeys.line import Line
from tests.journeys.people import FLAGS, Site
from tests.journeys.test_the_faces import THEMES, complaints, looking
from tests.serving import chromium, serving

pytestmark = pytest.mark.journey
ROLES = ("supervisor", "administrator", "contact", "auditor")
LOOKS = [("zh", "phone", ("light",)), pytest.param("en", "desk", THEMES, marks=pytest.mark.long), pytest.param("en", "phone", THEMES, marks=pytest.mark.long)]
TABS = 2  # looked at side by side
NAMES = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27,}|(?<=/rows/)\d+|(?<=/items/)[^/?]+|(?<=/checklists/)[^/]+/\d+")
NO_PAGE = re.compile(r"^/(static|photos|f)/|/file/|/xlsx|/json|/template|/pdf\b|/docx\b|^/drafts/[^/]+/xlsx")  # files; and a code, which leads on to its facility
OFTEN = {"/plans/*": 5, "/problems/*": 4, "/imports/*": 2, "/visits/*": 2}  # how many of a kind are looked at, one state each; of others the first
SHELLS = {"/today", "/outbox", "/this-phone", "/visit/start", "/visit/sign", "/recheck", "/sign-in"}  # the inspector's, looked at in the other faces


@pytest.fixture
async def full(tmp_path: Path, playwright: Playwright) -> AsyncIterator[tuple[Site, dict[str, tuple[str, str]]]]:
    """A demo that is served, and how its people sign in: {role: (name, password)}."""
    settings = Settings(data=tmp_path / "demo")
    made = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "server.cli", "demo", env={**os.environ, "DUGAI_DATA": str(settings.data), "DUGAI_DATABASE": ""}, stdout=asyncio.subprocess.PIPE
    )
    said = (await made.communicate())[0].decode()
    assert made.returncode == 0
    keys = {role: (name, password) for role, name, password in re.findall(r"demo login: (\w+) (\S+) (\S+)", said)}
    async with serving(settings) as (port, _), Line(port) as line, Site(line, playwright, tmp_path, chromium()) as site:
        yield site, keys


@pytest.mark.parametrize(("lang", "size", "themes"), LOOKS)
async def test_nothing_to_complain_about_in_a_full_house(full: tuple[Site, dict[str, tuple[str, str]]], lang: str, size: str, themes: tuple[str, ...]) -> None:
    site, keys = full
    found: list[str] = []
    seen: dict[str, set[str]] = {}
    browser = await site.playwright.chromium.launch(executable_path=site.executable, args=FLAGS)
    for role in ROLES:
        context = await looking(browser, size)
        await context.add_cookies([{"name": "lang", "value": lang, "url": site.address}])
        tabs = [await context.new_page() for _ in range(TABS)]
        for page in tabs:
            site.listen(page)
        await page.goto(f"{site.address}/sign-in")
        await page.fill("#sign_in", keys[role][0])
        await page.fill("#password", keys[role][1])
        await page.click("form[data-door] button[type=submit]")
        await page.wait_for_url(lambda url: "/sign-in" not in url)
        found += await walk(site, tabs, seen, themes)
        if role == ROLES[0]:
            await on_paper(site, page, next(iter(seen["/visits/*"])))
        await context.close()
    await browser.close()
    assert {"/visits/*/amend", "/draws/*", "/imports/*/rows/*", "/imports/*/columns", "/drafts/*/items/*", "/plans/*/draw", "/people/*", "/places/*", "/audits"} <= set(seen)
    assert found == []
    assert site.complaints == []


async def walk(site: Site, tabs: list[Page], seen: dict[str, set[str]], themes: tuple[str, ...]) -> list[str]:
    """From the first page on, what nobody has looked at yet, step by step away from it. seen: addresses by kind."""
    found: list[str] = []
    step = ["/problems"]
    while step:
        looks = await asyncio.gather(*(look(site, tab, step[place :: len(tabs)], themes) for place, tab in enumerate(tabs)))
        known = {path: told for share in looks for path, told in share.items()}
        found += [fault for path in step for fault in known[path][0]]
        step = [href for path in step for href in known[path][1] if is_new(href, seen)]
    return found


async def look(site: Site, page: Page, paths: list[str], themes: tuple[str, ...]) -> dict[str, tuple[list[str], list[str]]]:
    """By page: what is wrong with it, and where its links lead."""
    told = {}
    for path in paths:
        faults = await complaints(site, page, path, themes) + await faults_of_form(page, path)
        told[path] = (faults, await page.eval_on_selector_all("a[href^='/']", "(links) => links.map((link) => link.getAttribute('href'))"))
    return told


def is_new(href: str, seen: dict[str, set[str]]) -> bool:
    bare = href.split("?")[0].split("#")[0]
    known = seen.setdefault(kind := NAMES.sub("*", bare), set())
    if kind in SHELLS or NO_PAGE.search(href) or bare in known or len(known) >= OFTEN.get(kind, 1):
        return False
    known.add(bare)
    return True


async def faults_of_form(page: Page, path: str) -> list[str]:
    """One filled button on a screen; a page below another leads back to it."""
    mains = await page.locator(".btn.main:visible").count()
    below = path.split("?")[0].count("/") > 1 and not await page.locator(f".top .back, .top .views, .nav [aria-current][href='{path}']").count()
    return [f"{path} has {mains} main actions"] * (mains > 1) + [f"{path} has no way back"] * below


async def on_paper(site: Site, page: Page, record: str) -> None:
    """Sheets that bring their own title have no leaf before it: one a facility, four codes to a leaf; other pages bring the page's."""
    for path, sheet, a_leaf in (("/facilities/print/duties", ".leaf", 1), ("/facilities/print/codes", ".plate", 4)):
        await page.goto(site.address + path)
        sheets = await page.locator(sheet).count()
        assert len(re.findall(rb"/Type /Page\b(?!s)", await page.pdf(prefer_css_page_size=True))) == -(-sheets // a_leaf), path
    await page.emulate_media(media="print")
    for path, titled in ((record, True), (f"{record}/paper/print", False), ("/plans", True)):
        await page.goto(site.address + path)
        assert await page.locator(".top").is_visible() is titled, path
        assert await page.locator("h1:visible" if titled else "h2.song:visible").count() == 1, path
    await page.emulate_media(media="screen")
