"""Reading the ledger: the history of a subject, and the head of the chain."""

import datetime as dt
from typing import Any

import msgspec

from server.database.rows import one, rows


class Happening(msgspec.Struct, frozen=True):
    seq: int
    kind: str
    at: dt.datetime
    author_id: str
    author_name: str
    data: dict[str, Any]


async def history(subject_id: str) -> list[Happening]:
    """Everything that happened to one subject, oldest first. The caller has made sure that the actor may see it."""
    found = await rows(
        "select seq, kind, at, author_id, author_name, data from event where subject_id = ? order by seq", subject_id
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
    found: set[str] = set()
    for start in range(0, len(ids), 500):
        some = ids[start : start + 500]
        found |= {row["id"] for row in await rows(f"select id from receipt where id in ({','.join('?' * len(some))})", *some)}
    return found
