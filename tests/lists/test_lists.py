"""Saved filters, what is new, what waits for whom: how people find their own among many."""

import asyncio
import datetime as dt
import re
from typing import Any

import hypothesis.strategies as st
import pytest
from hypothesis import given

from server.database.rows import rows
from server.foundation import clock
from server.foundation.actor import Actor, Standing
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.ledger.queries import history
from server.lists import rules
from server.lists.queries import saved
from server.people.rules import PARENTS
from server.problems.filters import Filters, known
from server.problems.queries import Problem, listed, pages
from server.problems.workflow import ASIDE, WORKFLOW, acts, waiting
from tests.conftest import House
from tests.problems.test_the_workflow import act as take
from tests.visits import EXITS, FOOD, findings, photo, visit

QUERY = "severity=critical&due=late"


async def save(house: House, actor: Actor, name: str = "重大逾期", list: str = "problems", query: str = QUERY, id: str | None = None) -> str:
    payload = {"id": new_id(), "list": list, "name": name, "query": query}
    return str((await house.perform(actor, "lists.save", payload, id))["filter"])


async def a_visit(house: House, *spots: tuple[str, str], facility: str = "", by: tuple[Actor, Actor] | None = None, **changed: Any) -> list[str]:
    """Problems of one visit by two inspectors; their ids."""
    first, second = by or (house.world.inspector, house.world.second)
    noted = await findings(house, *spots, by=first, **changed)
    sealed = await visit(house, noted, by=first, facility=facility or house.world.home)
    for slot, actor in (("first", first), ("second", second)):
        sealed["signatures"][slot] |= {"person": actor.id, "name": actor.name}
    receipt = await house.perform(first, "inspections.submit", sealed)
    return [row["problem"] for row in receipt["problems"]]


async def shown(actor: Actor, since: dt.datetime | None = None, **filters: str) -> list[str]:
    return [problem.id for problem in (await listed(actor, Filters(**filters), "", since)).problems]


# Saved filters


async def test_a_filter_is_saved_renamed_and_taken_away_and_its_history_stays(house: House) -> None:
    me = house.world.supervisor
    id = await save(house, me)
    await house.perform(me, "lists.rename", {"filter": id, "name": "  重大 逾期  "})
    assert [(entry.name, entry.query) for entry in await saved(me, "problems")] == [("重大 逾期", QUERY)]
    await house.perform(me, "lists.remove", {"filter": id})
    assert await saved(me, "problems") == []
    assert [event.kind for event in await history(id)] == ["filter.saved", "filter.renamed", "filter.removed"]


async def test_a_filter_is_its_owners_alone(house: House) -> None:
    id = await save(house, house.world.supervisor)
    assert await saved(house.world.inspector, "problems") == []
    for kind, more in (("rename", {"name": "x"}), ("remove", {})):
        with pytest.raises(Refusal, match="not_found"):
            await house.perform(house.world.inspector, f"lists.{kind}", {"filter": id, **more})
    await save(house, house.world.inspector)  # the same name, of somebody else


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"name": " "}, "list.name"), ({"name": "长" * 21}, "list.name"), ({"name": "a\x07b"}, "list.name"), ({"name": "重大逾期"}, "list.taken"),
        ({"query": ""}, "list.query"), ({"query": "javascript:alert(1)"}, "list.query"), ({"query": "a=b\nc"}, "list.query"),
        ({"query": "q=" + "x" * 1000}, "list.query"), ({"list": "people"}, "list.unknown"),
    ],
)  # fmt: skip
async def test_what_cannot_be_saved_is_refused(house: House, changed: dict[str, str], code: str) -> None:
    await save(house, house.world.supervisor)
    with pytest.raises(Refusal, match=re.escape(code)):
        await save(house, house.world.supervisor, **{"name": "别的", **changed})


async def test_the_twenty_first_is_refused_until_one_is_taken_away(house: House) -> None:
    me = house.world.supervisor
    ids = [await save(house, me, f"筛选{n}") for n in range(rules.MOST_SAVED)]
    with pytest.raises(Refusal, match="list.many"):
        await save(house, me, "再一个")
    await house.perform(me, "lists.remove", {"filter": ids[0]})
    await save(house, me, "再一个")


