"""How text becomes grams that an index can hold, how what was typed becomes a question to it, and where to mark what was found.

Chinese has no spaces, and the trigrams of both databases lose words of one or two signs. So each Han sign is indexed with the
one after it (食堂储存 → 食堂 堂储 储存 存): a word of two signs is one gram, a longer one a phrase of grams, a single sign the
beginning of a gram. Latin words and figures are grams of their own. Pure functions; both databases hold the same grams.
"""

import datetime as dt
import re
import unicodedata
import zlib
from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec

from server.foundation.words import Words

LONGEST = 40  # signs of one gram; a longer figure is cut, in the index and in the question alike
SHORTEST_BEGINNING = 3  # Latin letters or figures that are enough to mean a longer word: 2026 finds 20261118, 17 only 17
MOST_TYPED, MOST_WORDS, MOST_GRAMS = 200, 8, 40
MOST_TEXT = 8000  # signs of one record that are indexed
GAP = "§"  # stands between fields, so that no phrase reaches from one into the next; no word holds it
KINDS = {
    "facility": Words("机构", "Facilities"),
    "problem": Words("问题", "Problems"),
    "visit": Words("检查", "Visits"),
}
SINCE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


class Sign(msgspec.Struct, frozen=True):
    """One Han sign, one run of letters or one of figures, as it is compared; start and end: where it stands in the text.

    joined: a Han sign that follows another one with nothing in between.
    """

    text: str
    start: int
    end: int
    is_han: bool
    joined: bool


class Word(msgspec.Struct, frozen=True):
    """One word that was typed: grams that must follow each other. begins: the last one may be the beginning of a gram."""

    signs: tuple[Sign, ...]
    grams: tuple[str, ...]
    begins: bool


Pieces = list[tuple[str, bool]]


# What is indexed


def grams(fields: Iterable[str]) -> str:
    """The grams of a record's fields, parted by spaces."""
    room, found = MOST_TEXT, []
    for field in fields:
        text = normal(field)[:room]
        room -= len(text)
        if made := _grams(signs(text)):
            found.append(" ".join(made))
    return f" {GAP} ".join(found)


def scope(path: str) -> str:
    """The grams by which a record is found below each of the places above it, and its own: §0000000001 §0000000001§0000000002."""
    parts = path.rstrip("/").split("/")
    return " ".join(place("/".join(parts[: count + 1])) for count in range(len(parts)))


def place(path: str) -> str:
    """The gram of the place with this path."""
    return GAP + path.rstrip("/").replace("/", GAP)


def number(kind: str, at: dt.datetime | None, subject: str) -> int:
    """Where a record stands in the index: by kind, in it by time; a walk from the end meets the newest first.

    2 bits of kind, 31 of seconds since 2000, 30 of the subject's id. Two records may fall on one number: take the next.
    """
    seconds = int((at - SINCE).total_seconds()) if at else 0
    return span(kind)[0] | min(max(seconds, 0), 2**31 - 1) << 30 | zlib.crc32(subject.encode()) & (2**30 - 1)


def span(kind: str) -> tuple[int, int]:
    """The first and the last number of this kind."""
    first = (list(KINDS).index(kind) + 1) << 61
    return first, first + (1 << 61) - 1


def vector(grams: str) -> str:
    """The same as a tsvector in its own writing, each gram with its place."""
    return " ".join(f"'{gram}':{place}" for place, gram in enumerate(grams.split(" "), 1) if gram)


# What is asked


def asked(typed: str) -> tuple[Word, ...]:
    """The words to be found, all of them. Nothing for what holds no word (blanks, signs, emoji)."""
    words: dict[tuple[str, ...], Word] = {}
    for piece in re.split(r"[\s,，、;；。]+", normal(typed[:MOST_TYPED])):
        if word := _word(signs(piece)):
            words.setdefault((*word.grams, str(word.begins)), word)
    return tuple(words.values())[:MOST_WORDS]


def for_sqlite(words: Sequence[Word], places: Sequence[str]) -> str:
    """The question as FTS5 reads it. places: grams of places, any of which will do; none is everywhere."""
    parts = [f'"{" ".join(word.grams)}"{" *" if word.begins else ""}' for word in words]
    if places:
        parts.append(f"({' OR '.join(f'{chr(34)}{one}{chr(34)}' for one in places)})")
    return " AND ".join(parts)


