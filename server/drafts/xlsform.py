"""Taking over an XLSForm: its questions become items, its groups parts. What has no counterpart is named, row by row, and the rest is taken."""

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from server.checklists.rules import KEY, MOST_ITEMS, flaws, shaped
from server.drafts import xlsform_check, xlsform_relevant
from server.drafts.faults import Fault, Reading
from server.drafts.sheets import LONGEST_CELL
from server.drafts.xlsform_items import LEFT, SELECTS, TAKEN, Form, Line, Question, item_of, kind_of, list_of, target_of
from server.foundation.pass_when import Fault as Unread
from server.foundation.refusal import Refusal
from server.foundation.words import Words
from server.sheets import confined
from server.sheets.reading import Sheet

ALIASES = {"list name": "list_name", "value": "name", "caption": "label", "relevance": "relevant", "bind::relevant": "relevant", "bind::required": "required"}
DEEPEST = 10  # groups within groups: each question in them has the conditions of all
SILENT = ("required_message", "version", "form_id", "id_string", "form_title", "title", "default_language")


def is_one(found: Iterable[Sheet]) -> bool:
    return any(sheet.name.strip().lower() == "survey" for sheet in found)


def read(found: Iterable[Sheet]) -> Reading:
    """Refusal: draft.file, where there is no question in it."""
    form = _form(list(found))
    _structure(form)
    if not form.faults:
        _ask_pyxform(form)
    if form.faults:
        return Reading({}, form.faults)
    body = _body(form)
    if form.faults:
        return Reading({}, form.faults)
    if not body["items"]:
        raise Refusal("draft.file", reason=Words("没有可用的题目", "no question that can be taken")).at("file")
    _settle(form, body)
    _name_once(form, body)
    return Reading(body, [], form.notes)


# Rows


def _form(found: list[Sheet]) -> Form:
    form = Form()
    for sheet in found:
        name = sheet.name.strip().lower()
        if name in xlsform_check.SHEETS and name not in form.sheets:
            form.sheets[name] = _lines(form, name, sheet)
        else:
            form.notes.append(Words(f"工作表“{sheet.name[:40]}”没有用上", f"the sheet “{sheet.name[:40]}” was not used"))
    form.settings = next((line.cells for line in form.lines("settings") if line.cells), {})
    form.choose_languages()
    return form


def _lines(form: Form, name: str, sheet: Sheet) -> list[Line]:
    heads = [_heading(cell) for cell in sheet.rows[0]]
    for head, count in Counter(head for head in heads if head).items():
        if count > 1:
            form.faults.append(Fault(name, 1, head, Words("这一列出现了两次", "this column appears twice")))
    form.headings[name] = [head for head in heads if head]
    if name != "settings":
        must = ("type", "name") if name == "survey" else ("list_name", "name")
        form.faults += [Fault(name, 1, head, Words(f"缺少“{head}”一列", f"the column “{head}” is missing")) for head in must if head not in heads]
    lines = []
    for number, row in enumerate(sheet.rows[1:], 2):
        cells = {head: cell for head, cell in zip(heads, row, strict=True) if head and cell}
        if any(len(cell) > LONGEST_CELL or "\x00" in cell for cell in cells.values()):
            form.faults.append(Fault(name, number, "", Words("有一格太长，或含不能保存的字符", "a cell is too long, or holds what cannot be kept")))
        lines.append(Line(number, cells))
    return lines


def _heading(cell: str) -> str:
    """A heading as XLSForm means it: letters in lower case before the language, which stays as written."""
    plain, sep, language = re.sub(r"\s*::?\s*", "::", cell.strip(), count=1).partition("::")
    plain = plain.strip().lower()
    if plain in ("bind", "control", "media", "jr") and sep:
        return ALIASES.get(f"{plain}::{language.lower()}", f"{plain}::{language.lower()}")
    return ALIASES.get(plain, plain) + sep + language


# What cannot be read at all


def _structure(form: Form) -> None:
    """Unknown types, missing lists, groups that do not close, names that come twice: named where they stand."""
    lists = _lists(form)
    opened: list[Line] = []
    names: list[dict[str, int]] = [{}]
    for line in form.lines("survey"):
        if not line.cells:
            continue
        type, name = kind_of(line), line.cells.get("name", "")
        if not type:
            form.fault("survey", line.number, "type", "没有写 type", "there is no type")
        elif type in ("end group", "end repeat"):
            if not opened or kind_of(opened[-1]) != type.replace("end", "begin"):
                form.fault("survey", line.number, "type", "前面没有与它配对的 begin", "no begin before it that it ends")
            else:
                opened.pop()
                names.pop()
            continue
        elif type not in TAKEN and type not in LEFT:
            form.fault("survey", line.number, "type", f"没有“{line.cells['type'][:40]}”这种题型", f"there is no type “{line.cells['type'][:40]}”")
        elif type in SELECTS and list_of(line) not in lists:
            form.fault("survey", line.number, "type", f"choices 表里没有选项列表“{list_of(line)[:40]}”", f"there is no list “{list_of(line)[:40]}” on the sheet choices")
        if name and name in names[-1]:
            form.fault("survey", line.number, "name", f"与第 {names[-1][name]} 行的 name 重复", f"the same name as in row {names[-1][name]}")
        elif not name and type in TAKEN and type != "note":
            form.fault("survey", line.number, "name", "没有写 name", "there is no name")
        names[-1][name] = line.number
        if type in ("begin group", "begin repeat"):
            opened.append(line)
            names.append({})
            if len(opened) == DEEPEST + 1:
                form.fault("survey", line.number, "type", f"group 最多套 {DEEPEST} 层", f"groups stand at most {DEEPEST} deep")
    for line in opened:
        form.fault("survey", line.number, "type", "这个 begin 没有对应的 end", "this begin has no end")


