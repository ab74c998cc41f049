"""How a model's rows look to an engine: column names, and values as each engine takes them."""

import datetime as dt
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

from tortoise import Model, fields

from server.database.fields import Day, Instant, instant_text

Adapter = Callable[[Any], Any]


@cache
def table(model: type[Model]) -> str:
    return model._meta.db_table


@cache
def key(model: type[Model]) -> str:
    """The column of the primary key."""
    return model._meta.db_pk_column


@cache
def columns(model: type[Model]) -> tuple[str, ...]:
    """Column names in a fixed order; foreign keys by their column (place_id)."""
    return tuple(model._meta.fields_db_projection.values())


@cache
def blank(model: type[Model]) -> dict[str, Any]:
    """A row of this model with each column's plain default."""
    plain = {}
    for name, column in model._meta.fields_db_projection.items():
        default = model._meta.fields_map[name].default
        plain[column] = None if callable(default) else default
    return plain


@cache
def sqlite_adapters(model: type[Model]) -> dict[str, Adapter]:
    """For each column whose Python value SQLite does not take as it is, what makes it so."""
    found: dict[str, Adapter] = {}
    for name, column in model._meta.fields_db_projection.items():
        field = model._meta.fields_map[name]
        if isinstance(field, Instant):
            found[column] = lambda value: value and instant_text(value)
        elif isinstance(field, Day):
            found[column] = lambda value: value and value.isoformat()
        elif isinstance(field, fields.BooleanField):
            found[column] = lambda value: value if value is None else int(value)
    return found


def natural(found: Iterable[Any]) -> list[dict[str, Any]]:
    """SQLite's rows as dicts with instants, days and truths as Python has them, told by the columns' names."""
    rows = [dict(row) for row in found]
    if rows:
        for name in rows[0]:
            if reader := _reader(name):
                for row in rows:
                    if (value := row[name]) is not None:
                        row[name] = reader(value)
    return rows


@cache
def _reader(name: str) -> Adapter | None:
    if name == "at" or name.endswith("_at"):
        return _instant
    if name.endswith("_on"):
        return _day
    return bool if name.startswith("is_") else None


def _instant(value: Any) -> Any:
    return dt.datetime.fromisoformat(value) if isinstance(value, str) else value


def _day(value: Any) -> Any:
    return dt.date.fromisoformat(value[:10]) if isinstance(value, str) else value
