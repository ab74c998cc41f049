"""Many accounts at once: registered from a file, given new codes. All of it is done or nothing."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from server.accounts import rules
from server.foundation.command import Handling
from server.foundation.refusal import Refusal
from server.ledger.unit import Unit
from server.people.commands import (
    AddPerson,
    GrantRole,
    ResetPerson,
    check_person,
    check_role,
    enter_person,
    enter_role,
    reset_person,
)
from server.people.rules import normal_sign_in
from server.people.tables import Person, Place, Session, Standing

Row = dict[str, Any]
BREATH = 200  # rows after which others may have their turn


class AddAccounts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """people: new ones with their first role; roles: further ones, of them or of people who are known. file: its SHA-256."""

    people: tuple[AddPerson, ...]
    roles: tuple[GrantRole, ...] = ()
    file: str = ""


class ResetAccounts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    people: tuple[ResetPerson, ...]


async def add_accounts(unit: Unit, adding: AddAccounts) -> Row:
    """Judged row by row before anything is declared; what stops one stops all."""
    _check_count(adding.people + adding.roles)
    new = {entry.id for entry in adding.people}
    standings = {entry.standing for entry in adding.people} | {granting.id for granting in adding.roles}
    if len(new) < len(adding.people) or len(standings) < len(adding.people) + len(adding.roles):
        raise Refusal("input.invalid", reason="id").at("file")  # one would take the other's place
    names: set[str] = set()
    held: set[tuple[str, str, str]] = {(entry.id, entry.role, entry.place) for entry in adding.people}
    first = []
    for number, entry in enumerate(adding.people):
        first.append(await check_person(unit, entry))
        if (name := normal_sign_in(entry.sign_in)) in names:
            raise Refusal("people.sign_in_taken", sign_in=name)
        names.add(name)
        await _breathe(number)
    further = []
    for number, granting in enumerate(adding.roles):
        further.append(await check_role(unit, granting, is_new=granting.person in new))
        if (place := (granting.person, granting.role, granting.place)) in held:
            raise Refusal("people.role_held")
        held.add(place)
        await _breathe(number)
    for number, (entry, at) in enumerate(zip(adding.people, first, strict=True)):
        enter_person(unit, entry, at)
        await _breathe(number)
    for number, (granting, at) in enumerate(zip(adding.roles, further, strict=True)):
        enter_role(unit, granting, at)
        await _breathe(number)
    unit.note("accounts.added", unit.command.id, _top(unit), people=len(adding.people), roles=len(adding.roles), file=adding.file)
    return {"people": len(adding.people), "roles": len(adding.roles)}


async def reset_accounts(unit: Unit, resetting: ResetAccounts) -> Row:
    _check_count(resetting.people, rules.MOST_RESET)
    for entry in {entry.person: entry for entry in resetting.people}.values():
        await reset_person(unit, entry)
    return {"people": [entry.person for entry in resetting.people]}


def _check_count(entries: Sequence[Any], most: int = rules.MOST_ROWS) -> None:
    if not 0 < len(entries) <= most:
        raise Refusal("accounts.many", limit=most) if entries else Refusal("accounts.none")


async def _breathe(number: int) -> None:
    if number % BREATH == BREATH - 1:
        await asyncio.sleep(0)


def _top(unit: Unit) -> str:
    return (*unit.actor.paths("administrator"), "")[0]


def _reads_add(adding: AddAccounts) -> Iterable[tuple[Any, ...]]:
    for entry in adding.people:
        yield Place, entry.place
        yield Person, "sign_in", entry.sign_in
    for granting in adding.roles:
        yield Place, granting.place
        yield Person, granting.person
        yield Standing, "person_id", granting.person


def _reads_reset(resetting: ResetAccounts) -> Iterable[tuple[Any, ...]]:
    for entry in resetting.people:
        yield Person, entry.person
        yield Standing, "person_id", entry.person
        yield Session, "person_id", entry.person


COMMANDS = (
    Handling("accounts.add", AddAccounts, add_accounts, _reads_add),
    Handling("accounts.reset", ResetAccounts, reset_accounts, _reads_reset),
)
