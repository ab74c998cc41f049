"""One transaction's worth of commands: read together, decided one by one, written table by table."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
from tortoise import Model

from server.database.shape import key
from server.database.writer import DATABASE_ERRORS, Row, Writer
from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.command import Command, Handling
from server.foundation.refusal import Refusal
from server.ledger.chain import GENESIS, Link
from server.ledger.tables import Event, Receipt, Segment
from server.ledger.unit import Unit, View

Table = type[Model]


class Work(msgspec.Struct):
    """A command waiting for its outcome. `payload` is decoded; `fault` says why it could not be."""

    command: Command
    actor: Actor
    outcome: asyncio.Future[bytes]
    handling: Handling | None = None
    payload: Any = None
    fault: Refusal | None = None


class Chore(msgspec.Struct):
    """Rows of machinery (sessions, attempts, photos) without receipt or history."""

    add: Sequence[tuple[Table, Row]]
    change: Sequence[tuple[Table, Any, Row]]
    remove: Sequence[tuple[Table, Any]]
    outcome: asyncio.Future[bytes]


Outcome = bytes | BaseException


class Batch:
    def __init__(self, writer: Writer, order: Sequence[Table]) -> None:
        self.writer, self.order = writer, order
        self.view = View(writer)
        self.at = clock.now()
        self.units: list[Unit] = []

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
        command = work.command
        digest = command.digest
        if known := self.view.rows.get((Receipt, command.id)):
            return known["body"].encode() if known["digest"] == digest else Refusal("command.differs")
        if work.fault or work.handling is None:
            return work.fault or Refusal("command.unknown", kind=command.kind)
        unit = Unit(command, work.actor, self.view, self.at)
        try:
            body = _encode({"id": command.id, "at": self.at, **await work.handling.handle(unit, work.payload)})
        except DATABASE_ERRORS:
            raise  # the transaction is lost: each command goes alone
        except Exception as no:  # a refusal, or a bug in one handler: its neighbours go on
            return no
        if any(self.view.rows.get(place) is not None for place in unit.rows):
            return Refusal("input.conflict")  # the database would say so too, but not of two in one batch
        if not unit.events:
            return RuntimeError(f"{command.kind} noted no event")
        unit.add(
            Receipt, id=command.id, digest=digest, kind=command.kind, version=command.version,
            author_id=command.author, device_at=command.at, at=self.at, body=body.decode(),
        )  # fmt: skip
        self._accept(unit)
        return body

    def _do(self, chore: Chore) -> Outcome:
        unit = Unit(_NOBODY, _SYSTEM, self.view, self.at)
        for model, values in chore.add:
            unit.rows[model, values[key(model)]] = values
        for model, id, values in chore.change:
            unit.changes[model, id] = values
        unit.removed.extend(chore.remove)
        self._accept(unit)
        return b""

    def _accept(self, unit: Unit) -> None:
        self.view.accept(unit)
        self.units.append(unit)

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
        for model in self.order:
            if added.get(model):
                await self.writer.insert(model, list(added[model].values()))
        if changed:
            await self.writer.update(changed)
        for model, ids in removed.items():
            if ids:
                await self.writer.delete(model, ids)

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
                    "at": self.at, "data": _encode(data).decode(),
                }  # fmt: skip
                link.event(event)
                added[Event][seq] = event
        added[Segment][number + 1] = {
            "id": number + 1, "opens": opens, "closes": seq, "at": self.at, "previous": head, "digest": link.digest
        }  # fmt: skip


_encode = msgspec.json.Encoder().encode
_SYSTEM = Actor(id="system", name="")
_NOBODY = Command(id="", kind="", version=0, at=clock.now(), author="system", payload=b"")
