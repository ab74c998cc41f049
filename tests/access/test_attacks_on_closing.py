"""Ways to a closing that put several doors together: none may end without evidence that still holds, and a person with no hand in it."""

import datetime as dt
from typing import Any

import pytest

from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.refusal import Refusal
from server.problems.queries import problem
from tests.conftest import House
from tests.deposits.test_what_is_not_taken_in import decide, kept, sent
from tests.inspections.test_amending_a_visit import amend
from tests.problems.test_rechecks_on_site import failing, reported, seen
from tests.problems.test_the_workflow import act
from tests.sync.test_the_wire import envelope
from tests.visits import FOOD, findings, photo, visit


async def put_right(house: House, by: Actor | None = None, **changed: Any) -> dict[str, Any]:
    """A visit that found something and saw it put right at once."""
    actor = by or house.world.inspector
    noted = await findings(house, (FOOD, "食堂"), by=actor, fixed=True, after=[await photo(house, actor, "after")])
    return await visit(house, noted, by=actor, **changed)


async def test_whoever_takes_a_visit_in_by_hand_does_not_close_what_it_says_was_put_right(house: House) -> None:
    """Two strangers' signatures, a supervisor's word for them, and the same supervisor's closing: one person decided."""
    world, whole = house.world, await put_right(house, house.world.foreign_inspector)
    for slot, actor in (("first", world.foreign_inspector), ("second", world.foreign_second)):
        whole["signatures"][slot] |= {"person": actor.id, "name": actor.name}
    command = envelope(house, whole, world.foreign_inspector)
    await sent(house, command, world.foreign_inspector)
    await decide(house, "accept", (await kept(house, command["id"]))["id"])
    id = whole["findings"][0]["id"]
    with pytest.raises(Refusal, match=r"problem\.on_visit"):
        await act(house, world.supervisor, "close", id)
    await act(house, Actor(world.chief.id, world.chief.name, world.supervisor.roles), "close", id)


async def test_what_was_put_right_and_is_found_again_is_not_closed_with_what_was_seen_before(house: House) -> None:
    world, start = house.world, clock.now()
    first = (await house.perform(world.inspector, "inspections.submit", await put_right(house)))["problems"][0]["problem"]
    clock.set(lambda: start + dt.timedelta(days=1))
    again = (await house.perform(world.inspector, "inspections.submit", await visit(house, await findings(house, (FOOD, "食堂")))))["problems"][0]
    assert not again["observed"]
    await act(house, world.supervisor, "close", first)
    found = await problem(world.supervisor, again["problem"])
    assert found
    assert (found.state, found.relapse_of) == ("recorded", first), "it is open still, and says what it is a relapse of"


async def test_nor_is_what_passed_its_recheck(house: House) -> None:
    world, id, start = house.world, await reported(house), clock.now()
    await house.perform(world.second, "problems.recheck", seen(id))
    clock.set(lambda: start + dt.timedelta(days=1))
    again = (await house.perform(world.inspector, "inspections.submit", await visit(house, await findings(house, (FOOD, "食堂")))))["problems"][0]
    assert not again["observed"]
    found = await problem(world.supervisor, again["problem"])
    assert found
    assert (found.state, found.relapse_of) == ("recorded", id)


async def test_a_visit_from_before_it_was_put_right_is_one_more_sight_of_it_however_late_it_comes(house: House) -> None:
    world, before = house.world, clock.now() - dt.timedelta(days=2)
    late = await visit(house, await findings(house, (FOOD, "食堂")), started_at=before, finished_at=before + dt.timedelta(hours=1))
    first = (await house.perform(world.inspector, "inspections.submit", await put_right(house)))["problems"][0]["problem"]
    told = (await house.perform(world.inspector, "inspections.submit", late))["problems"][0]
    assert (told["problem"], told["observed"]) == (first, True)


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_no_correction_puts_a_problem_nearer_to_its_closing(house: House) -> None:
    """Amending its visit takes it back or leaves it: it never passes, and whoever amended a finding into it does not close it."""
    world, id = house.world, await reported(house)
    stands = await problem(world.supervisor, id)
    assert stands
    with pytest.raises(Refusal, match=r"problem\.moved_on"):
        await amend(house, stands.visit_id, answers={FOOD: {"value": "pass"}}, taken_back=[id])
    assert await problem(world.supervisor, id) == stands


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_a_closing_is_the_end_for_every_door(house: House) -> None:
    """Neither a late step, re-check or deposit, nor one that a supervisor takes in by hand, moves what is closed."""
    world, id = house.world, await reported(house)
    late = [(world.second, "problems.recheck", await failing(house, id, world.second)), (world.contact, "problems.report", {"id": seen(id)["id"], "problem": id, "text": "x", "photos": [await photo(house, world.contact, "z")]})]
    await house.perform(world.inspector, "problems.recheck", seen(id))
    await act(house, world.supervisor, "close", id)
    for actor, kind, payload in late:
        command = envelope(house, payload, actor, kind=kind)
        assert (await sent(house, command, actor))["state"] == "refused"
        with pytest.raises(Refusal, match=r"problem\."):
            await decide(house, "accept", (await kept(house, command["id"]))["id"])
    for name, told in (("withdraw", {"reason": "x"}), ("set_due", {"due_on": clock.today()}), ("assign", {"person": "x"}), ("supervise", {"to": "x", "reason": "x"}), ("close", {})):
        with pytest.raises(Refusal, match=r"problem\.state"):
            await act(house, world.supervisor, name, id, **told)
    found = await problem(world.supervisor, id)
    assert found
    assert found.state == "closed"
