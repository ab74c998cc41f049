"""A person's saved filters of one list: saving the one that is set, renaming, taking away."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from server.foundation.refusal import Refusal
from server.lists import queries, rules
from server.people.rules import id_for
from server.web import forms
from server.web.access import needs
from server.web.acts import perform
from server.web.render import page

Asked = Request[Any, Any, Any]


class Typed(msgspec.Struct):
    """The form. at: the address of the list that it came from; query: the filters set there."""

    _id: str
    name: str = ""
    query: str = ""
    at: str = ""


TYPED = {"query": "", "name": "", "at": "", "filter": ""}


@get("/lists/{list:str}/filters", **needs())
async def filters(request: Asked, list: FromPath[str]) -> Response[Any]:
    """Asked with `query`, the filters that are set, `name`, what they might be called, and `at`, where they are set."""
    return await _page(request, list, {name: request.query_params[name] for name in TYPED if name in request.query_params})


async def _page(request: Asked, list: str, given: dict[str, str], refusal: Refusal | None = None, act: str = "") -> Response[Any]:
    given = {**TYPED, **given, "name": given.get("name", "")[: rules.LONGEST_NAME]}
    return page(
        request, "lists/filters.html", list=list, named=rules.named(list), given=given,
        at=rules.shown_at(list, given["at"]), saved=await queries.saved(request.user, list), refusal=refusal, act=act,
        longest=rules.LONGEST_NAME,
    )  # fmt: skip


@post("/lists/{list:str}/filters", **needs(), status_code=200)
async def save(request: Asked, list: FromPath[str]) -> Response[Any]:
    """Saves what is set and goes back to the list as it was."""
    rules.named(list)
    try:
        typed = await forms.form(request, Typed)
        payload = {"id": id_for(typed._id, "filter"), "list": list, "name": typed.name, "query": typed.query}
        await perform(request, "lists.save", payload, typed._id)
    except Refusal as refusal:
        return await _page(request, list, await forms.fields(request), refusal, "save")
    return Redirect(f"{rules.shown_at(list, typed.at)}?{typed.query}", status_code=303)


@post("/lists/{list:str}/filters/{id:str}/{act:str}", **needs(), status_code=200)
async def change(request: Asked, list: FromPath[str], id: FromPath[str], act: FromPath[str]) -> Response[Any]:
    """Renames or removes one of them."""
    rules.named(list)
    if act not in ("rename", "remove") or not await queries.is_own(request.user, id):
        raise Refusal("not_found")
    try:
        typed = await forms.form(request, Typed)
        payload = {"filter": id, **({"name": typed.name} if act == "rename" else {})}
        await perform(request, f"lists.{act}", payload, typed._id)
    except Refusal as refusal:
        return await _page(request, list, {**await forms.fields(request), "filter": id}, refusal, act)
    return Redirect(f"/lists/{list}/filters?at={rules.shown_at(list, typed.at)}", status_code=303)


PAGES = (filters, save, change)
