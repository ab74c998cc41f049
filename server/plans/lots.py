"""双随机: which facilities, and which two inspectors each. No chance in it: the same lists and seed give the same lot.

docs/draws.md says it in ten lines, so that anyone can repeat it by hand.
"""

import datetime as dt
import hashlib
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Literal

import msgspec

from server.foundation.refusal import Refusal, declare, no

MOST = 300  # facilities in one draw

declare(
    {
        "draw.empty": no(
            422, "没有可抽的机构", "There is no facility to draw from",
            "请放宽计划范围，或改近期查过的规则", "Widen the plan's scope, or the rule for recent visits",
        ),
        "draw.inspectors": no(
            422, "抽取检查人至少要两人", "A draw needs at least two inspectors", "请再选检查人", "Choose more inspectors"
        ),
        "draw.conflict": no(
            422, "每一家都不足两名可派的检查人：其余的要回避，或不管那里", "No facility has two inspectors who may go: the others avoid it, or do not inspect there",
            "请增加检查人，或核对回避登记", "Add inspectors, or check the conflicts register",
        ),
        "draw.few": no(
            422, "只有 {count} 家可抽，不足 {wanted} 家", "Only {count} can be drawn, not {wanted}",
            "请减少抽取家数，或放宽近期查过的规则", "Draw fewer, or widen the rule for recent visits",
        ),
        "draw.many": no(
            422, "一次最多抽 {most} 家", "At most {most} in one draw", "请分几次抽，或缩小范围", "Draw several times, or narrow the scope"
        ),
    }
)  # fmt: skip


class Rules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """count: facilities wanted, 0 for all. recent: what becomes of those visited within so many days.

    avoid_last: whether who visited a facility last is spared it where another can go.
    """

    count: int = 0
    within_days: int = 0
    recent: Literal["out", "last", "same"] = "out"
    avoid_last: bool = True


class Site(msgspec.Struct, frozen=True):
    """A facility on the list. visited_by: ids. planned: it stands in the plan already."""

    id: str
    name: str
    visited_on: dt.date | None = None
    visited_by: tuple[str, ...] = ()
    planned: bool = False


class Inspector(msgspec.Struct, frozen=True):
    id: str
    name: str


class Barred(msgspec.Struct, frozen=True, order=True):
    """A person who may not go to a facility. why: conflict (回避) or place (no inspector there)."""

    person: str
    facility: str
    why: Literal["conflict", "place"] = "conflict"


class Pair(msgspec.Struct, frozen=True):
    facility: str
    first: str
    second: str


class Record(msgspec.Struct, frozen=True):
    """All of a draw. out: why a facility was left out, by id: planned, recent, barred; the rest were in the draw."""

    plan: str
    title: str
    number: int
    drawn_at: dt.datetime
    on: dt.date
    drawn_by: str
    commitment: str
    seed: str
    words: str
    rules: Rules
    facilities: tuple[Site, ...]
    inspectors: tuple[Inspector, ...]
    barred: tuple[Barred, ...]
    out: dict[str, str]
    result: tuple[Pair, ...]
    reason: str = ""
    format: str = "dugai-draw/1"


class Lists(msgspec.Struct, frozen=True):
    """What is drawn from, on a day."""

    on: dt.date
    rules: Rules
    facilities: tuple[Site, ...]
    inspectors: tuple[Inspector, ...]
    barred: tuple[Barred, ...] = ()


def commitment(seed: str) -> str:
    """What is shown of a seed before it is used."""
    return hashlib.sha256(seed.encode()).hexdigest()


def drawn(seed: str, lists: Lists) -> tuple[dict[str, str], tuple[Pair, ...]]:
    """Who was left out and why, and the lot in the order in which it was drawn. Refusals: draw.*."""
    if len({person.id for person in lists.inspectors}) < 2:
        raise Refusal("draw.inspectors").at("inspectors")
    out = left_out(lists)
    within = [site for site in lists.facilities if site.id not in out]
    if not within:
        blocked = "barred" in out.values()
        raise Refusal("draw.conflict" if blocked else "draw.empty").at("inspectors" if blocked else "count")
    wanted = lists.rules.count or len(within)
    if wanted > len(within):
        raise Refusal("draw.few", count=len(within), wanted=wanted).at("count")
    if wanted > MOST:
        raise Refusal("draw.many", most=MOST).at("count")
    last = lists.rules.recent == "last"
    order = sorted(within, key=lambda site: (last and _is_recent(site, lists), rank(seed, site.id)))[:wanted]
    return out, pairs(
        seed, [site.id for site in order], [person.id for person in lists.inspectors], {(b.person, b.facility) for b in lists.barred},
        {site.id: site.visited_by for site in order} if lists.rules.avoid_last else {},
    )  # fmt: skip


def left_out(lists: Lists) -> dict[str, str]:
    """Facilities that cannot be drawn, and why: planned, recent (by the rule), barred (fewer than two may go)."""
    barred: dict[str, set[str]] = {}
    for bar in lists.barred:
        barred.setdefault(bar.facility, set()).add(bar.person)
    everybody = {person.id for person in lists.inspectors}
    found = {}
    for site in lists.facilities:
        if site.planned:
            found[site.id] = "planned"
        elif lists.rules.recent == "out" and _is_recent(site, lists):
            found[site.id] = "recent"
        elif len(everybody - barred.get(site.id, set())) < 2:
            found[site.id] = "barred"
    return found


