"""Instants in refusals, as the clock on the wall in Beijing shows them."""

import datetime as dt

from server.foundation import clock


def test_an_instant_is_told_by_the_clock_in_beijing() -> None:
    assert clock.spoken(dt.datetime(2026, 11, 24, 19, 20, tzinfo=dt.UTC)) == "2026-11-25 03:20"


def test_an_instant_past_the_last_day_of_the_calendar_is_told_as_it_came() -> None:
    assert clock.spoken(dt.datetime(9999, 12, 31, 23, 59, tzinfo=dt.UTC)) == "9999-12-31T23:59+00:00"
