"""Amending a record at the desk."""

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from server.checklists.answers import Answer, asked
from server.facilities.rules import PARTIES
from server.foundation.refusal import Refusal
from server.inspections import amendments, queries, typed
from server.inspections.pages.records import WORDS, checklist_of, found_for
from server.inspections.pages.uploads import UPLOADS, kept_photos
from server.problems import queries as problems
from server.problems.rules import LEVELS
from server.problems.workflow import WORKFLOW
from server.web import forms
from server.web.access import needs
from server.web.acts import perform
from server.web.render import page

Asked = Request[Any, Any, Any]


class Given(msgspec.Struct):
    """The desk's form beside its answers and lines of findings. taken_back: ids of findings."""

    _id: str
    seen: int
    reason: str
    kind: str
    mode: str
    signer: str = ""
    signer_title: str = ""
    taken_back: tuple[str, ...] = ()

    def payload(self, visit: str, signer: Mapping[str, str], answers: Mapping[str, Answer | None], findings: list[dict[str, Any]]) -> dict[str, Any]:
        """`inspections.amend` of this form. signer: the facility's, as it stands."""
        renamed = (self.signer, self.signer_title) != (signer.get("name", ""), signer.get("title", ""))
        return {
            "visit": visit, "seen": self.seen, "reason": self.reason, "kind": self.kind, "mode": self.mode, "answers": answers,
            "facility": {"name": self.signer, "title": self.signer_title} if renamed else None, "findings": findings, "taken_back": self.taken_back,
        }  # fmt: skip


@get("/visits/{id:str}/amend", **needs("inspector", "supervisor"))
async def amend_form(request: Asked, id: FromPath[str]) -> Response[Any]:
    now = await _amendable(request, id)
    return await _amend(request, now, {key: Answer(**answer) for key, answer in now.answers.items()}, [])


async def _amendable(request: Asked, id: str) -> queries.Visit:
    found = await found_for(request, id)
    if not amendments.may_amend(found.place_path, [person for person, _ in found.inspectors], request.user):
        raise Refusal("not_allowed")
    return found


async def _amend(
    request: Asked, now: queries.Visit, answers: dict[str, Answer], lines: list[typed.Line], refusal: Refusal | None = None
) -> Response[Any]:
    checklist = await checklist_of(now)
    every, shown = asked(checklist, now.facility_type, now.parts, answers)
    signer = now.signatures.get("facility", {})
    plain = {"kind": now.kind, "mode": now.mode, "signer": signer.get("name", ""), "signer_title": signer.get("title", ""), "seen": now.revision}
    became = {problem.id: problem for problem in await problems.some(request.user, [row["problem"] for row in now.findings])}
    return page(
        request, "inspections/amend.html", status=refusal.entry.status if refusal else 200, visit=now, checklist=checklist, every=every, answers=answers,
        lines=typed.with_blanks(lines, [key for key in typed.failing(shown, answers) if key not in _noted(now)] + [""]), became=became, refusal=refusal,
        given={**plain, **await forms.fields(request)} if refusal else plain, back=(await request.form()).getall("taken_back", []) if refusal else [],
        levels=LEVELS, parties=PARTIES, workflow=WORKFLOW, **WORDS,
    )  # fmt: skip


def _noted(visit: queries.Visit) -> set[str]:
    return {row.get("item", "") for row in visit.findings}


@post("/visits/{id:str}/amend", **needs("inspector", "supervisor"), status_code=200, request_max_body_size=UPLOADS)
async def amend(request: Asked, id: FromPath[str]) -> Response[Any]:
    now = await _amendable(request, id)
    data, kept = await request.form(), dict[str, list[str]]()
    seen = await _as_seen(now, str(data.get("seen", "")))
    before = {key: Answer(**answer) for key, answer in seen.answers.items()}
    every = asked(await checklist_of(now), now.facility_type, now.parts, before)[0]
    answers = typed.completed(await checklist_of(now), now.facility_type, now.parts, typed.answers(data, every.values()), rest=False)
    try:
        kept = await kept_photos(request)
        given = await forms.form(request, Given)
        lines = [line for line in typed.lines(data.multi_items(), kept) if line.is_used]
        payload = given.payload(id, seen.signatures.get("facility", {}), typed.changed(before, answers), [typed.finding(line, given._id, every) for line in lines])
        await perform(request, "inspections.amend", payload, given._id)
    except Refusal as refusal:
        return await _amend(request, now, answers, typed.lines(data.multi_items(), kept), refusal)
    return Redirect(f"/visits/{id}#amended", status_code=303)


async def _as_seen(now: queries.Visit, revision: str) -> queries.Visit:
    """The record that was open: what the form changed is told from it, so that a double click is the same act."""
    return next((one.visit for one in await queries.versions(now) if str(one.visit.revision) == revision), now)


PAGES = (amend_form, amend)
