"""Every route × every role × own, sibling, parent and foreign place, generated from the route table. The default is no."""

import datetime as dt
from typing import Any

import httpx
import msgspec
import pytest

from server.deposits import queries as deposits
from server.foundation import clock
from server.foundation.actor import Actor, Standing
from server.foundation.ids import new_id, short_code
from server.imports.tables import Import, ImportRow
from server.ledger.queries import history
from server.sync import queries as sync
from server.sync.taking import Envelope, take
from server.web.assets import assets
from server.workdays.rules import after
from tests.conftest import House
from tests.devices.signer import enrolled
from tests.plans.cast import made
from tests.routes import routes
from tests.visits import FOOD, findings, photo, visit
from tests.world import PACK, World

WORLD = World()
PLACES = {"own": WORLD.home, "sibling": WORLD.neighbour, "foreign": WORLD.foreign}
TYPES = {WORLD.home: "elderly_care", WORLD.neighbour: "children", WORLD.foreign: "elderly_care"}


class Rule(msgspec.Struct, frozen=True):
    """What a route asks of a reader beyond its door.

    subject: which thing its address names: facility, problem, visit, photo, person, draft, import, or "" for none. roles: who may do it
    with that thing; any who see it, if none is named. hidden: whoever may not is told that there is no such thing.
    """

    subject: str = ""
    roles: tuple[str, ...] = ()
    hidden: bool = False
    fills: dict[str, str] = {}


