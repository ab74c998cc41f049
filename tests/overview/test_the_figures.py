"""The overview: each figure is the count of exactly the list it opens, for every reader and place, on every day, after whatever was done."""

import datetime as dt
import random
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec
import pytest

from server import catalog
from server.database.rows import one
from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.ids import new_id
from server.ledger.tables import Tally
from server.overview import commands, queries, rules
from server.overview.rules import Figure, Overview
from server.problems import queries as problems
from server.problems.filters import Filters, known
from server.problems.rules import LEVELS
from server.problems.tables import Problem
from server.problems.workflow import WORKFLOW
from tests.conftest import House
from tests.problems.test_the_workflow import act as step
from tests.visits import EXITS, FOOD, findings, photo, visit

NOW = dt.datetime(2026, 11, 20, 2, tzinfo=dt.UTC)  # a Friday, 10:00 in Beijing
FACILITIES = {"home": "elderly_care", "neighbour": "children", "foreign": "elderly_care"}


def a_row(house: House, chance: random.Random, number: int) -> dict[str, Any]:
    """A problem in any state, found within two years, some by a clock that runs ahead, some with a day by which it falls due."""
    facility = chance.choice(list(FACILITIES))
    place = getattr(house.world, facility)
    state = chance.choice([state.key for state in WORKFLOW.states])
    found_at = NOW + dt.timedelta(hours=12) - dt.timedelta(hours=chance.choice((chance.randrange(24 * 40), chance.randrange(24 * 100), chance.randrange(24 * 700))))
    on = clock.today(found_at)
    spent = chance.randrange(40)
    return {
        "id": new_id(), "number": f"万民整〔2026〕{number}号", "facility_id": place, "facility_type": FACILITIES[facility], "place_path": house.world.paths[place],
        "visit_id": "", "checklist": chance.choice(("epidemic-2020-250/1", "epidemic-2020-250/2", "fire/1", "")), "item": "", "question": '{"zh":"","en":""}',
        "clause": '{"zh":"—","en":"—"}', "spot": f"{number}", "what": "示例", "severity": chance.choice(list(LEVELS)), "party": chance.choice(("unit", "individual", "locality")),
        "found_at": found_at, "found_on": on, "state": state, "changed_at": found_at, "due_on": chance.choice((None, on + dt.timedelta(days=chance.randrange(60)))),
        "closed_on": on + dt.timedelta(days=spent) if state == "closed" and spent else None, "rework": chance.choice((0, 0, 1, 3)), "inspector_ids": "[]",
    }  # fmt: skip


async def many_problems(house: House, count: int = 300) -> list[dict[str, Any]]:
    chance = random.Random(count)
    rows = [a_row(house, chance, number) for number in range(count)]
    for number, row in enumerate(rows[1:], 1):
        row["relapse_of"] = rows[number - 1]["id"] if chance.random() < 0.1 else None
    await house.ledger.keep(add=[(Problem, row) for row in rows])
    return rows


async def read(actor: Actor, place: str = "") -> Overview:
    top = await queries.place(actor, place) if place else None
    return rules.overview(await queries.sums([top.path] if top else actor.paths()), queries.filter_of(top) if top else {}, {})


def figures(found: Any) -> Iterator[Figure]:
    """Every figure in an overview, or in the lines of its places, however deep."""
    if isinstance(found, Figure):
        yield found
    elif isinstance(found, msgspec.Struct):
        for name in found.__struct_fields__:
            yield from figures(getattr(found, name))
    elif isinstance(found, list | tuple):
        for each in found:
            yield from figures(each)


async def listed(actor: Actor, address: str) -> int:
    """How many the list at this address holds."""
    return await problems.counted(actor, known(Filters(**dict(parse_qsl(urlsplit(address).query)))), None, 10**6)


async def check(house: House, *readings: tuple[Actor, str]) -> int:
    """Compare every figure of these overviews (reader, place), or of the whole city's, with its list; how many were compared."""
    count = 0
    for actor, place in readings or ((house.world.chief, ""),):
        top = await queries.place(actor, place) if place else None
        for figure in set(figures([await read(actor, place), (await queries.by_place(actor, top))[0]])):
            assert figure.n == await listed(actor, figure.list), (actor.name, place, figure)
            count += 1
    return count


