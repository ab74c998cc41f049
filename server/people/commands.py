"""Registering people, giving, changing and ending roles, printing codes, choosing passwords, leaving."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from server.foundation.command import Handling
from server.foundation.ids import is_id
from server.foundation.refusal import Refusal
from server.ledger.unit import Unit
from server.people import rules
from server.people.tables import Activation, Person, Place, Session, Standing

Row = dict[str, Any]
Role = Literal["inspector", "supervisor", "contact", "administrator", "auditor"]


class AddPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """standing: the id of the first role; code: the fingerprint of the printed code."""

    id: str
    standing: str
    name: str
    sign_in: str
    role: Role
    place: str
    code: str
    until_on: dt.date | None = None


class GrantRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """from_on: today, if not given; never a day that has passed."""

    id: str
    person: str
    role: Role
    place: str
    until_on: dt.date | None = None
    from_on: dt.date | None = None


class ChangeRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A new last day for a role that counts or is to begin; null: without end."""

    standing: str
    until_on: dt.date | None = None


class EndRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The role counts no more from this moment on, and the person's sessions see it at once; one to begin is called off."""

    standing: str


class Leave(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """离岗: all roles and sessions end; what the person wrote stays as it is."""

    person: str
    reason: str


class ResetPerson(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    person: str
    code: str


class Activate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """code: its fingerprint; password: an argon2 hash."""

    code: str
    password: str


class ChangePassword(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """password: an argon2 hash; keep: the session in which it is done, the only one that goes on."""

    password: str
    keep: str


class SetLanguage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    lang: Literal["zh", "en"]


async def add_person(unit: Unit, adding: AddPerson) -> Row:
    place = await check_person(unit, adding)
    enter_person(unit, adding, place)
    return {"person": adding.id}


async def check_person(unit: Unit, adding: AddPerson) -> Row:
    """The place of the first role. Refusals: not_found, not_allowed, place.closed, input.invalid, people.sign_in_taken, people.past."""
    place = await _administered(unit, adding.place)
    _name(adding.name)
    if not is_id(adding.id) or not is_id(adding.standing):
        raise Refusal("input.invalid", reason="id").at("id")
    sign_in = rules.normal_sign_in(adding.sign_in)
    if await unit.matching(Person, "sign_in", sign_in):
        raise Refusal("people.sign_in_taken", sign_in=sign_in).at("sign_in")
    rules.check_days(unit.today, unit.today, adding.until_on)
    return place


def enter_person(unit: Unit, adding: AddPerson, place: Row) -> None:
    """Declare somebody whom `check_person` has let pass."""
    name = _name(adding.name)
    sign_in = rules.normal_sign_in(adding.sign_in)
    unit.add(Person, id=adding.id, name=name, sign_in=sign_in, password=None, state="invited", lang="zh")
    _code(unit, adding.id, adding.code)
    unit.note("person.added", adding.id, place["path"], name=name)
    _stand(unit, adding.standing, adding.id, adding.role, place, unit.today, adding.until_on)


async def grant_role(unit: Unit, granting: GrantRole) -> Row:
    place = await check_role(unit, granting)
    enter_role(unit, granting, place)
    return {"person": granting.person}


async def check_role(unit: Unit, granting: GrantRole, is_new: bool = False) -> Row:
    """The place of a further role. is_new: of somebody whom the same command registers.

    Refusals: not_found, not_allowed, place.closed, people.role_held, people.past, people.days.
    """
    place = await _administered(unit, granting.place)
    person = None if is_new else await unit.find(Person, granting.person)
    if not is_id(granting.id) or (not is_new and person is None):
        raise Refusal("not_found").at("person")
    from_on = granting.from_on or unit.today
    rules.check_days(unit.today, from_on, granting.until_on)
    for held in await unit.matching(Standing, "person_id", granting.person) if person else ():
        same = (held["role"], held["place_id"]) == (granting.role, place["id"])
        past = rules.tense(held["from_on"], held["until_on"], unit.today) == "past"
        if same and not past and rules.meets((from_on, granting.until_on), (held["from_on"], held["until_on"])):
            raise Refusal("people.role_held").at("role")
    return place


def enter_role(unit: Unit, granting: GrantRole, place: Row) -> None:
    """Declare a role that `check_role` has let pass."""
    _stand(unit, granting.id, granting.person, granting.role, place, granting.from_on or unit.today, granting.until_on)


async def change_role(unit: Unit, changing: ChangeRole) -> Row:
    held, place = await _held(unit, changing.standing)
    rules.check_end(unit.today, held["from_on"], changing.until_on)
    unit.change(Standing, held["id"], until_on=changing.until_on)
    unit.note("person.role_changed", held["person_id"], place["path"], role=held["role"], until_on=changing.until_on)
    return {"person": held["person_id"]}


async def end_role(unit: Unit, ending: EndRole) -> Row:
    held, place = await _held(unit, ending.standing)
    unit.change(Standing, held["id"], until_on=rules.called_off(unit.today), ended_at=unit.at)
    unit.note("person.role_ended", held["person_id"], place["path"], role=held["role"])
    return {"person": held["person_id"]}


async def _held(unit: Unit, standing: str) -> tuple[Row, Row]:
    """A role that counts or is to begin, where the actor administers, and its place; never one's own administrator role."""
    held = await unit.find(Standing, standing)
    if held is None:
        raise Refusal("not_found")
    place = await _administered(unit, held["place_id"], open_only=False)
    if rules.tense(held["from_on"], held["until_on"], unit.today) == "past":
        raise Refusal("people.role_ended")
    if held["person_id"] == unit.person and held["role"] == "administrator":
        raise Refusal("people.own_role")
    return held, place


async def leave(unit: Unit, leaving: Leave) -> Row:
    person, held = await _whole(unit, leaving.person)
    reason = rules.reason(leaving.reason)
    if person["id"] == unit.person:
        raise Refusal("people.own_leave")
    if person["state"] == "left":
        raise Refusal("people.left", name=person["name"])
    for standing, place in held:
        unit.change(Standing, standing["id"], until_on=rules.called_off(unit.today), ended_at=unit.at)
        unit.note("person.role_ended", person["id"], place["path"], role=standing["role"])
    unit.change(Person, person["id"], state="left", password=None, left_on=unit.today, left_why=reason)
    await _spend_codes(unit, person["id"])
    await _end_sessions(unit, person["id"])
    unit.note("person.left", person["id"], held[0][1]["path"], reason=reason)
    return {"person": person["id"]}


async def bureau_of(unit: Unit, place: Row) -> Row:
    """The nearest place above whose mark stands in numbers."""
    for path in rules.paths_above(place["path"]):
        for row in await unit.matching(Place, "path", path):
            if row["mark"]:
                return row
    return {"id": "", "mark": "督改", "code": "DG", "name": ""}


async def reset_person(unit: Unit, resetting: ResetPerson) -> Row:
    person, held = await _whole(unit, resetting.person)
    await _spend_codes(unit, person["id"])
    _code(unit, person["id"], resetting.code)
    unit.change(Person, person["id"], password=None, state="invited", left_on=None, left_why="")
    await _end_sessions(unit, person["id"])
    unit.note("person.reset", person["id"], held[0][1]["path"])
    return {"person": person["id"]}


async def _whole(unit: Unit, id: str) -> tuple[Row, list[tuple[Row, Row]]]:
    """Somebody with the roles that count or are to begin, each with its place, all of them where the actor administers."""
    person = await unit.find(Person, id)
    held = []
    for standing in await unit.matching(Standing, "person_id", id) if person else ():
        if rules.tense(standing["from_on"], standing["until_on"], unit.today) != "past":
            place = await unit.find(Place, standing["place_id"])
            held += [(standing, place)] if place else []
    paths = [place["path"] for _, place in held]
    if person is None or not any(unit.actor.has("administrator", path) for path in paths):
        raise Refusal("not_found")
    rules.check_may_reset(unit.actor, paths)
    return person, held


async def activate(unit: Unit, activating: Activate) -> Row:
    code = await unit.find(Activation, activating.code)
    if code is None or code["used_at"] or code["expires_at"] <= unit.at or code["person_id"] != unit.person:
        raise Refusal("activation.wrong").at("code")
    await _spend_codes(unit, unit.person)
    unit.change(Person, unit.person, password=activating.password, state="active")
    await _end_sessions(unit, unit.person)
    unit.note("person.activated", unit.person, _first_path(unit))
    return {"person": unit.person}


async def change_password(unit: Unit, changing: ChangePassword) -> Row:
    unit.change(Person, unit.person, password=changing.password)
    await _end_sessions(unit, unit.person, keep=changing.keep)
    unit.note("person.password_changed", unit.person, _first_path(unit))
    return {}


async def set_language(unit: Unit, setting: SetLanguage) -> Row:
    unit.change(Person, unit.person, lang=setting.lang)
    unit.note("person.language_set", unit.person, _first_path(unit), lang=setting.lang)
    return {}


def _stand(unit: Unit, id: str, person: str, role: str, place: Row, from_on: dt.date, until_on: dt.date | None) -> None:
    unit.add(Standing, id=id, person_id=person, place_id=place["id"], role=role, from_on=from_on, until_on=until_on)
    unit.note("person.role_granted", person, place["path"], role=role, from_on=from_on, until_on=until_on)


async def _administered(unit: Unit, place_id: str, open_only: bool = True) -> Row:
    place = await unit.find(Place, place_id)
    if place is None:
        raise Refusal("not_found").at("place")
    rules.check_administers(unit.actor, place["path"])
    if open_only and place["is_closed"]:
        raise Refusal("place.closed", name=place["name"]).at("place")
    return place


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not 1 <= len(name) <= 60 or not name.isprintable():
        raise Refusal("input.invalid", reason="1–60").at("name")
    return name


def _code(unit: Unit, person: str, fingerprint: str) -> None:
    unit.add(
        Activation, id=fingerprint, person_id=person, made_at=unit.at, expires_at=unit.at + rules.CODE_LIFE, used_at=None
    )


async def _spend_codes(unit: Unit, person: str) -> None:
    for code in await unit.matching(Activation, "person_id", person):
        if not code["used_at"]:
            unit.change(Activation, code["id"], used_at=unit.at)


async def _end_sessions(unit: Unit, person: str, keep: str = "") -> None:
    for session in await unit.matching(Session, "person_id", person):
        if not session["ended_at"] and session["id"] != keep:
            unit.change(Session, session["id"], ended_at=unit.at)


def _first_path(unit: Unit) -> str:
    return (*unit.actor.paths(), "")[0]


def _reads_reset(resetting: ResetPerson) -> Iterable[tuple[Any, ...]]:
    yield Person, resetting.person
    yield Standing, "person_id", resetting.person


COMMANDS = (
    Handling("people.add", AddPerson, add_person),
    Handling("people.grant", GrantRole, grant_role),
    Handling("people.change_role", ChangeRole, change_role),
    Handling("people.end_role", EndRole, end_role),
    Handling("people.leave", Leave, leave),
    Handling("people.reset", ResetPerson, reset_person, _reads_reset),
    Handling("people.activate", Activate, activate, own=True),
    Handling("people.change_password", ChangePassword, change_password, own=True),
    Handling("people.set_language", SetLanguage, set_language, own=True),
)
