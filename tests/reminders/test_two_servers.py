"""Two processes on one PostgreSQL: each reminder once; and one of them killed between sending and recording."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from typing import Any

import pytest

from server.database.rows import rows
from tests.conftest import House
from tests.problems.test_the_workflow import a_recorded, act
from tests.reminders.cast import add_robot, sent, set_rules
from tests.reminders.gateway import Gateway
from tests.serving import serving

pytestmark = pytest.mark.parametrize("settings", ["postgres"], indirect=True)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, gateway: Gateway) -> None:
    monkeypatch.setenv("DUGAI_HOOKS", gateway.origin)
    monkeypatch.setenv("DUGAI_REMIND_EVERY", "1")


async def due_today(house: House, count: int) -> None:
    from server.foundation import clock

    for n in range(count):
        id = await a_recorded(house, f"点位 {n}")
        await act(house, house.world.supervisor, "issue", id, due_on=clock.today(), person="谭秀梅")
    await set_rules(house, {0: ("contact", "supervisor")}, quiet=("00:00", "00:00"))


async def until(what: Any) -> None:
    async with asyncio.timeout(300):
        while not await what():
            await asyncio.sleep(0.1)


async def settled() -> bool:
    found = await sent()
    return bool(found) and all(row["state"] in ("sent", "twice", "unsure") for row in found)


@contextlib.asynccontextmanager
async def two(house: House) -> AsyncIterator[list[int]]:
    async with serving(house.settings) as (_, one), serving(house.settings) as (_, other):
        yield [one, other]


async def test_two_servers_remind_once(house: House, gateway: Gateway, environment: None) -> None:
    await due_today(house, 12)
    for key in ("a", "b", "c"):
        await add_robot(house, gateway, key=key)
    async with two(house):
        await until(settled)
        seen = len(gateway.heard)
        work = await rows("select until_at from reminder_work")
        await until(lambda: _later(work[0]["until_at"]))
        assert len(gateway.heard) == seen
    assert len(await rows("select id from reminder")) == 12 * (1 + 1 + 3)  # contact, supervisor, three robots
    assert sorted(said.path[-1] for said in gateway.heard) == ["a", "b", "c"], "one digest each, although both have looked"


async def _later(moment: Any) -> bool:
    found = await rows("select until_at from reminder_work")
    return bool(found[0]["until_at"] > moment)


async def test_killed_between_sending_and_recording_another_sends_it_once_more_and_says_so(house: House, gateway: Gateway, environment: None) -> None:
    await due_today(house, 1)
    await add_robot(house, gateway)
    gateway.mood = "slow"  # it has heard, and does not answer yet
    async with serving(house.settings) as (_, pid):
        await until(_is_heard(gateway))
        os.kill(pid, signal.SIGKILL)
    gateway.mood = "ok"
    assert [row["state"] for row in await sent()] == ["sending"]
    await hours_go_by(house)
    async with serving(house.settings):
        await until(_state("pending"))
        await hours_go_by(house)
        await until(settled)
    assert [row["state"] for row in await sent()] == ["twice"]
    assert ["可能重复" in text for text in gateway.texts()] == [False, True]


def _is_heard(gateway: Gateway) -> Any:
    async def heard() -> bool:
        return bool(gateway.heard)

    return heard


def _state(state: str) -> Any:
    async def stands() -> bool:
        return [row["state"] for row in await sent()] == [state]

    return stands


async def hours_go_by(house: House) -> None:
    """For what waits; the lease of the killed one too."""
    await house.ledger.keep(run=[
        ("update reminder_message set tried_at = tried_at - interval '2 hours', next_at = next_at - interval '2 hours'", ()),
        ("update reminder_work set until_at = until_at - interval '2 hours' where holder <> ''", ()),
    ])  # fmt: skip
