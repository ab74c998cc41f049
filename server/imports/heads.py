"""Where a ledger's heading stands, which rows are its own, and what each column holds."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence

import msgspec

from server.foundation.refusal import Refusal
from server.imports.rules import FIELDS

LOOKS_AT = 40  # rows from the top in which the heading must begin
TALLEST = 3  # rows of a heading
LONGEST = 200  # characters of a cell that are looked at: no heading is longer
# Headings as offices write them, the plainest first. A heading is this word, or holds it.
SYNONYMS: dict[str, tuple[str, ...]] = {
    "origin": ("序号", "编号", "问题编号", "顺号", "no."),
    "found_on": ("检查时间", "检查日期", "督查时间", "督导时间", "督查日期", "发现时间", "发现日期", "排查时间", "排查日期", "巡查时间", "检查日", "日期", "时间"),
    "bureau": ("检查单位", "督查单位", "督导单位", "检查部门", "牵头检查单位", "检查组", "督导组", "督查组", "排查单位", "交办单位"),
    "inspectors": ("检查人", "检查人员", "督查人员", "督导人员", "排查人", "排查人员", "检查组成员", "发现人"),
    "facility": ("被检查机构", "被检查单位", "受检单位", "受检机构", "被检单位", "被督查单位", "被查机构", "机构名称", "单位名称", "养老机构名称", "民政服务机构", "机构", "场所名称"),
    "point": ("点位/环节", "点位", "环节", "部位", "具体部位", "隐患部位", "问题部位", "具体位置", "位置", "地点", "隐患地点"),
    "what": ("问题描述", "存在问题", "存在的问题", "问题", "问题内容", "发现问题", "发现的问题", "主要问题", "隐患描述", "隐患内容", "隐患", "问题隐患", "问题及隐患", "具体问题", "问题情况"),
    "basis": ("依据", "检查依据", "判定依据", "法规依据", "政策依据", "文件依据", "条款"),
    "severity": ("等级", "问题等级", "隐患等级", "隐患级别", "风险等级", "严重程度", "问题级别", "级别", "问题性质"),
    "party": ("四方", "四方责任", "责任类型", "责任方", "责任主体类别"),
    "unit": ("责任单位", "整改单位", "整改责任单位", "责任部门", "责任主体", "整改主体", "牵头单位"),
    "person": ("责任人", "整改责任人", "直接责任人", "负责人", "整改人", "单位负责人"),
    "sponsor": ("督办领导", "包抓领导", "责任领导", "分管领导", "挂牌领导", "督办人", "包保领导"),
    "measures": ("整改措施", "整改要求", "整改意见", "处理意见", "整改方案", "措施", "整改建议"),
    "due_on": ("整改时限", "整改期限", "完成时限", "限期", "时限", "整改截止时间", "要求完成时间", "拟完成时间", "期限", "计划完成时间"),
    "progress": ("整改情况", "整改进展", "整改落实情况", "落实情况", "进展情况", "整改结果", "整改进度", "进展", "整改完成情况"),
    "rectified_on": ("整改完成日期", "整改完成时间", "完成日期", "完成时间", "实际完成时间", "整改日期", "整改时间"),
    "recheck": ("复查结果", "复查情况", "复查意见", "验收情况", "验收结果", "复核情况", "回头看情况", "复查"),
    "closing": ("销号情况", "是否销号", "销号", "销号时间", "销号日期", "销号意见"),
    "state": ("状态", "整改状态", "是否整改", "是否完成", "是否整改到位", "是否完成整改", "问题状态"),
    "notes": ("备注", "说明", "备注说明"),
}  # fmt: skip
GROUPS = ("问题清单", "责任清单", "整改清单", "检查", "检查情况", "整改", "整改情况", "责任", "责任落实", "基本情况", "复查销号", "问题", "清单")


class Head(msgspec.Struct, frozen=True):
    """A sheet's heading. top, bottom: its rows, from 0; names: one for each column; fingerprint: of the names.

    guess: the field of each column, or "".
    """

    top: int
    bottom: int
    names: tuple[str, ...]
    fingerprint: str
    guess: tuple[str, ...]


def spread(rows: Sequence[Sequence[str]], merged: Sequence[tuple[int, int, int, int]]) -> list[list[str]]:
    """The rows with what a merged range says in each of its cells."""
    made = [list(row) for row in rows]
    room = 2 * sum(map(len, made))
    for top, left, bottom, right in merged:
        wide = len(made[top]) if top < len(made) else 0
        room -= (min(bottom, len(made) - 1) - top + 1) * max(min(right, wide - 1) - left + 1, 0)
        if room < 0:  # ranges of a sound file never meet: together they are no larger than the table
            raise Refusal("sheet.broken").at("file")
        if top < len(made) and left < len(made[top]):
            said = made[top][left]
            for row in made[top : bottom + 1]:
                row[left : right + 1] = [said] * len(row[left : right + 1])
    return made


def heading(rows: Sequence[Sequence[str]]) -> Head | None:
    """The heading of a table whose merged ranges are spread; None where no row names three columns that we know."""
    for top in range(min(len(rows), LOOKS_AT)):
        if not _is_heading(rows[top]):
            continue
        bottom = top
        while bottom + 1 < len(rows) and bottom - top + 1 < TALLEST and _is_heading(rows[bottom + 1]):
            bottom += 1
        names = _names(rows[top : bottom + 1])
        guess = guesses(names)
        if len({field for field in guess if field}) >= 3:
            plain = "\n".join(_plain(name) for name in names).rstrip("\n")
            return Head(top, bottom, names, hashlib.sha256(plain.encode()).hexdigest()[:32], guess)
    return None


def guesses(names: Sequence[str]) -> tuple[str, ...]:
    """The field of each column; a field goes to the column that names it best, and to one only."""
    scored = sorted(
        ((score, place, field) for place, name in enumerate(names) for field in FIELDS if (score := _score(name, field))),
        key=lambda hit: (hit[0], hit[1]),
    )  # fmt: skip
    given: dict[int, str] = {}
    for _, place, field in scored:
        if place not in given and field not in given.values():
            given[place] = field
    return tuple(given.get(place, "") for place in range(len(names)))


def is_repeated(row: Sequence[str], names: Sequence[str]) -> bool:
    """Whether a row in the middle is a row of the heading again: its cells are parts of the columns' names."""
    filled = [(_plain(cell[:LONGEST]), [_plain(part) for part in name.split("/")]) for cell, name in zip(row, names, strict=False) if cell]
    return len(filled) > 2 and sum(cell in parts for cell, parts in filled) >= 0.7 * len(filled)


