"""A visit as a phone seals it, for tests of what becomes of it."""

import datetime as dt
import hashlib
from typing import Any

from server.checklists import rules as checklists
from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.ids import new_id
from server.photos.bytes import DiskStore
from server.photos.commands import keep_photo
from tests.conftest import House
from tests.photos.pictures import jpeg
from tests.world import PACK

CHECKLIST = checklists.checked(PACK)
PARTS = ("measures",)
FOOD, EXITS = "S23-09", "S23-14"
COUNTED = {
    "S23-01": {"due": 3, "done": 3}, "S23-06": {"due": 4, "done": 4},
}  # fmt: skip


async def photo(house: House, actor: Actor, words: str) -> str:
    """A photo that has arrived; its SHA-256."""
    red, green, blue = hashlib.sha256(words.encode()).digest()[:3]
    content = jpeg(colour=f"rgb({red},{green},{blue})")
    sha256 = hashlib.sha256(content).hexdigest()
    await keep_photo(house.ledger, DiskStore(house.settings.data / "photos"), sha256, content, actor)
    return sha256


async def findings(house: House, *fails: tuple[str, str], by: Actor | None = None, **changed: Any) -> list[dict[str, Any]]:
    """One finding for each (item, point)."""
    return [
        {
            "id": new_id(), "item": item, "what": f"{point}不符合要求", "point": point, "step": "", "severity": "general", "party": "unit",
            "person": "谭秀梅", "fixed": False, "photos": [await photo(house, by or house.world.inspector, item + point)], "after": [], **changed,
        }
        for item, point in fails
    ]  # fmt: skip


async def visit(
    house: House, noted: list[dict[str, Any]], parts: tuple[str, ...] = PARTS, type: str = "elderly_care", by: Actor | None = None, **changed: Any
) -> dict[str, Any]:
    """A whole visit of the home by both inspectors; every item passes but those with findings."""
    failed = {finding["item"] for finding in noted}
    asked = [item for part in parts for item in CHECKLIST.on_site(part) if item.fits(type)]
    ink = await photo(house, by or house.world.inspector, "ink")
    at = clock.now()
    return {
        "id": new_id(), "facility": house.world.home, "checklist": {"key": PACK["key"], "version": 1}, "parts": list(parts),
        "kind": "routine", "mode": "unannounced", "started_at": at - dt.timedelta(hours=1), "finished_at": at,
        "answers": {item.key: _answer(item, item.key in failed) for item in asked}, "findings": noted,
        "signatures": {
            "first": {"person": house.world.inspector.id, "name": "周敏", "photo": ink},
            "second": {"person": house.world.second.id, "name": "何川", "photo": ink},
            "facility": {"name": "谭秀梅", "title": "院长", "photo": ink},
        },
        **changed,
    }  # fmt: skip


def _answer(item: checklists.Item, fails: bool) -> dict[str, Any]:
    if item.fields and not fails:
        return {"fields": COUNTED[item.key]}
    return {"value": "fail" if fails else "pass"}
