"""A plan's visits as an Excel file: by place and day, never by person."""

import datetime as dt
import io
from collections.abc import Iterable, Mapping

from server.foundation.words import Words
from server.plans.rows import Assignment, Plan, Taken
from server.plans.rules import KINDS, MODES, STANDS
from server.sheets import writing

COLUMNS = (
    (Words("主管单位", "Bureau"), 22), (Words("被检查机构", "Facility"), 28), (Words("期限", "Due"), 12), (Words("检查人", "Inspectors"), 18),
    (Words("情况", "State"), 12), (Words("检查日期", "Visited on"), 12), (Words("回执号", "Receipt"), 22), (Words("备注", "Remarks"), 36),
)  # fmt: skip


def workbook(plan: Plan, visits: Iterable[Assignment], taken: Mapping[str, list[Taken]], lang: str) -> bytes:
    out = io.BytesIO()
    book = writing.workbook(out, in_memory=True)
    title = book.add_format({"bold": True, "font_size": 16, "align": "center", "valign": "vcenter"})
    head = book.add_format({"bold": True, "border": 1, "align": "center", "valign": "vcenter", "text_wrap": True})
    cell = book.add_format({"border": 1, "valign": "top", "text_wrap": True})
    sheet = book.add_worksheet(Words("检查计划", "Plan").into(lang))
    told = f"{plan.title}　{plan.from_on}—{plan.until_on}　{KINDS[plan.kind].into(lang)}　{MODES[plan.mode].into(lang)}"
    sheet.merge_range(0, 0, 0, len(COLUMNS), told, title)
    sheet.write_string(1, 0, Words("序号", "No.").into(lang), head)
    for place, (heading, width) in enumerate(COLUMNS, 1):
        sheet.write_string(1, place, heading.into(lang), head)
        sheet.set_column(place, place, width)
    for line, visit in enumerate(visits, 1):
        sheet.write_number(line + 1, 0, line, cell)
        for place, value in enumerate(_cells(visit, taken.get(visit.id, []), lang), 1):
            sheet.write_string(line + 1, place, value, cell)
    sheet.freeze_panes(2, 3)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0, 1)
    book.close()
    return out.getvalue()


def _cells(visit: Assignment, made: list[Taken], lang: str) -> tuple[str, ...]:
    stands = next((one for one in made if one.id == visit.visit_id), None)
    others = [one.number for one in made if one.id != visit.visit_id]
    doubled = Words("另有检查：", "also visited: ").into(lang) + "、".join(others) if others else ""
    who = stands.inspectors if stands else "、".join(name for name in (visit.first, visit.second) if name)
    return (
        visit.bureau or "", visit.facility, visit.due_on.isoformat(), who, STANDS[visit.stands].into(lang), _day(visit.done_on),
        stands.number if stands else "", "　".join(text for text in (visit.reason, doubled) if text),
    )  # fmt: skip


def _day(on: dt.date | None) -> str:
    return on.isoformat() if on else ""
