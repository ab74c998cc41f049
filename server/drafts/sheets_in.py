"""Reading a check table that somebody filled in by hand: every cell that cannot be taken is named, and then nothing is."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from server.checklists.rules import ANSWERS, JUDGED, KEY, MOST_ITEMS, SEVERITIES, flaws, shaped
from server.drafts import condition_cell, sheets
from server.drafts.condition_cell import Names
from server.drafts.faults import Fault, Reading
from server.drafts.item_form import FIELD_OF, USUAL
from server.drafts.sheets import EMPTY, EVERYWHERE, KINDS, LONGEST_CELL, ROWS, SHEETS, TRUTHS, Column, Row
from server.facilities.rules import PARTIES, TYPES
from server.foundation.pass_when import Fault as Unread
from server.foundation.refusal import Refusal
from server.foundation.words import Words
from server.sheets.reading import Sheet

MOST_FAULTS = 200
Numbered = tuple[int, Row]


class _Table(msgspec.Struct):
    """One sheet: its name in the file, the headings as they stand there, its rows."""

    name: str
    headings: Mapping[str, str]
    rows: list[Numbered]


class _File:
    """What is being read, and what was found wrong with it."""

    def __init__(self) -> None:
        self.reading = Reading({}, [], [])
        self.tables: dict[str, _Table] = {}

    def fault(self, table: str, row: int, column: str, zh: str, en: str) -> None:
        held = self.tables.get(table)
        heading = (held.headings.get(column) if held else None) or next((h.zh for name, h, _ in SHEETS[table][1] if name == column), column)
        if len(self.reading.faults) < MOST_FAULTS:
            self.reading.faults.append(Fault(held.name if held else SHEETS[table][0].zh, row, heading, Words(zh, en)))

    def rows(self, table: str) -> list[Numbered]:
        return self.tables[table].rows if table in self.tables else []


def read(found: Iterable[Sheet]) -> Reading:
    """The table of these sheets. Refusal: draft.file, where none of them is one."""
    file = _File()
    _open(file, list(found))
    about = _about(file)
    items, rows = _items(file, about)
    fields = _fields(file, items)
    _choices(file, items, fields)
    for key, item in items.items():
        _complete(file, item, rows[key])
    body = {**about, "items": list(items.values())}
    asked = _asked(items)
    for key, item in items.items():
        number, row = rows[key]
        if rule := _rule(file, number, "show_if", row.get("show_if", ""), asked):
            item["show_if"] = rule
    if not items and not file.reading.faults:
        raise Refusal("draft.file", reason=Words("没有检查项", "no items")).at("file")
    _judge(file, body, {key: number for key, (number, _) in rows.items()})
    if not file.reading.faults:
        file.reading.body = body
    return file.reading


def _open(file: _File, found: list[Sheet]) -> None:
    """Find the four sheets by their names; a file with one sheet may call it as it likes."""
    known = {spoken.lower(): name for name, (title, _) in SHEETS.items() for spoken in (title.zh, title.en)}
    for sheet in found:
        name = known.get(sheet.name.strip().lower()) or ("items" if len(found) == 1 else None)
        if name is None or name in file.tables:
            file.reading.notes.append(Words(f"工作表“{sheet.name[:40]}”没有用上", f"the sheet “{sheet.name[:40]}” was not used"))
        else:
            _table(file, name, sheet, SHEETS[name][1])
    if "items" not in file.tables:
        raise Refusal("draft.file", reason=Words("没有名为“检查项”的工作表，或没有“检查内容”一列", "no sheet “Items” with a column “Question”")).at("file")


def _table(file: _File, name: str, sheet: Sheet, columns: tuple[Column, ...]) -> None:
    known = {_plain(spoken): column for column, heading, _ in columns for spoken in (heading.zh, heading.en)}
    must = {"items": "question_zh", "fields": "item", "choices": "item", "about": "what"}[name]
    at = next((number for number, row in enumerate(sheet.rows[:5]) if must in map(known.get, map(_plain, row))), None)
    if at is None:
        return
    heads = [known.get(_plain(cell)) for cell in sheet.rows[at]]
    file.tables[name] = _Table(sheet.name or SHEETS[name][0].zh, {head: cell for head, cell in zip(heads, sheet.rows[at], strict=True) if head}, [])
    for place, (head, cell) in enumerate(zip(heads, sheet.rows[at], strict=True)):
        if head and heads.index(head) < place:
            file.fault(name, at + 1, head, "这一列出现了两次", "this column appears twice")
        elif not head and cell:
            file.reading.notes.append(Words(f"“{sheet.name}”的“{cell[:40]}”一列没有用上", f"the column “{cell[:40]}” of “{sheet.name}” was not used"))
    for number, line in enumerate(sheet.rows[at + 1 :], at + 2):
        cells = {head: cell for head, cell in zip(heads, line, strict=True) if head and cell}
        for head, cell in cells.items():
            if len(cell) > LONGEST_CELL or "\x00" in cell:
                file.fault(name, number, head, f"超过 {LONGEST_CELL} 字，或含不能保存的字符", f"longer than {LONGEST_CELL} characters, or with some that cannot be kept")
        if cells:
            file.tables[name].rows.append((number, cells))


def _plain(text: str) -> str:
    return re.sub(r"[\s,，()（）]", "", text).lower()


# 说明: the table itself and its parts


def _about(file: _File) -> dict[str, Any]:
    told = {_plain(spoken): name for name, words in ROWS.items() for spoken in (words.zh, words.en)}
    body: dict[str, Any] = {"key": "", "version": 1, "title": None, "source": None, "parts": []}
    for number, row in file.rows("about"):
        what, key = told.get(_plain(row.get("what", "")), ""), row.get("key", "")
        if what == "title":
            body |= {"title": _words(row, ""), "key": key}
            if key and not KEY.fullmatch(key):
                file.fault("about", number, "key", "编号只能用字母、数字、点和连字符", "a key has letters, digits, dots and hyphens")
        elif what == "source":
            body["source"] = _words(row, "")
        elif what in ("version", "last_number"):
            if not (key.isascii() and key.isdigit() and len(key) < 8):
                file.fault("about", number, "key", "应为整数", "should be a whole number")
            else:
                body[what] = int(key)
        elif what == "part":
            _part(file, body["parts"], number, row)
    if not body["title"] or not body["title"]["zh"]:
        body["title"] = {"zh": "导入的检查表", "en": "Imported check table"}
        file.reading.notes.append(Words("文件里没有写名称，先叫“导入的检查表”", "the file names no title; it is called “Imported check table” for now"))
    return body


def _part(file: _File, parts: list[dict[str, Any]], number: int, row: Row) -> None:
    key, title = row.get("key", "") or f"P{len(parts) + 1}", _words(row, "")
    if not title["zh"]:
        file.fault("about", number, "zh", "部分没有名称", "the part has no title")
    elif not KEY.fullmatch(key) or any(part["key"] == key for part in parts):
        file.fault("about", number, "key", "部分的编号重复，或不是字母、数字、点和连字符", "the part's key appears twice, or has more than letters, digits, dots and hyphens")
    else:
        parts.append({"key": key, "title": title})


def _words(row: Row, name: str) -> dict[str, str]:
    zh, en = (row.get(f"{name}_{lang}" if name else lang, "") for lang in ("zh", "en"))
    return {"zh": zh, "en": "" if en == EMPTY else en or zh}


# 检查项


def _items(file: _File, about: dict[str, Any]) -> tuple[dict[str, dict[str, Any]], dict[str, Numbered]]:
    """(raw items by key, the rows they stand in). Fields and conditions come later."""
    items: dict[str, dict[str, Any]] = {}
    rows: dict[str, Numbered] = {}
    given = {row["key"] for _, row in file.rows("items") if "key" in row}
    free = (f"I{number:02d}" for number in range(1, MOST_ITEMS * 3) if f"I{number:02d}" not in given)
    own_parts, part = not about["parts"], ""
    for number, row in file.rows("items"):
        if len(items) == MOST_ITEMS:
            file.fault("items", number, "key", f"最多 {MOST_ITEMS} 项", f"at most {MOST_ITEMS} items")
            break
        key = row.get("key") or next(free)
        if key in items:
            file.fault("items", number, "key", f"编号与第 {rows[key][0]} 行重复", f"the same key as in row {rows[key][0]}")
            continue
        part = _part_of(file, about, number, row, part, own_parts)
        items[key], rows[key] = _item(file, key, part, number, row), (number, row)
    return items, rows


def _part_of(file: _File, about: dict[str, Any], number: int, row: Row, above: str, may_add: bool) -> str:
    said = row.get("part", "")
    found = next((part["key"] for part in about["parts"] if said and said in (part["key"], *part["title"].values())), None)
    if found or (above and not said):
        return str(found or above)
    if not may_add and (said or not about["parts"]):
        file.fault("items", number, "part", f"“说明”里没有“{said[:40]}”这一部分，先在那里加一行“部分”", f"there is no part “{said[:40]}” on the sheet “About”: add a row “Part” there first")
        return above
    if not may_add:
        return str(about["parts"][0]["key"])
    key = f"P{len(about['parts']) + 1}"
    about["parts"].append({"key": key, "title": {"zh": said or "检查内容", "en": said or "Items"}})
    return key


def _item(file: _File, key: str, part: str, number: int, row: Row) -> dict[str, Any]:
    def pick(column: str, words: Mapping[str, Words], usual: str) -> str:
        return _picked(file, "items", number, column, row.get(column, ""), words, usual)

    types = [_picked(file, "items", number, "applies_to", said, {"all": EVERYWHERE, **TYPES}, "all") for said in re.split(r"[、,，;；/\n]+", row.get("applies_to", "all"))]
    clause = _words(row, "clause")
    return {
        "key": key, "part": part, "type": pick("type", ANSWERS, "pass_fail_na"), "question": _words(row, "question"),
        "basis": {"section": row.get("section", ""), "clause": clause, "quote": row.get("quote", "")}, "severity": pick("severity", SEVERITIES, "general"),
        "party": pick("party", PARTIES, "unit"), "applies_to": types, "on_site": _truth(file, number, row, "on_site", True),
        "derived": _truth(file, number, row, "derived", not clause["zh"]), "evidence": row.get("evidence", ""), "fields": [], "pass_when": None,
        "findings": _findings(file, number, row.get("findings", "")),
    }  # fmt: skip


def _picked(file: _File, table: str, number: int, column: str, said: str, words: Mapping[str, Words], usual: str) -> str:
    if not said.strip():
        return usual
    found = next((key for key, one in words.items() if _plain(said) in (key, _plain(one.zh), _plain(one.en))), None)
    if found is None:
        file.fault(table, number, column, f"没有“{said[:30]}”。请写：{'；'.join(one.zh for one in words.values())}", f"no “{said[:30]}”. One of: {'; '.join(one.en for one in words.values())}")
    return found or usual


def _truth(file: _File, number: int, row: Row, column: str, usual: bool) -> bool:
    words = {"yes": TRUTHS[True], "no": TRUTHS[False]}
    return _picked(file, "items", number, column, row.get(column, ""), words, "yes" if usual else "no") == "yes"


def _findings(file: _File, number: int, text: str) -> list[dict[str, str]]:
    if text.startswith("["):
        try:
            return [msgspec.to_builtins(one) for one in msgspec.json.decode(text, type=list[Words])]
        except (msgspec.DecodeError, RecursionError):
            pass  # somebody's own brackets
    return [{"zh": zh, "en": en or zh} for zh, en in sheets.lines(text)]


# 字段, 选项


def _fields(file: _File, items: dict[str, dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    """The fields of the second sheet, put into their items; by (item, field)."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for number, row in file.rows("fields"):
        item = items.get(row.get("item", ""))
        if item is None:
            file.fault("fields", number, "item", f"检查项里没有“{row.get('item', '')[:40]}”", f"there is no item “{row.get('item', '')[:40]}”")
            continue
        key, label = row.get("key") or f"f{len(item['fields']) + 1}", _words(row, "label")
        if not KEY.fullmatch(key) or (item["key"], key) in found:
            file.fault("fields", number, "key", "字段编号重复，或不是字母、数字、点和连字符", "the key appears twice, or has more than letters, digits, dots and hyphens")
        elif not label["zh"]:
            file.fault("fields", number, "label_zh", "字段没有名称", "the field has no label")
        else:
            type = _picked(file, "fields", number, "type", row.get("type", ""), KINDS, FIELD_OF.get(item["type"], item["type"]))
            field: dict[str, Any] = {"key": key, "label": label, "type": type if type in KINDS else "text"}
            if row.get("unit_zh"):
                field["unit"] = _words(row, "unit")
            item["fields"].append(field)
            found[item["key"], key] = field
    return found


