"""The tree of places: renamed, closed, opened again, merged and moved, with nothing lost on the way."""

import asyncio
import datetime as dt

import pytest

from server.database.rows import one, rows
from server.foundation import clock
from server.foundation.actor import SYSTEM, Actor, Standing
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.ledger.queries import head, history
from server.ledger.verify import verify
from server.people.queries import actor
from server.people.tables import Place
from server.places.queries import node
from tests.conftest import House
from tests.forms import token
from tests.visits import FOOD, findings, visit


async def refused(house: House, actor: Actor, kind: str, /, **payload: object) -> str:
    before = await head()
    with pytest.raises(Refusal) as no:
        await house.perform(actor, kind, payload)
    assert await head() == before
    return no.value.code


async def office(house: House, name: str = "养老服务科", **changed: object) -> str:
    id = new_id()
    await house.perform(house.world.administrator, "places.add", {"id": id, "kind": "office", "name": name, "parent": house.world.wanzhou, **changed})
    return id


async def problem(house: House, point: str = "食堂") -> tuple[str, str]:
    """A visit to the home that found something: (problem, photo)."""
    noted = await findings(house, (FOOD, point))
    inspector = await actor(house.world.inspector.id)  # with the paths of this moment
    assert inspector
    done = await house.perform(inspector, "inspections.submit", await visit(house, noted))
    return done["problems"][0]["problem"], noted[0]["photos"][0]


# Names and marks


async def test_a_bureau_is_renamed_and_goes_on_counting_under_its_new_mark(house: House) -> None:
    act, payload = new_id(), {"id": house.world.wanzhou, "name": "万州区民政和养老局", "mark": "万养整", "code": "WY"}
    first = await house.perform(house.world.administrator, "places.change", payload, act)
    assert await house.perform(house.world.administrator, "places.change", payload, act) == first
    await problem(house)
    async with house.client(house.world.supervisor) as client:
        assert "万养整" in (await client.get("/problems")).text
        assert "安康养老院" in (await client.get("/facilities", params={"q": "民政和养老局"})).text
        assert "安康养老院" not in (await client.get("/facilities", params={"q": "万州区民政局"})).text


async def test_a_bureaus_telephone_is_kept_as_it_is_dialled_and_what_is_none_is_refused(house: House) -> None:
    world = house.world
    kept = {"id": world.wanzhou, "name": "万州区民政局", "mark": "万民整", "code": "WZ"}
    for said in ("打办公室", "12", "13800000000 转周敏", "1" * 31):
        assert await refused(house, world.administrator, "places.change", **kept, telephone=said) == "place.telephone"
    act = new_id()
    first = await house.perform(world.administrator, "places.change", {**kept, "telephone": " 023-5500  0000 "}, act)
    assert await house.perform(world.administrator, "places.change", {**kept, "telephone": " 023-5500  0000 "}, act) == first
    found = await node(world.administrator, world.wanzhou)
    assert found is not None
    assert found.telephone == "023-5500 0000"
    assert (await history(world.wanzhou))[-1].data["before"]["telephone"] == ""
    async with house.client(world.administrator) as client:
        page = (await client.get(f"/places/{world.wanzhou}")).text
        assert "023-5500 0000" in page
        answer = await client.post(f"/places/{world.wanzhou}", data={**await token(client), "name": "万州区民政局", "mark": "万民整", "code": "WZ", "telephone": "找不到"})
    assert answer.status_code == 422
    assert "电话号码读不懂" in answer.text
    assert 'value="找不到"' in answer.text, "what was typed stays"


async def test_a_mark_once_used_is_nobody_elses(house: House) -> None:
    world = house.world
    await house.perform(world.chief, "places.change", {"id": world.wanzhou, "name": "万州区民政局", "mark": "万民督", "code": "WZ"})
    assert await refused(house, world.chief, "places.change", id=world.kaizhou, name="开州区民政局", mark="万民整") == "place.mark_taken"
    new = {"id": new_id(), "kind": "district", "name": "新区民政局", "parent": world.city}
    assert await refused(house, world.chief, "places.add", **new, mark="万民督") == "place.mark_taken"
    await house.perform(world.chief, "places.change", {"id": world.wanzhou, "name": "万州区民政局", "mark": "万民整", "code": "WZ"})


async def test_a_facility_is_renamed_with_its_details_and_a_place_never_twice_under_one_parent(house: House) -> None:
    assert await refused(house, house.world.administrator, "places.change", id=house.world.home, name="别名") == "place.a_facility"
    await office(house)
    assert await refused(house, house.world.administrator, "places.add", id=new_id(), kind="office", name="养老服务科", parent=house.world.wanzhou) == "place.same_name"
    assert await refused(house, house.world.administrator, "places.change", id=house.world.kaizhou, name="别名") == "not_found"


