"""From text to grams and from what is typed to a question: without a database, by a plain reading of both."""

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.search import rules

HAN = st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x4EFF), min_size=1, max_size=40)
MIXED = st.text(st.sampled_from("食堂储存留样消防0123456789WZabc-〔〕（）、 ．\u3000\u200b\U00020000"), max_size=40)
NUMBER = "万民整〔2026〕17号"


def finds(text: str, typed: str) -> bool:
    """Whether an index of this text answers the question: FTS5 and tsquery done by hand, over a list of grams."""
    held = rules.grams([text]).split(" ")
    words = rules.asked(typed)
    return bool(words) and all(any(_stands(held, word, place) for place in range(len(held))) for word in words)


def _stands(held: list[str], word: rules.Word, place: int) -> bool:
    part, last = held[place : place + len(word.grams)], len(word.grams) - 1
    return len(part) == last + 1 and all(
        had == wanted or (n == last and word.begins and had.startswith(wanted)) for n, (had, wanted) in enumerate(zip(part, word.grams, strict=True))
    )


@given(HAN, st.data())
def test_every_piece_of_a_chinese_text_is_found_down_to_a_single_sign(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    piece = text[start : data.draw(st.integers(start + 1, len(text)))]
    assert finds(text, piece)
    assert any(is_hit for _, is_hit in rules.marked(text, rules.asked(piece)))


@given(HAN, HAN)
def test_a_chinese_word_is_found_only_where_it_stands(text: str, typed: str) -> None:
    assert finds(text, typed) == (rules.normal(typed) in rules.normal(text))


@given(MIXED, MIXED)
def test_what_the_index_finds_is_what_is_marked(text: str, typed: str) -> None:
    words = rules.asked(typed)
    marks = rules.marked(text, words)
    assert "".join(piece for piece, _ in marks) == rules.normal(text)
    if len(words) == 1:
        assert finds(text, typed) == any(is_hit for _, is_hit in marks)


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_text_and_no_question_breaks_anything(text: str, typed: str) -> None:
    words = rules.asked(typed)
    finds(text, typed)
    rules.excerpt(text, words)
    assert rules.for_sqlite(words, ["§1"]).count('"') % 2 == 0
    for word in words:
        assert 0 < len(word.grams) <= rules.MOST_GRAMS
        assert all(sign.isalnum() or rules.HAN.match(sign) for gram in word.grams for sign in gram), "nothing that an index would read as an order"


@pytest.mark.parametrize(
    "typed",
    ["17号", "２０２６", "〔2026〕17号", "[2026]17号", "（2026）17", "万民整", "整", "万民整2026", "号", "万民 17号", "17号 民整", "万民整〔2026〕17号"],
)
def test_a_number_is_found_by_its_parts(typed: str) -> None:
    assert finds(NUMBER, typed)


@pytest.mark.parametrize("typed", ["7号", "1", "171", "20", "民整万", "万整", "16号"])
def test_a_number_is_not_found_by_what_only_looks_like_it(typed: str) -> None:
    assert not finds(NUMBER, typed)


@pytest.mark.parametrize("typed", ["WZ-20261118-0142", "wz20261118", "wz", "202611", "0142", "ＷＺ－２０２６１１１８", "20261118-0142", "142"])
def test_a_receipt_is_found_by_its_parts(typed: str) -> None:
    assert finds("WZ-20261118-0142", typed) == (typed != "142")


@pytest.mark.parametrize("typed", ["k7q2-m4zp", "K7Q2M4ZP", "k7q2"])
def test_a_short_code_is_found_as_it_is_printed_and_as_it_is_typed(typed: str) -> None:
    assert finds("K7Q2-M4ZP K7Q2M4ZP", typed)


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("3楼东侧", "3楼"), ("3楼东侧", "楼东"), ("東側「通道」", "通道"), ("应检 12 人，已检 9 人", "12人"), ("灭火器ABC型", "器abc"), ("灭火器ABC型", "ＡＢＣ型"),
        ("㎡", "m"), ("Elderly care", "ELDER"), ("Elderly care", "elderly"), ("食\u200b堂", "食堂"), ("\u202e食堂", "食堂"), ("𠀀龘", "𠀀"), ("ｶﾀｶﾅ", "カタ"),
        ("食堂、储存", "食堂、储存"), ("食堂、储存", "堂、储"), ("é", "e\u0301"),
    ],
)  # fmt: skip
def test_width_case_shape_and_unseen_signs_make_no_difference(text: str, typed: str) -> None:
    assert finds(text, typed)


def test_several_words_must_all_be_there_and_no_phrase_reaches_into_another_field() -> None:
    assert finds("食堂储存不符合要求", "储存 食堂")
    assert not finds("食堂储存", "食堂 走廊")
    assert not finds("3", "3楼")
    assert finds("3楼", "3楼")
    assert rules.asked("食堂储存")[0].grams == ("食堂", "堂储", "储存")
    held = rules.grams(["第3", "楼东"]).split(" ")
    assert held.index("楼东") - held.index("3") > 1


@pytest.mark.parametrize("typed", ["", "   ", "。。，", "★☆", "😀", "\u202e", "--- :: **"])
def test_what_holds_no_word_asks_for_nothing(typed: str) -> None:
    assert rules.asked(typed) == ()


@pytest.mark.parametrize("typed", ['"食堂', "食堂 OR 走廊", "NEAR(食堂 走廊, 2)", "-食堂", "食堂*", "grams:食堂", "^食堂", "食堂' | 'x", "食堂 & !走廊", "\\", "(("])
def test_orders_to_an_index_are_words_like_any_other(typed: str) -> None:
    question = rules.for_postgres(rules.asked(typed), [])
    assert set(re.sub(r"'\w+'(:\*)?", "", question)) <= set("() <->&")


def test_what_was_typed_is_bounded() -> None:
    words = rules.asked(" ".join(f"词{n}" for n in range(1000)))
    assert len(words) == rules.MOST_WORDS
    assert len(rules.asked("长" * 10_000)[0].grams) <= rules.MOST_GRAMS
    assert len(rules.grams(["长" * 100_000]).split(" ")) <= rules.MOST_TEXT
    assert max(map(len, rules.grams(["9" * 500]).split(" "))) == rules.LONGEST


def test_marks_join_where_words_overlap_and_an_excerpt_shows_the_first() -> None:
    assert rules.marked("三楼东侧疏散通道", rules.asked("东侧疏 疏散")) == [("三楼", False), ("东侧疏散", True), ("通道", False)]
    pieces = rules.excerpt("前" * 300 + "灭火器" + "后" * 300, rules.asked("灭火器"))
    assert pieces[0] == ("…", False)
    assert pieces[-1] == ("…", False)
    assert ("灭火器", True) in pieces
    assert sum(len(text) for text, _ in pieces) < 90
    assert rules.marked("<b>食堂</b>", rules.asked("食堂")) == [("<b>", False), ("食堂", True), ("</b>", False)]


MOMENT = st.datetimes(dt.datetime(2001, 1, 1), dt.datetime(2060, 1, 1), timezones=st.just(dt.UTC))


@given(MOMENT, MOMENT, st.uuids(), st.uuids())
def test_numbers_stand_in_the_order_of_time_within_their_kind(one: dt.datetime, other: dt.datetime, a: object, b: object) -> None:
    first, second = rules.number("problem", one, str(a)), rules.number("problem", other, str(b))
    if abs((one - other).total_seconds()) >= 1:
        assert (first < second) == (one < other)
    for kind in rules.KINDS:
        low, high = rules.span(kind)
        assert low <= rules.number(kind, one, str(a)) <= high < 2**63, "what both databases can hold"
