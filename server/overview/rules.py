"""What a problem counts for, and what figures come of it. No officer is counted: an overview compares places and problems only.

A cell is (place, kind, day, value) with n problems, m of which can be late. Today stands in none of them: how old and how late a
problem is follows from the days of its cells when somebody looks, so midnight changes the figures without a job.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import msgspec

from server.facilities.rules import PARTIES, TYPES
from server.foundation import clock
from server.foundation.words import Words
from server.problems.rules import FROM_LEDGER, LEVELS, NO_CHECKLIST
from server.problems.workflow import OPEN, TO_PUT_RIGHT

VERSION = 1  # of these rules: another number makes every house count anew
WEEKS = 12  # back from this one
TOP, BUREAU = 11, 22  # characters of a path as far as the top, and the bureau below it: the places that figures are kept for
EVER = dt.date(1970, 1, 1)  # the day of what has none
# open, by value · open, by due day and value · open, by the visit's day and level · found, by the visit's week · closed, by week and days taken
STOCK, DUE, AGE, WEEK, SPENT = KINDS = ("stock", "due", "age", "week", "spent")
AGES = ((0, 7), (8, 14), (15, 30), (31, None))
Key = tuple[str, dt.date, str]


def cells(problem: Mapping[str, Any]) -> tuple[tuple[tuple[str, str, dt.date, str], int], ...]:
    """Every cell that this problem (a row) is one of, with 1 where it can be late there: those of its bureau, and those of the place above it."""
    return _cells(problem["place_path"][:BUREAU], *_counts_by(problem))


def counted(problem: Mapping[str, Any]) -> tuple[tuple[Key, int], ...]:
    """The same of one place."""
    return _keys(*_counts_by(problem))


def _counts_by(problem: Mapping[str, Any]) -> tuple[Any, ...]:
    """What of a problem decides how it is counted. The visit's day is that of its hour, as the lists have it."""
    return (
        clock.today(problem["found_at"]), problem["state"], problem["severity"], problem["party"], problem["facility_type"], problem["checklist"], problem.get("due_on"),
        problem.get("closed_on"), bool(problem.get("rework")), bool(problem.get("relapse_of")),
    )  # fmt: skip


@lru_cache(4096)  # the problems of a visit, and of a day, mostly count alike
def _cells(path: str, *counts_by: Any) -> tuple[tuple[tuple[str, str, dt.date, str], int], ...]:
    places = (path[:TOP], path) if len(path) > TOP else (path,)
    return tuple(((place, *key), late) for key, late in _keys(*counts_by) for place in places)


@lru_cache(4096)
def _keys(
    found: dt.date, state: str, severity: str, party: str, type: str, checklist: str, due: dt.date | None, closed: dt.date | None, is_returned: bool, is_relapse: bool
) -> tuple[tuple[Key, int], ...]:
    week = monday(found)
    keys: list[tuple[Key, int]] = [((WEEK, week, "found"), 0)]
    if is_returned:
        keys.append(((WEEK, week, "returned"), 0))
    if is_relapse:
        keys.append(((WEEK, week, "relapse"), 0))
    if state not in OPEN:
        keys.append(((WEEK, week, state), 0))
        if state == "closed" and closed:
            keys.append(((SPENT, monday(closed), str(max(0, (closed - found).days))), 0))
        return tuple(keys)
    late = int(state in TO_PUT_RIGHT and due is not None)
    keys += [((STOCK, EVER, f"state/{state}"), late), ((AGE, found, severity), 0)]
    for value in (f"severity/{severity}", f"party/{party}", f"type/{type}", f"checklist/{checklist.partition('/')[0] or NO_CHECKLIST}"):
        keys.append(((STOCK, EVER, value), late))
        if due is not None:
            keys.append(((DUE, due, value), late))
    return tuple(keys)


def monday(on: dt.date) -> dt.date:
    return on - dt.timedelta(days=on.weekday())


def sunday(today: dt.date) -> dt.date:
    return monday(today) + dt.timedelta(days=6)


def since(today: dt.date) -> dict[str, dt.date]:
    """For each kind the first day whose cells a figure of today needs."""
    return {STOCK: EVER, DUE: today, AGE: today - dt.timedelta(days=AGES[-2][1] or 0), WEEK: first_week(today), SPENT: first_week(today)}


