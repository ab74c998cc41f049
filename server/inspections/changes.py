"""What an amendment changed in a record, item by item."""

import itertools
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from server.checklists.answers import Answer
from server.checklists.rules import Checklist, Item, in_order
from server.foundation.words import Words
from server.inspections.said import NOT_ASKED, answered
from server.plans.rules import KINDS, MODES


class Change(msgspec.Struct, frozen=True):
    """One thing that an amendment changed. item: its key, or "" for what is not an item; None: there was or is none."""

    item: str
    what: Words
    before: Words | None
    after: Words | None


COMPARED = ("kind", "mode", "answers", "findings", "signatures")


def history(versions: list[Any], checklist: Checklist) -> list[list[Change]]:
    """What each amendment changed; versions: the record before each, the first first, and as it stands."""
    plain = [{name: getattr(version, name) for name in COMPARED} for version in versions]
    return [changes(before, after, checklist) for before, after in itertools.pairwise(plain)]


def changes(before: Mapping[str, Any], after: Mapping[str, Any], checklist: Checklist) -> list[Change]:
    """What two versions of a record say differently, in the order of the form. Both: kind, mode, answers, findings, signatures."""
    found = [
        Change("", words, names[before[name]], names[after[name]])
        for name, words, names in (("kind", Words("检查类别", "Kind"), KINDS), ("mode", Words("检查方式", "Mode"), MODES))
        if before[name] != after[name]
    ]
    for item in in_order(checklist):
        was, now = (_answer(version, item) for version in (before, after))
        if was != now:
            found.append(Change(item.key, item.question, was, now))
    return [*found, *_findings(before, after), *_signers(before, after)]


def _answer(version: Mapping[str, Any], item: Item) -> Words | None:
    raw = version["answers"].get(item.key)
    return answered(item, Answer(**raw)) if raw else NOT_ASKED


def _findings(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[Change]:
    was, now = ({finding["finding"]: finding for finding in version["findings"]} for version in (before, after))
    for key in was.keys() - now.keys():
        yield Change(was[key].get("item", ""), Words("撤回问题", "Problem taken back"), _named(was[key]), None)
    for key in now.keys() - was.keys():
        yield Change(now[key].get("item", ""), Words("增记问题", "Problem added"), None, _named(now[key]))


def _named(finding: Mapping[str, Any]) -> Words:
    text = "　".join(word for word in (finding["number"], finding.get("point", ""), finding.get("what", "")) if word)
    return Words(text, text)


def _signers(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterable[Change]:
    was, now = (" ".join(version["signatures"]["facility"].get(name, "") for name in ("name", "title")).strip() for version in (before, after))
    if was != now:
        yield Change("", Words("机构签字人", "Signs for the facility"), Words(was, was), Words(now, now))
