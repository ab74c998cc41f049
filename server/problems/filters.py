"""What the address of a list says, and what it means for the rows: conditions in SQL, their values, the order."""

import datetime as dt
from collections.abc import Callable, Container
from typing import Any

import msgspec

from server.database.rows import Branch
from server.facilities.rules import PARTIES, TYPES
from server.foundation import clock
from server.foundation.words import Words
from server.lists.rules import Filtering, begins, day
from server.problems.rules import LEVELS, NO_CHECKLIST
from server.problems.workflow import OPEN, TO_PUT_RIGHT, WORKFLOW

NEVER = dt.date(9999, 12, 31)  # where a problem without a due day stands in their order
ASKS = "p.extension_id <> ''"  # as its index says it
MARKS = {"supervised": "p.is_supervised", "referred": "p.is_referred", "asks": ASKS}
STATES = tuple(state.key for state in WORKFLOW.states)


class Order(msgspec.Struct, frozen=True):
    """How a list is sorted: by one column, then by id. down: the latest first."""

    key: str
    column: str
    down: bool

    @property
    def words(self) -> str:
        return "k desc, id desc" if self.down else "k, id"

    @property
    def beyond(self) -> str:
        """For VALUE, VALUE, ID. SQLite seeks by a row of columns but not by one of expressions: so the bound stands before it."""
        beyond = "<" if self.down else ">"
        return f"{self.column} {beyond}= ? and ({self.column}, p.id) {beyond} (?, ?)"

    def place(self, after: str) -> tuple[Any, Any, str] | None:
        """`VALUE~ID` as an address carries it, for `beyond`; None for what is no such place."""
        text, _, id = after.partition("~")
        try:
            value = dt.date.fromisoformat(text) if self.key in ("due", "closed") else dt.datetime.fromisoformat(text)
        except ValueError:
            return None
        if not 1970 < value.year < 9000 and value != NEVER:
            return None
        if isinstance(value, dt.datetime) and value.tzinfo is None:
            return None
        return value, value, id


FOUND = Order("found", "p.found_at", True)
DUE = Order("due", f"coalesce(p.due_on, '{NEVER}')", False)
CHANGED = Order("changed", "p.changed_at", True)
CLOSED = Order("closed", "p.closed_on", True)
AGAIN = {
    "returned": (Words("退回过", "Sent back"), "p.rework > 0"),
    "relapse": (Words("反弹", "Relapse"), "p.relapse_of is not null"),
}  # as their indexes have it


def _state(key: str) -> Words:
    return Words("各种状态", "Any state") if key == "all" else WORKFLOW.state(key).words


MARK_WORDS = {"supervised": Words("挂牌督办", "Special supervision"), "referred": Words("已移送", "Referred"), "asks": Words("申请延期", "More time asked for")}
SAID: dict[str, Words | Callable[[str], Words]] = {
    "state": _state, "severity": lambda key: LEVELS[key], "party": lambda key: PARTIES[key], "type": lambda key: TYPES[key],
    "place": Words("{it}", "{it}"), "facility": Words("{it}", "{it}"), "checklist": Words("{it}", "{it}"),
    "due": lambda key: Words("逾期", "Late") if key == "late" else Words("本周到期", "Due this week"),
    "again": lambda key: AGAIN[key][0], "closed_since": Words("{it} 起销号", "closed from {it}"), "closed_until": Words("到 {it} 销号", "closed until {it}"),
    "mark": lambda key: MARK_WORDS[key], "since": Words("{it} 起", "from {it}"), "until": Words("到 {it}", "until {it}"), "inspector": Words("检查人：{it}", "Inspector: {it}"),
    "waits": lambda _: Words("等我办理", "Waiting for me"), "news": lambda _: Words("上次之后的变化", "New since last time"), "q": Words("“{it}”", "“{it}”"),
}  # fmt: skip


