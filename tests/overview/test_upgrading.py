"""A house from before figures were kept: its problems stay as they were, and are counted when it opens."""

from server import catalog
from server.database.connect import connected
from server.database.migrate import migrate
from server.database.rows import rows
from server.overview import commands, queries
from server.settings import Settings
from tests.database.older import older

FACILITY = "00000000-0000-7000-8000-00000000000c"
OLD = (
    "insert into place (id, parent_id, path, kind, name, mark, code, is_closed) values "
    "('00000000-0000-7000-8000-00000000000b', null, '000000000b/', 'district', '示例区', '示民整', 'SL', false), "
    f"('{FACILITY}', '00000000-0000-7000-8000-00000000000b', '000000000b/000000000c/', 'facility', '示例区福利院', '', '', false)",
    "insert into facility (id, type, place_path, address, contact_name, contact_title, contact_phone, beds, points, notes, search, version) values "
    f"('{FACILITY}', 'children', '000000000b/000000000c/', '', '', '', '', null, '[]', '', '', 1)",
    *(
        "insert into problem (id, number, facility_id, facility_type, place_path, visit_id, checklist, item, question, clause, point, step, spot, what, severity, party, person, unit, "
        "sponsor, bureau, inspectors, inspector_ids, found_at, found_on, state, due_on, cause, measures, progress, recheck, rework, closer, changed_at) values "
        f"('{id}', '示民整〔2026〕{id}号', '{FACILITY}', 'children', '000000000b/000000000c/', '', 'fire/1', '', '{{}}', '{{}}', '', '', '{id}', '示例', 'serious', 'unit', '', '', "
        f"'', '', '', '[]', '2026-01-02 02:00:00.000000+00:00', '2026-01-02', '{state}', '2026-01-20', '', '', '', '', 0, '', '2026-01-02 02:00:00.000000+00:00')"
        for id, state in (("1", "issued"), ("2", "rectifying"), ("3", "withdrawn"))
    ),
)


async def test_an_older_house_keeps_its_problems_and_counts_them(empty: Settings) -> None:
    async with older(empty, "0025") as writer:
        for statement in OLD:
            await writer.query(statement)
    async with connected(empty, catalog.TABLE_NAMES):
        as_it_was = await rows("select * from problem order by id")
    assert "0025_overview" in await migrate(empty)
    async with connected(empty, catalog.TABLE_NAMES) as writer:
        stands = await rows("select * from problem order by id")
        assert [{name: row[name] for name in as_it_was[0]} for row in stands] == as_it_was
        await commands.prepare(writer)
        sums = await queries.sums(["000000000b/"])
        assert (sums.open("severity/serious"), sums.late("severity/serious"), sums.open("type/children")) == (2, 2, 2)
    assert await commands.verify_figures(empty) == []
