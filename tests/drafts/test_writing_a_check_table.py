"""A supervisor writes a check table in the browser: item by item, seen as a phone shows it, published once, changed as a new version."""

import re
from typing import Any

import httpx
import pytest

from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from tests.conftest import House
from tests.world import PACK


async def post(client: httpx.AsyncClient, path: str, **fields: Any) -> httpx.Response:
    given = {"_id": new_id(), "_csrf_token": client.cookies.get("csrftoken", ""), **fields}
    return await client.post(path, data=given)


def revision(answer: httpx.Response) -> str:
    found = re.search(r'name="seen" value="(\d+)"', answer.text)
    assert found
    return found[1]


async def begun(client: httpx.AsyncClient, place: str, **fields: Any) -> str:
    await client.get("/drafts")
    answer = await post(client, "/drafts", place=place, **fields)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def with_item(client: httpx.AsyncClient, draft: str, **fields: Any) -> httpx.Response:
    seen = revision(await client.get(f"{draft}/items/new"))
    given = {"question_zh": "安全出口是否畅通", "type": "pass_fail_na", "part": "P1", "applies_to": ["all"], "on_site": "yes", "seen": seen}
    return await post(client, f"{draft}/items/new", **{**given, **fields})


async def test_a_check_table_is_written_seen_and_published(house: House) -> None:
    async with house.client(house.world.supervisor) as client:
        draft = await begun(client, house.world.wanzhou, title_zh="燃气安全检查表", title_en="Gas safety")
        assert (await with_item(client, draft, question_zh="是否使用燃气", question_en="Is gas used", type="yes_no")).status_code == 303
        pair = await with_item(
            client, draft, question_zh="报警器应装几个、装了几个", type="number_pair", met_field=["done", "", "", ""], met_operation=["ge", "is", "is", "is"],
            met_value=["due", "", "", ""], show_field=["I01", ""], show_operation=["is", "is"], show_value=["pass", ""],
        )  # fmt: skip
        assert pair.status_code == 303, pair.text
        seen = await client.get(f"{draft}/preview")
        assert "报警器应装几个、装了几个" in seen.text
        assert "应有" in seen.text
        answer = await post(client, f"{draft}/publish", seen=revision(await client.get(draft)))
        assert answer.status_code == 303
        published = await client.get(answer.headers["location"])
        assert "第 1 版" in published.text
        assert "万州区民政局" in published.text
        shell = await client.get(f"/visit/{answer.headers['location'].removeprefix('/checklists/')}")
        assert '"show_if":{"is":["I01","pass"]}' in shell.text
        assert '"pass_when":{"ge":[{"field":"done"},{"field":"due"}]}' in shell.text


async def test_an_item_comes_back_into_its_form_as_it_was_saved(house: House) -> None:
    async with house.client(house.world.supervisor) as client:
        draft = await begun(client, house.world.wanzhou, title_zh="甲")
        await with_item(
            client, draft, question_zh="有哪些用电设备", question_en="Which devices", type="multi_choice", field_key=[""], field_zh=["设备"], field_en=["Devices"], field_type=[""],
            field_unit=[""], field_choices=["lift: 电梯 | Lift\n锅炉 | Boiler"], met_field=["f1"], met_operation=["unticked"], met_value=["lift"], findings="电梯带病运行 | Lift in disrepair",
        )  # fmt: skip
        form = (await client.get(f"{draft}/items/I01")).text
        for shown in ("有哪些用电设备", "Which devices", "lift: 电梯 | Lift", "c2: 锅炉 | Boiler", "电梯带病运行 | Lift in disrepair", '<option value="unticked" selected>'):
            assert shown in form


async def test_items_and_parts_are_moved_copied_and_removed(house: House) -> None:
    async with house.client(house.world.supervisor) as client:
        draft = await begun(client, house.world.wanzhou, title_zh="甲")
        for words in ("一项", "二项"):
            await with_item(client, draft, question_zh=words)

        async def change(what: str, **fields: str) -> httpx.Response:
            return await post(client, draft, what=what, seen=revision(await client.get(draft)), **fields)

        async def order() -> list[str]:
            return re.findall(r'<li class="cell editable" id="(\w+)"', (await client.get(draft)).text)

        await change("up", key="I02")
        assert await order() == ["I02", "I01"]
        await change("copy", key="I02")
        assert await order() == ["I02", "I03", "I01"]
        await change("drop", key="I02")
        await with_item(client, draft, question_zh="又一项")
        assert await order() == ["I03", "I01", "I04"]  # a key is never used twice
        await change("part", title_zh="第二部分")
        await change("part_up", key="P2")
        assert (await client.get(draft)).text.index('id="part-P2"') < (await client.get(draft)).text.index('id="part-P1"')
        refused = await change("part_drop", key="P1")
        assert refused.status_code == 409
        assert "还有检查项" in refused.text


async def test_a_second_click_is_the_same_change(house: House) -> None:
    async with house.client(house.world.supervisor) as client:
        draft = await begun(client, house.world.wanzhou, title_zh="甲")
        for words in ("一项", "二项", "三项"):
            await with_item(client, draft, question_zh=words)
        fields = {"_id": new_id(), "what": "up", "key": "I03", "seen": revision(await client.get(draft))}
        assert [(await post(client, draft, **fields)).status_code for _ in range(2)] == [303, 303]
        assert re.findall(r'editable" id="(\w+)"', (await client.get(draft)).text) == ["I01", "I03", "I02"]


