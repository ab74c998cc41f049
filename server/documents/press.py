"""Where papers are made: one at a time in a thread of their own, beside the loop."""

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import segno

from server.documents import fonts, pdf
from server.documents.rules import MOST_SIGNS, Document, printable, signs
from server.foundation.refusal import Refusal
from server.photos.copies import Copies

MOST_WAITING = 20
_hand = ThreadPoolExecutor(1, "press")


class Press:
    """copies: of photos, for paper. folder: of fonts, beside the system's."""

    def __init__(self, copies: Copies, folder: Path | None) -> None:
        self.copies, self.folder, self.waiting = copies, folder, 0
        self.found = _hand.submit(fonts.found, folder)  # looking through a system's fonts takes a moment: begun with the house, waited for by nobody

    @property
    def has_fonts(self) -> bool:
        return self.found.result().has_chinese

    async def made(self, document: Document, way: str, address: str) -> bytes:
        """The file: pdf or docx. address: of the record, for its QR code. Refusals: document.fonts, document.long, busy."""
        if way == "pdf" and not self.has_fonts:
            raise Refusal("document.fonts")
        if signs(msgspec.to_builtins(document)) > MOST_SIGNS:
            raise Refusal("document.long")
        if self.waiting >= MOST_WAITING:
            raise Refusal("busy")
        self.waiting += 1
        try:
            held = {sha256: content for sha256 in document.pictures if (content := await self.copies.get(sha256))}
            return await asyncio.get_running_loop().run_in_executor(_hand, self._make, printable(document), way, address, held)
        finally:
            self.waiting -= 1

    def _make(self, document: Document, way: str, address: str, held: dict[str, bytes]) -> bytes:
        if way == "pdf":
            paths = {sha256: f"/{self.copies.kept.file(sha256).relative_to(self.copies.kept.folder)}" for sha256 in held}
            try:
                return pdf.made(document, address, drawn(address) if document.id else "", paths, self.copies.kept.folder, self.found.result())
            except BaseException as panic:  # typst's own fault, which is no Exception: it must end no more than this request
                raise RuntimeError("typst") from panic
        from server.documents import word  # late: python-docx is slow to load

        return word.made(document, address, dotted(address) if document.id else b"", held)


def drawn(address: str) -> str:
    """The QR code as SVG."""
    return str(segno.make(address, error="m").svg_inline(scale=4, border=1, omitsize=True))


def dotted(address: str) -> bytes:
    """The QR code as PNG."""
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="png", scale=6, border=1)
    return out.getvalue()
