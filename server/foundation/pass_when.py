"""The small language in which a checklist says what counts as a pass, spoken alike by static/js/lib/pass_when.js.

A rule is an object with one key; a verdict is True, False, or None while the values given do not yet decide it.

    {"is": [FIELD, literal]}                      the field holds this text or number
    {"eq"|"le"|"lt"|"ge"|"gt": [EXPR, EXPR]}      EXPR: a number, {"field": FIELD} or {"minutes": [FROM, TO]}
    {"all": [RULE, …]}  {"any": [RULE, …]}  {"not": RULE}
    {"ticked": [FIELD, [KEY, …]]}                 all of these are ticked
    {"none": FIELD}                               nothing is ticked, and that was said
    {"known": FIELD}                              the field is filled in; until then undecided, never False

Filling in more never overturns a verdict that has been reached: the phone may speak as soon as it knows.
"""

import datetime as dt
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

Rule = Mapping[str, Any]
Values = Mapping[str, Any]
Kinds = Mapping[str, tuple[str, frozenset[str]]]
"""For each field its type and, where it offers a choice, the keys to choose from."""

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "eq": operator.eq, "le": operator.le, "lt": operator.lt, "ge": operator.ge, "gt": operator.gt,
}  # fmt: skip
DEEPEST = 8


class Fault(Exception):
    """Why a rule cannot be read, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


# What a rule says about the values


def verdict(rule: Rule | None, values: Values | None) -> bool | None:
    """Whether these values pass. The rule has been checked before; values may be anything."""
    if rule is None:
        return None
    ((name, operand),) = rule.items()
    if name in COMPARISONS:
        return _compared(COMPARISONS[name], operand, values or {})
    return _VERDICTS[name](operand, values or {})


def _compared(holds: Callable[[float, float], bool], operand: Any, values: Values) -> bool | None:
    left, right = (_number(expression, values) for expression in operand)
    return None if left is None or right is None else holds(left, right)


def _is(operand: Any, values: Values) -> bool | None:
    field, literal = operand
    value = _given(values, field)
    return None if value is None else not isinstance(value, bool) and bool(value == literal)


def _all(rules: Iterable[Rule], values: Values) -> bool | None:
    verdicts = [verdict(rule, values) for rule in rules]
    return False if False in verdicts else None if None in verdicts else True


def _any(rules: Iterable[Rule], values: Values) -> bool | None:
    verdicts = [verdict(rule, values) for rule in rules]
    return True if True in verdicts else None if None in verdicts else False


def _not(rule: Rule, values: Values) -> bool | None:
    said = verdict(rule, values)
    return None if said is None else not said


def _ticked(operand: Any, values: Values) -> bool | None:
    field, keys = operand
    value = _given(values, field)
    return all(key in value for key in keys) if isinstance(value, list | tuple) else None


def _none(field: str, values: Values) -> bool | None:
    value = _given(values, field)
    return not value if isinstance(value, list | tuple) else None


def _known(field: str, values: Values) -> bool | None:
    return None if _given(values, field) is None else True


_VERDICTS: dict[str, Callable[[Any, Values], bool | None]] = {
    "is": _is, "all": _all, "any": _any, "not": _not, "ticked": _ticked, "none": _none, "known": _known,
}  # fmt: skip


def _given(values: Values, field: str) -> Any:
    value = values.get(field)
    return None if value == "" else value


def _number(expression: Any, values: Values) -> float | None:
    if not isinstance(expression, Mapping):
        return finite(expression)
    if "minutes" in expression:
        start, end = (moment(_given(values, field)) for field in expression["minutes"])
        return None if start is None or end is None else (end - start) / 60_000
    return finite(_given(values, expression["field"]))


def finite(value: object) -> float | None:
    """A number that is one; a truth value, a text, an infinity are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def moment(text: object) -> int | None:
    """Milliseconds since 1970 of an instant written with its offset, 2026-11-23T08:00:00+08:00; else None."""
    found = _MOMENT.fullmatch(text) if isinstance(text, str) else None
    if not found:
        return None
    *parts, second, fraction, sign, hours, minutes = found.groups()
    offset = (int(hours or 0) * 60 + int(minutes or 0)) * 60_000
    if int(hours or 0) > 23 or int(minutes or 0) > 59:
        return None
    try:
        day = dt.datetime(*map(int, parts), int(second or 0), int((fraction or "").ljust(3, "0")) * 1000)  # type: ignore[arg-type,call-arg]
    except ValueError:
        return None
    return (day - _EPOCH) // dt.timedelta(milliseconds=1) - (-offset if sign == "-" else offset)


