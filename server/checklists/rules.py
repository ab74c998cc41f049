"""What a checklist is, and whether a file is one. What an answer to it means: answers.py."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import msgspec

from server.checklists.meetable import Patience, meetable
from server.facilities.rules import TYPES
from server.foundation.actor import Actor
from server.foundation.pass_when import Fault, Kinds, check_rule
from server.foundation.refusal import Refusal, declare, no
from server.foundation.words import Words

LONGEST_TEXT = 2000
MOST_ITEMS = 500
JUDGED = ("pass_fail_na", "yes_no")
ANSWERS = {
    "pass_fail_na": Words("符合 / 不符合 / 不适用", "Pass / fail / not applicable"),
    "yes_no": Words("是 / 否", "Yes / no"),
    "number": Words("数字", "Number"),
    "number_pair": Words("一对数字（应有、实有）", "A pair of numbers (due, done)"),
    "single_choice": Words("单选", "One of several"),
    "multi_choice": Words("多选", "Several of several"),
    "date": Words("日期", "Date"),
    "datetime": Words("日期和时间", "Date and time"),
    "text": Words("文字", "Text"),
}
SEVERITIES = {
    "general": Words("一般", "General"), "serious": Words("较重", "Serious"), "critical": Words("重大", "Critical"),
    "none": Words("不作为问题", "No finding"),
}  # fmt: skip
KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,59}")
Severity = Literal["general", "serious", "critical", "none"]
Party = Literal["locality", "department", "unit", "individual"]

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
        "checklist.reason": no(
            422, "停用要写明原因", "Retiring it needs a reason", "请写一句原因", "Write one sentence why"
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
    show_if: a rule over earlier items, by "KEY" (pass, fail, na) or "KEY.FIELD"; asked only where it holds.
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
    show_if: dict[str, Any] | None = None
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


# Files


def checked(raw: object) -> Checklist:
    """A file's JSON as a checklist. Refusals: input.invalid, checklist.fault naming the item."""
    made = shaped(raw)
    if not KEY.fullmatch(made.key) or made.version < 1 or not made.items or len(made.items) > MOST_ITEMS:
        raise Refusal("input.invalid", reason="key, version, items")
    for item, reason in faults(made):
        raise Refusal("checklist.fault", item=item, reason=f"{reason.zh} / {reason.en}").at(item)
    return made


def shaped(raw: object) -> Checklist:
    """JSON as a checklist that may still be incomplete. Refusal: input.invalid."""
    try:
        return msgspec.convert(raw, Checklist)
    except (msgspec.ValidationError, RecursionError) as error:
        raise Refusal("input.invalid", reason=str(error)[:200]) from None


def read(sha256: str, body: str) -> Checklist:
    """A published checklist from the text that is kept of it. It never changes, so it is read once for each digest."""
    if sha256 not in _read:
        _read[sha256] = msgspec.json.decode(body, type=Checklist)
    return _read[sha256]


_read: dict[str, Checklist] = {}


def faults(made: Checklist) -> Iterator[tuple[str, Words]]:
    """Everything that keeps a checklist from being published: (the item's key, why)."""
    return ((key, reason) for key, _, reason in flaws(made))


def flaws(made: Checklist) -> Iterator[tuple[str, str, Words]]:
    """The same with what of the item is not right: (the item's key, its attribute, why)."""
    parts, patience = [part.key for part in made.parts], Patience()
    for twice, count in (Counter(item.key for item in made.items) + Counter(f"part {key}" for key in parts)).items():
        if count > 1:
            yield twice, "key", Words("编号重复", "the key appears twice")
    for item in made.items:
        yield from ((item.key[:60], what, reason) for what, reason in _item_flaws(item, parts, patience))
    earlier: dict[str, tuple[str, frozenset[str]]] = {}
    for item in in_order(made):
        if item.show_if is not None:
            yield from ((item.key, "show_if", reason) for reason in _show_faults(item, made, earlier, patience))
        if item.on_site:
            earlier |= _said_kinds(item)


def in_order(made: Checklist) -> Iterator[Item]:
    """The items in the order in which the table shows them: part by part."""
    return (item for part in made.parts for item in made.items if item.part == part.key)


