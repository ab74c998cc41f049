"""The real server inside the simulation: its ledger, database and photo store, without a socket. It can be killed at any await."""

import asyncio
import contextlib
import errno
import os
from collections.abc import Iterator
from typing import Any

import httpx

from server.app import build, life
from server.database.rows import rows
from server.photos.tables import Photo, PhotoSender
from server.settings import Settings
from server.web.security import secured


class Server:
    """is_full: there is no room for photos. kills: how often it was ended without a goodbye."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.is_full, self.kills = False, 0
        self._calls: set[asyncio.Task[Any]] = set()
        self._running: asyncio.Task[None] | None = None

    @property
    def is_up(self) -> bool:
        return self._running is not None

    @property
    def ledger(self) -> Any:
        return self.app.state.ledger

    async def open(self) -> None:
        self.app = build(self.settings)
        self.door, self._end = secured(self.app, False), asyncio.Event()
        opened = asyncio.Event()
        self._running = asyncio.create_task(self._live(opened))
        waiting = asyncio.create_task(opened.wait())
        await asyncio.wait((waiting, self._running), return_when=asyncio.FIRST_COMPLETED)
        if not opened.is_set():
            self._running.result()

    async def _live(self, opened: asyncio.Event) -> None:
        async with life(self.app):
            opened.set()
            await self._end.wait()

    async def close(self) -> None:
        running, self._running = self._running, None
        self._end.set()
        if running:
            await running

    async def kill(self) -> None:
        """As kill -9 does: whatever is under way stops where it is, what was not committed is gone, nobody is answered."""
        self.kills += 1
        running, self._running = self._running, None
        ledger, calls = self.ledger, list(self._calls)
        ledger.closing = True
        for task in (*calls, ledger.task):
            task.cancel()
        await asyncio.gather(*calls, ledger.task, return_exceptions=True)
        while not ledger.queue.empty():
            ledger.queue.get_nowait()
            ledger.queue.task_done()
        self._end.set()
        if running:
            await running

    async def lose(self, photo: str) -> None:
        """It has this upload no more, as after its disk was mended: only where no record shows it yet."""
        if self.is_up and not await rows("select 1 from photo_use where sha256 = ?", photo):
            senders = [(PhotoSender, row["id"]) for row in await rows("select id from photo_sender where sha256 = ?", photo)]
            await self.ledger.keep(remove=[*senders, (Photo, photo)])

    async def call(self, request: httpx.Request, body: bytes, is_cut: bool = False) -> httpx.Response:
        """Its answer, as it would travel. is_cut: the line breaks after this much of the body. Raises httpx.ReadError where it dies meanwhile."""
        if not self.is_up:
            raise httpx.ConnectError("no server", request=request)
        task = asyncio.create_task(_asked(self.door, request, body, is_cut))
        self._calls.add(task)
        task.add_done_callback(self._calls.discard)
        await asyncio.wait((task,))
        if task.cancelled():
            raise httpx.ReadError("the server died", request=request)
        return task.result()

    @contextlib.contextmanager
    def disk(self) -> Iterator[None]:
        """Syncing files fails while the disk is full. Otherwise it is left out: the machine is not switched off here."""
        before = os.fsync

        def fsync(_: int) -> None:
            if self.is_full:
                raise OSError(errno.ENOSPC, "no space left on device")

        os.fsync = fsync  # type: ignore[assignment]
        try:
            yield
        finally:
            os.fsync = before


async def _asked(door: Any, request: httpx.Request, body: bytes, is_cut: bool) -> httpx.Response:
    pieces = [{"type": "http.request", "body": body, "more_body": is_cut}]
    status, headers, content = 0, [], bytearray()

    async def receive() -> dict[str, Any]:
        return pieces.pop(0) if pieces else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status, headers = message["status"], message["headers"]
        else:
            content.extend(message.get("body", b""))

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": request.method, "scheme": "http",
        "headers": [(name.lower(), value) for name, value in request.headers.raw], "path": request.url.path, "raw_path": request.url.raw_path,
        "query_string": request.url.query, "server": ("dugai.test", 80), "client": ("127.0.0.1", 1), "root_path": "",
    }  # fmt: skip
    with contextlib.suppress(Exception):
        await door(scope, receive, send)
    if not status:
        raise httpx.ReadError("no answer", request=request)
    return httpx.Response(status, headers=headers, content=bytes(content), request=request)
