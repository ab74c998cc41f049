"""Every list is found in alike: the same card, what is set in words, saved filters, what is new, a count that stops."""

import datetime as dt
import re
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from server.database.rows import rows
from server.facilities import queries as facilities
from server.foundation import clock
from server.foundation.actor import SYSTEM, Actor, Standing
from server.foundation.ids import new_id
from server.inspections import queries as inspections
from server.inspections.filters import Filters, known
from server.lists.queries import saved
from tests.conftest import House
from tests.visits import FOOD, findings, visit

HTMX = {"hx-request": "true"}


async def submit(house: House, sealed: dict[str, Any], by: Actor | None = None) -> dict[str, Any]:
    return await house.perform(by or house.world.inspector, "inspections.submit", sealed)


@pytest.mark.parametrize("address", ["/problems", "/visits", "/facilities", "/plans", "/imports"])
async def test_each_list_has_the_same_card_to_find_in_and_says_what_is_set(house: House, address: str) -> None:
    async with house.client(house.world.supervisor) as client:
        page = (await client.get(f"{address}?q=查无此词")).text
    assert f'<form class="card finder" role="search" action="{address}">' in page
    assert re.search(r'<summary class="f1 act">筛选<svg', page), "what is searched for is no filter"
    assert "“查无此词”" in page
    assert re.search(r'<p class="bulk"><b class="n">共 0 [条次家项份]</b>', page)


async def test_the_register_of_people_has_it_too(house: House) -> None:
    async with house.client(house.world.administrator) as client:
        page = (await client.get("/people?role=inspector")).text
    assert re.search(r'筛选<b class="n">1</b>', page)
    assert 'href="/people">检查员<svg' in page, "what is set is taken away by a tap"
    assert "存为常用" not in page, "which keeps no filters"


@pytest.mark.parametrize(
    ("list", "query", "name"), [("visits", "kind=special&problems=yes", "专项检查 有问题"), ("facilities", "type=elderly_care&closed=yes", "养老机构 已停用")]
)
async def test_the_desk_saves_what_is_set_shows_it_and_manages_it(house: House, list: str, query: str, name: str) -> None:
    me = house.world.supervisor
    async with house.client(me) as client:
        page = (await client.get(f"/{list}?{query}")).text
        link = re.search(rf'href="(/lists/{list}/filters\?[^"]+)"', page)
        assert link
        form = (await client.get(link[1].replace("&amp;", "&"))).text
        assert f'value="{name}"' in form, "a name is offered in words"
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form.split('action="/lists')[1].split("</form>")[0]))
        data = {field: value.replace("&amp;", "&") for field, value in hidden.items()}
        answers = [await client.post(f"/lists/{list}/filters", data={**data, "name": "我的"}) for _ in range(2)]
        assert [(answer.status_code, answer.headers["location"]) for answer in answers] == [(303, f"/{list}?{query}")] * 2
        page = (await client.get(f"/{list}?{query}")).text
        assert f'href="/{list}?{query.replace("&", "&amp;")}" aria-current="true">我的' in page
        assert f"/lists/{list}/filters?at=" in page, "the way to rename it and take it away"
        again = await client.post(f"/lists/{list}/filters", data={**data, "_id": new_id(), "name": "我的"})
        assert again.status_code == 409
    assert [entry.query for entry in await saved(me, list)] == [query]
    assert await saved(house.world.inspector, list) == []


async def test_visits_that_came_in_since_the_last_sitting_are_new_wherever_they_stand(house: House) -> None:
    me, start = house.world.supervisor, clock.now()
    async with house.client(me) as client:
        await submit(house, await visit(house, []))
        assert "新收到" not in (await client.get("/visits")).text, "nothing is news to who looks for the first time"
        clock.set(lambda: start + dt.timedelta(hours=2))
        late = start - dt.timedelta(days=20)  # from a phone that was off
        receipt = await submit(house, await visit(house, [], started_at=late, finished_at=late))
        for _ in range(2):
            assert (await client.get("/visits")).text.count("新收到") == 1
        page = (await client.get("/visits?news=1")).text
        assert re.findall(r'id="visit-([^"]+)"', page) == [receipt["visit"]]
        assert "共 1 次" in page
        clock.set(lambda: start + dt.timedelta(hours=4))
        page = (await client.get("/visits?news=1")).text
        assert "没有收到新的检查" in page
        assert "新收到" not in (await client.get("/visits")).text


async def test_ones_own_visit_is_no_news(house: House) -> None:
    me, start = house.world.inspector, clock.now()
    async with house.client(me) as client:
        await client.get("/visits")
        clock.set(lambda: start + dt.timedelta(hours=2))
        await submit(house, await visit(house, []), me)
        assert "没有收到新的检查" in (await client.get("/visits?news=1")).text


async def test_what_came_in_before_ones_eyes_is_not_new_the_next_time(house: House) -> None:
    """The list was open: the live part put it on top."""
    start = clock.now()
    async with house.client(house.world.supervisor) as client:
        ask = re.search(r'hx-get="(/visits/news[^"]*)"', (await client.get("/visits")).text)
        assert ask
        clock.set(lambda: start + dt.timedelta(minutes=20))
        await submit(house, await visit(house, []))
        assert "刚收到" in (await client.get(ask[1].replace("&amp;", "&"), headers=HTMX)).text
        clock.set(lambda: start + dt.timedelta(hours=3))
        assert "新收到" not in (await client.get("/visits")).text


