"""Finding facilities, registering and changing them, saying who answers for what, and whole files in and out."""

import asyncio
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from server.facilities import files, positions, queries, rules
from server.facilities.rules import Details
from server.foundation import clock
from server.foundation.refusal import Refusal
from server.lists import queries as lists
from server.lists.rules import LONGEST_NAME
from server.people import queries as people
from server.people.rules import id_for
from server.web import forms
from server.web.access import needs
from server.web.acts import perform
from server.web.render import lang_of, page

Asked = Request[Any, Any, Any]
EDITORS = ("administrator", "supervisor")
FILE_LIMIT = 10 * 1024 * 1024
MOST_OUT = 20_000


@get("/facilities", **needs())
async def facilities(request: Asked, after: FromQuery[str] = "") -> Response[Any]:
    filters = forms.filters(request, queries.Filters).known(queries.KNOWN)
    bureaus = await people.places(request.user, kinds=("municipal", "district"))
    said = filters.said({filters.place: "—", **{place.id: place.name for place in bureaus}})
    return page(
        request, "facilities/list.html", found=await queries.listed(request.user, filters, after), filters=filters, most=queries.MOST_COUNTED,
        types=rules.TYPES, bureaus=[(place.id, place.name) for place in bureaus], first=not after, saved=await lists.saved(request.user, "facilities"),
        said=[(words, filters.without(name)) for name, words in said], name=" ".join(words.into(lang_of(request)) for _, words in said)[:LONGEST_NAME],
        closed=queries.CLOSED, lacks=queries.LACKS, may_add=request.user.is_any("administrator"), may_export=request.user.is_any(*EDITORS),
    )  # fmt: skip


@get("/facilities/{id:str}", **needs())
async def facility(request: Asked, id: FromPath[str]) -> Response[Any]:
    found = await _found(request, id)
    return page(
        request, "facilities/show.html", facility=queries.shown(found, request.user), position=positions.written(found.position), duties=await queries.duties(id), types=rules.TYPES,
        parties=rules.PARTIES, may_change=any(request.user.has(role, found.path) for role in EDITORS),
        may_inspect=request.user.has("inspector", found.path) and not found.is_closed, administers=request.user.has("administrator", found.path),
    )  # fmt: skip


async def _found(request: Asked, id: str) -> queries.Facility:
    found = await queries.facility(request.user, id)
    if found is None:
        raise Refusal("not_found")
    return found


# By hand


class Written(msgspec.Struct):
    """The form of one facility. points: one a line, steps after a colon; position: two numbers, system: the map that they are from."""

    _id: str
    name: str
    type: str
    address: str = ""
    position: str = ""
    system: str = ""
    contact_name: str = ""
    contact_title: str = ""
    contact_phone: str = ""
    beds: int | None = None
    points: str = ""
    notes: str = ""
    parent: str = ""
    seen: int = 0

    def details(self, before: positions.Position = positions.NOWHERE) -> dict[str, Any]:
        """before: where it stood; left as it was, it needs no system."""
        plain = {name: getattr(self, name) for name in Details.__struct_fields__ if hasattr(self, name)}
        latitude, longitude = positions.read(self.position, self.system, before)
        return {**plain, "points": msgspec.to_builtins(rules.points_from(self.points)), "latitude": latitude, "longitude": longitude}


@get("/facilities/new", **needs("administrator"))
async def blank(request: Asked) -> Response[Any]:
    return await _edit(request, None, {"_id": ""})


@post("/facilities", **needs("administrator"), status_code=200)
async def add(request: Asked) -> Response[Any]:
    try:
        given = await forms.form(request, Written)
        payload = {"id": id_for(given._id, "facility"), "parent": given.parent, "details": given.details()}
        done = await perform(request, "facilities.add", payload, given._id)
    except Refusal as refusal:
        return await _edit(request, None, await forms.fields(request), refusal)
    return Redirect(f"/facilities/{done['facility']}", status_code=303)


@get("/facilities/{id:str}/edit", **needs(*EDITORS))
async def edit(request: Asked, id: FromPath[str]) -> Response[Any]:
    found = await _found(request, id)
    rules.check_may_change(request.user, found.path)
    given = {**msgspec.to_builtins(found.details), "points": rules.points_text(found.points, "\n"), "position": positions.written(found.position), "seen": str(found.version)}
    return await _edit(request, found, {**given, "beds": "" if found.beds is None else str(found.beds)})


