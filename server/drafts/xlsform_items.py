"""One row of an XLSForm as an item: its words in two languages, its way of answering, and what a later condition may say of it."""

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from server.drafts.faults import Fault
from server.drafts.item_form import FIELD_OF, USUAL
from server.drafts.xlsform_relevant import Target
from server.foundation.pass_when import Fault as Unread
from server.foundation.words import Words

Said = dict[str, str]
SELECTS = ("select_one", "select_multiple", "rank")
TAKEN = {  # what a question becomes; groups, notes and pictures become no item
    "integer": "number", "decimal": "number", "text": "text", "date": "date", "datetime": "datetime", "select_one": "single_choice",
    "select_multiple": "multi_choice", "image": "", "note": "", "begin group": "", "end group": "", "begin repeat": "", "end repeat": "",
}  # fmt: skip
_DEVICE = Words("由系统自己记", "the system records it itself")
_PLACE = Words("不记轨迹，一次检查只可附一个位置", "no tracks: a visit may carry one position")
_FILE = Words("只收照片", "only photos are kept")
_LIST = Words("选项在文件之外", "its choices are outside this file")
LEFT = {
    **dict.fromkeys(("start", "end", "today", "deviceid", "username", "email", "phonenumber", "audit", "subscriberid", "simserial", "start-geopoint", "background-geopoint"), _DEVICE),
    **dict.fromkeys(("geopoint", "geotrace", "geoshape"), _PLACE), **dict.fromkeys(("audio", "video", "file", "background-audio"), _FILE),
    **dict.fromkeys(("select_one_from_file", "select_multiple_from_file", "select_one_external", "xml-external", "csv-external", "osm"), _LIST),
    "calculate": Words("没有计算题", "nothing is calculated"), "hidden": Words("没有隐藏题", "there are no hidden questions"),
    "range": Words("没有滑动条，可改用数字题", "there is no slider; use a number"), "rank": Words("没有排序题", "nothing is put in order"),
    "time": Words("没有单独的时刻题，可改用日期和时间", "there is no time alone; use date and time"), "barcode": Words("没有扫码题", "nothing is scanned"),
    "acknowledge": Words("没有确认题，可改用是 / 否", "there is no acknowledgement; use yes / no"),
}  # fmt: skip
_ALIASES = {
    "int": "integer", "string": "text", "select1": "select_one", "select_one from": "select_one", "select_all that apply": "select_multiple", "select_multiple from": "select_multiple", "photo": "image", "begin_group": "begin group", "end_group": "end group",
    "begin_repeat": "begin repeat", "end_repeat": "end repeat", "begin loop": "begin repeat", "end loop": "end repeat", "location": "geopoint", "gps": "geopoint", "date time": "datetime",
    "trigger": "acknowledge", "select_one external": "select_one_external", "signature": "file", "phone number": "phonenumber",
}  # fmt: skip
PASSES = ("yes", "y", "是", "合格", "符合", "达标", "通过", "pass", "ok", "compliant")
FAILS = ("no", "n", "否", "不合格", "不符合", "不达标", "未通过", "不通过", "fail", "noncompliant", "non-compliant", "not compliant")
DOES_NOT_APPLY = ("na", "n/a", "n.a.", "不适用", "not applicable", "not_applicable", "不涉及", "无此项")
PLAIN = ("yes", "y", "是", "no", "n", "否")
WHY = {
    "constraint": Words("不限制填什么，数字和日期只查写法", "answers are not limited; numbers and dates only have to be such"), "constraint_message": Words("没有填写限制", "answers are not limited"),
    "appearance": Words("样子由系统统一", "all questions look alike"), "default": Words("不预填答案", "no answer is filled in beforehand"),
    "calculation": Words("没有计算题", "nothing is calculated"), "choice_filter": Words("选项不随答案变", "choices do not change with answers"),
    "repeat_count": Words("一次检查只答一遍", "a visit answers once"), "read_only": Words("题目都要答", "what is asked is answered"), "readonly": Words("题目都要答", "what is asked is answered"),
    "media": Words("题目不带图片和声音", "questions carry no pictures or sound"), "image": Words("题目不带图片和声音", "questions carry no pictures or sound"),
    "guidance_hint": Words("说明只有一种，写在 hint 里", "there is one kind of hint"), "required_message": Words("提示由系统统一", "messages are the system's own"),
}  # fmt: skip
EXTRAS = ("label", "hint", "type", "name", "relevant", "required")


class Line(msgspec.Struct, frozen=True):
    """One row: its number as Excel counts it, and what stands in it by heading."""

    number: int
    cells: Said


class Question(msgspec.Struct, frozen=True):
    line: Line
    key: str
    part: str


