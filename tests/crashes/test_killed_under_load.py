"""kill -9 of the server under load: every visit that was acknowledged is there, once."""

import asyncio
import os
import signal
from pathlib import Path

import httpx
import pytest

from server.foundation.ids import new_id
from server.ledger.verify import verify
from server.people import session
from server.settings import Settings
from tests.conftest import House
from tests.crashes.kills import DURABLE, empty_house, kill_postgres, kill_servers
from tests.postgres import cluster
from tests.serving import serving
from tests.sync.test_the_wire import envelope, post
from tests.visits import FOOD, findings, visit


@pytest.mark.parametrize("rounds", [2, pytest.param(25, marks=pytest.mark.long)])
async def test_what_was_acknowledged_survives(house: House, settings: Settings, rounds: int) -> None:
    cookies = await session.begin(house.ledger, settings, house.world.inspector.id)
    sealed = [envelope(house, await visit(house, await findings(house, (FOOD, f"点位 {n}")))) for n in range(24)]
    acknowledged: dict[str, str] = {}
    for _ in range(rounds):
        async with serving(settings) as (port, pid), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", cookies=cookies) as client:
            waiting = [one for one in sealed if one["id"] not in acknowledged]
            if not waiting:
                waiting = [{**envelope(house, await visit(house, [])), "id": new_id()} for _ in range(12)]
                sealed += waiting
            posting = [asyncio.create_task(post(client, one)) for one in waiting]
            await asyncio.wait(posting, return_when=asyncio.FIRST_COMPLETED)
            os.kill(pid, signal.SIGKILL)
            for told in await asyncio.gather(*posting, return_exceptions=True):
                if isinstance(told, httpx.Response) and told.status_code == 200:
                    receipt = told.json()["receipts"][0]
                    acknowledged[receipt["id"]] = receipt["receipt"]["number"]
    assert acknowledged, "the load began before the kill"
    async with serving(settings) as (port, _), httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", cookies=cookies) as client:
        for one in sealed:
            receipt = (await post(client, one)).json()["receipts"][0]
            assert receipt["state"] == "received"
            assert acknowledged.get(one["id"], receipt["receipt"]["number"]) == receipt["receipt"]["number"]
        numbers = [(await post(client, one)).json()["receipts"][0]["receipt"]["number"] for one in sealed]
    assert len(set(numbers)) == len(sealed)
    assert (await verify()).faults == []


async def test_a_server_killed_while_it_migrates_and_under_load_with_photos_loses_nothing(tmp_path: Path) -> None:
    toll = await kill_servers(Settings(data=tmp_path), 10, 7, "server")
    assert toll.kills.total() == 10
    assert toll.acknowledged > 0
    assert toll.is_clean, toll


async def test_postgresql_itself_killed_under_load_loses_nothing_and_the_server_finds_back() -> None:
    with cluster(DURABLE) as made:
        async with empty_house(made.address) as settings:
            toll = await kill_postgres(made, settings, 2, 7)
    assert toll.acknowledged > 0
    assert toll.is_clean, toll