# Closing


async def test_a_closed_place_gets_nothing_new_until_it_is_opened_again(house: House) -> None:
    world, act = house.world, new_id()
    closed = await office(house)
    payload = {"id": closed, "reason": "机构改革"}
    first = await house.perform(world.administrator, "places.close", payload, act)
    assert await house.perform(world.administrator, "places.close", payload, act) == first
    grant = {"id": new_id(), "person": world.inspector.id, "role": "inspector", "place": closed}
    assert await refused(house, world.administrator, "people.grant", **grant) == "place.closed"
    assert await refused(house, world.administrator, "places.close", id=closed, reason="再停") == "place.is_closed"
    opened, again = {"id": closed, "reason": "恢复"}, new_id()
    done = await house.perform(world.administrator, "places.open", opened, again)
    assert await house.perform(world.administrator, "places.open", opened, again) == done
    await house.perform(world.administrator, "people.grant", grant)
    assert await refused(house, world.administrator, "places.open", id=closed, reason="再开") == "place.is_open"


async def test_a_bureau_with_open_places_below_is_not_closed_nor_closes_itself(house: House) -> None:
    world = house.world
    assert await refused(house, world.chief, "places.close", id=world.wanzhou, reason="撤销") == "place.has_open"
    assert await refused(house, world.administrator, "places.close", id=world.wanzhou, reason="撤销") == "place.own"
    assert await refused(house, world.chief, "places.close", id=world.home, reason=" ") == "people.reason"
    assert await refused(house, world.supervisor, "places.close", id=world.home, reason="撤销") == "not_allowed"
    assert await refused(house, world.administrator, "places.close", id=world.foreign, reason="撤销") == "not_found"


async def test_a_place_is_not_opened_below_a_closed_one(house: House) -> None:
    world = house.world
    for place in (world.foreign, world.kaizhou):
        await house.perform(world.chief, "places.close", {"id": place, "reason": "撤销"})
    assert await refused(house, world.chief, "places.open", id=world.foreign, reason="恢复") == "place.above_closed"
    details = {"name": "新院", "type": "elderly_care"}
    assert await refused(house, world.chief, "facilities.add", id=new_id(), parent=world.kaizhou, details=details) == "place.closed"


async def test_a_merged_facility_keeps_its_open_problems_and_gets_no_new_visits(house: House) -> None:
    world = house.world
    found, _ = await problem(house)
    late = await visit(house, [])
    assert await refused(house, world.administrator, "places.close", id=world.home, reason="并入", into=world.foreign) == "place.into"
    await house.perform(world.administrator, "places.close", {"id": world.home, "reason": "两院合并", "into": world.neighbour})
    await house.perform(world.inspector, "inspections.submit", late)  # made before, and only now with signal
    await _close_yesterday(house, world.home)
    with pytest.raises(Refusal) as no:
        await house.perform(world.inspector, "inspections.submit", await visit(house, []))
    assert no.value.words.zh.startswith("安康养老院已并入儿童福利院")
    async with house.client(world.supervisor) as client:
        assert (await client.get(f"/problems/{found}")).status_code == 200
        page = (await client.get(f"/facilities/{world.home}")).text
        assert "两院合并" in page
        assert f"/facilities/{world.neighbour}" in page
        assert "安康养老院" not in (await client.get("/facilities")).text
        assert "安康养老院" in (await client.get("/facilities", params={"closed": "yes"})).text
    async with house.client(world.inspector) as client:
        pack = (await client.get("/pack", headers={"x-dugai": "1"})).json()
        assert world.home not in {facility["id"] for facility in pack["facilities"]}


async def _close_yesterday(house: House, place: str) -> None:
    await house.ledger.keep(change=[(Place, place, {"closed_on": clock.today() - dt.timedelta(days=1)})])


# Moving


async def test_a_moved_facility_takes_everything_along_and_its_history_stays_as_written(house: House) -> None:
    world = house.world
    found, photo = await problem(house)
    old = await one("select count(*) as n from event where place_path = ?", world.paths[world.home])
    act, payload = new_id(), {"id": world.home, "parent": world.kaizhou, "reason": "划转"}
    moved = await house.perform(world.chief, "places.move", payload, act)
    assert await house.perform(world.chief, "places.move", payload, act) == moved
    assert moved["path"].startswith(world.paths[world.kaizhou])
    async with house.client(world.foreigner) as theirs, house.client(world.supervisor) as ours:
        for path in (f"/problems/{found}", f"/facilities/{world.home}", f"/photos/{photo}"):
            assert (await theirs.get(path)).status_code == 200, path
            assert (await ours.get(path)).status_code == 404, path
        page = (await theirs.get(f"/problems/{found}")).text
        assert "万民整" in page, "its number stays"
        assert "周敏" in page, "its history came along"
        assert "安康养老院" in (await theirs.get("/visits")).text
    async with house.client(world.contact) as client:
        assert (await client.get(f"/problems/{found}")).status_code == 200
    kept = await one("select count(*) as n from event where place_path = ?", world.paths[world.home])
    assert old
    assert kept
    assert kept["n"] == old["n"] + 1, "events stand where they stood; the move is told there too"
    assert (await verify()).faults == []


