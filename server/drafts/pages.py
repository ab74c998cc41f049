"""Writing a check table in the browser: its parts, its items, what it looks like on a phone, publishing it."""

import asyncio
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from server.checklists import queries as checklists
from server.checklists.rules import ANSWERS, SEVERITIES, check_keeps, shaped
from server.checklists.rules import faults as faults_of
from server.drafts import condition_form, faults, item_form, queries, rules, sheets, sheets_in, xlsform
from server.drafts.faults import Reading
from server.drafts.queries import KEEPERS
from server.facilities.rules import PARTIES, TYPES
from server.foundation.refusal import Refusal
from server.foundation.words import Words
from server.people import queries as people
from server.people.rules import id_for
from server.sheets.reading import sheets as sheets_of
from server.web import files, forms
from server.web.access import needs
from server.web.acts import perform
from server.web.render import lang_of, page

Asked = Request[Any, Any, Any]
LIMIT = 2 * 1024 * 1024
FILE_LIMIT = 10 * 1024 * 1024
MOST_ROWS = 5000


@get("/drafts", **needs(*KEEPERS))
async def drafts(request: Asked, source: FromQuery[str] = "") -> Response[Any]:
    return await _drafts(request, {"source": source})


async def _drafts(request: Asked, given: dict[str, Any], refusal: Refusal | None = None) -> Response[Any]:
    places = await people.places(request.user, *KEEPERS, kinds=("municipal", "district"))
    return page(
        request, "drafts/list.html", found=await queries.drafts(request.user),
        choices=[(place.id, place.name) for place in places], sources=await checklists.newest(request.user), given=given, refusal=refusal,
    )  # fmt: skip


class Begun(msgspec.Struct):
    """source: a published version (key/version) to begin from, or empty. next: whether it becomes that key's next version."""

    _id: str
    place: str
    title_zh: str = ""
    title_en: str = ""
    source: str = ""
    next: str = ""


@post("/drafts", **needs(*KEEPERS), status_code=200)
async def begin(request: Asked) -> Response[Any]:
    try:
        given = await forms.form(request, Begun)
        identifier = id_for(given._id, "draft")
        payload = {"id": identifier, "place": given.place, "body": await _first(request, given, identifier), "origin": given.source}
        await perform(request, "drafts.begin", payload, given._id)
    except Refusal as refusal:
        return await _drafts(request, await forms.fields(request), refusal)
    return Redirect(f"/drafts/{identifier}", status_code=303)


async def _first(request: Asked, given: Begun, identifier: str) -> dict[str, Any]:
    """What a draft begins as: blank, the next version of a published one, or a copy of it under a key of its own."""
    if not given.source:
        if not given.title_zh:
            raise Refusal("input.missing").at("title_zh")
        return rules.blank(identifier, given.title_zh, given.title_en or given.title_zh)
    key, _, version = given.source.rpartition("/")
    known = {entry.id for entry in await checklists.published(request.user)}
    body = await checklists.raw(key, int(version)) if given.source in known else None
    if body is None:
        raise Refusal("not_found").at("source")
    if given.next:
        return body
    title = given.title_zh or f"{body['title']['zh']}（副本）"
    return rules.copied(body, rules.blank(identifier, "", "")["key"], title, given.title_en or given.title_zh or f"{body['title']['en']} (copy)")


# One draft


async def _found(request: Asked, id: str) -> queries.Draft:
    found = await queries.draft(request.user, id)
    if found is None:
        raise Refusal("not_found")
    return found


@get("/drafts/{id:str}", **needs(*KEEPERS))
async def draft(request: Asked, id: FromPath[str]) -> Response[Any]:
    return await _draft(request, await _found(request, id))


async def _draft(request: Asked, found: queries.Draft, refusal: Refusal | None = None) -> Response[Any]:
    made = shaped(found.body)
    return page(
        request, "drafts/show.html", draft=found, checklist=made, faults=list(faults_of(made)),
        answers=ANSWERS, severities=SEVERITIES, types=TYPES, refusal=refusal, given=await forms.fields(request) if refusal else {},
        before=await checklists.versions(request.user, found.key),
    )  # fmt: skip


class Changed(msgspec.Struct):
    """One change of a draft: what names it, the rest is what it needs."""

    _id: str
    seen: int
    what: str
    key: str = ""
    title_zh: str = ""
    title_en: str = ""
    source_zh: str = ""
    source_en: str = ""


