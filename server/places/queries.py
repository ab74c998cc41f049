"""Reading the tree as an administrator sees it: bureaus and offices with what stands below them."""

import datetime as dt

import msgspec

from server.database.rows import among, below, one, rows
from server.foundation import clock
from server.foundation.actor import Actor
from server.problems.workflow import OPEN

NODE = (
    "pl.id, pl.parent_id, pl.path, pl.kind, pl.name, pl.mark, pl.code, pl.telephone, pl.is_closed, pl.closed_on, pl.closed_why, pl.into_id, "
    "into_place.name as into_name, up.name as parent, up.path as parent_path"
)
FROM = "from place pl left join place up on up.id = pl.parent_id left join place into_place on into_place.id = pl.into_id"


class Node(msgspec.Struct, frozen=True):
    """One place. deep: how many places stand above it within the tree."""

    id: str
    parent_id: str | None
    path: str
    kind: str
    name: str
    mark: str
    code: str
    telephone: str
    is_closed: bool
    closed_on: dt.date | None
    closed_why: str
    into_id: str | None
    into_name: str | None
    parent: str | None
    parent_path: str | None

    @property
    def deep(self) -> int:
        return self.path.count("/") - 1


class Held(msgspec.Struct, frozen=True):
    """What stands at and below a place today."""

    facilities: int
    closed: int
    people: int
    problems: int


async def tree(actor: Actor) -> list[Node]:
    """All bureaus and offices that the actor administers, closed ones too, in the order of the tree. Facilities are counted, not listed."""
    scope, values = below("pl.path", actor.paths("administrator"))
    found = await rows(f"select {NODE} {FROM} where {scope} and pl.kind <> 'facility' order by pl.path", *values)
    return [Node(**row) for row in found]


async def facilities_under(actor: Actor) -> dict[str, tuple[int, int]]:
    """(open, closed) facilities directly under each bureau that the actor administers."""
    scope, values = below("path", actor.paths("administrator"))
    found = await rows(
        "select parent_id, sum(case when is_closed then 0 else 1 end) as working, count(*) as n from place "
        f"where {scope} and kind = 'facility' group by parent_id", *values,
    )  # fmt: skip
    return {row["parent_id"]: (int(row["working"]), int(row["n"]) - int(row["working"])) for row in found}


async def node(actor: Actor, id: str) -> Node | None:
    """The place, if the actor administers it."""
    scope, values = below("pl.path", actor.paths("administrator"))
    found = await one(f"select {NODE} {FROM} where pl.id = ? and {scope}", id, *values)
    return Node(**found) if found else None


async def held(place: Node) -> Held:
    """What a close or a move would touch. The caller has made sure that the place may be seen."""
    scope, values = below("path", (place.path,))
    counted = await one(f"select count(*) as n, sum(case when is_closed then 1 else 0 end) as closed from place where {scope} and kind = 'facility'", *values)
    scope, values = below("pl.path", (place.path,))
    people = await one(
        f"select count(distinct st.person_id) as n from standing st join place pl on pl.id = st.place_id where {scope} "
        "and (st.until_on is null or st.until_on >= ?)", *values, clock.today(),
    )  # fmt: skip
    scope, values = below("place_path", (place.path,))
    still = await one(f"select count(*) as n from problem where {scope} and {among('state', OPEN)}", *values, *OPEN)
    closed = int(counted["closed"] or 0) if counted else 0
    return Held((counted["n"] if counted else 0) - closed, closed, people["n"] if people else 0, still["n"] if still else 0)


async def namesakes(actor: Actor, place: Node) -> list[Node]:
    """Open places of the same kind, near it first: what it may be merged into."""
    scope, values = below("pl.path", actor.paths("administrator"))
    found = await rows(
        f"select {NODE} {FROM} where {scope} and pl.kind = ? and not pl.is_closed and pl.id <> ? "
        "order by case when pl.parent_id = ? then 0 else 1 end, pl.path limit 500", *values, place.kind, place.id, place.parent_id,
    )  # fmt: skip
    return [Node(**row) for row in found]
