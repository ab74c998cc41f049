"""The inspector's pages, which are shells that a phone keeps; and visits as the desk reads them."""

import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from server.checklists import queries as checklists
from server.checklists.answers import Answer, asked
from server.checklists.rules import Checklist, Item
from server.facilities import queries as facilities
from server.facilities.rules import PARTIES, TYPES
from server.foundation.refusal import Refusal
from server.inspections import amending, document, entering, queries, rules, said, typed
from server.inspections.entering import Entered, Sheet
from server.inspections.filters import Filters, known
from server.inspections.papers import ENTERERS
from server.ledger.queries import history
from server.lists import queries as lists
from server.lists.commands import look
from server.lists.rules import LONGEST_NAME
from server.notices import queries as notices
from server.notices.rules import DELIVERIES
from server.people import queries as people
from server.photos.commands import keep_bytes
from server.photos.rules import LIMIT, is_sha256
from server.plans import queries as plans
from server.plans.rules import KINDS, MODES
from server.problems import queries as problems
from server.problems.rules import LEVELS
from server.problems.workflow import WORKFLOW
from server.web import forms
from server.web.access import alike, needs
from server.web.acts import perform
from server.web.documents import handed_out
from server.web.render import lang_of, page, script, shell

Asked = Request[Any, Any, Any]
LIST = "visits"
MOST_UPLOADS = 40  # photos with one form
UPLOADS = 8 * LIMIT
PHOTOS = re.compile(r"sheets|n\.\d{1,3}\.(photos|after)")


@get("/today", **alike)
async def today(request: Asked) -> Response[bytes]:
    return shell(request, "inspections/today.html")


@get("/visit/start", **alike)
async def start(request: Asked) -> Response[bytes]:
    return shell(request, "inspections/start.html")


@get("/visit/sign", **alike)
async def sign(request: Asked) -> Response[bytes]:
    return shell(request, "inspections/sign.html")


@get("/outbox", **alike)
async def outbox(request: Asked) -> Response[bytes]:
    return shell(request, "inspections/outbox.html")


@get("/this-phone", **alike)
async def this_phone(request: Asked) -> Response[bytes]:
    return shell(request, "inspections/this_phone.html")


@get("/visit/{key:str}/{version:int}", **alike)
async def form(request: Asked, key: FromPath[str], version: FromPath[int]) -> Response[bytes]:
    """A published version as the check table: everything asked on site, printed once, shown as a visit needs."""
    found = await checklists.checklist(key, version)
    if found is None:
        raise Refusal("not_found")
    onsite = {part.key: found.on_site(part.key) for part in found.parts}
    facts = {"items": [_fact(item) for items in onsite.values() for item in items]}
    return shell(request, "inspections/form.html", checklist=found, onsite=onsite, facts=script(facts))


def _fact(item: Item) -> dict[str, Any]:
    """What scripts must know of an item."""
    return {
        "key": item.key, "question": item.question, "basis": {"clause": item.basis.clause}, "severity": item.severity, "party": item.party,
        "pass_when": item.pass_when if item.fields else None, "show_if": item.show_if, "findings": item.findings,
    }  # fmt: skip


# Visits that were taken in


@get("/visits", **needs())
async def visits(request: Asked, after: FromQuery[str] = "") -> Response[Any]:
    """Opening the first page is a look: what came in before it is no news the next time."""
    actor, filters, seq = request.user, known(forms.filters(request, Filters)), await queries.latest()  # first the place, then the list: nothing falls between them
    since = await look(request.app.state.ledger, actor, LIST) if not after else await lists.seen_since(actor, LIST)
    found = await queries.visits(actor, filters, after, since)
    facility = await facilities.facility(actor, filters.facility) if filters.facility else None
    places, inspectors = await people.places(actor, kinds=("municipal", "district")), await queries.inspectors_below(actor)
    names = {**{place.id: place.name for place in places}, **dict(inspectors), filters.facility: facility.name if facility else "—"}
    said = filters.said(names)
    return page(
        request, "inspections/list.html", found=found[: queries.PAGE], filters=filters, seq=seq, first=not after, since=since, most=queries.MOST_COUNTED,
        after=queries.place(filters, found[queries.PAGE - 1]) if len(found) > queries.PAGE else "", count=await queries.counted(actor, filters, since),
        places=[(place.id, place.name) for place in places], inspectors=inspectors, types=TYPES, may_enter=actor.is_any(*ENTERERS),
        saved=await lists.saved(actor, LIST), said=[(words, filters.without(name)) for name, words in said],
        name=" ".join(words.into(lang_of(request)) for _, words in said)[:LONGEST_NAME], **_words(),
    )  # fmt: skip


