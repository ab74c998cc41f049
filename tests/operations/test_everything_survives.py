"""Whatever the desk does, the history stays sound, and a backup holds all of it, into either database."""

from pathlib import Path

import asyncpg
import msgspec

from server.foundation.ids import new_id
from server.ledger.queries import head
from server.settings import Settings
from tests.conftest import House
from tests.forms import token
from tests.imports import ledgers
from tests.imports.moving_in import Desk
from tests.inspections.test_a_paper_visit import enter, paper
from tests.inspections.test_amending_a_visit import amend, submit
from tests.operations.commands import dugai
from tests.plans import cast
from tests.visits import EXITS, FOOD


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
    await house.perform(boss, "lists.save", {"id": new_id(), "list": "problems", "name": "重大", "query": "severity=critical"})
    await _ledger(house)
    await _people(house)
    await house.perform(world.chief, "places.move", {"id": world.home, "parent": world.kaizhou, "reason": "区划调整"})
    await house.perform(world.chief, "places.close", {"id": world.neighbour, "reason": "停办"})


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


async def _people(house: House) -> None:
    """Two registered from a file, one of them reset and gone again."""
    entries = [
        {"row": n, "name": f"示例{n}", "sign_in": f"1390000000{n}", "role": "inspector", "place": house.world.wanzhou, "place_name": "", "until_on": None, "does": "new"}
        for n in (2, 3)
    ]  # fmt: skip
    async with house.client(house.world.administrator) as client:
        data = {**await token(client), "payload": msgspec.json.encode({"entries": entries}).decode()}
        assert (await client.post("/people/import/confirm", data=data, files={"x": ("", b"")})).status_code == 200
    found = await house.ledger.writer.query("select id from person where sign_in = ?", "13900000002")
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
    for fresh in (Settings(data=tmp_path / "file"), Settings(data=tmp_path / "moved", database=f"{postgres_template}/{name}")):
        assert ended in dugai(fresh, "restore", file)
        assert ended in dugai(fresh, "ledger", "verify")


async def test_no_event_tells_a_number_to_call_or_to_sign_in_with(house: House) -> None:
    await everything(house)
    told = await house.ledger.writer.query("select kind, data from event")
    assert len({row["kind"] for row in told}) > 20
    assert not [row["kind"] for row in told if "1390000000" in row["data"] or "023-0000" in row["data"]]
