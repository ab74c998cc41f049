"""Changing a check table that is being written: each change takes the whole of it and gives it back changed."""

import copy
from collections.abc import Callable, Sequence
from typing import Any

import msgspec

from server.checklists.rules import KEY
from server.foundation.actor import Actor
from server.foundation.ids import short_code
from server.foundation.refusal import Refusal, declare, no
from server.foundation.words import Words

Body = dict[str, Any]
LARGEST = 800_000  # characters of JSON: 500 long items
LONGEST_NAME = 120
MOST_NOTES = 200

declare(
    {
        "draft.changed": no(
            409, "这份草稿刚被{name}改过", "{name} has just changed this draft",
            "请刷新，看过最新内容再改", "Reload, look at it, and change it again",
        ),
        "draft.done": no(
            409, "这份草稿已发布或已撤回", "This draft is published or withdrawn already", "请另开一份草稿", "Begin another draft"
        ),
        "draft.key": no(
            422, "编号“{key}”不能用：只用字母、数字、点和连字符，且不与别处的检查表相同",
            "The key “{key}” cannot be used: letters, digits, dots and hyphens, and not another place's check table",
            "请换一个编号", "Choose another key",
        ),
        "draft.item": no(404, "草稿里没有这一项或这一部分：{item}", "The draft has no such item or part: {item}", "请刷新", "Reload the page"),
        "draft.part_used": no(
            409, "“{part}”里还有检查项", "“{part}” still has items", "请先移走或删去其中的检查项", "Move or remove its items first"
        ),
        "draft.rule": no(
            422, "条件写得不对：{reason}", "This condition is not right: {reason}", "请按提示改正", "Correct it as it says"
        ),
        "draft.file": no(
            422, "这个文件读不成检查表：{reason}", "This file is no check table: {reason}", "请改正文件后再试", "Correct the file and try again"
        ),
        "draft.reason": no(422, "撤回要写明原因", "Withdrawing needs a reason", "请写一句原因", "Write one sentence why"),
    }
)  # fmt: skip


def told(notes: Sequence[Words]) -> list[Words]:
    """Notes as they are kept: at most MOST_NOTES, the last of which says how many more there were."""
    if len(notes) <= MOST_NOTES:
        return list(notes)
    more = len(notes) - MOST_NOTES + 1
    return [*notes[: MOST_NOTES - 1], Words(f"另有 {more} 处没有列出，请对照原文件", f"{more} more are not listed; compare with the file")]


def check_writes(actor: Actor, path: str) -> None:
    """Refuse whoever neither supervises nor administers the place."""
    actor.check_has(path, "supervisor", "administrator")


def blank(draft_id: str, zh: str, en: str) -> Body:
    """A check table with a title, one part and no items yet."""
    return {
        "key": f"t-{short_code(draft_id).lower()}", "version": 1, "title": {"zh": zh, "en": en}, "source": None,
        "parts": [{"key": "P1", "title": {"zh": "检查内容", "en": "Items"}}], "items": [], "last_number": 0,
    }  # fmt: skip


def copied(body: Body, key: str, zh: str, en: str) -> Body:
    """Another check table with the same items under the same keys: what was found by one is known to the other."""
    return {**copy.deepcopy(body), "key": key, "version": 1, "title": {"zh": zh, "en": en}}


