"""/deposits: what came and was not taken in by itself, for supervisors to decide and for authors to see."""

import datetime as dt
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from server.deposits import queries, rules
from server.facilities.rules import PARTIES
from server.foundation import clock
from server.foundation.command import Command, canonical
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.inspections import queries as inspections
from server.ledger.perform import Ledger
from server.plans.rules import KINDS, MODES
from server.problems import queries as problems
from server.problems.rules import LEVELS, RECHECK
from server.problems.workflow import WORKFLOW as PROBLEM
from server.web import forms
from server.web.access import needs, own
from server.web.acts import perform
from server.web.render import page

Asked = Request[Any, Any, Any]
GROUPS = {"waiting": ("waiting",), "back": ("returned", "set_aside"), "done": ()}
ACTS = ("accept", "return", "set_aside", "take_up")


@get("/deposits", **own)
async def every_deposit(request: Asked, group: FromQuery[str] = "waiting", after: FromQuery[str] = "") -> Response[Any]:
    """By place and hour of arrival: those at the reader's places, and the reader's own."""
    group = group if group in GROUPS else "waiting"
    found = await (queries.deposits(request.user, GROUPS[group], after) if GROUPS[group] else queries.decided(request.user))
    return page(
        request, "deposits/list.html", found=found[: queries.PAGE], group=group, first=not after, workflow=rules.WORKFLOW, steps=rules.STEPS,
        after=queries.place(found[queries.PAGE - 1]) if len(found) > queries.PAGE else "",
    )  # fmt: skip


@get("/deposits/waiting", **own)
async def deposits_waiting(request: Asked) -> Response[Any]:
    """How many wait for this supervisor, and how many of one's own for another, as a part of other pages."""
    return page(request, "deposits/_waiting.html", count=await queries.waiting(request.user), mine=(await queries.waiting_of(request.user.id))[0])


@get("/deposits/{id:str}", **own)
async def deposit(request: Asked, id: FromPath[str]) -> Response[Any]:
    return await _deposit(request, await _kept(request, id))


async def _kept(request: Asked, id: str) -> queries.Whole:
    found = await queries.deposit(request.user, id)
    if found is None:
        raise Refusal("not_found")
    return found


async def _deposit(request: Asked, found: queries.Whole, act: str = "", refusal: Refusal | None = None) -> Response[Any]:
    decides = request.user.has("supervisor", found.place_path)
    against = await _against(request, found) if decides and rules.WORKFLOW.move("accept", found.state) else None
    payload = found.command["payload"]
    visit = await inspections.proposed(payload) if found.kind == "inspections.submit" else None
    recheck = await problems.proposed(request.user, payload) if found.kind == RECHECK else None
    return page(
        request, "deposits/show.html", deposit=found, acts=[move.act for move in rules.WORKFLOW.acts(found.state)] if decides else [], against=against,
        needs_day=bool(against and against.code in rules.CLOCKS) or found.code in rules.CLOCKS, clocks=rules.CLOCKS, workflow=rules.WORKFLOW, act=act,
        refusal=refusal, given=await forms.fields(request) if refusal else {}, visit=visit, recheck=recheck, step=rules.STEPS.get(found.kind),
        of=await problems.problem(request.user, rules.named(payload, "problem")) if found.kind in rules.STEPS else None, problem_workflow=PROBLEM, named=rules.named(payload, "problem"), fields=rules.shown(payload),
        kinds=KINDS, modes=MODES, levels=LEVELS, parties=PARTIES,
    )  # fmt: skip


async def _against(request: Asked, found: queries.Whole) -> Refusal | None:
    """What would stop taking it in even by hand, tried and not written."""
    payload = canonical({"deposit": found.id, "seen": found.state})
    ledger: Ledger = request.app.state.ledger
    return await ledger.tried(Command(new_id(), "deposits.accept", 1, clock.now(), request.user.id, payload), request.user)


class Given(msgspec.Struct):
    _id: str
    seen: str
    reason: str = ""
    on: dt.date | None = None


@post("/deposits/{id:str}/{act:str}", **needs("supervisor"), status_code=200)
async def decide(request: Asked, id: FromPath[str], act: FromPath[str]) -> Response[Any]:
    found = await _kept(request, id)
    if not request.user.sees(found.place_path):
        raise Refusal("not_found")
    if not request.user.has("supervisor", found.place_path) or act not in ACTS:
        raise Refusal("not_allowed" if act in ACTS else "not_found")
    try:
        given = await forms.form(request, Given)
        day = {"on": given.on} if act == "accept" and given.on else {}
        await perform(request, f"deposits.{act}", {"deposit": id, "seen": given.seen, "reason": given.reason, **day}, given._id)
    except Refusal as refusal:
        return await _deposit(request, await _kept(request, id), act, refusal)
    return Redirect(f"/deposits/{id}", status_code=303)


PAGES = (every_deposit, deposits_waiting, deposit, decide)
