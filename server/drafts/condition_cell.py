"""A condition as somebody types it into a cell: `已到岗 >= 应到岗 且 预案 = 是`, in Chinese or English words, or as JSON where it says more.

    done >= due        count = 0        kind != gas        分钟(occurred_at, phone_at) <= 30
    devices 勾了 lift、boiler        held 一个也没勾        sent_at 已填        非 (…)        … 且 …        (… 或 …)

A field stands by its key or its label. What comes out goes in again unchanged: where words would lose something, JSON is written.
"""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from server.foundation.pass_when import COMPARISONS, DEEPEST, Fault, Kinds, Rule
from server.foundation.words import Words

SIGNS = {"eq": "=", "ne": "!=", "le": "<=", "lt": "<", "ge": ">=", "gt": ">"}
ALL, ANY, NOT = Words("且", "and"), Words("或", "or"), Words("非", "not")
TICKED, NONE, KNOWN, MINUTES = Words("勾了", "ticked"), Words("一个也没勾", "none-ticked"), Words("已填", "filled"), Words("分钟", "minutes")
SAID = {"yes": Words("是", "yes"), "no": Words("否", "no"), "pass": Words("符合", "pass"), "fail": Words("不符合", "fail"), "na": Words("不适用", "na")}
SPOKEN = {spoken: key for key, words in SAID.items() for spoken in (words.zh, words.en)}
KEYWORDS = frozenset(spoken for words in (ALL, ANY, NOT, TICKED, NONE, KNOWN, MINUTES) for spoken in (words.zh, words.en))
_TOKEN = re.compile(r'\s*(?:(?P<text>"[^"]*"|“[^”]*”)|(?P<sign><=|>=|!=|[<>=≤≥≠＝])|(?P<mark>[()（）,，、])|(?P<word>[^\s()（）,，、<>=≤≥≠＝!"“”]+))')
_ALIKE = {"≤": "<=", "≥": ">=", "≠": "!=", "＝": "=", "（": "(", "）": ")", "，": ",", "、": ","}
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,15})?")


class Names(msgspec.Struct, frozen=True):
    """What a condition may name. labels: a field's label to its key; choices: for each field the labels of its choices to their keys."""

    kinds: Kinds
    labels: Mapping[str, str] = {}
    choices: Mapping[str, Mapping[str, str]] = {}


def text_of(rule: Rule | None, names: Names, lang: str = "zh") -> str:
    """The rule for a cell; "" for none."""
    if rule is None:
        return ""
    for spoken in (True, False):
        try:
            text = _written(rule, lang, spoken)
            if rule_of(text, names) == rule:
                return text
        except (Fault, KeyError, TypeError, ValueError):
            continue
    return msgspec.json.encode(rule).decode()


def rule_of(text: str, names: Names) -> dict[str, Any] | None:
    """What was typed as a rule, or None for nothing. Raises Fault; whether the rule fits its fields is asked elsewhere."""
    if not text.strip():
        return None
    if text.lstrip().startswith("{"):
        return _json(text)
    reading = _Reading(text, names)
    rule = reading.either(0)
    if reading.tokens:
        raise Fault(f"“{reading.tokens[0][1][:40]}”前后读不懂", f"cannot be read near “{reading.tokens[0][1][:40]}”")
    return rule


def _json(text: str) -> dict[str, Any]:
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        raise Fault("以 { 开头的应是 JSON，这里读不懂", "what begins with { should be JSON, and is not") from None


# Out


def _written(rule: Rule, lang: str, spoken: bool) -> str:
    ((name, operand),) = rule.items()
    if name in ("all", "any"):
        between = f" {(ALL if name == 'all' else ANY).into(lang)} "
        return between.join(f"({_written(part, lang, spoken)})" if next(iter(part)) in ("all", "any") else _written(part, lang, spoken) for part in operand)
    if name == "not":
        return _denied(operand, lang, spoken)
    if name in COMPARISONS:
        left, right = (_side(side, lang) for side in operand)
        return f"{left} {SIGNS[name]} {right}"
    if name == "is":
        return f"{_name(operand[0])} = {_literal(operand[1], lang, spoken)}"
    if name == "ticked":
        return f"{_name(operand[0])} {TICKED.into(lang)} {('、' if lang == 'zh' else ', ').join(_literal(key, lang, False) for key in operand[1])}"
    return f"{_name(operand)} {({'none': NONE, 'known': KNOWN}[name]).into(lang)}"


def _denied(rule: Rule, lang: str, spoken: bool) -> str:
    inner = _written(rule, lang, spoken)
    if next(iter(rule)) in ("is", "eq"):
        return inner.replace(" = ", " != ", 1)
    return f"{NOT.into(lang)} ({inner})"


def _side(side: Any, lang: str) -> str:
    if not isinstance(side, Mapping):
        return str(side)
    if "minutes" in side:
        return f"{MINUTES.into(lang)}({', '.join(_name(field) for field in side['minutes'])})"
    return _name(side["field"])


def _name(field: str) -> str:
    if field in KEYWORDS or not re.fullmatch(r"[\w.-]+", field):
        raise ValueError(field)
    return field


