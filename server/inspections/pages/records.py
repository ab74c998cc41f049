"""Visits that were taken in, as the desk reads them: the list, and the record of each."""

from collections.abc import Iterable
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery

from server.checklists import queries as checklists
from server.checklists.answers import Answer
from server.checklists.rules import Checklist
from server.facilities import queries as facilities
from server.facilities.rules import PARTIES, TYPES
from server.foundation.refusal import Refusal
from server.inspections import amendments, changes, document, queries, rules, said
from server.inspections.filters import Filters, known
from server.inspections.papers import ENTERERS
from server.ledger.queries import history
from server.lists import queries as lists
from server.lists.commands import look
from server.lists.rules import LONGEST_NAME
from server.notices import queries as notices
from server.notices.rules import DELIVERIES
from server.people import queries as people
from server.plans import queries as plans
from server.plans.rules import KINDS, MODES
from server.problems import queries as problems
from server.problems.rules import LEVELS
from server.problems.workflow import WORKFLOW
from server.web import forms
from server.web.access import needs
from server.web.documents import handed_out
from server.web.render import lang_of, page

Asked = Request[Any, Any, Any]
LIST = "visits"
WORDS: dict[str, Any] = {"kinds": KINDS, "modes": MODES, "sources": rules.SOURCES}


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
        name=" ".join(words.into(lang_of(request)) for _, words in said)[:LONGEST_NAME], **WORDS,
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
    return page(request, "inspections/_news.html", found=found.visits, filters=filters, seq=found.seq, **WORDS)


@get("/visits/{id:str}", **needs())
async def visit(request: Asked, id: FromPath[str]) -> Response[Any]:
    """The record of a visit as it stands: 现场检查记录."""
    now = await found_for(request, id)
    return await _record(request, now, now, await queries.versions(now))


@get("/visits/{id:str}/versions/{revision:int}", **needs())
async def version(request: Asked, id: FromPath[str], revision: FromPath[int]) -> Response[Any]:
    """The record as it stood before an amendment."""
    now = await found_for(request, id)
    versions = await queries.versions(now)
    wanted = next((one.visit for one in versions if one.visit.revision == revision), None)
    if wanted is None:
        raise Refusal("not_found")
    return await _record(request, wanted, now, versions)


async def found_for(request: Asked, id: str) -> queries.Visit:
    found = await queries.visit(request.user, id)
    if found is None:
        raise Refusal("not_found")
    return found


async def checklist_of(visit: queries.Visit) -> Checklist:
    key, _, number = visit.checklist.rpartition("/")
    found = await checklists.checklist(key, int(number))
    assert found is not None  # published is for good
    return found


async def _record(request: Asked, shown: queries.Visit, now: queries.Visit, versions: list[queries.Version]) -> Response[Any]:
    checklist = await checklist_of(now)
    told = changes.history([one.visit for one in versions] + [now], checklist)
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
        may_amend=shown is now and amendments.may_amend(now.place_path, [id for id, _ in now.inspectors], request.user), **WORDS,
    )  # fmt: skip


async def _author(visit: queries.Visit) -> str:
    return (await people.names([visit.author_id])).get(visit.author_id, "")


@get("/visits/{id:str}/paper/{way:str}", **needs())
async def on_paper(request: Asked, id: FromPath[str], way: FromPath[str]) -> Response[Any]:
    """The record as it stands, as a paper: also a copy for whoever signed it."""
    found = await found_for(request, id)
    table = await checklist_of(found)
    sections = said.sections(table, found.facility_type, found.parts, {key: Answer(**answer) for key, answer in found.answers.items()})
    record = document.Record(found, table, sections, await queries.shots(found), await _author(found), await queries.bureau(found))
    return await handed_out(request, document.paper(record, lang_of(request)), way)


def _to_issue(request: Asked, visit: queries.Visit, found: Iterable[problems.Problem]) -> str:
    """The first of its problems that this reader may issue, "" for none."""
    waiting = (one.id for one in found if one.state == "recorded" and one.visit_id == visit.id)
    return next(waiting, "") if request.user.has("supervisor", visit.place_path) else ""


PAGES = (visits, news, visit, version, on_paper)
