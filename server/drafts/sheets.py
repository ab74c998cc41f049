"""A check table as an Excel file that is filled in by hand: its four sheets, what their columns are called, and writing them.

What comes out goes in again unchanged (sheets_in.py). Words stand in the reader's language and are read in either.
"""

import io
from collections.abc import Iterable
from typing import Any

import msgspec

from server.checklists.rules import ANSWERS, JUDGED, SEVERITIES, Checklist, Item, earlier_kinds, shaped
from server.drafts import condition_cell
from server.drafts.condition_cell import Names
from server.facilities.rules import PARTIES, TYPES
from server.foundation.refusal import Refusal
from server.foundation.words import Words
from server.sheets import writing

LONGEST_CELL = 20_000
EMPTY = "—"  # said to be nothing, where an empty cell would mean the usual
TRUTHS = {True: Words("是", "yes"), False: Words("否", "no")}
KINDS = {key: ANSWERS[{"choice": "single_choice", "choices": "multi_choice"}.get(key, key)] for key in ("number", "text", "date", "datetime", "yes_no", "choice", "choices")}
EVERYWHERE = Words("全部", "all")

Column = tuple[str, Words, int]  # its name, its heading, its width in characters
ITEMS: tuple[Column, ...] = (
    ("key", Words("编号", "Key"), 10), ("part", Words("部分", "Part"), 18), ("question_zh", Words("检查内容", "Question (Chinese)"), 44),
    ("question_en", Words("检查内容（英文）", "Question (English)"), 36), ("type", Words("答法", "Answer"), 18), ("severity", Words("等级", "Level"), 8),
    ("party", Words("四方", "Party"), 8), ("applies_to", Words("适用机构", "For"), 16), ("pass_when", Words("符合条件", "Passes when"), 26),
    ("show_if", Words("何时问", "Asked when"), 20), ("findings", Words("常用问题描述", "Preset findings"), 36), ("evidence", Words("佐证", "Evidence"), 24),
    ("clause_zh", Words("依据", "Basis (Chinese)"), 28), ("clause_en", Words("依据（英文）", "Basis (English)"), 28), ("section", Words("章节", "Section"), 8),
    ("quote", Words("原文", "Quote"), 36), ("on_site", Words("现场问", "On site"), 8), ("derived", Words("自定", "Ours"), 8),
)  # fmt: skip
FIELDS: tuple[Column, ...] = (
    ("item", Words("检查项编号", "Item"), 12), ("key", Words("字段编号", "Field"), 14), ("label_zh", Words("名称", "Label (Chinese)"), 24),
    ("label_en", Words("名称（英文）", "Label (English)"), 24), ("type", Words("类型", "Type"), 14), ("unit_zh", Words("单位", "Unit (Chinese)"), 8),
    ("unit_en", Words("单位（英文）", "Unit (English)"), 10),
)  # fmt: skip
CHOICES: tuple[Column, ...] = (
    ("item", Words("检查项编号", "Item"), 12), ("field", Words("字段编号", "Field"), 14), ("key", Words("选项编号", "Choice"), 14),
    ("label_zh", Words("名称", "Label (Chinese)"), 24), ("label_en", Words("名称（英文）", "Label (English)"), 24),
)  # fmt: skip
ABOUT: tuple[Column, ...] = (
    ("what", Words("说明什么", "What"), 14), ("key", Words("编号", "Key"), 22), ("zh", Words("中文", "Chinese"), 50), ("en", Words("英文", "English"), 50),
)  # fmt: skip
SHEETS = {
    "items": (Words("检查项", "Items"), ITEMS), "fields": (Words("字段", "Fields"), FIELDS), "choices": (Words("选项", "Choices"), CHOICES),
    "about": (Words("说明", "About"), ABOUT),
}  # fmt: skip
ROWS = {
    "title": Words("名称", "Title"), "source": Words("依据文件", "Source"), "part": Words("部分", "Part"), "version": Words("版本", "Version"),
    "last_number": Words("末号", "Last number"), "hint": Words("填法", "How to"), "words": Words("可用的词", "Words to use"),
}  # fmt: skip
PICKED: dict[str, Iterable[Words]] = {  # columns of the first two sheets whose words are offered in a list
    "type": ANSWERS.values(), "severity": SEVERITIES.values(), "party": PARTIES.values(), "applies_to": (EVERYWHERE, *TYPES.values()),
    "on_site": TRUTHS.values(), "derived": TRUTHS.values(), "field_type": KINDS.values(),
}  # fmt: skip
HINTS = (
    Words("一行一个检查项。编号空着的由系统编号；部分空着的同上一行；答法、等级、四方、适用机构空着的为符合 / 不符合 / 不适用、一般、单位、全部。",
          "One item a row. An empty key is given one; an empty part is that of the row above; an empty answer, level, party or type is pass / fail / n.a., general, unit, all."),
    Words("新的部分先在本表加一行，“说明什么”填“部分”；本表一个部分也没有的，按检查项里写的名称自动成部分。",
          "A new part first gets a row on this sheet, with “Part” in its first column; where this sheet has none, the names in Items make the parts."),
    Words("适用机构写几类的，用顿号隔开。常用问题描述一行一句，可写“中文 | English”。英文空着的用中文代替，确实没有的填 —。",
          "Several types are separated by commas. Preset findings: one a line, 中文 | English. Empty English becomes the Chinese; write — where there is none."),
    Words("符合条件写字段编号或名称，如：done >= due 且 plan = 是；devices 勾了 lift、boiler；held 一个也没勾；分钟(occurred_at, phone_at) <= 30。是 / 否的检查项只写 是 或 否。",
          "Passes when: fields by key or label: done >= due and plan = yes; devices ticked lift, boiler; held none-ticked; minutes(occurred_at, phone_at) <= 30. A yes / no item just says yes or no."),
    Words("何时问看前面现场问的检查项，如：S21-01 = 不符合 或 S21-04.residents > 0。", "Asked when looks back at earlier on-site items: S21-01 = fail or S21-04.residents > 0."),
)  # fmt: skip

