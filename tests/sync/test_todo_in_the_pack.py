"""What the phone of a facility's contact takes along: what is asked of them now, the notices, whom to call, and nobody else's business."""

import datetime as dt
from typing import Any

from server.foundation import clock
from server.foundation.actor import Actor
from server.people.tables import Standing
from tests.conftest import House
from tests.notices.test_notices import a_visit, issue
from tests.problems.test_the_workflow import act, issued
from tests.visits import photo

NAMES = {
    "id", "number", "facility", "name", "what", "point", "step", "clause", "severity", "person", "state", "due_on", "round", "notice", "cause", "measures", "reported_on",
    "acts", "why", "extension", "photo",
}  # fmt: skip
SMALL = 1024


async def packed(house: House, actor: Actor) -> dict[str, Any]:
    async with house.client(actor) as client:
        return dict((await client.get("/pack", headers={"x-dugai": "1"})).json())


async def todo(house: House) -> dict[str, Any]:
    return dict((await packed(house, house.world.contact))["todo"])


async def test_what_is_asked_comes_along_with_all_that_the_step_needs(house: House) -> None:
    general, serious = await issued(house), await issued(house, point="走廊", severity="serious")
    first, second = (await todo(house))["problems"]
    assert set(first) == NAMES
    found = {one["id"]: one for one in (first, second)}
    assert found[general]["acts"] == ["plan", "report", "progress", "ask_extension"]
    assert found[serious]["acts"] == ["plan", "ask_extension"], "a plan comes first"
    assert (found[general]["what"], found[general]["point"], found[general]["round"], found[general]["name"]) == ("食堂不符合要求", "食堂", 0, "安康养老院")
    assert set(found[general]["clause"]) == {"zh", "en"}
    assert len(found[general]["photo"]) == 64


async def test_a_plan_that_was_returned_says_why_and_a_report_that_was_sent_back_too(house: House) -> None:
    world, id = house.world, await issued(house, severity="serious")
    await act(house, world.contact, "plan", id, cause="无专人", measures="指定专人", person="谭秀梅")
    [one] = (await todo(house))["problems"]
    assert (one["state"], one["acts"], one["why"]) == ("plan_submitted", ["ask_extension"], "")
    await act(house, world.supervisor, "return_plan", id, reason="没有写明时间")
    [one] = (await todo(house))["problems"]
    assert (one["acts"], one["why"], one["measures"]) == (["plan", "ask_extension"], "没有写明时间", "指定专人")
    await act(house, world.contact, "plan", id, cause="无专人", measures="三天内指定", person="谭秀梅")
    await act(house, world.supervisor, "accept_plan", id)
    await act(house, world.contact, "report", id, text="已整改", photos=[await photo(house, world.contact, "after")])
    await act(house, world.second, "fail", id, record="仍混放", due_on=clock.today() + dt.timedelta(days=9))
    [one] = (await todo(house))["problems"]
    assert (one["acts"], one["why"], one["round"]) == (["report", "ask_extension"], "仍混放", 1)


async def test_more_time_comes_with_its_answer(house: House) -> None:
    world, id = house.world, await issued(house)
    wished = clock.today() + dt.timedelta(days=30)
    await act(house, world.contact, "ask_extension", id, wished_on=wished, reason="缺货")
    [one] = (await todo(house))["problems"]
    assert (one["extension"]["state"], one["extension"]["wished_on"]) == ("asked", wished.isoformat())
    assert "ask_extension" not in one["acts"]
    extension = (await house.ledger.writer.query("select id from extension"))[0]["id"]
    await act(house, world.supervisor, "refuse_extension", id, extension=extension, reason="可先借用")
    [one] = (await todo(house))["problems"]
    assert (one["extension"]["state"], one["extension"]["answer"]) == ("refused", "可先借用")
    assert "ask_extension" in one["acts"]


async def test_a_notice_waits_for_its_signature_and_stays_as_a_copy_while_its_problems_are_open(house: House) -> None:
    world, (_, problems) = house.world, await a_visit(house)
    id = await issue(house, *problems)
    [one] = (await todo(house))["notices"]
    assert (one["id"], one["signed"], len(one["lines"]), one["bureau"]) == (id, None, 2, "万州区民政局")
    await house.perform(world.contact, "notices.sign", {"id": world.home, "notice": id})
    [one] = (await todo(house))["notices"]
    assert one["signed"] == {"by": "谭秀梅", "on": clock.today().isoformat()}
    for problem in problems:
        await act(house, world.supervisor, "withdraw", problem, reason="误记")
    assert (await todo(house))["notices"] == []


async def test_whom_to_call_is_the_nearest_place_above_that_has_a_number(house: House) -> None:
    world = house.world
    assert (await todo(house))["calls"] == []
    for place, name, number in ((world.city, "重庆市民政局", "023-1200"), (world.wanzhou, "万州区民政局", "023-5500 0000")):
        await house.perform(world.chief, "places.change", {"id": place, "name": name, "telephone": number, **({"mark": "渝民整", "code": "CQ"} if place == world.city else {"mark": "万民整", "code": "WZ"})})
        assert (await todo(house))["calls"] == [{"facility": world.home, "name": name, "telephone": number}]


async def test_it_is_theirs_alone_and_holds_no_check_table_and_no_colleague(house: House) -> None:
    await issued(house)
    world = house.world
    pack = await packed(house, world.contact)
    assert [pack[name] for name in ("facilities", "assignments", "rechecks", "checklists", "colleagues", "pages")] == [[]] * 6
    assert (await packed(house, world.neighbour_contact))["todo"]["problems"] == []
    assert (await packed(house, world.inspector))["todo"] is None
    row = {"id": "both", "person_id": world.contact.id, "place_id": world.wanzhou, "role": "inspector", "from_on": dt.date(2020, 1, 1), "until_on": None}
    await house.ledger.keep(add=[(Standing, row)])
    both = await packed(house, world.contact)
    assert len(both["todo"]["problems"]) == 1, "the other role brings no other facility's problems to do"
    assert both["facilities"]


async def test_unchanged_it_is_not_sent_again(house: House) -> None:
    await issued(house)
    async with house.client(house.world.contact) as client:
        first = await client.get("/pack", headers={"x-dugai": "1"})
        again = await client.get("/pack", headers={"x-dugai": "1", "if-none-match": first.headers["etag"]})
    assert again.status_code == 304
    assert sum(len(name) + len(value) for name, value in again.headers.raw) + len(again.content) < SMALL
