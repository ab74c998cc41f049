"""Which check tables there are, what each of them asks, how versions differ: for everybody who is signed in to read."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from server.checklists import queries, rules
from server.facilities.rules import PARTIES, TYPES
from server.foundation.refusal import Refusal
from server.web import forms
from server.web.access import needs
from server.web.acts import perform
from server.web.render import page

Asked = Request[Any, Any, Any]
KEEPERS = ("supervisor", "administrator")


@get("/checklists", **needs())
async def checklists(request: Asked) -> Response[Any]:
    newest: dict[str, queries.Published] = {}
    for entry in await queries.published(request.user):
        newest.setdefault(entry.key, entry)
    return page(request, "checklists/list.html", found=list(newest.values()), keeps=request.user.is_any(*KEEPERS))


@get("/checklists/{key:str}/{version:int}", **needs())
async def checklist(request: Asked, key: FromPath[str], version: FromPath[int]) -> Response[Any]:
    return await _checklist(request, key, version)


async def _checklist(request: Asked, key: str, version: int, refusal: Refusal | None = None) -> Response[Any]:
    versions = await queries.versions(request.user, key)
    shown = next((entry for entry in versions if entry.version == version), None)
    found = await queries.checklist(key, version) if shown else None
    if shown is None or found is None:
        raise Refusal("not_found")
    return page(
        request, "checklists/show.html", checklist=found, shown=shown, versions=versions, types=TYPES,
        parties=PARTIES, answers=rules.ANSWERS, keeps=_keeps(request, shown), refusal=refusal,
    )  # fmt: skip


def _keeps(request: Asked, entry: queries.Published) -> bool:
    try:
        rules.check_keeps(request.user, entry.place_path)
    except Refusal:
        return False
    return True


@get("/checklists/{key:str}/compare", **needs())
async def compare(request: Asked, key: FromPath[str], before: FromQuery[int] = 0, after: FromQuery[int] = 0) -> Response[Any]:
    """Two versions side by side; without being told which, the newest and the one before it."""
    versions = await queries.versions(request.user, key)
    known = [entry.version for entry in versions]
    newer = after if after in known else known[0] if known else 0
    older = before if before in known else next((version for version in known if version < newer), newer)
    new = await queries.checklist(key, newer) if known else None
    found = await queries.compared(key, older, new) if new else None
    if new is None or found is None:
        raise Refusal("not_found")
    earlier, told = found
    return page(
        request, "checklists/compare.html", before=earlier, after=new, title=new.title, back=f"/checklists/{new.id}", told=told, versions=versions,
    )  # fmt: skip


class Offered(msgspec.Struct):
    _id: str
    offered: str = ""
    reason: str = ""


@post("/checklists/{key:str}/offered", **needs(*KEEPERS), status_code=200)
async def offer(request: Asked, key: FromPath[str]) -> Response[Any]:
    """Retire all versions of a key with a reason, or offer them again."""
    versions = await queries.versions(request.user, key)
    if not versions:
        raise Refusal("not_found")
    try:
        given = await forms.form(request, Offered)
        await perform(request, "checklists.reinstate" if given.offered else "checklists.retire", {"key": key, "reason": given.reason}, given._id)
    except Refusal as refusal:
        return await _checklist(request, key, versions[0].version, refusal)
    return Redirect(f"/checklists/{versions[0].id}", status_code=303)


PAGES = (checklists, checklist, compare, offer)
