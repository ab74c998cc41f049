"""Problems chosen together, one act with all of them: row by row as any single change, told before it is done, undone as far as nobody worked on since."""

import asyncio
import datetime as dt
from typing import Any

import pytest

from server.facilities.tables import Responsibility
from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.ledger.queries import history
from server.ledger.verify import verify
from server.notices.queries import listed as notices_listed
from server.people.tables import Standing
from server.problems.queries import Problem, problem
from server.problems.rules import due_after
from server.selections import queries, rules
from server.selections.queries import Line
from server.selections.work import Walks
from tests.conftest import House
from tests.notices.test_notices import a_visit
from tests.problems.test_the_workflow import a_recorded, act, issued
from tests.visits import EXITS, FOOD


async def chosen(house: House, *problems: str, by: Actor | None = None) -> str:
    id = new_id()
    await house.perform(by or house.world.supervisor, "selections.choose", {"id": id, "problems": problems})
    return id


async def checked(house: House, id: str, act: str, by: Actor | None = None, **given: Any) -> list[Line]:
    await house.perform(by or house.world.supervisor, "selections.check", {"selection": id, "act": act, "given": given})
    return await walked(house, id, by)


async def walked(house: House, id: str, by: Actor | None = None) -> list[Line]:
    await Walks(house.ledger).wake(id)
    return (await queries.lines(by or house.world.supervisor, id))[0]


async def done(house: House, id: str, act: str, **given: Any) -> list[Line]:
    await checked(house, id, act, **given)
    await house.perform(house.world.supervisor, "selections.do", {"selection": id})
    return await walked(house, id)


async def undone(house: House, id: str) -> list[Line]:
    await house.perform(house.world.supervisor, "selections.undo", {"selection": id, "reason": "选错了"})
    return await walked(house, id)


async def stands(house: House, id: str) -> Problem:
    found = await problem(house.world.supervisor, id)
    assert found is not None
    return found


def outcomes(lines: list[Line]) -> list[str]:
    return [line.outcome for line in lines]


async def test_who_answers_is_named_for_all_and_each_history_says_so_as_of_any_single_change(house: House) -> None:
    ids = [await a_recorded(house, point) for point in ("食堂", "二楼")]
    id = await chosen(house, *ids)
    assert outcomes(await checked(house, id, "assign", person="李四", sponsor="冉国强")) == ["ready", "ready"]
    assert (await stands(house, ids[0])).person == "谭秀梅", "nothing is done before it is confirmed"
    await house.perform(house.world.supervisor, "selections.do", {"selection": id})
    assert outcomes(await walked(house, id)) == ["done", "done"]
    for one in ids:
        assert ((now := await stands(house, one)).person, now.sponsor) == ("李四", "冉国强")
        last = (await history(one))[-1]
        assert (last.kind, last.data) == ("problem.assigned", {"person": "李四", "sponsor": "冉国强", "selection": id})
    assert (await verify()).faults == []


async def test_names_left_empty_come_from_the_register_only_where_none_is_set(house: House) -> None:
    one = await a_recorded(house)
    assert [line.why["code"] for line in await checked(house, await chosen(house, one), "assign")] == ["assign.same"], "the register names nobody else"
    duty = {"facility_id": house.world.home, "sort": 1, "title": "科长", "point": "", "step": "", "ended_at": None}
    await house.ledger.keep(add=[(Responsibility, {**duty, "id": new_id(), "party": party, "person": person}) for party, person in (("department", "冉国强"), ("unit", "李四"))])
    await done(house, await chosen(house, one), "assign")
    assert ((now := await stands(house, one)).person, now.sponsor) == ("谭秀梅", "冉国强")


async def test_days_are_set_by_level_in_working_days_or_to_one_day(house: House) -> None:
    levels = ("general", "serious")
    ids = [await a_recorded(house, f"{level} 点位", level) for level in levels]
    day = clock.today() + dt.timedelta(days=33)
    await done(house, await chosen(house, *ids), "set_due", due_on=day)
    assert [(await stands(house, one)).due_on for one in ids] == [day, day]
    await done(house, await chosen(house, *ids), "set_due")
    assert [(await stands(house, one)).due_on for one in ids] == [due_after(clock.today(), level, {}) for level in levels]


async def test_each_visit_gets_one_notice(house: House) -> None:
    _, first = await a_visit(house)
    _, second = await a_visit(house, (FOOD, "二楼"), (EXITS, "二楼"))
    lines = await done(house, await chosen(house, first[0], second[0], first[1], second[1]), "issue", sponsor="冉国强")
    assert outcomes(lines) == ["done"] * 4
    found = (await notices_listed(house.world.supervisor, None, "")).notices
    assert sorted(sorted(line.problem for line in one.lines) for one in found) == sorted([sorted(first), sorted(second)])
    assert {(line.person, line.sponsor) for one in found for line in one.lines} == {("谭秀梅", "冉国强")}
    assert (await verify()).faults == []


