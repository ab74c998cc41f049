"""The phone's part in Firefox and in WebKit, which every browser of an iPhone is: a visit without signal, a battery that dies, replies that are lost, and nothing that lies open."""

from collections.abc import Callable

import pytest
from PIL import Image

from server.settings import Settings
from tests.journeys.engines import FirefoxPhone, WebKitPhone
from tests.journeys.people import Phone, Site
from tests.journeys.test_bad_days import listed, sealed_visit
from tests.journeys.test_nothing_lies_open import nothing_lies_open
from tests.journeys.webkit import expect
from tests.photos.pictures import sideways
from tests.visits import EXITS, FOOD

pytestmark = [pytest.mark.journey, pytest.mark.parametrize("settings", ["sqlite"], indirect=True)]
LINES = "(() => { const words = document.createRange(); words.selectNodeContents(document.querySelector('#first p')); return [...words.getClientRects()].map(({ width }) => width); })()"
OLDER = """
delete AbortSignal.timeout;
const turned = createImageBitmap;
globalThis.createImageBitmap = async (from, how) => {
  if (how?.imageOrientation === "from-image") throw new TypeError("The provided value 'from-image' is not a valid enum value of type ImageOrientation.");
  return turned(from, how);
};"""
PHOTOS_KEPT = """indexedDB.databases().then(([...all]) => new Promise((done) => {
  indexedDB.open(all.find(({ name }) => name.startsWith("dugai-")).name).onsuccess = ({ target: { result: db } }) =>
    (db.transaction("photos").objectStore("photos").count().onsuccess = ({ target: { result } }) => (db.close(), done(result)));
}))"""


@pytest.fixture(params=[FirefoxPhone, WebKitPhone], ids=["firefox", "webkit"])
def browser(request: pytest.FixtureRequest, site: Site) -> None:
    """The phones of this site have it."""
    if missing := request.param.lacks():
        pytest.skip(f"apt-get install --no-install-recommends {missing}")
    site.kind = request.param


def others(test: Callable[..., object]) -> Callable[..., object]:
    """Firefox and WebKit, in the long tier: the first takes its time."""
    return pytest.mark.long(pytest.mark.usefixtures("browser")(test))


async def away(site: Site) -> Phone:
    """Signed in, packed, and without signal from now on."""
    phone = await site.phone()
    await phone.sign_in()
    await phone.is_packed()
    await phone.lose_signal()
    return phone


@others
async def test_a_visit_without_signal_arrives_once_with_its_photos(site: Site, settings: Settings) -> None:
    phone = await away(site)
    await phone.start_visit("安康养老院")
    await phone.fail(FOOD, "食堂")
    await phone.has_kept()
    await phone.battery_dies()

    await phone.comes_back("/today")
    await phone.page.click("#go-on a")
    await expect(phone.page.locator(f'[data-item="{FOOD}"] .more')).to_contain_text("照片 1 张")
    await phone.answer_all({EXITS: "三楼通道"}, noted=[FOOD])
    await phone.go_and_sign("何川")
    await phone.submit()
    await phone.waits(1)
    await phone.switch_off()

    await phone.comes_back("/outbox")
    await phone.waits(1)
    site.line.eat(2, b"POST /sync")
    await phone.find_signal()
    assert "WZ-" in await phone.received(1)
    assert site.line.lost == 2, "two replies were lost after the server had done its work"
    assert await phone.page.evaluate(PHOTOS_KEPT) == 0, "what was received is forgotten"
    await phone.switch_off()
    assert await listed(site) == 2
    kept = [Image.open(file) for file in (settings.data / "photos").rglob("*") if file.is_file()]
    assert sorted(image.format or "" for image in kept) == ["JPEG", "JPEG", "PNG", "PNG", "PNG"], "two photos and three signatures, each once"
    assert site.complaints == []


@others
async def test_nothing_of_a_visit_lies_open_in_the_browsers_files(site: Site, settings: Settings) -> None:
    await nothing_lies_open(site, settings)


@others
async def test_a_photo_of_a_camera_held_upright_stands_upright(site: Site) -> None:
    phone = await away(site)
    await phone.start_visit("安康养老院")
    await phone.tap(FOOD, "fail")
    await phone.choose_photo(sideways(1200, 900))
    size = "(async (photo) => (await photo.decode(), [photo.naturalWidth, photo.naturalHeight]))(document.querySelector('#photos .thumb img'))"
    width, height = await phone.page.evaluate(size)
    assert width < height


@others
async def test_lines_are_as_long_as_they_may_be(site: Site) -> None:
    phone = await away(site)
    shown = await phone.page.evaluate(LINES)
    await phone.page.evaluate("void (document.body.style.textWrap = 'wrap')")
    assert len(shown) > 2
    assert shown == await phone.page.evaluate(LINES)


@others
async def test_only_whoever_has_read_why_is_asked_to_have_the_store_kept(site: Site) -> None:
    """Firefox asks people in a box of its own, over the page; here one says yes at once."""
    if site.kind is not FirefoxPhone:
        pytest.skip("WebKitGTK cannot be asked, Safari answers by itself")
    phone = await away(site)
    await phone.switch_off()
    phone.prefs |= {"dom.storageManager.prompt.testing": True, "dom.storageManager.prompt.testing.allow": True}
    await phone.comes_back("/today")
    await phone.start_visit("安康养老院")
    await phone.tap("S23-02", "pass")
    await phone.page.goto(f"{site.address}/today")
    await expect(phone.page.locator("#may-clear")).to_be_visible()
    assert not await phone.page.evaluate("navigator.storage.persisted()"), "not asked before"
    await phone.page.click("#may-clear [data-do=keep]")
    await expect(phone.page.locator("#may-clear")).to_be_hidden()
    assert await phone.page.evaluate("navigator.storage.persisted()")


async def test_a_browser_as_old_as_the_scripts_are_built_for(site: Site) -> None:
    """What Chromium before 112 and Safari before 17 have not, taken away from today's."""
    phone = await site.phone()
    assert phone.context
    await phone.context.add_init_script(OLDER)
    await phone.sign_in()
    await phone.is_packed()
    await phone.lose_signal()
    await sealed_visit(phone, {FOOD: "食堂"})
    await phone.find_signal()
    assert "WZ-" in await phone.received(1)
    assert site.complaints == []
