"""What a phone takes along to re-check: the problems that wait for this person, what the facility says of them, and nothing else."""

import datetime as dt
from typing import Any

from server.foundation import clock
from server.foundation.actor import Actor
from server.people.tables import Standing
from tests.conftest import House
from tests.problems.test_rechecks_on_site import failing, reported, seen
from tests.problems.test_the_workflow import act, issued
from tests.visits import photo

NAMES = {
    "id", "number", "facility", "name", "what", "point", "step", "question", "severity", "due_on", "round", "report", "photos",
}  # fmt: skip


async def taken_along(house: House, actor: Actor) -> list[dict[str, Any]]:
    async with house.client(actor) as client:
        return list((await client.get("/pack", headers={"x-dugai": "1"})).json()["rechecks"])


async def test_what_was_reported_comes_along_with_the_report_and_what_is_only_issued_does_not(house: House) -> None:
    id = await reported(house)
    await issued(house, point="走廊")
    [one] = await taken_along(house, house.world.second)
    assert set(one) == NAMES
    assert (one["id"], one["facility"], one["name"], one["what"], one["point"], one["round"]) == (id, house.world.home, "安康养老院", "食堂不符合要求", "食堂", 0)
    assert one["report"] == {"text": "已整改", "on": clock.today().isoformat()}
    assert one["due_on"] == (clock.today() + dt.timedelta(days=10)).isoformat()
    assert set(one["question"]) == {"zh", "en"}
    assert one["photos"]["after"] == [await photo(house, house.world.contact, "after")]
    assert len(one["photos"]["before"]) == 1


async def test_once_decided_it_is_gone_and_reported_again_it_comes_with_its_round(house: House) -> None:
    id, world = await reported(house), house.world
    await house.perform(world.second, "problems.recheck", await failing(house, id, world.second))
    assert await taken_along(house, world.inspector) == []
    await act(house, world.contact, "report", id, text="再次整改", photos=[await photo(house, world.contact, "again")])
    [one] = await taken_along(house, world.inspector)
    assert (one["round"], one["report"]["text"]) == (1, "再次整改")
    await house.perform(world.inspector, "problems.recheck", seen(id, round=one["round"]))
    assert await taken_along(house, world.inspector) == []


async def test_neither_who_put_it_right_nor_another_district_takes_it_along(house: House) -> None:
    await reported(house)
    world = house.world
    assert await taken_along(house, world.foreign_inspector) == []
    row = {"id": "both", "person_id": world.contact.id, "place_id": world.wanzhou, "role": "inspector", "from_on": dt.date(2020, 1, 1), "until_on": None}
    await house.ledger.keep(add=[(Standing, row)])
    assert await taken_along(house, world.contact) == []
    assert len(await taken_along(house, world.second)) == 1


async def test_the_first_due_comes_first(house: House) -> None:
    early = await issued(house, point="走廊", severity="serious")
    for name, told in (("plan", {"cause": "无专人", "measures": "指定专人", "person": "谭秀梅"}), ("accept_plan", {})):
        await act(house, house.world.contact if name == "plan" else house.world.supervisor, name, early, **told)
    await act(house, house.world.contact, "report", early, text="已整改", photos=[await photo(house, house.world.contact, "after")])
    late = await reported(house)  # found after it
    await house.perform(house.world.second, "problems.recheck", await failing(house, late, house.world.second, due_on=clock.today() + dt.timedelta(days=30)))
    await act(house, house.world.contact, "report", late, text="已整改", photos=[await photo(house, house.world.contact, "after")])
    assert [one["id"] for one in await taken_along(house, house.world.second)] == [early, late]
