"""The list of visits: filters, pages, and what just came in, whichever process took it in."""

import asyncio
import datetime as dt
import re
from typing import Any

import httpx
import pytest

from server.foundation import clock
from server.foundation.actor import Actor
from server.inspections import queries
from server.inspections.queries import Filters
from server.people import session
from server.settings import Settings
from tests.conftest import House
from tests.serving import serving
from tests.sync.test_the_wire import OURS, envelope
from tests.visits import FOOD, findings, visit
from tests.world import World

HTMX = {"hx-request": "true"}


async def submit(house: House, sealed: dict[str, Any], actor: Actor | None = None) -> dict[str, Any]:
    return await house.perform(actor or house.world.inspector, "inspections.submit", sealed)


async def place(client: httpx.AsyncClient, address: str = "/visits") -> str:
    """Where the open page asks from for what came in."""
    found = re.search(r'hx-get="(/visits/news[^"]*)"', (await client.get(address)).text)
    assert found
    return found[1].replace("&amp;", "&")


async def test_what_just_came_in_is_put_on_top_of_the_open_list(house: House) -> None:
    await submit(house, await visit(house, []))
    async with house.client(house.world.supervisor) as client:
        ask = await place(client)
        assert (await client.get(ask, headers=HTMX)).status_code == 204
        receipt = await submit(house, await visit(house, await findings(house, (FOOD, "食堂"))))
        told = await client.get(ask, headers=HTMX)
    assert receipt["number"] in told.text
    assert "刚收到" in told.text
    assert "刚收到 1 次检查：安康养老院" in told.text  # read aloud
    assert told.text.count("<li") == 1
    async with house.client(house.world.supervisor) as client:
        again = re.search(r'hx-get="([^"]*)"', told.text)
        assert again
        assert (await client.get(again[1].replace("&amp;", "&"), headers=HTMX)).status_code == 204


async def test_two_that_come_in_between_two_questions_are_both_told_the_latest_first(house: House) -> None:
    async with house.client(house.world.supervisor) as client:
        ask = await place(client)
        numbers = [(await submit(house, await visit(house, [])))["number"] for _ in range(2)]
        told = (await client.get(ask, headers=HTMX)).text
    assert told.index(numbers[1]) < told.index(numbers[0])


async def test_nobody_is_told_of_visits_elsewhere_or_of_what_the_filters_leave_out(house: House) -> None:
    world = house.world
    async with house.client(world.foreigner) as stranger, house.client(world.neighbour_contact) as contact, house.client(world.supervisor) as client:
        asks = [(stranger, await place(stranger)), (contact, await place(contact)), (client, await place(client, "/visits?problems=yes"))]
        await submit(house, await visit(house, []))
        for one, ask in asks:
            assert (await one.get(ask, headers=HTMX)).status_code == 204


async def test_an_old_visit_that_comes_in_late_is_told_though_it_stands_far_down(house: House) -> None:
    """A phone that was off for weeks: by the visit's hour nobody would notice it."""
    at = clock.now() - dt.timedelta(days=30)
    async with house.client(house.world.supervisor) as client:
        await submit(house, await visit(house, []))
        ask = await place(client)
        receipt = await submit(house, await visit(house, [], started_at=at, finished_at=at))
        assert receipt["number"] in (await client.get(ask, headers=HTMX)).text


async def test_a_clock_that_was_set_back_hides_nothing(house: House) -> None:
    """Two servers' clocks never agree; the history's numbers do."""
    now = clock.now()
    await submit(house, await visit(house, []))
    async with house.client(house.world.supervisor) as client:
        ask = await place(client)
        clock.set(lambda: now - dt.timedelta(minutes=5))
        receipt = await submit(house, await visit(house, []))
        assert receipt["number"] in (await client.get(ask, headers=HTMX)).text


async def test_a_place_far_behind_is_moved_on_without_rows(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "FAR_BEHIND", 1)
    async with house.client(house.world.foreigner) as stranger:
        ask = await place(stranger)
        await submit(house, await visit(house, await findings(house, (FOOD, "食堂"))))
        told = await stranger.get(ask, headers=HTMX)
    assert told.status_code == 200
    assert "<li" not in told.text
    assert ask not in told.text.replace("&amp;", "&")


async def test_two_processes_agree_on_what_came_in(settings: Settings, house: House) -> None:
    world, sealed = house.world, envelope(house, await visit(house, []))
    async with serving(settings) as (one, _), serving(settings) as (other, _):
        phone, desk = await cookies(house, world.inspector), await cookies(house, world.supervisor)
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{one}", cookies=phone) as sender, httpx.AsyncClient(base_url=f"http://127.0.0.1:{other}", cookies=desk) as reader:
            ask = await place(reader)
            answer = await sender.post("/sync", json={"commands": [{**sealed, "at": sealed["at"].isoformat(), "payload": _plain(sealed["payload"])}]}, headers=OURS)
            number = answer.json()["receipts"][0]["receipt"]["number"]
            assert number in (await reader.get(ask, headers=HTMX)).text


