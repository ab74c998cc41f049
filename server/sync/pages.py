"""POST /sync: commands in, receipts out, in order. GET /pack: what a phone takes along. /visits/phones: whose work has not come yet. /exports: what is carried in."""

import asyncio
import contextlib
import hashlib
from typing import Any

import msgspec
from litestar import MediaType, Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from server.deposits.rules import STEPS
from server.devices import queries as devices
from server.foundation import clock
from server.foundation.ids import is_id
from server.foundation.refusal import Refusal
from server.foundation.words import Words
from server.ledger.perform import Ledger
from server.people.rules import fingerprint
from server.problems.rules import RECHECK
from server.sync import carrying, exports, pack, queries, rules
from server.sync.tables import Phone
from server.sync.taking import Envelope, take
from server.web import files, forms
from server.web.access import deposits, needs, own
from server.web.acts import perform
from server.web.described import taking
from server.web.render import lang_of, page, squeezed

Asked = Request[Any, Any, Any]
MOST = 50
KINDS = {"inspections.submit": Words("检查记录", "Visit"), RECHECK: Words("复查", "Re-check"), **STEPS}  # what an export carries
LIMIT = 2 * 1024 * 1024
UNSETTLED = {"settled_at": None, "settled_by": "", "settled_reason": ""}  # heard again: what was said of it is in the history
OURS = {"x-dugai": "1", "cache-control": "no-store"}


COMMAND = {
    "type": "object", "required": ["id", "kind", "version", "at", "author", "payload"],
    "properties": {
        "id": {"type": "string", "format": "uuid"}, "kind": {"type": "string", "examples": ["inspections.submit"]}, "version": {"type": "integer", "minimum": 1},
        "at": {"type": "string", "format": "date-time"}, "author": {"type": "string", "format": "uuid"}, "payload": {"type": "object"},
    },
}  # fmt: skip
BATCH = {"type": "object", "required": ["commands"], "properties": {"commands": {"type": "array", "max_items": MOST, "items": COMMAND}}}


class Batch(msgspec.Struct, frozen=True):
    commands: list[Envelope]


@post("/sync", **deposits(), status_code=200, request_max_body_size=LIMIT, operation_class=taking("application/json", BATCH, "docs/sync.md", {"X-Dugai": "1"}))
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
    told = await asyncio.gather(*(take(ledger, request.user, envelope) for envelope in batch.commands))
    await _hear(request, sum(one["state"] == "received" for one in told))
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


async def _hear(request: Asked, received: int = 0) -> None:
    """Remember how much unsent work this person's phone tells of. It is machinery: nothing that is asked waits or fails for it."""
    now = clock.now()
    said = rules.unsent(request.headers.get(rules.HEADER, ""), request.user.id, now)
    if said is None:
        return
    said = rules.after(said, received)
    id = fingerprint(f"{await queries.mark_of(request.user)}\0{request.user.id}")
    known = await queries.heard(id)
    before = known.said if known else None
    said = msgspec.structs.replace(said, store=said.store or (before.store if before else ""))
    if not rules.is_news(said, before, known.heard_at if known else None, bool(known and known.settled_at), now):
        return
    lost = rules.lost(said, known.said, known.lost) if known else rules.Lost()
    row = {**msgspec.structs.asdict(said), **{f"lost_{name}": value for name, value in msgspec.structs.asdict(lost).items()}, "heard_at": now, **UNSETTLED}
    with contextlib.suppress(Refusal):
        if known:
            await request.app.state.ledger.keep(change=[(Phone, id, row)])
        else:
            await request.app.state.ledger.keep(add=[(Phone, {"id": id, "person_id": request.user.id, **row})])


@get("/pack", **own)
async def take_along(request: Asked) -> Response[Any]:
    """Everything that the reader's phone needs without signal; 304 where it has that already."""
    await _hear(request)
    keys = {"devices": await devices.in_use(request.user.id), "exports": exports.offered(request.app.state.settings.secret())}
    content = msgspec.json.encode({**await pack.packed(request.user, lang_of(request)), **keys})
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {**OURS, "etag": tag, "cache-control": "private, no-cache", "vary": "cookie"}
    if request.headers.get("if-none-match", "").removeprefix("W/") == tag:
        return Response(None, status_code=304, headers=headers)
    return squeezed(request, content, "application/json", headers)


@get("/visits/phones", **needs("supervisor"))
async def phones(request: Asked) -> Response[Any]:
    return await _phones(request)


async def _phones(request: Asked, phone: str = "", refusal: Refusal | None = None) -> Response[Any]:
    return page(
        request, "sync/phones.html", found=await queries.phones(request.user),
        settled=await queries.phones(request.user, settled=True), phone=phone, refusal=refusal, given=await forms.fields(request) if refusal else {},
    )  # fmt: skip


class Settled(msgspec.Struct):
    _id: str
    reason: str


@post("/visits/phones/{id:str}/settle", **needs("supervisor"), status_code=200)
async def settle(request: Asked, id: FromPath[str]) -> Response[Any]:
    """Somebody says what became of the work: 已处理."""
    if not await queries.is_of(request.user, id):
        raise Refusal("not_found")
    try:
        given = await forms.form(request, Settled)
        await perform(request, "sync.settle_phone", {"phone": id, "reason": given.reason}, given._id)
    except Refusal as refusal:
        if refusal.code in ("not_found", "not_allowed"):
            raise
        return await _phones(request, id, refusal)
    return Redirect("/visits/phones", status_code=303)


# A file that a phone wrote


@get("/exports", **own)
async def desk(request: Asked) -> Response[Any]:
    return page(request, "sync/exports.html", kinds=KINDS, told=None, author=None, refusal=None)


@post("/exports", **own, status_code=200, request_max_body_size=exports.LIMIT)
async def carry_in(request: Asked) -> Response[Any]:
    """Takes in a file that a phone wrote, whoever brings it; sending it again is always right."""
    told, author = None, None
    try:
        file = await files.opened(request)
        secret, state = request.app.state.settings.secret(), request.app.state
        act = (await forms.fields(request)).get("_id", "")
        brought = await carrying.opened(file, secret, request.user)
        carried = {"file": brought.sha256, "device": brought.device, "person": brought.author.id, "commands": [one.id for one in brought.commands]}
        await perform(request, "sync.carry_in", carried, act)
        author = brought.author.name
        told = await carrying.taken(state.ledger, state.store, secret, file, brought)
    except Refusal as refusal:
        return page(request, "sync/exports.html", kinds=KINDS, told=told, author=author, refusal=refusal)
    return page(request, "sync/exports.html", kinds=KINDS, told=told, author=author, refusal=None)


PAGES = (sync, take_along, phones, settle, desk, carry_in)
