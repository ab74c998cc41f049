"""Looking at pictures without trusting them: kind and size from the header, then a decode that must reach the end."""

import asyncio
import contextlib
import hashlib
import io
import struct
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import msgspec
from PIL import Image, ImageOps, UnidentifiedImageError

from server.foundation.refusal import Refusal
from server.photos.rules import check_pixels

FORMATS = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
THUMB, SHEET = (320, 320), (900, 900)  # on a screen's lists; on paper, where half of A4's width takes 300 dots an inch
MOST_SCANS = 100  # a camera's progressive JPEG has about ten; empty ones cost milliseconds each and 75 bytes
MODEST = 12_000_000  # pixels of a JPEG of which two at once take no more memory than one large PNG, whatever they hold
BROKEN = (struct.error, UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, IndexError, TypeError, Image.DecompressionBombError)

_readers = ThreadPoolExecutor(2, "pictures")
_large = threading.Lock()  # a large PNG takes 150 MB while it is decoded: never several


class Picture(msgspec.Struct, frozen=True):
    """type: image/jpeg, image/png or image/webp; width and height in pixels."""

    type: str
    width: int
    height: int


async def inspect(content: bytes, sha256: str) -> Picture:
    """What the picture with this hash is. Refusals: photo.hash, photo.type, photo.pixels."""
    return await asyncio.get_running_loop().run_in_executor(_readers, _inspect, content, sha256)


async def smaller(content: bytes, most: tuple[int, int]) -> bytes:
    """A JPEG of at most this width and height, upright. Refusals as for `inspect`."""
    return await asyncio.get_running_loop().run_in_executor(_readers, _smaller, content, most)


def _inspect(content: bytes, sha256: str) -> Picture:
    if hashlib.sha256(content).hexdigest() != sha256:
        raise Refusal("photo.hash")
    try:
        image = _opened(content)
        picture = Picture(FORMATS[image.format or ""], image.width, image.height)
        with _memory(image):
            image.draft("L", (1, 1))  # a JPEG is decoded at an eighth of its size and without its colours: enough to reach its end
            image.load()
        return picture
    except BROKEN as error:
        raise Refusal("photo.type") from error


def _smaller(content: bytes, most: tuple[int, int]) -> bytes:
    try:
        image = _opened(content)
        with _memory(image):
            image.draft("RGB", most)
            image.load()
        small = ImageOps.exif_transpose(image)
        small.thumbnail(most)
        out = io.BytesIO()
        _on_white(small).save(out, "JPEG", quality=78, optimize=True)
        return out.getvalue()
    except BROKEN as error:
        raise Refusal("photo.type") from error


def _opened(content: bytes) -> Image.Image:
    """The picture with only its header read, its pixels and scans counted before one of them is decoded."""
    if content.startswith(b"\xff\xd8") and content.count(b"\xff\xda") > MOST_SCANS:
        raise Refusal("photo.type")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        try:
            image = Image.open(io.BytesIO(content), formats=("JPEG", "PNG", "WEBP"))
        except Image.DecompressionBombError:
            raise Refusal("photo.pixels", width="?", height="?") from None
    check_pixels(image.width, image.height)
    return image


def _memory(image: Image.Image) -> contextlib.AbstractContextManager[object]:
    """Room to decode it in: a modest JPEG at once, whatever else alone."""
    is_modest = image.format in ("JPEG", "MPO") and image.width * image.height <= MODEST
    return contextlib.nullcontext() if is_modest else _large


def _on_white(image: Image.Image) -> Image.Image:
    """A signature is ink on nothing; JPEG has no nothing."""
    if image.mode in ("RGBA", "LA", "P", "PA"):
        clear = image.convert("RGBA")
        image = Image.new("RGB", clear.size, "white")
        image.paste(clear, mask=clear.getchannel("A"))
    return image.convert("RGB")
