"""One command as it came from a phone: performed, or answered with what is missing, or kept whole for the supervisor."""

import asyncio
import contextlib
import datetime as dt
from typing import Annotated, Any
from weakref import WeakKeyDictionary

import msgspec

from server.deposits import queries, rules
from server.deposits.queries import Kept
from server.deposits.tables import Deposit
from server.foundation import clock
from server.foundation.actor import SYSTEM, Actor
from server.foundation.command import Command, canonical
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.ledger import queries as ledgers
from server.ledger.perform import Ledger
from server.photos import queries as photos
from server.photos.commands import show_late

_keeping: WeakKeyDictionary[Ledger, asyncio.Lock] = WeakKeyDictionary()
UNTRIED = ("set_aside",)  # somebody has decided that it is not to be taken in


class Envelope(msgspec.Struct, frozen=True):
    """One command as it travels. payload: any JSON; its canonical form is what a replay is known by."""

    id: str
    kind: str
    at: Annotated[dt.datetime, msgspec.Meta(tz=True)]
    author: str
    payload: Any
    version: int = 1


async def take(ledger: Ledger, actor: Actor, envelope: Envelope) -> dict[str, Any]:
    """What the wire answers to it: {id, state: received | missing | refused, …}. What is refused is kept, and `held` says how it stands.

    Raises Refusal for what is to be sent again later, and for what its author did not send.
    """
    command = Command(envelope.id, envelope.kind, envelope.version, envelope.at, envelope.author, canonical(envelope.payload))
    id = rules.deposit_id(command.id, command.digest)
    about = await queries.about(rules.subject_of(envelope.payload, command.id), actor.id)
    kept = next((one for one in about if one.id == id), None)
    refusal = None
    if kept is None or kept.state not in UNTRIED:
        try:
            receipt = await _performed(ledger, actor, command)
        except Refusal as no:
            if no.code in (*rules.LATER, "author.differs"):
                raise
            if no.code == "photo.missing":
                return {"id": envelope.id, "state": "missing", "photos": no.facts["photos"]}
            refusal = no
        else:
            await _came_through(ledger, about)
            return {"id": envelope.id, "state": "received", "receipt": msgspec.Raw(receipt)}
    named = rules.photos_named(envelope.payload)
    absent = await photos.not_sent(named, actor.id)
    if kept is None:
        assert refusal is not None
        if len(about) >= rules.MOST_OF_ONE:
            raise Refusal("deposit.many", count=len(about)).at(envelope.id)
        kept = await _keep(ledger, actor, envelope, id, refusal)
    else:
        await _heard(ledger, kept, [sha256 for sha256 in named if sha256 not in absent])
    held = {**kept.held(), **({"photos": absent} if absent else {})}
    return {"id": envelope.id, "state": "refused", "refusal": refusal.as_json() if refusal else kept.refusal, "held": held}


async def _performed(ledger: Ledger, actor: Actor, command: Command) -> bytes:
    """The receipt. Of somebody whose deposits wait for the supervisor only what has been received before is answered with one."""
    if actor.held:
        if known := await ledgers.receipt(command.id, command.digest):
            return known
        raise Refusal(actor.held)
    handling = ledger.handlings.get((command.kind, command.version))
    if handling is None or not handling.wire:
        raise Refusal("command.unknown", kind=command.kind[: rules.LONGEST_KIND])
    return await ledger.perform(command, actor)


async def _came_through(ledger: Ledger, about: list[Kept]) -> None:
    """What was kept of the same visit needs nobody any more: it went through by itself, or a mended one came."""
    for kept in about:
        if rules.WORKFLOW.state(kept.state).is_open:
            taken = Command(new_id(), "deposits.taken", 1, clock.now(), SYSTEM.id, canonical({"deposit": kept.id}))
            with contextlib.suppress(Refusal):
                await ledger.perform(taken, SYSTEM)


async def _keep(ledger: Ledger, actor: Actor, envelope: Envelope, id: str, refusal: Refusal) -> Kept:
    """Refusal: deposit.full. One after the other: what is counted is what there is."""
    whole = canonical(envelope)
    given = {"id": id, "command": whole.decode(), "refusal": refusal.as_json(), "via": actor.device or actor.session_id or ""}
    keeping = Command(new_id(), "deposits.keep", 1, clock.now(), actor.id, canonical(given))
    async with _keeping.setdefault(ledger, asyncio.Lock()):
        waiting, size = await queries.waiting_of(actor.id)
        if waiting >= rules.MOST_WAITING or size + len(whole) > rules.MOST_BYTES:
            raise Refusal("deposit.full", count=waiting)
        try:
            await ledger.perform(keeping, actor)
        except Refusal as no:
            if no.code != "input.conflict":  # sent twice at once: the other one kept it
                raise
    found = next((one for one in await queries.about(rules.subject_of(envelope.payload, envelope.id), actor.id) if one.id == id), None)
    if found is None:
        raise Refusal("busy")
    return found


async def _heard(ledger: Ledger, kept: Kept, arrived: list[str]) -> None:
    with contextlib.suppress(Refusal):
        await show_late(ledger, arrived, kept.id, kept.place_path, "deposit")
        await ledger.keep(change=[(Deposit, kept.id, {"heard_at": clock.now()})])
