"""Choosing on the list, confirming and undoing, as a browser without JavaScript does it."""

import io
import re
from typing import Any

import httpx
import python_calamine

from server.foundation.ids import new_id
from server.selections import queries
from tests.conftest import House
from tests.forms import token, value
from tests.problems.test_the_workflow import a_recorded, act, issued
from tests.selections.test_doing_many_at_once import stands


async def pick(client: httpx.AsyncClient, query: str = "", **chosen: Any) -> httpx.Response:
    """What a form on the list sends."""
    page = (await client.get(f"/problems?{query}&pick=1")).text
    hidden = {name: value(page, name) for name in ("query", "at", "shown")}
    return await client.post("/selections", data={**await token(client), **hidden, **chosen})


async def test_the_list_has_ticks_only_while_one_selects_and_only_for_supervisors(house: House) -> None:
    id = await a_recorded(house)
    async with house.client(house.world.supervisor) as client:
        plain, picking = (await client.get("/problems")).text, (await client.get("/problems?pick=1")).text
    assert f'<a href="/problems/{id}">' in plain
    assert 'name="problem"' not in plain
    assert f'name="problem" value="{id}"' in picking
    async with house.client(house.world.inspector) as client:
        assert 'name="problem"' not in (await client.get("/problems?pick=1")).text
        assert (await client.post("/selections", data={**await token(client), "problem": id})).status_code == 403


async def test_from_ticks_to_done_and_back(house: House) -> None:
    ids = [await a_recorded(house, point) for point in ("食堂", "二楼")]
    async with house.client(house.world.supervisor) as client:
        answer = await pick(client, problem=ids[:1])
        here = answer.headers["location"]
        assert (answer.status_code, here.startswith("/selections/")) == (303, True)
        assert "1 条" in (await client.get(here)).text
        assert (await client.post(f"{here}/check", data={**await token(client), "act": "assign", "person": "李四"})).status_code == 303
        page = (await client.get(here)).text
        assert "1 条可以办。尚未办理" in page
        assert "谭秀梅 → " in page
        assert (await client.post(f"{here}/do", data=await token(client))).status_code == 303
        assert "办好 1 条" in (await client.get(here)).text
        assert [(await stands(house, id)).person for id in ids] == ["李四", "谭秀梅"]
        shown = (await client.get(f"/problems/{ids[0]}")).text
        assert f'<a href="{here}">批量办理</a>' in shown
        assert "这一项没有填" in (await client.post(f"{here}/undo", data=await token(client))).text
        assert (await client.post(f"{here}/undo", data={**await token(client), "reason": "选错"})).status_code == 303
        assert "已撤回 1 条" in (await client.get(here)).text
        assert "批量撤回" in (await client.get(f"/problems/{ids[0]}")).text
        assert here in (await client.get("/selections")).text
    assert (await stands(house, ids[0])).person == "谭秀梅"


async def test_all_that_is_filtered_is_what_fitted_when_the_list_was_shown(house: House) -> None:
    world = house.world
    old, moved = await a_recorded(house), await a_recorded(house, "二楼")
    await a_recorded(house, "三楼", "serious")
    async with house.client(world.supervisor) as client:
        page = (await client.get("/problems?severity=general&pick=1")).text
        given = {**await token(client), "scope": "all", "query": value(page, "query"), "at": value(page, "at")}
        await a_recorded(house, "四楼")
        await act(house, world.supervisor, "assign", moved, person="李四")
        here = (await client.post("/selections", data=given)).headers["location"]
        assert "清单打开以后又有变动的 2 条没有选入" in (await client.get(here)).text
        again = await client.post("/selections", data=given)
        assert again.headers["location"] == here, "a double tap chooses once"
    assert await queries.ids(here.rsplit("/", 1)[1]) == [old]


async def test_the_page_is_what_was_shown(house: House) -> None:
    ids = {await a_recorded(house, point) for point in ("食堂", "二楼")}
    async with house.client(house.world.supervisor) as client:
        here = (await pick(client, scope="page")).headers["location"]
    assert set(await queries.ids(here.rsplit("/", 1)[1])) == ids


async def test_what_cannot_be_chosen_is_said_and_leads_back_to_the_list_as_it_was(house: House) -> None:
    await a_recorded(house)
    async with house.client(house.world.supervisor) as client:
        answer = await pick(client, "severity=general")
        assert (answer.status_code, "还没有选问题" in answer.text, "/problems?severity=general&amp;pick=1" in answer.text) == (422, True, True)
        assert (await client.get(f"/selections/{new_id()}")).status_code == 404


async def test_each_row_that_will_not_do_says_why_in_both_languages(house: House) -> None:
    id = await issued(house)
    async with house.client(house.world.supervisor) as client:
        here = (await pick(client, problem=id)).headers["location"]
        await client.post(f"{here}/check", data={**await token(client), "act": "issue"})
        page = (await client.get(here)).text
        assert "0 条可以办，1 条不能办" in page
        assert "现在是“已下达”" in page
        assert f'action="{here}/do"' not in page
        assert "没有一条可以办" in (await client.post(f"{here}/do", data=await token(client))).text
        client.cookies.set("lang", "en", domain="dugai.test")
        assert "now stands at “Issued”" in (await client.get(here)).text


async def test_exactly_what_was_chosen_is_exported(house: House) -> None:
    ids = [await a_recorded(house, point) for point in ("食堂", "二楼", "三楼")]
    async with house.client(house.world.supervisor) as client:
        here = (await pick(client, problem=ids[:2])).headers["location"]
        answer = await client.get(f"{here}/xlsx")
    told = str(python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_name("台账").to_python())
    assert [point in told for point in ("食堂不符合", "二楼不符合", "三楼不符合")] == [True, True, False]
    assert re.search(r"filename.*dugai-problems", answer.headers["content-disposition"])
