"""A real server in its own process, a line that fails on request, and real Chromium."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Playwright, async_playwright

from server.settings import Settings
from tests.journeys.line import Line
from tests.journeys.people import Site
from tests.serving import chromium, serving


@pytest.fixture
async def line(settings: Settings) -> AsyncIterator[Line]:
    """A line to a running server with the cast inside."""
    async with serving(settings) as (port, _), Line(port) as opened:
        yield opened


@pytest.fixture
async def playwright() -> AsyncIterator[Playwright]:
    async with async_playwright() as started:
        yield started


@pytest.fixture
async def site(line: Line, playwright: Playwright, tmp_path: Path) -> AsyncIterator[Site]:
    async with Site(line, playwright, tmp_path, chromium()) as opened:
        yield opened
