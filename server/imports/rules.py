"""What a ledger's row is read into, what is doubted in it and what is wrong with it, and who may import."""

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

from server.foundation.actor import Actor
from server.foundation.refusal import Refusal, declare, no
from server.foundation.words import Words

KEEPERS = ("supervisor", "administrator")
MOST_ROWS = 20_000
MOST_PARTS = 50  # problems in one cell
LONGEST = {"what": 2000, "measures": 2000, "progress": 2000, "recheck": 2000, "closing": 200, "notes": 2000, "basis": 400}
SHORT = 60

# What a column can hold, in the order in which a person looks at it.
FIELDS = {
    "origin": Words("序号", "No."),
    "found_on": Words("检查时间", "Visited on"),
    "bureau": Words("检查单位", "Inspecting bureau"),
    "inspectors": Words("检查人", "Inspectors"),
    "facility": Words("被检查机构", "Facility"),
    "point": Words("点位/环节", "Point/step"),
    "what": Words("问题描述", "Problem"),
    "basis": Words("依据", "Basis"),
    "severity": Words("等级", "Level"),
    "party": Words("四方", "Party"),
    "unit": Words("责任单位", "Responsible unit"),
    "person": Words("责任人", "Responsible person"),
    "sponsor": Words("督办领导", "Sponsor"),
    "measures": Words("整改措施", "Measures"),
    "due_on": Words("整改时限", "Due"),
    "progress": Words("整改情况", "Progress"),
    "rectified_on": Words("整改完成日期", "Put right on"),
    "recheck": Words("复查结果", "Re-check"),
    "closing": Words("销号情况", "Closed"),
    "state": Words("状态", "State"),
    "notes": Words("备注", "Notes"),
}
DAYS = ("found_on", "due_on", "rectified_on")
SWAPPED = ("bureau", "inspectors", "facility", "unit", "person", "sponsor")  # may have changed places: names only, never a key or a day
NEEDED = ("what", "found_on")  # and the facility: a column of it, or one for all rows

# How an import stands.
STATES = {
    "reading": Words("正在读文件", "Reading the file"),
    "mapping": Words("待对应列", "Columns to map"),
    "judging": Words("正在逐行辨认", "Working through the rows"),
    "ready": Words("待核对", "To look through"),
    "importing": Words("正在写入", "Being written"),
    "done": Words("已导入", "Imported"),
    "undone": Words("已整体撤回", "Undone as a whole"),
    "failed": Words("读不了", "Could not be read"),
    "dropped": Words("已放弃", "Given up"),
}
WORKING = ("reading", "judging", "importing")
RANKS = {"fault": 0, "doubt": 1, "fine": 2, "skipped": 3}  # a row's place in the preview: what needs somebody comes first

