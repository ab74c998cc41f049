"""Photos on their way: the piece that has arrived, one folder a person, so that nobody spoils another's upload."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

from server.photos.bytes import disk_full_refused
from server.photos.rules import check_offset
from server.retention import PARTS_DAYS

WHOLE = 512 * 1024  # a photo of a phone: one that comes in one go is held until it is whole, and never lies here
KEPT_PARTS = 50  # unfinished photos a person may have; the oldest make room
KEPT_SECONDS = PARTS_DAYS * 24 * 3600


class Parts:
    """Unfinished uploads below one folder. Losing one costs a re-send, never a photo: nothing here was acknowledged."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, person: str, sha256: str) -> Path:
        return self.folder / person / sha256

    async def size(self, person: str, sha256: str) -> int:
        """Bytes that have arrived so far."""
        return await asyncio.to_thread(_size, self.file(person, sha256))

    async def write(self, person: str, sha256: str, offset: int, body: AsyncIterator[bytes]) -> tuple[int, int]:
        """Write the stream from the offset on; the part's size after it, and how many bytes from the offset on were there before.

        What came before the line was cut stays, and is there for the attempt that a browser makes at once. Refusals: photo.offset, photo.full.
        """
        file = self.file(person, sha256)
        kept = await asyncio.to_thread(_prepare, file)
        check_offset(offset, kept)
        repeated = kept - offset
        async for piece in body:
            await asyncio.to_thread(_write, file, offset, piece)
            offset += len(piece)
        return await self.size(person, sha256), repeated

    async def whole(self, person: str, sha256: str, length: int, body: AsyncIterator[bytes]) -> bytes | None:
        """A photo that begins at its beginning, if it comes to its end in one go: it touches the disk once, in the store.

        Otherwise None: what came before the line was cut is kept as a part. Refusal: photo.full.
        """
        held = bytearray()
        try:
            async for piece in body:
                held += piece
        finally:
            if len(held) != length:
                await self._keep(person, sha256, bytes(held))
        return bytes(held) if len(held) == length else None

    async def _keep(self, person: str, sha256: str, content: bytes) -> None:
        file = self.file(person, sha256)
        await asyncio.to_thread(_prepare, file)
        await asyncio.to_thread(_write, file, 0, content)

    async def read(self, person: str, sha256: str) -> bytes:
        return await asyncio.to_thread(self.file(person, sha256).read_bytes)

    def left(self, person: str, sha256: str) -> int:
        """Bytes that an attempt before has left: looked up on the loop, where it takes microseconds."""
        return _size(self.file(person, sha256))

    async def drop(self, person: str, sha256: str) -> None:
        await asyncio.to_thread(self.file(person, sha256).unlink, missing_ok=True)

    async def prune(self) -> int:
        """Drop what nobody has gone on with for 30 days; how many parts that were."""
        return await asyncio.to_thread(_prune, self.folder, time.time() - KEPT_SECONDS)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _prepare(file: Path) -> int:
    """Make sure the part exists, within the person's share; its size."""
    with disk_full_refused():
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            others = sorted(file.parent.iterdir(), key=_touched)
            for oldest in others[: max(0, len(others) - KEPT_PARTS + 1)]:
                oldest.unlink(missing_ok=True)
            file.touch()
        return file.stat().st_size


def _write(file: Path, offset: int, content: bytes) -> None:
    with disk_full_refused(), file.open("r+b") as out:
        out.seek(offset)
        out.write(content)


def _prune(folder: Path, before: float) -> int:
    old = [file for file in folder.glob("*/*") if _touched(file) < before]
    for file in old:
        file.unlink(missing_ok=True)
    return len(old)


def _touched(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except FileNotFoundError:
        return 0.0
