"""Phones with unsent work, as they say it and as supervisors see it."""

import datetime as dt
from typing import Any

import msgspec

from server.database.rows import below, one, rows
from server.foundation import clock
from server.foundation.actor import Actor
from server.sync.rules import Lost, Unsent

CURRENT = "st.from_on <= ? and (st.until_on is null or st.until_on >= ?)"


class Phone(msgspec.Struct, frozen=True):
    """entries: sealed visits and re-checks that wait; drafts: those under way; oldest_at: of the first of both. lost_…: of a store that is
    no more on the phone. settled: by whom, when, why."""

    id: str
    person: str
    place: str
    entries: int
    drafts: int
    oldest_at: dt.datetime | None
    heard_at: dt.datetime
    settled_at: dt.datetime | None
    settled_by: str
    settled_reason: str
    lost_entries: int
    lost_drafts: int
    lost_oldest_at: dt.datetime | None


async def phones(actor: Actor, settled: bool = False) -> list[Phone]:
    """Phones with unsent work of people at the actor's places, by place and name; or those that were settled last, at most 50."""
    scope, values = below("pl.path", actor.paths("supervisor"))
    today = clock.today()
    state, order, most = ("not null", "ph.settled_at desc", 50) if settled else ("null", "pl.path, p.name, ph.id", 1000)
    found = await rows(
        "select ph.id, p.name as person, pl.name as place, ph.entries, ph.drafts, ph.oldest_at, ph.heard_at, ph.settled_at, ph.settled_by, "
        "ph.settled_reason, ph.lost_entries, ph.lost_drafts, ph.lost_oldest_at from phone ph join person p on p.id = ph.person_id join standing st on st.person_id = p.id join place pl on pl.id = st.place_id "
        f"where {scope} and {CURRENT} and ph.entries + ph.drafts + ph.lost_entries + ph.lost_drafts > 0 and ph.settled_at is {state} order by {order} limit {most}",
        *values, today, today,
    )  # fmt: skip
    once: dict[str, dict[str, Any]] = {}
    for row in found:
        once.setdefault(row["id"], row)  # somebody with several roles stands at the first of their places
    return [Phone(**row) for row in once.values()]


async def is_of(actor: Actor, id: str) -> bool:
    """Whether this is the phone of somebody whom the actor supervises."""
    scope, values = below("pl.path", actor.paths("supervisor"))
    today = clock.today()
    found = await one(
        "select 1 as n from phone ph join standing st on st.person_id = ph.person_id join place pl on pl.id = st.place_id "
        f"where ph.id = ? and {scope} and {CURRENT}",
        id, *values, today, today,
    )  # fmt: skip
    return found is not None


class Heard(msgspec.Struct, frozen=True):
    entries: int
    drafts: int
    oldest_at: dt.datetime | None
    heard_at: dt.datetime
    settled_at: dt.datetime | None
    store: str
    pack: str
    lost_entries: int
    lost_drafts: int
    lost_oldest_at: dt.datetime | None

    @property
    def said(self) -> Unsent:
        return Unsent(self.entries, self.drafts, self.oldest_at, self.store, self.pack)

    @property
    def lost(self) -> Lost:
        """Nothing once somebody has said what became of it."""
        return Lost() if self.settled_at else Lost(self.lost_entries, self.lost_drafts, self.lost_oldest_at)


async def mark_of(actor: Actor) -> str:
    """The mark of the browser that speaks, as a hash, alike with a session and with a device's signature; else the id of either."""
    if actor.device:
        found = await one("select browser as mark from device where id = ?", actor.device)
    else:
        found = await one("select device as mark from session where id = ?", actor.session_id)
    return (found["mark"] if found else "") or actor.device or actor.session_id or ""


async def heard(id: str) -> Heard | None:
    """What a phone said last."""
    found = await one("select entries, drafts, oldest_at, heard_at, settled_at, store, pack, lost_entries, lost_drafts, lost_oldest_at from phone where id = ?", id)
    return Heard(**found) if found else None
