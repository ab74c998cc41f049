"""Whether a passing condition can be met at all: "more than 5 and less than 3" asks for the impossible.

The values that could matter are few: those beside every number a rule names, every choice, some sets of choices. All of their
combinations are tried; a rule with too many of them is believed.
"""

import datetime as dt
import itertools
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from server.foundation.pass_when import Kinds, Rule, finite, verdict

MOST_TRIED = 20_000
MOST_IN_A_TABLE = 50_000  # about a second's work; tables that people write need some hundreds
NOON = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


class Patience:
    """How many combinations may still be tried for one table: rules that come after are believed."""

    def __init__(self) -> None:
        self.left = MOST_IN_A_TABLE

    def spend(self, count: int) -> bool:
        """Whether there was enough left."""
        enough = count <= self.left
        self.left -= count if enough else 0
        return enough


def meetable(rule: Rule, kinds: Kinds, patience: Patience | None = None) -> bool:
    """Whether some answer passes. The rule has been checked against these kinds."""
    named = [field for field in kinds if field in set(_texts(rule))]
    numbers = sorted(set(_numbers(rule)))
    tried = [[None, *_candidates(*kinds[field], rule, numbers)] for field in named]
    count = math.prod(len(values) for values in tried)
    if count > MOST_TRIED or (patience and not patience.spend(count)):
        return True
    return any(verdict(rule, dict(zip(named, values, strict=True))) for values in itertools.product(*tried))


def _candidates(kind: str, keys: frozenset[str], rule: Rule, numbers: list[float]) -> Iterable[Any]:
    if kind == "number":
        return sorted({value for number in (0.0, *numbers) for value in (number - 1, number, number + 1) if value >= 0})
    if kind == "datetime":
        steps = {minutes + more for minutes in (0.0, *numbers) for more in (-1, 0, 1) if abs(minutes) < 1e7}
        return [(NOON + dt.timedelta(minutes=step)).isoformat(timespec="seconds") for step in sorted(steps)]
    if kind == "choices":
        every = sorted(keys)
        return [[], every, *([key] for key in every), *([key for key in every if key != left] for left in every), *_ticked(rule)]
    if kind in ("choice", "yes_no"):
        return sorted(keys) or ["yes", "no"]
    return ["2026-01-01" if kind == "date" else "-", *_texts(rule)]


def _ticked(rule: Any) -> Iterator[list[str]]:
    if isinstance(rule, Mapping):
        for name, operand in rule.items():
            if name == "ticked":
                yield list(operand[1])
            else:
                yield from _ticked(operand)
    elif isinstance(rule, list | tuple):
        for part in rule:
            yield from _ticked(part)


def _texts(rule: Any) -> Iterator[str]:
    if isinstance(rule, str):
        yield rule
    else:
        for part in _parts(rule):
            yield from _texts(part)


def _numbers(rule: Any) -> Iterator[float]:
    number = finite(rule)
    if number is not None:
        yield number
    else:
        for part in _parts(rule):
            yield from _numbers(part)


def _parts(rule: Any) -> Iterable[Any]:
    return rule.values() if isinstance(rule, Mapping) else rule if isinstance(rule, list | tuple) else ()
