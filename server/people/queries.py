"""Who somebody is, who works beside them, which places there are."""

import datetime as dt
from typing import Any

import msgspec

from server.database.rows import Statement, among, below, one, quick, rows
from server.foundation import clock
from server.foundation.actor import Actor, Standing
from server.people.rules import SOON, paths_above, tense

PERSON = "p.id, p.name, p.sign_in, p.state, p.lang, p.left_on, p.left_why"
PLACE = "id, parent_id, path, kind, name, mark, code, is_closed, closed_on, closed_why, into_id"
CURRENT = "st.from_on <= ? and (st.until_on is null or st.until_on >= ?)"


class Person(msgspec.Struct, frozen=True):
    id: str
    name: str
    sign_in: str
    state: str
    lang: str
    left_on: dt.date | None = None
    left_why: str = ""


class Held(msgspec.Struct, frozen=True):
    """One role that a person holds or held."""

    id: str
    role: str
    place_id: str
    place_name: str
    path: str
    from_on: dt.date
    until_on: dt.date | None

    @property
    def tense(self) -> str:
        """now, future or past."""
        return tense(self.from_on, self.until_on, clock.today())

    @property
    def ends_soon(self) -> bool:
        return self.tense == "now" and self.until_on is not None and self.until_on <= clock.today() + SOON


class SignIn(msgspec.Struct, frozen=True):
    """What the door must know of somebody. password: an argon2 hash, or None before activation."""

    id: str
    password: str | None
    state: str
    lang: str


class Opened(msgspec.Struct, frozen=True):
    """A session as its cookie finds it."""

    id: str
    person_id: str
    device: str
    agent: str
    network: str
    created_at: dt.datetime
    seen_at: dt.datetime
    expires_at: dt.datetime


class Seen(msgspec.Struct, frozen=True):
    """A session as its owner sees it in the list."""

    id: str
    agent: str
    network: str
    created_at: dt.datetime
    seen_at: dt.datetime


class Place(msgspec.Struct, frozen=True):
    id: str
    parent_id: str | None
    path: str
    kind: str
    name: str
    mark: str
    code: str
    is_closed: bool
    closed_on: dt.date | None = None
    closed_why: str = ""
    into_id: str | None = None


class Desk(msgspec.Struct, frozen=True):
    """Whom a facility calls: the nearest place above it that has a telephone."""

    facility: str
    name: str
    telephone: str


class Colleague(msgspec.Struct, frozen=True):
    id: str
    name: str


async def signed_in(fingerprint: str) -> tuple[Opened, Actor] | None:
    """The session with this token's fingerprint and its owner with the roles that count today, in one reading.

    None for a session that was ended or has expired, and for an owner who is not active. Idleness is the caller's to judge.
    """
    today = clock.today()
    found = await quick(
        "select s.id, s.person_id, s.device, s.agent, s.network, s.created_at, s.seen_at, s.expires_at, p.name, st.role, st.place_id, pl.path "
        "from session s join person p on p.id = s.person_id and p.state = 'active' "
        f"left join standing st on st.person_id = p.id and {CURRENT} left join place pl on pl.id = st.place_id "
        "where s.id = ? and s.ended_at is null and s.expires_at > ? order by st.id",
        today, today, fingerprint, clock.now(),
    )  # fmt: skip
    if not found:
        return None
    opened = Opened(**{name: found[0][name] for name in Opened.__struct_fields__})
    return opened, Actor(opened.person_id, found[0]["name"], _standings(found), opened.id)


def forgotten(before: dt.datetime) -> list[Statement]:
    """Statements that take away sessions which had run out before this instant, and sign-ins that had failed (docs/kept.md)."""
    return [("delete from session where expires_at < ?", (before,)), ("delete from attempt where failed_at < ?", (before,))]


async def is_ended(session_id: str) -> bool:
    return await one("select 1 as n from session where id = ? and ended_at is not null", session_id) is not None


async def actor(person_id: str, session_id: str | None = None) -> Actor | None:
    """The person with the roles that count today, or None if there is no such active person."""
    today = clock.today()
    found = await rows(
        "select p.name, st.role, st.place_id, pl.path from person p "
        f"left join standing st on st.person_id = p.id and {CURRENT} left join place pl on pl.id = st.place_id "
        "where p.id = ? and p.state = 'active' order by st.id",
        today, today, person_id,
    )  # fmt: skip
    if not found:
        return None
    return Actor(person_id, found[0]["name"], _standings(found), session_id)


def _standings(found: list[dict[str, Any]]) -> tuple[Standing, ...]:
    return tuple(Standing(row["role"], row["place_id"], row["path"]) for row in found if row["role"])


async def sign_in(name: str) -> SignIn | None:
    found = await one("select id, password, state, lang from person where sign_in = ?", name)
    return SignIn(**found) if found else None


async def knows_device(person_id: str, device: str) -> bool:
    """Whether this person has signed in on the device with this fingerprint before."""
    return await one("select 1 as n from session where person_id = ? and device = ? limit 1", person_id, device) is not None


