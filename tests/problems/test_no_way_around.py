"""Whatever anybody tries, in whatever order: nothing is closed without evidence and a third person, and late means what a slow count says."""

import asyncio
import datetime as dt
from collections.abc import Coroutine, Iterator
from typing import Any, ClassVar, TypeVar

import chinese_calendar
import hypothesis.strategies as st
import pytest
from hypothesis import given, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from server.foundation import clock
from server.foundation.actor import Actor, Standing
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.ledger.queries import history
from server.people import tables as people
from server.problems.filters import Filters
from server.problems.queries import Problem, extensions, listed, problem
from server.problems.rules import due_preset
from server.settings import Settings
from server.workdays.queries import corrections
from tests.conftest import House, _opened
from tests.problems.test_the_workflow import ACTS, TABLE, act
from tests.visits import FOOD, findings, photo, visit

Value = TypeVar("Value")
HANDS_ON = ("plan", "progress", "report")
TWO_ROUNDS = ("issue", "plan", "accept_plan", "report", "fail", "report", "pass", "close")


class Bench:
    """A house that synchronous tests drive, its people, and a photo of each."""

    def __init__(self, runner: asyncio.Runner, house: House) -> None:
        self.runner, self.house, self.points = runner, house, 0
        world = house.world
        roles = tuple(Standing(role, place, world.paths[place]) for role, place in (("inspector", world.wanzhou), ("supervisor", world.wanzhou), ("contact", world.home)))
        self.people = [world.inspector, world.second, world.supervisor, world.contact, *(Actor(new_id(), f"多面手{n}", roles) for n in range(2))]
        for jack in self.people[4:]:
            self.run(house.ledger.keep(add=[
                (people.Person, {"id": jack.id, "name": jack.name, "sign_in": jack.id, "password": None, "state": "active", "lang": "zh"}),
                *((people.Standing, {"id": new_id(), "person_id": jack.id, "place_id": one.place_id, "role": one.role, "from_on": dt.date(2020, 1, 1)}) for one in roles),
            ]))  # fmt: skip
        self.shots = {person.id: self.run(photo(house, person, f"shot {person.id}")) for person in self.people}
        self.before, self.after = (self.run(photo(house, world.inspector, words)) for words in ("before", "after"))

    def run(self, asked: Coroutine[Any, Any, Value]) -> Value:
        return self.runner.run(asked)

    def recorded(self, severity: str = "general", fixed: bool = False) -> str:
        """A new problem, by a visit of both inspectors."""
        self.points += 1
        noted = self.run(findings(self.house, (FOOD, f"点位{self.points}"), severity=severity, fixed=fixed, photos=[self.before], after=[self.after] if fixed else []))
        receipt = self.run(self.house.perform(self.house.world.inspector, "inspections.submit", self.run(visit(self.house, noted))))
        return str(receipt["problems"][0]["problem"])

    def stands(self, id: str) -> Problem:
        found = self.run(problem(self.house.world.supervisor, id))
        assert found is not None
        return found


@pytest.fixture
def bench(settings: Settings) -> Iterator[Bench]:
    with asyncio.Runner() as runner:
        context = _opened(settings)
        house = runner.run(context.__aenter__())
        try:
            yield Bench(runner, house)
        finally:
            runner.run(context.__aexit__(None, None, None))


