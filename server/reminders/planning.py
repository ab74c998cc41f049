"""Who is to be told what today: all deadlines once a day, and in between those of which the history tells something new.

It looks at how things stand, never at what an event says. A row's id is made from what it tells: to plan the same twice is to plan it once.
"""

import asyncio
import datetime as dt
import time
from collections.abc import Sequence
from typing import Any

from server.foundation import clock
from server.foundation.ids import new_id
from server.ledger.perform import Ledger
from server.people.rules import paths_above
from server.problems import queries as problems
from server.problems.queries import Deadline
from server.problems.workflow import TO_PUT_RIGHT
from server.reminders import rules
from server.reminders.queries import by_place, to_plan
from server.reminders.tables import Reminder, ReminderMessage, ReminderWork
from server.workdays.queries import corrections_of

SLICE = 100  # deadlines in one transaction
REST = 12.0  # pauses, as multiples of the work before them: taking visits in goes first
FIRST = (dt.date(1970, 1, 1), "")
DONE = "done"

Row = dict[str, Any]


async def plan(ledger: Ledger) -> None:
    """All that is to be told by now, from where the last pass stopped. Refusals: busy, input.conflict (another server is at it too)."""
    work = await to_plan.work()
    if work is None:
        return
    if work.planned_on != clock.today():
        seq = await to_plan.last_event()
        work = await _keep(ledger, planned_on=clock.today(), after_place="", seq=seq)
    if work.after_place != DONE:
        await _walk(ledger, work)
    last = await to_plan.last_event()
    if last > work.seq:
        moved = await to_plan.moved(work.seq, last)
        for start in range(0, len(moved), SLICE):
            await _told(ledger, await problems.deadlines(moved[start : start + SLICE]))
        await _keep(ledger, seq=last)


async def _walk(ledger: Ledger, work: to_plan.Work) -> None:
    """All deadlines near enough, state by state and by day."""
    state, after = _place(work.after_place)
    until = rules.horizon(clock.today())
    for each in TO_PUT_RIGHT[TO_PUT_RIGHT.index(state) :]:
        while found := await problems.next_deadlines(each, after, until, SLICE):
            await _told(ledger, found)
            after = found[-1].due_on, found[-1].id
            await _keep(ledger, after_place=f"{each}~{after[0].isoformat()}~{after[1]}")
        after = FIRST
    await _keep(ledger, after_place=DONE)


def _place(text: str) -> tuple[str, tuple[dt.date, str]]:
    state, _, rest = text.partition("~")
    if not rest:
        return TO_PUT_RIGHT[0], FIRST
    day, _, id = rest.partition("~")
    return state, (dt.date.fromisoformat(day), id)


async def _keep(ledger: Ledger, **changed: Any) -> to_plan.Work:
    await ledger.keep(change=[(ReminderWork, to_plan.WORK, changed)])
    work = await to_plan.work()
    assert work is not None
    return work


async def _told(ledger: Ledger, found: Sequence[Deadline]) -> None:
    """Tell, and rest where there may be more."""
    began = time.monotonic()
    if await _tell(ledger, found) and len(found) == SLICE:
        await asyncio.sleep((time.monotonic() - began) * REST)


async def _tell(ledger: Ledger, found: Sequence[Deadline]) -> bool:
    """Whether there was anything to tell."""
    today = clock.today()
    held = await by_place.rules_of(one.place_path for one in found)
    calendars = await corrections_of(one.place_path for one in found)
    due = [(one, step) for one in found if (step := rules.step_on(held[one.place_path].rules.steps, one.due_on, one.set_on, today, calendars[one.place_path]))]
    if not due:
        return False
    paths = list(dict.fromkeys(path for one, _ in due for path in paths_above(one.place_path)))
    here = _Here(await to_plan.staff(paths), await by_place.robots_at(paths))
    rows = {row["id"]: row for one, step in due for row in here.rows(one, step, held[one.place_path].rules.is_sms)}
    for id in await to_plan.known(list(rows)):
        del rows[id]
    if rows:
        await _write(ledger, list(rows.values()))
    return bool(rows)


class _Here:
    """The people and robots at the places of a few problems."""

    def __init__(self, people: Sequence[to_plan.Person], robots: Sequence[by_place.Robot]) -> None:
        self.people: dict[tuple[str, str], list[to_plan.Person]] = {}
        self.robots: dict[str, list[by_place.Robot]] = {}
        self.staffed: dict[str, set[str]] = {}
        for person in people:
            self.people.setdefault((person.path, person.role), []).append(person)
            self.staffed.setdefault(person.path, set()).add(person.role)
        for robot in robots:
            self.robots.setdefault(robot.place_path, []).append(robot)

    def rows(self, one: Deadline, step: rules.Step, is_sms: bool) -> list[Row]:
        """A robot in the group of a place is told what its people are; its digest is of one bureau, a person's of all."""
        facility, *over = paths_above(one.place_path)
        bureau = over[0] if over else facility
        told: list[Row] = []
        for path, level in rules.reached_by(step, one.place_path, self.staffed).items():
            for person in self.people[path, "contact" if path == facility else "supervisor"]:
                told.append(self._row(one, step, level, person.id, "app", ""))
                if is_sms and rules.mobile(person.sign_in):
                    told.append(self._row(one, step, level, person.id, "sms", bureau if path == facility else path))
                if person.is_pushed:
                    told.append(self._row(one, step, level, person.id, "push", bureau if path == facility else path))
            told += [self._row(one, step, level, robot.id, "robot", bureau) for robot in self.robots.get(path, ())]
        return told

    def _row(self, one: Deadline, step: rules.Step, level: str, receiver: str, channel: str, place: str) -> Row:
        """place: whose quiet hours hold for the message by which it goes out, "" for what does not leave."""
        return {
            "id": rules.reminder_id(step.days, one.id, one.due_on, receiver, channel), "days": step.days, "problem_id": one.id, "due_on": one.due_on,
            "place_path": one.place_path, "level": level, "receiver_id": receiver, "channel": channel, "message_id": place,
        }  # fmt: skip


async def _write(ledger: Ledger, told: list[Row]) -> None:
    """Rows, and the messages by which those that leave go out: one a receiver, channel and place, however many rows."""
    now = clock.now()
    waiting = await to_plan.open_messages(list({row["receiver_id"] for row in told if row["message_id"]}))
    fresh: list[Row] = []
    for row in told:
        row["made_at"] = now
        if place := row["message_id"]:
            key = row["channel"], row["receiver_id"], place
            if key not in waiting:
                waiting[key] = new_id()
                about = {"channel": row["channel"], "receiver_id": row["receiver_id"], "place_path": place, "next_at": now, "made_at": now}
                fresh.append({"id": waiting[key], **about})
            row["message_id"] = waiting[key]
    await ledger.keep(add=[*((ReminderMessage, row) for row in fresh), *((Reminder, row) for row in told)])
