"""Every route × every role × own, sibling, parent and foreign place, generated from the route table. The default is no."""

from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from server.app import build
from server.foundation.actor import Actor
from server.settings import Settings
from server.web.access import handlers_of
from server.web.assets import assets
from tests.conftest import House
from tests.visits import FOOD, findings, visit
from tests.world import PACK, World

WORLD = World()
PLACES = {"own": WORLD.home, "sibling": WORLD.neighbour, "foreign": WORLD.foreign}
TYPES = {WORLD.home: "elderly_care", WORLD.neighbour: "children", WORLD.foreign: "elderly_care"}


class Rule(msgspec.Struct, frozen=True):
    """What a route asks of a reader beyond its door.

    subject: which thing its address names: facility, problem, visit, photo, person, or "" for none. roles: who may do it
    with that thing; any who see it, if none is named. hidden: whoever may not is told that there is no such thing.
    """

    subject: str = ""
    roles: tuple[str, ...] = ()
    hidden: bool = False
    fills: dict[str, str] = {}


EDITORS = ("administrator", "supervisor")
RULES: dict[str, Rule] = {
    **{f"GET {path}": Rule() for path in (
        "/", "/sign-in", "/activate", "/me", "/people", "/places", "/facilities", "/facilities/new", "/facilities/import", "/checklists",
        "/problems", "/problems/responsibility", "/problems/rectification", "/problems/xlsx", "/visits", "/today", "/visit/start",
        "/visit/sign", "/outbox", "/pack", "/worker.js", "/manifest.webmanifest", "/offline", "/health",
    )},
    **{f"POST {path}": Rule() for path in (
        "/sign-in", "/sign-out", "/activate", "/me/language", "/me/password", "/people", "/places", "/facilities", "/facilities/import",
        "/facilities/import/confirm", "/sync",
    )},
    "GET /static/{file:str}": Rule(fills={"file": "ASSET"}),
    "GET /checklists/{key:str}/{version:int}": Rule(fills={"key": PACK["key"], "version": "1"}),
    "GET /visit/{key:str}/{version:int}": Rule(fills={"key": PACK["key"], "version": "1"}),
    "GET /facilities/file/{ending:str}": Rule(fills={"ending": "csv"}),
    "POST /me/sessions/{id:str}/end": Rule("session", hidden=True),
    "GET /people/{id:str}": Rule("person", ("administrator",), hidden=True),
    "POST /people/{id:str}/roles": Rule("person", ("administrator",), hidden=True),
    "POST /people/{id:str}/roles/{standing:str}/end": Rule("person", ("administrator",), hidden=True),
    "POST /people/{id:str}/reset": Rule("person", ("administrator",), hidden=True),
    "GET /facilities/{id:str}": Rule("facility"),
    "GET /facilities/{id:str}/edit": Rule("facility", EDITORS),
    "POST /facilities/{id:str}": Rule("facility", EDITORS),
    "POST /facilities/{id:str}/responsibilities": Rule("facility", EDITORS),
    "GET /problems/{id:str}": Rule("problem"),
    "POST /problems/{id:str}/{act:str}": Rule("problem", ("supervisor",), fills={"act": "withdraw"}),
    "GET /visits/{id:str}": Rule("visit"),
    "GET /photos/{sha256:str}": Rule("photo"),
    "GET /photos/{sha256:str}/thumb": Rule("photo"),
    "HEAD /photos/{sha256:str}": Rule(fills={"sha256": "0" * 64}),
    "PUT /photos/{sha256:str}": Rule(fills={"sha256": "0" * 64}),
}  # fmt: skip
DECIDED_BY_ITS_COMMAND = {"POST /facilities/{id:str}/responsibilities"}


def routes() -> list[tuple[str, Any]]:


    app = build(Settings(data=Path("/tmp/dugai-routes")))
    return [(f"{method} {path}", handler) for method, path, handler in handlers_of(app)]


ROUTES = routes()


def test_every_route_has_its_line_here() -> None:
    assert {route for route, _ in ROUTES} == set(RULES)


def test_what_changes_something_is_never_public_but_the_door() -> None:
    public = {route for route, handler in ROUTES if handler.opt["access"] is None and not route.startswith(("GET", "HEAD"))}
    assert public == {"POST /sign-in", "POST /sign-out", "POST /activate"}


