"""The register of people: lists, one person with their roles, files in and out, and slips with codes."""

import asyncio
import datetime as dt
from collections.abc import Iterable
from typing import Any

import msgspec
import segno
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect
from markupsafe import Markup

from server.accounts import files, queries, rules
from server.accounts.rules import At
from server.foundation import clock
from server.foundation.ids import is_id
from server.foundation.refusal import Refusal
from server.people import queries as people
from server.people.rules import (
    CODE_LIFE,
    ROLE_WORDS,
    STATE_WORDS,
    code_for,
    fingerprint,
    id_for,
    normal_sign_in,
    printed,
)
from server.web import forms
from server.web.access import needs
from server.web.acts import perform
from server.web.files import attached, chosen
from server.web.render import origin_of, page

Asked = Request[Any, Any, Any]
ADMINISTRATOR = needs("administrator")
FILE_LIMIT = 10 * 1024 * 1024
MOST_OUT = 20_000


@get("/people", **ADMINISTRATOR)
async def register(request: Asked, after: FromQuery[str] = "") -> Response[Any]:
    return await _register(request, forms.filters(request, queries.Filters).known(queries.KNOWN), after)


async def _register(request: Asked, filters: queries.Filters, after: str = "", refusal: Refusal | None = None) -> Response[Any]:
    places = await people.places(request.user, "administrator", kinds=("municipal", "district", "office"))
    place = await people.place_for(request.user, filters.place) if filters.place else None
    said = filters.said({filters.place: place.name if place else "—"})
    return page(
        request, "accounts/list.html", refusal=refusal, filters=filters,
        found=await queries.people(request.user, filters, after), most=queries.MOST_COUNTED, role_words=ROLE_WORDS, state_words=STATE_WORDS,
        places=[(one.id, one.name) for one in places], place=place, first=not after, said=[(words, filters.without(name)) for name, words in said],
    )  # fmt: skip


@get("/people/file/{ending:str}", **ADMINISTRATOR)
async def export(request: Asked, ending: FromPath[str]) -> Response[bytes]:
    """xlsx: the register as filtered; template.xlsx: an empty one to fill in."""
    if ending == "template.xlsx":
        content, name = await asyncio.to_thread(files.template, await _places(request)), "template"
    elif ending == "xlsx":
        found = await queries.everyone(request.user, forms.filters(request, queries.Filters), MOST_OUT)
        content, name = await asyncio.to_thread(files.register, found), clock.today().isoformat()
    else:
        raise Refusal("not_found")
    return attached(content, f"dugai-people-{name}.xlsx")


async def _places(request: Asked) -> list[At]:
    found = await people.places(request.user, "administrator")
    names = {place.id: place.name for place in found}
    return [At(place.id, place.name, names.get(place.parent_id or "", "")) for place in found]


# One person


class NewPerson(msgspec.Struct):
    _id: str
    name: str
    sign_in: str
    role: str
    place: str
    until_on: dt.date | None = None


@get("/people/new", **ADMINISTRATOR)
async def blank(request: Asked, place: FromQuery[str] = "") -> Response[Any]:
    return await _blank(request, {"place": place})


async def _blank(request: Asked, given: dict[str, str], refusal: Refusal | None = None) -> Response[Any]:
    return page(
        request, "accounts/new.html", refusal=refusal, given=given,
        places=await people.places(request.user, "administrator"), role_words=ROLE_WORDS,
    )  # fmt: skip


@post("/people", **ADMINISTRATOR, status_code=200)
async def add_person(request: Asked) -> Response[Any]:
    """Registers somebody and shows the slip with the code: once, on this answer."""
    try:
        given = await forms.form(request, NewPerson)
        code = code_for(_secret(request), given._id)
        payload = {
            "id": id_for(given._id, "person"), "standing": id_for(given._id, "standing"), "name": given.name, "sign_in": given.sign_in,
            "role": given.role, "place": given.place, "until_on": given.until_on, "code": fingerprint(code),
        }  # fmt: skip
        done = await perform(request, "people.add", payload, given._id)
    except Refusal as refusal:
        return await _blank(request, await forms.fields(request), refusal)
    return _slips(request, [(given.name, "", code)], done["at"], f"/people/{done['person']}")


@get("/people/{id:str}", **ADMINISTRATOR)
async def person(request: Asked, id: FromPath[str]) -> Response[Any]:
    return await _person(request, id)


