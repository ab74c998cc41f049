"""Reading the ledger: the history of a subject, and the head of the chain."""

import datetime as dt
from typing import Any

import msgspec

from server.database.rows import among, one, rows, rows_of
from server.foundation import clock

MEANWHILE = dt.timedelta(minutes=1)  # between doing a thing and its being received: less is the line's business and nobody's news


class Happening(msgspec.Struct, frozen=True):
    """at: when it was received; device_at: when it was done, by the clock of whatever device it was done on."""

    seq: int
    kind: str
    at: dt.datetime
    author_id: str
    author_name: str
    data: dict[str, Any]
    device_at: dt.datetime

    @property
    def before(self) -> dt.datetime | dt.date | None:
        """When it was done, where that was before it was received, or on site. Only the day, where somebody gave it by hand because the phone's clock was wrong."""
        on = self.data.get("made_on") or self.data.get("done_on")
        if on and on != clock.today(self.device_at).isoformat():
            return dt.date.fromisoformat(on)
        is_believed = on or not self.data.get("vouched")
        return self.device_at if is_believed and ("made_on" in self.data or self.at - self.device_at > MEANWHILE) else None


async def history(*subject_ids: str) -> list[Happening]:
    """Everything that happened to these subjects, oldest first. The caller has made sure that the actor may see them."""
    found = await rows(
        "select e.seq, e.kind, e.at, e.author_id, e.author_name, e.data, r.device_at from event e join receipt r on r.id = e.command_id "
        f"where {among('e.subject_id', subject_ids)} order by e.seq",
        *subject_ids,
    )
    return [Happening(**{**row, "data": msgspec.json.decode(row["data"])}) for row in found]


async def head() -> tuple[int, str]:
    """The last segment's number and digest, (0, "") for an empty ledger: write it down elsewhere to prove a cut tail."""
    found = await one("select id, digest from segment order by id desc limit 1")
    return (found["id"], found["digest"]) if found else (0, "")


async def receipt(command_id: str, digest: str) -> bytes | None:
    """What was answered to this very command, if it has been received."""
    found = await one("select body from receipt where id = ? and digest = ?", command_id, digest)
    return found["body"].encode() if found else None


async def received(ids: list[str]) -> set[str]:
    """Which of these commands have a receipt already."""
    return {row["id"] for row in await rows_of("select id from receipt where", "id", ids)}