def earlier_kinds(made: Checklist, key: str) -> dict[str, tuple[str, frozenset[str]]]:
    """What a condition of the item with this key may look back at (of one not there yet: everything asked on site)."""
    kinds: dict[str, tuple[str, frozenset[str]]] = {}
    for item in in_order(made):
        if item.key == key:
            break
        if item.on_site:
            kinds |= _said_kinds(item)
    return kinds


def _item_flaws(item: Item, parts: list[str], patience: Patience) -> Iterator[tuple[str, Words]]:
    if not KEY.fullmatch(item.key):
        yield "key", Words("编号只能用字母、数字、点和连字符", "a key has letters, digits, dots and hyphens")
    if not item.question.zh.strip():
        yield "question", Words("没有写检查内容", "the question is empty")
    if item.part not in parts:
        yield "part", Words(f"没有“{item.part[:40]}”这一部分", f"there is no part “{item.part[:40]}”")
    for type in item.applies_to:
        if type != "all" and type not in TYPES:
            yield "applies_to", Words(f"没有机构类型“{type[:40]}”", f"there is no type of facility “{type[:40]}”")
    if not item.applies_to:
        yield "applies_to", Words("没有选适用的机构类型", "no type of facility is chosen")
    if item.type not in ANSWERS or (item.type in JUDGED) == bool(item.fields):
        yield "type", Words("答法与填写的字段不符", "the way of answering does not fit its fields")
    kinds = {field.key: (field.type, frozenset(choice.key for choice in field.choices)) for field in item.fields}
    if len(kinds) < len(item.fields):
        yield "fields", Words("字段编号重复", "a field's key appears twice")
    for field in item.fields:
        if not KEY.fullmatch(field.key) or not field.label.zh.strip():
            yield "fields", Words("字段没有名称", "a field has no name")
        if (field.type in ("choice", "choices")) != bool(field.choices):
            yield "fields", Words(f"字段“{field.label.zh}”的选项不对", f"the choices of field “{field.label.en}” are not right")
    judged = {"value": ("yes_no", frozenset(("yes", "no")))}
    yield from (("pass_when", reason) for reason in _rule_faults(item.pass_when, kinds or judged, patience))


def _rule_faults(rule: Any, kinds: Kinds, patience: Patience) -> Iterator[Words]:
    if rule is None:
        return
    try:
        check_rule(rule, kinds)
    except Fault as fault:
        yield Words(fault.zh, fault.en)
        return
    if not meetable(rule, kinds, patience):
        yield Words("没有任何答案能达到通过条件", "no answer can meet its passing condition")


def _show_faults(item: Item, made: Checklist, earlier: Kinds, patience: Patience) -> Iterator[Words]:
    """A condition looks back only, so that there is no circle."""
    every = {key for other in made.items for key in _said_kinds(other)}
    for field in fields_of(item.show_if):
        if field in every and field not in earlier:
            yield Words(f"显示条件要看“{field}”，它却不在前面：只能依据前面现场问的检查项", f"it is shown by “{field}”, which does not come before it: a condition can only look back")
            return
    yield from _rule_faults(item.show_if, earlier, patience)


def fields_of(rule: Any) -> list[str]:
    """Every text in a rule that may name a field."""
    if isinstance(rule, Mapping):
        return [name for operand in rule.values() for name in fields_of(operand)]
    if isinstance(rule, list | tuple):
        return [name for part in rule for name in fields_of(part)]
    return [rule] if isinstance(rule, str) else []


def _said_kinds(item: Item) -> dict[str, tuple[str, frozenset[str]]]:
    """What later items may ask about an item: how it stands, and its fields."""
    kinds: dict[str, tuple[str, frozenset[str]]] = {item.key: ("choice", frozenset(("pass", "fail", "na")))}
    for field in item.fields:
        kinds[f"{item.key}.{field.key}"] = (field.type, frozenset(choice.key for choice in field.choices))
    return kinds


def check_keeps(actor: Actor, path: str) -> None:
    """Refuse whoever does not keep the checklists of a place: its supervisors and administrators; for everybody's ("") those of a top place."""
    keeps = any(
        standing.role in ("supervisor", "administrator") and (path.startswith(standing.path) if path else standing.path.count("/") <= 1)
        for standing in actor.roles
    )
    if not keeps:
        raise Refusal("not_allowed" if not path or actor.sees(path) else "not_found")
