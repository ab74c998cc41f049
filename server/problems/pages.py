"""The three lists, one problem with its history, and every step that a desk can take with it."""

import datetime as dt
import os
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect, Stream

from server.checklists.queries import newest
from server.documents.rules import MOST_ROWS
from server.facilities import queries as facilities
from server.facilities.rules import PARTIES, TYPES
from server.foundation import clock
from server.foundation.refusal import Refusal
from server.foundation.words import Words
from server.ledger.queries import Happening, history
from server.lists import queries as lists
from server.lists.commands import look
from server.lists.rules import LONGEST_NAME
from server.people import queries as people
from server.people.rules import id_for
from server.photos import queries as photos
from server.photos.commands import keep_bytes
from server.photos.rules import LIMIT, is_sha256
from server.problems import document, files, queries, rules, sheets, workflow
from server.problems.extensions import STATES
from server.problems.filters import AGAIN, MARK_WORDS, Filters, known
from server.problems.flags import KINDS
from server.web import forms
from server.web.access import alike, needs
from server.web.acts import perform
from server.web.documents import handed_out
from server.web.files import attached_slowly
from server.web.render import lang_of, page, shell
from server.workdays.queries import corrections

Asked = Request[Any, Any, Any]
MOST_PHOTOS, MOST_NAMED = 6, 3
ONLY_OPEN = Words("未销号", "Open")
FINDS = ("problem.recorded", "problem.observed")  # their photos show what fails, but for those of what was fixed at once
SHOWN_AS = {
    **dict.fromkeys(FINDS, Words("立行立改", "Fixed on the spot")), "problem.progressed": Words("整改进展", "Progress"),
    "problem.reported": Words("整改报告", "Reported"), "problem.rechecked": Words("复查通过", "Re-check passed"), "problem.returned": Words("复查不通过", "Re-check failed"),
}  # fmt: skip
OFFICERS_ONLY = ("problem.referred", "problem.referral_ended")  # to whom a problem was referred is no news for the facility


@get("/recheck", **alike)
async def recheck(request: Asked) -> Response[bytes]:
    """A re-check on site: a shell that a phone keeps; which problem it is stays in the part of the address that never leaves the phone."""
    return shell(request, "problems/recheck.html")


@get("/todo", **alike)
async def todo(request: Asked) -> Response[bytes]:
    """What is asked of a facility's contact: a shell, as are the next two."""
    return shell(request, "problems/todo.html")


@get("/todo/problem", **alike)
async def task(request: Asked) -> Response[bytes]:
    """A problem, and the step that its facility takes."""
    return shell(request, "problems/task.html")


def _filters(request: Asked) -> Filters:
    """What the address says; what it says wrongly says nothing."""
    said = {name: value.strip()[:100] for name, value in request.query_params.items() if name in Filters.__struct_fields__}
    filters = known(Filters(**said))
    return msgspec.structs.replace(filters, mark="") if filters.mark == "referred" and not _of_bureau(request) else filters


def _of_bureau(request: Asked) -> bool:
    return bool(request.user.is_any("inspector", "supervisor", "administrator", "auditor"))


async def _list(request: Asked, view: str) -> Response[Any]:
    return page(request, "problems/list.html", part="problems/_rows.html", **await facts(request, view))


async def facts(request: Asked, view: str) -> dict[str, Any]:
    """What the page of a list shows. Opening its first page is a look: what changed before it is no news the next time."""
    actor, filters, after = request.user, _filters(request), request.query_params.get("after", "")
    since = await _since(request, not after)
    found = await queries.listed(actor, filters, after, since)
    of_bureau = _of_bureau(request)  # a facility's contact has neither places nor check tables to choose from
    places = [(place.id, place.name) for place in await people.places(actor, kinds=("municipal", "district"))] if of_bureau else []
    checklists = [*((entry.key, entry.title) for entry in await newest(actor)), (rules.NO_CHECKLIST, rules.FROM_LEDGER)] if of_bureau else []
    said = filters.said(await _names(request, filters))
    return {
        "view": view, "lists": sheets.LISTS, "found": found, "filters": filters, "workflow": workflow.WORKFLOW, "levels": rules.LEVELS,
        "parties": PARTIES, "types": TYPES, "most": queries.MOST_COUNTED, "since": since, "first": not after, "places": places,
        "checklists": checklists, "saved": await lists.saved(actor, queries.LIST), "states": [(state.key, state.words) for state in workflow.WORKFLOW.states],
        "said": [(words, filters.without(name)) for name, words in said], "waits": bool(workflow.waiting(actor)),
        "marks_said": {key: words for key, words in MARK_WORDS.items() if of_bureau or key != "referred"},
        "again": [(key, words) for key, (words, _) in AGAIN.items()],
        "picks": "pick" in request.query_params and actor.is_any("supervisor"), "at": clock.now().isoformat(),
        "name": " ".join(words.into(lang_of(request)) for _, words in said)[:LONGEST_NAME],
    }  # fmt: skip