def _lists(form: Form) -> set[str]:
    seen: dict[tuple[str, str], int] = {}
    for line in form.lines("choices"):
        of, name = line.cells.get("list_name", ""), line.cells.get("name", "")
        if line.cells and not (of and name):
            form.fault("choices", line.number, "name" if of else "list_name", "没有填", "this is not filled in")
        elif (of, name) in seen and line.cells:
            form.fault("choices", line.number, "name", f"与第 {seen[of, name]} 行的选项重复", f"the same choice as in row {seen[of, name]}")
        seen[of, name] = line.number
    return {of for of, _ in seen if of}


def _ask_pyxform(form: Form) -> None:
    try:
        said = xlsform_check.complaint({name: [line.cells for line in lines] for name, lines in form.sheets.items()})
    except confined.Failed:
        raise Refusal("sheet.broken").at("file") from None
    if said:
        row = re.search(r"\[row : (\d+)\]", said)
        sheet = next((name for name in xlsform_check.SHEETS if f"'{name}' sheet" in said), "survey")
        text = re.sub(r"^\[row : \d+\]\s*", "", said)[:400]
        form.faults.append(Fault(sheet, int(row[1]) if row else 0, "", Words(f"XLSForm 的校验程序说：{text}", f"the XLSForm validator says: {text}")))


# What is taken


def _body(form: Form) -> dict[str, Any]:
    settings = form.settings
    said = settings.get("form_title") or settings.get("title") or settings.get("form_id")
    title = {"zh": said, "en": said} if said else {"zh": "导入的检查表", "en": "Imported check table"}
    if not said:
        form.notes.append(Words("文件里没有写名称，先叫“导入的检查表”", "the file names no title; it is called “Imported check table” for now"))
    key = settings.get("form_id") or settings.get("id_string") or ""
    body: dict[str, Any] = {"key": key if KEY.fullmatch(key) else "", "version": 1, "title": title, "source": None, "parts": [], "items": []}
    for line in form.lines("survey"):
        if line.cells:
            _take(form, body, line)
    for waiting in form.waiting:
        form.note(waiting, "后面没有可以附上的题，这段说明没有用上", "no question follows, so this note was not used")
    used = {item["part"] for item in body["items"]}
    body["parts"] = [part for part in body["parts"] if part["key"] in used]
    return body


def _take(form: Form, body: dict[str, Any], line: Line) -> None:
    type = kind_of(line)
    if type in ("begin group", "begin repeat"):
        _begin(form, body, line, type)
    elif type in ("end group", "end repeat"):
        form.groups.pop()
    elif form.in_repeat:
        form.note(line, "在 repeat 里：一次检查只答一遍，没有照搬", "inside a repeat: a visit answers once; not taken")
        form.left.add(line.cells.get("name", ""))
    elif type in LEFT:
        form.note(line, f"{type} 没有照搬：{LEFT[type].zh}", f"{type} was not taken: {LEFT[type].en}")
        form.left.add(line.cells.get("name", ""))
    elif type == "note":
        form.waiting.append(line)
        form.name_extras(line)
    elif type == "image":
        _picture(form, body, line)
    else:
        _question(form, body, line)


def _begin(form: Form, body: dict[str, Any], line: Line, type: str) -> None:
    if type == "begin repeat":
        form.note(line, "repeat 没有对应：要查几处就在问题里记几个点位。里面的题没有照搬", "a repeat has no counterpart: several places are several findings. Its questions are not taken")
    elif form.groups and not form.in_repeat:
        form.note(line, "里层的 group 没有对应，其中的题并入外层的部分", "a group within a group has no counterpart; its questions go to the part around it")
    elif not form.groups:
        name = line.cells.get("name", "")
        taken = {part["key"] for part in body["parts"]}
        form.part = name if KEY.fullmatch(name) and name not in taken else next(key for key in (f"P{count}" for count in range(1, len(taken) + 2)) if key not in taken)
        body["parts"].append({"key": form.part, "title": form.words(line, "label") or {"zh": name, "en": name}})
    form.name_extras(line)
    form.groups.append((type == "begin repeat", line))


def _part(form: Form, body: dict[str, Any]) -> str:
    """The part of a question: its outermost group; questions outside any group make parts of their own, in their order."""
    if form.groups:
        return form.part
    if not body["parts"] or body["parts"][-1]["key"] not in form.loose:
        number = len(form.loose) + 1
        more = f"（{number}）" if number > 1 else ""
        taken = {part["key"] for part in body["parts"]}
        form.loose.append(next(key for key in (f"P{count}" for count in range(1, len(taken) + 2)) if key not in taken))
        body["parts"].append({"key": form.loose[-1], "title": {"zh": f"检查内容{more}", "en": f"Items{f' ({number})' if number > 1 else ''}"}})
    return form.loose[-1]