EDITORS = ("administrator", "supervisor")
RULES: dict[str, Rule] = {
    **{f"GET {path}": Rule() for path in (
        "/", "/sign-in", "/activate", "/me", "/people", "/places", "/facilities", "/facilities/new", "/facilities/import", "/checklists", "/drafts",
        "/drafts/import", "/drafts/template", "/problems", "/problems/responsibility", "/problems/rectification", "/problems/xlsx", "/overview", "/visits",
        "/today", "/todo", "/todo/problem", "/todo/notice", "/visit/start", "/visit/sign", "/recheck", "/outbox", "/this-phone", "/pack", "/worker.js", "/manifest.webmanifest", "/offline", "/health", "/people/new",
        "/people/import", "/imports", "/search", "/me/devices", "/exports", "/reminders", "/reminders/count", "/reminders/settings",
    )},
    **{f"POST {path}": Rule() for path in (
        "/sign-in", "/sign-out", "/activate", "/me/language", "/me/password", "/people", "/places", "/facilities", "/facilities/import",
        "/facilities/import/confirm", "/drafts", "/drafts/import", "/sync", "/people/reset", "/people/import", "/people/import/confirm", "/imports",
        "/devices", "/exports", "/reminders/read", "/reminders/push",
    )},
    "POST /reminders/push/{id:str}/end": Rule("session", hidden=True),
    "GET /reminders/problems/{id:str}": Rule("problem"),
    "GET /reminders/settings/{id:str}": Rule("facility", ("administrator",), hidden=True),
    "POST /reminders/settings/{id:str}": Rule("facility", ("administrator",), hidden=True),
    "POST /reminders/settings/{id:str}/robots": Rule("facility", ("administrator",), hidden=True),
    "POST /reminders/robots/{id:str}/{act:str}": Rule("robot", ("administrator",), hidden=True, fills={"act": "remove"}),
    "GET /static/{file:str}": Rule(fills={"file": "ASSET"}),
    "GET /checklists/{key:str}/{version:int}": Rule(fills={"key": PACK["key"], "version": "1"}),
    "GET /checklists/{key:str}/{version:int}/xlsx": Rule(fills={"key": PACK["key"], "version": "1"}),
    "GET /checklists/{key:str}/compare": Rule(fills={"key": PACK["key"]}),
    "POST /checklists/{key:str}/offered": Rule(fills={"key": PACK["key"]}),
    **{f"GET /drafts/{{id:str}}{path}": Rule("draft", EDITORS, hidden=True) for path in ("", "/preview", "/compare", "/xlsx")},
    **{f"POST /drafts/{{id:str}}{path}": Rule("draft", EDITORS, hidden=True) for path in ("", "/publish", "/withdraw")},
    **{f"{method} /drafts/{{id:str}}/items/{{key:str}}": Rule("draft", EDITORS, hidden=True, fills={"key": "S1-01"}) for method in ("GET", "POST")},
    **{f"GET /imports/{{id:str}}{path}": Rule("import", EDITORS, hidden=True, fills={"sort": "0"}) for path in ("", "/columns", "/rows/{sort:int}")},
    **{f"POST /imports/{{id:str}}{path}": Rule("import", EDITORS, hidden=True, fills={"sort": "0"}) for path in (
        "/columns", "/accept", "/confirm", "/undo", "/rows/{sort:int}", "/drop",
    )},
    "GET /visit/{key:str}/{version:int}": Rule(fills={"key": PACK["key"], "version": "1"}),
    "GET /facilities/file/{ending:str}": Rule(fills={"ending": "csv"}),
    "POST /me/sessions/{id:str}/end": Rule("session", hidden=True),
    "POST /me/devices/{id:str}/revoke": Rule("session", hidden=True),
    "GET /people/{id:str}/devices": Rule("person", EDITORS, hidden=True),
    "POST /people/devices/{id:str}/revoke": Rule("device", EDITORS, hidden=True),
    "GET /people/{id:str}": Rule("person", ("administrator",), hidden=True),
    "POST /people/{id:str}/roles": Rule("person", ("administrator",), hidden=True),
    "POST /people/{id:str}/roles/{standing:str}/end": Rule("person", ("administrator",), hidden=True),
    "GET /people/file/{ending:str}": Rule(fills={"ending": "template.xlsx"}),
    "POST /people/{id:str}/roles/{standing:str}": Rule("person", ("administrator",), hidden=True),
    "POST /people/{id:str}/leave": Rule("person", ("administrator",), hidden=True),
    "GET /places/{id:str}": Rule("facility", ("administrator",), hidden=True),
    "POST /places/{id:str}": Rule("facility", ("administrator",), hidden=True),
    "POST /places/{id:str}/{act:str}": Rule("facility", ("administrator",), hidden=True, fills={"act": "open"}),
    "GET /facilities/{id:str}/duties": Rule("facility"),
    "GET /facilities/{id:str}/code": Rule("facility"),
    "GET /facilities/{id:str}/responsibilities": Rule("facility", EDITORS),
    "GET /facilities/print/{what:str}": Rule(fills={"what": "codes"}),
    "GET /f/{code:str}": Rule("facility"),
    "POST /people/{id:str}/reset": Rule("person", ("administrator",), hidden=True),
    "GET /facilities/{id:str}": Rule("facility"),
    "GET /facilities/{id:str}/edit": Rule("facility", EDITORS),
    "POST /facilities/{id:str}": Rule("facility", EDITORS),
    "POST /facilities/{id:str}/responsibilities": Rule("facility", EDITORS),
    **{f"{method} /lists/{{list:str}}/filters": Rule(fills={"list": "problems"}) for method in ("GET", "POST")},
    "POST /lists/{list:str}/filters/{id:str}/{act:str}": Rule("session", hidden=True, fills={"list": "problems", "act": "remove"}),
    "GET /problems/{id:str}": Rule("problem"),
    "GET /problems/lists/{view:str}/{way:str}": Rule(fills={"view": "problems", "way": "docx"}),
    "GET /problems/{id:str}/papers/{seq:int}/{way:str}": Rule("report", fills={"way": "pdf"}),
    "GET /notices/{id:str}/paper/{way:str}": Rule("notice", fills={"way": "docx"}),
    "GET /visits/{id:str}/paper/{way:str}": Rule("visit", fills={"way": "print"}),
    "POST /problems/{id:str}/{act:str}": Rule("problem", ("supervisor",), fills={"act": "withdraw"}),
    **{f"{method} /audits": Rule() for method in ("GET", "POST")},
    "GET /notices": Rule(),
    "POST /notices": Rule(),
    "GET /notices/new/{id:str}": Rule("problem", ("supervisor",)),
    "GET /notices/{id:str}": Rule("notice"),
    "POST /notices/{id:str}/{act:str}": Rule("notice", ("contact",), fills={"act": "sign"}),
    **{f"{method} /selections": Rule() for method in ("GET", "POST")},
    **{f"GET /selections/{{id:str}}{path}": Rule("selection", hidden=True) for path in ("", "/xlsx")},
    "POST /selections/{id:str}/{step:str}": Rule("selection", hidden=True, fills={"step": "do"}),
    **{f"{method} /workdays": Rule() for method in ("GET", "POST")},
    "POST /workdays/{id:str}/end": Rule("workday", EDITORS, hidden=True),
    "GET /visits/{id:str}": Rule("visit"),
    **{f"GET /visits/{path}": Rule() for path in ("news", "enter", "phones")},
    "POST /visits/enter": Rule(),
    "POST /visits/phones/{id:str}/settle": Rule("phone", ("supervisor",), hidden=True),
    **{f"GET /deposits{path}": Rule() for path in ("", "/waiting")},
    "GET /deposits/{id:str}": Rule("deposit", ("supervisor",), hidden=True),
    "POST /deposits/{id:str}/{act:str}": Rule("deposit", ("supervisor",), hidden=True, fills={"act": "return"}),
    "GET /visits/{id:str}/versions/{revision:int}": Rule("visit", fills={"revision": "0"}),
    **{f"{method} /visits/{{id:str}}/amend": Rule("visit", ("supervisor", "inspector")) for method in ("GET", "POST")},
    **{f"GET /plans{path}": Rule() for path in ("", "/new", "/announced", "/conflicts", "/hand-over")},
    **{f"POST /plans{path}": Rule() for path in ("", "/conflicts", "/hand-over")},
    **{f"GET /plans/{{id:str}}{path}": Rule("plan", EDITORS, hidden=True) for path in ("", "/edit", "/facilities", "/xlsx", "/draw")},
    **{f"POST /plans/{{id:str}}{path}": Rule("plan", EDITORS, hidden=True) for path in ("", "/draw")},
    "POST /plans/{id:str}/{act:str}": Rule("plan", EDITORS, hidden=True, fills={"act": "withdraw"}),
    **{f"GET /draws/{{id:str}}{path}": Rule("draw", EDITORS, hidden=True) for path in ("", "/json")},
    "POST /plans/conflicts/{id:str}/end": Rule("avoidance", EDITORS, hidden=True),
    "GET /photos/{sha256:str}": Rule("photo"),
    "GET /photos/{sha256:str}/thumb": Rule("photo"),
    "GET /photos/{sha256:str}/sheet": Rule("photo"),
    "HEAD /photos/{sha256:str}": Rule(fills={"sha256": "0" * 64}),
    "PUT /photos/{sha256:str}": Rule(fills={"sha256": "0" * 64}),
}  # fmt: skip


