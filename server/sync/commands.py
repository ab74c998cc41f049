"""Marking a phone as dealt with: somebody says what became of the work on it. And who carried in a file that a phone wrote."""

from collections.abc import Iterable
from typing import Any

import msgspec

from server.foundation.command import Handling
from server.foundation.refusal import Refusal
from server.ledger.unit import Unit
from server.people.rules import is_current
from server.people.tables import Place, Standing
from server.problems.rules import written
from server.sync.tables import Phone

Row = dict[str, Any]
LONGEST_REASON = 500


class SettlePhone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """reason: what became of the work, as “entered from paper” or “the phone is lost”."""

    phone: str
    reason: str


class CarryIn(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file that a phone wrote, as somebody brings it. file: its SHA-256; device: which signed; person: its author; commands: their ids."""

    file: str
    device: str
    person: str
    commands: tuple[str, ...]


async def carry_in(unit: Unit, carrying: CarryIn) -> Row:
    """Who carried which file: in the history, before what it holds is taken. Whatever becomes of each command is its own."""
    unit.note(
        "export.carried_in", carrying.device or carrying.person, (*unit.actor.paths(), "")[0], file=carrying.file, person=carrying.person,
        commands=list(carrying.commands),
    )  # fmt: skip
    return {"commands": len(carrying.commands)}


async def settle_phone(unit: Unit, settling: SettlePhone) -> Row:
    """It leaves the list until it is heard from again. Refusals: not_found, not_allowed, problem.blank, problem.long."""
    phone = await unit.find(Phone, settling.phone)
    paths = await _paths(unit, phone["person_id"]) if phone else []
    seen = [path for path in paths if unit.actor.sees(path)]
    if phone is None or not seen:
        raise Refusal("not_found").at("phone")
    path = next((path for path in seen if unit.actor.has("supervisor", path)), None)
    if path is None:
        raise Refusal("not_allowed").at("phone")
    reason = written(settling.reason, "reason", LONGEST_REASON)
    unit.change(Phone, phone["id"], settled_at=unit.at, settled_by=unit.actor.name, settled_reason=reason)
    unit.note(
        "phone.settled", phone["id"], path, person=phone["person_id"], entries=phone["entries"], drafts=phone["drafts"],
        lost_entries=phone["lost_entries"], lost_drafts=phone["lost_drafts"], reason=reason,
    )  # fmt: skip
    return {"phone": phone["id"]}


async def _paths(unit: Unit, person: str) -> list[str]:
    """The places at which this person holds a role today."""
    held = [row for row in await unit.matching(Standing, "person_id", person) if is_current(row["from_on"], row["until_on"], unit.today)]
    return [place["path"] for row in held if (place := await unit.find(Place, row["place_id"]))]


def _reads(settling: SettlePhone) -> Iterable[tuple[Any, ...]]:
    yield Phone, settling.phone


COMMANDS = (Handling("sync.settle_phone", SettlePhone, settle_phone, _reads), Handling("sync.carry_in", CarryIn, carry_in, own=True))
