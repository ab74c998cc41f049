"""Beginning a check table, changing it, publishing or withdrawing it."""

from typing import Any

import msgspec

from server.checklists.commands import publish
from server.checklists.rules import check_keeps, shaped
from server.checklists.tables import Checklist
from server.database.fields import as_json
from server.drafts import rules
from server.drafts.tables import Draft
from server.foundation.command import Handling, canonical
from server.foundation.ids import is_id
from server.foundation.refusal import Refusal
from server.foundation.words import Words
from server.ledger.unit import Unit
from server.people.tables import Place

Row = dict[str, Any]


class BeginDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """place: whom it is for; body: the whole of it; origin: a published version, or ""; notes: what a file held that was left out."""

    id: str
    place: str
    body: dict[str, Any]
    origin: str = ""
    notes: list[Words] = []


class ReviseDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One change. seen: the revision that was open."""

    draft: str
    seen: int
    change: rules.Change


class PublishDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    draft: str
    seen: int


class WithdrawDraft(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    draft: str
    reason: str


async def begin_draft(unit: Unit, beginning: BeginDraft) -> Row:
    """Refusals: not_found, not_allowed, input.invalid, input.too_large, draft.key."""
    place = await unit.find(Place, beginning.place)
    if place is None or not is_id(beginning.id) or await unit.find(Draft, beginning.id):
        raise Refusal("not_found").at("place")
    rules.check_writes(unit.actor, place["path"])
    await _check_key(unit, beginning.body.get("key", ""), place["path"])
    unit.add(
        Draft, id=beginning.id, place_id=place["id"], place_path=place["path"], notes=as_json(rules.told(beginning.notes)),
        origin=beginning.origin, revision=1, state="open", **_columns(unit, beginning.body),
    )  # fmt: skip
    unit.note("draft.begun", beginning.id, place["path"], origin=beginning.origin)
    return {"draft": beginning.id}


async def revise_draft(unit: Unit, revising: ReviseDraft) -> Row:
    """Refusals: not_found, not_allowed, draft.changed, draft.done, input.too_large, and those of rules.changed."""
    draft = await _opened(unit, revising.draft, revising.seen)
    body = rules.changed(msgspec.json.decode(draft["body"]), revising.change)
    if body["key"] != draft["key"]:
        await _check_key(unit, body["key"], draft["place_path"])
    unit.change(Draft, draft["id"], revision=draft["revision"] + 1, **_columns(unit, body))
    unit.note("draft.revised", draft["id"], draft["place_path"], revision=draft["revision"] + 1, what=revising.change.what, key=revising.change.key)
    return {"draft": draft["id"], "revision": draft["revision"] + 1}


async def publish_draft(unit: Unit, publishing: PublishDraft) -> Row:
    """The next version of its key. Refusals: as revising, and checklist.fault for the first thing that is not right."""
    draft = await _opened(unit, publishing.draft, publishing.seen)
    await _check_key(unit, draft["key"], draft["place_path"])
    before = await unit.matching(Checklist, "key", draft["key"])
    place = await unit.find(Place, draft["place_id"])
    newest = max(before, key=lambda row: row["version"], default=None)
    path, name = (newest["place_path"], newest["place_name"]) if newest else (draft["place_path"], place["name"] if place else "")
    body = {**msgspec.json.decode(draft["body"]), "version": newest["version"] + 1 if newest else 1}
    made = await publish(unit, body, path, name)
    unit.change(Draft, draft["id"], state="published", revision=draft["revision"] + 1, changed_at=unit.at, changed_by=unit.actor.name)
    unit.note("draft.published", draft["id"], draft["place_path"], checklist=made)
    return {"checklist": made}


async def withdraw_draft(unit: Unit, withdrawing: WithdrawDraft) -> Row:
    draft = await _opened(unit, withdrawing.draft)
    if not withdrawing.reason.strip() or len(withdrawing.reason) > rules.LONGEST_NAME:
        raise Refusal("draft.reason").at("reason")
    unit.change(Draft, draft["id"], state="withdrawn", revision=draft["revision"] + 1, changed_at=unit.at, changed_by=unit.actor.name)
    unit.note("draft.withdrawn", draft["id"], draft["place_path"], reason=withdrawing.reason.strip())
    return {"draft": draft["id"]}


async def _opened(unit: Unit, id: str, seen: int | None = None) -> Row:
    """The draft, for whoever may change it, in the revision that was seen."""
    draft = await unit.find(Draft, id)
    if draft is None:
        raise Refusal("not_found")
    rules.check_writes(unit.actor, draft["place_path"])
    if draft["state"] != "open":
        raise Refusal("draft.done")
    if seen is not None and seen != draft["revision"]:
        raise Refusal("draft.changed", name=draft["changed_by"])
    return draft


async def _check_key(unit: Unit, key: object, path: str) -> None:
    """A key belongs to whoever published it first; only they publish further versions of it."""
    text = rules.check_key(str(key))
    for row in await unit.matching(Checklist, "key", text):
        try:
            check_keeps(unit.actor, row["place_path"])
        except Refusal:
            raise Refusal("draft.key", key=text).at("key") from None


def _columns(unit: Unit, body: Row) -> Row:
    made = shaped({**body, "version": body.get("version", 1)})
    if not made.parts:
        raise Refusal("input.invalid", reason="parts")
    text = canonical(body).decode()
    if len(text) > rules.LARGEST:
        raise Refusal("input.too_large")
    title = as_json(made.title)
    return {"key": made.key, "title": title, "body": text, "changed_at": unit.at, "changed_by": unit.actor.name}


COMMANDS = (
    Handling("drafts.begin", BeginDraft, begin_draft, lambda beginning: ((Place, beginning.place),)),
    Handling("drafts.revise", ReviseDraft, revise_draft, lambda revising: ((Draft, revising.draft),)),
    Handling("drafts.publish", PublishDraft, publish_draft, lambda publishing: ((Draft, publishing.draft),)),
    Handling("drafts.withdraw", WithdrawDraft, withdraw_draft, lambda withdrawing: ((Draft, withdrawing.draft),)),
)
