"""A visit that comes unannounced leaves no trace that its facility could read, on any page, until it has begun."""


import pytest

from server.database.rows import rows
from server.foundation.ids import new_id
from tests.conftest import House
from tests.plans.cast import made, only, out, visits
from tests.plans.test_making_a_plan import choose
from tests.routes import routes
from tests.visits import visit

TITLE, NOTE, DRAWN = "冬夜突击看餐厨", "从后门进厨房", "桂花酒"


def readable() -> list[tuple[str, str]]:
    return [(path, method) for method, path, handler in routes() if method in ("GET", "HEAD")]


async def everything(house: House, *ids: str) -> str:
    """All that the contact can read: every route, with every id that a plan has."""
    said = []
    async with house.client(house.world.contact, **{"x-dugai": "1"}) as client:
        for path, method in readable():
            for id in (*ids, house.world.home, house.world.inspector.id):
                filled = path.replace("{id:str}", id).replace("{sha256:str}", "0" * 64).replace("{ending:str}", "csv").replace("{key:str}", "epidemic-2020-250").replace("{version:int}", "1").replace("{file:str}", "x")
                answer = await client.request(method, filled)
                said.append(answer.content.decode(errors="replace") + str(answer.headers))
                if "{id:str}" not in path:
                    break
    return "\n".join(said)


@pytest.mark.parametrize("mode", ["unannounced", "random"])
async def test_nothing_shows_before_it_has_begun(house: House, mode: str) -> None:
    world = house.world
    plan = await out(house, mode=mode, title=TITLE, note=NOTE)
    draw = {"id": new_id(), "plan": plan, "rules": {}, "inspectors": [world.inspector.id, world.second.id], "words": DRAWN}
    draw_id = (await house.perform(world.supervisor, "plans.draw", draw))["draw"]
    planned = [one.id for one in await visits(house, plan)]
    due = (await visits(house, plan))[0].due_on.isoformat()
    said = await everything(house, plan, draw_id, *planned)
    for trace in (TITLE, NOTE, DRAWN, due, *planned):
        assert trace not in said
    async with house.client(world.supervisor) as client:
        assert TITLE in (await client.get(f"/plans/{plan}")).text, "who keeps it reads it"


async def test_nothing_of_it_is_told_at_the_facilitys_own_place_in_the_history(house: House) -> None:
    """Whatever lists events by place one day must not betray it."""
    await out(house, title=TITLE)
    found = await rows("select place_path, kind from event where kind like 'plan.%' or kind like 'avoidance.%'")
    assert found
    assert {row["place_path"] for row in found} == {house.world.paths[house.world.wanzhou]}


async def test_an_announced_visit_is_told_with_its_days_once_the_plan_is_out(house: House) -> None:
    plan = await out(house, mode="announced", title="节前联合检查")
    due = (await only(house, plan)).due_on.isoformat()
    async with house.client(house.world.contact) as client:
        page = (await client.get("/plans/announced")).text
        assert "节前联合检查" in page
        assert due in page
    async with house.client(house.world.neighbour_contact) as client:
        assert "节前联合检查" not in (await client.get("/plans/announced")).text
    sealed = await visit(house, [], assignment=(await only(house, plan)).id)
    await house.perform(house.world.inspector, "inspections.submit", sealed)
    async with house.client(house.world.contact) as client:
        assert "节前联合检查" not in (await client.get("/plans/announced")).text, "it has been made"


async def test_a_draft_is_told_to_nobody(house: House) -> None:
    await choose(house, await made(house, mode="announced", title="节前联合检查"), house.world.home)
    async with house.client(house.world.contact) as client:
        assert "节前联合检查" not in (await client.get("/plans/announced")).text


async def test_once_submitted_the_facility_sees_its_record(house: House) -> None:
    plan = await out(house, title=TITLE)
    sealed = await visit(house, [], assignment=(await only(house, plan)).id)
    receipt = await house.perform(house.world.inspector, "inspections.submit", sealed)
    async with house.client(house.world.contact) as client:
        assert receipt["number"] in (await client.get("/visits")).text
        assert TITLE not in (await client.get(f"/visits/{receipt['visit']}")).text
