"""What the demo's supervisor did with many problems at once: one act that stands, one that was undone but for what was worked on, one that is being thought over."""

import datetime as dt
from typing import Any

from server.demo.world import World
from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.ids import new_id
from server.problems.filters import Filters
from server.problems.queries import Problem, pages
from server.selections.work import Walks
from server.workdays.rules import after


async def selections(world: World) -> None:
    """The last hours before now."""
    boss = await world.person("冉志远")
    walks = Walks(world.ledger)
    running = [one async for page in pages(boss, Filters()) for one in page if one.state in ("issued", "rectifying") and not one.extension_id][:6]
    await _sponsored(world, boss, walks)
    await _days_undone(world, boss, walks, running)
    await _thought_over(world, boss, walks)


async def _sponsored(world: World, boss: Actor, walks: Walks) -> None:
    """Everything open gets its sponsor, as far as it has another."""
    world.at(world.now - dt.timedelta(minutes=50))
    every = [one.id async for page in pages(boss, Filters()) for one in page]
    await _done(world, boss, walks, every, "assign", {"sponsor": "冉志远"})


async def _days_undone(world: World, boss: Actor, walks: Walks, running: list[Problem]) -> None:
    """A day set for all and taken back; one of them had been given another meanwhile, and keeps it."""
    world.at(world.now - dt.timedelta(minutes=40))
    day = after(clock.today(), 9, {})
    id = await _done(world, boss, walks, [one.id for one in running], "set_due", {"due_on": day, "reason": "示例：迎检，统一时限"})
    world.at(world.now - dt.timedelta(minutes=35))
    if running:
        await world.do(boss, "problems.set_due", {"problem": running[0].id, "due_on": after(day, 2, {}), "reason": "示例：厂家周末到场"})
    world.at(world.now - dt.timedelta(minutes=30))
    await world.do(boss, "selections.undo", {"selection": id, "reason": "示例：迎检改期，时限照旧"})
    await walks.wake(id)


async def _thought_over(world: World, boss: Actor, walks: Walks) -> None:
    """Looked at row by row, and not done yet: some will, some will not."""
    world.at(world.now - dt.timedelta(minutes=20))
    mixed = [one.id async for page in pages(boss, Filters(state="all")) for one in page if one.state in ("recorded", "awaiting_recheck", "rectifying")]
    await _checked(world, boss, walks, mixed[:12], "issue", {})


async def _checked(world: World, boss: Actor, walks: Walks, problems: list[str], act: str, given: dict[str, Any]) -> str:
    id = new_id()
    await world.do(boss, "selections.choose", {"id": id, "problems": problems})
    await world.do(boss, "selections.check", {"selection": id, "act": act, "given": given})
    await walks.wake(id)
    return id


async def _done(world: World, boss: Actor, walks: Walks, problems: list[str], act: str, given: dict[str, Any]) -> str:
    id = await _checked(world, boss, walks, problems, act, given)
    await world.do(boss, "selections.do", {"selection": id})
    await walks.wake(id)
    return id
