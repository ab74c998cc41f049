"""Attacks on what is done together: over somebody else's work, with what went elsewhere meanwhile, past the second person, and by forms that no page sends."""

import asyncio
import datetime as dt

import msgspec
import pytest

from server.foundation import clock
from server.foundation.actor import Standing
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.ledger.queries import history
from server.ledger.verify import verify
from server.problems.queries import extensions, problem
from tests.conftest import House
from tests.forms import token
from tests.problems.test_rechecks_on_site import reported, seen
from tests.problems.test_the_workflow import a_recorded
from tests.selections.test_doing_many_at_once import checked, chosen, done, outcomes, stands, undone, walked

# Undoing what somebody else has worked on, in the very transaction that did it


async def test_what_came_in_the_same_breath_is_not_undone_with_it(house: House) -> None:
    """Both are written in one transaction, whose instant once stood for both."""
    world, one = house.world, await a_recorded(house)
    id = await chosen(house, one)
    await checked(house, id, "assign", person="李四")
    await house.perform(world.supervisor, "selections.do", {"selection": id})
    part = {"selection": id, "state": "running", "part": 0}
    await asyncio.gather(house.perform(world.supervisor, "selections.proceed", part), house.perform(world.supervisor, "problems.assign", {"problem": one, "person": "王五"}))
    assert outcomes(await undone(house, id)) == ["left"]
    assert (await stands(house, one)).person == "王五"
    times = [event.at for event in await history(one)]
    assert times == sorted(set(times)), "each step has an instant of its own"
    assert (await verify()).faults == []


async def test_a_notice_is_not_taken_back_over_a_request_that_came_in_the_same_breath(house: House) -> None:
    world, one, notice = house.world, await a_recorded(house), new_id()
    due = clock.today() + dt.timedelta(days=9)
    issue = {"id": notice, "lines": [{"problem": one, "due_on": due, "person": "谭秀梅"}]}
    ask = {"id": new_id(), "problem": one, "wished_on": due + dt.timedelta(days=3), "reason": "缺货"}
    await asyncio.gather(house.perform(world.supervisor, "notices.issue", issue), house.perform(world.contact, "problems.ask_extension", ask))
    with pytest.raises(Refusal, match=r"problem\.worked_on"):
        await house.perform(world.supervisor, "notices.take_back", {"notice": notice, "reason": "误下"})
    assert [one.state for one in await extensions(one)] == ["asked"]


# Rows that are not the actor's any more


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_what_went_to_another_bureau_is_neither_done_nor_undone_nor_shown(house: House) -> None:
    world, first, second = house.world, await a_recorded(house), await a_recorded(house, "二楼")
    finished, open_one = await chosen(house, first), await chosen(house, second)
    await done(house, finished, "assign", person="李四")
    await checked(house, open_one, "assign", person="李四")
    await house.perform(world.chief, "places.move", {"id": world.home, "parent": world.kaizhou, "reason": "区划调整"})
    await house.perform(world.supervisor, "selections.do", {"selection": open_one})
    assert outcomes(await walked(house, open_one)) == ["refused"]
    assert outcomes(await undone(house, finished)) == ["left"]
    moved = [await problem(world.foreigner, id) for id in (first, second)]
    assert [one.person for one in moved if one] == ["李四", "谭秀梅"]
    async with house.client(world.supervisor) as client:
        for id in (finished, open_one):
            page = (await client.get(f"/selections/{id}")).text
            assert not [words for words in ("食堂", "二楼", "安康养老院", "谭秀梅") if words in page]


async def test_whoever_sees_a_place_without_supervising_it_does_nothing_there_in_bulk(house: House) -> None:
    """A supervisor of the one bureau who only inspects, or audits, in the other."""
    world, one = house.world, await a_recorded(house)
    for role in ("inspector", "auditor", "administrator"):
        both = msgspec.structs.replace(world.foreigner, roles=(*world.foreigner.roles, Standing(role, world.wanzhou, world.paths[world.wanzhou])))
        id = await chosen(house, one, by=both)
        await house.perform(both, "selections.check", {"selection": id, "act": "assign", "given": {"person": "李四"}})
        given = {one: {"person": "李四", "sponsor": ""}}
        await house.perform(both, "selections.proceed", {"selection": id, "state": "checking", "part": 0, "given": given})
        with pytest.raises(Refusal, match=r"selection\.nothing"):
            await house.perform(both, "selections.do", {"selection": id})
    assert (await stands(house, one)).person == "谭秀梅"


# Past the second person


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_nothing_is_closed_rechecked_or_withdrawn_in_bulk(house: House) -> None:
    world, id = house.world, await reported(house)
    await house.perform(world.second, "problems.recheck", seen(id))
    for name in ("close", "pass", "fail", "withdraw", "report", "accept_plan", "grant_extension", "take_back", "notices.issue", "../problems.close"):
        with pytest.raises(Refusal, match=r"input\.invalid"):
            await checked(house, await chosen(house, id), name)
    assert (await stands(house, id)).state == "rechecked"


# Forms that no page sends


async def test_what_an_address_would_not_take_is_refused_in_a_form_too(house: House) -> None:
    """An encoded NUL in the filters broke PostgreSQL."""
    await a_recorded(house)
    async with house.client(house.world.supervisor) as client:
        for name in ("q", "inspector", "place", "facility", "checklist"):
            answer = await client.post("/selections", data={**await token(client), "scope": "all", "query": f"{name}=a%00b"})
            assert answer.status_code == 422, name


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_no_odd_form_breaks_a_selection(house: House) -> None:
    one = await a_recorded(house)
    id = await chosen(house, one)
    async with house.client(house.world.supervisor) as client:
        for chosen_by, status in (
            ({"scope": "page", "shown": ",".join(new_id() for _ in range(500))}, 404), ({"scope": "page", "shown": "x,,y"}, 404), ({"problem": ["x" * 5000]}, 404), ({"problem": [new_id() for _ in range(5001)]}, 422),
            ({"scope": "all", "query": "q=" + "%E9%95%BF" * 3000}, 422), ({"scope": "all", "query": "&" * 5000, "at": "0001-01-01T00:00:00+14:00"}, 303), ({"scope": "all", "query": "a=1" * 900, "at": "9999-12-31T23:59:59Z"}, 303),
        ):  # fmt: skip
            assert (await client.post("/selections", data={**await token(client), **chosen_by})).status_code == status, str(chosen_by)[:80]
        for step, given, status in (
            ("check", {"act": "set_due", "due_on": "9999-12-31"}, 422), ("check", {"act": "set_due", "due_on": "x"}, 422), ("check", {"act": "assign", "person": "长" * 5000}, 422), ("check", {"act": "assign", "person": "\x1b[1m"}, 422),
            ("check", {"act": "set_due", "reason": "长" * 15_000}, 422), ("do", {}, 409), ("undo", {"reason": "x"}, 409), ("proceed", {}, 404), ("choose", {}, 404),
        ):  # fmt: skip
            assert (await client.post(f"/selections/{id}/{step}", data={**await token(client), **given})).status_code == status, step
        for query in ("outcome=x&after=x", "after=99999999", "after=-1", "after=１"):
            assert (await client.get(f"/selections/{id}?{query}")).status_code == 200
            assert (await client.get(f"/selections?{query}")).status_code == 200
