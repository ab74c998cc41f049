"""POST /sync: commands in, receipts out, in order. GET /pack: what a phone takes along."""

import asyncio
import datetime as dt
import hashlib
from typing import Annotated, Any

import msgspec
from litestar import MediaType, Request, Response, get, post

from server.foundation.actor import Actor
from server.foundation.command import Command, canonical
from server.foundation.ids import is_id
from server.foundation.refusal import Refusal
from server.ledger.perform import Ledger
from server.sync import pack
from server.web.access import deposits, needs
from server.web.render import lang_of, squeezed

Asked = Request[Any, Any, Any]
MOST = 50
LIMIT = 2 * 1024 * 1024
LATER = ("busy", "photo.full")  # nothing wrong with the command: all of it is sent again
OURS = {"x-dugai": "1", "cache-control": "no-store"}


class Envelope(msgspec.Struct, frozen=True):
    """One command as it travels. payload: any JSON; its canonical form is what a replay is known by."""

    id: str
    kind: str
    at: Annotated[dt.datetime, msgspec.Meta(tz=True)]
    author: str
    payload: Any
    version: int = 1


class Batch(msgspec.Struct, frozen=True):
    commands: list[Envelope]


@post("/sync", **deposits(), status_code=200, request_max_body_size=LIMIT)
async def sync(request: Asked) -> Response[bytes]:
    """Answers {receipts: [{id, state, …}]} in the order of the commands.

    state: "received" with receipt; "missing" with photos, the SHA-256s to send first; "refused" with refusal. A batch
    that cannot be read, or holds somebody else's command, is refused as a whole; so is one that comes when the server is busy.
    """
    batch = _read(await request.body())
    for envelope in batch.commands:
        if envelope.author != request.user.id:
            raise Refusal("author.differs").at(envelope.id)
    ledger: Ledger = request.app.state.ledger
    told = await asyncio.gather(*(_settle(ledger, request.user, envelope) for envelope in batch.commands))
    return Response(msgspec.json.encode({"receipts": told}), media_type=MediaType.JSON, headers=OURS)


def _read(body: bytes) -> Batch:
    try:
        batch = msgspec.json.decode(body, type=Batch)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal("input.invalid", reason=str(error)) from None
    if len(batch.commands) > MOST:
        raise Refusal("input.too_large").at("commands")
    for envelope in batch.commands:
        if not is_id(envelope.id):
            raise Refusal("input.invalid", reason="id").at("id")
    return batch


async def _settle(ledger: Ledger, actor: Actor, envelope: Envelope) -> dict[str, Any]:
    command = Command(envelope.id, envelope.kind, envelope.version, envelope.at, envelope.author, canonical(envelope.payload))
    try:
        handling = ledger.handlings.get((command.kind, command.version))
        if handling is None or not handling.wire:
            raise Refusal("command.unknown", kind=command.kind[:60])
        receipt = await ledger.perform(command, actor)
    except Refusal as refusal:
        if refusal.code in LATER:
            raise
        if refusal.code == "photo.missing":
            return {"id": envelope.id, "state": "missing", "photos": refusal.facts["photos"]}
        return {"id": envelope.id, "state": "refused", "refusal": refusal.as_json()}
    return {"id": envelope.id, "state": "received", "receipt": msgspec.Raw(receipt)}


@get("/pack", **needs())
async def take_along(request: Asked) -> Response[Any]:
    """Everything that the reader's phone needs without signal; 304 where it has that already."""
    content = msgspec.json.encode(await pack.packed(request.user, lang_of(request)))
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {**OURS, "etag": tag, "cache-control": "private, no-cache", "vary": "cookie"}
    if request.headers.get("if-none-match", "").removeprefix("W/") == tag:
        return Response(None, status_code=304, headers=headers)
    return squeezed(request, content, "application/json", headers)


PAGES = (sync, take_along)
