"""What a checklist is, whether a file is one, and whether the answers of a visit fit it."""

import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Literal, NoReturn

import msgspec

from server.checklists.pass_when import Fault, check_rule, moment, verdict
from server.facilities.rules import PARTIES, TYPES
from server.foundation.refusal import Refusal, declare, no
from server.foundation.words import Words

LONGEST_TEXT = 2000
MOST_ITEMS = 500
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")
Severity = Literal["general", "serious", "critical", "none"]
Party = Literal["locality", "department", "unit", "individual"]
Stands = Literal["pass", "fail", "na", "said"]

declare(
    {
        "checklist.fault": no(
            422, "检查表第 {item} 项有误：{reason}", "Item {item} of the check table: {reason}",
            "请改正文件后重新导入", "Correct the file and import it again",
        ),
        "checklist.published": no(
            409, "{checklist} 已发布，内容不能再改", "{checklist} is published and cannot change any more",
            "请用新的版本号发布", "Publish it under a new version number",
        ),
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


class Choice(msgspec.Struct, frozen=True):
    key: str
    label: Words


class Field(msgspec.Struct, frozen=True):
    """One value of an item. type: number, text, date, datetime, yes_no, choice or choices."""

    key: str
    label: Words
    type: Literal["number", "text", "date", "datetime", "yes_no", "choice", "choices"]
    unit: Words | None = None
    choices: tuple[Choice, ...] = ()


class Basis(msgspec.Struct, frozen=True):
    """Where the demand stands: the clause in words, the section's number and the literal quote."""

    section: str
    clause: Words
    quote: str = ""


class Item(msgspec.Struct, frozen=True):
    """One question. Its key survives versions and copies: relapse and observations go by it.

    A judged item (no fields) is answered pass, fail or na; one with fields by values which pass_when judges.
    derived: ours, not the notice's, as are severity and findings (preset words for what fails).
    """

    key: str
    part: str
    type: str
    question: Words
    basis: Basis
    severity: Severity
    party: Party
    applies_to: tuple[str, ...]
    on_site: bool = True
    derived: bool = False
    evidence: str = ""
    fields: tuple[Field, ...] = ()
    pass_when: dict[str, Any] | None = None
    findings: tuple[Words, ...] = ()

    def fits(self, type: str) -> bool:
        """Whether the item is asked of a facility of this type."""
        return "all" in self.applies_to or type in self.applies_to


class Part(msgspec.Struct, frozen=True):
    key: str
    title: Words


class Checklist(msgspec.Struct, frozen=True):
    key: str
    version: int
    title: Words
    parts: tuple[Part, ...]
    items: tuple[Item, ...]
    source: Words | None = None

    @property
    def id(self) -> str:
        return f"{self.key}/{self.version}"

    def on_site(self, part: str) -> tuple[Item, ...]:
        """The items of a part that are answered on the spot; the rest come from registers or are asked at a desk."""
        return tuple(item for item in self.items if item.part == part and item.on_site)


class Answer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """value: pass, fail or na; fields: what was counted. bulk: filled by 其余符合."""

    value: Literal["pass", "fail", "na"] | None = None
    fields: dict[str, Any] | None = None
    bulk: bool = False
    at: str | None = None


# Files


def checked(raw: object) -> Checklist:
    """A file's JSON as a checklist. Refusals: input.invalid, checklist.fault naming the item."""
    try:
        made = msgspec.convert(raw, Checklist)
    except msgspec.ValidationError as error:
        raise Refusal("input.invalid", reason=str(error)) from None
    if not KEY.fullmatch(made.key) or made.version < 1 or not made.items or len(made.items) > MOST_ITEMS:
        raise Refusal("input.invalid", reason="key, version, items")
    parts = [part.key for part in made.parts]
    for twice, count in (Counter(item.key for item in made.items) + Counter(f"part {key}" for key in parts)).items():
        if count > 1:
            _fault(twice, Words("编号重复", "the key appears twice"))
    for item in made.items:
        _check_item(item, parts)
    return made


def read(sha256: str, body: str) -> Checklist:
    """A published checklist from the text that is kept of it. It never changes, so it is read once for each digest."""
    if sha256 not in _read:
        _read[sha256] = msgspec.json.decode(body, type=Checklist)
    return _read[sha256]


_read: dict[str, Checklist] = {}


def _check_item(item: Item, parts: list[str]) -> None:
    if not KEY.fullmatch(item.key):
        _fault(item.key[:40], Words("编号只能用字母、数字、点和连字符", "a key has letters, digits, dots and hyphens"))
    if item.part not in parts:
        _fault(item.key, Words(f"没有“{item.part}”这一部分", f"there is no part “{item.part}”"))
    for type in item.applies_to:
        if type != "all" and type not in TYPES:
            _fault(item.key, Words(f"没有机构类型“{type}”", f"there is no type of facility “{type}”"))
    if item.party not in PARTIES:
        _fault(item.key, Words("四方不对", "no such party"))
    kinds = {field.key: (field.type, frozenset(choice.key for choice in field.choices)) for field in item.fields}
    if len(kinds) < len(item.fields):
        _fault(item.key, Words("字段编号重复", "a field's key appears twice"))
    if not item.fields:
        kinds = {"value": ("yes_no", frozenset(("yes", "no")))}
    if item.pass_when is not None:
        try:
            check_rule(item.pass_when, kinds)
        except Fault as fault:
            _fault(item.key, Words(fault.zh, fault.en))


def _fault(item: str, reason: Words) -> None:
    raise Refusal("checklist.fault", item=item, reason=f"{reason.zh} / {reason.en}")


# Answers


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
    asked = _asked(checklist, type, parts)
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


def _asked(checklist: Checklist, type: str, parts: tuple[str, ...]) -> Mapping[str, Item]:
    """The items that a visit of these parts to a facility of this type answers, by key."""
    known = {part.key for part in checklist.parts}
    if not parts or len(set(parts)) < len(parts) or not known.issuperset(parts):
        raise Refusal("answer.part", part="".join(part[:60] for part in parts if part not in known)).at("parts")
    place = (id(checklist), type, parts)
    if place not in _askeds:
        if len(_askeds) > MOST_ITEMS:
            _askeds.clear()
        items = {item.key: item for part in dict.fromkeys(parts) for item in checklist.on_site(part) if item.fits(type)}
        _askeds[place] = (checklist, items)
    return _askeds[place][1]


# Worked out once for each checklist in memory, which is kept beside it so that its id stays its own.
_askeds: dict[tuple[int, str, tuple[str, ...]], tuple[Checklist, Mapping[str, Item]]] = {}


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
