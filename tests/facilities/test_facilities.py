"""The register of facilities: who sees what, who changes what, and files that go out and come in unchanged."""

import html
import re

import httpx
import pytest

from server.facilities import files
from server.sheets import reading
from tests.conftest import House
from tests.forms import token


async def test_each_sees_the_facilities_below_their_places(house: House) -> None:
    async with house.client(house.world.inspector) as mine, house.client(house.world.foreigner) as other:
        page = (await mine.get("/facilities")).text
        assert "安康养老院" in page
        assert "临江敬老院" not in page
        assert (await other.get(f"/facilities/{house.world.home}")).status_code == 404


async def test_a_search_finds_by_any_word_of_the_card(house: House) -> None:
    async with house.client(house.world.administrator) as client:
        await _add(house, client, "青松养老院", address="太白路 9 号")
        assert "青松养老院" in (await client.get("/facilities", params={"q": "太白 青松"})).text
        assert "青松养老院" not in (await client.get("/facilities", params={"q": "太白 海棠"})).text


async def test_two_editors_notice_each_other(house: House) -> None:
    home = f"/facilities/{house.world.home}"
    async with house.client(house.world.supervisor) as client:
        first, second = await client.get(f"{home}/edit"), await client.get(f"{home}/edit")
        assert (await client.post(home, data=_form(first, client, name="安康颐养院"))).status_code == 303
        answer = await client.post(home, data=_form(second, client, name="安康老年公寓"))
        assert answer.status_code == 409
        assert "安康颐养院" in (await client.get(home)).text


async def test_an_inspector_cannot_change_a_facility(house: House) -> None:
    async with house.client(house.world.inspector) as client:
        await client.get("/facilities")
        answer = await client.post(f"/facilities/{house.world.home}", data={"_csrf_token": client.cookies["csrftoken"]})
        assert answer.status_code == 403


@pytest.mark.parametrize(("lang", "said"), [("zh", "床位：填写的内容读不懂：应填数字"), ("en", "Beds: This could not be read: a number is wanted")])
async def test_a_number_that_is_none_is_asked_for_in_words_and_by_its_fields_name(house: House, lang: str, said: str) -> None:
    async with house.client(house.world.administrator) as client:
        client.cookies.set("lang", lang)
        answer = await client.post(f"/facilities/{house.world.home}", data={**await token(client), "name": "安康养老院", "type": "elderly_care", "beds": "约八十"})
        assert answer.status_code == 422
        assert said in answer.text
        assert "约八十" in answer.text, "what was typed stands there again"


async def test_the_contacts_number_is_masked_for_whom_it_is_not(house: House) -> None:
    async with house.client(house.world.inspector) as inspector, house.client(house.world.supervisor) as supervisor:
        assert "023-00000000" not in (await inspector.get(f"/facilities/{house.world.home}")).text
        assert "023-00000000" in (await supervisor.get(f"/facilities/{house.world.home}")).text


async def test_what_goes_out_comes_in_again_unchanged(house: House) -> None:
    async with house.client(house.world.administrator) as client:
        await _add(house, client, "青松养老院", notes="=1+1", beds="40", points="食堂：储存、留样\n二楼走廊")
        for ending in ("xlsx", "csv"):
            content = (await client.get(f"/facilities/file/{ending}")).content
            assert b"=1+1" not in content or ending == "csv"
            done = await _import(client, content)
            assert "没有变化" in done
            assert "新登记 0 家，更改 0 家" in done


async def test_a_file_with_a_fault_names_row_and_column_and_writes_nothing(house: House) -> None:
    text = "名称,类型,主管单位,床位\n红叶养老院,养老机构,万州区民政局,20\n枫林养老院,养老院,万州区民政局,二十\n"
    async with house.client(house.world.administrator) as client:
        page = await _preview(client, text.encode())
        assert re.search(r"<td>机构</td><td>3</td><td>类型</td>", page)
        assert re.search(r"<td>机构</td><td>3</td><td>床位</td>", page)
        assert "红叶养老院" not in (await client.get("/facilities")).text


async def test_a_file_from_an_office_computer_is_read_in_its_own_encoding(house: House) -> None:
    text = "名称,类型,主管单位\n红叶养老院,养老机构,万州区民政局\n"
    async with house.client(house.world.administrator) as client:
        assert "新登记 1 家" in await _import(client, text.encode("gb18030"))


async def test_what_is_no_table_is_refused_in_words(house: House) -> None:
    async with house.client(house.world.administrator) as client:
        for content in (b"PK\x03\x04 broken", b"\xff\xfe\x00\x00", b"", b"a,b\n1,2\n"):
            assert "role=\"alert\"" in await _preview(client, content)


def test_a_formula_never_leaves_as_one() -> None:
    assert files._plain("=HYPERLINK(1)") == "'=HYPERLINK(1)"
    assert reading.text("'=HYPERLINK(1)") == "=HYPERLINK(1)"


def _form(page: httpx.Response, client: httpx.AsyncClient, **changed: str) -> dict[str, str]:
    """The form on a page as a browser would send it, with some fields changed."""
    fields = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page.text))
    fields["type"] = "elderly_care"
    return {**fields, "_csrf_token": client.cookies["csrftoken"], **changed}


async def _add(house: House, client: httpx.AsyncClient, name: str, **more: str) -> None:
    page = await client.get("/facilities/new")
    answer = await client.post("/facilities", data=_form(page, client, name=name, parent=house.world.wanzhou, **more))
    assert answer.status_code == 303, answer.text


async def _preview(client: httpx.AsyncClient, content: bytes) -> str:
    await client.get("/facilities/import")
    data = {"_csrf_token": client.cookies["csrftoken"]}
    return (await client.post("/facilities/import", data=data, files={"file": ("a.xlsx", content)})).text


async def _import(client: httpx.AsyncClient, content: bytes) -> str:
    page = await _preview(client, content)
    payload = re.search(r'name="payload" value="([^"]*)"', page)
    assert payload, page
    act = re.search(r'name="_id" value="([^"]*)"', page)
    assert act
    data = {"_csrf_token": client.cookies["csrftoken"], "_id": act[1], "payload": html.unescape(payload[1])}
    return (await client.post("/facilities/import/confirm", data=data)).text
