"""Enrolling a device, and taking one out of use."""

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from server.devices import rules
from server.devices.tables import Device
from server.foundation.command import Handling
from server.foundation.ids import is_id
from server.foundation.refusal import Refusal
from server.ledger.unit import Unit
from server.people.tables import Place, Session, Standing

Row = dict[str, Any]


class EnrolDevice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """id: made by the phone; key: SPKI in base64url. agent, browser: as the session has them."""

    id: str
    key: str
    agent: str = ""
    browser: str = ""


class RevokeDevice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What it hands in from now on is held; the sessions in the same browser end."""

    device: str
    why: Literal["lost", "replaced", "unknown"]


async def enrol_device(unit: Unit, enrolling: EnrolDevice) -> Row:
    """An id is bound to one person and one key for good. Refusals: input.invalid, device.key, device.taken, device.many."""
    if not is_id(enrolling.id):
        raise Refusal("input.invalid", reason="id").at("id")
    rules.public_key(enrolling.key)
    if await unit.find(Device, enrolling.id):
        raise Refusal("device.taken").at("id")
    known = await unit.matching(Device, "person_id", unit.person)
    rules.check_rate([one["enrolled_at"] for one in known], unit.at)
    in_use = sorted((one for one in known if not one["revoked_at"]), key=lambda one: (one["heard_at"], one["id"]))
    path = (*unit.actor.paths(), "")[0]
    for oldest in in_use[: max(0, len(in_use) - rules.MOST_IN_USE + 1)]:
        _out(unit, oldest, path, "many")
    unit.add(
        Device, id=enrolling.id, person_id=unit.person, public_key=enrolling.key, agent=enrolling.agent[:100], browser=enrolling.browser,
        enrolled_at=unit.at, heard_at=unit.at, revoked_at=None, revoked_by="", revoked_why="",
    )  # fmt: skip
    unit.note("device.enrolled", enrolling.id, path, person=unit.person, agent=enrolling.agent[:100])
    return {"device": enrolling.id}


async def revoke_device(unit: Unit, revoking: RevokeDevice) -> Row:
    """By its owner, or by an administrator or supervisor of a place at which the owner holds or held a role.

    Refusals: not_found, device.out, device.this.
    """
    device = await unit.find(Device, revoking.device)
    path = await _path(unit, device["person_id"]) if device else None
    if device is None or path is None:
        raise Refusal("not_found")
    if device["revoked_at"]:
        raise Refusal("device.out")
    here = await unit.find(Session, unit.actor.session_id) if unit.actor.session_id else None
    if here and device["browser"] and here["device"] == device["browser"] and device["person_id"] == unit.person:
        raise Refusal("device.this")
    _out(unit, device, path, revoking.why)
    for session in await unit.matching(Session, "person_id", device["person_id"]) if device["browser"] else ():
        if not session["ended_at"] and session["device"] == device["browser"]:
            unit.change(Session, session["id"], ended_at=unit.at)
    return {"device": device["id"]}


def _out(unit: Unit, device: Row, path: str, why: str) -> None:
    unit.change(Device, device["id"], revoked_at=unit.at, revoked_by=unit.actor.name, revoked_why=why)
    unit.note("device.revoked", device["id"], path, person=device["person_id"], why=why)


async def _path(unit: Unit, person: str) -> str | None:
    """Where this is written down: None if it is none of the actor's business."""
    if person == unit.person:
        return (*unit.actor.paths(), "")[0]
    for standing in await unit.matching(Standing, "person_id", person):
        place = await unit.find(Place, standing["place_id"])
        if place and any(unit.actor.has(role, place["path"]) for role in ("administrator", "supervisor")):
            return str(place["path"])
    return None


def _reads_enrol(enrolling: EnrolDevice) -> Iterable[tuple[Any, ...]]:
    yield Device, enrolling.id


def _reads_revoke(revoking: RevokeDevice) -> Iterable[tuple[Any, ...]]:
    yield Device, revoking.device


COMMANDS = (
    Handling("devices.enrol", EnrolDevice, enrol_device, _reads_enrol, own=True),
    Handling("devices.revoke", RevokeDevice, revoke_device, _reads_revoke, own=True),
)
