"""The tree for administrators: seen whole, one place changed at a time."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from server.foundation.refusal import Refusal
from server.ledger.queries import history
from server.people import queries as people
from server.people.rules import PARENTS, PLACE_WORDS, id_for
from server.places import queries
from server.web import forms
from server.web.access import needs
from server.web.acts import perform
from server.web.render import page

Asked = Request[Any, Any, Any]
ADMINISTRATOR = needs("administrator")


@get("/places", **ADMINISTRATOR)
async def places(request: Asked) -> Response[Any]:
    return await _places(request)


async def _places(request: Asked, refusal: Refusal | None = None) -> Response[Any]:
    found = await queries.tree(request.user)
    return page(
        request, "places/tree.html", refusal=refusal, found=found,
        under=await queries.facilities_under(request.user), kind_words=PLACE_WORDS, given=await forms.fields(request) if refusal else {},
        top=min((place.deep for place in found), default=0),
    )  # fmt: skip


class NewPlace(msgspec.Struct):
    _id: str
    kind: str
    name: str
    parent: str
    mark: str = ""
    code: str = ""
    telephone: str = ""


@post("/places", **ADMINISTRATOR, status_code=200)
async def add(request: Asked) -> Response[Any]:
    try:
        given = await forms.form(request, NewPlace)
        payload = {"id": id_for(given._id, "place"), **{name: getattr(given, name) for name in ("kind", "name", "parent", "mark", "code", "telephone")}}
        await perform(request, "places.add", payload, given._id)
    except Refusal as refusal:
        return await _places(request, refusal)
    return Redirect("/places", status_code=303)


@get("/places/{id:str}", **ADMINISTRATOR)
async def place(request: Asked, id: FromPath[str]) -> Response[Any]:
    return await _place(request, id)


async def _found(request: Asked, id: str) -> queries.Node:
    found = await queries.node(request.user, id)
    if found is None:
        raise Refusal("not_found")
    return found


async def _place(request: Asked, id: str, refusal: Refusal | None = None) -> Response[Any]:
    found = await _found(request, id)
    parents = [
        entry for entry in await people.places(request.user, "administrator", kinds=("municipal", "district"))
        if entry.kind in PARENTS[found.kind] and entry.id != found.parent_id and not entry.path.startswith(found.path)
    ]  # fmt: skip
    return page(
        request, "places/show.html", refusal=refusal, place=found, kind_words=PLACE_WORDS,
        held=await queries.held(found), parents=parents, told=(await history(id))[::-1],
        others=await queries.namesakes(request.user, found), given=await forms.fields(request) if refusal else {},
        from_above=request.user.has("administrator", found.parent_path or ""),
    )  # fmt: skip


class Changed(msgspec.Struct):
    _id: str
    name: str
    mark: str = ""
    code: str = ""
    telephone: str = ""


@post("/places/{id:str}", **ADMINISTRATOR, status_code=200)
async def change(request: Asked, id: FromPath[str]) -> Response[Any]:
    await _found(request, id)
    try:
        given = await forms.form(request, Changed)
        await perform(request, "places.change", {"id": id, **{name: getattr(given, name) for name in ("name", "mark", "code", "telephone")}}, given._id)
    except Refusal as refusal:
        return await _place(request, id, refusal)
    return Redirect(f"/places/{id}", status_code=303)


class Acted(msgspec.Struct):
    """reason: asked of each act; parent: where it moves; into: what it was merged into."""

    _id: str
    reason: str = ""
    parent: str = ""
    into: str = ""


@post("/places/{id:str}/{act:str}", **ADMINISTRATOR, status_code=200)
async def act(request: Asked, id: FromPath[str], act: FromPath[str]) -> Response[Any]:
    await _found(request, id)
    try:
        given = await forms.form(request, Acted)
        payload: dict[str, Any] = {"id": id, "reason": given.reason}
        if act == "move":
            payload["parent"] = given.parent
        elif act == "close":
            payload["into"] = given.into or None
        elif act != "open":
            raise Refusal("not_found")
        await perform(request, f"places.{act}", payload, given._id)
    except Refusal as refusal:
        if refusal.code == "not_found":
            raise
        return await _place(request, id, refusal)
    return Redirect(f"/places/{id}", status_code=303)


PAGES = (places, add, place, change, act)
