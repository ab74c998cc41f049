"""The record of a visit as the inspector saw it: answers in words, what was not asked, what was marked in bulk, who signed."""

import datetime as dt
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.checklists import rules as checklists
from server.checklists.answers import Answer, asked
from server.foundation import clock
from server.inspections import said, typed
from tests.checklists.test_conditions import checklist, field, item
from tests.conftest import House
from tests.visits import FOOD, findings, photo, visit

TABLE = checklists.checked(
    checklist(
        item("A"),
        item("B", show_if={"is": ["A", "fail"]}),
        item("C", severity="critical"),
        item("N", type="number_pair", fields=[field("due", "number"), field("done", "number")], pass_when={"eq": [{"field": "done"}, {"field": "due"}]}),
        item("M", type="multi_choice", fields=[field("c", "choices", "x", "y")]),
        item("T", type="datetime", fields=[field("at", "datetime")]),
        item("D", show_if={"is": ["B", "pass"]}),
    )
)
PASS, FAIL = Answer(value="pass"), Answer(value="fail")
PART = (TABLE.parts[0].key,)


def lines(answers: dict[str, Answer]) -> dict[str, said.Line]:
    return {line.item.key: line for section in said.sections(TABLE, "elderly_care", PART, answers) for line in section.lines}


def test_what_earlier_answers_left_out_stands_in_the_record_as_not_asked() -> None:
    found = lines({"A": PASS, "C": PASS})
    assert list(found) == ["A", "B", "C", "N", "M", "T", "D"]
    assert (found["A"].stands, found["B"].stands, found["D"].stands) == ("pass", "", "")


def test_counts_and_choices_are_told_with_their_labels() -> None:
    found = lines({"A": PASS, "N": Answer(fields={"due": 12, "done": 9.0}), "M": Answer(fields={"c": ["y"]}), "T": Answer(fields={})})
    assert found["N"].stands == "fail"
    assert [value.zh for _, value in found["N"].counted] == ["12", "9"]
    assert found["M"].counted[0][1].zh == next(choice.label.zh for choice in TABLE.items[4].fields[0].choices if choice.key == "y")
    assert said.answered(TABLE.items[4], Answer(fields={"c": []})).zh.endswith("都没有")


# 其余符合, at a desk


def test_the_rest_complies_fills_what_is_asked_by_what_it_fills_and_never_what_is_critical_or_counted() -> None:
    done = typed.completed(TABLE, "elderly_care", PART, {}, rest=True)
    assert {key: answer.bulk for key, answer in done.items()} == {"A": True}
    done = typed.completed(TABLE, "elderly_care", PART, {"A": FAIL}, rest=True)
    assert {key: answer.bulk for key, answer in done.items()} == {"A": False, "B": True, "D": True}


def test_an_answer_that_is_not_asked_any_more_is_left_out() -> None:
    assert set(typed.completed(TABLE, "elderly_care", PART, {"A": PASS, "B": FAIL, "D": PASS}, rest=False)) == {"A"}


@given(st.dictionaries(st.sampled_from(["A", "B", "C", "D"]), st.sampled_from(["pass", "fail", "na"])), st.booleans())
def test_whatever_is_typed_only_what_is_asked_is_kept_and_nothing_typed_is_changed(values: dict[str, Any], rest: bool) -> None:
    given = {key: Answer(value=value) for key, value in values.items()}
    done = typed.completed(TABLE, "elderly_care", PART, given, rest)
    _, shown = asked(TABLE, "elderly_care", PART, done)
    assert set(done) <= set(shown)
    assert all(done[key] == answer for key, answer in given.items() if key in done)
    assert all(answer.value == "pass" and TABLE.items[["A", "B", "C", "N", "M", "T", "D"].index(key)].severity != "critical" for key, answer in done.items() if answer.bulk)
    assert rest or not any(answer.bulk for answer in done.values())


class Form(dict[str, list[str]]):
    def getall(self, key: str, default: list[Any]) -> list[Any]:
        return self.get(key, default)


