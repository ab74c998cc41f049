"""The demo's district: its bureaus and facilities, who answers for what in them, and the people who sign in."""

import secrets

from server.demo.world import World
from server.facilities.rules import points_from
from server.foundation.actor import SYSTEM
from server.foundation.ids import new_id
from server.people import passwords, rules
from server.people.tables import Person

PEOPLE = (  # name, sign-in, role, where; the first of each role is printed
    ("周敏", "zhoumin", "inspector", "示例万州区民政局"), ("何川", "hechuan", "inspector", "示例万州区民政局"), ("蒋勇", "jiangyong", "inspector", "示例万州区民政局"),
    ("冉志远", "ranzhiyuan", "supervisor", "示例万州区民政局"), ("牟春兰", "mouchunlan", "supervisor", "示例万州区民政局"),
    ("谭秀兰", "tanxiulan", "contact", "示例江畔养老服务中心"), ("熊建", "xiongjian", "contact", "示例分水敬老院"),
    ("陈静", "chenjing", "administrator", "示例万州区民政局"), ("罗文", "luowen", "supervisor", "示例开州区民政局"), ("田静", "tianjing", "auditor", "示例市民政局"),
)  # fmt: skip
FACILITIES = (  # name, type, bureau, address, contact, title, beds, points, position (two have none)
    ("示例江畔养老服务中心", "elderly_care", "示例万州区民政局", "示例路 18 号", "谭秀兰", "院长", 120, "食堂：储存、加工、留样；三楼东侧通道：疏散；二楼西侧走廊：消防器材；大门：出入登记；值班室：值守、交接班", (30.80765, 108.40871)),
    ("示例分水敬老院", "elderly_care", "示例万州区民政局", "示例镇 3 号", "熊建", "院长", 60, "食堂：储存；公共浴室：消毒；值班室：值守", (30.63518, 108.11342)),
    ("示例儿童福利院", "children", "示例万州区民政局", "示例路 66 号", "向莉", "院长", 80, "教室；食堂：留样；大门：出入登记", (30.81042, 108.41127)),
    ("示例救助管理站", "relief", "示例万州区民政局", "示例路 7 号", "石磊", "站长", 40, "接待室；库房：物资", (30.82276, 108.38954)),
    ("示例殡仪馆", "funeral", "示例万州区民政局", "示例山 1 号", "牟丽", "主任", None, "服务大厅；车库；库房：物资", None),
    ("示例武陵公墓管理处", "cemetery", "示例万州区民政局", "示例山 9 号", "余佳", "主任", None, "祭扫区：人流引导；办公室", None),
    ("示例临江敬老院", "elderly_care", "示例开州区民政局", "示例街 5 号", "彭刚", "院长", 50, "食堂；值班室", (31.07931, 108.22460)),
)  # fmt: skip


async def places(world: World) -> None:
    for name, kind, parent, mark, code, telephone in (
        ("示例市民政局", "municipal", None, "渝民整", "CQ", ""), ("示例万州区民政局", "district", "示例市民政局", "万民整", "WZ", "023-5500 0000"),
        ("示例开州区民政局", "district", "示例市民政局", "开民整", "KZ", ""),
    ):  # fmt: skip
        world.places[name] = new_id()
        await world.do(SYSTEM, "places.add", {"id": world.places[name], "kind": kind, "name": name, "mark": mark, "code": code, "telephone": telephone, "parent": world.places.get(parent or "")})
    for name, type, bureau, address, contact, title, beds, points, position in FACILITIES:
        world.places[name] = new_id()
        registered = points_from(points)
        details = {
            "name": name, "type": type, "address": f"示例区{address}", "contact_name": contact, "contact_title": title,
            "contact_phone": f"023-0000{len(world.places):04d}", "beds": beds, "points": registered, **dict(zip(("latitude", "longitude"), position or (), strict=False)),
        }  # fmt: skip
        await world.do(SYSTEM, "facilities.add", {"id": world.places[name], "parent": world.places[bureau], "details": details})
        duties = [{"party": "department", "person": "冉志远", "title": "科长"}, {"party": "unit", "person": contact, "title": title}]
        duties += [{"party": "individual", "person": f"{'王李张刘'[n % 4]}师傅", "title": "员工", "point": point.point} for n, point in enumerate(registered[:2])]
        await world.do(SYSTEM, "facilities.set_responsibilities", {"facility": world.places[name], "responsibilities": duties, "seen": 1})


async def people(world: World, keys: dict[str, str]) -> None:
    for name, sign_in, role, where in PEOPLE:
        world.people[name] = new_id()
        payload = {
            "id": world.people[name], "standing": new_id(), "name": name, "sign_in": sign_in, "role": role, "place": world.places[where],
            "code": rules.fingerprint(rules.new_code()),
        }  # fmt: skip
        await world.do(SYSTEM, "people.add", payload)
        hashed = await passwords.hashed(keys[sign_in], secrets.token_bytes(16))
        await world.ledger.keep(change=[(Person, world.people[name], {"password": hashed, "state": "active"})])
