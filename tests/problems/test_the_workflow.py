"""A problem's way from the visit to its closing: every move allowed, every move refused, and who may make it."""

import asyncio
import datetime as dt
import io
import re
from typing import Any

import pytest
import python_calamine

from server.foundation import clock
from server.foundation.actor import Actor, Standing
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.ledger.queries import history
from server.people.tables import Standing as Held
from server.problems import workflow
from server.problems.pages import NAMED
from server.problems.queries import Filters, listed, problem
from server.problems.workflow import WORKFLOW
from tests.conftest import House
from tests.photos.pictures import jpeg
from tests.visits import EXITS, FOOD, findings, photo, visit

TABLE = {  # domain.md's table, written out: (state, act) → where it goes
    ("recorded", "issue"): "issued", ("recorded", "withdraw"): "withdrawn",
    ("fixed_on_spot", "close"): "closed", ("fixed_on_spot", "withdraw"): "withdrawn",
    ("issued", "plan"): "plan_submitted", ("issued", "progress"): "rectifying", ("issued", "report"): "awaiting_recheck",
    ("issued", "withdraw"): "withdrawn",
    ("plan_submitted", "accept_plan"): "rectifying", ("plan_submitted", "return_plan"): "plan_returned", ("plan_submitted", "withdraw"): "withdrawn",
    ("plan_returned", "plan"): "plan_submitted", ("plan_returned", "withdraw"): "withdrawn",
    ("rectifying", "progress"): "rectifying", ("rectifying", "report"): "awaiting_recheck", ("rectifying", "withdraw"): "withdrawn",
    ("awaiting_recheck", "pass"): "rechecked", ("awaiting_recheck", "fail"): "returned", ("awaiting_recheck", "withdraw"): "withdrawn",
    ("returned", "report"): "awaiting_recheck", ("returned", "withdraw"): "withdrawn",
    ("rechecked", "close"): "closed", ("rechecked", "withdraw"): "withdrawn",
    **{(state, act): "" for state in ("issued", "plan_submitted", "plan_returned", "rectifying", "returned") for act in ("ask_extension", "grant_extension", "refuse_extension")},
    **{(state.key, act): "" for state in WORKFLOW.states if state.is_open for act in ("supervise", "refer")},
    **{(state.key, act): "" for state in WORKFLOW.states for act in ("end_supervision", "end_referral")},
    **{(state.key, "assign"): "" for state in WORKFLOW.states if state.is_open},
    **{(state, "set_due"): "" for state in ("recorded", "issued", "plan_submitted", "plan_returned", "rectifying", "returned")},
    ("issued", "take_back"): "recorded",
}  # fmt: skip
ACTS = sorted({move.act for move in WORKFLOW.moves})
EVERYONE = Actor("somebody", "某", tuple(Standing(role, "p", "a/") for role in ("inspector", "supervisor", "contact")))


def a_problem(**changed: Any) -> dict[str, Any]:
    plain = {
        "state": "recorded", "severity": "general", "place_path": "a/b/", "rectifier_ids": (), "rechecker_ids": (), "inspector_ids": (),
        "voucher_id": None, "extension_id": "", "notice_id": "", "is_supervised": False, "is_referred": False,
    }  # fmt: skip
    return {**plain, **changed}


@pytest.mark.parametrize("state", [state.key for state in WORKFLOW.states])
@pytest.mark.parametrize("act", ACTS)
def test_every_move_is_the_tables_and_no_other(state: str, act: str) -> None:
    fits = {column: "x" if is_set else "" for move in WORKFLOW.moves if move.act == act for column, is_set, _ in move.given}
    if (state, act) in TABLE:
        assert workflow.may(a_problem(state=state, **fits), act, EVERYONE).goes_to == TABLE[state, act]
        for column, is_set in fits.items():
            with pytest.raises(Refusal, match=r"extension|flag|no_notice"):
                workflow.may(a_problem(state=state, **{column: "" if is_set else "x"}), act, EVERYONE)
    else:
        with pytest.raises(Refusal, match="problem.state"):
            workflow.may(a_problem(state=state, **fits), act, EVERYONE)


@pytest.mark.parametrize("severity", ["serious", "critical"])
def test_a_serious_problem_needs_an_accepted_plan_before_it_is_put_right(severity: str) -> None:
    for act in ("progress", "report"):
        with pytest.raises(Refusal, match="problem.plan_first"):
            workflow.may(a_problem(state="issued", severity=severity), act, EVERYONE)


