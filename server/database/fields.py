"""Field classes for what the two engines keep differently: instants, days, JSON.

Columns of instants end in `at`, of days in `_on`, and of truths begin with `is_`; `rows` reads them back by these names.
"""

import datetime as dt
from typing import Any

import msgspec
from tortoise import fields
from tortoise.fields.base import Field


class Instant(fields.DatetimeField):
    """A moment in UTC. SQLite compares moments as text, so there is exactly one way to write one."""

    def to_db_value(self, value: Any, instance: Any) -> Any:
        return value if value is None else value.astimezone(dt.UTC)

    class _db_sqlite:
        SQL_TYPE = "TIMESTAMPTZ"

        def to_db_value(self, value: Any, instance: Any) -> Any:
            return value if value is None else instant_text(value)


class Day(fields.DateField):
    """A calendar day in Beijing."""


class Json(Field[str], str):  # type: ignore[misc]
    """JSON kept as the text that was hashed: jsonb would write it anew and break the chain."""

    SQL_TYPE = "TEXT"


def as_json(value: object) -> str:
    """A value as a column of JSON keeps it."""
    return _encode(value).decode()


_encode = msgspec.json.Encoder().encode


def instant_text(at: dt.datetime) -> str:
    """`2026-11-23 08:00:00.000000+00:00`: sorts as text in the order of time."""
    return at.astimezone(dt.UTC).isoformat(" ", "microseconds")


def sqlite_value(value: Any) -> Any:
    """A value as SQLite keeps it."""
    if isinstance(value, dt.datetime):
        return instant_text(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    return int(value) if isinstance(value, bool) else value
