"""A fictitious district in which every state can be seen, made by the same commands that people use."""

import datetime as dt
import hashlib
import io
import json
import secrets
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw

from server import catalog
from server.checklists import rules as checklists
from server.database.connect import connected
from server.facilities.rules import points_from
from server.foundation import clock
from server.foundation.actor import SYSTEM, Actor
from server.foundation.command import Command, canonical
from server.foundation.ids import new_id
from server.ledger.perform import Ledger
from server.people import passwords, queries, rules
from server.people.tables import Person
from server.photos.bytes import DiskStore
from server.photos.commands import keep_photo
from server.problems.rules import working_days_after
from server.settings import Settings

PACK = Path(__file__).parent / "checklists" / "packs" / "epidemic-2020-250.v1.json"
MARK = "demo"  # the file that makes a data folder a demo's; it holds how to sign in

PEOPLE = (  # name, sign-in, role, where; the first of each role is printed
    ("周敏", "zhoumin", "inspector", "示例万州区民政局"), ("何川", "hechuan", "inspector", "示例万州区民政局"),
    ("冉志远", "ranzhiyuan", "supervisor", "示例万州区民政局"), ("牟春兰", "mouchunlan", "supervisor", "示例万州区民政局"),
    ("谭秀兰", "tanxiulan", "contact", "示例江畔养老服务中心"), ("熊建", "xiongjian", "contact", "示例分水敬老院"),
    ("陈静", "chenjing", "administrator", "示例万州区民政局"), ("罗文", "luowen", "supervisor", "示例开州区民政局"),
)  # fmt: skip
FACILITIES = (  # name, type, bureau, address, contact, title, beds, points
    ("示例江畔养老服务中心", "elderly_care", "示例万州区民政局", "示例路 18 号", "谭秀兰", "院长", 120, "食堂：储存、加工、留样；三楼东侧通道：疏散；二楼西侧走廊：消防器材；大门：出入登记；值班室：值守、交接班"),
    ("示例分水敬老院", "elderly_care", "示例万州区民政局", "示例镇 3 号", "熊建", "院长", 60, "食堂：储存；公共浴室：消毒；值班室：值守"),
    ("示例儿童福利院", "children", "示例万州区民政局", "示例路 66 号", "向莉", "院长", 80, "教室；食堂：留样；大门：出入登记"),
    ("示例救助管理站", "relief", "示例万州区民政局", "示例路 7 号", "石磊", "站长", 40, "接待室；库房：物资"),
    ("示例殡仪馆", "funeral", "示例万州区民政局", "示例山 1 号", "牟丽", "主任", None, "服务大厅；车库；库房：物资"),
    ("示例武陵公墓管理处", "cemetery", "示例万州区民政局", "示例山 9 号", "余佳", "主任", None, "祭扫区：人流引导；办公室"),
    ("示例临江敬老院", "elderly_care", "示例开州区民政局", "示例街 5 号", "彭刚", "院长", 50, "食堂；值班室"),
)  # fmt: skip
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
    )),
    ("示例儿童福利院", 9, (
        ("S23-09", "留样盒没有写日期", "食堂", "留样", "general", "fixed_on_spot"),
        ("S23-03", "晚间出入没有登记", "大门", "出入登记", "general", "issued"),
    )),
    ("示例救助管理站", 5, (("S23-08", "心理疏导没有记录", "接待室", "", "general", "withdrawn"),)),
    ("示例殡仪馆", 1, (("S23-06", "应检 12 人，已检 9 人", "服务大厅", "", "serious", "recorded"),)),
)  # fmt: skip

def logins(settings: Settings) -> list[str]:
    """`demo login: ROLE NAME PASSWORD` for each role; nothing where there is no demo."""
    file = settings.data / MARK
    return [f"demo login: {entry['role']} {entry['name']} {entry['password']}" for entry in json.loads(file.read_text())] if file.exists() else []


async def furnish(settings: Settings) -> None:
    """Fill an empty, migrated database. The clock is set back while it lives through its last weeks."""
    keys = {sign_in: secrets.token_urlsafe(9) for _, sign_in, _, _ in PEOPLE}
    async with connected(settings, catalog.TABLE_NAMES) as writer:
        ledger = Ledger(writer, catalog.COMMANDS, catalog.TABLES)
        await ledger.start()
        try:
            await _Story(settings, ledger, clock.now()).tell(keys)
        finally:
            clock.set(None)
            await ledger.stop()
    shown = {role: sign_in for _, sign_in, role, _ in reversed(PEOPLE)}
    file = settings.data / MARK
    file.touch(mode=0o600)
    file.write_text(json.dumps([{"role": role, "name": name, "password": keys[name]} for role, name in sorted(shown.items())]))