def for_postgres(words: Sequence[Word], places: Sequence[str]) -> str:
    """The question as a tsquery in its own writing: nothing of it goes through a parser of words."""
    parts = []
    for word in words:
        quoted = [f"'{gram}'" for gram in word.grams]
        quoted[-1] += ":*" if word.begins else ""
        parts.append(f"({' <-> '.join(quoted)})")
    if places:
        parts.append(f"({' | '.join(f'{chr(39)}{one}{chr(39)}' for one in places)})")
    return " & ".join(parts)


# What is shown


def marked(text: str, words: Iterable[Word]) -> Pieces:
    """The text in pieces; True for those that were asked for."""
    text = normal(text)
    return _cut(text, _spans(signs(text), words))


def holds(text: str, words: Iterable[Word]) -> bool:
    """Whether any of the words stands in the text."""
    return bool(_spans(signs(normal(text)), words))


def excerpt(text: str, words: Sequence[Word], before: int = 16, length: int = 72) -> Pieces:
    """As `marked`, only the part around the first word found."""
    text = " ".join(normal(text).split())
    spans = _spans(signs(text), words)
    start = max(0, spans[0][0] - before) if spans and len(text) > length else 0
    start = min(start, max(0, len(text) - length))
    shown = marked(text[start : start + length], words)
    return [*([("…", False)] if start else []), *shown, *([("…", False)] if start + length < len(text) else [])]


# Signs and grams


def normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def signs(text: str) -> list[Sign]:
    """The signs of a text in order; full-width forms, case and the shape of punctuation make no difference."""
    found: list[Sign] = []
    before = ""
    for place, written in enumerate(text):
        for part, kind in _plain(written):
            if kind == before and kind in ("letter", "figure"):
                last = found.pop()
                found.append(Sign(last.text + part, last.start, place + 1, False, False))
            elif kind:
                found.append(Sign(part, place, place + 1, kind == "han", kind == before == "han"))
            before = kind
    return [sign if len(sign.text) <= LONGEST else msgspec.structs.replace(sign, text=sign.text[:LONGEST]) for sign in found]


@lru_cache(20_000)
def _plain(written: str) -> tuple[tuple[str, str], ...]:
    """What one written sign is compared as, each part with its kind: han, letter, figure, or "" for what parts words.

    Signs that are not seen (a mark of direction, a space of no width) are as if they were not there.
    """
    plain = unicodedata.normalize("NFKC", written).casefold()
    return tuple((part, _kind(part)) for part in plain if unicodedata.category(part) != "Cf")


def _kind(part: str) -> str:
    if HAN.match(part):
        return "han"
    return "letter" if part.isalpha() else "figure" if part.isalnum() else ""


# Han signs, also those that this Python's tables do not know yet, and other scripts without spaces.
HAN = re.compile("[々-〇ぁ-ヿㄅ-ㄯ㐀-䶿一-鿿가-힣豈-﫿\U00020000-\U0003ffff]")


def _grams(found: Sequence[Sign]) -> list[str]:
    following = [*found, None][1:]
    return [one.text + (after.text if after and after.joined else "") for one, after in zip(found, following, strict=True)]


def _word(found: Sequence[Sign]) -> Word | None:
    if not found:
        return None
    found = found[:MOST_GRAMS]
    made, last = _grams(found), found[-1]
    if last.joined:
        return Word(tuple(found), tuple(made[:-1]), False)  # the last sign stands in the gram before
    return Word(tuple(found), tuple(made), last.is_han or SHORTEST_BEGINNING <= len(last.text) < LONGEST)


def _spans(text: Sequence[Sign], words: Iterable[Word]) -> list[tuple[int, int]]:
    """Where the words stand, in order, overlapping ones as one."""
    hits = []
    for word in words:
        for n in range(len(text) - len(word.signs) + 1):
            if all(_same(word, k, text[n + k]) for k in range(len(word.signs))):
                hits.append((text[n].start, text[n + len(word.signs) - 1].end))
    merged: list[tuple[int, int]] = []
    for start, end in sorted(hits):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _same(word: Word, k: int, sign: Sign) -> bool:
    wanted, is_last = word.signs[k], k == len(word.signs) - 1
    alike = sign.text == wanted.text or (is_last and word.begins and sign.text.startswith(wanted.text))
    return alike and (k == 0 or sign.joined == wanted.joined)


def _cut(text: str, spans: Iterable[tuple[int, int]]) -> Pieces:
    pieces, place = [], 0
    for start, end in spans:
        pieces += [(text[place:start], False), (text[start:end], True)]
        place = end
    return [piece for piece in [*pieces, (text[place:], False)] if piece[0]]
