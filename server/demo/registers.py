"""The demo's register: roles to come, ending and over, somebody who left, a facility merged, duties that changed hands."""

import datetime as dt

from server.demo.world import World
from server.foundation import clock
from server.foundation.actor import SYSTEM
from server.foundation.ids import new_id
from server.people import rules

EXTRA = (  # name, sign-in, role, where, until (days from today), to begin (days from today)
    ("示例：向阳", "xiangyang", "inspector", "示例万州区民政局", 20, 0), ("示例：程海", "chenghai", "inspector", "示例万州区民政局", None, 14),
    ("示例：邓芳", "dengfang", "contact", "示例殡仪馆", None, 0), ("示例：石勇", "shiyong", "contact", "示例救助管理站", None, 0),
)  # fmt: skip


async def registers(world: World) -> None:
    """After the story's visits: everything here happens today."""
    world.at(world.now)
    for name, sign_in, role, where, until, begins in EXTRA:
        person, standing, today = new_id(), new_id(), clock.today()
        until_on = today + dt.timedelta(days=until) if until else None
        code = rules.fingerprint(rules.new_code())
        at = world.places["示例市民政局" if begins else where]
        payload = {"id": person, "standing": standing, "name": name, "sign_in": sign_in, "role": role, "place": at, "until_on": until_on, "code": code}
        await world.do(SYSTEM, "people.add", payload)
        if begins:
            await world.do(SYSTEM, "people.end_role", {"standing": standing})
            await world.do(SYSTEM, "people.grant", {
                "id": new_id(), "person": person, "role": role, "place": world.places[where], "from_on": today + dt.timedelta(days=begins),
            })  # fmt: skip
        if name == "示例：石勇":
            await world.do(SYSTEM, "people.leave", {"person": person, "reason": "调往示例市民政局"})
    await _facilities(world)


async def _facilities(world: World) -> None:
    bureau = world.places["示例万州区民政局"]
    for name, type in (("示例太白养老院", "elderly_care"), ("示例长滩敬老院", "elderly_care")):
        world.places[name] = new_id()
        details = {"name": name, "type": type, "address": "示例区示例巷 2 号"}
        await world.do(SYSTEM, "facilities.add", {"id": world.places[name], "parent": bureau, "details": details})
    await world.do(SYSTEM, "places.close", {"id": world.places["示例太白养老院"], "into": world.places["示例江畔养老服务中心"], "reason": "示例：两院合并，床位转入江畔"})
    office = new_id()
    await world.do(SYSTEM, "places.add", {"id": office, "kind": "office", "name": "示例养老服务科", "parent": bureau})
    changed = [
        {"party": "locality", "person": "示例：唐敏", "title": "分管副区长"}, {"party": "department", "person": "冉志远", "title": "科长"},
        {"party": "unit", "person": "谭秀兰", "title": "院长"}, {"party": "individual", "person": "示例：赵师傅", "title": "厨师长", "point": "食堂", "step": "留样"},
        {"party": "individual", "person": "王师傅", "title": "员工", "point": "食堂"}, {"party": "individual", "person": "示例：孙护士", "title": "护士长", "point": "三楼东侧通道", "step": "疏散"},
    ]  # fmt: skip
    await world.do(SYSTEM, "facilities.set_responsibilities", {"facility": world.places["示例江畔养老服务中心"], "responsibilities": changed, "seen": 2})
