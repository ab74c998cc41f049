"""Problems chosen on a list: what is to be done with all of them, how that goes row by row, what came of it, and the way back."""

import asyncio
import datetime as dt
import os
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect, Stream

from server.facilities import queries as facilities
from server.foundation import clock
from server.foundation.refusal import Refusal
from server.lists.rules import instant
from server.people.rules import id_for
from server.problems import files
from server.problems import queries as problems
from server.problems.rules import DEFAULT_DAYS, LEVELS
from server.problems.workflow import WORKFLOW
from server.selections import queries, rules
from server.selections.queries import Selection
from server.web import forms
from server.web.access import needs
from server.web.acts import perform
from server.web.files import attached_slowly
from server.web.render import lang_of, page

Asked = Request[Any, Any, Any]
PATIENCE = 1.5  # seconds in which what is small is done at once


@get("/selections", **needs(*rules.KEEPERS))
async def selections(request: Asked, after: FromQuery[str] = "") -> Response[Any]:
    return await _selections(request, after)


async def _selections(request: Asked, after: str = "", refusal: Refusal | None = None, query: str = "") -> Response[Any]:
    found, more = await queries.listed(request.user, after)
    return page(request, "selections/list.html", found=found, more=more, first=not after, states=rules.STATES, acts=rules.ACTS, refusal=refusal, query=query)


class Chosen(msgspec.Struct):
    """The form. scope: ticked, page or all; shown: the page's ids; query: the filters; at: when the list was shown."""

    _id: str
    scope: str = "ticked"
    problem: tuple[str, ...] = ()
    shown: str = ""
    query: str = ""
    at: str = ""


@post("/selections", **needs(*rules.KEEPERS), status_code=200)
async def choose(request: Asked) -> Response[Any]:
    """What is filtered is taken as it stood when the list was shown: what has changed since is left out, and counted."""
    query = ""
    try:
        given = await forms.form(request, Chosen)
        id, query = id_for(given._id, "selection"), given.query
        if await queries.find(request.user, id) is None:
            await perform(request, "selections.choose", {"id": id, "query": query, **await _meant(request, given)}, given._id)
    except Refusal as refusal:
        if refusal.code != "command.differs":  # a double tap, with something changed between the two: what came first is shown
            return await _selections(request, refusal=refusal, query=query)
    return Redirect(f"/selections/{id}", status_code=303)


async def _meant(request: Asked, given: Chosen) -> dict[str, Any]:
    if given.scope == "all":
        ids, since_changed = await problems.fitting(request.user, given.query, instant(given.at) or clock.now(), rules.MOST + 1)
        return {"problems": ids, "since_changed": since_changed}
    return {"problems": [id for id in given.shown.split(",") if id] if given.scope == "page" else given.problem}


# One selection


async def _found(request: Asked, id: str) -> Selection:
    found = await queries.find(request.user, id)
    if found is None:
        raise Refusal("not_found")
    if found.is_working:
        request.app.state.walks.wake(id)
    return found


@get("/selections/{id:str}", **needs(*rules.KEEPERS))
async def show(request: Asked, id: FromPath[str], outcome: FromQuery[str] = "", after: FromQuery[str] = "") -> Response[Any]:
    found = await _found(request, id)
    if "hx-request" in request.headers and not found.is_working:
        return Response(b"", headers={"hx-redirect": f"/selections/{id}", "cache-control": "no-store"})
    return await _show(request, found, outcome=outcome, after=after)


async def _show(request: Asked, found: Selection, refusal: Refusal | None = None, act: str = "", outcome: str = "", after: str = "") -> Response[Any]:
    place = int(after) if after.isdecimal() and after.isascii() and len(after) < 9 else -1
    lines, more = ([], None) if found.is_working else await queries.lines(request.user, found.id, outcome, place)
    of_one = {line.problem.facility_id for line in lines if line.problem}
    duties = await facilities.duties(of_one.pop()) if len(of_one) == 1 and found.total <= queries.PAGE else ()
    typed = await forms.fields(request) if refusal else {name: str(value or "") for name, value in msgspec.structs.asdict(found.given).items()}
    return page(
        request, "selections/show.html", part="selections/_progress.html", found=found, lines=lines, more=more, outcome=outcome if outcome in rules.OUTCOMES else "",
        counts=await queries.counts(found.id), notices=await queries.notices_of(found.id), refusal=refusal, act=act or found.act, given=typed, days=DEFAULT_DAYS,
        states=rules.STATES, acts=rules.ACTS, outcomes=rules.OUTCOMES, levels=LEVELS, workflow=WORKFLOW,
        persons=list(dict.fromkeys(duty.person for duty in duties if duty.party != "department")),
    )  # fmt: skip


@get("/selections/{id:str}/xlsx", **needs(*rules.KEEPERS))
async def export(request: Asked, id: FromPath[str]) -> Stream:
    """The ledger's file of exactly these problems, as far as the reader sees them now."""
    found = await _found(request, id)
    file = await files.made_of(request.user, await queries.ids(found.id), lang_of(request), clock.today().isoformat())
    return attached_slowly(files.chunks(file), f"dugai-problems-{clock.today().isoformat()}.xlsx", **{"content-length": str(os.fstat(file.fileno()).st_size)})


class Typed(msgspec.Struct):
    person: str = ""
    sponsor: str = ""
    due_on: dt.date | None = None
    reason: str = ""


@post("/selections/{id:str}/{step:str}", **needs(*rules.KEEPERS), status_code=200)
async def go_on(request: Asked, id: FromPath[str], step: FromPath[str]) -> Response[Any]:
    """step: check (with an act and what is typed for it), do or undo. It goes on by itself, and the page says how far it is."""
    await _found(request, id)
    typed = await forms.fields(request)
    act = typed.get("act", "")
    try:
        payload: dict[str, Any] = {"selection": id}
        if step == "check":
            payload |= {"act": act, "given": await forms.form(request, Typed)}
        elif step == "undo":
            payload["reason"] = typed.get("reason", "")
        elif step != "do":
            raise Refusal("not_found")
        await perform(request, f"selections.{step}", payload, typed.get("_id", ""))
    except Refusal as refusal:
        if refusal.code == "not_found":
            raise
        return await _show(request, await _found(request, id), refusal, act)
    await asyncio.wait([request.app.state.walks.wake(id)], timeout=PATIENCE)
    return Redirect(f"/selections/{id}", status_code=303)


PAGES = (selections, choose, show, export, go_on)
