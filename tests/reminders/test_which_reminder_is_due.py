"""Which rule counts on which day, whom it reaches, and when nobody is to be disturbed: decided without a database."""

import datetime as dt

import chinese_calendar
import hypothesis.strategies as st
import pytest
from hypothesis import given

from server.foundation import clock
from server.foundation.refusal import Refusal
from server.reminders import rules
from server.reminders.rules import DEFAULT, Rules, Step

DUE = dt.date(2026, 10, 9)  # a Friday: 国庆 is from 10-01 to 10-07, and 10-10 is worked
STEPS = DEFAULT.steps


def works(on: dt.date) -> bool:
    return bool(chinese_calendar.is_workday(on))


def walked(due: dt.date, days: int) -> dt.date:
    """Slowly: one day after another."""
    on = due
    for _ in range(abs(days)):
        on += dt.timedelta(days=1 if days > 0 else -1)
        while not works(on):
            on += dt.timedelta(days=1 if days > 0 else -1)
    return on


def test_days_are_working_days_as_the_state_council_moves_them() -> None:
    assert [str(rules.day_of(DUE, days, {})) for days in (-3, -1, 0, 1, 3)] == ["2026-09-29", "2026-10-08", "2026-10-09", "2026-10-10", "2026-10-13"]


def test_a_day_off_that_the_place_declares_moves_the_day() -> None:
    assert rules.day_of(dt.date(2026, 11, 26), -1, {dt.date(2026, 11, 25): False}) == dt.date(2026, 11, 24)
    assert rules.day_of(dt.date(2026, 11, 27), 1, {dt.date(2026, 11, 28): True}) == dt.date(2026, 11, 28), "a Saturday that is worked"


@given(st.dates(dt.date(2024, 1, 1), dt.date(2026, 10, 1)), st.integers(-60, 60), st.none() | st.integers(0, 30))
def test_the_rule_that_counts_is_the_slow_references(due: dt.date, offset: int, before: int | None) -> None:
    today, set_on = due + dt.timedelta(days=offset), None if before is None else due - dt.timedelta(days=before)
    came = [step for step in STEPS if walked(due, step.days) <= today]
    wanted = came[-1] if came else None
    if wanted and set_on and wanted.days < 0 and walked(due, wanted.days) < set_on:
        wanted = None
    assert rules.step_on(STEPS, due, set_on, today, {}) == wanted


@given(st.dates(dt.date(2024, 1, 1), dt.date(2026, 9, 1)))
def test_looked_at_every_day_each_rule_has_its_day(due: dt.date) -> None:
    days = [rules.step_on(STEPS, due, None, due + dt.timedelta(days=offset), {}) for offset in range(-30, 31)]
    assert list(dict.fromkeys(step.days for step in days if step)) == [-3, -1, 0, 1, 3, 7]


def test_nobody_is_told_of_a_rule_from_before_the_day_was_set() -> None:
    monday = dt.date(2026, 11, 23)
    assert rules.step_on(STEPS, monday + dt.timedelta(days=1), monday, monday, {}) == Step(-1, ("contact",))
    assert rules.step_on(STEPS, monday + dt.timedelta(days=2), monday, monday, {}) is None, "three days before it was last week"


PATH = "a/b/c/"


@pytest.mark.parametrize(
    ("staffed", "to", "reached"),
    [
        ({"a/b/c/": {"contact"}, "a/b/": {"supervisor"}, "a/": {"supervisor"}}, ("contact",), {"a/b/c/": "contact"}),
        ({"a/b/c/": {"contact"}, "a/b/": {"supervisor"}, "a/": {"supervisor"}}, ("contact", "supervisor", "above"), {"a/b/c/": "contact", "a/b/": "supervisor", "a/": "above"}),
        ({"a/b/": {"supervisor"}, "a/": {"supervisor"}}, ("contact",), {"a/b/": "supervisor"}),  # no contact: its bureau is told
        ({"a/b/c/": {"contact"}, "a/": {"supervisor"}}, ("supervisor",), {"a/": "supervisor"}),  # a bureau without a supervisor: the one above
        ({"a/b/c/": {"contact"}, "a/": {"supervisor"}}, ("above",), {}),
        ({}, ("contact", "supervisor", "above"), {}),
    ],
)
def test_a_reminder_climbs_the_tree(staffed: dict[str, set[str]], to: tuple[str, ...], reached: dict[str, str]) -> None:
    assert rules.reached_by(Step(1, to), PATH, staffed) == reached


@pytest.mark.parametrize(
    ("quiet", "hour", "until"),
    [
        (("20:00", "08:00"), 21, 32), (("20:00", "08:00"), 3, 8), (("20:00", "08:00"), 8, None), (("20:00", "08:00"), 20, 32),
        (("12:00", "14:00"), 13, 14), (("12:00", "14:00"), 14, None), (("00:00", "00:00"), 3, None),
    ],
)  # fmt: skip
def test_quiet_hours_end_in_the_morning(quiet: tuple[str, str], hour: int, until: int | None) -> None:
    held = Rules(STEPS, dt.time.fromisoformat(quiet[0]), dt.time.fromisoformat(quiet[1]))
    midnight = dt.datetime(2026, 11, 23, tzinfo=clock.BEIJING)
    assert rules.quiet_until(held, midnight + dt.timedelta(hours=hour)) == (None if until is None else midnight + dt.timedelta(hours=until))


@pytest.mark.parametrize(
    "address",
    [
        "http://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=k", "https://qyapi.weixin.qq.com.evil.example/cgi-bin/webhook/send", "https://127.0.0.1/cgi-bin/webhook/send",
        "https://qyapi.weixin.qq.com@evil.example/cgi-bin/webhook/send", "https://qyapi.weixin.qq.com:8443/cgi-bin/webhook/send", "https://evil.example\\@qyapi.weixin.qq.com/cgi-bin/webhook/send",
        "https://169.254.169.254/latest", "file:///etc/passwd", "gopher://qyapi.weixin.qq.com/", "https://[::1]/cgi-bin/webhook/send", "https://oapi.dingtalk.com/robot/send", "", "https://",
        "https://qyapi.weixin.qq.com:99999999/x", "http://10.0.0.9:8001/cgi-bin/webhook/send",
    ],
)  # fmt: skip
def test_a_robots_address_is_its_vendors_and_nobody_elses(address: str) -> None:
    with pytest.raises(Refusal, match="reminder.host"):
        rules.check_robot("wecom", address, ("http://10.0.0.9:8000",))


def test_a_gateway_of_our_own_is_called_where_operations_name_it() -> None:
    rules.check_robot("wecom", "http://10.0.0.9:8000/cgi-bin/webhook/send?key=k", ("http://10.0.0.9:8000",))
    with pytest.raises(Refusal, match="reminder.address"):
        rules.check_robot("wecom", "https://qyapi.weixin.qq.com/cgi-bin/user/get", ())


@pytest.mark.parametrize("steps", [[Step(1, ("contact",)), Step(1, ("above",))], [Step(99, ("contact",))], [Step(n, ("contact",)) for n in range(11)]])
def test_rules_that_cannot_be_are_refused(steps: list[Step]) -> None:
    with pytest.raises(Refusal, match="reminder.steps"):
        rules.checked_steps(steps)


@pytest.mark.parametrize("to", [(), ("everybody",)])
def test_a_rule_tells_somebody_that_there_is(to: tuple[str, ...]) -> None:
    with pytest.raises(Refusal, match="reminder.to"):
        rules.checked_steps([Step(1, to)])
