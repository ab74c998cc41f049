"""One box over facilities, problems and visits: what was just submitted is found at once, by whoever may see it and by nobody else."""

import asyncio
import datetime as dt
import re
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest

from server.database.rows import rows
from server.foundation import clock
from server.foundation.actor import SYSTEM, Actor
from server.foundation.ids import new_id, short_code
from server.inspections.tables import Inspection
from server.ledger.tables import Event, Receipt
from server.people.tables import Place
from server.problems.tables import Problem
from server.search import queries, rules
from server.search.indexer import Indexer
from server.settings import Settings
from tests.conftest import House
from tests.operations.commands import dugai
from tests.problems.test_the_workflow import act
from tests.visits import EXITS, FOOD, findings, visit


async def submitted(house: House, what: str, point: str = "食堂", at: dt.datetime | None = None, **changed: Any) -> dict[str, Any]:
    """The receipt of a visit, at this time or now, with one finding in these words."""
    when = {"finished_at": at, "started_at": at - dt.timedelta(hours=1)} if at else {}
    sealed = await visit(house, await findings(house, (FOOD, point), what=what, **changed), **when)
    return await house.perform(house.world.inspector, "inspections.submit", sealed)


async def looked_for(house: House, actor: Actor, typed: str, more: str = "") -> str:
    """The page that somebody gets for these words, once it no longer says that the index is behind."""
    async with house.client(actor) as client, asyncio.timeout(60):
        while True:
            answer = await client.get(f"/search?q={quote(typed)}{more}")
            assert answer.status_code == 200
            if "索引正在更新" not in answer.text:
                return answer.text


async def found(house: House, actor: Actor, typed: str, kind: str = "") -> list[str]:
    """What it leads to: /problems/…, in the order of the page."""
    return re.findall(r'class="cell" href="([^"?]+)"', await looked_for(house, actor, typed, f"&kind={kind}"))


async def count(actor: Actor, typed: str) -> int:
    """How many problems this person's index holds of these words, without looking for news."""
    return (await queries.found(actor, "problem", rules.asked(typed), 1)).count


async def test_what_was_just_submitted_is_found_by_any_word_of_it(house: House) -> None:
    receipt = await submitted(house, "灭火器箱前堆放清洁工具，1具压力不足", "二楼西侧走廊", step="消防器材")
    problem, number = f"/problems/{receipt['problems'][0]['problem']}", receipt["problems"][0]["number"]
    for typed in ("灭火", "器", "压力 清洁", "西侧", "器材", "谭秀梅", "安康", "周敏", "万州区民政局", number, number[-3:], "１具", short_code(problem[10:]), short_code(problem[10:]).lower().replace("-", "")):
        assert problem in await found(house, house.world.supervisor, typed), typed
    assert f"/visits/{receipt['visit']}" in await found(house, house.world.supervisor, receipt["number"])
    assert await found(house, house.world.supervisor, "灭火 没有这样的词") == []


async def test_a_facility_is_found_by_name_code_address_contact_and_who_answers(house: House) -> None:
    home = f"/facilities/{house.world.home}"
    for typed in ("安康", "康", "测试路", "秀梅", "院长 储存", "留样", short_code(house.world.home), "养老机构", "elderly"):
        assert home in await found(house, house.world.inspector, typed), typed


async def test_what_changes_is_found_by_its_new_words_only(house: House) -> None:
    world, receipt = house.world, await submitted(house, "灶台有油污", severity="serious")
    problem = receipt["problems"][0]["problem"]
    assert await found(house, world.supervisor, "油烟机") == []
    await act(house, world.supervisor, "issue", problem, due_on=clock.today() + dt.timedelta(days=5), person="冉小妹")
    await act(house, world.contact, "plan", problem, cause="没有排班", measures="每周清洗油烟机", person="牟大勇")
    assert await found(house, world.supervisor, "油烟机") == [f"/problems/{problem}"]
    assert await found(house, world.supervisor, "大勇 排班") == [f"/problems/{problem}"]
    assert await found(house, world.supervisor, "小妹") == []


