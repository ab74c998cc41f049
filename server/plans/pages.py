"""Plans: the list, one plan with its visits, choosing and drawing, conflicts, and handing one person's visits to another."""

import datetime as dt
import itertools
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from server.checklists import queries as checklists
from server.facilities.rules import TYPES
from server.foundation import clock
from server.foundation.refusal import Refusal
from server.ledger.queries import Happening, history
from server.people import queries as people
from server.plans import lots, queries, rules, sheets
from server.plans.forms import ACTS, Act, Avoiding, Drawing, Handing, Written
from server.plans.rows import KNOWN, Assignment, Filters, Inspector, Plan
from server.plans.rules import KEEPERS
from server.web import files, forms
from server.web.access import needs
from server.web.acts import perform
from server.web.render import lang_of, page

Asked = Request[Any, Any, Any]
MOST_STEPS = 50
BUREAUX = ("municipal", "district")
WORDS: dict[str, Any] = {"kinds": rules.KINDS, "modes": rules.MODES, "types": TYPES, "workflow": rules.WORKFLOW, "stands": rules.STANDS}


@get("/plans", **needs(*KEEPERS))
async def plans(request: Asked) -> Response[Any]:
    filters, after = forms.filters(request, Filters).known(KNOWN), request.query_params.get("after", "")
    found = await queries.plans(request.user, filters, after)
    last = found[queries.PAGE - 1] if len(found) > queries.PAGE else None
    return page(
        request, "plans/list.html", found=found[: queries.PAGE], filters=filters, after=f"{last.until_on}~{last.id}" if last else "", first=not after,
        states=[(state.key, state.words) for state in rules.WORKFLOW.states],
        count=await queries.counted(request.user, filters), most=queries.MOST_COUNTED, said=[(words, filters.without(name)) for name, words in filters.said({})], **WORDS,
    )  # fmt: skip


@get("/plans/announced", **needs("contact"))
async def announced(request: Asked) -> Response[Any]:
    """What a facility is told of beforehand; of visits that come unannounced it learns when they have begun."""
    return page(request, "plans/announced.html", found=await queries.announced(request.user), **WORDS)


# Writing a plan


@get("/plans/new", **needs(*KEEPERS))
async def blank(request: Asked) -> Response[Any]:
    today = clock.today()
    given = {"from_on": today.isoformat(), "until_on": (today + dt.timedelta(days=30)).isoformat(), "kind": "routine", "mode": "unannounced", "coverage": "all"}
    return await _edit(request, None, given)


@post("/plans", **needs(*KEEPERS), status_code=200)
async def make(request: Asked) -> Response[Any]:
    try:
        given = await forms.form(request, Written)
        done = await perform(request, "plans.make", given.made, given._id)
    except Refusal as refusal:
        return await _edit(request, None, await _typed(request), refusal)
    return Redirect(f"/plans/{done['plan']}", status_code=303)


async def _typed(request: Asked) -> dict[str, Any]:
    """What was typed, with every box that was ticked."""
    data = await request.form()
    return {**await forms.fields(request), **{name: [str(one) for one in data.getall(name, [])] for name in ("types", "parts", "inspectors", "facilities", "assignments")}}


async def _edit(request: Asked, found: Plan | None, given: dict[str, Any], refusal: Refusal | None = None) -> Response[Any]:
    places = await people.places(request.user, *KEEPERS, kinds=BUREAUX)
    return page(
        request, "plans/edit.html", plan=found, given=given, refusal=refusal, places=places,
        tables=[table for _, table in await checklists.current(request.user)], **WORDS,
    )  # fmt: skip


async def _found(request: Asked, id: str) -> Plan:
    found = await queries.plan(request.user, id)
    if found is None:
        raise Refusal("not_found")
    return found


@get("/plans/{id:str}/edit", **needs(*KEEPERS))
async def edit(request: Asked, id: FromPath[str]) -> Response[Any]:
    found = await _found(request, id)
    given = {
        **{name: str(getattr(found, name)) for name in ("title", "kind", "mode", "from_on", "until_on", "note", "draw_count")}, "place": found.place_id,
        "below": found.below_id, "coverage": "draw" if found.draw_count else "all", "seen": str(found.revision), "types": list(found.types),
        "parts": [f"{found.checklist}|{part}" for part in found.parts],
    }  # fmt: skip
    return await _edit(request, found, given)


@post("/plans/{id:str}", **needs(*KEEPERS), status_code=200)
async def change(request: Asked, id: FromPath[str]) -> Response[Any]:
    found = await _found(request, id)
    try:
        given = await forms.form(request, Written)
        given.place = found.place_id
        await perform(request, "plans.change", {"plan": id, "seen": given.seen, "details": given.details}, given._id)
    except Refusal as refusal:
        return await _edit(request, found, await _typed(request), refusal)
    return Redirect(f"/plans/{id}", status_code=303)


# One plan


