"""The demo's notices and what came of them: signed for on a phone and on paper, refused, not signed yet; more time; marks; the calendar's own days."""

import datetime as dt
from typing import Any

from server.demo.world import World
from server.foundation import clock
from server.foundation.ids import new_id
from server.workdays.rules import after

NOT_ISSUED = ("recorded", "fixed_on_spot", "withdrawn")
SIGNED_AFTER = dt.timedelta(days=7)  # what is newer waits for a signature still
HOME, SPRING = "示例江畔养老服务中心", "示例分水敬老院"


async def issue(world: World, facility: str, problems: list[str], person: str, found: dt.datetime) -> None:
    """The problems of a visit in one notice, the day after it; nothing where none is to be issued."""
    if not problems:
        return
    at = min(found + dt.timedelta(days=1, hours=2), world.now - dt.timedelta(minutes=1))
    world.at(at)
    due, id = after(clock.today(at), 8, {}), new_id()
    lines = [{"problem": problem, "due_on": due, "person": person, "sponsor": "冉志远"} for problem in problems]
    await world.do(await world.person("冉志远"), "notices.issue", {"id": id, "lines": lines})
    await _deliver(world, facility, id, at + dt.timedelta(hours=3))


async def _deliver(world: World, facility: str, notice: str, at: dt.datetime) -> None:
    world.at(min(at, world.now))
    if facility == HOME and at < world.now - SIGNED_AFTER:
        await world.do(await world.person("谭秀兰"), "notices.sign", {"id": new_id(), "notice": notice})
    if facility == SPRING:
        refused = {"notice": notice, "reason": "认为隔离室只是临时存放，不应单列一条", "first": "示例：村委会吴主任", "second": "示例：网格员邓琴", "on": clock.today()}
        await world.do(await world.person("周敏"), "notices.note_refused", refused)


async def afterwards(world: World) -> None:
    """Today and the days before it."""
    await _on_paper(world)
    await _more_time(world)
    await _marks(world)
    await _days(world)


async def _on_paper(world: World) -> None:
    world.at(world.now - dt.timedelta(days=2))
    id, boss = new_id(), await world.person("冉志远")
    line = {"problem": world.problems["祭扫区路面破损，没有警示"], "due_on": after(clock.today(), 15, {}), "person": "余佳"}
    await world.do(boss, "notices.issue", {"id": id, "lines": [line]})
    await world.do(await world.person("何川"), "notices.note_signed", {"notice": id, "signer": "余佳", "on": clock.today()})


async def _more_time(world: World) -> None:
    """One request waits, one was granted for fewer days, one refused."""
    boss = await world.person("牟春兰")
    for what, who, days, reason, act, answer in (
        ("灭火器箱前堆放清洁工具，1 具压力不足", "谭秀兰", 6, "新灭火器厂家缺货，预计下周到", "", ""),
        ("公共浴室消毒记录缺 4 天", "熊建", 9, "新消毒设备安装要等厂家上门", "grant_extension", "先用人工消毒，设备到后补齐记录"),
        ("隔离室被占作库房", "熊建", 20, "没有别的库房", "refuse_extension", "可借用一楼会议室，不需要延期"),
    ):  # fmt: skip
        world.at(world.now - dt.timedelta(hours=30))
        problem, id = world.problems[what], new_id()
        wished = clock.today() + dt.timedelta(days=days)
        await world.do(await world.person(who), "problems.ask_extension", {"id": id, "problem": problem, "wished_on": wished, "reason": reason})
        if act:
            world.at(world.now - dt.timedelta(hours=7))
            given: dict[str, Any] = {"due_on": wished - dt.timedelta(days=2)} if act == "grant_extension" else {}
            await world.do(boss, f"problems.{act}", {"problem": problem, "extension": id, "reason": answer, **given})


async def _marks(world: World) -> None:
    world.at(world.now - dt.timedelta(days=3))
    boss, year = await world.person("冉志远"), clock.today().year
    for what, act, told in (
        ("三楼东侧疏散通道堆放纸箱、轮椅，影响通行", "supervise", {"to": "示例市民政局", "document": f"示例督〔{year}〕2号", "reason": "重大隐患，春节前必须清零"}),
        ("隔离室被占作库房", "refer", {"to": "示例区消防救援大队", "document": f"示例移〔{year}〕1号", "reason": "库房存放可燃物，需消防部门认定"}),
        ("值班室灭火器过期 2 具", "supervise", {"to": "示例万州区民政局", "document": "", "reason": "复查两次仍有过期"}),
    ):  # fmt: skip
        await world.do(boss, f"problems.{act}", {"id": new_id(), "problem": world.problems[what], **told})
    world.at(world.now - dt.timedelta(days=1))
    await world.do(boss, "problems.end_supervision", {"problem": world.problems["值班室灭火器过期 2 具"], "reason": "已全部更换，现场看过"})


async def _days(world: World) -> None:
    """A day off to come, and one that was taken back."""
    world.at(world.now - dt.timedelta(days=1))
    boss, today = await world.person("冉志远"), clock.today()
    for days, reason, back in ((6, "示例：防汛演练，全区停工一天", ""), (9, "示例：供电检修", "检修改到周末")):
        id = new_id()
        await world.do(boss, "workdays.declare", {
            "id": id, "place": world.places["示例万州区民政局"], "day_on": after(today, days, {}), "is_worked": False, "reason": reason,
        })  # fmt: skip
        if back:
            await world.do(boss, "workdays.take_back", {"workday": id, "reason": back})
