"""A visit made on a plan is taken in whatever became of the plan; a second one is kept, and somebody says which stands."""

import datetime as dt
from typing import Any

import pytest

from server.database.rows import one
from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.inspections import queries as inspections
from server.ledger.verify import verify
from server.plans import queries
from tests.conftest import House
from tests.plans.cast import hand, only, out, third, visits
from tests.visits import photo, visit


async def submit(house: House, assignment: str, by: tuple[Actor, Actor] | None = None, **changed: Any) -> dict[str, Any]:
    first, second = by or (house.world.inspector, house.world.second)
    sealed = await visit(house, [], by=first, assignment=assignment, **changed)
    for slot, actor in (("first", first), ("second", second)):
        sealed["signatures"][slot] |= {"person": actor.id, "name": actor.name, "photo": await photo(house, first, "ink")}
    return await house.perform(first, "inspections.submit", sealed)


async def kept(house: House, visit: str) -> tuple[str | None, str | None]:
    found = await one("select assignment_id, second_of from inspection where id = ?", visit)
    assert found
    return found["assignment_id"], found["second_of"]


async def test_the_visit_does_the_assignment_and_leaves_the_phones_list(house: House) -> None:
    plan = await out(house)
    assert [mine.facility for mine in await queries.mine(house.world.inspector)] == ["安康养老院"]
    planned = await only(house, plan)
    receipt = await submit(house, planned.id)
    done = await only(house, plan)
    assert (done.stands, done.visit_id, done.done_on, done.is_doubled) == ("done", receipt["visit"], clock.today(), False)
    assert await queries.mine(house.world.inspector) == []
    assert await kept(house, receipt["visit"]) == (planned.id, None)
    assert (await verify()).faults == []
    assert await inspections.verify_records() == []


async def test_an_old_phone_that_knows_no_plans_is_served_as_before(house: House) -> None:
    plan = await out(house)
    sealed = await visit(house, [])
    assert "assignment" not in sealed
    receipt = await house.perform(house.world.inspector, "inspections.submit", sealed)
    assert (await only(house, plan)).stands == "due"
    assert await kept(house, receipt["visit"]) == (None, None)


@pytest.mark.parametrize("assignment", ["nonsense", "a\x00b", "长" * 500, "00000000-0000-7000-8000-0000000000ee"])
async def test_a_plan_that_the_server_does_not_know_costs_nobody_a_visit(house: House, assignment: str) -> None:
    receipt = await submit(house, assignment)
    assert await kept(house, receipt["visit"]) == (None, None)


async def test_a_visit_of_another_facility_does_not_do_it(house: House) -> None:
    plan = await out(house, house.world.home)
    sealed = await visit(house, [], type="children", facility=house.world.neighbour, assignment=(await only(house, plan)).id)
    receipt = await house.perform(house.world.inspector, "inspections.submit", sealed)
    assert (await only(house, plan)).stands == "due"
    assert await kept(house, receipt["visit"]) == (None, None)


async def test_a_second_visit_is_kept_and_flagged_and_the_supervisor_says_which_stands(house: House) -> None:
    world, plan = house.world, await out(house)
    planned = await only(house, plan)
    first, second = await submit(house, planned.id), await submit(house, planned.id)
    doubled = await only(house, plan)
    assert (doubled.is_doubled, doubled.visit_id) == (True, first["visit"])
    assert await kept(house, second["visit"]) == (planned.id, first["visit"])
    merging, act = {"assignment": planned.id, "visit": second["visit"], "reason": "第二次查得全"}, new_id()
    told = await house.perform(world.supervisor, "plans.merge", merging, act)
    assert await house.perform(world.supervisor, "plans.merge", merging, act) == told
    stands = await only(house, plan)
    assert (stands.is_doubled, stands.visit_id, stands.stands) == (False, second["visit"], "done")
    assert len(await inspections.visits(world.supervisor)) == 2, "both records stay"
    with pytest.raises(Refusal, match="assignment.merged"):
        await house.perform(world.supervisor, "plans.merge", merging)


async def test_only_a_visit_of_this_assignment_can_stand_for_it_and_only_with_a_reason(house: House) -> None:
    world, plan = house.world, await out(house)
    planned = (await only(house, plan)).id
    one_visit = (await submit(house, planned))["visit"]
    await submit(house, planned)
    merging = {"assignment": planned, "visit": one_visit, "reason": "先到"}
    for changed, code in (({"visit": new_id()}, "not_found"), ({"assignment": new_id()}, "not_found"), ({"reason": " "}, "problem.blank")):
        with pytest.raises(Refusal, match=code):
            await house.perform(world.supervisor, "plans.merge", {**merging, **changed})
    for actor, code in ((world.inspector, "not_allowed"), (world.foreigner, "not_found")):
        with pytest.raises(Refusal, match=code):
            await house.perform(actor, "plans.merge", merging)
    assert (await only(house, plan)).is_doubled


async def test_who_lost_it_to_others_meanwhile_is_believed_all_the_same(house: House) -> None:
    """The phone was in a cellar when the visit was handed to others."""
    world, plan = house.world, await out(house)
    other = await third(house)
    await hand(house, plan, first=other, second=await fourth(house), reason="改派")
    receipt = await submit(house, (await only(house, plan)).id)
    found = await only(house, plan)
    assert (found.stands, found.visit_id) == ("done", receipt["visit"])
    made = (await queries.taken(world.supervisor, plan))[found.id]
    assert [one.how for one in made] == ["rehanded"]


