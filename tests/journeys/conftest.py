"""A real server in its own process, a line that fails on request, and real Chromium."""

import asyncio
import contextlib
import os
import shutil
import socket
import sys
import urllib.request
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Playwright, async_playwright

from server.settings import Settings
from tests.journeys.line import Line
from tests.journeys.people import Site


@pytest.fixture
async def line(settings: Settings) -> AsyncIterator[Line]:
    """A line to a running server with the cast inside."""
    async with running(settings) as port, Line(port) as opened:
        yield opened


@contextlib.asynccontextmanager
async def running(settings: Settings) -> AsyncIterator[int]:
    """`dugai serve` in a process of its own; its port. It is told to end, and must."""
    port = _free_port()
    env = {**os.environ, "DUGAI_DATA": str(settings.data), "DUGAI_DATABASE": settings.database, "PORT": str(port), "DUGAI_LOG_LEVEL": "warning"}
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "server.cli", "serve", env=env, stdout=asyncio.subprocess.DEVNULL)
    try:
        await _answers(port)
        yield port
    finally:
        process.terminate()
        async with asyncio.timeout(40):
            await process.wait()


@pytest.fixture
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as started:
        yield started


@pytest.fixture
async def site(line: Line, playwright: Playwright, tmp_path: Path) -> AsyncIterator[Site]:
    async with Site(line, playwright, tmp_path, chromium()) as opened:
        yield opened


def chromium() -> str | None:
    """Debian's Chromium, or whatever there is; None for Playwright's own."""
    return next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)


async def _answers(port: int) -> None:
    """Wait until the server says that it is well: 30 s at most."""
    async with asyncio.timeout(30):
        while True:
            with contextlib.suppress(OSError):
                await asyncio.to_thread(urllib.request.urlopen, f"http://127.0.0.1:{port}/health", timeout=2)
                return
            await asyncio.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
