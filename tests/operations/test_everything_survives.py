"""Whatever the desk does, the history stays sound, and a backup holds all of it, into either database."""

from pathlib import Path
from typing import Any

import asyncpg
import msgspec
from tortoise.context import TortoiseContext

from server import catalog
from server.database.connect import _config
from server.database.rows import rows
from server.foundation import clock
from server.foundation.ids import new_id
from server.ledger.queries import head
from server.photos.bytes import DiskStore
from server.settings import Settings
from server.workdays.rules import after
from tests.conftest import House
from tests.deposits.test_what_is_not_taken_in import decide, kept, sent
from tests.devices.signer import enrolled
from tests.forms import token
from tests.imports import ledgers
from tests.imports.moving_in import Desk
from tests.inspections.test_a_paper_visit import enter, paper
from tests.inspections.test_amending_a_visit import amend, submit
from tests.operations.commands import dugai
from tests.photos.pictures import jpeg, sha
from tests.plans import cast
from tests.problems.test_rechecks_on_site import reported, seen
from tests.problems.test_the_workflow import act
from tests.selections.test_doing_many_at_once import chosen, done, outcomes, undone
from tests.sync.test_the_wire import envelope
from tests.visits import EXITS, FOOD, visit

SHOT = jpeg(colour="purple")


async def everything(house: House) -> None:
    """One of each of what a desk can do."""
    world, boss = house.world, house.world.supervisor
    plan = await cast.made(house)
    rules = {"count": 1, "within_days": 0, "recent": "same", "avoid_last": False}
    await house.perform(boss, "plans.avoid", {"id": new_id(), "person": world.second.id, "facility": world.neighbour, "reason": "亲属在机构任职"})
    await house.perform(boss, "plans.draw", {"id": new_id(), "plan": plan, "rules": rules, "inspectors": [world.inspector.id, world.second.id]})
    await house.perform(boss, "plans.open", {"plan": plan})
    receipt = await submit(house, (FOOD, "食堂"))
    await amend(house, receipt["visit"], answers={FOOD: {"value": "pass"}}, taken_back=[receipt["problems"][0]["finding"]])
    await enter(house, await paper(house, (EXITS, "二楼")))
    await _issued(house)
    await _selected(house)
    await house.perform(boss, "lists.save", {"id": new_id(), "list": "problems", "name": "重大", "query": "severity=critical"})
    await house.perform(world.chief, "reminders.set_rules", {"place": world.wanzhou, "steps": [{"days": 0, "to": ["contact"]}], "quiet_from": "20:00", "quiet_until": "08:00"})
    await house.perform(world.chief, "reminders.add_robot", {"id": new_id(), "place": world.wanzhou, "kind": "wecom", "name": "督导群", "sealed": "x"})
    await _ledger(house)
    await _people(house)
    await _phones(house)
    await house.perform(world.chief, "places.move", {"id": world.home, "parent": world.kaizhou, "reason": "区划调整"})
    await house.perform(world.chief, "places.close", {"id": world.neighbour, "reason": "停办"})


async def _issued(house: House) -> None:
    """A notice that was refused, a day off, more time asked for, a mark."""
    world, boss, today = house.world, house.world.supervisor, clock.today()
    problem = (await submit(house, (EXITS, "库房")))["problems"][0]["problem"]
    await house.perform(boss, "workdays.declare", {"id": new_id(), "place": world.wanzhou, "day_on": after(today, 9, {}), "is_worked": False, "reason": "防汛"})
    line = {"problem": problem, "due_on": after(today, 15, {}), "person": "谭秀梅"}
    notice = (await house.perform(boss, "notices.issue", {"id": new_id(), "lines": [line]}))["notice"]
    await house.perform(world.inspector, "notices.note_refused", {"notice": notice, "reason": "有异议", "first": "张三", "second": "李四", "on": today})
    await act(house, world.contact, "ask_extension", problem, wished_on=after(today, 30, {}), reason="缺货")
    await act(house, boss, "supervise", problem, to="市民政局", reason="重大")


async def _selected(house: House) -> None:
    """Names given to two at once, and notices that were issued at once and taken back."""
    points = ("一楼", "二楼")
    problems = [(await submit(house, (EXITS, point)))["problems"][0]["problem"] for point in points]
    assert outcomes(await done(house, await chosen(house, *problems), "assign", sponsor="冉国强")) == ["done", "done"]
    issued = await chosen(house, *problems)
    await done(house, issued, "issue")
    assert outcomes(await undone(house, issued)) == ["undone", "undone"]


