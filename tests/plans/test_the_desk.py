"""Plans at the desk: every form does its act once, and comes back with what was typed where it is refused."""

import datetime as dt
import io
from typing import Any

import httpx
import python_calamine

from server.foundation import clock
from server.foundation.ids import new_id
from server.plans import queries
from tests.conftest import House
from tests.plans.cast import made, only, out, third, visits
from tests.plans.test_making_a_plan import avoids
from tests.visits import visit


async def post(client: httpx.AsyncClient, path: str, **data: Any) -> httpx.Response:
    if "csrftoken" not in client.cookies:
        await client.get("/plans")
    return await client.post(path, data={"_id": new_id(), **data}, headers={"x-csrftoken": client.cookies["csrftoken"]})


async def test_facilities_are_chosen_with_those_just_visited_marked(house: House) -> None:
    world = house.world
    await house.perform(world.inspector, "inspections.submit", await visit(house, []))
    plan = await made(house)
    async with house.client(world.supervisor) as client:
        page = (await client.get(f"/plans/{plan}/facilities")).text
        assert f"{clock.today().isoformat()} 刚查过（周敏、何川）" in page
        assert "儿童福利院" not in (await client.get(f"/plans/{plan}/facilities?q=安康")).text
        refused = await post(client, f"/plans/{plan}/choose", facilities=world.home, due_on="2020-01-01")
        assert refused.status_code == 422
        assert f'value="{world.home}" checked' in refused.text
        act, due = new_id(), (clock.today() + dt.timedelta(days=3)).isoformat()
        for _ in range(2):  # a double click
            assert (await post(client, f"/plans/{plan}/choose", _id=act, facilities=[world.home, world.neighbour], due_on=due)).status_code == 303
    assert len(await visits(house, plan)) == 2


async def test_a_draw_clicked_twice_is_one_draw(house: House) -> None:
    plan, act = await made(house), new_id()
    form = {"_id": act, "recent": "same", "inspectors": [house.world.inspector.id, house.world.second.id]}
    async with house.client(house.world.supervisor) as client:
        told = [await post(client, f"/plans/{plan}/draw", **form) for _ in range(2)]
    assert [answer.status_code for answer in told] == [303, 303]
    assert told[0].headers["location"] == told[1].headers["location"]
    assert len(await queries.draws(house.world.supervisor, plan)) == 1


async def test_handing_out_is_refused_with_what_was_chosen_still_there(house: House) -> None:
    world, plan = house.world, await out(house, handed=False)
    id = (await only(house, plan)).id
    async with house.client(world.supervisor) as client:
        refused = await post(client, f"/plans/{plan}/hand", assignments=id, first=world.inspector.id, second=world.inspector.id)
        assert refused.status_code == 422
        assert "要两名不同的检查人" in refused.text
        assert f'value="{id}" checked' in refused.text
        assert (await post(client, f"/plans/{plan}/hand", assignments=id, first=world.inspector.id, second=world.second.id)).status_code == 303
        assert "周敏、何川" in (await client.get(f"/plans/{plan}")).text


async def test_before_handing_over_it_lists_what_moves_and_what_cannot(house: House) -> None:
    world = house.world
    other = await third(house)
    await avoids(house, other.id, world.neighbour)
    plan = await out(house, world.home, world.neighbour)
    found = {one.facility_id: one for one in await visits(house, plan)}
    async with house.client(world.administrator) as client:
        page = (await client.get(f"/plans/hand-over?from={world.second.id}&to={other.id}")).text
        assert "把这 1 家交给示例第三人" in page
        assert page.count("不能一起移交：登记了回避") == 1
        assert f'name="assignments" value="{found[world.neighbour].id}"' not in page
        moved = await post(client, "/plans/hand-over", giver=world.second.id, taker=other.id, assignments=found[world.home].id, reason="调离")
        assert moved.status_code == 303
    assert {one.facility_id: one.second for one in await visits(house, plan)} == {world.home: "示例第三人", world.neighbour: "何川"}


