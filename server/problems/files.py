"""One file for one person at a time: read page by page, written beside the loop, sent from the disk, gone when sent."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import IO, Any

from server.foundation.actor import Actor
from server.foundation.refusal import Refusal
from server.problems import queries, rules, sheets
from server.problems.filters import Filters

CHUNK = 256 * 1024
_busy: set[str] = set()  # who is having a file made, in this process


async def made(actor: Actor, filters: Filters, since: Any, lang: str, told: str) -> IO[bytes]:
    """The file of all that is filtered. Refusal: problem.file_busy."""
    with _alone(actor):
        few = await queries.counted(actor, filters, since, sheets.MOST_IN_LISTS + 1) <= sheets.MOST_IN_LISTS
        return await _written(actor, queries.pages(actor, filters, since), few, lang, told)


async def made_of(actor: Actor, ids: Sequence[str], lang: str, told: str) -> IO[bytes]:
    """The file of these problems, in this order, as far as the actor sees them. Refusal: problem.file_busy."""
    with _alone(actor):
        return await _written(actor, queries.pages_of(actor, ids), len(ids) <= sheets.MOST_IN_LISTS, lang, told)


@contextlib.contextmanager
def _alone(actor: Actor) -> Iterator[None]:
    if actor.id in _busy:
        raise Refusal("problem.file_busy")
    _busy.add(actor.id)
    try:
        yield
    finally:
        _busy.discard(actor.id)


async def _written(actor: Actor, pages: AsyncIterator[list[queries.Problem]], few: bool, lang: str, told: str) -> IO[bytes]:
    book = sheets.Book(lang, told, few, _named(actor))
    try:
        async for page in pages:
            await asyncio.to_thread(book.add, page)
        return await asyncio.to_thread(book.finish)
    except BaseException:
        book.drop()
        raise


def _named(actor: Actor) -> Callable[[queries.Problem], bool]:
    return lambda problem: rules.may_have_names(actor, problem.place_path)


async def chunks(file: IO[bytes]) -> AsyncIterator[bytes]:
    """The file piece by piece. A browser that goes away ends this and closes it, and with that it is gone."""
    with file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            yield chunk
