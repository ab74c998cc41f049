"""The line between a phone and the server, with what goes wrong on real ones."""

import asyncio
import contextlib
import socket
import struct
from typing import Literal

Mode = Literal["good", "none", "swallows"]


class Line:
    """A TCP proxy. mode: good; none, nobody answers; swallows, what is sent goes nowhere and no answer comes.

    eats: how many replies to requests that hold `eaten` are still lost after the server has done its work.
    cuts_after: bytes after which a connection is cut on its way up, or None.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.mode: Mode = "good"
        self.eats, self.eaten, self.lost, self.cuts = 0, b"", 0, 0
        self.cuts_after: int | None = None
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
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self.target)
            self._open.add(up_writer)
            eating = asyncio.Event()
            await asyncio.gather(self._up(reader, up_writer, writer, eating), self._down(up_reader, writer, up_writer, eating))
            self._open.discard(up_writer)
        self._open.discard(writer)

    async def _up(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, back: asyncio.StreamWriter, eating: asyncio.Event) -> None:
        budget = self.cuts_after
        with contextlib.suppress(OSError):
            while data := await reader.read(16384):
                if self.mode == "swallows":
                    continue
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
                writer.write(data)
                await writer.drain()
            writer.close()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Cut hard, as a lost signal does, not with a polite goodbye."""
    raw = writer.get_extra_info("socket")
    with contextlib.suppress(OSError):
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