class Form:
    """What is being taken over, and what was found on the way."""

    def __init__(self) -> None:
        self.sheets: dict[str, list[Line]] = {}
        self.headings: dict[str, list[str]] = {}
        self.settings: Said = {}
        self.faults: list[Fault] = []
        self.notes: list[Words] = []
        self.named: dict[Words, list[Line]] = {}
        self.zh, self.en = "", ""  # the languages that are read as Chinese and English; "" is the column without one
        self.groups: list[tuple[bool, Line]] = []  # (is a repeat, the row that began it)
        self.part, self.loose = "", list[str]()
        self.waiting: list[Line] = []  # notes that stand before the next question
        self.targets: dict[str, Target] = {}
        self.rows: dict[str, Line] = {}
        self.left: set[str] = set()
        self.told: set[int] = set()  # rows whose relevant was named already
        self.rules: dict[int, dict[str, Any]] = {}  # of groups: read once, whatever stands in them

    @property
    def in_repeat(self) -> bool:
        return any(is_repeat for is_repeat, _ in self.groups)

    def lines(self, sheet: str) -> list[Line]:
        return self.sheets.get(sheet, [])

    def fault(self, sheet: str, row: int, column: str, zh: str, en: str) -> None:
        self.faults.append(Fault(sheet, row, column, Words(zh, en)))

    def note(self, line: Line, zh: str, en: str) -> None:
        self.named.setdefault(Words(zh, en), []).append(line)

    def left_out(self) -> list[Words]:
        """What was left out, in the order of the rows; the same of several rows is told once, with all of them."""
        found = []
        for words, lines in sorted(self.named.items(), key=lambda entry: entry[1][0].number):
            name = f" {lines[0].cells['name']}" if len(lines) == 1 and "name" in lines[0].cells else ""
            rows = sorted({line.number for line in lines})
            zh, en = "、".join(map(str, rows)), ", ".join(map(str, rows))
            found.append(Words(f"第 {zh} 行{name}：{words.zh}", f"row{'s' if len(rows) > 1 else ''} {en}{name}: {words.en}"))
        return found

    # Languages

    def choose_languages(self) -> None:
        found = [head.partition("::")[2] for head in self.headings.get("survey", []) if head.startswith("label::")]
        chosen = self.settings.get("default_language", "")
        chinese = next((one for one in found if re.search(r"\(zh|中文|汉语|chinese", one, re.IGNORECASE)), None)
        english = next((one for one in found if re.search(r"\(en|英文|英语|english", one, re.IGNORECASE)), None)
        plain = "label" in self.headings.get("survey", [])
        self.zh = chinese if chinese is not None else "" if plain else chosen if chosen in found else next(iter(found), "")
        self.en = english if english is not None else ""

    def name_columns(self) -> None:
        """Columns of choices that are not read, and languages that are neither read as Chinese nor as English."""
        if self.en and self.zh != self.en and f"hint::{self.en}" in self.headings.get("survey", []):
            self.notes.append(Words("英文的 hint 没有用上：佐证只写一种语言", "English hints were not used: evidence is written in one language"))
        for head in self.headings.get("choices", []):
            if head.partition("::")[0] not in ("list_name", "name", "label"):
                self.notes.append(Words(f"choices 的“{head[:40]}”一列没有用上", f"the column “{head[:40]}” of choices was not used"))
        for head in self.headings.get("survey", []):
            column, sep, language = head.partition("::")
            if column in ("label", "hint") and sep and language not in (self.zh, self.en):
                self.notes.append(Words(f"语言列“{head[:60]}”没有用上：这里只有中文和英文", f"the language column “{head[:60]}” was not used: there are Chinese and English only"))

    def words(self, line: Line, column: str) -> Said | None:
        """{zh, en} of a cell; each falls back on the other."""
        zh, en = (line.cells.get(f"{column}::{language}" if language else column, "") for language in (self.zh, self.en))
        zh = zh or line.cells.get(column, "") or en
        return {"zh": zh, "en": en or zh} if zh else None

    def name_extras(self, line: Line) -> None:
        """Every filled cell of a row that was not taken."""
        for head, said in line.cells.items():
            if head.partition("::")[0] not in EXTRAS:
                why = WHY.get(head.partition("::")[0], Words("没有对应", "it has no counterpart"))
                self.note(line, f"{head}“{said[:60]}”没有照搬：{why.zh}", f"{head} “{said[:60]}” was not taken: {why.en}")
        if kind_of(line) in ("note", "image") and "relevant" in line.cells:
            self.note(line, f"relevant“{line.cells['relevant'][:80]}”没有照搬", f"relevant “{line.cells['relevant'][:80]}” was not taken")
        if line.cells.get("required", "yes").lower() not in ("yes", "true", "true()", "1", "no", "false", "false()", "0"):
            self.note(line, f"required“{line.cells['required'][:60]}”没有照搬：问到的都要答", f"required “{line.cells['required'][:60]}” was not taken: what is asked is answered")


