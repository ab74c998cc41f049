"""Taking a history along: that it was done is itself part of the history."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import msgspec

from server.audits import rules
from server.foundation.command import Handling
from server.foundation.refusal import Refusal
from server.ledger.unit import Unit
from server.people.tables import Place

Row = dict[str, Any]


class ExportHistory(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """since, until: days in Beijing, both within."""

    place: str
    since: dt.date
    until: dt.date


async def export_history(unit: Unit, exporting: ExportHistory) -> Row:
    """Receipt: {place, path, name}. Refusals: not_found, not_allowed, audit.period."""
    place = await unit.find(Place, exporting.place)
    if place is None:
        raise Refusal("not_found").at("place")
    unit.actor.check_has(place["path"], rules.ROLE)
    rules.check_period(exporting.since, exporting.until)
    unit.note("audit.exported", place["id"], place["path"], since=exporting.since, until=exporting.until)
    return {"place": place["id"], "path": place["path"], "name": place["name"]}


def _reads(exporting: ExportHistory) -> Iterable[tuple[Any, ...]]:
    yield Place, exporting.place


COMMANDS = (Handling("audits.export", ExportHistory, export_history, _reads, own=True),)
