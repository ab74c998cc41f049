"""One file with everything: rows, photos and the head of the history; and a house made from it again, on either database."""

import hashlib
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import msgspec

from server import catalog
from server.database.connect import connected
from server.database.migrate import migrate
from server.database.shape import table
from server.database.snapshot import is_empty, revived, snapshot
from server.foundation import clock
from server.ledger.queries import head
from server.ledger.verify import verify
from server.photos.bytes import DiskStore
from server.photos.queries import verify_files
from server.photos.tables import Photo
from server.settings import Settings

FORMAT = "dugai-backup/1"


class BackupError(Exception):
    """The backup cannot be made or used, in words; nothing was changed."""


class Summary(msgspec.Struct):
    """What a backup holds. head: number and digest of the history's last segment; digests: SHA-256 of each table's rows."""

    format: str
    at: str
    head: tuple[int, str]
    rows: dict[str, int]
    digests: dict[str, str]
    photos: int


async def backup(settings: Settings, target: Path) -> Summary:
    """Write the file beside its final name, then rename: it is whole or it is not there.

    It holds everything that was acknowledged before it began: photos are kept before the rows that name them, so those
    of a snapshot are all on disk. The server may go on meanwhile.
    """
    store, draft = DiskStore(settings.data / "photos"), target.with_name(f".{target.name}.part")
    async with connected(settings, catalog.TABLE_NAMES):
        ended = await head()
        summary = Summary(FORMAT, clock.now().isoformat(), ended, {}, {}, 0)
        with tarfile.open(draft, "w") as tar, tempfile.TemporaryDirectory() as folder:
            names: list[str] = []
            async with snapshot(settings) as seen:
                for model in catalog.KEPT:
                    file, count = Path(folder) / "rows.jsonl", 0
                    told = hashlib.sha256()
                    with file.open("wb") as out:
                        async for page in seen.pages(model):
                            lines = b"".join(msgspec.json.encode(row) + b"\n" for row in page)
                            out.write(lines)
                            told.update(lines)
                            count += len(page)
                            names += [row["sha256"] for row in page] if model is Photo else []
                    tar.add(file, f"tables/{table(model)}.jsonl")
                    summary.rows[table(model)], summary.digests[table(model)] = count, told.hexdigest()
            for sha256 in names:
                if not store.file(sha256).exists():
                    raise BackupError(f"photo {sha256} is gone from {store.folder}")
                tar.add(store.file(sha256), f"photos/{sha256}")
            summary.photos = len(names)
            _add(tar, "manifest.json", msgspec.json.encode(summary), folder)
    draft.replace(target)
    return summary


async def restore(settings: Settings, source: Path) -> Summary:
    """Fill an empty database and data folder from the file, then check the whole history and every photo.

    BackupError: not a backup, or something is there already, or what came out is not what went in.
    """
    try:
        tar = tarfile.open(source)  # noqa: SIM115 -- closed by the `with` below
        manifest = tar.extractfile("manifest.json")
        assert manifest is not None
        summary = msgspec.json.decode(manifest.read(), type=Summary)
    except (tarfile.TarError, KeyError, AssertionError, msgspec.DecodeError, OSError) as error:
        raise BackupError(f"{source} is not a backup of this product") from error
    with tar:
        if summary.format != FORMAT:
            raise BackupError(f"{source} has the format {summary.format}; this version reads {FORMAT}")
        await migrate(settings)
        async with connected(settings, catalog.TABLE_NAMES) as writer:
            if not await is_empty(writer, catalog.KEPT):
                raise BackupError("the database is not empty: restore into a new data folder or database")
            store = DiskStore(settings.data / "photos")
            for member in tar.getmembers():
                if member.name.startswith("photos/") and (file := tar.extractfile(member)):
                    await _put(store, Path(member.name).name, file.read())
            async with writer.transaction():  # an altered table undoes them all
                for model in catalog.KEPT:
                    told = hashlib.sha256()
                    for page in _pages(tar.extractfile(f"tables/{table(model)}.jsonl"), told):
                        await writer.insert(model, [revived(model, row) for row in page])
                    if told.hexdigest() != summary.digests.get(table(model)):
                        raise BackupError(f"what the file says of {table(model)} is not sound; nothing was restored")
            report = await verify(summary.head if summary.head[0] else None)
            if faults := report.faults + await verify_files(store, report.photos):
                raise BackupError(f"what was restored is not sound: {faults[0]}")
    return summary


async def _put(store: DiskStore, sha256: str, content: bytes) -> None:
    if hashlib.sha256(content).hexdigest() != sha256:
        raise BackupError(f"photo {sha256} in the file is not sound; nothing was restored")
    await store.put(sha256, content)


def _pages(file: IO[bytes] | None, told: Any) -> Iterator[list[dict[str, Any]]]:
    """The rows of a table, 1,000 at a time; `told` learns every byte."""
    page: list[dict[str, Any]] = []
    for line in file or ():
        told.update(line)
        page.append(msgspec.json.decode(line))
        if len(page) == 1000:
            yield page
            page = []
    yield page


def _add(tar: tarfile.TarFile, name: str, content: bytes, folder: str) -> None:
    file = Path(folder) / "manifest"
    file.write_bytes(content)
    tar.add(file, name)
