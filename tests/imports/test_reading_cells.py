"""What offices write in cells, and what it is read as."""

import datetime as dt

import hypothesis.strategies as st
import pytest
from hypothesis import given

from server.imports import heads, judging, names, splitting, states
from server.imports.days import read_day, year_in
from server.imports.rules import DOUBTS, FAULTS, FIELDS, Mark
from server.problems.rules import LEVELS
from server.problems.workflow import WORKFLOW

VISIT = dt.date(2025, 8, 4)


@pytest.mark.parametrize(
    ("said", "on", "code"),
    [
        ("2025.8.4", "2025-08-04", ""), ("2025/8/4", "2025-08-04", ""), ("2025-08-04", "2025-08-04", ""), ("2025年8月4日", "2025-08-04", ""),
        ("２０２５．８．４", "2025-08-04", ""), ("2025 . 8 . 4", "2025-08-04", ""), ("2025.8.4（周一）", "2025-08-04", ""), ("2025年8月4日上午", "2025-08-04", ""),
        ("2025-08-04 09:30:00", "2025-08-04", ""), ("20250804", "2025-08-04", ""), ("45873", "2025-08-04", ""), ("45873.5", "2025-08-04", ""),
        ("8月4日", "2025-08-04", "year"), ("8.4", "2025-08-04", "year"), ("25.8.4", "2025-08-04", "short_year"), ("2025.8.4-8.6", "2025-08-04", "span"),
        ("2025年8月4日至6日", "2025-08-04", "span"), ("2025.8.4—2025.8.6", "2025-08-04", "span"), ("2025.2.30", "", "impossible"), ("13.45", "", "impossible"),
        ("2025.13.1", "", "impossible"), ("2025.8.4-8.40", "", "impossible"), ("立即", "", "no_date"), ("上周", "", "no_date"), ("", "", ""), ("99999999", "", "impossible"),
        ("2025年8月", "2025-08-01", "month"),
    ],
)  # fmt: skip
def test_the_day_of_a_visit(said: str, on: str, code: str) -> None:
    read = read_day(said, 2025)
    assert ((read.on.isoformat() if read.on else ""), read.code) == (on, code)


@pytest.mark.parametrize(
    ("said", "on", "code"),
    [
        ("2025.8.30前", "2025-08-30", ""), ("8月30日", "2025-08-30", "year"), ("1月15日", "2026-01-15", "year"), ("立即", "2025-08-04", "at_once"), ("即时整改", "2025-08-04", "at_once"),
        ("8月底", "2025-08-31", "month"), ("2月底", "2026-02-28", "month"), ("月底", "2025-08-31", "month"), ("年底前", "2025-12-31", "month"), ("8月中旬", "2025-08-20", "month"),
        ("2025.8.4-8.6", "2025-08-06", "span"), ("长期坚持", "", "no_day"), ("/", "", "no_day"), ("2025.9.31", "", "impossible"), ("2025年9月", "2025-09-30", "month"),
    ],
)  # fmt: skip
def test_a_deadline_follows_the_visit_and_takes_the_end_of_a_span(said: str, on: str, code: str) -> None:
    read = read_day(said, 2025, VISIT, last=True)
    assert ((read.on.isoformat() if read.on else ""), read.code) == (on, code)


def test_a_day_without_a_year_needs_one_from_somewhere() -> None:
    assert read_day("8月4日").code == "no_year"
    assert (year_in("2025年安全检查台账"), year_in("台账（2025）"), year_in("2024-2025年台账"), year_in("台账")) == (2025, 2025, None, None)


@given(st.dates(dt.date(1990, 1, 1), dt.date(2099, 12, 31)))
def test_every_way_of_writing_a_day_reads_as_that_day(on: dt.date) -> None:
    y, m, d = on.year, on.month, on.day
    for said in (f"{y}.{m}.{d}", f"{y}/{m:02}/{d:02}", f"{y}-{m}-{d}", f"{y}年{m}月{d}日", f"{y}{m:02}{d:02}", f" {y} 年 {m} 月 {d} 日 ", str((on - dt.date(1899, 12, 30)).days)):
        assert read_day(said).on == on, said