class Filters(Filtering, frozen=True):
    """What the address says.

    state: a state's key, "open" or "all"; due: "late" or "week"; mark: one of MARKS; since, until: days of the visit; closed_since, closed_until: days of the closing;
    again: "returned" or "relapse"; place: id of a bureau; inspector: part of a name; checklist: its key, or "none"; waits: "me"; news: "1", what is new since the last look; sort: "found" or "due".
    """

    q: str = ""
    state: str = "open"
    severity: str = ""
    party: str = ""
    type: str = ""
    place: str = ""
    facility: str = ""
    due: str = ""
    mark: str = ""
    since: str = ""
    until: str = ""
    closed_since: str = ""
    closed_until: str = ""
    again: str = ""
    inspector: str = ""
    checklist: str = ""
    waits: str = ""
    news: str = ""
    sort: str = ""

    words = SAID

    @property
    def order(self) -> Order:
        """What is late or falls due is shown by its due day unless somebody says otherwise: so it is read from an index too."""
        if self.news:
            return CHANGED
        if self.is_of_closing:
            return CLOSED
        return DUE if self.sort == "due" or (self.due and self.sort != "found") else FOUND

    @property
    def is_of_closing(self) -> bool:
        return bool(self.closed_since or self.closed_until)

    @property
    def states(self) -> tuple[str, ...]:
        """The states asked for. What waits and what is new may stand anywhere unless a state is named; what has a day of closing is closed."""
        late = ("closed",) if self.is_of_closing else TO_PUT_RIGHT if self.due == "late" else OPEN if self.due == "week" else STATES
        wanted = (self.state,) if self.state in STATES else OPEN if self.state == "open" and not (self.news or self.is_of_closing) else STATES
        return tuple(state for state in wanted if state in late)

    def conditions(self, actor_id: str, since: dt.datetime | None) -> Branch:
        """All but state and place, joined by "and". since: from when on a change is news."""
        parts: list[str] = []
        values: list[Any] = []
        today = clock.today()

        def add(condition: str, *given: Any) -> None:
            parts.append(condition)
            values.extend(given)

        for column, wanted in (("severity", self.severity), ("facility_type", self.type), ("party", self.party)):
            if wanted:
                add(f"p.{column} = ?", wanted)
        if self.due == "late":
            add(f"{DUE.column} < ?", today)
        elif self.due == "week":
            add(f"{DUE.column} >= ? and {DUE.column} <= ?", today, today + dt.timedelta(days=6 - today.weekday()))
        if self.mark:
            add(MARKS[self.mark])
        if on := day(self.since):
            add("p.found_at >= ?", begins(on))
        if on := day(self.until):
            add("p.found_at < ?", begins(on + dt.timedelta(days=1)))
        if on := day(self.closed_since):
            add("p.closed_on >= ?", on)
        if on := day(self.closed_until):
            add("p.closed_on <= ?", on)
        if self.again:
            add(AGAIN[self.again][1])
        if self.inspector:
            add("p.inspectors like ?", f"%{self.inspector}%")
        if self.checklist == NO_CHECKLIST:
            add("p.checklist = ''")
        elif self.checklist:
            add("p.checklist >= ? and p.checklist < ?", f"{self.checklist}/", f"{self.checklist}0")  # 0 follows / in order
        if self.news:
            add("p.changed_at > ? and p.changed_by <> ?", since or clock.now(), actor_id)
        for word in self.q.split()[:5]:
            add(f"({WORDS} or p.facility_id in (select id from place where name like ?))", *[f"%{word}%"] * 5)
        return "".join(f" and {part}" for part in parts), values


WORDS = " or ".join(f"p.{column} like ?" for column in ("number", "what", "person", "point"))


def known(filters: Filters) -> Filters:
    """The same without what says nothing: a level, state or order that there is not."""
    said: dict[str, Container[str]] = {"severity": LEVELS, "party": PARTIES, "type": TYPES, "state": (*STATES, "open", "all"), "due": ("late", "week"), "mark": MARKS, "sort": ("due", "found"), "waits": ("me",), "news": ("1",), "again": AGAIN}
    plain = msgspec.structs.asdict(Filters())
    wrong = {name: plain[name] for name, values in said.items() if getattr(filters, name) not in values}
    wrong |= {name: "" for name in ("since", "until", "closed_since", "closed_until") if not day(getattr(filters, name))}
    if filters.sort == ("due" if filters.due else "found"):
        wrong["sort"] = ""  # as it would be anyway
    return msgspec.structs.replace(filters, **wrong)
