"""A paper visit, entered afterwards: first where and which parts, then the table, then what fails in it."""

from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromQuery
from litestar.response import Redirect

from server.checklists import queries as checklists
from server.checklists.answers import Answer, asked
from server.facilities import queries as facilities
from server.facilities.rules import PARTIES
from server.foundation.refusal import Refusal
from server.inspections import entering, queries, typed
from server.inspections.entering import Entered, Sheet
from server.inspections.pages.records import WORDS
from server.inspections.pages.uploads import UPLOADS, kept_photos
from server.inspections.papers import ENTERERS
from server.plans import queries as plans
from server.problems.rules import LEVELS
from server.web import forms
from server.web.access import needs
from server.web.acts import perform
from server.web.render import page

Asked = Request[Any, Any, Any]


@get("/visits/enter", **needs(*ENTERERS))
async def enter_form(request: Asked, facility: FromQuery[str] = "") -> Response[Any]:
    """First where and which parts; then, with both in the address, the table."""
    asked_for = [str(value)[:200] for value in request.query_params.getall("part", [])]
    given = {name: str(value)[:100] for name, value in request.query_params.items() if name != "part"}
    if not facility or not asked_for:
        return await _choose(request, {**given, "parts": asked_for}, Refusal("input.missing").at("part") if facility else None)
    try:
        sheet = await _sheet(request, facility, asked_for)
    except Refusal as refusal:
        return await _choose(request, {**given, "parts": asked_for}, refusal)
    return await _enter(request, "table", sheet, {}, [], {}, given)


async def _choose(request: Asked, given: dict[str, Any], refusal: Refusal | None = None) -> Response[Any]:
    published = [(entry, await checklists.checklist(entry.key, entry.version)) for entry in await checklists.published(request.user)]
    done = await queries.visit(request.user, given.get("done", ""))
    return page(
        request, "inspections/enter.html", status=refusal.entry.status if refusal else 200, given=given, refusal=refusal, done=done,
        places=[found for found, _ in await facilities.every(request.user, *ENTERERS)], tables=published,
        newest={entry.id for entry in await checklists.newest(request.user)},
    )  # fmt: skip


async def _sheet(request: Asked, facility: str, chosen: list[str]) -> Sheet:
    """chosen: KEY/VERSION:PART, all of one table. Refusals: not_found, paper.one_table, answer.part."""
    if not facility:
        raise Refusal("input.missing").at("facility")
    place = await facilities.facility(request.user, facility)
    if place is None:
        raise Refusal("not_found").at("facility")
    table, parts = entering.table_of(chosen)
    key, _, number = table.rpartition("/")
    checklist = await checklists.checklist(key, int(number)) if table in {entry.id for entry in await checklists.published(request.user)} else None
    if checklist is None:
        raise Refusal("not_found").at("part")
    return Sheet(place, checklist, parts, asked(checklist, place.type, parts, {})[0])


@post("/visits/enter", **needs(*ENTERERS), status_code=200, request_max_body_size=UPLOADS)
async def enter(request: Asked) -> Response[Any]:
    """From the table to what fails in it, and from there into the ledger; back to the table on request."""
    data, given, kept = await request.form(), await forms.fields(request), dict[str, list[str]]()
    chosen = [str(value)[:200] for value in data.getall("part", [])]
    try:
        sheet = await _sheet(request, given.get("facility", ""), chosen)
    except Refusal as refusal:
        return await _choose(request, {**given, "parts": chosen}, refusal)
    step, found, lines = given.get("step", ""), dict[str, Answer](), list[typed.Line]()
    try:
        kept = await kept_photos(request)
        lines = typed.lines(data.multi_items(), kept)
        found = entering.read_table(given["table"]) if "table" in given else typed.answers(data, sheet.every.values())
        if step == "table":
            return await _enter(request, "table", sheet, found, lines, kept, given)
        done = await _entered(request, sheet, found, lines, kept, step)
    except Refusal as refusal:
        at = "table" if "table" not in given and refusal.field not in ("sheets", "") else "problems"
        return await _enter(request, at, sheet, found, lines, kept, given, refusal)
    if done is None:
        return await _enter(request, "problems", sheet, found, lines, kept, given)
    query = [("done", done), *((name, given.get(name, "")) for name in entering.CARRIED), *(("part", part) for part in chosen)]
    return Redirect(f"/visits/enter?{urlencode(query)}", status_code=303)


async def _entered(
    request: Asked, sheet: Sheet, found: dict[str, Answer], lines: list[typed.Line], kept: dict[str, list[str]], step: str
) -> str | None:
    """The id of the visit, once it is in the ledger; None while its problems and sheets are still to be filled in."""
    given = await forms.form(request, Entered)
    answers, sheets = sheet.completed(found, bool(given.rest)), kept.get("sheets", [])
    if step != "submit" and (sheet.failing(answers) or not sheets):
        return None
    return str((await perform(request, "inspections.enter", entering.payload(given, sheet, answers, lines, sheets), given._id))["visit"])


async def _enter(
    request: Asked, step: str, sheet: Sheet, found: dict[str, Answer], lines: list[typed.Line], kept: dict[str, list[str]],
    given: dict[str, str], refusal: Refusal | None = None,
) -> Response[Any]:  # fmt: skip
    answers = sheet.completed(found, bool(given.get("rest")))
    on = entering.day(given.get("on", ""))
    lines = typed.with_blanks([line for line in lines if line.item in sheet.every], typed.failing(sheet.every, answers))
    if (more := given.get("more", "")) in sheet.every:
        lines.append(typed.Line(max((line.number for line in lines), default=-1) + 1, more, {}))
    return page(
        request, f"inspections/enter_{step}.html", status=refusal.entry.status if refusal else 200, sheet=sheet, every=sheet.every, answers=found,
        complete=answers, lines=sorted(lines, key=lambda line: list(sheet.every).index(line.item)), kept=kept.get("sheets", []), given=given, refusal=refusal,
        table=msgspec.json.encode(found).decode(), people=await queries.inspectors_at(sheet.facility.path), levels=LEVELS, parties=PARTIES, **WORDS,
        same=await queries.on_the_same_day(request.user, sheet.facility.id, on) if on else [], planned=await plans.due_at(request.user, sheet.facility.path),
    )  # fmt: skip


PAGES = (enter_form, enter)