def first_week(today: dt.date) -> dt.date:
    return monday(today) - dt.timedelta(weeks=WEEKS - 1)


class Figure(msgspec.Struct, frozen=True):
    """How many, and the list that holds exactly these."""

    n: int
    list: str


class Line(msgspec.Struct, frozen=True):
    """Open problems of one value: all, late, due by Sunday. overview: of the place that it is, if it is one; recheck: only of a place."""

    words: Words
    open: Figure
    late: Figure
    week: Figure
    recheck: Figure | None = None
    overview: str = ""


class Group(msgspec.Struct, frozen=True):
    """The open problems by one of their columns."""

    key: str
    words: Words
    lines: tuple[Line, ...]


class Age(msgspec.Struct, frozen=True):
    """Open problems whose visit was so many days ago, by level and in all."""

    words: Words
    levels: tuple[tuple[str, Figure], ...]
    all: Figure


class Week(msgspec.Struct, frozen=True):
    begins: dt.date
    ends: dt.date
    found: Figure
    closed: Figure


class Overview(msgspec.Struct, frozen=True):
    """All figures of a place. since: the day from which found, closed, returned, relapses, spent and weeks are counted.

    of_found: of those found since then, how many are closed; rate: in whole percent of those not withdrawn; spent: closed since
    then, whenever found; median: their days from visit to closing. None where there is nothing to divide.
    """

    open: Figure
    late: Figure
    week: Figure
    recheck: Figure
    since: dt.date
    found: Figure
    of_found: Figure
    withdrawn: Figure
    rate: int | None
    returned: Figure
    relapses: Figure
    spent: Figure
    median: float | None
    ages: tuple[Age, ...]
    weeks: tuple[Week, ...]
    groups: tuple[Group, ...]


class Sums:
    """Cells of all places of an overview, added up, and what they say today."""

    def __init__(self, today: dt.date, cells: Iterable[tuple[Key, int, int]]) -> None:
        self.today, last, first = today, sunday(today), first_week(today)
        self.stock: dict[str, list[int]] = defaultdict(lambda: [0, 0])  # open, of those can be late
        self.ahead: dict[str, list[int]] = defaultdict(lambda: [0, 0])  # due by Sunday; can be late, but not yet
        self.ages: dict[tuple[dt.date, str], int] = defaultdict(int)
        self.weeks: dict[tuple[dt.date, str], int] = defaultdict(int)
        self.closed: dict[dt.date, int] = defaultdict(int)
        self.spent: dict[int, int] = defaultdict(int)  # problems closed in these weeks by the days from visit to closing
        for (kind, on, value), n, m in cells:
            if kind == STOCK:
                self.stock[value][0] += n
                self.stock[value][1] += m
            elif kind == DUE and on >= today:
                self.ahead[value][0] += n if on <= last else 0
                self.ahead[value][1] += m
            elif kind == AGE:
                self.ages[on, value] += n
            elif kind == WEEK and on >= first:
                self.weeks[on, value] += n
            elif kind == SPENT and on >= first:
                self.closed[on] += n
                self.spent[int(value)] += n

    def open(self, value: str) -> int:
        return self.stock[value][0]

    def late(self, value: str) -> int:
        return self.stock[value][1] - self.ahead[value][1]

    def week(self, value: str) -> int:
        return self.ahead[value][0]

    def aged(self, level: str, since: dt.date, until: dt.date) -> int:
        return sum(n for (on, value), n in self.ages.items() if value == level and since <= on <= until)

    def found(self, value: str) -> int:
        return sum(n for (_, held), n in self.weeks.items() if held == value)