@given(st.text(max_size=60), st.none() | st.integers(1990, 2099), st.booleans())
def test_no_words_break_the_reading_of_days(said: str, year: int | None, last: bool) -> None:
    for near in (None, VISIT):
        read = read_day(said, year, near, last)
        assert read.code in ("", *DOUBTS, *FAULTS)
        assert not (read.on and read.code in FAULTS)


@pytest.mark.parametrize(
    ("cell", "parts"),
    [
        ("1.灭火器过期；2.通道堵塞", ["灭火器过期", "通道堵塞"]), ("1、甲处\n2、乙处\n3、丙处", ["甲处", "乙处", "丙处"]), ("（1）甲（2）乙", ["甲", "乙"]), ("(1) 甲 (2) 乙", ["甲", "乙"]),
        ("①甲②乙③丙", ["甲", "乙", "丙"]), ("一、食堂脏；二、没有留样", ["食堂脏", "没有留样"]), ("（一）甲（二）乙", ["甲", "乙"]), ("检查发现：1、甲。2、乙", ["甲。", "乙"]),
        ("1.床距3.5米\n2.灭火器2具", ["床距3.5米", "灭火器2具"]), ("食堂未留样；\n台账缺失。", ["食堂未留样", "台账缺失。"]),
        ("灭火器2具失效，间距3.5 米", None), ("1、2号楼通道堵塞", None), ("1.5升水桶2.0个", None), ("第一行没有完\n接着写下去", None), ("2.只有第二条", None), ("1.只有一条", None),
        ("三楼1.甲", None), ("", None),
    ],
)  # fmt: skip
def test_numbered_problems_in_one_cell_come_apart_and_quantities_do_not(cell: str, parts: list[str] | None) -> None:
    assert splitting.pieces(cell) == (parts or [cell])


WORDS = st.text(alphabet="灭火器通道堵塞食堂留样消毒记录缺失", min_size=4, max_size=12)


@given(st.lists(WORDS, min_size=2, max_size=9), st.sampled_from(["{n}.{w}", "{n}、{w}", "（{n}）{w}", "({n}) {w}", "{c}{w}"]), st.sampled_from(["", "\n", "；", "；\n"]))
def test_whatever_is_numbered_comes_apart_into_what_was_numbered(words: list[str], shape: str, between: str) -> None:
    cell = between.join(shape.format(n=n, w=word, c=splitting.CIRCLES[n - 1]) for n, word in enumerate(words, 1))
    assert splitting.pieces(cell) == words


@given(st.text(max_size=200))
def test_no_words_break_the_splitting_and_nothing_is_invented(cell: str) -> None:
    for part in splitting.pieces(cell):
        assert part in cell


def test_measures_are_split_alike_only_where_they_number_as_many() -> None:
    assert splitting.paired("1.更换；2.清理", 2) == ["更换", "清理"]
    assert splitting.paired("1.更换；2.清理", 3) is None
    assert splitting.paired("逐项整改", 2) is None
    assert [splitting.han(sign) for sign in ("一", "九", "十", "十一", "二十", "二十三")] == [1, 9, 10, 11, 20, 23]


@pytest.mark.parametrize(
    ("progress", "state", "is_guess"),
    [
        ("已整改", "awaiting_recheck", False), ("整改完成", "awaiting_recheck", False), ("已完成整改", "awaiting_recheck", False), ("已整改销号", "closed", False),
        ("已整改，已销号", "closed", False), ("已整改，未销号", "awaiting_recheck", False), ("现场处置", "fixed_on_spot", False), ("立行立改", "fixed_on_spot", False),
        ("立即整改", "fixed_on_spot", True), ("整改中", "rectifying", False), ("正在整改", "rectifying", False), ("未整改", "issued", False), ("尚未整改", "issued", False),
        ("部分整改，未完成", "issued", False), ("长期坚持", "rectifying", True), ("已更换灭火器", "awaiting_recheck", True), ("", "issued", True), ("老旧线路", "issued", True),
    ],
)  # fmt: skip
def test_free_words_become_a_state_and_a_guess_says_so(progress: str, state: str, is_guess: bool) -> None:
    stands = states.standing("", "", "", progress, has_due=True)
    assert (stands.state, stands.is_guess) == (state, is_guess)


