"""双随机: the same lists and seed give the same lot, nobody goes where they must not, and the work is spread."""

import datetime as dt
import hashlib
import itertools
import random
from typing import Any

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from server.foundation.refusal import Refusal
from server.plans import lots
from server.plans.lots import Barred, Inspector, Lists, Pair, Rules, Site, commitment, differences, drawn

ON = dt.date(2026, 11, 24)
NAMES = "周何冉牟谭"


def people(count: int) -> tuple[Inspector, ...]:
    return tuple(Inspector(f"p{n}", NAMES[n]) for n in range(count))


@st.composite
def lists(draw: Any, most_sites: int = 12, most_people: int = 5, conflicts: bool = True, rules: Rules | None = None) -> Lists:
    crew = people(draw(st.integers(2, most_people)))
    ids = [one.id for one in crew]
    sites = [
        Site(f"f{n}", f"示例{n}", draw(st.none() | st.dates(ON - dt.timedelta(days=200), ON)), tuple(draw(st.sets(st.sampled_from(ids), max_size=2))), draw(st.integers(0, 9)) == 0)
        for n in range(draw(st.integers(1, most_sites)))
    ]  # fmt: skip
    barred = draw(st.sets(st.builds(Barred, st.sampled_from(ids), st.sampled_from([one.id for one in sites])))) if conflicts else ()
    settings = rules or Rules(0, draw(st.integers(0, 200)), draw(st.sampled_from(["out", "last", "same"])), draw(st.booleans()))
    return Lists(ON, settings, tuple(sites), crew, tuple(barred))


def lot(seed: str, given: Lists) -> tuple[dict[str, str], tuple[Pair, ...]]:
    try:
        return drawn(seed, given)
    except Refusal:
        assume(False)
        raise


def load(given: Lists, pairs: tuple[Pair, ...]) -> dict[str, int]:
    found = {one.id: 0 for one in given.inspectors}
    for pair in pairs:
        found[pair.first] += 1
        found[pair.second] += 1
    return found


@given(st.text(max_size=20), lists())
def test_every_facility_gets_two_different_inspectors_who_may_go(seed: str, given: Lists) -> None:
    out, pairs = lot(seed, given)
    barred = {(bar.person, bar.facility) for bar in given.barred}
    for pair in pairs:
        assert pair.first != pair.second
        assert {(pair.first, pair.facility), (pair.second, pair.facility)} & barred == set()
    assert {pair.facility for pair in pairs} | set(out) == {site.id for site in given.facilities}
    assert len(pairs) == len({pair.facility for pair in pairs})


@given(st.text(max_size=20), lists(conflicts=False))
def test_without_conflicts_nobody_has_two_visits_more_than_another(seed: str, given: Lists) -> None:
    counts = load(given, lot(seed, given)[1]).values()
    assert max(counts) - min(counts) <= 1


@given(st.text(max_size=20), lists(most_sites=4, most_people=4, rules=Rules(0, 0, "same", True)))
def test_with_conflicts_the_work_is_as_even_as_any_way_of_handing_it_out(seed: str, given: Lists) -> None:
    """Held against every possible way."""
    _, pairs = lot(seed, given)
    barred = {(bar.person, bar.facility) for bar in given.barred}
    ways = [[two for two in itertools.combinations([p.id for p in given.inspectors], 2) if not {(x, pair.facility) for x in two} & barred] for pair in pairs]
    best = min(sum(count * count for count in load(given, tuple(Pair("", *two) for two in way)).values()) for way in itertools.product(*ways))
    assert sum(count * count for count in load(given, pairs).values()) == best


