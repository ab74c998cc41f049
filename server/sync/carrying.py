"""What somebody carries in as a file: checked as a whole, then each photo kept and each command taken, as its author."""

import asyncio
import hashlib
from collections.abc import Iterable
from typing import IO, Any

import msgspec

from server.devices import queries as devices
from server.foundation.actor import Actor
from server.foundation.refusal import Refusal
from server.ledger.perform import Ledger
from server.ledger.queries import received
from server.photos.bytes import Store
from server.photos.commands import keep_photo
from server.sync import exports
from server.sync.exports import Head, Record
from server.sync.taking import Envelope, take


class Brought(msgspec.Struct, frozen=True):
    """One file that was found whole. author: as whom it is taken in; device: which signed, empty in the older form."""

    author: Actor
    device: str
    sha256: str
    commands: tuple[Envelope, ...]
    head: Head | None = None
    records: tuple[Record, ...] = ()
    photos: dict[str, bytes] = {}


class Told(msgspec.Struct, frozen=True):
    """How one command stands. state: received, here (it had been received before), refused, missing; held: with the supervisor."""

    kind: str
    at: Any
    state: str
    number: str = ""
    held: str = ""
    refusal: dict[str, Any] | None = None
    photos: int = 0


async def opened(file: IO[bytes], secret: str, carrier: Actor) -> Brought:
    """The file, read in a thread. Refusals: export.*, input.too_large; nothing is kept by then."""
    head = await asyncio.to_thread(exports.read_head, file)
    if head is None:
        return await _old(file, carrier)
    device = await devices.signing(head.device)
    if head.server != exports.offered(secret)["id"]:
        raise Refusal("export.other_key").at("file")
    if device is None:
        raise Refusal("export.unknown").at("file")
    records = await asyncio.to_thread(exports.check, file, head, secret, device.public_key)
    commands = tuple(record.command for record in records if record.command)
    if any(command.author != device.actor.id for command in commands):
        raise Refusal("export.altered").at("file")
    return Brought(device.actor, device.id, await asyncio.to_thread(_sha256, file), commands, head, tuple(records))


async def _old(file: IO[bytes], carrier: Actor) -> Brought:
    def whole() -> bytes:
        file.seek(0)
        return file.read(exports.LIMIT)

    command, photos = await asyncio.to_thread(lambda: exports.read_old(whole()))
    if command.author != carrier.id:
        raise Refusal("export.foreign").at("file")
    return Brought(carrier, "", await asyncio.to_thread(_sha256, file), (command,), photos=photos)


def _sha256(file: IO[bytes]) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(1024 * 1024):
        digest.update(piece)
    return digest.hexdigest()


async def taken(ledger: Ledger, store: Store, secret: str, file: IO[bytes], brought: Brought) -> list[Told]:
    """Photos first, then the commands in their order. Raises Refusal (busy, photo.full, photo.unclaimed) for what is to be tried again: doing so is always right."""
    for record in brought.records:
        if record.photo and brought.head:
            content = await asyncio.to_thread(exports.photo_in, file, brought.head, secret, record)
            await _keep(ledger, store, record.photo, content, brought.author)
    for name, content in brought.photos.items():
        await _keep(ledger, store, name, content, brought.author)
    before = await received([command.id for command in brought.commands])
    return [_told(command, await take(ledger, brought.author, command), before) for command in brought.commands]


async def _keep(ledger: Ledger, store: Store, name: str, content: bytes, author: Actor) -> None:
    """A photo that is none is left out: the command that names it says so."""
    try:
        await keep_photo(ledger, store, name, content, author)
    except Refusal as refusal:
        if refusal.entry.status in (429, 503):
            raise


def _told(command: Envelope, answer: dict[str, Any], before: Iterable[str]) -> Told:
    said = msgspec.json.decode(msgspec.json.encode(answer))
    state = "here" if said["state"] == "received" and command.id in before else said["state"]
    return Told(
        command.kind, command.at, state, said.get("receipt", {}).get("number") or "", (said.get("held") or {}).get("state", ""),
        said.get("refusal"), len(said.get("photos", ())),
    )  # fmt: skip
