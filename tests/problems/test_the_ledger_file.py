"""The ledger as a file: the heading that offices use, every row that is filtered, names for whom they are, nothing left behind."""

import asyncio
import datetime as dt
import io
import tempfile
from pathlib import Path
from typing import Any

import pytest
import python_calamine

from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.refusal import Refusal
from server.problems import files, sheets
from server.problems.filters import Filters
from server.problems.queries import problem
from tests.conftest import House
from tests.problems.test_the_workflow import a_recorded, act
from tests.visits import EXITS, FOOD, findings, visit

HEADINGS = [  # domain.md's columns
    "序号", "编号", "检查时间", "检查单位", "检查人", "被检查机构", "点位/环节", "问题描述", "依据", "等级", "四方", "责任单位", "责任人", "督办领导", "通知书文号", "下达日期",
    "整改措施", "整改时限", "原定时限", "延期至", "整改情况", "整改完成日期", "复查结果", "销号情况", "挂牌督办/移送", "状态",
]  # fmt: skip


async def two_problems(house: House) -> None:
    noted = await findings(house, (FOOD, "食堂"), (EXITS, "三楼通道"))
    noted[0]["what"] = "=HYPERLINK(1)"
    await house.perform(house.world.inspector, "inspections.submit", await visit(house, noted))


async def book(house: House, actor: Actor, query: str = "") -> python_calamine.CalamineWorkbook:
    async with house.client(actor) as client:
        answer = await client.get(f"/problems/xlsx{query}")
    assert answer.status_code == 200, answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)
    return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(answer.content))


