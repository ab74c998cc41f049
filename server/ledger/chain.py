"""The chain: each transaction's receipts and events hashed onto the hash of everything before it."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec

GENESIS = "0" * 64


class Link:
    """One segment in the making: feed it each receipt with its events, in order, then read `digest`."""

    def __init__(self, previous: str) -> None:
        self._hash = hashlib.sha256(previous.encode())

    def receipt(self, row: Mapping[str, Any]) -> None:
        self._hash.update(
            _line("receipt", row["id"], row["digest"], row["kind"], row["version"], row["author_id"],
                  moment(row["device_at"]), moment(row["at"]), row["body"])
        )  # fmt: skip

    def event(self, row: Mapping[str, Any]) -> None:
        self._hash.update(
            _line("event", row["seq"], row["command_id"], row["kind"], row["subject_id"], row["place_path"],
                  row["author_id"], row["author_name"], moment(row["at"]), row["data"])
        )  # fmt: skip

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()


def moment(at: dt.datetime) -> str:
    """An instant as the chain writes it, the same from either database."""
    return at.astimezone(dt.UTC).isoformat("T", "microseconds")


def _line(*parts: object) -> bytes:
    return _encode(parts) + b"\n"


_encode = msgspec.json.Encoder().encode
