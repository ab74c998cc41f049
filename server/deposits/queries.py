"""What was not taken in by itself, as supervisors and authors see it."""

import datetime as dt
from typing import Any

import msgspec

from server.database.rows import among, below, one, quick, rows
from server.deposits import rules
from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.command import Command, canonical
from server.foundation.words import Words
from server.lists.rules import instant

PAGE = 50
LISTED = (
    "d.id, d.command_id, d.kind, d.author_id, d.author, d.code, d.refusal, d.facility_id, f.name as facility, d.visited_at, d.place_path, d.received_at, "
    "d.heard_at, d.state, d.decided_by, d.decided_at, d.reason"
)
DEPOSITS = "from deposit d left join place f on f.id = d.facility_id"


class Kept(msgspec.Struct, frozen=True):
    """How a deposit stands, as its phone is told. refusal: why it was not taken in."""

    id: str
    place_path: str
    state: str
    decided_by: str
    decided_at: dt.datetime | None
    received_at: dt.datetime
    reason: str
    refusal: dict[str, Any]

    def held(self) -> dict[str, Any]:
        """{state: waiting | returned | set_aside, by, reason, at}."""
        if self.state in ("accepted", "taken"):  # another command about the same visit was
            return {"state": "set_aside", "by": self.decided_by, "reason": f"{rules.ELSEWHERE.zh} / {rules.ELSEWHERE.en}", "at": self.decided_at}
        return {"state": self.state, "by": self.decided_by, "reason": self.reason, "at": self.decided_at or self.received_at}


UNSEEN = Words("没有这家机构或这个问题，或提交人现在无权办理", "There is no such facility or problem, or its author may not work there now")


class Deposit(msgspec.Struct, frozen=True):
    """What was not taken in by itself, as a list shows it. visited_at: by the phone's clock; facility: None where it names none that there is."""

    id: str
    command_id: str
    kind: str
    author_id: str
    author: str
    code: str
    refusal: dict[str, Any]
    facility_id: str
    facility: str | None
    visited_at: dt.datetime | None
    place_path: str
    received_at: dt.datetime
    heard_at: dt.datetime
    state: str
    decided_by: str
    decided_at: dt.datetime | None
    reason: str

    @property
    def words(self) -> Words:
        """Why it was not taken in, as whoever decides on it may be told: "not found" was said to its author."""
        return UNSEEN if self.code == "not_found" else Words(**self.refusal["words"])

    @property
    def remedy(self) -> Words:
        return Words(**self.refusal["remedy"])


class Whole(Deposit, frozen=True, kw_only=True):
    """With the command as it came and the photos that it names. via: the session or device it came by."""

    command: dict[str, Any]
    photos: list[str]
    via: str


async def about(subject: str, author: str) -> list[Kept]:
    """What is kept of one author's about one visit or re-check. Every command on the wire asks it."""
    found = await quick(
        f"select id, place_path, state, decided_by, decided_at, received_at, reason, refusal from deposit where subject_id = ? and author_id = ? order by received_at, id limit {rules.MOST_OF_ONE}",
        subject, author,
    )  # fmt: skip
    return [Kept(**{**row, "refusal": msgspec.json.decode(row["refusal"])}) for row in found]


async def waiting_of(author: str) -> tuple[int, int]:
    """How many of one author's wait, and their bytes."""
    found = await one("select count(*) as n, coalesce(sum(size), 0) as size from deposit where author_id = ? and state = 'waiting'", author)
    return (int(found["n"]), int(found["size"])) if found else (0, 0)


async def deposits(actor: Actor, states: tuple[str, ...], after: str = "") -> list[Deposit]:
    """Up to PAGE + 1 in these states, the actor's own and those at places they supervise, by place and hour of arrival, from after `PATH~TIME~ID` on."""
    scope, values = _seen(actor)
    path, _, rest = after.partition("~")
    text, _, id = rest.partition("~")
    moment = instant(text)
    seek, place = (" and (d.place_path, d.received_at, d.id) > (?, ?, ?)", (path, moment, id)) if moment else ("", ())
    found = await rows(
        f"select {LISTED} {DEPOSITS} where {among('d.state', states)} and {scope}{seek} order by d.place_path, d.received_at, d.id limit {PAGE + 1}",
        *states, *values, *place,
    )  # fmt: skip
    return [Deposit(**_read(row)) for row in found]


async def decided(actor: Actor, most: int = 50) -> list[Deposit]:
    """Those that need nobody any more, the last decided first."""
    scope, values = _seen(actor)
    found = await rows(f"select {LISTED} {DEPOSITS} where d.state in ('accepted', 'taken') and {scope} order by d.decided_at desc, d.id limit {most}", *values)
    return [Deposit(**_read(row)) for row in found]


async def deposit(actor: Actor, id: str) -> Whole | None:
    """One of the actor's own, or at a place they supervise."""
    scope, values = _seen(actor)
    found = await one(f"select {LISTED}, d.command, d.photos, d.via {DEPOSITS} where d.id = ? and {scope}", id, *values)
    return Whole(**_read(found)) if found else None


async def waiting(actor: Actor) -> int:
    """How many wait for this supervisor."""
    scope, values = below("d.place_path", actor.paths("supervisor"))
    found = await one(f"select count(*) as n from deposit d where d.state = 'waiting' and {scope}", *values)
    return int(found["n"]) if found else 0


async def verify_records() -> list[str]:
    """Every deposit that is not as it came, or is gone although the history says that it was kept."""
    told = {row["subject_id"] for row in await rows("select subject_id from event where kind = 'deposit.kept'")}
    faults, last = [], ""
    while page := await rows("select id, command from deposit where id > ? order by id limit 50", last):
        for row in page:
            told.discard(row["id"])
            if _digest(row["command"]) != row["id"]:
                faults.append(f"deposit {row['id']} is not as it came")
        last = page[-1]["id"]
    return faults + [f"deposit {id} is gone" for id in sorted(told)]


def _digest(text: str) -> str:
    envelope = msgspec.json.decode(text)
    command = Command(envelope["id"], envelope["kind"], envelope["version"], clock.now(), envelope["author"], canonical(envelope["payload"]))
    return rules.deposit_id(command.id, command.digest)


def place(found: Deposit) -> str:
    """Where in the list it stands, as `deposits` takes it."""
    return f"{found.place_path}~{found.received_at.isoformat()}~{found.id}"


def _seen(actor: Actor) -> tuple[str, tuple[str, ...]]:
    scope, values = below("d.place_path", actor.paths("supervisor"))
    return f"({scope} or d.author_id = ?)", (*values, actor.id)


def _read(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, **{name: msgspec.json.decode(row[name]) for name in ("refusal", "command", "photos") if name in row}}
