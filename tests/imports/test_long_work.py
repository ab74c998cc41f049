"""The long work of an import: progress that survives a restart, one server at a time, and files that nobody should send."""

import asyncio
import hashlib
import os
import signal
import time
from collections.abc import AsyncIterator

import httpx
import msgspec
import pytest

from server.database.rows import one
from server.foundation import clock
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.imports import queries
from server.imports.queries import find
from server.imports.tables import Import, ImportRow
from server.imports.work import Works
from server.people import session
from server.photos.bytes import DiskStore
from server.problems.queries import Filters, verify_records
from server.settings import Settings
from server.sheets.reading import MOST_COLUMNS
from tests.conftest import House
from tests.imports import ledgers
from tests.imports.moving_in import Desk
from tests.problems.listed import every
from tests.serving import serving
from tests.sheets.test_reading_spreadsheets import HEAD, TAIL, crafted


@pytest.fixture
async def desk(house: House) -> AsyncIterator[Desk]:
    async with house.client(house.world.supervisor) as client:
        yield Desk(house, client, house.world.supervisor)


async def begun(house: House, content: bytes) -> str:
    """An uploaded file that no server has begun to read."""
    id, sha256 = new_id(), hashlib.sha256(content).hexdigest()
    await DiskStore(house.settings.data / "imports").put(sha256, content)
    await house.perform(house.world.supervisor, "imports.begin", {"id": id, "place": house.world.wanzhou, "name": "台账.xlsx", "sha256": sha256})
    return id


def works(house: House) -> Works:
    return Works(house.ledger, DiskStore(house.settings.data / "imports"))


async def test_a_server_that_stops_midway_leaves_what_it_has_read_and_the_next_goes_on(house: House) -> None:
    id = await begun(house, ledgers.clean(2000))
    first = works(house)
    first.wake(id)
    async with asyncio.timeout(30):
        while not (found := await queries.work(id)) or found.done < 200:
            await asyncio.sleep(0)
    await first.stop()
    await house.ledger.keep(change=[(Import, id, {"lease_at": clock.now()})])  # its lease runs out
    left = await queries.work(id)
    assert left
    assert left.state == "reading"
    assert 200 <= left.done < 2000
    before = await one("select count(*) as n, min(id) as first from import_row where import_id = ?", id)
    second = works(house)
    await second.resume()
    await second.tasks.running[id]
    after = await one("select count(*) as n, min(id) as first from import_row where import_id = ?", id)
    assert before
    assert after
    assert (before["n"], after["n"], before["first"]) == (left.done, 2000, after["first"])
    assert [line.line for line in [await queries.line(id, sort) for sort in (0, 100_000, 199_900)] if line] == [1, 1001, 2000]


async def test_two_servers_do_not_read_the_same_ledger_at_once(house: House) -> None:
    id = await begun(house, ledgers.clean(300))
    await house.perform(house.world.supervisor, "imports.take", {"import_id": id, "lease": "one"})
    with pytest.raises(Refusal, match="busy"):
        await house.perform(house.world.supervisor, "imports.take", {"import_id": id, "lease": "another"})
    await house.ledger.keep(change=[(Import, id, {"lease_at": clock.now()})])
    both = works(house), works(house)
    await asyncio.gather(*(one.wake(id) for one in both))
    found = await queries.work(id)
    assert found
    assert (found.state, found.total) == ("mapping", 300)
    counted = await one("select count(*) as n, count(distinct sort) as places from import_row where import_id = ?", id)
    assert counted == {"n": 300, "places": 300}


async def test_an_import_broken_off_in_the_midst_of_writing_may_be_asked_for_again(house: House, desk: Desk) -> None:
    await desk.upload(ledgers.clean(5))
    await desk.map()
    await house.ledger.keep(change=[(Import, desk.id, {"state": "importing", "lease": "a dead server", "lease_at": clock.now()})])
    await desk.client.get(f"/imports/{desk.id}")
    assert (await desk.settled()).state == "ready"
    assert (await desk.confirm()).status_code == 303
    assert len(await every(house.world.supervisor, Filters(state="all"), 10)) == 5


async def test_what_is_confirmed_while_the_worker_has_its_last_look_is_written(house: House, desk: Desk) -> None:
    await desk.upload(ledgers.clean(2))
    await desk.map()
    server = works(house)
    lingering = server.tasks.running[desk.id] = asyncio.create_task(asyncio.Event().wait())
    await (await server.confirm(house.world.supervisor, desk.id, new_id()))
    assert (await desk.found()).state == "done"
    lingering.cancel()


async def test_a_fault_of_ours_while_writing_is_told_and_the_import_waits_to_be_asked_for_again(house: House, desk: Desk) -> None:
    await desk.upload(ledgers.clean(3))
    await desk.map()
    line = (await desk.lines())[1]
    await house.ledger.keep(change=[(ImportRow, line.id, {"found": "{}"})])  # a row that no reading makes
    await desk.confirm()
    found = await desk.found()
    assert (found.state, found.refusal["code"]) == ("ready", "broken")
    assert await every(house.world.supervisor, Filters(state="all"), 10) == []
    assert found.refusal["words"]["zh"] in (await desk.client.get(f"/imports/{desk.id}")).text
    await house.ledger.keep(change=[(ImportRow, line.id, {"found": msgspec.json.encode(line.found).decode()})])
    assert (await desk.confirm()).status_code == 303
    assert len(await every(house.world.supervisor, Filters(state="all"), 10)) == 3