class Attempts(RuleBasedStateMachine):
    """Six people, two of whom hold every role, take any step at any time. What was done is kept beside it, by the test's own table."""

    bench: ClassVar[Bench]
    closed: ClassVar[int] = 0

    @initialize(severity=st.sampled_from(["general", "general", "serious", "critical"]), fixed=st.sampled_from([False, False, False, True]))
    def begin(self, severity: str, fixed: bool) -> None:
        self.fixed, self.severity = fixed, severity
        self.id = self.bench.recorded(severity, fixed)
        self.state, self.done = "fixed_on_spot" if fixed else "recorded", list[tuple[str, str, int]]()  # (act, who, photos)

    @rule(who=st.integers(0, 5), n=st.integers(0, 9), photos=st.booleans())
    def go_on(self, who: int, n: int, photos: bool) -> None:
        """A step that the state allows, by anybody: so that the end of the way is reached."""
        ways = [name for (state, name), target in TABLE.items() if state == self.state and target not in ("", "withdrawn")]
        if ways:
            self.attempt(ways[n % len(ways)], self.bench.people[who], photos)

    @rule(who=st.integers(0, 5), name=st.sampled_from(ACTS), photos=st.booleans())
    def try_anything(self, who: int, name: str, photos: bool) -> None:
        self.attempt(name, self.bench.people[who], photos)

    @rule(orders=st.lists(st.permutations(range(6)), min_size=len(TWO_ROUNDS), max_size=len(TWO_ROUNDS)))
    def everybody_pushes_it_through_two_rounds(self, orders: list[list[int]]) -> None:
        """All try to re-check and to close until somebody is let, whoever had a hand in it before all others."""
        for name, order in zip(TWO_ROUNDS, orders, strict=True):
            hands = {who for _, who, _ in self.done} if name in ("fail", "pass", "close") else set()
            for actor in sorted((self.bench.people[who] for who in order), key=lambda actor: actor.id not in hands):
                if self.attempt(name, actor, True):
                    break

    def attempt(self, name: str, actor: Actor, photos: bool) -> bool:
        """Whether it was done."""
        due, shots = clock.today() + dt.timedelta(days=9), [self.bench.shots[actor.id]] if photos else []
        asked = self.bench.run(extensions(self.id))
        told: dict[str, dict[str, Any]] = {
            "issue": {"due_on": due, "person": "谭秀梅"}, "plan": {"cause": "a", "measures": "b", "person": "c"}, "progress": {"text": "x", "photos": shots},
            "report": {"text": "x", "photos": shots}, "pass": {"record": "x", "photos": shots}, "fail": {"record": "x", "photos": shots, "due_on": due},
            "accept_plan": {}, "close": {}, "ask_extension": {"wished_on": due + dt.timedelta(days=len(asked) + 1), "reason": "x"},
            "grant_extension": {"extension": asked[-1].id if asked else new_id(), "due_on": due + dt.timedelta(days=len(asked))},
            "refuse_extension": {"extension": asked[-1].id if asked else new_id(), "reason": "x"}, "supervise": {"to": "x", "reason": "x"}, "assign": {"person": f"x{len(self.done)}"}, "set_due": {"due_on": due + dt.timedelta(days=len(self.done) + 1), "reason": "x"}, "refer": {"to": "x", "reason": "x"},
        }  # fmt: skip
        before = self.bench.stands(self.id)
        try:
            self.bench.run(act(self.bench.house, actor, name, self.id, **told.get(name, {"reason": "x"})))
        except Refusal:
            assert self.bench.stands(self.id) == before, "what is refused changes nothing"
            return False
        assert (self.state, name) in TABLE, f"{name} from {self.state}"
        assert not (name in ("report", "progress") and self.state == "issued" and self.severity != "general"), "a plan was wanted first"
        self.state = TABLE[self.state, name] or self.state
        self.done.append((name, actor.id, len(shots)))
        return True

    @invariant()
    def it_stands_where_its_steps_lead(self) -> None:
        if hasattr(self, "id"):
            found = self.bench.stands(self.id)
            assert found.state == self.state
            assert found.rework == sum(name == "fail" for name, _, _ in self.done)
            assert found.extensions == sum(name == "grant_extension" for name, _, _ in self.done)

    @invariant()
    def nothing_is_closed_without_evidence_and_a_third_person(self) -> None:
        if getattr(self, "state", "") != "closed":
            return
        type(self).closed += 1
        names = [name for name, _, _ in self.done]
        closer = self.done[names.index("close")][1]
        world = self.bench.house.world
        if self.fixed:
            shown = self.bench.run(history(self.id))[0].data["photos"]
            assert {self.bench.before, self.bench.after} <= set(shown)
            assert closer not in (world.inspector.id, world.second.id)
            return
        last = max(n for n, name in enumerate(names) if name == "report")
        decided = [(name, who) for name, who, _ in self.done[last:] if name in ("pass", "fail")]
        assert self.done[last][2] > 0, "the last report shows what was put right"
        assert [name for name, _ in decided] == ["pass"]
        rectified = {who for name, who, _ in self.done if name in HANDS_ON}
        rechecked = {who for name, who, _ in self.done if name in ("pass", "fail")}
        assert decided[0][1] not in rectified
        assert closer not in rectified | rechecked


