"""Which check tables there are, and what each of them asks: for everybody who is signed in to read."""

from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from server.checklists import queries
from server.facilities.rules import PARTIES, TYPES
from server.foundation.refusal import Refusal
from server.web.access import needs
from server.web.render import page

Asked = Request[Any, Any, Any]


@get("/checklists", **needs())
async def checklists(request: Asked) -> Response[Any]:
    return page(request, "checklists/list.html", found=await queries.published())


@get("/checklists/{key:str}/{version:int}", **needs())
async def checklist(request: Asked, key: FromPath[str], version: FromPath[int]) -> Response[Any]:
    found = await queries.checklist(key, version)
    if found is None:
        raise Refusal("not_found")
    return page(request, "checklists/show.html", checklist=found, types=TYPES, parties=PARTIES)


PAGES = (checklists, checklist)
