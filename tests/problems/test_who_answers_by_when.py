"""Who answers for a problem and by when, said beside a notice; and a notice that is taken back while nobody has worked on it."""

import asyncio
import datetime as dt
from typing import Any

import pytest

from server.foundation import clock
from server.foundation.refusal import Refusal
from server.ledger.queries import history
from server.notices.queries import notice
from server.problems.queries import deadlines, problem
from tests.conftest import House
from tests.forms import token
from tests.notices.test_notices import a_visit, issue
from tests.problems.test_the_workflow import a_recorded, act, issued


async def stands(house: House, id: str, *names: str) -> tuple[Any, ...]:
    found = await problem(house.world.supervisor, id)
    assert found is not None
    return tuple(getattr(found, name) for name in names)


async def test_a_supervisor_names_who_answers_and_what_is_left_empty_stays(house: House) -> None:
    world, id = house.world, await a_recorded(house)
    await act(house, world.supervisor, "assign", id, sponsor="冉国强")
    assert await stands(house, id, "person", "sponsor", "state") == ("谭秀梅", "冉国强", "recorded")
    await act(house, world.supervisor, "assign", id, person="李四")
    assert await stands(house, id, "person", "sponsor") == ("李四", "冉国强")
    assert [event.data for event in (await history(id))[-2:]] == [{"person": "谭秀梅", "sponsor": "冉国强"}, {"person": "李四", "sponsor": "冉国强"}]
    for told, code in (({}, r"assign\.empty"), ({"person": " "}, r"assign\.empty"), ({"person": "李四"}, r"assign\.same"), ({"person": "长" * 41}, r"problem\.long")):
        with pytest.raises(Refusal, match=code):
            await act(house, world.supervisor, "assign", id, **told)


async def test_a_supervisor_sets_the_day_and_the_first_one_issued_stays_beside_it(house: House) -> None:
    world, id, today = house.world, await issued(house), clock.today()
    with pytest.raises(Refusal, match=r"due\.why"):
        await act(house, world.supervisor, "set_due", id, due_on=today + dt.timedelta(days=4))
    await act(house, world.supervisor, "set_due", id, due_on=today + dt.timedelta(days=4), reason="寒潮将至")
    assert await stands(house, id, "due_on", "original_due_on", "extensions", "state") == (today + dt.timedelta(days=4), today + dt.timedelta(days=10), 0, "issued")
    last = (await history(id))[-1]
    assert (last.kind, last.data["before"], last.data["reason"]) == ("problem.due_set", (today + dt.timedelta(days=10)).isoformat(), "寒潮将至")
    for told, code in (({"due_on": today + dt.timedelta(days=4)}, r"due\.same"), ({"due_on": today - dt.timedelta(days=1)}, r"problem\.due")):
        with pytest.raises(Refusal, match=code):
            await act(house, world.supervisor, "set_due", id, reason="x", **told)


async def test_a_day_is_not_set_over_a_request_for_more_time_that_waits(house: House) -> None:
    world, id = house.world, await issued(house)
    await act(house, world.contact, "ask_extension", id, wished_on=clock.today() + dt.timedelta(days=20), reason="缺货")
    with pytest.raises(Refusal, match=r"extension\.waits") as told:
        await act(house, world.supervisor, "set_due", id, due_on=clock.today() + dt.timedelta(days=30), reason="x")
    assert "谭秀梅" in told.value.words.zh


async def test_reminders_count_from_the_day_on_which_the_day_was_set(house: House) -> None:
    world, id = house.world, await issued(house)
    later = clock.now() + dt.timedelta(days=3)
    clock.set(lambda: later)
    await act(house, world.supervisor, "set_due", id, due_on=clock.today() + dt.timedelta(days=1), reason="x")
    assert [one.set_on for one in await deadlines([id])] == [clock.today()]


async def test_only_who_supervises_the_place_and_a_second_one_is_told(house: House) -> None:
    world, id = house.world, await a_recorded(house)
    for actor, code in ((world.inspector, "not_allowed"), (world.contact, "not_allowed"), (world.foreigner, "not_found")):
        for name, told in (("assign", {"person": "李四"}), ("set_due", {"due_on": clock.today()})):
            with pytest.raises(Refusal, match=code):
                await act(house, actor, name, id, **told)
    told_all = await asyncio.gather(*(act(house, world.supervisor, "assign", id, person="李四") for _ in range(3)), return_exceptions=True)
    assert [getattr(one, "code", "done") for one in told_all].count("done") == 1


