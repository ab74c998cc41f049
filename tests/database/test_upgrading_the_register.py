"""A register from before places closed and moved: nothing is lost, marks are kept for their bureaus, searches still find."""

import asyncio
import shutil
from pathlib import Path

import pytest

from server import catalog
from server.database.connect import connected
from server.database.migrate import FOLDER, migrate
from server.database.rows import rows
from server.settings import Settings
from tests.conftest import _create, _numbers

OLD = (
    "insert into place (id, parent_id, path, kind, name, mark, code, is_closed) values "
    "('00000000-0000-7000-8000-00000000000b', null, 'b/', 'district', '示例区', '示民整', 'SL', false), "
    "('00000000-0000-7000-8000-00000000000c', '00000000-0000-7000-8000-00000000000b', 'b/c/', 'facility', '示例区福利院', '', '', false)",
    "insert into facility (id, type, address, contact_name, contact_title, contact_phone, beds, points, notes, search, version) values "
    "('00000000-0000-7000-8000-00000000000c', 'children', '', '', '', '', null, '[]', '', '示例区福利院 0000-000c 示例区 儿童福利机构', 1)",
    "insert into responsibility (id, facility_id, sort, party, person, title, point, step, ended_at) values "
    "('d', '00000000-0000-7000-8000-00000000000c', 0, 'unit', '甲', '', '', '', null)",
)


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """A database of each kind with nothing in it."""
    if request.param == "sqlite":
        return Settings(data=tmp_path)
    address = request.getfixturevalue("postgres_template")
    name = f"older_{next(_numbers)}"
    asyncio.run(_create(address, name))
    return Settings(data=tmp_path, database=f"{address}/{name}")


async def test_an_older_register_comes_along(empty: Settings, tmp_path: Path) -> None:
    settings = empty
    before = tmp_path / "before"
    shutil.copytree(FOLDER, before)
    for file in before.glob("*.sql"):
        if file.name >= "0009":
            file.unlink()
    await migrate(settings, before)
    async with connected(settings, catalog.TABLE_NAMES) as writer, writer.transaction():
        for statement in OLD:
            await writer.query(statement)
    assert "0011_people" in await migrate(settings)
    async with connected(settings, catalog.TABLE_NAMES):
        assert await rows("select id, place_id from place_mark") == [{"id": "示民整", "place_id": "00000000-0000-7000-8000-00000000000b"}]
        assert len(await rows("select id from place where not is_closed and closed_on is null and closed_why = ''")) == 2
        assert await rows("select distinct telephone from place") == [{"telephone": ""}]
        assert await rows("select person, began_at from responsibility") == [{"person": "甲", "began_at": None}]
        found = await rows("select search from facility")
        assert "示例区" not in found[0]["search"], "the bureau's name is looked up where it stands"
        assert "0000-000c" in found[0]["search"]
        assert await rows("select latitude, longitude from facility") == [{"latitude": None, "longitude": None}]
