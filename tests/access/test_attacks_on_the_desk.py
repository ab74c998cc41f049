"""What a colleague with an account could try at the desk, and must not work."""

import concurrent.futures
import contextlib
import pathlib
import time
import tracemalloc
from collections.abc import AsyncIterator

import msgspec
import pytest

from server.drafts.pages import _read as drafted
from server.foundation import clock
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.imports import heads, names
from server.problems import queries as problems
from server.sheets import confined, reading
from tests.conftest import House
from tests.drafts.files import book
from tests.forms import token
from tests.imports import ledgers
from tests.imports.moving_in import Desk
from tests.inspections.test_a_paper_visit import enter, paper
from tests.inspections.test_amending_a_visit import amend, submit
from tests.plans import cast
from tests.visits import FOOD, findings, photo
from tests.world import PACK

MOMENT = 3.0  # seconds: what takes longer on a small input lets nobody else have a turn


# Closing needs somebody else


async def test_whoever_adds_a_finding_to_a_record_does_not_close_it_alone(house: House) -> None:
    """The supervisor was not on the visit, but the finding that was put right at once is theirs."""
    boss = house.world.supervisor
    receipt = await submit(house)
    fixed = await findings(house, (FOOD, "食堂"), by=boss, fixed=True, after=[await photo(house, boss, "after")])
    done = await amend(house, receipt["visit"], answers={FOOD: {"value": "fail"}}, findings=fixed)
    with pytest.raises(Refusal, match=r"problem\.on_visit"):
        await house.perform(boss, "problems.close", {"problem": done["problems"][0]["problem"]})


async def test_whoever_enters_a_paper_does_not_close_what_it_says_was_fixed(house: House) -> None:
    boss = house.world.supervisor
    entered = await paper(house, (FOOD, "食堂"))
    entered["findings"][0] |= {"fixed": True, "after": [await photo(house, boss, "after")]}
    receipt = await enter(house, entered)
    with pytest.raises(Refusal, match=r"problem\.on_visit"):
        await house.perform(boss, "problems.close", {"problem": receipt["problems"][0]["problem"]})


@pytest.mark.parametrize(("said", "state"), [("立行立改", "fixed_on_spot"), ("已复查合格", "rechecked")])
async def test_whoever_moves_a_ledger_in_does_not_close_what_it_says_was_done(house: House, said: str, state: str) -> None:
    """Its words stand for somebody's look at the place; closing them takes a second person here."""
    async with _ready(house, recheck=said if state == "rechecked" else "", progress=said) as desk:
        await desk.step("/accept")
        await desk.confirm()
        (line,) = await desk.lines()
    found = await problems.problem(house.world.supervisor, line.id)
    assert found
    assert found.state == state
    with pytest.raises(Refusal, match=r"problem\.(on_visit|rechecker)"):
        await house.perform(house.world.supervisor, "problems.close", {"problem": line.id})


@contextlib.asynccontextmanager
async def _ready(house: House, **cells: object) -> AsyncIterator[Desk]:
    """A ledger of one row, mapped."""
    async with house.client(house.world.supervisor) as client:
        yield await _mapped(Desk(house, client, house.world.supervisor), **cells)


async def _mapped(desk: Desk, **cells: object) -> Desk:
    row = ledgers.row(1, "2026.8.4", ledgers.HOME, "食堂台账不全", **cells)
    await desk.upload(ledgers.book([list(ledgers.COLUMNS), row]), "2026年台账.xlsx")
    await desk.map()
    return desk


# What a form may say


@pytest.mark.parametrize("other", ["severity", "party", "state", "what"])
async def test_no_word_takes_the_place_of_a_level_or_a_state(house: House, other: str) -> None:
    """Text under a key would be shown on no page any more, and a problem without words is none."""
    async with _ready(house) as desk:
        (line,) = await desk.lines()
        assert (await desk.settle(line, "swap", field="person", other=other)).status_code == 422
        assert (await desk.lines())[0].found == line.found


