"""The door, one's own page, and for administrators people, roles and places."""

import datetime as dt
from typing import Any

import msgspec
import segno
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from markupsafe import Markup

from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.people import passwords, queries, rules, session
from server.people.session import DEVICE, TOKEN
from server.web import forms
from server.web.access import needs, public
from server.web.acts import perform
from server.web.render import LANG_COOKIE, lang_of, page

Asked = Request[Any, Any, Any]


# The door


class SignIn(msgspec.Struct):
    sign_in: str
    password: str
    next: str = ""


@get("/", **public)
async def first(request: Asked) -> Redirect:
    return Redirect(rules.home(request.user) if request.user else "/sign-in", status_code=303)


@get("/sign-in", **public)
async def door(request: Asked, next: FromQuery[str] = "") -> Response[Any]:
    if request.user:
        return Redirect(rules.local_path(next, rules.home(request.user)), status_code=303)
    return page(request, "people/sign_in.html", given={"next": next}, refusal=None)


@post("/sign-in", **public, status_code=200)
async def come_in(request: Asked) -> Response[Any]:
    try:
        given = await forms.form(request, SignIn)
        name = rules.normal_sign_in(given.sign_in)
        device, network = request.cookies.get(DEVICE, ""), request.client.host if request.client else ""
        person = await session.check_password(request.app.state.ledger, name, given.password, device, network)
    except Refusal as refusal:
        typed = await forms.fields(request)
        return page(request, "people/sign_in.html", status=refusal.entry.status, given=typed, refusal=refusal)
    return await _welcome(request, person.id, person.lang, given.next, device)


async def _welcome(request: Asked, person_id: str, lang: str, next: str, device: str) -> Response[Any]:
    """A new session, never one that was there before; then on to where they meant to go."""
    state = request.app.state
    if request.user:
        await session.end(state.ledger, request.user.session_id)
    agent, network = request.headers.get("user-agent", ""), request.client.host if request.client else ""
    values = await session.begin(state.ledger, state.settings, person_id, device, agent, network)
    actor = await queries.actor(person_id)
    target = rules.local_path(next, rules.home(actor) if actor else "/me")
    return Redirect(target, status_code=303, cookies=session.cookies(state.settings, {**values, LANG_COOKIE: lang}))


@post("/sign-out", **public, status_code=303)
async def go_out(request: Asked) -> Redirect:
    state = request.app.state
    if request.user:
        await session.end(state.ledger, request.user.session_id)
    return Redirect("/sign-in", status_code=303, cookies=session.cookies(state.settings, {TOKEN: ""}))


class Activation(msgspec.Struct):
    code: str
    password: str
    again: str


@get("/activate", **public)
async def activation(request: Asked) -> Response[Any]:
    return page(request, "people/activate.html", given={}, refusal=None)


@post("/activate", **public, status_code=200)
async def activate(request: Asked) -> Response[Any]:
    """A code that was printed opens the account once: its owner chooses a password and is let in."""
    try:
        given = await forms.form(request, Activation)
        fingerprint = rules.fingerprint(rules.normal_code(given.code))
        owner = await queries.owner_of(fingerprint)
        if owner is None:
            raise Refusal("activation.wrong").at("code")
        person_id, sign_in = owner
        _check_new(given.password, given.again, sign_in)
        hashed = await passwords.hashed(given.password, rules.salt_for(request.app.state.settings.secret(), fingerprint))
        request.scope["user"] = rules.newcomer(person_id)
        await perform(request, "people.activate", {"code": fingerprint, "password": hashed})
    except Refusal as refusal:
        request.scope["user"] = None
        typed = await forms.fields(request)
        return page(request, "people/activate.html", status=refusal.entry.status, given=typed, refusal=refusal)
    request.scope["user"] = None
    return await _welcome(request, person_id, lang_of(request), "", "")


def _check_new(password: str, again: str, sign_in: str) -> None:
    rules.check_password(password, sign_in)
    if password != again:
        raise Refusal("password.differs").at("again")


# One's own page


