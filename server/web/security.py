"""What every answer carries, whatever made it: a number for the logs, and headers that tell the browser to trust little. And whose fault it is when a body ends early.

It wraps the whole application, because a framework's middleware does not run for paths that match no route.
"""

import secrets
import time
from typing import Any

import structlog
from litestar.types import ASGIApp, HTTPReceiveMessage, Message, Receive, Scope, Send, WebSocketReceiveMessage

from server.foundation.refusal import Refusal, declare, no

log = structlog.get_logger()

POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'self'; img-src 'self' blob: data:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
ALWAYS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(self), geolocation=(self), microphone=(), payment=()"),
)
BODILESS = ("GET", "HEAD")
HTTPS = (b"strict-transport-security", b"max-age=31536000; includeSubDomains")

declare(
    {
        "input.cut": no(
            408, "线路中断，内容没有传完", "The line broke before all of it had come", "请再传一次；照片会接着已收到的部分传", "Send it again; a photo goes on from what has come"
        ),
    }
)  # fmt: skip


def secured(app: ASGIApp, is_secure: bool) -> ASGIApp:
    """The application with a request id, a fresh nonce, security headers and one log line for each request.

    is_secure: whether the public address is https, which browsers are then told to keep to.
    """
    always = (*ALWAYS, HTTPS) if is_secure else ALWAYS

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        state: dict[str, Any] = scope.setdefault("state", {})
        state["request_id"], state["nonce"] = secrets.token_hex(6), secrets.token_urlsafe(16)
        policy = POLICY.format(nonce=state["nonce"]).encode()
        added = (*always, (b"content-security-policy", policy), (b"x-request-id", state["request_id"].encode()))
        started, status = time.perf_counter(), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *added]
            await send(message)

        structlog.contextvars.bind_contextvars(request=state["request_id"])
        try:
            await app(scope, receive if scope.get("method") in BODILESS else _unbroken(receive), answer)
        finally:
            # The path without its query: what people search for is nobody's business in a log.
            took = round((time.perf_counter() - started) * 1000, 1)
            log.info("request", method=scope.get("method"), path=scope["path"], status=status, ms=took)
            structlog.contextvars.clear_contextvars()

    return serve


def _unbroken(receive: Receive) -> Receive:
    """The body as it comes; a client that goes in the middle of it is refused (input.cut): the framework would take it for a fault of ours."""
    is_whole = False

    async def receiving() -> HTTPReceiveMessage | WebSocketReceiveMessage:
        nonlocal is_whole
        message = await receive()
        if message["type"] == "http.disconnect" and not is_whole:
            raise Refusal("input.cut")
        is_whole = is_whole or not message.get("more_body", False)
        return message

    return receiving