@pytest.mark.parametrize("table", ['{"S23-01": {"fields": {"due": {"a": [1]}}}}', '{"S23-01": {"fields": {"due": "x", "done": []}}}', '{"S23-09": {"value": "x\\u0000"}}', "{}", "[]"])
@pytest.mark.parametrize("step", ["table", "problems", "submit", "?"])
async def test_no_hidden_table_of_a_paper_visit_breaks_its_page(house: House, table: str, step: str) -> None:
    async with house.client(house.world.supervisor) as client:
        given = {
            "table": table, "step": step, "facility": house.world.home, "part": f"{PACK['key']}/1:measures", "more": FOOD, "on": clock.today().isoformat(), "started": "09:00",
            "ended": "10:00", "kind": "routine", "mode": "announced", "first": house.world.inspector.id, "second": house.world.second.id,
        }  # fmt: skip
        answer = await client.post("/visits/enter", data={**await token(client), **given})
    assert answer.status_code < 500


@pytest.mark.parametrize("path", ["/people/import/confirm", "/facilities/import/confirm", "/visits/enter"])
async def test_brackets_without_end_in_a_hidden_field_are_refused_in_words(house: House, path: str) -> None:
    deep = '{"entries": [], "x": ' + "[" * 200_000 + "]" * 200_000 + "}"
    async with house.client(house.world.administrator) as client:
        data = {**await token(client), "payload": deep, "table": deep, "facility": house.world.home, "part": "epidemic-2020-250/1:measures", "step": "table"}
        answer = await client.post(path, data=data, files={"x": ("", b"")})
    assert 400 <= answer.status_code < 500


@pytest.mark.parametrize("path", ["/imports/{id}/rows/{huge}", "/visits/{id}/versions/{huge}", "/checklists/x/{huge}/xlsx", "/visit/x/{huge}"])
async def test_a_number_of_five_thousand_digits_in_an_address_is_no_fault_of_ours(house: House, path: str) -> None:
    async with house.client(house.world.supervisor) as client:
        for huge in ("9" * 30, "9" * 5000):
            assert (await client.get(path.format(id=new_id(), huge=huge))).status_code in (400, 404, 422)


# Small files that ask for much


def test_a_cell_of_opening_brackets_takes_no_time_at_all() -> None:
    began = time.monotonic()
    for cell in ("(" * 32_767, "(x" * 16_000, "（" * 32_767, "*" * 32_767):
        assert not heads.is_repeated([cell] * 20, ["问题描述"] * 20)
        heads.heading([[cell] * 20])
    assert time.monotonic() - began < MOMENT


@pytest.mark.parametrize("content", [b"\n" * 20_000_000, b"," * 20_000_000, b'"\n",' * 5_000_000, b"a" * 20_000_000], ids=["lines", "commas", "lines in quotes", "one cell"])
def test_twenty_megabytes_of_nothing_do_not_fill_the_servers_memory(content: bytes) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(Refusal, match=r"sheet\.(large|broken)"):
            reading.sheets(content, 5000)
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


def children() -> set[str]:
    """The processes that this one has begun and that run at one instant: between two looks, for one look takes a while."""
    return _seen() & _seen()


def _seen() -> set[str]:
    found: set[str] = set()
    for file in pathlib.Path("/proc/self/task").glob("*/children"):
        with contextlib.suppress(OSError):  # a thread that has just ended
            found.update(file.read_text().split())
    return found


def test_many_files_at_once_are_read_by_few_processes() -> None:
    """Each may take a gigabyte."""
    others = children()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(reading.sheets, ledgers.book([["检查时间", str(n)]]), 100) for n in range(8)]
        most = 0
        while not all(one.done() for one in waiting):
            most = max(most, len(children() - others))
    assert 0 < most <= confined.AT_ONCE
    assert [one.result()[0].rows[0][1] for one in waiting] == [str(n) for n in range(8)]


def test_a_book_of_endless_text_does_not_come_back_whole() -> None:
    """Shared strings: one long text, named by every cell."""
    with pytest.raises(Refusal, match=r"sheet\.(large|broken)"):
        reading.sheets(ledgers.book([["字" * 32_000] * 200 for _ in range(8)]), 100)


