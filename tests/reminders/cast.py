"""What the tests of reminders begin with: a deadline that runs, an hour of the day, a look of the server's own, and what it leaves."""

import datetime as dt
from typing import Any

import msgspec

from server.database.rows import rows
from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.ids import new_id
from server.reminders import sealing
from server.reminders.work import Reminders
from server.workdays.rules import after
from tests.conftest import House
from tests.problems.test_the_workflow import a_recorded, act
from tests.reminders.gateway import Gateway

MONDAY = dt.date(2026, 11, 2)


def at(day: dt.date, hour: int = 10) -> None:
    """It is this hour in Beijing."""
    moment = dt.datetime.combine(day, dt.time(hour), clock.BEIJING)
    clock.set(lambda: moment)


def later(**span: float) -> None:
    now = clock.now() + dt.timedelta(**span)
    clock.set(lambda: now)


async def running(house: House, days: int, point: str = "食堂") -> str:
    """A problem issued today, due in so many working days."""
    id = await a_recorded(house, point)
    await act(house, house.world.supervisor, "issue", id, due_on=after(clock.today(), days, {}), person="谭秀梅")
    return id


def server(house: House, **changed: Any) -> Reminders:
    """One server of this house."""
    return Reminders(house.ledger, msgspec.structs.replace(house.settings, **changed))


async def told(channel: str = "app", **wanted: Any) -> list[dict[str, Any]]:
    found = await rows("select * from reminder where channel = ? order by made_at, days, receiver_id", channel)
    return [row for row in found if all(row[name] == value for name, value in wanted.items())]


async def sent() -> list[dict[str, Any]]:
    return await rows("select * from reminder_message order by made_at, id")


async def set_rules(house: House, steps: dict[int, tuple[str, ...]], place: str = "", by: Actor | None = None, quiet: tuple[str, str] = ("20:00", "08:00"), **more: Any) -> None:
    payload = {"place": place or house.world.wanzhou, "steps": [{"days": days, "to": to} for days, to in steps.items()], "quiet_from": quiet[0], "quiet_until": quiet[1], **more}
    await house.perform(by or house.world.chief, "reminders.set_rules", payload)


async def add_robot(house: House, gateway: Gateway, kind: str = "wecom", place: str = "", key: str = "k", secret: str = "") -> str:
    id = new_id()
    sealed = sealing.sealed(house.settings.secret(), id, sealing.Robot(gateway.address(kind, key), secret))
    robot = {"id": id, "place": place or house.world.wanzhou, "kind": kind, "name": f"督导群 {key}", "sealed": sealed}
    await house.perform(house.world.chief, "reminders.add_robot", robot)
    return id
