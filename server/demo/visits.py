"""The demo's visits: what they found, how far each problem has come since, and what came to the desk after them."""

import datetime as dt
from typing import Any

from server.checklists.rules import Item
from server.demo import notices, pictures
from server.demo.district import FACILITIES
from server.demo.world import World
from server.foundation import clock
from server.foundation.ids import new_id
from server.people import rules
from server.sync.tables import Phone
from server.workdays.rules import after

# What visits found: facility, days ago, then (item, what, point, step, severity, how far it has come)
VISITS: tuple[tuple[str, int, tuple[tuple[str, str, str, str, str, str], ...]], ...] = (
    ("示例江畔养老服务中心", 24, (
        ("S23-14", "三楼东侧疏散通道堆放纸箱、轮椅，影响通行", "三楼东侧通道", "疏散", "critical", "awaiting_recheck"),
        ("S23-14", "灭火器箱前堆放清洁工具，1 具压力不足", "二楼西侧走廊", "消防器材", "serious", "rectifying"),
        ("S23-09", "冰箱内生熟食品混放", "食堂", "储存", "general", "closed"),
        ("S23-03", "外来人员出入登记不全，未查验", "大门", "出入登记", "serious", "plan_submitted"),
    )),
    ("示例分水敬老院", 18, (
        ("S23-10", "公共浴室消毒记录缺 4 天", "公共浴室", "消毒", "general", "returned"),
        ("S23-13", "隔离室被占作库房", "一楼隔离室", "", "serious", "plan_returned"),
        ("S23-09", "食品留样不足 48 小时", "食堂", "储存", "general", "rechecked"),
        ("S23-14", "值班室灭火器过期 2 具", "值班室", "值守", "general", "reported_again"),
    )),
    ("示例儿童福利院", 9, (
        ("S23-09", "留样盒没有写日期", "食堂", "留样", "general", "fixed_on_spot"),
        ("S23-03", "晚间出入没有登记", "大门", "出入登记", "general", "issued"),
    )),
    ("示例救助管理站", 5, (("S23-08", "心理疏导没有记录", "接待室", "", "general", "withdrawn"),)),
    ("示例殡仪馆", 1, (("S23-06", "应检 12 人，已检 9 人", "服务大厅", "", "serious", "recorded"),)),
)  # fmt: skip
LATEST = (
    ("S23-10", "洗手间洗手液缺失，通风记录未填", "二楼洗手间", "", "general", "issued"),
    ("S23-03", "返院人员未经观察直接入住普通居室", "观察室", "入住", "serious", "plan_returned"),
)


async def visit(world: World, facility: str, days: int, found: tuple[tuple[str, str, str, str, str, str], ...], assignment: str = "") -> None:
    payload, ended = await sealed(world, facility, days, found, assignment)
    receipt = await world.do(world.sender, "inspections.submit", payload)
    world.visits[facility] = receipt["visit"]
    person = next(entry[4] for entry in FACILITIES if entry[0] == facility)
    issued = [row["problem"] for row, (*_, state) in zip(receipt["problems"], found, strict=True) if state not in notices.NOT_ISSUED]
    await notices.issue(world, facility, issued, person, ended)
    for row, (_, what, _, _, severity, state) in zip(receipt["problems"], found, strict=True):
        world.problems[what] = row["problem"]
        await _bring(world, row["problem"], what, severity, state, person, ended)
        world.reported = row["problem"] if state == "awaiting_recheck" else world.reported


