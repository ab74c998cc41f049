"""Keeping photos, and saying which record shows them. Photos are machinery: their history is that of their records."""

import contextlib
import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.ledger.perform import Ledger
from server.ledger.unit import Unit
from server.photos import queries
from server.photos.bytes import Store
from server.photos.images import inspect
from server.photos.rules import COUNTED_EVERY, LIMIT, Unclaimed, sender_id
from server.photos.tables import Photo, PhotoSender, PhotoUse

_unclaimed: WeakKeyDictionary[Ledger, dict[str, Unclaimed]] = WeakKeyDictionary()


async def keep_bytes(ledger: Ledger, store: Store, content: bytes, actor: Actor) -> str:
    """Check a photo and keep it; its SHA-256. For desk forms, before the command that names it.

    Refusals: photo.type, photo.pixels, photo.too_large, photo.unclaimed, photo.full.
    """
    if len(content) > LIMIT:
        raise Refusal("photo.too_large")
    sha256 = hashlib.sha256(content).hexdigest()
    await keep_photo(ledger, store, sha256, content, actor)
    return sha256


async def keep_photo(ledger: Ledger, store: Store, sha256: str, content: bytes, actor: Actor) -> None:
    """Keep a photo that should have this hash: bytes first, durably, then its row. Refusal also: photo.hash."""
    unclaimed = await check_room(ledger, actor.id)
    picture = await inspect(content, sha256)
    await store.put(sha256, content)
    sender = (PhotoSender, {"id": sender_id(sha256, actor.id), "sha256": sha256, "person_id": actor.id})
    row = {
        "sha256": sha256, "bytes": len(content), "type": picture.type, "width": picture.width,
        "height": picture.height, "author_id": actor.id, "at": clock.now(),
    }  # fmt: skip
    for _ in range(2):  # another upload of the same photo may have been first: that is no fault
        known, sent = await queries.photo(sha256), await queries.sent_by(sha256, actor.id)
        if sent:
            return
        with contextlib.suppress(Refusal):
            await ledger.keep(add=[sender] if known else [(Photo, row), sender])
            unclaimed.count, unclaimed.bytes = unclaimed.count + 1, unclaimed.bytes + len(content)
            return
    raise Refusal("busy")


async def check_room(ledger: Ledger, person: str) -> Unclaimed:
    """What this person has in no record. Refusal: photo.unclaimed.

    Read once, then counted on; read anew only where it seems full, since records claim photos meanwhile.
    """
    of_all, now = _unclaimed.setdefault(ledger, {}), clock.now()
    found = of_all.get(person)
    if found is None or (found.is_full and now - found.at > COUNTED_EVERY):
        found = of_all[person] = await queries.unclaimed(person, now)
    if found.is_full:
        raise Refusal("photo.unclaimed", count=found.count)
    return found


def show(unit: Unit, sha256s: Iterable[str], subject_id: str, place_path: str, role: str) -> None:
    """Declare that a record shows these photos. Ask `missing` first: an unknown photo fails the command's rows."""
    for sha256 in sha256s:
        unit.add(PhotoUse, **_use(sha256, subject_id, place_path, role, unit.at))


async def show_late(ledger: Ledger, sha256s: Sequence[str], subject_id: str, place_path: str, role: str) -> None:
    """Show of these photos those that a record does not show yet: they came after it was kept."""
    shown = {use.sha256 for use in await queries.uses([subject_id])}
    if late := [sha256 for sha256 in sha256s if sha256 not in shown]:
        await ledger.keep(add=[(PhotoUse, _use(sha256, subject_id, place_path, role, clock.now())) for sha256 in late])


def _use(sha256: str, subject_id: str, place_path: str, role: str, at: dt.datetime) -> dict[str, Any]:
    return {"id": new_id(), "sha256": sha256, "subject_id": subject_id, "place_path": place_path, "role": role, "at": at}


async def check_arrived(unit: Unit, sha256s: Iterable[str]) -> None:
    """Refuse, from inside a command, photos that the author has not sent: photo.missing (facts: photos). Fetched ahead by `reads_of`."""
    wanted = dict.fromkeys(sha256s)
    if absent := [sha256 for sha256 in wanted if await unit.find(PhotoSender, sender_id(sha256, unit.person)) is None]:
        raise Refusal("photo.missing", count=len(absent), photos=absent).at("photos")


def named(told: Mapping[str, Any]) -> dict[str, Any]:
    """Of what an event tells its photos, for the receipt: on that a phone forgets them."""
    return {"photos": told["photos"]} if told.get("photos") else {}


def reads_of(sha256s: Iterable[str], person: str) -> Iterable[tuple[Any, ...]]:
    """What `check_arrived` will ask for."""
    for sha256 in sha256s:
        yield PhotoSender, sender_id(sha256, person)
