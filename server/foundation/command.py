"""What is asked (Command), how a wing answers it (Handling), and the digest by which a replay is known."""

import datetime as dt
import hashlib
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import msgspec


class Command(msgspec.Struct, frozen=True):
    """One act, named by the device that asked for it.

    id: made by the client, the key of exactly-once; at: the device's time; payload: canonical JSON bytes.
    """

    id: str
    kind: str
    version: int
    at: dt.datetime
    author: str
    payload: bytes

    @property
    def digest(self) -> str:
        """SHA-256 over kind, version, author and payload: the same id with another digest is another act."""
        head = f"{self.kind}\0{self.version}\0{self.author}\0".encode()
        return hashlib.sha256(head + self.payload).hexdigest()


class Handling(msgspec.Struct, frozen=True):
    """How one kind of command is read and decided. `reads` names the rows to fetch for a whole batch at once.

    wire: whether a phone may send it, judged by the role of that hour; all others come from the server's own forms, which check what a command cannot.
    own: whether it concerns nobody but whoever asks, or hands in what was done before: auditors may, who change nothing else.
    """

    kind: str
    struct: Any
    handle: Callable[[Any, Any], Awaitable[dict[str, Any]]]
    reads: Callable[[Any], Iterable[tuple[Any, ...]]] = lambda _payload: ()
    version: int = 1
    wire: bool = False
    own: bool = False


def canonical(payload: object) -> bytes:
    """JSON with sorted keys, no spaces, UTF-8: the same facts are the same bytes whoever wrote them."""
    return _canonical.encode(payload)


_canonical = msgspec.json.Encoder(order="sorted")
