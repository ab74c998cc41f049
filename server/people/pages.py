"""The door, and one's own page."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.people import passwords, queries, rules, session
from server.people.session import DEVICE, HERE, TOKEN
from server.web import forms
from server.web.access import own, public
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
        return page(request, "people/sign_in.html", given=typed, refusal=refusal)
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
    return Redirect(target, status_code=303, cookies=session.cookies(state.settings, {**values, HERE: "", LANG_COOKIE: lang}))


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
        return page(request, "people/activate.html", given=typed, refusal=refusal)
    request.scope["user"] = None
    return await _welcome(request, person_id, lang_of(request), "", "")


def _check_new(password: str, again: str, sign_in: str) -> None:
    rules.check_password(password, sign_in)
    if password != again:
        raise Refusal("password.differs").at("again")


# One's own page


@get("/me", **own)
async def me(request: Asked) -> Response[Any]:
    return await _me(request)


async def _me(request: Asked, refusal: Refusal | None = None) -> Response[Any]:
    return page(
        request, "people/me.html", refusal=refusal,
        sessions=await queries.sessions_of(request.user.id), role_words=rules.ROLE_WORDS, browser=rules.browser, held=await queries.own_roles(request.user.id),
    )  # fmt: skip


@post("/me/language", **own)
async def set_language(request: Asked) -> Redirect:
    lang = "en" if (await forms.fields(request)).get("lang") == "en" else "zh"
    await perform(request, "people.set_language", {"lang": lang})
    given = session.cookies(request.app.state.settings, {LANG_COOKIE: lang})
    return Redirect("/me", status_code=303, cookies=given)


class NewPassword(msgspec.Struct):
    current: str
    password: str
    again: str


@post("/me/password", **own, status_code=200)
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


@post("/me/sessions/{id:str}/end", **own)
async def end_session(request: Asked, id: FromPath[str]) -> Redirect:
    if id not in {seen.id for seen in await queries.sessions_of(request.user.id)}:
        raise Refusal("not_found")
    await session.end(request.app.state.ledger, id)
    return Redirect("/me", status_code=303)


PAGES = (first, door, come_in, go_out, activation, activate, me, set_language, change_password, end_session)
