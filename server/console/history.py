"""The chained history: read again, handed out signed."""

import argparse
import sys

from server import catalog
from server.audits import file as audits
from server.audits import queries as histories
from server.audits.rules import check_period
from server.console.acting import Wrong, acting, place_named
from server.database.connect import connected
from server.deposits import queries as deposits
from server.foundation import clock
from server.foundation.actor import SYSTEM
from server.inspections import queries as inspections
from server.ledger import verify
from server.ledger.queries import head
from server.notices import queries as notices
from server.overview import commands as overview
from server.photos.bytes import DiskStore
from server.photos.queries import verify_files
from server.plans import queries as plans
from server.problems import queries as problems
from server.settings import Settings


async def verified(settings: Settings, asked: argparse.Namespace) -> None:
    if asked.file:
        _verify_file(asked)
    else:
        await _verify_ledger(settings, asked)


async def _verify_ledger(settings: Settings, asked: argparse.Namespace) -> None:
    number, _, digest = asked.head.partition(":")
    if asked.head and not (number.isdigit() and digest):
        raise Wrong("a head is written NUMBER:DIGEST")
    async with connected(settings, catalog.TABLE_NAMES):
        report = await verify.verify((int(number), digest) if asked.head else None)
        faults = report.faults + await verify_files(DiskStore(settings.data / "photos"), report.photos)
        for wing in (inspections, problems, notices, plans, deposits):
            faults += await wing.verify_records()
        faults += await overview.verify_figures(settings)
        ended = await head()
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{report.segments} segments, {report.events} events, {report.receipts} receipts, {len(report.photos)} photos; head {ended[0]}:{ended[1]}")
    if faults:
        raise Wrong(f"{len(faults)} faults in the history")


def _verify_file(asked: argparse.Namespace) -> None:
    with asked.file.open("rb") as content:
        report = audits.checked(iter(lambda: content.readline(audits.LONGEST_LINE), b""), asked.key)
    for fault in report.faults:
        print(fault, file=sys.stderr)
    if report.about and report.head:
        about, head = report.about, report.head
        print(_plain(f"{about.place}, {about.since} to {about.until}, taken {clock.spoken(about.at)} by {about.by}: {head.segments} segments, {head.events} events; head {head.segment}:{head.digest}"))
        print(_plain(f"signed by {report.key}" + ("" if asked.key else ": compare it with the key that the house has made known")))
    if report.faults:
        raise Wrong(f"{len(report.faults)} faults in the file")


def _plain(text: str) -> str:
    """A stranger's words without what a terminal would obey."""
    return "".join(sign if sign.isprintable() or sign == "\u3000" else "\ufffd" for sign in text)


async def export(settings: Settings, asked: argparse.Namespace) -> None:
    if asked.file.exists():
        raise Wrong(f"{asked.file} is there already")
    check_period(asked.since, asked.until)
    async with acting(settings) as perform:
        place = await place_named(asked.place)
        done = await perform("audits.export", {"place": place, "since": asked.since, "until": asked.until})
        about = audits.About(done["name"], place, asked.since, asked.until, clock.now(), SYSTEM.name)
        ledger = await head()
        with asked.file.open("xb") as content:
            async for piece in audits.lines(settings.secret(), about, ledger, histories.segments(done["path"], asked.since, asked.until, ledger[0])):
                content.write(piece)
    print(f"head {ledger[0]}:{ledger[1]}; signed by {audits.public_key(settings.secret())}")


def key(settings: Settings, _: argparse.Namespace) -> None:
    print(audits.public_key(settings.secret()))
