"""The overview of a place, as a page."""

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromQuery

from server.checklists import queries as checklists
from server.foundation import clock
from server.foundation.refusal import Refusal
from server.overview import queries, rules
from server.problems.queries import MOST_COUNTED, waiting_for
from server.problems.rules import LEVELS
from server.web.access import needs
from server.web.render import page

Asked = Request[Any, Any, Any]


@get("/overview", **needs("inspector", "supervisor", "administrator", "auditor"))
async def overview(request: Asked, place: FromQuery[str] = "") -> Response[Any]:
    """Of all that the reader reaches, or of one place within it."""
    actor = request.user
    top = await queries.place(actor, place) if place else None
    if place and top is None:
        raise Refusal("not_found")
    titles = {entry.key: entry.title for entry in reversed(await checklists.published(actor))}
    sums = await queries.sums([top.path] if top else actor.paths())
    places, is_cut = await queries.by_place(actor, top)
    return page(
        request, "overview/show.html", top=top, found=rules.overview(sums, queries.filter_of(top) if top else {}, titles), places=places, is_cut=is_cut,
        above=await queries.place(actor, top.parent_id) if top and top.parent_id else None, levels=LEVELS, waits=await waiting_for(actor) if top is None else 0, most=MOST_COUNTED, now=clock.now(), span=rules.WEEKS,
    )  # fmt: skip


PAGES = (overview,)
