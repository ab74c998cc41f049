"""Where the bytes of photos lie: a folder named by hashes. What `put` has returned from survives a power cut.

`Store` is all the rest of the product knows, so that the bytes may one day lie elsewhere.
"""

import asyncio
import contextlib
import errno
import hashlib
import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from server.foundation.refusal import Refusal


class Store(Protocol):
    async def put(self, sha256: str, content: bytes) -> None: ...
    async def get(self, sha256: str) -> bytes | None: ...
    async def size(self, sha256: str) -> int | None: ...
    async def digest(self, sha256: str) -> str | None: ...


class DiskStore:
    """Photos below one folder: `aa/aabbcc…`, the first two characters of the hash making 256 drawers."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, sha256: str) -> Path:
        return self.folder / sha256[:2] / sha256

    async def put(self, sha256: str, content: bytes) -> None:
        """Keep the content durably; the same photo twice, even at once, is one file. Refusal: photo.full."""
        await asyncio.to_thread(_keep, self.file(sha256), content)

    async def get(self, sha256: str) -> bytes | None:
        """The content, or None where there is none."""
        return await asyncio.to_thread(_read, self.file(sha256))

    async def size(self, sha256: str) -> int | None:
        """Bytes kept, or None where there is no such photo."""
        return await asyncio.to_thread(_size, self.file(sha256))

    async def digest(self, sha256: str) -> str | None:
        """The SHA-256 of what lies there now, or None: equal to its name unless the disk or a hand changed it."""
        return await asyncio.to_thread(_digest, self.file(sha256))


def _keep(file: Path, content: bytes) -> None:
    """What is there already may have been put this instant by somebody who was killed before its name was safe."""
    if _size(file) == len(content):
        _sync_folder(file.parent)
    else:
        write_durably(file, content)


def write_durably(file: Path, content: bytes) -> None:
    """Write beside, sync, rename, sync the folder: after this the whole file is there, before it nothing of it is."""
    with disk_full_refused():
        _make_folder(file.parent)
        draft = file.with_name(f".{file.name}.{secrets.token_hex(6)}")
        try:
            with draft.open("xb") as out:
                out.write(content)
                out.flush()
                os.fsync(out.fileno())
            draft.replace(file)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        _sync_folder(file.parent)


@contextlib.contextmanager
def disk_full_refused() -> Iterator[None]:
    """A full disk is said in words; the phone keeps its photo and tries again later."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Refusal("photo.full") from error
        raise


_durable: set[Path] = set()  # folders whose own names this process has made safe


def _make_folder(folder: Path) -> None:
    """A folder's own name must be durable too, or its files vanish with it; whoever made it may have been killed before that."""
    if folder in _durable and folder.is_dir():
        return
    folder.mkdir(parents=True, exist_ok=True)
    _sync_folder(folder.parent)
    _sync_folder(folder.parent.parent)
    _durable.add(folder)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _read(file: Path) -> bytes | None:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return None


def _size(file: Path) -> int | None:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return None


def _digest(file: Path) -> str | None:
    try:
        with file.open("rb") as source:
            return hashlib.file_digest(source, "sha256").hexdigest()
    except FileNotFoundError:
        return None
