"""The ledger as an Excel file, row by row: one sheet with the two-row heading that offices use, and the three lists beside it."""

import tempfile
from collections.abc import Callable, Sequence
from typing import IO, Any

from server.facilities.rules import PARTIES
from server.foundation.words import Words
from server.problems.filters import MARK_WORDS
from server.problems.queries import Problem
from server.problems.rules import LEVELS, masked
from server.problems.workflow import WORKFLOW
from server.sheets import writing

MOST_IN_LISTS = 20_000  # rows up to which the three lists stand beside the ledger: each costs as much as the ledger itself
Cell = Callable[[Problem, str], object]
Column = tuple[Words, int, Cell]


def _day(on: Any) -> str:
    return on.isoformat() if on else ""


def _closed(problem: Problem) -> str:
    return f"{_day(problem.closed_on)} {problem.closer}" if problem.closed_on else ""


def _marks(problem: Problem, lang: str) -> str:
    return "、".join(MARK_WORDS[name].into(lang) for name, is_set in (("supervised", problem.is_supervised), ("referred", problem.is_referred)) if is_set)


NUMBER: Column = (Words("编号", "Number"), 20, lambda p, _: p.number)
FACILITY: Column = (Words("被检查机构", "Facility"), 24, lambda p, _: p.facility)
WHAT: Column = (Words("问题描述", "Problem"), 40, lambda p, _: p.what)
LEVEL: Column = (Words("等级", "Level"), 8, lambda p, lang: LEVELS[p.severity].into(lang))
DUE: Column = (Words("整改时限", "Due"), 12, lambda p, _: _day(p.due_on))
STATE: Column = (Words("状态", "State"), 12, lambda p, lang: WORKFLOW.state(p.state).words.into(lang))
FOUND: tuple[Column, ...] = (
    (Words("检查时间", "Visited on"), 12, lambda p, _: _day(p.found_on)), (Words("检查单位", "Inspecting bureau"), 20, lambda p, _: p.bureau),
    (Words("检查人", "Inspectors"), 16, lambda p, _: p.inspectors), FACILITY, (Words("点位/环节", "Point/step"), 18, lambda p, _: p.spot),
    WHAT, (Words("依据", "Basis"), 28, lambda p, lang: p.clause.into(lang)), LEVEL,
)  # fmt: skip
ANSWERS: tuple[Column, ...] = (
    (Words("四方", "Party"), 10, lambda p, lang: PARTIES[p.party].into(lang)), (Words("责任单位", "Responsible unit"), 24, lambda p, _: p.unit),
    (Words("责任人", "Responsible person"), 14, lambda p, _: p.person), (Words("督办领导", "Sponsor"), 14, lambda p, _: p.sponsor),
    (Words("通知书文号", "Notice"), 20, lambda p, _: p.notice), (Words("下达日期", "Issued on"), 12, lambda p, _: _day(p.issued_on)),
)  # fmt: skip
MEASURES: Column = (Words("整改措施", "Measures"), 32, lambda p, _: p.measures)
MORE_TIME: tuple[Column, ...] = (
    (Words("原定时限", "First due"), 12, lambda p, _: _day(p.original_due_on) if p.original_due_on != p.due_on else ""),
    (Words("延期至", "Extended to"), 12, lambda p, _: _day(p.due_on) if p.extensions else ""),
)  # fmt: skip
MARKS: Column = (Words("挂牌督办/移送", "Supervised/referred"), 16, _marks)
RESULTS: tuple[Column, ...] = (
    (Words("整改情况", "Progress"), 32, lambda p, _: p.progress), (Words("整改完成日期", "Put right on"), 12, lambda p, _: _day(p.rectified_on)),
    (Words("复查结果", "Re-check"), 24, lambda p, _: p.recheck), (Words("销号情况", "Closed"), 16, lambda p, _: _closed(p)),
)  # fmt: skip

