"""Migrations: applied once, together or not at all, and never losing a row."""

import asyncio
import shutil
import sqlite3
from pathlib import Path

import asyncpg
import pytest

from server import catalog
from server.database.connect import connected
from server.database.migrate import FOLDER, MigrationError, migrate, statements
from server.database.rows import one, rows
from server.database.shape import columns, table
from server.settings import Settings
from tests.conftest import House


def copied(tmp_path: Path) -> Path:
    folder = tmp_path / "migrations"
    shutil.copytree(FOLDER, folder)
    return folder


async def count(settings: Settings, name: str) -> int:
    async with connected(settings, catalog.TABLE_NAMES):
        found = await one(f"select count(*) as n from {name}")
        return int(found["n"]) if found else 0


async def test_the_schema_is_that_of_the_models(house: House) -> None:
    for model in catalog.TABLES:
        if house.settings.database:
            found = await rows("select column_name as name from information_schema.columns where table_name = ?", table(model))
        else:
            found = await rows(f"select name from pragma_table_info('{table(model)}')")
        assert {row["name"] for row in found} == set(columns(model)), table(model)


async def test_a_second_run_has_nothing_to_do(settings: Settings) -> None:
    assert await migrate(settings) == []


async def test_rebuilding_a_table_that_others_refer_to_keeps_every_row(settings: Settings, tmp_path: Path) -> None:
    """The trap: a generated rebuild drops the parent with cascades on, and the children go with it."""
    folder, before = copied(tmp_path), {name: await count(settings, name) for name in ("person", "standing", "session")}
    assert before["person"] > 5
    (folder / "0900_rebuild.sqlite.sql").write_text(
        "create table person_new (id TEXT primary key, name TEXT not null, sign_in TEXT not null unique, password TEXT, state TEXT not null,"
        " lang TEXT not null, nickname TEXT);\n"
        "insert into person_new (id, name, sign_in, password, state, lang) select id, name, sign_in, password, state, lang from person;\n"
        "drop table person;\nalter table person_new rename to person;\ncreate index person_name on person (name, id);\n"
    )
    (folder / "0900_rebuild.postgres.sql").write_text("alter table person add column nickname TEXT;\n")
    assert await migrate(settings, folder) == ["0900_rebuild"]
    assert {name: await count(settings, name) for name in before} == before


async def test_a_migration_that_would_orphan_rows_is_undone_as_a_whole(settings: Settings, tmp_path: Path) -> None:
    folder, before = copied(tmp_path), await count(settings, "place")
    (folder / "0900_first.sql").write_text("create table half (id TEXT primary key);\n")
    (folder / "0901_careless.sql").write_text("delete from place where kind = 'facility';\n")
    with pytest.raises((MigrationError, asyncpg.ForeignKeyViolationError)):
        await migrate(settings, folder)
    assert await count(settings, "place") == before
    with pytest.raises(Exception, match="half"):
        await count(settings, "half")


async def test_what_was_applied_is_never_edited(settings: Settings, tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "0002_people.sql").write_text((folder / "0002_people.sql").read_text() + "-- a small change\n")
    with pytest.raises(MigrationError, match="edited"):
        await migrate(settings, folder)


async def test_a_database_newer_than_the_program_is_left_alone(settings: Settings, tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "0900_later.sql").write_text("create table later (id TEXT primary key);\n")
    await migrate(settings, folder)
    with pytest.raises(MigrationError, match="newer"):
        await migrate(settings)


async def test_two_that_migrate_at_once_do_it_once(settings: Settings, tmp_path: Path) -> None:
    folder = copied(tmp_path)
    (folder / "0900_later.sql").write_text("create table later (id TEXT primary key);\n")

    def run() -> list[str]:
        return asyncio.run(migrate(settings, folder))

    done = await asyncio.gather(*(asyncio.to_thread(run) for _ in range(4)))
    assert sorted(done) == [[], [], [], ["0900_later"]]


def test_a_script_is_run_statement_by_statement() -> None:
    script = "create table a (b TEXT default ';');\n-- a comment; with a semicolon\ncreate table c (d TEXT);\n"
    connection = sqlite3.connect(":memory:")
    for statement in statements(script):
        connection.execute(statement)
    assert {name for (name,) in connection.execute("select name from sqlite_master")} == {"a", "c"}
