"""Plans as a supervisor makes them, for tests of what becomes of them."""

import datetime as dt
from typing import Any

from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.ids import new_id
from server.plans import queries
from server.plans.rows import Assignment
from tests.conftest import House
from tests.world import PACK


def details(house: House, **changed: Any) -> dict[str, Any]:
    today = clock.today()
    return {
        "title": "冬季安全检查", "kind": "special", "mode": "unannounced", "from_on": today, "until_on": today + dt.timedelta(days=30),
        "checklist": PACK["key"], "parts": ["measures"], "below": house.world.wanzhou, **changed,
    }  # fmt: skip


async def made(house: House, by: Actor | None = None, place: str = "", **changed: Any) -> str:
    payload = {"id": new_id(), "place": place or house.world.wanzhou, "details": details(house, **changed)}
    return str((await house.perform(by or house.world.supervisor, "plans.make", payload))["plan"])


async def out(house: House, *facilities: str, handed: bool = True, by: Actor | None = None, **changed: Any) -> str:
    """A plan that is under way with these facilities, handed to both inspectors."""
    world, me = house.world, by or house.world.supervisor
    plan = await made(house, by, **changed)
    await house.perform(me, "plans.choose", {"plan": plan, "facilities": facilities or (world.home,), "due_on": clock.today() + dt.timedelta(days=20)})
    if handed:
        await hand(house, plan)
    await house.perform(me, "plans.open", {"plan": plan})
    return plan


async def hand(house: House, plan: str, first: Actor | None = None, second: Actor | None = None, **changed: Any) -> dict[str, Any]:
    world = house.world
    ids = [one.id for one in await visits(house, plan)]
    payload = {"assignments": ids, "first": (first or world.inspector).id, "second": (second or world.second).id, **changed}
    return await house.perform(world.supervisor, "plans.hand_out", payload)


async def visits(house: House, plan: str, actor: Actor | None = None) -> list[Assignment]:
    return await queries.assignments(actor or house.world.chief, plan)


async def only(house: House, plan: str) -> Assignment:
    found = await visits(house, plan)
    assert len(found) == 1
    return found[0]


async def third(house: House) -> Actor:
    """One more inspector of the district."""
    world = house.world
    person = {"id": new_id(), "standing": new_id(), "name": "示例第三人", "sign_in": "third", "role": "inspector", "place": world.wanzhou, "code": "0" * 64}
    await house.perform(world.administrator, "people.add", person)
    await house.perform(Actor(person["id"], person["name"]), "people.activate", {"code": "0" * 64, "password": "x"})
    return Actor(person["id"], person["name"], world.inspector.roles)
