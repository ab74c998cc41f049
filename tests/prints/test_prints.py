"""Sheets of paper: lists of duties, codes for the door, and the address that is printed on them."""

import html
import re

import pytest

from server.database.rows import one
from server.foundation.ids import new_id, short_code, tail_of
from server.foundation.refusal import Refusal
from server.ledger.queries import head
from tests.conftest import House

CODES = ("0000-0004", "00000004", "oooo-ooo4", " 0000 0004 ")


async def test_a_printed_code_leads_an_inspector_to_a_visit_and_others_to_the_facility(house: House) -> None:
    home = house.world.home
    async with house.client(house.world.inspector) as inspector, house.client(house.world.supervisor) as supervisor:
        for code in CODES[:3]:
            assert (await inspector.get(f"/f/{code}")).headers["location"] == f"/visit/start#facility={home}"
        assert (await supervisor.get(f"/f/{short_code(home)}")).headers["location"] == f"/facilities/{home}"


async def test_a_code_of_another_district_and_what_is_no_code_are_not_found(house: House) -> None:
    async with house.client(house.world.inspector) as client:
        for code in (short_code(house.world.foreign), "0000-000", "%27or%201", "ZZZZ-ZZZZ"):
            assert (await client.get(f"/f/{code}")).status_code == 404
    async with house.client() as nobody:
        assert (await nobody.get(f"/f/{short_code(house.world.home)}")).headers["location"].startswith("/sign-in?next=%2Ff%2F")


def test_a_short_code_and_its_digits_are_one() -> None:
    for _ in range(200):
        id = new_id()
        assert tail_of(short_code(id).lower()) == id[-10:]
    assert [tail_of(code) for code in ("", "0000-000U", "0000-00000", "二〇〇〇〇〇〇〇")] == [None] * 4


async def test_the_register_finds_a_facility_by_its_code(house: House) -> None:
    async with house.client(house.world.supervisor) as client:
        for code in CODES[:3]:
            page = (await client.get("/facilities", params={"q": code})).text
            assert "安康养老院" in page
            assert "儿童福利院" not in page


async def test_the_phone_carries_the_code_with_and_without_its_hyphen(house: House) -> None:
    async with house.client(house.world.inspector) as client:
        pack = (await client.get("/pack", headers={"x-dugai": "1"})).json()
        search = next(facility["search"] for facility in pack["facilities"] if facility["id"] == house.world.home)
        assert {"0000-0004", "00000004"} <= set(search.split())


async def test_two_facilities_never_share_a_code(house: House) -> None:
    before = await head()
    twin = f"11111111-1111-7111-8111-{house.world.home[-12:]}"
    with pytest.raises(Refusal, match=r"input\.conflict"):
        await house.perform(house.world.chief, "facilities.add", {"id": twin, "parent": house.world.kaizhou, "details": {"name": "孪生院", "type": "elderly_care"}})
    assert await head() == before
    assert await one("select 1 as n from place where id = ?", twin) is None


async def test_the_sheet_for_the_door_bears_name_code_and_address(house: House) -> None:
    async with house.client(house.world.inspector) as client:
        page = (await client.get(f"/facilities/{house.world.home}/code")).text
        assert "0000-0004" in page
        assert "http://dugai.test/f/0000-0004" in page
        assert "<svg" in page
        assert (await client.get(f"/facilities/{house.world.foreign}/code")).status_code == 404


async def test_all_sheets_of_a_bureau_are_printed_in_one_go(house: House) -> None:
    async with house.client(house.world.supervisor) as client:
        for what, mark in (("duties", 'class="leaf" '), ("codes", 'class="plate"')):
            page = (await client.get(f"/facilities/print/{what}", params={"place": house.world.wanzhou})).text
            assert page.count(mark) == 2
            assert "临江敬老院" not in page
            assert (await client.get(f"/facilities/print/{what}", params={"place": house.world.kaizhou})).status_code == 404
        assert (await client.get("/facilities/print/everything")).status_code == 404


async def test_the_list_of_duties_shows_who_answers_now_and_who_did_before(house: House) -> None:
    duties = [{"party": "unit", "person": "新院长", "title": "院长", "point": "食堂", "step": "储存"}]
    await house.perform(house.world.supervisor, "facilities.set_responsibilities", {"facility": house.world.home, "responsibilities": duties, "seen": 1})
    async with house.client(house.world.inspector) as client:
        page = html.unescape((await client.get(f"/facilities/{house.world.home}/duties")).text)
        leaf, past = page.split("以前的责任人")
        assert "新院长" in leaf
        assert "谭秀梅" not in leaf
        assert re.search(r"谭秀梅.*食堂 / 储存", past, re.DOTALL)
