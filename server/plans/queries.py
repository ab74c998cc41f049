"""Reading plans, their visits, draws and conflicts; what a phone takes along, and what a facility may know beforehand."""

import datetime as dt
from typing import Any

import msgspec

from server.database.rows import Branch, among, below, one, rows
from server.foundation import clock
from server.foundation.actor import Actor
from server.lists import queries as lists
from server.people.queries import CURRENT
from server.people.rules import paths_above
from server.plans import lots, rules
from server.plans.rows import Announced, Assignment, Avoidance, Draw, Filters, Inspector, Mine, Plan, Seen, Taken
from server.plans.rules import KEEPERS

PAGE = 50
MOST_COUNTED = 1000
MOST_ROWS = 5000
PLAN = (
    "p.id, p.place_id, p.place_path, pl.name as place, p.below_id, bl.name as below, bl.path as below_path, p.kind, p.mode, p.title, p.note, p.from_on, "
    "p.until_on, p.checklist, p.parts, p.types, p.draw_count, p.state, p.reason, p.commitment, p.draws, p.revision, p.made_at, p.made_by"
)
PLANS = "from plan p join place pl on pl.id = p.place_id join place bl on bl.id = p.below_id"
ASSIGNMENT = (
    "a.id, a.plan_id, a.facility_id, fp.name as facility, up.name as bureau, a.place_path, a.first_id, a.second_id, f1.name as first, f2.name as second, "
    "a.due_on, a.draw_id, a.visit_id, a.done_on, a.is_doubled, a.is_withdrawn, a.reason, p.state as plan_state, p.title, p.mode"
)
ASSIGNMENTS = (
    "from assignment a join plan p on p.id = a.plan_id join place fp on fp.id = a.facility_id left join place up on up.id = fp.parent_id "
    "left join person f1 on f1.id = a.first_id left join person f2 on f2.id = a.second_id"
)


# Plans


async def plans(actor: Actor, filters: Filters, after: str = "") -> list[Plan]:
    """Up to PAGE + 1 plans of the bureaux that the actor keeps, those that end last first, from after `DAY~ID` on."""
    where, values = _fitting(actor, filters)
    on, _, id = after.partition("~")
    seek, place = (" and (p.until_on, p.id) < (?, ?)", (day, id)) if (day := _day(on)) else ("", ())
    found = await rows(f"select {PLAN} {PLANS} where {where}{seek} order by p.until_on desc, p.id desc limit {PAGE + 1}", *values, *place)
    counted = await _counts([row["id"] for row in found])
    return [_plan(row, counted) for row in found]


async def counted(actor: Actor, filters: Filters) -> int:
    """How many fit; counting stops at MOST_COUNTED + 1."""
    return await lists.counted("plan p", [_fitting(actor, filters)], MOST_COUNTED + 1)


def _fitting(actor: Actor, filters: Filters) -> Branch:
    scope, values = below("p.place_path", actor.paths(*KEEPERS))
    parts: list[str] = [scope]
    more: list[Any] = list(values)
    if filters.state == "now":
        parts.append("p.state in ('draft', 'open')")
    for column, wanted in (("state", filters.state if filters.state in {s.key for s in rules.WORKFLOW.states} else ""), ("kind", filters.kind), ("mode", filters.mode)):
        if wanted:
            parts.append(f"p.{column} = ?")
            more.append(wanted)
    for word in filters.q.split()[:5]:
        parts.append("p.title like ?")
        more.append(f"%{word}%")
    return " and ".join(parts), more


async def _counts(ids: list[str]) -> dict[str, dict[str, int]]:
    if not ids:
        return {}
    found = await rows(
        "select plan_id, count(*) as every, count(visit_id) as done, sum(case when is_doubled then 1 else 0 end) as doubled "
        f"from assignment where {among('plan_id', ids)} and not is_withdrawn group by plan_id", *ids,
    )  # fmt: skip
    return {row.pop("plan_id"): {name: int(value) for name, value in row.items()} for row in found}


def _plan(row: dict[str, Any], counted: dict[str, dict[str, int]]) -> Plan:
    listed = {name: msgspec.json.decode(row[name], type=tuple[str, ...]) for name in ("parts", "types")}
    return Plan(**{**row, **listed, **counted.get(row["id"], {})})


async def plan(actor: Actor, id: str) -> Plan | None:
    scope, values = below("p.place_path", actor.paths(*KEEPERS))
    found = await one(f"select {PLAN} {PLANS} where p.id = ? and {scope}", id, *values)
    return _plan(found, await _counts([id])) if found else None


async def assignments(actor: Actor, plan: str) -> list[Assignment]:
    """A plan's visits by place and day: in the order of the tree, then of their days."""
    scope, values = below("p.place_path", actor.paths(*KEEPERS))
    found = await rows(f"select {ASSIGNMENT} {ASSIGNMENTS} where a.plan_id = ? and {scope} order by a.place_path, a.due_on, a.id limit {MOST_ROWS}", plan, *values)
    return [Assignment(**row) for row in found]


