"""The register of facilities: what its filters find, and who answers for what, written without a script."""

import html
import re

import httpx

from server.foundation.ids import new_id
from server.people.rules import fingerprint
from tests.conftest import House
from tests.forms import token


async def test_facilities_are_found_by_what_they_lack(house: House) -> None:
    world = house.world
    async with house.client(world.supervisor) as client:
        page = (await client.get("/facilities", params={"lack": "persons"})).text
        assert "儿童福利院" in page
        assert "安康养老院" not in page
        assert "共 0 家" in (await client.get("/facilities", params={"lack": "account"})).text
        for held in (world.contact, world.neighbour_contact):
            await house.perform(world.administrator, "people.leave", {"person": held.id, "reason": "退休"})
        assert "共 2 家" in (await client.get("/facilities", params={"lack": "account"})).text
        back = {"id": new_id(), "person": world.contact.id, "role": "contact", "place": world.home}
        await house.perform(world.administrator, "people.grant", back)
        assert "共 2 家" in (await client.get("/facilities", params={"lack": "account"})).text, "a role alone opens no door"
        await house.perform(world.administrator, "people.reset", {"person": world.contact.id, "code": fingerprint("slip")})
        assert "共 1 家" in (await client.get("/facilities", params={"lack": "account"})).text


async def test_facilities_are_found_by_type_and_bureau(house: House) -> None:
    async with house.client(house.world.chief) as client:
        page = (await client.get("/facilities", params={"type": "elderly_care", "place": house.world.wanzhou})).text
        assert "安康养老院" in page
        for other in ("儿童福利院", "临江敬老院"):
            assert other not in page


async def test_an_account_to_begin_is_no_lack_and_one_that_ended_is(house: House) -> None:
    world, person = house.world, new_id()
    await house.perform(world.administrator, "facilities.add", {"id": (home := new_id()), "parent": world.wanzhou, "details": {"name": "青松院", "type": "relief"}})
    async with house.client(world.supervisor) as client:
        assert "青松院" in (await client.get("/facilities", params={"lack": "account"})).text
        payload = {"id": person, "standing": (standing := new_id()), "name": "白露", "sign_in": "bailu", "role": "contact", "place": home, "code": fingerprint("x")}
        await house.perform(world.administrator, "people.add", payload)
        assert "青松院" not in (await client.get("/facilities", params={"lack": "account"})).text
        await house.perform(world.administrator, "people.end_role", {"standing": standing})
        assert "青松院" in (await client.get("/facilities", params={"lack": "account"})).text


async def test_the_list_goes_on_where_the_page_before_ended(house: House) -> None:
    names = [f"连锁{n:02d}院" for n in range(55)]
    for name in names:
        await house.perform(house.world.administrator, "facilities.add", {"id": new_id(), "parent": house.world.wanzhou, "details": {"name": name, "type": "relief"}})
    async with house.client(house.world.inspector) as client:
        first = (await client.get("/facilities", params={"q": "连锁"})).text
        after = html.unescape(first.split("after=")[1].split('"')[0])
        second = (await client.get(f"/facilities?q=连锁&after={after}")).text
        assert sorted(name for page in (first, second) for name in names if f">{name}</a>" in page) == names
        assert "共 55 家" in first


# Who answers for what


def lines(page: httpx.Response) -> list[str]:
    return [html.unescape(name) for name in re.findall(r'name="person" value="([^"]*)"', page.text)]


async def send(client: httpx.AsyncClient, path: str, people: list[str], do: str, seen: str = "1", **columns: list[str]) -> httpx.Response:
    blank = [""] * len(people)
    data = {"party": ["unit"] * len(people), "person": people, "title": blank, "point": blank, "step": blank, **columns}
    return await client.post(path, data={**await token(client), **data, "do": do, "seen": seen})


async def test_lines_are_added_moved_and_removed_before_anything_is_saved(house: House) -> None:
    path = f"/facilities/{house.world.home}/responsibilities"
    async with house.client(house.world.supervisor) as client:
        assert lines(await client.get(path)) == ["谭秀梅"]
        assert lines(await send(client, path, ["甲", "乙"], "add")) == ["甲", "乙", ""]
        assert lines(await send(client, path, ["甲", "乙", "丙"], "up:2")) == ["甲", "丙", "乙"]
        assert lines(await send(client, path, ["甲", "乙", "丙"], "down:0")) == ["乙", "甲", "丙"]
        assert lines(await send(client, path, ["甲", "乙", "丙"], "drop:1")) == ["甲", "丙"]
        for nothing in ("up:0", "down:2", "drop:9", "drop:-1", "drop:²", "burn:1", ""):
            assert lines(await send(client, path, ["甲", "乙", "丙"], nothing or "?")) == ["甲", "乙", "丙"]
        assert lines(await client.get(path)) == ["谭秀梅"]
        assert (await send(client, path, ["甲", "", "乙"], "save")).status_code == 303
        assert lines(await client.get(path)) == ["甲", "乙"]


async def test_a_line_without_its_person_is_named_and_nothing_is_saved(house: House) -> None:
    path = f"/facilities/{house.world.home}/responsibilities"
    async with house.client(house.world.supervisor) as client:
        answer = await send(client, path, ["甲", ""], "save", point=["", "锅炉房"])
        assert answer.status_code == 422
        assert "第 2 行" in answer.text
        assert 'id="person-1-said"' in answer.text
        assert "锅炉房" in answer.text
        assert lines(await client.get(path)) == ["谭秀梅"]
        stale = await send(client, path, ["甲"], "save", seen="0")
        assert stale.status_code == 409
        assert lines(stale) == ["甲"]


async def test_a_file_names_the_row_of_a_duty_without_its_person(house: House) -> None:
    import io

    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    first, second = book.add_worksheet("机构"), book.add_worksheet("责任")
    for number, row in enumerate([("名称", "类型", "主管单位"), ("红叶养老院", "养老机构", "万州区民政局")]):
        first.write_row(number, 0, row)
    for number, row in enumerate([("机构名称", "四方", "责任人", "点位"), ("红叶养老院", "单位", "甲", ""), ("红叶养老院", "个人", "", "食堂")]):
        second.write_row(number, 0, row)
    book.close()
    async with house.client(house.world.administrator) as client:
        data = {"_csrf_token": (await token(client))["_csrf_token"]}
        page = (await client.post("/facilities/import", data=data, files={"file": ("a.xlsx", out.getvalue())})).text
        assert "<td>责任</td><td>3</td><td>责任人</td>" in page
        twice = "名称,名称,类型,主管单位\n红叶养老院,x,养老机构,万州区民政局\n".encode()
        assert "有两列都叫“名称”" in (await client.post("/facilities/import", data=data, files={"file": ("a.csv", twice)})).text
