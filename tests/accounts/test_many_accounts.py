"""Whole files of accounts: read row by row, taken in as a whole or not at all, printed as slips once."""

import datetime as dt
import io
import re

import httpx
import pytest
import python_calamine
import xlsxwriter

from server.accounts import files, rules
from server.accounts.rules import At
from server.foundation import clock
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.ledger.queries import head
from server.people.rules import fingerprint
from tests.conftest import House
from tests.forms import codes, token, value

HEADS = ("姓名", "手机号/登录名", "角色", "单位", "到期日")
WANZHOU = "万州区民政局"


def book(*rows: tuple[object, ...], heads: tuple[str, ...] = HEADS) -> bytes:
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out)
    sheet = made.add_worksheet()
    for number, row in enumerate((heads, *rows)):
        for column, cell in enumerate(row):
            (sheet.write_datetime if isinstance(cell, dt.datetime) else sheet.write)(number, column, cell)
    made.close()
    return out.getvalue()


async def read(client: httpx.AsyncClient, content: bytes) -> httpx.Response:
    return await client.post("/people/import", data=await token(client), files={"file": ("a.xlsx", content)})


async def confirm(client: httpx.AsyncClient, page: str) -> httpx.Response:
    data = {"_csrf_token": client.cookies["csrftoken"], "_id": value(page, "_id"), "payload": value(page, "payload")}
    return await client.post("/people/import/confirm", data=data)


async def test_a_file_registers_all_and_prints_a_slip_each_and_a_double_click_prints_the_same(house: House) -> None:
    year = clock.today().year + 1
    content = book(("白露", "139-0000 1111", "检查员", WANZHOU, f"{year}年6月30日"), ("霜降", 13900002222, "机构责任人", "安康养老院", ""))
    async with house.client(house.world.administrator) as client:
        page = (await read(client, content)).text
        assert "新登记 2 人" in page
        first, again = await confirm(client, page), await confirm(client, page)
        assert (first.status_code, again.status_code) == (200, 200)
        assert len(set(codes(first.text))) == 2
        assert codes(again.text) == codes(first.text)
        listed = (await client.get("/people", params={"q": "白露"})).text
        person = re.search(r'href="(/people/[0-9a-f-]{36})"', listed)
        assert person
        assert f"{year}-06-30" in (await client.get(person[1])).text
    async with house.client() as newcomer:
        chosen = "江边的那块-石头-77"
        answer = await newcomer.post("/activate", data={**await token(newcomer, "/activate"), "code": codes(first.text)[1], "password": chosen, "again": chosen})
        assert (answer.status_code, answer.headers["location"]) == (303, "/todo")


async def test_a_known_sign_in_name_gets_the_role_added_and_no_new_slip(house: House) -> None:
    content = book(("周敏", "13800000000", "督导", WANZHOU, ""), ("周敏", "13800000000", "检查员", WANZHOU, ""))
    async with house.client(house.world.administrator) as client:
        page = (await read(client, content)).text
        assert "加岗位：已有此人" in page
        assert "已有，不变" in page
        done = await confirm(client, page)
        assert "加岗位 1 个" in done.text
        assert codes(done.text) == []
    async with house.client(house.world.inspector) as client:
        assert (await client.get("/facilities/file/csv")).status_code == 200


async def test_one_new_person_may_have_two_rows(house: House) -> None:
    content = book(("白露", "13900001111", "检查员", WANZHOU, ""), ("白露", "13900001111", "督导", WANZHOU, ""))
    async with house.client(house.world.administrator) as client:
        page = (await read(client, content)).text
        assert "与第 2 行同一人" in page
        assert len(codes((await confirm(client, page)).text)) == 1


async def test_every_fault_is_named_with_row_and_column_and_nothing_is_kept(house: House) -> None:
    before = await head()
    content = book(
        ("白露", "13900001111", "检查员", WANZHOU, ""), ("", "13900002222", "检查员", WANZHOU, ""), ("霜降", "1", "院长", "开州区民政局", "2020-01-01"),
        ("立冬", "13900001111", "检查员", WANZHOU, ""), ("白露", "13900001111", "检查员", WANZHOU, ""), ("小雪", "13800000000", "督导", WANZHOU, ""),
        ("大雪", "13900003333", "督导", WANZHOU, "2026.2.30"),
    )  # fmt: skip
    async with house.client(house.world.administrator) as client:
        answer = await read(client, content)
        assert answer.status_code == 422
        for row, column in ((3, "姓名"), (4, "手机号/登录名"), (4, "角色"), (4, "单位"), (4, "到期日"), (5, "姓名"), (6, "角色"), (7, "手机号/登录名"), (8, "到期日")):
            assert f"<td>{row}</td><td>{column}</td>" in answer.text, (row, column)
        assert 'name="payload"' not in answer.text
    assert await head() == before


async def test_hostile_files_are_refused_in_words(house: House) -> None:
    before = await head()
    long = [(f"人{n}", f"1390000{n:04d}", "检查员", WANZHOU, "") for n in range(5001)]
    csv_ = "姓名,手机号/登录名,角色,单位\n=cmd|' /C calc'!A0,13900001111,检查员,万州区民政局\n".encode()
    for content, said in (
        (book(("白露", "13900001111", "检查员", WANZHOU, "x"), heads=("姓名", "姓名", "角色", "单位", "到期日")), "两列同名"),
        (book(("白露", "1"), heads=("姓名", "电话")), "缺少这些列"), (book(*long), "表格太大"), (book(), "还没有选人"),
        (csv_, "像是公式"), (b"PK\x03\x04 broken", "读不出表格"), (b"", "没有填"),
    ):  # fmt: skip
        async with house.client(house.world.administrator) as client:
            answer = await read(client, content)
            assert answer.status_code in (413, 422), said
            assert said in answer.text
    assert await head() == before


