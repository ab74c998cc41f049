"""Every route of the OpenAPI document, with what schemathesis thinks up for it, as each kind of reader: never an answer of 5xx."""

import asyncio
import os
from collections import Counter
from typing import Any

import hypothesis
import pytest
import schemathesis
from schemathesis.generation import GenerationMode

from server.app import build
from server.foundation.actor import Actor
from server.people import session
from server.settings import Settings
from tests.conftest import House
from tests.serving import serving
from tests.world import World

LEFT_OUT = ("/sign-out", "/me/language")  # these would change the reader
EXAMPLES = 2 if not os.environ.get("DUGAI_PROVE") else 40


def document(settings: Settings) -> Any:
    return schemathesis.openapi.from_dict(build(settings, documented=True).openapi_schema.to_schema())


def fuzz(schema: Any, origin: str, cookies: dict[str, str]) -> tuple[list[str], Counter[int]]:
    """Each operation's faults in words, and how many answers had which status."""
    broken: list[str] = []
    told: Counter[int] = Counter()
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path in LEFT_OUT:
            continue
        strategy = operation.as_strategy(generation_mode=GenerationMode.POSITIVE) | operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)

        @hypothesis.settings(max_examples=EXAMPLES, deadline=None, database=None, derandomize=True, suppress_health_check=list(hypothesis.HealthCheck), phases=[hypothesis.Phase.generate])
        @hypothesis.given(case=strategy)
        def ask(case: Any) -> None:
            answer = case.call(base_url=origin, headers={"x-dugai": "1"}, cookies=cookies, timeout=30, allow_redirects=False)
            told[answer.status_code] += 1
            if answer.status_code >= 500:
                broken.append(f"{case.operation.label}: {answer.status_code} for {case.as_curl_command()[:600]}")

        ask()
    return broken, told


def readers(world: World) -> dict[str, Actor | None]:
    return {"inspector": world.inspector, "supervisor": world.supervisor, "administrator": world.administrator, "contact": world.contact, "nobody": None}


@pytest.mark.parametrize("settings", ["sqlite", pytest.param("postgres", marks=pytest.mark.long)], indirect=True)
async def test_nothing_that_the_document_allows_or_forbids_breaks_a_route(house: House, settings: Settings) -> None:
    schema = document(settings)
    async with serving(settings) as (port, _):
        for name, actor in readers(house.world).items():
            cookies = await session.begin(house.ledger, settings, actor.id) if actor else {}
            broken, told = await asyncio.to_thread(fuzz, schema, f"http://127.0.0.1:{port}", cookies)
            assert broken == [], name
            assert told.total() > 100
