"""What became of everything that was sealed: asked of the database and the disk, not of those who took part."""

import json
from collections import Counter
from typing import Any

import msgspec

from server.database.rows import rows
from server.inspections import queries as inspections
from server.ledger.verify import verify
from server.photos.queries import verify_files
from tests.simulation.carrier import EXPECTED, Carrier
from tests.simulation.phone import WAITING
from tests.simulation.server import Server


class Verdict(msgspec.Struct):
    """lost, twice, stuck: visits and re-checks. overtaken: re-checks that others were before with, as their phones say. wiped: sealed, not received, and gone
    with a phone's storage. faults: all else that is wrong. held: what waited for a supervisor, by why."""

    sealed: int = 0
    rechecks: int = 0
    lost: list[str] = []
    twice: list[str] = []
    stuck: list[str] = []
    wiped: list[str] = []
    overtaken: list[str] = []
    faults: list[str] = []
    held: Counter[str] = msgspec.field(default_factory=Counter)

    @property
    def is_good(self) -> bool:
        return not (self.lost or self.twice or self.stuck or self.faults)


def waiting(carriers: list[Carrier]) -> list[tuple[Carrier, str, str]]:
    """(phone, visit, state) of everything that is to go by itself: not what its owner, or anybody at all, has to sign in for."""
    found = []
    for carrier in carriers:
        outbox = list(carrier.disk.mine.outbox.values()) if carrier.disk.person else []
        if not any(entry.state == "paused" for entry in outbox):
            found += [(carrier, entry.about, entry.state) for entry in outbox if entry.state in WAITING]
    return found


async def judge(server: Server, carriers: list[Carrier], verdict: Verdict) -> None:
    """Every sealed visit once, whole, by its author, under a number of its own; nothing that nobody sealed; the history unbroken."""
    kept = {row["id"]: row for row in await rows("select id, number, author_id, findings, signatures from inspection")}
    serials = Counter(_read(row["signatures"])["facility"]["title"] for row in kept.values())
    numbers = Counter(row["number"] for row in kept.values())
    rechecks = await rows("select r.id, p.number, r.person_id as author_id from recheck r join problem p on p.id = r.problem_id")
    kept.update({row["id"]: row for row in rechecks})
    photos = {row["sha256"] for row in await rows("select sha256 from photo")}
    events = Counter(row["subject_id"] for row in await rows("select subject_id from event where kind = 'inspection.submitted'"))
    decided = await rows("select data from event where kind in ('problem.rechecked', 'problem.returned')")
    events.update(data["recheck"] for data in map(_read, (row["data"] for row in decided)) if "recheck" in data)
    verdict.held = Counter(row["code"] for row in await rows("select code from deposit"))
    verdict.faults += [f"{count} held for {code}" for code, count in verdict.held.items() if code not in EXPECTED]
    for carrier in carriers:
        verdict.faults += carrier.surprises
        _judge_phone(carrier, kept, serials, photos, events, verdict)
    verdict.twice += [f"number {number}" for number, count in numbers.items() if count > 1]
    problems = await rows("select number from problem group by number having count(*) > 1")
    verdict.twice += [f"problem {row['number']}" for row in problems]
    known = {visit for carrier in carriers for visit in carrier.made}
    verdict.faults += [f"visit {id} is kept and nobody sealed it" for id in kept if id not in known]
    report = await verify()
    verdict.faults += [*report.faults, *await verify_files(server.app.state.store, report.photos), *await inspections.verify_records()]


def _read(written: Any) -> Any:
    """JSON, which one engine gives as text."""
    return json.loads(written) if isinstance(written, str) else written


def _judge_phone(carrier: Carrier, kept: dict, serials: Counter[str], photos: set[str], events: Counter[str], verdict: Verdict) -> None:  # type: ignore[type-arg]
    receipts = {entry.about: entry.receipt for box in carrier.disk.boxes.values() for entry in box.outbox.values() if entry.receipt}
    drafts = {visit for box in carrier.disk.boxes.values() for visit in box.drafts}
    left = {entry.about: entry.state for box in carrier.disk.boxes.values() for entry in box.outbox.values() if entry.state != "received"}
    for made in carrier.made.values():
        verdict.sealed += not made.is_recheck
        verdict.rechecks += made.is_recheck
        where, row = f"{'re-check' if made.is_recheck else 'visit'} {made.id} of phone {carrier.number}", kept.get(made.id)
        if row is None and made.is_wiped:
            verdict.wiped.append(where)
        elif row is None and made.id in drafts:
            continue  # returned, and open again on the phone
        elif row is None and made.is_recheck and left.get(made.id) == "aside":
            verdict.overtaken.append(where)
            continue
        elif row is None:
            verdict.lost.append(f"{where} ({left.get(made.id, 'gone from the phone')})")
        else:
            if serials[made.serial] > 1 or events[made.id] > 1:
                verdict.twice.append(where)
            if row["author_id"] != made.person:
                verdict.faults.append(f"{where} is another's")
            if not made.is_wiped and not set(made.photos) <= photos:
                verdict.faults.append(f"{where} has lost a photo")
            if made.id in receipts and receipts[made.id]["number"] != row["number"]:
                verdict.faults.append(f"{where} has another number on the phone")
        if made.id in receipts and row is None:
            verdict.faults.append(f"{where} has a receipt and is not kept")
        if made.id in left and (row is not None or made.id not in drafts):
            verdict.stuck.append(f"{where}: {left[made.id]}")
