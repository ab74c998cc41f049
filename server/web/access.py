"""Who may come to which route. Every route says it; one that says nothing stops the start-up."""

from collections.abc import Iterable
from typing import Any

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from server.foundation.refusal import Refusal, declare, no

public: dict[str, Any] = {"opt": {"access": None}}
# What browsers keep and everybody gets alike: nobody is looked up for it, no form token is set with it.
alike: dict[str, Any] = {"opt": {"access": None, "alike": True, "exclude_from_csrf": True}}

# For whoever is signed in, without any role too: their own page, and what their phone asks for to learn that.
own: dict[str, Any] = {"opt": {"access": (), "own": True}}

declare(
    {
        "role.none": no(
            403, "您现在没有在任的岗位", "You hold no role now", "自己的页面仍可打开；需要岗位请联系管理员", "Your own page still opens; ask an administrator for a role"
        ),
    }
)  # fmt: skip


def needs(*roles: str) -> dict[str, Any]:
    """For whoever is signed in and holds one of these roles somewhere; any role, if none is named.

    Which places are theirs is for the wing's queries and rules: here only the door is kept.
    """
    return {"opt": {"access": roles}}


def deposits(*roles: str) -> dict[str, Any]:
    """As `needs`, for what a phone sends by itself: no form token, but our own header and our own origin.

    A session opens it or a device's signature, which opens nothing else.
    """
    return {"opt": {"access": roles, "deposit": True, "exclude_from_csrf": True}}


def calls() -> dict[str, Any]:
    """As `own`, for what a phone asks by itself with a session: our own header and origin instead of a form token. No signature opens it."""
    return {"opt": {"access": (), "own": True, "called": True, "exclude_from_csrf": True}}


async def guard(connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Refuses sign_in, not_allowed or cross_site before the handler runs."""
    roles = handler.opt["access"]
    if "\x00" in connection.scope["path"] or b"%00" in connection.scope["query_string"]:
        raise Refusal("input.invalid", reason="NUL")  # no database keeps it, and one would fail on it
    if handler.opt.get("deposit") or handler.opt.get("called"):
        _check_deposit(connection)
    if roles is None:
        return
    actor = connection.scope.get("user")
    if actor is None:
        raise Refusal("sign_in")
    if not actor.roles and not handler.opt.get("own") and not handler.opt.get("deposit"):
        raise Refusal("role.none")
    if roles and not actor.is_any(*roles):
        raise Refusal("not_allowed")


def _check_deposit(connection: ASGIConnection[Any, Any, Any, Any]) -> None:
    """A page of another site cannot set our header without asking first, and the browser says where it comes from."""
    headers = connection.headers
    if headers.get("x-dugai") != "1" or headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Refusal("cross_site")
    origin = headers.get("origin")
    settings = connection.app.state.settings
    if origin and origin != (settings.origin or f"{connection.scope['scheme']}://{headers.get('host', '')}"):
        raise Refusal("cross_site")


def handlers_of(app: Litestar) -> Iterable[tuple[str, str, Any]]:
    """Every (method, path, handler) of the app, those that Litestar adds by itself left out."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", (getattr(route, "route_handler", None),)):
            for method in sorted(getattr(handler, "http_methods", ())):
                if method != "OPTIONS":
                    yield method, route.path, handler


def check_routes(app: Litestar) -> None:
    """Deny by default: stop the start-up at a route that does not say who may come."""
    for method, path, handler in handlers_of(app):
        if "access" not in handler.opt:
            raise RuntimeError(f"{method} {path} does not say who may come: use needs(…) or public")