@get("/visits/news", **needs())
async def news(request: Asked, after: FromQuery[str] = "") -> Response[Any]:
    """What came in since this place in the history, as rows for the top of the list, which are seen by that; 204 for nothing."""
    filters, seq = known(forms.filters(request, Filters)), int(after) if after.isascii() and after.isdigit() and len(after) < 18 else await queries.latest()
    found = await queries.news(request.user, filters, seq)
    if found.seq == seq and after:
        return Response(None, status_code=204, headers={"cache-control": "no-store"})
    if found.visits:
        await look(request.app.state.ledger, request.user, LIST)
    return page(request, "inspections/_news.html", found=found.visits, filters=filters, seq=found.seq, **_words())


def _words() -> dict[str, Any]:
    return {"kinds": KINDS, "modes": MODES, "sources": rules.SOURCES}


@get("/visits/{id:str}", **needs())
async def visit(request: Asked, id: FromPath[str]) -> Response[Any]:
    """The record of a visit as it stands: 现场检查记录."""
    now = await _found(request, id)
    return await _record(request, now, now, await queries.versions(now))


@get("/visits/{id:str}/versions/{revision:int}", **needs())
async def version(request: Asked, id: FromPath[str], revision: FromPath[int]) -> Response[Any]:
    """The record as it stood before an amendment."""
    now = await _found(request, id)
    versions = await queries.versions(now)
    wanted = next((one.visit for one in versions if one.visit.revision == revision), None)
    if wanted is None:
        raise Refusal("not_found")
    return await _record(request, wanted, now, versions)


async def _found(request: Asked, id: str) -> queries.Visit:
    found = await queries.visit(request.user, id)
    if found is None:
        raise Refusal("not_found")
    return found


async def _table(visit: queries.Visit) -> Checklist:
    key, _, number = visit.checklist.rpartition("/")
    found = await checklists.checklist(key, int(number))
    assert found is not None  # published is for good
    return found


async def _record(request: Asked, shown: queries.Visit, now: queries.Visit, versions: list[queries.Version]) -> Response[Any]:
    checklist = await _table(now)
    told = amending.history([one.visit for one in versions] + [now], checklist)
    answers = {key: Answer(**answer) for key, answer in shown.answers.items()}
    became = {problem.id: problem for problem in await problems.some(request.user, [row["problem"] for row in shown.findings])}
    author = await _author(now)
    return page(
        request, "inspections/record.html", visit=shown, now=now, checklist=checklist, changes=list(zip(versions, told, strict=True)), history=await history(now.id), became=became,
        sections=said.sections(checklist, shown.facility_type, shown.parts, answers), bulk=sum(one.bulk for one in answers.values()),
        notes=said.notes(shown, author), in_bulk=said.in_bulk, on_paper=said.ON_PAPER,
        shots_of=await queries.shots(shown), signers=said.signers(shown.signatures), levels=LEVELS, parties=PARTIES, workflow=WORKFLOW, types=TYPES, planned=await plans.plan_of_visit(request.user, now.id),
        author=author,
        notices=await notices.of_visit(request.user, now.id), deliveries=DELIVERIES,
        to_issue=_to_issue(request, now, became.values()) if shown is now else "",
        may_amend=shown is now and amending.may_amend(now.place_path, [id for id, _ in now.inspectors], request.user), **_words(),
    )  # fmt: skip


async def _author(visit: queries.Visit) -> str:
    return (await people.names([visit.author_id])).get(visit.author_id, "")


@get("/visits/{id:str}/paper/{way:str}", **needs())
async def on_paper(request: Asked, id: FromPath[str], way: FromPath[str]) -> Response[Any]:
    """The record as it stands, as a paper: also a copy for whoever signed it."""
    found = await _found(request, id)
    table = await _table(found)
    sections = said.sections(table, found.facility_type, found.parts, {key: Answer(**answer) for key, answer in found.answers.items()})
    record = document.Record(found, table, sections, await queries.shots(found), await _author(found), await queries.bureau(found))
    return await handed_out(request, document.paper(record, lang_of(request)), way)


def _to_issue(request: Asked, visit: queries.Visit, found: Iterable[problems.Problem]) -> str:
    """The first of its problems that this reader may issue, "" for none."""
    waiting = (one.id for one in found if one.state == "recorded" and one.visit_id == visit.id)
    return next(waiting, "") if request.user.has("supervisor", visit.place_path) else ""


# Amending


