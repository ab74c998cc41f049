"""Publishing a checklist: once, for good; and no longer offering it."""

import hashlib
from typing import Any

import msgspec

from server.checklists import rules
from server.checklists.tables import Checklist
from server.database.fields import as_json
from server.foundation.command import Handling, canonical
from server.foundation.refusal import Refusal
from server.ledger.unit import Unit

Row = dict[str, Any]


class PublishChecklist(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """checklist: the whole file."""

    checklist: dict[str, Any]


class OfferChecklist(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All versions of a key."""

    key: str
    reason: str = ""


async def publish_checklist(unit: Unit, publishing: PublishChecklist) -> Row:
    """Refusals: checklist.fault, checklist.published, not_allowed (all places use it: only the server's own hand publishes)."""
    if not unit.actor.has("administrator", ""):
        raise Refusal("not_allowed")
    return {"checklist": await publish(unit, publishing.checklist)}


async def publish(unit: Unit, raw: Row, path: str = "", name: str = "") -> str:
    """Declare a version for the places below a path; its id. Refusals: checklist.fault, checklist.published."""
    made = rules.checked(raw)
    if await unit.find(Checklist, made.id):
        raise Refusal("checklist.published", checklist=made.id)
    sha256 = digest(raw)
    unit.add(
        Checklist, id=made.id, key=made.key, version=made.version, title=as_json(made.title), sha256=sha256,
        body=canonical(raw).decode(), published_at=unit.at, place_path=path, place_name=name, retired_at=None,
    )  # fmt: skip
    unit.note("checklist.published", made.id, path, sha256=sha256, items=len(made.items))
    return made.id


async def retire_checklist(unit: Unit, retiring: OfferChecklist) -> Row:
    """New visits are no longer offered it; visits under way and records go on. Refusals: not_found, not_allowed, checklist.reason."""
    if not retiring.reason.strip() or len(retiring.reason) > rules.LONGEST_TEXT:
        raise Refusal("checklist.reason").at("reason")
    for row in await _versions(unit, retiring.key):
        if row["retired_at"] is None:
            unit.change(Checklist, row["id"], retired_at=unit.at)
            unit.note("checklist.retired", row["id"], row["place_path"], reason=retiring.reason.strip())
    return {"key": retiring.key}


async def reinstate_checklist(unit: Unit, reinstating: OfferChecklist) -> Row:
    """It is offered again. Refusals: not_found, not_allowed."""
    for row in await _versions(unit, reinstating.key):
        if row["retired_at"] is not None:
            unit.change(Checklist, row["id"], retired_at=None)
            unit.note("checklist.reinstated", row["id"], row["place_path"])
    return {"key": reinstating.key}


async def _versions(unit: Unit, key: str) -> list[Row]:
    """All versions, for whoever keeps them."""
    found = await unit.matching(Checklist, "key", key)
    if not found:
        raise Refusal("not_found")
    rules.check_keeps(unit.actor, found[0]["place_path"])
    return found


async def published(unit: Unit, key: str, version: int) -> rules.Checklist:
    """A published version, from inside a command. Refusal: not_found."""
    row = await unit.find(Checklist, f"{key}/{version}")
    if row is None:
        raise Refusal("not_found").at("checklist")
    return rules.read(row["sha256"], row["body"])


def digest(checklist: Row) -> str:
    """SHA-256 of the canonical JSON: the same checklist however its file was laid out."""
    return hashlib.sha256(canonical(checklist)).hexdigest()


COMMANDS = (
    Handling("checklists.publish", PublishChecklist, publish_checklist),
    Handling("checklists.retire", OfferChecklist, retire_checklist, lambda retiring: ((Checklist, "key", retiring.key),)),
    Handling("checklists.reinstate", OfferChecklist, reinstate_checklist, lambda back: ((Checklist, "key", back.key),)),
)
