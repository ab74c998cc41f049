"""What reading a file found: a check table, or every cell that cannot be taken."""

from collections.abc import Iterable
from typing import Any

import msgspec

from server.foundation.words import Words


class Fault(msgspec.Struct, frozen=True):
    """One cell that cannot be taken: the sheet, its row as Excel counts it (0: the whole sheet), the column's heading, and why."""

    sheet: str
    row: int
    column: str
    reason: Words


class Reading(msgspec.Struct):
    """What a file holds: `body` of a draft (its key "" where the file names none), or faults; notes: what was left out of it."""

    body: dict[str, Any] = {}
    faults: list[Fault] = []
    notes: list[Words] = []


class Gathered(msgspec.Struct, frozen=True):
    """The same fault in several rows of one column."""

    sheet: str
    rows: tuple[int, ...]
    column: str
    reason: Words


def gathered(faults: Iterable[Fault]) -> list[Gathered]:
    """Faults as they are shown: the same one once, by the first of its rows, sheet by sheet."""
    held: dict[tuple[str, str, Words], list[int]] = {}
    for fault in faults:
        held.setdefault((fault.sheet, fault.column, fault.reason), []).append(fault.row)
    sheets_seen = list(dict.fromkeys(sheet for sheet, _, _ in held))
    found = [Gathered(sheet, tuple(row for row in rows if row), column, reason) for (sheet, column, reason), rows in held.items()]
    return sorted(found, key=lambda one: (sheets_seen.index(one.sheet), one.rows))
