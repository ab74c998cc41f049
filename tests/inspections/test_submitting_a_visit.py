"""A sealed visit arrives: record, number, problems, all of it once or nothing of it."""

import asyncio
import datetime as dt
import random
from typing import Any

import msgspec
import pytest

from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.command import Command, canonical
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.inspections import queries
from server.ledger.queries import history
from server.ledger.verify import verify
from server.problems import queries as problems
from server.problems.queries import Filters
from tests.conftest import House
from tests.visits import CHECKLIST, EXITS, FOOD, findings, photo, visit


async def submit(house: House, sealed: dict[str, Any], actor: Actor | None = None) -> dict[str, Any]:
    return await house.perform(actor or house.world.inspector, "inspections.submit", sealed)


async def listed(house: House, **filters: str) -> list[problems.Problem]:
    return (await problems.listed(house.world.supervisor, Filters(**{"state": "all", **filters}))).problems


async def test_two_failed_items_become_two_numbered_problems_in_the_list(house: House) -> None:
    noted = await findings(house, (FOOD, "食堂"), (EXITS, "三楼通道"))
    receipt = await submit(house, await visit(house, noted))
    year, day = clock.today().year, clock.today().strftime("%Y%m%d")
    assert receipt["number"] == f"WZ-{day}-0001"
    assert [row["number"] for row in receipt["problems"]] == [f"万民整〔{year}〕1号", f"万民整〔{year}〕2号"]
    found = await listed(house)
    assert {problem.point for problem in found} == {"食堂", "三楼通道"}
    assert {problem.state for problem in found} == {"recorded"}
    assert found[0].inspectors == "周敏、何川"
    assert found[0].bureau == "万州区民政局"


async def test_the_same_visit_raced_fifty_times_is_one_visit_with_equal_receipts(house: House) -> None:
    sealed = await visit(house, await findings(house, (FOOD, "食堂"), (EXITS, "三楼通道")))
    me = house.world.inspector
    command = Command(new_id(), "inspections.submit", 1, clock.now(), me.id, canonical(sealed))
    receipts = await asyncio.gather(*(house.ledger.perform(command, me) for _ in range(50)))
    assert len(set(receipts)) == 1
    assert len(await listed(house)) == 2
    assert len(await queries.visits(me)) == 1


async def test_visits_reordered_and_replayed_come_out_the_same(house: House) -> None:
    me = house.world.inspector
    commands = []
    for point in ("食堂", "库房", "三楼通道", "大门"):
        sealed = await visit(house, await findings(house, (FOOD, point)))
        commands.append(Command(new_id(), "inspections.submit", 1, clock.now(), me.id, canonical(sealed)))
    queue = commands * 5
    random.Random(7).shuffle(queue)
    receipts: dict[str, set[bytes]] = {command.id: set() for command in commands}
    for command in queue:
        receipts[command.id].add(await house.ledger.perform(command, me))
    assert {len(bodies) for bodies in receipts.values()} == {1}
    assert len(await listed(house)) == 4
    assert (await verify()).faults == []


async def test_an_edited_visit_under_the_same_id_is_refused(house: House) -> None:
    """An entry edited on the phone and sent again under its old id."""
    sealed, act = await visit(house, []), new_id()
    await house.perform(house.world.inspector, "inspections.submit", sealed, act)
    with pytest.raises(Refusal, match="command.differs"):
        await house.perform(house.world.inspector, "inspections.submit", {**sealed, "kind": "special"}, act)


async def test_the_same_visit_under_another_command_names_its_receipt(house: House) -> None:
    sealed = await visit(house, [])
    receipt = await submit(house, sealed)
    with pytest.raises(Refusal) as refused:
        await submit(house, sealed)
    assert receipt["number"] in refused.value.words.zh


async def test_what_is_still_open_is_observed_not_numbered_again(house: House) -> None:
    first = await submit(house, await visit(house, await findings(house, (FOOD, "食堂"))))
    second = await submit(house, await visit(house, await findings(house, (FOOD, " 食堂 "), (FOOD, "库房"))))
    assert [row["observed"] for row in second["problems"]] == [True, False]
    assert second["problems"][0]["problem"] == first["problems"][0]["problem"]
    kinds = [event.kind for event in await history(first["problems"][0]["problem"])]
    assert kinds == ["problem.recorded", "problem.observed"]


