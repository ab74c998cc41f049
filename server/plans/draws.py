"""Drawing, kept for good; and who must not visit whom."""

import secrets
from typing import Any

import msgspec

from server.foundation.command import Handling, canonical
from server.foundation.ids import is_id
from server.foundation.refusal import Refusal
from server.ledger.unit import Unit
from server.people.tables import Place
from server.plans import lots
from server.plans.assignments import assign
from server.plans.lookups import lists_for, plan_for
from server.plans.tables import Assignment, Draw, Plan
from server.problems.rules import written

Row = dict[str, Any]


class DrawLots(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """words: what a witness says, before the server's seed is revealed. reason: needed from the plan's second draw on."""

    id: str
    plan: str
    rules: lots.Rules
    inspectors: tuple[str, ...]
    words: str = ""
    reason: str = ""


async def draw_lots(unit: Unit, drawing: DrawLots) -> Row:
    """Refusals: those of plan_for, draw.*, problem.blank (a second draw without a reason). The next draw gets a seed of its own."""
    plan = await plan_for(unit, drawing.plan, "draft", "open")
    if not is_id(drawing.id) or await unit.find(Draw, drawing.id):
        raise Refusal("input.invalid", reason="id").at("id")
    reason = written(drawing.reason, "reason", 200, required=plan["draws"] > 0)
    words = " ".join(written(drawing.words, "words", 100, required=False).split())
    if not 0 <= drawing.rules.count <= lots.MOST or not 0 <= drawing.rules.within_days <= 1000:
        raise Refusal("draw.many", most=lots.MOST).at("count")
    lists = await lists_for(unit, plan, drawing.rules, drawing.inspectors)
    out, result = lots.drawn(lots.mixed(plan["seed"], words), lists)
    record = lots.Record(
        plan=plan["id"], title=plan["title"], number=plan["draws"] + 1, drawn_at=unit.at, on=lists.on, drawn_by=unit.actor.name,
        commitment=plan["commitment"], seed=plan["seed"], words=words, rules=lists.rules, facilities=lists.facilities,
        inspectors=lists.inspectors, barred=lists.barred, out=out, result=result, reason=reason,
    )  # fmt: skip
    for pair in result:
        place = await unit.find(Place, pair.facility)
        assert place is not None  # it was on the list
        assign(unit, plan, place, plan["until_on"], pair.first, pair.second, drawing.id)
    return _kept(unit, plan, drawing.id, record)


def _kept(unit: Unit, plan: Row, id: str, record: lots.Record) -> Row:
    kept, following = canonical(record), secrets.token_hex(16)
    sha256 = lots.commitment(kept.decode())
    unit.add(Draw, id=id, plan_id=plan["id"], number=record.number, sha256=sha256, record=kept.decode(), drawn_at=unit.at)
    unit.change(Plan, plan["id"], draws=record.number, seed=following, commitment=lots.commitment(following))
    unit.note(
        "plan.drawn", plan["id"], plan["place_path"], draw=id, sha256=sha256, seed=record.seed, words=record.words,
        commitment=record.commitment, next_commitment=lots.commitment(following), result=record.result,
    )  # fmt: skip
    return {"plan": plan["id"], "draw": id, "drawn": len(record.result)}


COMMANDS = (
    Handling("plans.draw", DrawLots, draw_lots, lambda asked: ((Plan, asked.plan), (Assignment, "plan_id", asked.plan))),
)
