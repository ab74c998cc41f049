"""Amending a record: both versions are kept, its problems follow, and nobody overwrites a colleague."""

import datetime as dt
import re
from typing import Any

import httpx
import pytest

from server.foundation.actor import Actor
from server.foundation.command import canonical
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.inspections import queries
from server.ledger.queries import history
from server.problems import queries as problems
from server.workdays.rules import after
from tests.conftest import House
from tests.operations.commands import dugai
from tests.photos.pictures import jpeg
from tests.problems.test_the_workflow import act
from tests.visits import EXITS, FOOD, findings, photo, visit

COUNTED = "S23-06"


async def submit(house: House, *fails: tuple[str, str], **changed: Any) -> dict[str, Any]:
    return await house.perform(house.world.inspector, "inspections.submit", await visit(house, await findings(house, *fails, **changed)))


async def amend(house: House, visit: str, actor: Actor | None = None, seen: int = 0, id: str | None = None, **changed: Any) -> dict[str, Any]:
    payload = {"visit": visit, "seen": seen, "reason": "核对纸面后更正", **changed}
    return await house.perform(actor or house.world.supervisor, "inspections.amend", payload, id)


async def stands(house: House, problem: str) -> str:
    found = await problems.problem(house.world.supervisor, problem)
    assert found
    return found.state


async def test_an_answer_that_was_wrong_is_put_right_and_both_versions_are_read(house: House) -> None:
    receipt = await submit(house)
    fresh = await findings(house, (FOOD, "食堂"), by=house.world.supervisor)
    done = await amend(house, receipt["visit"], answers={FOOD: {"value": "fail"}}, findings=fresh, kind="special", facility={"name": "谭秀兰", "title": "副院长"})
    assert done["revision"] == 1
    now = await queries.visit(house.world.supervisor, receipt["visit"])
    assert now
    assert (now.failed, now.kind, now.revision, now.signatures["facility"]["name"]) == (1, "special", 1, "谭秀兰")
    assert [row["item"] for row in now.findings] == [FOOD]
    assert await stands(house, done["problems"][0]["problem"]) == "recorded"
    before = (await queries.versions(now))[0]
    assert (before.visit.failed, before.visit.kind, before.visit.signatures["facility"]["name"]) == (0, "routine", "谭秀梅")
    assert (before.by, before.reason) == (house.world.supervisor.name, "核对纸面后更正")
    async with house.client(house.world.contact) as client:
        text = (await client.get(f"/visits/{receipt['visit']}")).text
        assert "已更正 1 次" in text
        assert "<del>符合</del> → <ins>不符合</ins>" in text
        assert "谭秀梅 院长" in text  # as it was signed
        assert "核对纸面后更正" in text
        earlier = await client.get(f"/visits/{receipt['visit']}/versions/0")
        assert "不是现行记录" in earlier.text
        assert "没有发现问题" in earlier.text
        assert (await client.get(f"/visits/{receipt['visit']}/versions/1")).status_code == 404


async def test_its_new_problem_is_of_the_visits_day_and_its_inspectors(house: House) -> None:
    receipt = await submit(house)
    fresh = await findings(house, (FOOD, "食堂"), by=house.world.supervisor)
    done = await amend(house, receipt["visit"], answers={FOOD: {"value": "fail"}}, findings=fresh)
    found = await problems.problem(house.world.supervisor, done["problems"][0]["problem"])
    record = await queries.visit(house.world.supervisor, receipt["visit"])
    assert found
    assert record
    assert (found.visit_id, found.found_on, found.inspectors) == (receipt["visit"], record.visited_on, "周敏、何川")


async def test_a_finding_that_was_a_mistake_takes_its_problem_back(house: House) -> None:
    receipt = await submit(house, (FOOD, "食堂"))
    told = receipt["problems"][0]
    done = await amend(house, receipt["visit"], house.world.second, answers={FOOD: {"value": "pass"}}, taken_back=[told["finding"]])
    assert done["withdrawn"] == [told["problem"]]
    assert await stands(house, told["problem"]) == "withdrawn"
    last = (await history(told["problem"]))[-1]
    assert (last.kind, last.data["reason"], last.author_id) == ("problem.withdrawn", "核对纸面后更正", house.world.second.id)
    async with house.client(house.world.supervisor) as client:
        assert "核对纸面后更正" in (await client.get(f"/problems/{told['problem']}")).text