def test_the_desks_fields_give_the_answers_that_a_phone_would_send() -> None:
    form = Form({
        "a.A": ["fail"], "f.N.due": ["１２"], "f.N.done": [" 9.5 "], "f.M.c": ["x", "y"], "f.T.at": ["2026-11-23T14:05"], "a.C": ["maybe"],
    })  # fmt: skip
    found = typed.answers(form, TABLE.items)
    assert found == {
        "A": FAIL, "N": Answer(fields={"due": 12, "done": 9.5}), "M": Answer(fields={"c": ["x", "y"]}), "T": Answer(fields={"at": "2026-11-23T14:05:00+08:00"}),
    }  # fmt: skip
    assert typed.answers(Form({"f.M.c": [""]}), TABLE.items) == {"M": Answer(fields={"c": []})}
    assert typed.answers(Form({"a.N": ["na"], "f.N.due": ["3"]}), TABLE.items) == {"N": Answer(value="na")}


# On the page


async def test_the_record_shows_photos_signatures_bulk_position_and_times(house: House) -> None:
    fixed = await findings(house, (FOOD, "食堂"), fixed=True)
    fixed[0]["after"] = [await photo(house, house.world.inspector, "after")]
    sealed = await visit(house, fixed, position={"lat": 30.80712, "lon": 108.40868, "accuracy": 18})
    sealed["answers"]["S23-10"]["bulk"] = True
    sealed["signatures"]["first"]["at"] = "2026-11-23T06:05:09.120Z"
    sealed["signatures"]["second"]["at"] = "not a time"
    receipt = await house.perform(house.world.inspector, "inspections.submit", sealed)
    for lang, words in {
        "zh": ("其中 1 项由“其余符合”一次记为符合", "批量", "立行立改", "整改后", "谭秀梅　院长", "2026-11-23 周一 14:05", "30.80712, 108.40868", "约 18 米内", "第 1 版", "手机提交"),
        "en": ("1 of them were marked as pass at once", "in bulk", "Fixed on the spot", "2026-11-23 Mon 14:05", "within about 18 m", "version 1"),
    }.items():  # fmt: skip
        async with house.client(house.world.contact) as client:
            text = (await client.get(f"/visits/{receipt['visit']}", params={"lang": lang})).text
            assert [word for word in (*words, receipt["number"]) if word not in text] == []
            for sha256 in (*fixed[0]["photos"], *fixed[0]["after"], sealed["signatures"]["first"]["photo"]):
                assert f'href="/photos/{sha256}"' in text
                assert (await client.get(f"/photos/{sha256}")).status_code == 200
    assert not re.search(r"\d+ ?(分钟|minutes)", text), "nobody is timed"


async def test_a_record_of_the_first_weeks_is_shown_and_amended_from_its_problems(house: House) -> None:
    """Then a finding kept only the problem that it became."""
    receipt = await house.perform(house.world.inspector, "inspections.submit", await visit(house, await findings(house, (FOOD, "食堂"))))
    told = receipt["problems"][0]
    bare = f'[{{"finding":"{told["finding"]}","problem":"{told["problem"]}","number":"{told["number"]}","observed":false}}]'
    await house.ledger.writer.query(f"update inspection set findings = '{bare}'")
    async with house.client(house.world.supervisor) as client:
        text = (await client.get(f"/visits/{receipt['visit']}")).text
        assert "食堂不符合要求" in text
        assert text.count("/thumb") >= 1
        assert f"{FOOD}　{told['number']}" in (await client.get(f"/visits/{receipt['visit']}/amend")).text
    await house.perform(house.world.supervisor, "inspections.amend", {
        "visit": receipt["visit"], "seen": 0, "reason": "看错", "answers": {FOOD: {"value": "pass"}}, "taken_back": [told["finding"]],
    })  # fmt: skip


@pytest.mark.parametrize("days", [0, 30])
async def test_times_are_said_as_they_were(house: House, days: int) -> None:
    ended = (clock.now() - dt.timedelta(days=days, hours=1)).replace(second=0, microsecond=0)
    receipt = await house.perform(house.world.inspector, "inspections.submit", await visit(house, [], started_at=ended - dt.timedelta(hours=2), finished_at=ended))
    async with house.client(house.world.supervisor) as client:
        text = (await client.get(f"/visits/{receipt['visit']}")).text
    for at in (ended, ended - dt.timedelta(hours=2)):
        assert f"{at.astimezone(clock.BEIJING):%H:%M}" in text
