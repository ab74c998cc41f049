"""A visit done on paper and entered afterwards: the same rules, the same numbers, and it says so everywhere."""

import datetime as dt
import re
from typing import Any

import httpx
import pytest

from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.inspections import queries
from server.inspections.queries import Filters
from server.ledger.verify import verify
from server.people.tables import Standing
from server.problems import queries as problems
from tests.conftest import House
from tests.operations.commands import dugai
from tests.photos.pictures import jpeg
from tests.visits import CHECKLIST, FOOD, findings, photo, visit
from tests.world import PACK

CRITICAL = [item.key for item in CHECKLIST.on_site("measures") if item.severity == "critical" and item.fits("elderly_care")]
TYPED = {"f.S23-01.due": "3", "f.S23-01.done": "３", "f.S23-06.due": "4", "f.S23-06.done": "4", **{f"a.{key}": "pass" for key in CRITICAL}}


async def paper(house: House, *fails: tuple[str, str], by: Actor | None = None, **changed: Any) -> dict[str, Any]:
    """A whole paper of yesterday, as `inspections.enter` takes it."""
    by = by or house.world.supervisor
    noted = await findings(house, *fails, by=by)
    sealed = await visit(house, noted, by=by)
    at = clock.now() - dt.timedelta(days=1)
    return {
        **{name: sealed[name] for name in ("facility", "checklist", "parts", "kind", "mode", "answers", "findings")}, "id": new_id(),
        "started_at": at - dt.timedelta(hours=1), "finished_at": at, "inspectors": [house.world.inspector.id, house.world.second.id],
        "counterpart": {"name": "谭秀梅", "title": "院长"}, "sheets": [await photo(house, by, "sheet")], **changed,
    }  # fmt: skip


async def enter(house: House, entered: dict[str, Any], actor: Actor | None = None, id: str | None = None) -> dict[str, Any]:
    return await house.perform(actor or house.world.supervisor, "inspections.enter", entered, id)


async def test_a_paper_gets_its_days_number_and_its_problems_and_says_who_entered_it(house: House) -> None:
    on = clock.today(clock.now() - dt.timedelta(days=1))
    phone = await house.perform(house.world.inspector, "inspections.submit", await visit(house, []))
    receipt = await enter(house, await paper(house, (FOOD, "食堂")))
    assert receipt["number"] == f"WZ-{on:%Y%m%d}-0001"
    assert receipt["problems"][0]["number"] == f"万民整〔{on.year}〕1号"
    found = await problems.problem(house.world.supervisor, receipt["problems"][0]["problem"])
    assert found
    assert (found.found_on, found.inspectors, found.state) == (on, "周敏、何川", "recorded")
    assert [one.number for one in await queries.visits(house.world.supervisor, Filters(source="paper"))] == [receipt["number"]]
    async with house.client(house.world.contact) as client:
        text = (await client.get(f"/visits/{receipt['visit']}")).text
        assert "由 冉国强 于" in text
        assert "签名在纸质记录上" in text
        assert "纸质补录" in (await client.get("/visits")).text
        assert "纸质补录" not in (await client.get(f"/visits/{phone['visit']}")).text
        sheet = re.search(r'src="(/photos/[0-9a-f]{64}/thumb)"', text)
        assert sheet
        assert (await client.get(sheet[1])).status_code == 200


async def test_a_paper_sent_twice_is_one_visit_and_another_with_its_id_is_refused(house: House) -> None:
    entered, act = await paper(house), new_id()
    assert await enter(house, entered, id=act) == await enter(house, entered, id=act)
    with pytest.raises(Refusal, match="visit.known"):
        await enter(house, entered)


async def test_a_finding_on_paper_where_a_problem_is_open_is_seen_again(house: House) -> None:
    await house.perform(house.world.inspector, "inspections.submit", await visit(house, await findings(house, (FOOD, "食堂"))))
    assert (await enter(house, await paper(house, (FOOD, "食堂"))))["problems"][0]["observed"] is True


async def test_one_who_inspected_then_and_does_no_more_signed_rightly(house: House) -> None:
    """A paper of last month, by a colleague who has left since."""
    at = clock.now() - dt.timedelta(days=30)
    left = clock.today() - dt.timedelta(days=10)
    held = next(row for model, row in house.world.rows(None) if model is Standing and row["person_id"] == house.world.second.id)
    await house.ledger.keep(change=[(Standing, held["id"], {"until_on": left})])
    with pytest.raises(Refusal, match="visit.second"):
        await enter(house, await paper(house))
    await enter(house, await paper(house, started_at=at, finished_at=at))


