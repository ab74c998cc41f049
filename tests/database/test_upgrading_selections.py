"""Problems from before due days could be set beside a notice: each is still there as it was, and can be chosen."""

from server import catalog
from server.database.connect import connected
from server.database.migrate import migrate
from server.database.rows import rows
from server.settings import Settings
from tests.database.older import older
from tests.database.test_upgrading_problems import PLACES, PROBLEM


async def test_no_row_is_lost_and_no_day_is_taken_for_set(empty: Settings) -> None:
    async with older(empty, "0028") as writer:
        for statement in PLACES:
            await writer.query(statement)
        for id, state in (("one", "issued"), ("two", "recorded")):
            await writer.query(PROBLEM.format(id=id, state=state, issued="null", rectifier="null", rechecker="null"))
        kept = await writer.query("select * from problem order by id")
    assert "0028_selections" in await migrate(empty)
    async with connected(empty, catalog.TABLE_NAMES):
        found = await rows("select * from problem order by id")
        assert [row.pop("due_set_on") for row in found] == [None, None]
        assert found == kept
        assert await rows("select id from selection") == await rows("select id from selection_row") == []