def test_who_puts_right_who_rechecks_and_who_closes_are_three_people() -> None:
    for act, state in (("pass", "awaiting_recheck"), ("fail", "awaiting_recheck"), ("close", "rechecked")):
        with pytest.raises(Refusal, match="problem.rectifier"):
            workflow.may(a_problem(state=state, rectifier_ids=("other", EVERYONE.id)), act, EVERYONE)
    with pytest.raises(Refusal, match="problem.rechecker"):
        workflow.may(a_problem(state="rechecked", rechecker_ids=(EVERYONE.id, "other")), "close", EVERYONE)
    with pytest.raises(Refusal, match="problem.on_visit"):
        workflow.may(a_problem(state="fixed_on_spot", inspector_ids=(EVERYONE.id,)), "close", EVERYONE)


async def a_recorded(house: House, point: str = "食堂", severity: str = "general") -> str:
    noted = await findings(house, (FOOD, point), severity=severity)
    receipt = await house.perform(house.world.inspector, "inspections.submit", await visit(house, noted))
    return str(receipt["problems"][0]["problem"])


async def act(house: House, actor: Actor, name: str, id: str, **told: Any) -> dict[str, Any]:
    """One step, as its page asks for it."""
    if name == "issue":
        return await house.perform(actor, "notices.issue", {"id": new_id(), "lines": [{"problem": id, **told}]})
    if name == "take_back":
        found = await problem(house.world.supervisor, id)
        return await house.perform(actor, "notices.take_back", {"notice": (found.notice_id if found else "") or new_id(), **told})
    return await house.perform(actor, f"problems.{name}", {"problem": id, **({"id": new_id()} if name in NAMED else {}), **told})


async def issued(house: House, **more: Any) -> str:
    id = await a_recorded(house, **more)
    due = clock.today() + dt.timedelta(days=10)
    await act(house, house.world.supervisor, "issue", id, due_on=due, person="谭秀梅")
    return id


async def test_from_the_visit_to_closing_by_three_people(house: House) -> None:
    world, id = house.world, await issued(house)
    await act(house, world.contact, "progress", id, text="已联系维修")
    await act(house, world.contact, "report", id, text="已整改", photos=[await photo(house, world.contact, "after")])
    with pytest.raises(Refusal, match="not_allowed"):
        await act(house, world.contact, "pass", id, record="好")
    await act(house, world.second, "pass", id, record="现场看过，已整改")
    assert (await act(house, world.supervisor, "close", id))["state"] == "closed"
    kinds = [event.kind for event in await history(id)]
    assert kinds == [f"problem.{kind}" for kind in ("recorded", "issued", "progressed", "reported", "rechecked", "closed")]


async def test_a_failed_recheck_sends_it_back_with_a_reason_a_new_day_and_one_more_return(house: House) -> None:
    world, id = house.world, await issued(house)
    await act(house, world.contact, "report", id, text="已整改", photos=[await photo(house, world.contact, "after")])
    with pytest.raises(Refusal, match="problem.blank"):
        await act(house, world.second, "fail", id, record="冰箱仍混放")
    due = clock.today() + dt.timedelta(days=20)
    await act(house, world.second, "fail", id, record="冰箱仍混放", due_on=due)
    back = await problem(world.supervisor, id)
    assert back is not None
    assert (back.state, back.rework, back.due_on, back.recheck) == ("returned", 1, due, "冰箱仍混放")
    assert back.original_due_on == clock.today() + dt.timedelta(days=10)


async def test_a_day_says_how_far_it_is_off_only_while_it_runs(house: House) -> None:
    world, id = house.world, await issued(house)

    async def told() -> list[bool]:
        async with house.client(world.supervisor) as client:
            return ["逾期 3 天" in (await client.get(path)).text for path in ("/problems", f"/problems/{id}")]

    photos = [await photo(house, world.contact, "after")]
    later = clock.now() + dt.timedelta(days=13)
    clock.set(lambda: later)
    assert await told() == [True, True]
    await act(house, world.contact, "report", id, text="已整改", photos=photos)
    assert await told() == [False, False], "it waits for a re-check, and is counted among what is late no more"
    await act(house, world.second, "pass", id, record="现场看过")
    assert await told() == [False, False]


