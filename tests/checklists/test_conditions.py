"""When an item is asked, what passes at all, and every fault that keeps a checklist from being published."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from server.checklists import rules
from server.checklists.answers import Answer, _shown, check_answers
from server.checklists.meetable import meetable
from server.foundation.refusal import Refusal

VECTORS = json.loads((Path(__file__).parent / "show_if_vectors.json").read_text())
NUMBERS = {"a": ("number", frozenset[str]()), "b": ("number", frozenset[str]())}
TICKS = {"t": ("choices", frozenset(("x", "y", "z")))}
TIMES = {"from": ("datetime", frozenset[str]()), "to": ("datetime", frozenset[str]())}


def item(key: str, **changed: Any) -> dict[str, Any]:
    return {
        "key": key, "part": "p", "type": "pass_fail_na", "question": {"zh": f"{key} 是否符合", "en": f"Is {key} right"},
        "basis": {"section": "", "clause": {"zh": "自定", "en": "ours"}}, "severity": "general", "party": "unit", "applies_to": ["all"], **changed,
    }  # fmt: skip


def checklist(*items: dict[str, Any]) -> dict[str, Any]:
    return {
        "key": "made", "version": 1, "title": {"zh": "自拟", "en": "Made"}, "parts": [{"key": "p", "title": {"zh": "一", "en": "One"}}, {"key": "q", "title": {"zh": "二", "en": "Two"}}],
        "items": list(items),
    }  # fmt: skip


def field(key: str, type: str, *choices: str) -> dict[str, Any]:
    made: dict[str, Any] = {"key": key, "label": {"zh": key, "en": key}, "type": type}
    return {**made, "choices": [{"key": c, "label": {"zh": c, "en": c}} for c in choices]} if choices else made


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["name"])
def test_the_server_asks_what_the_phone_asks(vector: dict[str, Any]) -> None:
    made = {}
    for raw in vector["items"]:
        fields = [field(key, "choices", "gas", "lift") if key == "has" else field(key, "number") for key in raw.get("fields", ())]
        shaped = item(raw["key"], type="number" if fields else "pass_fail_na", fields=fields, pass_when=raw.get("pass_when"), show_if=raw.get("show_if"))
        made[raw["key"]] = rules.shaped(checklist(shaped)).items[0]
    answers = {key: Answer(**given) for key, given in vector["answers"].items()}
    assert list(_shown(made, answers)) == vector["asked"]


def test_an_answer_to_what_was_not_asked_is_refused_and_what_was_asked_must_be_answered() -> None:
    made = rules.checked(checklist(item("A"), item("B", show_if={"is": ["A", "pass"]})))
    passes, na = Answer(value="pass"), Answer(value="na")
    assert check_answers(made, "relief", ("p",), {"A": na}, {})["na"] == 1
    with pytest.raises(Refusal) as extra:
        check_answers(made, "relief", ("p",), {"A": na, "B": passes}, {})
    assert extra.value.code == "answer.unknown"
    with pytest.raises(Refusal) as missing:
        check_answers(made, "relief", ("p",), {"A": passes}, {})
    assert (missing.value.code, missing.value.field) == ("answer.missing", "B")


@pytest.mark.parametrize(
    ("rule", "kinds", "can"),
    [
        ({"all": [{"gt": [{"field": "a"}, 5]}, {"lt": [{"field": "a"}, 3]}]}, NUMBERS, False),
        ({"all": [{"gt": [{"field": "a"}, 5]}, {"lt": [{"field": "a"}, 7]}]}, NUMBERS, True),
        ({"lt": [{"field": "a"}, 0]}, NUMBERS, False),
        ({"lt": [{"field": "a"}, {"field": "a"}]}, NUMBERS, False),
        ({"all": [{"gt": [{"field": "a"}, {"field": "b"}]}, {"gt": [{"field": "b"}, {"field": "a"}]}]}, NUMBERS, False),
        ({"eq": [{"field": "a"}, {"field": "b"}]}, NUMBERS, True),
        ({"all": [{"none": "t"}, {"ticked": ["t", ["x"]]}]}, TICKS, False),
        ({"all": [{"ticked": ["t", ["x", "y"]]}, {"not": {"ticked": ["t", ["z"]]}}]}, TICKS, True),
        ({"all": [{"le": [{"minutes": ["from", "to"]}, 30]}, {"ge": [{"minutes": ["from", "to"]}, 60]}]}, TIMES, False),
        ({"le": [{"minutes": ["from", "to"]}, 30]}, TIMES, True),
        ({"not": {"known": "from"}}, TIMES, False),
    ],
)
def test_a_condition_that_no_answer_can_meet_is_found(rule: dict[str, Any], kinds: Any, can: bool) -> None:
    assert meetable(rule, kinds) is can


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([item("A", show_if={"is": ["B", "pass"]}), item("B")], "does not come before"),
        ([item("A", show_if={"is": ["A", "pass"]})], "does not come before"),
        ([item("A", show_if={"is": ["B", "pass"]}), item("B", show_if={"is": ["A", "pass"]})], "does not come before"),
        ([item("A", part="q"), item("B", show_if={"is": ["A", "pass"]})], "does not come before"),
        ([item("A", on_site=False), item("B", show_if={"is": ["A", "pass"]})], "does not come before"),
        ([item("A", show_if={"is": ["Z", "pass"]})], "unknown field"),
        ([item("A"), item("B", show_if={"is": ["A", "maybe"]})], "offers no"),
        ([item("A", type="number", fields=[field("n", "number")], pass_when={"lt": [{"field": "n"}, 0]})], "no answer can meet"),
        ([item("A", type="number")], "does not fit its fields"),
        ([item("A", fields=[field("n", "number")])], "does not fit its fields"),
        ([item("A", type="single_choice", fields=[field("c", "choice")])], "choices of field"),
        ([item("A", question={"zh": " ", "en": ""})], "question is empty"),
        ([item("A", applies_to=[])], "no type of facility"),
        ([item("A"), item("A")], "appears twice"),
        ([item("A", type="multi_choice", fields=[field("c", "choices", "x")], pass_when={"ticked": ["c", [["x"]]]})], "not written right"),
    ],
)
def test_each_fault_is_named_with_its_item(items: list[dict[str, Any]], words: str) -> None:
    with pytest.raises(Refusal) as refused:
        rules.checked(checklist(*items))
    assert refused.value.code == "checklist.fault"
    assert words in refused.value.words.en


def test_every_fault_is_told_at_once() -> None:
    made = rules.shaped(checklist(item("A", question={"zh": "", "en": ""}), item("B", applies_to=["moon"])))
    assert [key for key, _ in rules.faults(made)] == ["A", "B"]


def test_a_table_full_of_laborious_conditions_is_judged_in_good_time() -> None:
    rule = {"all": [*({"ge": [{"field": "abc"[n % 3]}, 10 * n]} for n in range(7)), {"lt": [{"field": "a"}, {"field": "b"}]}, {"lt": [{"field": "b"}, {"field": "a"}]}]}
    counted = {"type": "number", "fields": [field(key, "number") for key in "abc"]}
    plain = {"type": "number", "fields": [field("n", "number")], "pass_when": {"lt": [{"field": "n"}, 0]}}
    made = rules.shaped(checklist(item("A", **plain), *(item(f"B{n}", **counted, pass_when=rule) for n in range(400))))
    started = time.process_time()
    assert next(iter(rules.faults(made)))[0] == "A"
    assert 0 < len(list(rules.faults(made))) < 10  # the first are found out, the rest believed
    assert time.process_time() - started < 15