# What is doubted (the reading stands unless somebody says otherwise) or wrong (the row cannot go in as it is).
DOUBTS = {
    "year": Words("没有写年份，按 {year} 年读", "No year is written; read as {year}"),
    "short_year": Words("年份只写了两位，按 {year} 年读", "The year has two digits; read as {year}"),
    "span": Words("写的是一段时间，取{which}", "A span of days: the {which_en} is taken"),
    "month": Words("只写到月，取 {day}", "Only a month is written; taken as {day}"),
    "at_once": Words("写的是“{said}”，按检查当天读", "“{said}” is read as the day of the visit"),
    "no_day": Words("“{said}”不是日期，留空", "“{said}” is no day; left empty"),
    "before": Words("早于检查时间", "Earlier than the visit"),
    "carried": Words("本行空白，沿用上一行", "Empty here; taken from the row above"),
    "state": Words("由“{said}”认作{state}", "“{said}” is taken as {state_en}"),
    "state_blank": Words("没有写整改情况，认作{state}", "Nothing is said of how it stands; taken as {state_en}"),
    "closed_day": Words("已销号，没有写销号日期", "Closed, but no day is written"),
    "severity": Words("由“{said}”认作{level}", "“{said}” is taken as {level_en}"),
    "party": Words("由“{said}”认作{party}", "“{said}” is taken as {party_en}"),
    "shared": Words("拆出的几条共用这一格", "Shared by the problems that were split from the row"),
    "split": Words("由同一格拆出，第 {part} 条，共 {parts} 条", "Split from one cell: {part} of {parts}"),
    "person_in_unit": Words("像是人名，却写在{column}", "This looks like a person's name, under {column_en}"),
    "unit_in_person": Words("像是单位名，却写在{column}", "This looks like a unit's name, under {column_en}"),
    "swapped": Words("{column}与{other}像是写颠倒了", "{column_en} and {other_en} seem to have changed places"),
    "facility_in": Words("这是一家机构的名称，却写在{column}", "This is a facility's name, under {column_en}"),
    "facility_like": Words("按去掉前后缀的名称认作{name}", "Taken as {name_en} by its name without prefix and suffix"),
    "known": Words("已有同机构、同日、同样内容的问题 {number}", "There is such a problem already: {number}"),
    "twice": Words("与第 {line} 行相同", "The same as row {line}"),
    "long": Words("超过 {limit} 字，只取前面", "Longer than {limit} characters; the beginning is kept"),
    "signs": Words("含有看不见的字符，已去掉", "It held characters that cannot be seen; they are left out"),
}  # fmt: skip
FAULTS = {
    "impossible": Words("没有这一天：{said}", "There is no such day: {said}"),
    "no_year": Words("没有写年份，也无处可推", "No year is written, and none can be told"),
    "no_date": Words("读不出日期：{said}", "No day can be read from: {said}"),
    "future": Words("检查时间在今天之后", "The visit lies after today"),
    "blank": Words("没有填写", "Nothing is filled in"),
    "facility": Words("名册里没有这家机构：{said}", "The register has no such facility: {said}"),
    "facilities": Words("有几家机构都像：{said}", "Several facilities are like it: {said}"),
    "choice": Words("请从列表中选择", "Choose one from the list"),
}  # fmt: skip
LEFT_OUT = {
    "header": Words("重复的表头", "A repeated heading"),
    "numbers": Words("栏次行", "Numbers of columns"),
    "footer": Words("合计、填表等表尾", "A total or the foot of the table"),
    "sheet": Words("这张表不导入", "This sheet is not imported"),
    "no_problem": Words("没有问题描述", "No problem is described"),
}  # fmt: skip

# Marks of one kind that are settled together whatever each cell says.
WHOLESALE = ("year", "short_year", "carried", "shared", "split", "swapped", "person_in_unit", "unit_in_person", "closed_day", "before", "known")