async def test_a_forged_confirmation_changes_nothing(house: House) -> None:
    before = await head()
    entry = {"row": 2, "name": "白露", "sign_in": "13900001111", "role": "inspector", "place": house.world.kaizhou, "place_name": "", "until_on": None, "does": "new"}
    nul = '{"entries":[{"row":2,"name":"a","sign_in":"b","role":"inspector","place":"\\u0000","place_name":"","until_on":null,"does":"new"}]}'
    for payload in ("", nul, "[]", '{"entries":[]}', '{"entries":[{}]}', f'{{"entries":[{str(entry).replace(chr(39), chr(34)).replace("None", "null")}]}}'):
        async with house.client(house.world.administrator) as client:
            answer = await client.post("/people/import/confirm", data={**await token(client), "payload": payload})
            assert 400 <= answer.status_code < 500
    assert await head() == before


async def test_what_goes_out_comes_in_again_unchanged(house: House) -> None:
    async with house.client(house.world.administrator) as client:
        content = (await client.get("/people/file/xlsx")).content
        page = (await read(client, content)).text
        assert "新登记 0 人，加岗位 0 个" in page
        assert 'name="payload"' not in page


async def test_the_template_names_the_columns_and_the_places_and_is_empty(house: House) -> None:
    async with house.client(house.world.administrator) as client:
        content = (await client.get("/people/file/template.xlsx")).content
        sheets = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content))
        assert tuple(sheets.get_sheet_by_index(0).to_python()[0]) == HEADS
        assert "安康养老院" in str(sheets.get_sheet_by_index(1).to_python())
        assert "还没有选人" in (await read(client, content)).text


async def test_several_get_new_codes_at_once_or_nobody_does(house: House) -> None:
    world = house.world
    async with house.client(world.administrator) as client:
        given = await token(client)
        chosen = {**given, "person": [world.inspector.id, world.second.id]}
        first, again = await client.post("/people/reset", data=chosen), await client.post("/people/reset", data=chosen)
        assert len(set(codes(first.text))) == 2
        assert codes(again.text) == codes(first.text)
        before = await head()
        answer = await client.post("/people/reset", data={**await token(client), "person": [world.supervisor.id, world.foreigner.id]})
        assert answer.status_code == 404
        assert (await client.post("/people/reset", data=await token(client))).status_code == 422
        assert await head() == before
    async with house.client(world.supervisor) as client:
        assert (await client.get("/me")).status_code == 200


async def test_many_are_added_once_and_not_where_one_row_does_not_fit(house: House) -> None:
    def person(sign_in: str, place: str) -> dict[str, object]:
        return {"id": new_id(), "standing": new_id(), "name": "白露", "sign_in": sign_in, "role": "inspector", "place": place, "code": fingerprint(new_id())}

    before = await head()
    with pytest.raises(Refusal, match="not_found"):
        await house.perform(house.world.administrator, "accounts.add", {"people": [person("a1", house.world.wanzhou), person("a2", house.world.kaizhou)]})
    with pytest.raises(Refusal, match=r"people\.sign_in_taken"):
        await house.perform(house.world.administrator, "accounts.add", {"people": [person("a1", house.world.wanzhou), person("A1", house.world.wanzhou)]})
    with pytest.raises(Refusal, match=r"accounts\.none"):
        await house.perform(house.world.administrator, "accounts.add", {"people": []})
    assert await head() == before
    act, payload = new_id(), {"people": [person("a1", house.world.wanzhou), person("a2", house.world.home)]}
    done = await house.perform(house.world.administrator, "accounts.add", payload, act)
    assert await house.perform(house.world.administrator, "accounts.add", payload, act) == done
    assert done["people"] == 2


def test_days_are_read_as_offices_write_them() -> None:
    day = dt.date(2026, 8, 4)
    for text in ("2026-08-04", "2026/8/4", "2026.8.4", "2026年8月4日", "20260804", "2026-08-04 00:00:00"):
        assert rules.day_of(text) == day, text
    assert [rules.day_of(text) for text in ("", "长期", "8月4日", "2026.2.30", "明年", "²026-08-04")] == [None, None, False, False, False, False]


def test_a_place_with_namesakes_is_asked_for_with_its_parent() -> None:
    named = rules.by_name([At("a", "办公室", "万州区民政局"), At("b", "办公室", "开州区民政局")])
    assert rules.place_of("办公室", named) == 2
    assert rules.place_of("开州区民政局 / 办公室", named) == At("b", "办公室", "开州区民政局")
    assert rules.place_of("别处", named) == 0


def test_the_reader_takes_five_thousand_rows(tmp_path: object) -> None:
    rows = [(n, {"name": f"人{n}", "sign_in": f"139{n:08d}", "role": "检查员", "place": "甲", "until_on": ""}) for n in range(2, 5002)]
    told = files.read(b"", rows, [At("a", "甲", "")], {}, dt.date(2026, 11, 24))
    assert (told.count("new"), told.faults) == (5000, [])