def overview(sums: Sums, place: Mapping[str, str], checklists: Mapping[str, Words]) -> Overview:
    """place: the filter of the lists that shows this place, {} for all that the reader reaches; checklists: titles by key."""
    first = first_week(sums.today)

    def figure(n: int, **filters: str) -> Figure:
        return Figure(n, address(place, **filters))

    def line(words: Words, key: str, value: str) -> Line:
        held = f"{key}/{value}"
        by = {key: value}
        return Line(words, figure(sums.open(held), **by), figure(sums.late(held), **by, due="late"), figure(sums.week(held), **by, due="week"))

    levels = [f"severity/{level}" for level in _with_others(LEVELS, sums, "severity")]
    found, closed, withdrawn = (sums.found(value) for value in ("found", "closed", "withdrawn"))
    spent, weeks = sums.spent, [first + dt.timedelta(weeks=n) for n in range(WEEKS)]
    return Overview(
        open=figure(sum(map(sums.open, levels))), late=figure(sum(map(sums.late, levels)), due="late"), week=figure(sum(map(sums.week, levels)), due="week"),
        recheck=figure(sums.open("state/awaiting_recheck"), state="awaiting_recheck"), since=first, found=figure(found, state="all", since=first.isoformat()),
        of_found=figure(closed, state="closed", since=first.isoformat()), withdrawn=figure(withdrawn, state="withdrawn", since=first.isoformat()),
        rate=round(100 * closed / (found - withdrawn)) if found > withdrawn else None,
        returned=figure(sums.found("returned"), state="all", again="returned", since=first.isoformat()),
        relapses=figure(sums.found("relapse"), state="all", again="relapse", since=first.isoformat()),
        spent=figure(sum(spent.values()), state="closed", closed_since=first.isoformat()), median=median(spent),
        ages=tuple(_age(sums, figure, *span) for span in AGES),
        weeks=tuple(_week(sums, figure, begins) for begins in weeks),
        groups=tuple(
            Group(key, words, tuple(line(named.get(value, Words(value, value)), key, value) for value in _with_others(named, sums, key)))
            for key, words, named in (
                ("severity", Words("等级", "Level"), LEVELS), ("party", Words("四方责任", "Party"), PARTIES), ("type", Words("机构类型", "Type of facility"), TYPES),
                ("checklist", Words("依据", "Basis"), {**checklists, NO_CHECKLIST: FROM_LEDGER}),
            )
        ),
    )  # fmt: skip


def _with_others(named: Iterable[str], sums: Sums, key: str) -> list[str]:
    """The values of a column that stand open now, those with a name in their order, others after them; levels and parties always."""
    held = [value.removeprefix(f"{key}/") for value, (n, _) in sums.stock.items() if n and value.startswith(f"{key}/")]
    known = [value for value in named if value in held or key in ("severity", "party")]
    return known + sorted(set(held) - set(known))


def _age(sums: Sums, figure: Any, youngest: int, oldest: int | None) -> Age:
    """Whose hour lies ahead of ours is young; what is older than the last span is what is left."""
    today = sums.today
    until = today - dt.timedelta(days=youngest) if youngest else None
    since = today - dt.timedelta(days=oldest) if oldest is not None else None
    days = {"since": since.isoformat() if since else "", "until": until.isoformat() if until else ""}
    found = []
    for level in _with_others(LEVELS, sums, "severity"):
        if since is None:
            n = sums.open(f"severity/{level}") - sums.aged(level, today - dt.timedelta(days=youngest - 1), dt.date.max)
        else:
            n = sums.aged(level, since, until or dt.date.max)
        found.append((level, figure(n, severity=level, **days)))
    words = Words(f"{youngest}–{oldest}", f"{youngest}–{oldest}") if oldest is not None else Words(f"{youngest - 1} 以上", f"over {youngest - 1}")
    return Age(words, tuple(found), figure(sum(one.n for _, one in found), **days))


def _week(sums: Sums, figure: Any, begins: dt.date) -> Week:
    ends = begins + dt.timedelta(days=6)
    return Week(
        begins, ends, figure(sums.weeks[begins, "found"], state="all", since=begins.isoformat(), until=ends.isoformat()),
        figure(sums.closed[begins], state="closed", closed_since=begins.isoformat(), closed_until=ends.isoformat()),
    )  # fmt: skip


def median(spent: Mapping[int, int]) -> float | None:
    """The middle of so many problems by the days that each took; between the two middle ones where their number is even."""
    count, seen, middle = sum(spent.values()), 0, list[int]()
    if not count:
        return None
    for days in sorted(spent):
        seen += spent[days]
        while len(middle) < 2 and seen > (count - 1 + len(middle)) // 2:
            middle.append(days)
    return sum(middle) / 2


def address(place: Mapping[str, str], **filters: str) -> str:
    """Of the list of problems with these filters."""
    said = "&".join([f"{name}={quote(value)}" for name, value in (*filters.items(), *place.items()) if value])
    return f"/problems?{said}" if said else "/problems"
