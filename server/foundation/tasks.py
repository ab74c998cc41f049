"""Work that goes on in this process after the page that asked for it."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Tasks:
    """One task for each key at most."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.running: dict[str, asyncio.Task[Any]] = {}

    def once(self, key: str, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """The task of this key, begun with `work` unless one runs already."""
        running = self.running.get(key)
        if running and not running.done():
            work.close()
            return running
        task = self.running[key] = asyncio.create_task(work, name=f"{self.name} {key}")
        task.add_done_callback(lambda done: self._ended(key, done))
        return task

    async def stop(self) -> None:
        """End all of them where they stand."""
        running = list(self.running.values())
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _ended(self, key: str, task: asyncio.Task[Any]) -> None:
        if self.running.get(key) is task:
            del self.running[key]
        if not task.cancelled():
            task.exception()  # whoever waits hears it; nobody must
