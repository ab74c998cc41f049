"""Bytes by their hash, whole or not at all; parts that belong to one person."""

import asyncio
import errno
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.foundation.refusal import Refusal
from server.photos import bytes as photo_bytes
from server.photos.bytes import DiskStore
from server.photos.parts import KEPT_PARTS, Parts
from tests.photos.pictures import sha

CONTENT = b"photo" * 1000
HASH = sha(CONTENT)


def test_what_was_put_is_there_by_its_hash(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    asyncio.run(store.put(HASH, CONTENT))
    assert asyncio.run(store.get(HASH)) == CONTENT
    assert asyncio.run(store.digest(HASH)) == HASH
    assert [file.name for file in (tmp_path / HASH[:2]).iterdir()] == [HASH]


def test_what_was_never_put_is_none(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)
    assert asyncio.run(store.get(HASH)) is asyncio.run(store.size(HASH)) is asyncio.run(store.digest(HASH)) is None


def test_twenty_identical_photos_at_once_are_one_file(tmp_path: Path) -> None:
    store = DiskStore(tmp_path)

    async def all_at_once() -> None:
        await asyncio.gather(*(store.put(HASH, CONTENT) for _ in range(20)))

    asyncio.run(all_at_once())
    assert [file.name for file in tmp_path.rglob("*") if file.is_file()] == [HASH]


def test_the_file_and_its_folder_are_synced_before_put_returns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bool] = []
    real = os.fsync

    def watched(handle: int) -> None:
        synced.append(os.path.isdir(f"/proc/self/fd/{handle}"))
        real(handle)

    monkeypatch.setattr(os, "fsync", watched)
    asyncio.run(DiskStore(tmp_path).put(HASH, CONTENT))
    assert synced[-2:] == [False, True]


def test_what_somebody_else_has_just_put_is_synced_again_before_it_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one may have been killed between the name and the folder's sync."""
    synced: list[str] = []
    folder = tmp_path / HASH[:2]
    folder.mkdir()
    (folder / HASH).write_bytes(CONTENT)
    monkeypatch.setattr(os, "fsync", lambda handle: synced.append(os.readlink(f"/proc/self/fd/{handle}")))
    asyncio.run(DiskStore(tmp_path).put(HASH, CONTENT))
    assert str(folder) in synced


def test_a_full_disk_is_said_in_words_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(photo_bytes, "_make_folder", lambda folder: folder.mkdir(parents=True, exist_ok=True))
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Refusal) as caught:
        asyncio.run(DiskStore(tmp_path).put(HASH, CONTENT))
    assert caught.value.code == "photo.full"
    assert not [file for file in tmp_path.rglob("*") if file.is_file()]


def test_a_part_goes_on_where_the_line_was_cut(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    with pytest.raises(ConnectionError):
        asyncio.run(parts.write("he", HASH, 0, _cut(CONTENT[:2000])))
    assert asyncio.run(parts.size("he", HASH)) == 2000
    assert asyncio.run(parts.write("he", HASH, 2000, _whole(CONTENT[2000:]))) == (len(CONTENT), 0)
    assert asyncio.run(parts.read("he", HASH)) == CONTENT


def test_a_piece_may_overlap_and_may_not_leave_a_gap(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    asyncio.run(parts.write("he", HASH, 0, _whole(CONTENT[:2000])))
    assert asyncio.run(parts.write("he", HASH, 1500, _whole(CONTENT[1500:2500]))) == (2500, 500)
    for offset in (2501, -1):
        with pytest.raises(Refusal) as caught:
            asyncio.run(parts.write("he", HASH, offset, _whole(b"x")))
        assert (caught.value.code, caught.value.facts["offset"]) == ("photo.offset", 2500)


def test_a_strangers_part_is_another_part(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    asyncio.run(parts.write("he", HASH, 0, _whole(CONTENT[:100])))
    asyncio.run(parts.write("stranger", HASH, 0, _whole(b"spoilt")))
    assert asyncio.run(parts.read("he", HASH)) == CONTENT[:100]


def test_unfinished_photos_of_one_person_are_bounded(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    for number in range(KEPT_PARTS + 10):
        asyncio.run(parts.write("he", sha(bytes([number])), 0, _whole(b"x")))
    assert len(list((tmp_path / "he").iterdir())) == KEPT_PARTS
    assert asyncio.run(parts.size("he", sha(bytes([KEPT_PARTS + 9])))) == 1


def test_a_part_left_for_a_month_is_dropped(tmp_path: Path) -> None:
    parts = Parts(tmp_path)
    asyncio.run(parts.write("he", HASH, 0, _whole(b"old")))
    os.utime(parts.file("he", HASH), (0, 0))
    asyncio.run(parts.write("he", sha(b"new"), 0, _whole(b"new")))
    assert asyncio.run(parts.prune()) == 1
    assert asyncio.run(parts.size("he", sha(b"new"))) == 3


async def _whole(content: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(content), 700):
        yield content[start : start + 700]


async def _cut(content: bytes) -> AsyncIterator[bytes]:
    yield content
    raise ConnectionError("cut")
