"""What counts as a photo, how much of one may come, how many may lie in no record, and every "no" on the way."""

import datetime as dt
import re

import msgspec

from server.foundation.refusal import Refusal, declare, no

LIMIT = 15 * 1024 * 1024  # the phone sends 350-400 KB; a desk may send a camera's original
PIXELS = 50_000_000  # read from the header: 40,000 × 40,000 would need 4.8 GB once decoded
TYPES = ("image/jpeg", "image/png", "image/webp")
MOST_UNCLAIMED, MOST_BYTES_UNCLAIMED = 5000, 3 * 1024**3  # of one person's, in no record: some two weeks of full days
UNCLAIMED_FOR = dt.timedelta(days=30)  # what lies longer counts no more: nobody is locked out for good
COUNTED_EVERY = dt.timedelta(seconds=10)
SHA256 = re.compile(r"[0-9a-f]{64}")

declare(
    {
        "photo.type": no(
            422, "这不是 JPEG、PNG 或 WebP 照片，或文件已损坏", "This is not a readable JPEG, PNG or WebP photo",
            "请重新拍照或另选一张", "Take the photo again or choose another",
        ),
        "photo.pixels": no(
            422, "照片像素过大：{width} × {height}", "The photo has too many pixels: {width} × {height}",
            "请缩小到 5000 万像素以内", "Shrink it to 50 megapixels or less",
        ),
        "photo.too_large": no(
            413, "照片超过 15 MB", "The photo is larger than 15 MB", "请压缩后再传", "Compress it and send it again"
        ),
        "photo.hash": no(
            422, "收到的内容与照片指纹不符，已丢弃", "What arrived is not the photo that was announced; it was dropped",
            "请从头重传这张照片", "Send this photo again from its beginning",
        ),
        "photo.offset": no(
            409, "上传位置不对：服务器已收到 {offset} 字节", "Wrong place to go on: the server has {offset} bytes",
            "请从该位置接着传", "Go on from there",
        ),
        "photo.length": no(
            422, "没有写明照片的字节数", "The photo's length in bytes is not given",
            "请在 Upload-Length 中写明总字节数", "Give the total in the header Upload-Length",
        ),
        "photo.missing": no(
            422, "有 {count} 张照片还没有传到", "{count} photos have not arrived yet",
            "请先上传照片，再提交", "Send the photos first, then submit",
        ),
        "photo.unclaimed": no(
            429, "您近 30 天有 {count} 张照片还没有检查记录收下，这一张先留在手机", "{count} of your photos of the last 30 days are in no record yet; this one stays on the phone for now",
            "请督导先办理您待核收的记录，之后自动上传", "Ask the supervisor to deal with your records that wait; then it goes up by itself",
        ),
        "photo.full": no(
            503, "服务器的照片存储已满", "The server's space for photos is full",
            "照片仍在本机；请告诉管理员", "Your photo is still with you; tell the administrator",
        ),
    }
)  # fmt: skip


def is_sha256(text: object) -> bool:
    """Whether this is a SHA-256 in lower-case hexadecimal: the only thing that ever becomes a file name."""
    return isinstance(text, str) and SHA256.fullmatch(text) is not None


def sender_id(sha256: str, person: str) -> str:
    """The key under which it is kept that this person sent this photo."""
    return f"{sha256}/{person}"


def checked_length(text: str) -> int:
    """The photo's whole length in bytes as its sender gives it. Refusals: photo.length, photo.too_large."""
    if not (text.isascii() and text.isdigit()) or int(text[:18]) == 0:
        raise Refusal("photo.length").at("Upload-Length")
    if len(text) > 9 or int(text) > LIMIT:
        raise Refusal("photo.too_large").at("Upload-Length")
    return int(text)


class Unclaimed(msgspec.Struct):
    """Photos that somebody sent first, of the last UNCLAIMED_FOR, that stand in no record: how many, their bytes, and when they were counted."""

    count: int
    bytes: int
    at: dt.datetime

    @property
    def is_full(self) -> bool:
        return self.count >= MOST_UNCLAIMED or self.bytes >= MOST_BYTES_UNCLAIMED


def check_pixels(width: int, height: int) -> None:
    """Refuses (photo.pixels) what would not fit into memory once decoded."""
    if width < 1 or height < 1 or width * height > PIXELS:
        raise Refusal("photo.pixels", width=width, height=height)


def check_offset(offset: int, kept: int) -> None:
    """A piece may overlap what is kept, and may not leave a gap. Refusal: photo.offset."""
    if not 0 <= offset <= kept:
        raise Refusal("photo.offset", offset=kept)
