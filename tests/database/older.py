"""Houses from before a migration: what the tests of upgrading begin with."""

import contextlib
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from server import catalog
from server.database.connect import connected
from server.database.migrate import FOLDER, migrate
from server.database.writer import Writer
from server.settings import Settings


@contextlib.asynccontextmanager
async def older(settings: Settings, before: str) -> AsyncIterator[Writer]:
    """An empty house as it stood before the migration of this number, open for its old rows in one transaction."""
    with tempfile.TemporaryDirectory() as folder:
        migrations = Path(shutil.copytree(FOLDER, Path(folder) / "migrations"))
        for file in migrations.glob("*.sql"):
            if file.name >= before:
                file.unlink()
        await migrate(settings, migrations)
    async with connected(settings, catalog.TABLE_NAMES) as writer, writer.transaction():
        yield writer