@get("/plans/{id:str}", **needs(*KEEPERS))
async def plan(request: Asked, id: FromPath[str]) -> Response[Any]:
    return await _plan(request, await _found(request, id))


async def _plan(request: Asked, found: Plan, act: str = "", given: dict[str, Any] | None = None, refusal: Refusal | None = None) -> Response[Any]:
    visits = await queries.assignments(request.user, found.id)
    return page(
        request, "plans/show.html", part="plans/_sums.html", plan=found, visits=visits,
        taken=await queries.taken(request.user, found.id), last=await queries.last_visits(found.reach),
        people=await _people(found), draws=await queries.draws(request.user, found.id), steps=_steps(await history(found.id)),
        newest=next((one for one in await checklists.newest(request.user) if one.key == found.checklist), None), moves=rules.WORKFLOW.acts(found.state),
        act=act, given=given or {}, refusal=refusal, just=clock.today() - dt.timedelta(days=rules.JUST), **WORDS,
    )  # fmt: skip


def _steps(happened: list[Happening]) -> list[tuple[Happening, int]]:
    """The latest first; what one act did to several facilities is one step."""
    acts = itertools.groupby(reversed(happened), key=lambda event: (event.kind, event.at, event.author_id))
    return [(events[0], len(events)) for events in (list(group) for _, group in acts)][:MOST_STEPS]


async def _people(plan: Plan) -> list[tuple[str, str]]:
    """(id, name) of who may be chosen to inspect for a plan, each once."""
    return list(dict.fromkeys([(one.id, one.name) for path in plan.reach for one in await queries.inspectors(path)]))


@post("/plans/{id:str}/{act:str}", **needs(*KEEPERS), status_code=200)
async def step(request: Asked, id: FromPath[str], act: FromPath[str]) -> Response[Any]:
    found = await _found(request, id)
    if act not in ACTS:
        raise Refusal("not_found")
    kind, payload = ACTS[act]
    try:
        given = await forms.form(request, Act)
        if act == "choose" and given.due_on is None:
            raise Refusal("input.missing").at("due_on")
        await perform(request, kind, payload(id, given), given._id)
    except Refusal as refusal:
        if act == "choose":
            return await _choose(request, found, await _typed(request), refusal)
        return await _plan(request, found, act, await _typed(request), refusal)
    return Redirect(f"/plans/{id}", status_code=303)


@get("/plans/{id:str}/facilities", **needs(*KEEPERS))
async def facilities(request: Asked, id: FromPath[str]) -> Response[Any]:
    return await _choose(request, await _found(request, id), {})


async def _choose(request: Asked, found: Plan, given: dict[str, Any], refusal: Refusal | None = None) -> Response[Any]:
    asked = {name: request.query_params.get(name, "").strip()[:100] for name in ("q", "since", "after")}
    seen = await queries.facilities(found, asked["q"], asked["since"], asked["after"])
    more = seen[queries.PAGE - 1].path if len(seen) > queries.PAGE else ""
    return page(
        request, "plans/facilities.html", plan=found, found=seen[: queries.PAGE], more=more,
        asked=asked, given=given, refusal=refusal, just=rules.JUST, **WORDS,
    )  # fmt: skip


@get("/plans/{id:str}/xlsx", **needs(*KEEPERS))
async def export(request: Asked, id: FromPath[str]) -> Response[bytes]:
    found = await _found(request, id)
    content = sheets.workbook(found, await queries.assignments(request.user, id), await queries.taken(request.user, id), lang_of(request))
    return files.attached(content, f"dugai-plan-{found.until_on}.xlsx")


# Drawing


@get("/plans/{id:str}/draw", **needs(*KEEPERS))
async def draw_form(request: Asked, id: FromPath[str]) -> Response[Any]:
    found = await _found(request, id)
    given = {"count": str(found.draw_count or ""), "within_days": "90", "recent": "out", "avoid_last": "yes"}
    return await _draw_form(request, found, {**given, "inspectors": [id for id, _ in await _people(found)]})


async def _draw_form(request: Asked, found: Plan, given: dict[str, Any], refusal: Refusal | None = None) -> Response[Any]:
    return page(
        request, "plans/draw.html", plan=found, people=await _people(found), given=given,
        refusal=refusal, most=lots.MOST, **WORDS,
    )  # fmt: skip


@post("/plans/{id:str}/draw", **needs(*KEEPERS), status_code=200)
async def draw(request: Asked, id: FromPath[str]) -> Response[Any]:
    found = await _found(request, id)
    try:
        given = await forms.form(request, Drawing)
        done = await perform(request, "plans.draw", given.of(id), given._id)
    except Refusal as refusal:
        return await _draw_form(request, found, await _typed(request), refusal)
    return Redirect(f"/draws/{done['draw']}", status_code=303)