async def sealed(
    world: World, facility: str, days: int, found: tuple[tuple[str, str, str, str, str, str], ...], assignment: str = ""
) -> tuple[dict[str, Any], dt.datetime]:
    """A visit of 周敏 and 何川 as their phone seals it, its photos sent; when it ended, which is the hour of the world by then."""
    ended = (world.now - dt.timedelta(days=days)).astimezone(clock.BEIJING).replace(hour=11, minute=20, second=0, microsecond=0)
    world.at(ended)
    world.sender = await world.person("周敏")
    type = next(entry[1] for entry in FACILITIES if entry[0] == facility)
    findings = [
        {
            "id": new_id(), "item": item, "what": what, "point": point, "step": step, "severity": severity, "party": "unit",
            "person": next(entry[4] for entry in FACILITIES if entry[0] == facility), "fixed": state == "fixed_on_spot",
            "photos": [await pictures.photo(world, what, "整改前")], "after": [await pictures.photo(world, what, "整改后")] if state == "fixed_on_spot" else [],
        }
        for item, what, point, step, severity, state in found
    ]  # fmt: skip
    failed = {finding["item"] for finding in findings}
    items = [item for item in world.checklist.on_site("measures") if item.fits(type)]
    contact = next(entry for entry in FACILITIES if entry[0] == facility)
    ink = {name: await pictures.ink(world, name) for name in ("周敏", "何川", contact[4])}
    payload = {
        "id": new_id(), "facility": world.places[facility], "checklist": {"key": world.checklist.key, "version": world.checklist.version},
        "parts": ["measures"], "kind": "special", "mode": "unannounced", "started_at": ended - dt.timedelta(minutes=70), "finished_at": ended, "assignment": assignment,
        "answers": {item.key: _answer(item, item.key in failed) for item in items}, "findings": findings,
        "signatures": {
            "first": {"person": world.people["周敏"], "name": "周敏", "photo": ink["周敏"]},
            "second": {"person": world.people["何川"], "name": "何川", "photo": ink["何川"]},
            "facility": {"name": contact[4], "title": contact[5], "photo": ink[contact[4]]},
        },
    }  # fmt: skip
    return payload, ended


async def _bring(world: World, problem: str, what: str, severity: str, state: str, person: str, found: dt.datetime) -> None:
    """Take a problem as far as the story wants it, a few days a step."""
    planned = severity != "general"
    ways = {
        "plan_submitted": ("plan",), "plan_returned": ("plan", "return_plan"), "rectifying": (*(("plan", "accept_plan") if planned else ()), "progress"),
        "withdrawn": ("withdraw",),
    }  # fmt: skip
    ways["awaiting_recheck"] = (*ways["rectifying"], "report")
    ways["returned"] = (*ways["awaiting_recheck"], "fail")
    ways["reported_again"] = (*ways["awaiting_recheck"], "recheck", "report")
    ways["rechecked"] = (*ways["awaiting_recheck"], "pass")
    ways["closed"] = (*ways["rechecked"], "close")
    at = found + dt.timedelta(days=1, hours=2)  # by then it has been issued
    for act in ways.get(state, ()):
        at = min(at + dt.timedelta(days=1, hours=2), world.now - dt.timedelta(minutes=1))
        world.at(at)
        who = {"pass": "何川", "fail": "何川", "recheck": "何川", "close": "牟春兰"}.get(act, "冉志远")
        is_its_own = act in ("plan", "progress", "report")
        who = person if is_its_own else who
        world.sender = await world.person(who)
        told = await _told(world, act, what, person, at)
        await world.do(world.sender, f"problems.{act}", {"problem": problem, **({"id": new_id()} if is_its_own else {}), **told}, made=told.get("at"))


async def _told(world: World, act: str, what: str, person: str, at: dt.datetime) -> dict[str, Any]:
    on = clock.today(at)
    told: dict[str, dict[str, Any]] = {
        "plan": {"cause": "日常巡查没有明确到人，夜班无人清点", "measures": "当日清理；每班交接时检查并签字，院长每周抽查一次", "person": person},
        "accept_plan": {}, "return_plan": {"reason": "没有写明完成时间和责任人"},
        "progress": {"text": "已清理一半，其余等厂家上门", "photos": []},
        "report": {"text": "已全部整改，张贴提示，纳入每日巡查", "photos": [await pictures.photo(world, what, "整改后")] if act == "report" else []},
        "pass": {"record": "现场看过，与报告一致", "photos": []},
        "fail": {"record": "抽查 3 天仍缺记录", "due_on": after(on, 5, {}), "photos": []},
        "recheck": {"id": new_id(), "passed": False, "record": "换了 1 具，另 1 具仍过期", "due_on": after(on, 5, {}), "at": at - dt.timedelta(minutes=95), "round": 0,
                    "photos": [await pictures.photo(world, what, "复查")] if act == "recheck" else []},
        "close": {}, "withdraw": {"reason": "与上月登记的问题重复"},
    }  # fmt: skip
    return told[act]