@pytest.fixture
async def things(house: House) -> dict[str, dict[str, str]]:
    """One of each thing at each place: {subject: {place: id}}."""
    found: dict[str, dict[str, str]] = {"facility": dict(PLACES), "problem": {}, "visit": {}, "photo": {}, "person": {}, "session": {}}
    world = house.world
    for name, place in PLACES.items():
        pair = (world.foreign_inspector, world.foreign_second) if name == "foreign" else (world.inspector, world.second)
        noted = await findings(house, (FOOD, f"食堂 {name}"), by=pair[0])
        sealed = await visit(house, noted, type=TYPES[place], by=pair[0], facility=place)
        for slot, actor in zip(("first", "second"), pair, strict=True):
            sealed["signatures"][slot] |= {"person": actor.id, "name": actor.name}
        receipt = await house.perform(pair[0], "inspections.submit", sealed)
        found["visit"][name], found["problem"][name] = receipt["visit"], receipt["problems"][0]["problem"]
        found["photo"][name] = noted[0]["photos"][0]
    found["person"] = {"own": world.contact.id, "sibling": world.neighbour_contact.id, "foreign": world.foreigner.id, "parent": world.chief.id}
    found["session"] = {"foreign": "0" * 64}
    return found


PATHS = {**{name: WORLD.paths[place] for name, place in PLACES.items()}, "parent": WORLD.paths[WORLD.city]}
FOREIGNER_AT = WORLD.paths[WORLD.kaizhou]


def expected(route: str, handler: Any, actor: Actor | None, where: str) -> str:
    """yes, door (sign in first), no (403) or hidden (404)."""
    roles, rule = handler.opt["access"], RULES[route]
    if roles is None:
        return "yes"
    if actor is None:
        return "door"
    if roles and not actor.is_any(*roles):
        return "no"
    if not rule.subject:
        return "yes"
    if rule.subject == "session":
        return "hidden"
    path = FOREIGNER_AT if rule.subject == "person" and where == "foreign" else PATHS[where]
    if not actor.sees(path):
        return "hidden"
    if rule.roles and not any(actor.has(role, path) for role in rule.roles):
        return "hidden" if rule.hidden else "no"
    return "yes"


async def ask(client: httpx.AsyncClient, route: str, id: str) -> str:
    method, path = route.split(" ")
    fills = {**RULES[route].fills, "id": id, "sha256": RULES[route].fills.get("sha256", id), "standing": "0" * 36}
    for name, value in fills.items():
        for kind in ("str", "int"):
            path = path.replace(f"{{{name}:{kind}}}", assets().names["app.css"] if value == "ASSET" else value)
    headers = {"x-dugai": "1", "x-csrftoken": client.cookies.get("csrftoken", "")}
    body: dict[str, Any] = {"content": b""}
    if route == "POST /sync":
        body = {"content": b'{"commands":[]}'}
    elif method == "POST":
        body = {"data": {"_id": "00000000-0000-7000-8000-0000000000ff"}}
    answer = await client.request(method, path, headers=headers, **body)
    assert answer.status_code < 500, f"{route} {answer.status_code} {answer.text[:300]}"
    if answer.status_code == 401 or answer.headers.get("location", "").startswith("/sign-in?") or (answer.status_code == 303 and method == "POST" and answer.headers["location"] == "/sign-in" and "sign-out" not in route):
        return "door"
    return {403: "no", 404: "hidden"}.get(answer.status_code, "yes")


async def test_nobody_gets_further_than_their_role_at_their_place(house: House, things: dict[str, dict[str, str]]) -> None:
    wrong = []
    asked = 0
    for actor in (None, *house.world.everybody):
        async with house.client(actor) as client:
            await client.get("/sign-in")
            for route, handler in ROUTES:
                if route in ("POST /sign-out", "POST /me/language"):
                    continue  # these would end or change the reader's own session; test_signing_in has them
                for where, id in things.get(RULES[route].subject, {"own": ""}).items():
                    wanted, got = expected(route, handler, actor, where), await ask(client, route, id)
                    asked += 1
                    if route in DECIDED_BY_ITS_COMMAND and wanted == "yes":
                        continue
                    if got != wanted and not (got == "hidden" and wanted == "yes" and "{standing" in route):
                        wrong.append(f"{route} {where} as {actor.name if actor else 'nobody'}: {got}, not {wanted}")
    assert wrong == []
    assert asked > 500
