"""The `relevant` of an XLSForm as a condition of ours: comparisons of earlier answers with literals, and, or, not(), selected()."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from server.foundation.pass_when import DEEPEST, Fault

SIGNS = {"=": "eq", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
TURNED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_TOKEN = re.compile(
    r"\s*(?:\$\{\s*(?P<name>[^}\s]+)\s*\}|'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\"|(?P<number>-?\d{1,12}(?:\.\d{1,12})?)(?![\w.])|(?P<sign><=|>=|!=|[=<>(),])|(?P<word>[A-Za-z][\w-]*))"
)


class Target(msgspec.Struct, frozen=True):
    """What a reference stands for. kind: judged (choices: name to pass, fail or na), or a field's type; field: "ITEM" or "ITEM.FIELD"."""

    kind: str
    field: str
    choices: Mapping[str, str] = {}


Known = Callable[[str], Target]
"""The target of a name. Raises Fault where it is not there, not earlier, or was not taken."""


def rule_of(text: str, known: Known) -> dict[str, Any]:
    """Raises Fault, saying what cannot be taken."""
    reading = _Reading(text, known)
    rule = reading.either(0)
    if reading.tokens:
        raise _unread(reading.tokens[0][1])
    return rule


def _unread(text: str) -> Fault:
    return Fault(f"“{text[:40]}”没有对应的写法", f"“{text[:40]}” has no counterpart")


class _Reading:
    """The tokens left: (kind, text)."""

    tokens: list[tuple[str, str]]

    def __init__(self, text: str, known: Known) -> None:
        self.known, self.tokens, place = known, [], 0
        while place < len(text.rstrip()):
            found = _TOKEN.match(text, place)
            if not found:
                raise _unread(text[place:].strip())
            kind = str(found.lastgroup)
            self.tokens.append(("text" if kind in ("single", "double") else kind, found[kind]))
            place = found.end()

    def takes(self, *texts: str) -> bool:
        found = bool(self.tokens) and self.tokens[0][0] in ("sign", "word") and self.tokens[0][1].lower() in texts
        if found:
            self.tokens.pop(0)
        return found

    def next(self) -> tuple[str, str]:
        if not self.tokens:
            raise Fault("没有写完", "it is not finished")
        return self.tokens.pop(0)

    def wants(self, sign: str) -> None:
        if not self.takes(sign):
            raise Fault(f"少了“{sign}”", f"“{sign}” is missing")

    def either(self, depth: int) -> dict[str, Any]:
        if depth > DEEPEST:
            raise Fault("嵌套过深", "it is nested too deeply")
        parts = [self._both(depth)]
        while self.takes("or"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else {"any": parts}

    def _both(self, depth: int) -> dict[str, Any]:
        parts = [self._one(depth)]
        while self.takes("and"):
            parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else {"all": parts}

    def _one(self, depth: int) -> dict[str, Any]:
        if self.takes("("):
            rule = self.either(depth + 1)
            self.wants(")")
            return rule
        if self.takes("not"):
            self.wants("(")
            rule = self.either(depth + 1)
            self.wants(")")
            return {"not": rule}
        if self.takes("selected"):
            return self._selected()
        left, (_, sign), right = self.next(), self.next(), None
        if sign not in TURNED:
            raise _unread(sign)
        right = self.next()
        if left[0] != "name":
            left, right, sign = right, left, TURNED[sign]
        if left[0] != "name":
            raise _unread(left[1])
        return _compared(self.known(left[1]), sign, right, self.known)

    def _selected(self) -> dict[str, Any]:
        self.wants("(")
        kind, name = self.next()
        self.wants(",")
        literal = self.next()
        self.wants(")")
        if kind != "name" or literal[0] != "text":
            raise _unread("selected(…)")
        target = self.known(name)
        if target.kind == "choices":
            return {"ticked": [target.field, [_choice(target, literal[1])]]}
        return _compared(target, "=", literal, self.known)


def _compared(target: Target, sign: str, right: tuple[str, str], known: Known) -> dict[str, Any]:
    kind, said = right
    if kind == "text" and not said and sign in ("=", "!="):
        held: dict[str, Any] = {"known": target.field}
        if sign == "=":
            raise Fault("“没有填”不能作条件", "“not filled in” cannot be a condition")
        return held
    if target.kind == "number":
        return _counted(target, sign, right, known)
    if sign not in ("=", "!=") or target.kind == "choices" or kind not in ("text", "number"):
        raise Fault(f"“{target.field}”不能这样比较", f"“{target.field}” cannot be compared so")
    held = {"is": [target.field, _choice(target, said) if target.choices else said]}
    return held if sign == "=" else {"not": held}


def _counted(target: Target, sign: str, right: tuple[str, str], known: Known) -> dict[str, Any]:
    kind, said = right
    if kind == "name":
        other = known(said)
        if other.kind != "number":
            raise Fault(f"“{said}”不是数字", f"“{said}” is no number")
        side: Any = {"field": other.field}
    elif re.fullmatch(r"-?\d{1,12}(\.\d{1,12})?", said):
        side = float(said) if "." in said else int(said)
    else:
        raise Fault(f"“{said[:40]}”不是数字", f"“{said[:40]}” is no number")
    if sign == "!=":
        return {"not": {"eq": [{"field": target.field}, side]}}
    return {SIGNS[sign]: [{"field": target.field}, side]}


def _choice(target: Target, said: str) -> str:
    if said not in target.choices:
        raise Fault(f"“{target.field}”没有选项“{said[:40]}”", f"“{target.field}” offers no “{said[:40]}”")
    return target.choices[said]