async def _names(request: Asked, filters: Filters) -> dict[str, str]:
    """What the place, facility and check table that are filtered are called, as far as the reader may know."""
    facility = await facilities.facility(request.user, filters.facility) if filters.facility else None
    place = await people.place_for(request.user, filters.place) if filters.place else None
    titles = {entry.key: entry.title.into(lang_of(request)) for entry in await newest(request.user)} if filters.checklist else {}
    titles[rules.NO_CHECKLIST] = rules.FROM_LEDGER.into(lang_of(request))
    return {**titles, filters.facility: facility.name if facility else "—", filters.place: place.name if place else "—"}


async def _since(request: Asked, opened: bool) -> dt.datetime:
    """From when on a change is news to the reader."""
    return await look(request.app.state.ledger, request.user, queries.LIST) if opened else await lists.seen_since(request.user, queries.LIST)


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
async def export(request: Asked) -> Stream:
    """Exactly what is filtered: the ledger and, unless there are very many, the three lists."""
    filters, lang = _filters(request), lang_of(request)
    file = await files.made(request.user, filters, await _since(request, False), lang, await _filtered(request, filters))
    size = str(os.fstat(file.fileno()).st_size)
    return attached_slowly(files.chunks(file), f"dugai-problems-{clock.today().isoformat()}.xlsx", **{"content-length": size})


async def _filtered(request: Asked, filters: Filters) -> str:
    """Whose list it is, the day, and what is filtered: on paper nothing else says that it is of open problems only."""
    actor, lang = request.user, lang_of(request)
    of = [place.name for place in await people.places(actor) if place.path in actor.paths()] if not (filters.place or filters.facility) else []
    meant = [ONLY_OPEN.into(lang)] if filters.states == workflow.OPEN else []
    return "　".join([*of[:MOST_NAMED], clock.today().isoformat(), *meant, *(words.into(lang) for _, words in filters.said(await _names(request, filters)))])


@get("/problems/lists/{view:str}/{way:str}", **needs())
async def list_on_paper(request: Asked, view: FromPath[str], way: FromPath[str]) -> Response[Any]:
    """What is filtered, as one of the lists on A4 across."""
    if view not in sheets.LISTS:
        raise Refusal("not_found")
    filters, lang = _filters(request), lang_of(request)
    found = await queries.first(request.user, filters, await _since(request, False), MOST_ROWS + 1)
    named = [one if rules.may_have_names(request.user, one.place_path) else rules.masked(one) for one in found]
    return await handed_out(request, document.listed(view, named, await _filtered(request, filters), filters.query(), lang), way)


@get("/problems/{id:str}/papers/{seq:int}/{way:str}", **needs())
async def on_paper(request: Asked, id: FromPath[str], seq: FromPath[int], way: FromPath[str]) -> Response[Any]:
    """A report or the opinion of a re-check, by its place in the history."""
    found = await queries.problem(request.user, id)
    if found is None:
        raise Refusal("not_found")
    before = [use.sha256 for use in await photos.uses([id]) if use.role in document.BEFORE]
    return await handed_out(request, document.paper(found, await history(id), seq, before, lang_of(request)), way)


@get("/problems/{id:str}", **needs())
async def problem(request: Asked, id: FromPath[str]) -> Response[Any]:
    return await _problem(request, id)


