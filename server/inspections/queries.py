"""Reading visits: the list, one visit, and when a facility was last visited."""

import datetime as dt
from typing import Any

import msgspec

from server.database.rows import below, one, rows
from server.foundation.actor import Actor
from server.inspections.rules import KEPT, digest

PAGE = 50
COLUMNS = (
    "i.id, i.number, i.facility_id, pl.name as facility, i.place_path, i.checklist, i.parts, i.kind, i.mode, i.inspectors, "
    "i.started_at, i.finished_at, i.visited_on, i.answers, i.passed, i.failed, i.not_applicable, i.recorded, i.findings, i.signatures, "
    "i.position, i.received_at"
)


class Visit(msgspec.Struct, frozen=True):
    """One submitted visit. inspectors: (id, name); answers: by item key; findings: {finding, problem, number, observed}."""

    id: str
    number: str
    facility_id: str
    facility: str
    place_path: str
    checklist: str
    parts: list[str]
    kind: str
    mode: str
    inspectors: list[tuple[str, str]]
    started_at: dt.datetime
    finished_at: dt.datetime
    visited_on: dt.date
    answers: dict[str, Any]
    passed: int
    failed: int
    not_applicable: int
    recorded: int
    findings: list[dict[str, Any]]
    signatures: dict[str, Any]
    position: dict[str, float] | None
    received_at: dt.datetime

    @property
    def names(self) -> str:
        return "、".join(name for _, name in self.inspectors)


async def visits(actor: Actor, facility: str = "", after: str = "") -> list[Visit]:
    """Up to PAGE + 1 visits within the actor's places, the latest first, from after `TIME~ID` on."""
    scope, values = below("i.place_path", actor.paths())
    more: list[Any] = []
    where = scope
    if facility:
        where += " and i.facility_id = ?"
        more.append(facility)
    at, _, id = after.partition("~")
    try:
        moment = dt.datetime.fromisoformat(at)
        if moment.tzinfo and 1970 < moment.year < 9000:
            where += " and (i.finished_at, i.id) < (?, ?)"
            more += [moment, id]
    except ValueError:
        pass
    found = await rows(
        f"select {COLUMNS} from inspection i join place pl on pl.id = i.facility_id where {where} "
        f"order by i.finished_at desc, i.id desc limit {PAGE + 1}",
        *values, *more,
    )  # fmt: skip
    return [_visit(row) for row in found]


async def visit(actor: Actor, id: str) -> Visit | None:
    scope, values = below("i.place_path", actor.paths())
    found = await one(f"select {COLUMNS} from inspection i join place pl on pl.id = i.facility_id where i.id = ? and {scope}", id, *values)
    return _visit(found) if found else None


async def last_visits(paths: tuple[str, ...]) -> dict[str, dt.date]:
    """For each facility below these paths the day of its last visit."""
    scope, values = below("place_path", paths)
    found = await rows(f"select facility_id, max(visited_on) as visited_on from inspection where {scope} group by facility_id", *values)
    return {row["facility_id"]: row["visited_on"] for row in found}


async def verify_records() -> list[str]:
    """Every visit that is not as the history says: changed, gone, or never submitted."""
    faults, told = [], {}
    for row in await rows("select subject_id, data from event where kind = 'inspection.submitted'"):
        told[row["subject_id"]] = msgspec.json.decode(row["data"]).get("kept")
    last = ""
    while page := await rows(f"select id, {', '.join(KEPT)} from inspection where id > ? order by id limit 500", last):
        for row in page:
            if told.pop(row["id"], None) != digest(row):
                faults.append(f"visit {row['number']} is not as it was submitted")
        last = page[-1]["id"]
    return faults + [f"visit {id} is gone" for id in told]


def _visit(row: dict[str, Any]) -> Visit:
    for name in ("parts", "inspectors", "answers", "findings", "signatures", "position"):
        row[name] = msgspec.json.decode(row[name]) if row[name] else None
    return Visit(**{**row, "inspectors": [tuple(pair) for pair in row["inspectors"]]})
