"""An auditor's one page of their own: the history of a place and period as a file, and who took one along before."""

import datetime as dt
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromQuery
from litestar.response import Stream

from server.audits import file, queries, rules
from server.foundation import clock
from server.foundation.refusal import Refusal
from server.ledger.queries import head
from server.people import queries as people
from server.web import forms
from server.web.access import needs
from server.web.acts import perform
from server.web.files import attached_slowly
from server.web.render import page

Asked = Request[Any, Any, Any]
MONTH = dt.timedelta(days=30)


class Given(msgspec.Struct):
    place: str
    since: dt.date
    until: dt.date


@get("/audits", **needs(rules.ROLE))
async def audits(request: Asked, place: FromQuery[str] = "") -> Response[Any]:
    """place: the one that is chosen at first, a facility too."""
    today = clock.today()
    return await _page(request, {"place": place, "since": (today - MONTH).isoformat(), "until": today.isoformat()})


async def _page(request: Asked, given: dict[str, str], refusal: Refusal | None = None) -> Response[Any]:
    chosen = await people.place_for(request.user, given.get("place", ""))
    bureaus = await people.places(request.user, rules.ROLE, kinds=("municipal", "district"))
    facility = [chosen] if chosen and chosen.id not in {one.id for one in bureaus} and request.user.has(rules.ROLE, chosen.path) else []
    return page(
        request, "audits/show.html", given=given, refusal=refusal, places=[(one.id, one.name) for one in (*facility, *bureaus)],
        key=file.public_key(request.app.state.settings.secret()), taken=await queries.taken(request.user),
    )  # fmt: skip


@post("/audits", **needs(rules.ROLE), status_code=200)
async def export(request: Asked) -> Response[Any] | Stream:
    """Each asking is an act of its own: a file that is fetched twice stands in the history twice."""
    try:
        given = await forms.form(request, Given)
        done = await perform(request, "audits.export", given)
    except Refusal as refusal:
        return await _page(request, await forms.fields(request), refusal)
    about = file.About(done["name"], done["place"], given.since, given.until, msgspec.convert(done["at"], dt.datetime), request.user.name)
    ledger = await head()
    lines = file.lines(request.app.state.settings.secret(), about, ledger, queries.segments(done["path"], given.since, given.until, ledger[0]))
    return attached_slowly(lines, f"dugai-history-{given.since}-{given.until}.ndjson")


PAGES = (audits, export)