async def test_a_problem_that_comes_back_within_a_year_is_linked_to_the_old_one(house: House) -> None:
    world = house.world
    noted = await findings(house, (FOOD, "食堂"), fixed=True)
    noted[0]["after"] = [await photo(house, world.inspector, "after")]
    first = (await submit(house, await visit(house, noted)))["problems"][0]
    await house.perform(world.supervisor, "problems.close", {"problem": first["problem"]})
    again = (await submit(house, await visit(house, await findings(house, (FOOD, "食堂")))))["problems"][0]
    assert again["number"] != first["number"]
    relapsed = await problems.problem(world.supervisor, again["problem"])
    assert relapsed is not None
    assert relapsed.relapse_of == first["problem"]


async def test_the_number_is_of_the_visits_day_in_beijing(house: House) -> None:
    new_year = dt.datetime(clock.now().year, 1, 1, 0, 30, tzinfo=clock.BEIJING)
    if clock.now() - new_year > dt.timedelta(days=399):
        pytest.skip("a leap year's last days")
    sealed = await visit(
        house, await findings(house, (FOOD, "食堂"), due_on=new_year.date() + dt.timedelta(days=9)),
        started_at=new_year - dt.timedelta(minutes=40), finished_at=new_year,
    )  # fmt: skip
    receipt = await submit(house, sealed)
    assert receipt["number"].startswith(f"WZ-{new_year.year}0101-")
    assert f"〔{new_year.year}〕" in receipt["problems"][0]["number"]


BAD: dict[str, tuple[str, dict[str, Any]]] = {
    "a kind that is none": ("input.invalid", {"kind": "audit"}),
    "an answer to a question that the version lacks": ("answer.unknown", {"answers": {"S99-99": {"value": "pass"}}}),
    "a part that the version lacks": ("answer.part", {"parts": ["garden"]}),
    "no answers": ("answer.missing", {"answers": {}}),
    "an unknown version": ("not_found", {"checklist": {"key": "epidemic-2020-250", "version": 9}}),
    "a facility in another district": ("not_found", {"facility": "00000000-0000-7000-8000-000000000006"}),
    "a facility that is none": ("not_found", {"facility": "x' or 1=1 --"}),
    "a day in the year 1": ("visit.dates", {"started_at": "0001-01-01T00:00:00+08:00", "finished_at": "0001-01-01T01:00:00+08:00"}),
    "a day in 2099": ("visit.dates", {"started_at": "2099-01-01T00:00:00+08:00", "finished_at": "2099-01-01T01:00:00+08:00"}),
    "a time without its offset": ("input.invalid", {"started_at": "2026-01-01T00:00:00"}),
    "the end before the beginning": ("visit.dates", {"started_at": dt.datetime.now(dt.UTC) + dt.timedelta(hours=5)}),
    "an id that is none": ("input.invalid", {"id": "../../etc"}),
    "a field that nobody knows": ("input.invalid", {"score": 100}),
    "a position on no globe": ("input.invalid", {"position": {"lat": 300, "lon": 0}}),
}


@pytest.mark.parametrize("case", BAD)
async def test_bad_input_is_refused_in_words_and_leaves_nothing(house: House, case: str) -> None:
    code, changed = BAD[case]
    sealed = await visit(house, await findings(house, (FOOD, "食堂")), **changed)
    with pytest.raises(Refusal) as refused:
        await submit(house, sealed)
    assert refused.value.code == code
    assert all((refused.value.words.zh, refused.value.words.en, refused.value.remedy.zh, refused.value.remedy.en))
    assert await listed(house) == []
    assert await queries.visits(house.world.inspector) == []


BAD_FINDINGS: dict[str, tuple[str, dict[str, Any]]] = {
    "no photo": ("finding.photo", {"photos": []}),
    "fixed, and no photo after it": ("finding.after", {"fixed": True}),
    "due before the visit": ("finding.due", {"due_on": "2020-01-01"}),
    "due in a thousand years": ("finding.due", {"due_on": "3026-01-01"}),
    "ten megabytes of words": ("finding.wrong", {"what": "长" * 3_000_000}),
    "no words": ("finding.wrong", {"what": "  "}),
    "a photo that never came": ("photo.missing", {"photos": ["a" * 64]}),
    "a photo that is no hash": ("input.invalid", {"photos": ["../../secret"]}),
    "a level that is none": ("input.invalid", {"severity": "catastrophic"}),
}


