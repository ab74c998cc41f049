"""What phones say of their unsent work: remembered quietly, shown to supervisors, settled by somebody with a reason."""

import datetime as dt
from typing import Any

import httpx
import pytest

from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.ledger.queries import history
from server.sync import queries, rules
from tests.conftest import House
from tests.sync.test_the_wire import envelope, post
from tests.visits import visit

SINCE = int(dt.datetime(2026, 11, 20, 1, 30, tzinfo=dt.UTC).timestamp())


async def tell(client: httpx.AsyncClient, said: str) -> None:
    answer = await client.get("/pack", headers={"x-dugai": "1", "x-dugai-unsent": said})
    assert answer.status_code == 200


async def listed(house: House, actor: Actor | None = None, **how: Any) -> list[queries.Phone]:
    return await queries.phones(actor or house.world.supervisor, **how)


async def settle(house: House, phone: str, actor: Actor | None = None, reason: str = "手机损坏，已按纸质记录补录", id: str | None = None) -> dict[str, Any]:
    return await house.perform(actor or house.world.supervisor, "sync.settle_phone", {"phone": phone, "reason": reason}, id)


async def test_a_phone_that_tells_of_unsent_work_is_listed_until_all_has_come(house: House) -> None:
    async with house.client(house.world.inspector) as phone, house.client(house.world.supervisor) as desk:
        await tell(phone, f"2,1,{SINCE}")
        found = await listed(house)
        assert [(one.person, one.place, one.entries, one.drafts) for one in found] == [("周敏", "万州区民政局", 2, 1)]
        text = (await desk.get("/visits/phones")).text
        assert "待上传 2 份记录" in text
        assert "未完成 1 份" in text
        assert "2026-11-20 周五 09:30" in text
        assert "1380000" not in text
        await tell(phone, "0,0,0")
        assert await listed(house) == []


async def test_what_is_received_with_the_same_word_is_not_counted_as_waiting(house: House) -> None:
    async with house.client(house.world.inspector) as phone:
        phone.headers["x-dugai-unsent"] = "1,0,0"
        await phone.get("/pack", headers={"x-dugai": "1"})
        assert len(await listed(house)) == 1
        assert (await post(phone, envelope(house, await visit(house, [])))).json()["receipts"][0]["state"] == "received"
        assert await listed(house) == []


async def test_what_is_refused_still_waits_on_the_phone(house: House) -> None:
    async with house.client(house.world.inspector) as phone:
        phone.headers["x-dugai-unsent"] = "1,0,0"
        assert (await post(phone, envelope(house, {"id": "nonsense"}))).json()["receipts"][0]["state"] == "refused"
    assert [one.entries for one in await listed(house)] == [1]


async def test_two_people_on_one_phone_and_one_person_on_two_are_each_told_apart(house: House) -> None:
    world = house.world
    async with house.client(world.inspector) as one, house.client(world.inspector) as two:
        await tell(one, "1,0,0")
        await tell(two, "2,0,0")
        async with house.client(world.second) as other:
            other.cookies.set("dugai-device", one.cookies["dugai-device"], domain="dugai.test")
            await tell(other, "3,0,0")
    assert sorted(found.entries for found in await listed(house)) == [1, 2, 3]


async def test_an_unchanged_number_is_written_down_every_few_minutes_only(house: House) -> None:
    now = clock.now()
    async with house.client(house.world.inspector) as phone:
        await tell(phone, "1,0,0")
        for minutes, written in ((2, 0), (4, 0), (6, 6), (8, 6)):
            clock.set(lambda minutes=minutes: now + dt.timedelta(minutes=minutes))  # type: ignore[misc]
            await tell(phone, "1,0,0")
            heard = (await listed(house))[0].heard_at
            assert round((heard - now).total_seconds() / 60) == written
        clock.set(lambda: now + dt.timedelta(minutes=9))
        await tell(phone, "2,0,0")
        assert (await listed(house))[0].entries == 2


@pytest.mark.parametrize("said", ["", "x", "1", "-1,0,0", "1,0,0,0", "1;0;0", "１,0,0", "9" * 400, "1,0," + "9" * 30, "1,0\n0", "' or 1=1 --"])
async def test_a_word_that_cannot_be_read_says_nothing_and_breaks_nothing(house: House, said: str) -> None:
    assert rules.unsent(said, house.world.inspector.id, clock.now()) is None
    async with house.client(house.world.inspector) as phone:
        if said.isascii() and "\n" not in said:
            await tell(phone, said)
    assert await listed(house) == []


async def test_what_a_colleague_left_on_the_phone_is_not_said_to_be_ones_own(house: House) -> None:
    """Signed in on a colleague's phone: the first word is still of the colleague's store."""
    async with house.client(house.world.second) as phone:
        await tell(phone, f"3,0,0,{house.world.inspector.id}")
        assert await listed(house) == []
        await tell(phone, f"1,0,0,{house.world.second.id}")
        assert [one.entries for one in await listed(house)] == [1]


async def test_a_phone_whose_clock_is_years_ahead_began_no_later_than_now(house: House) -> None:
    async with house.client(house.world.inspector) as phone:
        await tell(phone, "1,0,3999999999")
    oldest = (await listed(house))[0].oldest_at
    assert oldest
    assert oldest <= clock.now()


