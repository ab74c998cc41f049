"""One item as its form: what was typed into the raw item, and the raw item as what stands in the form."""

import re
from typing import Any

import msgspec

from server.checklists.rules import ANSWERS, JUDGED, Checklist, earlier_kinds
from server.drafts import condition_form
from server.drafts.condition_form import Line
from server.foundation.refusal import Refusal
from server.foundation.words import Words

FIELDS = 6
FIELD_OF = {"single_choice": "choice", "multi_choice": "choices", "number_pair": "number"}
USUAL: dict[str, tuple[tuple[str, str, str], ...]] = {
    "number": (("count", "数量", "Number"),), "number_pair": (("due", "应有", "Due"), ("done", "实有", "Actual")), "date": (("on", "日期", "Date"),),
    "datetime": (("at", "时间", "Time"),), "text": (("text", "情况", "What was found"),), "single_choice": (("choice", "选择", "Choice"),),
    "multi_choice": (("choices", "选择", "Choices"),),
}  # fmt: skip
Raw = dict[str, Any]


class Given(msgspec.Struct):
    """The form of one item. Lists run side by side: one entry a line, of fields and of conditions."""

    question_zh: str
    type: str
    part: str
    _id: str = ""
    seen: int = -1
    question_en: str = ""
    severity: str = "general"
    party: str = "unit"
    applies_to: tuple[str, ...] = ()
    on_site: str = ""
    derived: str = ""
    evidence: str = ""
    section: str = ""
    clause_zh: str = ""
    clause_en: str = ""
    quote: str = ""
    findings: str = ""
    choices: str = ""
    met: str = "lines"
    met_join: str = "all"
    met_json: str = ""
    shows: str = "lines"
    show_join: str = "all"
    show_json: str = ""


def raw_of(given: Given, columns: dict[str, list[str]], earlier: Any) -> Raw:
    """The item that was typed. columns: the values of repeated inputs; earlier: kinds of what a condition may look back at.

    Refusals: draft.rule, input.invalid.
    """
    if given.type not in ANSWERS:
        raise Refusal("input.invalid", reason=given.type[:40]).at("type")
    fields = [] if given.type in JUDGED else _fields(given, columns)
    kinds = {one["key"]: (one["type"], frozenset(choice["key"] for choice in one.get("choices", ()))) for one in fields}
    return {
        "part": given.part, "type": given.type, "question": _words(given.question_zh, given.question_en),
        "basis": {"section": given.section, "clause": _words(given.clause_zh, given.clause_en), "quote": given.quote},
        "severity": given.severity, "party": given.party, "applies_to": list(given.applies_to) or ["all"], "on_site": given.on_site == "yes",
        "derived": given.derived == "yes", "evidence": given.evidence, "fields": fields, "findings": _pairs(given.findings),
        "pass_when": _condition(given.met, given.met_json, columns, "met", given.met_join, kinds) if fields else _judged(given.type),
        "show_if": _condition(given.shows, given.show_json, columns, "show", given.show_join, earlier),
    }  # fmt: skip


def _judged(type: str) -> Raw | None:
    return {"is": ["value", "yes"]} if type == "yes_no" else None


def _fields(given: Given, columns: dict[str, list[str]]) -> list[Raw]:
    """The lines of fields that were filled in; where there is none, what this way of answering usually has."""
    names = ("field_key", "field_zh", "field_en", "field_type", "field_unit", "field_choices")
    found = []
    for number, line in enumerate(zip(*(columns.get(name, []) for name in names), strict=False), 1):
        key, zh, en, type, unit, choices = (cell.strip() for cell in line)
        if zh or key:
            found.append(_field(key or f"f{number}", zh or key, en, type or FIELD_OF.get(given.type, given.type), unit, choices or given.choices))
    return found or [_field(key, zh, en, FIELD_OF.get(given.type, given.type), "", given.choices) for key, zh, en in USUAL[given.type]]


def _field(key: str, zh: str, en: str, type: str, unit: str, choices: str) -> Raw:
    made: Raw = {"key": key, "label": _words(zh, en), "type": type}
    if unit:
        made["unit"] = _words(*_pair(unit))
    if type in ("choice", "choices"):
        made["choices"] = [_choice(number, line) for number, line in enumerate(choices.splitlines(), 1) if line.strip()]
    return made


def _choice(number: int, line: str) -> Raw:
    """`key: 中文 | English`; the key may be left out."""
    found = re.fullmatch(r"\s*([A-Za-z0-9][\w.-]*)\s*[:：](.+)", line, re.ASCII)
    key, words = (found[1], found[2]) if found else (f"c{number}", line)
    return {"key": key, "label": _words(*_pair(words))}


def _condition(how: str, text: str, columns: dict[str, list[str]], name: str, join: str, kinds: Any) -> Raw | None:
    if how == "json":
        return _json(text)
    lines = zip(*(columns.get(f"{name}_{column}", []) for column in ("field", "operation", "value")), strict=False)
    try:
        return condition_form.rule_of([Line(*(cell.strip() for cell in line)) for line in lines], join, kinds)
    except Refusal as refusal:
        raise refusal.at(f"{name}_field") from None


