"""A plan is made, filled, handed out, sent out, ended or withdrawn; each step by whoever keeps the bureau."""

import datetime as dt
from typing import Any

import pytest

from server.foundation import clock
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.ledger.queries import history
from server.plans import queries
from server.plans.rows import Filters
from tests.conftest import House
from tests.inspections.test_a_paper_visit import paper
from tests.plans.cast import details, hand, made, only, out, third, visits
from tests.visits import visit
from tests.world import PACK


async def test_a_plan_is_made_and_stands_in_the_list_of_its_bureau_only(house: House) -> None:
    plan = await made(house)
    assert [one.id for one in await queries.plans(house.world.supervisor, Filters())] == [plan]
    assert await queries.plans(house.world.foreigner, Filters()) == []
    assert [one.id for one in await queries.plans(house.world.chief, Filters(q="冬季", kind="special", mode="unannounced", state="draft"))] == [plan]


async def test_the_seeds_fingerprint_is_in_the_history_and_the_seed_nowhere_to_be_read(house: House) -> None:
    plan = await made(house)
    found = await queries.plan(house.world.supervisor, plan)
    event = (await history(plan))[0]
    assert found
    assert len(found.commitment) == 64
    assert event.data["commitment"] == found.commitment
    assert "seed" not in event.data


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"title": " "}, "problem.blank"), ({"title": "长" * 61}, "problem.long"), ({"until_on": dt.date(2020, 1, 1)}, "plan.dates"),
        ({"until_on": dt.date(9999, 1, 1)}, "plan.dates"), ({"from_on": dt.date(1, 1, 1)}, "plan.dates"), ({"types": ["zoo"]}, "facility.type"),
        ({"draw_count": 1000}, "draw.many"), ({"draw_count": -1}, "draw.many"), ({"checklist": "none"}, "plan.checklist"), ({"parts": []}, "plan.checklist"),
        ({"parts": ["nothing"]}, "plan.checklist"), ({"kind": "yearly"}, "input.invalid"), ({"extra": 1}, "input.invalid"),
    ],
)  # fmt: skip
async def test_a_plan_that_cannot_be_right_is_refused_and_nothing_of_it_kept(house: House, changed: dict[str, Any], code: str) -> None:
    with pytest.raises(Refusal, match=code):
        await made(house, **changed)
    assert await queries.plans(house.world.supervisor, Filters(state="all")) == []


async def test_a_plan_means_places_below_its_own_bureau(house: House) -> None:
    for below in (house.world.kaizhou, house.world.city, new_id()):
        with pytest.raises(Refusal, match="plan.scope"):
            await made(house, below=below)


async def test_only_who_keeps_the_bureau_makes_plans_there(house: House) -> None:
    world = house.world
    for actor, code in ((world.inspector, "not_allowed"), (world.contact, "not_found"), (world.foreigner, "not_found")):
        with pytest.raises(Refusal, match=code):
            await made(house, by=actor)
    with pytest.raises(Refusal, match="place.closed"):
        await made(house, place=world.home, below=world.home)


async def test_the_same_form_twice_makes_one_plan(house: House) -> None:
    payload, act = {"id": new_id(), "place": house.world.wanzhou, "details": details(house)}, new_id()
    first = await house.perform(house.world.supervisor, "plans.make", payload, act)
    assert await house.perform(house.world.supervisor, "plans.make", payload, act) == first
    assert len(await queries.plans(house.world.supervisor, Filters())) == 1


async def test_a_draft_may_change_and_what_phones_carry_may_not(house: House) -> None:
    world = house.world
    plan = await made(house)
    changing = {"plan": plan, "seen": 1, "details": details(house, title="春季安全检查", mode="announced")}
    await house.perform(world.supervisor, "plans.change", changing)
    with pytest.raises(Refusal, match="plan.changed"):
        await house.perform(world.supervisor, "plans.change", changing)
    plan = await out(house)
    seen = (await queries.plan(world.supervisor, plan)).revision
    with pytest.raises(Refusal, match="plan.state"):
        await house.perform(world.supervisor, "plans.change", {"plan": plan, "seen": seen, "details": details(house, mode="announced")})
    later = clock.today() + dt.timedelta(days=60)
    await house.perform(world.supervisor, "plans.change", {"plan": plan, "seen": seen, "details": details(house, title="延长", until_on=later)})
    found = await queries.plan(world.supervisor, plan)
    assert found
    assert (found.title, found.until_on) == ("延长", later)


