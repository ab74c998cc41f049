"""A draw: from the plan's own lists, at once in force, kept for good, repeatable by anyone."""

import datetime as dt
import hashlib
from typing import Any

import msgspec
import pytest

from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.ledger.queries import history
from server.plans import lots, queries
from server.plans.tables import Draw
from tests.conftest import House
from tests.plans.cast import made, third, visits
from tests.plans.test_making_a_plan import avoids
from tests.visits import visit


async def drawn(house: House, plan: str, id: str | None = None, inspectors: list[str] | None = None, by: Actor | None = None, draw: str = "", **changed: Any) -> str:
    world = house.world
    rules = {"count": 0, "within_days": 0, "recent": "same", "avoid_last": True, **{k: v for k, v in changed.items() if k in lots.Rules.__struct_fields__}}
    payload = {
        "id": draw or new_id(), "plan": plan, "rules": rules, "inspectors": [world.inspector.id, world.second.id] if inspectors is None else inspectors,
        "words": changed.get("words", ""), "reason": changed.get("reason", ""),
    }  # fmt: skip
    return str((await house.perform(by or world.supervisor, "plans.draw", payload, id))["draw"])


async def record(house: House, draw: str) -> lots.Record:
    found = await queries.draw(house.world.supervisor, draw)
    assert found
    return found.record


async def test_what_is_drawn_is_handed_out_at_once(house: House) -> None:
    world, plan = house.world, await made(house)
    draw = await drawn(house, plan, words="瑞雪丰年")
    found = await visits(house, plan)
    assert {one.facility for one in found} == {"安康养老院", "儿童福利院"}
    assert {frozenset((one.first_id, one.second_id)) for one in found} == {frozenset((world.inspector.id, world.second.id))}
    assert {one.draw_id for one in found} == {draw}
    kept = await record(house, draw)
    assert [(pair.facility, pair.first) for pair in kept.result] == [(one.facility_id, one.first_id) for pair in kept.result for one in found if one.facility_id == pair.facility]


async def test_the_record_repeats_fits_the_fingerprint_shown_before_and_the_history(house: House) -> None:
    plan = await made(house)
    before = await queries.plan(house.world.supervisor, plan)
    draw = await drawn(house, plan, words="瑞雪丰年")
    kept = await record(house, draw)
    assert before
    assert hashlib.sha256(kept.seed.encode()).hexdigest() == kept.commitment == before.commitment
    assert lots.differences(kept) == []
    raw = await queries.raw_draw(house.world.supervisor, draw)
    event = next(event for event in await history(plan) if event.kind == "plan.drawn")
    assert raw
    assert event.data["sha256"] == hashlib.sha256(raw).hexdigest()
    after = await queries.plan(house.world.supervisor, plan)
    assert after
    assert after.commitment == event.data["next_commitment"] != before.commitment
    assert await queries.verify_records() == []


async def test_the_same_form_twice_draws_once(house: House) -> None:
    plan, act, draw = await made(house), new_id(), new_id()
    first = await drawn(house, plan, act, draw=draw)
    assert await drawn(house, plan, act, draw=draw) == first
    assert len(await queries.draws(house.world.supervisor, plan)) == 1


async def test_another_draw_needs_a_reason_and_what_was_drawn_is_left_out_of_it(house: House) -> None:
    plan = await made(house, draw_count=1)
    first = await record(house, await drawn(house, plan, count=1))
    with pytest.raises(Refusal, match="problem.blank") as refused:
        await drawn(house, plan, count=1)
    assert refused.value.field == "reason"
    again = await record(house, await drawn(house, plan, count=1, reason="增加一家"))
    assert (again.number, again.reason, list(again.out.values())) == (2, "增加一家", ["planned"])
    assert again.seed != first.seed
    assert lots.differences(again) == [], "its own fingerprint fits its own seed"
    with pytest.raises(Refusal, match="draw.empty"):
        await drawn(house, plan, reason="再加")
    assert len(await visits(house, plan)) == 2


async def test_those_visited_lately_are_left_out_and_the_last_visitors_spared(house: House) -> None:
    world = house.world
    await house.perform(world.inspector, "inspections.submit", await visit(house, []))
    plan = await made(house)
    kept = await record(house, await drawn(house, plan, within_days=30, recent="out"))
    assert kept.out == {world.home: "recent"}
    assert [pair.facility for pair in kept.result] == [world.neighbour]
    other = await third(house)
    plan = await made(house, types=["elderly_care"])
    kept = await record(house, await drawn(house, plan, inspectors=[world.inspector.id, world.second.id, other.id]))
    assert other.id in (kept.result[0].first, kept.result[0].second)
    assert next(site for site in kept.facilities if site.id == world.home).visited_on == clock.today()


