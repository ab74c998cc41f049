"""One box over facilities, problems and visits."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, Response, get

from server.problems.rules import LEVELS
from server.problems.workflow import WORKFLOW
from server.search import queries, rules
from server.search.rules import Word
from server.search.subjects import Result, result, subjects
from server.web.access import needs
from server.web.render import page

Asked = Request[Any, Any, Any]
FEW, PAGE = 5, 20  # results of a kind beside others, and alone


class Group(msgspec.Struct, frozen=True):
    """The results of one kind. count stops at MOST_COUNTED + 1; more: the address of the next ones, or ""."""

    kind: str
    results: list[Result]
    count: int
    more: str


@get("/search", **needs())
async def search(request: Asked) -> Response[Any]:
    """`q`: what is looked for; `kind`: only facility, problem or visit; `before`: from after which entry on."""
    params = request.query_params
    typed, kind = params.get("q", "").strip()[: rules.MOST_TYPED], params.get("kind", "")
    kind = kind if kind in rules.KINDS else ""
    words = rules.asked(typed)
    before = params.get("before", "")
    whole = await request.app.state.index.catch_up() if words else True
    groups = [await _group(request, one, typed, words, kind, before) for one in rules.KINDS if kind in ("", one)] if words else []
    return page(
        request, "search/show.html", part="search/_more.html", q=typed, kind=kind, words=words, kinds=rules.KINDS, whole=whole,
        groups=[group for group in groups if group.results], most=queries.MOST_COUNTED, levels=LEVELS, workflow=WORKFLOW,
        address=address,
    )  # fmt: skip


async def _group(request: Asked, kind: str, typed: str, words: Sequence[Word], chosen: str, before: str) -> Group:
    most = PAGE if chosen else FEW
    place = int(before) if chosen and before.isascii() and before.isdecimal() and len(before) < 20 else None
    found = await queries.found(request.user, kind, words, most + 1, place)
    shown = await subjects(request.user, [hit.subject_id for hit in found.hits[:most]], kind)
    more = address(typed, kind, str(found.hits[most - 1].id) if chosen else "") if len(found.hits) > most else ""
    return Group(kind, [result(subject, words) for subject in shown], found.count, more)


def address(typed: str, kind: str = "", before: str = "") -> str:
    """The page for these words, with nothing in it that says nothing."""
    return "/search?" + urlencode({name: value for name, value in (("q", typed), ("kind", kind), ("before", before)) if value})


PAGES = (search,)
