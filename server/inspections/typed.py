"""What was typed into the desk's table of answers and its lines of findings, as answers and findings. Pure: names and values in.

An item's judgement is `a.ITEM`, a field `f.ITEM.FIELD`; a finding's line `n.NUMBER.WHAT`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from server.checklists.answers import Answer, asked, standing
from server.checklists.rules import Checklist, Field, Item
from server.people.rules import id_for

MOST_LINES = 60
LINE = re.compile(r"n\.(\d{1,3})\.(\w+)")
JUDGED = {"pass": Answer(value="pass"), "fail": Answer(value="fail"), "na": Answer(value="na")}
WIDE = str.maketrans("０１２３４５６７８９．", "0123456789.")


class Given(Protocol):
    """A form's fields: every value of a name."""

    def getall(self, key: str, default: list[Any]) -> list[Any]: ...


class Line(msgspec.Struct, frozen=True):
    """One line of the form for findings, as it was typed. kept, kept_after: photos that came with it and are here."""

    number: int
    item: str
    texts: Mapping[str, str]
    kept: tuple[str, ...] = ()
    kept_after: tuple[str, ...] = ()

    @property
    def is_used(self) -> bool:
        return bool(self.item) and self.is_written

    @property
    def is_written(self) -> bool:
        return bool(self.texts.get("what") or self.kept or self.kept_after)


def answers(given: Given, items: Iterable[Item]) -> dict[str, Answer]:
    """An answer for each item that has one; what cannot be read is left as it was typed, for the rules to refuse."""
    found: dict[str, Answer] = {}
    for item in items:
        value = _one(given, f"a.{item.key}")
        fields = {field.key: read for field in item.fields if (read := _field(given, item, field)) is not None}
        if value in JUDGED:
            found[item.key] = JUDGED[value]
        elif fields:
            found[item.key] = Answer(fields=fields)
    return found


def _field(given: Given, item: Item, field: Field) -> Any:
    name = f"f.{item.key}.{field.key}"
    if field.type == "choices":
        ticked = [str(value)[:60] for value in given.getall(name, [])]
        return [value for value in ticked if value] if ticked else None
    text = _one(given, name)
    if not text:
        return None
    if field.type == "number":
        plain = text.translate(WIDE)
        return text if not re.fullmatch(r"\d{1,12}(\.\d{1,6})?", plain) else float(plain) if "." in plain else int(plain)
    return f"{text}:00+08:00" if field.type == "datetime" and len(text) == 16 else text


def _one(given: Given, name: str) -> str:
    return next((value.strip()[:2000] for value in given.getall(name, []) if isinstance(value, str)), "")


def completed(checklist: Checklist, type: str, parts: tuple[str, ...], typed: Mapping[str, Answer], rest: bool) -> dict[str, Answer]:
    """The answers as they are kept: without what earlier ones leave out; rest: the judged items left blank comply, recorded as
    bulk, never a critical one."""
    found = dict(typed)
    every, shown = asked(checklist, type, parts, found)
    if rest:
        for key, item in every.items():  # in order: an answer filled in may call for a later item, or leave it out
            if key in shown and key not in found and not item.fields and item.severity != "critical":
                found[key] = Answer(value="pass", bulk=True)
                if any(other.show_if for other in every.values()):
                    shown = asked(checklist, type, parts, found)[1]
    return {key: answer for key, answer in found.items() if key in shown}


def failing(items: Mapping[str, Item], given: Mapping[str, Answer]) -> list[str]:
    """Keys of the items that fail by these answers, in the order of the form."""
    return [key for key, item in items.items() if key in given and standing(item, given[key]) == "fail"]


def lines(pairs: Iterable[tuple[str, Any]], kept: Mapping[str, Sequence[str]]) -> list[Line]:
    """The lines of findings as typed; kept: photos that are here, by the name of their field (n.0.photos)."""
    texts: dict[int, dict[str, str]] = {}
    for name, value in pairs:
        if (found := LINE.fullmatch(name)) and isinstance(value, str) and int(found[1]) < MOST_LINES:
            texts.setdefault(int(found[1]), {})[found[2]] = value.strip()[:2000]
    return [
        Line(number, said.get("item", "")[:60], said, tuple(kept.get(f"n.{number}.photos", ())), tuple(kept.get(f"n.{number}.after", ())))
        for number, said in sorted(texts.items())
    ]


def with_blanks(typed: Sequence[Line], items: Iterable[str]) -> list[Line]:
    """The lines with a blank one for each of these items that has none yet ("" for one still to be chosen)."""
    found = [line for line in typed if line.item or line.is_written]
    number = max((line.number for line in found), default=-1)
    for key in items:
        if not any(line.item == key for line in found):
            number += 1
            found.append(Line(number, key, {}))
    return found


def finding(line: Line, act: str, items: Mapping[str, Item]) -> dict[str, Any]:
    """A line as the command takes it; what was not chosen is what the item presets."""
    item, text = items.get(line.item), line.texts
    return {
        "id": id_for(act, f"finding {line.number}"), "item": line.item, "what": text.get("what", ""), "point": text.get("point", ""),
        "step": text.get("step", ""), "severity": text.get("severity") or (item.severity if item else ""),
        "party": text.get("party") or (item.party if item else ""), "person": text.get("person", ""), "fixed": bool(text.get("fixed")),
        "due_on": text.get("due_on") or None, "photos": line.kept, "after": line.kept_after,
    }  # fmt: skip


def changed(before: Mapping[str, Answer], after: Mapping[str, Answer]) -> dict[str, Answer | None]:
    """What of the answers is new, and None for what is gone."""
    gone: dict[str, Answer | None] = {key: None for key in before if key not in after}
    new = {key: answer for key, answer in after.items() if key not in before or (answer.value, answer.fields) != (before[key].value, before[key].fields)}
    return {**gone, **new}
