"""Every pack that ships: publishable, in both languages, each demand with its basis, and a visit with it can be submitted."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from server.checklists import rules
from server.checklists.answers import Answer, standing
from server.checklists.rules import JUDGED, Checklist, Field, Item
from server.foundation import clock
from server.foundation.actor import SYSTEM
from server.foundation.ids import new_id
from server.foundation.pass_when import verdict
from tests.conftest import House
from tests.visits import photo
from tests.world import PACK

FILES = sorted((Path(__file__).parents[2] / "server/checklists/packs").glob("*.json"))
PACKS = {file.name: json.loads(file.read_text()) for file in FILES}
each = pytest.mark.parametrize("raw", PACKS.values(), ids=PACKS)


def test_three_packs_ship() -> None:
    assert [f"{raw['key']}.v{raw['version']}.json" for raw in PACKS.values()] == list(PACKS)
    assert set(PACKS) >= {"epidemic-2020-250.v1.json", "welfare-fire-safety.v1.json", "before-holidays.v1.json"}


@each
def test_it_is_fit_for_publishing_and_no_part_is_more_than_one_visit_needs(raw: dict[str, Any]) -> None:
    made = rules.checked(raw)
    for part in made.parts:
        asked = [item for item in made.items if item.part == part.key]
        assert asked, part.key
        if raw["key"] != PACK["key"]:
            assert len(asked) <= 10, part.key


@each
def test_every_word_stands_in_both_languages(raw: dict[str, Any]) -> None:
    made = rules.checked(raw)
    said = [made.title, made.source, *(part.title for part in made.parts)]
    for item in made.items:
        said += [item.question, item.basis.clause, *item.findings, *(field.label for field in item.fields), *(choice.label for field in item.fields for choice in field.choices)]
    for words in said:
        assert words
        assert words.zh
        assert words.en
        assert words.zh != words.en


@each
def test_every_demand_has_its_basis_and_every_failing_preset_words(raw: dict[str, Any]) -> None:
    for item in rules.checked(raw).items:
        assert item.basis.clause.zh, item.key
        assert item.evidence, item.key
        if item.severity == "none":
            assert raw["key"] == PACK["key"] or (item.pass_when is None and item.fields and item.derived), f"{item.key} makes no finding, so it only records"
        else:
            assert item.findings, item.key
            assert item.pass_when is not None or item.type == "pass_fail_na", item.key


@each
async def test_a_visit_with_all_its_parts_is_submitted(house: House, raw: dict[str, Any]) -> None:
    made = rules.checked(raw)
    if made.key != PACK["key"]:
        await house.perform(SYSTEM, "checklists.publish", {"checklist": raw})
    ink, at = await photo(house, house.world.inspector, "ink"), clock.now()
    signed = {slot: {"person": actor.id, "name": actor.name, "photo": ink} for slot, actor in (("first", house.world.inspector), ("second", house.world.second))}
    parts = [part.key for part in made.parts if any(item.fits("elderly_care") for item in made.on_site(part.key))]
    answers = complying(made, parts, "elderly_care")
    done = await house.perform(house.world.inspector, "inspections.submit", {
        "id": new_id(), "facility": house.world.home, "checklist": {"key": made.key, "version": made.version}, "parts": parts, "kind": "special",
        "mode": "unannounced", "started_at": at - dt.timedelta(hours=2), "finished_at": at, "answers": answers, "findings": [],
        "signatures": {**signed, "facility": {"name": "谭秀梅", "title": "院长", "photo": ink}},
    })  # fmt: skip
    assert done["number"]
    assert len(answers) > 15
    async with house.client(house.world.supervisor) as client:
        assert made.title.zh in (await client.get(f"/visits/{done['visit']}")).text


async def test_a_phone_knows_which_parts_ask_a_facility_anything(house: House) -> None:
    await house.perform(SYSTEM, "checklists.publish", {"checklist": PACKS["before-holidays.v1.json"]})
    async with house.client(house.world.inspector) as phone:
        tables = (await phone.get("/pack", headers={"x-dugai": "1"})).json()["checklists"]
    (holidays,) = (table for table in tables if table["key"] == "before-holidays")
    types = {part["key"]: part["types"] for part in holidays["parts"]}
    assert types["funeral"] == ["cemetery", "funeral"]
    assert types["duty"] == ["all"]
    assert {"all", "relief"} <= set(holidays["types"])


def complying(made: Checklist, parts: list[str], type: str) -> dict[str, Any]:
    """Answers of a facility in good order, to exactly what is asked of it."""
    answers: dict[str, Any] = {}
    values: dict[str, Any] = {}
    for item in rules.in_order(made):
        if item.part not in parts or not item.on_site or not item.fits(type) or (item.show_if and verdict(item.show_if, values) is not True):
            continue
        answers[item.key] = answer = _good(item)
        values |= {f"{item.key}.{key}": value for key, value in answer.get("fields", {}).items()}
        values[item.key] = standing(item, Answer(**answer))
    return answers


def _good(item: Item) -> dict[str, Any]:
    if item.type in JUDGED:
        return {"value": "pass"}
    for said in range(6):
        fields = {field.key: _value(field, said) for field in item.fields}
        if item.pass_when is None or verdict(item.pass_when, fields):
            return {"fields": fields}
    raise AssertionError(f"{item.key}: nothing simple passes")


def _value(field: Field, said: int) -> Any:
    keys = [choice.key for choice in field.choices]
    return {
        "number": [20, 0, 2, 20, 0, 2][said], "date": "2026-11-20", "datetime": "2026-11-20T08:00:00+08:00", "text": "已查看", "yes_no": "yes",
        "choice": keys[said % len(keys)] if keys else "", "choices": keys if said < 3 else [],
    }[field.type]  # fmt: skip
