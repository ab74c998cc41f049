"""Ids, days, words, refusals and actors."""

import datetime as dt

import pytest

from server.foundation import clock
from server.foundation.actor import Actor, Standing
from server.foundation.ids import is_id, new_id, short_code
from server.foundation.refusal import CATALOGUE, Refusal, declare, no
from server.foundation.words import Words


def test_ids_are_unique_uuids_in_the_order_of_time() -> None:
    made = [new_id() for _ in range(2000)]
    assert len(set(made)) == 2000
    assert all(is_id(id) and id[14] == "7" for id in made)
    assert [id[:12] for id in made] == sorted(id[:12] for id in made)


def test_a_short_code_can_be_read_out_loud() -> None:
    assert short_code("00000000-0000-7000-8000-00ffffffffff") == "ZZZZ-ZZZZ"
    assert short_code("00000000-0000-7000-8000-000000000001") == "0000-0001"


@pytest.mark.parametrize("text", ["", "x", None, 5, "01A20E31-3EAB-76B0-B6EA-1A426388065B", "01a20e31-3eab-707e-bcae-784e313ebee6\n", "../../etc/passwd"])
def test_what_is_no_id_is_known(text: object) -> None:
    assert not is_id(text)


def test_a_day_changes_at_midnight_in_beijing() -> None:
    assert clock.today(dt.datetime(2026, 11, 23, 15, 59, tzinfo=dt.UTC)) == dt.date(2026, 11, 23)
    assert clock.today(dt.datetime(2026, 11, 23, 16, 0, tzinfo=dt.UTC)) == dt.date(2026, 11, 24)


def test_words_fill_their_slots_and_survive_a_missing_fact() -> None:
    words = Words("还差 {count} 张", "{count} missing")
    assert words.into("zh", count=2) == "还差 2 张"
    assert words.into("en", other=1) == "{count} missing"


def test_every_refusal_has_words_and_a_remedy_in_both_languages() -> None:
    for code, entry in CATALOGUE.items():
        assert 400 <= entry.status < 600, code
        for words in (entry.words, entry.remedy):
            assert words.zh, code
            assert words.en, code


def test_a_refusal_code_means_one_thing() -> None:
    with pytest.raises(ValueError, match="twice"):
        declare({"not_found": no(404, "另", "Other", "另", "Other")})


def test_a_refusal_points_at_its_field() -> None:
    assert Refusal("input.invalid", reason="x").at("due_on").as_json()["field"] == "due_on"


def test_a_role_reaches_what_lies_below_and_nothing_beside() -> None:
    actor = Actor("a", "甲", (Standing("inspector", "p", "01/02/"),))
    assert actor.sees("01/02/03/")
    assert actor.has("inspector", "01/02/")
    assert not actor.sees("01/")
    assert not actor.sees("01/03/")
    assert not actor.has("supervisor", "01/02/")


def test_reach_is_told_without_places_inside_each_other() -> None:
    actor = Actor("a", "甲", (Standing("inspector", "p", "01/02/"), Standing("supervisor", "q", "01/"), Standing("contact", "r", "04/")))
    assert actor.paths() == ("01/", "04/")
    assert actor.paths("inspector") == ("01/02/",)


def test_what_is_out_of_sight_is_not_there_and_what_is_seen_says_that_it_is_not_allowed() -> None:
    actor = Actor("a", "甲", (Standing("inspector", "p", "01/"), Standing("supervisor", "q", "01/02/")))
    actor.check_has("01/02/03/", "administrator", "supervisor")
    for path, code in (("01/04/", "not_allowed"), ("02/", "not_found")):
        with pytest.raises(Refusal) as refused:
            actor.check_has(path, "administrator", "supervisor")
        assert refused.value.code == code
