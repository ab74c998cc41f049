"""Every page in both languages and all themes: nothing that axe finds, nothing wider than its screen, nothing that a script complains about."""

import asyncio
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from tests.journeys.people import DESK, FLAGS, PHONE, Phone, Site, sign_in
from tests.visits import EXITS
from tests.world import World

pytestmark = pytest.mark.journey
AXE = Path(__file__).parent.parent.parent / "node_modules/axe-core/axe.min.js"
# All rules once; of what a theme, the size of keys or of text changes, only what they can change: colours, sizes, widths. All without loading the page anew.
LOOK = """async (themes) => {
  const root = document.documentElement, worn = {...root.dataset}, said = [];
  const look = async (worn, runOnly) => {
    const {violations} = await axe.run(document, {runOnly, resultTypes: ["violations"], preload: false});
    for (const {id: rule, nodes} of violations) for (const {target, any} of nodes) said.push({worn, rule, target: String(target), why: any[0]?.message ?? ""});
    if (root.scrollWidth > innerWidth) said.push({worn, rule: "wide", target: "", why: `${root.scrollWidth} on a screen of ${innerWidth}`});
  };
  const every = {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}, changed = {type: "rule", values: ["color-contrast", "target-size"]};
  for (const [place, theme] of themes.entries()) {
    root.dataset.theme = theme;
    await look(theme, place ? changed : every);
  }
  if (document.querySelector(".key")?.getClientRects().length) {
    root.dataset.keys = "wide";
    await look(`${themes.at(-1)}, wide keys`, changed);
  }
  root.dataset.text = "large";
  if (root.scrollWidth > innerWidth) said.push({worn: "larger text", rule: "wide", target: "", why: `${root.scrollWidth} on a screen of ${innerWidth}`});
  for (const name of ["theme", "keys", "text"]) name in worn ? (root.dataset[name] = worn[name]) : delete root.dataset[name];
  return said;
}"""
PAGES = {
    "inspector": ("/today", "/outbox", "/this-phone", "/visit/start", "/visit/sign", "/recheck", "/visit/epidemic-2020-250/1", "/offline", "/facilities", "facility", "/me"),
    "supervisor": (
        "/overview", "/problems", "/problems/responsibility", "/problems/rectification", "/visits", "/checklists", "/checklists/epidemic-2020-250/1", "/drafts", "/drafts/import",
        "/notices", "/selections", "/problems?pick=1", "/workdays", "/plans", "/plans/new", "/plans/conflicts", "/plans/hand-over", "/search", "/search?q=安康", "/search?q=没有这样的词",
    ),
    "contact": ("/todo", "/todo/problem", "/todo/notice", "/this-phone", "/plans/announced", "/reminders"),
    "administrator": (
        "/people", "person", "/people/new", "/people/import", "/places", "place", "/reminders", f"/reminders/settings/{World.wanzhou}", "/facilities/new", "/facilities/import", "/facilities/print/duties",
        "/facilities/print/codes", *(f"/facilities/{World.home}/{page}" for page in ("responsibilities", "duties", "code")), f"/places/{World.home}",
    ),
}  # fmt: skip
FIRST = {"facility": ("/facilities", "main .wh a"), "person": ("/people", "main .wh a"), "place": ("/places", "main .wh a")}
THEMES = ("light", "dark", "outdoor")
LOOKS = [("zh", "phone", ("light",))]
MORE = [(lang, size, THEMES) for lang in ("zh", "en") for size in ("phone", "desk")]


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)  # a page looks alike on either
@pytest.mark.parametrize(("lang", "size", "themes"), LOOKS + [pytest.param(*look, marks=pytest.mark.long) for look in MORE])
async def test_nothing_to_complain_about(site: Site, lang: str, size: str, themes: tuple[str, ...]) -> None:
    browser = await site.playwright.chromium.launch(executable_path=site.executable, args=FLAGS)
    found = await asyncio.gather(*(complaints_of(site, browser, person, lang, size, themes) for person in PAGES))
    await browser.close()
    assert [fault for share in found for fault in share] == []
    assert site.complaints == []


async def complaints_of(site: Site, browser: Browser, person: str, lang: str, size: str, themes: tuple[str, ...]) -> list[str]:
    context = await looking(browser, size)
    page = await context.new_page()
    site.listen(page)
    await sign_in(page, site.address, site.name_of(person))
    await context.add_cookies([{"name": "lang", "value": lang, "url": site.address}])
    found = [fault for path in PAGES[person] for fault in await complaints(site, page, path, themes)]
    if person == "inspector":
        found += await complaints_at_work(site, page, lang, themes)
    await context.close()
    return found


async def complaints_at_work(site: Site, page: Page, lang: str, themes: tuple[str, ...]) -> list[str]:
    """The faces that show nothing before a visit is under way."""
    phone = Phone(site, lang)
    phone.page = page
    await phone.start_visit("安康养老院")
    found = await faults(page, "a table that was begun", themes)
    await phone.tap(EXITS, "fail")
    found += await faults(page, "a problem being noted", themes)
    await page.locator("#phrases .chip").first.click()
    await page.fill("#point", "食堂")
    await phone.photograph()
    found += await faults(page, "a table with a problem", themes)
    await page.locator("[data-do=sections]:visible").first.click()
    found += await faults(page, "the sections", themes)
    await page.click("#sections [data-do=close]")
    await phone.answer_all({EXITS: "食堂"}, noted=(EXITS,))
    await phone.go_and_sign("何川")
    found += await faults(page, "a visit that was signed", themes)
    await phone.submit()
    return found + await faults(page, "an outbox with a visit", themes)


async def looking(browser: Browser, size: str) -> BrowserContext:
    """A browser's session in which axe lies ready on every page."""
    context = await browser.new_context(viewport=PHONE if size == "phone" else DESK, service_workers="block", bypass_csp=True, reduced_motion="reduce")
    await context.add_init_script(path=AXE)
    return context


async def complaints(site: Site, page: Page, path: str, themes: tuple[str, ...] = ("light",)) -> list[str]:
    start, link = FIRST.get(path, (path, ""))
    await page.goto(site.address + start)
    if link:
        await page.goto(site.address + str(await page.locator(link).first.get_attribute("href")))
    if await page.locator("[data-face], [data-lock], [data-live]").count():
        await page.wait_for_load_state("networkidle")  # scripts fill these in
    return await faults(page, path, themes)


async def faults(page: Page, name: str, themes: tuple[str, ...] = ("light",)) -> list[str]:
    """What can be said of the page as it stands, in these themes; where it has keys, wide ones too."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(AXE.read_text())
    said: list[dict[str, str]] = await page.evaluate(LOOK, themes)
    return [f"{name}, {fault['worn']}: {fault['rule']} {fault['target']} {fault['why']}" for fault in said if not _scrolls(fault)]


def _scrolls(fault: dict[str, str]) -> bool:
    """Something that is half under the sticky bar comes out when one scrolls."""
    return "partially obscured" in fault["why"]