Row = dict[str, str]


def names_of(item: dict[str, Any], kinds: Any = None) -> Names:
    """What a passing condition of a raw item may name."""
    fields = item.get("fields", ())
    own = {one["key"]: (one["type"], frozenset(choice["key"] for choice in one.get("choices", ()))) for one in fields}
    labels = {one["label"][lang]: one["key"] for lang in ("en", "zh") for one in fields}
    choices = {one["key"]: {choice["label"][lang]: choice["key"] for lang in ("en", "zh") for choice in one.get("choices", ())} for one in fields}
    return Names(kinds or own, labels, choices)


def file_of(body: dict[str, Any], lang: str = "zh") -> bytes:
    """The whole table as an Excel file. Refusal: input.too_large, where a text is longer than a cell may be."""
    return _book(_rows(body, lang), lang)


def template(lang: str = "zh") -> bytes:
    """An empty table with one row that shows how."""
    return file_of(EXAMPLE, lang)


def _rows(body: dict[str, Any], lang: str) -> dict[str, list[Row]]:
    made = shaped({**body, "version": body.get("version", 1)})
    titles = [part.title.zh for part in made.parts]
    parts = {part.key: part.title.into(lang) if titles.count(part.title.zh) == 1 and part.title.into(lang) not in {p.key for p in made.parts} else part.key for part in made.parts}
    if len(set(parts.values())) < len(parts):
        parts = {key: key for key in parts}
    found: dict[str, list[Row]] = {"items": [], "fields": [], "choices": [], "about": _about(body, made, lang)}
    for item, raw in zip(made.items, body["items"], strict=True):
        found["items"].append({"part": parts.get(item.part, item.part), **_item(item, raw, made, lang)})
        for field in item.fields:
            found["fields"].append({
                "item": item.key, "key": field.key, "type": KINDS[field.type].into(lang), **_pair("label", field.label), **(_pair("unit", field.unit) if field.unit else {}),
            })  # fmt: skip
            found["choices"] += [{"item": item.key, "field": field.key, "key": choice.key, **_pair("label", choice.label)} for choice in field.choices]
    return found


def _item(item: Item, raw: dict[str, Any], made: Checklist, lang: str) -> Row:
    return {
        "key": item.key, **_pair("question", item.question), "type": _said(ANSWERS, item.type, lang), "severity": SEVERITIES[item.severity].into(lang),
        "party": PARTIES[item.party].into(lang), "applies_to": "、".join(EVERYWHERE.into(lang) if type == "all" else _said(TYPES, type, lang) for type in item.applies_to),
        "pass_when": _passes(item, raw, lang), "show_if": condition_cell.text_of(item.show_if, Names(earlier_kinds(made, item.key)), lang),
        "findings": findings_text(item.findings), "evidence": item.evidence, **_pair("clause", item.basis.clause), "section": item.basis.section,
        "quote": item.basis.quote, "on_site": TRUTHS[item.on_site].into(lang), "derived": TRUTHS[item.derived].into(lang),
    }  # fmt: skip


def _said(words: dict[str, Words], key: str, lang: str) -> str:
    return words[key].into(lang) if key in words else key


def _passes(item: Item, raw: dict[str, Any], lang: str) -> str:
    if item.type in JUDGED and not item.fields:
        for key in ("yes", "no"):
            if item.pass_when == {"is": ["value", key]}:
                return condition_cell.SAID[key].into(lang)
    if item.pass_when is None and item.type == "yes_no":
        return EMPTY
    return condition_cell.text_of(item.pass_when, names_of(raw), lang)


