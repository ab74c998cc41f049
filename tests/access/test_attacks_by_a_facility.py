"""What a facility's contact could send from a phone, and must not gain by: days to come, other facilities' problems, ids that break a database, words without end."""

import datetime as dt
from typing import Any

import pytest

from server.database.rows import rows
from server.foundation import clock
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.ledger.queries import history
from server.notices.queries import notice as read_notice
from server.people.rules import id_for
from server.problems.queries import problem
from tests.conftest import House
from tests.deposits.test_what_is_not_taken_in import decide, kept, sent
from tests.forms import token
from tests.notices.test_notices import issue
from tests.problems.test_rechecks_on_site import failing, seen
from tests.problems.test_steps_from_a_phone import sealed
from tests.problems.test_the_workflow import a_recorded, act, issued
from tests.sync.test_the_wire import envelope, post
from tests.visits import FOOD, findings, photo, visit

AHEAD = dt.timedelta(hours=47)

# Clocks


async def test_a_clock_that_is_ahead_keeps_nobody_from_looking_at_what_was_reported(house: House) -> None:
    """The report was dated two days on, and until then every re-check on site came before it."""
    world, id = house.world, await issued(house)
    await house.perform(world.contact, "problems.report", await sealed(house, id, at=clock.now() + AHEAD))
    found = await problem(world.supervisor, id)
    assert found
    assert found.rectified_on == clock.today()
    assert (await house.perform(world.second, "problems.recheck", seen(id)))["state"] == "rechecked"


async def test_nothing_is_signed_rechecked_or_asked_for_on_a_day_to_come(house: House) -> None:
    world, id = house.world, await issued(house)
    later, stands = clock.now() + AHEAD, await problem(world.supervisor, id)
    assert stands
    await house.perform(world.contact, "notices.sign", {"id": new_id(), "notice": stands.notice_id, "at": later})
    signed = await read_notice(world.supervisor, stands.notice_id)
    assert signed
    assert signed.signed_on == clock.today()
    await house.perform(world.contact, "problems.ask_extension", {"id": new_id(), "problem": id, "wished_on": clock.today() + dt.timedelta(days=30), "reason": "缺货", "at": later})
    assert (await rows("select asked_at from extension"))[0]["asked_at"] <= clock.now()
    await house.perform(world.contact, "problems.report", await sealed(house, id))
    await house.perform(world.second, "problems.recheck", await failing(house, id, world.second, at=later))
    back = await problem(world.supervisor, id)
    assert back
    assert back.recheck_on == clock.today()
    assert not [event for event in await history(id) if str(event.data.get("made_on") or event.data.get("done_on") or "") > clock.today().isoformat()]


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_hours_and_values_that_cannot_be_are_kept_and_refused_in_words(house: House) -> None:
    world, id = house.world, await issued(house)
    common = {"problem": id, "text": "x", "at": clock.now(), "round": 0}
    odd: list[dict[str, Any]] = [
        {"at": "0001-01-01T00:00:00+14:00"}, {"at": "9999-12-31T23:59:59-14:00"}, {"at": "1970-01-01T00:00:00Z"}, {"at": "2099-01-01T00:00:00Z"}, {"at": "2026-11-30T12:00:00"}, {"at": 1e99},
        {"round": -1}, {"round": 1.5}, {"round": True}, {"text": "长" * 200_000}, {"text": "a\x00b"}, {"text": ["x"]}, {"photos": ["x"]}, {"photos": [1]}, {"photos": ["0" * 64] * 500}, {"photos": ["../../secret"]}, {"id": "x"}, {"problem": world.home},
        {"problem": None}, {"extra": 1},
    ]  # fmt: skip
    async with house.client(world.contact) as phone, house.client(world.supervisor) as desk:
        for change in odd:
            command = envelope(house, {**common, "id": new_id(), **change}, world.contact, kind="problems.progress")
            told = (await post(phone, command)).json()["receipts"][0]
            assert (told["state"], told["held"]["state"]) == ("refused", "waiting"), str(change)[:60]
            assert (await desk.get(f"/deposits/{(await kept(house, command['id']))['id']}")).status_code in (200, 404)
    found = await problem(world.supervisor, id)
    assert found
    assert found.state == "issued"


# Ids


async def test_an_id_that_no_database_keeps_is_one_that_there_is_not(house: House) -> None:
    """PostgreSQL fails on a NUL: the phone was told to come again, for good, and all that it sent along with it."""
    world, id = house.world, await issued(house)
    nul, whole = "a\x00b", await visit(house, [])
    noted = await findings(house, (FOOD, "食堂"))
    second = {**whole["signatures"], "second": {**whole["signatures"]["second"], "person": nul}}
    step, at = {"id": new_id(), "text": "x"}, clock.now()
    asked = [
        (world.contact, "problems.progress", {**step, "problem": nul}), (world.contact, "problems.progress", {**step, "problem": id, "id": nul}), (world.contact, "problems.report", {**step, "problem": nul, "photos": []}),
        (world.contact, "notices.sign", {"id": new_id(), "notice": nul}), (world.second, "problems.recheck", {**seen(id), "problem": nul, "at": at}), (world.inspector, "inspections.submit", {**whole, "facility": nul}),
        (world.inspector, "inspections.submit", {**whole, "checklist": {"key": nul, "version": 1}}), (world.inspector, "inspections.submit", {**whole, "signatures": second}),
        (world.inspector, "inspections.submit", {**await visit(house, noted), "findings": [{**noted[0], "item": nul}]}), (world.inspector, "inspections.submit", {**await visit(house, noted), "findings": [{**noted[0], "point": nul}]}),
    ]  # fmt: skip
    async with house.client(world.supervisor) as desk:
        for actor, kind, payload in asked:
            command = envelope(house, payload, actor, kind=kind)
            assert (await sent(house, command, actor))["held"]["state"] == "waiting", kind
            assert (await desk.get(f"/deposits/{(await kept(house, command['id']))['id']}")).status_code in (200, 404), kind


