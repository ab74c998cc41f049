"""What the facility did without signal: judged by its own hour and round, counted once, and never over what came first."""

import datetime as dt
import re
from typing import Any

import msgspec
import pytest

from server.foundation import clock
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.ledger.queries import history
from server.problems.queries import problem
from tests.conftest import House
from tests.problems.test_the_workflow import act, issued
from tests.sync.test_the_wire import envelope, post
from tests.visits import photo


async def sealed(house: House, id: str, **changed: Any) -> dict[str, Any]:
    shot = await photo(house, house.world.contact, "after")
    return {"id": new_id(), "problem": id, "text": "已整改", "photos": [shot], "at": clock.now(), "round": 0, **changed}


async def test_a_report_counts_from_the_day_on_which_it_was_written(house: House) -> None:
    world, id = house.world, await issued(house)
    written = clock.now() + dt.timedelta(hours=2)
    report = await sealed(house, id, at=written)
    clock.set(lambda: written + dt.timedelta(days=4))
    receipt = await house.perform(world.contact, "problems.report", report)
    found = await problem(world.contact, id)
    assert found is not None
    assert (found.state, found.rectified_on, found.rectifier_id, receipt["number"]) == ("awaiting_recheck", clock.today(written), world.contact.id, found.number)
    assert (await history(id))[-1].data["done_on"] == clock.today(written).isoformat()


@pytest.mark.parametrize("kind", ["plan", "progress", "report", "ask_extension"])
async def test_each_goes_over_the_wire_once_however_often_it_is_sent(house: House, kind: str) -> None:
    world, id = house.world, await issued(house)
    common, shot = {"id": new_id(), "problem": id, "at": clock.now(), "round": 0}, await photo(house, world.contact, "after")
    told = {
        "plan": {"cause": "无专人", "measures": "指定专人", "person": "谭秀梅"}, "progress": {"text": "已联系厂家", "photos": [shot]},
        "report": {"text": "已整改", "photos": [shot]}, "ask_extension": {"wished_on": clock.today() + dt.timedelta(days=30), "reason": "缺货"},
    }[kind]  # fmt: skip
    before = len(await history(id))
    one = envelope(house, {**common, **told}, world.contact, kind=f"problems.{kind}")
    async with house.client(world.contact) as client:
        first, again = (await post(client, one)).content, (await post(client, one)).content
        other = (await post(client, {**one, "id": new_id()})).json()["receipts"][0]
    assert first == again
    assert msgspec.json.decode(first)["receipts"][0]["receipt"].get("photos", []) == told.get("photos", []), "a phone forgets them on this"
    assert (other["state"], other["refusal"]["code"]) == ("refused", "problem.step_known")
    assert len(await history(id)) == before + 1


async def test_a_report_written_before_it_was_sent_back_does_not_answer_the_return(house: House) -> None:
    world, id = house.world, await issued(house)
    late = await sealed(house, id, text="第一次整改，另一部手机")
    await house.perform(world.contact, "problems.report", await sealed(house, id))
    await act(house, world.second, "fail", id, record="仍混放", due_on=clock.today() + dt.timedelta(days=9))
    with pytest.raises(Refusal, match=r"problem\.round") as told:
        await house.perform(world.contact, "problems.report", late)
    assert all(words in told.value.words.zh for words in ("何川", clock.today().isoformat()))
    await house.perform(world.contact, "problems.report", await sealed(house, id, round=1))


async def test_two_report_at_once_and_the_second_is_told_who_was_first(house: House) -> None:
    world, id = house.world, await issued(house)
    await house.perform(world.contact, "problems.report", await sealed(house, id))
    with pytest.raises(Refusal, match=r"problem\.state") as told:
        await house.perform(world.contact, "problems.report", await sealed(house, id))
    assert all(words in told.value.words.zh for words in ("待复查", "谭秀梅", clock.today().isoformat()))
    assert "To re-check" in told.value.words.en


async def test_hours_that_cannot_be_are_refused(house: House) -> None:
    id = await issued(house)
    for days, code in ((-401, "problem.step_at"), (3, "problem.step_at"), (-2, "problem.step_early")):
        with pytest.raises(Refusal, match=code.replace(".", r"\.")):
            await house.perform(house.world.contact, "problems.progress", {"id": new_id(), "problem": id, "text": "x", "at": clock.now() + dt.timedelta(days=days)})
    with pytest.raises(Refusal, match=r"input\.invalid"):
        await house.perform(house.world.contact, "problems.progress", {"id": "1", "problem": id, "text": "x"})


async def test_a_contact_who_has_left_since_did_it_in_time_and_the_history_says_so(house: House) -> None:
    world, id = house.world, await issued(house)
    report = await sealed(house, id)
    now = clock.now()
    clock.set(lambda: now + dt.timedelta(hours=1))
    await house.ledger.writer.query("update standing set ended_at = ?, until_on = ? where person_id = ?", now + dt.timedelta(minutes=30), clock.today() - dt.timedelta(days=1), world.contact.id)
    bare = type(world.contact)(world.contact.id, world.contact.name)
    await house.perform(bare, "problems.report", report)
    assert (await history(id))[-1].data["away"] is True
    clock.set(lambda: now + dt.timedelta(hours=2))
    with pytest.raises(Refusal, match="not_found"):
        await house.perform(bare, "problems.progress", {"id": new_id(), "problem": id, "text": "x"})


async def test_what_was_not_taken_in_is_laid_out_for_the_supervisor_beside_the_problem_as_it_stands(house: House) -> None:
    world, id = house.world, await issued(house)
    late = await sealed(house, id, text="第一次整改，另一部手机")
    await house.perform(world.contact, "problems.report", await sealed(house, id))
    async with house.client(world.contact) as client:
        told = (await post(client, envelope(house, late, world.contact, kind="problems.report"))).json()["receipts"][0]
    assert told["held"]["state"] == "waiting"
    async with house.client(world.supervisor) as client:
        listed = (await client.get("/deposits")).text
        assert "提交整改报告" in listed
        [deposit] = re.findall(r'href="(/deposits/[0-9a-f]{64})"', listed)
        page = (await client.get(deposit)).text
    for words in ("提交整改报告", "第一次整改，另一部手机", f'href="/problems/{id}"', f"/photos/{late['photos'][0]}/thumb", "办理时间"):
        assert words in page


async def test_a_notice_that_was_signed_for_before_is_kept_at_its_facility(house: House) -> None:
    world, id = house.world, await issued(house)
    found = await problem(world.contact, id)
    assert found is not None
    first, second = ({"id": new_id(), "notice": found.notice_id, "at": clock.now()} for _ in range(2))
    await house.perform(world.contact, "notices.sign", first)
    async with house.client(world.contact) as client:
        told = (await post(client, envelope(house, second, world.contact, kind="notices.sign"))).json()["receipts"][0]
    assert (told["refusal"]["code"], told["held"]["state"]) == ("notice.signed", "waiting")
    async with house.client(world.supervisor) as client:
        assert "安康养老院" in (await client.get("/deposits")).text
