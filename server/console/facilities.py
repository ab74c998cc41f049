"""The whole register of facilities, in and out."""

import argparse
import sys

from server import catalog
from server.console.acting import Wrong, acting
from server.database.connect import connected
from server.facilities import files, queries
from server.foundation.actor import SYSTEM
from server.people.queries import places
from server.settings import Settings


async def take_in(settings: Settings, asked: argparse.Namespace) -> None:
    async with acting(settings) as perform:
        parents = {place.name: place.id for place in await places(SYSTEM, kinds=("municipal", "district"))}
        known = [files.Registered(found.id, found.parent_id or "", found.name, found.contact_phone) for found, _ in await queries.every(SYSTEM)]
        reading = files.read(asked.file.read_bytes(), parents, known)
        for fault in reading.faults:
            print(f"{fault.sheet} {fault.row} {fault.column}: {fault.reason.zh} / {fault.reason.en}", file=sys.stderr)
        if reading.faults:
            raise Wrong(f"{len(reading.faults)} faults; nothing was imported")
        done = await perform("facilities.import", reading.payload)
    print(f"{done['added']} added, {done['changed']} changed, {done['same']} the same")


async def hand_out(settings: Settings, asked: argparse.Namespace) -> None:
    async with connected(settings, catalog.TABLE_NAMES):
        every = await queries.every(SYSTEM)
    if asked.file.suffix not in (".xlsx", ".csv"):
        raise Wrong("the file's name ends in .xlsx or .csv")
    asked.file.write_bytes(files.as_xlsx(every) if asked.file.suffix == ".xlsx" else files.as_csv(found for found, _ in every))
    print(f"{len(every)} facilities")
