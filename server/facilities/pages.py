"""Finding facilities, registering and changing them, saying who answers for what, and whole files in and out."""

import asyncio
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from server.facilities import files, queries, rules
from server.facilities.rules import Details, Duty
from server.foundation import clock
from server.foundation.refusal import Refusal
from server.people import queries as people
from server.people.rules import id_for
from server.web import forms
from server.web.access import needs
from server.web.acts import perform
from server.web.render import page

Asked = Request[Any, Any, Any]
EDITORS = ("administrator", "supervisor")
FILE_LIMIT = 10 * 1024 * 1024


@get("/facilities", **needs())
async def facilities(request: Asked, q: FromQuery[str] = "", type: FromQuery[str] = "", after: FromQuery[str] = "") -> Response[Any]:
    found = await queries.facilities(request.user, q, type, after)
    more = found[queries.PAGE - 1].path if len(found) > queries.PAGE else ""
    return page(
        request, "facilities/list.html", found=found[: queries.PAGE], more=more, q=q, type=type, types=rules.TYPES,
        may_add=request.user.is_any("administrator"), may_export=request.user.is_any(*EDITORS),
    )  # fmt: skip


@get("/facilities/{id:str}", **needs())
async def facility(request: Asked, id: FromPath[str]) -> Response[Any]:
    found = await _found(request, id)
    return page(
        request, "facilities/show.html", facility=queries.shown(found, request.user), duties=await queries.duties(id), types=rules.TYPES,
        parties=rules.PARTIES, may_change=any(request.user.has(role, found.path) for role in EDITORS),
        may_inspect=request.user.has("inspector", found.path),
    )  # fmt: skip


async def _found(request: Asked, id: str) -> queries.Facility:
    found = await queries.facility(request.user, id)
    if found is None:
        raise Refusal("not_found")
    return found


# By hand


class Written(msgspec.Struct):
    """The form of one facility. points: one a line, steps after a colon."""

    _id: str
    name: str
    type: str
    address: str = ""
    contact_name: str = ""
    contact_title: str = ""
    contact_phone: str = ""
    beds: int | None = None
    points: str = ""
    notes: str = ""
    parent: str = ""
    seen: int = 0

    @property
    def details(self) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in Details.__struct_fields__ if name != "points"}
        return {**plain, "points": msgspec.to_builtins(rules.points_from(self.points))}


@get("/facilities/new", **needs("administrator"))
async def blank(request: Asked) -> Response[Any]:
    return await _edit(request, None, {"_id": ""})


@post("/facilities", **needs("administrator"), status_code=200)
async def add(request: Asked) -> Response[Any]:
    try:
        given = await forms.form(request, Written)
        payload = {"id": id_for(given._id, "facility"), "parent": given.parent, "details": given.details}
        done = await perform(request, "facilities.add", payload, given._id)
    except Refusal as refusal:
        return await _edit(request, None, await forms.fields(request), refusal)
    return Redirect(f"/facilities/{done['facility']}", status_code=303)


@get("/facilities/{id:str}/edit", **needs(*EDITORS))
async def edit(request: Asked, id: FromPath[str]) -> Response[Any]:
    found = await _found(request, id)
    rules.check_may_change(request.user, found.path)
    given = {**msgspec.to_builtins(found.details), "points": rules.points_text(found.points, "\n"), "seen": str(found.version)}
    return await _edit(request, found, {**given, "beds": "" if found.beds is None else str(found.beds)})


@post("/facilities/{id:str}", **needs(*EDITORS), status_code=200)
async def change(request: Asked, id: FromPath[str]) -> Response[Any]:
    found = await _found(request, id)
    try:
        given = await forms.form(request, Written)
        await perform(request, "facilities.change", {"id": id, "details": given.details, "seen": given.seen}, given._id)
    except Refusal as refusal:
        return await _edit(request, found, await forms.fields(request), refusal)
    return Redirect(f"/facilities/{id}", status_code=303)