_EPOCH = dt.datetime(1970, 1, 1)
_MOMENT = re.compile(
    r"([1-9][0-9]{3})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,3}))?)?(?:Z|([+-])([0-9]{2}):([0-9]{2}))"
)


# Whether a rule can be read


def check_rule(rule: object, kinds: Kinds, depth: int = 0) -> None:
    """Raises Fault where the rule is not of the language or speaks of what the item does not ask."""
    if depth > DEEPEST:
        raise Fault("通过条件嵌套过深", "pass_when is nested too deeply")
    if not isinstance(rule, Mapping) or len(rule) != 1:
        raise Fault("通过条件应为只有一个键的对象", "a rule of pass_when is an object with one key")
    ((name, operand),) = rule.items()
    if name in ("all", "any"):
        for part in _several(operand, name):
            check_rule(part, kinds, depth + 1)
    elif name == "not":
        check_rule(operand, kinds, depth + 1)
    elif name in COMPARISONS:
        for expression in _several(operand, name, 2):
            _check_expression(expression, kinds)
    elif name in _VERDICTS:
        _check_field_rule(name, operand, kinds)
    else:
        raise Fault(f"通过条件中没有“{name}”", f"pass_when knows no “{name}”")


def _check_field_rule(name: str, operand: object, kinds: Kinds) -> None:
    field, wanted = _several(operand, name, 2) if name in ("is", "ticked") else (operand, None)
    kind, keys = _kind(field, kinds)
    if name in ("ticked", "none") and kind != "choices":
        raise Fault(f"“{field}”不是多选", f"“{field}” is not a field of several choices")
    if name == "ticked":
        wanted = _several(wanted, name)
    if name == "is":
        _check_literal(field, wanted, kind)
    for key in wanted if isinstance(wanted, list | tuple) else [wanted] if name == "is" else []:
        if name == "ticked" and not isinstance(key, str):
            raise Fault(f"“{field}”的选项写得不对", f"the choices of “{field}” are not written right")
        if keys and key not in keys:
            raise Fault(f"“{field}”没有选项“{key}”", f"“{field}” offers no “{key}”")


def _check_literal(field: object, literal: object, kind: str) -> None:
    fits = finite(literal) is not None if kind == "number" else isinstance(literal, str)
    if not fits or kind == "choices":
        raise Fault(f"“{field}”不能与该值比较", f"“{field}” cannot be compared with this literal")


def _check_expression(expression: object, kinds: Kinds) -> None:
    if finite(expression) is not None:
        return
    if not isinstance(expression, Mapping) or len(expression) != 1:
        raise Fault("比较的一方应为数字、field 或 minutes", "a side of a comparison is a number, a field or minutes")
    ((name, operand),) = expression.items()
    if name not in ("field", "minutes"):
        raise Fault(f"比较中没有“{name}”", f"a comparison knows no “{name}”")
    for field in [operand] if name == "field" else _several(operand, name, 2):
        kind, _ = _kind(field, kinds)
        if kind != ("number" if name == "field" else "datetime"):
            raise Fault(f"“{field}”的类型不能这样比较", f"“{field}” is of a type that cannot be compared so")


def _several(operand: object, name: str, count: int | None = None) -> list[Any]:
    if not isinstance(operand, list | tuple) or not operand or (count and len(operand) != count):
        raise Fault(f"“{name}”后面的内容不对", f"what follows “{name}” is not right")
    return list(operand)


def _kind(field: object, kinds: Kinds) -> tuple[str, frozenset[str]]:
    if not isinstance(field, str) or field not in kinds:
        raise Fault(f"通过条件提到没有的字段“{field}”", f"pass_when speaks of an unknown field “{field}”")
    return kinds[field]