def _literal(value: Any, lang: str, spoken: bool) -> str:
    if not isinstance(value, str) or '"' in value:
        raise ValueError(value)
    if spoken and value in SAID:
        return SAID[value].into(lang)
    return value if re.fullmatch(r"[A-Za-z0-9_.-]+", value) and value not in KEYWORDS else f'"{value}"'


# In


class _Reading:
    """The tokens left of one cell: (kind, text)."""

    def __init__(self, text: str, names: Names) -> None:
        self.names, self.tokens, place = names, [], 0
        while place < len(text.rstrip()):
            found = _TOKEN.match(text, place)
            if not found:
                raise Fault(f"“{text[place : place + 20].strip()}”读不懂", f"“{text[place : place + 20].strip()}” cannot be read")
            self.tokens.append((str(found.lastgroup), _ALIKE.get(found[found.lastgroup or 0], found[found.lastgroup or 0])))
            place = found.end()

    tokens: list[tuple[str, str]]

    def next(self) -> tuple[str, str]:
        if not self.tokens:
            raise Fault("条件没有写完", "the condition is not finished")
        return self.tokens.pop(0)

    def sees(self, *texts: str) -> bool:
        return bool(self.tokens) and self.tokens[0][0] != "text" and self.tokens[0][1].lower() in texts

    def takes(self, words: Words | str) -> bool:
        found = self.sees(*((words,) if isinstance(words, str) else (words.zh, words.en)))
        if found:
            self.tokens.pop(0)
        return found

    def wants(self, mark: str) -> None:
        if not self.takes(mark):
            raise Fault(f"少了“{mark}”", f"“{mark}” is missing")

    def either(self, depth: int) -> dict[str, Any]:
        if depth > DEEPEST:
            raise Fault("条件嵌套过深", "the condition is nested too deeply")
        parts = [self._both(depth)]
        while self.takes(ANY):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else {"any": parts}

    def _both(self, depth: int) -> dict[str, Any]:
        parts = [self._one(depth)]
        while self.takes(ALL):
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else {"all": parts}

    def _one(self, depth: int) -> dict[str, Any]:
        if self.takes(NOT):
            if depth > DEEPEST:
                raise Fault("条件嵌套过深", "the condition is nested too deeply")
            return {"not": self._one(depth + 1)}
        if self.takes("("):
            rule = self.either(depth + 1)
            self.wants(")")
            return rule
        left = self._expression()
        field = left.get("field") if isinstance(left, dict) else None
        if field is not None:
            if self.takes(KNOWN):
                return {"known": field}
            if self.takes(NONE):
                return {"none": field}
            if self.takes(TICKED):
                return {"ticked": [field, self._keys(field)]}
        return self._compared(left, field)

    def _compared(self, left: Any, field: str | None) -> dict[str, Any]:
        kind, sign = self.next()
        name = next((name for name, written in SIGNS.items() if kind == "sign" and written == sign), None)
        if name is None:
            raise Fault(f"“{sign[:40]}”处应写怎样比较，如 =、>=、勾了、已填", f"at “{sign[:40]}” a comparison is wanted: =, >=, ticked, filled")
        if field is not None and self.names.kinds.get(field, ("",))[0] not in ("number", "") and name in ("eq", "ne"):
            held: dict[str, Any] = {"is": [field, self._said(field)]}
        else:
            held = {"eq" if name == "ne" else name: [left, self._expression()]}
        return {"not": held} if name == "ne" else held

    def _expression(self) -> Any:
        """A number, {"field": …} or {"minutes": [from, to]}."""
        kind, text = self.next()
        if kind == "word" and text.lower() in (MINUTES.zh, MINUTES.en) and self.takes("("):
            start = self._field(self.next()[1])
            self.wants(",")
            end = self._field(self.next()[1])
            self.wants(")")
            return {"minutes": [start, end]}
        if kind == "word" and _NUMBER.fullmatch(text) and text not in self.names.kinds:
            return float(text) if "." in text else int(text)
        if kind in ("sign", "mark"):
            raise Fault(f"“{text}”前后读不懂", f"cannot be read near “{text}”")
        return {"field": self._field(text.strip('"“”'))}

    def _field(self, text: str) -> str:
        field = text if text in self.names.kinds else self.names.labels.get(text, text)
        if field not in self.names.kinds:
            raise Fault(f"没有“{text[:40]}”这个字段或检查项", f"there is no field or item “{text[:40]}”")
        return field

    def _keys(self, field: str) -> list[str]:
        keys = [self._said(field)]
        while self.takes(","):
            keys.append(self._said(field))
        return keys

    def _said(self, field: str) -> str:
        """A literal: a key, a choice's label, or one of the usual words; what stands in quotes is itself."""
        kind, text = self.next()
        if kind in ("sign", "mark"):
            raise Fault(f"“{text}”前后读不懂", f"cannot be read near “{text}”")
        if kind == "text":
            quoted = text[1:-1]
            return self.names.choices.get(field, {}).get(quoted, quoted) if quoted not in self.names.kinds[field][1] else quoted
        if text in self.names.kinds[field][1]:
            return text
        return self.names.choices.get(field, {}).get(text) or SPOKEN.get(text, text)
