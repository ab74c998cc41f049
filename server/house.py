"""The house at work: its database open, its ledger taking commands."""

import contextlib
from collections.abc import AsyncIterator

from server import catalog
from server.database.connect import connected
from server.ledger.perform import Ledger
from server.settings import Settings


@contextlib.asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Ledger]:
    """The ledger of a migrated database; what it has taken is finished at the end."""
    async with connected(settings, catalog.TABLE_NAMES) as writer:
        ledger = Ledger(writer, catalog.COMMANDS, catalog.TABLES, settings.queue_limit)
        await ledger.start()
        try:
            yield ledger
        finally:
            await ledger.stop()
