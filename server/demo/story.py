"""The demo's last three months, told in order; and how to sign in to it."""

import datetime as dt
import json
import secrets
from pathlib import Path

from server.checklists import rules as checklists
from server.demo import (
    deposits,
    desks,
    district,
    earlier,
    imports,
    notices,
    plans,
    registers,
    reminders,
    selections,
    visits,
)
from server.demo.district import PEOPLE
from server.demo.world import World
from server.foundation import clock
from server.foundation.actor import SYSTEM
from server.house import opened
from server.settings import Settings

PACKS = Path(__file__).parent.parent / "checklists" / "packs"
PACK = "epidemic-2020-250.v1.json"  # what the story's visits use
MARK = "demo"  # the file that makes a data folder a demo's; it holds how to sign in


def logins(settings: Settings) -> list[str]:
    """`demo login: ROLE NAME PASSWORD` for each role; nothing where there is no demo."""
    file = settings.data / MARK
    return [f"demo login: {entry['role']} {entry['name']} {entry['password']}" for entry in json.loads(file.read_text())] if file.exists() else []


async def furnish(settings: Settings) -> None:
    """Fill an empty, migrated database. The clock is set back while it lives through its last weeks."""
    keys = {sign_in: secrets.token_urlsafe(9) for _, sign_in, _, _ in PEOPLE}
    async with opened(settings) as ledger:
        try:
            await _tell(World(settings, ledger, clock.now()), keys, settings)
        finally:
            clock.set(None)
    shown = {role: sign_in for _, sign_in, role, _ in reversed(PEOPLE)}
    file = settings.data / MARK
    file.touch(mode=0o600)
    file.write_text(json.dumps([{"role": role, "name": name, "password": keys[name]} for role, name in sorted(shown.items())]))


async def _tell(world: World, keys: dict[str, str], settings: Settings) -> None:
    world.at(world.now - dt.timedelta(days=90))
    await _checklists(world)
    await district.places(world)
    await district.people(world, keys)
    await earlier.weeks(world)
    await reminders.robots(world, settings)
    season = await plans.season(world)
    await desks.draft(world)
    for facility, days, found in sorted(visits.VISITS, key=lambda entry: -entry[1]):
        await visits.visit(world, facility, days, found, season[facility])
    await visits.visit(world, "示例救助管理站", 3, (), season["示例救助管理站"])
    await visits.visit(world, notices.HOME, 2, visits.LATEST)
    await plans.plans(world)
    await visits.afterwards(world)
    await notices.afterwards(world)
    await registers.registers(world)
    await desks.devices(world)
    await desks.reading(world)
    await desks.audits(world)
    await imports.imports(world)
    await deposits.deposits(world)
    await selections.selections(world)
    await reminders.told(world, settings)


async def _checklists(world: World) -> None:
    for file in sorted(PACKS.glob("*.json")):
        pack = json.loads(file.read_text(encoding="utf-8"))
        await world.do(SYSTEM, "checklists.publish", {"checklist": pack})
        if file.name == PACK:
            world.checklist = checklists.checked(pack)