async def test_what_was_only_seen_again_stays_open_when_that_is_taken_back(house: House) -> None:
    first = await submit(house, (FOOD, "食堂"))
    second = await submit(house, (FOOD, "食堂"))
    told = second["problems"][0]
    done = await amend(house, second["visit"], answers={FOOD: {"value": "pass"}}, taken_back=[told["finding"]])
    assert done["withdrawn"] == []
    assert await stands(house, told["problem"]) == "recorded"
    assert [event.kind for event in await history(told["problem"])] == ["problem.recorded", "problem.observed", "problem.unobserved"]
    await amend(house, first["visit"], answers={FOOD: {"value": "pass"}}, taken_back=[first["problems"][0]["finding"]])
    assert await stands(house, told["problem"]) == "withdrawn"


async def test_a_problem_that_another_visit_saw_too_is_not_taken_back_with_the_first(house: House) -> None:
    first = await submit(house, (FOOD, "食堂"))
    await submit(house, (FOOD, "食堂"))
    with pytest.raises(Refusal, match="problem.seen_again"):
        await amend(house, first["visit"], answers={FOOD: {"value": "pass"}}, taken_back=[first["problems"][0]["finding"]])


async def test_the_same_spot_can_be_noted_anew_in_the_same_amendment(house: House) -> None:
    receipt = await submit(house, (FOOD, "食堂"))
    told = receipt["problems"][0]
    fresh = await findings(house, (FOOD, "食堂"), by=house.world.supervisor, what="写错了名称，应为冷库")
    done = await amend(house, receipt["visit"], taken_back=[told["finding"]], findings=fresh)
    assert done["problems"][0]["observed"] is False
    assert done["problems"][0]["number"] != told["number"]


async def test_an_issued_problem_is_taken_back_by_a_supervisor_only_and_one_under_way_by_nobody(house: House) -> None:
    world = house.world
    receipt = await submit(house, (FOOD, "食堂"), (EXITS, "三楼"))
    food, exits = receipt["problems"]
    due = after(dt.date.today() + dt.timedelta(days=1), 9, {})
    for told in (food, exits):
        await act(house, world.supervisor, "issue", told["problem"], due_on=due, person="谭秀梅")
    await act(house, world.contact, "progress", exits["problem"], text="已开始清理")
    gone = {"answers": {FOOD: {"value": "pass"}}, "taken_back": [food["finding"]]}
    with pytest.raises(Refusal, match="problem.issued"):
        await amend(house, receipt["visit"], world.inspector, **gone)
    with pytest.raises(Refusal, match="problem.moved_on") as refused:
        await amend(house, receipt["visit"], answers={EXITS: {"value": "pass"}}, taken_back=[exits["finding"]])
    assert exits["number"] in refused.value.words.zh
    await amend(house, receipt["visit"], **gone)
    assert (await stands(house, food["problem"]), await stands(house, exits["problem"])) == ("withdrawn", "rectifying")


async def test_two_who_amend_at_once_notice_each_other(house: House) -> None:
    receipt = await submit(house)
    await amend(house, receipt["visit"], house.world.inspector, kind="special")
    with pytest.raises(Refusal, match="amend.seen"):
        await amend(house, receipt["visit"], house.world.supervisor, kind="case")
    await amend(house, receipt["visit"], house.world.supervisor, seen=1, kind="case")


async def test_the_same_amendment_sent_twice_is_one(house: House) -> None:
    receipt, once = await submit(house), new_id()
    assert await amend(house, receipt["visit"], id=once, kind="special") == await amend(house, receipt["visit"], id=once, kind="special")
    now = await queries.visit(house.world.supervisor, receipt["visit"])
    assert now
    assert now.revision == 1


WRONG: dict[str, tuple[str, dict[str, Any]]] = {
    "no reason": ("problem.blank", {"reason": " ", "kind": "case"}),
    "a reason without end": ("problem.long", {"reason": "长" * 501, "kind": "case"}),
    "nothing changed": ("amend.nothing", {"kind": "routine"}),
    "an item that now fails without its problem": ("finding.missing", {"answers": {EXITS: {"value": "fail"}}}),
    "an item that now passes and keeps its problem": ("finding.extra", {"answers": {FOOD: {"value": "pass"}}}),
    "an item without an answer": ("answer.missing", {"answers": {EXITS: None}}),
    "an item that is none": ("answer.unknown", {"answers": {"S99-99": {"value": "pass"}}}),
    "a count below nothing": ("answer.wrong", {"answers": {COUNTED: {"fields": {"due": -1, "done": 0}}}}),
    "a finding of no visit": ("amend.finding", {"taken_back": ["00000000-0000-7000-8000-000000000001"]}),
    "a signer without a name": ("problem.blank", {"facility": {"name": "  "}}),
    "a kind that is none": ("input.invalid", {"kind": "audit"}),
    "a field that nobody knows": ("input.invalid", {"number": "WZ-1"}),
    "a revision below nothing": ("input.invalid", {"seen": -1}),
}


