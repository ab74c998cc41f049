"""Reading the whole chain again: any change to, removal of or swap among receipts and events is found and named."""

from collections.abc import AsyncIterator
from typing import Any

import msgspec

from server.database.rows import one, rows
from server.ledger.chain import GENESIS, Link

PAGE = 500


class Report(msgspec.Struct):
    """What `verify` found: how much it read, the head, the photos named by events, and every fault in words."""

    segments: int = 0
    events: int = 0
    receipts: int = 0
    head: str = ""
    photos: set[str] = msgspec.field(default_factory=set)
    faults: list[str] = msgspec.field(default_factory=list)


async def verify(expected: tuple[int, str] | None = None) -> Report:
    """Recompute every segment. `expected`: an exported head (number, digest) that must still be part of the chain."""
    report, previous, seq = Report(), GENESIS, 0
    async for segment in _segments():
        number = segment["id"]
        report.segments += 1
        if number != report.segments:
            report.faults.append(f"segment {report.segments} is missing")
            return report
        if segment["previous"] != previous or segment["opens"] != seq + 1:
            report.faults.append(f"segment {number} does not follow the one before it")
        digest = await _digest(segment, report)
        if digest != segment["digest"]:
            report.faults.append(f"segment {number} (events {segment['opens']} to {segment['closes']}) was altered")
        if expected and number == expected[0] and segment["digest"] != expected[1]:
            report.faults.append(f"segment {number} is not the one that was exported as the head")
        previous, seq = segment["digest"], segment["closes"]
    report.head = previous if report.segments else ""
    if expected and report.segments < expected[0]:
        report.faults.append(f"the chain ends at {report.segments}, before the exported head {expected[0]}")
    await _count(report, seq)
    return report


async def _segments() -> AsyncIterator[dict[str, Any]]:
    last = 0
    while page := await rows(f"select * from segment where id > ? order by id limit {PAGE}", last):
        for segment in page:
            yield segment
        last = page[-1]["id"]


async def _digest(segment: dict[str, Any], report: Report) -> str:
    """The segment's digest as its receipts and events give it today."""
    events = await rows("select * from event where seq between ? and ? order by seq", segment["opens"], segment["closes"])
    receipts = {
        row["id"]: row
        for row in await rows(
            "select * from receipt where id in (select command_id from event where seq between ? and ?)",
            segment["opens"], segment["closes"],
        )
    }  # fmt: skip
    link, current = Link(segment["previous"]), None
    for event in events:
        if event["command_id"] != current:
            current = event["command_id"]
            if current in receipts:
                link.receipt(receipts[current])
            else:
                report.faults.append(f"the receipt of event {event['seq']} is missing")
        link.event(event)
        report.photos.update(_photos(event["data"]))
    report.events += len(events)
    report.receipts += len(receipts)
    return link.digest


def _photos(data: str) -> list[str]:
    try:
        return list(msgspec.json.decode(data).get("photos", ()))
    except (msgspec.DecodeError, AttributeError):
        return []  # an altered text: the digest tells


async def _count(report: Report, closes: int) -> None:
    """Rows beside the chain: an event or receipt slipped in has no place in it."""
    outside = await one("select count(*) as n from event where seq > ?", closes)
    if outside and outside["n"]:
        report.faults.append(f"{outside['n']} events stand after the end of the chain")
    every = await one("select count(*) as n from event")
    if every and every["n"] != report.events + (outside["n"] if outside else 0):
        report.faults.append(f"{every['n']} events are kept, {report.events} belong to segments")
    total = await one("select count(*) as n from receipt")
    if total and total["n"] != report.receipts:
        report.faults.append(f"{total['n']} receipts are kept, {report.receipts} belong to events")
