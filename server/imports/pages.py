"""Moving a ledger in: upload, which column is what, looking the rows through, importing and undoing it as a whole."""

import asyncio
import hashlib
import re
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from server.facilities.rules import PARTIES
from server.foundation.refusal import Refusal
from server.imports import queries, rules
from server.imports.queries import Import
from server.imports.rules import KEEPERS
from server.people import queries as people
from server.people.rules import id_for
from server.problems.rules import LEVELS
from server.problems.workflow import WORKFLOW
from server.sheets.reading import MOST_BYTES
from server.web import forms
from server.web.access import needs
from server.web.acts import perform
from server.web.render import page

Asked = Request[Any, Any, Any]
PATIENCE = 1.5  # seconds in which a small import is done at once


@get("/imports", **needs(*KEEPERS))
async def imports(request: Asked) -> Response[Any]:
    return await _imports(request)


async def _imports(request: Asked, refusal: Refusal | None = None, given: dict[str, str] | None = None) -> Response[Any]:
    places = await people.places(request.user, *KEEPERS, kinds=("municipal", "district"))
    filters, after = forms.filters(request, queries.Filters).known({"state": rules.STATES}), request.query_params.get("after", "")
    said = filters.said({filters.place: "—", **{place.id: place.name for place in places}})
    return page(
        request, "imports/list.html", found=await queries.imports(request.user, filters, after), refusal=refusal,
        filters=filters, first=not after, counted_to=queries.MOST_COUNTED, said=[(words, filters.without(name)) for name, words in said],
        choices=[(place.id, place.name) for place in places], given=given or {}, states=rules.STATES, working=rules.WORKING, most=rules.MOST_ROWS,
    )  # fmt: skip


class Uploaded(msgspec.Struct):
    _id: str
    place: str


@post("/imports", **needs(*KEEPERS), status_code=200, request_max_body_size=MOST_BYTES + 64 * 1024)
async def upload(request: Asked) -> Response[Any]:
    """The bytes are kept, then the import is begun; the reading goes on by itself."""
    try:
        given = await forms.form(request, Uploaded)
        id, place = id_for(given._id, "import"), await people.place_for(request.user, given.place)
        if place is None:
            raise Refusal("not_found").at("place")
        rules.check_keeps(request.user, place.path)
        name, content = await _file(request)
        sha256 = hashlib.sha256(content).hexdigest()
        await request.app.state.ledgers.put(sha256, content)
        await perform(request, "imports.begin", {"id": id, "place": given.place, "name": name, "sha256": sha256}, given._id)
    except Refusal as refusal:
        return await _imports(request, refusal, await forms.fields(request))
    await _some_time(request.app.state.works.wake(id))
    return Redirect(f"/imports/{id}", status_code=303)


async def _file(request: Asked) -> tuple[str, bytes]:
    chosen = (await request.form()).get("file")
    content = await chosen.read() if isinstance(chosen, UploadFile) else b""
    if not isinstance(chosen, UploadFile) or not content:
        raise Refusal("input.missing").at("file")
    name = "".join(sign for sign in chosen.filename.replace("\\", "/").rsplit("/", 1)[-1] if sign.isprintable())
    return name[:120] or "-", content


async def _some_time(task: "asyncio.Task[Any]") -> None:
    """Wait a moment for what is quickly done; what it refuses is raised."""
    done, _ = await asyncio.wait([task], timeout=PATIENCE)
    if done and not task.cancelled() and isinstance(error := task.exception(), Refusal):
        raise error


# One import


async def found_for(request: Asked, id: str) -> Import:
    found = await queries.find(request.user, id)
    if found is None:
        raise Refusal("not_found")
    if found.is_left:
        request.app.state.works.wake(id)
    return found


@get("/imports/{id:str}", **needs(*KEEPERS))
async def show(request: Asked, id: FromPath[str], standing: FromQuery[str] = "", after: FromQuery[str] = "") -> Response[Any]:
    """How it stands: progress, the columns, the rows to look through, or what came of it."""
    found = await found_for(request, id)
    if found.state == "mapping":
        return Redirect(f"/imports/{id}/columns", status_code=303) if "hx-request" not in request.headers else _go(request, f"/imports/{id}/columns")
    if "hx-request" in request.headers and found.state not in rules.WORKING:
        return _go(request, f"/imports/{id}")
    return await show_import(request, found, standing=standing, after=after)


