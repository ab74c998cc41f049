"""Servers that start in a third of the time: a process that has imported everything forks one at each word.

What the fork runs is `dugai serve` from its first line on: migration, start-up, serving. `python -m tests.crashes.servers` is that process.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator

from server.settings import Settings


class Server:
    """A server that is started and killed. `pid` is 0 while there is none."""

    def __init__(self, mother: asyncio.subprocess.Process, port: int) -> None:
        self.mother, self.port, self.pid = mother, port, 0
        self.address = f"http://127.0.0.1:{port}"

    async def start(self) -> None:
        """Begin a process; when it answers is for its clients to find out."""
        assert self.mother.stdin
        assert self.mother.stdout
        self.mother.stdin.write(b"start\n")
        await self.mother.stdin.drain()
        self.pid = int(await self.mother.stdout.readline())

    async def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        while _lives(self.pid):
            await asyncio.sleep(0.002)
        self.pid = 0


@contextlib.asynccontextmanager
async def server(settings: Settings) -> AsyncIterator[Server]:
    """A server of this house, not yet started; killed on leaving if it still runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    env = {**os.environ, "DUGAI_DATA": str(settings.data), "DUGAI_DATABASE": settings.database, "PORT": str(port), "DUGAI_LOG_LEVEL": "critical"}
    pipe = asyncio.subprocess.PIPE
    mother = await asyncio.create_subprocess_exec(sys.executable, "-m", __name__, env=env, stdin=pipe, stdout=pipe)
    made = Server(mother, port)
    try:
        yield made
    finally:
        if made.pid:
            await made.kill()
        assert mother.stdin
        mother.stdin.close()
        await mother.wait()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _mother() -> None:
    """Fork a server at each line, say its pid, and take the last one along at the end."""
    import uvicorn  # noqa: F401 - imported once, here, not in each server

    import server.app
    import server.cli  # noqa: F401

    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are reaped by the system
    child = 0
    for _ in iter(sys.stdin.readline, ""):
        child = os.fork()
        if child == 0:
            _serve()
        print(child, flush=True)
    with contextlib.suppress(ProcessLookupError):
        if child:
            os.kill(child, signal.SIGKILL)


def _serve() -> None:
    from server import cli

    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    sys.argv = ["dugai", "serve"]
    try:
        cli.main()
    finally:
        os._exit(1)


if __name__ == "__main__":
    _mother()
