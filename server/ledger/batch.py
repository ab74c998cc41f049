"""One transaction's worth of commands: read together, decided one by one, written table by table."""

import asyncio
import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from tortoise import Model

from server.database.rows import Statement
from server.database.shape import columns, key, table
from server.database.writer import DATABASE_ERRORS, Row, Writer
from server.foundation import clock
from server.foundation.actor import Actor, Vouch
from server.foundation.command import Command, Handling
from server.foundation.refusal import Refusal
from server.ledger import tallies
from server.ledger.chain import GENESIS, Link
from server.ledger.tables import Event, Receipt, Segment
from server.ledger.unit import Unit, View

Table = type[Model]
PAUSE = 200  # events after which others get their turn: one command may note ten thousand


class Work(msgspec.Struct):
    """A command waiting for its outcome. `payload` is decoded; `fault` says why it could not be. is_trial: only asked whether it would go through."""

    command: Command
    actor: Actor
    outcome: asyncio.Future[bytes]
    handling: Handling | None = None
    payload: Any = None
    fault: Refusal | None = None
    vouch: Vouch | None = None
    is_trial: bool = False


class Chore(msgspec.Struct):
    """Rows of machinery (sessions, attempts, photos) without receipt or history. run: statements for what is no table of a model."""

    add: Sequence[tuple[Table, Row]]
    change: Sequence[tuple[Table, Any, Row]]
    remove: Sequence[tuple[Table, Any]]
    outcome: asyncio.Future[bytes]
    run: Sequence[Statement] = ()


Outcome = bytes | BaseException
PATHS = ("path", "place_path")  # the columns that say where in the tree a row stands


