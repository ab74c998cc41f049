"""A server with the cast of the tests inside, in a process of its own, on a real disk."""

import contextlib
import os
import tempfile
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from server.database.migrate import migrate
from server.foundation import clock
from server.foundation.actor import SYSTEM, Actor
from server.foundation.command import Command, canonical
from server.foundation.ids import new_id
from server.house import opened
from server.people import session
from server.photos.bytes import DiskStore
from server.photos.commands import keep_photo
from server.settings import Settings
from tests.photos.pictures import jpeg, sha
from tests.serving import serving
from tests.world import PACK, World

SHOT, INK = jpeg(1600, 1200, "teal"), jpeg(300, 100, "white")


class House:
    """Where it listens, its process, the cookies of a signed-in inspector, and its data folder."""

    def __init__(self, port: int, pid: int, cookie: str, folder: Path) -> None:
        self.port, self.pid, self.cookie, self.folder = port, pid, cookie, folder

    def photos(self) -> int:
        """Bytes of photos that are kept."""
        return sum(file.stat().st_size for file in (self.folder / "photos").rglob("*") if file.is_file())

    def cpu(self) -> float:
        """Seconds of processor time the server has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory(self) -> float:
        """MB that the process held at most, the pages of SQLite's file that it has mapped (at most 256) among them."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    def own_memory(self) -> float:
        """MB that the process holds now for itself: without mapped files, which the system takes back when it needs room."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("RssAnon:")[1].split()[0]) / 1024


@contextlib.asynccontextmanager
async def house(more: Sequence[tuple[type[Any], dict[str, Any]]] = (), reader: Actor | None = None, tables: Sequence[dict[str, Any]] = (PACK,)) -> AsyncIterator[House]:
    """more: rows beside the cast, parents first. reader: who is signed in, the inspector if nobody is named. tables: the check tables that are published."""
    with tempfile.TemporaryDirectory(prefix="dugai-bench-", dir=os.environ.get("DUGAI_BENCH")) as folder:
        settings = Settings(data=Path(folder))
        cookie = await _furnish(settings, more, reader, tables)
        async with serving(settings, "bench.server") as (port, pid):
            yield House(port, pid, cookie, settings.data)


async def _furnish(settings: Settings, more: Sequence[tuple[type[Any], dict[str, Any]]], reader: Actor | None, tables: Sequence[dict[str, Any]]) -> str:
    await migrate(settings)
    world = World()
    async with opened(settings) as ledger:
        await ledger.keep(add=[*world.rows(PasswordHasher(1, 8, 1).hash("x")), *more])
        for table in tables:
            await ledger.perform(Command(new_id(), "checklists.publish", 1, clock.now(), SYSTEM.id, canonical({"checklist": table})), SYSTEM)
        for photo in (SHOT, INK):
            await keep_photo(ledger, DiskStore(settings.data / "photos"), sha(photo), photo, world.inspector)
        cookies = await session.begin(ledger, settings, (reader or world.inspector).id)
    return f"{session.TOKEN}={cookies[session.TOKEN]}"

