"""Registering people and places, giving and ending roles, printing codes, choosing passwords."""

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
Role = Literal["inspector", "supervisor", "contact", "administrator"]


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
    id: str
    person: str
    role: Role
    place: str
    until_on: dt.date | None = None


class EndRole(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The role ends today: from tomorrow on it no longer counts, and the person's sessions see it at once."""

    standing: str


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


class AddPlace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """mark: what stands in document numbers (万民整); code: what stands in receipts (WZ). parent: null for the top."""

    id: str
    kind: Literal["municipal", "district", "office"]
    name: str
    parent: str | None = None
    mark: str = ""
    code: str = ""


async def add_person(unit: Unit, adding: AddPerson) -> Row:
    place = await _administered(unit, adding.place)
    name, sign_in = _name(adding.name), rules.normal_sign_in(adding.sign_in)
    if not is_id(adding.id) or not is_id(adding.standing):
        raise Refusal("input.invalid", reason="id").at("id")
    if await unit.matching(Person, "sign_in", sign_in):
        raise Refusal("people.sign_in_taken", sign_in=sign_in).at("sign_in")
    unit.add(Person, id=adding.id, name=name, sign_in=sign_in, password=None, state="invited", lang="zh")
    _code(unit, adding.id, adding.code)
    unit.note("person.added", adding.id, place["path"], name=name)
    _stand(unit, adding.standing, adding.id, adding.role, place, adding.until_on)
    return {"person": adding.id}


async def grant_role(unit: Unit, granting: GrantRole) -> Row:
    place = await _administered(unit, granting.place)
    person = await unit.find(Person, granting.person)
    if person is None or not is_id(granting.id):
        raise Refusal("not_found").at("person")
    for held in await unit.matching(Standing, "person_id", person["id"]):
        same = (held["role"], held["place_id"]) == (granting.role, place["id"])
        if same and rules.is_current(held["from_on"], held["until_on"], unit.today):
            raise Refusal("people.role_held").at("role")
    _stand(unit, granting.id, person["id"], granting.role, place, granting.until_on)
    return {"person": person["id"]}


async def end_role(unit: Unit, ending: EndRole) -> Row:
    held = await unit.find(Standing, ending.standing)
    if held is None:
        raise Refusal("not_found")
    place = await _administered(unit, held["place_id"], open_only=False)
    if not rules.is_current(held["from_on"], held["until_on"], unit.today):
        raise Refusal("people.role_ended")
    if held["person_id"] == unit.person and held["role"] == "administrator":
        raise Refusal("people.own_role")
    unit.change(Standing, held["id"], until_on=unit.today - dt.timedelta(days=1))
    unit.note("person.role_ended", held["person_id"], place["path"], role=held["role"])
    return {"person": held["person_id"]}


async def reset_person(unit: Unit, resetting: ResetPerson) -> Row:
    person = await unit.find(Person, resetting.person)
    held = [] if person is None else await unit.matching(Standing, "person_id", person["id"])
    paths = []
    for standing in held:
        if rules.is_current(standing["from_on"], standing["until_on"], unit.today):
            place = await unit.find(Place, standing["place_id"])
            paths += [place["path"]] if place else []
    if person is None or not any(unit.actor.has("administrator", path) for path in paths):
        raise Refusal("not_found")
    rules.check_may_reset(unit.actor, paths)
    await _spend_codes(unit, person["id"])
    _code(unit, person["id"], resetting.code)
    unit.change(Person, person["id"], password=None, state="invited")
    await _end_sessions(unit, person["id"])
    unit.note("person.reset", person["id"], paths[0])
    return {"person": person["id"]}


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


async def add_place(unit: Unit, adding: AddPlace) -> Row:
    name = _name(adding.name)
    parent = await unit.find(Place, adding.parent) if adding.parent else None
    if not is_id(adding.id) or await unit.find(Place, adding.id):
        raise Refusal("input.invalid", reason="id").at("id")
    if adding.parent and parent is None:
        raise Refusal("not_found").at("parent")
    above = parent["path"] if parent else ""
    rules.check_administers(unit.actor, above)
    rules.check_parent(adding.kind, parent["kind"] if parent else None)
    path = rules.place_path(above, adding.id)
    unit.add(
        Place, id=adding.id, parent_id=adding.parent, path=path, kind=adding.kind, name=name,
        mark=adding.mark.strip(), code=adding.code.strip().upper(), is_closed=False,
    )  # fmt: skip
    unit.note("place.added", adding.id, path, name=name, place_kind=adding.kind)
    return {"place": adding.id}


def _stand(unit: Unit, id: str, person: str, role: str, place: Row, until_on: dt.date | None) -> None:
    rules.check_days(unit.today, until_on)
    unit.add(Standing, id=id, person_id=person, place_id=place["id"], role=role, from_on=unit.today, until_on=until_on)
    unit.note("person.role_granted", person, place["path"], role=role, until_on=until_on)


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
    Handling("people.end_role", EndRole, end_role),
    Handling("people.reset", ResetPerson, reset_person, _reads_reset),
    Handling("people.activate", Activate, activate),
    Handling("people.change_password", ChangePassword, change_password),
    Handling("people.set_language", SetLanguage, set_language),
    Handling("places.add", AddPlace, add_place),
)
