"""For whoever sends, the server itself: not scoped."""

import datetime as dt
from typing import Any

import msgspec

from server.database.rows import Statement, one, rows
from server.foundation import clock
from server.reminders.messages import SHOWN, Digest
from server.reminders.push import Browser
from server.reminders.queries.inbox import STANDS

MOST_BROWSERS = 5


class Message(msgspec.Struct, frozen=True):
    id: str
    channel: str
    receiver_id: str
    place_path: str
    state: str
    is_again: bool
    tries: int
    next_at: dt.datetime
    claim: str
    tried_at: dt.datetime | None


MESSAGE = "select id, channel, receiver_id, place_path, state, is_again, tries, next_at, claim, tried_at from reminder_message"


async def messages_due(now: dt.datetime, most: int) -> list[Message]:
    return [Message(**row) for row in await rows(f"{MESSAGE} where state = 'pending' and next_at <= ? order by next_at, id limit {most}", now)]


async def broken_off(before: dt.datetime) -> list[Message]:
    """Tries begun before this instant that nobody recorded the end of."""
    return [Message(**row) for row in await rows(f"{MESSAGE} where state = 'sending' and tried_at < ? order by id limit 500", before)]


async def message(id: str) -> Message | None:
    found = await one(f"{MESSAGE} where id = ?", id)
    return Message(**found) if found else None


def claimed(id: str, claim: str, at: dt.datetime) -> Statement:
    """Begins a try, unless another server has. Whether it did is read afterwards."""
    return "update reminder_message set state = 'sending', claim = ?, tried_at = ?, tries = tries + 1 where id = ? and state = 'pending'", (claim, at, id)


def recorded(message: Message, changed: dict[str, Any]) -> Statement:
    """Ends a try, unless another server has taken it for broken off meanwhile."""
    return f"update reminder_message set {', '.join(f'{name} = ?' for name in changed)} where id = ? and claim = ? and state = 'sending'", (*changed.values(), message.id, message.claim)


async def tried_since(receiver: str, at: dt.datetime) -> int:
    """How often this receiver was called since then."""
    found = await one("select count(*) as n from reminder_message where receiver_id = ? and tried_at > ?", receiver, at)
    return int(found["n"]) if found else 0


async def digest(message_id: str) -> Digest:
    """What of a message still stands."""
    today, values = clock.today(), f"from reminder r join problem p on p.id = r.problem_id where r.message_id = ? and {STANDS}"
    counted = await one(
        "select count(distinct case when r.due_on < ? then r.problem_id end) as late, count(distinct case when r.due_on = ? then r.problem_id end) as today, "
        f"count(distinct case when r.due_on > ? then r.problem_id end) as soon {values}", today, today, today, message_id,
    )  # fmt: skip
    first = await rows(f"select distinct p.number, r.due_on {values} order by r.due_on, p.number limit {SHOWN}", message_id)
    assert counted is not None
    return Digest(counted["late"], counted["today"], counted["soon"], tuple((row["number"], row["due_on"]) for row in first))


class Addressee(msgspec.Struct, frozen=True):
    sign_in: str
    lang: str


async def addressee(person_id: str) -> Addressee | None:
    found = await one("select sign_in, lang from person where id = ? and state = 'active'", person_id)
    return Addressee(**found) if found else None


async def place_name(path: str) -> str:
    found = await one("select name from place where path = ?", path)
    return str(found["name"]) if found else ""


class Subscription(msgspec.Struct, frozen=True):
    id: str
    browser: Browser
    agent: str
    made_at: dt.datetime


async def subscriptions(person_id: str) -> list[Subscription]:
    """A person's browsers that asked to be told and still are, the last first; as many as one try has time for."""
    found = await rows(f"select id, endpoint, p256dh, auth, agent, made_at from push_subscription where person_id = ? and gone_at is null order by made_at desc, id limit {MOST_BROWSERS}", person_id)
    return [Subscription(row["id"], Browser(row["endpoint"], row["p256dh"], row["auth"]), row["agent"], row["made_at"]) for row in found]


async def subscription(id: str) -> str | None:
    """Whose the browser with this id is, gone or not."""
    found = await one("select person_id from push_subscription where id = ?", id)
    return str(found["person_id"]) if found else None
