"""Who was told of what: the reader themselves, and everybody of one problem."""

import datetime as dt
from collections.abc import Sequence

import msgspec

from server.database.rows import Statement, among, below, one, rows
from server.foundation.actor import Actor
from server.foundation.words import Words
from server.problems.workflow import TO_PUT_RIGHT

PAGE = 50
MOST_COUNTED = 99
# A reminder stands while its problem is still to be put right by that very day.
STANDS = f"p.due_on = r.due_on and p.state in ({', '.join(f'{state!r}' for state in TO_PUT_RIGHT)})"


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
    return [Told(**{**row, "said": words_of(row["said"])}) for row in found]


def words_of(text: str) -> Words | None:
    return msgspec.json.decode(text, type=Words) if text else None