async def test_who_decides_on_a_plan_reads_it_beside_the_button(house: House) -> None:
    world, id = house.world, await issued(house, severity="serious")
    await act(house, world.contact, "plan", id, cause="无人值守", measures="加派夜班", person="谭秀梅")
    async with house.client(world.supervisor) as client:
        page = (await client.get(f"/problems/{id}")).text
    form = page[page.index(f'action="/problems/{id}/accept_plan"') :].split("</form>")[0]
    assert all(words in form for words in ("无人值守", "加派夜班", "谭秀梅"))


async def test_whoever_had_a_hand_in_an_earlier_round_cannot_close_after_a_later_one(house: House) -> None:
    world, id = house.world, await issued(house)
    every = tuple(Standing(role, place, world.paths[place]) for role, place in (("inspector", world.wanzhou), ("supervisor", world.wanzhou), ("contact", world.home)))
    reporter, strict = (Actor(one.id, one.name, every) for one in (world.inspector, world.administrator))
    await house.ledger.keep(add=[(Held, {"id": new_id(), "person_id": reporter.id, "place_id": world.home, "role": "contact", "from_on": dt.date(2020, 1, 1)})])
    await act(house, reporter, "report", id, text="已整改", photos=[await photo(house, reporter, "first")])
    with pytest.raises(Refusal, match=r"problem\.rectifier"):
        await act(house, reporter, "pass", id, record="好")
    await act(house, strict, "fail", id, record="仍混放", due_on=clock.today() + dt.timedelta(days=20))
    await act(house, world.contact, "report", id, text="再次整改", photos=[await photo(house, world.contact, "second")])
    with pytest.raises(Refusal, match=r"problem\.rectifier"):
        await act(house, reporter, "pass", id, record="好")
    await act(house, world.second, "pass", id, record="好")
    for hand, code in ((reporter, "problem.rectifier"), (strict, "problem.rechecker")):
        with pytest.raises(Refusal, match=code.replace(".", r"\.")):
            await act(house, hand, "close", id)
    await act(house, world.supervisor, "close", id)


async def test_a_critical_problem_goes_by_way_of_its_plan(house: House) -> None:
    world, id = house.world, await issued(house, severity="critical")
    plan = {"cause": "无专人管理", "measures": "指定专人，每日检查", "person": "谭秀梅"}
    await act(house, world.contact, "plan", id, **plan)
    await act(house, world.supervisor, "return_plan", id, reason="未写明时限")
    await act(house, world.contact, "plan", id, **plan)
    assert (await act(house, world.supervisor, "accept_plan", id))["state"] == "rectifying"


async def test_a_report_without_a_photo_is_refused(house: House) -> None:
    id = await issued(house)
    with pytest.raises(Refusal, match="problem.photos"):
        await act(house, house.world.contact, "report", id, text="已整改")
    with pytest.raises(Refusal, match="photo.missing"):
        await act(house, house.world.contact, "report", id, text="已整改", photos=["b" * 64])


async def test_withdrawing_needs_a_reason_and_deletes_nothing(house: House) -> None:
    id = await a_recorded(house)
    with pytest.raises(Refusal, match="problem.blank"):
        await act(house, house.world.supervisor, "withdraw", id, reason=" ")
    await act(house, house.world.supervisor, "withdraw", id, reason="重复登记")
    assert [found.id for found in (await listed(house.world.supervisor, Filters(state="withdrawn"))).problems] == [id]


async def test_another_districts_supervisor_finds_nothing(house: House) -> None:
    id = await a_recorded(house)
    with pytest.raises(Refusal, match="not_found"):
        await act(house, house.world.foreigner, "withdraw", id, reason="x")
    with pytest.raises(Refusal, match="not_found"):
        await act(house, house.world.neighbour_contact, "progress", id, text="x")


