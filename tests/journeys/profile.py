"""A browser's whole profile read as bytes: which words or pictures lie in it unencrypted, and in which files."""

import os
from collections.abc import Iterable
from pathlib import Path

SHORT = 4  # characters: LevelDB's compression breaks a text only where a piece of it was there before
PIECE = 24  # bytes of a picture


def words_in(folder: Path, secrets: Iterable[str]) -> dict[str, set[str]]:
    """The files, by secret, that hold any four characters of it, as UTF-8 or UTF-16 of either order."""
    wanted = {piece: secret for secret in secrets for piece in _spellings(secret)}
    return _found(folder, wanted)


def pictures_in(folder: Path, pictures: Iterable[bytes]) -> dict[str, set[str]]:
    """The same for pieces out of pictures' middles; `picture N` is the key."""
    wanted = {}
    for number, content in enumerate(pictures):
        middle = len(content) // 2
        for at in range(middle, min(middle + 40 * PIECE, len(content) - PIECE), PIECE):
            wanted[content[at : at + PIECE]] = f"picture {number}"
    return _found(folder, wanted)


def _spellings(secret: str) -> Iterable[bytes]:
    for start in range(max(1, len(secret) - SHORT + 1)):
        piece = secret[start : start + SHORT]
        yield from (piece.encode(coding) for coding in ("utf-8", "utf-16-le", "utf-16-be"))


def _found(folder: Path, wanted: dict[bytes, str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for place, _, names in os.walk(folder):
        for name in names:
            file = Path(place, name)
            if not file.is_file() or file.is_symlink():
                continue
            content = file.read_bytes()
            for piece, secret in wanted.items():
                if piece in content:
                    found.setdefault(secret, set()).add(str(file.relative_to(folder)))
    return found
