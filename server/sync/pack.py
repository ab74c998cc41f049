"""The pack: facilities with their cards as the server renders them, check tables, colleagues. No resident is ever in it."""

import datetime as dt
from typing import Any

import msgspec

from server.checklists import queries as checklists
from server.checklists.rules import Checklist
from server.facilities import queries as facilities
from server.facilities import rules as facility_rules
from server.facilities.rules import TYPES
from server.foundation.actor import Actor
from server.foundation.words import Lang
from server.people import queries as people
from server.photos import queries as photos
from server.plans import queries as plans
from server.problems import queries as problems
from server.problems import workflow
from server.problems.queries import Problem
from server.problems.rules import LEVELS
from server.problems.workflow import WORKFLOW
from server.sync import todo
from server.web.assets import assets
from server.web.render import partial

SLICE = 500
SIDES = {"before": "before", "finding": "before", "after": "after"}  # by the role of a photo
VISITORS = ("inspector", "supervisor", "administrator")  # a facility's contact fills in no check table
MOST_AFTER = 2  # photos of one problem: their names alone weigh more than its words


async def packed(actor: Actor, lang: Lang) -> dict[str, Any]:
    """What this person's phone takes along, the same for the same facts: {person, release, lang, facilities, assignments, rechecks, checklists, colleagues, pages, todo}.

    A facility: {id, name, address, type, search, contact, points, persons, at, recent, recent_by, html}; `at` is [latitude, longitude] or null; `html` is the server's own partial.
    """
    tables = [table for _, table in await checklists.current(actor)] if actor.is_any(*VISITORS) else []
    open_ones = await problems.open_below(actor.paths("inspector"))
    return {
        "person": {"id": actor.id, "name": actor.name},
        "release": assets().release,
        "lang": lang,
        "facilities": await _facilities(actor, lang, open_ones),
        "assignments": await _assignments(actor, tables),
        "rechecks": await _rechecks(actor, open_ones),
        "checklists": [_checklist(table) for table in tables],
        "colleagues": await people.colleagues(actor),
        "pages": [f"/visit/{table.key}/{table.version}" for table in tables],
        "todo": await todo.asked(actor),
    }


async def _facilities(actor: Actor, lang: Lang, open_ones: dict[str, list[Problem]]) -> list[dict[str, Any]]:
    paths = actor.paths("inspector")
    every = await facilities.every(actor, "inspector")
    last = await plans.last_visits(paths)
    return [
        {
            "id": facility.id, "name": facility.name, "address": facility.address, "type": facility.type,
            "search": facility_rules.search_text(facility.id, facility.details, facility.parent),
            "contact": {"name": facility.contact_name, "title": facility.contact_title},
            "points": facility_rules.all_points(facility.points, duties),
            "persons": [{"party": d.party, "name": d.person, "point": d.point, "step": d.step} for d in duties],
            "at": None if facility.latitude is None else facility.position,
            "recent": last[facility.id][0] if facility.id in last else None,
            "recent_by": last[facility.id][1] if facility.id in last else "",
            "html": partial(
                "sync/_facility.html", lang, facility=facility, types=TYPES, problems=open_ones.get(facility.id, []), levels=LEVELS, workflow=WORKFLOW,
            ),
        }
        for facility, duties in every
    ]  # fmt: skip


async def _assignments(actor: Actor, tables: list[Checklist]) -> list[dict[str, Any]]:
    """The visits handed to this person: {id, facility, name, title, kind, mode, checklist: {key, version}, parts, due_on, partner, note}."""
    newest = {table.key: table.version for table in tables}
    return [
        {
            "id": one.id, "facility": one.facility_id, "name": one.facility, "title": one.title, "kind": one.kind, "mode": one.mode,
            "checklist": {"key": one.checklist, "version": newest.get(one.checklist, 0)}, "parts": one.parts, "due_on": one.due_on,
            "partner": one.partner, "note": one.note,
        }
        for one in await plans.mine(actor)
    ]  # fmt: skip


async def _rechecks(actor: Actor, open_ones: dict[str, list[Problem]]) -> list[dict[str, Any]]:
    """What this person may re-check now, the first due first: {id, number, facility, name, what, point, step, question, severity, due_on, round, report, photos}.

    round: how often it was sent back; report: {text, on}, what the facility says; photos: {before, after}, SHA-256 of some, to be looked at on line.
    """
    waiting = [one for every in open_ones.values() for one in every if one.state == "awaiting_recheck" and workflow.may_recheck(msgspec.structs.asdict(one), actor)]
    shown = await _shown([one.id for one in waiting])
    return [
        {
            "id": one.id, "number": one.number, "facility": one.facility_id, "name": one.facility, "what": one.what, "point": one.point, "step": one.step,
            "question": one.question, "severity": one.severity, "due_on": one.due_on, "round": one.rework,
            "report": {"text": one.progress, "on": one.rectified_on}, "photos": shown.get(one.id, {}),
        }
        for one in sorted(waiting, key=lambda one: (one.due_on or dt.date.max, one.id))
    ]  # fmt: skip


async def _shown(ids: list[str]) -> dict[str, dict[str, list[str]]]:
    """The first photo of each problem, and the last ones that the facility sent."""
    found: dict[str, dict[str, list[str]]] = {}
    for start in range(0, len(ids), SLICE):
        for use in await photos.uses(ids[start : start + SLICE]):
            if side := SIDES.get(use.role):
                found.setdefault(use.subject_id, {}).setdefault(side, []).append(use.sha256)
    return {id: {"before": sides.get("before", [])[:1], "after": sides.get("after", [])[-MOST_AFTER:]} for id, sides in found.items()}


def _checklist(table: Checklist) -> dict[str, Any]:
    """types: of facilities that it, or one of its parts, asks anything on site."""
    of = {part.key: sorted({type for item in table.on_site(part.key) for type in item.applies_to}) for part in table.parts}
    parts = [{"key": part.key, "title": part.title, "types": of[part.key]} for part in table.parts]
    return {"key": table.key, "version": table.version, "title": table.title, "parts": parts, "types": sorted({type for types in of.values() for type in types})}