def _choices(file: _File, items: dict[str, dict[str, Any]], fields: dict[tuple[str, str], dict[str, Any]]) -> None:
    for number, row in file.rows("choices"):
        item, name = row.get("item", ""), row.get("field", "")
        theirs = [field for (of, key), field in fields.items() if of == item and (key == name if name else field["type"] in ("choice", "choices"))]
        if not theirs and not name and items.get(item, {}).get("type") in ("single_choice", "multi_choice"):
            theirs = [_usual(items[item])[0]]
            items[item]["fields"].append(theirs[0])
            fields[item, theirs[0]["key"]] = theirs[0]
        if len(theirs) != 1:
            file.fault("choices", number, "field" if item in items else "item", f"没有“{item[:30]} {name[:30]}”这个选择字段", f"there is no field “{item[:30]} {name[:30]}” to choose in")
            continue
        held = theirs[0].setdefault("choices", [])
        key, label = row.get("key") or f"c{len(held) + 1}", _words(row, "label")
        if not label["zh"]:
            file.fault("choices", number, "label_zh", "选项没有名称", "the choice has no label")
        elif theirs[0]["type"] not in ("choice", "choices"):
            file.fault("choices", number, "field", "这个字段不是单选或多选", "this field is not one of choices")
        elif any(choice["key"] == key for choice in held):
            file.fault("choices", number, "key", "选项编号重复", "the choice's key appears twice")
        else:
            held.append({"key": key, "label": label})


