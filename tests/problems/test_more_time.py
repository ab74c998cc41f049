"""延期申请: asked with a reason and a day, given or refused with one; the day set first is kept, and every time is counted."""

import asyncio
import datetime as dt
from typing import Any

import pytest

from server.foundation import clock
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.ledger.queries import history
from server.problems.queries import Filters, Problem, deadlines, extensions, listed, problem
from tests.conftest import House
from tests.forms import token
from tests.problems.test_the_workflow import act, issued
from tests.visits import photo


def in_days(days: int) -> dt.date:
    return clock.today() + dt.timedelta(days=days)


async def ask(house: House, id: str, days: int = 20, **changed: Any) -> str:
    told = await act(house, house.world.contact, "ask_extension", id, wished_on=in_days(days), reason="厂家缺货", **changed)
    return str(told["extension"])


async def stands(house: House, id: str) -> Problem:
    found = await problem(house.world.supervisor, id)
    assert found is not None
    return found


async def test_more_time_that_is_granted_moves_the_day_keeps_the_first_and_is_counted(house: House) -> None:
    world, id = house.world, await issued(house)
    for n, days in enumerate((20, 30), 1):
        asked = await ask(house, id, days)
        await act(house, world.supervisor, "grant_extension", id, extension=asked, due_on=in_days(days - 1), reason="尽快")
        found = await stands(house, id)
        assert (found.due_on, found.original_due_on, found.extensions, found.extension_id, found.state) == (in_days(days - 1), in_days(10), n, "", "issued")
    first, second = await extensions(id)
    assert (first.due_on, first.wished_on, first.granted_on, first.asker, first.decider, first.answer) == (in_days(10), in_days(20), in_days(19), "谭秀梅", "冉国强", "尽快")
    assert (second.due_on, second.granted_on, second.state) == (in_days(19), in_days(29), "granted")
    assert [event.kind for event in await history(id)][-4:] == ["problem.extension_asked", "problem.extended"] * 2


async def test_reminders_count_from_the_day_on_which_more_time_was_granted(house: House) -> None:
    id = await issued(house)
    asked, later = await ask(house, id), clock.now() + dt.timedelta(days=2)
    clock.set(lambda: later)
    await act(house, house.world.supervisor, "grant_extension", id, extension=asked, due_on=in_days(20), reason="尽快")
    assert [(one.due_on, one.set_on) for one in await deadlines([id])] == [(in_days(20), later.astimezone(clock.BEIJING).date())]


async def test_more_time_that_is_refused_leaves_the_day(house: House) -> None:
    world, id = house.world, await issued(house)
    asked = await ask(house, id)
    with pytest.raises(Refusal, match=r"problem\.blank"):
        await act(house, world.supervisor, "refuse_extension", id, extension=asked, reason=" ")
    await act(house, world.supervisor, "refuse_extension", id, extension=asked, reason="时间够用")
    found = await stands(house, id)
    assert (found.due_on, found.extensions, found.extension_id) == (in_days(10), 0, "")
    assert [(one.state, one.answer) for one in await extensions(id)] == [("refused", "时间够用")]


async def test_the_second_to_decide_is_told_who_decided_what_and_when(house: House) -> None:
    world, id = house.world, await issued(house)
    asked = await ask(house, id)
    told = await asyncio.gather(
        act(house, world.supervisor, "refuse_extension", id, extension=asked, reason="不急"),
        act(house, world.supervisor, "grant_extension", id, extension=asked, due_on=in_days(20)), return_exceptions=True,
    )  # fmt: skip
    refusal = next(one for one in told if isinstance(one, Refusal))
    assert (refusal.code, sum(isinstance(one, dict) for one in told)) == ("extension.decided", 1)
    assert all(words in refusal.words.zh for words in ("冉国强", clock.today().isoformat(), "未同意"))
    assert "Refused" in refusal.words.en