async def test_a_phone_that_is_never_heard_again_stays_until_somebody_says_what_became_of_it(house: House) -> None:
    now = clock.now()
    async with house.client(house.world.inspector) as phone, house.client(house.world.supervisor) as desk:
        await tell(phone, "1,0,0")
        clock.set(lambda: now + dt.timedelta(days=20))
        assert len(await listed(house)) == 1
        clock.set(None)
        await desk.get("/visits/phones")
        id = (await listed(house))[0].id
        address, token = f"/visits/phones/{id}/settle", {"_csrf_token": desk.cookies["csrftoken"]}
        assert "这一项没有填" in (await desk.post(address, data=token | {"_id": new_id(), "reason": " "})).text
        act = token | {"_id": new_id(), "reason": "手机丢失，已补录"}
        assert [(await desk.post(address, data=act)).status_code for _ in range(2)] == [303, 303]  # a double click
        assert await listed(house) == []
        text = (await desk.get("/visits/phones")).text
        assert "手机丢失，已补录" in text
        assert house.world.supervisor.name in text
        assert [(event.kind, event.data["reason"]) for event in await history(id)] == [("phone.settled", "手机丢失，已补录")]
        await tell(phone, "1,0,0")  # the same number, yet it is heard from again
        assert len(await listed(house)) == 1


async def test_settling_is_done_refused_and_replayed(house: House) -> None:
    world = house.world
    async with house.client(world.inspector) as phone:
        await tell(phone, "1,0,0")
    id, act = (await listed(house))[0].id, new_id()
    for actor, code in ((world.foreigner, "not_found"), (world.contact, "not_found"), (world.inspector, "not_allowed"), (world.administrator, "not_allowed")):
        with pytest.raises(Refusal, match=code):
            await settle(house, id, actor)
    for reason, code in (("  ", "problem.blank"), ("长" * 501, "problem.long")):
        with pytest.raises(Refusal, match=code):
            await settle(house, id, reason=reason)
    with pytest.raises(Refusal, match="not_found"):
        await settle(house, "nothing")
    assert len(await listed(house)) == 1
    assert await settle(house, id, id=act) == await settle(house, id, id=act)
    assert await listed(house) == []


async def test_supervisors_see_the_phones_of_their_own_places_by_place_and_name(house: House) -> None:
    world = house.world
    for actor, said in ((world.second, "9,0,0"), (world.inspector, "1,0,0"), (world.foreign_inspector, "1,0,0"), (world.contact, "1,0,0")):
        async with house.client(actor) as phone:
            await tell(phone, said)
    assert [one.person for one in await listed(house)] == ["何川", "周敏", "谭秀梅"]  # the bureau's first, by name, then the facility's
    assert [one.person for one in await listed(house, world.foreigner)] == ["邓勇"]
    assert await listed(house, world.contact) == []
    async with house.client(world.inspector) as client:
        assert (await client.get("/visits/phones")).status_code == 403


STORE, OTHER = "a1b2c3d4e5f60718", "1807f6e5d4c3b2a1"


async def test_another_store_on_the_same_browser_means_that_the_work_may_be_gone_until_somebody_says_what_became_of_it(house: House) -> None:
    me = house.world.inspector.id
    async with house.client(house.world.inspector) as phone, house.client(house.world.supervisor) as desk:
        await tell(phone, f"2,1,{SINCE},{me},{STORE},0011aabbccdd")
        await tell(phone, f"0,0,0,{me},{OTHER},0011aabbccdd")
        [found] = await listed(house)
        assert (found.entries, found.drafts, found.lost_entries, found.lost_drafts) == (0, 0, 2, 1)
        assert found.lost_oldest_at == dt.datetime.fromtimestamp(SINCE, dt.UTC)
        assert "最后一次报告时有 3 件未传" in (await desk.get("/visits/phones")).text
        await tell(phone, f"1,0,{SINCE},{me},{OTHER}")
        await tell(phone, f"0,0,0,{me},{STORE}")
        assert (await listed(house))[0].lost_entries == 3, "wiped twice: both are missed"
        await settle(house, found.id)
        assert await listed(house) == []
        await tell(phone, f"0,0,0,{me},{STORE}")
        assert await listed(house) == [], "heard again: what was settled stays settled"
        assert await listed(house, settled=True) == []


async def test_a_store_that_has_nothing_unsent_may_go_and_a_phone_that_names_none_says_nothing(house: House) -> None:
    me = house.world.inspector.id
    async with house.client(house.world.inspector) as phone:
        await tell(phone, f"1,0,{SINCE},{me},{STORE}")
        await tell(phone, f"1,0,{SINCE},{me}")
        await tell(phone, f"0,0,0,{me},{STORE}")
        await tell(phone, f"0,0,0,{me},{OTHER}")
        assert await listed(house) == []


def test_a_header_of_every_age_is_read_and_a_broken_one_says_nothing() -> None:
    now = clock.now()
    me = new_id()
    for said, store, pack in ((f"1,0,0,{me}", "", ""), (f"1,0,0,{me},{STORE}", STORE, ""), (f"1,0,0,{me},{STORE},0011aabbccdd", STORE, "0011aabbccdd"), (f"1,0,0,{me},,0011aabbccdd", "", "0011aabbccdd")):
        found = rules.unsent(said, me, now)
        assert found
        assert (found.store, found.pack) == (store, pack)
    for broken in (f"1,0,0,{me},short", f"1,0,0,{me},{STORE},zz", f"1,0,0,,{STORE}", f"1,0,0,{me},{STORE},0011aabbccdd,more"):
        assert rules.unsent(broken, me, now) is None
