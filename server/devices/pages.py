"""POST /devices: a phone enrols. And the pages on which a device is taken out of use: by its owner, or by whoever answers for them."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from server.devices import queries, rules
from server.foundation.ids import is_id
from server.foundation.refusal import Refusal
from server.people.rules import browser
from server.web import forms
from server.web.access import calls, needs, own
from server.web.acts import perform
from server.web.render import page

Asked = Request[Any, Any, Any]
ANSWERING = needs("administrator", "supervisor")
OURS = {"x-dugai": "1", "cache-control": "no-store"}
LIMIT = 4096


class Enrolment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    key: str


@post("/devices", **calls(), status_code=200, request_max_body_size=LIMIT)
async def enrol(request: Asked) -> Response[Any]:
    """Answers {device}; the same id and key again the same. Refusals: device.taken, device.revoked, device.key, device.many."""
    try:
        given = msgspec.json.decode(await request.body(), type=Enrolment)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Refusal("input.invalid", reason=str(error)) from None
    if not is_id(given.id):
        raise Refusal("input.invalid", reason="id").at("id")
    known = await queries.bound(given.id)
    if known is None:
        about = {"agent": browser(request.headers.get("user-agent", "")), "browser": await queries.browser_of(request.user.session_id)}
        await perform(request, "devices.enrol", {"id": given.id, "key": given.key, **about}, given.id)
    elif (known.person_id, known.public_key) != (request.user.id, given.key):
        raise Refusal("device.taken").at("id")
    elif known.revoked_at:
        raise Refusal("device.revoked").at("id")
    return Response({"device": given.id}, headers=OURS)


@get("/me/devices", **own)
async def mine(request: Asked) -> Response[Any]:
    return await _devices(request, request.user.id)


@post("/me/devices/{id:str}/revoke", **own, status_code=200)
async def revoke_mine(request: Asked, id: FromPath[str]) -> Response[Any]:
    return await _revoke(request, request.user.id, id, "/me/devices")


@get("/people/{id:str}/devices", **ANSWERING)
async def of(request: Asked, id: FromPath[str]) -> Response[Any]:
    return await _devices(request, id, await _owner(request, id))


@post("/people/devices/{id:str}/revoke", **ANSWERING, status_code=200)
async def revoke_of(request: Asked, id: FromPath[str]) -> Response[Any]:
    known = await queries.bound(id)
    if known is None:
        raise Refusal("not_found")
    return await _revoke(request, known.person_id, id, f"/people/{known.person_id}/devices", await _owner(request, known.person_id))


async def _owner(request: Asked, id: str) -> str:
    name = await queries.owner(request.user, id)
    if name is None:
        raise Refusal("not_found")
    return name


async def _devices(request: Asked, person: str, owner: str = "", device: str = "", refusal: Refusal | None = None) -> Response[Any]:
    return page(
        request, "devices/list.html", found=await queries.enrolled(person), person=person, owner=owner, whys=rules.WHYS, chosen=rules.CHOSEN,
        here="" if owner else await queries.browser_of(request.user.session_id), device=device, refusal=refusal,
    )  # fmt: skip


class Revoking(msgspec.Struct):
    _id: str
    why: str


async def _revoke(request: Asked, person: str, device: str, back: str, owner: str = "") -> Response[Any]:
    if device not in {one.id for one in await queries.enrolled(person)}:
        raise Refusal("not_found")
    try:
        given = await forms.form(request, Revoking)
        await perform(request, "devices.revoke", {"device": device, "why": given.why}, given._id)
    except Refusal as refusal:
        return await _devices(request, person, owner, device, refusal)
    return Redirect(back, status_code=303)


PAGES = (enrol, mine, revoke_mine, of, revoke_of)