async def _edit(request: Asked, found: queries.Facility | None, given: dict[str, Any], refusal: Refusal | None = None) -> Response[Any]:
    return page(
        request, "facilities/edit.html", status=refusal.entry.status if refusal else 200, facility=found, given=given, refusal=refusal,
        types=rules.TYPES, parents=await _parents(request) if found is None else [],
    )  # fmt: skip


async def _parents(request: Asked) -> list[people.Place]:
    return await people.places(request.user, "administrator", kinds=("municipal", "district"))


# Who answers for what: one line each, 四方 / 责任人 / 职务 / 点位 / 环节


@post("/facilities/{id:str}/responsibilities", **needs(*EDITORS), status_code=200)
async def set_responsibilities(request: Asked, id: FromPath[str]) -> Response[Any]:
    await _found(request, id)
    data = await request.form()
    columns = [data.getall(name, []) for name in ("party", "person", "title", "point", "step")]
    lines = [Duty(*(str(cell) for cell in line)) for line in zip(*columns, strict=False) if str(line[1]).strip()]
    given = await forms.fields(request)
    payload = {"facility": id, "responsibilities": msgspec.to_builtins(lines), "seen": int(seen) if (seen := given.get("seen", "")).isascii() and seen.isdigit() and len(seen) < 10 else -1}
    await perform(request, "facilities.set_responsibilities", payload, given.get("_id"))
    return Redirect(f"/facilities/{id}", status_code=303)


# Whole files


@get("/facilities/file/{ending:str}", **needs(*EDITORS))
async def export(request: Asked, ending: FromPath[str]) -> Response[bytes]:
    every = [(queries.shown(found, request.user), duties) for found, duties in await queries.every(request.user, *EDITORS)]
    if ending == "csv":
        content, media = files.as_csv(found for found, _ in every), "text/csv; charset=utf-8"
    elif ending == "xlsx":
        content, media = files.as_xlsx(every), files.XLSX
    else:
        raise Refusal("not_found")
    name = f"dugai-facilities-{clock.today().isoformat()}.{ending}"
    return Response(content, media_type=media, headers={"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"})


@get("/facilities/import", **needs("administrator"))
async def choose(request: Asked) -> Response[Any]:
    return page(request, "facilities/import.html", reading=None, payload="", refusal=None)


@post("/facilities/import", **needs("administrator"), status_code=200, request_max_body_size=FILE_LIMIT)
async def preview(request: Asked) -> Response[Any]:
    """Says what the file would do, or every cell that stops it; nothing is written yet."""
    try:
        chosen = await forms.files(request, "file")
        if not chosen:
            raise Refusal("input.missing").at("file")
        parents = {place.name: place.id for place in await _parents(request)}
        known = [
            files.Registered(found.id, found.parent_id or "", found.name, found.contact_phone)
            for found, _ in await queries.every(request.user, "administrator")
        ]
        reading = await asyncio.to_thread(files.read, chosen[0], parents, known)
    except Refusal as refusal:
        return page(request, "facilities/import.html", status=refusal.entry.status, reading=None, payload="", refusal=refusal)
    payload = "" if reading.faults else msgspec.json.encode(reading.payload).decode()
    return page(request, "facilities/import.html", reading=reading, payload=payload, refusal=None)


@post("/facilities/import/confirm", **needs("administrator"), status_code=200, request_max_body_size=FILE_LIMIT)
async def confirm(request: Asked) -> Response[Any]:
    data = await request.form()
    try:
        payload = msgspec.json.decode(str(data.get("payload", "")))
        done = await perform(request, "facilities.import", payload, str(data.get("_id", "")))
    except msgspec.DecodeError:
        raise Refusal("input.invalid", reason="JSON").at("file") from None
    except Refusal as refusal:
        return page(request, "facilities/import.html", status=refusal.entry.status, reading=None, payload="", refusal=refusal)
    return page(request, "facilities/imported.html", done=done)


PAGES = (
    facilities, facility, blank, add, edit, change, set_responsibilities, export, choose, preview, confirm,
)  # fmt: skip
