"""Accounts as an Excel or CSV file: a template, the register out, and rows in. What comes out goes in again unchanged."""

import datetime as dt
import hashlib
import io
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from server.accounts import rules
from server.accounts.rules import At
from server.foundation.refusal import Refusal
from server.foundation.words import Words
from server.people.rules import ROLE_WORDS, STATE_WORDS, normal_sign_in
from server.sheets import reading, writing

COLUMNS = {"name": "姓名", "sign_in": "手机号/登录名", "role": "角色", "place": "单位", "until_on": "到期日"}
ALSO = {
    "手机号": "sign_in", "登录名": "sign_in", "手机号或登录名": "sign_in", "手机": "sign_in", "岗位": "role", "所在单位": "place", "到哪天为止": "until_on",
    "Name": "name", "Sign-in": "sign_in", "Role": "role", "Place": "place", "Until": "until_on",
}  # fmt: skip
KEYS = {**{heading: key for key, heading in COLUMNS.items()}, **ALSO}
NEEDED = ("name", "sign_in", "role", "place")
EXAMPLE = ("示例：张三", "13800000000", "检查员", "", "2026-12-31")


class Fault(msgspec.Struct, frozen=True):
    """One cell that cannot be taken: its row (the heading is row 1), the column's heading, and why."""

    row: int
    column: str
    reason: Words


class Entry(msgspec.Struct, frozen=True):
    """One row as it was read. does: "new" registers, "role" adds a role to somebody known, "same" changes nothing.

    person: the id of somebody known, else "". like: the row above that names the same new person, else 0.
    """

    row: int
    name: str
    sign_in: str
    role: str
    place: str
    place_name: str
    until_on: dt.date | None
    does: str
    person: str = ""
    like: int = 0


class Reading(msgspec.Struct):
    entries: list[Entry]
    faults: list[Fault]
    file: str = ""

    def count(self, does: str) -> int:
        return sum(entry.does == does for entry in self.entries)


# What the register already holds of a sign-in name: (person, name, {(role, place)}).
Known = Mapping[str, tuple[str, str, set[tuple[str, str]]]]


# Out


def template(places: Iterable[At]) -> bytes:
    """An empty file to fill in, with one row as an example and a sheet of the places that may stand in it."""
    names = list(places)
    example = (*EXAMPLE[:3], names[0].name if names else "", EXAMPLE[4])
    return _book([example], list(COLUMNS.values()), names)


def register(people: Iterable[tuple[Any, Iterable[Any]]]) -> bytes:
    """One row for each role that counts or is to begin."""
    lines = [
        (person.name, person.sign_in, ROLE_WORDS[held.role].zh, held.place_name, _day(held.until_on), _day(held.from_on), STATE_WORDS[person.state].zh)
        for person, roles in people for held in roles if held.tense != "past"
    ]  # fmt: skip
    return _book(lines, [*COLUMNS.values(), "开始日", "状态"])


def _book(lines: Iterable[tuple[str, ...]], headings: list[str], places: Iterable[At] = ()) -> bytes:
    out = io.BytesIO()
    book = writing.workbook(out, in_memory=True)
    bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
    sheet = book.add_worksheet("人员")
    sheet.write_row(0, 0, headings, bold)
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(headings) - 1, 20, text)
    for number, line in enumerate(lines, 1):
        for column, cell in enumerate(line):
            sheet.write_string(number, column, cell, text)
    if listed := list(places):
        told = book.add_worksheet("可填的角色和单位")
        told.write_row(0, 0, ["角色", "单位", "上级单位"], bold)
        told.set_column(0, 2, 28)
        told.write_column(1, 0, [words.zh for words in ROLE_WORDS.values()])
        told.write_column(1, 1, [place.name for place in listed])
        told.write_column(1, 2, [place.above for place in listed])
    book.close()
    return out.getvalue()


def _day(on: dt.date | None) -> str:
    return on.isoformat() if on else ""


# In