async def _found(request: Asked, id: str) -> tuple[people.Person, list[people.Held]]:
    found = await people.person_for(request.user, id)
    if found is None:
        raise Refusal("not_found")
    return found


async def _person(request: Asked, id: str, refusal: Refusal | None = None) -> Response[Any]:
    shown, held = await _found(request, id)
    return page(
        request, "accounts/person.html", person=shown, refusal=refusal,
        held={tense: [one for one in held if one.tense == tense] for tense in ("now", "future", "past")},
        places=await people.places(request.user, "administrator"), role_words=ROLE_WORDS, state_words=STATE_WORDS, life=CODE_LIFE.days,
        given=await forms.fields(request) if refusal else {}, hands_over=any(route.path == "/plans/hand-over" for route in request.app.routes),
    )  # fmt: skip


class NewRole(msgspec.Struct):
    _id: str
    role: str
    place: str
    from_on: dt.date | None = None
    until_on: dt.date | None = None


@post("/people/{id:str}/roles", **ADMINISTRATOR, status_code=200)
async def grant(request: Asked, id: FromPath[str]) -> Response[Any]:
    await _found(request, id)
    try:
        given = await forms.form(request, NewRole)
        payload = {
            "id": id_for(given._id, "standing"), "person": id, "role": given.role, "place": given.place, "until_on": given.until_on,
            "from_on": given.from_on,
        }  # fmt: skip
        await perform(request, "people.grant", payload, given._id)
    except Refusal as refusal:
        return await _person(request, id, refusal)
    return Redirect(f"/people/{id}", status_code=303)


class NewEnd(msgspec.Struct):
    _id: str
    until_on: dt.date | None = None


@post("/people/{id:str}/roles/{standing:str}", **ADMINISTRATOR, status_code=200)
async def change_role(request: Asked, id: FromPath[str], standing: FromPath[str]) -> Response[Any]:
    await _found(request, id)
    try:
        given = await forms.form(request, NewEnd)
        await perform(request, "people.change_role", {"standing": standing, "until_on": given.until_on}, given._id)
    except Refusal as refusal:
        return await _person(request, id, refusal)
    return Redirect(f"/people/{id}", status_code=303)


@post("/people/{id:str}/roles/{standing:str}/end", **ADMINISTRATOR, status_code=200)
async def end_role(request: Asked, id: FromPath[str], standing: FromPath[str]) -> Response[Any]:
    return await _act(request, id, "people.end_role", {"standing": standing})


@post("/people/{id:str}/leave", **ADMINISTRATOR, status_code=200)
async def leave(request: Asked, id: FromPath[str]) -> Response[Any]:
    return await _act(request, id, "people.leave", {"person": id, "reason": (await forms.fields(request)).get("reason", "")})


async def _act(request: Asked, id: str, kind: str, payload: dict[str, Any]) -> Response[Any]:
    await _found(request, id)
    try:
        await perform(request, kind, payload, (await forms.fields(request)).get("_id"))
    except Refusal as refusal:
        return await _person(request, id, refusal)
    return Redirect(f"/people/{id}", status_code=303)


@post("/people/{id:str}/reset", **ADMINISTRATOR, status_code=200)
async def reset(request: Asked, id: FromPath[str]) -> Response[Any]:
    shown, _ = await _found(request, id)
    act = (await forms.fields(request)).get("_id", "")
    code = code_for(_secret(request), act)
    try:
        done = await perform(request, "people.reset", {"person": id, "code": fingerprint(code)}, act)
    except Refusal as refusal:
        return await _person(request, id, refusal)
    return _slips(request, [(shown.name, "", code)], done["at"], f"/people/{id}")


# Many at once


class Ticked(msgspec.Struct):
    _id: str
    person: tuple[str, ...] = ()


@post("/people/reset", **ADMINISTRATOR, status_code=200)
async def reset_many(request: Asked) -> Response[Any]:
    """New codes for all who were ticked; the slips show them once, and a double click shows the same."""
    try:
        given = await forms.form(request, Ticked)
        codes = {id: code_for(_secret(request), f"{given._id}\0{id}") for id in dict.fromkeys(given.person)}
        payload = {"people": [{"person": id, "code": fingerprint(code)} for id, code in codes.items()]}
        done = await perform(request, "accounts.reset", payload, given._id)
    except Refusal as refusal:
        return await _register(request, queries.Filters(), "", refusal)
    names = await people.names(list(codes))
    return _slips(request, [(names[id], "", code) for id, code in codes.items()], done["at"], "/people")