@post("/facilities/{id:str}", **needs(*EDITORS), status_code=200)
async def change(request: Asked, id: FromPath[str]) -> Response[Any]:
    found = await _found(request, id)
    try:
        given = await forms.form(request, Written)
        await perform(request, "facilities.change", {"id": id, "details": given.details(found.position), "seen": given.seen}, given._id)
    except Refusal as refusal:
        return await _edit(request, found, await forms.fields(request), refusal)
    return Redirect(f"/facilities/{id}", status_code=303)


async def _edit(request: Asked, found: queries.Facility | None, given: dict[str, Any], refusal: Refusal | None = None) -> Response[Any]:
    return page(
        request, "facilities/edit.html", status=refusal.entry.status if refusal else 200, facility=found, given=given, refusal=refusal,
        types=rules.TYPES, systems=positions.SYSTEMS.items(), parents=await _parents(request) if found is None else [],
    )  # fmt: skip


async def _parents(request: Asked) -> list[people.Place]:
    return await people.places(request.user, "administrator", kinds=("municipal", "district"))


# Who answers for what: one line each, 四方 / 责任人 / 职务 / 点位 / 环节

LINE = ("party", "person", "title", "point", "step")


@get("/facilities/{id:str}/responsibilities", **needs(*EDITORS))
async def write_responsibilities(request: Asked, id: FromPath[str]) -> Response[Any]:
    found = await _found(request, id)
    rules.check_may_change(request.user, found.path)
    lines = [tuple(getattr(duty, name) for name in LINE) for duty in await queries.duties(id)]
    return _lines(request, found, lines or [("unit", found.contact_name, found.contact_title, "", "")], str(found.version))


def _lines(request: Asked, found: queries.Facility, lines: list[tuple[str, ...]], seen: str, refusal: Refusal | None = None, focus: int = -1, act: str = "") -> Response[Any]:
    return page(
        request, "facilities/responsibilities.html", status=refusal.entry.status if refusal else 200, facility=found, lines=lines, seen=seen,
        refusal=refusal, parties=rules.PARTIES, most=rules.MOST_DUTIES, focus=focus, act=act,
        points=[point.point for point in found.points], steps=sorted({step for point in found.points for step in point.steps}),
    )  # fmt: skip


@post("/facilities/{id:str}/responsibilities", **needs(*EDITORS), status_code=200)
async def set_responsibilities(request: Asked, id: FromPath[str]) -> Response[Any]:
    """do: "save", or a change of the form alone: "add", "drop:3", "up:3", "down:3"."""
    found = await _found(request, id)
    rules.check_may_change(request.user, found.path)
    data, given = await request.form(), await forms.fields(request)
    columns = [[str(cell).strip() for cell in data.getall(name, [])] for name in LINE]
    lines = list(zip(*columns, strict=False))[: rules.MOST_DUTIES + 1]
    seen, act = given.get("seen", ""), given.get("do", "save")
    if act != "save":
        changed, focus = rules.rearranged(lines, act)
        return _lines(request, found, changed, seen, focus=focus, act=given.get("_id", ""))
    filled = [line for line in lines if any(line[1:])]
    payload = {
        "facility": id, "responsibilities": [dict(zip(LINE, line, strict=True)) for line in filled],
        "seen": int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 10 else -1,
    }  # fmt: skip
    try:
        await perform(request, "facilities.set_responsibilities", payload, given.get("_id"))
    except Refusal as refusal:
        return _lines(request, found, filled, seen, refusal)
    return Redirect(f"/facilities/{id}", status_code=303)


# Whole files


@get("/facilities/file/{ending:str}", **needs(*EDITORS))
async def export(request: Asked, ending: FromPath[str]) -> Response[bytes]:
    """What the filters find, of what the reader may change."""
    found = await queries.filtered(request.user, forms.filters(request, queries.Filters), MOST_OUT)
    every = [(queries.shown(one, request.user), duties) for one, duties in found if any(request.user.has(role, one.path) for role in EDITORS)]
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
            files.Registered(found.id, found.parent_id or "", found.name, found.contact_phone, found.position)
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
        payload = forms.read_json(data.get("payload"), dict[str, Any])
        done = await perform(request, "facilities.import", payload, str(data.get("_id", "")))
    except Refusal as refusal:
        return page(request, "facilities/import.html", status=refusal.entry.status, reading=None, payload="", refusal=refusal)
    return page(request, "facilities/imported.html", done=done)


PAGES = (
    facilities, facility, blank, add, edit, change, write_responsibilities, set_responsibilities, export, choose, preview, confirm,
)  # fmt: skip
