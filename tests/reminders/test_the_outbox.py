"""Who is told what on which day, once; what falls away; and that a slow reference over random histories tells the same."""

import asyncio
import datetime as dt
import random
from typing import Any

import pytest

from server.foundation import clock
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.people.tables import Person, Standing
from server.problems.queries import problem
from server.problems.workflow import TO_PUT_RIGHT
from server.reminders.queries import by_place, inbox
from server.reminders.work import Reminders
from tests.conftest import House
from tests.problems.test_the_workflow import act
from tests.reminders.cast import MONDAY, at, later, running, server, set_rules, told
from tests.reminders.test_which_reminder_is_due import walked, works
from tests.visits import photo


async def city_supervisor(house: House) -> str:
    """Somebody who supervises at the bureau above."""
    id = "00000000-0000-7000-8000-0000000000c1"
    await house.ledger.keep(add=[
        (Person, {"id": id, "name": "秦峰", "sign_in": "13900000099", "state": "active", "lang": "zh"}),
        (Standing, {"id": new_id(), "person_id": id, "place_id": house.world.city, "role": "supervisor", "from_on": dt.date(2020, 1, 1), "until_on": None}),
    ])  # fmt: skip
    return id


async def live(reminders: Reminders, days: int) -> None:
    """The server looks every morning, from today on."""
    today = clock.today()
    for offset in range(days):
        at(today + dt.timedelta(days=offset))
        assert await reminders.look()


async def test_each_rule_tells_whom_it_names_on_its_day_and_once(house: House) -> None:
    at(MONDAY)
    world, chief = house.world, await city_supervisor(house)
    id = await running(house, 5)  # due on the Monday after
    reminders = server(house)
    await live(reminders, 24)
    await reminders.look()
    due = MONDAY + dt.timedelta(days=7)
    days = [walked(due, n) for n in (-3, -1, 0, 1, 3, 7)]
    assert [(row["made_at"].astimezone(dt.timezone(dt.timedelta(hours=8))).date(), row["days"]) for row in await told(receiver_id=world.contact.id)] == list(
        zip(days, (-3, -1, 0, 1, 3, 7), strict=True)
    )
    assert [row["days"] for row in await told(receiver_id=world.supervisor.id)] == [1, 3, 7]
    assert [(row["days"], row["level"], row["problem_id"]) for row in await told(receiver_id=chief)] == [(7, "above", id)]
    assert len(await told()) == 10


async def test_what_is_done_withdrawn_or_given_another_day_is_reminded_of_no_more(house: House) -> None:
    at(MONDAY)
    world = house.world
    reported, withdrawn, returned = [await running(house, 1, point) for point in ("甲", "乙", "丙")]
    reminders = server(house)
    await reminders.look()
    assert await inbox.unread(world.contact) == 3
    for id in (reported, returned):
        await act(house, world.contact, "report", id, text="已整改", photos=[await photo(house, world.contact, "after")])
    await act(house, world.supervisor, "withdraw", withdrawn, reason="重复")
    assert (await inbox.unread(world.contact), await inbox.mine(world.contact)) == (0, [])
    await act(house, world.second, "fail", returned, record="仍混放", due_on=MONDAY + dt.timedelta(days=10))
    await live(reminders, 6)
    assert {(row["days"], row["problem_id"], row["due_on"]) for row in await told()} == {(-1, id, MONDAY + dt.timedelta(days=1)) for id in (reported, withdrawn, returned)}
    await live(reminders, 6)
    assert {row["days"] for row in await told(due_on=MONDAY + dt.timedelta(days=10))} == {-3, -1, 0}, "by the new day, from the beginning"


async def test_with_more_time_given_it_is_reminded_of_by_the_new_day_from_then_on(house: House) -> None:
    """Three working days before the new day was last Friday, when nobody knew it."""
    at(MONDAY - dt.timedelta(days=7))
    world: Any = house.world
    id, reminders, due = await running(house, 4), server(house), MONDAY + dt.timedelta(days=2)
    at(MONDAY, 8)
    await act(house, world.contact, "ask_extension", id, wished_on=due, reason="配件未到")
    asked = await house.ledger.writer.query("select id from extension")
    await act(house, world.supervisor, "grant_extension", id, extension=asked[0]["id"], due_on=due)
    at(MONDAY)
    await live(reminders, 3)
    assert [(row["days"], row["due_on"]) for row in await told()] == [(-1, due), (0, due)]


async def test_a_day_off_that_the_bureau_declares_is_no_working_day(house: House) -> None:
    at(MONDAY)
    await running(house, 2)  # due on Wednesday
    await house.perform(house.world.administrator, "workdays.declare", {"id": new_id(), "place": house.world.wanzhou, "day_on": MONDAY + dt.timedelta(days=3), "is_worked": False, "reason": "区庆放假"})
    at(MONDAY + dt.timedelta(days=3))
    reminders = server(house)
    await reminders.look()
    assert {row["days"] for row in await told()} == {0}, "one working day after is not Thursday"
    at(MONDAY + dt.timedelta(days=4))
    await reminders.look()
    assert {row["days"] for row in await told()} == {0, 1}


