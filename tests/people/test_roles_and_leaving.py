"""Roles with a first and a last day, and people who leave: what counts today, and what the open browser feels."""

import datetime as dt

import pytest

from server.foundation import clock
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from tests.conftest import House
from tests.forms import token
from tests.people.test_signing_in import sign_in
from tests.world import PASSWORD

DAY = dt.timedelta(days=1)


async def standing(house: House, **changed: object) -> str:
    """A further role for the inspector, given today; its id."""
    id = new_id()
    payload = {"id": id, "person": house.world.inspector.id, "role": "supervisor", "place": house.world.wanzhou, **changed}
    await house.perform(house.world.administrator, "people.grant", payload)
    return id


async def sees_visits_to_issue(house: House) -> bool:
    """Whether the inspector is a supervisor now: only those may export the register."""
    async with house.client(house.world.inspector) as client:
        return (await client.get("/facilities/file/csv")).status_code == 200


async def test_a_role_to_begin_counts_from_its_first_day_until_its_last(house: House) -> None:
    now = clock.now()
    today = clock.today()
    await standing(house, from_on=today + 2 * DAY, until_on=today + 3 * DAY)
    counted = []
    for days in range(5):
        clock.set(lambda days=days: now + days * DAY)  # type: ignore[misc]
        counted.append(await sees_visits_to_issue(house))
    assert counted == [False, False, True, True, False]


@pytest.mark.parametrize(
    ("days", "code"),
    [
        ({"from_on": -1}, "people.past"), ({"until_on": -1}, "people.past"), ({"from_on": 5, "until_on": 4}, "people.days"),
    ],
)  # fmt: skip
async def test_a_role_is_not_dated_back(house: House, days: dict[str, int], code: str) -> None:
    said = {name: clock.today() + count * DAY for name, count in days.items()}
    with pytest.raises(Refusal) as no:
        await standing(house, **said)
    assert no.value.code == code


async def test_the_same_role_twice_at_once_is_refused_and_one_after_the_other_is_not(house: House) -> None:
    today = clock.today()
    await standing(house, until_on=today + 10 * DAY)
    with pytest.raises(Refusal, match=r"people\.role_held"):
        await standing(house, from_on=today + 10 * DAY)
    await standing(house, from_on=today + 11 * DAY)


async def test_the_last_day_of_a_role_is_changed_once_however_often_it_is_sent(house: House) -> None:
    role, today, act = await standing(house), clock.today(), new_id()
    payload = {"standing": role, "until_on": today + DAY}
    first = await house.perform(house.world.administrator, "people.change_role", payload, act)
    assert await house.perform(house.world.administrator, "people.change_role", payload, act) == first
    async with house.client(house.world.administrator) as client:
        page = (await client.get(f"/people/{house.world.inspector.id}")).text
        assert str(today + DAY) in page
        assert "还剩 1 天" in page


async def test_a_last_day_that_has_passed_is_refused_and_so_is_a_neighbours_role(house: House) -> None:
    role = await standing(house)
    with pytest.raises(Refusal, match=r"people\.past"):
        await house.perform(house.world.administrator, "people.change_role", {"standing": role, "until_on": clock.today() - DAY})
    with pytest.raises(Refusal, match="not_found"):
        await house.perform(house.world.foreigner, "people.change_role", {"standing": role, "until_on": None})


async def test_a_role_to_begin_can_be_called_off(house: House) -> None:
    now = clock.now()
    role = await standing(house, from_on=clock.today() + DAY)
    await house.perform(house.world.administrator, "people.end_role", {"standing": role})
    clock.set(lambda: now + DAY)
    assert not await sees_visits_to_issue(house)
    with pytest.raises(Refusal, match=r"people\.role_ended"):
        await house.perform(house.world.administrator, "people.end_role", {"standing": role})


async def test_an_open_browser_feels_the_end_of_the_last_role_at_once_and_only_the_own_page_is_left(house: House) -> None:
    held = f"00000000-0000-7000-8000-{300:012x}"
    async with house.client(house.world.inspector) as client:
        assert (await client.get("/problems")).status_code == 200
        await house.perform(house.world.administrator, "people.end_role", {"standing": held})
        answer = await client.get("/problems")
        assert answer.status_code == 403
        assert "没有在任的岗位" in answer.text
        assert (await client.get("/me")).status_code == 200
        pack = await client.get("/pack", headers={"x-dugai": "1"})
        assert pack.json()["facilities"] == []
    async with house.client() as client:
        assert (await sign_in(client, "13800000000", PASSWORD)).headers["location"] == "/me"


async def test_who_leaves_is_signed_out_everywhere_and_what_they_wrote_stays(house: House) -> None:
    act, payload = new_id(), {"person": house.world.inspector.id, "reason": "调任"}
    async with house.client(house.world.inspector) as client:
        first = await house.perform(house.world.administrator, "people.leave", payload, act)
        assert await house.perform(house.world.administrator, "people.leave", payload, act) == first
        assert (await client.get("/me")).headers["location"].startswith("/sign-in")
        assert (await sign_in(client, "13800000000", PASSWORD)).status_code == 422
    async with house.client(house.world.administrator) as client:
        page = (await client.get(f"/people/{house.world.inspector.id}")).text
        assert "离岗：调任" in page
        assert "以前的岗位" in page
        assert "周敏" in (await client.get("/people", params={"state": "left"})).text
        assert "周敏" not in (await client.get("/people", params={"role": "inspector"})).text
    assert house.world.inspector.id not in {seen["id"] for seen in await colleagues(house)}


async def colleagues(house: House) -> list[dict[str, str]]:
    async with house.client(house.world.second) as client:
        return list((await client.get("/pack", headers={"x-dugai": "1"})).json()["colleagues"])


async def test_leaving_needs_a_reason_and_is_not_for_oneself_nor_for_who_stands_elsewhere(house: House) -> None:
    world = house.world
    for actor, person, reason, code in (
        (world.administrator, world.inspector, " ", "people.reason"), (world.administrator, world.administrator, "退休", "people.own_leave"),
        (world.administrator, world.foreigner, "调任", "not_found"),
    ):  # fmt: skip
        with pytest.raises(Refusal) as no:
            await house.perform(actor, "people.leave", {"person": person.id, "reason": reason})
        assert no.value.code == code
    await house.perform(world.chief, "people.grant", {"id": new_id(), "person": world.second.id, "role": "inspector", "place": world.kaizhou})
    with pytest.raises(Refusal, match=r"people\.beyond"):
        await house.perform(world.administrator, "people.leave", {"person": world.second.id, "reason": "调任"})


async def test_who_comes_back_gets_a_role_and_a_slip(house: House) -> None:
    world = house.world
    await house.perform(world.administrator, "people.leave", {"person": world.inspector.id, "reason": "借调"})
    await standing(house, role="inspector")
    async with house.client(world.administrator) as client:
        given = await token(client)
        slip = await client.post(f"/people/{world.inspector.id}/reset", data=given)
        code = slip.text.split('class="code">')[1].split("<")[0]
    async with house.client() as client:
        chosen = "江边的那块-石头-77"
        answer = await client.post("/activate", data={**await token(client, "/activate"), "code": code, "password": chosen, "again": chosen})
        assert (answer.status_code, answer.headers["location"]) == (303, "/today")