@post("/drafts/{id:str}", **needs(*KEEPERS), status_code=200)
async def change(request: Asked, id: FromPath[str]) -> Response[Any]:
    """One change of its title, its parts or the order of its items."""
    found = await _found(request, id)
    try:
        given = await forms.form(request, Changed)
        title, source = ({"zh": zh, "en": en or zh} if zh else None for zh, en in ((given.title_zh, given.title_en), (given.source_zh, given.source_en)))
        payload = {"draft": id, "seen": given.seen, "change": {"what": given.what, "key": given.key, "title": title, "source": source}}
        await perform(request, "drafts.revise", payload, given._id)
    except Refusal as refusal:
        return await _draft(request, found, refusal)
    anchor = f"#{given.key}" if given.what in ("up", "down", "copy") else f"#part-{given.key}" if given.what in ("part_up", "part_down") else ""
    return Redirect(f"/drafts/{id}{anchor}", status_code=303)


# One item


@get("/drafts/{id:str}/items/{key:str}", **needs(*KEEPERS))
async def item(request: Asked, id: FromPath[str], key: FromPath[str], part: FromQuery[str] = "") -> Response[Any]:
    """key: of an item, or "new"."""
    found = await _found(request, id)
    return await _item(request, found, key, _blank(found, part) if key == "new" else item_form.form_of(rules.item(found.body, key)))


def _blank(found: queries.Draft, part: str = "") -> dict[str, Any]:
    return {
        "part": part or found.body["parts"][0]["key"], "type": "pass_fail_na", "severity": "general", "party": "unit", "applies_to": ["all"], "on_site": "yes", "derived": "yes",
    }  # fmt: skip


async def _item(request: Asked, found: queries.Draft, key: str, given: dict[str, Any], refusal: Refusal | None = None) -> Response[Any]:
    made = shaped(found.body)
    return page(
        request, "drafts/item.html", draft=found, checklist=made, key=key, given=given, refusal=refusal,
        answers=ANSWERS, severities=SEVERITIES, parties=PARTIES, types=TYPES, operations=condition_form.OPERATIONS, lines=condition_form.LINES, most=item_form.FIELDS,
        choices={"parts": [(one.key, one.title) for one in made.parts], "fields": item_form.fields_named(given), "earlier": item_form.looked_at(made, key)},
    )  # fmt: skip


@post("/drafts/{id:str}/items/{key:str}", **needs(*KEEPERS), status_code=200, request_max_body_size=LIMIT)
async def save_item(request: Asked, id: FromPath[str], key: FromPath[str]) -> Response[Any]:
    found = await _found(request, id)
    columns = {name: [str(value) for value in (await request.form()).getall(name, [])] for name in item_form.REPEATED}
    try:
        given = await forms.form(request, item_form.Given)
        raw = item_form.raw_of(given, columns, item_form.earlier(shaped(found.body), key))
        change = {"what": "item", "key": "" if key == "new" else key, "item": raw}
        await perform(request, "drafts.revise", {"draft": id, "seen": given.seen, "change": change}, given._id)
    except Refusal as refusal:
        return await _item(request, found, key, {**_blank(found), "on_site": "", "derived": "", **item_form.typed(await forms.fields(request), columns)}, refusal)
    return Redirect(f"/drafts/{id}#{f'part-{given.part}' if key == 'new' else key}", status_code=303)


# Looking at it, publishing, withdrawing


@get("/drafts/{id:str}/preview", **needs(*KEEPERS))
async def preview(request: Asked, id: FromPath[str]) -> Response[Any]:
    """The table as a phone shows it."""
    found = await _found(request, id)
    return page(request, "drafts/preview.html", draft=found, checklist=shaped(found.body))


@get("/drafts/{id:str}/compare", **needs(*KEEPERS))
async def compare(request: Asked, id: FromPath[str]) -> Response[Any]:
    """What the draft says otherwise than the version it began as, or the newest of its key."""
    found = await _found(request, id)
    newest = next(iter(await checklists.versions(request.user, found.key)), None)
    key, _, version = (newest.id if newest else found.origin).rpartition("/")
    told = await checklists.compared(key, int(version), shaped(found.body)) if version else None
    if told is None:
        raise Refusal("not_found")
    return page(
        request, "checklists/compare.html", before=told[0], title=found.title, back=f"/drafts/{id}", told=told[1], versions=[], after=None,
    )  # fmt: skip


class Decided(msgspec.Struct):
    _id: str
    seen: int = -1
    reason: str = ""


@post("/drafts/{id:str}/publish", **needs(*KEEPERS), status_code=200)
async def publish(request: Asked, id: FromPath[str]) -> Response[Any]:
    found = await _found(request, id)
    try:
        given = await forms.form(request, Decided)
        done = await perform(request, "drafts.publish", {"draft": id, "seen": given.seen}, given._id)
    except Refusal as refusal:
        return await _draft(request, found, refusal)
    return Redirect(f"/checklists/{done['checklist']}", status_code=303)