@get("/draws/{id:str}", **needs(*KEEPERS))
async def draw_record(request: Asked, id: FromPath[str], check: FromQuery[str] = "") -> Response[Any]:
    """The draw as it was. check: repeat it now from what the record holds, and say whether the same comes out."""
    found = await queries.draw(request.user, id)
    if found is None:
        raise Refusal("not_found")
    names = {one.id: one.name for one in found.record.facilities} | {one.id: one.name for one in found.record.inspectors}
    return page(
        request, "plans/record.html", draw=found, record=found.record, names=names, out=rules.LEFT_OUT, is_checked=bool(check),
        differs=lots.differences(found.record) if check else [], **WORDS,
    )  # fmt: skip


@get("/draws/{id:str}/json", **needs(*KEEPERS))
async def draw_file(request: Asked, id: FromPath[str]) -> Response[bytes]:
    content = await queries.raw_draw(request.user, id)
    if content is None:
        raise Refusal("not_found")
    return files.attached(content, f"dugai-draw-{id}.json")


# Conflicts, and handing over


@get("/plans/conflicts", **needs(*KEEPERS))
async def conflicts(request: Asked, facility: FromQuery[str] = "") -> Response[Any]:
    return await _conflicts(request, {"facility": facility})


async def _conflicts(request: Asked, given: dict[str, str], refusal: Refusal | None = None) -> Response[Any]:
    known = await queries.choices(request.user)
    return page(
        request, "plans/conflicts.html", found=await queries.avoidances(request.user), given=given,
        refusal=refusal, people=await _kept_people(request), facilities=known,
    )  # fmt: skip


async def _kept(request: Asked) -> list[Inspector]:
    return [one for path in request.user.paths(*KEEPERS) for one in await queries.inspectors(path)]


async def _kept_people(request: Asked) -> list[tuple[str, str]]:
    return list(dict.fromkeys((one.id, one.name) for one in await _kept(request)))


@post("/plans/conflicts", **needs(*KEEPERS), status_code=200)
async def avoid(request: Asked) -> Response[Any]:
    try:
        given = await forms.form(request, Avoiding)
        await perform(request, "plans.avoid", given.payload, given._id)
    except Refusal as refusal:
        return await _conflicts(request, await forms.fields(request), refusal)
    return Redirect("/plans/conflicts", status_code=303)


@post("/plans/conflicts/{id:str}/end", **needs(*KEEPERS), status_code=200)
async def end_conflict(request: Asked, id: FromPath[str]) -> Response[Any]:
    if not await queries.keeps_avoidance(request.user, id):
        raise Refusal("not_found")
    try:
        given = await forms.form(request, Act)
        await perform(request, "plans.end_avoidance", {"avoidance": id, "reason": given.reason}, given._id)
    except Refusal as refusal:
        return await _conflicts(request, {**await forms.fields(request), "ending": id}, refusal)
    return Redirect("/plans/conflicts", status_code=303)


@get("/plans/hand-over", **needs(*KEEPERS))
async def hand_over_form(request: Asked) -> Response[Any]:
    """?from=PERSON&to=PERSON: what would move, and what cannot and why, before anything does."""
    asked = {"giver": request.query_params.get("from", ""), "taker": request.query_params.get("to", "")}
    return await _hand_over(request, asked)


async def _hand_over(request: Asked, given: dict[str, Any], refusal: Refusal | None = None) -> Response[Any]:
    people, places = await _kept_people(request), await _kept(request)
    giver, taker = given.get("giver", ""), given.get("taker", "")
    avoided = {one.facility_id for one in await queries.avoidances(request.user) if one.person_id == taker}
    visits = await queries.open_of(request.user, giver) if giver else []
    stays = {one.id: said for one in visits if (said := _cannot(one, taker, avoided, places))} if taker else {}
    return page(
        request, "plans/hand_over.html", given=given, people=people, visits=visits, stays=stays,
        names=dict(people), refusal=refusal, **WORDS,
    )  # fmt: skip


def _cannot(visit: Assignment, taker: str, avoided: set[str], places: list[Inspector]) -> str:
    """Why the taker cannot have it: partner, conflict or place; empty where they can."""
    if taker in (visit.first_id, visit.second_id):
        return "partner"
    if visit.facility_id in avoided:
        return "conflict"
    return "" if any(one.id == taker and one.inspects(visit.place_path) for one in places) else "place"


@post("/plans/hand-over", **needs(*KEEPERS), status_code=200)
async def hand_over(request: Asked) -> Response[Any]:
    try:
        given = await forms.form(request, Handing)
        await perform(request, "plans.hand_over", given.payload, given._id)
    except Refusal as refusal:
        return await _hand_over(request, await _typed(request), refusal)
    return Redirect(f"/plans/hand-over?from={given.giver}", status_code=303)


PAGES = (
    plans, announced, blank, make, edit, change, plan, step, facilities, export, draw_form, draw, draw_record, draw_file, conflicts, avoid,
    end_conflict, hand_over_form, hand_over,
)  # fmt: skip
