"""An office's ledger moves in: read, mapped, looked through, imported as a whole, undone as a whole."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator

import pytest

from server.foundation import clock
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.ledger.queries import history
from server.ledger.verify import verify
from server.problems.queries import Filters, problem, verify_records
from tests.conftest import House
from tests.imports import ledgers
from tests.imports.moving_in import Desk
from tests.problems.listed import every
from tests.visits import FOOD, findings, visit


@pytest.fixture
async def desk(house: House) -> AsyncIterator[Desk]:
    async with house.client(house.world.supervisor) as client:
        yield Desk(house, client, house.world.supervisor)


async def listed(house: House, state: str = "all") -> list[str]:
    return [one.what for one in await every(house.world.supervisor, Filters(state=state), 20_000)]


async def test_a_clean_ledger_is_in_the_lists_with_numbers_by_the_year_of_each_visit(house: House, desk: Desk) -> None:
    content = ledgers.book([list(ledgers.COLUMNS), *(
        ledgers.row(f"旧-{n}", dt.date(year, 5, n), ledgers.HOME, f"{year}年的第{n}个问题", due_on="2026-12-30", rectified_on="2026-10-20") for year in (2025, 2026) for n in (1, 2)
    )])  # fmt: skip
    assert (await desk.upload(content)).status_code == 303
    assert (await desk.map()).status_code == 303
    assert (await desk.lines("fault"), await desk.lines("doubt")) == ([], [])
    assert (await desk.confirm()).status_code == 303
    found = {one.what: one for one in await every(house.world.supervisor, Filters(state="all"), 100)}
    assert [found[f"{year}年的第{n}个问题"].number for year in (2025, 2026) for n in (1, 2)] == ["万民整〔2025〕1号", "万民整〔2025〕2号", "万民整〔2026〕1号", "万民整〔2026〕2号"]
    one = found["2025年的第1个问题"]
    assert (one.origin, one.import_id, one.state, one.point, one.step, one.person) == ("旧-1", desk.id, "awaiting_recheck", "食堂", "储存", "谭秀梅")
    assert (one.found_on, one.due_on, one.rectified_on, one.item, one.visit_id) == (dt.date(2025, 5, 1), dt.date(2026, 12, 30), dt.date(2026, 10, 20), "", "")
    assert [event.kind for event in await history(one.id)] == ["problem.imported"]
    assert await verify_records() == []
    assert (await verify()).faults == []
    html = (await desk.client.get(f"/problems/{one.id}")).text
    assert "导入" in html
    assert "旧-1" in html


async def test_a_messy_ledger_says_what_it_doubts_and_what_is_wrong(desk: Desk) -> None:
    await desk.upload(ledgers.messy())
    await desk.map()
    expected = {
        "冰箱内生熟食品混放": {"twice"}, "留样不足48小时": {"facility_like"}, "消毒记录缺4天": {"year"}, "台账不全": {"span"}, "通道堆物": {"at_once"}, "浴室无防滑垫": {"month"},
        "这一天没有": {"impossible"}, "名册里没有的名称": {"facility"}, "灭火器过期": {"split"}, "食堂未公示": {"split", "shared", "state"}, "责任写颠倒": {"swapped"},
        "责任单位写成人名": {"person_in_unit"}, "进度没有写": {"state_blank"}, "级别写法不同": {"severity"}, "日期和机构没有写": {"carried"}, "合并单元格的第二条": set(),
        "上一年的问题": {"year"}, "看不见的符号": {"signs"}, "灭火器2具压力不足，床位间距3.5 米": set(),
    }  # fmt: skip
    assert {what: await desk.codes(what) for what in expected} == expected
    assert {line.reason for line in await desk.lines("skipped")} == {"@header", "@numbers", "@footer"}
    assert (await desk.line("上一年的问题")).found["found_on"] == "2024-12-03"
    assert {line.found["state"] for line in await desk.lines() if line.said["progress"] == "已整改销号"} == {"closed"}
    first = (await desk.client.get(f"/imports/{desk.id}")).text
    assert first.index("没有这一天") < first.index(">无误<")


async def test_the_columns_are_said_once_and_kept_for_the_next_ledger(house: House, desk: Desk) -> None:
    rows = [["甲", "乙", "丙", "检查时间", "整改时限", "备注"], [ledgers.HOME, "说不清的列", "3", "2025.3.1", "2026.3.1", ""]]
    await desk.upload(ledgers.book(rows))
    refused = await desk.map()
    assert refused.status_code == 422
    assert "问题描述" in refused.text
    assert (await desk.map(facility="甲", what="乙")).status_code == 303
    await desk.step("/drop")
    rows[1][1] = "另一个月的说不清的列"
    await desk.upload(ledgers.book(rows))
    assert (await desk.found()).state == "ready"
    assert [line.found["what"] for line in await desk.lines()] == ["另一个月的说不清的列"]


async def test_nothing_is_written_while_a_row_is_unsettled_and_then_all_of_it(house: House, desk: Desk) -> None:
    await desk.upload(ledgers.messy())
    await desk.map()
    assert await desk.refused() == "import.open"
    assert await listed(house) == []
    for what in ("这一天没有", "认不出的机构"):
        assert (await desk.settle(await desk.line(what), "skip", reason="原件查不到")).status_code == 303
    line = await desk.line("名册里没有的名称")
    offer = next(mark for mark in line.marks if mark.field == "facility")
    assert offer.offers[0][1] == ledgers.HOME
    await desk.settle(line, "take", field="facility", code="facility", value=offer.offers[0][0])
    line = await desk.line("机构写到检查人")
    await desk.settle(line, "swap", field="inspectors", code="facility_in", other="facility")
    line = await desk.line("机构写到检查人")
    assert (line.facility, line.found["inspectors"]) == (ledgers.CHILDREN, "周敏")
    line = await desk.line("责任写颠倒")
    await desk.settle(line, "swap", field="unit", code="swapped", other="person")
    line = await desk.line("责任写颠倒")
    assert (line.found["unit"], line.found["person"]) == (ledgers.HOME, "谭秀梅")
    assert (await desk.step("/accept")).status_code == 303
    left = await desk.lines("doubt")
    assert [[mark.code for mark in line.marks if not mark.is_settled] for line in left] == [["twice"]]
    await desk.settle(left[0], "skip", reason="重复")
    assert await desk.lines("fault") == []
    assert (await desk.confirm()).status_code == 303
    kept = await desk.lines("fine")
    assert sorted(await listed(house)) == sorted(line.found["what"] for line in kept)
    assert len(kept) > 35
    closed = {one.what: one for one in await every(house.world.supervisor, Filters(state="closed"), 100)}
    assert (closed["教室插座松动"].closed_on, closed["教室插座松动"].closer) == (dt.date(2025, 9, 1), "2025.9.1已销号")
    assert await verify_records() == []


async def test_one_tap_settles_all_rows_alike(desk: Desk) -> None:
    rows = [ledgers.row(n, "2025.3.1", "安康敬老院", f"第{n}处指示牌缺失") for n in range(5)] + [ledgers.row(9, "2025.3.1", "别的名称", "另一处")]
    await desk.upload(ledgers.book([list(ledgers.COLUMNS), *rows]))
    await desk.map()
    line = await desk.line("第2处指示牌缺失")
    await desk.settle(line, "take", field="facility", code="facility", value=desk.house.world.home, alike="yes")
    assert len(await desk.lines("fault")) == 1
    assert {line.facility for line in await desk.lines("fine")} == {ledgers.HOME}


async def test_a_value_that_cannot_be_is_refused_at_its_field_with_what_was_typed(desk: Desk) -> None:
    await desk.upload(ledgers.messy())
    await desk.map()
    line = await desk.line("这一天没有")
    for field, value in (("found_on", "2025-02-30"), ("found_on", "2999-01-01"), ("severity", "very"), ("state", "withdrawn"), ("what", ""), ("facility", desk.house.world.foreign)):
        given = {**line.found, "found_on": "2025-02-28", field: value}
        answer = await desk.settle(line, "fix", **given)
        assert answer.status_code == 422, field
        assert await desk.codes("这一天没有") == {"impossible"}
    await desk.settle(line, "fix", **{**line.found, "found_on": "2025-02-28"})
    assert await desk.codes("这一天没有") == set()


async def test_a_double_click_imports_once(house: House, desk: Desk) -> None:
    await desk.upload(ledgers.clean())
    await desk.map()
    act = new_id()
    answers = await asyncio.gather(*(desk.confirm(act) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {303}
    assert (await desk.confirm(act)).status_code == 303
    assert (await desk.confirm()).status_code == 409
    assert len(await listed(house)) == 12


async def test_the_same_file_is_not_taken_twice_and_its_rows_are_offered_to_be_left_out(house: House, desk: Desk) -> None:
    content = ledgers.clean(3)
    await desk.upload(content)
    await desk.map()
    await desk.confirm()
    assert (await desk.upload(content)).status_code == 409
    await desk.upload(ledgers.clean(4))
    assert [line.standing for line in await desk.lines()] == [1, 1, 1, 2]
    assert await desk.codes("第1处安全通道指示牌缺失") == {"known"}
    await desk.step("/accept")
    assert len(await desk.lines("doubt")) == 3, "a repeated problem is never let through in passing"
    await desk.settle((await desk.lines("doubt"))[0], "skip", field="what", code="known", reason="已有", alike="yes")
    await desk.confirm()
    assert len(await listed(house)) == 4


async def test_two_that_import_the_same_rows_at_once_make_them_once(house: House, desk: Desk) -> None:
    await desk.upload(ledgers.clean(3))
    await desk.map()
    async with house.client(house.world.administrator) as client:
        other = Desk(house, client, house.world.administrator)
        await other.upload(ledgers.clean(3) + b" ")
        await other.settled()
        await asyncio.gather(desk.confirm(), other.confirm())
    found = [await desk.found(), await other.found()]
    assert sorted((one.state, one.refusal.get("code", "")) for one in found) == [("done", ""), ("ready", "import.known")]
    assert len(await listed(house)) == 3


async def test_an_import_is_undone_as_a_whole_and_nothing_is_deleted(house: House, desk: Desk) -> None:
    await desk.upload(ledgers.messy())
    await desk.map()
    for line in await desk.lines("fault"):
        await desk.settle(line, "skip", reason="查不到")
    await desk.step("/accept")
    for line in await desk.lines("doubt"):
        await desk.settle(line, "skip", reason="重复")
    await desk.confirm()
    count = len(await listed(house))
    assert (await desk.step("/undo", {"reason": " "})).status_code == 422
    act = new_id()
    assert [(await desk.step("/undo", {"reason": "导错了文件"}, act)).status_code for _ in range(2)] == [303, 303]
    assert len(await listed(house, "withdrawn")) == count
    assert await verify_records() == []
    assert (await verify()).faults == []
    assert (await desk.upload(ledgers.messy())).status_code == 303, "the file may come again"


async def test_an_import_is_not_undone_once_somebody_has_moved_one_of_its_problems(house: House, desk: Desk) -> None:
    await desk.upload(ledgers.clean(3))
    await desk.map()
    await desk.confirm()
    moved = (await every(house.world.supervisor, Filters(state="all"), 10))[0]
    await house.perform(house.world.inspector, "problems.pass", {"problem": moved.id, "record": "看过，属实"})
    refused = await desk.step("/undo", {"reason": "导错了"})
    assert refused.status_code == 409
    assert moved.number in refused.text
    assert "withdrawn" not in {one.state for one in await every(house.world.supervisor, Filters(state="all"), 10)}


async def test_only_who_keeps_the_places_ledgers_moves_one_in(house: House) -> None:
    world = house.world
    for actor in (world.inspector, world.contact):
        async with house.client(actor) as client:
            assert (await client.get("/imports")).status_code == 403
    async with house.client(world.foreigner) as client:
        stranger = Desk(house, client, world.foreigner)
        assert (await stranger.upload(ledgers.clean(1))).status_code == 404
    for kind in ("imports.confirm", "imports.drop", "imports.accept_rest"):
        with pytest.raises(Refusal, match="not_found"):
            await house.perform(world.foreigner, kind, {"import_id": new_id()})


async def test_a_facility_of_another_district_is_never_found(house: House, desk: Desk) -> None:
    await desk.upload(ledgers.clean(2, facility="临江敬老院"))
    await desk.map()
    assert len(await desk.lines("fault")) == 2
    assert "开州" not in (await desk.client.get(f"/imports/{desk.id}")).text


async def test_imported_problems_go_on_through_the_workflow(house: House, desk: Desk) -> None:
    await desk.upload(ledgers.clean(1))
    await desk.map()
    await desk.confirm()
    (one,) = await every(house.world.supervisor, Filters(state="all"), 10)
    await house.perform(house.world.inspector, "problems.pass", {"problem": one.id, "record": "看过"})
    await house.perform(house.world.supervisor, "problems.close", {"problem": one.id})
    found = await problem(house.world.supervisor, one.id)
    assert found
    assert (found.state, found.closed_on, found.closer) == ("closed", clock.today(), "冉国强")
    assert await verify_records() == []


@pytest.mark.parametrize("query", ["standing=x&after=1-1", "standing=doubt&after=9-99999999999999999999", "after=-1--1", "after=一-二", "standing=%F0%9F%98%80", "after=1-"])
async def test_an_address_that_says_it_wrongly_says_nothing(desk: Desk, query: str) -> None:
    await desk.upload(ledgers.clean(2))
    await desk.map()
    assert (await desk.client.get(f"/imports/{desk.id}?{query}")).status_code == 200
    for sort in ("-1", "99999999999999999999", "1"):
        assert (await desk.client.get(f"/imports/{desk.id}/rows/{sort}")).status_code == 404


async def test_two_who_change_one_row_at_once_notice_each_other(house: House, desk: Desk) -> None:
    await desk.upload(ledgers.clean(2))
    await desk.map()
    line = await desk.line("第1处安全通道指示牌缺失")
    first = await desk.settle(line, "fix", **{**line.found, "severity": "critical", "seen": line.seen})
    second = await desk.settle(line, "fix", **{**line.found, "severity": "serious", "seen": line.seen})
    assert (first.status_code, second.status_code) == (303, 409)
    assert (await desk.line("第1处安全通道指示牌缺失")).found["severity"] == "critical"


async def test_one_comes_back_to_the_page_of_rows_that_one_left(desk: Desk) -> None:
    await desk.upload(ledgers.clean(50))
    await desk.map()
    html = (await desk.client.get(f"/imports/{desk.id}?standing=fine&after=2-1900")).text
    assert f"/imports/{desk.id}/rows/2000?back=fine&after=2-1900" in html
    line = await desk.line("第21处安全通道指示牌缺失")
    answer = await desk.settle(line, "skip", reason="重复", back="fine", after="2-1900")
    assert answer.headers["location"] == f"/imports/{desk.id}?standing=fine&after=2-1900#r2000"
    answer = await desk.settle(line, "restore", back="//evil", after="javascript:")
    assert answer.headers["location"] == f"/imports/{desk.id}?standing=&after=#r2000"


async def test_a_visit_goes_on_with_the_numbers_and_is_never_joined_to_what_was_imported(house: House, desk: Desk) -> None:
    on = clock.today()
    await desk.upload(ledgers.book([list(ledgers.COLUMNS), *(ledgers.row(n, on, ledgers.HOME, f"食堂第{n}个问题", due_on=f"{on.year}.12.31", rectified_on="") for n in (1, 2))]))
    await desk.map()
    await desk.confirm()
    receipt = await house.perform(house.world.inspector, "inspections.submit", await visit(house, await findings(house, (FOOD, "食堂"))))
    assert [(row["number"], row["observed"]) for row in receipt["problems"]] == [(f"万民整〔{on.year}〕3号", False)]
