"""The line between a phone and the server, with what goes wrong on real ones."""

import asyncio
import contextlib
import random
import socket
import struct
from collections.abc import Callable
from typing import Literal

Mode = Literal["good", "none", "swallows", "portal"]


class Line:
    """A TCP proxy. mode: good; none, nobody answers; swallows, what is sent goes nowhere and no answer comes; portal, `says` answers.

    says: the whole answer of a captive portal, head and body, to whatever is asked.

    eats: how many replies to requests that hold `eaten` are still lost after the server has done its work.
    cuts_after: bytes after which a connection is cut on its way up, a function that says anew for each connection, or None; cuts_between: the same, drawn by `chance` from this span.
    sent: bytes that came from the phone, arrived or not.
    latency: seconds that every piece of an answer is late. up: bytes that photos' requests have carried. heard: when the first request came after `signal`.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.mode: Mode = "good"
        self.eats, self.eaten, self.lost, self.cuts = 0, b"", 0, 0
        self.cuts_after: int | Callable[[], int] | None = None
        self.cuts_between: tuple[int, int] | None = None
        self.chance, self.sent = random.Random(), 0
        self.latency, self.says, self.diverted, self.up = 0.0, b"", 0, 0
        self.heard = asyncio.Event()
        self._open: set[asyncio.StreamWriter] = set()

    async def __aenter__(self) -> "Line":
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.drop()

    def no_signal(self) -> None:
        self.mode = "none"
        self.drop()

    def signal(self) -> None:
        self.mode = "good"
        self.heard.clear()

    def swallow(self) -> None:
        """Half open from now on: connections are made and nothing comes back, on those that are open already too."""
        self.mode = "swallows"

    def portal(self, status: str, body: str, *heads: str) -> None:
        """A captive portal answers instead of the server."""
        content = body.encode()
        head = "\r\n".join([f"HTTP/1.1 {status}", f"content-length: {len(content)}", "connection: close", *heads])
        self.says, self.mode = f"{head}\r\n\r\n".encode() + content, "portal"
        self.drop()

    def eat(self, count: int, requests: bytes) -> None:
        """Lose the next replies to requests that begin so: the server has heard them, the phone never learns."""
        self.eats, self.eaten = count, requests

    def drop(self) -> None:
        for writer in list(self._open):
            _reset(writer)
        self._open.clear()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.mode == "none":
            _reset(writer)
            return
        self._open.add(writer)
        if self.mode == "portal":
            await self._divert(reader, writer)
            return
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.target)
            self._open.add(up_writer)
            eating = asyncio.Event()
            await asyncio.gather(self._up(reader, up_writer, writer, eating), self._down(up_reader, writer, up_writer, eating))
            self._open.discard(up_writer)
        self._open.discard(writer)

    async def _divert(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            await reader.readuntil(b"\r\n\r\n")
            self.diverted += 1
            writer.write(self.says)
            await writer.drain()
            writer.close()
        self._open.discard(writer)

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, back: asyncio.StreamWriter, eating: asyncio.Event) -> None:
        if self.cuts_between:
            budget: int | None = self.chance.randint(*self.cuts_between)
        else:
            budget = self.cuts_after() if callable(self.cuts_after) else self.cuts_after
        photo = False
        with contextlib.suppress(OSError):
            while data := await reader.read(16384):
                self.sent += len(data)
                if self.mode == "swallows":
                    continue
                if data.startswith((b"GET ", b"HEAD ", b"PUT ", b"POST ")):
                    photo = data.startswith(b"PUT /photos/")
                    if data.startswith((b"HEAD /photos/", b"POST /sync")):
                        self.heard.set()
                if photo:
                    self.up += len(data)
                if self.eats and self.eaten in data:
                    self.eats -= 1
                    eating.set()
                if budget is not None and (budget := budget - len(data)) <= 0:
                    self.cuts += 1
                    _reset(back)
                    _reset(writer)
                    return
                writer.write(data)
                await writer.drain()
            writer.close()

    async def _down(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, up: asyncio.StreamWriter, eating: asyncio.Event) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(16384):
                if eating.is_set():
                    self.lost += 1
                    _reset(writer)
                    _reset(up)
                    return
                if self.mode == "swallows":
                    continue
                if self.latency:
                    await asyncio.sleep(self.latency)
                writer.write(data)
                await writer.drain()
            writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Cut hard, as a lost signal does, not with a polite goodbye."""
    raw = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
