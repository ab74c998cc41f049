"""What stands of a problem on paper: 整改报告 and 复查意见, each as its event in the history has it; and the three lists."""

import datetime as dt
from collections.abc import Iterator, Sequence

from server.documents.rules import (
    MOST_ROWS,
    MOST_SHOTS,
    Block,
    Document,
    Ending,
    Shot,
    Table,
    Text,
    facts,
    shots,
    spelled,
)
from server.foundation import clock
from server.foundation.refusal import Refusal
from server.foundation.words import Words, speaking
from server.ledger.queries import Happening
from server.problems import sheets
from server.problems.queries import Problem
from server.problems.rules import LEVELS

REPORT, RECHECKS = "problem.reported", ("problem.rechecked", "problem.returned")
PAPERS = {REPORT: Words("整改报告", "Report of rectification"), **dict.fromkeys(RECHECKS, Words("复查意见", "Opinion of the re-check"))}  # by event: what it is on paper
RESULTS = {"problem.rechecked": Words("复查通过", "It passes"), "problem.returned": Words("复查不通过，退回整改", "It does not pass and is sent back")}
BEFORE = ("before", "finding")  # roles of photos


def paper(problem: Problem, history: Sequence[Happening], seq: int, before: Sequence[str], lang: str) -> Document:
    """before: photos of the problem as it was found. Refusal: not_found, of an event that is none of PAPERS."""
    so_far = [one for one in history if one.seq <= seq]
    event = so_far[-1] if so_far else None
    if event is None or event.seq != seq or event.kind not in PAPERS:
        raise Refusal("not_found")
    blocks = _report(problem, so_far, before, lang) if event.kind == REPORT else _recheck(problem, so_far, lang)
    office = problem.facility if event.kind == REPORT else problem.bureau
    return Document(lang, PAPERS[event.kind].into(lang), f"/problems/{problem.id}", (_about(problem, so_far, lang), *blocks), office, problem.number, problem.id)


def _about(problem: Problem, so_far: Sequence[Happening], lang: str) -> Block:
    """The problem, with the day by which it was due and who answered for it then."""
    t = speaking(lang)
    return facts(
        (t("被检查机构", "Facility"), problem.facility), (t("问题", "Problem"), problem.what), (t("点位", "Where"), problem.spot), (t("依据", "Basis"), problem.clause.into(lang)),
        (t("等级", "Level"), LEVELS[problem.severity].into(lang), t("检查日期", "Found on"), spelled(problem.found_on, lang)),
        (t("通知书", "Notice"), _last(so_far, "notice"), t("整改时限", "Due"), _written(_last(so_far[:-1], "due_on"), lang)),
        (t("责任人", "Who answers"), _last(so_far, "person") or problem.person),
    )  # fmt: skip


def _report(problem: Problem, so_far: Sequence[Happening], before: Sequence[str], lang: str) -> tuple[Block, ...]:
    t, event = speaking(lang), so_far[-1]
    after = [Shot(one, t("整改后", "After")) for one in event.data.get("photos", [])]
    room = MOST_SHOTS - len(after)  # of a problem that was seen on many visits, what shows the report stays
    found = [Shot(one, t("整改前", "Before")) for one in before]
    pictures = [*found[:room], *after, *found[room:]]
    return (
        *_parts(lang, (t("原因", "Cause"), _last(so_far, "cause")), (t("整改措施", "Measures"), _last(so_far, "measures")), (t("整改情况", "What was done"), event.data["text"])),
        *shots(pictures, lang), Text(t(f"报告人：{event.author_name}", f"Reported by {event.author_name}")), Ending(problem.facility, _day(event, lang)),
    )  # fmt: skip


def _recheck(problem: Problem, so_far: Sequence[Happening], lang: str) -> tuple[Block, ...]:
    t, event = speaking(lang), so_far[-1]
    report = next((one for one in reversed(so_far) if one.kind == REPORT), None)
    due = _written(event.data.get("due_on", ""), lang)
    result = RESULTS[event.kind].into(lang) + (t(f"，新的整改时限 {due}", f"; new due day {due}") if due else "") + t("。", ".")
    reported = t(f"（{report.author_name}，{_day(report, lang)}）", f" ({report.author_name}, {_day(report, lang)})") if report else ""
    return (
        *_parts(
            lang, (t("机构报告的整改情况", "What was reported"), report.data["text"] + reported if report else ""),
            (t("复查情况", "What was seen"), event.data.get("text") or event.data.get("reason", "")), (t("复查结论", "Result"), result),
        ),
        *shots((Shot(one, t("复查时", "At the re-check")) for one in event.data.get("photos", [])), lang),
        Text(t(f"复查人：{event.author_name}", f"Re-checked by {event.author_name}")), Ending(problem.bureau, _day(event, lang)),
    )  # fmt: skip


def _parts(lang: str, *told: tuple[str, str]) -> Iterator[Block]:
    """(head, words), those that say something, numbered as official papers do."""
    for place, (head, words) in enumerate((one for one in told if one[1]), 1):
        yield Text(f"{place}. {head}" if lang == "en" else f"{'一二三'[place - 1]}、{head}", "head")
        yield from (Text(line) for line in words.split("\n") if line.strip())


def _last(so_far: Sequence[Happening], fact: str) -> str:
    """What the history said last of it."""
    return next((str(one.data[fact]) for one in reversed(so_far) if one.data.get(fact)), "")


def _day(event: Happening, lang: str) -> str:
    """The day on which it was done, as the phone said where it came later."""
    return _written(event.data.get("done_on") or event.data.get("made_on") or clock.today(event.at).isoformat(), lang)


def _written(on: str, lang: str) -> str:
    return spelled(dt.date.fromisoformat(on), lang) if on else ""


def listed(view: str, problems: Sequence[Problem], told: str, query: str, lang: str) -> Document:
    """One of the three lists. told: what is filtered, in words. Refusal: document.many."""
    if len(problems) > MOST_ROWS:
        raise Refusal("document.many", limit=MOST_ROWS)
    t, (name, columns) = speaking(lang), sheets.LISTS[view]
    head = (sheets.SERIAL, *(words for words, _, _ in columns))
    rows = tuple((str(place), *(str(value(one, lang) or "") for _, _, value in columns)) for place, one in enumerate(problems, 1))
    base = "/problems" if view == "problems" else f"/problems/{view}"
    table = Table(tuple(words.into(lang) for words in head), (1.2, *(2.4 + width / 30 for _, width, _ in columns)), rows)
    return Document(lang, name.into(lang), f"{base}?{query}".rstrip("?"), (Text(f"{told}　{t(f'共 {len(rows)} 条', f'{len(rows)} in all')}", "note"), table), wide=True)