async def test_one_request_at_a_time_and_a_day_that_is_later(house: House) -> None:
    world, id = house.world, await issued(house)
    for days in (5, 10, 1200):
        with pytest.raises(Refusal, match=r"extension\.day"):
            await ask(house, id, days)
    asked = await ask(house, id)
    with pytest.raises(Refusal, match=r"extension\.asked") as told:
        await ask(house, id, 25)
    assert "谭秀梅" in told.value.words.zh
    with pytest.raises(Refusal, match=r"extension\.day"):
        await act(house, world.supervisor, "grant_extension", id, extension=asked, due_on=in_days(9))
    with pytest.raises(Refusal, match="not_found"):
        await act(house, world.supervisor, "grant_extension", id, extension=new_id(), due_on=in_days(20))


async def test_only_the_facility_asks_and_only_a_supervisor_decides(house: House) -> None:
    world, id = house.world, await issued(house)
    for actor, code in ((world.supervisor, "not_allowed"), (world.neighbour_contact, "not_found")):
        with pytest.raises(Refusal, match=code):
            await act(house, actor, "ask_extension", id, wished_on=in_days(20), reason="x")
    asked = await ask(house, id)
    for actor, code in ((world.inspector, "not_allowed"), (world.contact, "not_allowed"), (world.foreigner, "not_found")):
        with pytest.raises(Refusal, match=code):
            await act(house, actor, "grant_extension", id, extension=asked, due_on=in_days(20))


async def test_a_request_that_nobody_answered_lapses_with_the_report_and_another_may_follow(house: House) -> None:
    world, id = house.world, await issued(house)
    asked = await ask(house, id)
    await act(house, world.contact, "report", id, text="已整改", photos=[await photo(house, world.contact, "after")])
    assert [one.state for one in await extensions(id)] == ["lapsed"]
    with pytest.raises(Refusal, match=r"problem\.state"):
        await act(house, world.supervisor, "grant_extension", id, extension=asked, due_on=in_days(20))
    await act(house, world.second, "fail", id, record="未改", due_on=in_days(12))
    with pytest.raises(Refusal, match=r"extension\.none"):
        await act(house, world.supervisor, "grant_extension", id, extension=asked, due_on=in_days(20))
    await ask(house, id, 30)
    assert (await stands(house, id)).original_due_on == in_days(10)


async def test_what_asks_for_time_waits_for_the_supervisor_and_is_found_by_its_filter(house: House) -> None:
    world, id, other = house.world, await issued(house), await issued(house, point="二楼")
    asked = await ask(house, id)

    async def shown(**filters: str) -> list[str]:
        return [one.id for one in (await listed(world.supervisor, Filters(**filters))).problems]

    assert await shown(waits="me") == await shown(mark="asks") == [id]
    assert set(await shown()) == {id, other}
    await act(house, world.supervisor, "grant_extension", id, extension=asked, due_on=in_days(20))
    assert await shown(waits="me") == await shown(mark="asks") == []


async def test_both_sides_do_it_with_forms(house: House) -> None:
    world, id = house.world, await issued(house)
    async with house.client(world.contact) as client:
        data = {**await token(client), "wished_on": in_days(20).isoformat(), "reason": "厂家缺货", "round": "0"}
        assert (await client.post(f"/problems/{id}/ask_extension", data={**data, "wished_on": ""})).status_code == 422
        answers = [await client.post(f"/problems/{id}/ask_extension", data=data) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [303, 303]
    async with house.client(world.supervisor) as client:
        page = (await client.get(f"/problems/{id}?lang=zh")).text
        assert "厂家缺货" in page
        asked = (await extensions(id))[0].id
        assert f'name="extension" value="{asked}"' in page
        data = {**await token(client), "extension": asked, "due_on": in_days(20).isoformat()}
        assert (await client.post(f"/problems/{id}/grant_extension", data=data)).status_code == 303
        for lang, words in (("zh", "延期 1 次"), ("en", "extended 1×")):
            assert words in (await client.get(f"/problems/{id}", params={"lang": lang})).text