@get("/me", **needs())
async def me(request: Asked) -> Response[Any]:
    return await _me(request)


async def _me(request: Asked, refusal: Refusal | None = None) -> Response[Any]:
    places = {place.id: place.name for place in await queries.places(request.user)}
    return page(
        request, "people/me.html", status=refusal.entry.status if refusal else 200, refusal=refusal, places=places,
        sessions=await queries.sessions_of(request.user.id), role_words=rules.ROLE_WORDS, browser=rules.browser,
    )  # fmt: skip


@post("/me/language", **needs())
async def set_language(request: Asked) -> Redirect:
    lang = "en" if (await forms.fields(request)).get("lang") == "en" else "zh"
    await perform(request, "people.set_language", {"lang": lang})
    given = session.cookies(request.app.state.settings, {LANG_COOKIE: lang})
    return Redirect("/me", status_code=303, cookies=given)


class NewPassword(msgspec.Struct):
    current: str
    password: str
    again: str


@post("/me/password", **needs(), status_code=200)
async def change_password(request: Asked) -> Response[Any]:
    try:
        given = await forms.form(request, NewPassword)
        known = await queries.password_of(request.user.id)
        async with session.guessing(request.app.state.ledger, rules.fingerprint(f"{request.user.id}\0password")):
            if not await passwords.matches(known.password if known else None, given.current):
                raise Refusal("password.wrong").at("current")
        _check_new(given.password, given.again, known.sign_in if known else "")
        salt = rules.salt_for(request.app.state.settings.secret(), new_id())
        hashed = await passwords.hashed(given.password, salt)
        await perform(request, "people.change_password", {"password": hashed, "keep": request.user.session_id})
    except Refusal as refusal:
        return await _me(request, refusal)
    return Redirect("/me", status_code=303)


@post("/me/sessions/{id:str}/end", **needs())
async def end_session(request: Asked, id: FromPath[str]) -> Redirect:
    if id not in {seen.id for seen in await queries.sessions_of(request.user.id)}:
        raise Refusal("not_found")
    await session.end(request.app.state.ledger, id)
    return Redirect("/me", status_code=303)


# People and their roles


@get("/people", **needs("administrator"))
async def people(request: Asked, q: FromQuery[str] = "") -> Response[Any]:
    return await _people(request, q)


async def _people(request: Asked, q: str = "", refusal: Refusal | None = None) -> Response[Any]:
    return page(
        request, "people/people.html", status=refusal.entry.status if refusal else 200, found=await queries.people(request.user, q), q=q,
        places=await queries.places(request.user, "administrator"), given=await forms.fields(request) if refusal else {},
        refusal=refusal, role_words=rules.ROLE_WORDS, state_words=rules.STATE_WORDS,
    )  # fmt: skip


class NewPerson(msgspec.Struct):
    _id: str
    name: str
    sign_in: str
    role: str
    place: str
    until_on: dt.date | None = None


@post("/people", **needs("administrator"), status_code=200)
async def add_person(request: Asked) -> Response[Any]:
    """Registers somebody and shows the slip with the code: once, on this answer."""
    try:
        given = await forms.form(request, NewPerson)
        code = rules.code_for(request.app.state.settings.secret(), given._id)
        payload = {
            "id": rules.id_for(given._id, "person"), "standing": rules.id_for(given._id, "standing"), "name": given.name,
            "sign_in": given.sign_in, "role": given.role, "place": given.place, "until_on": given.until_on,
            "code": rules.fingerprint(code),
        }  # fmt: skip
        done = await perform(request, "people.add", payload, given._id)
    except Refusal as refusal:
        return await _people(request, refusal=refusal)
    return _slip(request, done["person"], given.name, code)


@get("/people/{id:str}", **needs("administrator"))
async def person(request: Asked, id: FromPath[str]) -> Response[Any]:
    return await _person(request, id)