async def test_visits_of_two_processes_at_once_are_each_told_once(settings: Settings, house: House) -> None:
    """Reading all the while: none is skipped because a later one was seen first."""
    world = house.world
    sealed = [envelope(house, await visit(house, [])) for _ in range(24)]
    async with serving(settings) as (one, _), serving(settings) as (other, _):
        phone, desk = await cookies(house, world.inspector), await cookies(house, world.supervisor)
        clients = [httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=60) for port in (one, other, one)]
        for client, held in zip(clients, (phone, phone, desk), strict=True):
            client.cookies.update(held)
        told: list[str] = []

        async def read(ask: str, wanted: int) -> None:
            while len(told) < wanted:
                answer = await clients[2].get(ask, headers=HTMX)
                told.extend(reversed(re.findall(r'id="visit-([^"]+)"', answer.text)))
                if found := re.search(r'hx-get="([^"]*)"', answer.text):
                    ask = found[1].replace("&amp;", "&")

        async def send(number: int) -> None:
            one = sealed[number]
            body = {"commands": [{**one, "at": one["at"].isoformat(), "payload": _plain(one["payload"])}]}
            assert (await clients[number % 2].post("/sync", json=body, headers=OURS)).json()["receipts"][0]["state"] == "received"

        ask = await place(clients[2])
        async with asyncio.timeout(90):
            await asyncio.gather(read(ask, len(sealed)), *(send(number) for number in range(len(sealed))))
        for client in clients:
            await client.aclose()
    assert sorted(told) == sorted(one["payload"]["id"] for one in sealed)


async def cookies(house: House, actor: Actor) -> dict[str, str]:
    return await session.begin(house.ledger, house.settings, actor.id)


def _plain(payload: dict[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if isinstance(value, dt.datetime) else value for key, value in payload.items()}


FITS: dict[str, dict[str, str]] = {
    "its facility": {"facility": World.home}, "its type": {"type": "elderly_care"}, "its bureau": {"place": World.wanzhou}, "the city": {"place": World.city},
    "its kind": {"kind": "routine"}, "its mode": {"mode": "unannounced"}, "one of its inspectors": {"person": World().second.id},
    "problems": {"problems": "yes"}, "the phone": {"source": "phone"}, "its days": {"since": "2020-01-01", "until": "2099-01-01"}, "a word": {"q": "安康 周敏"},
    "a kind that is none": {"kind": "x"}, "a day that is none": {"since": "yesterday"},
}  # fmt: skip
FITS_NOT: dict[str, dict[str, str]] = {
    "another facility": {"facility": World.neighbour}, "another type": {"type": "children"}, "another bureau": {"place": World.kaizhou},
    "another kind": {"kind": "special"}, "another mode": {"mode": "random"}, "somebody else": {"person": World().foreign_inspector.id},
    "paper": {"source": "paper"}, "what was amended": {"amended": "yes"}, "later days": {"since": "2099-01-01"}, "another word": {"q": "临江"},
}  # fmt: skip


async def test_the_filters_keep_what_fits_and_leave_out_the_rest(house: House) -> None:
    await submit(house, await visit(house, await findings(house, (FOOD, "食堂"))))
    found = {name: len(await queries.visits(house.world.supervisor, Filters(**said))) for name, said in {**FITS, **FITS_NOT}.items()}
    assert found == {**dict.fromkeys(FITS, 1), **dict.fromkeys(FITS_NOT, 0)}


async def test_a_long_list_is_turned_page_by_page_and_none_is_missed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE", 2)
    at = clock.now()
    wanted = []
    for hour in range(5):
        ended = at - dt.timedelta(hours=hour // 2)  # two at the same instant
        wanted.append((await submit(house, await visit(house, [], started_at=ended, finished_at=ended)))["visit"])
    seen: list[str] = []
    async with house.client(house.world.supervisor) as client:
        address = "/visits?kind=routine"
        while address:
            text = (await client.get(address)).text
            seen += re.findall(r'id="visit-([^"]+)"', text)
            more = re.search(r'href="/visits(\?[^"]*after=[^"]*)"', text)
            address = f"/visits{more[1].replace('&amp;', '&')}" if more else ""
    assert sorted(seen) == sorted(wanted)
    assert len(seen) == 5


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)  # PostgreSQL knows how many rows there are and plans by that
async def test_a_long_history_is_read_from_its_end_and_not_as_a_whole(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Left to itself, SQLite read and sorted every visit of a bureau for each question."""
    plans: list[str] = []
    plain = queries.rows

    async def explained(sql: str, *values: Any) -> list[dict[str, Any]]:
        plans.append("; ".join(str(row["detail"]) for row in await plain(f"explain query plan {sql}", *values)))
        return await plain(sql, *values)

    monkeypatch.setattr(queries, "rows", explained)
    me, now = house.world.supervisor, clock.now()
    wanted = {
        "bureau": Filters(), "bureau_paper": Filters(source="paper"), "bureau_amended": Filters(amended="yes"), "bureau_failed": Filters(problems="yes"),
        "bureau_type": Filters(type="cemetery"), "bureau_kind": Filters(kind="case"), "bureau_mode": Filters(mode="random"), "bureau_received": Filters(news="1"),
        "bureau_first": Filters(person=me.id),
    }  # fmt: skip
    for filters in wanted.values():
        await queries.visits(me, filters, f"{now.isoformat()}~", now)
    await queries.visits(house.world.contact)
    await queries.news(me, Filters(), 7)
    walks = [plan.split("SCAN walked")[0] for plan in plans]
    names = [*wanted, "place"]
    assert [walk for walk, name in zip(walks, names, strict=False) if f"SEARCH i USING INDEX inspection_{name} (" not in walk.replace("COVERING ", "")] == []
    assert "inspection_bureau_second (" in walks[names.index("bureau_first")]
    assert not any("TEMP B-TREE" in walk for walk in walks[:-1])
    assert plans[-1].startswith("SEARCH e USING INDEX")
