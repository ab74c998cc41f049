"""The pack: facilities with their cards as the server renders them, check tables, colleagues. No resident is ever in it."""

from typing import Any

from server.checklists import queries as checklists
from server.checklists.rules import Checklist
from server.facilities import queries as facilities
from server.facilities import rules as facility_rules
from server.facilities.rules import TYPES
from server.foundation.actor import Actor
from server.foundation.words import Lang
from server.inspections import queries as inspections
from server.people import queries as people
from server.problems import queries as problems
from server.problems.rules import LEVELS, WORKFLOW
from server.web.assets import assets
from server.web.render import partial


async def packed(actor: Actor, lang: Lang) -> dict[str, Any]:
    """What this person's phone takes along, the same for the same facts: {person, release, lang, facilities, checklists, colleagues, pages}.

    A facility: {id, name, address, type, search, contact, points, persons, recent, html}; `html` is the server's own partial.
    """
    tables = await checklists.current()
    return {
        "person": {"id": actor.id, "name": actor.name},
        "release": assets().release,
        "lang": lang,
        "facilities": await _facilities(actor, lang),
        "checklists": [_checklist(table) for table in tables],
        "colleagues": await people.colleagues(actor),
        "pages": [f"/visit/{table.key}/{table.version}" for table in tables],
    }


async def _facilities(actor: Actor, lang: Lang) -> list[dict[str, Any]]:
    paths = actor.paths("inspector")
    every = await facilities.every(actor, "inspector")
    open_ones = await problems.open_below(paths)
    last = await inspections.last_visits(paths)
    return [
        {
            "id": facility.id, "name": facility.name, "address": facility.address, "type": facility.type,
            "search": facility_rules.search_text(facility.id, facility.details, facility.parent),
            "contact": {"name": facility.contact_name, "title": facility.contact_title},
            "points": facility_rules.all_points(facility.points, duties),
            "persons": [{"party": d.party, "name": d.person, "point": d.point, "step": d.step} for d in duties],
            "recent": last.get(facility.id),
            "html": partial(
                "sync/_facility.html", lang, facility=facility, types=TYPES, problems=open_ones.get(facility.id, []), levels=LEVELS, workflow=WORKFLOW,
            ),
        }
        for facility, duties in every
    ]  # fmt: skip


def _checklist(table: Checklist) -> dict[str, Any]:
    types = sorted({type for item in table.items if item.on_site for type in item.applies_to})
    return {"key": table.key, "version": table.version, "title": table.title, "parts": table.parts, "types": types}