class Batch:
    def __init__(self, writer: Writer, order: Sequence[Table], read: Callable[[Command, Actor, Vouch], Work]) -> None:
        self.writer, self.order, self.read = writer, order, read
        self.view = View(writer)
        self.moved = False
        self.at = clock.now()
        self.units: list[Unit] = []
        self.statements: list[Statement] = []

    async def run(self, works: Sequence[Work | Chore]) -> list[Outcome]:
        """The outcome of each, in order: the receipt's body, or why not. A database error undoes them all and is raised."""
        async with self.writer.transaction():
            commands = [work for work in works if isinstance(work, Work)]
            await self._prefetch(commands)
            outcomes = [
                await self._decide(work) if isinstance(work, Work) else self._do(work) for work in works
            ]
            await self._write()
        return outcomes

    async def _prefetch(self, works: Sequence[Work]) -> None:
        if not works:
            return
        wanted: dict[Table, dict[Any, None]] = defaultdict(dict)
        groups: dict[tuple[Table, str], dict[Any, None]] = defaultdict(dict)
        for work in works:
            wanted[Receipt][work.command.id] = None
            if work.handling and not work.fault:
                for model, *place in work.handling.reads(work.payload):
                    if len(place) == 1:
                        wanted[model][place[0]] = None
                    else:
                        groups[model, place[0]][place[1]] = None
        for model, ids in wanted.items():
            await self.view.load(model, ids)
        for (model, column), values in groups.items():
            await self.view.gather(model, column, values)

    async def _decide(self, work: Work) -> Outcome:
        try:
            body, units = await self._tried(work)
        except DATABASE_ERRORS:
            raise  # the transaction is lost: each command goes alone
        except Exception as no:  # a refusal, or a bug in one handler: its neighbours go on
            return no
        if not work.is_trial:
            for unit in units:
                self._accept(unit)
                if unit.moves:
                    await self._move(unit.moves)
        return body

    async def _tried(self, work: Work) -> tuple[bytes, list[Unit]]:
        """The receipt's body, and what it and the commands taken in with it want written: nothing for a replay. Raises why not."""
        command = work.command
        digest = command.digest
        if known := self.view.rows.get((Receipt, command.id)):
            if known["digest"] != digest:
                raise Refusal("command.differs")
            return known["body"].encode(), []
        if work.fault or work.handling is None:
            raise work.fault or Refusal("command.unknown", kind=command.kind)
        if self.moved:
            raise Refusal("busy")  # its author's roles were read before the tree changed
        unit = Unit(command, work.actor, self.view, self._instant(), work.vouch)
        body = _encode({"id": command.id, "at": unit.at, **await work.handling.handle(unit, work.payload)})
        if any(self.view.rows.get(place) is not None for place in unit.rows):
            raise Refusal("input.conflict")  # the database would say so too, but not of two in one batch
        if not unit.events:
            raise RuntimeError(f"{command.kind} noted no event")
        unit.add(
            Receipt, id=command.id, digest=digest, kind=command.kind, version=command.version,
            author_id=command.author, device_at=command.at, at=unit.at, body=body.decode(),
        )  # fmt: skip
        units = [unit]
        for other in unit.also:
            await self.view.load(Receipt, [other[0].id])
            units += (await self._tried(self.read(*other)))[1]
        return body, units

    def _instant(self) -> dt.datetime:
        """Of the next command: a microsecond after the one before, so that whatever knows a row by the instant it was left at sees that another came."""
        return self.at + dt.timedelta(microseconds=len(self.units))

    def _do(self, chore: Chore) -> Outcome:
        unit = Unit(_NOBODY, _SYSTEM, self.view, self.at)
        for model, values in chore.add:
            unit.rows[model, values[key(model)]] = values
        for model, id, values in chore.change:
            unit.changes[model, id] = values
        unit.removed.extend(chore.remove)
        self.statements.extend(chore.run)
        self._accept(unit)
        return b""

    def _accept(self, unit: Unit) -> None:
        self.view.accept(unit)
        self.units.append(unit)

    async def _move(self, moves: Sequence[tuple[str, str]]) -> None:
        """Write what was decided so far, let the paths of all rows follow, and read anew from here on.

        Events stay as they were written: the chain is over them, and history is asked by subject, not by place.
        """
        await self._write()
        for path, to in moves:
            await tallies.keep_moved(self.writer, path, to)
            for model in self.order:
                for column in () if model is Event else set(PATHS) & set(columns(model)):
                    await self.writer.query(
                        f'update "{table(model)}" set {column} = ? || substr({column}, {len(path) + 1}) where {column} >= ? and {column} < ?',
                        to, path, path + "~",
                    )  # fmt: skip
        self.units, self.view, self.moved = [], View(self.writer), True

    async def _write(self) -> None:
        added: dict[Table, dict[Any, Row]] = defaultdict(dict)
        changed: dict[tuple[Table, Any], Row] = {}
        removed: dict[Table, dict[Any, None]] = defaultdict(dict)
        for unit in self.units:
            for (model, id), row in unit.rows.items():
                added[model][id] = row
            for (model, id), change in unit.changes.items():
                if id in added[model]:
                    added[model][id] = {**added[model][id], **change}
                else:
                    changed[model, id] = {**changed.get((model, id), {}), **change}
            for model, id in unit.removed:
                if added[model].pop(id, None) is None:
                    removed[model][id] = None
                changed.pop((model, id), None)
        await self._chain(added)
        await self._tally(changed)
        for model in self.order:
            if added.get(model):
                await self.writer.insert(model, list(added[model].values()))
        if changed:
            await self.writer.update(changed)
        for model, ids in removed.items():
            if ids:
                await self.writer.delete(model, ids)
        for sql, values in self.statements:
            await self.writer.query(sql, *values)

    async def _tally(self, changed: dict[tuple[Table, Any], Row]) -> None:
        """Count what was added and changed, each as it stood before the transaction and as it stands at its end."""
        sums, before = tallies.Sums(), self.view.before
        for model in tallies.KEPT:
            unread = [id for of, id in changed if of is model and before[of, id] is None]
            for row in await self.writer.select(model, key(model), unread) if unread else ():
                before[model, row[key(model)]] = row
        for (model, id), stood in before.items():
            stands = self.view.rows[model, id] or {}
            sums.count(model, stood, -1)
            sums.count(model, {**stood, **stands} if stood else stands)
        await sums.write(self.writer)

    async def _chain(self, added: dict[Table, dict[Any, Row]]) -> None:
        noted = [unit for unit in self.units if unit.events]
        if not noted:
            return
        last = await self.writer.query("select id, closes, digest from segment order by id desc limit 1")
        number, seq, head = (last[0]["id"], last[0]["closes"], last[0]["digest"]) if last else (0, 0, GENESIS)
        link, opens = Link(head), seq + 1
        for unit in noted:
            link.receipt(unit.rows[Receipt, unit.command.id])
            for kind, subject, path, data in unit.events:
                seq += 1
                event = {
                    "seq": seq, "command_id": unit.command.id, "kind": kind, "subject_id": subject,
                    "place_path": path, "author_id": unit.command.author, "author_name": unit.actor.name,
                    "at": unit.at, "data": _encode(data).decode(),
                }  # fmt: skip
                link.event(event)
                added[Event][seq] = event
                if seq % PAUSE == 0:
                    await asyncio.sleep(0)
        added[Segment][number + 1] = {
            "id": number + 1, "opens": opens, "closes": seq, "at": self.at, "previous": head, "digest": link.digest
        }  # fmt: skip


_encode = msgspec.json.Encoder().encode
_SYSTEM = Actor(id="system", name="")
_NOBODY = Command(id="", kind="", version=0, at=clock.now(), author="system", payload=b"")