@get("/visits/{id:str}/amend", **needs("inspector", "supervisor"))
async def amend_form(request: Asked, id: FromPath[str]) -> Response[Any]:
    now = await _amendable(request, id)
    return await _amend(request, now, {key: Answer(**answer) for key, answer in now.answers.items()}, [])


async def _amendable(request: Asked, id: str) -> queries.Visit:
    found = await _found(request, id)
    if not amending.may_amend(found.place_path, [person for person, _ in found.inspectors], request.user):
        raise Refusal("not_allowed")
    return found


async def _amend(
    request: Asked, now: queries.Visit, answers: dict[str, Answer], lines: list[typed.Line], refusal: Refusal | None = None
) -> Response[Any]:
    checklist = await _table(now)
    every, shown = asked(checklist, now.facility_type, now.parts, answers)
    signer = now.signatures.get("facility", {})
    plain = {"kind": now.kind, "mode": now.mode, "signer": signer.get("name", ""), "signer_title": signer.get("title", ""), "seen": now.revision}
    became = {problem.id: problem for problem in await problems.some(request.user, [row["problem"] for row in now.findings])}
    return page(
        request, "inspections/amend.html", status=refusal.entry.status if refusal else 200, visit=now, checklist=checklist, every=every, answers=answers,
        lines=typed.with_blanks(lines, [key for key in typed.failing(shown, answers) if key not in _noted(now)] + [""]), became=became, refusal=refusal,
        given={**plain, **await forms.fields(request)} if refusal else plain, back=(await request.form()).getall("taken_back", []) if refusal else [],
        levels=LEVELS, parties=PARTIES, workflow=WORKFLOW, **_words(),
    )  # fmt: skip


def _noted(visit: queries.Visit) -> set[str]:
    return {row.get("item", "") for row in visit.findings}


@post("/visits/{id:str}/amend", **needs("inspector", "supervisor"), status_code=200, request_max_body_size=UPLOADS)
async def amend(request: Asked, id: FromPath[str]) -> Response[Any]:
    now = await _amendable(request, id)
    data, kept = await request.form(), dict[str, list[str]]()
    seen = await _as_seen(now, str(data.get("seen", "")))
    before = {key: Answer(**answer) for key, answer in seen.answers.items()}
    every = asked(await _table(now), now.facility_type, now.parts, before)[0]
    answers = typed.completed(await _table(now), now.facility_type, now.parts, typed.answers(data, every.values()), rest=False)
    try:
        kept = await _kept(request)
        given = await forms.form(request, amending.Typed)
        lines = [line for line in typed.lines(data.multi_items(), kept) if line.is_used]
        payload = given.payload(id, seen.signatures.get("facility", {}), typed.changed(before, answers), [typed.finding(line, given._id, every) for line in lines])
        await perform(request, "inspections.amend", payload, given._id)
    except Refusal as refusal:
        return await _amend(request, now, answers, typed.lines(data.multi_items(), kept), refusal)
    return Redirect(f"/visits/{id}#amended", status_code=303)


async def _as_seen(now: queries.Visit, revision: str) -> queries.Visit:
    """The record that was open: what the form changed is told from it, so that a double click is the same act."""
    return next((one.visit for one in await queries.versions(now) if str(one.visit.revision) == revision), now)


async def _kept(request: Asked) -> dict[str, list[str]]:
    """A form's photos by the name of their field: those chosen now are looked at and kept; `kept.NAME` came before a correction."""
    state, found, count = request.app.state, dict[str, list[str]](), 0
    for name, value in (await request.form()).multi_items():
        if isinstance(value, str):
            if name.startswith("kept.") and is_sha256(value):
                found.setdefault(name.removeprefix("kept."), []).append(value)
        elif PHOTOS.fullmatch(name) and (content := await value.read()):
            count += 1
            if count > MOST_UPLOADS:
                raise Refusal("input.too_large").at(name)
            try:
                found.setdefault(name, []).append(await keep_bytes(state.ledger, state.store, content, request.user))
            except Refusal as refusal:
                raise refusal.at(name) from None
    return {name: list(dict.fromkeys(shas)) for name, shas in found.items()}


# A paper visit, entered afterwards


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
        kept = await _kept(request)
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
        table=msgspec.json.encode(found).decode(), people=await queries.inspectors_at(sheet.facility.path), levels=LEVELS, parties=PARTIES, **_words(),
        same=await queries.on_the_same_day(request.user, sheet.facility.id, on) if on else [], planned=await plans.due_at(request.user, sheet.facility.path),
    )  # fmt: skip


PAGES = (today, start, sign, outbox, this_phone, form, visits, news, visit, on_paper, version, amend_form, amend, enter_form, enter)
