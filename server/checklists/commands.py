"""Publishing a checklist: once, for good."""

import hashlib
from typing import Any

import msgspec

from server.checklists import rules
from server.checklists.tables import Checklist
from server.foundation.command import Handling, canonical
from server.foundation.refusal import Refusal
from server.ledger.unit import Unit


class PublishChecklist(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """checklist: the whole file."""

    checklist: dict[str, Any]


async def publish_checklist(unit: Unit, publishing: PublishChecklist) -> dict[str, Any]:
    """Refusals: checklist.fault, checklist.published, not_allowed (all places use it: only the server's own hand publishes)."""
    if not unit.actor.has("administrator", ""):
        raise Refusal("not_allowed")
    made = rules.checked(publishing.checklist)
    if await unit.find(Checklist, made.id):
        raise Refusal("checklist.published", checklist=made.id)
    sha256 = digest(publishing.checklist)
    unit.add(
        Checklist, id=made.id, key=made.key, version=made.version, title=msgspec.json.encode(made.title).decode(),
        sha256=sha256, body=canonical(publishing.checklist).decode(), published_at=unit.at,
    )  # fmt: skip
    unit.note("checklist.published", made.id, "", sha256=sha256, items=len(made.items))
    return {"checklist": made.id}


async def published(unit: Unit, key: str, version: int) -> rules.Checklist:
    """A published version, from inside a command. Refusal: not_found."""
    row = await unit.find(Checklist, f"{key}/{version}")
    if row is None:
        raise Refusal("not_found").at("checklist")
    return rules.read(row["sha256"], row["body"])


def digest(checklist: dict[str, Any]) -> str:
    """SHA-256 of the canonical JSON: the same checklist however its file was laid out."""
    return hashlib.sha256(canonical(checklist)).hexdigest()


COMMANDS = (Handling("checklists.publish", PublishChecklist, publish_checklist),)
