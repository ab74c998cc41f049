"""Re-checks that supervisors took in by hand before the problem said so: whoever vouched is known again, and no row is lost."""

from server import catalog
from server.database.connect import connected
from server.database.migrate import migrate
from server.database.rows import rows
from server.settings import Settings
from tests.database.older import older
from tests.database.test_upgrading_the_register import OLD

F, AT = "00000000-0000-7000-8000-00000000000c", "'2026-11-20T02:00:00+00:00'"
PROBLEM = (
    "insert into problem (id, number, facility_id, facility_type, place_path, visit_id, checklist, item, question, clause, point, step, spot, what, severity, party, "
    "person, unit, sponsor, bureau, inspectors, inspector_ids, found_at, found_on, state, cause, measures, progress, recheck, rechecker_id, rework, closer, changed_at) values "
    f"('{{id}}', '{{id}}', '{F}', 'children', 'b/c/', 'v', 'k/1', 'i', '{{}}', '{{}}', '', '', '{{id}}', 'what', 'general', 'unit', "
    f"'', '', '', '', '', '[]', {AT}, '2026-11-20', '{{state}}', '', '', '', 'seen', 'maker', 0, '', {AT})"
)
RECHECK = f"insert into recheck (id, problem_id, place_path, person_id, is_passed, made_at, received_at) values ('r{{id}}', '{{id}}', 'b/c/', 'maker', true, {AT}, {AT})"
DEPOSIT = (
    "insert into deposit (id, command_id, kind, subject_id, author_id, author, command, size, photos, code, refusal, facility_id, place_path, via, received_at, heard_at, "
    f"state, decided_id, decided_by, reason) values ('d{{id}}', 'c{{id}}', 'problems.recheck', 'r{{id}}', 'maker', '', '{{}}', 2, '[]', 'not_found', '{{}}', '{F}', 'b/c/', '', {AT}, {AT}, "
    "'{state}', 'boss', '', '')"
)
PERSON = "insert into person (id, name, sign_in, state, lang) values ('maker', '甲', '1', 'active', 'zh')"


async def test_who_vouched_for_what_stands_re_checked_is_known_again(empty: Settings) -> None:

    def told(text: str, **given: str) -> str:
        for name, value in given.items():
            text = text.replace(f"{{{name}}}", value)
        return text

    cases = (("by-hand", "rechecked", "accepted"), ("by-itself", "rechecked", "taken"), ("closed", "closed", "accepted"))
    async with older(empty, "0020") as writer:
        for statement in (*OLD[:1], PERSON):
            await writer.query(statement)
        await writer.query(f"insert into facility (id, type, place_path, address, contact_name, contact_title, contact_phone, points, notes, search, version) values ('{F}', 'children', 'b/c/', '', '', '', '', '[]', '', '', 1)")
        for id, state, decided in cases:
            for statement in (told(PROBLEM, id=id, state=state), told(RECHECK, id=id), told(DEPOSIT, id=id, state=decided)):
                await writer.query(statement)
    assert "0020_vouchers" in await migrate(empty)
    async with connected(empty, catalog.TABLE_NAMES):
        assert await rows("select id, voucher_id from problem order by id") == [
            {"id": "by-hand", "voucher_id": "boss"}, {"id": "by-itself", "voucher_id": None}, {"id": "closed", "voucher_id": None},
        ]  # fmt: skip
        assert len(await rows("select id from recheck")) == len(await rows("select id from deposit")) == 3
