"""The file that a phone writes when it cannot send: encrypted to this server, signed by the device (docs/sync.md, “The export”).

A line of JSON, then records, each with its length before it, then a length of nothing and the signature. Read piece by piece: a file may
hold a day of photos. All of it is checked before anything of it is kept.
"""

import base64
import hashlib
from collections.abc import Iterator
from typing import IO

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from server.devices.rules import RAW, check_signed, public_key
from server.foundation.ids import is_id
from server.foundation.refusal import Refusal, declare, no
from server.photos.rules import LIMIT as PHOTO_LIMIT
from server.photos.rules import is_sha256
from server.sync.taking import Envelope

FORMAT, PLAIN = "dugai-export/2", "dugai-entry/1"
LIMIT = 96 * 1024 * 1024  # bytes of a file; nginx's recipe lets 100 MB through
COMMAND_LIMIT = 2 * 1024 * 1024
COMMANDS_LIMIT = 10 * 1024 * 1024  # of all commands of a file: read, JSON is twenty times as large
MOST = 500  # commands in one file
MOST_BRACES = 100_000  # of a file of the older form
MOST_RECORDS = 5000
LONGEST_HEAD = 2048
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256: a private key is 1 … ORDER - 1

declare(
    {
        "export.unreadable": no(
            422, "这不是督改导出的备份文件，或文件不完整", "This is not a file that Dugai exported, or not the whole of it",
            "请重新选择，或在手机上重新导出；这次一条也没有收录", "Choose again, or export again on the phone; nothing was taken in",
        ),
        "export.altered": no(
            422, "文件内容与设备签名对不上，可能改动过或没有拷完", "The file is not what the device has signed: altered, or not copied whole",
            "请重新拷贝，或在手机上重新导出；这次一条也没有收录", "Copy it again, or export again on the phone; nothing was taken in",
        ),
        "export.other_key": no(
            422, "文件是为别的服务器密钥加密的，这里打不开", "The file was made for another server's key and cannot be opened here",
            "请交到导出时所用的系统；如本系统换过密钥，请手机联网打开一次后重新导出", "Take it to the system it was made for; if this one's secret was changed, open the phone on line once and export again",
        ),
        "export.unknown": no(
            422, "这里不认识导出这份文件的设备", "The device that made this file is not known here",
            "请手机联网登录一次，再重新导出；这次一条也没有收录", "Sign in once on the phone, on line, and export again; nothing was taken in",
        ),
        "export.foreign": no(
            403, "这份旧格式备份不是您本人的", "This backup, in the old form, is not your own", "请作者本人登录后收录", "Its author must sign in and take it in",
        ),
    }
)  # fmt: skip


class Head(msgspec.Struct, frozen=True):
    """server: id of the key it is encrypted to; device: who signs; key: the public half of the key made for this file."""

    format: str
    server: str
    device: str
    key: str


class Record(msgspec.Struct, frozen=True):
    """One of both: photo, the SHA-256 of the bytes that follow; command, as it would go to /sync. place: where in the file it begins."""

    photo: str = ""
    command: Envelope | None = None
    place: int = 0
    number: int = 0


class Inked(msgspec.Struct, frozen=True):
    base64: str


class Old(msgspec.Struct, frozen=True):
    """The older form, of one entry, neither encrypted nor signed."""

    format: str
    command: msgspec.Raw
    photos: dict[str, Inked]


# The server's pair of keys, the same in every process that shares the secret


def private_key(secret: str) -> ec.EllipticCurvePrivateKey:
    """RFC 5869 to 48 bytes, taken modulo the order: as good as uniform (FIPS 186-5, A.2.1)."""
    made = HKDF(hashes.SHA256(), 48, None, b"dugai export key").derive(secret.encode())
    return ec.derive_private_key(int.from_bytes(made) % (ORDER - 1) + 1, ec.SECP256R1())


def offered(secret: str) -> dict[str, str]:
    """What the pack carries: {id, key}; key: SPKI in base64url, id: the beginning of its SHA-256."""
    spki = private_key(secret).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return {"id": hashlib.sha256(spki).hexdigest()[:16], "key": base64.urlsafe_b64encode(spki).decode().rstrip("=")}


# Reading


def read_head(file: IO[bytes]) -> Head | None:
    """The first line; None where it is the older form, which `read_old` reads. Refusal: export.unreadable."""
    file.seek(0)
    line = file.readline(LONGEST_HEAD)
    if not line.endswith(b"\n"):
        return None
    try:
        head = msgspec.json.decode(line, type=Head)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    if head.format != FORMAT or not is_id(head.device):
        raise Refusal("export.unreadable").at("file")
    return head


