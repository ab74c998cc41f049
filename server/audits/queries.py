"""The events of a place and period with their segments, and who took them along before."""

import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import msgspec

from server.audits.file import Event, Segment
from server.audits.rules import KINDS, ROLE, shown
from server.database.rows import below, one, rows
from server.foundation.actor import Actor
from server.ledger.chain import moment
from server.lists.rules import begins

PAGE = 100  # segments at a time: of each at most 64 commands
MOST_SHOWN = 50
OF_KINDS = "(" + " or ".join(f"e.kind like '{kind}.%'" for kind in KINDS) + ")"


class Taken(msgspec.Struct, frozen=True):
    """Once that somebody took a history along."""

    at: dt.datetime
    by: str
    place: str
    since: dt.date
    until: dt.date


async def segments(path: str, since: dt.date, until: dt.date, last: int) -> AsyncIterator[list[tuple[Segment, list[Event]]]]:
    """In the order of the chain, PAGE segments at a time, those that hold something of this place and period, up to the ledger's head.

    An event counts where it was written: what happened at a place before it moved stays with where it stood. The caller has judged who may.
    """
    span = await one("select min(id) as first, max(id) as last from segment where at >= ? and at < ? and id <= ?", begins(since), begins(until + dt.timedelta(days=1)), last)
    after, final = ((span["first"] or 1) - 1, span["last"] or 0) if span else (0, 0)
    while page := await rows("select * from segment where id > ? and id <= ? order by id limit ?", after, final, PAGE):
        after = page[-1]["id"]
        if found := await _with_events(path, [row for row in page if begins(since) <= row["at"] < begins(until + dt.timedelta(days=1))]):
            yield found


async def _with_events(path: str, page: list[dict[str, Any]]) -> list[tuple[Segment, list[Event]]]:
    """Two processes may write a little out of the order of the hours: each segment is judged by its own."""
    if not page:
        return []
    scope, values = below("e.place_path", (path,))
    found = await rows(
        "select e.seq, e.kind, e.subject_id, e.place_path, coalesce(pl.name, '') as place, e.author_id, e.author_name, e.at, r.device_at, e.data from event e "
        "join receipt r on r.id = e.command_id left join place pl on pl.path = e.place_path "
        f"where e.seq >= ? and e.seq <= ? and {scope} and {OF_KINDS} order by e.seq",
        page[0]["opens"], page[-1]["closes"], *values,
    )  # fmt: skip
    made = [
        (Segment(row["id"], row["opens"], row["closes"], moment(row["at"]), row["previous"], row["digest"]), [_event(one) for one in found if row["opens"] <= one["seq"] <= row["closes"]])
        for row in page
    ]
    return [(segment, events) for segment, events in made if events]


def _event(row: dict[str, Any]) -> Event:
    return Event(
        row["seq"], row["kind"], row["subject_id"], row["place_path"], row["place"], row["author_id"], row["author_name"], moment(row["at"]), moment(row["device_at"]),
        shown(msgspec.json.decode(row["data"])),
    )  # fmt: skip


async def taken(actor: Actor) -> list[Taken]:
    """The last MOST_SHOWN times that anybody took along the history of a place which this person audits."""
    scope, values = below("pl.path", actor.paths(ROLE))
    found = await rows(
        "select e.at, e.author_name, pl.name, e.data from place pl join event e on e.subject_id = pl.id "
        f"where {scope} and e.kind = 'audit.exported' order by e.seq desc limit {MOST_SHOWN}",
        *values,
    )
    return [Taken(row["at"], row["author_name"], row["name"], **msgspec.convert(msgspec.json.decode(row["data"]), dict[str, dt.date])) for row in found]