def _go(request: Asked, address: str) -> Response[Any]:
    """What a progress that is at its end tells htmx."""
    return Response(b"", headers={"hx-redirect": address, "cache-control": "no-store"})


async def show_import(request: Asked, found: Import, refusal: Refusal | None = None, standing: str = "", after: str = "") -> Response[Any]:
    lines = await queries.lines(found.id, standing, after) if found.state not in ("reading", "failed") else []
    last = lines[queries.PAGE - 1] if len(lines) > queries.PAGE else None
    return page(
        request, "imports/show.html", part="imports/_progress.html", found=found, refusal=refusal,
        counts=await queries.counts(found.id), alike=await queries.alike(found.id) if found.state == "ready" else {}, lines=lines[: queries.PAGE],
        more=f"{last.standing}-{last.sort}" if last else "", after=_place(after), standing=standing if standing in rules.RANKS else "", states=rules.STATES, working=rules.WORKING,
        fields=rules.FIELDS, levels=LEVELS, workflow=WORKFLOW, left_out=rules.LEFT_OUT, given=await forms.fields(request) if refusal else {},
    )  # fmt: skip


@get("/imports/{id:str}/columns", **needs(*KEEPERS))
async def columns(request: Asked, id: FromPath[str]) -> Response[Any]:
    return await _columns(request, await found_for(request, id))


async def _columns(request: Asked, found: Import, refusal: Refusal | None = None) -> Response[Any]:
    kept = await queries.kept_columns(found.place_id, [head.fingerprint for head in found.heads]) if found.heads else {}
    given = await forms.fields(request) if refusal else {}
    chosen = {
        head.fingerprint: [_chosen(found, kept, head, place, given) for place in range(len(head.names))] for head in found.heads
    }  # fmt: skip
    return page(
        request, "imports/columns.html", found=found, refusal=refusal, chosen=chosen, fields=rules.FIELDS,
        kept=kept, states=rules.STATES, given=given, facilities=await queries.facilities(found.place_path),
    )  # fmt: skip


def _chosen(found: Import, kept: dict[str, dict[str, str]], head: queries.Heading, place: int, given: dict[str, str]) -> str:
    """What stands in the box of one column: typed just now, mapped before, kept from last time, or guessed."""
    if given:
        return given.get(f"{head.fingerprint}-{place}", "")
    before = found.mapping.columns.get(head.fingerprint) if found.mapping.columns else kept.get(head.fingerprint)
    return before.get(str(place), "") if before is not None else head.guess[place] if place < len(head.guess) else ""


@post("/imports/{id:str}/columns", **needs(*KEEPERS), status_code=200)
async def map_columns(request: Asked, id: FromPath[str]) -> Response[Any]:
    found = await found_for(request, id)
    try:
        given = await forms.fields(request)
        chosen = {
            head.fingerprint: {str(place): field for place in range(len(head.names)) if (field := given.get(f"{head.fingerprint}-{place}", ""))}
            for head in found.heads if not given.get(f"{head.fingerprint}-off")
        }  # fmt: skip
        await perform(request, "imports.map", {"import_id": id, "columns": chosen, "facility": given.get("facility", "")}, given.get("_id", ""))
    except Refusal as refusal:
        return await _columns(request, found, refusal)
    await _some_time(request.app.state.works.wake(id))
    return Redirect(f"/imports/{id}", status_code=303)


@post("/imports/{id:str}/accept", **needs(*KEEPERS), status_code=200)
async def accept_rest(request: Asked, id: FromPath[str]) -> Response[Any]:
    return await _act(request, id, "imports.accept_rest")


@post("/imports/{id:str}/confirm", **needs(*KEEPERS), status_code=200)
async def confirm(request: Asked, id: FromPath[str]) -> Response[Any]:
    """Ten thousand rows take seconds: the writing goes on by itself, and the page says so."""
    found = await found_for(request, id)
    act = (await forms.fields(request)).get("_id", "")
    try:
        id_for(act, "import")
        await _some_time(await request.app.state.works.confirm(request.user, id, act))
    except Refusal as refusal:
        return await show_import(request, await queries.find(request.user, id) or found, refusal)
    return Redirect(f"/imports/{id}", status_code=303)


@post("/imports/{id:str}/undo", **needs(*KEEPERS), status_code=200)
async def undo(request: Asked, id: FromPath[str]) -> Response[Any]:
    reason = (await forms.fields(request)).get("reason", "")
    return await _act(request, id, "imports.undo", reason=reason)


