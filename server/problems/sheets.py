"""The three lists as one Excel file: each list a sheet, the two-row heading that offices use."""

import datetime as dt
import io
from collections.abc import Callable, Iterable

import xlsxwriter

from server.facilities.rules import PARTIES
from server.foundation.words import Words
from server.problems.queries import Problem
from server.problems.rules import LEVELS, WORKFLOW

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_ROWS = 20_000
Cell = Callable[[Problem, str], object]
Column = tuple[Words, int, Cell]


def _word(words: Words, lang: str) -> str:
    return words.into(lang)


NUMBER: Column = (Words("编号", "Number"), 20, lambda p, _: p.number)
FACILITY: Column = (Words("被检查机构", "Facility"), 24, lambda p, _: p.facility)
WHAT: Column = (Words("问题描述", "Problem"), 40, lambda p, _: p.what)
LEVEL: Column = (Words("等级", "Level"), 8, lambda p, lang: _word(LEVELS[p.severity], lang))
DUE: Column = (Words("整改时限", "Due"), 12, lambda p, _: _day(p.due_on))
STATE: Column = (Words("状态", "State"), 12, lambda p, lang: _word(WORKFLOW.state(p.state).words, lang))

LISTS: dict[str, tuple[Words, tuple[Column, ...]]] = {
    "problems": (
        Words("问题清单", "Problem list"),
        (
            NUMBER, (Words("检查时间", "Visited on"), 12, lambda p, _: _day(p.found_on)), (Words("检查单位", "Inspecting bureau"), 20, lambda p, _: p.bureau),
            (Words("检查人", "Inspectors"), 16, lambda p, _: p.inspectors), FACILITY, (Words("点位/环节", "Point/step"), 18, lambda p, _: p.spot),
            WHAT, (Words("依据", "Basis"), 28, lambda p, lang: _word(p.clause, lang)), LEVEL, STATE,
        ),
    ),
    "responsibility": (
        Words("责任清单", "Responsibility list"),
        (
            NUMBER, FACILITY, WHAT, LEVEL, (Words("四方", "Party"), 10, lambda p, lang: _word(PARTIES[p.party], lang)),
            (Words("责任单位", "Responsible unit"), 24, lambda p, _: p.unit), (Words("责任人", "Responsible person"), 14, lambda p, _: p.person),
            (Words("督办领导", "Sponsor"), 14, lambda p, _: p.sponsor), DUE, STATE,
        ),
    ),
    "rectification": (
        Words("整改清单", "Rectification list"),
        (
            NUMBER, FACILITY, WHAT, (Words("整改措施", "Measures"), 32, lambda p, _: p.measures), DUE,
            (Words("整改情况", "Progress"), 32, lambda p, _: p.progress), (Words("整改完成日期", "Put right on"), 12, lambda p, _: _day(p.rectified_on)),
            (Words("复查结果", "Re-check"), 24, lambda p, _: p.recheck), (Words("销号情况", "Closed"), 16, lambda p, _: _closed(p)), STATE,
        ),
    ),
}  # fmt: skip


def workbook(problems: Iterable[Problem], lang: str, told: str) -> bytes:
    """All three lists of the same problems. told: the filters in words, under the title."""
    out, held = io.BytesIO(), list(problems)
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    title = book.add_format({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"})
    head = book.add_format({"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True})
    cell = book.add_format({"border": 1, "valign": "top", "text_wrap": True})
    for name, columns in LISTS.values():
        sheet = book.add_worksheet(name.into(lang))
        sheet.merge_range(0, 0, 0, len(columns), f"{name.into(lang)}　{told}", title)
        sheet.write(1, 0, Words("序号", "No.").into(lang), head)
        for place, (heading, width, _) in enumerate(columns, 1):
            sheet.write(1, place, heading.into(lang), head)
            sheet.set_column(place, place, width)
        for line, problem in enumerate(held, 1):
            sheet.write_number(line + 1, 0, line, cell)
            for place, (_, _, value) in enumerate(columns, 1):
                sheet.write_string(line + 1, place, str(value(problem, lang) or ""), cell)
        sheet.freeze_panes(2, 2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0, 1)
    book.close()
    return out.getvalue()


def _day(on: dt.date | None) -> str:
    return on.isoformat() if on else ""


def _closed(problem: Problem) -> str:
    return f"{_day(problem.closed_on)} {problem.closer}" if problem.closed_on else ""