def _json(text: str) -> Raw | None:
    try:
        found = msgspec.json.decode(text) if text else None
    except (msgspec.DecodeError, RecursionError):
        raise Refusal("draft.rule", reason="JSON") from None
    if found is not None and not isinstance(found, dict):
        raise Refusal("draft.rule", reason="JSON")
    return found


def _pairs(text: str) -> list[Raw]:
    return [_words(*_pair(line)) for line in text.splitlines() if line.strip()]


def _pair(text: str) -> tuple[str, str]:
    """中文 | English."""
    zh, _, en = text.replace("｜", "|").partition("|")
    return zh.strip(), en.strip()


def _words(zh: str, en: str) -> Raw:
    return {"zh": zh, "en": en or zh}


# The other way round


def form_of(raw: Raw) -> dict[str, Any]:
    """A raw item as the values of its form; `fields`, `pass_lines` and `show_lines` are lists."""
    basis, question = raw.get("basis", {}), raw["question"]
    clause = basis.get("clause", {"zh": "", "en": ""})
    passes, shows = condition_form.lines_of(raw.get("pass_when")), condition_form.lines_of(raw.get("show_if"))
    return {
        "question_zh": question["zh"], "question_en": _other(question), "type": raw["type"], "part": raw["part"], "severity": raw["severity"],
        "party": raw["party"], "applies_to": raw["applies_to"], "on_site": "yes" if raw.get("on_site", True) else "", "derived": "yes" if raw.get("derived") else "",
        "evidence": raw.get("evidence", ""), "section": basis.get("section", ""), "clause_zh": clause["zh"], "clause_en": _other(clause),
        "quote": basis.get("quote", ""), "findings": "\n".join(_both(words) for words in raw.get("findings", ())), "fields": [_row(one) for one in raw.get("fields", ())],
        "met": "lines" if passes else "json", "met_lines": passes[0] if passes else [], "met_join": passes[1] if passes else "all", "met_json": _text(raw.get("pass_when")),
        "shows": "lines" if shows else "json", "show_lines": shows[0] if shows else [], "show_join": shows[1] if shows else "all", "show_json": _text(raw.get("show_if")),
    }  # fmt: skip


def _row(field: Raw) -> Raw:
    return {
        "key": field["key"], "zh": field["label"]["zh"], "en": _other(field["label"]), "type": field["type"], "unit": _both(field["unit"]) if field.get("unit") else "",
        "choices": "\n".join(f"{choice['key']}: {_both(choice['label'])}" for choice in field.get("choices", ())),
    }  # fmt: skip


def _both(words: Raw) -> str:
    other = _other(words)
    return f"{words['zh']} | {other}" if other else str(words["zh"])


def _other(words: Raw) -> str:
    """The English, where it is not just the Chinese again."""
    return "" if words.get("en", "") == words["zh"] else str(words.get("en", ""))


def _text(rule: Raw | None) -> str:
    return msgspec.json.format(msgspec.json.encode(rule), indent=1).decode() if rule else ""


def fields_named(given: dict[str, Any]) -> list[tuple[str, str]]:
    """(key, label) of the fields that a passing condition may name: those of the form, else what each way of answering usually has."""
    rows = given.get("fields") or [{"key": key, "zh": zh} for usual in USUAL.values() for key, zh, _ in usual]
    return [(row["key"] or f"f{number}", row["zh"] or row["key"]) for number, row in enumerate(rows, 1)]


REPEATED = (
    "field_key", "field_zh", "field_en", "field_type", "field_unit", "field_choices", "met_field", "met_operation", "met_value",
    "show_field", "show_operation", "show_value", "applies_to",
)  # fmt: skip


def typed(fields: dict[str, str], columns: dict[str, list[str]]) -> dict[str, Any]:
    """What was typed, as the form shows it again."""
    names = ("key", "zh", "en", "type", "unit", "choices")
    rows = [dict(zip(names, line, strict=True)) for line in zip(*(columns[f"field_{name}"] for name in names), strict=False)]
    lines = {
        f"{name}_lines": [Line(*line) for line in zip(*(columns[f"{name}_{c}"] for c in ("field", "operation", "value")), strict=False) if any(line)]
        for name in ("met", "show")
    }
    return {**fields, **lines, "applies_to": columns["applies_to"], "fields": [row for row in rows if any(row.values())]}


def earlier(made: Checklist, key: str) -> dict[str, Any]:
    """The kinds of what a condition of this item ("new": one at the end) may look back at."""
    return earlier_kinds(made, "" if key == "new" else key)


def looked_at(made: Checklist, key: str) -> list[tuple[str, Words]]:
    """What a condition may look back at, in words."""
    known = {item.key: item for item in made.items}
    found = []
    for name in earlier(made, key):
        item, _, field = name.partition(".") if name not in known else (name, "", "")
        label = next((one.label for one in known[item].fields if one.key == field), None) if item in known else None
        asked = known[item].question if item in known else Words(name, name)
        found.append((name, Words(f"{item} {asked.zh[:24]}{'：' + label.zh if label else ''}", f"{item} {asked.en[:40]}{': ' + label.en if label else ''}")))
    return found
