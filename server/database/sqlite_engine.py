"""Tortoise's SQLite engine, reading only, through a few `query_only` connections beside the one writer.

The stock engine begins DEFERRED transactions, lets reads wait for any open write, and a cancellation while it begins
leaves its lock taken for good. Here the ORM has no transactions at all: every write goes through the ledger.
"""

import asyncio
import sqlite3
from collections.abc import Sequence
from typing import Any, NoReturn

import aiosqlite
from tortoise.backends.sqlite.client import SqliteClient, translate_exceptions

PRAGMAS = ("query_only=on", "busy_timeout=5000", "cache_size=-16000", "mmap_size=268435456")


class ReadingClient(SqliteClient):
    def __init__(self, file_path: str, readers: int = 2, **kwargs: Any) -> None:
        super().__init__(file_path, **kwargs)
        self._wanted, self._opened = int(readers), 0
        self._idle: asyncio.LifoQueue[aiosqlite.Connection] = asyncio.LifoQueue()
        self._all: list[aiosqlite.Connection] = []
        self._quick: sqlite3.Connection | None = None

    async def create_connection(self, with_db: bool) -> None:
        """Readers open when they are first needed."""

    async def close(self) -> None:
        self._idle, self._opened = asyncio.LifoQueue(), 0
        connections, self._all = self._all, []
        if self._quick:
            self._quick.close()
            self._quick = None
        for connection in connections:
            await connection.close()

    async def _open(self) -> aiosqlite.Connection:
        connection = await aiosqlite.connect(self.filename, isolation_level=None)
        connection._conn.row_factory = sqlite3.Row
        for pragma in PRAGMAS:
            await (await connection.execute(f"pragma {pragma}")).close()
        self._all.append(connection)
        return connection

    async def _fetch(self, query: str, values: list[Any] | None) -> Sequence[Any]:
        connection = await self._take()
        reading = asyncio.ensure_future(connection.execute_fetchall(query, values))
        # Given back when the thread is done with it, even if whoever asked has gone meanwhile.
        reading.add_done_callback(lambda _: self._idle.put_nowait(connection))
        return list(await asyncio.shield(reading))

    def quick(self, query: str, values: list[Any]) -> list[Any]:
        """A reading by key, right here on the loop: it takes 20 µs, handing it to a thread takes 200."""
        if self._quick is None:
            self._quick = sqlite3.connect(self.filename, isolation_level=None, cached_statements=64)
            self._quick.row_factory = sqlite3.Row
            for pragma in PRAGMAS:
                self._quick.execute(f"pragma {pragma}")
        return self._quick.execute(query, values).fetchall()

    async def _take(self) -> aiosqlite.Connection:
        if self._idle.empty() and self._opened < self._wanted:
            self._opened += 1
            try:
                return await self._open()
            except BaseException:
                self._opened -= 1
                raise
        return await self._idle.get()

    @translate_exceptions
    async def execute_query(self, query: str, values: list[Any] | None = None) -> tuple[int, Sequence[Any]]:
        found = await self._fetch(query, values)
        return len(found), found

    @translate_exceptions
    async def execute_query_dict(self, query: str, values: list[Any] | None = None) -> list[dict[str, Any]]:
        return [dict(row) for row in await self._fetch(query, values)]

    def _refuse(self, *_: Any) -> NoReturn:
        raise RuntimeError("the ORM only reads here: declare the change in a command's unit of work")

    execute_insert = execute_many = execute_script = _in_transaction = _refuse


client_class = ReadingClient
