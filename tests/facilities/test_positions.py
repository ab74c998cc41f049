"""Where a facility is: read as people paste it, from whichever map, kept as a phone knows its own place, and lost by no form and no file."""

import io
from typing import Any

import openpyxl
import pytest

from server.facilities import positions
from server.foundation.refusal import Refusal
from tests.conftest import House
from tests.facilities.test_facilities import _form, _import, _preview

HERE = (30.80765, 108.40871)


@pytest.mark.parametrize("text", ["30.80765, 108.40871", "108.40871,30.80765", "30.80765，108.40871", "北纬30.80765° 东经108.40871°", "N30.80765 E108.40871", " 108.4087100 30.8076500 "])
def test_a_position_is_read_as_people_write_it_in_either_order(text: str) -> None:
    assert positions.read(text, "WGS-84") == HERE


@pytest.mark.parametrize("text", ["万州区", "30.80765", "30°48′27″, 108°24′31″", "-30.8, 108.4", "30.8, 180.4", "40.71, -74.0", "30.8, 40.8", "1e9, 108", "30.80765, 108.40871, 3", "nan, nan"])
def test_what_is_no_position_in_china_is_refused_at_its_field(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        positions.read(text, "WGS-84")
    assert (refused.value.code, refused.value.field) == ("facility.position", "position")


@pytest.mark.parametrize(
    ("system", "said", "wanted"),
    [  # public vectors of the published approximations
        ("GCJ-02", "31.17530398364597, 121.531541859215", (31.1774276, 121.5272106)),
        ("GCJ-02", "22.540796131694766, 113.9171764808363", (22.543847, 113.912316)),
        ("gcj02", "39.91334545536069, 116.38404722455657", (39.911954, 116.377817)),
        ("BD-09", "116.43351, 39.90851", positions.read("39.90245, 116.42703", "GCJ-02")),  # Beijing railway station, as both maps have it
        ("bd 09", "39.90851, 116.43351", positions.read("39.90245, 116.42703", "GCJ-02")),
    ],
)
def test_a_position_from_a_chinese_map_is_kept_as_a_phone_would_say_it(system: str, said: str, wanted: tuple[float, float]) -> None:
    assert positions.read(said, system) == pytest.approx(wanted, abs=0.00002)  # two metres


def test_what_stands_there_already_needs_no_map_and_what_is_new_does() -> None:
    assert positions.read(positions.written(HERE), "", HERE) == HERE
    assert positions.read("", "", HERE) == positions.NOWHERE
    with pytest.raises(Refusal) as refused:
        positions.read("30.8, 108.5", "", HERE)
    assert (refused.value.code, refused.value.field) == ("facility.system", "system")


async def placed(house: House, position: str = "30.80765, 108.40871", system: str = "WGS-84") -> None:
    async with house.client(house.world.supervisor) as client:
        home = f"/facilities/{house.world.home}"
        answer = await client.post(home, data=_form(await client.get(f"{home}/edit"), client, position=position, system=system))
        assert answer.status_code == 303, answer.text


async def taken_along(house: House) -> dict[str, Any]:
    async with house.client(house.world.inspector) as client:
        found = (await client.get("/pack", headers={"x-dugai": "1"})).json()["facilities"]
        return {facility["id"]: facility["at"] for facility in found}


async def test_what_a_supervisor_pastes_a_phone_takes_along(house: House) -> None:
    await placed(house, "121.531541859215,31.17530398364597", "GCJ-02")
    at = await taken_along(house)
    assert at[house.world.home] == pytest.approx([31.17743, 121.52721], abs=0.00002)
    assert at[house.world.neighbour] is None


async def test_a_form_sent_again_leaves_the_position_where_it_was(house: House) -> None:
    await placed(house)
    home = f"/facilities/{house.world.home}"
    async with house.client(house.world.supervisor) as client:
        assert "30.80765, 108.40871" in (await client.get(home)).text
        page = await client.get(f"{home}/edit")
        assert 'value="30.80765, 108.40871"' in page.text
        assert (await client.post(home, data=_form(page, client, name="安康颐养院"))).status_code == 303
        assert (await taken_along(house))[house.world.home] == list(HERE)
        assert (await client.post(home, data=_form(await client.get(f"{home}/edit"), client, position=""))).status_code == 303
        assert (await taken_along(house))[house.world.home] is None


async def test_a_position_of_no_map_is_asked_about_and_nothing_is_written(house: House) -> None:
    home = f"/facilities/{house.world.home}"
    async with house.client(house.world.supervisor) as client:
        answer = await client.post(home, data=_form(await client.get(f"{home}/edit"), client, name="安康颐养院", position="30.8, 108.4"))
        assert answer.status_code == 422
        assert 'id="system-said"' in answer.text
        assert 'value="30.8, 108.4"' in answer.text, "what was typed stands there again"
        assert "安康颐养院" not in (await client.get(home)).text


async def test_half_a_position_or_one_elsewhere_is_refused_by_the_command_too(house: House) -> None:
    for half in ({"latitude": 30.8}, {"longitude": 108.4}, {"latitude": 108.4, "longitude": 30.8}, {"latitude": 0, "longitude": 0}):
        details = {"name": "安康养老院", "type": "elderly_care", **half}
        with pytest.raises(Refusal) as refused:
            await house.perform(house.world.supervisor, "facilities.change", {"id": house.world.home, "details": details, "seen": 1})
        assert refused.value.code == "facility.position"


async def test_positions_go_out_and_in_with_the_register(house: House) -> None:
    await placed(house)
    async with house.client(house.world.administrator) as client:
        for ending in ("xlsx", "csv"):
            content = (await client.get(f"/facilities/file/{ending}")).content
            assert "新登记 0 家，更改 0 家" in await _import(client, content)
        await _import(client, changed((await client.get("/facilities/file/xlsx")).content, 坐标="121.531541859215,31.17530398364597", 坐标系="GCJ-02"))
    assert (await taken_along(house))[house.world.home] == pytest.approx([31.17743, 121.52721], abs=0.00002)


async def test_a_file_names_the_cell_of_a_position_that_it_cannot_take(house: House) -> None:
    async with house.client(house.world.administrator) as client:
        content = (await client.get("/facilities/file/xlsx")).content
        assert "<td>2</td><td>坐标系</td>" in await _preview(client, changed(content, 坐标="30.8, 108.4"))
        assert "<td>2</td><td>坐标</td>" in await _preview(client, changed(content, 坐标="门口", 坐标系="WGS-84"))


async def test_a_file_from_before_there_were_positions_takes_none_away(house: House) -> None:
    await placed(house)
    async with house.client(house.world.administrator) as client:
        assert "更改 1 家" in await _import(client, "名称,类型,主管单位,地址\n安康养老院,养老机构,万州区民政局,新址 1 号\n".encode())
    assert (await taken_along(house))[house.world.home] == list(HERE)


async def test_facilities_are_found_that_lack_a_position(house: House) -> None:
    await placed(house)
    async with house.client(house.world.supervisor) as client:
        page = (await client.get("/facilities", params={"lack": "position"})).text
    assert "儿童福利院" in page
    assert "安康养老院" not in page


def changed(content: bytes, **cells: str) -> bytes:
    """The exported register with these cells of its first facility written anew."""
    book, out = openpyxl.load_workbook(io.BytesIO(content)), io.BytesIO()
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    for name, said in cells.items():
        sheet.cell(2, heads.index(name) + 1, said)
    book.save(out)
    return out.getvalue()
