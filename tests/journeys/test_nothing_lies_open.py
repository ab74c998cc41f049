"""A phone that was found: nothing of a visit can be read in the browser's files, while it waits and after it was sent."""

import contextlib
import shutil
import sqlite3

import asyncpg
import pytest
from playwright.async_api import Page

from server.settings import Settings
from tests.journeys.people import Site
from tests.journeys.profile import pictures_in, words_in
from tests.journeys.webkit import expect
from tests.visits import EXITS, FOOD
from tests.world import World

pytestmark = [pytest.mark.journey, pytest.mark.parametrize("settings", ["sqlite"], indirect=True)]
POINT, WHAT, PERSON = "凫茈窖旁甬道", "醯醢罂瓿未加盖", "澹台靖钰"
INSPECTOR, SECOND, FACILITY, CONTACT = "慕容青蘅", "端木采薇", "琅嬛颐养苑", "夏侯星槎"
SECRETS = (POINT, WHAT, PERSON, INSPECTOR, SECOND, FACILITY, CONTACT)


async def test_nothing_of_a_visit_lies_open_in_the_browsers_files(site: Site, settings: Settings) -> None:
    await nothing_lies_open(site, settings)


async def nothing_lies_open(site: Site, settings: Settings) -> None:
    await _rename(settings)
    phone = await site.phone()
    await phone.sign_in()
    await phone.is_packed()
    await phone.lose_signal()
    await phone.start_visit(FACILITY)
    await phone.answer_all({FOOD: POINT, EXITS: POINT})
    await _note_in_own_words(phone.page)
    await phone.go_and_sign(SECOND)
    await phone.submit()
    await phone.waits(1)
    await phone.page.evaluate("caches.open('planted').then((cache) => cache.put('/planted', new Response('螽斯蛰蛰羽兮')))")
    await phone.switch_off()
    waiting = site.folder / "as it was found"
    shutil.copytree(site.folder / "phone", waiting, symlinks=True, ignore=shutil.ignore_patterns("Singleton*"))
    assert words_in(waiting, ["螽斯蛰蛰羽兮"]), "what does lie open is found"

    await phone.switch_on("/outbox")
    await phone.find_signal()
    await phone.received(1)
    await phone.switch_off()
    sent = [file.read_bytes() for file in (settings.data / "photos").rglob("*") if file.is_file()]
    assert len(sent) >= 3, "two photos and the signatures"
    for folder in (waiting, site.folder / "phone"):
        assert words_in(folder, SECRETS) == {}
        assert pictures_in(folder, sent) == {}


async def _note_in_own_words(page: Page) -> None:
    """The problem in the kitchen, opened again and told by hand."""
    await page.locator(f'[data-item="{FOOD}"] .more').first.click()
    await page.fill("#what", WHAT)
    await page.fill("#finding [name=person]", PERSON)
    await page.click("#sheet .bar .main")
    await expect(page.locator("#sheet")).to_be_hidden()


async def _rename(settings: Settings) -> None:
    """Names into the copy of the cast that nothing else in a browser holds."""
    world = World()
    names = [
        ("person", "name", INSPECTOR, world.inspector.id), ("person", "name", SECOND, world.second.id),
        ("place", "name", FACILITY, world.home), ("facility", "contact_name", CONTACT, world.home),
    ]  # fmt: skip
    if settings.database:
        connection = await asyncpg.connect(settings.database)
        for table, column, name, id in names:
            await connection.execute(f"update {table} set {column} = $1 where id = $2", name, id)
        await connection.close()
        return
    with contextlib.closing(sqlite3.connect(settings.sqlite_file)) as file, file:
        for table, column, name, id in names:
            file.execute(f"update {table} set {column} = ? where id = ?", (name, id))
