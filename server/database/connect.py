"""Opening the database: Tortoise for reading, the writer for the ledger."""

import contextlib
from collections.abc import AsyncIterator, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

from tortoise.context import TortoiseContext

from server.database.writer import PostgresWriter, SqliteWriter, Writer
from server.settings import Settings


@contextlib.asynccontextmanager
async def connected(settings: Settings, tables: Sequence[str]) -> AsyncIterator[Writer]:
    """Reads work inside (`rows`, models); yields the writer, open. `tables`: the modules of all models."""
    async with TortoiseContext() as context:
        await context.init(config=_config(settings, tables), _enable_global_fallback=True)
        writer: Writer = PostgresWriter(settings.database) if settings.database else SqliteWriter(settings.sqlite_file)
        await writer.open()
        try:
            yield writer
        finally:
            await writer.close()


def _config(settings: Settings, tables: Sequence[str]) -> dict[str, Any]:
    connection = _postgres(settings.database) if settings.database else _sqlite(settings)
    return {
        "connections": {"default": connection},
        "apps": {"dugai": {"models": list(tables), "default_connection": "default"}},
    }


def _sqlite(settings: Settings) -> dict[str, Any]:
    return {"engine": "server.database.sqlite_engine", "credentials": {"file_path": str(settings.sqlite_file)}}


def _postgres(address: str) -> dict[str, Any]:
    url = urlsplit(address)
    return {
        "engine": "server.database.asyncpg_engine",
        "credentials": {
            "host": url.hostname or "127.0.0.1",
            "port": url.port or 5432,
            "user": unquote(url.username or "postgres"),
            "password": unquote(url.password or ""),
            "database": url.path.lstrip("/"),
            "minsize": 1,
            "maxsize": 4,
        },
    }
