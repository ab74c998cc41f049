"""责令限期整改通知书: one visit's problems in one paper, issued all together or not at all, and how the facility took it."""

import asyncio
import datetime as dt
import re
from typing import Any

import pytest

from server.foundation import clock
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.ledger.queries import history
from server.notices import rules
from server.notices.queries import Notice, listed, notice, of_visit, verify_records
from server.problems.queries import problem
from server.problems.rules import due_after
from tests.conftest import House
from tests.forms import token
from tests.problems.test_the_workflow import act
from tests.sync.test_the_wire import envelope, post
from tests.visits import EXITS, FOOD, findings, photo, visit


async def a_visit(house: House, *spots: tuple[str, str]) -> tuple[str, list[str]]:
    """The visit's id and its problems'."""
    receipt = await house.perform(house.world.inspector, "inspections.submit", await visit(house, await findings(house, *(spots or ((FOOD, "食堂"), (EXITS, "三楼"))))))
    return receipt["visit"], [row["problem"] for row in receipt["problems"]]


def lines(*problems: str, **changed: Any) -> list[dict[str, Any]]:
    due = clock.today() + dt.timedelta(days=9)
    return [{"problem": id, "due_on": due + dt.timedelta(days=n), "person": "谭秀梅", "sponsor": "冉国强", **changed} for n, id in enumerate(problems)]


async def issue(house: House, *problems: str, **changed: Any) -> str:
    return str((await house.perform(house.world.supervisor, "notices.issue", {"id": new_id(), "lines": lines(*problems, **changed)}))["notice"])


async def found(house: House, id: str) -> Notice:
    it = await notice(house.world.supervisor, id)
    assert it is not None
    return it


async def test_one_notice_issues_all_problems_of_a_visit_each_with_its_day_person_and_sponsor(house: House) -> None:
    visited, problems = await a_visit(house)
    it = await found(house, await issue(house, *problems))
    assert (it.number, it.facility, it.bureau, it.issuer) == (f"万民改〔{clock.today().year}〕1号", "安康养老院", "万州区民政局", "冉国强")
    assert [(line.problem, line.due_on, line.person, line.sponsor) for line in it.lines] == [(one["problem"], one["due_on"], "谭秀梅", "冉国强") for one in lines(*problems)]
    assert [one.id for one in await of_visit(house.world.inspector, visited)] == [it.id]
    for line in it.lines:
        one = await problem(house.world.contact, line.problem)
        assert one is not None
        assert (one.state, one.due_on, one.original_due_on, one.person, one.sponsor, one.notice_id, one.notice) == (
            "issued", line.due_on, line.due_on, "谭秀梅", "冉国强", it.id, it.number,
        )  # fmt: skip
        assert (await history(one.id))[-1].data["notice"] == it.number


async def test_numbers_follow_one_another_in_each_bureau_and_their_mark_is_its_own_for_good(house: House) -> None:
    world, (_, problems) = house.world, await a_visit(house)
    numbers = [(await found(house, await issue(house, id))).number for id in problems]
    assert [re.sub(r"〔\d+〕", "", number) for number in numbers] == ["万民改1号", "万民改2号"]
    with pytest.raises(Refusal, match=r"place\.mark_taken"):
        await house.perform(world.chief, "places.change", {"id": world.kaizhou, "name": "开州区民政局", "mark": "万民改", "code": "KZ"})


async def test_where_another_bureau_has_the_mark_numbers_still_never_meet(house: House) -> None:
    world, (_, problems) = house.world, await a_visit(house)
    await house.perform(world.chief, "places.change", {"id": world.kaizhou, "name": "开州区民政局", "mark": "万民改", "code": "KZ"})
    assert (await found(house, await issue(house, problems[0]))).number.startswith("万民改改〔")


@pytest.mark.parametrize(("of_problems", "of_notices"), [("万民整", "万民改"), ("渝民", "渝民改"), ("", "改")])
def test_the_mark_of_notices_follows_from_that_of_problems(of_problems: str, of_notices: str) -> None:
    assert rules.mark(of_problems) == of_notices


async def test_the_notice_stays_as_it_was_issued_whatever_becomes_of_its_problems(house: House) -> None:
    _, problems = await a_visit(house)
    id = await issue(house, *problems)
    before = await found(house, id)
    await act(house, house.world.contact, "plan", problems[0], cause="a", measures="b", person="李四")
    await act(house, house.world.supervisor, "withdraw", problems[1], reason="误记")
    assert (await found(house, id)).lines == before.lines


async def test_a_notice_that_was_changed_by_hand_is_found(house: House) -> None:
    _, problems = await a_visit(house)
    id = await issue(house, *problems)
    assert await verify_records() == []
    await house.ledger.writer.query("update notice set lines = replace(lines, '谭秀梅', '李四') where id = ?", id)
    assert await verify_records() == [f"notice {(await found(house, id)).number} is not as it was issued"]