@post("/imports/{id:str}/drop", **needs(*KEEPERS), status_code=200)
async def drop(request: Asked, id: FromPath[str]) -> Response[Any]:
    return await _act(request, id, "imports.drop")


async def _act(request: Asked, id: str, kind: str, **payload: str) -> Response[Any]:
    found = await found_for(request, id)
    try:
        await perform(request, kind, {"import_id": id, **payload}, (await forms.fields(request)).get("_id", ""))
    except Refusal as refusal:
        return await show_import(request, found, refusal)
    return Redirect(f"/imports/{id}", status_code=303)


# One row


@get("/imports/{id:str}/rows/{sort:int}", **needs(*KEEPERS))
async def row(request: Asked, id: FromPath[str], sort: FromPath[int]) -> Response[Any]:
    return await _row(request, await found_for(request, id), sort, dict(request.query_params))


async def _row(request: Asked, found: Import, sort: int, asked: dict[str, str], refusal: Refusal | None = None) -> Response[Any]:
    """asked: q, what to look for among the facilities; back and after, the page of rows that one came from."""
    search = asked.get("q", "").strip()[:60]
    line = await queries.line(found.id, sort) if 0 <= sort < 10**8 else None
    if line is None:
        raise Refusal("not_found")
    typed = await forms.fields(request) if refusal else {}
    return page(
        request, "imports/row.html", found=found, line=line, refusal=refusal, fields=rules.FIELDS,
        given=typed or {**line.found, "_": ""}, levels=LEVELS, parties=PARTIES, workflow=WORKFLOW, days=(*rules.DAYS, "closed_on"), left_out=rules.LEFT_OUT,
        offers=await queries.facilities(found.place_path, search) if search else [], search=search, back=_standing(asked), after=_place(asked.get("after", "")), long=rules.LONGEST, states=rules.STATES,
    )  # fmt: skip


@post("/imports/{id:str}/rows/{sort:int}", **needs(*KEEPERS), status_code=200)
async def settle(request: Asked, id: FromPath[str], sort: FromPath[int]) -> Response[Any]:
    """act: fix (fields of the form that differ), take (one value offered), swap, accept, skip or restore."""
    found = await found_for(request, id)
    line = await queries.line(id, sort) if 0 <= sort < 10**8 else None
    if line is None:
        raise Refusal("not_found")
    given = await forms.fields(request)
    try:
        kind, payload = await _settling(found, line, given)
        await perform(request, kind, {"import_id": id, "row": line.id, **payload}, given.get("_id", ""))
    except Refusal as refusal:
        return await _row(request, found, sort, given, refusal)
    return Redirect(f"/imports/{id}?standing={_standing(given)}&after={_place(given.get('after', ''))}#r{sort}", status_code=303)


def _standing(asked: dict[str, str]) -> str:
    return back if (back := asked.get("back", "")) in rules.RANKS else ""


def _place(after: str) -> str:
    """A place in the list of rows, as `queries.lines` writes them; "" for anything else."""
    return after if re.fullmatch(r"[0-9]-[0-9]{1,9}", after) else ""


async def _settling(found: Import, line: queries.Line, given: dict[str, str]) -> tuple[str, dict[str, Any]]:
    doubt: dict[str, Any] = {"field": given.get("field", ""), "code": given.get("code", ""), "alike": given.get("alike") == "yes"}
    act = given.get("act", "")
    if act == "fix":
        values = {field: text for field, text in given.items() if field in (*rules.FIELDS, "closed_on") and text != line.found.get(field, "").strip()}
        return "imports.fix", {"values": values, "alike": doubt["alike"], "seen": given.get("seen", "")}
    if act == "take":
        return "imports.fix", {"values": {doubt["field"]: given.get("value", "")}, "alike": doubt["alike"]}
    if act == "swap":
        other, facility = given.get("other", ""), ""
        if "facility" in (doubt["field"], other):
            text = line.said.get(other if doubt["field"] == "facility" else doubt["field"], "")
            facility = (await queries.register(found.place_path)).facility(text).id
        return "imports.swap", {**doubt, "other": other, "facility": facility}
    if act == "skip":
        return "imports.skip", {**doubt, "reason": given.get("reason", "")}
    if act in ("accept", "restore"):
        return f"imports.{act}", doubt
    raise Refusal("input.invalid", reason="act").at("act")


PAGES = (imports, upload, show, columns, map_columns, accept_rest, confirm, undo, drop, row, settle)
