"""What the server keeps because it did not take it in, and what supervisors decide about it."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

import msgspec

from server.database.fields import as_json
from server.deposits import rules
from server.deposits.tables import Deposit
from server.foundation.actor import Actor, Vouch
from server.foundation.actor import Standing as Role
from server.foundation.command import Command, Handling, canonical
from server.foundation.refusal import Refusal
from server.foundation.words import Words
from server.ledger.perform import EARLIEST
from server.ledger.unit import Unit
from server.notices.tables import Notice
from server.people.rules import is_current
from server.people.tables import Person, Place, Standing
from server.photos.commands import show
from server.photos.rules import sender_id
from server.photos.tables import PhotoSender
from server.problems.rules import written
from server.problems.tables import Problem

Row = dict[str, Any]
LONGEST_REASON = 500


class KeepDeposit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """command: the envelope as it came, as JSON; refusal: why it was not taken in; via: the session or device."""

    id: str
    command: str
    refusal: dict[str, Any]
    via: str = ""


class SettleDeposit(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    deposit: str


class Decide(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """seen: the state in which it was open on the desk; reason: what its author is told."""

    deposit: str
    seen: str
    reason: str = ""


class Accept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """on: the day of the visit, where the phone's clock cannot be believed."""

    deposit: str
    seen: str
    reason: str = ""
    on: dt.date | None = None


async def keep_deposit(unit: Unit, keeping: KeepDeposit) -> Row:
    """Receipt: {deposit}. The place is that of the facility, problem or notice that the command names, else the author's. Refusal: input.conflict."""
    if await unit.find(Deposit, keeping.id):
        raise Refusal("input.conflict")
    command = msgspec.json.decode(keeping.command)
    payload = command["payload"]
    path, facility = await _place(unit, payload)
    photos = rules.photos_named(payload)
    await unit.fetch(PhotoSender, "id", [sender_id(sha256, unit.person) for sha256 in photos])
    arrived = [sha256 for sha256 in photos if await unit.find(PhotoSender, sender_id(sha256, unit.person))]
    kind = "".join(sign if sign.isprintable() else "?" for sign in command["kind"][: rules.LONGEST_KIND])
    code = str(keeping.refusal["code"])
    unit.add(
        Deposit, id=keeping.id, command_id=command["id"], kind=kind, subject_id=rules.subject_of(payload, command["id"]), author_id=unit.person,
        author=unit.actor.name, command=keeping.command, size=len(keeping.command.encode()), photos=as_json(photos), code=code,
        refusal=as_json(keeping.refusal), facility_id=facility, visited_at=rules.made_at(payload), place_path=path, via=keeping.via,
        received_at=unit.at, heard_at=unit.at, state="waiting",
    )  # fmt: skip
    show(unit, arrived, keeping.id, path, "deposit")
    unit.note("deposit.kept", keeping.id, path, command=command["id"], command_kind=kind, code=code, photos=arrived)
    return {"deposit": keeping.id}


async def _place(unit: Unit, payload: Any) -> tuple[str, str]:
    """(path, facility id or "")."""
    problem = await unit.find(Problem, rules.named(payload, "problem"))
    notice = await unit.find(Notice, rules.named(payload, "notice"))
    of = problem or notice
    facility = await unit.find(Place, of["facility_id"] if of else rules.named(payload, "facility"))
    if facility:
        return facility["path"], facility["id"]
    held = await unit.matching(Standing, "person_id", unit.person)
    held.sort(key=lambda row: (row["until_on"] or dt.date.max, row["role"] == "inspector", row["from_on"]))
    place = await unit.find(Place, held[-1]["place_id"]) if held else None  # the last that still counts, or did
    return (place["path"] if place else ""), ""


async def settle_deposit(unit: Unit, settling: SettleDeposit) -> Row:
    """It came another way. Refusal: not_found."""
    row = await unit.find(Deposit, settling.deposit)
    if row is None or not rules.WORKFLOW.state(row["state"]).is_open:
        raise Refusal("not_found")
    _taken(unit, row)
    return {"deposit": row["id"]}


def _taken(unit: Unit, row: Row) -> None:
    unit.change(Deposit, row["id"], state="taken", decided_id="", decided_by="", decided_at=unit.at, reason="")
    unit.note("deposit.taken", row["id"], row["place_path"], command=row["command_id"])


