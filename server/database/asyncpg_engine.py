"""Tortoise's PostgreSQL engine, reading only: the server itself refuses a write on these connections.

The stock engine leaks a pooled connection when a transaction's beginning is cancelled; without transactions it cannot.
"""

from typing import Any, NoReturn

import asyncpg
from tortoise.backends.asyncpg.client import AsyncpgDBClient


class ReadingClient(AsyncpgDBClient):
    async def create_pool(self, **kwargs: Any) -> asyncpg.Pool:
        kwargs["server_settings"] = {**kwargs.get("server_settings", {}), "default_transaction_read_only": "on"}
        return await asyncpg.create_pool(None, **kwargs)

    def _refuse(self, *_: Any) -> NoReturn:
        raise RuntimeError("the ORM only reads here: declare the change in a command's unit of work")

    execute_insert = execute_many = execute_script = _in_transaction = _refuse  # type: ignore[assignment]


client_class = ReadingClient