async def test_every_figure_is_the_count_of_the_list_it_opens_today_and_on_every_day_to_come(house: House) -> None:
    clock.set(lambda: NOW)
    await many_problems(house)
    world = house.world
    assert await check(house, (world.chief, ""), (world.chief, world.kaizhou), (world.supervisor, ""), (world.supervisor, world.home)) > 300
    assert all(age.all.n for age in (await read(world.chief)).ages), "there are young and old ones to speak of"
    for days in (1, 3, 31):  # nobody writes, nothing runs: midnight alone changes what is late, old and of this week
        clock.set(lambda days=days: NOW + dt.timedelta(days=days))
        await check(house)


async def test_the_page_shows_these_figures_and_no_others(house: House) -> None:
    clock.set(lambda: NOW)
    await many_problems(house)
    me = house.world.supervisor
    for lang in ("zh", "en"):
        async with house.client(me) as client:
            page = (await client.get(f"/overview?lang={lang}")).text
        shown = {(address.replace("&amp;", "&"), int(n)) for address, n in re.findall(r'<a [^>]*href="(/problems[^"]*)"[^>]*>[^<>\d]*(?:<b[^>]*>)?(\d+)(?:</b>)?</a>', page)}
        assert {(figure.list, figure.n) for figure in figures([await read(me), (await queries.by_place(me, None))[0]]) if figure.n} <= shown
        for address, n in shown:
            assert n == await listed(me, address), address
    assert not re.search(r"<[^>]* style=", page), "the page allows no style of its own"


async def test_it_says_how_many_problems_wait_for_the_reader_as_their_list_does(house: House) -> None:
    await many_problems(house)
    for reader in (house.world.supervisor, house.world.second):
        number = await listed(reader, "/problems?waits=me")
        async with house.client(reader) as client:
            assert f"{number} 个问题等您办理" in (await client.get("/overview")).text
            assert "等您办理" not in (await client.get(f"/overview?place={house.world.home}")).text


async def test_what_is_done_to_problems_is_counted_with_it(house: House) -> None:
    """From the visit to the closing, sent back once, come again, seen again, withdrawn: nothing is counted anew in between."""
    world, days = house.world, iter(range(60))

    def tomorrow() -> None:
        at = NOW - dt.timedelta(days=50 - next(days))
        clock.set(lambda: at)

    async def act(actor: Actor, kind: str, id: str, **more: Any) -> None:
        tomorrow()
        await step(house, actor, kind, id, **more)
        assert await commands.verify_figures(house.settings) == [], kind

    async def visited(*spots: tuple[str, str], **changed: Any) -> list[str]:
        tomorrow()
        receipt = await house.perform(world.inspector, "inspections.submit", await visit(house, await findings(house, *spots, **changed)))
        assert await commands.verify_figures(house.settings) == []
        return [row["problem"] for row in receipt["problems"]]

    first, second = await visited((FOOD, "食堂"), (EXITS, "三楼"))
    shot = await photo(house, world.contact, "after")
    await act(world.supervisor, "issue", first, due_on=clock.today() + dt.timedelta(days=5), person="谭秀梅")
    await act(world.contact, "report", first, text="已清理", photos=[shot])
    await act(world.inspector, "fail", first, record="仍有", due_on=clock.today() + dt.timedelta(days=3))
    await act(world.contact, "report", first, text="再次清理", photos=[shot])
    await act(world.inspector, "pass", first, record="已整改")
    await act(world.supervisor, "close", first)
    await act(world.supervisor, "withdraw", second, reason="误记")
    again, third = await visited((FOOD, "食堂"), (EXITS, "二楼"))
    assert await visited((FOOD, "食堂")) == [again], "seen again, and still one"
    clock.set(lambda: NOW)
    found = await read(world.supervisor)
    assert (found.open.n, found.found.n, found.of_found.n, found.withdrawn.n, found.returned.n, found.relapses.n, found.rate) == (2, 4, 1, 1, 1, 1, 33)
    assert found.spent.n == 1
    assert found.median == 6
    assert third
    await check(house)


async def test_a_list_by_closing_goes_on_from_page_to_page_the_latest_first(house: House) -> None:
    clock.set(lambda: NOW)
    rows = await many_problems(house)
    since, until = NOW.date() - dt.timedelta(days=300), NOW.date() - dt.timedelta(days=3)
    filters = known(Filters(closed_since=since.isoformat(), closed_until=until.isoformat()))
    found = [problem async for page in problems.pages(house.world.chief, filters, size=4) for problem in page]
    expected = [row for row in rows if row["state"] == "closed" and row["closed_on"] and since <= row["closed_on"] <= until]
    assert len(expected) > 12
    assert [problem.id for problem in found] == [row["id"] for row in sorted(expected, key=lambda row: (row["closed_on"], row["id"]), reverse=True)]
    for wrong in ({"closed_since": "yesterday"}, {"again": "often"}):
        assert known(Filters(**wrong)) == Filters()


