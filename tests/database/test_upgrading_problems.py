"""Problems from before everybody's hands were kept: each is still there, and earlier rounds are read out of the history."""

import json

from server import catalog
from server.database.connect import connected
from server.database.migrate import migrate
from server.database.rows import rows
from server.settings import Settings
from tests.database.older import older

PLACE, FACILITY = "00000000-0000-7000-8000-00000000000b", "00000000-0000-7000-8000-00000000000c"
PLACES = (
    f"insert into place (id, parent_id, path, kind, name, mark, code, is_closed) values ('{PLACE}', null, 'b/', 'district', '示例区', '示民整', 'SL', false), "
    f"('{FACILITY}', '{PLACE}', 'b/c/', 'facility', '示例区福利院', '', '', false)",
    "insert into facility (id, type, address, contact_name, contact_title, contact_phone, beds, points, notes, search, version, place_path) values "
    f"('{FACILITY}', 'children', '', '', '', '', null, '[]', '', '', 1, 'b/c/')",
)
RECEIPT = "insert into receipt (id, digest, kind, version, author_id, device_at, at, body) values ('c', '', '', 1, '', '2026-11-20 08:00:00.000000+00:00', '2026-11-20 08:00:00.000000+00:00', '{}')"
PROBLEM = (
    "insert into problem (id, number, facility_id, facility_type, place_path, visit_id, checklist, item, question, clause, point, step, spot, what, severity, party, person, unit, sponsor, "
    "bureau, inspectors, inspector_ids, found_at, found_on, state, issued_on, cause, measures, progress, rectifier_id, recheck, rechecker_id, rework, closer, changed_at) values "
    f"('{{id}}', '{{id}}', '{FACILITY}', 'children', 'b/c/', '', '', '', '{{{{}}}}', '{{{{}}}}', '', '', '{{id}}', 'x', 'general', 'unit', '', '', '', '', '', '[]', "
    "'2026-11-20 08:00:00.000000+00:00', '2026-11-20', '{state}', {issued}, '', '', '', {rectifier}, '', {rechecker}, 0, '', '2026-11-20 08:00:00.000000+00:00')"
)
EVENT = (
    "insert into event (seq, command_id, kind, subject_id, place_path, author_id, author_name, at, data) values "
    "({seq}, 'c', 'problem.{kind}', 'twice', 'b/c/', '{author}', '', '2026-11-20 08:00:00.000000+00:00', '{{}}')"
)


async def test_whose_hands_were_on_a_problem_is_read_from_its_history(empty: Settings) -> None:
    told = (("planned", "planner"), ("reported", "first"), ("returned", "strict"), ("reported", "second"), ("rechecked", "kind"), ("closed", "boss"))
    async with older(empty, "0021") as writer:
        for statement in (*PLACES, RECEIPT):
            await writer.query(statement)
        await writer.query(PROBLEM.format(id="twice", state="closed", issued="'2026-11-20'", rectifier="'second'", rechecker="'kind'"))
        await writer.query(PROBLEM.format(id="imported", state="rechecked", issued="null", rectifier="null", rechecker="'importer'"))
        await writer.query(PROBLEM.format(id="fresh", state="recorded", issued="null", rectifier="null", rechecker="null"))
        for seq, (kind, author) in enumerate(told, 1):
            await writer.query(EVENT.format(seq=seq, kind=kind, author=author))
    assert "0022_notices" in await migrate(empty)
    async with connected(empty, catalog.TABLE_NAMES):
        found = {row["id"]: row for row in await rows("select * from problem")}
        hands = {id: (set(json.loads(row["rectifier_ids"])), set(json.loads(row["rechecker_ids"]))) for id, row in found.items()}
        assert hands == {"twice": ({"planner", "first", "second"}, {"strict", "kind"}), "imported": (set(), {"importer"}), "fresh": (set(), set())}
        assert all((row["notice_id"], row["extension_id"], row["extensions"], row["is_supervised"], row["is_referred"]) == ("", "", 0, False, False) for row in found.values())
        assert len(await rows("select seq from event")) == len(told)
