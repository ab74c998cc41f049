"""`python -m tests.crashes.furnish`: the cast into a migrated house, in a process of its own, while its server runs; prints the inspector's cookies."""

import asyncio
import json

from argon2 import PasswordHasher

from server.foundation import clock
from server.foundation.actor import SYSTEM
from server.foundation.command import Command, canonical
from server.foundation.ids import new_id
from server.house import opened
from server.people import session
from server.settings import from_environment
from tests.world import PACK, World


async def main() -> None:
    settings, world = from_environment(), World()
    async with opened(settings) as ledger:
        await ledger.keep(add=world.rows(PasswordHasher(1, 8, 1).hash("x")))
        await ledger.perform(Command(new_id(), "checklists.publish", 1, clock.now(), SYSTEM.id, canonical({"checklist": PACK})), SYSTEM)
        print(json.dumps(await session.begin(ledger, settings, world.inspector.id)))


if __name__ == "__main__":
    asyncio.run(main())
