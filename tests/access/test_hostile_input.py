"""Every route with what nobody sends by mistake: a clear refusal, never an answer of 5xx, never anything half."""

import urllib.parse
from typing import Any

import pytest

from server.ledger.queries import head
from tests.access.test_the_matrix import ROUTES, RULES
from tests.conftest import House

WORDS = {
    "nul": "a\x00b", "sql": "x' or 1=1; drop table problem; --", "like": "%_%" * 50, "long": "长" * 30_000, "path": "../../../../etc/passwd",
    "script": "<script>alert(1)</script>", "formula": "=cmd|' /C calc'!A0", "surrogate": "\\ud800", "direction": "\u202egnp.exe", "number": "9" * 400,
    "date": "0001-01-01", "far": "9999-12-31", "template": "{{ 7*7 }}", "format": "{reason}%s%n", "json": '{"$ne": null}',
}  # fmt: skip
FIELDS = (
    "sign_in", "password", "again", "code", "next", "name", "role", "place", "until_on", "kind", "parent", "mark", "type", "address", "beds", "points",
    "notes", "seen", "contact_phone", "party", "person", "text", "reason", "record", "cause", "measures", "due_on", "lang", "payload", "current",
    "title", "from_on", "until_on", "below", "coverage", "draw_count", "mode", "count", "within_days", "recent", "words", "facility", "first", "second",
    "facilities", "assignments", "inspectors", "assignment", "visit", "giver", "taker",
    "act", "field", "value", "other", "alike", "facility", "what", "found_on", "standing",
    "facility", "part", "on", "started", "first", "signer", "table", "step", "taken_back", "a.S23-09", "f.S23-06.due", "n.0.item", "n.0.what", "kept.sheets",
    "days_0", "contact_0", "quiet_from", "quiet_until", "sms", "own", "secret", "endpoint", "p256dh", "auth",
)  # fmt: skip
QUERIES = (  # a client takes no address longer than 64 KB
    ("q", "type", "after", "state", "severity", "party", "facility", "due", "since", "until", "next", "offset", "lang"),
    ("place", "inspector", "checklist", "waits", "news", "sort", "query", "name", "at", "from", "to", "kind"),
    ("mode", "check", "before", "source", "part", "done", "on"),
)  # fmt: skip
LEFT_OUT = ("POST /sign-out", "POST /me/language")  # these would change the reader; anything but English is Chinese
ACT = "00000000-0000-7000-8000-0000000000aa"


def address(route: str, word: str) -> tuple[str, str]:
    """The route with this word in every place of its address that takes one."""
    method, path = route.split(" ")
    for part in path.split("/"):
        if part.startswith("{"):
            name, kind = part.strip("{}").split(":")
            value = RULES[route].fills.get(name, word[:200]) if name == "act" else word[:200]
            path = path.replace(part, "7" if kind == "int" else urllib.parse.quote(value, safe="") or "x")
    return method, path


QUICK = ("nul", "sql", "script", "far")


@pytest.mark.parametrize("word", [word if word in QUICK else pytest.param(word, marks=pytest.mark.long) for word in WORDS])
async def test_no_word_breaks_a_page_or_a_form(house: House, word: str) -> None:
    text, before = WORDS[word], await head()
    for actor in (house.world.administrator, house.world.supervisor, house.world.inspector):
        async with house.client(actor) as client:
            await client.get("/sign-in")
            headers = {"x-dugai": "1", "x-csrftoken": client.cookies["csrftoken"]}
            for route, _ in ROUTES:
                method, path = address(route, text)
                if method != "POST" or route in LEFT_OUT:
                    queries = ["&".join(f"{name}={urllib.parse.quote(text[:500])}" for name in names) for names in QUERIES]
                    answers = [await client.request(method if method != "POST" else "GET", f"{path}?{query}", headers=headers) for query in queries]
                else:
                    data: dict[str, Any] = {**dict.fromkeys(FIELDS, text), "_id": ACT}
                    answers = [
                        await client.post(path, data=data, headers=headers),
                        await client.post(path, data={**data, "_id": text}, headers=headers),
                        await client.post(path, data=data, files={"file": ("a", text.encode()), "photos": ("b", text.encode())}, headers=headers),
                        await client.post(path, content=text.encode(), headers={**headers, "content-type": "multipart/form-data; boundary=x"}),
                        await client.post(path, content=b"\xff\xfe" + text.encode(), headers={**headers, "content-type": "application/x-www-form-urlencoded"}),
                    ]
                for answer in answers:
                    assert answer.status_code < 500, f"{route} {word}: {answer.status_code} {answer.text[:400]}"
                    assert "<script>alert" not in answer.text, route
    if word in ("nul", "long"):
        assert await head() == before, "nothing was kept"
