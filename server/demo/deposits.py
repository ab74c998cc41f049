"""The demo's records that did not go through by themselves: one in every state, and one for each thing that a page has to say."""

import datetime as dt
from typing import Any

from server.demo import pictures, visits
from server.demo.world import World
from server.deposits import queries
from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.ids import new_id
from server.sync.taking import Envelope, take
from server.workdays.rules import after

NOTED = (("S23-14", "祭扫区围栏松动，没有警示", "祭扫区", "人流引导", "general", "recorded"),)
HOME = "示例江畔养老服务中心"


async def deposits(world: World) -> None:
    """Their facility was closed, a signature is by somebody who is no inspector, a phone's clock stood in 1970, an app was older than the server."""
    closed = "示例武陵公墓管理处"
    later = await _sealed(world, closed, NOTED)
    await _taken_in(world)
    await _clock(world)
    await _second(world, "set_aside", "与纸质补录的是同一次检查")
    await _second(world, "return", "第二检查人请改由何川签名，再提交")
    await _mended(world)
    await _unknown(world)
    await _rechecked(world)
    keeper = await world.person("陈静")
    await world.do(keeper, "places.close", {"id": world.places[closed], "reason": "示例：机构撤并"})
    later["finished_at"] = world.now + dt.timedelta(days=1)  # by a phone whose clock is a day ahead
    await _send(world, later)


async def _sealed(world: World, facility: str, found: Any = ()) -> dict[str, Any]:
    payload, _ = await visits.sealed(world, facility, 0, found)
    world.at(world.now)
    at = world.now - dt.timedelta(hours=1)
    return {**payload, "started_at": at - dt.timedelta(minutes=50), "finished_at": at}


async def _send(world: World, payload: Any, kind: str = "inspections.submit", version: int = 1, at: dt.datetime | None = None, by: Actor | None = None) -> str:
    """The id of what is kept of it, "" where it went through."""
    me, id = by or await world.person("周敏"), new_id()
    told = await take(world.ledger, me, Envelope(id, kind, at or clock.now(), me.id, payload, version))
    about = await queries.about(payload["id"], me.id)
    return about[-1].id if told["state"] == "refused" else ""


async def _decide(world: World, act: str, deposit: str, **given: Any) -> None:
    await world.do(await world.person("牟春兰"), f"deposits.{act}", {"deposit": deposit, "seen": "waiting", **given})


async def _clock(world: World) -> None:
    epoch = dt.datetime(1970, 1, 1, 3, 20, tzinfo=dt.UTC)
    payload = await _sealed(world, "示例救助管理站")
    await _send(world, {**payload, "started_at": epoch, "finished_at": epoch + dt.timedelta(minutes=40)}, at=epoch)


async def _taken_in(world: World) -> None:
    """The second inspector is of another bureau; a supervisor knows that they were there."""
    payload = await _stranger(world, "示例儿童福利院")
    await _decide(world, "accept", await _send(world, payload), reason="罗文当日受邀同去，已核对")


async def _stranger(world: World, facility: str) -> dict[str, Any]:
    """A visit signed beside the author by somebody who is no inspector here."""
    payload = await _sealed(world, facility)
    second = payload["signatures"]["second"] | {"person": world.people["罗文"], "name": "罗文"}
    return {**payload, "signatures": {**payload["signatures"], "second": second}}


async def _second(world: World, act: str, reason: str) -> None:
    await _decide(world, act, await _send(world, await _stranger(world, HOME)), reason=reason)


async def _mended(world: World) -> None:
    payload = await _stranger(world, "示例分水敬老院")
    await _send(world, payload)
    whole = await _sealed(world, "示例分水敬老院")
    await _send(world, {**payload, "signatures": whole["signatures"]})


async def _rechecked(world: World) -> None:
    """Two of the same problem: a colleague of another bureau found it still wrong, 周敏 by a phone whose clock stood in 1970 that it passes."""
    problem = world.reported
    gone, epoch = await world.person("罗文"), dt.datetime(1970, 1, 1, 3, 20, tzinfo=dt.UTC)
    world.sender, due = gone, after(clock.today(), 5, {})
    shot = await pictures.photo(world, "疏散通道", "复查")
    failed = {"id": new_id(), "problem": problem, "passed": False, "record": "通道仍放有轮椅 2 台，已请值班人员移开；周边安全出口畅通", "photos": [shot], "due_on": due, "at": clock.now()}
    await _send(world, failed, kind="problems.recheck", by=gone)
    await _send(world, {**failed, "id": new_id(), "passed": True, "record": "示例：通道已清空，标识已张贴", "photos": [], "due_on": None, "at": epoch}, kind="problems.recheck")


async def _unknown(world: World) -> None:
    """An act that this server does not know yet."""
    told = {"id": new_id(), "facility": world.places[HOME], "temperature": {"fridge": 4.5, "freezer": -18}, "words": "示例：新版应用才有的记录", "at": clock.now()}
    await _send(world, told, kind="temperatures.note")
