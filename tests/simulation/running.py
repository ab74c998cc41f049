"""A simulation from its first virtual second to its verdict."""

import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import msgspec

from server.foundation import clock
from server.settings import Settings
from tests.simulation.carrier import Carrier
from tests.simulation.clockwork import Clockwork
from tests.simulation.server import Server
from tests.simulation.town import PHONES, Bureau, Desk, furnish
from tests.simulation.turns import in_turns
from tests.simulation.verdict import Verdict, judge, waiting
from tests.simulation.wire import Weather

DRAINED = 60.0  # virtual seconds after the last fault in which every queue is to be empty
STEP = 3600.0
WORST = ("dropped", "refused", "answer lost", "too late", "portal", "portal that forbids", "portal that finds nothing", "502", "429", "sent in part")
EVENING, BACK = 400.0, 41.0  # how long; and how long a killed server may be away
MOST_TRACED = 40

Progress = Callable[[int, int], None]  # virtual hours gone, operations done


class Outcome(msgspec.Struct):
    """drained: virtual seconds from the last fault until the last queue was empty. trace: of the first phone that went wrong."""

    seed: str
    operations: int
    drained: float
    verdict: Verdict
    met: Counter[str]
    kills: int
    trace: list[str]
    took: float
    digest: str

    @property
    def line(self) -> str:
        told = self.verdict
        return f"{self.operations} operations: {len(told.lost)} lost, {len(told.twice)} twice, {len(told.stuck)} stuck, drained in {self.drained:.0f} s, seed {self.seed}"


class Simulation:
    def __init__(self, phones: int, operations: int, seed: str, settings: Settings, on_hour: Progress) -> None:
        self.seed, self.operations, self.settings, self.on_hour = seed, operations, settings, on_hour
        self.clock, self.weather, self.server = Clockwork(), Weather(kills=min(1.0, 200 / phones)), Server(settings)
        self.bureaus = [Bureau(number) for number in range(-(-phones // PHONES))]
        self.desk = Desk(self.server, self.bureaus)
        self.carriers = [Carrier(n, seed, self.bureaus[n // PHONES], self.server, self.desk, self.weather, self.clock) for n in range(phones)]
        self.verdict = Verdict()

    async def run(self) -> Outcome:
        began = time.perf_counter()
        clock.set(self.clock.instant)
        try:
            with self.server.disk(), in_turns():
                await furnish(self.settings, self.bureaus)
                await self.server.open()
                for bureau in self.bureaus:
                    await self.desk.plan(bureau)
                await self._days()
                drained = await self._drain()
                await self._people_come_back()
                await judge(self.server, self.carriers, self.verdict)
                await self.server.close()
        finally:
            clock.set(None)
        return self._told(drained, time.perf_counter() - began)

    async def _days(self) -> None:
        lives = [self.clock.spawn(carrier.live(self.operations)) for carrier in self.carriers]
        while not all(life.done() for life in lives):
            await self.clock.run(self.clock.now + STEP)
            self.on_hour(round(self.clock.now / STEP), sum(carrier.done for carrier in self.carriers))
        await self._last_evening()

    async def _last_evening(self) -> None:
        """Everybody seals one more visit, and for some minutes no answer comes through: every queue is full when the faults end."""
        self.weather.rate, self.weather.weights = 1.0, dict.fromkeys(WORST, 1)
        if not self.server.is_up:
            await self.clock.run(self.clock.now + BACK)
        for carrier in self.carriers:
            carrier.wire.has_signal, carrier.disk.is_full = True, False
            await carrier.begin()
            await carrier.seal()
            carrier.wake()
        await self.clock.run(self.clock.now + EVENING)

    async def _drain(self) -> float:
        """The faults stop; nobody touches a phone; how long it took until no queue waits. What is still there then is stuck."""
        self.weather.is_bad = self.server.is_full = False
        ended = self.clock.now
        for carrier in self.carriers:
            carrier.wire.has_signal, carrier.disk.is_full, carrier.off = True, False, carrier.off * 0
            if not carrier.app:
                carrier.open_app()
        await self.clock.run(ended + DRAINED)
        self.verdict.stuck += [f"visit {visit} of phone {carrier.number}: {state} {DRAINED:.0f} s after the last fault" for carrier, visit, state in waiting(self.carriers)]
        return max([0.0, *(carrier.drained - ended for carrier in self.carriers)])

    async def _people_come_back(self) -> None:
        """What waits for people: somebody signs in, opens again, puts the register right. Each owner in turn."""
        await self.desk.put_right()
        for _ in range(3):
            for owner in (0, 1):
                for carrier in self.carriers:
                    await carrier.sign_in(carrier.owners[owner])
                await self._settle()
                await self.desk.take_in()
                for carrier in self.carriers:
                    carrier.repair()
                    for visit in [id for id in carrier.disk.mine.drafts if id in carrier.made]:
                        await self._sealed_again(carrier, visit)
                    carrier.wake(now=True)
                await self._settle()

    async def _sealed_again(self, carrier: Carrier, visit: str) -> None:
        others = {id: draft for id, draft in carrier.disk.mine.drafts.items() if id != visit}
        carrier.disk.mine.drafts = {visit: carrier.disk.mine.drafts[visit]}
        await carrier.seal()
        carrier.disk.mine.drafts.update(others)

    async def _settle(self) -> None:
        await self.clock.run(self.clock.now + DRAINED)

    def _told(self, drained: float, took: float) -> Outcome:
        wrong = " ".join([*self.verdict.stuck, *self.verdict.lost, *self.verdict.twice, *self.verdict.faults])
        trace = next((list(carrier.trace) for carrier in self.carriers if f"phone {carrier.number}" in wrong), [])
        digest = f"{random.Random(str([(c.number, list(c.trace)) for c in self.carriers])).getrandbits(64):016x}"
        return Outcome(self.seed, sum(carrier.done for carrier in self.carriers), drained, self.verdict, self.weather.met, self.server.kills, trace[-MOST_TRACED:], took, digest)


async def simulate(phones: int, operations: int, seed: str, settings: Settings | None = None, on_hour: Progress = lambda hours, done: None) -> Outcome:
    """In a folder of its own, in memory where the machine has one for that."""
    if settings:
        return await Simulation(phones, operations, seed, settings, on_hour).run()
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix="dugai-simulation-", dir=memory if memory.is_dir() else None) as folder:
        return await Simulation(phones, operations, seed, Settings(data=Path(folder)), on_hour).run()
