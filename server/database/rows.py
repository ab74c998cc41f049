"""Reading: plain SQL in, dicts out, alike on both engines."""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any

from tortoise import connections

from server.database.fields import sqlite_value
from server.database.shape import natural
from server.foundation.refusal import Refusal

FEW = 500  # values in one reading, where there may be any number


async def rows(sql: str, *values: Any) -> list[dict[str, Any]]:
    """Rows of a query whose placeholders are `?` on both engines.

    Instants (…at), days (…_on) and truths (is_…) come back as datetime, date and bool. Refusal: input.invalid, of a NUL,
    which no database keeps and one fails on.
    """
    if any(isinstance(value, str) and "\0" in value for value in values):
        raise Refusal("input.invalid", reason="NUL")
    client = connections.get("default")
    if client.capabilities.dialect == "sqlite":
        _, found = await client.execute_query(sql, [sqlite_value(value) for value in values])
        return natural(found)
    return await client.execute_query_dict(numbered(sql), list(values))


async def quick(sql: str, *values: Any) -> list[dict[str, Any]]:
    """As `rows`, for a reading by key that every request makes: on SQLite without a thread in between."""
    client = connections.get("default")
    if client.capabilities.dialect == "sqlite":
        return natural(client.quick(sql, [sqlite_value(value) for value in values]))
    return await rows(sql, *values)


async def one(sql: str, *values: Any) -> dict[str, Any] | None:
    """The first row of a query, or None."""
    found = await rows(sql, *values)
    return found[0] if found else None


async def rows_of(sql: str, column: str, values: Sequence[Any], *given: Any) -> list[dict[str, Any]]:
    """Rows of `sql`, which ends in `where` or `and`, whose column has one of these values: some hundred at a time. given: what stands before them."""
    found: list[dict[str, Any]] = []
    for start in range(0, len(values), FEW):
        some = values[start : start + FEW]
        found += await rows(f"{sql} {among(column, some)}", *given, *some)
    return found


def is_sqlite() -> bool:
    """Whether this is SQLite: for the few readings whose words the two engines do not share."""
    return bool(connections.get("default").capabilities.dialect == "sqlite")


def below(column: str, paths: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """A condition that holds for paths at or below any of these, and its values. No path, no row."""
    if not paths:
        return "1=0", ()
    if "" in paths:
        return "1=1", ()
    part = f"({column} >= ? and {column} < ?)"
    return f"({' or '.join([part] * len(paths))})", tuple(v for path in paths for v in (path, path + "~"))


def among(column: str, values: Sequence[Any]) -> str:
    """A condition that holds for each of these values. No value, no row."""
    return f"{column} in ({','.join('?' * len(values))})" if values else "1=0"


BUREAU = 22  # characters of a path as far as the bureau below the top: two segments


def at(column: str, path: str) -> tuple[str, tuple[str, ...]]:
    """A condition that holds at or below one place, and its values, as an equality where indexes begin with one.

    Three segments are a facility or an office, below which there is nothing; two, a bureau: `substr(COLUMN, 1, 22)` is indexed.
    """
    if len(path) > BUREAU:
        return f"{column} = ?", (path,)
    if len(path) == BUREAU:
        return f"substr({column}, 1, {BUREAU}) = ?", (path,)
    return below(column, (path,))


Branch = tuple[str, Sequence[Any]]
Statement = tuple[str, tuple[Any, ...]]  # for the writer, with its values


def merged(branches: Sequence[Branch], order: str, most: int) -> tuple[str, list[Any]]:
    """The first `most` rows, in this order, of several queries that each walk an index in it.

    Either engine then reads about as many entries as it returns, but only if it is told so in its own way: SQLite merges
    plain branches and would sort limited ones, PostgreSQL sorts plain branches and merges ordered ones.
    """
    last, values = f" order by {order} limit {most}", [value for _, given in branches for value in given]
    if len(branches) == 1 or connections.get("default").capabilities.dialect == "sqlite":
        return " union all ".join(sql for sql, _ in branches) + last, values
    return " union all ".join(f"({sql}{last})" for sql, _ in branches) + last, values


@cache
def numbered(sql: str) -> str:
    """`?` placeholders as PostgreSQL's $1, $2, …"""
    count = iter(range(1, 10_000))
    return re.sub(r"\?", lambda _: f"${next(count)}", sql)