async def test_whoever_changes_what_another_has_just_changed_is_told(house: House) -> None:
    async with house.client(house.world.supervisor) as one, house.client(house.world.administrator) as other:
        draft = await begun(one, house.world.wanzhou, title_zh="甲")
        await other.get(draft)
        seen = revision(await one.get(draft))
        await with_item(one, draft)
        answer = await post(other, draft, what="part", title_zh="第二部分", seen=seen)
        assert answer.status_code == 409
        assert "冉国强" in answer.text


async def test_a_new_version_keeps_keys_and_says_what_differs(house: House) -> None:
    async with house.client(house.world.chief) as client:
        draft = await begun(client, house.world.city, source=f"{PACK['key']}/1", next="yes")
        seen = revision(await client.get(draft))
        await post(client, draft, what="drop", key="S0-01", seen=seen)
        seen = revision(form := await client.get(f"{draft}/items/S1-01"))
        assert "是否结合防控形势" in form.text
        item = {
            "question_zh": "防控等级是否提升", "type": "pass_fail_na", "part": "responsibility", "severity": "critical", "party": "unit", "applies_to": ["all"],
            "on_site": "yes", "clause_zh": "渝民〔2020〕250号第一条", "seen": seen,
        }  # fmt: skip
        await post(client, f"{draft}/items/S1-01", **item)
        told = (await client.get(f"{draft}/compare")).text
        assert "删去" in told
        assert "S0-01" in told
        assert "防控等级是否提升" in told
        answer = await post(client, f"{draft}/publish", seen=revision(await client.get(draft)))
        assert answer.headers["location"] == f"/checklists/{PACK['key']}/2"
        assert "S0-01" in (await client.get(f"/checklists/{PACK['key']}/compare")).text
    async with house.client(house.world.inspector) as phone:
        pack = (await phone.get("/pack", headers={"x-dugai": "1"})).json()
        assert [(table["key"], table["version"]) for table in pack["checklists"]] == [(PACK["key"], 2)]


async def test_what_is_wrong_is_named_and_nothing_is_published(house: House) -> None:
    async with house.client(house.world.supervisor) as client:
        draft = await begun(client, house.world.wanzhou, title_zh="甲")
        await with_item(client, draft, type="number", met_field=["count"], met_operation=["lt"], met_value=["0"])
        shown = await client.get(draft)
        assert "没有任何答案能达到通过条件" in shown.text
        answer = await post(client, f"{draft}/publish", seen=revision(shown))
        assert answer.status_code == 422
        bad = await with_item(client, draft, type="number", question_zh="有几张床", met_field=["count"], met_operation=["ge"], met_value=["很多"])
        assert bad.status_code == 422
        assert "有几张床" in bad.text  # what was typed is still there
        assert "is no number" in bad.text


async def test_a_table_of_one_district_is_not_anothers(house: House) -> None:
    async with house.client(house.world.supervisor) as client:
        draft = await begun(client, house.world.wanzhou, title_zh="万州燃气")
        await with_item(client, draft)
        answer = await post(client, f"{draft}/publish", seen=revision(await client.get(draft)))
        address = answer.headers["location"]
    key = address.split("/")[2]
    async with house.client(house.world.foreigner) as stranger:
        assert "万州燃气" not in (await stranger.get("/checklists")).text
        assert (await stranger.get(address)).status_code == 404
        assert (await stranger.get(draft)).status_code == 404
    with pytest.raises(Refusal) as taken:
        await house.perform(house.world.foreigner, "drafts.begin", {"id": new_id(), "place": house.world.kaizhou, "body": {**PACK, "key": key}})
    assert taken.value.code == "draft.key"
    with pytest.raises(Refusal) as shipped:  # what ships belongs to the top place
        await house.perform(house.world.supervisor, "drafts.begin", {"id": new_id(), "place": house.world.wanzhou, "body": PACK})
    assert shipped.value.code == "draft.key"


async def test_a_retired_table_is_not_offered_and_can_come_back(house: House) -> None:
    async with house.client(house.world.chief) as client, house.client(house.world.inspector) as phone:
        offered = f"/checklists/{PACK['key']}/offered"
        await client.get("/checklists")
        assert (await post(client, offered)).status_code == 422  # without a reason
        assert (await post(client, offered, reason="文件已废止")).status_code == 303
        assert (await phone.get("/pack", headers={"x-dugai": "1"})).json()["checklists"] == []
        assert (await phone.get(f"/visit/{PACK['key']}/1")).status_code == 200  # a visit under way goes on
        assert (await post(client, offered, offered="yes")).status_code == 303
        assert len((await phone.get("/pack", headers={"x-dugai": "1"})).json()["checklists"]) == 1


async def test_a_withdrawn_draft_is_gone_from_the_list_and_kept(house: House) -> None:
    async with house.client(house.world.supervisor) as client:
        draft = await begun(client, house.world.wanzhou, title_zh="不要的")
        assert (await post(client, f"{draft}/withdraw")).status_code == 422
        assert (await post(client, f"{draft}/withdraw", reason="写重了")).status_code == 303
        assert "不要的" not in (await client.get("/drafts")).text
        assert "撤回" in (await client.get(draft)).text
        assert (await post(client, draft, what="part", title_zh="第二部分", seen="2")).status_code == 409