@pytest.fixture(autouse=True)
def folder_of_its_own(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests write files at the same time. The database, which all of them share, has its own place already."""
    if "settings" in request.fixturenames:
        request.getfixturevalue("settings")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def left_behind() -> set[str]:
    return {file.name for file in Path(tempfile.gettempdir()).glob("dugai-xlsx-*")}


async def test_the_ledger_has_the_merged_two_row_heading_and_a_row_for_each_problem(house: House) -> None:
    await two_problems(house)
    ledger = (await book(house, house.world.supervisor)).get_sheet_by_name("台账")
    title, groups, headings, *lines = ledger.to_python()
    assert title[0].startswith("台账　万州区民政局　20")
    assert headings[2:] == HEADINGS[2:]
    assert groups == ["序号", "编号", "问题清单", *[""] * 7, "责任清单", *[""] * 5, "整改清单", *[""] * 9]
    merged = {(start, end) for start, end in ledger.merged_cell_ranges}
    assert merged == {((0, 0), (0, 25)), ((1, 0), (2, 0)), ((1, 1), (2, 1)), ((1, 2), (1, 9)), ((1, 10), (1, 15)), ((1, 16), (1, 25))}
    rows = [dict(zip(HEADINGS, line, strict=True)) for line in lines]
    assert [row["序号"] for row in rows] == [1, 2]
    assert {row["问题描述"] for row in rows} == {"=HYPERLINK(1)", "三楼通道不符合要求"}, "text, never a formula"
    assert {(row["检查人"], row["责任人"], row["状态"]) for row in rows} == {("周敏、何川", "谭秀梅", "已登记")}


async def test_a_row_says_with_which_notice_it_was_issued_how_long_it_was_extended_and_how_it_is_marked(house: House) -> None:
    world, first = house.world, clock.today() + dt.timedelta(days=9)
    later = first + dt.timedelta(days=7)
    id, other = await issued(house, first), await issued(house, first, "二楼")
    asked = await act(house, world.contact, "ask_extension", id, wished_on=later, reason="缺货")
    await act(house, world.supervisor, "grant_extension", id, extension=asked["extension"], due_on=later)
    for name in ("supervise", "refer"):
        await act(house, world.supervisor, name, id, to="市民政局", reason="重大")
    _, _, headings, *lines = (await book(house, world.supervisor)).get_sheet_by_name("台账").to_python()
    rows = {row["点位/环节"]: row for row in (dict(zip(headings, line, strict=True)) for line in lines)}
    told = ("通知书文号", "下达日期", "整改时限", "原定时限", "延期至", "挂牌督办/移送")
    one, plain = await problem(world.supervisor, id), await problem(world.supervisor, other)
    assert one is not None
    assert plain is not None
    today, due = clock.today().isoformat(), later.isoformat()
    assert [rows["食堂"][name] for name in told] == [one.notice, today, due, first.isoformat(), due, "挂牌督办、已移送"]
    assert [rows["二楼"][name] for name in told] == [plain.notice, today, first.isoformat(), "", "", ""]
    for name in ("台账", "整改清单"):
        told_facility = str((await book(house, world.contact)).get_sheet_by_name(name).to_python())
        assert "挂牌督办" in told_facility
        assert "已移送" not in told_facility, "to whom it went is no news for the facility"


async def issued(house: House, due: dt.date, point: str = "食堂") -> str:
    id = await a_recorded(house, point)
    await act(house, house.world.supervisor, "issue", id, due_on=due, person="谭秀梅")
    return id


async def test_the_file_holds_exactly_what_is_filtered_and_says_so_in_words(house: House) -> None:
    await two_problems(house)
    async with house.client(house.world.supervisor) as client:
        assert "二楼" not in (await client.get("/problems")).text
    ledger = (await book(house, house.world.supervisor, "?q=三楼&party=unit")).get_sheet_by_name("台账").to_python()
    assert len(ledger) == 4
    assert "单位" in ledger[0][0]
    assert "“三楼”" in ledger[0][0]
    assert "未销号" in ledger[0][0]
    assert "未销号" not in (await book(house, house.world.supervisor, "?state=all")).get_sheet_by_name("台账").to_python()[0][0]
    assert len((await book(house, house.world.foreigner)).get_sheet_by_name("台账").to_python()) == 3


async def test_a_contact_gets_officers_names_masked_and_the_own_ones_whole(house: House) -> None:
    await two_problems(house)
    for name in ("台账", "问题清单"):
        told = str((await book(house, house.world.contact)).get_sheet_by_name(name).to_python())
        assert "周＊、何＊" in told
        assert "周敏" not in told
    assert "谭秀梅" in str((await book(house, house.world.contact)).get_sheet_by_name("责任清单").to_python())


async def test_one_at_a_time_for_each_person_and_the_next_when_it_is_made(house: House) -> None:
    await two_problems(house)
    world = house.world

    async def made(actor: Actor) -> Any:
        with await files.made(actor, Filters(), None, "zh", "") as file:
            return len(file.read())

    told = await asyncio.gather(made(world.supervisor), made(world.supervisor), made(world.inspector), return_exceptions=True)
    assert [type(one).__name__ for one in told] == ["int", "Refusal", "int"]
    assert isinstance(told[1], Refusal)
    assert told[1].code == "problem.file_busy"
    assert await made(world.supervisor) > 1000


async def test_a_download_that_is_broken_off_leaves_no_file(house: House) -> None:
    await two_problems(house)
    before = left_behind()
    file = await files.made(house.world.supervisor, Filters(), None, "zh", "")
    sending = files.chunks(file)
    await anext(sending)
    await sending.aclose()
    assert file.closed
    assert left_behind() == before


async def test_a_file_that_cannot_be_finished_leaves_nothing_and_blocks_nobody(house: House) -> None:
    await two_problems(house)
    before = left_behind()
    making = asyncio.create_task(files.made(house.world.supervisor, Filters(), None, "zh", ""))
    while left_behind() == before and not making.done():
        await asyncio.sleep(0)
    making.cancel()
    with pytest.raises(asyncio.CancelledError):
        await making
    assert left_behind() == before
    (await files.made(house.world.supervisor, Filters(), None, "zh", "")).close()


async def test_very_many_rows_come_as_the_ledger_alone(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await two_problems(house)
    monkeypatch.setattr(sheets, "MOST_IN_LISTS", 1)
    assert (await book(house, house.world.supervisor)).sheet_names == ["台账"]
    monkeypatch.setattr(sheets, "MOST_IN_LISTS", 2)
    assert len((await book(house, house.world.supervisor)).sheet_names) == 4


def test_a_book_dropped_halfway_is_gone() -> None:
    before = left_behind()
    made = sheets.Book("zh", dt.date(2026, 1, 1).isoformat(), True, lambda _: True)
    assert left_behind() != before
    made.drop()
    assert left_behind() == before
