"""The one connection that writes: a transaction at a time, each table by one `executemany`.

SQLite: used on the loop, where a statement takes microseconds; only COMMIT, the fsync, goes to a thread.
PostgreSQL: an advisory lock makes one writer of all processes, which is what BEGIN IMMEDIATE does for SQLite.
"""

import asyncio
import contextlib
import sqlite3
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import asyncpg
import msgspec
from tortoise import Model

from server.database.fields import sqlite_value
from server.database.rows import numbered
from server.database.shape import blank, columns, key, natural, sqlite_adapters, table

Row = dict[str, Any]
Rows = Mapping[type[Model], Iterable[Row]]
DATABASE_ERRORS = (sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
CONFLICTS = (sqlite3.IntegrityError, asyncpg.IntegrityConstraintViolationError)
WRITER_LOCK = 727002
SLICE = 250  # rows written in one go: between two slices others get their turn on the loop

# FULL: a phone forgets what it was told is received, and WAL with NORMAL may lose the last commits in a power cut.
PRAGMAS = (
    "journal_mode=wal", "synchronous=full", "foreign_keys=on", "busy_timeout=0",
    "wal_autocheckpoint=10000", "cache_size=-64000", "trusted_schema=off",
)  # fmt: skip


class Writer(Protocol):
    """What a unit of work needs of an engine."""

    async def open(self) -> None: ...
    async def close(self) -> None: ...
    def transaction(self) -> contextlib.AbstractAsyncContextManager[None]: ...
    async def select(self, model: type[Model], column: str, values: Iterable[Any]) -> list[Row]: ...
    async def query(self, sql: str, *values: Any) -> list[Row]: ...
    async def many(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None: ...
    async def insert(self, model: type[Model], rows: list[Row]) -> None: ...
    async def update(self, changes: Mapping[tuple[type[Model], Any], Row]) -> None: ...
    async def delete(self, model: type[Model], keys: Iterable[Any]) -> None: ...


class SqliteWriter:
    def __init__(self, file: Path) -> None:
        self.file = file
        self.thread = ThreadPoolExecutor(1, "commit")

    async def open(self) -> None:
        self.connection = sqlite3.connect(
            self.file, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        self.connection.row_factory = sqlite3.Row
        for pragma in PRAGMAS:
            self.connection.execute(f"pragma {pragma}")

    async def close(self) -> None:
        self.thread.shutdown()
        self.connection.close()

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        await self._begin()
        try:
            yield
            await asyncio.get_running_loop().run_in_executor(self.thread, self.connection.execute, "commit")
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("rollback")
            raise

    async def _begin(self) -> None:
        while True:
            try:
                self.connection.execute("begin immediate")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    raise
                await asyncio.sleep(0.003)  # another process writes: wait without stopping the loop

    async def select(self, model: type[Model], column: str, values: Iterable[Any]) -> list[Row]:
        wanted = msgspec.json.encode([sqlite_value(value) for value in values]).decode()
        return await self.query(f'select * from "{table(model)}" where {column} in (select value from json_each(?))', wanted)

    async def query(self, sql: str, *values: Any) -> list[Row]:
        return natural(self.connection.execute(sql, [sqlite_value(value) for value in values]))

    async def many(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        for start in range(0, len(rows), SLICE):
            self.connection.executemany(sql, [[sqlite_value(value) for value in row] for row in rows[start : start + SLICE]])
            if start:
                await asyncio.sleep(0)

    async def insert(self, model: type[Model], rows: list[Row]) -> None:
        adapters, plain = sqlite_adapters(model), blank(model)
        names = columns(model)
        for start in range(0, len(rows), SLICE):
            ready = []
            for row in rows[start : start + SLICE]:
                full = {**plain, **row}
                for name, adapt in adapters.items():
                    full[name] = adapt(full[name])
                ready.append([full[name] for name in names])
            self.connection.executemany(_insert(model), ready)
            if start:
                await asyncio.sleep(0)

    async def update(self, changes: Mapping[tuple[type[Model], Any], Row]) -> None:
        for (model, names), rows in _alike(changes).items():
            adapters = sqlite_adapters(model)
            ready = [
                [*(adapters[n](row[n]) if n in adapters else row[n] for n in names), sqlite_value(id)]
                for id, row in rows
            ]
            for start in range(0, len(ready), SLICE):
                self.connection.executemany(_update(model, names), ready[start : start + SLICE])
                if start:
                    await asyncio.sleep(0)

    async def delete(self, model: type[Model], keys: Iterable[Any]) -> None:
        self.connection.executemany(f'delete from "{table(model)}" where {key(model)} = ?', [(k,) for k in keys])


class PostgresWriter:
    def __init__(self, address: str) -> None:
        self.address = address
        self.connection: asyncpg.Connection | None = None

    async def open(self) -> None:
        self.connection = await asyncpg.connect(self.address, server_settings={"application_name": "dugai writer"})

    async def close(self) -> None:
        if self.connection is not None and not self.connection.is_closed():
            await self.connection.close()

    @contextlib.asynccontextmanager
    async def transaction(self) -> AsyncIterator[None]:
        if self.connection is None or self.connection.is_closed():
            await self.open()
        await self._live.execute(f"begin; select pg_advisory_xact_lock({WRITER_LOCK})")
        try:
            yield
            await self._live.execute("commit")
        except BaseException:
            with contextlib.suppress(*DATABASE_ERRORS):
                await self._live.execute("rollback")
            raise

    @property
    def _live(self) -> asyncpg.Connection:
        assert self.connection is not None
        return self.connection

    async def select(self, model: type[Model], column: str, values: Iterable[Any]) -> list[Row]:
        return await self.query(f'select * from "{table(model)}" where {column} = any(?)', list(values))

    async def query(self, sql: str, *values: Any) -> list[Row]:
        return [dict(row) for row in await self._live.fetch(numbered(sql), *values)]

    async def many(self, sql: str, rows: Sequence[tuple[Any, ...]]) -> None:
        await self._live.executemany(numbered(sql), rows)

    async def insert(self, model: type[Model], rows: list[Row]) -> None:
        plain, names = blank(model), columns(model)
        for start in range(0, len(rows), SLICE):
            ready = [[row.get(name, plain[name]) for name in names] for row in rows[start : start + SLICE]]
            await self._live.executemany(numbered(_insert(model)), ready)

    async def update(self, changes: Mapping[tuple[type[Model], Any], Row]) -> None:
        for (model, names), rows in _alike(changes).items():
            ready = [[*(row[n] for n in names), id] for id, row in rows]
            await self._live.executemany(numbered(_update(model, names)), ready)

    async def delete(self, model: type[Model], keys: Iterable[Any]) -> None:
        await self._live.execute(f'delete from "{table(model)}" where {key(model)} = any($1)', list(keys))


def _alike(changes: Mapping[tuple[type[Model], Any], Row]) -> dict[tuple[type[Model], tuple[str, ...]], list[tuple[Any, Row]]]:
    """Changes grouped by model and by which columns they set, so that each group is one statement."""
    groups: dict[tuple[type[Model], tuple[str, ...]], list[tuple[Any, Row]]] = defaultdict(list)
    for (model, id), row in changes.items():
        groups[model, tuple(row)].append((id, row))
    return groups


@cache
def _insert(model: type[Model]) -> str:
    names = columns(model)
    quoted = ",".join(f'"{name}"' for name in names)
    return f'insert into "{table(model)}" ({quoted}) values ({",".join("?" * len(names))})'


@cache
def _update(model: type[Model], names: tuple[str, ...]) -> str:
    sets = ",".join(f'"{name}" = ?' for name in names)
    return f'update "{table(model)}" set {sets} where "{key(model)}" = ?'