def check(file: IO[bytes], head: Head, secret: str, device_key: str) -> list[Record]:
    """Everything in the file, once the whole of it has been found to be what the device signed.

    Refusals: export.other_key, export.altered, export.unreadable, input.too_large: before more is read than memory holds.
    """
    if head.server != offered(secret)["id"]:
        raise Refusal("export.other_key").at("file")
    cipher = _cipher(head, secret)
    chain, found, commands, size = hashlib.sha256(_line(file)).digest(), [], 0, 0
    for number, place, sealed in _records(file):
        chain = hashlib.sha256(chain + hashlib.sha256(sealed).digest()).digest()
        found.append(_record(_opened(cipher, number, sealed), place, number))
        if found[-1].command:
            commands, size = commands + 1, size + len(sealed)
        if commands > MOST or size > COMMANDS_LIMIT:
            raise Refusal("input.too_large").at("file")
    signature = file.read(RAW + 1)
    try:
        check_signed(device_key, signature, FORMAT.encode() + b"\n" + chain)
    except Refusal:
        raise Refusal("export.altered").at("file") from None
    return found


def photo_in(file: IO[bytes], head: Head, secret: str, record: Record) -> bytes:
    """The bytes of a photo that `check` has found."""
    file.seek(record.place)
    sealed = file.read(int.from_bytes(file.read(4)))
    return _opened(_cipher(head, secret), record.number, sealed).partition(b"\n")[2]


def read_old(content: bytes) -> tuple[Envelope, dict[str, bytes]]:
    """An entry of the older form and its photos. Refusals: export.unreadable, input.too_large."""
    if content.count(b"{") > MOST_BRACES:
        raise Refusal("input.too_large").at("file")
    try:
        old = msgspec.json.decode(content, type=Old)
        if len(old.command) > COMMAND_LIMIT:
            raise Refusal("input.too_large").at("file")
        command = msgspec.json.decode(old.command, type=Envelope)
        photos = {name: base64.b64decode(said.base64, validate=True) for name, said in old.photos.items()}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        raise Refusal("export.unreadable").at("file") from None
    if old.format != PLAIN or not is_id(command.id):
        raise Refusal("export.unreadable").at("file")
    return command, photos


def _line(file: IO[bytes]) -> bytes:
    file.seek(0)
    return file.readline(LONGEST_HEAD)


def _records(file: IO[bytes]) -> Iterator[tuple[int, int, bytes]]:
    """(number, place, sealed bytes) of each record, as far as the length of nothing."""
    for number in range(MOST_RECORDS + 1):
        place = file.tell()
        length = file.read(4)
        size = int.from_bytes(length)
        if len(length) < 4 or size > PHOTO_LIMIT + 1024 or number == MOST_RECORDS:
            raise Refusal("export.altered").at("file")
        if size == 0:
            return
        sealed = file.read(size)
        if len(sealed) < size:
            raise Refusal("export.altered").at("file")
        yield number, place, sealed


def _cipher(head: Head, secret: str) -> AESGCM:
    """ECDH with the key made for this file, then HKDF-SHA256; salt: both public keys, the file's first."""
    try:
        theirs = public_key(head.key)
    except Refusal:
        raise Refusal("export.unreadable").at("file") from None
    shared = private_key(secret).exchange(ec.ECDH(), theirs)
    salt = f"{head.key}.{offered(secret)['key']}".encode()
    return AESGCM(HKDF(hashes.SHA256(), 32, salt, FORMAT.encode()).derive(shared))


def _opened(cipher: AESGCM, number: int, sealed: bytes) -> bytes:
    try:
        return cipher.decrypt(number.to_bytes(12), sealed, None)
    except (InvalidTag, ValueError):
        raise Refusal("export.altered").at("file") from None


def _record(plain: bytes, place: int, number: int) -> Record:
    line = plain[:COMMAND_LIMIT].partition(b"\n")[0]
    try:
        said = msgspec.json.decode(line, type=Record)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refusal("export.unreadable").at("file") from None
    whole = is_sha256(said.photo) if said.command is None else is_id(said.command.id)
    if not whole:
        raise Refusal("export.unreadable").at("file")
    return Record(said.photo if said.command is None else "", said.command, place, number)
