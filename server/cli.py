"""The `dugai` command: what may be typed, and which act of console/ does it. An error is one clear line and a non-zero exit."""

import argparse
import asyncio
import datetime as dt
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from server import logs
from server.backup import BackupError
from server.console import checklists, derived, documentation, facilities, history, installation, people
from server.console.acting import Wrong
from server.database.migrate import MigrationError
from server.foundation.actor import ROLES
from server.foundation.refusal import Refusal
from server.settings import from_environment


def main() -> None:
    """Read the arguments and do the one thing."""
    os.umask(0o077)  # the database, photos and backups are nobody else's to read
    asked = _parser().parse_args()
    settings = from_environment()
    logs.configure(settings.log_level if asked.act is installation.serve else "warning")
    try:
        outcome = asked.act(settings, asked)
        if outcome is not None:
            asyncio.run(outcome)
    except (Wrong, MigrationError, BackupError) as error:
        sys.exit(f"dugai: {error}")
    except Refusal as refusal:
        field = f" ({refusal.field})" if refusal.field else ""
        sys.exit(f"dugai: {refusal.words.zh} / {refusal.words.en}{field}. {refusal.remedy.en}")
    except (OSError, KeyboardInterrupt) as error:
        sys.exit(f"dugai: {error or 'interrupted'}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dugai", description="督改: on-site supervision that leads to rectification")
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")

    def verb(name: str, act: Callable[..., Any], help: str, under: Any = verbs) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = under.add_parser(name, help=help, description=help)
        made.set_defaults(act=act)
        return made

    def group(name: str, help: str) -> Any:
        return verbs.add_parser(name, help=help, description=help).add_subparsers(required=True, metavar="COMMAND")

    verb("serve", installation.serve, "answer on DUGAI_HOST and PORT; writes no demo data")
    first = verb("init", installation.begin, "migrate, load the shipped check tables and register the top place and its first administrator")
    first.add_argument("--place", required=True, help="name of the top bureau, e.g. 万州区民政局")
    first.add_argument("--kind", choices=("municipal", "district"), default="district", help="which kind of bureau it is")
    first.add_argument("--mark", default="", help="what stands in document numbers, e.g. 万民整")
    first.add_argument("--code", default="", help="what stands in receipts, e.g. WZ")
    first.add_argument("--name", required=True, help="the administrator's name")
    first.add_argument("--sign-in", required=True, help="the administrator's phone number or sign-in name")
    verb("migrate", installation.bring_up_to_date, "bring the database up to date")
    shown = verb("demo", installation.demonstrate, "fill an empty data folder with a fictitious district, and print how to sign in")
    shown.add_argument("--if-empty", action="store_true", help="do nothing where there is something already")
    persons = group("people", "register somebody, or print a new code for them")
    adding = verb("add", people.add, "register somebody and print their code", persons)
    adding.add_argument("--name", required=True, help="their name")
    adding.add_argument("--sign-in", required=True, help="phone number or sign-in name")
    adding.add_argument("--role", required=True, choices=ROLES, help="what they do")
    adding.add_argument("--place", required=True, help="name of the bureau or facility where they do it")
    resetting = verb("reset", people.reset, "print a new code; the old password stops at once", persons)
    resetting.add_argument("sign_in", help="phone number or sign-in name")
    register = group("facilities", "whole registers in and out")
    verb("import", facilities.take_in, "read an Excel or CSV file; all of it or nothing", register).add_argument("file", type=Path, help=".xlsx or .csv")
    verb("export", facilities.hand_out, "write all facilities to a file", register).add_argument("file", type=Path, help=".xlsx or .csv")
    tables = group("checklists", "published check tables")
    verb("import", checklists.take_in, "publish a check table from a JSON file", tables).add_argument("file", type=Path, help="a .json file")
    verb("list", checklists.show, "what is published", tables)
    chain = group("ledger", "the chained history")
    checking = verb("verify", history.verified, "read the whole history and every photo again, or a file that export wrote, without any database; any change is named", chain)
    checking.add_argument("file", type=Path, nargs="?", help="a file that export wrote")
    checking.add_argument("--key", default="", help="the public key that must have signed the file")
    checking.add_argument("--head", default="", metavar="NUMBER:DIGEST", help="a head printed earlier, which must still be part of the history")
    taking = verb("export", history.export, "write what happened at a place in a period to a signed file, and note that it was taken", chain)
    taking.add_argument("file", type=Path, help="a new file, .ndjson")
    taking.add_argument("--place", required=True, help="name of a bureau or facility; all below it is included")
    taking.add_argument("--since", type=dt.date.fromisoformat, required=True, metavar="YYYY-MM-DD", help="the first day")
    taking.add_argument("--until", type=dt.date.fromisoformat, required=True, metavar="YYYY-MM-DD", help="the last day; a year at most")
    verb("key", history.key, "print the public key that such files are signed with: make it known", chain)
    figures = group("overview", "the figures of the overview")
    verb("recount", derived.figures, "make the figures anew from the problems; the server may go on", figures)
    index = group("search", "the index of words")
    verb("rebuild", derived.index, "make the index anew from what is there; the server may go on", index)
    verb("backup", installation.back_up, "write everything to one file; the server may go on").add_argument("file", type=Path, help="a new file, .tar")
    verb("restore", installation.restore, "fill an empty data folder or database from such a file").add_argument("file", type=Path, help="a file that backup wrote")
    verb("openapi", documentation.openapi, "print the OpenAPI document")
    verb("kept", documentation.kept, "print what is kept how long as docs/kept.md has it")
    verb("workflow", documentation.workflow, "print the workflow of a problem as docs/workflow.md has it")
    return parser


if __name__ == "__main__":
    main()