async def _person(request: Asked, id: str, refusal: Refusal | None = None) -> Response[Any]:
    found = await queries.person_for(request.user, id)
    if found is None:
        raise Refusal("not_found")
    return page(
        request, "people/person.html", status=refusal.entry.status if refusal else 200, person=found[0], held=found[1],
        places=await queries.places(request.user, "administrator"), refusal=refusal,
        role_words=rules.ROLE_WORDS, state_words=rules.STATE_WORDS, is_current=rules.is_current,
    )  # fmt: skip


class NewRole(msgspec.Struct):
    _id: str
    role: str
    place: str
    until_on: dt.date | None = None


@post("/people/{id:str}/roles", **needs("administrator"), status_code=200)
async def grant(request: Asked, id: FromPath[str]) -> Response[Any]:
    if await queries.person_for(request.user, id) is None:
        raise Refusal("not_found")
    try:
        given = await forms.form(request, NewRole)
        payload = {
            "id": rules.id_for(given._id, "standing"), "person": id, "role": given.role, "place": given.place, "until_on": given.until_on,
        }  # fmt: skip
        await perform(request, "people.grant", payload, given._id)
    except Refusal as refusal:
        return await _person(request, id, refusal)
    return Redirect(f"/people/{id}", status_code=303)


@post("/people/{id:str}/roles/{standing:str}/end", **needs("administrator"), status_code=200)
async def end_role(request: Asked, id: FromPath[str], standing: FromPath[str]) -> Response[Any]:
    try:
        await perform(request, "people.end_role", {"standing": standing}, (await forms.fields(request)).get("_id"))
    except Refusal as refusal:
        return await _person(request, id, refusal)
    return Redirect(f"/people/{id}", status_code=303)


@post("/people/{id:str}/reset", **needs("administrator"), status_code=200)
async def reset(request: Asked, id: FromPath[str]) -> Response[Any]:
    found = await queries.person_for(request.user, id)
    act = (await forms.fields(request)).get("_id", "")
    if found is None:
        raise Refusal("not_found")
    code = rules.code_for(request.app.state.settings.secret(), act)
    try:
        await perform(request, "people.reset", {"person": id, "code": rules.fingerprint(code)}, act)
    except Refusal as refusal:
        return await _person(request, id, refusal)
    return _slip(request, id, found[0].name, code)


def _slip(request: Asked, person_id: str, name: str, code: str) -> Response[Any]:
    origin = request.app.state.settings.origin or str(request.base_url).rstrip("/")
    drawn = segno.make(f"{origin}/activate", error="m").svg_inline(scale=4, border=2, omitsize=True)
    return page(
        request, "people/slip.html", person_id=person_id, name=name, code=rules.printed(code), address=f"{origin}/activate",
        days=rules.CODE_LIFE.days, drawn=Markup(drawn),  # noqa: S704 -- drawn by segno from our own address
    )  # fmt: skip


# Places


@get("/places", **needs("administrator"))
async def places(request: Asked) -> Response[Any]:
    return await _places(request)


async def _places(request: Asked, refusal: Refusal | None = None) -> Response[Any]:
    return page(
        request, "people/places.html", status=refusal.entry.status if refusal else 200, refusal=refusal,
        found=await queries.places(request.user, "administrator"), kind_words=rules.PLACE_WORDS,
        given=await forms.fields(request) if refusal else {},
    )  # fmt: skip


class NewPlace(msgspec.Struct):
    _id: str
    kind: str
    name: str
    parent: str
    mark: str = ""
    code: str = ""


@post("/places", **needs("administrator"), status_code=200)
async def add_place(request: Asked) -> Response[Any]:
    try:
        given = await forms.form(request, NewPlace)
        payload = {"id": rules.id_for(given._id, "place"), **{name: getattr(given, name) for name in ("kind", "name", "parent", "mark", "code")}}
        await perform(request, "places.add", payload, given._id)
    except Refusal as refusal:
        return await _places(request, refusal)
    return Redirect("/places", status_code=303)


PAGES = (
    first, door, come_in, go_out, activation, activate, me, set_language, change_password, end_session,
    people, add_person, person, grant, end_role, reset, places, add_place,
)  # fmt: skip
