"""The form by which a paper visit is entered: which paper, what stands above its table, and all of it as the command takes it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from server.checklists.answers import Answer, check_answers
from server.checklists.rules import Checklist, Item
from server.foundation import clock
from server.foundation.refusal import Refusal, declare, no
from server.inspections import typed
from server.people.rules import id_for

declare(
    {
        "paper.hour": no(422, "时间读不懂：{hour}", "This time cannot be read: {hour}", "请按 09:30 的样子填写", "Write it as 09:30"),
        "paper.one_table": no(
            422, "一次只能录一张检查表的部分", "Parts of one check table at a time", "请只勾选一张检查表的部分", "Tick parts of one table only"
        ),
    }
)


class Sheet(msgspec.Struct, frozen=True):
    """Which paper is entered: of which facility (id, type), by which table, which of its parts; every item that it may ask."""

    facility: Any
    checklist: Checklist
    parts: tuple[str, ...]
    every: Mapping[str, Item]

    @property
    def chosen(self) -> list[str]:
        return [f"{self.checklist.id}:{part}" for part in self.parts]

    def completed(self, answers: Mapping[str, Answer], rest: bool) -> dict[str, Answer]:
        return typed.completed(self.checklist, self.facility.type, self.parts, answers, rest)

    def failing(self, answers: Mapping[str, Answer]) -> list[str]:
        """Keys of the items that fail, all else being answered. Refusals: answer.missing, answer.wrong."""
        fails = typed.failing(self.every, answers)
        check_answers(self.checklist, self.facility.type, self.parts, answers, dict.fromkeys(fails, 1))
        return fails


class Entered(msgspec.Struct):
    """What stands above the table on paper. on, started, ended: the day and the hours in Beijing; rest: 其余符合."""

    _id: str
    on: dt.date
    started: str
    ended: str
    kind: str
    mode: str
    first: str
    second: str
    signer: str = ""
    signer_title: str = ""
    refused: str = ""
    rest: str = ""
    assignment: str = ""


CARRIED = ("on", "kind", "mode", "first", "second")  # what the next paper of a pile has in common with this one


def table_of(chosen: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """(KEY/VERSION, parts) of what was ticked as KEY/VERSION:PART. Refusal: paper.one_table."""
    tables = {one.partition(":")[0] for one in chosen}
    if len(tables) != 1:
        raise Refusal("paper.one_table").at("part")
    return tables.pop(), tuple(dict.fromkeys(one.partition(":")[2] for one in chosen))


def payload(
    given: Entered, sheet: Sheet, answers: Mapping[str, Answer], lines: Sequence[typed.Line], sheets: Sequence[str]
) -> dict[str, Any]:
    """`inspections.enter` of this form. Refusal: paper.hour."""
    fails = typed.failing(sheet.every, answers)
    told = {line.item for line in lines if line.is_used}
    noted = [line for line in lines if line.item in fails and (line.is_used or line.item not in told)]
    return {
        "id": id_for(given._id, "visit"), "facility": sheet.facility.id, "checklist": {"key": sheet.checklist.key, "version": sheet.checklist.version},
        "parts": sheet.parts, "kind": given.kind, "mode": given.mode, "started_at": _moment(given.on, given.started, "started"),
        "finished_at": _moment(given.on, given.ended, "ended"), "inspectors": (given.first, given.second), "answers": answers,
        "counterpart": {"name": given.signer, "title": given.signer_title, "refused": given.refused}, "sheets": sheets,
        "findings": [typed.finding(line, given._id, sheet.every) for line in noted], "assignment": given.assignment,
    }  # fmt: skip


def _moment(on: dt.date, hour: str, field: str) -> dt.datetime:
    try:
        return dt.datetime.combine(on, dt.time.fromisoformat(hour), clock.BEIJING)
    except ValueError:
        raise Refusal("paper.hour", hour=hour[:20]).at(field) from None


def day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def read_table(text: str) -> dict[str, Answer]:
    """The answers that the form carries along from step to step. Refusal: input.invalid."""
    if "\\u0000" in text:
        raise Refusal("input.invalid", reason="NUL")
    try:
        return msgspec.json.decode(text, type=dict[str, Answer])
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        raise Refusal("input.invalid", reason=str(error)[:100]) from None