@given(st.text(max_size=20), lists(), st.randoms())
def test_the_order_of_the_lists_does_not_matter(seed: str, given: Lists, chance: random.Random) -> None:
    def shuffled(things: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(chance.sample(things, len(things)))

    other = msgspec.structs.replace(given, facilities=shuffled(given.facilities), inspectors=shuffled(given.inspectors), barred=shuffled(given.barred))
    assert lot(seed, given) == lot(seed, other) == lot(seed, given)


@given(lists(conflicts=False, rules=Rules(3, 90, "last")))
def test_those_just_visited_come_last_where_the_rule_says_so(given: Lists) -> None:
    _, pairs = lot("x", given)
    recent = {site.id: site.visited_on is not None and (ON - site.visited_on).days < 90 for site in given.facilities}
    order = [recent[pair.facility] for pair in pairs]
    assert order == sorted(order)
    left = [site for site in given.facilities if not site.planned and site.id not in {pair.facility for pair in pairs}]
    assert not (any(order) and any(not recent[site.id] for site in left)), "a fresh one was passed over for one just visited"


@given(lists(rules=Rules(0, 90, "out")))
def test_those_just_visited_or_in_the_plan_are_left_out_and_said_why(given: Lists) -> None:
    out, _ = lot("x", given)
    for site in given.facilities:
        recent = site.visited_on is not None and (ON - site.visited_on).days < 90
        assert (out.get(site.id) == "planned") == site.planned
        assert (out.get(site.id) == "recent") == (recent and not site.planned)


@given(st.text(max_size=10), lists(conflicts=False, rules=Rules(0, 0, "same", True)))
def test_who_was_there_last_goes_again_only_where_no_exchange_spares_them(seed: str, given: Lists) -> None:
    _, pairs = lot(seed, given)
    was = {site.id: set(site.visited_by) for site in given.facilities}
    counts = load(given, pairs)
    for pair in pairs:
        for person in {pair.first, pair.second} & was[pair.facility]:
            fresh = [p.id for p in given.inspectors if p.id not in (pair.first, pair.second) and p.id not in was[pair.facility]]
            assert not [p for p in fresh if counts[p] < counts[person]]
            for elsewhere in pairs:
                two = {elsewhere.first, elsewhere.second}
                assert not (person not in two and person not in was[elsewhere.facility] and two & set(fresh))


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (Lists(ON, Rules(), (), people(2)), "draw.empty"),
        (Lists(ON, Rules(), (Site("f", "示例"),), people(1)), "draw.inspectors"),
        (Lists(ON, Rules(), (Site("f", "示例"),), (people(1) * 2)), "draw.inspectors"),
        (Lists(ON, Rules(), (Site("f", "示例"),), people(3), (Barred("p0", "f"), Barred("p1", "f"))), "draw.conflict"),
        (Lists(ON, Rules(2), (Site("f", "示例"),), people(2)), "draw.few"),
        (Lists(ON, Rules(), tuple(Site(f"f{n}", "示例") for n in range(lots.MOST + 1)), people(2)), "draw.many"),
        (Lists(ON, Rules(within_days=30), (Site("f", "示例", ON),), people(2)), "draw.empty"),
    ],
)
def test_what_cannot_be_drawn_is_refused_in_words(given: Lists, code: str) -> None:
    with pytest.raises(Refusal, match=code) as refused:
        drawn("seed", given)
    assert refused.value.entry.status == 422


def test_the_order_is_that_of_sha_256_and_can_be_repeated_by_hand() -> None:
    sites = tuple(Site(id, id) for id in ("a", "b", "c", "d"))
    _, pairs = drawn("s|w", Lists(ON, Rules(2), sites, people(2)))
    by_hand = sorted("abcd", key=lambda id: hashlib.sha256(f"s|w|{id}".encode()).hexdigest())
    assert [pair.facility for pair in pairs] == by_hand[:2]


def record(**changed: Any) -> lots.Record:
    given = Lists(ON, Rules(2), tuple(Site(f"f{n}", f"示例{n}") for n in range(5)), people(3))
    out, result = drawn(lots.mixed("seed", "风调雨顺"), given)
    return msgspec.structs.replace(
        lots.Record(
            "plan", "示例计划", 1, dt.datetime(2026, 11, 24, tzinfo=dt.UTC), ON, "冉国强", commitment("seed"), "seed", "风调雨顺", given.rules, given.facilities,
            given.inspectors, given.barred, out, result,
        ),
        **changed,
    )  # fmt: skip


def test_a_record_repeats_and_any_change_of_it_is_found() -> None:
    assert differences(record()) == []
    kept = msgspec.json.decode(msgspec.json.encode(record()), type=lots.Record)
    assert differences(kept) == []
    assert differences(record(words="国泰民安")) == ["result"]
    assert differences(record(seed="other")) == ["commitment", "result"]
    assert differences(record(result=record().result[::-1])) == ["result"]
    assert differences(record(inspectors=people(1))) == ["result"]
    assert differences(record(out={"f1": "recent"})) == ["out"]
    assert differences(record(format="x")) == ["format"]


def test_a_large_draw_is_made_in_a_moment() -> None:
    """300 of 5,000 facilities among 60 inspectors, a third of them barred from each."""
    crew = tuple(Inspector(f"p{n}", "") for n in range(60))
    sites = tuple(Site(f"f{n}", "", None, (f"p{n % 60}", f"p{(n + 7) % 60}")) for n in range(5000))
    barred = tuple(Barred(f"p{n}", f"f{m}") for m in range(5000) for n in range(60) if (n * 7 + m) % 3 == 0)
    _, pairs = drawn("seed", Lists(ON, Rules(300), sites, crew, barred))
    assert len(pairs) == 300