def _answer(item: Item, fails: bool) -> dict[str, Any]:
    if item.fields:
        return {"fields": {"due": 12, "done": 9 if fails else 12}}
    return {"value": "fail" if fails else "pass"}


async def afterwards(world: World) -> None:
    """What came to the desk after the visits: one on paper, two amended, and phones that still hold work."""
    ended = (world.now - dt.timedelta(days=4)).astimezone(clock.BEIJING).replace(hour=15, minute=30, second=0, microsecond=0)
    world.at(min(ended + dt.timedelta(days=1), world.now))
    clerk = world.sender = await world.person("陈静")
    items = [item for item in world.checklist.on_site("measures") if item.fits("cemetery")]
    finding: dict[str, Any] = {
        "id": new_id(), "item": "S23-14", "what": "祭扫区路面破损，没有警示", "point": "祭扫区", "step": "人流引导", "severity": "general", "party": "unit",
        "person": "余佳", "photos": [await pictures.photo(world, "祭扫区", "整改前")],
    }  # fmt: skip
    answers = {item.key: _answer(item, item.key == "S23-14") | ({"bulk": True} if not item.fields and item.severity == "general" and item.key != "S23-14" else {}) for item in items}
    receipt = await world.do(clerk, "inspections.enter", {
        "id": new_id(), "facility": world.places["示例武陵公墓管理处"], "checklist": {"key": world.checklist.key, "version": world.checklist.version},
        "parts": ["measures"], "kind": "routine", "mode": "announced", "started_at": ended - dt.timedelta(hours=1), "finished_at": ended,
        "inspectors": [world.people["周敏"], world.people["何川"]], "answers": answers, "counterpart": {"name": "余佳", "title": "主任"},
        "sheets": [await pictures.photo(world, "纸质记录", "第一页")], "findings": [finding] if any(item.key == "S23-14" for item in items) else [],
    })  # fmt: skip
    world.problems[finding["what"]] = receipt["problems"][0]["problem"]
    for n, (facility, who, changed) in enumerate((
        ("示例殡仪馆", "何川", {"reason": "回看台账，已检应为 10 人", "answers": {"S23-06": {"fields": {"due": 12, "done": 10}}}}),
        ("示例儿童福利院", "冉志远", {"reason": "检查类别选错", "kind": "routine", "facility": {"name": "向莉", "title": "副院长"}}),
    )):  # fmt: skip
        world.at(world.now - dt.timedelta(hours=6 - n))
        await world.do(await world.person(who), "inspections.amend", {"visit": world.visits[facility], "seen": 0, **changed})
    hours = {"周敏": (0, 1, 1), "何川": (2, 0, 150), "冉志远": (0, 0, 3)}
    wiped = {"冉志远": {"lost_entries": 1, "lost_drafts": 1, "lost_oldest_at": world.now - dt.timedelta(hours=52)}}
    phones = [{
        "id": rules.fingerprint(f"demo {name}"), "person_id": world.people[name], "entries": entries, "drafts": drafts,
        "oldest_at": world.now - dt.timedelta(hours=ago + 2) if entries + drafts else None, "heard_at": world.now - dt.timedelta(hours=ago), **wiped.get(name, {}),
    } for name, (entries, drafts, ago) in hours.items()]  # fmt: skip
    await world.ledger.keep(add=[(Phone, phone) for phone in phones])