async def test_a_moved_bureau_takes_all_below_it_and_its_people_still_reach_it(house: House) -> None:
    world = house.world
    city = new_id()
    await house.perform(SYSTEM, "places.add", {"id": city, "kind": "municipal", "name": "新市民政局"})
    both = Actor(world.chief.id, world.chief.name, (*world.chief.roles, Standing("administrator", city, (await _path(city)))))
    found, _ = await problem(house)
    await house.perform(SYSTEM, "places.move", {"id": world.wanzhou, "parent": city, "reason": "区划调整"})
    assert (await _path(world.home)).startswith(await _path(city))
    assert both.has("administrator", await _path(world.home))
    async with house.client(world.supervisor) as client:
        assert (await client.get(f"/problems/{found}")).status_code == 200
        assert "安康养老院" in (await client.get("/facilities")).text
    again, _ = await problem(house, "库房")
    assert again != found
    row = await one("select place_path from problem where id = ?", again)
    assert row == {"place_path": await _path(world.home)}


async def test_a_move_is_for_who_administers_both_ends_and_only_to_where_it_fits(house: House) -> None:
    world = house.world
    both = world.chief
    assert await refused(house, world.administrator, "places.move", id=world.home, parent=world.kaizhou, reason="划转") == "not_found"
    assert await refused(house, both, "places.move", id=world.home, parent=world.wanzhou, reason="划转") == "place.there"
    assert await refused(house, both, "places.move", id=world.home, parent=world.neighbour, reason="划转") == "place.parent"
    assert await refused(house, both, "places.move", id=world.wanzhou, parent=world.home, reason="划转") == "place.itself"
    assert await refused(house, both, "places.move", id=world.home, parent=world.kaizhou, reason="") == "people.reason"
    details = {"name": "安康养老院", "type": "elderly_care"}
    await house.perform(both, "facilities.add", {"id": new_id(), "parent": world.kaizhou, "details": details})
    assert await refused(house, both, "places.move", id=world.home, parent=world.kaizhou, reason="划转") == "place.same_name"


async def test_who_acts_in_the_moment_of_a_move_is_asked_to_try_again_and_loses_nothing(house: House) -> None:
    """Both wait in one transaction: the second one's roles were read before the tree changed."""
    world = house.world
    renamed = {"id": world.kaizhou, "name": "开州区民政局", "mark": "开民整", "code": "KA"}
    moved, other = await asyncio.gather(
        house.perform(world.chief, "places.move", {"id": world.home, "parent": world.kaizhou, "reason": "划转"}),
        house.perform(world.chief, "places.change", renamed),
        return_exceptions=True,
    )
    assert isinstance(moved, dict)
    assert isinstance(other, dict) or (isinstance(other, Refusal) and other.code == "busy")
    await house.perform(world.chief, "places.change", renamed)


async def _path(id: str) -> str:
    found = await rows("select path from place where id = ?", id)
    return str(found[0]["path"])


# Pages


async def test_the_tree_is_changed_by_forms_that_say_what_is_wrong(house: House) -> None:
    world = house.world
    async with house.client(world.chief) as client:
        page = f"/places/{world.home}"
        wrong = await client.post(f"{page}/move", data={**await token(client), "parent": world.kaizhou, "reason": ""})
        assert wrong.status_code == 422
        assert "还没有写原因" in wrong.text
        done = await client.post(f"{page}/move", data={**await token(client), "parent": world.kaizhou, "reason": "划转"})
        assert (done.status_code, done.headers["location"]) == (303, page)
        shown = (await client.get(page)).text
        assert "万州区民政局 → 开州区民政局" in shown
        assert (await client.post(f"{page}/close", data={**await token(client), "reason": "停业"})).status_code == 303
        assert "停业" in (await client.get(page)).text
        assert (await client.post(f"{page}/open", data={**await token(client), "reason": "恢复"})).status_code == 303
        assert (await client.post(f"{page}/burn", data={**await token(client), "reason": "恢复"})).status_code == 404
        tree = (await client.get("/places")).text
        assert "2 家" in tree
