"""A paper as PDF, set by typst: paper.typ is the form, and all that stands on it comes as data."""

import re
from pathlib import Path

import msgspec
import typst

from server.documents.fonts import Found
from server.documents.rules import GONE, Document

FORM = Path(__file__).with_name("paper.typ").read_bytes()
LONG_WORD = re.compile("[^\\s\u2e80-\uffef]{21,}")  # signs that no line would be broken between
BREAK, EACH = "\u200b", 6
AS_IT_IS = ("address", "sha256", "ink", "qr", "pictures", "title_font", "text_font", "head_font")


def made(document: Document, address: str, code: str, pictures: dict[str, str], folder: Path, fonts: Found) -> bytes:
    """code: the QR code as SVG, "" for none. pictures: the file of each below the folder, by SHA-256."""
    folder.mkdir(parents=True, exist_ok=True)
    compiler = typst.Compiler(root=folder, font_paths=fonts.book, ignore_system_fonts=True)
    made = compiler.compile(input=FORM, format="pdf", sys_inputs=inputs(document, address, code, pictures, fonts))
    assert isinstance(made, bytes)
    return made


def inputs(document: Document, address: str, code: str, pictures: dict[str, str], fonts: Found) -> dict[str, str]:
    """What the form is given."""
    told = {
        **msgspec.to_builtins(document), "address": address, "qr": code, "pictures": pictures, "back": document.back, "gone": GONE.into(document.lang), "held": document.held,
        "title_font": fonts.title, "text_font": fonts.text, "head_font": fonts.head,
    }  # fmt: skip
    return {"data": msgspec.json.encode(_breakable(told)).decode()}


def _breakable(part: object) -> object:
    """The same with places to break words that are longer than a column."""
    if isinstance(part, str):
        return LONG_WORD.sub(lambda word: BREAK.join(word[0][n : n + EACH] for n in range(0, len(word[0]), EACH)), part)
    if isinstance(part, list | tuple):
        return [_breakable(one) for one in part]
    return {name: one if name in AS_IT_IS else _breakable(one) for name, one in part.items()} if isinstance(part, dict) else part