async def open_of(actor: Actor, person: str) -> list[Assignment]:
    """The open visits of one person on plans that the actor keeps, by day."""
    scope, values = below("p.place_path", actor.paths(*KEEPERS))
    found = await rows(
        f"select {ASSIGNMENT} {ASSIGNMENTS} where (a.first_id = ? or a.second_id = ?) and a.visit_id is null and not a.is_withdrawn "
        f"and p.state in ('draft', 'open') and {scope} order by a.due_on, a.id limit {rules.MOST_CHOSEN}", person, person, *values,
    )  # fmt: skip
    return [Assignment(**row) for row in found]


# Visits made on them


TAKEN = (
    "select t.id, t.assignment_id, t.number, t.visited_on, t.inspectors, t.how, t.second_of, p.id as plan_id, p.title, a.visit_id as stands_id, a.is_doubled "
    "from taken_visit t join assignment a on a.id = t.assignment_id join plan p on p.id = a.plan_id"
)


async def taken(actor: Actor, plan: str) -> dict[str, list[Taken]]:
    """The visits made on a plan, by assignment, in the order of their arrival."""
    scope, values = below("p.place_path", actor.paths(*KEEPERS))
    by_assignment: dict[str, list[Taken]] = {}
    for row in await rows(f"{TAKEN} where p.id = ? and {scope} order by t.number", plan, *values):
        by_assignment.setdefault(row["assignment_id"], []).append(Taken(**row))
    return by_assignment


async def plan_of_visit(actor: Actor, visit: str) -> Taken | None:
    """The plan that a visit was made on, for whoever inspects or keeps plans there; a facility is not told of plans."""
    scope, values = below("a.place_path", actor.paths("inspector", *KEEPERS))
    found = await one(f"{TAKEN} where t.id = ? and {scope}", visit, *values)
    return Taken(**found) if found else None


# What is known of facilities and people


async def facilities(plan: Plan, search: str = "", since: str = "", after: str = "") -> list[Seen]:
    """Up to PAGE + 1 facilities that the plan means, in the order of the tree. since: only those not visited from that day on.

    The caller has made sure that the actor keeps the plan.
    """
    scope, values = below("fp.path", plan.reach)
    parts, more = [scope, "not fp.is_closed", "fp.path > ?"], [*values, after]
    if plan.types:
        parts.append(among("f.type", plan.types))
        more += plan.types
    for word in search.lower().split()[:5]:
        parts.append("(f.search like ? or fp.name like ?)")
        more += [f"%{word}%"] * 2
    given: list[Any] = list(more)
    if day := _day(since):
        parts.append("(v.visited_on is null or v.visited_on < ?)")
        given.append(day)
    found = await rows(
        "select f.id, fp.name, up.name as bureau, f.type, fp.path, v.visited_on, v.inspectors, "
        "exists (select 1 from assignment a where a.plan_id = ? and a.facility_id = f.id and not a.is_withdrawn) as is_planned "
        "from facility f join place fp on fp.id = f.id left join place up on up.id = fp.parent_id left join last_visit v on v.facility_id = f.id "
        f"where {' and '.join(parts)} order by fp.path limit {PAGE + 1}", plan.id, *given,
    )  # fmt: skip
    return [Seen(visitors=_names(row.pop("inspectors")), **row) for row in found]


async def last_visits(paths: tuple[str, ...]) -> dict[str, tuple[dt.date, str]]:
    """For each facility below these paths the day of its last visit and the names of who made it."""
    scope, values = below("fp.path", paths)
    found = await rows(f"select v.facility_id, v.visited_on, v.inspectors from last_visit v join place fp on fp.id = v.facility_id where {scope}", *values)
    return {row["facility_id"]: (row["visited_on"], _names(row["inspectors"])) for row in found}


def _names(inspectors: str | None) -> str:
    return "、".join(name for _, name in msgspec.json.decode(inspectors)) if inspectors else ""


async def inspectors(path: str) -> list[Inspector]:
    """Those who inspect somewhere below this path today, by name; one line for each of their places."""
    scope, values = below("pl.path", (path,))
    above, today = paths_above(path), clock.today()
    found = await rows(
        "select distinct p.id, p.name, pl.name as place, pl.path from standing st join person p on p.id = st.person_id join place pl on pl.id = st.place_id "
        f"where st.role = 'inspector' and p.state = 'active' and {CURRENT} and ({scope} or {among('pl.path', above)}) order by p.name, p.id, pl.path",
        today, today, *values, *above,
    )  # fmt: skip
    return [Inspector(**row) for row in found]


async def avoidances(actor: Actor) -> list[Avoidance]:
    """Conflicts that hold, at the places that the actor keeps, by facility."""
    scope, values = below("v.place_path", actor.paths(*KEEPERS))
    found = await rows(
        "select v.id, v.person_id, p.name as person, v.facility_id, fp.name as facility, v.reason, v.declared_at, v.declared_by from avoidance v "
        f"join person p on p.id = v.person_id join place fp on fp.id = v.facility_id where {scope} and v.ended_at is null order by v.place_path, p.name, v.id limit 1000",
        *values,
    )  # fmt: skip
    return [Avoidance(**row) for row in found]


