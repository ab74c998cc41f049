"""The pack of an inspector with 500 facilities: bytes on the wire the first time, and when nothing has changed."""

import json
import random
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx

from bench.house import House, house
from server.facilities.rules import TYPES, Details, Duty, Point, search_text
from server.facilities.tables import Facility, Responsibility
from server.foundation import clock
from server.foundation.ids import new_id
from server.people.rules import place_path
from server.people.tables import Place
from server.photos.tables import Photo, PhotoUse
from server.problems.rules import due_after, spot
from server.problems.tables import Problem
from tests.world import PACK, World

FACILITIES, OPEN_EACH = 500, 3
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "秀兰建国志远春梅晓东文静永强桂芳德明小红玉华"
TOWNS = ("百安坝", "高峰", "龙沙", "武陵", "瀼渡", "天城", "熊家", "高梁", "李河", "分水", "余家", "弹子", "长岭", "新田", "甘宁", "白羊")
NAMES = ("养老院", "敬老院", "老年公寓", "养护中心", "儿童福利院", "救助站", "殡仪馆", "公墓")
POINTS = ("食堂", "二楼走廊", "三楼东侧通道", "值班室", "库房", "大门", "公共浴室", "配电室", "活动室", "隔离室")
STEPS = ("储存", "加工", "留样", "疏散", "消防器材", "出入登记", "消毒", "值守", "交接班")
WORLD = World()


async def figures() -> AsyncIterator[tuple[str, str, str]]:
    chance = random.Random(250)
    async with house(list(_rows(chance))) as served:
        first, size, took, cpu = await _take(served, {})
        again, same, _, cpu_again = await _take(served, {"if-none-match": first.headers["etag"]})
        assert len(first.json()["facilities"]) >= FACILITIES
        assert again.status_code == 304
        yield f"pack for {FACILITIES} facilities, {FACILITIES * OPEN_EACH} open problems: first time", f"{size / 1000:.0f} KB, {cpu:.2f} CPU-s, {took:.2f} s", "≤ 400 KB compressed"
        yield "the same pack when nothing has changed", f"{same / 1000:.1f} KB, {cpu_again:.2f} CPU-s", "≤ 5 KB"


async def _take(served: House, headers: dict[str, str]) -> tuple[httpx.Response, int, float, float]:
    """The answer, its bytes on the wire (head and body), seconds, and the server's processor seconds."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}", headers={"cookie": served.cookie, "x-dugai": "1", "accept-encoding": "gzip, br", **headers}) as client:
        before, start = served.cpu(), time.perf_counter()
        answer = await client.get("/pack")
        took, head = time.perf_counter() - start, sum(len(name) + len(value) + 4 for name, value in answer.headers.raw)
    return answer, answer.num_bytes_downloaded + head, took, served.cpu() - before


def _rows(chance: random.Random) -> Iterator[tuple[type[Any], dict[str, Any]]]:
    items = [item for item in PACK["items"] if item["on_site"] and item["severity"] != "none"]
    on = clock.today()
    for number in range(FACILITIES):
        id, name = new_id(), f"{chance.choice(TOWNS)}{chance.choice(GIVEN)}{chance.choice(GIVEN)}{chance.choice(NAMES)}{number}"
        points = tuple(Point(point, tuple(chance.sample(STEPS, 2))) for point in chance.sample(POINTS, 4))
        details = Details(name=name, type=chance.choice(list(TYPES)), address=f"{chance.choice(TOWNS)}街道{number % 97 + 1}号", contact_name=_person(chance), contact_title="院长", beds=chance.randrange(20, 300), points=points)
        path = place_path(WORLD.paths[WORLD.wanzhou], id)
        yield Place, {"id": id, "parent_id": WORLD.wanzhou, "path": path, "kind": "facility", "name": name, "mark": "", "code": "", "is_closed": False}
        yield Facility, {
            "id": id, "type": details.type, "place_path": path, "address": details.address, "contact_name": details.contact_name, "contact_title": details.contact_title, "contact_phone": "",
            "beds": details.beds, "points": json.dumps([{"point": p.point, "steps": p.steps} for p in points], ensure_ascii=False), "notes": "",
            "search": search_text(id, details, "万州区民政局"), "latitude": round(chance.uniform(30.4, 31), 5), "longitude": round(chance.uniform(107.9, 108.9), 5), "version": 1,
        }  # fmt: skip
        for sort, point in enumerate(points):
            duty = Duty("individual", _person(chance), "员工", point.point, point.steps[0])
            yield Responsibility, {"id": new_id(), "facility_id": id, "sort": sort, "party": duty.party, "person": duty.person, "title": duty.title, "point": duty.point, "step": duty.step, "ended_at": None}
        for serial, item in enumerate(chance.sample(items, OPEN_EACH)):
            problem = _problem(chance, item, id, details, path, f"万民整〔{on.year}〕{number * OPEN_EACH + serial + 1}号", points[serial].point)
            yield Problem, problem
            yield from _photos(chance, problem["id"], path, ("before", "after") if problem["state"] == "awaiting_recheck" else ("before",))


def _photos(chance: random.Random, problem: str, path: str, roles: tuple[str, ...]) -> Iterator[tuple[type[Any], dict[str, Any]]]:
    for role in roles:
        sha256 = chance.randbytes(32).hex()
        yield Photo, {"sha256": sha256, "bytes": 370_000, "type": "image/jpeg", "width": 1600, "height": 1200, "author_id": WORLD.inspector.id, "at": clock.now()}
        yield PhotoUse, {"id": new_id(), "sha256": sha256, "subject_id": problem, "place_path": path, "role": role, "at": clock.now()}


def _problem(chance: random.Random, item: dict[str, Any], facility: str, details: Details, path: str, number: str, point: str) -> dict[str, Any]:
    on, at = clock.today(), clock.now()
    return {
        "id": new_id(), "number": number, "facility_id": facility, "facility_type": details.type, "place_path": path, "visit_id": new_id(), "checklist": f"{PACK['key']}/1",
        "item": item["key"], "question": json.dumps(item["question"], ensure_ascii=False), "clause": json.dumps(item["basis"]["clause"], ensure_ascii=False), "point": point, "step": "",
        "spot": spot(facility, item["key"], point), "what": f"{point}{item['question']['zh'][:24]}，未落实", "severity": item["severity"], "party": item["party"], "person": _person(chance),
        "found_at": at, "found_on": on, "state": chance.choice(("recorded", "issued", "rectifying", "awaiting_recheck")), "progress": f"{point}已整改，{_person(chance)}每日检查并登记", "due_on": due_after(on, item["severity"], {}), "changed_at": at,
    }  # fmt: skip


def _person(chance: random.Random) -> str:
    return chance.choice(SURNAMES) + "".join(chance.sample(GIVEN, 2))