def check_key(key: str) -> str:
    if not KEY.fullmatch(key):
        raise Refusal("draft.key", key=key[:60]).at("key")
    return key


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One change. what: a name in CHANGES; key: of the item or part, or the new key of the whole; the rest as it needs."""

    what: str
    key: str = ""
    title: dict[str, str] | None = None
    source: dict[str, str] | None = None
    item: dict[str, Any] | None = None


def changed(body: Body, change: Change) -> Body:
    """The body after a change. Refusals: draft.item, draft.part_used, draft.key, input.invalid, input.missing."""
    if change.what not in CHANGES:
        raise Refusal("input.invalid", reason=change.what[:40]).at("what")
    return CHANGES[change.what](body, change)


def _about(body: Body, change: Change) -> Body:
    return {**body, "title": _title(change), "source": change.source, "key": check_key(change.key)}


def _title(change: Change) -> dict[str, str]:
    if not change.title or not change.title.get("zh"):
        raise Refusal("draft.item", item="title").at("title_zh")
    return change.title


# Items


def item(body: Body, key: str) -> Body:
    """The item with this key. Refusal: draft.item."""
    found: Body | None = next((one for one in body["items"] if one["key"] == key), None)
    if found is None:
        raise Refusal("draft.item", item=key[:60])
    return found


def put_item(body: Body, given: Body, was: str = "") -> Body:
    """The item changed in its place; without `was`, added at the end of its part with a key that was never used."""
    if was:
        item(body, was)
        return {**body, "items": [{**given, "key": was} if one["key"] == was else one for one in body["items"]]}
    number = body.get("last_number", 0) + 1
    taken = {one["key"] for one in body["items"]}
    while f"I{number:02d}" in taken:
        number += 1
    return {**body, "items": [*body["items"], {**given, "key": f"I{number:02d}"}], "last_number": number}


def copy_item(body: Body, key: str) -> Body:
    """The item once more, right after itself, under a new key."""
    made = put_item(body, copy.deepcopy(item(body, key)))
    *rest, last = made["items"]
    return {**made, "items": [one for old in rest for one in ((old, last) if old["key"] == key else (old,))]}


def drop_item(body: Body, key: str) -> Body:
    item(body, key)
    return {**body, "items": [one for one in body["items"] if one["key"] != key]}


def move_item(body: Body, key: str, by: int) -> Body:
    """One place up (-1) or down (1) among the items of its part; at the edge nothing changes."""
    moved = item(body, key)
    return {**body, "items": _swapped(body["items"], moved, by, lambda one: one["part"] == moved["part"])}


def _swapped(entries: list[Body], moved: Body, by: int, among: Callable[[Body], bool]) -> list[Body]:
    places = [place for place, one in enumerate(entries) if among(one)]
    here = entries.index(moved)
    there = places.index(here) + by
    if not 0 <= there < len(places):
        return entries
    changed = list(entries)
    other = places[there]
    changed[here], changed[other] = changed[other], changed[here]
    return changed


# Parts


def part(body: Body, key: str) -> Body:
    """The part with this key. Refusal: draft.item."""
    found: Body | None = next((one for one in body["parts"] if one["key"] == key), None)
    if found is None:
        raise Refusal("draft.item", item=key[:60])
    return found


def put_part(body: Body, key: str, title: dict[str, str]) -> Body:
    """The part renamed; without a key, added at the end."""
    if key:
        part(body, key)
        return {**body, "parts": [{**one, "title": title} if one["key"] == key else one for one in body["parts"]]}
    taken = {one["key"] for one in body["parts"]}
    fresh = next(f"P{number}" for number in range(1, len(taken) + 2) if f"P{number}" not in taken)
    return {**body, "parts": [*body["parts"], {"key": fresh, "title": title}]}


def drop_part(body: Body, key: str) -> Body:
    gone = part(body, key)
    if any(one["part"] == key for one in body["items"]):
        raise Refusal("draft.part_used", part=gone["title"]["zh"])
    return {**body, "parts": [one for one in body["parts"] if one["key"] != key]}


def move_part(body: Body, key: str, by: int) -> Body:
    return {**body, "parts": _swapped(body["parts"], part(body, key), by, lambda _: True)}


CHANGES: dict[str, Callable[[Body, Change], Body]] = {
    "about": _about,
    "item": lambda body, change: put_item(body, change.item or {}, change.key),
    "up": lambda body, change: move_item(body, change.key, -1),
    "down": lambda body, change: move_item(body, change.key, 1),
    "copy": lambda body, change: copy_item(body, change.key),
    "drop": lambda body, change: drop_item(body, change.key),
    "part": lambda body, change: put_part(body, change.key, _title(change)),
    "part_up": lambda body, change: move_part(body, change.key, -1),
    "part_down": lambda body, change: move_part(body, change.key, 1),
    "part_drop": lambda body, change: drop_part(body, change.key),
}