def _is_recent(site: Site, lists: Lists) -> bool:
    return site.visited_on is not None and (lists.on - site.visited_on).days < lists.rules.within_days


def rank(*words: str) -> str:
    """Where something stands in the order: SHA-256 of the words joined by |, in hexadecimal."""
    return hashlib.sha256("|".join(words).encode()).hexdigest()


# Who goes where


def pairs(seed: str, order: Sequence[str], people: Iterable[str], barred: set[tuple[str, str]], last: Mapping[str, Sequence[str]]) -> tuple[Pair, ...]:
    """Two inspectors for each facility, as evenly as those barred allow; every facility has at least two who may go."""
    return _Hands(seed, order, people, barred, last).dealt()


class _Hands:
    def __init__(self, seed: str, order: Sequence[str], people: Iterable[str], barred: set[tuple[str, str]], last: Mapping[str, Sequence[str]]) -> None:
        self.seed, self.order, self.last = seed, order, last
        self.people = sorted(set(people), key=lambda person: rank(seed, person))
        self.may = {site: [person for person in self._ranked(site) if (person, site) not in barred] for site in order}
        self.load = dict.fromkeys(self.people, 0)
        self.taken: dict[str, list[str]] = {}

    def _ranked(self, site: str) -> list[str]:
        return sorted(self.people, key=lambda person: rank(self.seed, site, person))

    def dealt(self) -> tuple[Pair, ...]:
        for site in self.order:  # the least burdened first; sorting keeps the order of rank among equals
            for person in sorted(self.may[site], key=lambda person: (self.load[person], self._was_there(person, site)))[:2]:
                self._give(site, person)
        _until_nothing_moves(self._relieve)
        _until_nothing_moves(self._spare)
        return tuple(Pair(site, *self._pair(site)) for site in self.order)

    def _pair(self, site: str) -> list[str]:
        return [person for person in self.may[site] if person in self.taken[site]]

    def _was_there(self, person: str, site: str) -> bool:
        return person in self.last.get(site, ())

    def _give(self, site: str, person: str, instead_of: str = "") -> None:
        if instead_of:
            self.taken[site].remove(instead_of)
            self.load[instead_of] -= 1
        self.taken.setdefault(site, []).append(person)
        self.load[person] += 1

    def _relieve(self) -> bool:
        """Move one visit from the most burdened to somebody with two less, by way of others where it must be."""
        least = min(self.load.values())
        for start in sorted(self.people, key=lambda person: -self.load[person]):
            if self.load[start] < least + 2:
                break  # nobody could be relieved any more
            came: dict[str, tuple[str, str]] = {}
            queue = deque([start])
            while queue:
                person = queue.popleft()
                if self.load[person] <= self.load[start] - 2:
                    self._follow(came, person, start)
                    return True
                for site, other in self._could_take(person):
                    if other != start and other not in came:
                        came[other] = (site, person)
                        queue.append(other)
        return False

    def _could_take(self, person: str) -> Iterable[tuple[str, str]]:
        for site in self.order:
            if person in self.taken[site]:
                yield from ((site, other) for other in self.may[site] if other not in self.taken[site])

    def _follow(self, came: Mapping[str, tuple[str, str]], person: str, start: str) -> None:
        while person != start:
            site, before = came[person]
            self._give(site, person, instead_of=before)
            person = before

    def _spare(self) -> bool:
        """Take a facility from somebody who visited it last, where one move or one exchange does it and no load grows uneven."""
        for site in self.order:
            for person in self._pair(site):
                if not self._was_there(person, site):
                    continue
                fresh = [other for other in self.may[site] if other not in self.taken[site] and not self._was_there(other, site)]
                for other in fresh:
                    if self.load[other] < self.load[person]:
                        self._give(site, other, instead_of=person)
                        return True
                if self._exchange(site, person, fresh):
                    return True
        return False

    def _exchange(self, site: str, person: str, fresh: Sequence[str]) -> bool:
        for elsewhere in self.order:
            if person in self.taken[elsewhere] or person not in self.may[elsewhere] or self._was_there(person, elsewhere):
                continue
            for other in fresh:
                if other in self.taken[elsewhere]:
                    self._give(site, other, instead_of=person)
                    self._give(elsewhere, person, instead_of=other)
                    return True
        return False


def _until_nothing_moves(step: Callable[[], bool]) -> None:
    while step():
        pass


# Repeating it


def differences(record: Record) -> list[str]:
    """What a repetition finds otherwise than the record says: commitment, out, result; nothing where all is equal."""
    if record.format != "dugai-draw/1" or not record.facilities or len(record.facilities) > 20_000 or len(record.inspectors) > 2_000:
        return ["format"]
    found = [] if commitment(record.seed) == record.commitment else ["commitment"]
    try:
        out, result = drawn(mixed(record.seed, record.words), Lists(record.on, record.rules, record.facilities, record.inspectors, record.barred))
    except Refusal:
        return [*found, "result"]
    return found + [name for name, again, said in (("out", out, record.out), ("result", result, record.result)) if again != said]


def mixed(seed: str, words: str) -> str:
    """The seed that is drawn with: the server's, and whatever the witness said."""
    return f"{seed}|{words}"
