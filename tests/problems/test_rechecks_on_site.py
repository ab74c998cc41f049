"""A re-check made without signal: judged by the day on which it was made, counted once, and never over somebody else's."""

import asyncio
import datetime as dt
from typing import Any

import msgspec
import pytest

from server.database.rows import one
from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.ledger.queries import history
from server.people.tables import Standing
from server.problems.queries import problem
from tests.conftest import House
from tests.problems.test_the_workflow import act, issued
from tests.sync.test_the_wire import envelope, post
from tests.visits import photo


async def reported(house: House, **more: Any) -> str:
    """A problem of which the facility says that it is put right."""
    id = await issued(house, **more)
    await act(house, house.world.contact, "report", id, text="已整改", photos=[await photo(house, house.world.contact, "after")])
    return id


def seen(problem: str, passed: bool = True, **changed: Any) -> dict[str, Any]:
    return {"id": new_id(), "problem": problem, "passed": passed, "record": "现场看过", "photos": [], "due_on": None, "at": clock.now(), **changed}


async def failing(house: House, problem: str, by: Actor, **changed: Any) -> dict[str, Any]:
    shot = await photo(house, by, f"still {by.name}")
    due = clock.today() + dt.timedelta(days=9)
    return seen(problem, False, **{"record": "仍混放", "photos": [shot], "due_on": due, **changed})


async def test_what_passes_on_site_waits_for_closing_and_the_receipt_says_so(house: House) -> None:
    id = await reported(house)
    sealed = seen(id)
    receipt = await house.perform(house.world.second, "problems.recheck", sealed)
    found = await problem(house.world.supervisor, id)
    assert found is not None
    assert (receipt["recheck"], receipt["problem"], receipt["number"], receipt["state"]) == (sealed["id"], id, found.number, "rechecked")
    assert (found.state, found.recheck, found.rechecker_id, found.recheck_on) == ("rechecked", "现场看过", house.world.second.id, clock.today())
    await act(house, house.world.supervisor, "close", id)


async def test_what_does_not_pass_goes_back_with_its_photo_and_a_new_day(house: House) -> None:
    id = await reported(house)
    sealed = await failing(house, id, house.world.second)
    await house.perform(house.world.second, "problems.recheck", sealed)
    found = await problem(house.world.supervisor, id)
    assert found is not None
    assert (found.state, found.rework, found.due_on, found.recheck) == ("returned", 1, sealed["due_on"], "仍混放")
    last = (await history(id))[-1]
    assert (last.kind, last.data["photos"], last.data["reason"]) == ("problem.returned", sealed["photos"], "仍混放")


async def test_the_day_is_the_phones_however_late_it_arrives(house: House) -> None:
    id = await reported(house)
    made = clock.now()
    clock.set(lambda: made + dt.timedelta(days=12))
    due = clock.today(made) + dt.timedelta(days=5)  # past by now, not when it was set
    await house.perform(house.world.second, "problems.recheck", await failing(house, id, house.world.second, at=made, due_on=due))
    found = await problem(house.world.supervisor, id)
    assert found is not None
    assert (found.recheck_on, found.due_on) == (clock.today(made), due)


async def test_the_same_recheck_again_gives_the_same_receipt_and_under_another_command_it_is_known(house: House) -> None:
    id = await reported(house)
    sealed = envelope(house, seen(id), house.world.second, kind="problems.recheck")
    async with house.client(house.world.second) as client:
        first, again = (await post(client, sealed)).content, (await post(client, sealed)).content
        assert first == again
        other = (await post(client, {**sealed, "id": new_id()})).json()["receipts"][0]
    assert (other["state"], other["refusal"]["code"]) == ("refused", "problem.recheck_known")
    assert [event.kind for event in await history(id)].count("problem.rechecked") == 1


async def test_two_decide_without_signal_and_the_second_is_told_who_decided_what_and_when(house: House) -> None:
    id = await reported(house)
    world = house.world
    first, second = seen(id), await failing(house, id, world.inspector)
    await house.perform(world.second, "problems.recheck", first)
    with pytest.raises(Refusal, match="problem.decided") as refused:
        await house.perform(world.inspector, "problems.recheck", second)
    said = refused.value.words
    for words in ("何川", clock.today().isoformat()):
        assert words in said.zh
        assert words in said.en
    assert "复查通过" in said.zh
    assert "Re-checked" in said.en


async def test_fifty_at_once_from_two_phones_are_one_decision(house: House) -> None:
    id, world = await reported(house), house.world
    first = envelope(house, seen(id), world.second, kind="problems.recheck")
    second = envelope(house, await failing(house, id, world.inspector), world.inspector, kind="problems.recheck")
    async with house.client(world.second) as one, house.client(world.inspector) as other:
        answers = await asyncio.gather(*(post(*pair) for pair in ((one, first), (other, second)) * 25))
    states = [answer.json()["receipts"][0]["state"] for answer in answers]
    assert states.count("received") == 25
    assert {answer.json()["receipts"][0].get("refusal", {}).get("code", "") for answer in answers} == {"", "problem.decided"}
    assert len([event for event in await history(id) if event.kind in ("problem.rechecked", "problem.returned")]) == 1


