"""What reading plans returns: frozen rows, with what is computed of them."""

import datetime as dt
from collections.abc import Callable

import msgspec

from server.foundation import clock
from server.foundation.words import Words
from server.lists.rules import Filtering
from server.plans import lots, rules


class Plan(msgspec.Struct, frozen=True):
    """One plan; the seed of its next draw is not among this. done, left: how many of its visits."""

    id: str
    place_id: str
    place_path: str
    place: str
    below_id: str
    below: str
    below_path: str
    kind: str
    mode: str
    title: str
    note: str
    from_on: dt.date
    until_on: dt.date
    checklist: str
    parts: tuple[str, ...]
    types: tuple[str, ...]
    draw_count: int
    state: str
    reason: str
    commitment: str
    draws: int
    revision: int
    made_at: dt.datetime
    made_by: str
    done: int = 0
    every: int = 0
    doubled: int = 0

    @property
    def reach(self) -> tuple[str, ...]:
        """Below which path its facilities lie; nothing, once the place that it is for has gone to another bureau."""
        return (self.below_path,) if self.below_path.startswith(self.place_path) else ()


class Assignment(msgspec.Struct, frozen=True):
    id: str
    plan_id: str
    facility_id: str
    facility: str
    bureau: str | None
    place_path: str
    first_id: str | None
    second_id: str | None
    first: str | None
    second: str | None
    due_on: dt.date
    draw_id: str | None
    visit_id: str | None
    done_on: dt.date | None
    is_doubled: bool
    is_withdrawn: bool
    reason: str
    plan_state: str
    title: str
    mode: str

    @property
    def stands(self) -> str:
        return rules.stands(self.is_withdrawn, self.visit_id, self.due_on, self.plan_state, clock.today())

    @property
    def is_open(self) -> bool:
        return not self.is_withdrawn and self.visit_id is None and self.plan_state in ("draft", "open")


class Taken(msgspec.Struct, frozen=True):
    """A visit made on an assignment, with its plan."""

    id: str
    assignment_id: str
    number: str
    visited_on: dt.date
    inspectors: str
    how: str
    second_of: str | None
    plan_id: str
    title: str
    stands_id: str | None
    is_doubled: bool


class Seen(msgspec.Struct, frozen=True):
    """A facility that may be chosen, and its last visit."""

    id: str
    name: str
    bureau: str | None
    type: str
    path: str
    visited_on: dt.date | None
    visitors: str
    is_planned: bool

    @property
    def is_just_visited(self) -> bool:
        return self.visited_on is not None and (clock.today() - self.visited_on).days <= rules.JUST


class Inspector(msgspec.Struct, frozen=True):
    id: str
    name: str
    place: str
    path: str

    def inspects(self, path: str) -> bool:
        return path.startswith(self.path)


class Avoidance(msgspec.Struct, frozen=True):
    id: str
    person_id: str
    person: str
    facility_id: str
    facility: str
    reason: str
    declared_at: dt.datetime
    declared_by: str


class Draw(msgspec.Struct, frozen=True):
    id: str
    plan_id: str
    number: int
    sha256: str
    drawn_at: dt.datetime
    record: lots.Record


SAID: dict[str, Words | Callable[[str], Words]] = {
    "state": lambda key: Words("各种状态", "Any state") if key == "all" else rules.WORKFLOW.state(key).words, "kind": lambda key: rules.KINDS[key],
    "mode": lambda key: rules.MODES[key], "q": Words("“{it}”", "“{it}”"),
}  # fmt: skip
KNOWN = {"state": ("now", "all", *(state.key for state in rules.WORKFLOW.states)), "kind": rules.KINDS, "mode": rules.MODES}


class Filters(Filtering, frozen=True):
    """What the address of the list says. state: a state's key, "now" (draft and open) or "all"."""

    state: str = "now"
    kind: str = ""
    mode: str = ""
    q: str = ""

    words = SAID


class Mine(msgspec.Struct, frozen=True):
    """A visit that an inspector is to make. partner: whom with."""

    id: str
    facility_id: str
    facility: str
    place_path: str
    title: str
    note: str
    kind: str
    mode: str
    checklist: str
    parts: tuple[str, ...]
    due_on: dt.date
    partner: str


class Announced(msgspec.Struct, frozen=True):
    """A visit that its facility is told of beforehand."""

    facility: str
    title: str
    kind: str
    due_on: dt.date
    from_on: dt.date
    bureau: str
