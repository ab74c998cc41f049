"""What an answer means, what a visit is asked by the answers before, and whether its answers are complete and fit."""

import re
from collections.abc import Mapping
from typing import Any, Literal, NoReturn

import msgspec

from server.checklists.rules import LONGEST_TEXT, MOST_ITEMS, Checklist, Field, Item, in_order
from server.foundation.pass_when import moment, verdict
from server.foundation.refusal import Refusal, declare, no

Stands = Literal["pass", "fail", "na", "said"]

declare(
    {
        "answer.unknown": no(
            422, "检查表里没有这一项：{item}", "The check table has no such item: {item}",
            "请更新应用后核对；原记录仍在本机", "Update the app and check; the original stays on your phone",
        ),
        "answer.part": no(
            422, "检查表里没有这一部分：{part}", "The check table has no such part: {part}",
            "请重新选择要查的部分", "Choose the parts again",
        ),
        "answer.missing": no(
            422, "还有 {count} 项没有答", "{count} items are not answered", "请答完后再提交", "Answer them and submit again"
        ),
        "answer.wrong": no(
            422, "{item} 的答案读不懂", "The answer to {item} cannot be read", "请重新作答", "Answer it again"
        ),
        "finding.missing": no(
            422, "{item} 不符合，还没有记问题", "{item} fails, and no problem is noted",
            "请记下问题，或改答案", "Note the problem, or change the answer",
        ),
        "finding.extra": no(
            422, "{item} 没有判为不符合，却记了问题", "{item} does not fail, yet a problem is noted",
            "请改答案，或删去问题", "Change the answer, or remove the problem",
        ),
    }
)  # fmt: skip


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """value: pass, fail or na; fields: what was counted. bulk: filled by 其余符合."""

    value: Literal["pass", "fail", "na"] | None = None
    fields: dict[str, Any] | None = None
    bulk: bool = False
    at: str | None = None


def standing(item: Item, answer: Answer) -> Stands | None:
    """How an answer stands; "said" is recorded without a judgement; None is not complete yet."""
    if answer.value:
        return answer.value
    if item.pass_when is None:
        return "said"
    passes = verdict(item.pass_when, answer.fields)
    return None if passes is None else "pass" if passes else "fail"


def check_answers(
    checklist: Checklist, type: str, parts: tuple[str, ...], answers: Mapping[str, Answer], findings: Mapping[str, int]
) -> dict[str, int]:
    """How many items pass, fail, do not apply or are only recorded: {pass, fail, na, said}.

    type: of the facility; findings: how many problems are noted for each item's key.
    Refusals: answer.unknown, answer.part, answer.missing, answer.wrong, finding.missing, finding.extra.
    """
    asked = _shown(_asked(checklist, type, parts), answers)
    for key in (*answers, *findings):
        if key not in asked:
            raise Refusal("answer.unknown", item=key[:60]).at(key[:60])
    if len(answers) < len(asked):
        missing = [key for key in asked if key not in answers]
        raise Refusal("answer.missing", count=len(missing)).at(missing[0])
    counts = {"pass": 0, "fail": 0, "na": 0, "said": 0}
    for key, item in asked.items():
        stands = _judged(item, answers[key])
        counts[stands] += 1
        if (stands == "fail") != (key in findings):
            raise Refusal("finding.missing" if stands == "fail" else "finding.extra", item=key).at(key)
    return counts


def asked(
    checklist: Checklist, type: str, parts: tuple[str, ...], answers: Mapping[str, Answer]
) -> tuple[Mapping[str, Item], Mapping[str, Item]]:
    """Every item that a visit of these parts may ask, in order, and those that it asks by these answers. Refusal: answer.part."""
    every = _asked(checklist, type, parts)
    return every, _shown(every, answers)


def _asked(checklist: Checklist, type: str, parts: tuple[str, ...]) -> Mapping[str, Item]:
    """The items that a visit of these parts to a facility of this type answers, by key."""
    known = {part.key for part in checklist.parts}
    if not parts or len(set(parts)) < len(parts) or not known.issuperset(parts):
        raise Refusal("answer.part", part="".join(part[:60] for part in parts if part not in known)).at("parts")
    place = (id(checklist), type, parts)
    if place not in _askeds:
        if len(_askeds) > MOST_ITEMS:
            _askeds.clear()
        items = {item.key: item for item in in_order(checklist) if item.part in parts and item.on_site and item.fits(type)}
        _askeds[place] = (checklist, items)
    return _askeds[place][1]


# Worked out once for each checklist in memory, which is kept beside it so that its id stays its own.
_askeds: dict[tuple[int, str, tuple[str, ...]], tuple[Checklist, Mapping[str, Item]]] = {}


def _shown(asked: Mapping[str, Item], answers: Mapping[str, Answer]) -> Mapping[str, Item]:
    """Those whose condition holds by the answers before them; static/js/lib/asked.js says the same."""
    if not any(item.show_if for item in asked.values()):
        return asked
    values: dict[str, Any] = {}
    shown: dict[str, Item] = {}
    for key, item in asked.items():
        if item.show_if is not None and verdict(item.show_if, values) is not True:
            continue
        shown[key] = item
        if answer := answers.get(key):
            values |= {f"{key}.{field}": value for field, value in (answer.fields or {}).items()}
            values[key] = standing(item, answer)
    return shown


def _judged(item: Item, answer: Answer) -> Stands:
    if not item.fields and answer.fields is None and answer.value is not None and not (answer.bulk and item.severity == "critical"):
        return answer.value if not answer.bulk or answer.value == "pass" else _wrong(item)
    given, counted = answer.value is not None, answer.fields is not None
    if given == counted or answer.bulk or (counted and not item.fields) or (given and answer.value != "na"):
        return _wrong(item)  # 其余符合 never fills what is critical or counted
    if answer.fields is not None:
        _check_fields(item, answer.fields)
    stands = standing(item, answer)
    if stands is None:
        raise Refusal("answer.missing", count=1).at(item.key)
    return stands


def _wrong(item: Item) -> NoReturn:
    raise Refusal("answer.wrong", item=item.key).at(item.key)


def _check_fields(item: Item, values: Mapping[str, Any]) -> None:
    known = {field.key: field for field in item.fields}
    if not values:
        _wrong(item)
    for key, value in values.items():
        field = known.get(key)
        if field is None or not _fits(field, value):
            _wrong(item)


def _fits(field: Field, value: object) -> bool:
    if field.type == "number":
        return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e12
    keys = {choice.key for choice in field.choices}
    if field.type == "choices":
        return isinstance(value, list) and len(value) <= len(keys) and all(isinstance(key, str) and key in keys for key in value)
    if not isinstance(value, str) or len(value) > LONGEST_TEXT or "\x00" in value:
        return False
    if field.type == "choice":
        return value in keys
    if field.type == "yes_no":
        return value in ("yes", "no")
    if field.type == "datetime":
        return moment(value) is not None
    return field.type == "text" or re.fullmatch(r"[1-9]\d{3}-\d{2}-\d{2}", value) is not None
