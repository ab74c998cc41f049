"""Figures kept with the writes: what a row counted for as it stood is taken off, what it counts for as it stands is put on, in one transaction.

Whoever asks then reads some hundred figures, however many rows there are. They are made from the rows and can be made anew from them.
"""

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tortoise import Model

from server.database.shape import key, table
from server.database.writer import Row, Writer

Cell = tuple[str, str, dt.date, str]  # place, kind, falls_on, value: the key of `tally`
Counted = Callable[[Mapping[str, Any]], Iterable[tuple[Cell, int]]]  # a row, columns with a default perhaps left out → the cells that it is one of (n), and whether of those in m too
PAGE = 500
ADD = (
    "insert into tally (place, kind, falls_on, value, n, m) values (?, ?, ?, ?, ?, ?) "
    "on conflict (place, kind, falls_on, value) do update set n = tally.n + excluded.n, m = tally.m + excluded.m"
)
KEPT: dict[type[Model], Counted] = {}


def keep(model: type[Model], counted: Counted) -> None:
    """Say once what the rows of a model count for; from then on every write of them is counted."""
    KEPT[model] = counted


class Sums:
    """Cells with what is to be added to each."""

    def __init__(self) -> None:
        self.cells: dict[Cell, list[int]] = {}

    def count(self, model: type[Model], row: Row | None, sign: int = 1) -> None:
        """Put a row on, or with -1 take it off. None, a row that there is not, counts for nothing."""
        if row is None:
            return
        for cell, m in KEPT[model](row):
            if sums := self.cells.get(cell):
                sums[0] += sign
                sums[1] += sign * m
            else:
                self.cells[cell] = [sign, sign * m]

    async def write(self, writer: Writer) -> None:
        changed = [(*cell, n, m) for cell, (n, m) in self.cells.items() if n or m]
        if changed:
            await writer.many(ADD, changed)


async def keep_moved(writer: Writer, path: str, to: str) -> None:
    """Before the rows below a path go elsewhere in the tree: they are counted there."""
    for model in KEPT:
        sums, last = Sums(), ""
        while page := await writer.query(
            f'select * from "{table(model)}" where place_path >= ? and place_path < ? and {key(model)} > ? order by {key(model)} limit {PAGE}',
            path, path + "~", last,
        ):  # fmt: skip
            for row in page:
                sums.count(model, row, -1)
                sums.count(model, {**row, "place_path": to + row["place_path"][len(path) :]})
            last = page[-1][key(model)]
            await asyncio.sleep(0)
        await sums.write(writer)