async def _ledger(house: House) -> None:
    """Two ledgers moved in, one of them undone."""
    async with house.client(house.world.supervisor) as client:
        for what in ("食堂台账不全", "值班记录不全"):
            desk = Desk(house, client, house.world.supervisor)
            await desk.upload(ledgers.book([list(ledgers.COLUMNS), ledgers.row(1, "2026.8.4", ledgers.HOME, what)]), "2026年台账.xlsx")
            await desk.map()
            await desk.step("/accept")
            await desk.confirm()
        await desk.step("/undo", {"reason": "导错了"})
        assert (await desk.found()).state == "undone"


async def _phones(house: House) -> None:
    """Devices in use and out of use, a re-check taken in by hand, and visits that wait, were returned and were set aside, one of them signed and with a photo that nothing else shows."""
    world = house.world
    signer, lost = await enrolled(house, world.inspector), await enrolled(house, world.inspector)
    await house.perform(world.administrator, "devices.revoke", {"device": lost.id, "why": "lost"})
    stranger = {"second": {"person": world.foreign_second.id, "name": "龚平", "photo": sha(SHOT)}}
    async with house.client() as phone:
        assert (await signer.put(phone, SHOT)).status_code == 200
        for act, reason in (("", ""), ("return", "请改选第二检查人"), ("set_aside", "重复")):
            whole = await visit(house, [])
            command = envelope(house, {**whole, "signatures": {**whole["signatures"], **stranger}})
            assert (await signer.post(phone, command)).json()["receipts"][0]["held"]["state"] == "waiting"
            if act:
                await decide(house, act, (await kept(house, command["id"]))["id"], reason=reason)
    again = envelope(house, seen(await reported(house)), world.foreign_second, kind="problems.recheck")
    await sent(house, again, world.foreign_second)
    await decide(house, "accept", (await kept(house, again["id"]))["id"])


async def _people(house: House) -> None:
    """Two registered from a file, one of them reset and gone again."""
    entries = [
        {"row": n, "name": f"示例{n}", "sign_in": f"1390000000{n}", "role": "inspector", "place": house.world.wanzhou, "place_name": "", "until_on": None, "does": "new"}
        for n in (2, 3)
    ]  # fmt: skip
    async with house.client(house.world.administrator) as client:
        data = {**await token(client), "payload": msgspec.json.encode({"entries": entries}).decode()}
        assert (await client.post("/people/import/confirm", data=data, files={"x": ("", b"")})).status_code == 200
    found = await rows("select id from person where sign_in = ?", "13900000002")
    await house.perform(house.world.administrator, "accounts.reset", {"people": [{"person": found[0]["id"], "code": "1" * 64}]})
    await house.perform(house.world.administrator, "people.leave", {"person": found[0]["id"], "reason": "调离"})


async def test_the_history_and_a_backup_hold_all_that_a_desk_does(house: House, tmp_path: Path, postgres_template: str) -> None:
    await everything(house)
    number, digest = await head()
    ended, file = f"head {number}:{digest}", str(tmp_path / "all.tar")
    assert ended in dugai(house.settings, "ledger", "verify")
    dugai(house.settings, "backup", file)
    name = f"all_{house.settings.data.name.strip('_')[-20:]}".lower()
    connection = await asyncpg.connect(f"{postgres_template}/postgres")
    await connection.execute(f'create database "{name}"')
    await connection.close()
    before = await handed_in()
    assert {row["state"] for row in before["deposit"]} == {"waiting", "returned", "set_aside", "accepted"}
    for fresh in (Settings(data=tmp_path / "file"), Settings(data=tmp_path / "moved", database=f"{postgres_template}/{name}")):
        assert ended in dugai(fresh, "restore", file)
        assert ended in dugai(fresh, "ledger", "verify")
        async with TortoiseContext() as context:
            await context.init(config=_config(fresh, catalog.TABLE_NAMES))
            assert await handed_in() == before
        assert await DiskStore(fresh.data / "photos").get(sha(SHOT)) == SHOT


async def handed_in() -> dict[str, list[dict[str, Any]]]:
    """All that is kept of devices and of what they handed in, and of what was done with many problems at once."""
    told = ("device", "deposit", "recheck", "photo_sender", "selection", "selection_row")
    return {**{table: await rows(f"select * from {table} order by id") for table in told}, "problem": await rows("select id, voucher_id from problem order by id")}


async def test_no_event_tells_a_number_to_call_or_to_sign_in_with(house: House) -> None:
    await everything(house)
    told = await rows("select kind, data from event")
    assert len({row["kind"] for row in told}) > 20
    assert not [row["kind"] for row in told if "1390000000" in row["data"] or "023-0000" in row["data"]]
