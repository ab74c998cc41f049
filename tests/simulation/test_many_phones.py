"""Many phones on bad days, in virtual time: every sealed visit arrives, once, whole, and by itself."""

import pytest

from server.settings import Settings
from tests.simulation.clockwork import Clockwork
from tests.simulation.planted import BUGS, ROOT, Bug
from tests.simulation.running import DRAINED, Outcome, simulate
from tests.simulation.wire import FAULTS


def check(outcome: Outcome) -> None:
    told = outcome.verdict
    assert told.is_good, "\n".join([*told.lost[:5], *told.twice[:5], *told.stuck[:5], *told.faults[:5], *outcome.trace, outcome.line])
    assert told.sealed > 0
    assert outcome.drained <= DRAINED


async def test_fifty_phones_lose_nothing_and_send_nothing_twice() -> None:
    outcome = await simulate(50, 200, "督改")
    check(outcome)
    assert outcome.operations == 10_000
    assert set(outcome.met) == set(FAULTS), "every kind of fault was met"
    assert outcome.verdict.overtaken, "some re-checks came second"
    assert {"device.revoked", "visit.closed", "command.clock", "problem.decided"} <= set(outcome.verdict.held), "and supervisors had to decide"
    assert outcome.drained > 0, "the last faults left something to be sent"
    assert outcome.line.startswith("10000 operations: 0 lost, 0 twice, 0 stuck, drained in ")


async def test_a_few_phones_do_the_same_on_each_database(empty: Settings) -> None:
    check(await simulate(8, 60, "两库", empty))


@pytest.mark.long
async def test_one_seed_gives_one_course_of_events() -> None:
    first, again, other = [await simulate(3, 80, seed) for seed in ("甲", "甲", "乙")]
    assert first.digest == again.digest
    assert first.digest != other.digest


@pytest.mark.long
async def test_ten_thousand_phones_lose_nothing_and_send_nothing_twice() -> None:
    """About a hundred minutes of processor time; `make simulate PHONES=10000 OPS=100` is the same with a new seed each time."""
    check(await simulate(10_000, 100, "一万"))


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.words)
def test_a_bug_put_in_on_purpose_finds_its_place(bug: Bug) -> None:
    """`python -m tests.simulation.planted` runs them, some minutes each."""
    assert (ROOT / bug.file).read_text().count(bug.old) == 1


async def test_time_passes_only_when_nobody_has_anything_left_to_do() -> None:
    clock, told = Clockwork(), []

    async def sleeper(name: str, *naps: float) -> None:
        for nap in naps:
            await clock.sleep(nap)
            told.append((clock.now, name))

    for name, naps in (("a", (5, 5)), ("b", (7,)), ("c", (100,))):
        clock.spawn(sleeper(name, *naps))
    await clock.run(50)
    assert told == [(5, "a"), (7, "b"), (10, "a")]
    assert clock.now == 50
