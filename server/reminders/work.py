"""The loop by which a house reminds: one server at a time, by a lease; another takes over when it stops."""

import asyncio
import contextlib
import datetime as dt

import structlog

from server.foundation import clock
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.ledger.perform import Ledger
from server.reminders import planning
from server.reminders.queries import to_plan
from server.reminders.sending import Post, Sender, post
from server.settings import Settings

LEASE = dt.timedelta(seconds=30)
BEAT = 10.0  # seconds between two prolongations while a look is under way

log = structlog.get_logger()


class Reminders:
    """One process's part in it. A demonstration plans, and sends nothing out."""

    def __init__(self, ledger: Ledger, settings: Settings, post: Post = post) -> None:
        self.ledger, self.settings = ledger, settings
        self.sender = Sender(ledger, settings, post)
        self.holder = new_id()
        self.task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        if self.settings.remind_every:
            self.task = asyncio.create_task(self._run(), name="reminders")

    async def stop(self) -> None:
        if self.task:
            self.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.task

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self.settings.remind_every)
            try:
                await self.look()
            except* Refusal as refused:  # the ledger is full, or another server was quicker
                log.info("reminders.later", reason=str(refused.exceptions[0]))
            except* Exception as error:  # its fault stops nothing and is tried again; its words may quote an address
                log.error("reminders.failed", error=type(error.exceptions[0]).__name__)

    async def look(self) -> bool:
        """Plan what is due and send what may go, if no other server is at it; whether it was this one's turn."""
        if not await self._hold():
            return False
        beat = asyncio.create_task(self._beat())
        try:
            await planning.plan(self.ledger)
            if not self.settings.is_demo:
                await self.sender.round()
        finally:
            beat.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await beat
        return True

    async def _hold(self) -> bool:
        now = clock.now()
        await self.ledger.keep(run=[to_plan.taken(self.holder, now, now + LEASE)])
        held = await to_plan.work()
        return held is not None and held.holder == self.holder

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT)
            with contextlib.suppress(Refusal):
                await self._hold()
