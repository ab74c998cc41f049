"""What places have set: rules, robots, and what went out by them."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from server.database.rows import among, below, one, rows, rows_of
from server.foundation.actor import Actor
from server.foundation.words import Words
from server.people.rules import paths_above
from server.reminders.queries.inbox import words_of
from server.reminders.rules import DEFAULT, Rules, Step, nearest


class Set(msgspec.Struct, frozen=True):
    """What holds at a place, and which place set it; None where these are ours."""

    rules: Rules
    place_id: str | None
    place: str


class Robot(msgspec.Struct, frozen=True):
    """A robot as pages show it: without its address."""

    id: str
    place_id: str
    place_path: str
    place: str
    kind: str
    name: str
    added_at: dt.datetime
    answered_at: dt.datetime | None
    failing_at: dt.datetime | None
    said: Words | None
    sealed: str = ""


async def rules_of(paths: Iterable[str]) -> dict[str, Set]:
    """What holds at each of these places."""
    wanted = list(dict.fromkeys(paths))
    above = list(dict.fromkeys(up for path in wanted for up in paths_above(path)))
    held: dict[str, Set] = {}
    for row in await rows_of("select s.*, pl.name from reminder_setting s join place pl on pl.id = s.id where s.is_own and", "s.place_path", above):
        kept = Rules(
            msgspec.json.decode(row["steps"], type=tuple[Step, ...]), dt.time.fromisoformat(row["quiet_from"]), dt.time.fromisoformat(row["quiet_until"]), row["is_sms"],
        )  # fmt: skip
        held[row["place_path"]] = Set(kept, row["id"], row["name"])
    ours = Set(DEFAULT, None, "")
    return {path: nearest(path, held) or ours for path in wanted}


ROBOT = "select b.id, b.place_id, b.place_path, pl.name as place, b.kind, b.name, b.added_at, b.answered_at, b.failing_at, b.said, b.sealed from reminder_robot b join place pl on pl.id = b.place_id"


async def robots_at(paths: Iterable[str]) -> list[Robot]:
    """Robots in use at these very places. For the server's own work and for who administers them: not scoped."""
    return [_robot(row) for row in await rows_of(f"{ROBOT} where b.removed_at is null and", "b.place_path", list(dict.fromkeys(paths)))]


async def robot_of(actor: Actor, id: str) -> Robot | None:
    """The robot, in use, if the actor administers its place."""
    scope, values = below("b.place_path", actor.paths("administrator"))
    found = await one(f"{ROBOT} where b.id = ? and b.removed_at is null and {scope}", id, *values)
    return _robot(found) if found else None


async def robots_below(actor: Actor) -> dict[str, tuple[int, int]]:
    """(in use, failing) by path, of the places that the actor administers."""
    scope, values = below("place_path", actor.paths("administrator"))
    found = await rows(
        f"select place_path, count(*) as n, count(failing_at) as failing from reminder_robot where removed_at is null and {scope} group by place_path", *values
    )
    return {row["place_path"]: (row["n"], row["failing"]) for row in found}


async def failing(actor: Actor) -> int:
    """How many robots fail now, of the places that the actor administers."""
    return sum(failing for _, failing in (await robots_below(actor)).values())


class Out(msgspec.Struct, frozen=True):
    """One message as the page of a place lists it."""

    channel: str
    receiver: str
    state: str
    count: int
    at: dt.datetime
    said: Words | None


async def messages_of(path: str, robots: Sequence[str], most: int = 10) -> list[Out]:
    """What went out last for this very place or by its robots. The caller administers it."""
    slots = f" or {among('m.receiver_id', robots)}" if robots else ""
    found = await rows(
        "select m.channel, coalesce(b.name, ps.name, '') as receiver, m.state, m.said, coalesce(m.sent_at, m.tried_at, m.made_at) as at, "
        "(select count(distinct r.problem_id) from reminder r where r.message_id = m.id and r.message_id <> '') as count "
        "from reminder_message m left join reminder_robot b on b.id = m.receiver_id left join person ps on ps.id = m.receiver_id "
        f"where m.place_path = ?{slots} order by m.made_at desc, m.id desc limit {most}", path, *robots,
    )  # fmt: skip
    return [Out(**{**row, "said": words_of(row["said"])}) for row in found]


async def robot(id: str) -> Robot | None:
    found = await one(f"{ROBOT} where b.id = ? and b.removed_at is null", id)
    return _robot(found) if found else None


def _robot(row: dict[str, Any]) -> Robot:
    return Robot(**{**row, "said": words_of(row["said"])})