def _usual(item: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "label": {"zh": zh, "en": en}, "type": FIELD_OF.get(item["type"], item["type"])} for key, zh, en in USUAL.get(item["type"], ())]


# Conditions, and what is wrong with the whole


def _complete(file: _File, item: dict[str, Any], at: Numbered) -> None:
    """The fields that an answer usually has, where none are named, and when it passes."""
    number, row = at
    if item["type"] not in JUDGED and not item["fields"]:
        item["fields"] = _usual(item)
    said = row.get("pass_when", "")
    if item["type"] in JUDGED and not item["fields"]:
        usual = condition_cell.SPOKEN.get(said.lower(), "yes" if item["type"] == "yes_no" and not said else "")
        names = Names({"value": ("yes_no", frozenset(("yes", "no")))}, {"答案": "value", "answer": "value"})
        item["pass_when"] = {"is": ["value", usual]} if usual in ("yes", "no") else _rule(file, number, "pass_when", said, names)
    else:
        item["pass_when"] = _rule(file, number, "pass_when", said, sheets.names_of(item))


def _rule(file: _File, number: int, column: str, said: str, names: Names) -> dict[str, Any] | None:
    try:
        return None if said == EMPTY else condition_cell.rule_of(said, names)
    except Unread as unread:
        file.fault("items", number, column, unread.zh, unread.en)
        return None


def _asked(items: dict[str, dict[str, Any]]) -> Names:
    """What the condition of an item may name. Whether that stands before it is judged with the whole."""
    kinds: dict[str, tuple[str, frozenset[str]]] = {}
    choices: dict[str, Mapping[str, str]] = {}
    for key, item in items.items():
        own = sheets.names_of(item)
        kinds |= {key: ("choice", frozenset(("pass", "fail", "na"))), **{f"{key}.{field}": kind for field, kind in own.kinds.items()}}
        choices |= {f"{key}.{field}": labels for field, labels in own.choices.items()}
    return Names(kinds, {}, choices)


def _judge(file: _File, body: dict[str, Any], rows: Mapping[str, int]) -> None:
    """What keeps it from being published, at the cell it stands in."""
    columns = {"question": "question_zh", "fields": "type"}
    seen = {(fault.row, fault.column) for fault in file.reading.faults if fault.sheet == file.tables["items"].name}
    headings = file.tables["items"].headings
    for key, what, reason in flaws(shaped(body)):
        column = columns.get(what, what)
        if key in rows and (rows[key], headings.get(column, column)) not in seen:
            file.fault("items", rows[key], column, reason.zh, reason.en)
