"""Published check tables."""

import argparse
import json
from pathlib import Path

from server import catalog
from server.checklists import commands, queries, rules
from server.console.acting import Perform, Wrong, acting
from server.database.connect import connected
from server.settings import Settings

PACKS = Path(rules.__file__).parent / "packs"


async def take_in(settings: Settings, asked: argparse.Namespace) -> None:
    async with acting(settings) as perform:
        print(await _publish(perform, asked.file))


async def publish_shipped(perform: Perform) -> None:
    for file in sorted(PACKS.glob("*.json")):
        await _publish(perform, file)


async def _publish(perform: Perform, file: Path) -> str:
    """Publishes a file, unless this very version is published already."""
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Wrong(f"{file.name} is not JSON: {error}") from None
    made = rules.checked(raw)
    if await queries.digest_of(made.key, made.version) == commands.digest(raw):
        return f"{made.id} is published already"
    await perform("checklists.publish", {"checklist": raw})
    return f"{made.id} published"


async def show(settings: Settings, _: argparse.Namespace) -> None:
    async with connected(settings, catalog.TABLE_NAMES):
        for entry in await queries.published():
            print(f"{entry.id}\t{entry.published_at:%Y-%m-%d}\t{entry.title.zh} / {entry.title.en}")
