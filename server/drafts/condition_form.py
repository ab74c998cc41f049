"""A condition as a few lines of a form: which field, how it is compared, with what. The language itself says more (pass_when.py)."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from server.foundation.pass_when import COMPARISONS, Kinds
from server.foundation.refusal import Refusal
from server.foundation.words import Words

LINES = 4
OPERATIONS = {
    "is": Words("是", "is"), "isnt": Words("不是", "is not"), "ge": Words("不少于", "is at least"), "gt": Words("多于", "is more than"),
    "le": Words("不超过", "is at most"), "lt": Words("少于", "is less than"), "eq": Words("等于", "equals"), "ticked": Words("勾了（全部）", "has ticked (all of)"),
    "unticked": Words("没有全勾", "has not ticked all of"), "none": Words("一个也没勾", "has none ticked"), "known": Words("已填", "is filled in"),
}  # fmt: skip
SPARE = ("none", "known")  # compared with nothing


class Line(msgspec.Struct, frozen=True):
    field: str
    operation: str
    value: str = ""


def rule_of(lines: Sequence[Line], join: str, kinds: Kinds) -> dict[str, Any] | None:
    """The lines as one rule, or None where there is none. Refusal: draft.rule."""
    rules = [_rule(line, kinds) for line in lines if line.field and line.operation]
    return None if not rules else rules[0] if len(rules) == 1 else {"any" if join == "any" else "all": rules}


def _rule(line: Line, kinds: Kinds) -> dict[str, Any]:
    kind = kinds.get(line.field, ("",))[0]
    if line.operation not in OPERATIONS or not kind:
        raise Refusal("draft.rule", reason=f"{line.field} {line.operation}"[:80])
    if line.operation in SPARE:
        return {line.operation: line.field}
    if line.operation in COMPARISONS or kind == "number":
        other: Any = {"field": line.value} if line.value in kinds else _number(line)
        compared = {line.operation if line.operation in COMPARISONS else "eq": [{"field": line.field}, other]}
        return {"not": compared} if line.operation == "isnt" else compared
    if line.operation in ("ticked", "unticked"):
        ticked = {"ticked": [line.field, [key.strip() for key in line.value.replace("，", ",").split(",") if key.strip()]]}
        return ticked if line.operation == "ticked" else {"not": ticked}
    held = {"is": [line.field, line.value]}
    return held if line.operation == "is" else {"not": held}


def _number(line: Line) -> float | int:
    try:
        number = float(line.value)
    except ValueError:
        raise Refusal("draft.rule", reason=f"“{line.value[:40]}” 不是数字 / is no number") from None
    if not abs(number) < 1e12:
        raise Refusal("draft.rule", reason=line.value[:40])
    return int(number) if number.is_integer() else number


def lines_of(rule: Any) -> tuple[list[Line], str] | None:
    """(lines, all or any) of a rule; None where it says more than lines can."""
    if rule is None:
        return [], "all"
    ((name, operand),) = rule.items()
    parts = operand if name in ("all", "any") else [rule]
    lines = [_line(part) for part in parts]
    if len(lines) > LINES or None in lines:
        return None
    return [line for line in lines if line], name if name in ("all", "any") else "all"


def _line(rule: Mapping[str, Any], negated: bool = False) -> Line | None:
    ((name, operand),) = rule.items()
    if name == "not" and not negated:
        return _line(operand, True)
    if name in SPARE and not negated:
        return Line(operand, name)
    if name == "is" and isinstance(operand[1], str):
        return Line(operand[0], "isnt" if negated else "is", operand[1])
    if name == "ticked":
        return Line(operand[0], "unticked" if negated else "ticked", ", ".join(operand[1]))
    if name in COMPARISONS and (not negated or name == "eq"):
        left, right = operand
        field = left.get("field") if isinstance(left, Mapping) else None
        value = right.get("field") if isinstance(right, Mapping) else right
        if field and value is not None:
            return Line(field, "isnt" if negated else name, str(value))
    return None
