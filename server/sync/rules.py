"""What a phone says of its unsent work, and when that is worth writing down."""

import datetime as dt
import re

import msgspec

HEADER = "x-dugai-unsent"
HEARD_EVERY = dt.timedelta(minutes=5)  # an unchanged number is written down so often at most
MOST = 9999
SAID = re.compile(r"([0-9]{1,6}),([0-9]{1,6})(?:,([0-9]{1,11})(?:,([0-9a-f-]{36})(?:,([0-9a-f]{16})?(?:,([0-9a-f]{8,16}))?)?)?)?")


class Unsent(msgspec.Struct, frozen=True):
    """entries: sealed visits and re-checks that wait; drafts: those under way; oldest_at: of the first of both.

    store: the id of the database on the phone, made with it; pack: a hash of the check tables that it holds; "" where a phone says neither.
    """

    entries: int
    drafts: int
    oldest_at: dt.datetime | None = None
    store: str = ""
    pack: str = ""


class Lost(msgspec.Struct, frozen=True):
    """What a phone had told of before its store was another one: nobody has said yet what became of it."""

    entries: int = 0
    drafts: int = 0
    oldest_at: dt.datetime | None = None


def unsent(text: str, person: str, now: dt.datetime) -> Unsent | None:
    """The header `ENTRIES,DRAFTS,SECONDS,PERSON,STORE,PACK` (since 1970, of the oldest; whose store it is); older phones say less.

    None where it cannot be read, or tells of somebody else's store: two people may use one phone.
    """
    found = SAID.fullmatch(text)
    if not found or found[4] not in (None, person):
        return None
    entries, drafts = (min(int(said), MOST) for said in found.groups()[:2])
    oldest = dt.datetime.fromtimestamp(int(found[3]), dt.UTC) if found[3] and int(found[3]) < 4e9 else None
    return Unsent(entries, drafts, min(oldest, now) if oldest and entries + drafts else None, found[5] or "", found[6] or "")


def after(said: Unsent, received: int) -> Unsent:
    """What still waits once so many of its entries were received in the same answer."""
    entries = max(0, said.entries - received)
    return msgspec.structs.replace(said, entries=entries, oldest_at=said.oldest_at if entries + said.drafts else None)


def lost(said: Unsent, known: Unsent, before: Lost) -> Lost:
    """What is missing now: another store on the same browser means that the one before was wiped, with all that it held.

    A phone that names no store says nothing about it.
    """
    if not said.store or not known.store or said.store == known.store:
        return before
    days = [at for at in (before.oldest_at, known.oldest_at) if at]
    return Lost(before.entries + known.entries, before.drafts + known.drafts, min(days, default=None))


def is_news(said: Unsent, known: Unsent | None, heard_at: dt.datetime | None, is_settled: bool, now: dt.datetime) -> bool:
    """Whether to write it down: the numbers changed, the last word is some minutes old, or the phone was thought lost and is not.

    A phone with nothing never begins a row.
    """
    if known is None or heard_at is None:
        return said.entries + said.drafts > 0
    return is_settled or said != known or now - heard_at > HEARD_EVERY
