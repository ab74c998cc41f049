"""The notice's 88 items as the first pack: literal, complete, in its own four parts, and judged alike everywhere."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from server.checklists import rules
from server.foundation.actor import SYSTEM
from server.foundation.pass_when import verdict
from server.foundation.refusal import Refusal
from tests.conftest import House
from tests.world import PACK

HERE = Path(__file__).parent
NOTICE = re.sub(r"\s", "", (HERE / "notice.txt").read_text())
CHECKLIST = rules.checked(PACK)


@pytest.mark.parametrize("vector", json.loads((HERE / "pass_when_vectors.json").read_text()), ids=str)
def test_the_server_judges_by_the_same_vectors_as_the_phone(vector: dict[str, Any]) -> None:
    assert verdict(vector["rule"], vector["values"]) is vector["says"]


def test_there_are_88_items_each_with_a_literal_quote_of_the_notice() -> None:
    assert len(CHECKLIST.items) == 88
    for item in CHECKLIST.items:
        assert re.sub(r"\s", "", item.basis.quote) in NOTICE, item.key


def test_the_four_parts_are_those_of_section_4_3_in_its_own_words() -> None:
    for part in CHECKLIST.parts:
        assert re.sub(r"[“”\"]", "", part.title.zh) in re.sub(r"[“”\"]", "", NOTICE)
        assert part.title.en
        assert CHECKLIST.on_site(part.key)


def test_every_item_that_can_fail_has_preset_words_in_both_languages() -> None:
    for item in CHECKLIST.items:
        assert item.severity == "none" or item.findings, item.key
        for words in (item.question, item.basis.clause, *item.findings):
            assert words.zh
            assert words.en
            assert words.zh != words.en


def test_no_finding_repeats_within_an_item() -> None:
    for item in CHECKLIST.items:
        assert max(Counter(words.zh for words in item.findings).values(), default=1) == 1


async def test_a_published_version_never_changes(house: House) -> None:
    again = {**PACK, "title": {"zh": "改了", "en": "changed"}}
    with pytest.raises(Refusal, match="checklist.published"):
        await house.perform(SYSTEM, "checklists.publish", {"checklist": again})
    await house.perform(SYSTEM, "checklists.publish", {"checklist": {**again, "version": 2}})
    async with house.client(house.world.inspector) as client:
        assert "疫情防控督导检查表" in (await client.get(f"/checklists/{PACK['key']}/1")).text
        assert "改了" in (await client.get(f"/checklists/{PACK['key']}/2")).text


async def test_only_the_servers_own_hand_publishes(house: House) -> None:
    with pytest.raises(Refusal, match="not_allowed"):
        await house.perform(house.world.chief, "checklists.publish", {"checklist": {**PACK, "version": 3}})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"pass_when": {"is": ["nobody", "yes"]}}, "nobody"),
        ({"pass_when": {"exec": "rm"}}, "exec"),
        ({"part": "garden"}, "garden"),
        ({"applies_to": ["casino"]}, "casino"),
    ],
)
def test_a_file_with_a_fault_names_its_item(change: dict[str, Any], says: str) -> None:
    broken = {**PACK, "items": [{**PACK["items"][0], **change}, *PACK["items"][1:]]}
    with pytest.raises(Refusal) as refused:
        rules.checked(broken)
    assert refused.value.facts["item"] == "S0-01"
    assert says in str(refused.value.facts["reason"])