async def test_a_server_that_was_away_tells_the_last_rule_only(house: House) -> None:
    at(MONDAY)
    await running(house, 5)
    at(MONDAY + dt.timedelta(days=9))
    await server(house).look()
    assert {row["days"] for row in await told()} == {1}


async def test_what_is_issued_after_the_mornings_look_is_told_the_same_day(house: House) -> None:
    at(MONDAY)
    reminders = server(house)
    await reminders.look()
    at(MONDAY, 14)
    await running(house, 1)
    await reminders.look()
    assert [row["days"] for row in await told()] == [-1]


async def test_a_place_has_rules_of_its_own_or_those_above(house: House) -> None:
    world = house.world
    at(MONDAY)
    await set_rules(house, {0: ("supervisor",)}, place=world.city)
    await set_rules(house, {-2: ("contact",)}, place=world.home, by=world.administrator)
    await running(house, 2)
    reminders = server(house)
    await reminders.look()
    assert [(row["days"], row["receiver_id"]) for row in await told()] == [(-2, world.contact.id)]
    await set_rules(house, {-2: ("contact",)}, place=world.home, by=world.administrator, own=False)
    at(MONDAY + dt.timedelta(days=2))
    await reminders.look()
    assert [(row["days"], row["receiver_id"]) for row in await told()][1:] == [(0, world.supervisor.id)], "those of the city"


async def test_a_facility_without_a_contact_leaves_it_to_its_bureau(house: House) -> None:
    at(MONDAY)
    await house.perform(house.world.administrator, "people.leave", {"person": house.world.contact.id, "reason": "调离"})
    await running(house, 1)
    await server(house).look()
    assert [(row["receiver_id"], row["level"]) for row in await told()] == [(house.world.supervisor.id, "supervisor")]


async def test_two_servers_at_once_tell_once_and_one_takes_over_from_the_other(house: House) -> None:
    at(MONDAY)
    for point in ("甲", "乙", "丙"):
        await running(house, 1, point)
    one, other = server(house), server(house)
    assert sorted(await asyncio.gather(one.look(), other.look())) == [False, True]
    assert len(await told()) == 3
    at(MONDAY + dt.timedelta(days=1))
    assert sorted([await other.look(), await one.look()]) == [False, True], "the lease of yesterday has run out"
    assert len(await told(days=0)) == 3
    later(seconds=31)
    assert await one.look() is True
    assert len(await told()) == 6


async def test_reading_is_marked_and_what_is_seen_on_the_problems_page_too(house: House) -> None:
    at(MONDAY)
    world = house.world
    id, _ = await running(house, 1), await running(house, 1, "库房")
    await server(house).look()
    async with house.client(world.contact) as client:
        assert ">2<" in (await client.get("/reminders/count")).text
        assert "万民整" in (await client.get(f"/reminders/problems/{id}")).text
        assert ">1<" in (await client.get("/reminders/count")).text
        page = (await client.get("/reminders")).text
        assert page.count("New</span>") + page.count("新</span>") == 1
        assert ">1<" not in (await client.get("/reminders/count")).text
    assert {row["read_at"] is not None for row in await told()} == {True}


async def test_who_has_no_business_at_the_place_any_more_reads_nothing_of_it(house: House) -> None:
    at(MONDAY)
    await running(house, 1)
    await server(house).look()
    assert len(await inbox.mine(house.world.contact)) == 1
    await house.perform(house.world.chief, "places.move", {"id": house.world.home, "parent": house.world.kaizhou, "reason": "区划调整"})
    before = house.world.contact  # with the path of before
    assert await inbox.mine(before) == []


async def test_a_facility_reads_of_the_bureaus_people_no_name(house: House) -> None:
    at(MONDAY)
    id = await running(house, 1)
    at(MONDAY + dt.timedelta(days=3))
    await server(house).look()
    async with house.client(house.world.contact) as client:
        of = (await client.get(f"/reminders/problems/{id}")).text
        assert "本局督导" in of
        assert house.world.supervisor.name not in of
    async with house.client(house.world.supervisor) as client:
        assert house.world.supervisor.name in (await client.get(f"/reminders/problems/{id}")).text


# The slow reference


class Slow:
    """One problem as a diary keeps it: on each day in which state, due when, since when; and what was told, worked out by walking days."""

    def __init__(self, set_on: dt.date, due: dt.date) -> None:
        self.state, self.due, self.set_on = "issued", due, set_on
        self.told: set[tuple[int, dt.date]] = set()

    def look(self, today: dt.date) -> None:
        if self.state not in TO_PUT_RIGHT:
            return
        came = [days for days in (-3, -1, 0, 1, 3, 7) if (walked(self.due, days) if days else self.due) <= today]
        if came and not (came[-1] < 0 and walked(self.due, came[-1]) < self.set_on):
            self.told.add((came[-1], self.due))