def test_merged_ranges_that_lie_over_each_other_are_no_table() -> None:
    rows = [["x"] * 200 for _ in range(2000)]
    began = time.monotonic()
    with pytest.raises(Refusal, match=r"sheet\.broken"):
        heads.spread(rows, [(0, 0, 1999, 199)] * 10_000)
    assert time.monotonic() - began < MOMENT
    assert heads.spread([["a", ""], ["", ""]], [(0, 0, 1, 5)]) == [["a", "a"], ["a", "a"]]


def test_twenty_thousand_names_that_nobody_knows_are_looked_up_in_some_seconds() -> None:
    known = names.Names([names.Registered(str(n), f"示例第{n}养老服务中心", "a/", "elderly_care") for n in range(2000)], [], [])
    began = time.process_time()
    assert known.facility("示例第12养老服务中新").offers
    for n in range(2000):
        known.facility(f"{n}不存在的某某机构{n * 7919}")
    assert time.process_time() - began < 5 * MOMENT
    assert not known.facility("一个新的说法" * 200).offers


def test_an_xlsform_of_nested_groups_does_not_multiply_their_conditions() -> None:
    said = " or ".join(f"${{a}} = 'c{n}'" for n in range(400))
    deep = [["select_one c", "a", "甲", ""], *(["begin group", f"g{n}", f"组{n}", said] for n in range(60)), *(["integer", f"t{n}", f"题{n}", ""] for n in range(300)), *([["end group", "", "", ""]] * 60)]
    content = book(survey=[["type", "name", "label", "relevant"], *deep], choices=[["list_name", "name", "label"], *(["c", f"c{n}", str(n)] for n in range(400))])
    tracemalloc.start()
    try:
        with contextlib.suppress(Refusal):
            drafted(content)
        assert tracemalloc.get_traced_memory()[1] < 200_000_000
    finally:
        tracemalloc.stop()


# Places that are not one's own


async def test_a_plan_for_a_facility_that_went_to_another_district_reaches_it_no_more(house: House) -> None:
    """The plan stays with the bureau that made it; the facility, its inspectors and its visits are another's now."""
    world = house.world
    plan = await cast.made(house, below=world.home)
    await house.perform(world.chief, "places.move", {"id": world.home, "parent": world.kaizhou, "reason": "区划调整"})
    asked = {"id": new_id(), "plan": plan, "rules": {"count": 1, "within_days": 0, "recent": "same", "avoid_last": False}, "inspectors": [world.inspector.id, world.second.id]}
    async with house.client(world.supervisor) as client:
        for path in ("", "/facilities", "/draw", "/edit"):
            answer = await client.get(f"/plans/{plan}{path}")
            assert answer.status_code == 200, path
            assert world.foreign_inspector.name not in answer.text, path
    with pytest.raises(Refusal, match="draw"):
        await house.perform(world.supervisor, "plans.draw", asked)
    assert not await cast.visits(house, plan)


async def test_nobody_is_registered_twice_by_one_file(house: House) -> None:
    """The hidden field says the same row twice: one person would take the other's place, and both would stand in the history."""
    row = {"row": 2, "name": "示例甲", "sign_in": "13900000001", "role": "contact", "place": house.world.home, "place_name": "", "until_on": None, "does": "new"}
    entries = [row, {**row, "name": "示例乙", "sign_in": "13900000002"}]
    async with house.client(house.world.administrator) as client:
        answer = await client.post("/people/import/confirm", data={**await token(client), "payload": msgspec.json.encode({"entries": entries}).decode()}, files={"x": ("", b"")})
    assert answer.status_code == 422


@pytest.mark.parametrize("role", ["supervisor", "administrator", "contact"])
async def test_no_hidden_field_gives_a_role_above_ones_own_place(house: House, role: str) -> None:
    for place in (house.world.city, house.world.kaizhou, house.world.foreign):
        for person in ({"does": "new"}, {"does": "role", "person": house.world.administrator.id}):
            row = {"row": 2, "name": "示例甲", "sign_in": "13900000001", "role": role, "place": place, "place_name": "", "until_on": None, **person}
            async with house.client(house.world.administrator) as client:
                answer = await client.post("/people/import/confirm", data={**await token(client), "payload": msgspec.json.encode({"entries": [row]}).decode()}, files={"x": ("", b"")})
            assert answer.status_code in (403, 404), answer.text[-600:]
