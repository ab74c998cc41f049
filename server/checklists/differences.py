"""What one version of a check table says otherwise than another, item by item."""

from typing import Any

import msgspec

from server.checklists.rules import ANSWERS, SEVERITIES, Checklist, Item, in_order
from server.facilities.rules import PARTIES, TYPES
from server.foundation.words import Words

Side = Words | str
ALL = Words("全部", "all")


class Change(msgspec.Struct, frozen=True):
    """One thing that is said otherwise."""

    what: Words
    before: Side
    after: Side


class Difference(msgspec.Struct, frozen=True):
    """how: added, removed or changed; an item that only stands elsewhere is `moved`."""

    how: str
    key: str
    question: Words
    changes: tuple[Change, ...] = ()


def differences(before: Checklist, after: Checklist) -> list[Difference]:
    """In the order of the newer version; what was removed comes last."""
    old, new = ({item.key: item for item in in_order(made)} for made in (before, after))
    kept_before, kept_after = [key for key in old if key in new], [key for key in new if key in old]
    found = []
    for key, item in new.items():
        if key not in old:
            found.append(Difference("added", key, item.question))
        elif changes := _changes(old[key], item):
            found.append(Difference("changed", key, item.question, tuple(changes)))
        elif kept_before.index(key) != kept_after.index(key):
            found.append(Difference("moved", key, item.question))
    return found + [Difference("removed", key, item.question) for key, item in old.items() if key not in new]


def _changes(before: Item, after: Item) -> list[Change]:
    sides = zip(_told(before), _told(after), strict=True)
    return [Change(what, old, new) for (what, old), (_, new) in sides if old != new]


def _told(item: Item) -> list[tuple[Words, Side]]:
    return [
        (Words("检查内容", "Question"), item.question), (Words("部分", "Part"), item.part), (Words("答法", "Answer"), ANSWERS.get(item.type, Words(item.type, item.type))),
        (Words("字段", "Fields"), _lines(_field(one) for one in item.fields)), (Words("通过条件", "Passes when"), _rule(item.pass_when)),
        (Words("何时问", "Asked when"), _rule(item.show_if)), (Words("等级", "Level"), SEVERITIES[item.severity]), (Words("四方", "Party"), PARTIES[item.party]),
        (Words("依据", "Basis"), _lines((item.basis.clause, Words(item.basis.quote, item.basis.quote)))), (Words("佐证", "Evidence"), item.evidence),
        (Words("适用", "For"), _lines(TYPES.get(type, ALL) for type in item.applies_to)), (Words("现场问", "Asked on site"), Words("是", "yes") if item.on_site else Words("否", "no")),
        (Words("常用问题描述", "Preset findings"), _lines(item.findings)),
    ]  # fmt: skip


def _field(field: Any) -> Words:
    more = [f"（{'、'.join(c.label.zh for c in field.choices)}）", f" ({', '.join(c.label.en for c in field.choices)})"] if field.choices else ["", ""]
    return Words(f"{field.label.zh}{field.unit.zh if field.unit else ''}{more[0]}", f"{field.label.en} {field.unit.en if field.unit else ''}{more[1]}".strip())


def _lines(words: Any) -> Words:
    held = list(words)
    return Words("；".join(one.zh for one in held if one.zh), "; ".join(one.en for one in held if one.en))


def _rule(rule: Any) -> str:
    return msgspec.json.encode(rule).decode() if rule else ""