async def test_the_desk_saves_what_is_set_and_shows_it_on_all_three_lists(house: House) -> None:
    async with house.client(house.world.supervisor) as client:
        page = (await client.get(f"/problems/responsibility?{QUERY}")).text
        link = re.search(r'href="(/lists/problems/filters\?[^"]+)"', page)
        assert link
        form = (await client.get(link[1].replace("&amp;", "&"))).text
        assert 'value="重大 逾期"' in form, "a name is offered in words"
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form.split('action="/lists')[1].split("</form>")[0]))
        data = {name: value.replace("&amp;", "&") for name, value in hidden.items()}
        answers = [await client.post("/lists/problems/filters", data={**data, "name": "我的"}) for _ in range(2)]
        assert [(answer.status_code, answer.headers["location"]) for answer in answers] == [(303, f"/problems/responsibility?{QUERY}")] * 2
        for path in ("/problems", "/problems/rectification"):
            assert f'href="{path}?severity=critical&amp;due=late">我的' in (await client.get(path)).text
        again = await client.post("/lists/problems/filters", data={**data, "_id": new_id(), "name": "我的"})
        assert again.status_code == 409
        assert "已有叫“我的”的常用筛选" in again.text
    assert len(await saved(house.world.supervisor, "problems")) == 1


async def test_a_saved_filter_leads_nowhere_but_to_its_list(house: House) -> None:
    async with house.client(house.world.supervisor) as client:
        await client.get("/problems")
        data = {"_csrf_token": client.cookies["csrftoken"], "_id": new_id(), "name": "x", "query": "due=late", "at": "//evil.example"}
        assert (await client.post("/lists/problems/filters", data=data)).headers["location"] == "/problems?due=late"
        assert "evil" not in (await client.get("/lists/problems/filters?at=//evil.example&query=due%3Dlate")).text


# What is new


async def test_what_others_did_since_the_last_sitting_is_marked_and_stays_marked_while_one_sits(house: House) -> None:
    me, start = house.world.supervisor, clock.now()
    old = (await a_visit(house, (FOOD, "食堂")))[0]
    async with house.client(me) as client:
        assert "新登记" not in (await client.get("/problems")).text, "nothing is news to who looks for the first time"
        clock.set(lambda: start + dt.timedelta(hours=2))
        await a_visit(house, (EXITS, "三楼通道"))
        await house.perform(me, "problems.withdraw", {"problem": old, "reason": "重复"})
        for _ in range(2):
            assert (await client.get("/problems")).text.count("新登记") == 1
        page = (await client.get("/problems/responsibility?news=1")).text
        assert page.count('class="no"') == 1, "one's own act is no news"
        clock.set(lambda: start + dt.timedelta(hours=4))
        assert "新登记" not in (await client.get("/problems")).text
        assert "没有新的变化" in (await client.get("/problems?news=1")).text


async def test_what_moved_is_news_wherever_it_stands_now(house: House) -> None:
    world, start = house.world, clock.now()
    ids = await a_visit(house, (FOOD, "食堂"), (EXITS, "三楼通道"))
    clock.set(lambda: start + dt.timedelta(hours=1))
    await house.perform(world.supervisor, "problems.withdraw", {"problem": ids[1], "reason": "重复"})
    since = start + dt.timedelta(minutes=30)
    assert await shown(world.inspector, since, news="1") == [ids[1]]
    assert await shown(world.inspector, since, news="1", state="recorded") == []
    assert await shown(world.foreigner, since, news="1") == []


