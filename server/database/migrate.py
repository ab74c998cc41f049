"""Numbered SQL files, applied once each, in order, in one transaction, under one lock.

A generated ALTER on SQLite rebuilds a table by dropping it with cascades on, and loses child rows without a word. So
migrations are plain SQL: foreign keys are off while they run and checked before anything is committed.
"""

import hashlib
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import msgspec

from server.settings import Settings

FOLDER = Path(__file__).parent / "migrations"
LOCK = 727001
TABLE = "create table if not exists migration (name text primary key, sha256 text not null, at timestamp default current_timestamp)"


class Step(msgspec.Struct, frozen=True):
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


class MigrationError(Exception):
    """The database and the migrations at hand do not fit; nothing was changed."""


def steps(engine: str, folder: Path = FOLDER) -> list[Step]:
    """All steps for "sqlite" or "postgres", in order; NAME.sql serves both, NAME.ENGINE.sql one."""
    found = []
    for file in sorted(folder.glob("*.sql")):
        name, *only = file.name.removesuffix(".sql").split(".")
        if only in ([], [engine]):
            found.append(Step(name, file.read_text()))
    return found


async def migrate(settings: Settings, folder: Path = FOLDER) -> list[str]:
    """Bring the database up to date; the names of the steps that were applied. MigrationError leaves it as it was."""
    if settings.database:
        return await _postgres(settings.database, folder)
    settings.data.mkdir(parents=True, exist_ok=True)
    return _sqlite(settings.sqlite_file, folder)


def _sqlite(file: Path, folder: Path) -> list[str]:
    connection = sqlite3.connect(file, isolation_level=None, timeout=60)
    try:
        connection.execute("pragma journal_mode=wal")
        connection.execute("pragma synchronous=full")
        connection.execute("pragma foreign_keys=off")
        connection.execute("begin immediate")
        try:
            connection.execute(TABLE)
            done = dict(connection.execute("select name, sha256 from migration").fetchall())
            applied = _due(done, steps("sqlite", folder))
            for step in applied:
                for statement in statements(step.sql):
                    connection.execute(statement)
                connection.execute("insert into migration (name, sha256) values (?, ?)", (step.name, step.sha256))
            if broken := connection.execute("pragma foreign_key_check").fetchall():
                raise MigrationError(f"rows would lose what they refer to: {broken[:3]}")
            connection.execute("commit")
        except BaseException:
            connection.execute("rollback")
            raise
    finally:
        connection.close()
    return [step.name for step in applied]


async def _postgres(address: str, folder: Path) -> list[str]:
    connection = await asyncpg.connect(address)
    try:
        async with connection.transaction():
            await connection.execute(f"select pg_advisory_xact_lock({LOCK})")
            await connection.execute(TABLE)
            done = {row["name"]: row["sha256"] for row in await connection.fetch("select name, sha256 from migration")}
            applied = _due(done, steps("postgres", folder))
            for step in applied:
                await connection.execute(_bytewise(step.sql))
                await connection.execute("insert into migration (name, sha256) values ($1, $2)", step.name, step.sha256)
    finally:
        await connection.close()
    return [step.name for step in applied]


def _due(done: dict[str, str], known: list[Step]) -> list[Step]:
    """The steps still to be applied, after making sure that what was applied is what is at hand."""
    names = {step.name for step in known}
    if newer := sorted(set(done) - names):
        raise MigrationError(f"the database is newer than this program: it knows {', '.join(newer)}")
    for step in known:
        if step.name in done and done[step.name] != step.sha256:
            raise MigrationError(f"{step.name} was edited after it had been applied")
    return [step for step in known if step.name not in done]


def statements(sql: str) -> Iterator[str]:
    """The statements of a script one by one (`executescript` would commit in between)."""
    held = ""
    for part in sql.split(";"):
        held += part + ";"
        if sqlite3.complete_statement(held):
            if held.strip("; \n"):
                yield held
            held = ""


def _bytewise(sql: str) -> str:
    """Text that PostgreSQL compares byte by byte, as SQLite does, so that paths and pages sort alike on both."""
    return re.sub(r"\bTEXT\b", 'TEXT COLLATE "C"', sql)