def rows_of(content: bytes) -> list[tuple[int, dict[str, str]]]:
    """The first sheet's rows by column. Refusals: accounts.columns, accounts.twice, accounts.none, sheet.*."""
    table = reading.sheets(content, rules.MOST_ROWS + 1)[0].rows
    heads = [KEYS.get(cell.strip()) for cell in table[0]]
    for key, heading in COLUMNS.items():
        if heads.count(key) > 1:
            raise Refusal("accounts.twice", column=heading).at("file")
    if missing := [COLUMNS[key] for key in NEEDED if key not in heads]:
        raise Refusal("accounts.columns", columns="、".join(missing)).at("file")
    found = []
    for number, line in enumerate(table[1:], 2):
        cells = {key: cell.strip() for key, cell in zip(heads, line, strict=True) if key}
        if any(cells.values()) and cells["name"] != EXAMPLE[0]:
            found.append((number, cells))
    if not found:
        raise Refusal("accounts.none").at("file")
    return found


def read(content: bytes, rows: list[tuple[int, dict[str, str]]], places: Iterable[At], known: Known, today: dt.date) -> Reading:
    """What the file asks for, judged row by row."""
    told = Reading([], [], hashlib.sha256(content).hexdigest())
    named = rules.by_name(places)
    first: dict[str, Entry] = {}
    seen: dict[tuple[str, str, str], int] = {}
    for number, cells in rows:
        entry = _entry(number, cells, named, known, today, told.faults)
        if entry is None:
            continue
        above = first.get(entry.sign_in)
        held = (entry.sign_in, entry.role, entry.place)
        if above and above.name != entry.name:
            told.faults.append(Fault(number, COLUMNS["name"], Words(f"与第 {above.row} 行登录名相同，姓名不同", f"row {above.row} has the same sign-in name and another name")))
        elif held in seen:
            told.faults.append(Fault(number, COLUMNS["role"], Words(f"与第 {seen[held]} 行重复", f"the same as row {seen[held]}")))
        else:
            if above and entry.does == "new":
                entry = msgspec.structs.replace(entry, does="role", like=above.row)
            told.entries.append(entry)
        first.setdefault(entry.sign_in, entry)
        seen.setdefault(held, number)
    return told


def _entry(
    number: int, cells: dict[str, str], places: Mapping[str, list[At]], known: Known, today: dt.date, faults: list[Fault]
) -> Entry | None:
    """One row; None, with its faults noted, where it cannot be."""
    before = len(faults)

    def fault(column: str, zh: str, en: str) -> None:
        faults.append(Fault(number, COLUMNS[column], Words(zh, en)))

    name, sign_in = _name(cells, fault), _sign_in(cells, fault)
    role, place, until_on = rules.role_of(cells["role"]), rules.place_of(cells["place"], places), rules.day_of(cells.get("until_on", ""))
    if role is None:
        fault("role", "请写：" + "、".join(w.zh for w in ROLE_WORDS.values()), "one of: " + ", ".join(w.en for w in ROLE_WORDS.values()))
    if not isinstance(place, At):
        fault("place", *(("有几个单位同名，请写“上级单位/单位”", "several places have this name: write parent/place") if place else ("不是您管理的单位", "no place that you administer")))
    if until_on is False:
        fault("until_on", "不是日期，请写成 2026-12-31", "no day: write it as 2026-12-31")
    elif isinstance(until_on, dt.date) and until_on < today:
        fault("until_on", "日期已经过去", "this day has passed")
    person = known.get(sign_in)
    if person and person[1] != name:
        fault("sign_in", "已有人使用，姓名与这一行不同", "taken by somebody of another name")
    if len(faults) > before or role is None or not isinstance(place, At) or isinstance(until_on, bool):
        return None
    does = "new" if not person else "same" if (role, place.id) in person[2] else "role"
    return Entry(number, name, sign_in, role, place.id, place.name, until_on, does, person[0] if person else "")


def _name(cells: dict[str, str], fault: Callable[[str, str, str], None]) -> str:
    name = " ".join(cells["name"].split())
    if not 1 <= len(name) <= 60 or not name.isprintable():
        fault("name", "姓名应为 1 到 60 个字", "a name has 1 to 60 characters")
    elif name.startswith(reading.FORMULA):
        fault("name", "像是公式，不是姓名", "this looks like a formula, not a name")
    return name


def _sign_in(cells: dict[str, str], fault: Callable[[str, str, str], None]) -> str:
    try:
        name = normal_sign_in(cells["sign_in"])
    except Refusal:
        fault("sign_in", "应为手机号，或 2 到 64 个字母、数字", "a phone number, or 2 to 64 letters and digits")
        return ""
    if name.startswith(("=", "-", "@")):
        fault("sign_in", "像是公式，不是登录名", "this looks like a formula, not a sign-in name")
    return name