class _Story:
    """What happened in the demo's weeks, told in order."""

    def __init__(self, settings: Settings, ledger: Ledger, now: dt.datetime) -> None:
        self.ledger, self.now = ledger, now
        self.store = DiskStore(settings.data / "photos")
        self.places: dict[str, str] = {}
        self.people: dict[str, str] = {}
        self.pictures, self.sender = 0, SYSTEM

    async def tell(self, keys: dict[str, str]) -> None:
        self._at(self.now - dt.timedelta(days=40))
        pack = json.loads(PACK.read_text(encoding="utf-8"))
        self.checklist = checklists.checked(pack)
        await self._do(SYSTEM, "checklists.publish", {"checklist": pack})
        await self._places()
        await self._people(keys)
        for facility, days, found in sorted(VISITS, key=lambda entry: -entry[1]):
            await self._visit(facility, days, found)

    def _at(self, moment: dt.datetime) -> None:
        clock.set(lambda: moment)

    async def _do(self, actor: Actor, kind: str, payload: object) -> dict[str, Any]:
        command = Command(new_id(), kind, 1, clock.now(), actor.id, canonical(payload))
        return dict(json.loads(await self.ledger.perform(command, actor)))

    async def _as(self, name: str) -> Actor:
        found = await queries.actor(self.people[name])
        assert found is not None
        return found

    async def _places(self) -> None:
        for name, kind, parent, mark, code in (
            ("示例市民政局", "municipal", None, "渝民整", "CQ"), ("示例万州区民政局", "district", "示例市民政局", "万民整", "WZ"),
            ("示例开州区民政局", "district", "示例市民政局", "开民整", "KZ"),
        ):  # fmt: skip
            self.places[name] = new_id()
            await self._do(SYSTEM, "places.add", {"id": self.places[name], "kind": kind, "name": name, "mark": mark, "code": code, "parent": self.places.get(parent or "")})
        for name, type, bureau, address, contact, title, beds, points in FACILITIES:
            self.places[name] = new_id()
            registered = points_from(points)
            details = {
                "name": name, "type": type, "address": f"示例区{address}", "contact_name": contact, "contact_title": title,
                "contact_phone": f"023-0000{len(self.places):04d}", "beds": beds, "points": registered,
            }  # fmt: skip
            await self._do(SYSTEM, "facilities.add", {"id": self.places[name], "parent": self.places[bureau], "details": details})
            duties = [{"party": "department", "person": "冉志远", "title": "科长"}, {"party": "unit", "person": contact, "title": title}]
            duties += [{"party": "individual", "person": f"{'王李张刘'[n % 4]}师傅", "title": "员工", "point": point.point} for n, point in enumerate(registered[:2])]
            await self._do(SYSTEM, "facilities.set_responsibilities", {"facility": self.places[name], "responsibilities": duties, "seen": 1})

    async def _people(self, keys: dict[str, str]) -> None:
        for name, sign_in, role, where in PEOPLE:
            self.people[name] = new_id()
            payload = {
                "id": self.people[name], "standing": new_id(), "name": name, "sign_in": sign_in, "role": role, "place": self.places[where],
                "code": rules.fingerprint(rules.new_code()),
            }  # fmt: skip
            await self._do(SYSTEM, "people.add", payload)
            hashed = await passwords.hashed(keys[sign_in], secrets.token_bytes(16))
            await self.ledger.keep(change=[(Person, self.people[name], {"password": hashed, "state": "active"})])

    async def _visit(self, facility: str, days: int, found: tuple[tuple[str, str, str, str, str, str], ...]) -> None:
        ended = (self.now - dt.timedelta(days=days)).astimezone(clock.BEIJING).replace(hour=11, minute=20, second=0, microsecond=0)
        self._at(ended)
        me = self.sender = await self._as("周敏")
        type = next(entry[1] for entry in FACILITIES if entry[0] == facility)
        findings = [
            {
                "id": new_id(), "item": item, "what": what, "point": point, "step": step, "severity": severity, "party": "unit",
                "person": next(entry[4] for entry in FACILITIES if entry[0] == facility), "fixed": state == "fixed_on_spot",
                "photos": [await self._photo(what, "整改前")], "after": [await self._photo(what, "整改后")] if state == "fixed_on_spot" else [],
            }
            for item, what, point, step, severity, state in found
        ]  # fmt: skip
        failed = {finding["item"] for finding in findings}
        items = [item for item in self.checklist.on_site("measures") if item.fits(type)]
        contact = next(entry for entry in FACILITIES if entry[0] == facility)
        ink = {name: await self._ink(name) for name in ("周敏", "何川", contact[4])}
        payload = {
            "id": new_id(), "facility": self.places[facility], "checklist": {"key": self.checklist.key, "version": self.checklist.version},
            "parts": ["measures"], "kind": "special", "mode": "unannounced", "started_at": ended - dt.timedelta(minutes=70), "finished_at": ended,
            "answers": {item.key: _answer(item, item.key in failed) for item in items}, "findings": findings,
            "signatures": {
                "first": {"person": self.people["周敏"], "name": "周敏", "photo": ink["周敏"]},
                "second": {"person": self.people["何川"], "name": "何川", "photo": ink["何川"]},
                "facility": {"name": contact[4], "title": contact[5], "photo": ink[contact[4]]},
            },
        }  # fmt: skip
        receipt = await self._do(me, "inspections.submit", payload)
        for row, (_, what, _, _, severity, state) in zip(receipt["problems"], found, strict=True):
            await self._bring(row["problem"], what, severity, state, contact[4], ended)

    async def _bring(self, problem: str, what: str, severity: str, state: str, person: str, found: dt.datetime) -> None:
        """Take a problem as far as the story wants it, a few days a step."""
        planned = severity != "general"
        ways = {
            "issued": ("issue",), "plan_submitted": ("issue", "plan"), "plan_returned": ("issue", "plan", "return_plan"),
            "rectifying": ("issue", *(("plan", "accept_plan") if planned else ()), "progress"), "withdrawn": ("withdraw",),
        }  # fmt: skip
        ways["awaiting_recheck"] = (*ways["rectifying"], "report")
        ways["returned"] = (*ways["awaiting_recheck"], "fail")
        ways["rechecked"] = (*ways["awaiting_recheck"], "pass")
        ways["closed"] = (*ways["rechecked"], "close")
        at = found
        for act in ways.get(state, ()):
            at = min(at + dt.timedelta(days=1, hours=2), self.now - dt.timedelta(minutes=1))
            self._at(at)
            who = {"pass": "何川", "fail": "何川", "close": "牟春兰"}.get(act, "冉志远")
            if act in ("plan", "progress", "report"):
                who = person
            self.sender = await self._as(who)
            await self._do(self.sender, f"problems.{act}", {"problem": problem, **await self._told(act, what, person, at)})

    async def _told(self, act: str, what: str, person: str, at: dt.datetime) -> dict[str, Any]:
        on = clock.today(at)
        told: dict[str, dict[str, Any]] = {
            "issue": {"due_on": working_days_after(on, 8), "person": person, "sponsor": "冉志远"},
            "plan": {"cause": "日常巡查没有明确到人，夜班无人清点", "measures": "当日清理；每班交接时检查并签字，院长每周抽查一次", "person": person},
            "accept_plan": {}, "return_plan": {"reason": "没有写明完成时间和责任人"},
            "progress": {"text": "已清理一半，其余等厂家上门", "photos": []},
            "report": {"text": "已全部整改，张贴提示，纳入每日巡查", "photos": [await self._photo(what, "整改后")] if act == "report" else []},
            "pass": {"record": "现场看过，与报告一致", "photos": []},
            "fail": {"record": "抽查 3 天仍缺记录", "due_on": working_days_after(on, 5), "photos": []},
            "close": {}, "withdraw": {"reason": "与上月登记的问题重复"},
        }  # fmt: skip
        return told[act]

    async def _photo(self, what: str, when: str) -> str:
        """A drawn stand-in for a photograph, each one different, marked as what it is."""
        self.pictures += 1
        tone = hashlib.sha256(f"{what}{when}{self.pictures}".encode()).digest()
        image = Image.new("RGB", (960, 720), (150 + tone[0] % 60, 160 + tone[1] % 50, 165 + tone[2] % 50))
        pen = ImageDraw.Draw(image)
        pen.polygon([(0, 720), (330, 330), (630, 330), (960, 720)], fill=(190, 186, 178))
        pen.rectangle([330, 120, 630, 330], fill=(225, 228, 230), outline=(120, 120, 120), width=4)
        for n in range(6 if when == "整改前" else 1):
            x, y, size = 120 + (tone[n + 3] * 3) % 640, 420 + tone[n + 9] % 160, 60 + tone[n + 15] % 90
            pen.rectangle([x, y, x + size, y + size], fill=(120 + tone[n] % 90, 90 + tone[n + 1] % 60, 60), outline=(60, 50, 40), width=3)
        pen.rectangle([0, 676, 960, 720], fill=(40, 44, 48))
        pen.text((20, 688), f"DEMO {clock.now():%Y-%m-%d %H:%M}  no. {self.pictures}", fill="white", font_size=24)
        return await self._keep(image, "JPEG")

    async def _ink(self, name: str) -> str:
        """A scribble: nobody's signature."""
        image = Image.new("RGB", (600, 200), "white")
        tone = hashlib.sha256(name.encode()).digest()
        points = [(40 + 26 * n, 60 + tone[n] % 90) for n in range(20)]
        ImageDraw.Draw(image).line(points, fill="black", width=5, joint="curve")
        return await self._keep(image, "PNG")

    async def _keep(self, image: Image.Image, kind: str) -> str:
        out = io.BytesIO()
        image.save(out, kind)
        sha256 = hashlib.sha256(out.getvalue()).hexdigest()
        await keep_photo(self.ledger, self.store, sha256, out.getvalue(), self.sender)
        return sha256


def _answer(item: checklists.Item, fails: bool) -> dict[str, Any]:
    if item.fields:
        return {"fields": {"due": 12, "done": 9 if fails else 12}}
    return {"value": "fail" if fails else "pass"}
