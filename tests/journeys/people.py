"""People at their screens: what they tap, in the words of the field. Selectors stand here and nowhere else."""

import asyncio
import contextlib
import datetime as dt
import os
import signal
from collections.abc import AsyncIterator, Collection
from pathlib import Path

import pytest
from playwright.async_api import BrowserContext, Page, Playwright, ViewportSize

from server.foundation import clock
from tests.journeys.line import Line
from tests.journeys.webkit import expect
from tests.photos.pictures import jpeg
from tests.visits import CHECKLIST, COUNTED
from tests.world import PASSWORD, World

FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
SQLITE_FIRST = pytest.mark.parametrize("settings", ["sqlite", pytest.param("postgres", marks=pytest.mark.long)], indirect=True)  # where others hold that both take it in
PHONE, DESK = ViewportSize(width=360, height=780), ViewportSize(width=1280, height=800)


class Site:
    """The product as people reach it over the line. Whatever a page complains about is kept in `complaints`."""

    def __init__(self, line: Line, playwright: Playwright, folder: Path, executable: str | None) -> None:
        self.line, self.playwright, self.folder, self.executable = line, playwright, folder, executable
        self.address = f"http://127.0.0.1:{line.port}"
        self.complaints: list[str] = []
        self.world = World()
        self.kind: type[Phone] = Phone
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> "Site":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def name_of(self, person: str) -> str:
        """The sign-in name of one of the cast."""
        actors = [actor.id for actor in self.world.everybody]
        return f"1380000{actors.index(getattr(self.world, person).id):04d}"

    async def phone(self, lang: str = "zh", name: str = "phone") -> "Phone":
        """A phone that keeps what it has when it is switched off. name: which, where there are several."""
        phone = self.kind(self, lang, name)
        await phone.switch_on()
        self._stack.push_async_callback(phone.switch_off)
        return phone

    @contextlib.asynccontextmanager
    async def desk(self, person: str, lang: str = "zh", size: ViewportSize = DESK) -> AsyncIterator[Page]:
        """A signed-in person at a desk, or in a phone's browser."""
        browser = await self.playwright.chromium.launch(executable_path=self.executable, args=FLAGS)
        context = await browser.new_context(viewport=size, service_workers="block")
        page = await context.new_page()
        self.listen(page)
        await sign_in(page, self.address, self.name_of(person))
        await context.add_cookies([{"name": "lang", "value": lang, "url": self.address}])
        try:
            yield page
        finally:
            await browser.close()

    def listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error.stack or error}"))
        page.on("console", lambda said: self.complaints.append(said.text) if "Content Security Policy" in said.text else None)


async def sign_in(page: Page, address: str, name: str) -> None:
    await page.goto(f"{address}/sign-in")
    await page.fill("#sign_in", name)
    await page.fill("#password", PASSWORD)
    await page.click("form[data-door] button[type=submit]")
    await page.wait_for_url(lambda url: "/sign-in" not in url)


