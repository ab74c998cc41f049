"""Sheets of paper, one facility or a whole bureau at a time, and the address that stands on them."""

from typing import Any

import segno
from litestar import Request, Response, get
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from markupsafe import Markup

from server.facilities import queries, rules
from server.facilities.queries import Facility, Filters
from server.facilities.rules import Duty
from server.foundation.ids import short_code
from server.foundation.refusal import Refusal, declare, no
from server.web import forms
from server.web.access import needs
from server.web.render import origin_of, page

Asked = Request[Any, Any, Any]
EDITORS = ("administrator", "supervisor")
MOST = 500  # sheets in one go

declare(
    {
        "prints.many": no(
            422, "一次最多打印 {limit} 家", "At most {limit} facilities are printed in one go", "请按主管单位或类型筛选后再打印", "Filter by bureau or type first"
        ),
        "prints.none": no(404, "没有符合条件的机构", "No facility fits", "请返回机构列表调整条件", "Go back and change the filters"),
    }
)  # fmt: skip


@get("/f/{code:str}", **needs())
async def by_code(request: Asked, code: FromPath[str]) -> Redirect:
    """Where the printed code leads: an inspector to the start of a visit, everybody else to the facility."""
    found = await queries.coded(request.user, code)
    if found is None:
        raise Refusal("not_found")
    starts = request.user.has("inspector", found.path) and not found.is_closed
    return Redirect(f"/visit/start#facility={found.id}" if starts else f"/facilities/{found.id}", status_code=303)


@get("/facilities/{id:str}/duties", **needs())
async def duties(request: Asked, id: FromPath[str]) -> Response[Any]:
    """The list of who answers for what, to be printed; on the screen with those who did before."""
    found = await _found(request, id)
    may_change = any(request.user.has(role, found.path) for role in EDITORS)
    return _duties(request, [(found, await queries.duties(id))], f"/facilities/{id}", past=await queries.past_duties(id), may_change=may_change)


@get("/facilities/{id:str}/code", **needs(*EDITORS, "inspector"))
async def code(request: Asked, id: FromPath[str], size: FromQuery[str] = "") -> Response[Any]:
    return _codes(request, [await _found(request, id)], f"/facilities/{id}", size)


async def _found(request: Asked, id: str) -> Facility:
    found = await queries.facility(request.user, id)
    if found is None:
        raise Refusal("not_found")
    return found


@get("/facilities/print/{what:str}", **needs(*EDITORS))
async def many(request: Asked, what: FromPath[str], size: FromQuery[str] = "") -> Response[Any]:
    """What the register's filters find: its lists of duties, or its codes."""
    if what not in ("duties", "codes"):
        raise Refusal("not_found")
    filters = forms.filters(request, Filters)
    found = await queries.filtered(request.user, filters, MOST + 1)
    if not found:
        raise Refusal("prints.none")
    if len(found) > MOST:
        raise Refusal("prints.many", limit=MOST)
    back = f"/facilities?{filters.query()}"
    return _duties(request, found, back) if what == "duties" else _codes(request, [one for one, _ in found], back, size, filters.query())


def _duties(request: Asked, found: list[tuple[Facility, tuple[Duty, ...]]], back: str, **more: Any) -> Response[Any]:
    return page(request, "prints/duties.html", found=found, back=back, parties=rules.PARTIES, types=rules.TYPES, **{"past": [], "may_change": False, **more})


def _codes(request: Asked, found: list[Facility], back: str, size: str, query: str = "") -> Response[Any]:
    """size: "a4" for a sheet each, else A6, four to an A4 sheet."""
    sheets = []
    for facility in found:
        address = f"{origin_of(request)}/f/{short_code(facility.id)}"
        drawn = segno.make(address, error="q", micro=False).svg_inline(scale=4, border=2, omitsize=True)
        sheets.append((facility, address, Markup(drawn)))  # noqa: S704 -- drawn by segno from our own address
    return page(request, "prints/codes.html", sheets=sheets, back=back, size="a4" if size == "a4" else "a6", query=query, types=rules.TYPES)


PAGES = (by_code, duties, code, many)
