"""The server's own walk through a selection, a part in each transaction, as its author. It goes on after a restart; two servers do nothing twice."""

import asyncio
from typing import Any

import structlog

from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.command import Command, canonical
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.foundation.tasks import Tasks
from server.ledger.perform import Ledger
from server.people import queries as people
from server.selections import queries

log = structlog.get_logger()


class Walks:
    """The selections that this server works on. `wake` is asked by every page that shows one under way, and at the start."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.tasks = Tasks("selection")

    async def resume(self) -> None:
        for id in await queries.waiting():
            self.wake(id)

    async def stop(self) -> None:
        """Leave off where the last part was written."""
        await self.tasks.stop()

    def wake(self, id: str) -> asyncio.Task[Any]:
        return self.tasks.once(id, self._walk(id))

    async def _walk(self, id: str) -> None:
        while (found := await queries.work(id)) and found.is_working:
            author = await people.actor(found.author_id) or Actor(found.author_id, found.author)  # whoever has left may do nothing with any row
            given = await queries.proposals(author, found) if found.state == "checking" else {}
            try:
                await self._ask(author, {"selection": id, "state": found.state, "part": found.done, "given": given})
            except Refusal as refusal:
                if refusal.code != "selection.state":  # another server has done this part: see what is next
                    log.info("selection.left", reason=refusal.code)
                    return
            except Exception as error:
                log.error("selection.broken", error=type(error).__name__, detail=str(error)[:200], exc_info=error)
                return  # whoever looks next begins where this one left off

    async def _ask(self, author: Actor, payload: dict[str, Any]) -> None:
        await self.ledger.perform(Command(new_id(), "selections.proceed", 1, clock.now(), author.id, canonical(payload)), author)
