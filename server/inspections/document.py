"""现场检查记录 on paper: what was found with its photos, every answer, who signed."""

from collections.abc import Sequence
from typing import Any

import msgspec

from server.checklists.rules import Checklist
from server.documents.rules import (
    Block,
    Document,
    Shot,
    Signed,
    Signer,
    Table,
    Text,
    facts,
    lines,
    shots,
    spelled,
)
from server.facilities.rules import PARTIES, TYPES
from server.foundation import clock
from server.foundation.words import speaking
from server.inspections import said
from server.inspections.queries import Visit
from server.plans.rules import KINDS, MODES
from server.problems.rules import LEVELS


class Record(msgspec.Struct, frozen=True):
    """shots: (photos, photos after it was put right) by finding; author: who sent it in; bureau: whose number it bears."""

    visit: Visit
    checklist: Checklist
    sections: list[said.Section]
    shots: dict[str, tuple[list[str], list[str]]]
    author: str
    bureau: str


def paper(record: Record, lang: str) -> Document:
    t, visit = speaking(lang), record.visit
    blocks: tuple[Block, ...] = (
        _about(record, lang),
        *(Text(words.into(lang), "note") for _, words in said.notes(visit, record.author)),
        *([Text(t(f"本记录已更正 {visit.revision} 次，最近一次：{clock.spoken(visit.amended_at)}。", f"Amended {visit.revision}×, last: {clock.spoken(visit.amended_at)}."), "note")] if visit.amended_at else []),
        Text(t("一、检查结果", "1. Result"), "head"),
        _result(record, lang),
        Text(t("二、发现的问题", "2. Problems found"), "head"),
        *_findings(record, lang),
        Text(t("三、检查内容", "3. What was asked"), "head"),
        _answers(record, lang),
        Text(t("四、签名", "4. Signatures"), "head"),
        *_signatures(record, lang),
    )
    return Document(lang, t("现场检查记录", "Record of an on-site visit"), f"/visits/{visit.id}", blocks, record.bureau, visit.number, visit.id)


def _about(record: Record, lang: str) -> Block:
    t, visit, table = speaking(lang), record.visit, record.checklist
    type = TYPES[visit.facility_type].into(lang) if visit.facility_type in TYPES else ""
    return facts(
        (t("被检查机构", "Facility"), f"{visit.facility}　{type}".strip()), 
        (t("检查", "Visit"), f"{KINDS[visit.kind].into(lang)}　{MODES[visit.mode].into(lang)}", t("检查人", "Inspectors"), visit.names),
        (t("检查时间", "When"), t(f"{clock.spoken(visit.started_at)} 至 {clock.spoken(visit.finished_at)}", f"{clock.spoken(visit.started_at)} until {clock.spoken(visit.finished_at)}")),
        (t("检查表", "Check table"), table.title.into(lang) + t(f"　第 {table.version} 版", f"　version {table.version}")),
    )  # fmt: skip


def _result(record: Record, lang: str) -> Block:
    t, visit = speaking(lang), record.visit
    bulk = sum(line.bulk for section in record.sections for line in section.lines)
    return Text(
        t(
            f"符合 {visit.passed} 项，不符合 {visit.failed} 项，不适用 {visit.not_applicable} 项，仅记录 {visit.recorded} 项。",
            f"Pass {visit.passed}, fail {visit.failed}, not applicable {visit.not_applicable}, recorded {visit.recorded}. ",
        )
        + (said.in_bulk(bulk).into(lang) if bulk else "")
    )


def _findings(record: Record, lang: str) -> Sequence[Block]:
    t, found = speaking(lang), record.visit.findings
    if not found:
        return [Text(t("没有发现问题。", "None."))]
    head = (t("序号", "No."), t("问题", "Problem"), t("等级", "Level"), t("责任", "Answers"), t("整改", "Put right"))
    rows = tuple(_finding(place, row, lang) for place, row in enumerate(found, 1))
    pictures = [
        Shot(sha256, t(f"问题 {place} {words}", f"{place}, {words}"))
        for place, row in enumerate(found, 1)
        for words, some in zip((t("检查时", "found"), t("整改后", "put right")), record.shots[row["finding"]], strict=True)
        for sha256 in some
    ]
    return [Table(head, (0.9, 5.6, 1.4, 2, 2.4), rows), *shots(pictures, lang)]


def _finding(place: int, row: dict[str, Any], lang: str) -> tuple[str, ...]:
    t, spot = speaking(lang), " / ".join(filter(None, (row.get("point"), row.get("step"))))
    seen = t("再次发现，仍用原编号", "Seen again, keeps its number") if row["observed"] else ""
    due = row.get("due_on")
    party = PARTIES[row["party"]].into(lang) if row.get("party") else ""
    by = t("立行立改", "On the spot") if row.get("fixed") else t(f"限 {due}", f"by {due}") if due else ""
    words = lines(row.get("what", ""), spot and t("点位：", "Where: ") + spot, t("编号：", "Number: ") + row["number"], seen)
    return str(place), words, LEVELS[row.get("severity", "general")].into(lang), lines(party, row.get("person") or ""), by


def _answers(record: Record, lang: str) -> Table:
    t = speaking(lang)
    rows: list[tuple[str, ...]] = []
    for section in record.sections:
        rows.append((section.part.title.into(lang),))
        for line in section.lines:
            counted = t("　", "; ").join(f"{label.into(lang)}{t('：', ': ')}{value.into(lang)}" for label, value in line.counted)
            rows.append((line.item.key, lines(line.item.question.into(lang), counted), lines(line.words.into(lang), line.aside.into(lang) if line.aside else "")))
    return Table((t("编号", "Item"), t("检查内容", "Question"), t("结果", "Result")), (1.3, 8, 2), tuple(rows))


def _signatures(record: Record, lang: str) -> Sequence[Block]:
    """A visit that was entered from paper is signed on its sheets: their photos stand for ink."""
    t, sheets = speaking(lang), record.visit.papers
    signers = tuple(
        Signer(
            one.whose.into(lang), one.refusal.into(lang) if one.refused else f"{one.name}　{one.title}".strip(), "" if sheets else one.photo,
            clock.spoken(one.at) if one.at else spelled(record.visit.visited_on, lang),
        )
        for one in said.signers(record.visit.signatures)
    )  # fmt: skip
    if not sheets:
        return [Signed(signers)]
    pages = shots((Shot(sha256, t(f"纸质记录第 {place} 页", f"Paper record, sheet {place}")) for place, sha256 in enumerate(sheets, 1)), lang)
    return [Signed(signers), Text(said.ON_PAPER.into(lang), "note"), *pages]