def findings_text(findings: Iterable[Words]) -> str:
    """One a line, 中文 | English; JSON where a line would lose something."""
    held = list(findings)
    text = "\n".join(one.zh if one.zh == one.en else f"{one.zh} | {one.en}" for one in held)
    if [Words(zh, en or zh) for zh, en in lines(text)] == held:
        return text
    return msgspec.json.encode(held).decode()


def lines(text: str) -> list[tuple[str, str]]:
    """(中文, English) of each line."""
    found = []
    for line in text.splitlines():
        zh, _, en = line.replace("｜", "|").partition("|")
        if zh.strip():
            found.append((zh.strip(), en.strip()))
    return found


def _pair(name: str, words: Words) -> Row:
    return {f"{name}_zh": words.zh, f"{name}_en": words.en or (EMPTY if words.zh else "")}


def _about(body: dict[str, Any], made: Checklist, lang: str) -> list[Row]:
    def row(what: str, key: str, words: Words) -> Row:
        return {"what": ROWS[what].into(lang), "key": key, "zh": words.zh, "en": words.en or (EMPTY if words.zh else "")}

    rows = [row("title", made.key, made.title), {"what": ROWS["version"].into(lang), "key": str(made.version)}]
    if made.source:
        rows.append(row("source", "", made.source))
    rows += [row("part", part.key, part.title) for part in made.parts]
    if "last_number" in body:
        rows.append({"what": ROWS["last_number"].into(lang), "key": str(body["last_number"])})
    rows += [row("hint", "", hint) for hint in HINTS]
    headings = {**{name: heading for name, heading, _ in ITEMS}, "field_type": Words("字段的类型", "Type of a field")}
    for column, offered in PICKED.items():
        rows.append({"what": ROWS["words"].into(lang), "key": headings[column].into(lang), "zh": "；".join(one.zh for one in offered), "en": "; ".join(one.en for one in offered)})
    return rows


def _book(rows: dict[str, list[Row]], lang: str) -> bytes:
    out = io.BytesIO()
    book = writing.workbook(out, in_memory=True)
    bold, plain = book.add_format({"bold": True, "bottom": 1, "text_wrap": True}), book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
    for name, (title, columns) in SHEETS.items():
        sheet = book.add_worksheet(title.into(lang))
        sheet.freeze_panes(1, 0)
        for place, (column, heading, width) in enumerate(columns):
            sheet.set_column(place, place, width, plain)
            sheet.write_string(0, place, heading.into(lang), bold)
            for number, row in enumerate(rows[name], 1):
                cell = row.get(column, "")
                if len(cell) > LONGEST_CELL:
                    raise Refusal("input.too_large")
                if cell:
                    sheet.write_string(number, place, cell, plain)
            offered = PICKED.get("field_type" if (name, column) == ("fields", "type") else column) if name in ("items", "fields") else None
            if offered:
                _offer(sheet, place, column, [words.into(lang) for words in offered])
    book.close()
    return out.getvalue()


def _offer(sheet: Any, place: int, column: str, words: list[str]) -> None:
    """A list to choose from, which does not forbid anything else: several types may stand in one cell."""
    source = [word.replace(",", "") for word in words]
    if len(",".join(source)) <= 255:
        sheet.data_validation(1, place, 600, place, {"validate": "list", "source": source, "error_type": "information", "show_error": column != "applies_to"})


def _words(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


EXAMPLE: dict[str, Any] = {
    "key": "", "version": 1, "title": _words("示例检查表", "Example check table"), "source": _words("示例：××〔2026〕×号", "Example: a document and its number"),
    "parts": [{"key": "P1", "title": _words("值班值守", "On duty")}],
    "items": [{
        "key": "I01", "part": "P1", "type": "number_pair", "question": _words("夜间值班应到几人、实到几人？", "How many are due on night duty, and how many are there?"),
        "basis": {"section": "3.1", "clause": _words("示例文件第三条第一项", "Example document, section 3.1"), "quote": ""}, "severity": "serious", "party": "unit",
        "applies_to": ["elderly_care", "children"], "on_site": True, "derived": True, "evidence": "值班表、签到记录",
        "fields": [
            {"key": "due", "label": _words("应到", "Due"), "type": "number", "unit": _words("人", "people")},
            {"key": "done", "label": _words("实到", "Present"), "type": "number", "unit": _words("人", "people")},
        ],
        "pass_when": {"ge": [{"field": "done"}, {"field": "due"}]},
        "findings": [_words("夜间值班人员不足", "Too few on night duty"), _words("值班表与实际不符", "The roster differs from who is there")],
    }],
}  # fmt: skip