NOW = dt.datetime.now(dt.UTC)
WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "tomorrow": ("paper.day", {"started_at": NOW, "finished_at": NOW + dt.timedelta(days=1)}),
    "in an hour": ("paper.day", {"started_at": NOW, "finished_at": NOW + dt.timedelta(hours=1)}),
    "more than 400 days ago": ("paper.day", {"started_at": NOW - dt.timedelta(days=401), "finished_at": NOW - dt.timedelta(days=401)}),
    "the end before the beginning": ("paper.times", {"started_at": NOW - dt.timedelta(hours=1), "finished_at": NOW - dt.timedelta(hours=2)}),
    "no sheet": ("paper.sheets", {"sheets": []}),
    "a sheet that never came": ("photo.missing", {"sheets": ["a" * 64]}),
    "a sheet that is no hash": ("input.invalid", {"sheets": ["../../etc/passwd"]}),
    "a hundred sheets": ("input.too_large", {"sheets": ["a" * 64] * 100}),
    "nobody signed and no reason": ("visit.facility_signature", {"counterpart": {}}),
    "a reason without end": ("problem.long", {"counterpart": {"refused": "长" * 600}}),
    "an item without an answer": ("answer.missing", {"answers": {}}),
    "bulk on a critical item": ("answer.wrong", {}),
    "a facility in another district": ("not_found", {"facility": "00000000-0000-7000-8000-000000000006"}),
    "an unknown version": ("not_found", {"checklist": {"key": "epidemic-2020-250", "version": 9}}),
    "one inspector": ("input.invalid", {"inspectors": ["x"]}),
    "an inspector who is none": ("visit.second", {"inspectors": ["x", "y"]}),
    "a phone's source": ("input.invalid", {"source": "phone"}),
    "an id that is none": ("input.invalid", {"id": "x"}),
}


@pytest.mark.parametrize("case", WRONG)
async def test_a_paper_that_cannot_be_right_is_refused_in_words_and_leaves_nothing(house: House, case: str) -> None:
    code, changed = WRONG[case]
    entered = {**await paper(house), **changed}
    if case == "bulk on a critical item":
        entered["answers"][CRITICAL[0]] = {"value": "pass", "bulk": True}
    with pytest.raises(Refusal) as refused:
        await enter(house, entered)
    assert refused.value.code == code
    assert all((refused.value.words.zh, refused.value.words.en, refused.value.remedy.zh, refused.value.remedy.en))
    assert await queries.visits(house.world.supervisor) == []


async def test_two_different_inspectors_of_the_place_stand_on_it(house: House) -> None:
    world = house.world
    for pair, code in (
        ((world.inspector, world.inspector), "paper.two"), ((world.inspector, world.supervisor), "visit.second"),
        ((world.inspector, world.foreign_inspector), "visit.second"), ((world.contact, world.second), "visit.second"),
    ):  # fmt: skip
        with pytest.raises(Refusal, match=code):
            await enter(house, await paper(house, inspectors=[one.id for one in pair]))


async def test_a_contact_does_not_enter_a_paper_and_a_stranger_does_not_find_the_facility(house: House) -> None:
    world = house.world
    with pytest.raises(Refusal, match="not_allowed"):
        await enter(house, await paper(house, by=world.contact), world.contact)
    for actor in (world.foreigner, world.neighbour_contact):
        with pytest.raises(Refusal, match="not_found"):
            await enter(house, await paper(house, by=actor), actor)
    for actor in (world.administrator, world.inspector):
        await enter(house, await paper(house, by=actor), actor)
    async with house.client(world.contact) as client:
        assert (await client.get("/visits/enter")).status_code == 403


async def test_a_sheet_that_somebody_else_photographed_is_not_ones_own(house: House) -> None:
    entered = await paper(house, sheets=[await photo(house, house.world.foreigner, "theirs")])
    with pytest.raises(Refusal, match="photo.missing"):
        await enter(house, entered)


async def test_a_phone_cannot_send_one(house: House) -> None:
    handling = house.ledger.handlings["inspections.enter", 1]
    assert not handling.wire