class Phone:
    """An inspector's phone: 360 × 780, one profile on disk. flags: what its browser is started with beside the usual."""

    def __init__(self, site: Site, lang: str, name: str = "phone") -> None:
        self.site, self.lang, self.profile = site, lang, site.folder / name
        self.env: dict[str, str | float | bool] | None = None  # what its browser is begun in; None: what everything is
        self.context: BrowserContext | None = None
        self.flags: list[str] = []

    async def switch_on(self, path: str = "") -> None:
        self.context = await self._launched()
        self.page = self.context.pages[0] if self.context.pages else await self.context.new_page()
        self.site.listen(self.page)
        if path:
            await self.page.goto(f"{self.site.address}{path}")

    async def _launched(self) -> BrowserContext:
        return await self.site.playwright.chromium.launch_persistent_context(
            self.profile, executable_path=self.site.executable, args=[*FLAGS, *self.flags], viewport=PHONE, has_touch=True, env=self.env
        )

    async def switch_off(self) -> None:
        if self.context:
            await self.context.close()
        self.context = None

    async def is_ready_for_the_day(self) -> None:
        """Signed in and packed in the morning: the browser, which keeps a session on disk only after a while, has been closed once since."""
        await self.sign_in()
        await self.is_packed()
        await self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        await self.switch_off()
        await self.switch_on("/today")
        await self.is_packed()

    async def is_switched_on_again(self, path: str, *flags: str, may: Collection[str] = ()) -> None:
        """From a fresh start, off line. flags: of its browser; may: what the page is allowed."""
        await self.switch_off()
        self.flags = list(flags)
        await self.switch_on()
        assert self.context
        await self.context.grant_permissions(list(may), origin=self.site.address)
        await self.lose_signal()
        await self.page.goto(f"{self.site.address}{path}")

    async def battery_dies(self) -> None:
        """The browser is killed, with no time to write anything more."""
        assert self.context
        gone = asyncio.Event()
        self.context.on("close", lambda _: gone.set())
        for pid in _running(self.profile):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await gone.wait()
        self.context = None

    async def comes_back(self, path: str, signal: bool = False) -> None:
        """Switched on again after that, off line unless there is signal."""
        await self.switch_on()
        if not signal:
            await self.lose_signal()
        await self.page.goto(f"{self.site.address}{path}")

    async def another_tab(self, path: str) -> Page:
        assert self.context
        page = await self.context.new_page()
        self.site.listen(page)
        await page.goto(path if path.startswith("http") else f"{self.site.address}{path}")
        return page

    async def sign_out_unheard(self) -> None:
        """The session ends without a word to the phone."""
        assert self.context
        await self.context.clear_cookies(name="dugai-session")

    async def hand_on(self) -> None:
        """To somebody who was never here: on to the door."""
        await self.page.goto(f"{self.site.address}/this-phone")
        await self.page.locator("#people button", has_text="其他人").click()
        await self.page.wait_for_url("**/sign-in")

    async def is_taken_up_by(self, name: str, locked: bool = False) -> None:
        """Somebody who was here before, with signal or without."""
        await self.page.goto(f"{self.site.address}/this-phone")
        await self.page.locator("#people button", has_text=name).click()
        await self.page.wait_for_url("**/today")
        await expect(self.page.locator("dialog [name=passphrase]" if locked else "#facilities li").first).to_be_visible()

    async def set_passphrase(self, words: str) -> None:
        await self.page.goto(f"{self.site.address}/this-phone")
        await self.page.fill("[data-lock] [name=passphrase]", words)
        await self.page.fill("[data-lock] [name=again]", words)
        await self.page.click("[data-lock] form button")
        await expect(self.page.locator("[data-lock] [data-said]")).to_contain_text("已上锁")

    async def unlock(self, words: str) -> None:
        await self.page.fill("dialog [name=passphrase]", words)
        await self.page.click("dialog form .main")
        await expect(self.page.locator("dialog [name=passphrase]")).to_have_count(0)

    async def give_up(self) -> None:
        """The visit whose check table is open."""
        await self.page.locator("[data-do=sections]:visible").first.click()
        await self.page.click("[data-do=discard]")
        await self.page.wait_for_url("**/today*")

    async def has_kept(self) -> None:
        """Wait until everything given so far is on the phone: nothing is being written any more."""
        writing = "navigator.locks.query().then(({held, pending}) => [...held, ...pending].some(({name}) => !name.includes('-sync-')))"
        while await self.page.evaluate(writing):
            pass

    async def lose_its_key(self, person: str) -> None:
        """This person's device can no longer sign: only a session is left."""
        id = getattr(self.site.world, person).id
        await self.page.evaluate(
            "(id) => new Promise((done) => (indexedDB.open('dugai').onsuccess = ({ target: { result: db } }) => {"
            "const act = db.transaction('keys', 'readwrite'); act.objectStore('keys').delete(`device:${id}`);"
            "act.oncomplete = () => { db.close(); done(); }; }))",
            id,
        )

    async def export(self) -> Path:
        """The file of all that waits, as the phone saves it."""
        await self.page.goto(f"{self.site.address}/outbox")
        async with self.page.expect_download() as chosen:
            await self.page.click("[data-do=export]")
        saved = await (await chosen.value).path()
        return Path(saved)

    async def lose_signal(self) -> None:
        assert self.context
        self.site.line.no_signal()
        await self.context.set_offline(True)

    async def find_signal(self) -> None:
        assert self.context
        self.site.line.signal()
        await self.context.set_offline(False)

    async def sign_in(self, person: str = "inspector") -> None:
        await sign_in(self.page, self.site.address, self.site.name_of(person))
        if self.lang == "en":
            assert self.context
            await self.context.add_cookies([{"name": "lang", "value": "en", "url": self.site.address}])
            await self.page.evaluate("caches.open('dugai-preferences').then((cache) => cache.put('/language', new Response('en')))")
            await self.page.goto(f"{self.site.address}/today")

    async def is_packed(self) -> None:
        """Wait until Today says that everything is on the phone."""
        await expect(self.page.locator("#ready.ok")).to_be_visible(timeout=20_000)

    async def start_visit(self, facility: str, part: str = "measures") -> None:
        await self.page.goto(f"{self.site.address}/today")
        await self.page.locator("#facilities a", has_text=facility).click()
        await self.page.check("input[name=kind][value=special]")
        await self.page.check("input[name=mode][value=unannounced]")
        await self.page.check(f"#parts input[value={part}]")
        await self.page.click("#start-bar .main")
        await expect(self.page.locator("#table")).to_be_visible()

    async def answer_all(self, fails: dict[str, str], type: str = "elderly_care", noted: Collection[str] = ()) -> None:
        """Every item passes but those that fail at a point, each with a photo. noted: items that are left as they are."""
        for item in CHECKLIST.on_site("measures"):
            if not item.fits(type) or item.key in noted:
                continue
            if item.fields:
                for field, value in COUNTED[item.key].items():
                    await self.page.fill(f'input[name="{item.key}.{field}"]', str(value))
                await self.page.keyboard.press("Tab")
            elif item.key in fails:
                await self.fail(item.key, fails[item.key])
            else:
                await self.tap(item.key, "pass")

    async def tap(self, item: str, answer: str) -> None:
        await self.page.click(f'label:has(input[name="{item}"][value="{answer}"])')
        await expect(self.page.locator(f'[data-item="{item}"][data-a="{answer}"]')).to_be_visible()

    async def fail(self, item: str, point: str) -> None:
        """不符合: preset words, the point, a photo from the camera."""
        await self.tap(item, "fail")
        await self.page.locator("#phrases .chip").first.click()
        await self.page.fill("#point", point)
        await self.photograph()

    async def photograph(self) -> None:
        """A photo from the camera, and the problem is noted."""
        await self.choose_photo(jpeg(1200, 900, "noise"))
        await self.page.click("#sheet .bar .main")
        await expect(self.page.locator("#sheet")).to_be_hidden()

    async def choose_photo(self, content: bytes) -> None:
        """The first photo of the problem that is being noted."""
        photo = {"name": "camera.jpg", "mimeType": "image/jpeg", "buffer": content}
        await self.page.locator("#photos input").first.set_input_files(photo)
        await expect(self.page.locator("#photos button.thumb")).to_have_count(1)

    async def go_and_sign(self, second: str) -> None:
        await self.page.evaluate("scrollTo(0, document.body.scrollHeight)")
        await self.page.click("[data-do=next]")
        await self.page.wait_for_url("**/visit/sign*")
        await self.page.select_option("#second-person", label=second)
        for slot in ("first", "second", "facility"):
            await self.sign(slot)

    async def sign(self, slot: str) -> None:
        await self.page.click(f"#slot-{slot} button")
        await self.write_on_the_pad()
        await expect(self.page.locator(f"#slot-{slot} img.sig")).to_be_visible()

    async def write_on_the_pad(self) -> None:
        await expect(self.page.locator("#pad-canvas")).to_be_visible()
        box = await self.page.locator("#pad-canvas").bounding_box()
        assert box
        await self.page.mouse.move(box["x"] + 40, box["y"] + 60)
        await self.page.mouse.down()
        for stroke in range(6):
            await self.page.mouse.move(box["x"] + 40 + 30 * stroke, box["y"] + 60 + 50 * (stroke % 2))
        await self.page.mouse.up()
        await self.page.click("#pad [data-do=done]")

    async def recheck(self, what: str, passes: bool, record: str = "") -> None:
        """From Today to a problem's re-check, filled in but for its photos. record: typed; else the first preset words."""
        await self.page.goto(f"{self.site.address}/today")
        await self.page.locator("#rechecks a", has_text=what).click()
        await self.page.click(f'#passed label:has(input[value="{"yes" if passes else "no"}"])')
        if record:
            await self.page.locator("#record").press_sequentially(record)
        else:
            await self.page.locator("#phrases .chip").first.click()

    async def submit_recheck(self) -> None:
        await self.page.click("#recheck-bar .main")
        await self.page.wait_for_url("**/outbox")

    async def take_up(self, asks: str, what: str = "") -> None:
        """From 待办 to what is asked there of a facility's contact."""
        await self.page.goto(f"{self.site.address}/todo")
        await self.page.locator("#yours a", has_text=asks).filter(has_text=what).first.click()

    async def hand_in(self, **filled: str) -> None:
        """A step of the facility's, with these fields."""
        for name, words in filled.items():
            await self.page.fill(f"#{name}", words)
        await self.page.click("#submit")
        await self.page.wait_for_url("**/outbox")

    async def sign_for_the_notice(self) -> None:
        await self.page.click("#ink button")
        await self.write_on_the_pad()
        await expect(self.page.locator("#ink img.sig")).to_be_visible()
        await self.submit()

    async def submit(self) -> None:
        await self.page.click("[data-do=submit]")
        await self.page.wait_for_url("**/outbox")

    async def waits(self, count: int) -> None:
        """So many entries wait in the outbox, and go up by themselves."""
        await expect(self.page.locator("[data-group=runs] li")).to_have_count(count)

    async def was_put_off(self) -> None:
        """A try has failed and another follows: seen at every frame, for it may follow soon."""
        await self.sees("[...document.querySelectorAll('[data-group=runs] li')].some((entry) => entry.textContent.includes('排队中'))")

    async def sees(self, truth: str) -> None:
        """Wait, from frame to frame, until this is true on the page."""
        async with asyncio.timeout(60):
            await self.page.evaluate(f"() => new Promise((done) => {{ const look = () => ({truth} ? done() : requestAnimationFrame(look)); look(); }})")

    async def received(self, count: int) -> str:
        """Wait until so many are received; what the outbox says of them."""
        group = self.page.locator("[data-group=received]")
        try:
            await expect(group.locator("li")).to_have_count(count, timeout=60_000)
        except AssertionError as missing:
            missing.add_note(f"The outbox says: {await self.page.locator('main').inner_text()}")
            missing.add_note(f"The line: {vars(self.site.line)}")
            raise
        return await group.inner_text()


def _running(profile: Path) -> list[int]:
    """The processes of the browser that has this profile open: this test's own, and no other's."""
    marks = {f"--user-data-dir={profile}".encode(), str(profile).encode()}  # Chromium's, Firefox's
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit() and marks & set(_command(entry).split(b"\0"))]


def _command(process: Path) -> bytes:
    with contextlib.suppress(OSError):
        return (process / "cmdline").read_bytes()
    return b""


async def step(page: Page, address: str, act: str, fields: dict[str, str], photo: bytes | None = None) -> None:
    """One step of the workflow on a problem's page."""
    await page.goto(address)
    form = page.locator(f'form[action$="/{act}"]')
    if not await form.is_visible():
        await page.locator("details", has=form).locator("summary").click()
    for name, value in fields.items():
        await form.locator(f'[name="{name}"]').fill(value)
    if photo:
        await form.locator("[name=photos]").set_input_files({"name": "after.jpg", "mimeType": "image/jpeg", "buffer": photo})
    await form.locator("button").click()
    await expect(form).to_have_count(0)


def in_days(count: int) -> str:
    return (clock.today() + dt.timedelta(days=count)).isoformat()
