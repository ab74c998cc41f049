"""perform: the one corridor of writes. Commands queue; one task writes up to 64 of them in a transaction."""

import asyncio
import contextlib
import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
import structlog
from tortoise import Model

from server.database.rows import Statement
from server.database.writer import CONFLICTS, DATABASE_ERRORS, Row, Writer
from server.foundation import clock
from server.foundation.actor import Actor, Vouch
from server.foundation.command import Command, Handling
from server.foundation.refusal import Refusal, declare, no
from server.ledger.batch import Batch, Chore, Outcome, Work

BATCH = 64
EARLIEST = dt.datetime(2015, 1, 1, tzinfo=dt.UTC)
LATEST = dt.timedelta(days=2)  # a phone set to the wrong day is believed; one in 2099 is asked to mend its clock

log = structlog.get_logger()

declare(
    {
        "input.conflict": no(
            409, "与已有内容冲突，未保存", "This collides with something already kept; nothing was saved",
            "请刷新后重试", "Reload and try again",
        ),
    }
)  # fmt: skip


class Ledger:
    """Takes commands from pages and phones and answers each with its receipt, exactly once.

    handlings: every kind of command. tables: all models, parents before children, the order of inserts.
    """

    def __init__(
        self, writer: Writer, handlings: Iterable[Handling], tables: Sequence[type[Model]], queue_limit: int = 2048
    ) -> None:
        self.writer, self.tables = writer, tables
        self.handlings = {(handling.kind, handling.version): handling for handling in handlings}
        self.decoders = {place: msgspec.json.Decoder(h.struct) for place, h in self.handlings.items()}
        self.queue: asyncio.Queue[Work | Chore] = asyncio.Queue(queue_limit)
        self.closing = False
        self.task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self.task = asyncio.create_task(self._work(), name="ledger")

    async def stop(self) -> None:
        """Refuse what comes, finish what has been taken."""
        self.closing = True
        await self.queue.join()
        if self.task:
            self.task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.task

    async def perform(self, command: Command, actor: Actor) -> bytes:
        """The receipt's body as JSON bytes; the same id and content again gives the same bytes.

        Raises Refusal: command.unknown, command.differs, command.clock, author.differs, input.invalid, busy, or
        whatever the handler refuses. A refused command leaves nothing behind.
        """
        if command.author != actor.id:
            raise Refusal("author.differs")
        return await self._take(self._read(command, actor))

    async def tried(self, command: Command, actor: Actor) -> Refusal | None:
        """Why this command would be refused as things stand, or None where it would go through. Nothing of it is written."""
        work = self._read(command, actor)
        work.is_trial = True
        try:
            await self._take(work)
        except Refusal as refusal:
            return refusal
        return None

    async def keep(
        self,
        add: Sequence[tuple[type[Model], Row]] = (),
        change: Sequence[tuple[type[Model], Any, Row]] = (),
        remove: Sequence[tuple[type[Model], Any]] = (),
        run: Sequence[Statement] = (),
    ) -> None:
        """Write machinery rows (sessions, attempts, photos) that have no history of their own.

        run: statements with their values, after the rows, for machinery that no model describes (an index of words).
        """
        await self._take(Chore(add, change, remove, asyncio.get_running_loop().create_future(), run))

    def _read(self, command: Command, actor: Actor, vouch: Vouch | None = None) -> Work:
        work = Work(command, actor, asyncio.get_running_loop().create_future(), vouch=vouch)
        place = (command.kind, command.version)
        work.handling = self.handlings.get(place)
        if vouch and work.handling and not work.handling.wire:
            work.handling = None  # what a phone may not send, nobody takes in for it
        if not EARLIEST < command.at < clock.now() + LATEST:
            work.fault = Refusal("command.clock", at=clock.spoken(command.at))
        elif actor.only_looks and work.handling and not (work.handling.own or work.handling.wire or vouch):
            work.fault = Refusal("not_allowed")
        elif work.handling:
            try:
                work.payload = self.decoders[place].decode(command.payload)
            except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
                work.fault = Refusal("input.invalid", reason=str(error))
        return work

    async def _take(self, work: Work | Chore) -> bytes:
        if self.closing:
            raise Refusal("busy")
        try:
            self.queue.put_nowait(work)
        except asyncio.QueueFull:
            raise Refusal("busy") from None
        return await work.outcome

    async def _work(self) -> None:
        while True:
            works = [await self.queue.get()]
            while len(works) < BATCH and not self.queue.empty():
                works.append(self.queue.get_nowait())
            try:
                await self._settle(works)
            finally:
                for _ in works:
                    self.queue.task_done()

    async def _settle(self, works: Sequence[Work | Chore]) -> None:
        """Run works together; if the database fails them as a group, run each alone so that one bad one stops nobody."""
        try:
            outcomes = await Batch(self.writer, self.tables, self._read).run(works)
        except Exception as error:
            if len(works) > 1:
                for work in works:
                    await self._settle([work])
                return
            outcomes = [_of_the_database(error)]
        for work, outcome in zip(works, outcomes, strict=True):
            _tell(work, outcome)


def _of_the_database(error: Exception) -> Outcome:
    log.error("ledger.failed", error=type(error).__name__, detail=str(error).partition("\n")[0][:200])  # the lines below it quote values
    if isinstance(error, CONFLICTS):
        return Refusal("input.conflict")
    return Refusal("busy") if isinstance(error, DATABASE_ERRORS) else error


def _tell(work: Work | Chore, outcome: Outcome) -> None:
    if work.outcome.done():
        return  # whoever asked has gone; what was done is done, and a replay will find it
    if isinstance(outcome, bytes):
        work.outcome.set_result(outcome)
    else:
        work.outcome.set_exception(outcome)
