"""A server in a process of its own, and the browser that the machine has."""

import asyncio
import contextlib
import os
import shutil
import socket
import sys
import urllib.request
from collections.abc import AsyncIterator

from server.settings import Settings


@contextlib.asynccontextmanager
async def serving(settings: Settings, *module: str) -> AsyncIterator[tuple[int, int]]:
    """`python -m …` with these settings, `dugai serve` if none is named; its port and pid. It is told to end, and must."""
    port = _free_port()
    env = {**os.environ, "DUGAI_DATA": str(settings.data), "DUGAI_DATABASE": settings.database, "PORT": str(port), "DUGAI_LOG_LEVEL": "warning"}
    command = module or ("server.cli", "serve")
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", *command, env=env, stdout=asyncio.subprocess.DEVNULL)
    try:
        async with asyncio.timeout(90):
            while not await asyncio.to_thread(_answers, port):
                await asyncio.sleep(0.1)
        yield port, process.pid
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        async with asyncio.timeout(40):
            await process.wait()


def _answers(port: int) -> bool:
    with contextlib.suppress(OSError):
        return bool(urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2).status == 200)
    return False


def chromium(*, has_camera: bool = False) -> str | None:
    """Debian's: its shell without windows, which starts in half the time but plays no camera, or whatever there is; None for Playwright's own."""
    names = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
    return next((found for name in names[has_camera:] if (found := shutil.which(name))), None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
