"""Ledgers as offices keep them, made here: one with everything that goes wrong, one clean one, and one of any size."""

import datetime as dt
import io
from typing import Any

import xlsxwriter

COLUMNS = (
    "序号", "检查时间", "检查单位", "检查人", "被检查机构", "点位/环节", "问题描述", "依据", "等级", "责任单位", "责任人", "督办领导", "整改措施", "整改时限",
    "整改情况", "整改完成日期", "复查结果", "销号情况", "备注",
)  # fmt: skip
GROUPED = {"责任清单": (9, 11), "整改清单": (12, 17)}  # the upper row of the heading
HOME, CHILDREN = "安康养老院", "儿童福利院"


def row(number: object, on: object, facility: str, what: str, **other: object) -> list[Any]:
    """One row in the order of COLUMNS; other: by English name, as in fields."""
    cells: dict[str, Any] = {
        "origin": number, "found_on": on, "bureau": "万州区民政局", "inspectors": "周敏、何川", "facility": facility, "point": "食堂/储存", "what": what,
        "basis": "渝民〔2020〕250号", "severity": "一般", "unit": facility, "person": "谭秀梅", "sponsor": "冉国强", "measures": "立即清理并每日检查", "due_on": "2025.8.30",
        "progress": "已整改", "rectified_on": "2025.8.20", "recheck": "", "closing": "", "notes": "",
    }  # fmt: skip
    return list({**cells, **other}.values())


MESSY: list[list[Any]] = [
    row(1, "2025.8.4", HOME, "冰箱内生熟食品混放"),
    row(2, "2025/8/4", "安康 养老院", "灭火器2具压力不足，床位间距3.5 米"),
    row(3, "2025-08-05", "万州区安康养老院", "留样不足48小时", severity="较大"),
    row(4, "2025年8月5日", "安康养老院有限公司", "值班记录不全", severity="重大隐患"),
    row(5, "8月6日", HOME, "消毒记录缺4天"),
    row(6, "8.7", HOME, "食堂排水不畅", progress="整改中", rectified_on=""),
    row(7, "20250808", CHILDREN, "出入登记不全", progress="未整改", rectified_on=""),
    row(8, 45880, CHILDREN, "教室插座松动", progress="已整改销号", closing="2025.9.1已销号"),
    row(9, "2025.8.4-8.6", CHILDREN, "台账不全"),
    row(10, "2025.8.11", HOME, "通道堆物", due_on="立即", progress="立行立改"),
    row(11, "2025.8.11", HOME, "浴室无防滑垫", due_on="8月底", progress="现场处置"),
    row(12, "2025.2.30", HOME, "这一天没有"),
    row(13, "2025.8.12", "安康养老苑", "名册里没有的名称"),
    row(14, "2025.8.12", "不存在的敬老院", "认不出的机构"),
    row(15, "2025.8.12", HOME, "1.灭火器过期；2.应急灯不亮；3.疏散图缺失", measures="1.更换；2.维修；3.补贴", progress="已整改"),
    row(16, "2025.8.13", HOME, "（1）食堂未公示（2）留样无标签", measures="逐项整改到位并报送", progress="长期坚持"),
    row(17, "2025.8.13", HOME, "①厨师未戴口罩②案板混用", progress="立即整改"),
    row(18, "2025.8.13", HOME, "一、制度未上墙；二、培训无记录", progress=""),
    row(19, "2025.8.14", HOME, "责任写颠倒", unit="谭秀梅", person=HOME),
    row(20, "2025.8.14", HOME, "责任单位写成人名", unit="向师傅", person=""),
    row(21, "2025.8.14", "周敏", "机构写到检查人", inspectors=CHILDREN),
    row(22, "2025.8.15", HOME, "进度没有写", progress="", rectified_on=""),
    row(23, "2025.8.15", HOME, "时限也没有写", progress="", rectified_on="", due_on=""),
    row(24, "2025.8.15", HOME, "字很多" * 20, notes="电话另报😀"),
    row(25, "2025.8.16", HOME, "看不见的\u202e符号"),
    row(26, "2025.8.16", HOME, "分行写的问题；\n另一行的问题。"),
    row(27, "2025.8.16", HOME, "级别写法不同", severity="严重"),
    row(28, "2025.8.17", HOME, "已复查", recheck="复查合格", progress="已整改"),
    row(29, "2025.8.17", HOME, "已销号", closing="是", progress="已整改"),
    row(30, "2025.8.4", HOME, "冰箱内生熟食品混放"),
    row(31, "2025.8.18", HOME, "=SUM(A1:A3)公式一样的文字"),
]  # fmt: skip


def messy() -> bytes:
    """Title, two-row heading, a numbers row, the heading again in the middle, merged cells, two sheets, a foot."""
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False})
    sheet = made.add_worksheet("台账")
    sheet.merge_range(0, 0, 0, len(COLUMNS) - 1, "万州区民政局2025年安全检查问题台账")
    _heading(sheet, 1)
    sheet.write_row(3, 0, list(range(1, len(COLUMNS) + 1)))
    line = 4
    for number, cells in enumerate(MESSY):
        if number == 15:
            sheet.write_row(line, 0, COLUMNS)
            line += 1
        for place, cell in enumerate(cells):
            sheet.write(line, place, cell)
        line += 1
    sheet.merge_range(line, 4, line + 1, 4, HOME)  # facility and day reach over two rows
    sheet.merge_range(line, 1, line + 1, 1, "2025.8.19")
    for offset, what in enumerate(("合并单元格的第一条", "合并单元格的第二条")):
        for place, cell in enumerate(row(32 + offset, "", "", what)):
            if place not in (1, 4):
                sheet.write(line + offset, place, cell)
    for place, cell in enumerate(row(34, "", "", "日期和机构没有写")):
        sheet.write(line + 2, place, cell)
    sheet.write(line + 4, 0, "合计")
    sheet.write(line + 4, 6, "34 条")
    sheet.merge_range(line + 5, 0, line + 5, 5, "填表人：陈静")
    other = made.add_worksheet("2024年")
    other.write_row(0, 0, COLUMNS)
    other.write_row(1, 0, row(1, "12.3", CHILDREN, "上一年的问题", due_on="12月20日前"))
    made.add_worksheet("说明").write(0, 0, "本表由各科室填报")
    made.close()
    return out.getvalue()


def _heading(sheet: Any, top: int) -> None:
    grouped = {place for first, last in GROUPED.values() for place in range(first, last + 1)}
    for name, (first, last) in GROUPED.items():
        sheet.merge_range(top, first, top, last, name)
    for place, name in enumerate(COLUMNS):
        if place in grouped:
            sheet.write(top + 1, place, name)
        else:
            sheet.merge_range(top, place, top + 1, place, name)


def clean(count: int = 12, first: dt.date = dt.date(2025, 3, 1), facility: str = HOME, tag: str = "") -> bytes:
    """A ledger in which nothing is doubtful."""
    rows = [row(n + 1, first + dt.timedelta(days=n % 200), facility, f"第{n + 1}处安全通道{tag}指示牌缺失", due_on="2025-12-30", rectified_on="2025-12-20") for n in range(count)]
    return book([list(COLUMNS), *rows])


def book(rows: list[list[Any]], name: str = "台账") -> bytes:
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "default_date_format": "yyyy-mm-dd"})
    sheet = made.add_worksheet(name)
    for number, cells in enumerate(rows):
        sheet.write_row(number, 0, cells)
    made.close()
    return out.getvalue()