async def failures(id: str) -> tuple[int, dt.datetime | None]:
    found = await one("select failures, failed_at from attempt where id = ?", id)
    return (found["failures"], found["failed_at"]) if found else (0, None)


async def owner_of(code: str) -> tuple[str, str] | None:
    """(id, sign-in name) of whom an unused code was printed for."""
    found = await one(
        "select p.id, p.sign_in from activation a join person p on p.id = a.person_id "
        "where a.id = ? and a.used_at is null and a.expires_at > ?", code, clock.now(),
    )  # fmt: skip
    return (found["id"], found["sign_in"]) if found else None


async def sessions_of(person_id: str) -> list[Seen]:
    """The person's open sessions, the last used first."""
    found = await rows(
        "select id, agent, network, created_at, seen_at from session "
        "where person_id = ? and ended_at is null and expires_at > ? order by seen_at desc limit 50",
        person_id, clock.now(),
    )  # fmt: skip
    return [Seen(**row) for row in found]


async def person_for(actor: Actor, id: str) -> tuple[Person, list[Held]] | None:
    """One of the register, with all roles at places that the actor administers."""
    held = await held_by(actor, [id])
    found = await one(f"select {PERSON} from person p where p.id = ?", id) if held else None
    return (Person(**found), held[id]) if found else None


async def held_by(actor: Actor, ids: list[str]) -> dict[str, list[Held]]:
    """All roles of these people at places that the actor administers, by person."""
    if not ids:
        return {}
    scope, values = below("pl.path", actor.paths("administrator"))
    found = await rows(
        "select st.id, st.person_id, st.role, st.place_id, pl.name as place_name, pl.path, st.from_on, st.until_on "
        f"from standing st join place pl on pl.id = st.place_id where {scope} and {among('st.person_id', ids)} order by st.id",
        *values, *ids,
    )  # fmt: skip
    held: dict[str, list[Held]] = {}
    for row in found:
        held.setdefault(row.pop("person_id"), []).append(Held(**row))
    return held


async def own_roles(person_id: str) -> list[Held]:
    """Somebody's own roles, for their own page; those that are over left out."""
    found = await rows(
        "select st.id, st.role, st.place_id, pl.name as place_name, pl.path, st.from_on, st.until_on from standing st "
        "join place pl on pl.id = st.place_id where st.person_id = ? order by st.from_on, st.id",
        person_id,
    )
    return [held for row in found if (held := Held(**row)).tense != "past"]


async def places(actor: Actor, *roles: str, kinds: tuple[str, ...] = ()) -> list[Place]:
    """Open places that the actor reaches with one of these roles (any, if none is named), in the order of the tree."""
    scope, values = below("path", actor.paths(*roles))
    only = f" and {among('kind', kinds)}" if kinds else ""
    found = await rows(f"select {PLACE} from place where {scope} and not is_closed{only} order by path", *values, *kinds)
    return [Place(**row) for row in found]


async def place_for(actor: Actor, id: str) -> Place | None:
    scope, values = below("path", actor.paths())
    found = await one(f"select {PLACE} from place where id = ? and {scope}", id, *values)
    return Place(**found) if found else None


async def colleagues(actor: Actor) -> list[Colleague]:
    """Those who may sign a visit beside this inspector: inspectors at, above or below the same places, by name."""
    today, paths = clock.today(), actor.paths("inspector")
    scope, values = below("pl.path", paths)
    above = [prefix for path in paths for prefix in paths_above(path)]
    slots = f" or {among('pl.path', above)}" if above else ""
    found = await rows(
        f"select distinct p.id, p.name from standing st join person p on p.id = st.person_id join place pl on pl.id = st.place_id "
        f"where st.role = 'inspector' and p.state = 'active' and {CURRENT} and ({scope}{slots}) order by p.name, p.id",
        today, today, *values, *above,
    )  # fmt: skip
    return [Colleague(**row) for row in found]


async def desks(actor: Actor, role: str) -> list[Desk]:
    """Whom to call, of each place where this person holds the role, as far as anybody has given a number."""
    found = []
    for standing in dict.fromkeys(held for held in actor.roles if held.role == role):
        above = paths_above(standing.path)
        desk = await one(f"select name, telephone from place where {among('path', above)} and telephone <> '' order by length(path) desc limit 1", *above)
        found += [Desk(standing.place_id, **desk)] if desk else []
    return found


async def names(ids: list[str]) -> dict[str, str]:
    """Names of these people by id."""
    if not ids:
        return {}
    found = await rows(f"select id, name from person where {among('id', ids)}", *ids)
    return {row["id"]: row["name"] for row in found}


async def is_empty() -> bool:
    """Whether nobody has been registered yet."""
    return await one("select 1 as n from person limit 1") is None



class Own(msgspec.Struct, frozen=True):
    sign_in: str
    password: str | None


async def password_of(person_id: str) -> Own | None:
    """Somebody's own sign-in name and hash, to check the current password before a new one is taken."""
    found = await one("select sign_in, password from person where id = ?", person_id)
    return Own(**found) if found else None