async def test_nobody_elses_visits_are_listed_for_handing_over(house: House) -> None:
    await out(house)
    async with house.client(house.world.foreigner) as client:
        page = (await client.get(f"/plans/hand-over?from={house.world.second.id}")).text
    assert "安康养老院" not in page
    assert "何川" not in page


async def test_a_conflict_is_registered_and_ended_at_the_desk(house: House) -> None:
    world = house.world
    async with house.client(world.supervisor) as client:
        refused = await post(client, "/plans/conflicts", person=world.second.id, facility=world.home)
        assert refused.status_code == 422
        assert (await post(client, "/plans/conflicts", person=world.second.id, facility=world.home, reason="亲属任职")).status_code == 303
        assert "亲属任职" in (await client.get("/plans/conflicts")).text
        id, act = (await queries.avoidances(world.supervisor))[0].id, new_id()
        assert (await post(client, f"/plans/conflicts/{id}/end", reason="")).status_code == 422
        for _ in range(2):
            assert (await post(client, f"/plans/conflicts/{id}/end", _id=act, reason="已离职")).status_code == 303
    assert await queries.avoidances(world.supervisor) == []


async def test_the_list_is_filtered_by_its_address(house: House) -> None:
    await made(house, title="甲计划")
    await out(house, title="乙计划", kind="routine")
    async with house.client(house.world.supervisor) as client:
        for query, shown in (("", "甲乙"), ("state=draft", "甲"), ("state=open", "乙"), ("kind=routine", "乙"), ("q=甲", "甲"), ("mode=random", ""), ("state=ended", "")):
            page = (await client.get(f"/plans?{query}")).text
            assert {name for name in "甲乙" if f"{name}计划" in page} == set(shown), query


async def test_a_plan_that_is_out_changes_only_where_phones_do_not_carry_it(house: House) -> None:
    plan = await out(house)
    async with house.client(house.world.supervisor) as client:
        page = (await client.get(f"/plans/{plan}/edit")).text
        assert "只能改名称" in page
        today = clock.today()
        form = {
            "title": "新名称", "kind": "special", "mode": "unannounced", "from_on": today.isoformat(), "until_on": (today + dt.timedelta(days=40)).isoformat(),
            "below": house.world.wanzhou, "parts": "epidemic-2020-250|measures", "seen": "2", "coverage": "all",
        }  # fmt: skip
        assert (await post(client, f"/plans/{plan}", **{**form, "mode": "announced"})).status_code == 409
        assert (await post(client, f"/plans/{plan}", **form)).status_code == 303
        assert "新名称" in (await client.get(f"/plans/{plan}")).text


async def test_the_file_has_the_visits_by_place_with_what_became_of_them(house: House) -> None:
    world = house.world
    plan = await out(house, world.home, world.neighbour, title="=cmd|' /C calc'!A0")
    planned = next(one for one in await visits(house, plan) if one.facility_id == world.home)
    receipt = await house.perform(world.inspector, "inspections.submit", await visit(house, [], assignment=planned.id))
    async with house.client(world.supervisor) as client:
        content = (await client.get(f"/plans/{plan}/xlsx")).content
    lines = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert str(lines[0][0]).startswith("=cmd"), "kept as text"
    assert [line[2] for line in lines[2:]] == ["安康养老院", "儿童福利院"]
    assert [line[5] for line in lines[2:]] == ["已检查", "待检查"]
    assert lines[2][7] == receipt["number"]


async def test_while_it_is_open_the_page_asks_again_only_for_how_far_it_has_come(house: House) -> None:
    plan = await out(house)
    async with house.client(house.world.supervisor) as client:
        part = (await client.get(f"/plans/{plan}", headers={"hx-request": "true"})).text
    assert 'id="done">0<' in part
    assert "<html" not in part