async def test_a_facility_that_is_renamed_takes_its_problems_along(house: House) -> None:
    world, receipt = house.world, await submitted(house, "灶台有油污")
    problem = f"/problems/{receipt['problems'][0]['problem']}"
    assert problem in await found(house, world.supervisor, "安康 油污")
    await house.perform(world.administrator, "facilities.change", {"id": world.home, "details": {"name": "长青养老院", "type": "elderly_care"}, "seen": 1})
    assert problem in await found(house, world.supervisor, "长青 油污")
    assert f"/facilities/{world.home}" in await found(house, world.supervisor, "长青")
    assert await found(house, world.supervisor, "测试路 安康", "facility") == []


async def test_nobody_finds_what_lies_elsewhere(house: House) -> None:
    world, receipt = house.world, await submitted(house, "灶台有油污")
    problem = f"/problems/{receipt['problems'][0]['problem']}"
    for actor in (world.inspector, world.supervisor, world.administrator, world.contact, world.chief):
        assert problem in await found(house, actor, "油污"), actor.name
    for actor in (world.neighbour_contact, world.foreigner, world.foreign_inspector):
        assert await found(house, actor, "油污") == [], actor.name
        page = await looked_for(house, actor, "安康养老院")
        assert f"/facilities/{world.home}" not in page
        assert "没有查到" in page
    assert await count(world.foreigner, "油污") == 0
    assert await queries.found(Actor("x", "nobody"), "problem", rules.asked("油污"), 10) == queries.Found([], 0)


async def test_no_telephone_number_is_in_the_index(house: House) -> None:
    details = {"name": "长青养老院", "type": "elderly_care", "contact_name": "谭秀梅", "contact_phone": "13812345678"}
    await house.perform(house.world.administrator, "facilities.change", {"id": house.world.home, "details": details, "seen": 1})
    assert await found(house, house.world.supervisor, "13812345678") == []
    assert await found(house, house.world.supervisor, "谭秀梅 长青", "facility") == [f"/facilities/{house.world.home}"]


async def test_found_words_are_marked_and_what_people_wrote_stays_text(house: House) -> None:
    await submitted(house, "<img src=x onerror=alert(1)> 灶台有油污")
    page = await looked_for(house, house.world.supervisor, "油污")
    assert "灶台有<mark>油污</mark>" in page
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page
    assert "<mark>img</mark>" in await looked_for(house, house.world.supervisor, "img 油污")


async def test_the_newest_stand_first_and_the_next_pages_repeat_and_leave_out_nothing(house: House) -> None:
    now, ids = clock.now(), []
    for days in range(23):
        at = now - dt.timedelta(days=days)
        receipt = await submitted(house, "地面有积水", f"第{days}处", at)
        ids.append(f"/problems/{receipt['problems'][0]['problem']}")
    page = await looked_for(house, house.world.supervisor, "积水")
    assert [href for href in re.findall(r'class="cell" href="([^"?]+)"', page) if "problems" in href] == ids[:5]
    seen, address = [], "/search?q=%E7%A7%AF%E6%B0%B4&kind=problem"
    async with house.client(house.world.supervisor) as client:
        while address:
            text = (await client.get(address, headers={"hx-request": "true"} if seen else {})).text  # all is in: looked_for has waited
            seen += re.findall(r'class="cell" href="([^"?]+)"', text)
            following = re.search(r'hx-get="(/search[^"]+)"', text)
            address = unescape(following[1]) if following else ""
    assert seen == ids