async def test_each_row_says_beforehand_whether_it_will_and_why_not(house: House) -> None:
    world, ready, running = house.world, await a_recorded(house), await issued(house, point="二楼")
    closed = await a_recorded(house, "三楼")
    await act(house, world.supervisor, "withdraw", closed, reason="误记")
    lines = {line.problem.id: line for line in await checked(house, await chosen(house, ready, running, closed), "issue") if line.problem}
    assert [lines[one].outcome for one in (ready, running, closed)] == ["ready", "barred", "barred"]
    assert "已下达" in lines[running].why["words"]["zh"]
    assert "冉国强" in lines[running].why["words"]["zh"]
    assert lines[running].why["words"]["en"]
    lines = {line.problem.id: line for line in await checked(house, await chosen(house, ready, running), "set_due", due_on=clock.today() + dt.timedelta(days=44)) if line.problem}
    assert [lines[one].why.get("code") for one in (ready, running)] == [None, "due.why"]


async def test_of_two_at_once_one_wins_each_row_and_the_other_is_told(house: House) -> None:
    world, ids = house.world, [await a_recorded(house, point) for point in ("食堂", "二楼")]
    id = await chosen(house, *ids)
    await checked(house, id, "issue")
    await act(house, world.supervisor, "issue", ids[1], due_on=clock.today() + dt.timedelta(days=3), person="谭秀梅")
    await house.perform(world.supervisor, "selections.do", {"selection": id})
    lines = {line.problem.id: line for line in await walked(house, id) if line.problem}
    assert [lines[one].outcome for one in ids] == ["done", "refused"]
    assert "冉国强" in lines[ids[1]].why["words"]["zh"]


async def test_what_has_moved_on_does_not_keep_back_the_others_of_its_visit(house: House) -> None:
    _, ids = await a_visit(house)
    id = await chosen(house, *ids)
    await checked(house, id, "issue")
    await act(house, house.world.supervisor, "withdraw", ids[0], reason="误记")
    await house.perform(house.world.supervisor, "selections.do", {"selection": id})
    lines = {line.problem.id: line.outcome for line in await walked(house, id) if line.problem}
    assert [lines[one] for one in ids] == ["refused", "done"]


# Undone


async def test_all_is_put_back_but_what_was_worked_on_since(house: House) -> None:
    world, ids = house.world, [await a_recorded(house, point) for point in ("食堂", "二楼", "三楼")]
    before = [await stands(house, one) for one in ids]
    id = await chosen(house, *ids)
    await done(house, id, "assign", person="李四")
    await act(house, world.supervisor, "assign", ids[1], person="王五")
    lines = {line.problem.id: line for line in await undone(house, id) if line.problem}
    assert [lines[one].outcome for one in ids] == ["undone", "left", "undone"]
    assert "冉国强" in lines[ids[1]].why["words"]["zh"]
    assert [(await stands(house, one)).person for one in ids] == [before[0].person, "王五", before[2].person]
    last = (await history(ids[0]))[-1]
    assert (last.data["selection"], last.data["undone"], last.data["reason"]) == (id, True, "选错了")
    assert (await verify()).faults == []


async def test_days_are_put_back_as_they_were_none_at_all_too(house: House) -> None:
    ids = [await a_recorded(house), await issued(house, point="二楼")]
    before = [await stands(house, one) for one in ids]
    id = await chosen(house, *ids)
    await done(house, id, "set_due", due_on=clock.today() + dt.timedelta(days=50), reason="防汛")
    assert outcomes(await undone(house, id)) == ["undone", "undone"]
    assert [(now.due_on, now.original_due_on) for now in [await stands(house, one) for one in ids]] == [(was.due_on, was.original_due_on) for was in before]


async def test_a_notice_goes_back_whole_or_stays_whole(house: House) -> None:
    _, first = await a_visit(house)
    _, second = await a_visit(house, (FOOD, "二楼"), (EXITS, "二楼"))
    before = {one: await stands(house, one) for one in (*first, *second)}
    id = await chosen(house, *first, *second)
    await done(house, id, "issue")
    await act(house, house.world.contact, "progress", second[0], text="已联系")
    lines = {line.problem.id: line.outcome for line in await undone(house, id) if line.problem}
    assert [lines[one] for one in (*first, *second)] == ["undone", "undone", "left", "left"]
    for one in first:
        now = await stands(house, one)
        assert [getattr(now, name) for name in ("state", "due_on", "original_due_on", "person", "sponsor", "issued_on", "notice_id")] == [
            getattr(before[one], name) for name in ("state", "due_on", "original_due_on", "person", "sponsor", "issued_on", "notice_id")
        ]  # fmt: skip
    assert sorted(one.delivery for one in (await notices_listed(house.world.supervisor, None, "")).notices) == ["", "taken_back"]