def test_the_furthest_word_counts() -> None:
    assert states.standing("", "是", "", "已整改").state == "closed"
    assert states.standing("", "否", "", "已整改").state == "awaiting_recheck"
    assert states.standing("", "2025.9.1", "", "已整改") == states.Standing("closed", True, "2025.9.1")
    assert states.standing("", "", "复查合格", "已整改").state == "rechecked"
    assert states.standing("", "", "复查不合格，退回", "已整改").state == "returned"
    assert states.standing("", "", "", "", is_rectified=True).state == "awaiting_recheck"
    assert states.standing("", "", "", "").state == "recorded"


@given(*[st.text(max_size=30)] * 4, st.booleans(), st.booleans())
def test_whatever_is_said_is_a_state_of_the_workflow(state: str, closing: str, recheck: str, progress: str, rectified: bool, due: bool) -> None:
    found = states.standing(state, closing, recheck, progress, rectified, due).state
    assert found in {one.key for one in WORKFLOW.states} - {"withdrawn"}
    assert states.severity(progress)[0] in LEVELS


@pytest.mark.parametrize(("said", "level", "is_guess"), [("一般", "general", False), ("一般隐患", "general", False), ("较大", "serious", False), ("较重", "serious", False), ("严重", "serious", True), ("重大", "critical", False), ("重大事故隐患", "critical", False), ("低", "general", True), ("", "general", True)])  # fmt: skip
def test_words_of_severity(said: str, level: str, is_guess: bool) -> None:
    assert states.severity(said) == (level, is_guess)


def test_words_of_the_four_parties() -> None:
    assert states.party("单位责任") == ("unit", False)
    assert states.party("属地、部门") == ("locality", True)
    assert states.party("") == ("unit", True)


REGISTER = names.Names(
    [names.Registered("h", "安康养老院", "a/", "elderly_care", "谭秀梅"), names.Registered("c", "万州区儿童福利院（示例）", "a/", "children"), names.Registered("d", "康乐院", "a/", "x"), names.Registered("e", "开州区康乐院", "a/", "x")],
    ["周敏", "何川"], ["万州区民政局", "养老服务科"],
)  # fmt: skip


@pytest.mark.parametrize(
    ("said", "id", "is_like"),
    [
        ("安康养老院", "h", False), (" 安康 养老院 ", "h", False), ("安康（养老院）", "h", False), ("重庆市万州区安康养老院", "h", True), ("安康养老院有限公司", "h", True),
        ("儿童福利院示例", "c", True), ("安康养老苑", "", False), ("安康", "", False), ("别处敬老院", "", False), ("万州区康乐院", "", False),
    ],
)  # fmt: skip
def test_a_facility_is_taken_by_its_name_and_only_offered_when_it_is_similar(said: str, id: str, is_like: bool) -> None:
    found = REGISTER.facility(said)
    assert (found.id, found.is_like) == (id, is_like)
    if said == "安康养老苑":
        assert found.offers == (("h", "安康养老院"),)


def test_people_and_units_are_told_by_the_register_and_by_their_shape() -> None:
    assert all(REGISTER.is_person(said) for said in ("周敏", "谭秀梅", "向师傅", "欧阳小明", "周敏、何川"))
    assert not any(REGISTER.is_person(said) for said in ("安康养老院", "养老服务科", "民政局", "值班室", "第三方物业公司", ""))
    assert all(REGISTER.is_unit(said) for said in ("养老服务科", "消防大队", "安康养老院"))
    assert not any(REGISTER.is_unit(said) for said in ("周敏", "谭秀梅", "张三"))


