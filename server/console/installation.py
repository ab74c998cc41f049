"""The installation as a whole: begun, served, backed up, restored."""

import argparse
import asyncio

from server import backup
from server.console import checklists, people
from server.console.acting import Wrong, acting
from server.database.migrate import migrate
from server.foundation.ids import new_id
from server.house import opened
from server.people.queries import is_empty
from server.settings import Settings


def serve(settings: Settings, _: argparse.Namespace) -> None:
    import uvicorn  # late, and the application with it: every other act does without them

    from server.app import create

    asyncio.run(migrate(settings))
    print(f"督改 Dugai: http://{settings.host}:{settings.port}", flush=True)
    uvicorn.run(
        create(settings), host=settings.host, port=settings.port, log_config=None, access_log=False, server_header=False,
        forwarded_allow_ips=settings.proxies, timeout_graceful_shutdown=30,
    )  # fmt: skip


async def bring_up_to_date(settings: Settings, _: argparse.Namespace) -> None:
    applied = await migrate(settings)
    print(f"applied {', '.join(applied)}" if applied else "up to date")


async def begin(settings: Settings, asked: argparse.Namespace) -> None:
    await migrate(settings)
    async with acting(settings) as perform:
        if not await is_empty():
            raise Wrong("there are people already: use `dugai people add`")
        place = new_id()
        await perform("places.add", {"id": place, "kind": asked.kind, "name": asked.place, "mark": asked.mark, "code": asked.code})
        await checklists.publish_shipped(perform)
        await people.register(settings, perform, asked.name, asked.sign_in, "administrator", place)


async def demonstrate(settings: Settings, asked: argparse.Namespace) -> None:
    from server.demo import story  # late: nobody else needs its pictures and its robots

    await migrate(settings)
    async with opened(settings):
        empty = await is_empty()
    if empty:
        await story.furnish(settings)
    elif not asked.if_empty:
        raise Wrong(f"{settings.database or settings.sqlite_file} is not empty: a demo is only made where nothing is")
    for line in story.logins(settings):
        print(line)


async def back_up(settings: Settings, asked: argparse.Namespace) -> None:
    if asked.file.exists():
        raise Wrong(f"{asked.file} is there already")
    made = await backup.backup(settings, asked.file)
    print(f"{sum(made.rows.values())} rows, {made.photos} photos; head {made.head[0]}:{made.head[1]}")


async def restore(settings: Settings, asked: argparse.Namespace) -> None:
    made = await backup.restore(settings, asked.file)
    print(f"{sum(made.rows.values())} rows, {made.photos} photos, all sound; head {made.head[0]}:{made.head[1]}")
