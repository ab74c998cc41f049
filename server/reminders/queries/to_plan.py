"""For whoever plans, the server itself: not scoped."""

import datetime as dt
from collections.abc import Iterable, Sequence

import msgspec

from server.database.rows import Statement, one, rows, rows_of
from server.foundation import clock

WORK = "reminders"
CURRENT = "st.from_on <= ? and (st.until_on is null or st.until_on >= ?)"


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
        f"from place pl join standing st on st.place_id = pl.id join person p on p.id = st.person_id where st.role in ('contact', 'supervisor') and p.state = 'active' and {CURRENT} and"
    )
    return [Person(**row) for row in await rows_of(sql, "pl.path", list(dict.fromkeys(paths)), today, today)]


async def known(ids: Sequence[str]) -> set[str]:
    """Which of these reminders there are already."""
    return {row["id"] for row in await rows_of("select id from reminder where", "id", ids)}


async def open_messages(receivers: Sequence[str]) -> dict[tuple[str, str, str], str]:
    """Messages that wait and certainly never left, by channel, receiver and place: what is told next goes out with them."""
    found = await rows_of("select id, channel, receiver_id, place_path from reminder_message where state = 'pending' and not is_again and", "receiver_id", receivers)
    return {(row["channel"], row["receiver_id"], row["place_path"]): row["id"] for row in found}