def _question(form: Form, body: dict[str, Any], line: Line) -> None:
    if len(body["items"]) >= MOST_ITEMS:
        if len(body["items"]) == MOST_ITEMS and not form.faults:
            form.fault("survey", line.number, "type", f"最多 {MOST_ITEMS} 题", f"at most {MOST_ITEMS} questions")
        return
    question = Question(line, _key(form, line), _part(form, body))
    item, target = item_of(form, question)
    for waiting in form.waiting:
        words = form.words(waiting, "label")
        item["evidence"] = "；".join(part for part in (item["evidence"], words["zh"] if words else "") if part)
        form.note(waiting, f"这段说明记在 {question.key} 的佐证里", f"this note stands in the evidence of {question.key}")
    form.waiting.clear()
    rule = _condition(form, line)
    if rule:
        item["show_if"] = rule
    form.name_extras(line)
    form.targets[line.cells["name"]] = target
    form.rows[question.key] = line
    body["items"].append(item)


def _key(form: Form, line: Line) -> str:
    """The name as a key; one that cannot be a key, or is there already, is changed, and that is said."""
    name = line.cells["name"]
    key = re.sub(r"[^A-Za-z0-9_.-]", "-", name).lstrip("_.-")[:56] or "q"
    number = 2
    while key in form.rows:
        key, number = f"{key.rsplit('~', 1)[0][:50]}-{number}", number + 1
    if key != name:
        form.note(line, f"编号改为 {key}", f"its key is {key}")
    return key


def _picture(form: Form, body: dict[str, Any], line: Line) -> None:
    words, last = form.words(line, "label"), body["items"][-1] if body["items"] else None
    if last and words:
        last["evidence"] = "；".join(part for part in (last["evidence"], f"照片：{words['zh']}") if part)
    form.note(line, "照片只在不符合处要，不另设题" + ("；文字记在上一项的佐证里" if last and words else ""), "photos are asked for where something fails; no question of its own")
    form.name_extras(line)
    form.left.add(line.cells.get("name", ""))


def _condition(form: Form, line: Line) -> dict[str, Any] | None:
    """The relevant of a question and of the groups around it, as far as it can be taken."""
    rules = []
    for of in (*(group for _, group in form.groups), line):
        said = of.cells.get("relevant", "")
        if not said:
            continue
        try:
            if of.number not in form.rules:
                form.rules[of.number] = xlsform_relevant.rule_of(said, lambda name: target_of(form, name))
            rules.append(form.rules[of.number])
        except Unread as unread:
            if of.number not in form.told:
                form.note(of, f"relevant“{said[:80]}”没有照搬：{unread.zh}", f"relevant “{said[:80]}” was not taken: {unread.en}")
            form.told.add(of.number)
    return None if not rules else rules[0] if len(rules) == 1 else {"all": rules}


def _settle(form: Form, body: dict[str, Any]) -> None:
    """Whatever would still keep it from being published and came by a condition is left out and named."""
    for key, what, reason in list(flaws(shaped(body))):
        item = next((one for one in body["items"] if one["key"] == key), None)
        if what == "show_if" and item and item.pop("show_if", None):
            form.note(form.rows[key], f"relevant 没有照搬：{reason.zh}", f"its relevant was not taken: {reason.en}")


def _name_once(form: Form, body: dict[str, Any]) -> None:
    """What concerns the whole: settings and columns without counterpart, and what an XLSForm never says."""
    form.notes[:0] = form.left_out()
    form.notes += [Words(f"settings 的 {name} 没有照搬", f"settings: {name} was not taken") for name in form.settings if name not in SILENT]
    form.name_columns()
    first = [Words(
        "XLSForm 没有依据、等级、四方、适用机构和常用问题描述：已按“一般、单位、全部”填，发布前逐项核对",
        "an XLSForm has no basis, level, party, types of facility or preset findings: they were set to general, unit, all; check each before publishing",
    )]  # fmt: skip
    plain = [item["key"] for item in body["items"] if item["type"] == "yes_no"]
    if plain:
        first.append(Words(f"{len(plain)} 道是 / 否题按“是”为符合，反着问的要改：{'、'.join(plain[:8])}{'…' if len(plain) > 8 else ''}",
                           f"{len(plain)} yes / no questions pass with yes; correct those that ask the other way round: {', '.join(plain[:8])}{'…' if len(plain) > 8 else ''}"))  # fmt: skip
    free = [key for key, line in form.rows.items() if line.cells.get("required", "no").lower() in ("no", "false", "false()", "0")]
    if free and len(free) < len(form.rows):
        first.append(Words(f"{len(free)} 题没有标 required：问到的都要答，查不到的答“不适用”", f"{len(free)} questions are not required: here what is asked is answered, if only by “not applicable”"))
    form.notes[:0] = first
