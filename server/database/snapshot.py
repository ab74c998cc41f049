"""Every row of every table at one instant, out of either database, and into an empty one of either kind."""

import contextlib
import datetime as dt
import sqlite3
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg
from tortoise import Model

from server.database.fields import Day, Instant
from server.database.shape import columns, natural, table
from server.database.writer import Writer
from server.settings import Settings

PAGE = 1000
Rows = list[dict[str, Any]]


@contextlib.asynccontextmanager
async def snapshot(settings: Settings) -> AsyncIterator["Snapshot"]:
    """What is committed now: later commits do not show, and nobody waits."""
    if settings.database:
        connection = await asyncpg.connect(settings.database)
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                yield Snapshot(postgres=connection)
        finally:
            await connection.close()
    else:
        file = sqlite3.connect(f"file:{settings.sqlite_file}?mode=ro", uri=True, isolation_level=None, check_same_thread=False)
        file.row_factory = sqlite3.Row
        try:
            file.execute("begin")
            file.execute("select count(*) from sqlite_master").fetchone()  # the snapshot begins with the first read
            yield Snapshot(sqlite=file)
        finally:
            file.close()


class Snapshot:
    def __init__(self, sqlite: sqlite3.Connection | None = None, postgres: asyncpg.Connection | None = None) -> None:
        self.sqlite, self.postgres = sqlite, postgres

    async def pages(self, model: type[Model]) -> AsyncIterator[Rows]:
        """All rows of a table, PAGE at a time."""
        names = ",".join(f'"{name}"' for name in columns(model))
        sql = f'select {names} from "{table(model)}"'
        if self.sqlite:
            cursor = self.sqlite.execute(sql)
            while found := cursor.fetchmany(PAGE):
                yield natural(found)
        elif self.postgres:
            opened = await self.postgres.cursor(sql)
            while found := await opened.fetch(PAGE):
                yield [dict(row) for row in found]


async def is_empty(writer: Writer, models: Sequence[type[Model]]) -> bool:
    """Whether no table has a row."""
    for model in models:
        if await writer.query(f'select 1 as n from "{table(model)}" limit 1'):
            return False
    return True


def revived(model: type[Model], row: dict[str, Any]) -> dict[str, Any]:
    """A row read from JSON, with its instants and days as Python has them."""
    made = dict(row)
    for name, column in model._meta.fields_db_projection.items():
        field, value = model._meta.fields_map[name], made.get(column)
        if isinstance(value, str) and isinstance(field, Instant):
            made[column] = dt.datetime.fromisoformat(value)
        elif isinstance(value, str) and isinstance(field, Day):
            made[column] = dt.date.fromisoformat(value)
    return made
