"""What is made from other tables, made anew."""

import argparse

from server import catalog
from server.database.connect import connected
from server.house import opened
from server.overview.commands import recount
from server.search.indexer import Indexer
from server.settings import Settings


async def figures(settings: Settings, _: argparse.Namespace) -> None:
    async with connected(settings, catalog.TABLE_NAMES) as writer:
        print(f"{await recount(writer)} problems counted")


async def index(settings: Settings, _: argparse.Namespace) -> None:
    async with opened(settings) as ledger:
        print(f"{await Indexer(ledger).rebuild()} facilities, problems and visits can be found")
