"""The forms of a real plan with what nobody types by mistake: a clear answer, never 5xx, nothing half."""

import pytest

from server.foundation.ids import new_id
from tests.access.test_hostile_input import WORDS
from tests.conftest import House
from tests.plans.cast import only, out

FIELDS = (
    "title", "kind", "mode", "from_on", "until_on", "below", "types", "parts", "coverage", "draw_count", "note", "seen", "facilities", "assignments", "inspectors",
    "assignment", "visit", "first", "second", "due_on", "reason", "count", "within_days", "recent", "words",
)  # fmt: skip


@pytest.mark.parametrize("word", WORDS)
async def test_no_word_breaks_a_plans_forms(house: House, word: str) -> None:
    plan = await out(house)
    before = await only(house, plan)
    paths = ["", "/draw", *(f"/{act}" for act in ("open", "withdraw", "choose", "hand", "spread", "drop", "merge", "nonsense"))]
    async with house.client(house.world.supervisor) as client:
        await client.get("/plans")
        headers = {"x-csrftoken": client.cookies["csrftoken"]}
        for path in paths:
            for kept in ((), ("assignment", "assignments"), ("first", "second")):
                true = {"assignment": before.id, "assignments": before.id, "first": house.world.inspector.id, "second": house.world.second.id}
                data = {**dict.fromkeys(FIELDS, WORDS[word]), **{name: true[name] for name in kept}, "_id": new_id()}
                if word in ("like", "sql", "direction", "template", "format", "json", "script", "formula", "path", "surrogate", "number", "date", "far"):
                    data["reason"] = ""  # a word that is a fair reason would do what is asked
                answer = await client.post(f"/plans/{plan}{path}", data=data, headers=headers)
                assert 400 <= answer.status_code < 500, f"{path} {answer.status_code} {answer.text[:300]}"
                assert "<script>alert" not in answer.text
        for query in ("q", "since", "after"):
            assert (await client.get(f"/plans/{plan}/facilities", params={query: WORDS[word].replace(chr(0), "")[:500]})).status_code == 200
        for address, query in (("/plans", "kind"), ("/plans", "mode"), ("/plans", "after"), ("/plans/hand-over", "from"), ("/plans/hand-over", "to"), ("/plans/conflicts", "facility")):
            assert (await client.get(address, params={query: WORDS[word][:500]})).status_code in (200, 422), (address, query)
    assert await only(house, plan) == before
