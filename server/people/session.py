"""Signed-in browsers: beginning, going on, being given a new token, ending. All of it lives in the database."""

import asyncio
import contextlib
import datetime as dt
import secrets
from collections.abc import AsyncIterator
from typing import Any
from weakref import WeakValueDictionary

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie, MutableScopeHeaders
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from server.foundation import clock
from server.foundation.refusal import Refusal
from server.ledger.perform import Ledger
from server.people import passwords, queries, rules
from server.people.tables import Attempt, Session
from server.settings import Settings

TOKEN, DEVICE = "dugai-session", "dugai-device"
HERE = "dugai-here"  # whoever uses a shared phone, as the phone says: set there without signal too, gone with the next sign-in
RENEWED_AFTER = dt.timedelta(hours=12)
OVERLAP = dt.timedelta(seconds=60)  # requests that are under way with the old token
SEEN_EVERY = dt.timedelta(minutes=5)
LONGEST_FORM = 256 * 1024
DEVICE_LIFE = 400 * 24 * 3600


async def begin(
    ledger: Ledger, settings: Settings, person_id: str, device: str = "", agent: str = "", network: str = ""
) -> dict[str, str]:
    """Open a session; the cookies that carry it, by name. device: the browser's own mark from an earlier session. Traces older than they must be kept go at the same time."""
    token, device = secrets.token_urlsafe(32), device or secrets.token_urlsafe(16)
    now = clock.now()
    expires = now + dt.timedelta(seconds=settings.session_life)
    fresh = _row(token, person_id, rules.fingerprint(device), agent, network, now, expires)
    await ledger.keep(add=[(Session, fresh)], run=queries.forgotten(now - dt.timedelta(days=settings.keep_days)))
    return {TOKEN: token, DEVICE: device}


async def end(ledger: Ledger, session_id: str) -> None:
    await ledger.keep(change=[(Session, session_id, {"ended_at": clock.now()})])


async def check_password(ledger: Ledger, name: str, password: str, device: str, network: str) -> queries.SignIn:
    """Who this is. Refusals: sign_in.wrong, sign_in.wait.

    Failures are counted for one name from one known device or one network, so a guesser delays nobody else.
    """
    person = await queries.sign_in(name)
    known = person and device and await queries.knows_device(person.id, rules.fingerprint(device))
    place = rules.fingerprint(f"{name}\0{device if known else rules.network(network)}")
    async with guessing(ledger, place):
        right = await passwords.matches(person.password if person else None, password)
        if person is None or not right or person.state != "active":
            raise Refusal("sign_in.wrong").at("sign_in")
    return person


@contextlib.asynccontextmanager
async def guessing(ledger: Ledger, place: str) -> AsyncIterator[None]:
    """One guess after another for this place: counted before it is judged, forgotten when it was right.

    Refusal: sign_in.wait while the last failures are too fresh.
    """
    async with _turns.setdefault(place, asyncio.Lock()):
        failures, failed_at = await queries.failures(place)
        now = clock.now()
        if failed_at and now - failed_at > rules.FORGOTTEN_AFTER:
            failures = 0
        if failed_at and (wait := failed_at + rules.wait_after(failures) - now) > dt.timedelta():
            raise Refusal("sign_in.wait", seconds=int(wait.total_seconds()) + 1)
        values = {"failures": failures + 1, "failed_at": now}
        if failed_at:
            await ledger.keep(change=[(Attempt, place, values)])
        else:
            await ledger.keep(add=[(Attempt, {"id": place, **values})])
        yield
        await ledger.keep(remove=[(Attempt, place)])


# Several processes let a few guesses more through at once: as many as there are processes.
_turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()


def cookies(settings: Settings, values: dict[str, str]) -> list[Cookie]:
    """Set-Cookie for these names; an empty value takes the cookie away."""
    lives = {TOKEN: settings.session_life, DEVICE: DEVICE_LIFE}
    return [
        Cookie(
            key=name, value=value, max_age=lives.get(name, DEVICE_LIFE) if value else 0, path="/",
            httponly=name in (TOKEN, DEVICE), secure=settings.is_secure, samesite="lax",
        )
        for name, value in values.items()
    ]  # fmt: skip


class Sessions(ASGIMiddleware):
    """Puts the actor, or None, into scope["user"]; renews tokens of half a day and remembers when a session was last seen."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        if scope.get("user") is not None:  # a device has signed for them
            await next_app(scope, receive, send)
            return
        given = {} if scope["route_handler"].opt.get("alike") else _cookies(scope)
        token = given.get(TOKEN, "")
        settings: Settings = scope["litestar_app"].state.settings
        ledger: Ledger = scope["litestar_app"].state.ledger
        known = await queries.signed_in(rules.fingerprint(token)) if token else None
        now = clock.now()
        if known and now - known[0].seen_at > dt.timedelta(seconds=settings.session_idle):
            known = None
        if known and given.get(HERE, known[1].id) != known[1].id and not ledger.closing:  # the phone was handed on: whoever holds it now is not them
            await end(ledger, known[0].id)
            known = None
        scope["user"] = known[1] if known else None
        _check_body(scope, known is not None)
        if not known or ledger.closing:
            await next_app(scope, receive, send)
            return
        found = known[0]
        if scope.get("method") == "GET" and now - found.created_at > RENEWED_AFTER:
            send = _giving(send, cookies(settings, {TOKEN: await _renew(ledger, found, now)}))
        elif now - found.seen_at > SEEN_EVERY:
            await ledger.keep(change=[(Session, found.id, {"seen_at": now})])
        await next_app(scope, receive, send)


def _check_body(scope: Scope, is_known: bool) -> None:
    """Nobody's body is read before they are known, and no long list of form fields at all: files come as multipart."""
    if scope.get("method") in ("GET", "HEAD"):
        return
    if scope["route_handler"].opt.get("access") is not None and not is_known:
        raise Refusal("sign_in")
    headers = dict(scope["headers"])
    kind, length = headers.get(b"content-type", b""), headers.get(b"content-length", b"")
    if kind.startswith(b"application/x-www-form-urlencoded") and (not length.isdigit() or int(length) > LONGEST_FORM):
        raise Refusal("input.too_large")


async def _renew(ledger: Ledger, old: queries.Opened, now: dt.datetime) -> str:
    token = secrets.token_urlsafe(32)
    fresh = _row(token, old.person_id, old.device, old.agent, old.network, now, old.expires_at)
    await ledger.keep(
        add=[(Session, fresh)], change=[(Session, old.id, {"expires_at": min(old.expires_at, now + OVERLAP)})]
    )
    if await queries.is_ended(old.id):  # signed out, or the password changed, while it was being renewed
        await end(ledger, fresh["id"])
    return token


def _row(
    token: str, person: str, device: str, agent: str, network: str, now: dt.datetime, expires: dt.datetime
) -> dict[str, Any]:
    return {
        "id": rules.fingerprint(token), "person_id": person, "device": device, "agent": agent[:200], "network": network,
        "created_at": now, "seen_at": now, "expires_at": expires, "ended_at": None,
    }  # fmt: skip


def _cookies(scope: Scope) -> dict[str, str]:
    return ASGIConnection[Any, Any, Any, Any](scope).cookies


def _giving(send: Send, given: list[Cookie]) -> Send:
    async def giving(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableScopeHeaders.from_message(message)
            for cookie in given:
                headers.add("set-cookie", cookie.to_header(header=""))
        await send(message)

    return giving