# Its facilities


async def choose(house: House, plan: str, *facilities: str, due_in: int = 5, id: str | None = None) -> dict[str, Any]:
    due = clock.today() + dt.timedelta(days=due_in)
    return await house.perform(house.world.supervisor, "plans.choose", {"plan": plan, "facilities": facilities, "due_on": due}, id)


async def test_facilities_are_chosen_once_each_within_the_scope(house: House) -> None:
    world = house.world
    plan, act = await made(house), new_id()
    first = await choose(house, plan, world.home, id=act)
    assert await choose(house, plan, world.home, id=act) == first
    assert [(one.facility, one.stands) for one in await visits(house, plan)] == [("安康养老院", "due")]
    for facility, code in ((world.home, "plan.twice"), (world.foreign, "not_found"), (new_id(), "not_found"), (world.wanzhou, "not_found")):
        with pytest.raises(Refusal, match=code):
            await choose(house, plan, facility)
    with pytest.raises(Refusal, match="plan.nothing"):
        await choose(house, plan)
    for days in (-1, 31):
        with pytest.raises(Refusal, match="plan.due"):
            await choose(house, plan, world.neighbour, due_in=days)
    assert len(await visits(house, plan)) == 1


async def test_one_that_is_not_of_the_plans_types_takes_the_others_with_it(house: House) -> None:
    world = house.world
    plan = await made(house, types=["elderly_care"])
    with pytest.raises(Refusal, match="plan.scope") as refused:
        await choose(house, plan, world.home, world.neighbour)
    assert "儿童福利院" in refused.value.words.zh
    assert await visits(house, plan) == []


async def test_an_empty_plan_is_not_sent_out(house: House) -> None:
    with pytest.raises(Refusal, match="plan.idle"):
        await house.perform(house.world.supervisor, "plans.open", {"plan": await made(house)})


# Who goes


async def test_two_inspectors_of_the_place_get_it_and_others_only_with_a_reason(house: House) -> None:
    world, plan = house.world, await out(house)
    assert ((await only(house, plan)).first, (await only(house, plan)).second) == ("周敏", "何川")
    other = await third(house)
    with pytest.raises(Refusal, match="assignment.reason"):
        await hand(house, plan, second=other)
    await hand(house, plan, second=other, reason="何川外出学习")
    found = await only(house, plan)
    assert (found.second, found.reason) == ("示例第三人", "何川外出学习")
    told = [event.data["reason"] for event in await history(plan) if event.kind == "plan.handed"]
    assert told == ["", "何川外出学习"]
    assert world.second.id not in (found.first_id, found.second_id)


async def test_nobody_gets_a_visit_who_may_not_make_it(house: House) -> None:
    world, plan = house.world, await out(house, handed=False)
    for second, code in ((world.inspector, "assignment.pair"), (world.foreign_inspector, "assignment.place"), (world.contact, "assignment.place")):
        with pytest.raises(Refusal, match=code):
            await hand(house, plan, second=second)
    await avoids(house, world.second.id, world.home)
    with pytest.raises(Refusal, match="assignment.conflict") as refused:
        await hand(house, plan)
    assert refused.value.field == "second"
    assert (await only(house, plan)).first_id is None


async def avoids(house: House, person: str, facility: str, id: str | None = None, **changed: Any) -> str:
    payload = {"id": id or new_id(), "person": person, "facility": facility, "reason": "亲属在该机构任职", **changed}
    return str((await house.perform(house.world.supervisor, "plans.avoid", payload))["avoidance"])


