"""The `dugai` command. An error is one clear line and a non-zero exit."""

import argparse
import asyncio
import contextlib
import datetime as dt
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec

from server import backup, catalog, logs
from server.audits import file as audits
from server.audits import queries as histories
from server.audits.rules import check_period
from server.checklists import commands as checklists
from server.checklists import queries as published
from server.checklists import rules as checklist_rules
from server.database.connect import connected
from server.database.migrate import MigrationError, migrate
from server.demo import story
from server.deposits import queries as deposits
from server.facilities import files
from server.facilities import queries as facilities
from server.foundation import clock
from server.foundation.actor import ROLES, SYSTEM
from server.foundation.command import Command, canonical
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.inspections import queries as inspections
from server.ledger.perform import Ledger
from server.ledger.queries import head
from server.ledger.verify import verify
from server.notices import queries as notices
from server.overview import commands as overview
from server.people import queries as people
from server.people import rules as people_rules
from server.photos.bytes import DiskStore
from server.photos.queries import verify_files
from server.plans import queries as plans
from server.problems import queries as problems
from server.problems.drawing import drawn
from server.retention import printed
from server.search.indexer import Indexer
from server.settings import Settings, from_environment

Done = int | None
PACKS = Path(__file__).parent / "checklists" / "packs"


class Wrong(Exception):
    """What the person who typed the command can mend, in one line."""