def test_headings_of_one_two_and_three_rows() -> None:
    one = [["2025年台账", "", ""], ["序号", "检查日期", "存在问题"], ["1", "2025.1.1", "通道堵塞"]]
    head = heads.heading(one)
    assert head
    assert (head.top, head.bottom, head.guess) == (1, 1, ("origin", "found_on", "what"))
    two = heads.spread([["序号", "检查", "", "整改", ""], ["", "时间", "人员", "时限", "情况"], ["1", "2025.1.1", "甲", "", ""]], [(0, 0, 1, 0), (0, 1, 0, 2), (0, 3, 0, 4)])
    head = heads.heading(two)
    assert head
    assert (head.bottom, head.names[1], head.guess) == (1, "检查/时间", ("origin", "found_on", "inspectors", "due_on", "progress"))
    three = heads.spread([["清单", "", ""], ["问题清单", "", "责任清单"], ["检查时间", "问题描述", "责任人"], ["2025.1.1", "甲", "乙"]], [(0, 0, 0, 2), (1, 0, 1, 1)])
    head = heads.heading(three)
    assert head
    assert (head.bottom, head.guess) == (2, ("found_on", "what", "person"))
    assert heads.heading([["一", "二"], ["三", "四"]]) is None


def test_the_fingerprint_is_of_the_headings_and_not_of_spaces_or_what_stands_above() -> None:
    plain = heads.heading([["序号", "检查时间", "存在问题"]])
    spaced = heads.heading([["标题", "", ""], ["序 号", "检查时间（年月日）", "存在问题*"]])
    assert plain
    assert spaced
    assert plain.fingerprint == spaced.fingerprint
    assert heads.is_repeated(["序号", "检查时间", "存在问题"], plain.names)
    assert not heads.is_repeated(["1", "2025.1.1", "存在问题"], plain.names)


def test_feet_and_numbers_of_columns_are_no_problems() -> None:
    assert heads.is_foot(["合计", "", "34 条"])
    assert heads.is_foot(["填表人：陈静", "", "填表日期：2025.1.1"])
    assert not heads.is_foot(["1", "2025.1.1", "备注栏没有填写"])
    assert heads.are_numbers(["1", "2", "3", "4", ""])
    assert not heads.are_numbers(["1", "2025.1.1", "3", "4"])


def test_a_heading_that_comes_twice_is_guessed_once() -> None:
    guess = heads.guesses(["检查时间", "检查时间", "存在问题", "时间"])
    assert [field for field in guess if field].count("found_on") == 1


CELL = st.text(max_size=40) | st.sampled_from(["1.甲事项；2.乙事项", "2025.8.4", "安康养老院", "已整改", "8月底", "周敏", "\u202e😀", "9" * 400])


@given(st.dictionaries(st.sampled_from(list(FIELDS)), CELL))
def test_no_row_breaks_the_judging(cells: dict[str, str]) -> None:
    around = judging.Around(REGISTER, dt.date(2026, 1, 1), 2025, "", frozenset(FIELDS))
    for reading in [*judging.readings(cells, {}, around), judging.unread(cells, around)]:
        assert reading.values["state"] in {one.key for one in WORKFLOW.states}
        for mark in reading.marks:
            assert mark.words.zh
            assert mark.words.en
            assert "{" not in mark.words.zh.replace(mark.said[:80], "")
        fine = not any(mark.is_fault for mark in reading.marks)
        assert not fine or (reading.values["facility"] and dt.date.fromisoformat(reading.values["found_on"]) and reading.values["what"])


def test_marks_of_one_kind_are_settled_together() -> None:
    assert Mark("found_on", "year", said="8.4").key == Mark("found_on", "year", said="8.5").key
    assert Mark("facility", "facility", said="甲院").key != Mark("facility", "facility", said="乙院").key


def test_a_missing_year_is_told_by_the_rows_other_days_or_by_the_rows_above() -> None:
    around, above = judging.Around(REGISTER, dt.date(2026, 1, 1), None, "h", frozenset(FIELDS)), {}
    assert judging.readings({"what": "甲", "found_on": "8.4"}, above, around)[0].values["found_on"] == ""
    assert judging.readings({"what": "甲", "found_on": "8.4", "due_on": "2024.9.1"}, above, around)[0].values["found_on"] == "2024-08-04"
    assert judging.readings({"what": "甲", "found_on": "8.5"}, above, around)[0].values["found_on"] == "2024-08-05"
    assert judging.readings({"what": "甲", "found_on": "2025.1.1"}, above, around)[0].values["found_on"] == "2025-01-01"
    assert judging.readings({"what": "甲", "found_on": "1.2"}, above, around)[0].values["found_on"] == "2025-01-02"