def test_no_path_closes_without_evidence_and_three_people(bench: Bench) -> None:
    Attempts.bench, Attempts.closed = bench, 0
    run_state_machine_as_test(Attempts, settings=settings(max_examples=20, stateful_step_count=20, deadline=None, derandomize=True))
    assert Attempts.closed > 0, "some ways must reach the end, or nothing was tried"


# Late


def slow_after(start: dt.date, count: int, corrected: dict[dt.date, bool]) -> dt.date:
    on = start
    for _ in range(count):
        on += dt.timedelta(days=1)
        while not corrected.get(on, not chinese_calendar.is_holiday(on)):
            on += dt.timedelta(days=1)
    return on


MORNING = dt.datetime(2026, 9, 14, 1, 0, tzinfo=dt.UTC)  # three weeks before 国庆, in a year whose days off are announced
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.integers(1, 9)), st.tuples(st.just("off"), st.integers(1, 20)), st.tuples(st.just("extend"), st.integers(1, 12)),
        st.tuples(st.just("report"), st.just(0)), st.tuples(st.just("return"), st.integers(0, 6)),
    ),
    max_size=14,
)  # fmt: skip


def test_late_is_what_a_slow_count_over_every_day_says(bench: Bench) -> None:
    """Over random histories: days off that the place declares, more time, reports, returns with a new day, and the days between."""
    house, world = bench.house, bench.house.world
    declared: dict[dt.date, bool] = {}
    started = [MORNING]

    @settings(max_examples=25, deadline=None, derandomize=True)
    @given(severity=st.sampled_from(["general", "serious", "critical"]), steps=STEPS)
    def check(severity: str, steps: list[tuple[str, int]]) -> None:
        now = started[0] = started[0] + dt.timedelta(minutes=1)
        clock.set(lambda: now)
        id = bench.recorded(severity)
        preset = due_preset(bench.stands(id), clock.today(), bench.run(corrections(world.paths[world.home])))
        due, waits = slow_after(clock.today(), {"general": 15, "serious": 7, "critical": 1}[severity], declared), False
        assert preset == due
        bench.run(act(house, world.supervisor, "issue", id, due_on=preset, person="谭秀梅"))
        bench.run(act(house, world.contact, "plan", id, cause="a", measures="b", person="c"))
        bench.run(act(house, world.supervisor, "accept_plan", id))
        for kind, days in steps:
            today = clock.today()
            on = today + dt.timedelta(days=days)
            if kind == "wait":
                now += dt.timedelta(days=days)
                clock.set(lambda now=now: now)  # type: ignore[misc]
            elif kind == "off" and declared.get(on, not chinese_calendar.is_holiday(on)):
                bench.run(house.perform(world.supervisor, "workdays.declare", {"id": new_id(), "place": world.wanzhou, "day_on": on, "is_worked": False, "reason": "停工"}))
                declared[on] = False
            elif kind == "extend" and not waits:
                due = max(due, today) + dt.timedelta(days=days)
                asked = bench.run(act(house, world.contact, "ask_extension", id, wished_on=due, reason="x"))["extension"]
                bench.run(act(house, world.supervisor, "grant_extension", id, extension=asked, due_on=due))
            elif kind == "report" and not waits:
                bench.run(act(house, world.contact, "report", id, text="x", photos=[bench.shots[world.contact.id]]))
                waits = True
            elif kind == "return" and waits:
                due, waits = on, False
                bench.run(act(house, world.second, "fail", id, record="x", due_on=due))
            is_late = not waits and (clock.today() - due).days > 0
            assert bench.stands(id).is_late == is_late
            late = {one.id for one in bench.run(listed(world.supervisor, Filters(due="late"))).problems}
            assert (id in late) == is_late
        bench.run(act(house, world.supervisor, "withdraw", id, reason="x"))

    check()
