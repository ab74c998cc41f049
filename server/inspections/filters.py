"""What the address of the list of visits says, and what it means for the rows: conditions in SQL, their values, the order."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import msgspec

from server.database.rows import Branch
from server.facilities.rules import TYPES
from server.foundation import clock
from server.foundation.words import Words
from server.inspections.rules import SOURCES
from server.lists.rules import Filtering, begins, day
from server.plans.rules import KINDS, MODES

KNOWN = {"type": TYPES, "kind": KINDS, "mode": MODES, "source": SOURCES, "problems": ("yes",), "amended": ("yes",), "away": ("yes",), "vouched": ("yes",), "news": ("1",)}
SAID: dict[str, Words | Callable[[str], Words]] = {
    "type": lambda key: TYPES[key], "kind": lambda key: KINDS[key], "mode": lambda key: MODES[key], "place": Words("{it}", "{it}"), "facility": Words("{it}", "{it}"),
    "person": Words("检查人：{it}", "Inspector: {it}"), "source": lambda key: SOURCES[key], "problems": lambda _: Words("有问题", "With problems"),
    "amended": lambda _: Words("更正过", "Amended"), "away": lambda _: Words("提交时已调离或离岗", "Inspector gone since"), "vouched": lambda _: Words("人工核收", "Taken in by hand"),
    "since": Words("{it} 起", "from {it}"), "until": Words("到 {it}", "until {it}"),
    "news": lambda _: Words("上次之后收到", "In since last time"), "q": Words("“{it}”", "“{it}”"),
}  # fmt: skip


class Filters(Filtering, frozen=True):
    """place: a bureau's id; person: an inspector's; problems, amended, away (an inspector who inspects there no more), vouched (taken in by hand): "yes"; since, until: days of the visit; news: "1", what came in since the last look."""

    q: str = ""
    facility: str = ""
    type: str = ""
    place: str = ""
    kind: str = ""
    mode: str = ""
    person: str = ""
    source: str = ""
    problems: str = ""
    amended: str = ""
    away: str = ""
    vouched: str = ""
    since: str = ""
    until: str = ""
    news: str = ""

    words = SAID

    @property
    def column(self) -> str:
        """What the list is sorted by, the latest first: the hour at which a visit ended, or at which what is new came in."""
        return "i.received_at" if self.news else "i.finished_at"

    def conditions(self, actor_id: str, since: dt.datetime | None) -> Branch:
        """All but place and person, joined by "and". since: from when on what came in is news."""
        parts: list[str] = []
        values: list[Any] = []

        def add(condition: str, *given: Any) -> None:
            parts.append(condition)
            values.extend(given)

        if self.facility:
            add("i.facility_id = ?", self.facility)
        for column, wanted in (("facility_type", self.type), ("kind", self.kind), ("mode", self.mode)):
            if wanted:
                add(f"i.{column} = ?", wanted)
        if self.source in SOURCES:
            add(f"i.source = '{self.source}'")  # written out, as the next two: so the indexes of the few are found
        if self.problems:
            add("i.failed > 0")
        if self.amended:
            add("i.revision > 0")
        if self.away:
            add("i.away <> ''")
        if self.vouched:
            add("i.vouched is not null")
        if on := day(self.since):
            add("i.finished_at >= ?", begins(on))
        if on := day(self.until):
            add("i.finished_at < ?", begins(on + dt.timedelta(days=1)))
        if self.news:
            add("i.received_at > ? and i.author_id <> ?", since or clock.now(), actor_id)
        for word in self.q.split()[:5]:
            add("(i.number like ? or i.inspectors like ? or i.facility_id in (select id from place where name like ?))", *[f"%{word}%"] * 3)
        return "".join(f" and {part}" for part in parts), values


def known(filters: Filters) -> Filters:
    """The same without what says nothing: a kind or day that there is not."""
    wrong = {name: "" for name in ("since", "until") if not day(getattr(filters, name))}
    return msgspec.structs.replace(filters.known(KNOWN), **wrong)