async def test_a_recheck_of_an_earlier_round_does_not_decide_on_a_later_report(house: House) -> None:
    id, world = await reported(house), house.world
    late = seen(id, round=0)  # saw what the first report spoke of
    await house.perform(world.second, "problems.recheck", await failing(house, id, world.second, round=0))
    await act(house, world.contact, "report", id, text="再次整改", photos=[await photo(house, world.contact, "again")])
    with pytest.raises(Refusal, match="problem.decided") as refused:
        await house.perform(world.inspector, "problems.recheck", late)
    assert "复查不通过" in refused.value.words.zh
    await house.perform(world.inspector, "problems.recheck", seen(id, round=1))


async def test_a_recheck_before_the_report_is_no_recheck_of_it(house: House) -> None:
    id = await reported(house)
    with pytest.raises(Refusal, match="problem.recheck_early"):
        await house.perform(house.world.second, "problems.recheck", seen(id, at=clock.now() - dt.timedelta(days=2)))


@pytest.mark.parametrize("days", [-401, 3])
async def test_a_clock_that_is_off_by_years_is_told_so(house: House, days: int) -> None:
    id = await reported(house)
    with pytest.raises(Refusal, match="problem.recheck_at"):
        await house.perform(house.world.second, "problems.recheck", seen(id, at=clock.now() + dt.timedelta(days=days)))


async def test_who_put_it_right_and_who_has_no_business_here_cannot_recheck(house: House) -> None:
    id, world = await reported(house), house.world
    both = Actor(world.contact.id, "谭秀梅", (*world.contact.roles, *world.second.roles))
    await house.ledger.keep(add=[(Standing, {"id": new_id(), "person_id": both.id, "place_id": world.wanzhou, "role": "inspector", "from_on": clock.today()})])
    with pytest.raises(Refusal, match="problem.rectifier"):
        await house.perform(both, "problems.recheck", seen(id))
    for actor, code in ((world.administrator, "not_allowed"), (world.foreign_inspector, "not_found"), (world.neighbour_contact, "not_found")):
        with pytest.raises(Refusal, match=code):
            await house.perform(actor, "problems.recheck", seen(id))
    with pytest.raises(Refusal, match="not_found"):
        await house.perform(world.second, "problems.recheck", seen(new_id()))
    assert (await history(id))[-1].kind == "problem.reported"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"record": " "}, "problem.blank"), ({"record": "长" * 2001}, "problem.long"), ({"due_on": None}, "problem.blank"), ({"photos": []}, "problem.recheck_photo"),
        ({"due_on": "2020-01-01"}, "problem.due"), ({"photos": ["b" * 64]}, "photo.missing"), ({"photos": ["x"]}, "input.invalid"), ({"id": "x"}, "input.invalid"),
        ({"at": "yesterday"}, "input.invalid"), ({"round": "one"}, "input.invalid"), ({"why": "unknown field"}, "input.invalid"),
    ],
)  # fmt: skip
async def test_what_is_missing_or_wrong_is_named_and_nothing_is_kept(house: House, changed: dict[str, Any], code: str) -> None:
    id = await reported(house)
    with pytest.raises(Refusal, match=code):
        await house.perform(house.world.second, "problems.recheck", await failing(house, id, house.world.second, **changed))
    found = await problem(house.world.supervisor, id)
    assert found is not None
    assert (found.state, found.recheck) == ("awaiting_recheck", "")


async def test_what_nobody_reported_cannot_be_rechecked(house: House) -> None:
    with pytest.raises(Refusal, match="problem.state"):
        await house.perform(house.world.second, "problems.recheck", seen(await issued(house)))


async def test_who_re_checked_before_being_reassigned_is_taken_in_and_one_made_afterwards_waits(house: House) -> None:
    world = house.world
    id = await reported(house)
    before = seen(id)
    standing = await one("select id from standing where person_id = ?", world.second.id)
    assert standing
    await house.perform(world.administrator, "people.end_role", {"standing": standing["id"]})
    elsewhere = msgspec.structs.replace(world.second, roles=())
    with pytest.raises(Refusal, match="not_found"):
        await house.perform(elsewhere, "problems.recheck", seen(id))
    await house.perform(elsewhere, "problems.recheck", before)
    last = (await history(id))[-1]
    assert (last.kind, last.data["away"]) == ("problem.rechecked", True)


async def test_a_supervisor_takes_in_by_hand_what_authority_or_a_clock_stood_against_and_nothing_else(house: House) -> None:
    world = house.world
    id = await reported(house)
    at = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
    sealed = envelope(house, seen(id, at=at), world.administrator, kind="problems.recheck")
    decided = envelope(house, seen(id, at=clock.now()), world.administrator, kind="problems.recheck")
    async with house.client(world.administrator) as phone:
        told = [(await post(phone, command)).json()["receipts"][0] for command in (sealed, decided)]
    assert [one["held"]["state"] for one in told] == ["waiting", "waiting"]
    ids = [(await one("select id from deposit where command_id = ?", command["id"]) or {})["id"] for command in (sealed, decided)]
    with pytest.raises(Refusal, match="recheck_at"):
        await house.perform(world.supervisor, "deposits.accept", {"deposit": ids[0], "seen": "waiting"})
    await house.perform(world.supervisor, "deposits.accept", {"deposit": ids[0], "seen": "waiting", "on": clock.today(), "reason": "当日同去"})
    found = await problem(world.supervisor, id)
    assert found
    assert (found.state, found.rechecker_id, found.recheck_on) == ("rechecked", world.administrator.id, clock.today())
    assert (await history(id))[-1].data["vouched"]["name"] == world.supervisor.name
    with pytest.raises(Refusal, match=r"problem\.decided"):
        await house.perform(world.supervisor, "deposits.accept", {"deposit": ids[1], "seen": "waiting"})
