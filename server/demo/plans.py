"""The demo's plans: one in every state, a draw, a conflict, and the season's, by which its visits are made."""

import datetime as dt
from typing import Any

from server.demo.visits import VISITS
from server.demo.world import World
from server.foundation import clock
from server.foundation.ids import new_id
from server.people import rules


async def season(world: World) -> dict[str, str]:
    """The plan of the season, by which the story's visits are made: its assignments by facility."""
    return await _plan(world, "示例四季度专项检查", "unannounced", "special", -26, 12, (*(visit[0] for visit in VISITS), "示例武陵公墓管理处"))


async def plans(world: World) -> None:
    """A plan in every state, a draw and a conflict; the season's plan has a second visit to decide on."""
    await _plan(world, "示例节前值守检查", "announced", "routine", -15, -2, ("示例殡仪馆", "示例分水敬老院"))
    world.at(world.now - dt.timedelta(days=1))
    keeper = await world.person("牟春兰")
    await world.do(keeper, "plans.end", {"plan": world.plans["示例节前值守检查"]})
    await _plan(world, "示例元旦前联合检查", "announced", "special", 1, 20, ("示例江畔养老服务中心", "示例儿童福利院"))
    await _plan(world, "示例消毒液使用回访", "unannounced", "case", -8, 6, ("示例分水敬老院",), due=-1)
    await _plan(world, "示例明年一季度检查", "unannounced", "routine", 30, 120, ("示例武陵公墓管理处", "示例儿童福利院"), handed=False, opened=False)
    await _plan(world, "示例重复的计划", "unannounced", "routine", 2, 20, ("示例殡仪馆",))
    await world.do(keeper, "plans.withdraw", {"plan": world.plans["示例重复的计划"], "reason": "与四季度专项检查重复"})
    avoiding = {"id": new_id(), "person": world.people["蒋勇"], "facility": world.places["示例武陵公墓管理处"], "reason": "亲属在该单位任职"}
    await world.do(keeper, "plans.avoid", avoiding)
    await _plan(world, "示例双随机抽查", "random", "routine", 0, 9, draw_count=3)
    draw = {
        "id": new_id(), "plan": world.plans["示例双随机抽查"], "rules": {"count": 3, "within_days": 4}, "words": "瑞雪兆丰年",
        "inspectors": [world.people[name] for name in ("周敏", "何川", "蒋勇")],
    }  # fmt: skip
    await world.do(keeper, "plans.draw", draw)
    await world.do(keeper, "plans.open", {"plan": draw["plan"]})


async def _plan(world: World, title: str, mode: str, kind: str, start: int, end: int, facilities: tuple[str, ...] = (), due: int | None = None, handed: bool = True, opened: bool = True, **more: Any
) -> dict[str, str]:
    """A plan of 牟春兰's from and until so many days from now; its assignments by facility."""
    world.at(world.now + dt.timedelta(days=min(start, 0)) - dt.timedelta(hours=1))
    keeper, today, plan = await world.person("牟春兰"), clock.today(world.now), new_id()
    details = {
        "title": title, "kind": kind, "mode": mode, "from_on": today + dt.timedelta(days=start), "until_on": today + dt.timedelta(days=end),
        "checklist": world.checklist.key, "parts": ["measures"], "below": world.places["示例万州区民政局"], **more,
    }  # fmt: skip
    await world.do(keeper, "plans.make", {"id": plan, "place": world.places["示例万州区民政局"], "details": details})
    world.plans[title] = plan
    act, found = new_id(), {}
    if facilities:
        choosing = {"plan": plan, "facilities": [world.places[name] for name in facilities], "due_on": today + dt.timedelta(days=end if due is None else due)}
        await world.do(keeper, "plans.choose", choosing, act)
        found = {name: rules.id_for(act, world.places[name]) for name in facilities}
    if facilities and handed:
        await world.do(keeper, "plans.hand_out", {"assignments": list(found.values()), "first": world.people["周敏"], "second": world.people["何川"]})
    if facilities and opened:
        await world.do(keeper, "plans.open", {"plan": plan})
    return found