async def test_two_supervisors_close_at_once_and_one_is_told_that_it_is_done(house: House) -> None:
    world, id = house.world, await issued(house)
    await act(house, world.contact, "report", id, text="已整改", photos=[await photo(house, world.contact, "after")])
    await act(house, world.second, "pass", id, record="好")
    told = await asyncio.gather(*(act(house, world.supervisor, "close", id) for _ in range(2)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in told) == ["Refusal", "dict"]


async def test_the_desk_takes_every_step_with_forms(house: House) -> None:
    world, id = house.world, await a_recorded(house)

    async def step(actor: Actor, name: str, data: dict[str, str], image: bytes | None = None) -> str:
        async with house.client(actor) as client:
            there = f"/notices/new/{id}" if name == "issue" else f"/problems/{id}"
            where = "/notices" if name == "issue" else f"/problems/{id}/{name}"
            page = (await client.get(there)).text
            form = page[page.index(f'action="{where}"') :]
            hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form.split("</form>")[0]))
            files = {"photos": ("a.jpg", image)} if image else {"none": ("", b"")}
            answer = await client.post(where, data={**hidden, **data}, files=files)
            assert answer.status_code == 303, answer.text
            return (await client.get(f"/problems/{id}")).text

    await step(world.supervisor, "issue", {"problem": id, f"due_on:{id}": (clock.today() + dt.timedelta(days=5)).isoformat(), f"person:{id}": "谭秀梅"})
    await step(world.contact, "report", {"text": "生熟已分开"}, jpeg(colour="green"))
    await step(world.second, "pass", {"record": "现场看过"})
    page = await step(world.supervisor, "close", {})
    for words in ("销号", "复查通过", "生熟已分开", "现场看过", "提交整改报告"):
        assert words in page
    async with house.client(world.supervisor) as client:
        sha = re.search(r"/photos/([0-9a-f]{64})/thumb", page)
        assert sha
        assert (await client.get(f"/photos/{sha[1]}/thumb")).headers["content-type"] == "image/jpeg"
    async with house.client(world.foreigner) as client:
        assert (await client.get(f"/photos/{sha[1]}")).status_code == 404


async def test_a_double_click_is_one_act(house: House) -> None:
    id, act_id = await a_recorded(house), new_id()
    async with house.client(house.world.supervisor) as client:
        await client.get("/problems")
        due = (clock.today() + dt.timedelta(days=5)).isoformat()
        data = {"_csrf_token": client.cookies["csrftoken"], "_id": act_id, "problem": id, f"due_on:{id}": due, f"person:{id}": "谭秀梅"}
        answers = [await client.post("/notices", data=data) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert [event.kind for event in await history(id)] == ["problem.recorded", "problem.issued"]


async def test_photos_of_a_form_that_is_sent_back_are_not_asked_for_again(house: House) -> None:
    id = await issued(house)
    async with house.client(house.world.contact) as client:
        await client.get("/problems")
        data = {"_csrf_token": client.cookies["csrftoken"], "_id": new_id(), "text": " "}
        page = await client.post(f"/problems/{id}/report", data=data, files={"photos": ("a.jpg", jpeg(colour="green"))})
        assert page.status_code == 422
        kept = re.search(r'name="kept" value="([0-9a-f]{64})"', page.text)
        assert kept
        answer = await client.post(f"/problems/{id}/report", data={**data, "_id": new_id(), "text": "已整改", "kept": kept[1]}, files={"photos": ("", b"")})
    assert answer.status_code == 303


async def test_three_lists_show_the_same_two_problems_and_the_file_exactly_what_is_filtered(house: House) -> None:
    world = house.world
    noted = await findings(house, (FOOD, "食堂"), (EXITS, "三楼通道"))
    noted[1]["severity"] = "critical"
    await house.perform(world.inspector, "inspections.submit", await visit(house, noted))
    async with house.client(world.supervisor) as client:
        for path in ("/problems", "/problems/responsibility", "/problems/rectification"):
            for lang in ("zh", "en"):
                page = (await client.get(path, params={"lang": lang})).text
                assert page.count('class="no"') == 2, path
        assert (await client.get("/problems", params={"severity": "critical"})).text.count('class="no"') == 1
        book = (await client.get("/problems/xlsx", params={"severity": "critical"})).content
        sheets = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(book))
        assert sheets.sheet_names == ["台账", "问题清单", "责任清单", "整改清单"]
        for name in sheets.sheet_names[1:]:
            lines = sheets.get_sheet_by_name(name).to_python()
            assert len(lines) == 3, "a title, the headings, one problem"
            assert "三楼通道不符合要求" in lines[2]


async def test_a_list_is_paged_without_gap_or_repetition(house: House) -> None:
    world = house.world
    for batch in range(3):
        noted = await findings(house, *((FOOD, f"点位{batch}-{n}") for n in range(20)))
        await house.perform(world.inspector, "inspections.submit", await visit(house, noted))
    seen, after = [], ""
    while True:
        page = await listed(world.supervisor, Filters(), after)
        seen += [found.id for found in page.problems]
        if not (after := page.after):
            break
    assert len(seen) == len(set(seen)) == 60
