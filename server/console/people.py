"""People: registered, or given a new code."""

import argparse

from server.console.acting import Perform, Wrong, acting, place_named
from server.foundation.ids import new_id
from server.people import queries, rules
from server.settings import Settings


async def add(settings: Settings, asked: argparse.Namespace) -> None:
    async with acting(settings) as perform:
        await register(settings, perform, asked.name, asked.sign_in, asked.role, await place_named(asked.place))


async def register(settings: Settings, perform: Perform, name: str, sign_in: str, role: str, place: str) -> None:
    """Registers somebody at the place with this id, and prints their code."""
    code = rules.code_for(settings.secret(), new_id())
    await perform(
        "people.add",
        {"id": new_id(), "standing": new_id(), "name": name, "sign_in": sign_in, "role": role, "place": place, "code": rules.fingerprint(code)},
    )
    print(f"{name}: open /activate within {rules.CODE_LIFE.days} days and enter {rules.printed(code)}")


async def reset(settings: Settings, asked: argparse.Namespace) -> None:
    async with acting(settings) as perform:
        found = await queries.sign_in(rules.normal_sign_in(asked.sign_in))
        if found is None:
            raise Wrong(f"nobody signs in as {asked.sign_in}")
        code = rules.code_for(settings.secret(), new_id())
        await perform("people.reset", {"person": found.id, "code": rules.fingerprint(code)})
    print(f"open /activate within {rules.CODE_LIFE.days} days and enter {rules.printed(code)}")
