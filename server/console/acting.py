"""How a command line writes: as the server itself."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec

from server.foundation import clock
from server.foundation.actor import SYSTEM
from server.foundation.command import Command, canonical
from server.foundation.ids import new_id
from server.house import opened
from server.people import queries
from server.settings import Settings

Perform = Callable[[str, object], Awaitable[dict[str, Any]]]


class Wrong(Exception):
    """What the person who typed the command can mend, in one line."""


@contextlib.asynccontextmanager
async def acting(settings: Settings) -> AsyncIterator[Perform]:
    """Performs a command of this kind with this payload; its receipt."""
    async with opened(settings) as ledger:

        async def perform(kind: str, payload: object) -> dict[str, Any]:
            command = Command(new_id(), kind, 1, clock.now(), SYSTEM.id, canonical(payload))
            return dict(msgspec.json.decode(await ledger.perform(command, SYSTEM)))

        yield perform


async def place_named(name: str) -> str:
    """The id of the one place of this name."""
    found = [place for place in await queries.places(SYSTEM) if place.name == name]
    if len(found) != 1:
        raise Wrong(f"there is {'no place' if not found else 'more than one place'} called {name}")
    return found[0].id
