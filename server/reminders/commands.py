"""What an administrator sets: a place's rules, its robots. Browsers that ask to be told are machinery."""

from collections.abc import Iterable
from typing import Any

import msgspec

from server.database.fields import as_json
from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.command import Handling
from server.foundation.ids import is_id
from server.foundation.refusal import Refusal
from server.ledger.perform import Ledger
from server.ledger.unit import Unit
from server.people.tables import Place
from server.reminders import rules
from server.reminders.push import Browser
from server.reminders.queries import to_send
from server.reminders.tables import PushSubscription, ReminderRobot, ReminderSetting

Row = dict[str, Any]


class SetRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """own: whether the place keeps rules of its own; else it follows those above, and its own are put by."""

    place: str
    steps: tuple[rules.Step, ...]
    quiet_from: str
    quiet_until: str
    sms: bool = False
    own: bool = True


class AddRobot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """sealed: its address and secret, which were looked at before they were sealed: no command carries them open."""

    id: str
    place: str
    kind: str
    name: str
    sealed: str


class RemoveRobot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    robot: str


async def set_rules(unit: Unit, setting: SetRules) -> Row:
    place = await _administered(unit, setting.place)
    steps = rules.checked_steps(setting.steps)
    for field in ("quiet_from", "quiet_until"):
        rules.hour(getattr(setting, field), field)
    kept = {
        "place_path": place["path"], "is_own": setting.own, "steps": as_json(steps), "quiet_from": setting.quiet_from, "quiet_until": setting.quiet_until,
        "is_sms": setting.sms, "changed_at": unit.at,
    }  # fmt: skip
    if await unit.find(ReminderSetting, place["id"]):
        unit.change(ReminderSetting, place["id"], **kept)
    else:
        unit.add(ReminderSetting, id=place["id"], **kept)
    told = {"steps": [msgspec.to_builtins(step) for step in steps], "quiet": f"{setting.quiet_from}–{setting.quiet_until}", "sms": setting.sms, "own": setting.own}
    unit.note("reminders.set", place["id"], place["path"], **told)
    return {"place": place["id"]}


async def add_robot(unit: Unit, adding: AddRobot) -> Row:
    place, name = await _administered(unit, adding.place), adding.name.strip()
    if not is_id(adding.id) or adding.kind not in rules.ROBOTS:
        raise Refusal("input.invalid", reason="id").at("id")
    if not 0 < len(name) <= rules.LONGEST_NAME or not name.isprintable():
        raise Refusal("reminder.name", most=rules.LONGEST_NAME).at("name")
    unit.add(
        ReminderRobot, id=adding.id, place_id=place["id"], place_path=place["path"], kind=adding.kind, name=name, sealed=adding.sealed, added_at=unit.at
    )
    unit.note("reminders.robot_added", place["id"], place["path"], robot=adding.id, vendor=adding.kind, name=name)
    return {"robot": adding.id}


async def remove_robot(unit: Unit, removing: RemoveRobot) -> Row:
    """It stays on the list of what it was told; its address is forgotten."""
    robot = await unit.find(ReminderRobot, removing.robot)
    if robot is None:
        raise Refusal("not_found")
    unit.actor.check_has(robot["place_path"], "administrator")
    if robot["removed_at"]:
        raise Refusal("reminder.removed")
    unit.change(ReminderRobot, robot["id"], removed_at=unit.at, sealed="", failing_at=None, said="")
    unit.note("reminders.robot_removed", robot["place_id"], robot["place_path"], robot=robot["id"], name=robot["name"])
    return {"robot": robot["id"]}


async def _administered(unit: Unit, id: str) -> Row:
    place = await unit.find(Place, id)
    if place is None:
        raise Refusal("not_found")
    unit.actor.check_has(place["path"], "administrator")
    return place


async def subscribe(ledger: Ledger, actor: Actor, id: str, browser: Browser, agent: str) -> None:
    """id: a digest of the endpoint. One that another person asked from before is theirs no more: a phone tells whoever holds it now."""
    row = {"person_id": actor.id, **msgspec.structs.asdict(browser), "agent": agent, "made_at": clock.now(), "gone_at": None}
    if await to_send.subscription(id) is None:
        await ledger.keep(add=[(PushSubscription, {"id": id, **row})])
    else:
        await ledger.keep(change=[(PushSubscription, id, row)])


async def unsubscribe(ledger: Ledger, actor: Actor, id: str) -> None:
    """Refusal: not_found, where it is not the actor's."""
    if await to_send.subscription(id) != actor.id:
        raise Refusal("not_found")
    await ledger.keep(change=[(PushSubscription, id, {"gone_at": clock.now()})])


def _reads(asked: Any) -> Iterable[tuple[Any, ...]]:
    yield Place, asked.place


def _reads_rules(asked: SetRules) -> Iterable[tuple[Any, ...]]:
    yield Place, asked.place
    yield ReminderSetting, asked.place


def _reads_robot(asked: RemoveRobot) -> Iterable[tuple[Any, ...]]:
    yield ReminderRobot, asked.robot


COMMANDS = (
    Handling("reminders.set_rules", SetRules, set_rules, _reads_rules),
    Handling("reminders.add_robot", AddRobot, add_robot, _reads),
    Handling("reminders.remove_robot", RemoveRobot, remove_robot, _reads_robot),
)