async def test_places_that_move_take_their_figures_along(house: House) -> None:
    clock.set(lambda: NOW)
    await many_problems(house, 80)
    before = await read(house.world.chief)
    await house.perform(house.world.chief, "places.move", {"id": house.world.home, "parent": house.world.kaizhou, "reason": "划转"})
    assert await commands.verify_figures(house.settings) == []
    assert await read(house.world.chief) == before
    await check(house)


async def test_a_figure_changed_by_hand_is_found_and_counting_anew_mends_it(house: House) -> None:
    clock.set(lambda: NOW)
    await many_problems(house, 50)
    assert await commands.verify_figures(house.settings) == []
    path = house.world.paths[house.world.wanzhou]
    async with house.ledger.writer.transaction():
        await house.ledger.writer.query("update tally set n = n + 2 where place = ? and kind = 'stock' and value = 'severity/general'", path)
        await house.ledger.writer.query("delete from tally where place = ? and value = 'severity/serious'", path)
    faults = await commands.verify_figures(house.settings)
    assert f"the figure {path} stock 1970-01-01 severity/general is 2 too many" in faults
    assert any("severity/serious is -" in fault for fault in faults)
    assert await commands.recount(house.ledger.writer) == 50
    assert await commands.verify_figures(house.settings) == []
    await check(house)


async def test_a_house_that_was_never_counted_is_counted_once_when_it_opens(house: House) -> None:
    """After an upgrade or a restore there are problems and no figures."""
    clock.set(lambda: NOW)
    await many_problems(house, 50)
    expected = await read(house.world.chief)
    async with house.ledger.writer.transaction():
        await house.ledger.writer.query("delete from tally")
    assert await commands.verify_figures(house.settings) == [], "what nobody has counted is not wrong"
    await commands.prepare(house.ledger.writer)
    assert await read(house.world.chief) == expected
    async with house.ledger.writer.transaction():
        await house.ledger.writer.query("update tally set n = n + 1 where kind = 'stock'")
    await commands.prepare(house.ledger.writer)
    assert await read(house.world.chief) != expected, "what was counted is not counted again at every start"


async def test_what_is_refused_counts_for_nothing(house: House) -> None:
    clock.set(lambda: NOW)
    await many_problems(house, 50)
    before = await one("select sum(n) as n, sum(m) as m, count(*) as c from tally")
    closed = await one("select id from problem where state = 'closed' and place_path = ?", house.world.paths[house.world.home])
    assert closed
    with pytest.raises(Exception, match="problem.state"):
        await house.perform(house.world.supervisor, "problems.withdraw", {"problem": closed["id"], "reason": "误记"})
    assert await one("select sum(n) as n, sum(m) as m, count(*) as c from tally") == before


async def test_who_answers_for_a_place_sees_its_overview_and_nobody_elses(house: House) -> None:
    world = house.world
    for actor, place, status in (
        (world.supervisor, "", 200), (world.supervisor, world.home, 200), (world.inspector, "", 200), (world.chief, world.kaizhou, 200), (world.contact, "", 403),
        (world.supervisor, world.foreign, 404), (world.supervisor, world.city, 404), (world.supervisor, "nonsense", 404),
    ):  # fmt: skip
        async with house.client(actor) as client:
            assert (await client.get("/overview", params={"place": place})).status_code == status, (actor.name, place)


async def test_no_officer_stands_on_it(house: House) -> None:
    clock.set(lambda: NOW)
    for facility in (house.world.home,):
        await house.perform(house.world.inspector, "inspections.submit", await visit(house, await findings(house, (FOOD, "食堂")), facility=facility))
    async with house.client(house.world.chief) as client:
        page = (await client.get(f"/overview?place={house.world.wanzhou}")).text
    assert "安康养老院" in page
    assert not any(actor.name in page for actor in house.world.everybody if actor is not house.world.chief)


def test_the_middle_of_the_days_is_the_median() -> None:
    chance = random.Random(1)
    for _ in range(300):
        days = sorted(chance.randrange(8) for _ in range(chance.randrange(1, 12)))
        middle = (days[(len(days) - 1) // 2] + days[len(days) // 2]) / 2
        assert rules.median({day: days.count(day) for day in days}) == middle
    assert rules.median({}) is None


async def test_figures_are_left_out_of_a_backup() -> None:
    assert Tally in catalog.TABLES
    assert Tally not in catalog.KEPT