ROUTES = [(f"{method} {path}", handler) for method, path, handler in routes()]


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
        await house.perform(pair[0], "inspections.amend", {"visit": receipt["visit"], "seen": 0, "reason": "类别选错", "kind": "special"})
    found["person"] = {"own": world.contact.id, "sibling": world.neighbour_contact.id, "foreign": world.foreigner.id, "parent": world.chief.id}
    found["session"] = {"foreign": "0" * 64}
    found["phone"] = {}
    for inspector in (world.inspector, world.foreign_inspector):
        async with house.client(inspector) as phone:
            await phone.get("/pack", headers={"x-dugai": "1", "x-dugai-unsent": "1,0,0"})
    for known in await sync.phones(Actor("", "", (Standing("supervisor", world.city, world.paths[world.city]),))):
        found["phone"]["own" if known.person == world.inspector.name else "foreign"] = known.id
    found["deposit"] = {}
    for name, author in (("own", world.inspector), ("foreign", world.foreign_inspector)):
        kept = await take(house.ledger, author, Envelope(new_id(), "visits.unknown", clock.now(), author.id, {}))
        found["deposit"][name] = (await deposits.about(kept["id"], author.id))[0].id
    found["device"] = {}
    for name, owner in {"own": world.inspector, "foreign": world.foreign_inspector}.items():
        found["device"][name] = (await enrolled(house, owner)).id
    found["robot"] = {}
    for name, place in {"own": world.wanzhou, "foreign": world.kaizhou}.items():
        robot = {"id": new_id(), "place": place, "kind": "wecom", "name": name, "sealed": ""}
        found["robot"][name] = (await house.perform(world.chief, "reminders.add_robot", robot))["robot"]
    found["draft"] = {}
    for name, (keeper, place) in {"own": (world.supervisor, world.wanzhou), "foreign": (world.foreigner, world.kaizhou)}.items():
        begun = {"id": new_id(), "place": place, "body": {**PACK, "key": f"draft-{name}"}, "origin": f"{PACK['key']}/1"}
        found["draft"][name] = (await house.perform(keeper, "drafts.begin", begun))["draft"]
    found["import"] = {}
    for name, (keeper, place) in {"own": (world.supervisor, world.wanzhou), "foreign": (world.foreigner, world.kaizhou)}.items():
        id, begun = new_id(), {"name": "台账.xlsx", "sha256": "0" * 64}
        await house.perform(keeper, "imports.begin", {"id": id, "place": place, **begun})
        line = {"id": new_id(), "import_id": id, "sort": 0, "slice": f"{id}/0", "sheet": 0, "line": 1, "cells": "[]"}
        about = {"state": "ready", "total": 1, "sheets": '[{"name":"","head":"","year":null,"lines":1}]'}
        await house.ledger.keep(add=[(ImportRow, line)], change=[(Import, id, about)])
        found["import"][name] = id
    await plans(house, found)
    await notices(house, found)
    found["selection"] = {}
    for name, keeper in (("own", world.supervisor), ("foreign", world.foreigner)):
        selected = {"id": new_id(), "problems": [found["problem"][name]]}
        found["selection"][name] = (await house.perform(keeper, "selections.choose", selected))["selection"]
    return found


