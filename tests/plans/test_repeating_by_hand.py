"""docs/draws.md, followed line by line by somebody who never saw our code: from the JSON file to the same lot."""

import datetime as dt
import hashlib
import json
from typing import Any

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from server.foundation.refusal import Refusal
from server.plans import lots
from tests.plans.test_drawing_lots import lists


def sha(*words: str) -> str:
    return hashlib.sha256("|".join(words).encode()).hexdigest()


def by_hand(file: dict[str, Any]) -> list[tuple[str, str, str]]:
    assert sha(file["seed"]) == file["commitment"]  # 1
    s, rules, on = file["seed"] + "|" + file["words"], file["rules"], dt.date.fromisoformat(file["on"])
    barred = {(one["person"], one["facility"]) for one in file["barred"]}
    people = [one["id"] for one in file["inspectors"]]
    sites = {one["id"]: one for one in file["facilities"]}

    def recent(site: str) -> bool:
        day = sites[site]["visited_on"]
        return bool(day) and (on - dt.date.fromisoformat(day)).days < rules["within_days"]

    ranking = {site: [p for p in sorted(people, key=lambda p, site=site: sha(s, site, p)) if (p, site) not in barred] for site in sites}
    within = [site for site in sites if not sites[site]["planned"] and not (rules["recent"] == "out" and recent(site)) and len(ranking[site]) >= 2]  # 2
    order = sorted(within, key=lambda site: sha(s, site))  # 3
    if rules["recent"] == "last":
        order = [site for site in order if not recent(site)] + [site for site in order if recent(site)]
    order = order[: rules["count"] or None]
    has: dict[str, set[str]] = {}
    was = {site: set(sites[site]["visited_by"]) if rules["avoid_last"] else set() for site in order}

    def load(person: str) -> int:
        return sum(person in two for two in has.values())

    for site in order:  # 4
        best = sorted(ranking[site], key=lambda p, site=site: (load(p), p in was[site], ranking[site].index(p)))
        has[site] = set(best[:2])
    while chain := next(filter(None, (shortest(start, order, ranking, has, load) for start in sorted(people, key=lambda p: (-load(p), sha(s, p))))), None):  # 5
        for site, giver, taker in chain:
            has[site] = has[site] - {giver} | {taker}
    while spare(order, ranking, has, was, load):  # 6
        pass
    return [(site, *[p for p in ranking[site] if p in has[site]]) for site in order]  # 7


def shortest(start: str, order: list[str], ranking: dict[str, list[str]], has: dict[str, set[str]], load: Any) -> list[tuple[str, str, str]] | None:
    """Every chain of a length before any longer one."""
    chains: list[tuple[str, list[tuple[str, str, str]]]] = [(start, [])]
    reached = {start}
    for person, chain in chains:
        if load(start) - load(person) >= 2:
            return chain
        for site in order:
            for other in ranking[site]:
                if person in has[site] and other not in has[site] and other not in reached:
                    reached.add(other)
                    chains.append((other, [*chain, (site, person, other)]))
    return None


def spare(order: list[str], ranking: dict[str, list[str]], has: dict[str, set[str]], was: dict[str, set[str]], load: Any) -> bool:
    for site in order:
        for person in [p for p in ranking[site] if p in has[site] & was[site]]:
            fresh = [p for p in ranking[site] if p not in has[site] | was[site]]
            for other in fresh:
                if load(other) < load(person):
                    has[site] = has[site] - {person} | {other}
                    return True
            for elsewhere in order:
                if person in ranking[elsewhere] and person not in has[elsewhere] | was[elsewhere]:
                    for other in fresh:
                        if other in has[elsewhere]:
                            has[site], has[elsewhere] = has[site] - {person} | {other}, has[elsewhere] - {other} | {person}
                            return True
    return False


@given(st.text(max_size=12), st.text(max_size=12), lists())
def test_whoever_follows_the_manual_gets_the_same(seed: str, words: str, given: lots.Lists) -> None:
    try:
        out, result = lots.drawn(lots.mixed(seed, words), given)
    except Refusal:
        assume(False)
        raise
    at = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
    record = lots.Record("p", "t", 1, at, given.on, "冉国强", lots.commitment(seed), seed, words, given.rules, given.facilities, given.inspectors, given.barred, out, result)
    file = json.loads(msgspec.json.encode(record))
    assert by_hand(file) == [(pair.facility, pair.first, pair.second) for pair in result]
