"""What the forms of plans say, and the commands that it makes."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import msgspec

from server.foundation.refusal import Refusal
from server.people.rules import id_for


class Written(msgspec.Struct):
    """The form of a plan. parts: "KEY|PART", all of one check table. coverage: all, or draw (then draw_count)."""

    _id: str
    title: str
    kind: str
    mode: str
    from_on: dt.date
    until_on: dt.date
    place: str = ""
    below: str = ""
    coverage: str = "all"
    draw_count: int = 0
    types: list[str] = []
    parts: list[str] = []
    note: str = ""
    seen: int = 0

    @property
    def details(self) -> dict[str, Any]:
        chosen = [part.partition("|") for part in self.parts]
        keys = {key for key, _, _ in chosen}
        if len(keys) != 1:
            raise Refusal("plan.checklist").at("parts")
        if self.coverage == "draw" and self.draw_count < 1:  # 0 would mean all of them
            raise Refusal("plan.draws_none").at("draw_count")
        return {
            "title": self.title, "kind": self.kind, "mode": self.mode, "from_on": self.from_on, "until_on": self.until_on, "checklist": keys.pop(),
            "parts": [part for _, _, part in chosen], "below": self.below or self.place, "types": self.types,
            "draw_count": self.draw_count if self.coverage == "draw" else 0, "note": self.note,
        }  # fmt: skip

    @property
    def made(self) -> dict[str, Any]:
        return {"id": id_for(self._id, "plan"), "place": self.place, "details": self.details}


class Act(msgspec.Struct):
    """What any step with a plan may say."""

    _id: str
    assignments: list[str] = []
    facilities: list[str] = []
    inspectors: list[str] = []
    assignment: str = ""
    visit: str = ""
    first: str = ""
    second: str = ""
    due_on: dt.date | None = None
    reason: str = ""


# Each step with a plan: the command it asks for, and with what
ACTS: dict[str, tuple[str, Callable[[str, Act], dict[str, Any]]]] = {
    "open": ("plans.open", lambda id, _: {"plan": id}),
    "end": ("plans.end", lambda id, _: {"plan": id}),
    "withdraw": ("plans.withdraw", lambda id, given: {"plan": id, "reason": given.reason}),
    "choose": ("plans.choose", lambda id, given: {"plan": id, "facilities": given.facilities, "due_on": given.due_on}),
    "hand": ("plans.hand_out", lambda _, given: {name: getattr(given, name) for name in ("assignments", "first", "second", "due_on", "reason")}),
    "spread": ("plans.spread", lambda id, given: {"plan": id, "inspectors": given.inspectors}),
    "drop": ("plans.drop", lambda _, given: {"assignment": given.assignment, "reason": given.reason}),
    "merge": ("plans.merge", lambda _, given: {"assignment": given.assignment, "visit": given.visit, "reason": given.reason}),
}  # fmt: skip


class Drawing(msgspec.Struct):
    _id: str
    count: int = 0
    within_days: int = 0
    recent: str = "out"
    avoid_last: str = ""
    inspectors: list[str] = []
    words: str = ""
    reason: str = ""

    def of(self, plan: str) -> dict[str, Any]:
        settings = {"count": self.count, "within_days": self.within_days, "recent": self.recent, "avoid_last": bool(self.avoid_last)}
        return {"id": id_for(self._id, "draw"), "plan": plan, "rules": settings, "inspectors": self.inspectors, "words": self.words, "reason": self.reason}


class Avoiding(msgspec.Struct):
    _id: str
    person: str
    facility: str
    reason: str

    @property
    def payload(self) -> dict[str, Any]:
        return {"id": id_for(self._id, "avoidance"), "person": self.person, "facility": self.facility, "reason": self.reason}


class Handing(msgspec.Struct):
    _id: str
    giver: str
    taker: str
    reason: str
    assignments: list[str] = []

    @property
    def payload(self) -> dict[str, Any]:
        return {"giver": self.giver, "taker": self.taker, "assignments": self.assignments, "reason": self.reason}