async def accept_deposit(unit: Unit, accepting: Accept) -> Row:
    """Its command is performed as its author's, this supervisor answering for authority and for what became of the place since.

    Refusals: not_found, not_allowed, deposit.decided, deposit.own, deposit.day, problem.long, and all of that command's own.
    """
    row = await _decided(unit, accepting, "accept")
    envelope = msgspec.json.decode(row["command"])
    if unit.person == row["author_id"] or unit.person in rules.signed_by(envelope["payload"]):
        raise Refusal("deposit.own")
    if accepting.on and not unit.today - rules.OLDEST < accepting.on <= unit.today:
        raise Refusal("deposit.day").at("on")
    reason = written(accepting.reason, "reason", LONGEST_REASON, required=False)
    refusal = msgspec.json.decode(row["refusal"])
    words = Words(**refusal["words"])
    unit.take(_command(envelope, row), await _author(unit, row), Vouch(unit.actor, row["code"], words, reason, accepting.on))
    for other in await unit.matching(Deposit, "subject_id", row["subject_id"]):
        if other["id"] != row["id"] and other["author_id"] == row["author_id"] and rules.WORKFLOW.state(other["state"]).is_open:
            _taken(unit, other)
    return _move(unit, row, "accept", "accepted", reason, **({"on": accepting.on} if accepting.on else {}))


def _command(envelope: Row, row: Row) -> Command:
    """As it came; a clock that cannot be right gives way to the hour of its arrival, which is in no digest."""
    at = dt.datetime.fromisoformat(envelope["at"])
    at = at if EARLIEST < at < row["received_at"] else row["received_at"]
    return Command(envelope["id"], envelope["kind"], envelope["version"], at, envelope["author"], canonical(envelope["payload"]))


async def _author(unit: Unit, row: Row) -> Actor:
    """The author with the roles of today, whatever became of them."""
    person, roles = await unit.find(Person, row["author_id"]), []
    for held in await unit.matching(Standing, "person_id", row["author_id"]):
        place = await unit.find(Place, held["place_id"])
        if place and is_current(held["from_on"], held["until_on"], unit.today):
            roles.append(Role(held["role"], place["id"], place["path"]))
    return Actor(row["author_id"], person["name"] if person else row["author"], tuple(roles))


async def return_deposit(unit: Unit, returning: Decide) -> Row:
    """Refusals: not_found, not_allowed, deposit.decided, problem.blank, problem.long."""
    return await _decide(unit, returning, "return", "returned")


async def set_deposit_aside(unit: Unit, setting: Decide) -> Row:
    return await _decide(unit, setting, "set_aside", "set_aside")


async def take_deposit_up(unit: Unit, taking: Decide) -> Row:
    return await _decide(unit, taking, "take_up", "taken_up")


async def _decide(unit: Unit, deciding: Decide, act: str, told: str) -> Row:
    row = await _decided(unit, deciding, act)
    move = rules.WORKFLOW.move(act, row["state"])
    assert move is not None
    return _move(unit, row, act, told, written(deciding.reason, "reason", LONGEST_REASON, required="reason" in move.needs))


async def _decided(unit: Unit, deciding: Decide | Accept, act: str) -> Row:
    """What is decided about, by a supervisor of its place who saw how it stands. Refusals: not_found, not_allowed, deposit.decided."""
    row = await unit.find(Deposit, deciding.deposit)
    if row is None or not any(unit.actor.has(role, row["place_path"]) for role in ("supervisor", "inspector", "administrator")):
        raise Refusal("not_found").at("deposit")  # a facility is not told of what waits
    unit.actor.check_has(row["place_path"], "supervisor")
    if row["state"] != deciding.seen or rules.WORKFLOW.move(act, row["state"]) is None:
        raise Refusal("deposit.decided", name=row["decided_by"] or row["author"], state=rules.WORKFLOW.state(row["state"]).words)
    return row


def _move(unit: Unit, row: Row, act: str, told: str, reason: str, **more: Any) -> Row:
    move = rules.WORKFLOW.move(act, row["state"])
    assert move is not None
    unit.change(Deposit, row["id"], state=move.goes_to, decided_id=unit.person, decided_by=unit.actor.name, decided_at=unit.at, reason=reason)
    unit.note(f"deposit.{told}", row["id"], row["place_path"], command=row["command_id"], reason=reason, **more)
    return {"deposit": row["id"], "state": move.goes_to}


def _reads(asked: Any) -> Iterable[tuple[Any, ...]]:
    yield Deposit, asked.deposit


COMMANDS = (
    Handling("deposits.keep", KeepDeposit, keep_deposit, own=True),
    Handling("deposits.taken", SettleDeposit, settle_deposit, _reads, own=True),
    Handling("deposits.accept", Accept, accept_deposit, _reads),
    Handling("deposits.return", Decide, return_deposit, _reads),
    Handling("deposits.set_aside", Decide, set_deposit_aside, _reads),
    Handling("deposits.take_up", Decide, take_deposit_up, _reads),
)
