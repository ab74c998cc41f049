"""The migration knows the last visit of every facility that was visited before there were plans."""

import datetime as dt

from server.database.migrate import FOLDER, statements
from server.database.rows import rows
from server.foundation import clock
from server.plans import queries
from server.plans.tables import LastVisit
from tests.conftest import House
from tests.visits import visit


async def test_the_last_visit_of_each_facility_is_taken_over(house: House) -> None:
    world = house.world
    now = clock.now()
    for facility, type, days in ((world.home, "elderly_care", 3), (world.home, "elderly_care", 9), (world.neighbour, "children", 5)):
        at = now - dt.timedelta(days=days)
        await house.perform(world.inspector, "inspections.submit", await visit(house, [], type=type, facility=facility, started_at=at, finished_at=at))
    paths = world.supervisor.paths()
    known = await queries.last_visits(paths)
    await house.ledger.keep(remove=[(LastVisit, facility) for facility in (world.home, world.neighbour)])
    assert await queries.last_visits(paths) == {}
    sql = next(one for one in statements((FOLDER / "0009_plans.sql").read_text()) if "insert into last_visit" in one)
    await house.ledger.writer.query(sql)
    assert await queries.last_visits(paths) == known
    assert [row["finished_at"] for row in await rows("select finished_at from last_visit where facility_id = ?", world.home)] == [now - dt.timedelta(days=3)]