async def test_a_killed_server_loses_nothing_of_a_ledger(house: House, settings: Settings) -> None:
    cookies = await session.begin(house.ledger, settings, house.world.supervisor.id)
    content = ledgers.clean(3000)
    id = ""
    async with serving(settings) as (port, pid), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", cookies=cookies, timeout=30) as client:
        desk = Desk(house, client, house.world.supervisor)
        answer = await desk.post("/imports", {"place": house.world.wanzhou}, files={"file": ("台账.xlsx", content)})
        id = answer.headers["location"].rsplit("/", 1)[1]
        os.kill(pid, signal.SIGKILL)
    async with serving(settings) as (port, _), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", cookies=cookies, timeout=30) as client:
        async with asyncio.timeout(60):
            while (found := await find(house.world.supervisor, id)) is None or found.state == "reading":
                await asyncio.sleep(0.1)
        assert (found.state, found.total) == ("mapping", 3000)
        assert (await client.get(f"/imports/{id}/columns")).status_code == 200


async def test_others_are_answered_while_thousands_of_rows_are_written(house: House, desk: Desk) -> None:
    await desk.upload(ledgers.clean(3000))
    await desk.map()
    waits: list[float] = []

    async def look() -> None:
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(0)
            waits.append(time.perf_counter() - begun)

    looking = asyncio.create_task(look())
    act = new_id()
    answer = await desk.step("/confirm", act=act)
    assert answer.status_code == 303
    await desk.settled()
    looking.cancel()
    assert max(waits) < 2, "the longest time in which nobody else was answered"
    assert len(waits) > 30, "others had their turn in between"
    assert len(await every(house.world.supervisor, Filters(state="all"), 20_000)) == 3000
    assert await verify_records() == []


async def test_what_is_given_up_while_it_is_read_stays_given_up(house: House) -> None:
    id = await begun(house, ledgers.clean(1500))
    reading = works(house).wake(id)
    async with asyncio.timeout(30):
        while not (found := await queries.work(id)) or not found.done:
            await asyncio.sleep(0)
    await house.perform(house.world.supervisor, "imports.drop", {"import_id": id})
    await reading
    found = await queries.work(id)
    assert found
    assert found.state == "dropped"


# Files that nobody should send


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "input.missing"), (b"PK\x03\x04", "sheet.broken"), (b"\x00\x01\x02", "sheet.broken"), (b"a\n" * 20_002, "sheet.large"), (b",,\n,,\n", "sheet.empty"),
        ("只有一列\n没有表头\n".encode(), "import.no_head"), ("序号,检查时间,问题描述\n".encode(), "import.no_head"), (("a," * (MOST_COLUMNS + 1) + "\n").encode(), "sheet.large"),
    ],
)  # fmt: skip
async def test_what_cannot_be_a_ledger_is_refused_in_words(desk: Desk, content: bytes, code: str) -> None:
    answer = await desk.upload(content)
    if answer.status_code == 303:
        found = await desk.found()
        assert (found.state, found.refusal["code"]) == ("failed", code)
        assert found.refusal["remedy"]["zh"] in (await desk.client.get(f"/imports/{desk.id}")).text
    else:
        assert (answer.status_code, code) == (422, "input.missing")


async def test_a_hundred_thousand_rows_are_too_many_and_a_million_empty_ones_are_none(desk: Desk) -> None:
    lines = "".join(f"{n},2025.3.1,{ledgers.HOME},第{n}个\n" for n in range(100_000))
    await desk.upload(f"序号,检查时间,被检查机构,存在问题\n{lines}".encode())
    found = await desk.found()
    assert (found.state, found.refusal["code"]) == ("failed", "sheet.large")
    assert "20000" in found.refusal["words"]["zh"]
    cells = "".join(f'<c r="{column}1" t="inlineStr"><is><t>{name}</t></is></c>' for column, name in zip("ABCD", ("序号", "检查时间", "被检查机构", "存在问题"), strict=True))
    first = "".join(f'<c r="{column}2" t="inlineStr"><is><t>{name}</t></is></c>' for column, name in zip("ABCD", ("1", "2025.3.1", ledgers.HOME, "通道堵塞"), strict=True))
    empty = b"".join(b'<row r="%d"/>' % n for n in range(3, 1_000_000))
    await desk.upload(crafted(HEAD + f'<row r="1">{cells}</row><row r="2">{first}</row>'.encode() + empty + TAIL))
    assert ((await desk.found()).state, (await desk.found()).total) == ("mapping", 1)


async def test_strange_cells_are_read_as_text_and_nothing_of_them_runs_or_breaks(desk: Desk) -> None:
    strange = ["长" * 32_767, "😀👨‍👩‍👧 通道", "\u202egnp.exe 倒写", "一行\r\n两行\r三行", "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "\u0000".strip("\x00") + "零", "1." + "甲" * 30 + "\n2." + "乙" * 30]
    rows = [ledgers.row(n, "2025.3.1", ledgers.HOME, what) for n, what in enumerate(strange)]
    await desk.upload(ledgers.book([[*ledgers.COLUMNS[:7], "问题描述", *ledgers.COLUMNS[8:]], *rows]))
    assert (await desk.map(basis="")).status_code == 303
    lines = await desk.lines()
    assert len(lines) == len(strange) + 1
    assert await desk.codes("长" * 2000) == {"long"}
    html = (await desk.client.get(f"/imports/{desk.id}")).text
    assert "<script>alert" not in html
    for line in lines:
        assert (await desk.client.get(f"/imports/{desk.id}/rows/{line.sort}")).status_code == 200
    await desk.step("/accept")
    assert (await desk.confirm()).status_code == 303
    assert len(await every(desk.house.world.supervisor, Filters(state="all"), 100)) == len(lines)
