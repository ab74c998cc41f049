"""The inspector's pages, which are shells that a phone keeps; and visits as the desk reads them."""

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery

from server.checklists import queries as checklists
from server.checklists.rules import Answer, Item, standing
from server.facilities.rules import PARTIES
from server.foundation.refusal import Refusal
from server.inspections import queries, rules
from server.photos import queries as photos
from server.problems import queries as problems
from server.problems.rules import LEVELS, WORKFLOW
from server.web.access import alike, needs
from server.web.render import page, script, shell

Asked = Request[Any, Any, Any]


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
        "pass_when": item.pass_when if item.fields else None, "findings": item.findings,
    }  # fmt: skip


@get("/visits", **needs())
async def visits(request: Asked, facility: FromQuery[str] = "", after: FromQuery[str] = "") -> Response[Any]:
    found = await queries.visits(request.user, facility, after)
    last = found[queries.PAGE - 1] if len(found) > queries.PAGE else None
    return page(
        request, "inspections/list.html", found=found[: queries.PAGE], facility=facility, kinds=rules.KINDS, modes=rules.MODES,
        after=f"{last.finished_at.isoformat()}~{last.id}" if last else "",
    )  # fmt: skip


@get("/visits/{id:str}", **needs())
async def visit(request: Asked, id: FromPath[str]) -> Response[Any]:
    """The record of a visit: 现场检查记录."""
    found = await queries.visit(request.user, id)
    if found is None:
        raise Refusal("not_found")
    key, _, version = found.checklist.rpartition("/")
    checklist = await checklists.checklist(key, int(version))
    assert checklist is not None  # published is for good
    asked = [item for item in checklist.items if item.key in found.answers]
    stands = {item.key: standing(item, Answer(**found.answers[item.key])) for item in asked}
    observed = await problems.some(request.user, [row["problem"] for row in found.findings])
    return page(
        request, "inspections/record.html", visit=found, checklist=checklist, asked=asked, stands=stands, problems=observed,
        signatures=await photos.uses([id]), kinds=rules.KINDS, modes=rules.MODES, levels=LEVELS, parties=PARTIES, workflow=WORKFLOW,
    )  # fmt: skip


PAGES = (today, start, sign, outbox, form, visits, visit)
