"""What one command reads and wants written. Nothing of it reaches the database before its handler has said yes."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from tortoise import Model

from server.database.shape import key
from server.database.writer import Row, Writer
from server.foundation import clock
from server.foundation.actor import Actor, Vouch
from server.foundation.command import Command
from server.ledger import tallies
from server.ledger.tables import Counter

Table = type[Model]


class View:
    """The database as one transaction sees it: rows read once, and over them what earlier commands declared."""

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.rows: dict[tuple[Table, Any], Row | None] = {}
        self.groups: dict[tuple[Table, str, Any], dict[Any, None]] = {}
        self.declared: dict[Table, list[Any]] = {}
        self.grouped: dict[Table, set[str]] = {}
        self.before: dict[tuple[Table, Any], Row | None] = {}  # counted rows as they stood when the transaction began

    async def load(self, model: Table, ids: Iterable[Any]) -> None:
        """Fetch rows by their keys, those not seen yet, in one query."""
        unseen = [id for id in ids if (model, id) not in self.rows]
        for id in unseen:
            self.rows[model, id] = None
        if kept := _kept(unseen):
            for row in await self.writer.select(model, key(model), kept):
                self.rows[model, row[key(model)]] = row

    async def gather(self, model: Table, column: str, values: Iterable[Any]) -> None:
        """Fetch all rows whose column has one of these values, in one query."""
        unseen = [value for value in values if (model, column, value) not in self.groups]
        if not unseen:
            return
        self.grouped.setdefault(model, set()).add(column)
        for value in unseen:
            self.groups[model, column, value] = {}
        kept = _kept(unseen)
        for row in await self.writer.select(model, column, kept) if kept else ():
            self.groups[model, column, row[column]][row[key(model)]] = None
            self.rows.setdefault((model, row[key(model)]), row)
        for id in self.declared.get(model, ()):
            self._regroup(model, id, (column,))

    def accept(self, unit: "Unit") -> None:
        """Take what a command declared into the view of those that follow it in the same transaction."""
        for model, id in (*unit.rows, *unit.changes):
            if model in tallies.KEPT:
                self.before.setdefault((model, id), self.rows.get((model, id)))
        for (model, id), row in unit.rows.items():
            self.rows[model, id] = row
            self._declare(model, id)
        for (model, id), change in unit.changes.items():
            self.rows[model, id] = {**(self.rows.get((model, id)) or {}), **change}
            self._declare(model, id)
        for place in unit.removed:
            self.rows[place] = None

    def _declare(self, model: Table, id: Any) -> None:
        self.declared.setdefault(model, []).append(id)
        self._regroup(model, id, self.grouped.get(model, ()))

    def _regroup(self, model: Table, id: Any, columns: Iterable[str]) -> None:
        row = self.rows.get((model, id))
        for column in columns:
            group = self.groups.get((model, column, row.get(column))) if row else None
            if group is not None:
                group[id] = None


def _kept(values: Iterable[Any]) -> list[Any]:
    """Those that a database could hold: none keeps a NUL, and one fails on being asked for it, with all that is asked in the same transaction."""
    return [value for value in values if not (isinstance(value, str) and "\0" in value)]


class Unit:
    """A handler's window on the database and its list of wishes.

    at: the instant of the command, the same for all it does, and no other command's. today: that day in Beijing. vouch: who answers for what would else be refused.
    """

    __slots__ = (
        "actor", "also", "at", "changes", "command", "events", "memory", "moves", "removed", "rows", "today", "touched", "view", "vouch",
        "within",
    )  # fmt: skip

    def __init__(self, command: Command, actor: Actor, view: View, at: dt.datetime, vouch: Vouch | None = None) -> None:
        self.command, self.actor, self.view, self.at, self.vouch = command, actor, view, at, vouch
        self.today = clock.today(at)
        self.rows: dict[tuple[Table, Any], Row] = {}
        self.changes: dict[tuple[Table, Any], Row] = {}
        self.touched: dict[Table, list[Any]] = {}
        self.memory: dict[Any, Any] = {}  # what a handler works out once for all of a long command
        self.removed: list[tuple[Table, Any]] = []
        self.moves: list[tuple[str, str]] = []
        self.also: list[tuple[Command, Actor, Vouch]] = []
        self.events: list[tuple[str, str, str, dict[str, Any]]] = []
        self.within: Unit | None = None

    def apart(self) -> "Unit":
        """A unit for one of the many things that a long command does: it sees what was declared so far, and is joined, or was a try and comes to nothing."""
        part = Unit(self.command, self.actor, self.view, self.at, self.vouch)
        part.within, part.memory = self, self.memory
        return part

    def join(self, part: "Unit", **told: Any) -> None:
        """Declare all that was declared apart. told: what each of its events says besides."""
        for (model, _), row in part.rows.items():
            self.add(model, **row)
        for (model, id), change in part.changes.items():
            self.change(model, id, **change)
        self.removed += part.removed
        self.moves += part.moves
        self.also += part.also
        self.events += [(kind, subject, path, {**data, **told}) for kind, subject, path, data in part.events]

    @property
    def person(self) -> str:
        """The id of whoever acts."""
        return self.command.author

    async def find(self, model: Table, id: Any) -> Row | None:
        """The row with this key as it stands after everything declared so far, or None."""
        place = (model, id)
        if place in self.removed:
            return None
        if place in self.rows:
            return {**self.rows[place], **self.changes.get(place, {})}
        if self.within:
            row = await self.within.find(model, id)
        else:
            if place not in self.view.rows:
                await self.view.load(model, [id])
            row = self.view.rows[place]
        return {**row, **self.changes.get(place, {})} if row is not None else None

    async def fetch(self, model: Table, column: str, values: Iterable[Any]) -> None:
        """Read in one query what `find` (column: the key) or `matching` will be asked for: long commands, some hundred at a time."""
        if column == key(model):
            await self.view.load(model, values)
        else:
            await self.view.gather(model, column, values)

    async def matching(self, model: Table, column: str, value: Any) -> list[Row]:
        """All rows whose column has this value, as they stand after everything declared so far."""
        await self.view.gather(model, column, [value])
        ids = dict.fromkeys([*self.view.groups[model, column, value], *self._touched(model)])
        found = [await self.find(model, id) for id in ids]
        return [row for row in found if row is not None and row.get(column) == value]

    def _touched(self, model: Table) -> list[Any]:
        return [*(self.within._touched(model) if self.within else ()), *self.touched.get(model, ())]

    def add(self, model: Table, **values: Any) -> None:
        """Declare a new row. A column not named gets its model's default."""
        id = values[key(model)]
        self.rows[model, id] = values
        self.touched.setdefault(model, []).append(id)

    def change(self, model: Table, id: Any, **values: Any) -> None:
        """Declare new values for some columns of a row."""
        place = (model, id)
        if place in self.rows:
            self.rows[place] = {**self.rows[place], **values}
        else:
            self.changes[place] = {**self.changes.get(place, {}), **values}
            self.touched.setdefault(model, []).append(id)

    def remove(self, model: Table, id: Any) -> None:
        """Declare that a row goes: only for machinery (a session), never for what people wrote."""
        self.removed.append((model, id))

    def move(self, path: str, to: str) -> None:
        """Declare that a place and all below it go elsewhere in the tree: every row of every table follows, but no event."""
        self.moves.append((path, to))

    def take(self, command: Command, actor: Actor, vouch: Vouch) -> None:
        """Declare that somebody else's command is taken in with this one, as its author: both or neither, each with its receipt."""
        self.also.append((command, actor, vouch))

    def note(self, kind: str, subject_id: str, place_path: str, **data: Any) -> None:
        """Declare an event. `photos=[sha256, …]` names photos that the history must always be able to show."""
        self.events.append((kind, subject_id, place_path, data))

    async def next(self, counter: str, count: int = 1) -> range:
        """The next numbers of a named counter, which starts at 1 and has no gaps."""
        row = await self.find(Counter, counter)
        last = row["value"] if row else 0
        if row:
            self.change(Counter, counter, value=last + count)
        else:
            self.add(Counter, id=counter, value=last + count)
        return range(last + 1, last + count + 1)