async def keeps_avoidance(actor: Actor, id: str) -> bool:
    """Whether there is such a conflict, ended or not, at a place that the actor keeps."""
    scope, values = below("place_path", actor.paths(*KEEPERS))
    return await one(f"select 1 as n from avoidance where id = ? and {scope}", id, *values) is not None


async def choices(actor: Actor) -> list[tuple[str, str]]:
    """(id, name) of the open facilities that the actor keeps, in the order of the tree."""
    scope, values = below("fp.path", actor.paths(*KEEPERS))
    found = await rows(f"select f.id, fp.name from facility f join place fp on fp.id = f.id where {scope} and not fp.is_closed order by fp.path limit {MOST_ROWS}", *values)
    return [(row["id"], row["name"]) for row in found]


# Draws


async def draws(actor: Actor, plan: str) -> list[Draw]:
    scope, values = below("p.place_path", actor.paths(*KEEPERS))
    found = await rows(f"select d.id, d.plan_id, d.number, d.sha256, d.drawn_at, d.record from draw d join plan p on p.id = d.plan_id where d.plan_id = ? and {scope} order by d.number", plan, *values)
    return [_draw(row) for row in found]


async def draw(actor: Actor, id: str) -> Draw | None:
    scope, values = below("p.place_path", actor.paths(*KEEPERS))
    found = await one(f"select d.id, d.plan_id, d.number, d.sha256, d.drawn_at, d.record from draw d join plan p on p.id = d.plan_id where d.id = ? and {scope}", id, *values)
    return _draw(found) if found else None


async def raw_draw(actor: Actor, id: str) -> bytes | None:
    """The record as it is kept, byte by byte: its SHA-256 stands in the history."""
    scope, values = below("p.place_path", actor.paths(*KEEPERS))
    found = await one(f"select d.record from draw d join plan p on p.id = d.plan_id where d.id = ? and {scope}", id, *values)
    return found["record"].encode() if found else None


def _draw(row: dict[str, Any]) -> Draw:
    return Draw(**{**row, "record": msgspec.json.decode(row["record"], type=lots.Record)})


async def verify_records() -> list[str]:
    """Every draw that is not as the history says: changed, gone, or never made."""
    told = {}
    for row in await rows("select data from event where kind = 'plan.drawn'"):
        data = msgspec.json.decode(row["data"])
        told[data["draw"]] = data["sha256"]
    found = await rows("select id, number, record from draw order by id")
    faults = [f"draw {row['id']} is not as it was made" for row in found if told.pop(row["id"], None) != lots.commitment(row["record"])]
    return faults + [f"draw {id} is gone" for id in told]


# For phones and facilities


async def mine(actor: Actor) -> list[Mine]:
    """The open visits handed to this inspector on plans that are out, the first due first."""
    found = await rows(
        "select a.id, a.facility_id, fp.name as facility, a.place_path, p.title, p.note, p.kind, p.mode, p.checklist, p.parts, a.due_on, "
        "case when a.first_id = ? then f2.name else f1.name end as partner "
        f"{ASSIGNMENTS} where (a.first_id = ? or a.second_id = ?) and a.visit_id is null and not a.is_withdrawn and p.state = 'open' order by a.due_on, a.place_path, a.id limit 500",
        actor.id, actor.id, actor.id,
    )  # fmt: skip
    every = [Mine(**{**row, "parts": msgspec.json.decode(row["parts"], type=tuple[str, ...]), "partner": row["partner"] or ""}) for row in found]
    return [one for one in every if actor.has("inspector", one.place_path)]


async def due_at(actor: Actor, path: str) -> list[tuple[str, str]]:
    """(id, words) of the open visits to the facility with this path on plans that are out, for whoever inspects or keeps plans there; the first due first."""
    scope, values = below("a.place_path", actor.paths("inspector", *KEEPERS))
    found = await rows(
        "select a.id, p.title, a.due_on from assignment a join plan p on p.id = a.plan_id "
        f"where a.place_path = ? and a.visit_id is null and not a.is_withdrawn and p.state = 'open' and {scope} order by a.due_on, a.id limit 50",
        path, *values,
    )  # fmt: skip
    return [(row["id"], f"{row['title']}　{row['due_on']}") for row in found]


async def announced(actor: Actor) -> list[Announced]:
    """What the actor's facilities may know: 已告知 visits of plans that are out, not yet made. Of 四不两直 and 双随机 nothing, ever."""
    scope, values = below("a.place_path", actor.paths("contact"))
    found = await rows(
        "select fp.name as facility, p.title, p.kind, a.due_on, p.from_on, pl.name as bureau from assignment a join plan p on p.id = a.plan_id "
        "join place fp on fp.id = a.facility_id join place pl on pl.id = p.place_id "
        f"where {scope} and p.mode = 'announced' and p.state = 'open' and a.visit_id is null and not a.is_withdrawn order by a.due_on, a.id limit 200", *values,
    )  # fmt: skip
    return [Announced(**row) for row in found]


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