async def test_what_nobody_has_yet_is_spread_evenly_and_keeps_to_the_conflicts(house: House) -> None:
    world = house.world
    other = await third(house)
    plan = await out(house, world.home, world.neighbour, handed=False)
    await avoids(house, other.id, world.home)
    await avoids(house, world.second.id, world.neighbour)
    spread, act = {"plan": plan, "inspectors": [world.inspector.id, world.second.id, other.id]}, new_id()
    told = await house.perform(world.supervisor, "plans.spread", spread, act)
    assert await house.perform(world.supervisor, "plans.spread", spread, act) == told
    found = {one.facility_id: {one.first_id, one.second_id} for one in await visits(house, plan)}
    assert found == {world.home: {world.inspector.id, world.second.id}, world.neighbour: {world.inspector.id, other.id}}
    with pytest.raises(Refusal, match="plan.nothing"):
        await house.perform(world.supervisor, "plans.spread", spread)


async def test_spreading_among_one_or_among_those_who_may_not_go_is_refused(house: House) -> None:
    world, plan = house.world, await out(house, handed=False)
    for people, code in (([world.inspector.id], "draw.inspectors"), ([world.inspector.id, world.foreign_inspector.id], "assignment.place")):
        with pytest.raises(Refusal, match=code):
            await house.perform(world.supervisor, "plans.spread", {"plan": plan, "inspectors": people})
    assert (await only(house, plan)).first_id is None


async def test_one_is_taken_out_with_a_reason_and_may_come_back(house: House) -> None:
    plan = await out(house)
    dropping, act = {"assignment": (await only(house, plan)).id, "reason": "机构停业整顿"}, new_id()
    with pytest.raises(Refusal, match="problem.blank"):
        await house.perform(house.world.supervisor, "plans.drop", {**dropping, "reason": " "})
    told = await house.perform(house.world.supervisor, "plans.drop", dropping, act)
    assert await house.perform(house.world.supervisor, "plans.drop", dropping, act) == told
    assert (await only(house, plan)).stands == "withdrawn"
    with pytest.raises(Refusal, match="assignment.settled"):
        await house.perform(house.world.supervisor, "plans.drop", dropping)
    await choose(house, plan, house.world.home)
    assert sorted(one.stands for one in await visits(house, plan)) == ["due", "withdrawn"]


async def test_all_of_one_person_goes_to_another_in_one_act(house: House) -> None:
    world = house.world
    other, plan = await third(house), await out(house, house.world.home, house.world.neighbour)
    mine = await queries.open_of(world.administrator, world.second.id)
    moving, act = {"giver": world.second.id, "taker": other.id, "assignments": [one.id for one in mine], "reason": "调离"}, new_id()
    told = await house.perform(world.administrator, "plans.hand_over", moving, act)
    assert await house.perform(world.administrator, "plans.hand_over", moving, act) == told
    assert {(one.first, one.second) for one in await visits(house, plan)} == {("周敏", "示例第三人")}
    assert await queries.open_of(world.administrator, world.second.id) == []
    with pytest.raises(Refusal, match="assignment.settled"):
        await house.perform(world.administrator, "plans.hand_over", moving)


async def test_handing_over_is_all_or_nothing(house: House) -> None:
    world = house.world
    other, plan = await third(house), await out(house, house.world.home, house.world.neighbour)
    await avoids(house, other.id, world.neighbour)
    moving = {"giver": world.second.id, "assignments": [one.id for one in await visits(house, plan)], "reason": "调离"}
    for taker, code in ((other.id, "assignment.conflict"), (world.inspector.id, "assignment.pair"), (world.foreign_inspector.id, "assignment.place")):
        with pytest.raises(Refusal, match=code):
            await house.perform(world.administrator, "plans.hand_over", {**moving, "taker": taker})
    for actor, code in ((world.foreigner, "not_found"), (world.inspector, "not_allowed")):
        with pytest.raises(Refusal, match=code):
            await house.perform(actor, "plans.hand_over", {**moving, "taker": other.id})
    assert {one.second for one in await visits(house, plan)} == {"何川"}