# Other facilities, other people


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_a_contact_takes_no_step_with_a_neighbours_problem_or_notice(house: House) -> None:
    world, id = house.world, await issued(house)
    other, stands = world.neighbour_contact, await problem(world.supervisor, id)
    assert stands
    shot = await photo(house, other, "mine")
    steps = {
        "problems.plan": {"problem": id, "cause": "a", "measures": "b", "person": "c"}, "problems.progress": {"problem": id, "text": "a"}, "problems.report": {"problem": id, "text": "a", "photos": [shot]},
        "problems.ask_extension": {"problem": id, "wished_on": clock.today() + dt.timedelta(days=30), "reason": "a"}, "notices.sign": {"notice": stands.notice_id},
    }  # fmt: skip
    for kind, payload in steps.items():
        command = envelope(house, {"id": new_id(), **payload}, other, kind=kind)
        assert (await sent(house, command, other))["refusal"]["code"] == "not_found", kind
        row = await kept(house, command["id"])
        async with house.client(other) as phone, house.client(world.contact) as owner, house.client(world.foreigner) as foreign:
            page = await phone.get(f"/deposits/{row['id']}")
            assert not [words for words in (stands.number, stands.what) if words in page.text], "their own words come back to them, no more"
            assert [(await one.get(f"/deposits/{row['id']}")).status_code for one in (owner, foreign)] == [404, 404]
            assert (await phone.post(f"/deposits/{row['id']}/accept", data={**await token(phone), "seen": "waiting"})).status_code == 403
    async with house.client(other) as desk:
        for act_, data in (("report", {"text": "a"}), ("progress", {"text": "a"})):
            assert (await desk.post(f"/problems/{id}/{act_}", data={**await token(desk), **data})).status_code == 404
        assert (await desk.post(f"/notices/{stands.notice_id}/sign", data=await token(desk))).status_code == 404
    assert await problem(world.supervisor, id) == stands


async def test_a_photo_of_somebody_else_is_no_evidence(house: House) -> None:
    """Nor one whose bytes have not come, nor a step that was given under another's id."""
    world, id = house.world, await issued(house)
    theirs = await photo(house, world.inspector, "theirs")
    for photos in ([theirs], ["0" * 64]):
        with pytest.raises(Refusal, match=r"photo\.missing"):
            await house.perform(world.contact, "problems.report", await sealed(house, id, photos=photos))
    first = await sealed(house, id)
    await house.perform(world.contact, "problems.report", first)
    await act(house, world.second, "fail", id, record="仍混放", due_on=clock.today() + dt.timedelta(days=9))
    with pytest.raises(Refusal, match=r"problem\.step_known"):
        await house.perform(world.contact, "problems.report", {**await sealed(house, id, round=1), "id": first["id"]})


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_whoever_takes_a_facilitys_step_in_by_hand_neither_rechecks_nor_closes(house: House) -> None:
    world, id = house.world, await issued(house)
    other = world.neighbour_contact
    command = envelope(house, {"id": new_id(), "problem": id, "text": "x", "photos": [await photo(house, other, "x")]}, other, kind="problems.report")
    await sent(house, command, other)
    await decide(house, "accept", (await kept(house, command["id"]))["id"])
    with pytest.raises(Refusal, match=r"problem\.rectifier"):
        await house.perform(world.supervisor, "problems.pass", {"problem": id, "record": "好"})
    await house.perform(world.second, "problems.recheck", seen(id))
    with pytest.raises(Refusal, match=r"problem\.rectifier"):
        await house.perform(world.supervisor, "problems.close", {"problem": id})


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_a_notice_that_was_taken_back_is_signed_from_no_phone_whoever_vouches(house: House) -> None:
    world, one = house.world, await a_recorded(house)
    notice = await issue(house, one)
    id = notice["notice"] if isinstance(notice, dict) else notice
    await house.perform(world.supervisor, "notices.take_back", {"notice": id, "reason": "误下"})
    command = envelope(house, {"id": id_for(new_id(), "signing"), "notice": id, "at": clock.now()}, world.contact, kind="notices.sign")
    assert (await sent(house, command, world.contact))["refusal"]["code"] == "notice.taken_back"
    with pytest.raises(Refusal, match=r"notice\.taken_back"):
        await decide(house, "accept", (await kept(house, command["id"]))["id"])
