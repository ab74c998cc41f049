"""The door for a device's signature: instead of a session, on routes that a phone deposits to, and nowhere else."""

import contextlib
import hashlib
import hmac

from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPReceiveMessage, Receive, Scope, Send, WebSocketReceiveMessage

from server.devices import queries, rules
from server.devices.tables import Device
from server.foundation import clock
from server.foundation.refusal import Refusal
from server.ledger.perform import Ledger


class Signatures(ASGIMiddleware):
    """Puts the device's person into scope["user"]; a signature that does not fit is refused, whatever session comes with it."""

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        if not scope["route_handler"].opt.get("deposit") or b"signature-input" not in headers:
            await next_app(scope, receive, send)
            return
        method, has_body = str(scope.get("method", "")), scope.get("method") == "POST"
        claim = rules.claim(headers[b"signature-input"], headers.get(b"signature", ""), has_body)
        announced = headers.get(b"content-digest", "") if has_body else ""
        awaited = rules.digest(announced) if has_body else b""
        device = await queries.signing(claim.device)
        if device is None:
            raise Refusal("device.unknown")
        path = (scope.get("raw_path") or scope["path"].encode()).partition(b"?")[0].decode("latin-1")
        base = rules.signature_base(claim, method, path, scope["query_string"].decode("latin-1"), announced)
        rules.check_signed(device.public_key, claim.signature, base)
        scope["user"] = device.actor
        await _hear(scope["litestar_app"].state.ledger, device)
        await next_app(scope, _checked(receive, awaited) if has_body else receive, send)


async def _hear(ledger: Ledger, device: queries.Signing) -> None:
    """Remember when it was last heard: machinery, for which nothing waits or fails."""
    now = clock.now()
    if now - device.heard_at > rules.HEARD_EVERY:
        with contextlib.suppress(Refusal):
            await ledger.keep(change=[(Device, device.id, {"heard_at": now})])


def _checked(receive: Receive, awaited: bytes) -> Receive:
    """The body as it comes; refused at its end if it is not the one that was signed for."""
    hashed = hashlib.sha256()

    async def receiving() -> HTTPReceiveMessage | WebSocketReceiveMessage:
        message = await receive()
        if message["type"] == "http.request":
            hashed.update(message["body"])
            if not message["more_body"] and not hmac.compare_digest(hashed.digest(), awaited):
                raise Refusal("device.signature")
        return message

    return receiving
