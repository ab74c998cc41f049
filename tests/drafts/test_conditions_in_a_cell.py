"""A condition as somebody types it into a cell, in Chinese or English; what is written goes in again as it was."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.drafts.condition_cell import Names, rule_of, text_of
from server.foundation.pass_when import Fault

KINDS = {
    "due": ("number", frozenset[str]()), "done": ("number", frozenset[str]()), "plan": ("yes_no", frozenset[str]()), "from": ("datetime", frozenset[str]()),
    "to": ("datetime", frozenset[str]()), "gas": ("choice", frozenset(("none", "piped"))), "devices": ("choices", frozenset(("lift", "boiler"))),
    "S21-01": ("choice", frozenset(("pass", "fail", "na"))), "且": ("number", frozenset[str]()), "remark": ("text", frozenset[str]()),
}  # fmt: skip
NAMES = Names(KINDS, {"应到": "due", "实到": "done"}, {"gas": {"管道燃气": "piped"}, "devices": {"电梯": "lift"}})


@pytest.mark.parametrize(
    ("typed", "means"),
    [
        ("done >= due", {"ge": [{"field": "done"}, {"field": "due"}]}),
        ("实到≥应到", {"ge": [{"field": "done"}, {"field": "due"}]}),
        ("done = due 且 plan = 是", {"all": [{"eq": [{"field": "done"}, {"field": "due"}]}, {"is": ["plan", "yes"]}]}),
        ("done < 50 or plan = yes", {"any": [{"lt": [{"field": "done"}, 50]}, {"is": ["plan", "yes"]}]}),
        ("done = 1 或 done = 2 且 plan = 否", {"any": [{"eq": [{"field": "done"}, 1]}, {"all": [{"eq": [{"field": "done"}, 2]}, {"is": ["plan", "no"]}]}]}),
        ("（done = 1 或 done = 2）且 plan = 是", {"all": [{"any": [{"eq": [{"field": "done"}, 1]}, {"eq": [{"field": "done"}, 2]}]}, {"is": ["plan", "yes"]}]}),
        ("gas != 管道燃气", {"not": {"is": ["gas", "piped"]}}),
        ("S21-01 = 不符合", {"is": ["S21-01", "fail"]}),
        ("devices 勾了 电梯、boiler", {"ticked": ["devices", ["lift", "boiler"]]}),
        ("非 (devices ticked lift)", {"not": {"ticked": ["devices", ["lift"]]}}),
        ("devices 一个也没勾", {"none": "devices"}),
        ("from 已填", {"known": "from"}),
        ("分钟(from, to) <= 30", {"le": [{"minutes": ["from", "to"]}, 30]}),
        ("1.5 < done", {"lt": [1.5, {"field": "done"}]}),
        ('remark = "两 句 话"', {"is": ["remark", "两 句 话"]}),
        ('{"known": "from"}', {"known": "from"}),
        ("", None),
    ],
)
def test_what_is_typed_is_understood(typed: str, means: dict[str, Any] | None) -> None:
    assert rule_of(typed, NAMES) == means


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("人数 >= 3", "人数"), ("done >=", "没有写完"), ("done 3", "3"), ("done >= 3 且", "没有写完"), ("(done = 1", ")"), ("done = 1 done", "done"),
        ("{坏的", "JSON"), ("(" * 40 + "done = 1", "过深"), ("非 " * 40 + "done = 1", "过深"), ('"', "读不懂"), ("devices 勾了 (", "("),
    ],
)
def test_what_cannot_be_understood_is_quoted(typed: str, says: str) -> None:
    with pytest.raises(Fault) as fault:
        rule_of(typed, NAMES)
    assert says in fault.value.zh


numbers = st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False, width=32)
sides = numbers | st.sampled_from(["due", "done", "且"]).map(lambda field: {"field": field}) | st.just({"minutes": ["from", "to"]})
leaves = st.one_of(
    st.tuples(st.sampled_from(["eq", "le", "lt", "ge", "gt"]), sides, sides).map(lambda found: {found[0]: [found[1], found[2]]}),
    st.tuples(st.sampled_from(["plan", "gas", "S21-01", "remark", "due"]), st.text(max_size=8) | st.sampled_from(["yes", "no", "pass", "且", "是", "管道燃气", "5"])).map(lambda found: {"is": list(found)}),
    st.lists(st.sampled_from(["lift", "boiler", "电梯", "a b", ""]), max_size=3).map(lambda keys: {"ticked": ["devices", keys]}),
    st.sampled_from([{"none": "devices"}, {"known": "from"}, {"known": "且"}]),
)
rules = st.recursive(
    leaves,
    lambda inner: st.lists(inner, min_size=1, max_size=3).flatmap(lambda parts: st.sampled_from([{"all": parts}, {"any": parts}])) | inner.map(lambda rule: {"not": rule}),
    max_leaves=6,
)


@given(rule=rules, lang=st.sampled_from(["zh", "en"]))
def test_whatever_is_written_goes_in_again_as_it_was(rule: dict[str, Any], lang: str) -> None:
    assert rule_of(text_of(rule, NAMES, lang), NAMES) == rule


@given(typed=st.text(alphabet="done due=><且或非()（）、\"勾了 1.5-{}", max_size=40))
def test_no_typing_breaks_it(typed: str) -> None:
    with contextlib.suppress(Fault):  # and nothing else
        rule_of(typed, NAMES)


def test_simple_conditions_are_written_in_words() -> None:
    rule = {"all": [{"ge": [{"field": "done"}, {"field": "due"}]}, {"not": {"is": ["plan", "no"]}}]}
    assert text_of(rule, NAMES) == "done >= due 且 plan != 否"
    assert text_of(rule, NAMES, "en") == "done >= due and plan != no"
