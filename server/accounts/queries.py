"""The register of people as an administrator reads it: filtered, paged, whole."""

from collections.abc import Callable
from typing import Any

import msgspec

from server.database.rows import below, one, rows, rows_of
from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.words import Words
from server.lists.rules import Filtering
from server.people.queries import PERSON, Held, Person, held_by, place_for
from server.people.rules import ROLE_WORDS, SOON, STATE_WORDS

PAGE = 50
MOST_COUNTED = 1000


SAID: dict[str, Words | Callable[[str], Words]] = {
    "role": lambda key: ROLE_WORDS[key], "place": Words("{it}", "{it}"), "state": lambda key: STATE_WORDS[key],
    "ends": lambda _: Words("岗位 30 天内到期", "Role ends within 30 days"), "q": Words("“{it}”", "“{it}”"),
}  # fmt: skip
KNOWN = {"role": ROLE_WORDS, "state": STATE_WORDS, "ends": ("soon",)}


class Filters(Filtering, frozen=True):
    """What the address of the register says. place: an id, with all below it; ends: "soon"; state: one of STATE_WORDS."""

    q: str = ""
    role: str = ""
    place: str = ""
    state: str = ""
    ends: str = ""

    words = SAID


class Listed(msgspec.Struct, frozen=True):
    """One page of the register. after: where the next begins, or "". count stops at MOST_COUNTED + 1."""

    people: list[tuple[Person, list[Held]]]
    after: str
    count: int


async def people(actor: Actor, filters: Filters, after: str = "") -> Listed:
    """People with a role at a place that the actor administers, by name, PAGE of them."""
    where, values = await _who(actor, filters)
    counted = await one(f"select count(*) as n from (select 1 from person p where {where} limit {MOST_COUNTED + 1}) counted", *values)
    name, _, id = after.rpartition("~")
    seek, place = (" and (p.name, p.id) > (?, ?)", [name, id]) if id else ("", [])
    found = await rows(f"select {PERSON} from person p where {where}{seek} order by p.name, p.id limit {PAGE + 1}", *values, *place)
    more = f"{found[PAGE - 1]['name']}~{found[PAGE - 1]['id']}" if len(found) > PAGE else ""
    return Listed(await _with_roles(actor, found[:PAGE]), more, counted["n"] if counted else 0)


async def everyone(actor: Actor, filters: Filters, most: int) -> list[tuple[Person, list[Held]]]:
    """All that fit, at most `most`: for a file."""
    where, values = await _who(actor, filters)
    return await _with_roles(actor, await rows(f"select {PERSON} from person p where {where} order by p.name, p.id limit {most}", *values))


async def _who(actor: Actor, filters: Filters) -> tuple[str, list[Any]]:
    scope, scoped = below("pl.path", actor.paths("administrator"))
    held, values, today = [scope], list(scoped), clock.today()

    def add(condition: str, *given: Any) -> None:
        held.append(condition)
        values.extend(given)

    if filters.place:
        place = await place_for(actor, filters.place)
        part, inside = below("pl.path", (place.path,) if place else ())
        add(part, *inside)
    if filters.role:
        add("st.role = ?", filters.role)
    if filters.ends == "soon":
        add("st.until_on >= ? and st.until_on <= ? and st.from_on <= ?", today, today + SOON, today)
    elif (filters.role or filters.place) and filters.state != "left":
        add("(st.until_on is null or st.until_on >= ?)", today)
    person = [f"exists (select 1 from standing st join place pl on pl.id = st.place_id where st.person_id = p.id and {' and '.join(held)})"]
    if filters.state:
        person.append("p.state = ?")
        values.append(filters.state)
    for word in filters.q.lower().split()[:5]:
        person.append("(lower(p.name) like ? or p.sign_in like ?)")
        values += [f"%{word}%"] * 2
    return " and ".join(person), values


async def _with_roles(actor: Actor, found: list[dict[str, Any]]) -> list[tuple[Person, list[Held]]]:
    held: dict[str, list[Held]] = {}
    for start in range(0, len(found), 500):
        held |= await held_by(actor, [row["id"] for row in found[start : start + 500]])
    return [(Person(**row), held.get(row["id"], [])) for row in found]


async def known(sign_ins: list[str]) -> dict[str, tuple[str, str, set[tuple[str, str]]]]:
    """Who signs in by these names: {sign-in: (id, name, {(role, place id) that count or are to begin})}."""
    found: dict[str, tuple[str, str, set[tuple[str, str]]]] = {}
    sql = (
        "select p.id, p.name, p.sign_in, st.role, st.place_id from person p left join standing st on st.person_id = p.id "
        "and (st.until_on is null or st.until_on >= ?) where"
    )
    for row in await rows_of(sql, "p.sign_in", sign_ins, clock.today()):
        entry = found.setdefault(row["sign_in"], (row["id"], row["name"], set()))
        if row["role"]:
            entry[2].add((row["role"], row["place_id"]))
    return found
