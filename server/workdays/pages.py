"""The calendar's register: days that a bureau declares off or worked."""

import datetime as dt
from typing import Any, Literal

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from server.foundation.refusal import Refusal
from server.people import queries as people
from server.people.rules import id_for
from server.web import forms
from server.web.access import needs
from server.web.acts import perform
from server.web.render import page
from server.workdays import queries
from server.workdays.commands import KEEPERS

Asked = Request[Any, Any, Any]


@get("/workdays", **needs(*KEEPERS))
async def workdays(request: Asked) -> Response[Any]:
    return await _workdays(request, {})


async def _workdays(request: Asked, given: dict[str, str], refusal: Refusal | None = None) -> Response[Any]:
    places = await people.places(request.user, *KEEPERS, kinds=("municipal", "district"))
    return page(
        request, "workdays/list.html", refusal=refusal, given=given, found=await queries.declared(request.user),
        places=[(place.id, place.name) for place in places],
    )  # fmt: skip


class Given(msgspec.Struct):
    _id: str
    place: str
    day_on: dt.date
    what: Literal["off", "worked"]
    reason: str = ""


@post("/workdays", **needs(*KEEPERS), status_code=200)
async def declare(request: Asked) -> Response[Any]:
    try:
        given = await forms.form(request, Given)
        payload = {"id": id_for(given._id, "workday"), "place": given.place, "day_on": given.day_on, "is_worked": given.what == "worked", "reason": given.reason}
        await perform(request, "workdays.declare", payload, given._id)
    except Refusal as refusal:
        return await _workdays(request, await forms.fields(request), refusal)
    return Redirect("/workdays", status_code=303)


class Ending(msgspec.Struct):
    _id: str
    reason: str = ""


@post("/workdays/{id:str}/end", **needs(*KEEPERS), status_code=200)
async def take_back(request: Asked, id: FromPath[str]) -> Response[Any]:
    if not await queries.is_there(request.user, id, *KEEPERS):
        raise Refusal("not_found")
    try:
        given = await forms.form(request, Ending)
        await perform(request, "workdays.take_back", {"workday": id, "reason": given.reason}, given._id)
    except Refusal as refusal:
        return await _workdays(request, {**await forms.fields(request), "ending": id}, refusal)
    return Redirect("/workdays", status_code=303)


PAGES = (workdays, declare, take_back)