async def test_counting_stops(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST_COUNTED", 3)
    for n in range(6):
        await submitted(house, "地面有积水", f"第{n}处")
    await looked_for(house, house.world.supervisor, "积水")
    assert await count(house.world.supervisor, "积水") == 4
    assert "3+" in await looked_for(house, house.world.supervisor, "积水")


@pytest.mark.parametrize(
    "typed", ['"', "'", '"食堂', "食堂 OR", "OR", "AND", "NOT 食堂", "NEAR(食堂 走廊)", "食堂*", "*", "-", ":", "grams:食堂", "^食", "食堂' | 'x':*", "!食堂", "\\", "((", "%", "_", "\u202e食堂", "\ud7ff", "长" * 6_000, "食 " * 4000]
)  # fmt: skip
async def test_no_order_and_no_length_breaks_the_question(house: House, typed: str) -> None:
    async with house.client(house.world.supervisor) as client:
        answer = await client.get("/search", params={"q": typed})
    assert answer.status_code == 200


async def test_a_kind_or_a_place_that_there_is_not_is_as_if_nothing_were_said(house: House) -> None:
    receipt = await submitted(house, "灶台有油污")
    for kind in ("x", "'; drop table place", "\u202e", "problem,visit", "长" * 500):
        assert receipt["problems"][0]["problem"] in await looked_for(house, house.world.supervisor, "油污", f"&kind={quote(kind)}")
    for before in ("x", "-1", "9" * 30, "9" * 19, "１", "1.5", ""):
        page = await looked_for(house, house.world.supervisor, "油污", f"&kind=problem&before={quote(before)}")
        assert receipt["problems"][0]["problem"] in page or "没有查到" in page
    assert "没有查到" in await looked_for(house, house.world.supervisor, "油污", "&kind=problem&before=1")


async def test_one_who_signs_in_finds_a_box_on_every_page_and_words_that_help(house: House) -> None:
    async with house.client(house.world.supervisor) as client:
        for path in ("/problems", "/facilities", "/visits", "/me"):
            assert 'action="/search"' in (await client.get(path)).text, path
        assert "/search?q=%E6%B2%B9%E6%B1%A1" in (await client.get("/problems?q=油污")).text
        assert "可以这样查" in (await client.get("/search")).text
        assert (await client.get("/search?q=油污&kind=problem&before=1", headers={"hx-request": "true"})).text.strip() == ""
        assert "请写要查找的词" in (await client.get("/search?q=...")).text
        client.cookies.set("lang", "en", domain="dugai.test")
        assert "Nothing found" in (await client.get("/search?q=油污")).text


# The index as a projection


async def entries(house: House) -> list[tuple[str, str, str]]:
    return [(row.kind, row.subject_id, row.digest) for row in sorted((await queries.known([*await every_subject(house)])).values(), key=lambda row: row.id)]


async def every_subject(house: House) -> list[str]:
    return [row["subject_id"] for row in await rows("select subject_id from search_entry")]


async def test_an_event_of_a_kind_nobody_knows_does_no_harm(house: House) -> None:
    await house.perform(house.world.administrator, "people.add", {
        "id": new_id(), "standing": new_id(), "name": "新人", "sign_in": "xinren", "role": "inspector", "place": house.world.wanzhou, "code": "0" * 64,
    })  # fmt: skip
    await house.perform(SYSTEM, "places.add", {"id": new_id(), "kind": "office", "name": "养老服务科", "parent": house.world.wanzhou})
    receipt = await submitted(house, "灶台有油污")
    assert await found(house, house.world.supervisor, "油污", "problem") == [f"/problems/{receipt['problems'][0]['problem']}"]


async def test_an_index_made_anew_is_the_one_that_grew(house: House) -> None:
    await looked_for(house, house.world.supervisor, "安康")
    for point in ("食堂", "走廊", "大门"):
        await submitted(house, f"{point}有积水", point)
    await looked_for(house, house.world.supervisor, "安康")
    grown = await entries(house)
    assert len(grown) == 3 + 6
    said = dugai(house.settings, "search", "rebuild")
    assert "9 facilities" in said
    assert await entries(house) == grown


async def test_the_index_fills_by_itself_while_nobody_asks(house: House) -> None:
    """A house upgraded to this version: everything that was there before, and what comes in meanwhile."""
    await submitted(house, "灶台有油污")
    async with asyncio.timeout(60):
        while await count(house.world.supervisor, "油污") == 0 or "below/" in await queries.marks():
            await asyncio.sleep(0.05)
    assert len(await entries(house)) == 3 + 2


async def test_a_place_that_moved_is_gone_through_anew(house: House) -> None:
    """Whatever wing moves a place: the event names it, the rows say where it is now."""
    world, receipt = house.world, await submitted(house, "灶台有油污")
    problem, path = receipt["problems"][0]["problem"], f"{world.paths[world.kaizhou]}{4:010x}/"
    assert await found(house, world.supervisor, "油污", "problem") == [f"/problems/{problem}"]
    await house.ledger.keep(change=[
        (Place, world.home, {"parent_id": world.kaizhou, "path": path}), (Problem, problem, {"place_path": path}), (Inspection, receipt["visit"], {"place_path": path}),
    ])  # fmt: skip
    assert await found(house, world.supervisor, "油污", "problem") == [], "the rows decide, whatever the index still says"
    await house.ledger.keep(add=[(Receipt, {"id": "moving", "digest": "", "kind": "places.move", "version": 1, "author_id": "", "device_at": clock.now(), "at": clock.now(), "body": "{}"})])
    last = await queries.last_event()
    moved = {"seq": last + 1, "command_id": "moving", "kind": "place.moved", "subject_id": world.home, "place_path": path, "author_id": "", "author_name": "", "at": clock.now(), "data": "{}"}
    await house.ledger.keep(add=[(Event, moved)])
    assert await found(house, world.foreigner, "油污", "problem") == [f"/problems/{problem}"]
    assert f"/visits/{receipt['visit']}" in await found(house, world.foreigner, "安康", "visit")
    assert await found(house, world.supervisor, "油污", "problem") == []


async def test_two_that_catch_up_at_once_make_each_entry_once(house: House) -> None:
    for n in range(30):
        await submitted(house, "地面有积水", f"第{n}处")
    several = [Indexer(house.ledger) for _ in range(4)]
    async with asyncio.timeout(60):
        while not all(await asyncio.gather(*(one.catch_up() for one in several))):
            pass
    assert len(await entries(house)) == 3 + 60
    assert await count(house.world.supervisor, "积水") == 30


async def test_records_of_one_second_and_one_number_stand_side_by_side(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules.zlib, "crc32", lambda _: 7)
    at = clock.now()
    await house.perform(house.world.inspector, "inspections.submit", await visit(house, await findings(house, (FOOD, "食堂"), (EXITS, "走廊"), what="地面有积水"), finished_at=at))
    assert len(await found(house, house.world.supervisor, "积水", "problem")) == 2


async def test_a_fault_of_the_index_keeps_nobody_from_an_answer(house: House) -> None:
    receipt = await submitted(house, "灶台有油污")
    await looked_for(house, house.world.supervisor, "油污")
    await submitted(house, "地面有积水", "走廊")
    async with house.client(house.world.supervisor) as client:
        house.ledger.closing = True
        try:
            page = (await client.get("/search?q=油污")).text
        finally:
            house.ledger.closing = False
    assert receipt["problems"][0]["problem"] in page
    assert "索引正在更新" in page


async def test_a_restored_house_makes_its_index_again(house: House, tmp_path: Any) -> None:
    await submitted(house, "灶台有油污")
    await looked_for(house, house.world.supervisor, "油污")
    fresh = Settings(data=tmp_path / "fresh")
    dugai(house.settings, "backup", str(tmp_path / "all.tar"))
    dugai(fresh, "restore", str(tmp_path / "all.tar"))
    assert "5 facilities" in dugai(fresh, "search", "rebuild")
