"""The three lists, one problem with its history, and every step that a desk can take with it."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from server.facilities import queries as facilities
from server.facilities.rules import PARTIES, TYPES
from server.foundation import clock
from server.foundation.refusal import Refusal
from server.ledger.queries import history
from server.photos import queries as photos
from server.photos.commands import keep_bytes
from server.photos.rules import LIMIT, is_sha256
from server.problems import queries, rules, sheets
from server.problems.queries import Filters
from server.web import forms
from server.web.access import needs
from server.web.acts import perform
from server.web.render import lang_of, page

Asked = Request[Any, Any, Any]
MOST_PHOTOS = 6


def _filters(request: Asked) -> Filters:
    """What the address says; what it says wrongly says nothing."""
    known = {name: value.strip()[:100] for name, value in request.query_params.items() if name in Filters.__struct_fields__}
    return Filters(**known)


async def _list(request: Asked, view: str) -> Response[Any]:
    filters = _filters(request)
    found = await queries.listed(request.user, filters, request.query_params.get("after", ""))
    facility = await facilities.facility(request.user, filters.facility) if filters.facility else None
    return page(
        request, "problems/list.html", part="problems/_rows.html", view=view, lists=sheets.LISTS, found=found, filters=filters,
        facility=facility, workflow=rules.WORKFLOW, levels=rules.LEVELS, parties=PARTIES, types=TYPES, most=queries.MOST_COUNTED,
    )  # fmt: skip


@get("/problems", **needs())
async def problem_list(request: Asked) -> Response[Any]:
    return await _list(request, "problems")


@get("/problems/responsibility", **needs())
async def responsibility_list(request: Asked) -> Response[Any]:
    return await _list(request, "responsibility")


@get("/problems/rectification", **needs())
async def rectification_list(request: Asked) -> Response[Any]:
    return await _list(request, "rectification")


@get("/problems/xlsx", **needs())
async def export(request: Asked) -> Response[bytes]:
    """Exactly what is filtered, as the three lists."""
    filters = _filters(request)
    found = await queries.every(request.user, filters, sheets.MOST_ROWS)
    told = f"{clock.today().isoformat()}　{filters.query()}".strip()
    name = f"dugai-problems-{clock.today().isoformat()}.xlsx"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(sheets.workbook(found, lang_of(request), told), media_type=sheets.XLSX, headers=headers)


@get("/problems/{id:str}", **needs())
async def problem(request: Asked, id: FromPath[str]) -> Response[Any]:
    return await _problem(request, id)


async def _problem(request: Asked, id: str, act: str = "", refusal: Refusal | None = None, kept: Sequence[str] = ()) -> Response[Any]:
    found = await queries.problem(request.user, id)
    if found is None:
        raise Refusal("not_found")
    duties = await facilities.duties(found.facility_id)
    relapse = await queries.problem(request.user, found.relapse_of) if found.relapse_of else None
    return page(
        request, "problems/show.html", status=refusal.entry.status if refusal else 200, problem=found, relapse=relapse,
        acts=rules.acts(msgspec.structs.asdict(found), request.user), history=await history(id), photos=await photos.uses([id]),
        workflow=rules.WORKFLOW, levels=rules.LEVELS, parties=PARTIES, duties=duties, act=act, refusal=refusal,
        due=rules.due_after(clock.today(), found.severity), given=await forms.fields(request) if refusal else {}, kept=kept,
    )  # fmt: skip


class Taken(msgspec.Struct):
    """One step's form; each step reads the fields it needs."""

    _id: str
    text: str = ""
    reason: str = ""
    record: str = ""
    cause: str = ""
    measures: str = ""
    person: str = ""
    sponsor: str = ""
    due_on: dt.date | None = None


FIELDS = {
    "issue": ("due_on", "person", "sponsor"), "plan": ("cause", "measures", "person"), "accept_plan": (), "return_plan": ("reason",),
    "progress": ("text", "photos"), "report": ("text", "photos"), "pass": ("record", "photos"), "fail": ("record", "due_on", "photos"),
    "close": (), "withdraw": ("reason",),
}  # fmt: skip


@post("/problems/{id:str}/{act:str}", **needs(), status_code=200, request_max_body_size=MOST_PHOTOS * LIMIT)
async def take_step(request: Asked, id: FromPath[str], act: FromPath[str]) -> Response[Any]:
    """One step of the workflow. Photos are looked at and kept before the command that names them."""
    found = await queries.problem(request.user, id)
    if found is None or act not in FIELDS:
        raise Refusal("not_found")
    kept: list[str] = []
    try:
        rules.check_role(found.place_path, act, request.user)  # the rest is judged with the command: a second click is the same act
        given = await forms.form(request, Taken)
        kept = await _kept(request) if "photos" in FIELDS[act] else []
        payload: dict[str, Any] = {"problem": id}
        for name in FIELDS[act]:
            payload[name] = getattr(given, name, kept)
        if payload.get("due_on", "") is None:
            raise Refusal("problem.blank").at("due_on")
        await perform(request, f"problems.{act}", payload, given._id)
    except Refusal as refusal:
        return await _problem(request, id, act, refusal, kept)
    return Redirect(f"/problems/{id}", status_code=303)


async def _kept(request: Asked) -> list[str]:
    """The photos of a form: those chosen now, and those that came with it before it was sent back for a correction."""
    state, data = request.app.state, await request.form()
    before = [str(sha256) for sha256 in data.getall("kept", []) if is_sha256(str(sha256))]
    chosen = await forms.files(request, "photos")
    if len(before) + len(chosen) > MOST_PHOTOS:
        raise Refusal("input.too_large").at("photos")
    fresh = [await keep_bytes(state.ledger, state.store, content, request.user) for content in chosen]
    return list(dict.fromkeys([*before, *fresh]))


PAGES = (problem_list, responsibility_list, rectification_list, export, problem, take_step)
