"""Whoever changes, removes or swaps anything in the history is found out."""

from typing import Any

import pytest

from server.ledger.queries import head
from server.ledger.verify import verify
from tests.ledger.test_performing import ME, Ledger, drawing, ledger  # noqa: F401

HARM = {
    "an event's data is changed": "update event set data = '{}' where seq = 3",
    "an event's author is changed": "update event set author_name = '他人' where seq = 3",
    "an event's time is changed": "update event set at = '2020-01-01 00:00:00.000000+00:00' where seq = 3",
    "an event is removed": "delete from event where seq = 3",
    "the last event is removed": "delete from event where seq = 9",
    "two events are swapped": "update event set data = (select data from event e where e.seq = 7 - event.seq) where seq in (3, 4)",
    "a receipt's body is changed": "update receipt set body = '{\"number\":99}' where id = (select command_id from event where seq = 3)",
    "a receipt's digest is changed": "update receipt set digest = 'x' where id = (select command_id from event where seq = 3)",
    "a segment is changed": "update segment set digest = 'x' where id = 2",
    "a segment in the middle is removed": "delete from segment where id = 2",
    "the last segment is removed": "delete from segment where id = 9",
}


async def _numbers(ledger: Ledger) -> None:  # noqa: F811
    for _ in range(8):  # the first segment tells of the published checklist
        await ledger.perform(drawing(), ME)


async def test_an_honest_history_has_no_fault(ledger: Ledger) -> None:  # noqa: F811
    await _numbers(ledger)
    report = await verify(await head())
    assert (report.faults, report.segments, report.events, report.receipts) == ([], 9, 9, 9)


@pytest.mark.parametrize("harm", HARM)
async def test_harm_is_found(ledger: Ledger, house: Any, harm: str) -> None:  # noqa: F811
    await _numbers(ledger)
    if house.settings.database:
        await ledger.writer.query("set session_replication_role = replica")
    else:
        await ledger.writer.query("pragma foreign_keys = off")
    await ledger.writer.query(HARM[harm])
    assert (await verify()).faults


async def test_a_cut_tail_is_found_against_an_exported_head(ledger: Ledger, house: Any) -> None:  # noqa: F811
    await _numbers(ledger)
    exported = await head()
    if house.settings.database:
        await ledger.writer.query("set session_replication_role = replica")
    else:
        await ledger.writer.query("pragma foreign_keys = off")
    for sql in (
        "delete from segment where id = 9",
        "delete from receipt where id = (select command_id from event where seq = 9)",
        "delete from event where seq = 9",
    ):
        await ledger.writer.query(sql)
    assert (await verify()).faults == []
    assert (await verify(exported)).faults
