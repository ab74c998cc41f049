"""Notices: the list, issuing the problems of a visit, one notice and how it was delivered."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from server.facilities import queries as facilities
from server.foundation import clock
from server.foundation.refusal import Refusal
from server.ledger.queries import history
from server.notices import document, queries, rules
from server.people.rules import id_for
from server.photos import queries as photos
from server.problems import queries as problems
from server.problems.rules import DEFAULT_DAYS, LEVELS, due_preset
from server.problems.workflow import WORKFLOW
from server.web import forms
from server.web.access import alike, needs
from server.web.acts import perform
from server.web.documents import handed_out
from server.web.render import lang_of, page, shell
from server.workdays.queries import corrections

Asked = Request[Any, Any, Any]
CHIPS = {"waiting": "", "signed": "signed", "paper": "paper", "refused": "refused", "taken_back": "taken_back"}  # as the address says it → as it is kept


@get("/todo/notice", **alike)
async def to_sign(request: Asked) -> Response[bytes]:
    """A notice as its facility reads it and signs for it: a shell that a phone keeps."""
    return shell(request, "notices/sign.html")


@get("/notices", **needs())
async def notices(request: Asked, delivery: FromQuery[str] = "", q: FromQuery[str] = "", after: FromQuery[str] = "") -> Response[Any]:
    found = await queries.listed(request.user, CHIPS.get(delivery), q.strip()[:100], after)
    return page(
        request, "notices/list.html", found=found, delivery=delivery if delivery in CHIPS else "", q=q.strip()[:100], first=not after,
        most=queries.MOST_COUNTED, deliveries=rules.DELIVERIES,
    )  # fmt: skip


@get("/notices/new/{id:str}", **needs("supervisor"))
async def issue_form(request: Asked, id: FromPath[str]) -> Response[Any]:
    """What waits to be issued of the visit that found this problem, where the reader supervises."""
    found = await problems.to_issue(request.user, id)
    if not found:
        raise Refusal("not_found")
    return await _issue(request, found)


async def _issue(request: Asked, found: Sequence[problems.Problem], refusal: Refusal | None = None) -> Response[Any]:
    first = found[0]
    duties = await facilities.duties(first.facility_id)
    corrected = await corrections(first.place_path)
    given, ticked = (await forms.fields(request), (await forms.form(request, Ticked)).problem) if refusal else ({}, tuple(one.id for one in found))
    preset = {
        name: value for one in found for name, value in (
            (f"due_on:{one.id}", due_preset(one, clock.today(), corrected).isoformat()), (f"person:{one.id}", one.person),
            (f"sponsor:{one.id}", next((duty.person for duty in duties if duty.party == "department"), "")),
        )
    }  # fmt: skip
    return page(
        request, "notices/new.html", found=found, first=first, levels=LEVELS, days=DEFAULT_DAYS, typed={**preset, **given}, ticked=ticked, refusal=refusal,
        persons=list(dict.fromkeys(duty.person for duty in duties if duty.party != "department")),
    )  # fmt: skip


class Ticked(msgspec.Struct):
    problem: tuple[str, ...] = ()


@post("/notices", **needs("supervisor"), status_code=200)
async def issue(request: Asked) -> Response[Any]:
    given = await forms.fields(request)
    ticked = (await forms.form(request, Ticked)).problem
    id = given.get("_id", "")
    try:
        lines = [
            {"problem": one, "due_on": _day(given.get(f"due_on:{one}", ""), f"due_on:{one}"), "person": given.get(f"person:{one}", ""), "sponsor": given.get(f"sponsor:{one}", "")}
            for one in ticked
        ]  # fmt: skip
        await perform(request, "notices.issue", {"id": id_for(id, "notice"), "lines": lines}, id)
    except Refusal as refusal:
        found = await problems.to_issue(request.user, given.get("first", ""))
        if not found:
            raise
        return await _issue(request, found, refusal)
    return Redirect(f"/notices/{id_for(id, 'notice')}", status_code=303)


def _day(text: str, field: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise Refusal("problem.due").at(field) from None


@get("/notices/{id:str}", **needs())
async def notice(request: Asked, id: FromPath[str]) -> Response[Any]:
    return await _notice(request, await _found(request, id))


@get("/notices/{id:str}/paper/{way:str}", **needs())
async def on_paper(request: Asked, id: FromPath[str], way: FromPath[str]) -> Response[Any]:
    return await handed_out(request, document.paper(await _found(request, id), lang_of(request)), way)


async def _found(request: Asked, id: str) -> queries.Notice:
    found = await queries.notice(request.user, id)
    if found is None:
        raise Refusal("not_found")
    return found


async def _notice(request: Asked, found: queries.Notice, act: str = "", refusal: Refusal | None = None) -> Response[Any]:
    actor = request.user
    stand = {one.id: one for one in await problems.some(actor, [line.problem for line in found.lines])}
    return page(
        request, "notices/show.html", notice=found, stand=stand, levels=LEVELS, workflow=WORKFLOW, deliveries=rules.DELIVERIES, taken_back=rules.TAKEN_BACK, history=await history(found.id),
        ink=next((use.sha256 for use in await photos.uses([found.id]) if use.role == "signature"), ""),
        may_sign=not found.is_settled and actor.has("contact", found.place_path), act=act, refusal=refusal, given=await forms.fields(request) if refusal else {},
        may_note=not found.is_settled and any(actor.has(role, found.place_path) for role in rules.NOTERS),
        may_take_back=not found.delivery and any(actor.has(role, found.place_path) for role in rules.TAKERS_BACK),
    )  # fmt: skip


class Given(msgspec.Struct):
    """One of the forms; each reads the fields it needs."""

    _id: str
    on: dt.date | None = None
    signer: str = ""
    reason: str = ""
    first: str = ""
    second: str = ""


FIELDS = {"sign": (), "note_signed": ("signer", "on"), "note_refused": ("reason", "first", "second", "on"), "take_back": ("reason",)}
MAY = {"sign": rules.SIGNERS, "note_signed": rules.NOTERS, "note_refused": rules.NOTERS, "take_back": rules.TAKERS_BACK}


@post("/notices/{id:str}/{act:str}", **needs(), status_code=200)
async def deliver(request: Asked, id: FromPath[str], act: FromPath[str]) -> Response[Any]:
    found = await _found(request, id)
    if act not in FIELDS:
        raise Refusal("not_found")
    try:
        request.user.check_has(found.place_path, *MAY[act])
        given = await forms.form(request, Given)
        payload = {"notice": id, **{name: getattr(given, name) for name in FIELDS[act]}}
        if act == "sign":
            payload["id"] = id_for(given._id, "signing")
        elif "on" in payload and given.on is None:
            raise Refusal("notice.on").at("on")
        await perform(request, f"notices.{act}", payload, given._id)
    except Refusal as refusal:
        return await _notice(request, await _found(request, id), act, refusal)
    return Redirect(f"/notices/{id}", status_code=303)


PAGES = (to_sign, notices, issue_form, issue, notice, on_paper, deliver)