@pytest.mark.parametrize("case", WRONG)
async def test_what_would_not_be_taken_in_is_not_amended_either(house: House, case: str) -> None:
    code, changed = WRONG[case]
    receipt = await submit(house, (FOOD, "食堂"))
    with pytest.raises(Refusal) as refused:
        await amend(house, receipt["visit"], **changed)
    assert refused.value.code == code
    now = await queries.visit(house.world.supervisor, receipt["visit"])
    assert now
    assert now.revision == 0


async def test_only_the_places_supervisors_and_who_was_there_amend(house: House) -> None:
    world, receipt = house.world, await submit(house)
    for actor, code in ((world.contact, "not_allowed"), (world.administrator, "not_allowed"), (world.foreigner, "not_found"), (world.foreign_inspector, "not_found"), (world.neighbour_contact, "not_found")):
        with pytest.raises(Refusal, match=code):
            await amend(house, receipt["visit"], actor, kind="special")
    with pytest.raises(Refusal, match="not_found"):
        await amend(house, "x' or 1=1 --", world.supervisor, kind="special")
    await amend(house, receipt["visit"], world.second, kind="special")


async def test_an_inspector_who_was_not_there_does_not_amend(house: House) -> None:
    third = Actor(house.world.foreign_second.id, "龚平", house.world.inspector.roles)
    receipt = await submit(house)
    with pytest.raises(Refusal, match="not_allowed"):
        await amend(house, receipt["visit"], third, kind="special")


async def test_a_photo_of_somebody_else_is_not_named(house: House) -> None:
    receipt = await submit(house)
    theirs = await photo(house, house.world.foreigner, "theirs")
    fresh = await findings(house, (FOOD, "食堂"), by=house.world.supervisor, photos=[theirs])
    with pytest.raises(Refusal, match="photo.missing"):
        await amend(house, receipt["visit"], answers={FOOD: {"value": "fail"}}, findings=fresh)


async def test_a_refusal_to_sign_has_no_signer_to_correct(house: House) -> None:
    sealed = await visit(house, [])
    sealed["signatures"]["facility"] = {"refused": "负责人不在"}
    receipt = await house.perform(house.world.inspector, "inspections.submit", sealed)
    with pytest.raises(Refusal, match="amend.refused"):
        await amend(house, receipt["visit"], facility={"name": "谭秀梅"})


async def test_what_was_marked_in_bulk_and_is_answered_anew_is_not_bulk_any_more(house: House) -> None:
    sealed = await visit(house, [])
    sealed["answers"][FOOD]["bulk"] = sealed["answers"]["S23-10"]["bulk"] = True
    receipt = await house.perform(house.world.inspector, "inspections.submit", sealed)
    await amend(house, receipt["visit"], answers={FOOD: {"value": "na", "bulk": True}})
    now = await queries.visit(house.world.supervisor, receipt["visit"])
    assert now
    assert now.answers[FOOD] == {"value": "na"}
    assert now.answers["S23-10"]["bulk"] is True


# What is done past the product


HARM = {
    "an answer changed in the record as it stands": "update inspection set answers = replace(answers, '\"na\"', '\"pass\"')",
    "an answer changed in the record as it was": "update inspection_earlier set record = replace(record, 'routine', 'special')",
    "an earlier version deleted": "delete from inspection_earlier",
    "an amendment undone": "update inspection set revision = 0",
    "a phone's visit called a paper's": "update inspection set source = 'paper'",
}


@pytest.mark.parametrize("harm", HARM)
async def test_a_record_changed_by_hand_is_found_whichever_version(house: House, harm: str) -> None:
    receipt = await submit(house)
    await amend(house, receipt["visit"], answers={FOOD: {"value": "na"}})
    await amend(house, receipt["visit"], seen=1, kind="special")
    assert "head" in dugai(house.settings, "ledger", "verify")
    await house.ledger.writer.query(HARM[harm])
    assert "visit" in dugai(house.settings, "ledger", "verify", code=1)


# The form


