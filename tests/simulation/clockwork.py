"""Virtual time: seconds pass when nobody has anything left to do, and in an order that the seed decides."""

import asyncio
import datetime as dt
import heapq
import itertools
from collections.abc import Coroutine
from typing import Any

BEGINS = dt.datetime(2026, 11, 23, 0, 30, tzinfo=dt.UTC)


class Clockwork:
    """now: virtual seconds since the beginning. Only coroutines begun by `spawn` may sleep here.

    `busy` counts those that are at work, on the real loop; only when it is 0 is the next sleeper woken. One that waits for
    another's task counts as at work.
    """

    def __init__(self) -> None:
        self.now, self.busy = 0.0, 0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        self._idle = asyncio.Event()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._failed: list[asyncio.Task[Any]] = []

    def instant(self) -> dt.datetime:
        return BEGINS + dt.timedelta(seconds=self.now)

    def spawn(self, act: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        self.busy += 1
        task = asyncio.get_running_loop().create_task(act)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def sleep(self, seconds: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + max(0.0, seconds), next(self._numbers), future))
        self._rest()
        try:
            await future
        finally:
            if future.cancelled():
                self.busy += 1  # at work until its task is done

    async def run(self, until: float) -> None:
        """Lets time pass up to there. Raises what a spawned task raised."""
        while True:
            while self.busy > 0:
                self._idle.clear()
                await self._idle.wait()
            for task in self._failed:
                task.result()
            while self._sleepers and self._sleepers[0][2].done():
                heapq.heappop(self._sleepers)
            if not self._sleepers or self._sleepers[0][0] > until:
                self.now = max(self.now, until)
                return
            at, _, future = heapq.heappop(self._sleepers)
            self.now = max(self.now, at)
            self.busy += 1
            future.set_result(None)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception():
            self._failed.append(task)
        self._rest()

    def _rest(self) -> None:
        self.busy -= 1
        if self.busy <= 0:
            self._idle.set()
