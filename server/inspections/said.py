"""A visit's answers in words, part by part as the form asks them: what stands in the record."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec

from server.checklists.answers import Answer, asked, standing
from server.checklists.rules import Checklist, Field, Item, Part, in_order
from server.foundation import clock
from server.foundation.words import Words

STANDS = {
    "pass": Words("符合", "Pass"), "fail": Words("不符合", "Fail"), "na": Words("不适用", "N/A"), "said": Words("已记录", "Recorded"),
}  # fmt: skip
YES_NO = {"yes": Words("是", "yes"), "no": Words("否", "no")}
NONE = Words("都没有", "none")
NOT_ASKED = Words("未问", "Not asked")
LEFT_OUT = Words("按前面的答案不用问", "left out by earlier answers")
IN_BULK = Words("批量", "in bulk")
WHOSE = {"first": Words("检查人", "Inspector"), "second": Words("检查人", "Inspector"), "facility": Words("被检查机构", "For the facility")}
ON_PAPER = Words("签名在纸质记录上，见照片。", "The signatures are on the paper: see its photos.")


class Line(msgspec.Struct, frozen=True):
    """One item as the record shows it. stands: pass, fail, na, said, or "" where earlier answers left it out."""

    item: Item
    stands: str
    counted: tuple[tuple[Words, Words], ...] = ()
    bulk: bool = False

    @property
    def words(self) -> Words:
        return STANDS[self.stands] if self.stands else NOT_ASKED

    @property
    def aside(self) -> Words | None:
        return LEFT_OUT if not self.stands else IN_BULK if self.bulk else None


class Section(msgspec.Struct, frozen=True):
    part: Part
    lines: tuple[Line, ...]


def sections(checklist: Checklist, type: str, parts: tuple[str, ...], answers: Mapping[str, Answer]) -> list[Section]:
    """The whole form of a visit in its order, with what was not asked and why not left to the reader of `show_if`."""
    chosen = tuple(part for part in parts if part in {one.key for one in checklist.parts})
    every = asked(checklist, type, chosen, answers)[0] if chosen else {}
    known = {**every, **{item.key: item for item in in_order(checklist) if item.key in answers}}
    found = []
    for part in checklist.parts:
        lines = tuple(_line(item, answers.get(item.key)) for item in in_order(checklist) if item.key in known and item.part == part.key)
        if lines:
            found.append(Section(part, lines))
    return found


def _line(item: Item, answer: Answer | None) -> Line:
    if answer is None:
        return Line(item, "")
    return Line(item, standing(item, answer) or "said", counted(item, answer), answer.bulk)


def counted(item: Item, answer: Answer) -> tuple[tuple[Words, Words], ...]:
    """(label, value with its unit) of each field that was filled in."""
    given = answer.fields or {}
    return tuple((field.label, _value(field, given[field.key])) for field in item.fields if field.key in given)


def answered(item: Item, answer: Answer) -> Words:
    """An answer as one line: 不符合；应检 12 人，已检 9 人."""
    stands = STANDS[standing(item, answer) or "said"]
    values = counted(item, answer)
    if not values:
        return stands
    zh = "，".join(f"{label.zh} {value.zh}" for label, value in values)
    en = ", ".join(f"{label.en} {value.en}" for label, value in values)
    return Words(f"{stands.zh}；{zh}", f"{stands.en}; {en}")


def notes(visit: Any, author: str) -> list[tuple[str, Words]]:
    """How a record came about other than sealed by its inspectors and taken in: the icon, what is said. author: who entered it."""
    found, received = [], clock.spoken(visit.received_at)
    if visit.source == "paper":
        found.append(("doc", Words(f"纸质补录：检查当时记在纸上，由 {author} 于 {received} 录入。", f"Entered from paper by {author}, {received}.")))
    if (vouched := visit.vouched) is not None:
        words = Words(**vouched["words"])
        late = ("手机时间不准，检查日期由核收人填写。", "The phone's clock was wrong; the day was given by hand. ") if vouched.get("on") else ("", "")
        found.append(("pen", Words(
            f"由 {vouched['name']} 核收。没有自动收下，是因为：{words.zh}。{late[0]}{vouched['reason']}",
            f"Taken in by {vouched['name']}. It was not taken in by itself: {words.en}. {late[1]}{vouched['reason']}",
        )))  # fmt: skip
    if visit.away:
        found.append(("info", Words(f"提交时 {visit.away} 已调离或离岗；检查当时是这里的检查员。", f"{visit.away} inspected here on the day of the visit, and no more when it came in.")))
    return found


def in_bulk(count: int) -> Words:
    """How many were answered at once."""
    return Words(
        f"其中 {count} 项由“其余符合”一次记为符合，下面标“批量”；重大项都是逐项作答。",
        f"{count} of them were marked as pass at once (“the rest complies”), and say “in bulk” below; critical items were answered one by one.",
    )


class Signer(msgspec.Struct, frozen=True):
    """One who signed, or for the facility why nobody did. slot: first, second or facility; photo: of the ink."""

    slot: str
    name: str
    title: str
    photo: str
    refused: str
    at: dt.datetime | None

    @property
    def whose(self) -> Words:
        return WHOSE[self.slot]

    @property
    def refusal(self) -> Words:
        return Words(f"机构拒签：{self.refused}", f"The facility refused: {self.refused}")


def signers(signatures: Mapping[str, Mapping[str, str]]) -> list[Signer]:
    """The three of a record, the inspectors first."""
    found = []
    for slot in ("first", "second", "facility"):
        one = signatures.get(slot, {})
        name, title, photo, refused = (one.get(key, "") for key in ("name", "title", "photo", "refused"))
        found.append(Signer(slot, name, title, photo, refused, _instant(one.get("at", ""))))
    return found


def _instant(text: str) -> dt.datetime | None:
    """What a phone's clock said, if it can be read."""
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo and 1970 < at.year < 9000 else None


def _value(field: Field, value: Any) -> Words:
    if field.type == "yes_no":
        return YES_NO.get(value, Words(str(value), str(value)))
    if field.choices:
        chosen = [choice.label for choice in field.choices if choice.key in (value if isinstance(value, list) else [value])]
        return _listed(chosen)
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    return Words(f"{text} {field.unit.zh}", f"{text} {field.unit.en}") if field.unit else Words(text, text)


def _listed(labels: list[Words]) -> Words:
    return Words("、".join(label.zh for label in labels), ", ".join(label.en for label in labels)) if labels else NONE
