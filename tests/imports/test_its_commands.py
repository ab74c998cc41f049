"""Every command of an import: done once however often it is sent, and refused where it does not belong."""

from typing import Any

import pytest

from server.database.rows import one
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.imports.commands import COMMANDS
from tests.conftest import House
from tests.imports import ledgers
from tests.imports.moving_in import Desk

BEGUN = ("imports.begin",)  # its own tests: the same file, another district


async def ready(house: House, tag: str = "") -> Desk:
    async with house.client(house.world.supervisor) as client:
        desk = Desk(house, client, house.world.supervisor)
        await desk.upload(ledgers.book([list(ledgers.COLUMNS), *(ledgers.row(n, "8.4", ledgers.HOME, f"第{n}个问题{tag}", rectified_on="", due_on="2026.9.1") for n in (1, 2))]), "2026年台账.xlsx")
        await desk.map()
    return desk


async def payloads(desk: Desk) -> dict[str, dict[str, Any]]:
    """What each command is asked with while an import is looked through, in an order in which they follow each other."""
    first, second = await desk.lines()
    on, other = {"import_id": desk.id, "row": first.id}, {"import_id": desk.id, "row": second.id}
    found = await desk.found()
    return {
        "imports.map": {"import_id": desk.id, "columns": found.mapping.columns},
        "imports.fix": {**on, "values": {"severity": "critical"}}, "imports.swap": {**on, "field": "unit", "other": "person"},
        "imports.accept": {**on, "field": "found_on", "code": "year"}, "imports.skip": {**other, "reason": "重复"}, "imports.restore": other,
        "imports.accept_rest": {"import_id": desk.id}, "imports.confirm": {"import_id": desk.id}, "imports.undo": {"import_id": desk.id, "reason": "导错"},
        "imports.drop": {"import_id": desk.id}, "imports.take": {"import_id": desk.id, "lease": "x", "writing": True},
        "imports.proceed": {"import_id": desk.id, "seen": "ready", "state": "ready"},
    }  # fmt: skip


STEPS = ("imports.fix", "imports.swap", "imports.accept", "imports.skip", "imports.restore", "imports.accept_rest", "imports.confirm", "imports.undo")


async def test_each_is_done_once_however_often_it_is_sent(house: House) -> None:
    desk = await ready(house)
    asked = await payloads(desk)
    for kind in STEPS:
        act, told = new_id(), []
        for _ in range(2):
            told.append(await house.perform(house.world.supervisor, kind, asked[kind], act))
        noted = await one("select count(*) as n from event where command_id = ? and kind like 'import.%'", act)
        assert noted == {"n": 1}, kind
        assert told[0] == told[1], kind
    for kind in ("imports.map", "imports.drop", "imports.take", "imports.proceed"):
        desk = await ready(house, kind)
        asked, act = await payloads(desk), new_id()
        assert await house.perform(house.world.supervisor, kind, asked[kind], act) == await house.perform(house.world.supervisor, kind, asked[kind], act), kind


async def test_each_is_refused_to_whoever_does_not_keep_the_ledger_and_once_it_is_given_up(house: House) -> None:
    desk = await ready(house)
    asked = await payloads(desk)
    assert {handling.kind for handling in COMMANDS} == {*asked, *BEGUN}
    for kind, payload in asked.items():
        for actor, code in ((house.world.inspector, "not_allowed"), (house.world.foreigner, "not_found"), (house.world.contact, "not_found")):
            with pytest.raises(Refusal, match=code):
                await house.perform(actor, kind, payload)
    await house.perform(house.world.supervisor, "imports.drop", asked["imports.drop"])
    for kind, payload in asked.items():
        with pytest.raises(Refusal, match=r"import\.state"):
            await house.perform(house.world.supervisor, kind, payload)


@pytest.mark.parametrize(
    ("kind", "changed", "code"),
    [
        ("imports.fix", {"values": {"nothing": "x"}}, "input.invalid"), ("imports.fix", {"values": {"found_on": "soon"}}, "import.value"),
        ("imports.fix", {"row": "00000000-0000-7000-8000-000000000000"}, "not_found"), ("imports.swap", {"other": "unit"}, "input.invalid"),
        ("imports.swap", {"other": "found_on"}, "input.invalid"), ("imports.swap", {"other": "facility", "facility": "00000000-0000-7000-8000-000000000006"}, "import.value"),
        ("imports.skip", {"reason": " "}, "import.reason"), ("imports.skip", {"reason": "长" * 201}, "import.reason"), ("imports.confirm", {}, "import.open"),
        ("imports.map", {"columns": {}}, "import.columns"), ("imports.map", {"columns": {"x": {"0": "what", "1": "what"}}}, "import.column_twice"),
        ("imports.map", {"columns": {"x": {"0": "what", "1": "found_on"}}}, "import.columns"), ("imports.map", {"columns": {"x": {"-1": "what", "1": "found_on", "2": "facility"}}}, "input.invalid"),
        ("imports.map", {"columns": {"x": {"0": "what", "1": "found_on"}}, "facility": "00000000-0000-7000-8000-000000000006"}, "import.value"),
    ],
)  # fmt: skip
async def test_what_cannot_be_is_refused_and_nothing_is_changed(house: House, kind: str, changed: dict[str, Any], code: str) -> None:
    desk = await ready(house)
    before = await desk.lines()
    with pytest.raises(Refusal, match=code):
        await house.perform(house.world.supervisor, kind, {**(await payloads(desk))[kind], **changed})
    assert await desk.lines() == before


async def test_all_rows_left_out_are_nothing_to_import(house: House) -> None:
    desk = await ready(house)
    for line in await desk.lines():
        await house.perform(house.world.supervisor, "imports.skip", {"import_id": desk.id, "row": line.id, "reason": "重复"})
    with pytest.raises(Refusal, match=r"import\.nothing"):
        await house.perform(house.world.supervisor, "imports.confirm", {"import_id": desk.id})