@get("/people/import", **ADMINISTRATOR)
async def choose(request: Asked) -> Response[Any]:
    return _reading(request, None)


@post("/people/import", **ADMINISTRATOR, status_code=200, request_max_body_size=FILE_LIMIT)
async def preview(request: Asked) -> Response[Any]:
    """Says what each row would do, or every cell that stops the file; nothing is written yet."""
    try:
        content = await chosen(request)
        rows = await asyncio.to_thread(files.rows_of, content)
        known = await queries.known(sorted(_sign_ins(rows)))
        read = await asyncio.to_thread(files.read, content, rows, await _places(request), known, clock.today())
    except Refusal as refusal:
        return _reading(request, None, refusal)
    return _reading(request, read)


def _sign_ins(rows: Iterable[tuple[int, dict[str, str]]]) -> Iterable[str]:
    for _, cells in rows:
        try:
            yield normal_sign_in(cells["sign_in"])
        except Refusal:
            continue  # said beside its row


def _reading(request: Asked, read: files.Reading | None, refusal: Refusal | None = None) -> Response[Any]:
    asked = [entry for entry in read.entries if entry.does != "same"] if read and not read.faults else []
    payload = msgspec.json.encode({"entries": asked, "file": read.file}).decode() if read and asked else ""
    return page(
        request, "accounts/import.html", status=refusal.entry.status if refusal else 422 if read and read.faults else 200, reading=read,
        payload=payload, refusal=refusal, role_words=ROLE_WORDS, most=rules.MOST_ROWS,
    )  # fmt: skip


class Asking(msgspec.Struct, frozen=True):
    """What the preview hands on to the confirmation."""

    entries: list[files.Entry]
    file: str = ""


@post("/people/import/confirm", **ADMINISTRATOR, status_code=200, request_max_body_size=FILE_LIMIT)
async def confirm(request: Asked) -> Response[Any]:
    """All rows or none; then the slips of the new people, once, on this answer."""
    data = await request.form()
    act = str(data.get("_id", ""))
    try:
        if not is_id(act):
            raise Refusal("input.invalid", reason="id").at("_id")
        asking = forms.read_json(data.get("payload"), Asking)
        payload, codes = _accounts(_secret(request), act, asking)
        done = await perform(request, "accounts.add", payload, act)
    except Refusal as refusal:
        return _reading(request, None, refusal)
    slips = [(entry.name, entry.place_name, codes[entry.row]) for entry in asking.entries if entry.row in codes]
    return _slips(request, slips, done["at"], "/people", done)


def _accounts(secret: str, act: str, asking: Asking) -> tuple[dict[str, Any], dict[int, str]]:
    """The command's payload, and the codes of new people by their row: the same act makes the same."""
    codes = {entry.row: code_for(secret, f"{act}\0{entry.row}") for entry in asking.entries if entry.does == "new"}
    ids = {row: id_for(act, f"person {row}") for row in codes}
    new, roles = [], []
    for entry in asking.entries:
        given = {"role": entry.role, "place": entry.place, "until_on": entry.until_on}
        standing = id_for(act, f"standing {entry.row}")
        if entry.does == "new":
            new.append({
                "id": ids[entry.row], "standing": standing, "name": entry.name, "sign_in": entry.sign_in, "code": fingerprint(codes[entry.row]), **given,
            })  # fmt: skip
        else:
            roles.append({"id": standing, "person": entry.person or ids.get(entry.like, ""), **given})
    return {"people": new, "roles": roles, "file": asking.file}, codes


def _slips(request: Asked, slips: list[tuple[str, str, str]], made_at: str, back: str, done: dict[str, Any] | None = None) -> Response[Any]:
    """Eight to an A4 page. slips: (name, where, code)."""
    origin = origin_of(request)
    drawn = segno.make(f"{origin}/activate", error="m").svg_inline(scale=4, border=1, omitsize=True)
    until = clock.today(dt.datetime.fromisoformat(made_at) + CODE_LIFE)
    return page(
        request, "accounts/slips.html", slips=[(name, where, printed(code)) for name, where, code in slips], address=f"{origin}/activate",
        until=until, back=back, done=done, drawn=Markup(drawn),  # noqa: S704 -- drawn by segno from our own address
    )  # fmt: skip


def _secret(request: Asked) -> str:
    return str(request.app.state.settings.secret())


PAGES = (
    register, export, blank, add_person, person, grant, change_role, end_role, leave, reset, reset_many, choose, preview, confirm,
)  # fmt: skip