@pytest.mark.parametrize("case", BAD_FINDINGS)
async def test_a_bad_finding_is_refused_in_words(house: House, case: str) -> None:
    code, changed = BAD_FINDINGS[case]
    sealed = await visit(house, await findings(house, (FOOD, "食堂"), **changed))
    with pytest.raises(Refusal) as refused:
        await submit(house, sealed)
    assert refused.value.code == code
    assert await listed(house) == []


async def test_a_failed_item_needs_its_problem_and_a_problem_its_failed_item(house: House) -> None:
    sealed = await visit(house, await findings(house, (FOOD, "食堂")))
    with pytest.raises(Refusal, match="finding.missing"):
        await submit(house, {**sealed, "findings": []})
    sealed["answers"][FOOD] = {"value": "pass"}
    with pytest.raises(Refusal, match="finding.extra"):
        await submit(house, sealed)


async def test_the_rest_complies_never_fills_a_critical_item(house: House) -> None:
    critical = next(item for item in CHECKLIST.on_site("measures") if item.severity == "critical" and item.fits("elderly_care"))
    sealed = await visit(house, [])
    sealed["answers"][critical.key] = {"value": "pass", "bulk": True}
    with pytest.raises(Refusal, match="answer.wrong"):
        await submit(house, sealed)


async def test_a_counted_item_is_judged_by_the_server_not_by_the_phone(house: House) -> None:
    sealed = await visit(house, [])
    sealed["answers"]["S23-06"] = {"fields": {"due": 10, "done": 7}}
    with pytest.raises(Refusal, match="finding.missing"):
        await submit(house, sealed)
    for nonsense in ({"due": "10"}, {"due": True, "done": 1}, {"due": -1, "done": 1}, {"other": 1}, {}):
        sealed["answers"]["S23-06"] = {"fields": nonsense}
        with pytest.raises(Refusal, match="answer.wrong"):
            await submit(house, sealed)


async def test_two_different_inspectors_sign_and_the_facility_or_its_reason(house: House) -> None:
    world, sealed = house.world, await visit(house, [])
    signed = sealed["signatures"]
    for first, second, code in (
        (signed["first"], signed["first"], "visit.inspectors"),
        (signed["first"], {**signed["second"], "photo": ""}, "visit.inspectors"),
        (signed["second"], {**signed["second"], "person": world.foreign_inspector.id}, "visit.inspectors"),
        (signed["first"], {**signed["second"], "person": world.contact.id}, "visit.second"),
        (signed["first"], {**signed["second"], "person": world.foreign_inspector.id}, "visit.second"),
    ):
        with pytest.raises(Refusal, match=code):
            await submit(house, {**sealed, "signatures": {**signed, "first": first, "second": second}})
    with pytest.raises(Refusal, match="visit.facility_signature"):
        await submit(house, {**sealed, "signatures": {**signed, "facility": {}}})
    receipt = await submit(house, {**sealed, "signatures": {**signed, "facility": {"refused": "负责人不在，电话拒签"}}})
    async with house.client(world.supervisor) as client:
        assert "拒签：负责人不在，电话拒签" in (await client.get(f"/visits/{receipt['visit']}")).text


async def test_only_an_inspector_of_the_place_submits(house: House) -> None:
    sealed = await visit(house, [])
    with pytest.raises(Refusal, match="not_found"):
        await submit(house, sealed, house.world.foreign_inspector)
    with pytest.raises(Refusal, match="not_allowed"):
        await submit(house, sealed, house.world.supervisor)


async def test_a_visit_taken_in_is_read_at_the_desk_with_every_answer(house: House) -> None:
    receipt = await submit(house, await visit(house, await findings(house, (FOOD, "食堂"))))
    for lang in ("zh", "en"):
        async with house.client(house.world.supervisor) as client:
            page = await client.get(f"/visits/{receipt['visit']}", params={"lang": lang})
            assert page.status_code == 200
            assert "食堂不符合要求" in page.text
            assert receipt["number"] in (await client.get("/visits")).text
    async with house.client(house.world.foreigner) as client:
        assert (await client.get(f"/visits/{receipt['visit']}")).status_code == 404
    assert msgspec.json.encode(receipt)
