"""Identifiers that a phone can make by itself: UUIDv7 text, and a short code to read out or write on paper."""

import re
import secrets
import time
import unicodedata

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U, so that nothing is misread
MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})
ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


def new_id() -> str:
    """A UUIDv7 (RFC 9562): 36 lower-case characters, ordered by the millisecond in which it was made."""
    bits = (time.time_ns() // 1_000_000) << 80 | 0x7 << 76 | secrets.randbits(12) << 64 | 0b10 << 62 | secrets.randbits(62)
    text = f"{bits:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def is_id(text: object) -> bool:
    """Whether this is the text of a UUID as `new_id` writes it."""
    return isinstance(text, str) and ID.fullmatch(text) is not None


def tail_of(code: str) -> str | None:
    """The last ten hexadecimal digits of the id with this short code, as people type it; None for what is no code.

    Hyphens, spaces, case, and O for 0, I or L for 1 are forgiven.
    """
    plain = re.sub(r"[\s\-–—]", "", unicodedata.normalize("NFKC", code)).upper().translate(MISREAD)
    if len(plain) != 8 or not set(plain) <= set(ALPHABET):
        return None
    bits = 0
    for sign in plain:
        bits = bits << 5 | ALPHABET.index(sign)
    return f"{bits:010x}"


def short_code(identifier: str) -> str:
    """The last 40 bits of an id as XXXX-XXXX: what stands on paper before the server has given a number."""
    bits = int(identifier.replace("-", "")[-10:], 16)
    text = "".join(ALPHABET[bits >> shift & 31] for shift in range(35, -5, -5))
    return f"{text[:4]}-{text[4:]}"
