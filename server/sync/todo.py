"""What the phone of a facility's contact takes along: what is asked of them, the notices, and whom to call."""

from typing import Any

import msgspec

from server.foundation.actor import Actor
from server.notices import queries as notices
from server.notices.queries import Notice
from server.people import queries as people
from server.photos import queries as photos
from server.problems import queries as problems
from server.problems import workflow
from server.problems.queries import Extension, Problem

SLICE = 500
MOST_NOTICES = 100  # looked through
STEPS = ("plan", "report", "progress", "ask_extension")  # what a phone can do, in the order in which it is asked


async def asked(actor: Actor) -> dict[str, Any] | None:
    """{problems, notices, calls, states}, None for whoever answers for no facility.

    problems: all open ones of the facilities, the first due first. notices: those to sign, and signed ones of which a problem is open still.
    calls: [{facility, name, telephone}]; states: words by state.
    """
    if not actor.is_any("contact"):
        return None
    found = [one for every in (await problems.open_below(actor.paths("contact"))).values() for one in every]
    found.sort(key=lambda one: (one.due_on is None, one.due_on, one.id))
    return {
        "problems": await _problems(actor, found),
        "notices": [_notice(one) for one in await notices.of_facilities(actor, MOST_NOTICES) if not one.is_settled or (one.is_signed and _is_running(one, found))],
        "calls": await people.desks(actor, "contact"),
        "states": {state.key: state.words for state in workflow.WORKFLOW.states if state.is_open},
    }


async def _problems(actor: Actor, found: list[Problem]) -> list[dict[str, Any]]:
    told = []
    for start in range(0, len(found), SLICE):
        some = found[start : start + SLICE]
        ids = [one.id for one in some]
        extensions, returned = await problems.last_extensions(ids), await problems.why_returned([one.id for one in some if one.state == "plan_returned"])
        shown = {use.subject_id: use.sha256 for use in reversed(await photos.uses(ids)) if use.role in ("before", "finding")}
        told += [_problem(actor, one, returned.get(one.id, ""), extensions.get(one.id), shown.get(one.id, "")) for one in some]
    return told


def _problem(actor: Actor, one: Problem, returned: str, extension: Extension | None, photo: str) -> dict[str, Any]:
    """acts: the steps that the contact may take now; why: what was said when it was sent back last; extension: the last request for more time;
    photo: of the finding, looked at on line."""
    may = {move.act for move, barred in workflow.acts(msgspec.structs.asdict(one), actor) if barred is None}
    return {
        "id": one.id, "number": one.number, "facility": one.facility_id, "name": one.facility, "what": one.what, "point": one.point, "step": one.step,
        "clause": one.clause, "severity": one.severity, "person": one.person, "state": one.state, "due_on": one.due_on, "round": one.rework, "notice": one.notice_id,
        "cause": one.cause, "measures": one.measures, "reported_on": one.rectified_on, "acts": [act for act in STEPS if act in may], "why": one.recheck if one.state == "returned" else returned,
        "extension": _extension(extension), "photo": photo,
    }  # fmt: skip


def _extension(one: Extension | None) -> dict[str, Any] | None:
    return {"state": one.state, "wished_on": one.wished_on, "granted_on": one.granted_on, "answer": one.answer} if one else None


def _notice(one: Notice) -> dict[str, Any]:
    """signed: {by, on}, null while it waits for a signature."""
    return {
        "id": one.id, "number": one.number, "facility": one.facility_id, "name": one.facility, "bureau": one.bureau, "issued_on": one.issued_on,
        "lines": [
            {"number": line.number, "what": line.what, "point": line.point, "step": line.step, "severity": line.severity, "clause": line.clause, "due_on": line.due_on, "person": line.person}
            for line in one.lines
        ],
        "signed": {"by": one.signer, "on": one.signed_on} if one.is_signed else None,
    }  # fmt: skip


def _is_running(notice: Notice, found: list[Problem]) -> bool:
    return any(one.notice_id == notice.id for one in found)