def kind_of(line: Line) -> str:
    """The type in its usual spelling, without the name of its list."""
    said = re.sub(r"\s+", " ", line.cells.get("type", "").strip()).lower()
    if said.startswith("select "):
        said = said.replace(" ", "_", 1)
    if said in _ALIASES or said in TAKEN or said in LEFT:
        return _ALIASES.get(said, said)
    for alias in sorted({*_ALIASES, *SELECTS, *LEFT}, key=len, reverse=True):
        if said.startswith(f"{alias} "):
            return _ALIASES.get(alias, alias)
    return said


def list_of(line: Line) -> str:
    """The name of the list in `select_one LIST or_other`."""
    words = re.sub(r"(?i)\s+(or_other|or specify other)\s*$", "", line.cells.get("type", "").strip()).split()
    return words[-1] if len(words) > 1 else ""


def target_of(form: Form, name: str) -> Target:
    """What a reference stands for. Raises Fault."""
    if name in form.targets:
        return form.targets[name]
    if name in form.left:
        raise Unread(f"“{name}”没有照搬", f"“{name}” was not taken")
    if any(line.cells.get("name") == name for line in form.lines("survey")):
        raise Unread(f"“{name}”不在前面，只能依据前面的题", f"“{name}” does not come before it: a condition can only look back")
    raise Unread(f"没有“{name}”这一题", f"there is no question “{name}”")


def item_of(form: Form, question: Question) -> tuple[dict[str, Any], Target]:
    """The item and what may be said of it later. Notes what is taken otherwise than it stands."""
    line, type = question.line, kind_of(question.line)
    words, hint = form.words(line, "label"), form.words(line, "hint")
    if not words:
        words = {"zh": line.cells["name"], "en": line.cells["name"]}
        form.note(line, "没有 label，先用 name 作检查内容", "no label: its name is the question for now")
    if "${" in words["zh"] + words["en"]:
        form.note(line, "文字里引用了别的题，不会自动代入", "its words refer to another question, which is not filled in by itself")
    choices = _choices(form, list_of(line)) if type in SELECTS else []
    if re.search(r"(?i)\b(or_other|or specify other)\s*$", line.cells["type"]):
        form.note(line, "or_other 没有照搬：要“其他”就加一个选项", "or_other was not taken: add a choice “other”")
    item = {
        "key": question.key, "part": question.part, "type": TAKEN[type], "question": words, "basis": {"section": "", "clause": {"zh": "", "en": ""}, "quote": ""},
        "severity": "none", "party": "unit", "applies_to": ["all"], "on_site": True, "derived": True, "evidence": hint["zh"] if hint else "", "fields": [],
        "pass_when": None, "findings": [],
    }  # fmt: skip
    stands = _stands(choices) if type == "select_one" else None
    if stands:
        plain = all(_said(choice) & set(PLAIN) for choice in choices)
        item |= {"type": "yes_no" if plain else "pass_fail_na", "severity": "general", "pass_when": {"is": ["value", "yes"]} if plain else None}
        return item, Target("judged", question.key, stands)
    ((key, zh, en),) = USUAL[TAKEN[type]]
    kind = FIELD_OF.get(TAKEN[type], TAKEN[type])
    field: dict[str, Any] = {"key": key, "label": {"zh": zh, "en": en}, "type": kind}
    if choices:
        field["choices"] = choices
    item["fields"] = [field]
    return item, Target(kind, f"{question.key}.{key}", {choice["key"]: choice["key"] for choice in choices})


def _choices(form: Form, of: str) -> list[dict[str, Any]]:
    found = []
    for line in form.lines("choices"):
        if line.cells.get("list_name") == of:
            name = line.cells["name"]
            found.append({"key": name, "label": form.words(line, "label") or {"zh": name, "en": name}})
    return found


def _stands(choices: list[dict[str, Any]]) -> Mapping[str, str] | None:
    """name: pass, fail or na, where the list is a judgement: yes and no, 合格 and 不合格, with or without 不适用."""
    found = {}
    for choice in choices:
        said = _said(choice)
        stands = [name for name, known in (("pass", PASSES), ("fail", FAILS), ("na", DOES_NOT_APPLY)) if said & set(known)]
        if len(stands) != 1:
            return None
        found[choice["key"]] = stands[0]
    return found if sorted(found.values()) in (["fail", "pass"], ["fail", "na", "pass"]) else None


def _said(choice: dict[str, Any]) -> set[str]:
    """What a choice is called in either language."""
    return {text.strip().lower() for text in choice["label"].values()}