@post("/drafts/{id:str}/withdraw", **needs(*KEEPERS), status_code=200)
async def withdraw(request: Asked, id: FromPath[str]) -> Response[Any]:
    found = await _found(request, id)
    try:
        given = await forms.form(request, Decided)
        await perform(request, "drafts.withdraw", {"draft": id, "reason": given.reason}, given._id)
    except Refusal as refusal:
        return await _draft(request, found, refusal)
    return Redirect("/drafts", status_code=303)


# Whole files


@get("/checklists/{key:str}/{version:int}/xlsx", **needs())
async def published_file(request: Asked, key: FromPath[str], version: FromPath[int]) -> Response[bytes]:
    known = {entry.version for entry in await checklists.versions(request.user, key)}
    body = await checklists.raw(key, version) if version in known else None
    if body is None:
        raise Refusal("not_found")
    return _sent(sheets.file_of(body, lang_of(request)), f"{key}-{version}")


@get("/drafts/{id:str}/xlsx", **needs(*KEEPERS))
async def draft_file(request: Asked, id: FromPath[str]) -> Response[bytes]:
    found = await _found(request, id)
    return _sent(sheets.file_of(found.body, lang_of(request)), f"{found.key}-draft")


@get("/drafts/template", **needs(*KEEPERS))
async def template(request: Asked) -> Response[bytes]:
    """An empty table with one row that shows how it is filled in."""
    return _sent(sheets.template(lang_of(request)), "template")


def _sent(content: bytes, name: str) -> Response[bytes]:
    return files.attached(content, f"dugai-{name}.xlsx")


@get("/drafts/import", **needs(*KEEPERS))
async def choose(request: Asked) -> Response[Any]:
    return await _import(request, {})


async def _import(request: Asked, given: dict[str, Any], refusal: Refusal | None = None, read: Reading | None = None) -> Response[Any]:
    places = await people.places(request.user, *KEEPERS, kinds=("municipal", "district"))
    status = refusal.entry.status if refusal else 422 if read else 200
    return page(
        request, "drafts/import.html", status=status, given=given, refusal=refusal, faults=faults.gathered(read.faults) if read else [], count=len(read.faults) if read else 0, choices=[(place.id, place.name) for place in places],
        kept=[(one.key, Words(f"{one.title.zh}：第 {one.version + 1} 版", f"{one.title.en}: version {one.version + 1}")) for one in await _kept(request)],
    )  # fmt: skip


async def _kept(request: Asked) -> list[checklists.Published]:
    """The newest version of each table whose next one this person may write."""
    kept = []
    for one in await checklists.newest(request.user):
        try:
            check_keeps(request.user, one.place_path)
            kept.append(one)
        except Refusal:
            continue
    return kept


class Imported(msgspec.Struct):
    """following: the key whose next version the file is; without it, a table of its own."""

    _id: str
    place: str
    following: str = ""


@post("/drafts/import", **needs(*KEEPERS), status_code=200, request_max_body_size=FILE_LIMIT)
async def import_file(request: Asked) -> Response[Any]:
    """A file becomes a draft, or every cell that cannot be taken is named and nothing is kept."""
    try:
        given = await forms.form(request, Imported)
        read = await asyncio.to_thread(_read, await files.chosen(request))
        if read.faults:
            return await _import(request, await forms.fields(request), None, read)
        identifier = id_for(given._id, "draft")
        body, origin = await _named(request, read.body, given.following, identifier)
        payload = {"id": identifier, "place": given.place, "body": body, "origin": origin, "notes": msgspec.to_builtins(rules.told(read.notes))}
        await perform(request, "drafts.begin", payload, given._id)
    except Refusal as refusal:
        return await _import(request, await forms.fields(request), refusal)
    return Redirect(f"/drafts/{identifier}", status_code=303)


def _read(content: bytes) -> Reading:
    found = sheets_of(content, MOST_ROWS)
    return xlsform.read(found) if xlsform.is_one(found) else sheets_in.read(found)


async def _named(request: Asked, body: dict[str, Any], following: str, identifier: str) -> tuple[dict[str, Any], str]:
    """(the body under its key, what it began as): the next version of a table, or one of its own, whose key is the file's where that is free."""
    if following:
        before = next((one for one in await _kept(request) if one.key == following), None)
        if before is None:
            raise Refusal("not_found").at("following")
        return {**body, "key": following}, before.id
    if body["key"] and not await checklists.versions(request.user, body["key"]):
        return body, ""
    return {**body, "key": rules.blank(identifier, "", "")["key"], "version": 1}, ""


PAGES = (
    drafts, begin, draft, change, item, save_item, preview, compare, publish, withdraw, published_file, draft_file, template, choose, import_file,
)  # fmt: skip