@pytest.mark.parametrize("harm", ["update inspection set source = 'phone'", "update inspection set papers = '[]'", "delete from inspection"])
async def test_a_paper_changed_by_hand_is_found(house: House, harm: str) -> None:
    await enter(house, await paper(house))
    assert (await verify()).faults == []
    assert "head" in dugai(house.settings, "ledger", "verify")
    await house.ledger.writer.query(harm)
    assert "visit" in dugai(house.settings, "ledger", "verify", code=1)


# The pages, without a script


def head(house: House, **changed: str) -> dict[str, Any]:
    """What stands above the table."""
    on = clock.today() - dt.timedelta(days=2)
    return {
        "_id": new_id(), "facility": house.world.home, "part": f"{PACK['key']}/1:measures", "on": on.isoformat(), "started": "09:30", "ended": "10:40",
        "kind": "routine", "mode": "announced", "first": house.world.inspector.id, "second": house.world.second.id, "signer": "谭秀梅", "signer_title": "院长",
        "rest": "yes", "step": "problems", **TYPED, **changed,
    }  # fmt: skip


async def begun(client: httpx.AsyncClient) -> dict[str, str]:
    await client.get("/visits/enter")
    return {"_csrf_token": client.cookies["csrftoken"]}


def hidden(text: str) -> dict[str, str]:
    """The hidden fields of a page's form, as a browser sends them back."""
    form = text[text.index('id="enter"') :]
    found = {}
    for tag in re.findall(r'<input type="hidden"[^>]*>', form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value:
            found[name[1]] = value[1].replace("&#34;", '"')
    return found


async def test_a_clerk_enters_a_paper_without_problems_in_one_step(house: House) -> None:
    async with house.client(house.world.administrator) as client:
        data = await begun(client) | head(house)
        answer = await client.post("/visits/enter", data=data, files={"sheets": ("a.jpg", jpeg(colour="tan"))})
        assert answer.status_code == 303
        twice = await client.post("/visits/enter", data=data, files={"sheets": ("a.jpg", jpeg(colour="tan"))})
        assert twice.headers["location"] == answer.headers["location"]
        following = (await client.get(answer.headers["location"])).text
        assert "已录入：" in following
        assert "checked" in following, "the next of the pile has the same parts"
    found = await queries.visits(house.world.supervisor)
    assert len(found) == 1
    record = await queries.visit(house.world.supervisor, found[0].id)
    assert record
    bulk = {key for key, given in record.answers.items() if given.get("bulk")}
    assert bulk == {item.key for item in CHECKLIST.on_site("measures") if item.fits("elderly_care") and item.severity != "critical" and not item.fields}
    assert record.answers["S23-01"] == {"fields": {"due": 3, "done": 3}}
    async with house.client(house.world.supervisor) as client:
        assert f"其中 {len(bulk)} 项由“其余符合”一次记为符合" in (await client.get(f"/visits/{record.id}")).text


async def test_what_fails_asks_for_its_problem_and_a_second_place_of_it(house: House) -> None:
    async with house.client(house.world.supervisor) as client:
        data = await begun(client) | head(house, **{f"a.{FOOD}": "fail"})
        third = await client.post("/visits/enter", data=data)
        assert third.status_code == 200
        assert f'name="n.0.item" value="{FOOD}"' in third.text
        more = await client.post("/visits/enter", data=hidden(third.text) | {"more": FOOD, "n.0.what": "生熟混放"})
        assert f'name="n.1.item" value="{FOOD}"' in more.text
        assert "生熟混放" in more.text
        last = hidden(more.text) | {"step": "submit", "n.0.what": "生熟混放", "n.0.point": "食堂", "n.1.what": "留样不足", "n.1.point": "留样间"}
        shots = {"n.0.photos": ("a.jpg", jpeg(colour="olive")), "n.1.photos": ("b.jpg", jpeg(colour="navy"))}
        unsigned = await client.post("/visits/enter", data=last, files=shots)
        assert unsigned.status_code == 422
        assert "还没有纸质记录的照片" in unsigned.text
        last = hidden(unsigned.text) | {key: value for key, value in last.items() if key.startswith("n.") or key == "step"}
        done = await client.post("/visits/enter", data=last, files={"sheets": ("c.jpg", jpeg(colour="tan"))})
        assert done.status_code == 303
    found = (await problems.listed(house.world.supervisor, problems.Filters())).problems
    assert {(one.point, one.what) for one in found} == {("食堂", "生熟混放"), ("留样间", "留样不足")}


async def test_back_at_the_table_every_answer_still_stands(house: House) -> None:
    async with house.client(house.world.supervisor) as client:
        data = await begun(client) | head(house, **{f"a.{FOOD}": "fail"})
        third = (await client.post("/visits/enter", data=data)).text
        back = (await client.post("/visits/enter", data=hidden(third) | {"step": "table", "n.0.what": "生熟混放"})).text
    assert re.search(f'name="a.{FOOD}" value="fail" checked', back)
    assert re.search(r'name="f.S23-06.due" value="4"', back)
    assert 'name="a.S23-10" value="pass" checked' not in back, "what the rest filled is not taken for an answer"
    assert 'name="n.0.what" value="生熟混放"' in back


async def test_the_table_says_what_is_missing_and_what_cannot_be_read(house: House) -> None:
    cases = {
        "on": ("", "这一项没有填"), "started": ("午后", "时间读不懂"), "f.S23-06.due": ("四", "的答案读不懂"), f"a.{CRITICAL[0]}": ("", "项没有答"),
        "rest": ("", "项没有答"), "second": (house.world.inspector.id, "要选两名不同的检查人"), "signer": ("", "缺机构签名"),
    }  # fmt: skip
    async with house.client(house.world.supervisor) as client:
        token = await begun(client)
        for name, (value, words) in cases.items():
            answer = await client.post("/visits/enter", data=token | head(house, **{name: value}), files={"sheets": ("a.jpg", jpeg(colour="tan"))})
            assert answer.status_code == 422, name
            assert words in answer.text, name
            assert re.search(r'name="f.S23-01.due" value="3"|S23-01', answer.text), "nothing typed is lost"
    assert await queries.visits(house.world.supervisor) == []


async def test_a_visit_of_that_day_is_shown_before_the_paper_is_entered_twice(house: House) -> None:
    async with house.client(house.world.supervisor) as client:
        token = await begun(client)
        data = token | head(house, **{f"a.{FOOD}": "fail"})
        assert "当天已有一次检查记录" not in (await client.post("/visits/enter", data=data)).text
        await client.post("/visits/enter", data=token | head(house), files={"sheets": ("a.jpg", jpeg(colour="tan"))})
        assert "当天已有一次检查记录" in (await client.post("/visits/enter", data=data)).text


async def test_parts_of_two_tables_or_of_none_or_of_a_stranger_are_not_begun(house: House) -> None:
    async with house.client(house.world.supervisor) as client:
        for part, facility, status in (
            (["epidemic-2020-250/1:measures", "other/1:x"], house.world.home, 422), (["nothing/7:x"], house.world.home, 404),
            (["epidemic-2020-250/1:garden"], house.world.home, 422), (["epidemic-2020-250/1:measures"], house.world.foreign, 404),
        ):  # fmt: skip
            answer = await client.get("/visits/enter", params={"facility": facility, "part": part})
            assert answer.status_code == status, (part, facility)
            assert 'id="choose"' in answer.text


HOSTILE = ("' or 1=1 --", "<script>alert(1)</script>", "9" * 300, "长" * 3000, "\x00", "2026-13-45", '{"S23-09": {"value": "x"}}', "[" * 5000)


@pytest.mark.parametrize("word", HOSTILE)
async def test_no_word_in_any_field_breaks_a_step(house: House, word: str) -> None:
    async with house.client(house.world.supervisor) as client:
        plain = await begun(client) | head(house)
        more = {f"n.0.{name}": "x" for name in ("item", "what", "point", "step", "severity", "party", "person", "fixed", "due_on")}
        for step in ("problems", "submit", "table", word):
            for name in (*plain, *more, "table", "more", "refused", "kept.sheets", "kept.n.0.photos", f"a.{FOOD}"):
                if name in ("_csrf_token", "step"):
                    continue
                answer = await client.post("/visits/enter", data={**plain, **more, "n.0.item": FOOD, "step": step, name: word})
                assert answer.status_code < 500, f"{step} {name}: {answer.text[:300]}"
                assert "<script>alert" not in answer.text
            answer = await client.get("/visits/enter", params=dict.fromkeys(("facility", "part", "done", "on", "first"), word[:500]))
            assert answer.status_code < 500
    assert await queries.visits(house.world.supervisor) == []