async def test_nobody_is_drawn_where_a_conflict_or_another_place_bars_them(house: House) -> None:
    world = house.world
    other = await third(house)
    await avoids(house, world.second.id, world.home)
    plan = await made(house)
    everybody = [world.inspector.id, world.second.id, other.id, world.foreign_inspector.id]
    kept = await record(house, await drawn(house, plan, inspectors=everybody))
    pairs = {pair.facility: {pair.first, pair.second} for pair in kept.result}
    assert pairs[world.home] == {world.inspector.id, other.id}
    assert world.foreign_inspector.id not in pairs[world.neighbour]
    assert {(bar.person, bar.why) for bar in kept.barred} == {(world.second.id, "conflict"), (world.foreign_inspector.id, "place")}


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"inspectors": []}, "draw.inspectors"), ({"count": 3}, "draw.few"), ({"count": 301}, "draw.many"), ({"count": -1}, "draw.many"),
        ({"within_days": 5000}, "draw.many"), ({"recent": "never"}, "input.invalid"), ({"words": "长" * 101}, "problem.long"), ({"draw": "x"}, "input.invalid"),
        ({"inspectors": ["00000000-0000-7000-8000-0000000000ee"] * 2}, "not_found"),
    ],
)  # fmt: skip
async def test_what_cannot_be_drawn_is_refused_and_nothing_of_it_kept(house: House, asked: dict[str, Any], code: str) -> None:
    plan = await made(house)
    with pytest.raises(Refusal, match=code):
        await drawn(house, plan, **asked)
    assert await visits(house, plan) == []
    assert await queries.draws(house.world.supervisor, plan) == []


async def test_where_everybody_is_in_conflict_nothing_is_drawn(house: House) -> None:
    world = house.world
    plan = await made(house, types=["elderly_care"])
    await avoids(house, world.second.id, world.home)
    with pytest.raises(Refusal, match="draw.conflict"):
        await drawn(house, plan)


async def test_only_who_keeps_the_plan_draws_and_reads_it(house: House) -> None:
    world, plan = house.world, await made(house)
    for actor, code in ((world.inspector, "not_allowed"), (world.foreigner, "not_found"), (world.contact, "not_found")):
        with pytest.raises(Refusal, match=code):
            await drawn(house, plan, by=actor)
    draw = await drawn(house, plan)
    assert await queries.draw(world.foreigner, draw) is None
    assert await queries.raw_draw(world.foreigner, draw) is None


async def test_a_record_changed_by_hand_is_found(house: House) -> None:
    plan = await made(house)
    draw = await drawn(house, plan)
    kept = await queries.raw_draw(house.world.supervisor, draw)
    assert kept
    await house.ledger.keep(change=[(Draw, draw, {"record": kept.decode().replace("冬季", "夏季")})])
    assert await queries.verify_records() == [f"draw {draw} is not as it was made"]


async def test_the_page_repeats_the_draw_and_the_file_is_the_record(house: House) -> None:
    plan = await made(house)
    draw = await drawn(house, plan, words="瑞雪丰年")
    async with house.client(house.world.supervisor) as client:
        said = (await client.get(f"/draws/{draw}?check=yes")).text
        assert "结果完全一致" in said
        file = await client.get(f"/draws/{draw}/json")
    assert lots.differences(msgspec.json.decode(file.content, type=lots.Record)) == []
    assert file.json()["words"] == "瑞雪丰年"


async def test_from_the_form_to_the_record(house: House) -> None:
    world = house.world
    async with house.client(world.supervisor) as client:
        await client.get("/plans/new")
        headers = {"x-csrftoken": client.cookies["csrftoken"]}
        today = clock.today()
        plan = {
            "_id": new_id(), "title": "双随机抽查", "kind": "routine", "mode": "random", "from_on": today.isoformat(), "until_on": (today + dt.timedelta(days=9)).isoformat(),
            "place": world.wanzhou, "coverage": "draw", "draw_count": "1", "parts": ["epidemic-2020-250|measures", "epidemic-2020-250|parties"],
        }  # fmt: skip
        wrong = await client.post("/plans", data={**plan, "until_on": "2020-01-01"}, headers=headers)
        assert wrong.status_code == 422
        assert 'value="双随机抽查"' in wrong.text
        none = await client.post("/plans", data={**plan, "parts": "epidemic-2020-250|measures", "draw_count": "0"}, headers=headers)
        assert none.status_code == 422
        assert "至少抽取 1 家" in none.text
        kept = await client.post("/plans", data={**plan, "_id": new_id(), "parts": "epidemic-2020-250|measures"}, headers=headers)
        assert kept.status_code == 303, kept.text
        address = kept.headers["location"]
        form = {"_id": new_id(), "count": "1", "recent": "out", "within_days": "30", "inspectors": [world.inspector.id, world.second.id], "words": "立冬"}
        refused = await client.post(f"{address}/draw", data={**form, "inspectors": world.inspector.id}, headers=headers)
        assert refused.status_code == 422
        assert "至少要两人" in refused.text
        done = await client.post(f"{address}/draw", data={**form, "_id": new_id()}, headers=headers)
        assert done.status_code == 303
        page = (await client.get(done.headers["location"])).text
        assert "立冬" in page
        assert (await client.get(f"{address}/xlsx")).content[:2] == b"PK"