LISTS: dict[str, tuple[Words, tuple[Column, ...]]] = {
    "problems": (Words("问题清单", "Problem list"), (NUMBER, *FOUND, STATE)),
    "responsibility": (Words("责任清单", "Responsibility list"), (NUMBER, FACILITY, WHAT, LEVEL, *ANSWERS, DUE, STATE)),
    "rectification": (Words("整改清单", "Rectification list"), (NUMBER, FACILITY, WHAT, MEASURES, DUE, *MORE_TIME, *RESULTS, MARKS, STATE)),
}
# The ledger: each list's own columns under its name, nothing twice.
GROUPS: tuple[tuple[Words, tuple[Column, ...]], ...] = (
    (LISTS["problems"][0], FOUND), (LISTS["responsibility"][0], ANSWERS), (LISTS["rectification"][0], (MEASURES, DUE, *MORE_TIME, *RESULTS, MARKS, STATE)),
)  # fmt: skip
LEDGER = Words("台账", "Ledger")
SERIAL = Words("序号", "No.")


class Book:
    """A file that grows by pages of problems and holds one row in memory. It has no name on the disk: closed, it is gone.

    told: what is filtered, in words, in the title. named: whether the reader may have the names of officers whole.
    """

    def __init__(self, lang: str, told: str, with_lists: bool, named: Callable[[Problem], bool]) -> None:
        self.lang, self.named, self.line = lang, named, 0
        self.folder = tempfile.TemporaryDirectory(prefix="dugai-xlsx-")
        self.file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 -- given on, closed by whoever sends it
        self.book = writing.workbook(self.file, constant_memory=True, tmpdir=self.folder.name)
        self.title = self.book.add_format({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"})
        self.head = self.book.add_format({"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True})
        self.cell = self.book.add_format({"border": 1, "valign": "top", "text_wrap": True})
        self.sheets = [self._ledger(told)]
        if with_lists:
            self.sheets += [self._list(name, columns, told) for name, columns in LISTS.values()]

    def add(self, problems: Sequence[Problem]) -> None:
        for problem in problems:
            self.line += 1
            shown = problem if self.named(problem) else masked(problem)
            for sheet, below, columns in self.sheets:
                row = below + self.line
                sheet.write_number(row, 0, self.line, self.cell)
                for place, (_, _, value) in enumerate(columns, 1):
                    sheet.write_string(row, place, str(value(shown, self.lang) or ""), self.cell)

    def finish(self) -> IO[bytes]:
        """The whole file, at its beginning."""
        try:
            self.book.close()
        finally:
            self.folder.cleanup()
        self.file.seek(0)
        return self.file

    def drop(self) -> None:
        """Leave nothing behind of a file that is not wanted any more."""
        for sheet, _, _ in self.sheets:
            sheet.row_data_fh.close()
        self.book.fileclosed = 1  # it would complain on its way out
        self.folder.cleanup()
        self.file.close()

    def _ledger(self, told: str) -> tuple[Any, int, tuple[Column, ...]]:
        """A title, the lists' names over their columns, the columns. Rows are written downwards: what is above is gone."""
        columns = (NUMBER, *(column for _, group in GROUPS for column in group))
        sheet = self._sheet(LEDGER, columns, told, rows=3)
        alone = (SERIAL, NUMBER[0])
        for place, words in enumerate(alone):
            sheet.write_string(1, place, words.into(self.lang), self.head)
            sheet.merge.append([1, place, 2, place])  # merge_range would write both rows at once, and the first is not done yet
        place = len(alone)
        for words, group in GROUPS:
            sheet.merge_range(1, place, 1, place + len(group) - 1, words.into(self.lang), self.head)
            place += len(group)
        self._headings(sheet, 2, columns)
        for place, _ in enumerate(alone):
            sheet.write_blank(2, place, None, self.head)
        return sheet, 2, columns

    def _list(self, name: Words, columns: tuple[Column, ...], told: str) -> tuple[Any, int, tuple[Column, ...]]:
        sheet = self._sheet(name, columns, told, rows=2)
        self._headings(sheet, 1, columns)
        return sheet, 1, columns

    def _sheet(self, name: Words, columns: tuple[Column, ...], told: str, rows: int) -> Any:
        sheet = self.book.add_worksheet(name.into(self.lang))
        for place, (_, width, _) in enumerate(columns, 1):
            sheet.set_column(place, place, width)
        sheet.freeze_panes(rows, 2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0, rows - 1)
        sheet.merge_range(0, 0, 0, len(columns), f"{name.into(self.lang)}　{told}", self.title)
        return sheet

    def _headings(self, sheet: Any, row: int, columns: tuple[Column, ...]) -> None:
        sheet.write_string(row, 0, SERIAL.into(self.lang), self.head)
        for place, (heading, _, _) in enumerate(columns, 1):
            sheet.write_string(row, place, heading.into(self.lang), self.head)