# Once, in parts, by whom


async def test_each_step_is_taken_once_however_often_it_is_asked_for(house: House) -> None:
    world, one = house.world, await a_recorded(house)
    id, again = await chosen(house, one), new_id()
    await checked(house, id, "assign", person="李四")
    told = await asyncio.gather(*(house.perform(world.supervisor, "selections.do", {"selection": id}, again) for _ in range(3)))
    assert told[0] == told[1] == told[2]
    await asyncio.gather(*(Walks(house.ledger).wake(id) for _ in range(3)))
    assert [event.kind for event in await history(one)].count("problem.assigned") == 1
    with pytest.raises(Refusal, match=r"selection\.state"):
        await house.perform(world.supervisor, "selections.do", {"selection": id})


async def test_what_was_broken_off_goes_on_where_it_stopped(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "SLICE", 1)
    ids = [(await a_visit(house, (FOOD, point)))[1][0] for point in ("食堂", "二楼", "三楼")]
    id = await chosen(house, *ids)
    await checked(house, id, "assign", person="李四")
    await house.perform(house.world.supervisor, "selections.do", {"selection": id})
    ledger, asked = house.ledger, 0
    walks = Walks(ledger)

    async def dies(*given: Any) -> bytes:
        nonlocal asked
        asked += 1
        if asked == 2:
            raise Refusal("busy")
        return await ledger.perform(*given)

    class Dying:
        perform = staticmethod(dies)

    walks.ledger = Dying()  # type: ignore[assignment]
    await walks.wake(id)
    found = await queries.work(id)
    assert found is not None
    assert (found.state, found.done, found.parts) == ("running", 1, 3)
    assert await queries.waiting() == [id]
    assert outcomes(await walked(house, id)) == ["done"] * 3
    assert [[event.kind for event in await history(one)].count("problem.assigned") for one in ids] == [1, 1, 1]


def test_parts_never_tear_a_visit_apart_that_fits_in_one_notice() -> None:
    rows = [{"id": f"{visit}-{n}", "facility_id": "f", "visit_id": visit, "found_on": None} for n in range(70) for visit in ("a", "b", "c", "d")]
    parts = rules.parted(rows)
    assert [len(part) for part in parts] == [140, 140]
    assert [{id[0] for id in part} for part in parts] == [{"a", "b"}, {"c", "d"}]


async def test_nobody_chooses_or_sees_what_is_not_theirs(house: House) -> None:
    world, one = house.world, await a_recorded(house)
    for actor, problems, code in ((world.foreigner, [one], "not_found"), (world.inspector, [one], "not_allowed"), (world.supervisor, [], "selection.empty"), (world.supervisor, [new_id()], "not_found")):
        with pytest.raises(Refusal, match=code):
            await house.perform(actor, "selections.choose", {"id": new_id(), "problems": problems})
    id = await chosen(house, one)
    for kind, more in (("check", {"act": "assign", "given": {}}), ("do", {}), ("undo", {"reason": "x"})):
        with pytest.raises(Refusal, match="not_found"):
            await house.perform(world.foreigner, f"selections.{kind}", {"selection": id, **more})
    assert await queries.find(world.foreigner, id) is None
    for given, code in (({"act": "close", "given": {}}, r"input\.invalid"), ({"act": "set_due", "given": {"due_on": "2020-01-01"}}, r"problem\.due"), ({"act": "assign", "given": {"person": "长" * 41}}, r"problem\.long")):
        with pytest.raises(Refusal, match=code):
            await house.perform(world.supervisor, "selections.check", {"selection": id, **given})


async def test_whoever_lost_the_role_meanwhile_gets_nothing_done(house: House) -> None:
    one = await a_recorded(house)
    id = await chosen(house, one)
    await checked(house, id, "assign", person="李四")
    await house.perform(house.world.supervisor, "selections.do", {"selection": id})
    held = await house.ledger.writer.select(Standing, "person_id", [house.world.supervisor.id])
    await house.ledger.keep(change=[(Standing, held[0]["id"], {"until_on": dt.date(2021, 1, 1)})])
    await Walks(house.ledger).wake(id)
    assert (await queries.counts(id))["refused"] == 1
    assert (await stands(house, one)).person == "谭秀梅"
