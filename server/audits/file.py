"""The file: lines of JSON, a seal over all of them as the last, and its checking without a database (docs/history.md).

What it is of; then each segment of the chain with those of its events that belong here; then the head: how much there is, the digest of every
byte above, the ledger's own head, signed. A segment says the digest of every byte above it too, so that a change is found near its line.
"""

import base64
import datetime as dt
import hashlib
from collections.abc import AsyncIterator, Iterable
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FORMAT = "dugai-history/1"
LONGEST_LINE = 16 * 1024 * 1024
MOST_FAULTS = 100  # after which a file is read no further


class About(msgspec.Struct, frozen=True):
    """What the file is of. since, until: days in Beijing, both within."""

    place: str
    place_id: str
    since: dt.date
    until: dt.date
    at: dt.datetime
    by: str


class Head(msgspec.Struct, frozen=True):
    """segment, digest: the ledger's own head when the file was made; above: SHA-256 of every byte before the head's line."""

    segment: int
    digest: str
    segments: int
    events: int
    above: str


class Segment(msgspec.Struct, frozen=True):
    id: int
    opens: int
    closes: int
    at: str
    previous: str
    digest: str
    above: str = ""


class Event(msgspec.Struct, frozen=True):
    """at: when it was received; device_at: when it was done, by the clock of whatever it was done on. place: its name today, "" where it has moved since."""

    seq: int
    kind: str
    subject: str
    place_path: str
    place: str
    author_id: str
    author: str
    at: str
    device_at: str
    data: dict[str, Any]


class Report(msgspec.Struct):
    """What checking found: what the file says of itself, who signed it, and every fault in words."""

    about: About | None = None
    key: str = ""
    head: Head | None = None
    faults: list[str] = msgspec.field(default_factory=list)


def public_key(secret: str) -> str:
    """The key by which a house's files are known, in base64: good for as long as its secret."""
    return base64.b64encode(_key(secret).public_key().public_bytes_raw()).decode()


async def lines(secret: str, about: About, ledger: tuple[int, str], segments: AsyncIterator[list[tuple[Segment, list[Event]]]]) -> AsyncIterator[bytes]:
    """The file in pieces. ledger: the ledger's head; segments: in the order of the chain, with their events, some at a time."""
    above, held, told = hashlib.sha256(), 0, 0
    first = _encode({"format": FORMAT, "key": public_key(secret), "about": about}) + b"\n"
    above.update(first)
    yield first
    async for some in segments:
        piece = bytearray()
        for segment, events in some:
            held, told = held + 1, told + len(events)
            line = _encode({"segment": msgspec.structs.replace(segment, above=above.hexdigest())}) + b"\n" + b"".join(_encode({"event": one}) + b"\n" for one in events)
            above.update(line)
            piece += line
        yield bytes(piece)
    head = _encode(Head(*ledger, held, told, above.hexdigest()))
    yield b'{"head":' + head + b',"signature":"' + base64.b64encode(_key(secret).sign(head)) + b'"}\n'


class Line(msgspec.Struct, frozen=True):
    """Any line of a file."""

    format: str = ""
    key: str = ""
    about: About | None = None
    segment: Segment | None = None
    event: Event | None = None
    head: msgspec.Raw = msgspec.Raw()
    signature: str = ""


def checked(content: Iterable[bytes], key: str = "") -> Report:
    """Reads a file's lines. key: the one that must have signed it; without, whoever reads compares the report's."""
    check = Check(key)
    for number, raw in enumerate(content, 1):
        check.read(number, raw)
        if check.is_lost or len(check.report.faults) >= MOST_FAULTS:
            return check.report
    if check.report.head is None:
        check.fault("the file ends without its signed head: it was cut")
    return check.report


class Check:
    """One reading of a file, line by line."""

    def __init__(self, key: str) -> None:
        self.wanted, self.report, self.is_lost = key, Report(), False
        self.above, self.last, self.seq = hashlib.sha256(), Segment(0, 0, 0, "", "", ""), 0
        self.counts, self.sound = [0, 0], 0  # sound: the last line up to which the digests hold

    def fault(self, words: str) -> None:
        self.report.faults.append(words)

    def read(self, number: int, raw: bytes) -> None:
        try:
            line = _decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self.fault(f"line {number} cannot be read")
            self.is_lost = number == 1
            self.above.update(raw)
            return
        if number == 1:
            self._first(line)
        elif self.report.head:
            self.fault(f"line {number} stands after the signed head")
        elif line.segment:
            self._segment(number, line.segment)
        elif line.event:
            self._event(number, line.event)
        elif line.signature:
            self._head(number, line)
        else:
            self.fault(f"line {number} is none of this file's")
        self.above.update(raw)

    def _first(self, line: Line) -> None:
        if line.format != FORMAT or line.about is None:
            self.fault(f"this is no file of the form {FORMAT}")
            self.is_lost = True
        self.report.about, self.report.key = line.about, line.key

    def _segment(self, number: int, segment: Segment) -> None:
        self._digest(number, segment.above)
        self.counts[0] += 1
        if segment.id <= self.last.id or segment.opens <= self.last.closes or segment.closes < segment.opens:
            self.fault(f"line {number}: segment {segment.id} does not stand where it belongs")
        elif segment.id == self.last.id + 1 and (segment.previous != self.last.digest or segment.opens != self.last.closes + 1) and self.counts[0] > 1:
            self.fault(f"line {number}: segment {segment.id} does not follow the one before it")
        self.last = segment

    def _event(self, number: int, event: Event) -> None:
        self.counts[1] += 1
        if not self.last.opens <= event.seq <= self.last.closes or event.seq <= self.seq:
            self.fault(f"line {number}: event {event.seq} does not stand where it belongs")
        self.seq = event.seq

    def _head(self, number: int, line: Line) -> None:
        try:
            self.report.head = head = msgspec.json.decode(line.head, type=Head)
        except msgspec.DecodeError:
            self.fault(f"line {number}: the head cannot be read")
            return
        self._digest(number, head.above)
        if [head.segments, head.events] != self.counts:
            self.fault(f"{head.segments} segments and {head.events} events were signed, {self.counts[0]} and {self.counts[1]} are here")
        if head.segment < self.last.id or (head.segment == self.last.id and head.digest != self.last.digest):
            self.fault(f"segment {self.last.id} is not of the chain whose head was signed")
        if not _is_signed(self.report.key, line.signature, bytes(line.head)):
            self.fault("the head's signature does not hold")
        elif self.wanted and self.wanted != self.report.key:
            self.fault("the file was signed with another key")

    def _digest(self, number: int, said: str) -> None:
        if self.sound < 0:
            return
        if said == self.above.hexdigest():
            self.sound = number
            return
        self.fault(f"between line {max(self.sound, 1)} and line {number} something was changed, taken out or put in")
        self.sound = -1  # whatever follows differs with it


def _is_signed(key: str, signature: str, head: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(base64.b64decode(key, validate=True)).verify(base64.b64decode(signature, validate=True), head)
    except (InvalidSignature, ValueError):
        return False
    return True


def _key(secret: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(HKDF(hashes.SHA256(), 32, None, b"dugai history").derive(secret.encode()))


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Line).decode
