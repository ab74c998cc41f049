"""A photo is accepted by what it is, never by what it says it is."""

import asyncio
import io

import pytest
from PIL import Image

from server.foundation.refusal import Refusal
from server.photos.images import THUMB, Picture, inspect, smaller
from tests.photos import pictures


@pytest.mark.parametrize(
    ("content", "kind"),
    [(pictures.jpeg(), "image/jpeg"), (pictures.png(), "image/png"), (pictures.webp(), "image/webp")],
)
def test_a_photo_tells_its_kind_and_size(content: bytes, kind: str) -> None:
    assert asyncio.run(inspect(content, pictures.sha(content))) == Picture(kind, 64, 48)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xd8\xff\xe0",
        b"GIF89a",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.7",
        pictures.gif(),
        pictures.jpeg(400, 400, "noise")[:-3000],
        pictures.png(400, 400)[:-40],
        pictures.png()[:20] + b"\0" * 30,
        pictures.webp(400, 400)[:60],
        pictures.jpeg()[:2] + bytes(range(256)) * 40,
    ],
    ids=["empty", "start only", "word", "svg", "pdf", "gif", "cut jpeg", "cut png", "spoilt png", "cut webp", "noise"],
)
def test_what_is_no_readable_photo_is_refused(content: bytes) -> None:
    assert _refused(content) == "photo.type"


@pytest.mark.parametrize(("width", "height"), [(40_000, 40_000), (10_000, 5_001), (2**31 - 1, 2**31 - 1), (1, 50_000_001)])
def test_a_flood_of_pixels_is_refused_from_its_header(width: int, height: int) -> None:
    assert _refused(pictures.claiming(width, height)) == "photo.pixels"


def test_fewer_pixels_than_promised_is_a_broken_photo() -> None:
    assert _refused(pictures.claiming(3000, 3000)) == "photo.type"


def test_a_large_honest_picture_is_taken() -> None:
    content = pictures.bomb()
    assert len(content) < 400_000
    assert asyncio.run(inspect(content, pictures.sha(content))).width == 7000


def test_a_large_png_is_no_jpeg_of_many_scans() -> None:
    """What would be a scan's beginning in a JPEG comes about by chance once in 64 KB."""
    content = pictures.png()
    end = len(content) - 12
    noted = pictures.chunk(b"tEXt", b"note\0" + b"\xff\xda" * 200)
    whole = content[:end] + noted + content[end:]
    assert asyncio.run(inspect(whole, pictures.sha(whole))).type == "image/png"


def test_a_jpeg_of_more_scans_than_any_camera_writes_is_refused() -> None:
    content = pictures.jpeg()
    assert _refused(content[:-2] + b"\xff\xda\0\x02" * 101 + content[-2:]) == "photo.type"


def test_what_is_not_what_was_announced_is_refused_before_it_is_looked_at() -> None:
    with pytest.raises(Refusal, match="photo.hash"):
        asyncio.run(inspect(b"no picture", pictures.sha(b"another")))


def test_a_thumbnail_is_small_upright_and_shows_ink_on_white() -> None:
    small = Image.open(io.BytesIO(asyncio.run(smaller(pictures.png(1600, 800), THUMB))))
    assert (small.format, small.size) == ("JPEG", (320, 160))
    assert small.getpixel((10, 10)) == (255, 255, 255)


def test_a_photo_taken_sideways_stands_upright() -> None:
    assert Image.open(io.BytesIO(asyncio.run(smaller(pictures.sideways(200, 100), THUMB)))).size == (100, 200)


def _refused(content: bytes) -> str:
    with pytest.raises(Refusal) as caught:
        asyncio.run(inspect(content, pictures.sha(content)))
    return caught.value.code