async def fourth(house: House) -> Actor:
    world = house.world
    person = {"id": new_id(), "standing": new_id(), "name": "示例第四人", "sign_in": "fourth", "role": "inspector", "place": world.wanzhou, "code": "1" * 64}
    await house.perform(world.administrator, "people.add", person)
    await house.perform(Actor(person["id"], person["name"]), "people.activate", {"code": "1" * 64, "password": "x"})
    return Actor(person["id"], person["name"], world.inspector.roles)


async def test_a_visit_on_a_withdrawn_plan_is_kept_beside_it(house: House) -> None:
    world, plan = house.world, await out(house)
    planned = await only(house, plan)
    await house.perform(world.supervisor, "plans.withdraw", {"plan": plan, "reason": "统一部署"})
    receipt = await submit(house, planned.id)
    assert ((await only(house, plan)).stands, (await only(house, plan)).visit_id) == ("withdrawn", None)
    assert await kept(house, receipt["visit"]) == (planned.id, None)
    assert [one.how for one in (await queries.taken(world.supervisor, plan))[planned.id]] == ["withdrawn"]


async def test_a_visit_after_the_plan_has_ended_still_does_it(house: House) -> None:
    plan = await out(house)
    await house.perform(house.world.supervisor, "plans.end", {"plan": plan})
    await submit(house, (await only(house, plan)).id)
    assert (await only(house, plan)).stands == "done"


async def test_the_last_visit_of_a_facility_is_known_in_whatever_order_visits_come(house: House) -> None:
    world = house.world
    now = clock.now()
    for days in (3, 9, 6):
        at = now - dt.timedelta(days=days)
        sealed = await visit(house, [], started_at=at - dt.timedelta(hours=1), finished_at=at)
        await house.perform(world.inspector, "inspections.submit", sealed)
    on, by = (await queries.last_visits(world.inspector.paths("inspector")))[world.home]
    assert (on, by) == (clock.today(now - dt.timedelta(days=3)), "周敏、何川")


async def test_facilities_not_visited_since_a_day_are_found(house: House) -> None:
    world = house.world
    await house.perform(world.inspector, "inspections.submit", await visit(house, []))
    plan = await queries.plan(world.supervisor, await out(house, world.neighbour))
    assert plan
    assert {one.name for one in await queries.facilities(plan)} == {"安康养老院", "儿童福利院"}
    assert [(one.name, one.is_planned) for one in await queries.facilities(plan, since=clock.today().isoformat())] == [("儿童福利院", True)]
    assert [(one.name, one.is_just_visited) for one in await queries.facilities(plan, search="安康")] == [("安康养老院", True)]


# On the phone


async def packed(house: House, actor: Actor) -> dict[str, Any]:
    async with house.client(actor) as client:
        return dict((await client.get("/pack", headers={"x-dugai": "1"})).json())


async def test_the_pack_holds_my_visits_of_plans_that_are_out(house: House) -> None:
    world = house.world
    plan = await out(house, note="先看食堂", title="冬季安全检查")
    await out(house, world.neighbour, handed=False)
    planned = await only(house, plan)
    assert (await packed(house, world.second))["assignments"] == [
        {
            "id": planned.id, "facility": world.home, "name": "安康养老院", "title": "冬季安全检查", "kind": "special", "mode": "unannounced",
            "checklist": {"key": "epidemic-2020-250", "version": 1}, "parts": ["measures"], "due_on": planned.due_on.isoformat(), "partner": "周敏",
            "note": "先看食堂",
        }
    ]  # fmt: skip
    for actor in (world.foreign_inspector, world.supervisor, world.contact):
        assert (await packed(house, actor))["assignments"] == []


async def test_a_draft_is_on_no_phone_yet(house: House) -> None:
    plan = await out(house)
    assert len(await queries.mine(house.world.inspector)) == 1
    await house.perform(house.world.supervisor, "plans.end", {"plan": plan})
    assert await queries.mine(house.world.inspector) == []


async def test_the_pack_says_who_visited_last(house: House) -> None:
    await house.perform(house.world.inspector, "inspections.submit", await visit(house, []))
    facility = next(one for one in (await packed(house, house.world.second))["facilities"] if one["id"] == house.world.home)
    assert (facility["recent"], facility["recent_by"]) == (clock.today().isoformat(), "周敏、何川")


async def test_the_record_of_the_visit_says_on_which_plan_it_was_and_that_it_came_second(house: House) -> None:
    world, plan = house.world, await out(house)
    planned = (await only(house, plan)).id
    first, second = (await submit(house, planned))["visit"], (await submit(house, planned))["visit"]
    async with house.client(world.supervisor) as client:
        assert "冬季安全检查" in (await client.get(f"/visits/{first}")).text
        assert "待合并" in (await client.get(f"/visits/{second}")).text
        assert "以所选的为准" in (await client.get(f"/plans/{plan}")).text
    async with house.client(world.contact) as client:
        assert "冬季安全检查" not in (await client.get(f"/visits/{first}")).text
    assert len(await visits(house, plan)) == 1
