"""What lies on the demo's desks: a check table being written, two saved filters, a list that was looked at, a phone that was lost, two files of an auditor."""

import base64
import datetime as dt

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.demo.world import World
from server.drafts import sheets
from server.foundation import clock
from server.foundation.ids import new_id
from server.lists.queries import look_id
from server.lists.tables import Look


async def draft(world: World) -> None:
    """A check table being written: taken over from a form of another system, with what had no counterpart."""
    notes = [
        {"zh": "第 6 行 alarms：constraint“. < 100”没有照搬", "en": "row 6 alarms: constraint “. < 100” was not taken"},
        {"zh": "第 19 行 where：geopoint：不记轨迹，一次检查只可附一个位置，没有照搬", "en": "row 19 where: geopoint: no tracks: a visit may carry one position; not taken"},
    ]
    body = {**sheets.EXAMPLE, "key": "shili-yeban", "title": {"zh": "示例夜间值班检查表", "en": "Example: night duty"}}
    await world.do(await world.person("冉志远"), "drafts.begin", {"id": new_id(), "place": world.places["示例万州区民政局"], "body": body, "notes": notes})


async def reading(world: World) -> None:
    """The supervisor saved two filters, and looked at the list two days ago: what came since is new."""
    world.at(world.now)
    reader = await world.person("冉志远")
    for name, query in (("养老机构 较重", "severity=serious&type=elderly_care"), ("逾期 单位责任", "due=late&party=unit")):
        await world.do(reader, "lists.save", {"id": new_id(), "list": "problems", "name": name, "query": query})
    before = world.now - dt.timedelta(days=2)
    await world.ledger.keep(add=[(Look, {"id": look_id(reader, "problems"), "person_id": reader.id, "list": "problems", "at": before, "since_at": before})])


async def audits(world: World) -> None:
    """The city's auditor took the history along twice: a district's, and one home's."""
    auditor = await world.person("田静")
    for days, place in ((21, "示例万州区民政局"), (2, "示例江畔养老服务中心")):
        world.at(world.now - dt.timedelta(days=days))
        today = clock.today()
        await world.do(auditor, "audits.export", {"place": world.places[place], "since": today - dt.timedelta(days=30), "until": today})


async def devices(world: World) -> None:
    """An inspector's phone in use, and the one before it, which was lost: their keys are nobody's."""
    owner, bureau = await world.person("周敏"), await world.person("陈静")
    for days, agent, why in ((30, "Chrome, Android", "lost"), (6, "Chrome, HarmonyOS", "")):
        world.at(world.now - dt.timedelta(days=days))
        key = ec.generate_private_key(ec.SECP256R1()).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        device = {"id": new_id(), "key": base64.urlsafe_b64encode(key).decode().rstrip("="), "agent": agent}
        await world.do(owner, "devices.enrol", device)
        if why:
            world.at(world.now - dt.timedelta(days=7))
            await world.do(bureau, "devices.revoke", {"device": device["id"], "why": why})
