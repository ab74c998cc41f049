"""A client written from docs/sync.md alone, over real HTTP and a line that is cut."""

import asyncio
import datetime as dt
import random
import time
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest

from server.database.rows import rows
from server.foundation.ids import new_id
from server.people import session
from server.photos.bytes import DiskStore
from server.settings import Settings
from tests.conftest import House
from tests.journeys.line import Line
from tests.photos.pictures import jpeg
from tests.serving import serving
from tests.simulation.phone import Disk, Entry, Syncer
from tests.visits import FOOD, findings, visit


class Real:
    """The clock on the wall."""

    def wall(self) -> dt.datetime:
        return dt.datetime.now(dt.UTC)

    def steady(self) -> float:
        return time.monotonic()


@pytest.fixture
async def line(settings: Settings) -> AsyncIterator[Line]:
    async with serving(settings) as (port, _), Line(port) as opened:
        yield opened


async def sealed(house: House, disk: Disk) -> Entry:
    """A visit with a photo that the server has not seen, of several pieces."""
    person = house.world.inspector.id
    shown, ink = disk.keep(jpeg(500, 400, "noise")), disk.keep(jpeg(colour="black"))
    noted = [{**one, "photos": [shown]} for one in await findings(house, (FOOD, "食堂"))]
    payload = await visit(house, noted)
    payload["signatures"] = {slot: {**signed, "photo": ink} for slot, signed in payload["signatures"].items()}
    command = {"id": new_id(), "kind": "inspections.submit", "version": 1, "at": payload["finished_at"], "author": person, "payload": payload}
    entry = Entry(command["id"], payload["id"], msgspec.json.encode(command), (shown, ink), payload["finished_at"])
    disk.seal(entry)
    return entry


async def until_empty(syncer: Syncer, disk: Disk) -> None:
    async with asyncio.timeout(60):
        due = await syncer.round(now=True)
        while disk.mine.waiting():
            await asyncio.sleep(due or 0.1)
            due = await syncer.round()


async def test_it_delivers_over_a_line_that_is_cut_and_loses_replies(house: House, settings: Settings, line: Line) -> None:
    disk = Disk()
    disk.person = house.world.inspector.id
    disk.token = (await session.begin(house.ledger, settings, disk.person))[session.TOKEN]
    async with httpx.AsyncHTTPTransport() as transport:
        syncer = Syncer(disk, transport, f"http://127.0.0.1:{line.port}", Real(), random.Random(7))
        entry = await sealed(house, disk)
        line.no_signal()
        assert await syncer.round() is not None
        assert entry.state == "sealed"
        line.signal()
        line.cuts_after = 90_000
        line.eat(2, b"POST /sync")
        await until_empty(syncer, disk)
        assert line.lost == 2
        assert line.cuts > 0
        disk.token = "expired"
        other = await sealed(house, disk)
        assert await syncer.round() is None
        assert other.state == "paused"
        disk.token = (await session.begin(house.ledger, settings, disk.person))[session.TOKEN]
        await until_empty(syncer, disk)
    found = await rows("select id, number from inspection order by number")
    assert [row["number"] for row in found] == [one.receipt["number"] for one in (entry, other) if one.receipt]
    assert disk.mine.photos == {}
    assert await DiskStore(settings.data / "photos").digest(entry.uploaded.copy().pop()) in entry.uploaded


@pytest.mark.parametrize(("state", "stands"), [("waiting", "held"), ("returned", "refused"), ("set_aside", "aside")])
async def test_what_the_server_holds_is_shown_as_that_and_asked_for_again(state: str, stands: str) -> None:
    """The server keeps it whole and a supervisor decides: once accepted, the same command gives its receipt."""
    disk, answers = Disk(), []
    disk.person = "somebody"
    held = {"state": state, "by": "", "reason": "", "at": "2026-11-23T00:00:00Z"}
    answers.append({"id": "c", "state": "refused", "refusal": {"code": "device.revoked"}, "held": held})
    answers.append({"id": "c", "state": "received", "receipt": {"id": "c", "number": "WZ-1"}})
    transport = httpx.MockTransport(lambda _: httpx.Response(200, headers={"x-dugai": "1"}, json={"receipts": [answers.pop(0)]}))
    entry = Entry("c", "v", b'{"id":"c"}', (), dt.datetime.now(dt.UTC))
    disk.mine.outbox["c"] = entry
    syncer = Syncer(disk, transport, "http://dugai.test", Real(), random.Random(1))
    assert await syncer.round() is None
    assert (entry.state, entry.why) == (stands, {"code": "device.revoked"})
    await syncer.round(now=True)
    assert entry.state == ("received" if stands == "held" else stands)