async def test_the_live_part_goes_on_under_what_is_new(house: House) -> None:
    async with house.client(house.world.supervisor) as client:
        ask = re.search(r'hx-get="(/visits/news[^"]*)"', (await client.get("/visits?news=1")).text)
        assert ask
        receipt = await submit(house, await visit(house, []))
        assert receipt["number"] in (await client.get(ask[1].replace("&amp;", "&"), headers=HTMX)).text


async def test_either_inspector_finds_the_visit_by_name_and_each_visit_is_there_once(house: House) -> None:
    world = house.world
    receipt = await submit(house, await visit(house, await findings(house, (FOOD, "食堂"))))
    for person in (world.inspector, world.second):
        for actor in (world.chief, world.supervisor, world.contact):
            assert [one.id for one in await inspections.visits(actor, Filters(person=person.id))] == [receipt["visit"]]
            assert await inspections.counted(actor, Filters(person=person.id)) == 1


async def test_the_days_of_visits_are_those_of_beijing(house: House) -> None:
    at = dt.datetime(2026, 3, 3, 16, 30, tzinfo=dt.UTC)  # half past midnight on the fourth
    clock.set(lambda: at + dt.timedelta(hours=1))
    await submit(house, await visit(house, [], started_at=at, finished_at=at))
    found = {on: await inspections.counted(house.world.supervisor, Filters(since=on, until=on)) for on in ("2026-03-03", "2026-03-04", "2026-03-05")}
    assert found == {"2026-03-03": 0, "2026-03-04": 1, "2026-03-05": 0}


async def test_counting_stops_and_says_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inspections, "MOST_COUNTED", 2)
    for _ in range(4):
        await submit(house, await visit(house, []))
    assert await inspections.counted(house.world.supervisor, Filters()) == 3
    async with house.client(house.world.supervisor) as client:
        assert "共 2+ 次" in (await client.get("/visits")).text


async def test_the_register_follows_a_bureau_that_moves(house: House) -> None:
    """A facility repeats where it stands: a move takes it along."""
    world, city = house.world, new_id()
    before = {one.id for one in (await facilities.listed(world.supervisor, facilities.Filters())).facilities}
    await house.perform(SYSTEM, "places.add", {"id": city, "kind": "municipal", "name": "新市民政局", "parent": None, "mark": "新民整", "code": "XS"})
    await house.perform(SYSTEM, "places.move", {"id": world.wanzhou, "parent": city, "reason": "区划调整"})
    found = (await facilities.listed(SYSTEM, facilities.Filters(place=world.wanzhou))).facilities
    assert {one.id for one in found} == before
    assert await rows("select f.id from facility f join place p on p.id = f.id where p.path <> f.place_path") == []


async def test_who_reaches_two_places_reads_both_in_one_order_and_each_page_goes_on(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(facilities, "PAGE", 1)
    world = house.world
    two = Actor("two", "两处", (Standing("supervisor", "p", world.paths[world.kaizhou]), Standing("contact", "p", world.paths[world.home])))
    seen: list[str] = []
    after = ""
    while not seen or after:
        page = await facilities.listed(two, facilities.Filters(), after)
        seen, after = [*seen, *(one.id for one in page.facilities)], page.after
        assert page.count == 2
    assert seen == sorted([world.home, world.foreign], key=world.paths.__getitem__)


# On a phone

LACKING = {
    "inspector": {"/search", "/overview", "/visits", "/checklists"},
    "supervisor": {"/search", "/plans/conflicts", "/plans/hand-over", "/visits/phones", "/imports", "/checklists", "/drafts"},
    "administrator": {"/search", "/overview", "/reminders/settings", "/plans", "/plans/conflicts", "/plans/hand-over", "/imports", "/checklists", "/drafts", "/places"},
    "contact": {"/search"},
}


@pytest.mark.parametrize("role", LACKING)
async def test_a_phone_reaches_what_its_tab_bar_has_no_room_for(house: House, role: str) -> None:
    async with house.client(getattr(house.world, role)) as client:
        page = (await client.get("/me")).text
        more = page.split('<section class="only"')[1].split("</section>")[0]
        links = re.findall(r'<a class="cell" href="([^"]+)"', more)
        tabs = {href for href, desk in re.findall(r'<a href="(/[^"]*)"( class="desk")?', page.split('<nav class="nav"')[1].split("</nav>")[0]) if not desk}
        assert set(links) == LACKING[role]
        assert len(links) == len(set(links))
        assert not set(links) & tabs
        for link in links:
            assert (await client.get(link, follow_redirects=True)).status_code == 200, link


@given(st.dictionaries(st.sampled_from(Filters.__struct_fields__), st.text(max_size=20)))
def test_whatever_the_address_of_visits_says_it_means_something_or_nothing(said: dict[str, str]) -> None:
    filters = known(Filters(**said))
    assert filters.conditions("me", None)
    assert known(filters) == filters
    assert all(words.zh and words.en for _, words in filters.said({}))
