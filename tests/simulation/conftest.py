"""An empty database of each kind, for a simulation to furnish."""

import asyncio
import itertools
import os
from pathlib import Path

import pytest

from server.settings import Settings
from tests.conftest import _create

_numbers = itertools.count()


@pytest.fixture(params=["sqlite", "postgres"])
def settings_empty(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    if request.param == "sqlite":
        return Settings(data=tmp_path)
    address, name = request.getfixturevalue("postgres_template"), f"simulation_{os.getpid()}_{next(_numbers)}"
    asyncio.run(_create(address, name))
    return Settings(data=tmp_path, database=f"{address}/{name}")
