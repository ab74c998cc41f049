"""Reading reminders: one's own, a problem's, what places have set; and for the server's own work what is to be planned and sent."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from server.database.rows import among, below, one, rows
from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.words import Words
from server.people.rules import paths_above
from server.problems.workflow import TO_PUT_RIGHT
from server.reminders.messages import SHOWN, Digest
from server.reminders.push import Browser
from server.reminders.rules import DEFAULT, Rules, Step, nearest

PAGE = 50
MOST_COUNTED = 99
MOST_BROWSERS = 5
WORK = "reminders"
CURRENT = "st.from_on <= ? and (st.until_on is null or st.until_on >= ?)"
# A reminder stands while its problem is still to be put right by that very day.
STANDS = f"p.due_on = r.due_on and p.state in ({', '.join(f'{state!r}' for state in TO_PUT_RIGHT)})"
Statement = tuple[str, tuple[Any, ...]]


# What somebody is reminded of


class Mine(msgspec.Struct, frozen=True):
    """One problem of which the reader is reminded, by the latest of the rules that told."""

    id: str
    problem_id: str
    days: int
    due_on: dt.date
    made_at: dt.datetime
    read_at: dt.datetime | None
    number: str
    what: str
    facility: str


async def mine(actor: Actor, after: str = "") -> list[Mine]:
    """Up to PAGE + 1 problems of which the reader is reminded and that still stand, the last told first, from after `TIME~ID` on."""
    scope, values = below("p.place_path", actor.paths())
    moment, _, id = after.partition("~")
    seek, place = (" and (r.made_at, r.id) < (?, ?)", (dt.datetime.fromisoformat(moment), id)) if after else ("", ())
    found = await rows(
        "select r.id, r.problem_id, r.days, r.due_on, r.made_at, r.read_at, p.number, p.what, pl.name as facility from reminder r "
        f"join problem p on p.id = r.problem_id join place pl on pl.id = p.facility_id where r.receiver_id = ? and r.channel = 'app' and {STANDS} and {scope} "
        "and not exists (select 1 from reminder n where n.problem_id = r.problem_id and n.due_on = r.due_on and n.receiver_id = r.receiver_id and n.channel = 'app' and n.days > r.days)"
        f"{seek} order by r.made_at desc, r.id desc limit {PAGE + 1}",
        actor.id, *values, *place,
    )  # fmt: skip
    return [Mine(**row) for row in found]


async def unread(actor: Actor) -> int:
    """How many problems the reader is reminded of and has not seen; counting stops at MOST_COUNTED + 1."""
    scope, values = below("p.place_path", actor.paths())
    found = await one(
        f"select count(*) as n from (select distinct r.problem_id from reminder r join problem p on p.id = r.problem_id "
        f"where r.receiver_id = ? and r.channel = 'app' and r.read_at is null and {STANDS} and {scope} limit {MOST_COUNTED + 1}) unread",
        actor.id, *values,
    )  # fmt: skip
    return int(found["n"]) if found else 0


def seen(actor: Actor, at: dt.datetime, problems: Sequence[str] = ()) -> Statement:
    """Marks what the reader is told of these problems as read, of all if none is named."""
    some = f" and {among('problem_id', problems)}" if problems else ""
    return f"update reminder set read_at = ? where receiver_id = ? and channel = 'app' and read_at is null{some}", (at, actor.id, *problems)


class Told(msgspec.Struct, frozen=True):
    """Who was told of a problem, how, and what came of it. receiver: a person's or a robot's name; sent_at: in the app, when it stood there."""

    days: int
    due_on: dt.date
    level: str
    channel: str
    receiver_id: str
    receiver: str
    state: str
    at: dt.datetime
    read_at: dt.datetime | None
    said: Words | None

    @property
    def made_for(self) -> tuple[dt.date, int]:
        """The due day and the rule."""
        return self.due_on, self.days


async def told(problem_id: str) -> list[Told]:
    """All of a problem, the last first. The caller has made sure that the problem may be seen."""
    found = await rows(
        "select r.days, r.due_on, r.level, r.channel, r.receiver_id, coalesce(ps.name, b.name, '') as receiver, coalesce(m.state, 'sent') as state, "
        "coalesce(m.sent_at, m.tried_at, r.made_at) as at, r.read_at, coalesce(m.said, '') as said from reminder r left join reminder_message m on m.id = r.message_id "
        "left join person ps on ps.id = r.receiver_id left join reminder_robot b on b.id = r.receiver_id where r.problem_id = ? order by r.made_at desc, r.id limit 200",
        problem_id,
    )  # fmt: skip
    return [Told(**{**row, "said": words(row["said"])}) for row in found]


# What a place has set


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
    for row in await _at("s.place_path", above, "select s.*, pl.name from reminder_setting s join place pl on pl.id = s.id where s.is_own"):
        kept = Rules(
            msgspec.json.decode(row["steps"], type=tuple[Step, ...]), dt.time.fromisoformat(row["quiet_from"]), dt.time.fromisoformat(row["quiet_until"]), row["is_sms"],
        )  # fmt: skip
        held[row["place_path"]] = Set(kept, row["id"], row["name"])
    ours = Set(DEFAULT, None, "")
    return {path: nearest(path, held) or ours for path in wanted}


ROBOT = "select b.id, b.place_id, b.place_path, pl.name as place, b.kind, b.name, b.added_at, b.answered_at, b.failing_at, b.said, b.sealed from reminder_robot b join place pl on pl.id = b.place_id"


async def robots_at(paths: Iterable[str]) -> list[Robot]:
    """Robots in use at these very places. For the server's own work and for who administers them: not scoped."""
    return [_robot(row) for row in await _at("b.place_path", list(dict.fromkeys(paths)), f"{ROBOT} where b.removed_at is null")]


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
    return [Out(**{**row, "said": words(row["said"])}) for row in found]