def main() -> None:
    """Read the arguments, do the one thing, exit with its result."""
    os.umask(0o077)  # the database, photos and backups are nobody else's to read
    asked = _parser().parse_args()
    settings = from_environment()
    logs.configure(settings.log_level if asked.act is _serve else "warning")
    try:
        outcome = asked.act(settings, asked)
        if outcome is not None and not isinstance(outcome, int):
            outcome = asyncio.run(outcome)
    except (Wrong, MigrationError, backup.BackupError) as error:
        sys.exit(f"dugai: {error}")
    except Refusal as refusal:
        field = f" ({refusal.field})" if refusal.field else ""
        sys.exit(f"dugai: {refusal.words.zh} / {refusal.words.en}{field}. {refusal.remedy.en}")
    except (OSError, KeyboardInterrupt) as error:
        sys.exit(f"dugai: {error or 'interrupted'}")
    sys.exit(outcome or 0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dugai", description="督改: on-site supervision that leads to rectification")
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")

    def verb(name: str, act: Callable[..., Any], help: str, under: Any = verbs) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = under.add_parser(name, help=help, description=help)
        made.set_defaults(act=act)
        return made

    def group(name: str, help: str) -> Any:
        return verbs.add_parser(name, help=help, description=help).add_subparsers(required=True, metavar="COMMAND")

    verb("serve", _serve, "answer on DUGAI_HOST and PORT; writes no demo data")
    first = verb("init", _init, "migrate, load the shipped check tables and register the top place and its first administrator")
    first.add_argument("--place", required=True, help="name of the top bureau, e.g. 万州区民政局")
    first.add_argument("--kind", choices=("municipal", "district"), default="district", help="which kind of bureau it is")
    first.add_argument("--mark", default="", help="what stands in document numbers, e.g. 万民整")
    first.add_argument("--code", default="", help="what stands in receipts, e.g. WZ")
    first.add_argument("--name", required=True, help="the administrator's name")
    first.add_argument("--sign-in", required=True, help="the administrator's phone number or sign-in name")
    verb("migrate", _migrate, "bring the database up to date")
    shown = verb("demo", _demo, "fill an empty data folder with a fictitious district, and print how to sign in")
    shown.add_argument("--if-empty", action="store_true", help="do nothing where there is something already")
    persons = group("people", "register somebody, or print a new code for them")
    adding = verb("add", _add_person, "register somebody and print their code", persons)
    adding.add_argument("--name", required=True, help="their name")
    adding.add_argument("--sign-in", required=True, help="phone number or sign-in name")
    adding.add_argument("--role", required=True, choices=ROLES, help="what they do")
    adding.add_argument("--place", required=True, help="name of the bureau or facility where they do it")
    resetting = verb("reset", _reset_person, "print a new code; the old password stops at once", persons)
    resetting.add_argument("sign_in", help="phone number or sign-in name")
    register = group("facilities", "whole registers in and out")
    verb("import", _import_facilities, "read an Excel or CSV file; all of it or nothing", register).add_argument("file", type=Path, help=".xlsx or .csv")
    verb("export", _export_facilities, "write all facilities to a file", register).add_argument("file", type=Path, help=".xlsx or .csv")
    tables = group("checklists", "published check tables")
    verb("import", _import_checklist, "publish a check table from a JSON file", tables).add_argument("file", type=Path, help="a .json file")
    verb("list", _list_checklists, "what is published", tables)
    history = group("ledger", "the chained history")
    checking = verb("verify", _verify, "read the whole history and every photo again, or a file that export wrote, without any database; any change is named", history)
    checking.add_argument("file", type=Path, nargs="?", help="a file that export wrote")
    checking.add_argument("--key", default="", help="the public key that must have signed the file")
    checking.add_argument("--head", default="", metavar="NUMBER:DIGEST", help="a head printed earlier, which must still be part of the history")
    taking = verb("export", _export_history, "write what happened at a place in a period to a signed file, and note that it was taken", history)
    taking.add_argument("file", type=Path, help="a new file, .ndjson")
    taking.add_argument("--place", required=True, help="name of a bureau or facility; all below it is included")
    taking.add_argument("--since", type=dt.date.fromisoformat, required=True, metavar="YYYY-MM-DD", help="the first day")
    taking.add_argument("--until", type=dt.date.fromisoformat, required=True, metavar="YYYY-MM-DD", help="the last day; a year at most")
    verb("key", _print_key, "print the public key that such files are signed with: make it known", history)
    figures = group("overview", "the figures of the overview")
    verb("recount", _recount, "make the figures anew from the problems; the server may go on", figures)
    index = group("search", "the index of words")
    verb("rebuild", _rebuild_search, "make the index anew from what is there; the server may go on", index)
    verb("backup", _backup, "write everything to one file; the server may go on").add_argument("file", type=Path, help="a new file, .tar")
    verb("restore", _restore, "fill an empty data folder or database from such a file").add_argument("file", type=Path, help="a file that backup wrote")
    verb("openapi", _openapi, "print the OpenAPI document")
    verb("kept", _kept, "print what is kept how long as docs/kept.md has it")
    verb("workflow", _workflow, "print the workflow of a problem as docs/workflow.md has it")
    return parser


# The server and its data


def _serve(settings: Settings, _: argparse.Namespace) -> Done:
    import uvicorn

    from server.app import create

    asyncio.run(migrate(settings))
    print(f"督改 Dugai: http://{settings.host}:{settings.port}", flush=True)
    uvicorn.run(
        create(settings), host=settings.host, port=settings.port, log_config=None, access_log=False, server_header=False,
        forwarded_allow_ips=settings.proxies, timeout_graceful_shutdown=30,
    )  # fmt: skip
    return 0


async def _migrate(settings: Settings, _: argparse.Namespace) -> Done:
    applied = await migrate(settings)
    print(f"applied {', '.join(applied)}" if applied else "up to date")
    return 0


async def _init(settings: Settings, asked: argparse.Namespace) -> Done:
    await migrate(settings)
    async with _ledger(settings) as perform:
        if not await people.is_empty():
            raise Wrong("there are people already: use `dugai people add`")
        place = new_id()
        await perform("places.add", {"id": place, "kind": asked.kind, "name": asked.place, "mark": asked.mark, "code": asked.code})
        for file in sorted(PACKS.glob("*.json")):
            await _publish(perform, file)
        await _register(settings, perform, asked.name, asked.sign_in, "administrator", place)
    return 0


async def _demo(settings: Settings, asked: argparse.Namespace) -> Done:
    await migrate(settings)
    async with _ledger(settings):
        empty = await people.is_empty()
    if empty:
        await story.furnish(settings)
    elif not asked.if_empty:
        raise Wrong(f"{settings.database or settings.sqlite_file} is not empty: a demo is only made where nothing is")
    for line in story.logins(settings):
        print(line)
    return 0


# People


async def _add_person(settings: Settings, asked: argparse.Namespace) -> Done:
    async with _ledger(settings) as perform:
        await _register(settings, perform, asked.name, asked.sign_in, asked.role, await _place(asked.place))
    return 0


async def _place(name: str) -> str:
    found = [place for place in await people.places(SYSTEM) if place.name == name]
    if len(found) != 1:
        raise Wrong(f"there is {'no place' if not found else 'more than one place'} called {name}")
    return found[0].id


async def _register(settings: Settings, perform: Any, name: str, sign_in: str, role: str, place: str) -> None:
    act = new_id()
    code = people_rules.code_for(settings.secret(), act)
    payload = {
        "id": new_id(), "standing": new_id(), "name": name, "sign_in": sign_in, "role": role, "place": place,
        "code": people_rules.fingerprint(code),
    }  # fmt: skip
    await perform("people.add", payload)
    print(f"{name}: open /activate within {people_rules.CODE_LIFE.days} days and enter {people_rules.printed(code)}")


async def _reset_person(settings: Settings, asked: argparse.Namespace) -> Done:
    async with _ledger(settings) as perform:
        found = await people.sign_in(people_rules.normal_sign_in(asked.sign_in))
        if found is None:
            raise Wrong(f"nobody signs in as {asked.sign_in}")
        code = people_rules.code_for(settings.secret(), new_id())
        await perform("people.reset", {"person": found.id, "code": people_rules.fingerprint(code)})
    print(f"open /activate within {people_rules.CODE_LIFE.days} days and enter {people_rules.printed(code)}")
    return 0


# Files


async def _import_facilities(settings: Settings, asked: argparse.Namespace) -> Done:
    async with _ledger(settings) as perform:
        parents = {place.name: place.id for place in await people.places(SYSTEM, kinds=("municipal", "district"))}
        known = [files.Registered(found.id, found.parent_id or "", found.name, found.contact_phone) for found, _ in await facilities.every(SYSTEM)]
        reading = files.read(asked.file.read_bytes(), parents, known)
        for fault in reading.faults:
            print(f"{fault.sheet} {fault.row} {fault.column}: {fault.reason.zh} / {fault.reason.en}", file=sys.stderr)
        if reading.faults:
            raise Wrong(f"{len(reading.faults)} faults; nothing was imported")
        done = await perform("facilities.import", reading.payload)
    print(f"{done['added']} added, {done['changed']} changed, {done['same']} the same")
    return 0


async def _export_facilities(settings: Settings, asked: argparse.Namespace) -> Done:
    async with connected(settings, catalog.TABLE_NAMES):
        every = await facilities.every(SYSTEM)
    if asked.file.suffix not in (".xlsx", ".csv"):
        raise Wrong("the file's name ends in .xlsx or .csv")
    asked.file.write_bytes(files.as_xlsx(every) if asked.file.suffix == ".xlsx" else files.as_csv(found for found, _ in every))
    print(f"{len(every)} facilities")
    return 0


async def _rebuild_search(settings: Settings, _: argparse.Namespace) -> Done:
    async with connected(settings, catalog.TABLE_NAMES) as writer:
        ledger = Ledger(writer, catalog.COMMANDS, catalog.TABLES)
        await ledger.start()
        try:
            print(f"{await Indexer(ledger).rebuild()} facilities, problems and visits can be found")
        finally:
            await ledger.stop()
    return 0


async def _recount(settings: Settings, _: argparse.Namespace) -> Done:
    async with connected(settings, catalog.TABLE_NAMES) as writer:
        print(f"{await overview.recount(writer)} problems counted")
    return 0


async def _import_checklist(settings: Settings, asked: argparse.Namespace) -> Done:
    async with _ledger(settings) as perform:
        print(await _publish(perform, asked.file))
    return 0


async def _publish(perform: Any, file: Path) -> str:
    """Publishes a file, unless this very version is published already."""
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise Wrong(f"{file.name} is not JSON: {error}") from None
    made = checklist_rules.checked(raw)
    if await published.digest_of(made.key, made.version) == checklists.digest(raw):
        return f"{made.id} is published already"
    await perform("checklists.publish", {"checklist": raw})
    return f"{made.id} published"


async def _list_checklists(settings: Settings, _: argparse.Namespace) -> Done:
    async with connected(settings, catalog.TABLE_NAMES):
        for entry in await published.published():
            print(f"{entry.id}\t{entry.published_at:%Y-%m-%d}\t{entry.title.zh} / {entry.title.en}")
    return 0


# History, backup


def _verify(settings: Settings, asked: argparse.Namespace) -> Any:
    return _verify_file(asked) if asked.file else _verify_ledger(settings, asked)


async def _verify_ledger(settings: Settings, asked: argparse.Namespace) -> Done:
    number, _, digest = asked.head.partition(":")
    if asked.head and not (number.isdigit() and digest):
        raise Wrong("a head is written NUMBER:DIGEST")
    async with connected(settings, catalog.TABLE_NAMES):
        report = await verify((int(number), digest) if asked.head else None)
        faults = report.faults + await verify_files(DiskStore(settings.data / "photos"), report.photos)
        faults += await inspections.verify_records() + await problems.verify_records() + await notices.verify_records() + await plans.verify_records() + await deposits.verify_records()
        faults += await overview.verify_figures(settings)
        ended = await head()
    for fault in faults:
        print(fault, file=sys.stderr)
    print(f"{report.segments} segments, {report.events} events, {report.receipts} receipts, {len(report.photos)} photos; head {ended[0]}:{ended[1]}")
    if faults:
        raise Wrong(f"{len(faults)} faults in the history")
    return 0


def _verify_file(asked: argparse.Namespace) -> Done:
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
    return 0


def _plain(text: str) -> str:
    """A stranger's words without what a terminal would obey."""
    return "".join(sign if sign.isprintable() or sign == "\u3000" else "\ufffd" for sign in text)


async def _export_history(settings: Settings, asked: argparse.Namespace) -> Done:
    if asked.file.exists():
        raise Wrong(f"{asked.file} is there already")
    check_period(asked.since, asked.until)
    async with _ledger(settings) as perform:
        place = await _place(asked.place)
        done = await perform("audits.export", {"place": place, "since": asked.since, "until": asked.until})
        about = audits.About(done["name"], place, asked.since, asked.until, clock.now(), SYSTEM.name)
        ledger = await head()
        with asked.file.open("xb") as content:
            async for piece in audits.lines(settings.secret(), about, ledger, histories.segments(done["path"], asked.since, asked.until, ledger[0])):
                content.write(piece)
    print(f"head {ledger[0]}:{ledger[1]}; signed by {audits.public_key(settings.secret())}")
    return 0


def _print_key(settings: Settings, _: argparse.Namespace) -> Done:
    print(audits.public_key(settings.secret()))
    return 0


async def _backup(settings: Settings, asked: argparse.Namespace) -> Done:
    if asked.file.exists():
        raise Wrong(f"{asked.file} is there already")
    made = await backup.backup(settings, asked.file)
    print(f"{sum(made.rows.values())} rows, {made.photos} photos; head {made.head[0]}:{made.head[1]}")
    return 0


async def _restore(settings: Settings, asked: argparse.Namespace) -> Done:
    made = await backup.restore(settings, asked.file)
    print(f"{sum(made.rows.values())} rows, {made.photos} photos, all sound; head {made.head[0]}:{made.head[1]}")
    return 0


def _openapi(settings: Settings, _: argparse.Namespace) -> Done:
    from server.app import build

    print(msgspec.json.encode(build(settings, documented=True).openapi_schema.to_schema()).decode())
    return 0


def _kept(_: Settings, __: argparse.Namespace) -> Done:
    print(printed(), end="")
    return 0


def _workflow(_: Settings, __: argparse.Namespace) -> Done:
    print(drawn(), end="")
    return 0


@contextlib.asynccontextmanager
async def _ledger(settings: Settings) -> AsyncIterator[Callable[[str, object], Awaitable[dict[str, Any]]]]:
    """A ledger for one command, acting as the server itself."""
    async with connected(settings, catalog.TABLE_NAMES) as writer:
        ledger = Ledger(writer, catalog.COMMANDS, catalog.TABLES)
        await ledger.start()

        async def perform(kind: str, payload: object) -> dict[str, Any]:
            command = Command(new_id(), kind, 1, clock.now(), SYSTEM.id, canonical(payload))
            return dict(msgspec.json.decode(await ledger.perform(command, SYSTEM)))

        try:
            yield perform
        finally:
            await ledger.stop()


if __name__ == "__main__":
    main()
