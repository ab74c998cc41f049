"""Working days as the State Council announces them (放假、调休), corrected by the place; and counting in them."""

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

import chinese_calendar

from server.foundation.refusal import Refusal, declare, no

Corrections = Mapping[dt.date, bool]  # day → whether it is worked
BACK, AHEAD = dt.timedelta(days=400), dt.timedelta(days=3 * 365)  # a visit may arrive late; a deadline lies three years away at most

declare(
    {
        "workday.day": no(
            422, "日期应在过去 400 天到今后 3 年之内", "The day lies between 400 days ago and three years from now", "请改正日期", "Correct the date"
        ),
        "workday.same": no(
            409, "{on} 本来就是{what}", "{on} is {what} already", "无需登记", "Nothing to do"
        ),
        "workday.place": no(422, "日历由市局、区县局登记", "The calendar is a bureau's", "请选一个局", "Choose a bureau"),
        "workday.ended": no(409, "{who}已撤回这一天", "{who} has taken this day back already", "无需再办", "Nothing to do"),
    }
)  # fmt: skip


def is_worked(on: dt.date, corrected: Corrections) -> bool:
    return corrected[on] if on in corrected else _announced(on)


def after(start: dt.date, count: int, corrected: Corrections) -> dt.date:
    """The day that comes so many working days later; before it, if count is negative."""
    on, step = start, 1 if count > 0 else -1
    while count:
        on += dt.timedelta(days=step)
        count -= step * is_worked(on, corrected)
    return on


def effective(declared: Iterable[Mapping[str, Any]]) -> Corrections:
    """What rows of a place and those above it come to: the nearer place has the last word. Rows that were taken back say nothing."""
    standing = [row for row in declared if row["ended_at"] is None]
    return {row["day_on"]: row["is_worked"] for row in sorted(standing, key=lambda row: len(row["place_path"]))}


def check_day(on: dt.date, today: dt.date) -> dt.date:
    """Refusal: workday.day."""
    if not today - BACK <= on <= today + AHEAD:
        raise Refusal("workday.day").at("day_on")
    return on


@lru_cache(4096)  # asked for each finding of each visit, for the same few days
def _announced(on: dt.date) -> bool:
    try:
        return bool(chinese_calendar.is_workday(on))
    except NotImplementedError:  # a year whose holidays are not announced yet
        return on.weekday() < 5
