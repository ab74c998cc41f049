"""The inspector's pages: shells that a phone keeps."""

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from server.checklists import queries as checklists
from server.checklists.rules import Item
from server.foundation.refusal import Refusal
from server.web.access import alike
from server.web.render import script, shell

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


PAGES = (today, start, sign, outbox, this_phone, form)
