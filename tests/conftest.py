"""The house under test: a migrated database of each kind, the ledger at work, the cast inside, and a client at the door."""

import asyncio
import contextlib
import itertools
import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import hypothesis
import msgspec
import pytest
from argon2 import PasswordHasher
from xdist.scheduler import LoadScopeScheduling

from server.app import build, life
from server.database.migrate import migrate
from server.foundation import clock
from server.foundation.actor import SYSTEM, Actor
from server.foundation.command import Command, canonical
from server.foundation.ids import new_id
from server.house import opened
from server.ledger.perform import Ledger
from server.people import session
from server.settings import Settings
from server.web.security import secured
from tests.postgres import postgres
from tests.world import PACK, PASSWORD, World

# How fast a machine is says nothing about the code: figures live in bench/, not in tests.
hypothesis.settings.register_profile("dugai", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow])
hypothesis.settings.load_profile("dugai")

os.environ["PYTHONDONTWRITEBYTECODE"] = ""  # servers and command lines begin hundreds of times: what they compile is kept

_numbers = itertools.count()
_idle: list[Any] = []  # applications that no house uses: to register all routes takes longer than most tests


class OneBrowser(LoadScopeScheduling):  # type: ignore[misc]
    """The journeys stay in one process: two browsers at once are too slow for each other on two cores. All else is handed out file by file."""

    def _split_scope(self, nodeid: str) -> str:
        return "journeys" if nodeid.startswith("tests/journeys/") else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> OneBrowser:
    return OneBrowser(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The journeys take the longest: they begin first."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/journeys/"))


class House:
    """Everything a behaviour test needs: perform for commands, client for HTTP, world for the cast."""

    def __init__(self, settings: Settings, ledger: Ledger, app: Any = None) -> None:
        self.settings, self.ledger, self.app, self.world = settings, ledger, app, World()

    async def perform(self, actor: Actor, kind: str, payload: object, id: str | None = None) -> dict[str, Any]:
        """The receipt's body; raises Refusal."""
        command = Command(id or new_id(), kind, 1, clock.now(), actor.id, canonical(payload))
        return dict(msgspec.json.decode(await self.ledger.perform(command, actor)))

    @contextlib.asynccontextmanager
    async def client(self, actor: Actor | None = None, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        """A browser without JavaScript, signed in as this person. Redirects are not followed."""
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://dugai.test", headers=headers) as client:
            if actor:
                await self._sign_in(client, actor)
            yield client

    async def _sign_in(self, client: httpx.AsyncClient, actor: Actor) -> None:
        for name, value in (await session.begin(self.ledger, self.settings, actor.id)).items():
            client.cookies.set(name, value, domain="dugai.test")


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One migrated and peopled SQLite file, copied for each test."""
    settings = Settings(data=tmp_path_factory.mktemp("template"))
    asyncio.run(_furnish(settings))
    return settings.sqlite_file


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[str]:
    """The address of a server whose database `furnished` is copied for each test."""
    with postgres() as address:
        asyncio.run(_create(address, "furnished"))
        asyncio.run(_furnish(Settings(data=Path("/nonexistent"), database=f"{address}/furnished")))
        yield address


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """A database of each kind, with the cast inside."""
    if request.param == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "dugai.sqlite")
        yield Settings(data=tmp_path, remind_every=0)
        return
    address, name = request.getfixturevalue("postgres_template"), f"test_{os.getpid()}_{next(_numbers)}"
    asyncio.run(_create(address, name, template="furnished"))
    yield Settings(data=tmp_path, database=f"{address}/{name}", remind_every=0)
    asyncio.run(_said(address, f"drop database {name} with (force)"))  # a thousand of them take minutes to clear away at the end


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """A database of each kind with nothing in it."""
    if request.param == "sqlite":
        yield Settings(data=tmp_path)
        return
    address, name = request.getfixturevalue("postgres_template"), f"empty_{os.getpid()}_{next(_numbers)}"
    asyncio.run(_create(address, name))
    yield Settings(data=tmp_path, database=f"{address}/{name}")
    asyncio.run(_said(address, f"drop database {name} with (force)"))


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    """The house on each database."""
    async with _opened(settings) as opened:
        yield opened


@contextlib.asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[House]:
    app = _idle.pop() if _idle else build(settings)
    app.state.settings = settings
    async with life(app):
        try:
            yield House(settings, app.state.ledger, secured(app, False))
        finally:
            clock.set(None)
    _idle.append(app)


async def _create(address: str, name: str, template: str = "template0") -> None:
    await _said(address, f"create database {name} template {template}")


async def _said(address: str, sql: str) -> None:
    connection = await asyncpg.connect(f"{address}/postgres")
    await connection.execute(sql)
    await connection.close()


async def _furnish(settings: Settings) -> None:
    await migrate(settings)
    async with opened(settings) as ledger:
        await ledger.keep(add=World().rows(PasswordHasher(1, 8, 1).hash(PASSWORD)))
        publish = Command(new_id(), "checklists.publish", 1, clock.now(), SYSTEM.id, canonical({"checklist": PACK}))
        await ledger.perform(publish, SYSTEM)
        if settings.database == "":
            await ledger.writer.query("pragma wal_checkpoint(truncate)")