async def test_two_pages_opened_at_once_are_one_look(house: House) -> None:
    async with house.client(house.world.supervisor) as client:
        answers = await asyncio.gather(*(client.get("/problems") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len(await rows("select id from look")) == 1


@given(st.timedeltas(dt.timedelta(), dt.timedelta(days=9)), st.timedeltas(dt.timedelta(), dt.timedelta(days=9)))
def test_news_never_goes_back_before_the_last_sitting(between: dt.timedelta, away: dt.timedelta) -> None:
    since_at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    at = since_at + between
    found = rules.since(at, since_at, at + away)
    assert found == (since_at if away <= rules.SITTING else at)


# What waits


def everybody_of(house: House) -> list[Actor]:
    world = house.world
    both = Actor("both", "两职", (Standing("inspector", "p", world.paths[world.home]), Standing("supervisor", "p", world.paths[world.wanzhou])))
    return [*world.everybody, both]


async def in_every_state(house: House) -> list[str]:
    world, due = house.world, clock.today() + dt.timedelta(days=9)
    after = [await photo(house, world.contact, "after")]
    ids = await a_visit(house, *((FOOD, f"点位 {n}") for n in range(9)))
    fixed = await a_visit(house, (EXITS, "东侧"), fixed=True, after=[await photo(house, world.inspector, "fixed")])
    ways = (
        (), ("issue",), ("issue", "plan"), ("issue", "plan", "return_plan"), ("issue", "progress"), ("issue", "report"), ("issue", "report", "fail"),
        ("issue", "report", "pass"), ("withdraw",),
    )  # fmt: skip
    told: dict[str, tuple[Actor, dict[str, Any]]] = {
        "issue": (world.supervisor, {"due_on": due, "person": "谭秀梅"}), "plan": (world.contact, {"cause": "a", "measures": "b", "person": "c"}),
        "return_plan": (world.supervisor, {"reason": "x"}), "progress": (world.contact, {"text": "x"}), "report": (world.contact, {"text": "x", "photos": after}),
        "fail": (world.second, {"record": "x", "due_on": due}), "pass": (world.supervisor, {"record": "x"}), "withdraw": (world.supervisor, {"reason": "x"}),
    }  # fmt: skip
    for id, way in zip(ids, ways, strict=True):
        for act in way:
            actor, payload = told[act]
            await take(house, actor, act, id, **payload)
    return [*ids, *fixed]


async def test_what_waits_for_somebody_is_what_they_may_move_now(house: House) -> None:
    """Held against what the page of each problem offers: any step that is not always open, kept from them by nothing."""
    ids = await in_every_state(house)
    for actor in everybody_of(house):
        found = {problem.id: problem for problem in (await listed(actor, Filters(state="all"))).problems}
        may = {id for id, problem in found.items() if any(move.act not in ASIDE and not blocked for move, blocked in acts(_facts(problem), actor))}
        assert set(await shown(actor, waits="me")) == may, actor.name
        assert len(await shown(actor, waits="me")) == len(may), "each once"
    assert set(await shown(house.world.contact, waits="me")) == {ids[1], ids[3], ids[4], ids[6]}
    assert ids[7] not in await shown(house.world.supervisor, waits="me"), "who re-checked it does not close it"
    assert await shown(house.world.contact, waits="me", state="issued") == [ids[1]]


def _facts(problem: Problem) -> dict[str, Any]:
    return {name: getattr(problem, name) for name in ("state", "severity", "place_path", "rectifier_ids", "rechecker_ids", "inspector_ids", "voucher_id", "extension_id", "notice_id", "is_supervised", "is_referred")}


def test_withdrawing_waits_for_nobody_and_all_else_for_somebody() -> None:
    one = Actor("a", "某", tuple(Standing(role, "p", "a/") for role in ("inspector", "supervisor", "contact")))
    assert {entry.state for entry in waiting(one)} == set(WORKFLOW.open_states)
    assert waiting(Actor("a", "某", (Standing("administrator", "p", "a/"),))) == []


# Filters, orders, places


async def test_the_list_is_that_of_the_place_asked_for_and_never_beyond_ones_own(house: House) -> None:
    world = house.world
    ours = await a_visit(house, (FOOD, "食堂"))
    theirs = await a_visit(house, (FOOD, "食堂"), facility=world.foreign, by=(world.foreign_inspector, world.foreign_second))
    assert set(await shown(world.chief)) == {*ours, *theirs}
    assert await shown(world.chief, place=world.kaizhou) == theirs
    assert await shown(world.chief, facility=world.home) == ours
    assert await shown(world.supervisor, place=world.city) == ours, "a place above one's own is one's own"
    for elsewhere in ({"place": world.kaizhou}, {"facility": world.foreign}, {"place": "nowhere"}):
        assert await shown(world.supervisor, **elsewhere) == []
    assert await shown(world.contact) == ours
    assert await shown(world.neighbour_contact) == []
    two = Actor("two", "两处", (Standing("supervisor", "p", world.paths[world.kaizhou]), Standing("contact", "p", world.paths[world.home])))
    assert set(await shown(two)) == {*ours, *theirs}


def test_nothing_lies_below_a_facility_or_an_office() -> None:
    """So that a path of three segments may be compared as a whole."""
    assert {parent for parents in PARENTS.values() for parent in parents} <= {None, "municipal", "district"}
    assert PARENTS["district"] == (None, "municipal")


async def test_every_filter_shows_what_fits_it(house: House) -> None:
    world = house.world
    noted = [*await findings(house, (FOOD, "食堂"), severity="critical"), *await findings(house, (EXITS, "通道"), party="locality")]
    receipt = await house.perform(world.inspector, "inspections.submit", await visit(house, noted))
    critical, locality = [row["problem"] for row in receipt["problems"]]
    yesterday, today = clock.today() - dt.timedelta(days=1), clock.today()
    both, me = {critical, locality}, world.supervisor
    for filters, wanted in (
        ({"severity": "critical"}, {critical}), ({"party": "locality"}, {locality}), ({"type": "elderly_care"}, both), ({"type": "funeral"}, set()),
        ({"since": today.isoformat()}, both), ({"until": yesterday.isoformat()}, set()), ({"since": yesterday.isoformat(), "until": today.isoformat()}, both),
        ({"inspector": "何川"}, both), ({"inspector": "陈静"}, set()), ({"checklist": "epidemic-2020-250"}, both), ({"checklist": "epidemic"}, set()),
        ({"q": "食堂"}, {critical}), ({"q": "安康"}, both), ({"state": "closed"}, set()), ({"state": "recorded"}, both), ({"due": "late"}, set()),
    ):  # fmt: skip
        assert set(await shown(me, **filters)) == wanted, filters
        assert (await listed(me, Filters(**filters))).count == len(wanted)


@pytest.mark.parametrize("sort", ["", "due"])
async def test_either_order_is_walked_without_gap_or_repetition_forward_from_any_place(house: House, sort: str) -> None:
    world = house.world
    ids = await a_visit(house, *((FOOD, f"点位{n}") for n in range(30)))
    for n, id in enumerate(ids[:20]):
        due = clock.today() + dt.timedelta(days=n // 2)
        await take(house, world.supervisor, "issue", id, due_on=due, person="谭")
    walked: list[Problem] = []
    async for page in pages(world.supervisor, Filters(sort=sort), size=7):
        walked += page
        assert len(walked) <= 30, "a page came twice"
    assert len(walked) == len({problem.id for problem in walked}) == 30
    key = (lambda p: (p.due_on or dt.date.max, p.id)) if sort else (lambda p: (p.found_at, p.id))
    assert walked == sorted(walked, key=key, reverse=not sort)


async def test_late_means_late_as_each_problem_says_it_the_longest_first(house: House) -> None:
    world, start = house.world, clock.now()
    ids = await in_every_state(house)
    clock.set(lambda: start + dt.timedelta(days=30))
    found = (await listed(world.supervisor, Filters(state="all"))).problems
    assert set(await shown(world.supervisor, due="late")) == {problem.id for problem in found if problem.is_late}
    assert ids[1] in await shown(world.supervisor, due="late")


@given(st.dictionaries(st.sampled_from(Filters.__struct_fields__), st.text(max_size=20)))
def test_whatever_an_address_says_it_means_something_or_nothing(said: dict[str, str]) -> None:
    filters = known(Filters(**said))
    assert filters.order.words
    assert filters.conditions("me", None)
    assert known(filters) == filters
    assert all(words.zh and words.en for _, words in filters.said({}))
