"""A register from before places closed and moved: nothing is lost, marks are kept for their bureaus, searches still find."""

from server import catalog
from server.database.connect import connected
from server.database.migrate import migrate
from server.database.rows import rows
from server.settings import Settings
from tests.database.older import older

OLD = (
    "insert into place (id, parent_id, path, kind, name, mark, code, is_closed) values "
    "('00000000-0000-7000-8000-00000000000b', null, 'b/', 'district', '示例区', '示民整', 'SL', false), "
    "('00000000-0000-7000-8000-00000000000c', '00000000-0000-7000-8000-00000000000b', 'b/c/', 'facility', '示例区福利院', '', '', false)",
    "insert into facility (id, type, address, contact_name, contact_title, contact_phone, beds, points, notes, search, version) values "
    "('00000000-0000-7000-8000-00000000000c', 'children', '', '', '', '', null, '[]', '', '示例区福利院 0000-000c 示例区 儿童福利机构', 1)",
    "insert into responsibility (id, facility_id, sort, party, person, title, point, step, ended_at) values "
    "('d', '00000000-0000-7000-8000-00000000000c', 0, 'unit', '甲', '', '', '', null)",
)


async def test_an_older_register_comes_along(empty: Settings) -> None:
    async with older(empty, "0009") as writer:
        for statement in OLD:
            await writer.query(statement)
    assert "0011_people" in await migrate(empty)
    async with connected(empty, catalog.TABLE_NAMES):
        assert await rows("select id, place_id from place_mark") == [{"id": "示民整", "place_id": "00000000-0000-7000-8000-00000000000b"}]
        assert len(await rows("select id from place where not is_closed and closed_on is null and closed_why = ''")) == 2
        assert await rows("select distinct telephone from place") == [{"telephone": ""}]
        assert await rows("select person, began_at from responsibility") == [{"person": "甲", "began_at": None}]
        found = await rows("select search from facility")
        assert "示例区" not in found[0]["search"], "the bureau's name is looked up where it stands"
        assert "0000-000c" in found[0]["search"]
        assert await rows("select latitude, longitude from facility") == [{"latitude": None, "longitude": None}]
