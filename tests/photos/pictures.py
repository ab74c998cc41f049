"""Pictures good and bad, made on the spot."""

import hashlib
import io
import struct
import zlib

from PIL import Image


def jpeg(width: int = 64, height: int = 48, colour: str = "teal") -> bytes:
    return _saved(Image.effect_noise((width, height), 60).convert("RGB") if colour == "noise" else Image.new("RGB", (width, height), colour), "JPEG")


def sideways(width: int, height: int) -> bytes:
    """As a camera held upright writes it: turned by a quarter, and a word that says so."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return _saved(Image.new("RGB", (width, height), "teal"), "JPEG", exif=exif)


def png(width: int = 64, height: int = 48) -> bytes:
    return _saved(Image.new("RGBA", (width, height), (0, 0, 0, 0)), "PNG")


def webp(width: int = 64, height: int = 48) -> bytes:
    return _saved(Image.new("RGB", (width, height), "navy"), "WEBP")


def gif() -> bytes:
    return _saved(Image.new("P", (8, 8)), "GIF")


def claiming(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header promises this many pixels."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 64)) + chunk(b"IEND", b"")


def bomb(width: int = 7000, height: int = 7000) -> bytes:
    """An honest PNG of 49 million black pixels in some 150 KB."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    squeezed = zlib.compressobj(9)
    line = b"\0" * (1 + 3 * width)
    data = b"".join(squeezed.compress(line) for _ in range(height)) + squeezed.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _saved(image: Image.Image, kind: str, **how: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **how)
    return out.getvalue()
