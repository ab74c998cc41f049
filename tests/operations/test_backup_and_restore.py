"""One file with everything, out of either database and into either, and every way in which it must not be used."""

from pathlib import Path

import asyncpg

from server.ledger.queries import head
from server.settings import Settings
from tests.conftest import House
from tests.operations.commands import dugai
from tests.visits import FOOD, findings, visit


async def busy(house: House) -> str:
    """A running house with a visit, a problem and photos in it; the head of its history as it is printed."""
    await house.perform(house.world.inspector, "inspections.submit", await visit(house, await findings(house, (FOOD, "食堂"))))
    number, digest = await head()
    return f"head {number}:{digest}"


async def test_what_was_acknowledged_is_there_again_and_sound(house: House, tmp_path: Path) -> None:
    """The server goes on meanwhile; nothing that was acknowledged before the backup began is missing."""
    ended, file, fresh = await busy(house), str(tmp_path / "all.tar"), Settings(data=tmp_path / "fresh")
    assert ended in dugai(house.settings, "backup", file)
    said = dugai(fresh, "restore", file)
    assert ended in said
    assert "2 photos, all sound" in said
    assert ended in dugai(fresh, "ledger", "verify")


async def test_a_house_that_outgrew_its_file_moves_to_postgresql(house: House, tmp_path: Path, postgres_template: str) -> None:
    ended, file, name = await busy(house), str(tmp_path / "all.tar"), f"moved_{house.settings.data.name.strip('_')[-20:]}".lower()
    dugai(house.settings, "backup", file)
    connection = await asyncpg.connect(f"{postgres_template}/postgres")
    await connection.execute(f'create database "{name}"')
    await connection.close()
    assert ended in dugai(Settings(data=tmp_path / "moved", database=f"{postgres_template}/{name}"), "restore", file)


async def test_it_is_never_restored_over_something(house: House, tmp_path: Path) -> None:
    dugai(house.settings, "backup", str(tmp_path / "all.tar"))
    assert "not empty" in dugai(house.settings, "restore", str(tmp_path / "all.tar"), code=1)
    assert "is there already" in dugai(house.settings, "backup", str(tmp_path / "all.tar"), code=1)


def test_what_is_no_backup_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.tar").write_bytes(b"nothing of the kind")
    assert "not a backup" in dugai(Settings(data=tmp_path / "x"), "restore", str(tmp_path / "broken.tar"), code=1)


async def test_a_backup_with_a_missing_photo_is_not_made(house: House, tmp_path: Path) -> None:
    await busy(house)
    next(file for file in (house.settings.data / "photos").rglob("*") if file.is_file()).unlink()
    assert "is gone" in dugai(house.settings, "backup", str(tmp_path / "all.tar"), code=1)
    assert not (tmp_path / "all.tar").exists()


async def test_an_altered_backup_is_found_out(house: House, tmp_path: Path) -> None:
    await busy(house)
    file = tmp_path / "all.tar"
    dugai(house.settings, "backup", str(file))
    content = file.read_bytes()
    assert "食堂不符合要求".encode() in content
    file.write_bytes(content.replace("食堂不符合要求".encode(), "食堂完全符合要".encode()))
    assert "not sound" in dugai(Settings(data=tmp_path / "fresh"), "restore", str(file), code=1)
