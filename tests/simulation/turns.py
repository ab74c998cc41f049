"""What threads do in a running server is done on the loop here, a turn later: what comes first is then for the seed to decide."""

import asyncio
import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

from aiosqlite import core


@contextlib.contextmanager
def in_turns() -> Iterator[None]:
    """Inside, nothing that is begun on this loop makes a thread: neither an executor nor a reading connection."""
    loop, before = asyncio.get_running_loop(), (core.SimpleQueue, core.Thread)
    loop.run_in_executor = lambda _, act, *given: _soon(asyncio.Future(), functools.partial(act, *given))  # type: ignore[assignment, method-assign]
    core.SimpleQueue, core.Thread = _Queue, _Nobody  # type: ignore[assignment, misc]
    try:
        yield
    finally:
        del loop.run_in_executor
        core.SimpleQueue, core.Thread = before  # type: ignore[misc]


class _Queue:
    """Takes what a connection's thread would be handed."""

    def put_nowait(self, item: tuple[asyncio.Future[Any] | None, Callable[[], Any]]) -> None:
        _soon(*item)


class _Nobody:
    """In the place of that thread."""

    def __init__(self, **_: Any) -> None: ...
    def start(self) -> None: ...


def _soon(future: asyncio.Future[Any] | None, act: Callable[[], Any]) -> asyncio.Future[Any] | None:
    asyncio.get_running_loop().call_soon(_done, future, act)
    return future


def _done(future: asyncio.Future[Any] | None, act: Callable[[], Any]) -> None:
    """Done whether or not somebody still waits for it, as a thread does."""
    try:
        result = act()
    except Exception as fault:
        if future and not future.done():
            future.set_exception(fault)
    else:
        if future and not future.done():
            future.set_result(result)