# Its end


async def test_a_plan_that_has_ended_leaves_what_was_not_done_as_missed(house: House) -> None:
    plan, act = await out(house), new_id()
    told = await house.perform(house.world.supervisor, "plans.end", {"plan": plan}, act)
    assert await house.perform(house.world.supervisor, "plans.end", {"plan": plan}, act) == told
    assert (await only(house, plan)).stands == "missed"
    for kind in ("plans.end", "plans.open"):
        with pytest.raises(Refusal, match="plan.state"):
            await house.perform(house.world.supervisor, kind, {"plan": plan})


async def test_past_its_day_it_is_missed(house: House) -> None:
    plan = await out(house)
    later = clock.now() + dt.timedelta(days=21)
    clock.set(lambda: later)
    assert (await only(house, plan)).stands == "missed"


async def test_a_withdrawn_plan_takes_its_open_visits_with_it(house: House) -> None:
    plan, act = await out(house), new_id()
    with pytest.raises(Refusal, match="problem.blank"):
        await house.perform(house.world.supervisor, "plans.withdraw", {"plan": plan, "reason": ""})
    told = await house.perform(house.world.supervisor, "plans.withdraw", {"plan": plan, "reason": "上级统一部署"}, act)
    assert await house.perform(house.world.supervisor, "plans.withdraw", {"plan": plan, "reason": "上级统一部署"}, act) == told
    assert (await only(house, plan)).stands == "withdrawn"
    assert await queries.mine(house.world.inspector) == []


# Conflicts


async def test_a_conflict_is_registered_once_and_ended_with_a_reason(house: House) -> None:
    world = house.world
    id = await avoids(house, world.second.id, world.home)
    assert [(one.person, one.facility) for one in await queries.avoidances(world.supervisor)] == [("何川", "安康养老院")]
    assert await queries.avoidances(world.foreigner) == []
    with pytest.raises(Refusal, match="avoidance.known"):
        await avoids(house, world.second.id, world.home)
    ending, act = {"avoidance": id, "reason": "亲属已离职"}, new_id()
    told = await house.perform(world.supervisor, "plans.end_avoidance", ending, act)
    assert await house.perform(world.supervisor, "plans.end_avoidance", ending, act) == told
    with pytest.raises(Refusal, match="avoidance.ended"):
        await house.perform(world.supervisor, "plans.end_avoidance", ending)
    assert await queries.avoidances(world.supervisor) == []


async def test_a_conflict_is_registered_by_whoever_keeps_the_place_for_who_inspects_there(house: House) -> None:
    world = house.world
    for facility, person, code in ((world.foreign, world.second.id, "not_found"), (world.home, world.foreign_inspector.id, "assignment.place"), (world.home, new_id(), "not_found")):
        with pytest.raises(Refusal, match=code):
            await avoids(house, person, facility)
    with pytest.raises(Refusal, match="problem.blank"):
        await avoids(house, world.second.id, world.home, reason="")
    with pytest.raises(Refusal, match="not_allowed"):
        await house.perform(world.contact, "plans.avoid", {"id": new_id(), "person": world.second.id, "facility": world.home, "reason": "x"})
    assert await queries.avoidances(world.supervisor) == []


async def test_a_paper_visit_may_be_the_planned_one(house: House) -> None:
    plan = await out(house)
    assignment = await only(house, plan)
    async with house.client(house.world.supervisor) as client:
        form = (await client.get("/visits/enter", params={"facility": house.world.home, "part": f"{PACK['key']}/1:measures"})).text
        assert f'<option value="{assignment.id}" selected>' in form
    entered = await house.perform(house.world.supervisor, "inspections.enter", await paper(house, assignment=assignment.id))
    assert (await only(house, plan)).visit_id == entered["visit"]
    again = await house.perform(house.world.inspector, "inspections.submit", await visit(house, [], assignment=assignment.id))
    assert again["visit"]
    assert (await only(house, plan)).is_doubled