def are_numbers(row: Sequence[str]) -> bool:
    """栏次: 1, 2, 3 … under the heading."""
    filled = [cell for cell in row if cell]
    return len(filled) > 3 and filled == [str(number) for number in range(1, len(filled) + 1)]


FOOT = re.compile(r"^(合计|总计|小计|共计|填表人|填报人|制表|审核人|审核|填表日期|填报日期|填报单位|联系电话|联系人|备注|注|说明|单位负责人|负责人|主要负责人)(?:[:：(（]|签|$|\s)")


def is_foot(row: Sequence[str]) -> bool:
    """合计, 填表人：…, 注：…: what ends a table and is no problem."""
    filled = list(dict.fromkeys(cell for cell in row if cell))
    return bool(filled) and FOOT.match(re.sub(r"\s+", "", filled[0])) is not None and (len(filled) <= 4 or "计" in filled[0])


def _is_heading(row: Sequence[str]) -> bool:
    """Whether most of what a row says are words of headings; a title, said once across all columns, is none."""
    filled = list(dict.fromkeys(cell for cell in row if cell))
    if len(filled) < 2 or any(len(cell) > 30 for cell in filled):
        return False
    known = sum(_plain(cell) in GROUPS or any(_score(cell, field) for field in FIELDS) for cell in filled)
    return known >= 2 and known * 2 >= len(filled) and not any(re.search(r"\d{4}.?\d|[。；]", cell) for cell in filled)


def _names(rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """One name for each column: what stands above it, then its own."""
    return tuple("/".join(dict.fromkeys(cell.replace("\n", "") for cell in column if cell)) for column in zip(*rows, strict=True))


def _score(name: str, field: str) -> int:
    """How well a name says a field: 1 its own word, then together with what stands above it, then a word inside it; 0 not at all."""
    leaf, whole = _plain(name.split("/")[-1]), _plain(name.replace("/", ""))
    if not leaf:
        return 0
    for score, said in ((1, leaf), (2, whole)):
        if said in SYNONYMS[field]:
            return score * 100 + SYNONYMS[field].index(said)
    inside = [word for word in SYNONYMS[field] if len(word) > 2 and (word in leaf or word in whole)]
    return 400 - max(map(len, inside)) if inside and len(leaf) <= 14 else 0


def _plain(text: str) -> str:
    """A heading without spaces, brackets and what stands in them."""
    said = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()
    return re.sub(r"\([^()]*\)|[*:：]", "", said) or said  # not .*?: a cell of opening brackets would be searched to its end from each