async def test_both_stand_on_the_problems_page_in_words(house: House) -> None:
    id = await a_recorded(house)
    async with house.client(house.world.supervisor) as client:
        page = (await client.get(f"/problems/{id}")).text
        assert f'action="/problems/{id}/assign"' in page
        given = {**await token(client), "person": "李四", "sponsor": "冉国强"}
        assert (await client.post(f"/problems/{id}/assign", data=given)).status_code == 303
        again = await client.post(f"/problems/{id}/assign", data={**given, "_id": (await token(client))["_id"]})
        assert (again.status_code, "本来就是这样" in again.text) == (409, True)
        shown = (await client.get(f"/problems/{id}")).text
    assert "定责任人、督办领导" in shown
    assert "责任人 李四　督办领导 冉国强" in shown


# A notice taken back


async def test_a_notice_is_taken_back_as_a_whole_and_its_problems_wait_to_be_issued_again(house: House) -> None:
    world, (_, problems) = house.world, await a_visit(house)
    id = await issue(house, *problems)
    await house.perform(world.supervisor, "notices.take_back", {"notice": id, "reason": "下错机构"})
    for one in problems:
        assert await stands(house, one, "state", "notice", "notice_id", "issued_on", "original_due_on", "person") == ("recorded", "", "", None, None, "谭秀梅")
        last = (await history(one))[-1]
        assert (last.kind, last.data["reason"], last.data["notice_id"]) == ("problem.taken_back", "下错机构", id)
    kept = await notice(world.contact, id)
    assert kept is not None
    assert (kept.delivery, kept.number, len(kept.lines)) == ("taken_back", f"万民改〔{clock.today().year}〕1号", 2)
    again = await notice(world.supervisor, await issue(house, *problems))
    assert again is not None
    assert again.number.endswith("2号"), "a number is not used again"
    with pytest.raises(Refusal, match=r"notice\.taken_back"):
        await house.perform(world.contact, "notices.sign", {"id": "00000000-0000-7000-8000-0000000000aa", "notice": id})
    with pytest.raises(Refusal, match=r"notice\.taken_back"):
        await house.perform(world.supervisor, "notices.take_back", {"notice": id, "reason": "x"})


async def test_it_stays_once_it_was_signed_for_or_one_of_its_problems_was_worked_on(house: House) -> None:
    world, (_, problems) = house.world, await a_visit(house)
    id = await issue(house, *problems)
    await act(house, world.contact, "progress", problems[1], text="已联系")
    with pytest.raises(Refusal, match=r"problem\.worked_on") as told:
        await house.perform(world.supervisor, "notices.take_back", {"notice": id, "reason": "下错"})
    assert "谭秀梅" in told.value.words.zh
    assert await stands(house, problems[0], "state", "notice_id") == ("issued", id)
    other = await issue(house, (await a_visit(house, ("S23-09", "二楼")))[1][0])
    await house.perform(world.second, "notices.note_signed", {"notice": other, "signer": "谭秀梅", "on": clock.today()})
    with pytest.raises(Refusal, match=r"notice\.delivered"):
        await house.perform(world.supervisor, "notices.take_back", {"notice": other, "reason": "下错"})
    for actor, code in ((world.second, "not_allowed"), (world.foreigner, "not_found")):
        with pytest.raises(Refusal, match=code):
            await house.perform(actor, "notices.take_back", {"notice": id, "reason": "x"})


async def test_it_is_taken_back_on_its_page_and_says_so(house: House) -> None:
    world, (_, problems) = house.world, await a_visit(house)
    id = await issue(house, *problems)
    async with house.client(world.supervisor) as client:
        assert f'action="/notices/{id}/take_back"' in (await client.get(f"/notices/{id}")).text
        assert "这一项没有填" in (await client.post(f"/notices/{id}/take_back", data=await token(client))).text
        assert (await client.post(f"/notices/{id}/take_back", data={**await token(client), "reason": "下错"})).status_code == 303
        shown = (await client.get(f"/notices/{id}")).text
        assert "这份通知书已撤回" in shown
        assert "/take_back" not in shown
        assert "已撤回" in (await client.get("/notices?delivery=taken_back")).text
    async with house.client(world.contact) as client:
        shown = (await client.get(f"/notices/{id}")).text
    assert "这份通知书已撤回" in shown
    assert 'action="/notices/' not in shown