# For the server's own work: not scoped


class Work(msgspec.Struct, frozen=True):
    holder: str
    until_at: dt.datetime
    planned_on: dt.date | None
    after_place: str
    seq: int


async def work() -> Work | None:
    found = await one("select holder, until_at, planned_on, after_place, seq from reminder_work where id = ?", WORK)
    return Work(**found) if found else None


def taken(holder: str, now: dt.datetime, until: dt.datetime) -> Statement:
    """Takes or prolongs the lease, unless another server holds it. Whether it did is read afterwards."""
    return (
        "insert into reminder_work (id, holder, until_at, after_place, seq) values (?, ?, ?, '', 0) on conflict (id) do update "
        "set holder = excluded.holder, until_at = excluded.until_at where reminder_work.holder = ? or reminder_work.until_at < ?",
        (WORK, holder, until, holder, now),
    )  # fmt: skip


async def last_event() -> int:
    found = await one("select coalesce(max(closes), 0) as seq from segment")
    return int(found["seq"]) if found else 0


async def moved(after: int, until: int) -> list[str]:
    """Problems of which the history tells something in (after, until] that may have set a due day."""
    found = await rows("select distinct subject_id from event where seq > ? and seq <= ? and kind like 'problem.%' and kind <> 'problem.recorded'", after, until)
    return [row["subject_id"] for row in found]


class Person(msgspec.Struct, frozen=True):
    """Who holds a role at a place. is_pushed: whether a browser of theirs asked to be told."""

    id: str
    role: str
    path: str
    sign_in: str
    is_pushed: bool


async def staff(paths: Iterable[str]) -> list[Person]:
    """Contacts and supervisors at these very places today."""
    today = clock.today()
    sql = (
        "select p.id, st.role, pl.path, p.sign_in, exists (select 1 from push_subscription s where s.person_id = p.id and s.gone_at is null) as is_pushed "
        f"from place pl join standing st on st.place_id = pl.id join person p on p.id = st.person_id where st.role in ('contact', 'supervisor') and p.state = 'active' and {CURRENT}"
    )
    return [Person(**row) for row in await _at("pl.path", list(dict.fromkeys(paths)), sql, today, today)]


async def known(ids: Sequence[str]) -> set[str]:
    """Which of these reminders there are already."""
    return {row["id"] for row in await _at("id", ids, "select id from reminder where 1 = 1")}


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


async def open_messages(receivers: Sequence[str]) -> dict[tuple[str, str, str], str]:
    """Messages that wait and certainly never left, by channel, receiver and place: what is told next goes out with them."""
    found = await _at("receiver_id", receivers, "select id, channel, receiver_id, place_path from reminder_message where state = 'pending' and not is_again")
    return {(row["channel"], row["receiver_id"], row["place_path"]): row["id"] for row in found}


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


async def robot(id: str) -> Robot | None:
    found = await one(f"{ROBOT} where b.id = ? and b.removed_at is null", id)
    return _robot(found) if found else None


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


def words(text: str) -> Words | None:
    return msgspec.json.decode(text, type=Words) if text else None


def _robot(row: dict[str, Any]) -> Robot:
    return Robot(**{**row, "said": words(row["said"])})


async def _at(column: str, values: Sequence[str], sql: str, *given: Any) -> list[dict[str, Any]]:
    """Rows of `sql`, which ends in a condition, whose column has one of these values: some hundred at a time."""
    found: list[dict[str, Any]] = []
    for start in range(0, len(values), 500):
        some = values[start : start + 500]
        found += await rows(f"{sql} and {column} in ({','.join('?' * len(some))})", *given, *some)
    return found