async def notices(house: House, found: dict[str, dict[str, str]]) -> None:
    """A notice and a day off of each bureau."""
    world = house.world
    found["notice"], found["workday"] = {}, {}
    for name, keeper, bureau, pair in (
        ("own", world.supervisor, world.wanzhou, (world.inspector, world.second)), ("foreign", world.foreigner, world.kaizhou, (world.foreign_inspector, world.foreign_second)),
    ):  # fmt: skip
        sealed = await visit(house, await findings(house, (FOOD, f"库房 {name}"), by=pair[0]), type=TYPES[PLACES[name]], by=pair[0], facility=PLACES[name])
        for slot, actor in zip(("first", "second"), pair, strict=True):
            sealed["signatures"][slot] |= {"person": actor.id, "name": actor.name}
        problem = (await house.perform(pair[0], "inspections.submit", sealed))["problems"][0]["problem"]
        line = {"problem": problem, "due_on": clock.today() + dt.timedelta(days=9), "person": "谭秀梅"}
        found["notice"][name] = (await house.perform(keeper, "notices.issue", {"id": new_id(), "lines": [line]}))["notice"]
        if name == "own":
            report = {"id": new_id(), "problem": problem, "text": "已整改", "photos": [await photo(house, world.contact, "after")]}
            await house.perform(world.contact, "problems.report", report)
            found["report"] = {name: f"{problem}~{(await history(problem))[-1].seq}"}
        off = {"id": new_id(), "place": bureau, "day_on": after(clock.today(), 5, {}), "is_worked": False, "reason": "防汛"}
        found["workday"][name] = (await house.perform(keeper, "workdays.declare", off))["workday"]


async def plans(house: House, found: dict[str, dict[str, str]]) -> None:
    """A plan, a draw and a conflict of each bureau."""
    world = house.world
    found["plan"], found["draw"], found["avoidance"] = {}, {}, {}
    for name, keeper, bureau, facility, crew in (
        ("own", world.supervisor, world.wanzhou, world.home, (world.inspector, world.second)),
        ("foreign", world.foreigner, world.kaizhou, world.foreign, (world.foreign_inspector, world.foreign_second)),
    ):
        plan = found["plan"][name] = await made(house, keeper, bureau, below=bureau)
        draw = {"id": new_id(), "plan": plan, "rules": {}, "inspectors": [one.id for one in crew]}
        found["draw"][name] = (await house.perform(keeper, "plans.draw", draw))["draw"]
        avoiding = {"id": new_id(), "person": crew[0].id, "facility": facility, "reason": "亲属"}
        found["avoidance"][name] = (await house.perform(keeper, "plans.avoid", avoiding))["avoidance"]


PATHS = {**{name: WORLD.paths[place] for name, place in PLACES.items()}, "parent": WORLD.paths[WORLD.city]}
BUREAUS = {"own": WORLD.paths[WORLD.wanzhou], "foreign": WORLD.paths[WORLD.kaizhou]}
OF_A_BUREAU = ("draft", "device", "phone", "plan", "draw", "import", "deposit", "workday", "robot")
CHOOSERS = {"own": WORLD.supervisor.id, "foreign": WORLD.foreigner.id}
AUTHORS = {"own": WORLD.inspector.id, "foreign": WORLD.foreign_inspector.id}
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
    if rule.subject == "selection":  # one's own only
        return "yes" if actor.id == CHOOSERS[where] else "hidden"
    if route == "GET /deposits/{id:str}" and actor.id == AUTHORS[where]:
        return "yes"
    path = BUREAUS[where] if rule.subject in OF_A_BUREAU else FOREIGNER_AT if rule.subject == "person" and where == "foreign" else PATHS[where]
    if not actor.sees(path):
        return "hidden"
    if rule.roles and not any(actor.has(role, path) for role in rule.roles):
        return "hidden" if rule.hidden else "no"
    return "yes"


async def ask(client: httpx.AsyncClient, route: str, id: str) -> str:
    method, path = route.split(" ")
    id, _, seq = id.partition("~")
    fills = {**RULES[route].fills, "id": id, "seq": seq, "sha256": RULES[route].fills.get("sha256", id), "standing": "0" * 36, "code": short_code(id) if id.count("-") == 4 else id}
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
                    if got != wanted and not (got == "hidden" and wanted == "yes" and "{standing" in route):
                        wrong.append(f"{route} {where} as {actor.name if actor else 'nobody'}: {got}, not {wanted}")
    assert wrong == []
    assert asked > 500