declare(
    {
        "import.state": no(
            409, "这次导入现在是“{state}”，不能办这一步", "This import now stands at “{state}”: this step cannot be taken",
            "请刷新，看最新情况", "Reload to see how it stands",
        ),
        "import.columns": no(
            422, "还没有指明哪一列是“{column}”", "It is not said yet which column is “{column}”",
            "请为它选一列", "Choose a column for it",
        ),
        "import.column_twice": no(
            422, "“{column}”选了两列", "Two columns are given as “{column}”", "请只留一列", "Keep one of them"
        ),
        "import.no_head": no(
            422, "没有找到表头：需要一行写着检查时间、被检查机构、问题等列名", "No heading was found: one row should name the columns, such as the day, the facility and the problem",
            "请在表格里补上表头后重新上传", "Add a heading to the table and upload it again",
        ),
        "import.open": no(
            409, "还有 {faults} 处错误、{doubts} 行有疑问没有处理", "{faults} rows with faults and {doubts} with doubts are not settled yet",
            "请先处理，或写明原因不导入这些行", "Settle them first, or leave those rows out with a reason",
        ),
        "import.nothing": no(
            409, "没有一行可以导入", "There is no row to import", "请核对列的对应关系，或放弃这次导入", "Look at the columns again, or give this import up"
        ),
        "import.known": no(
            409, "核对之后，已有别人导入了其中 {count} 条：{numbers}", "Since you looked, {count} of them were imported by somebody else: {numbers}",
            "请重新辨认后再导入", "Have the rows worked through again, then import",
        ),
        "import.moved": no(
            409, "导入之后，已有人办理了其中 {count} 条：{numbers}", "Since the import somebody has moved {count} of them: {numbers}",
            "请在这些问题的页面逐条撤销，其余不受影响", "Withdraw problems one by one on their pages; nothing was undone",
        ),
        "import.reason": no(422, "要写明原因", "A reason is needed", "请写一句原因，200 字以内", "Write one sentence why, at most 200 characters"),
        "import.outside": no(
            409, "第 {line} 行的机构已不在“{place}”之下", "The facility of row {line} no longer lies below “{place}”", "请为这一行另选机构", "Choose a facility for that row again"
        ),
        "import.file_gone": no(
            422, "上传的文件已不在服务器上", "The uploaded file is no longer on the server", "请重新上传", "Upload it again"
        ),
        "import.same_file": no(
            409, "同一个文件已经上传过，现在是“{state}”", "This very file was uploaded before; it now stands at “{state}”",
            "请到那一次导入里继续办；要重来，先放弃或撤回那一次", "Go on with that import, or give it up first",
        ),
        "import.row_changed": no(
            409, "您打开之后，这一行已被他人改过", "Somebody has changed this row since you opened it", "看过最新内容再改", "Look at it as it is now, and change it again"
        ),
        "import.value": no(422, "“{column}”填得不对：{reason}", "“{column}” is not right: {reason}", "请改正后再保存", "Correct it and save again"),
    }
)  # fmt: skip


class Mark(msgspec.Struct, frozen=True, omit_defaults=True):
    """One doubt or fault about a field of a row. offers: values to take instead, or fields to change places with.

    key: marks with the same key are settled together. offer: "value", "swap" or "". is_settled: somebody has said that it is right.
    """

    field: str
    code: str
    facts: dict[str, str] = {}
    offer: str = ""
    offers: tuple[tuple[str, str], ...] = ()
    said: str = ""
    is_settled: bool = False

    @property
    def is_fault(self) -> bool:
        return self.code in FAULTS

    @property
    def key(self) -> str:
        return f"{self.field}|{self.code}" if self.code in WHOLESALE else f"{self.field}|{self.code}|{self.said}"

    @property
    def words(self) -> Words:
        return (FAULTS if self.is_fault else DOUBTS)[self.code].filled(said=self.said[:80], **self.facts)


def rank(marks: tuple[Mark, ...] | list[Mark], is_skipped: bool) -> int:
    """Where a row stands in the preview."""
    if is_skipped:
        return RANKS["skipped"]
    if any(mark.is_fault for mark in marks):
        return RANKS["fault"]
    return RANKS["doubt"] if any(not mark.is_settled for mark in marks) else RANKS["fine"]


def seen_of(row: Mapping[str, Any]) -> str:
    """A short word for a row as it stands: another one after any change."""
    return hashlib.sha256(f"{row['found']}{row['marks']}{row['standing']}".encode()).hexdigest()[:16]


def check_keeps(actor: Actor, path: str) -> None:
    """Refuse whoever neither supervises nor administers the place: not_found if out of sight, else not_allowed."""
    actor.check_has(path, *KEEPERS)


def check_state(state: str, *wanted: str) -> None:
    """Refuses import.state."""
    if state not in wanted:
        raise Refusal("import.state", state=STATES[state])


def reason(text: str) -> str:
    """A reason in one sentence. Refuses import.reason."""
    clean = " ".join(text.split())
    if not 0 < len(clean) <= 200:
        raise Refusal("import.reason").at("reason")
    return clean