async def test_all_or_none_of_it_is_issued_and_the_refusal_says_who_was_first(house: House) -> None:
    world, (_, problems) = house.world, await a_visit(house)
    await issue(house, problems[0])
    with pytest.raises(Refusal, match=r"notice\.moved") as told:
        await issue(house, *problems)
    assert all(words in told.value.words.zh for words in ("万民整", "已下达", "冉国强", clock.today().isoformat()))
    assert "Issued" in told.value.words.en
    other = await problem(world.supervisor, problems[1])
    assert other is not None
    assert other.state == "recorded"
    assert len((await listed(world.supervisor, None, "")).notices) == 1


async def test_two_issue_at_once_and_one_notice_stands(house: House) -> None:
    _, problems = await a_visit(house)
    told = await asyncio.gather(*(issue(house, *problems) for _ in range(5)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in told) == ["Refusal"] * 4 + ["str"]
    assert len((await listed(house.world.supervisor, None, "")).notices) == 1


async def test_what_does_not_make_a_notice_is_refused(house: House) -> None:
    world, (_, problems) = house.world, await a_visit(house)
    _, others = await a_visit(house, (FOOD, "二楼"))
    for given, code in (
        ([], "notice.empty"), (lines(problems[0], others[0]), "notice.one_visit"), (lines(problems[0], problems[0]), "input.invalid"),
        (lines(problems[0], due_on=clock.today() - dt.timedelta(days=1)), "problem.due"), (lines(problems[0], person=" "), "problem.blank"), (lines(new_id()), "not_found"),
    ):  # fmt: skip
        with pytest.raises(Refusal, match=code.replace(".", r"\.")):
            await house.perform(world.supervisor, "notices.issue", {"id": new_id(), "lines": given})
    for actor, code in ((world.inspector, "not_allowed"), (world.contact, "not_allowed"), (world.foreigner, "not_found")):
        with pytest.raises(Refusal, match=code):
            await house.perform(actor, "notices.issue", {"id": new_id(), "lines": lines(problems[0])})
    assert (await listed(world.supervisor, None, "")).count == 0


async def test_the_day_that_the_inspector_set_is_proposed_and_else_the_usual_one_from_today(house: House) -> None:
    world, far = house.world, clock.today() + dt.timedelta(days=40)
    noted = [*await findings(house, (FOOD, "食堂"), due_on=far), *await findings(house, (EXITS, "三楼"))]
    visited = clock.now()
    problems = [row["problem"] for row in (await house.perform(world.inspector, "inspections.submit", await visit(house, noted)))["problems"]]
    clock.set(lambda: visited + dt.timedelta(days=5))
    async with house.client(world.supervisor) as client:
        page = (await client.get(f"/notices/new/{problems[0]}")).text
    preset = dict(re.findall(r'name="due_on:([^"]+)"[^>]* value="([^"]*)"', page))
    assert preset == {problems[0]: far.isoformat(), problems[1]: due_after(clock.today(), "general", {}).isoformat()}


# Delivery


async def test_the_facility_signs_and_a_second_signature_is_told_of_the_first(house: House) -> None:
    world, (_, problems) = house.world, await a_visit(house)
    id = await issue(house, *problems)
    await house.perform(world.contact, "notices.sign", {"id": new_id(), "notice": id})
    it = await found(house, id)
    assert (it.delivery, it.signer, it.signed_on) == ("signed", "谭秀梅", clock.today())
    with pytest.raises(Refusal, match=r"notice\.signed") as told:
        await house.perform(world.contact, "notices.sign", {"id": new_id(), "notice": id})
    assert "谭秀梅" in told.value.words.zh
    for actor, code in ((world.supervisor, "not_allowed"), (world.neighbour_contact, "not_found")):
        with pytest.raises(Refusal, match=code):
            await house.perform(actor, "notices.sign", {"id": new_id(), "notice": id})


async def test_a_signature_made_without_signal_counts_from_its_own_day_and_once(house: House) -> None:
    world, (_, problems) = house.world, await a_visit(house)
    id, signed = await issue(house, *problems), clock.now() + dt.timedelta(hours=1)
    clock.set(lambda: signed + dt.timedelta(days=3))
    sealed = envelope(house, {"id": new_id(), "notice": id, "at": signed}, world.contact, kind="notices.sign")
    async with house.client(world.contact) as client:
        first, again = (await post(client, sealed)).json()["receipts"][0], (await post(client, sealed)).json()["receipts"][0]
    assert first == again
    assert first["state"] == "received"
    assert (await found(house, id)).signed_on == clock.today(signed)
    with pytest.raises(Refusal, match=r"notice\.at"):
        await house.perform(world.contact, "notices.sign", {"id": new_id(), "notice": id, "at": signed - dt.timedelta(days=40)})


async def test_a_refusal_names_two_witnesses_holds_nothing_up_and_may_still_be_signed(house: House) -> None:
    world, (_, problems) = house.world, await a_visit(house)
    id, today = await issue(house, *problems), clock.today()
    refusing = {"notice": id, "reason": "对第二条有异议", "first": "张三", "second": "李四", "on": today}
    for changed, code in (({"second": "张三"}, "notice.witnesses"), ({"reason": ""}, "problem.blank"), ({"on": today + dt.timedelta(days=1)}, "notice.on")):
        with pytest.raises(Refusal, match=code.replace(".", r"\.")):
            await house.perform(world.inspector, "notices.note_refused", {**refusing, **changed})
    with pytest.raises(Refusal, match="not_allowed"):
        await house.perform(world.contact, "notices.note_refused", refusing)
    await house.perform(world.inspector, "notices.note_refused", refusing)
    with pytest.raises(Refusal, match=r"notice\.refused") as told:
        await house.perform(world.supervisor, "notices.note_refused", refusing)
    assert "周敏" in told.value.words.zh
    await act(house, world.contact, "progress", problems[0], text="先整改")
    await house.perform(world.second, "notices.note_signed", {"notice": id, "signer": "谭秀梅", "on": today})
    it = await found(house, id)
    assert (it.delivery, it.signer, it.refused, it.witnesses) == ("paper", "谭秀梅", "对第二条有异议", "张三、李四")
    assert [event.kind for event in await history(id)] == ["notice.issued", "notice.refused", "notice.signed"]


# Pages


async def test_the_desk_issues_from_the_visit_and_each_side_finds_its_next_step(house: House) -> None:
    world, (visited, problems) = house.world, await a_visit(house)
    async with house.client(world.supervisor) as client:
        assert f"/notices/new/{problems[0]}" in (await client.get(f"/visits/{visited}")).text
        page = (await client.get(f"/notices/new/{problems[1]}")).text
        assert page.count('type="date"') == 2
        preset = dict(re.findall(r'name="((?:due_on|person|sponsor):[^"]+)"[^>]* value="([^"]*)"', page))
        data = {**await token(client), "_id": new_id(), "first": problems[0], "problem": problems, **preset}
        back = await client.post("/notices", data={**data, f"due_on:{problems[1]}": "2020-01-01"})
        assert (back.status_code, f'href="#due_on:{problems[1]}"' in back.text) == (422, True)
        answer = await client.post("/notices", data=data)
        assert answer.status_code == 303
        address = answer.headers["location"]
        assert (await client.post("/notices", data=data)).headers["location"] == address, "a double click is one notice"
        for lang in ("zh", "en"):
            assert "万民改" in (await client.get(address, params={"lang": lang})).text
        assert f'href="{address}"' in (await client.get(f"/problems/{problems[0]}")).text
        assert address in (await client.get("/notices?delivery=waiting")).text
        assert address not in (await client.get("/notices?delivery=signed")).text
        assert (await client.get(f"/notices/new/{problems[0]}")).status_code == 404, "nothing waits to be issued any more"
    async with house.client(world.contact) as client:
        assert "签收" in (await client.get(address)).text
        assert (await client.post(f"{address}/sign", data={**await token(client), "_id": new_id()})).status_code == 303
        assert "已签收" in (await client.get(f"{address}?lang=zh")).text
    async with house.client(world.neighbour_contact) as client:
        assert (await client.get(address)).status_code == 404


async def test_the_ink_of_a_phone_is_shown_with_the_notice_and_what_has_not_come_is_asked_for(house: House) -> None:
    world, (_, problems) = house.world, await a_visit(house)
    id, ink = await issue(house, *problems), await photo(house, world.contact, "ink")
    signing = {"id": new_id(), "notice": id, "at": clock.now()}
    async with house.client(world.contact) as client:
        told = (await post(client, envelope(house, {**signing, "photo": "0" * 64}, world.contact, kind="notices.sign"))).json()["receipts"][0]
        assert (told["state"], told["photos"]) == ("missing", ["0" * 64])
        told = (await post(client, envelope(house, {**signing, "photo": "no photo"}, world.contact, kind="notices.sign"))).json()["receipts"][0]
        assert (told["state"], told["refusal"]["code"]) == ("refused", "input.invalid")
        told = (await post(client, envelope(house, {**signing, "photo": ink}, world.contact, kind="notices.sign"))).json()["receipts"][0]
        assert (told["state"], told["receipt"]["photos"]) == ("received", [ink])
        assert f"/photos/{ink}/thumb" in (await client.get(f"/notices/{id}")).text
    async with house.client(world.neighbour_contact) as client:
        assert (await client.get(f"/photos/{ink}")).status_code == 404
    assert (await history(id))[-1].data["photos"] == [ink]
