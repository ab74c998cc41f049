"""Every route of the house, without opening it."""

import functools
import tempfile
from pathlib import Path
from typing import Any

from server.app import build
from server.settings import Settings
from server.web.access import handlers_of


@functools.cache
def routes() -> tuple[tuple[str, str, Any], ...]:
    """(method, path, handler) of each."""
    with tempfile.TemporaryDirectory() as folder:
        return tuple(handlers_of(build(Settings(data=Path(folder)))))