async def _problem(request: Asked, id: str, act: str = "", refusal: Refusal | None = None, kept: Sequence[str] = ()) -> Response[Any]:
    found = await queries.problem(request.user, id)
    if found is None:
        raise Refusal("not_found")
    duties = await facilities.duties(found.facility_id)
    is_officer = rules.may_have_names(request.user, found.place_path)
    relapse = await queries.problem(request.user, found.relapse_of) if found.relapse_of else None
    told, uses = await _told(found, is_officer), await photos.uses([id])
    return page(
        request, "problems/show.html", problem=found, relapse=relapse, acts=workflow.acts(msgspec.structs.asdict(found), request.user), history=told,
        before=[use.sha256 for use in uses if use.role in ("before", "finding")], rounds=_rounds(told, uses)[::-1], shown_as=SHOWN_AS,
        extensions=await queries.extensions(id), flags=[one for one in await queries.flags(id) if is_officer or one.kind != "referred"],
        extension_states=STATES, flag_kinds=KINDS,
        workflow=workflow.WORKFLOW, aside=workflow.ASIDE, papers=document.PAPERS, levels=rules.LEVELS, parties=PARTIES, duties=duties, act=act, refusal=refusal,
        due=rules.due_after(clock.today(), found.severity, await corrections(found.place_path)), given=await forms.fields(request) if refusal else {}, kept=kept,
    )  # fmt: skip


async def _told(problem: queries.Problem, is_officer: bool) -> list[Happening]:
    """What happened to the problem and to its notice, each thing once: that it was issued is the problem's own event. When it was found, its visit knows best."""
    told = await history(problem.id, *([problem.notice_id] if problem.notice_id else []))
    return [
        msgspec.structs.replace(one, device_at=problem.found_at) if one.kind == "problem.recorded" else one
        for one in told
        if one.kind != "notice.issued" and (is_officer or one.kind not in OFFICERS_ONLY)
    ]


def _rounds(told: Sequence[Happening], uses: Sequence[photos.Use]) -> list[tuple[Happening, list[str]]]:
    """Every step that shows how it looks since, with its photos: to be laid beside those of what was found."""
    at_once = {use.sha256 for use in uses if use.role == "after"}
    steps = [(one, [sha256 for sha256 in one.data.get("photos", ()) if one.kind not in FINDS or sha256 in at_once]) for one in told if one.kind in SHOWN_AS]
    return [(one, shas) for one, shas in steps if shas]


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
    to: str = ""
    document: str = ""
    extension: str = ""
    due_on: dt.date | None = None
    wished_on: dt.date | None = None
    round: int = 0


FIELDS = {
    "plan": ("cause", "measures", "person", "round"), "accept_plan": (), "return_plan": ("reason",), "progress": ("text", "photos", "round"),
    "report": ("text", "photos", "round"), "pass": ("record", "photos"), "fail": ("record", "due_on", "photos"), "close": (), "withdraw": ("reason",),
    "ask_extension": ("wished_on", "reason", "round"), "grant_extension": ("extension", "due_on", "reason"), "refuse_extension": ("extension", "reason"),
    "supervise": ("to", "document", "reason"), "end_supervision": ("reason",), "refer": ("to", "document", "reason"), "end_referral": ("reason",),
    "assign": ("person", "sponsor"), "set_due": ("due_on", "reason"),
}  # fmt: skip
NAMED = ("plan", "progress", "report", "ask_extension", "supervise", "refer")  # what makes a record of its own


@post("/problems/{id:str}/{act:str}", **needs(), status_code=200, request_max_body_size=MOST_PHOTOS * LIMIT)
async def take_step(request: Asked, id: FromPath[str], act: FromPath[str]) -> Response[Any]:
    """One step of the workflow. Photos are looked at and kept before the command that names them."""
    found = await queries.problem(request.user, id)
    if found is None or act not in FIELDS:
        raise Refusal("not_found")
    kept: list[str] = []
    try:
        workflow.check_role(found.place_path, act, request.user)  # the rest is judged with the command: a second click is the same act
        given = await forms.form(request, Taken)
        kept = await _kept(request) if "photos" in FIELDS[act] else []
        payload: dict[str, Any] = {"problem": id, **({"id": id_for(given._id, act)} if act in NAMED else {})}
        for name in FIELDS[act]:
            payload[name] = getattr(given, name, kept)
        if blank := next((name for name in ("due_on", "wished_on") if payload.get(name, "") is None), ""):
            raise Refusal("problem.blank").at(blank)
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


PAGES = (recheck, todo, task, problem_list, responsibility_list, rectification_list, export, list_on_paper, on_paper, problem, take_step)
