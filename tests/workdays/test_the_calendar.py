"""Working days: the State Council's calendar with the days it moves, corrected by the place, counted as anybody would by hand."""

import datetime as dt
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.problems.rules import due_after
from server.workdays import rules
from server.workdays.queries import corrections, declared
from tests.conftest import House
from tests.forms import token
from tests.visits import FOOD, findings, visit

DAYS = st.dates(dt.date(2016, 1, 1), dt.date(2040, 1, 1))


def test_holidays_count_as_the_state_council_moves_them() -> None:
    assert due_after(dt.date(2026, 9, 30), "critical", {}) == dt.date(2026, 10, 8)  # 国庆 2026: 10-01 to 10-07
    assert due_after(dt.date(2026, 11, 20), "critical", {}) == dt.date(2026, 11, 23)  # over a week-end


@given(DAYS, st.integers(0, 40), st.dictionaries(st.integers(0, 60), st.booleans()))
def test_a_due_day_is_the_nth_worked_day_after_the_start(start: dt.date, count: int, offsets: dict[int, bool]) -> None:
    corrected = {start + dt.timedelta(days=offset): worked for offset, worked in offsets.items()}
    due = rules.after(start, count, corrected)
    between = [start + dt.timedelta(days=n + 1) for n in range((due - start).days)]
    assert sum(rules.is_worked(on, corrected) for on in between) == count
    assert count == 0 or rules.is_worked(due, corrected)


def test_the_nearer_place_has_the_last_word_and_what_was_taken_back_none() -> None:
    on, later = dt.date(2026, 12, 3), dt.date(2026, 12, 4)

    def row(path: str, day: dt.date, worked: bool, ended: Any = None) -> dict[str, Any]:
        return {"place_path": path, "day_on": day, "is_worked": worked, "ended_at": ended}

    assert rules.effective([row("a/b/", on, True), row("a/", on, False), row("a/", later, False), row("a/b/", later, True, "then")]) == {on: True, later: False}


def coming(weekday: int) -> dt.date:
    """The next such day some weeks away, far from every holiday that is announced."""
    on = clock.today() + dt.timedelta(days=1)
    while on.weekday() != weekday or rules.is_worked(on, {}) != (weekday < 5):
        on += dt.timedelta(days=1)
    return on


async def declare(house: House, actor: Actor, on: dt.date, worked: bool = False, place: str = "", **changed: Any) -> str:
    payload = {"id": new_id(), "place": place or house.world.wanzhou, "day_on": on, "is_worked": worked, "reason": "防汛停工", **changed}
    return str((await house.perform(actor, "workdays.declare", payload))["workday"])


async def test_a_day_off_of_the_city_holds_below_it_until_the_district_works_it(house: House) -> None:
    world, on = house.world, coming(2)
    await declare(house, world.chief, on, place=world.city)
    assert await corrections(world.paths[world.home]) == {on: False}
    assert await corrections(world.paths[world.foreign]) == {on: False}
    of_district = await declare(house, world.supervisor, on, worked=True)
    assert await corrections(world.paths[world.home]) == {on: True}
    await house.perform(world.administrator, "workdays.take_back", {"workday": of_district, "reason": "照常放假"})
    assert await corrections(world.paths[world.home]) == {on: False}
    with pytest.raises(Refusal, match=r"workday\.ended") as told:
        await house.perform(world.supervisor, "workdays.take_back", {"workday": of_district, "reason": "再撤"})
    assert "陈静" in told.value.words.zh


async def test_what_a_visit_finds_falls_due_by_the_calendar_of_its_place(house: House) -> None:
    world, on = house.world, coming(2)
    at = dt.datetime.combine(on - dt.timedelta(days=1), dt.time(9), clock.BEIJING)
    await declare(house, world.supervisor, on)
    clock.set(lambda: at)
    noted = await findings(house, (FOOD, "食堂"), severity="critical")
    receipt = await house.perform(world.inspector, "inspections.submit", await visit(house, noted))
    row = await house.ledger.writer.query("select due_on from problem where id = ?", receipt["problems"][0]["problem"])
    assert str(row[0]["due_on"])[:10] == due_after(clock.today(at), "critical", {on: False}).isoformat() != on.isoformat()


async def test_what_says_nothing_or_is_not_ones_own_is_refused(house: House) -> None:
    world, sunday, wednesday = house.world, coming(6), coming(2)
    for actor, code, changed in (
        (world.supervisor, "workday.same", {"on": sunday}), (world.supervisor, "workday.day", {"on": clock.today() + dt.timedelta(days=1200)}),
        (world.supervisor, "workday.place", {"on": wednesday, "place": world.home}), (world.supervisor, "people.reason", {"on": wednesday, "reason": " "}),
        (world.inspector, "not_allowed", {"on": wednesday}), (world.contact, "not_found", {"on": wednesday}), (world.foreigner, "not_found", {"on": wednesday}),
        (world.supervisor, "not_found", {"on": wednesday, "place": world.city}),
    ):  # fmt: skip
        with pytest.raises(Refusal, match=code.replace(".", r"\.")):
            await declare(house, actor, **changed)
    assert await declared(world.supervisor) == []


async def test_the_same_declaration_again_is_one(house: House) -> None:
    payload, id = {"id": new_id(), "place": house.world.wanzhou, "day_on": coming(2), "is_worked": False, "reason": "防汛"}, new_id()
    assert await house.perform(house.world.supervisor, "workdays.declare", payload, id) == await house.perform(house.world.supervisor, "workdays.declare", payload, id)
    assert len(await declared(house.world.supervisor)) == 1


async def test_the_register_declares_and_takes_back_with_forms(house: House) -> None:
    world, on = house.world, coming(2)
    async with house.client(world.supervisor) as client:
        data = {**await token(client), "_id": new_id(), "place": world.wanzhou, "day_on": on.isoformat(), "what": "off", "reason": "三峡移民节"}
        assert (await client.post("/workdays", data=data)).status_code == 303
        for lang, words in (("zh", "三峡移民节"), ("en", "Working days")):
            assert words in (await client.get("/workdays", params={"lang": lang})).text
        again = await client.post("/workdays", data={**data, "_id": new_id()})
        assert (again.status_code, "本来就是休息日" in again.text) == (409, True)
        id = (await declared(world.supervisor))[0].id
        assert (await client.post(f"/workdays/{id}/end", data={**await token(client), "_id": new_id(), "reason": "改期"})).status_code == 303
        assert "已撤回" in (await client.get("/workdays?lang=zh")).text