async def opened(client: httpx.AsyncClient, address: str) -> dict[str, Any]:
    """The form as the page fills it: what a browser would send untouched."""
    text = (await client.get(address)).text
    form = text[text.index('id="amend"') : text.index("</form>", text.index('id="amend"'))]
    data: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        kind = re.search(r'type="([^"]*)"', tag)
        if name and kind and kind[1] == "file":
            continue
        if name and (not kind or kind[1] not in ("radio", "checkbox") or " checked" in tag):
            data[name[1]] = value[1] if value else ""
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options) or re.search(r'<option value="([^"]*)"', options)
        data[name] = chosen[1] if chosen else ""
    return data


async def test_the_form_untouched_changes_nothing_and_one_answer_changes_that(house: House) -> None:
    receipt = await submit(house, (FOOD, "食堂"))
    address = f"/visits/{receipt['visit']}/amend"
    async with house.client(house.world.inspector) as client:
        data = await opened(client, address) | {"reason": "点错了"}
        assert "没有改动任何内容" in (await client.post(address, data=data)).text
        data["a.S23-10"] = "na"
        assert (await client.post(address, data=data)).headers["location"] == f"/visits/{receipt['visit']}#amended"
        assert (await client.post(address, data=data)).status_code == 303  # a double click
    now = await queries.visit(house.world.supervisor, receipt["visit"])
    assert now
    assert (now.revision, now.not_applicable) == (1, 1)


async def test_the_form_asks_for_the_problem_of_what_now_fails_and_keeps_its_photos(house: House) -> None:
    receipt = await submit(house)
    address = f"/visits/{receipt['visit']}/amend"
    async with house.client(house.world.supervisor) as client:
        data = await opened(client, address) | {"reason": "看错了行", f"a.{FOOD}": "fail"}
        asked = await client.post(address, data=data)
        assert asked.status_code == 422
        assert f'name="n.0.item" value="{FOOD}"' in asked.text
        assert re.search(f'name="a.{FOOD}" value="fail" checked', asked.text), "what was typed is kept"
        data |= {"n.0.item": FOOD, "n.0.what": "冰箱生熟混放", "n.0.point": "食堂", "n.0.due_on": "昨天"}
        wrong = await client.post(address, data=data, files={"n.0.photos": ("a.jpg", jpeg(colour="teal"))})
        kept = re.search(r'name="kept.n.0.photos" value="([0-9a-f]{64})"', wrong.text)
        assert kept, "not chosen twice"
        data |= {"n.0.due_on": "", "kept.n.0.photos": kept[1]}
        assert (await client.post(address, data=data)).status_code == 303
        assert "冰箱生熟混放" in (await client.get(f"/visits/{receipt['visit']}")).text


async def test_a_photo_that_is_none_is_refused_at_its_field(house: House) -> None:
    receipt = await submit(house)
    address = f"/visits/{receipt['visit']}/amend"
    async with house.client(house.world.supervisor) as client:
        data = await opened(client, address) | {"reason": "x", "n.0.item": FOOD, "n.0.what": "x", f"a.{FOOD}": "fail"}
        told = await client.post(address, data=data, files={"n.0.photos": ("a.exe", b"MZ" * 100)})
    assert told.status_code == 422
    assert 'id="n.0.photos-said"' in told.text


HOSTILE = ("' or 1=1 --", "<script>alert(1)</script>", "9" * 300, "长" * 3000, "\x00", "2026-13-45", "{reason}", "../../etc")


@pytest.mark.parametrize("word", HOSTILE)
async def test_no_word_in_any_field_breaks_the_form(house: House, word: str) -> None:
    receipt = await submit(house, (FOOD, "食堂"))
    address = f"/visits/{receipt['visit']}/amend"
    async with house.client(house.world.supervisor) as client:
        plain = await opened(client, address) | {"reason": "x"}
        more = {f"n.0.{name}": "x" for name in ("item", "what", "point", "step", "severity", "party", "person", "fixed", "due_on")}
        for name in (*plain, *more, "taken_back", "kept.n.0.photos", "n.999.item", "n.x.item", "a.", "f..", f"f.{COUNTED}.due", "f.S23-01.due"):
            if name == "_csrf_token":
                continue
            answer = await client.post(address, data={**plain, **more, name: word})
            assert answer.status_code < 500, f"{name}: {answer.text[:300]}"
            assert "<script>alert" not in answer.text
    now = await queries.visit(house.world.supervisor, receipt["visit"])
    assert now
    assert now.facility_id == house.world.home
    assert canonical(now.findings)  # still whole