@pytest.mark.parametrize("seed", [7, 250])
async def test_over_random_histories_a_slow_reference_tells_the_same(house: House, seed: int) -> None:
    """Returns, withdrawals, days off, and days on which no server looked."""
    dice, world = random.Random(seed), house.world
    start = dt.date(2026, 9, 14)  # 国庆 and 中秋 lie in it
    at(start)
    diaries: dict[str, Slow] = {}
    for n in range(6):
        id = await running(house, dice.randint(1, 8), f"点位 {n}")
        found = await problem(world.supervisor, id)
        assert found
        assert found.due_on
        diaries[id] = Slow(start, found.due_on)
    reminders = server(house)
    for offset in range(40):
        today = start + dt.timedelta(days=offset)
        at(today, 9)
        for id, diary in diaries.items():
            await happens(house, dice, id, diary, today)
        if works(today) or dice.random() < 0.5:
            at(today, 10)
            await reminders.look()
            for diary in diaries.values():
                diary.look(today)
    got = {id: {(row["days"], row["due_on"]) for row in await told(problem_id=id, receiver_id=world.contact.id)} for id in diaries}
    assert got == {id: diary.told for id, diary in diaries.items()}
    assert sum(len(diary.told) for diary in diaries.values()) > 15


async def happens(house: House, dice: random.Random, id: str, diary: Slow, today: dt.date) -> None:
    world, chance = house.world, dice.random()
    if diary.state in ("issued", "returned") and chance < 0.08:
        await act(house, world.contact, "report", id, text="已整改", photos=[await photo(house, world.contact, "after")])
        diary.state = "awaiting_recheck"
    elif diary.state == "awaiting_recheck" and chance < 0.4:
        due = walked(today, dice.randint(1, 6))
        await act(house, world.second, "fail", id, record="仍混放", due_on=due)
        diary.state, diary.due, diary.set_on = "returned", due, today
    elif diary.state in TO_PUT_RIGHT and chance > 0.99:
        await act(house, world.supervisor, "withdraw", id, reason="重复")
        diary.state = "withdrawn"


# Commands


async def test_rules_are_set_refused_and_replayed(house: House) -> None:
    at(MONDAY)
    world: Any = house.world
    payload = {"place": world.wanzhou, "steps": [{"days": 1, "to": ["contact"]}], "quiet_from": "21:00", "quiet_until": "07:30"}
    act_id = new_id()
    first = await house.perform(world.administrator, "reminders.set_rules", payload, act_id)
    assert await house.perform(world.administrator, "reminders.set_rules", payload, act_id) == first
    held = (await by_place.rules_of([world.paths[world.home]]))[world.paths[world.home]]
    assert (held.place_id, held.rules.quiet_from, [step.days for step in held.rules.steps]) == (world.wanzhou, dt.time(21), [1])
    for actor, change, code in (
        (world.supervisor, {}, "not_allowed"), (world.foreigner, {}, "not_found"), (world.administrator, {"place": world.kaizhou}, "not_found"),
        (world.administrator, {"place": world.city}, "not_found"), (world.administrator, {"quiet_from": "25:00"}, "reminder.hours"),
        (world.administrator, {"steps": [{"days": 1, "to": []}]}, "reminder.to"),
    ):  # fmt: skip
        with pytest.raises(Refusal, match=code):
            await house.perform(actor, "reminders.set_rules", {**payload, **change})


async def test_robots_are_added_refused_replayed_and_removed(house: House) -> None:
    at(MONDAY)
    world: Any = house.world
    robot, act_id = {"id": new_id(), "place": world.wanzhou, "kind": "wecom", "name": "督导群", "sealed": "x"}, new_id()
    first = await house.perform(world.administrator, "reminders.add_robot", robot, act_id)
    assert await house.perform(world.administrator, "reminders.add_robot", robot, act_id) == first
    for actor, change, code in ((world.supervisor, {}, "not_allowed"), (world.foreigner, {}, "not_found"), (world.administrator, {"kind": "pigeon"}, "input.invalid"), (world.administrator, {"name": " "}, "reminder.name")):
        with pytest.raises(Refusal, match=code):
            await house.perform(actor, "reminders.add_robot", {**robot, "id": new_id(), **change})
    with pytest.raises(Refusal, match="not_found"):
        await house.perform(world.foreigner, "reminders.remove_robot", {"robot": robot["id"]})
    removing = new_id()
    gone = await house.perform(world.administrator, "reminders.remove_robot", {"robot": robot["id"]}, removing)
    assert await house.perform(world.administrator, "reminders.remove_robot", {"robot": robot["id"]}, removing) == gone
    with pytest.raises(Refusal, match=r"reminder\.removed"):
        await house.perform(world.administrator, "reminders.remove_robot", {"robot": robot["id"]})
    assert await by_place.robots_at([world.paths[world.wanzhou]]) == []
