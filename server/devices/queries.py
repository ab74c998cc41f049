"""Whose a device is, and which devices somebody has."""

import datetime as dt
from typing import Any

import msgspec

from server.database.rows import below, one, quick, rows
from server.foundation import clock
from server.foundation.actor import Actor, Standing

CURRENT = "st.from_on <= ? and (st.until_on is null or st.until_on >= ?)"
SHOWN = 50


class Signing(msgspec.Struct, frozen=True):
    """A device as its signature finds it. actor: its person with the roles of today, `held` once it is out of use."""

    id: str
    public_key: str
    browser: str
    heard_at: dt.datetime
    actor: Actor


class Enrolled(msgspec.Struct, frozen=True):
    """A device as its owner, or whoever answers for the owner, sees it."""

    id: str
    agent: str
    browser: str
    enrolled_at: dt.datetime
    heard_at: dt.datetime
    revoked_at: dt.datetime | None
    revoked_by: str
    revoked_why: str


class Bound(msgspec.Struct, frozen=True):
    """What an id is bound to."""

    person_id: str
    public_key: str
    revoked_at: dt.datetime | None


async def signing(id: str) -> Signing | None:
    """The device with this id, out of use or not, and its person, gone or not: what was noted while they were here still arrives."""
    today = clock.today()
    found = await quick(
        "select d.id, d.person_id, d.public_key, d.browser, d.heard_at, d.revoked_at, p.name, st.role, st.place_id, pl.path "
        f"from device d join person p on p.id = d.person_id left join standing st on st.person_id = p.id and {CURRENT} "
        "left join place pl on pl.id = st.place_id where d.id = ? order by st.id",
        today, today, id,
    )  # fmt: skip
    if not found:
        return None
    row = found[0]
    roles = tuple(Standing(row["role"], row["place_id"], row["path"]) for row in found if row["role"])
    actor = Actor(row["person_id"], row["name"], roles, held="device.revoked" if row["revoked_at"] else "", device=row["id"])
    return Signing(row["id"], row["public_key"], row["browser"], row["heard_at"], actor)


async def bound(id: str) -> Bound | None:
    found = await one("select person_id, public_key, revoked_at from device where id = ?", id)
    return Bound(**found) if found else None


async def in_use(person_id: str) -> list[str]:
    """Ids of the person's devices that are not out of use, for the pack: a phone that is not among them enrols."""
    return [row["id"] for row in await rows("select id from device where person_id = ? and revoked_at is null order by id", person_id)]


async def enrolled(person_id: str) -> list[Enrolled]:
    """Somebody's devices: those in use first, the last heard first. The caller has made sure that they may be seen."""
    found = await rows(
        "select id, agent, browser, enrolled_at, heard_at, revoked_at, revoked_by, revoked_why from device where person_id = ? "
        f"order by case when revoked_at is null then 0 else 1 end, heard_at desc, id limit {SHOWN}",
        person_id,
    )
    return [Enrolled(**row) for row in found]


async def owner(actor: Actor, person_id: str) -> str | None:
    """The name of somebody who holds or held a role where the actor administers or supervises."""
    scope, values = below("pl.path", actor.paths("administrator", "supervisor"))
    found = await one(
        f"select p.name from person p where p.id = ? and exists (select 1 from standing st join place pl on pl.id = st.place_id where st.person_id = p.id and {scope})",
        person_id, *values,
    )  # fmt: skip
    return str(found["name"]) if found else None


async def browser_of(session_id: str | None) -> str:
    """The hash of the browser that this session is in; empty without one."""
    found: dict[str, Any] | None = await one("select device from session where id = ?", session_id) if session_id else None
    return str(found["device"]) if found else ""
