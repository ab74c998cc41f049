"""A paper as a Word file that an office goes on writing in: the standard's fonts by name, its grid of 22 lines of 28 signs, page numbers at the outer edge."""

import io
from collections.abc import Iterable, Sequence
from functools import cache, partial
from typing import Any

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Length, Mm, Pt
from docx.text.paragraph import Paragraph
from lxml import etree

from server.documents.rules import GONE, Block, Document, Ending, Facts, Shots, Signed, Table, Text

SONG, FANG, HEI = "方正小标宋简体", "仿宋_GB2312", "黑体"
SIGNS, LINES = 28, 22
BODY, SMALL, SMALLER, ACROSS = 16, 12, 10.5, 9  # points: 三号, 小四, 五号, 小五
INK, SHOT, CODE = Mm(13), Mm(48), Mm(18)
WHOLE = 1200  # signs up to which a row is kept on one page
SPACE = "{http://www.w3.org/XML/1998/namespace}space"


def made(document: Document, address: str, code: bytes, pictures: dict[str, bytes]) -> bytes:
    """code: the QR code as PNG, empty for none. pictures: JPEGs by SHA-256."""
    paper = Paper(document, pictures)
    if code:
        paper.way_back(address, code)
    paper.heading()
    for place, block in enumerate(document.blocks):
        paper.add(block)
        if place == document.held:
            paper.hold()
    paper.keep()
    out = io.BytesIO()
    paper.file.save(out)
    return out.getvalue()


class Paper:
    """One file as it grows."""

    def __init__(self, document: Document, pictures: dict[str, bytes]) -> None:
        self.document, self.pictures = document, pictures
        self.file = docx.Document()
        self.file.core_properties.title, self.file.core_properties.author = document.name, document.office
        self.small = ACROSS if document.wide else SMALL if document.lang == "zh" else SMALLER
        self.label = 27 if document.lang == "zh" else 32  # mm
        self.held: list[Any] = []  # parts of the file that stand on one sheet
        self._body()
        self._sheet(self.file.sections[0])

    def _body(self) -> None:
        style = self.file.styles["Normal"]
        size = BODY if self.document.lang == "zh" else SMALL
        style.font.size = Pt(size)
        style.paragraph_format.space_after = Pt(0)
        style.paragraph_format.line_spacing = Mm(225 / LINES) if size == BODY else 1.3
        _set_font(style.element.get_or_add_rPr(), FANG)

    def _sheet(self, section: Any) -> None:
        wide = self.document.wide
        section.page_width, section.page_height = (Mm(297), Mm(210)) if wide else (Mm(210), Mm(297))
        section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
        top, right, bottom, left = (22, 18, 24, 18) if wide else (37, 26, 35, 28)
        section.top_margin, section.right_margin, section.bottom_margin, section.left_margin = Mm(top), Mm(right), Mm(bottom), Mm(left)
        section.footer_distance = Mm(bottom - 12)
        grid = section._sectPr.find(qn("w:docGrid"))
        if grid is None:
            grid = OxmlElement("w:docGrid")
            section._sectPr.append(grid)
        if not wide and self.document.lang == "zh":
            sign = Mm(156).pt / SIGNS - BODY
            for name, value in (("type", "linesAndChars"), ("linePitch", round(Mm(225 / LINES).pt * 20)), ("charSpace", round(sign * 4096))):
                grid.set(qn(f"w:{name}"), str(value))
        self.file.settings.odd_and_even_pages_header_footer = True
        self._page_number(section.footer, ALIGN.RIGHT)
        self._page_number(section.even_page_footer, ALIGN.LEFT)

    def _page_number(self, footer: Any, side: Any) -> None:
        """— 1 —, a sign from the outer edge."""
        paragraph = footer.paragraphs[0]
        paragraph.alignment = side
        paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Pt(14)
        _run(paragraph, "— ", size=14)
        _field(_run(paragraph, "", size=14), "PAGE")
        _run(paragraph, " —", size=14)

    def heading(self) -> None:
        for words in filter(None, (self.document.office, self.document.title)):
            self._line(words, font=SONG, size=22, align=ALIGN.CENTER, pitch=Pt(34))
        if self.document.number:
            self._line(self.document.number, align=ALIGN.CENTER, size=SMALL if self.document.wide else None)
        self._line("")

    def add(self, block: Block) -> None:
        getattr(self, f"_{block.kind}")(block)

    def hold(self) -> None:
        """From the last row of the table that was just added."""
        self.held = [self.file.tables[-1]._tbl.tr_lst[-1], self.file.paragraphs[-1]._p]

    def keep(self) -> None:
        """What was held, and all that was added since, on one sheet."""
        since = self.held[-1].itersiblings() if self.held else ()
        for part in (*self.held, *since):
            for paragraph in part.iter(qn("w:p")):
                Paragraph(paragraph, self.file).paragraph_format.keep_with_next = True

    def way_back(self, address: str, code: bytes) -> None:
        """In the upper margin of the first sheet."""
        section = self.file.sections[0]
        section.different_first_page_header_footer, section.header_distance = True, Mm(9)
        self._page_number(section.first_page_footer, ALIGN.RIGHT)
        header = section.first_page_header
        words, drawn = header.add_table(1, 2, Mm(156)).rows[0].cells
        words.width, drawn.width = Mm(134), Mm(22)
        put = partial(self._put, words, align=ALIGN.RIGHT)
        put(self.document.back[0], font=HEI)
        put(self.document.back[1], more=True, size=9)
        put(address, more=True, size=7.5)
        drawn.paragraphs[0].alignment, drawn.paragraphs[0].paragraph_format.line_spacing = ALIGN.RIGHT, 1.0
        drawn.paragraphs[0].add_run().add_picture(io.BytesIO(code), width=CODE)
        header.paragraphs[0].paragraph_format.line_spacing = Pt(1)

    def _text(self, block: Text) -> None:
        if block.style == "note":
            self._line(block.text, size=self.small, pitch=1.2)
        else:
            indent = Mm(156 / SIGNS * 2) if self.document.lang == "zh" and block.style != "to" else None
            line = self._line(block.text, font=HEI if block.style == "head" else "", indent=indent)
            line.paragraph_format.keep_with_next = block.style == "head"

    def _facts(self, block: Facts) -> None:
        table = self._grid((self.label, 78 - self.label) * 2)
        for row in block.rows:
            self._row(table, row, (True, False) * 2)
        self._gap()

    def _table(self, block: Table) -> None:
        whole = (261 if self.document.wide else 156) / sum(block.widths)
        table = self._grid([part * whole for part in block.widths])
        centred = [part < 3 for part in block.widths]
        self._row(table, block.head, [True] * len(centred), HEI, is_head=True)
        for row in block.rows:
            self._row(table, row, centred, "" if len(row) > 1 else HEI)
        self._gap()

    def _row(self, table: Any, row: Sequence[str], centred: Sequence[bool], font: str = "", is_head: bool = False) -> None:
        """Put together by hand: the library takes a hundred times as long, and the more the more rows stand above. The last of too few cells goes across the rest."""
        line, size = _in(table._tbl, "tr"), str(round(self.small * 2))
        properties = _in(line, "trPr")
        if sum(map(len, row)) < WHOLE:
            _in(properties, "cantSplit")
        if is_head:
            _in(properties, "tblHeader")
        rest = len(centred) - len(row)
        for place, (words, centre) in enumerate(zip(row, centred, strict=False), 1):
            cell = _in(line, "tc")
            about = _in(cell, "tcPr")
            if rest and place == len(row):
                _in(about, "gridSpan", val=str(rest + 1))
            _in(about, "vAlign", val="center")
            paragraph = _in(cell, "p")
            form = _in(paragraph, "pPr")
            _in(form, "spacing", line="276", lineRule="auto")
            _in(form, "jc", val="center" if centre else "left")
            run = _in(paragraph, "r")
            letters = _in(run, "rPr")
            if font:
                _in(letters, "rFonts", ascii=font, hAnsi=font, eastAsia=font, cs=font)
            _in(letters, "sz", val=size)
            _in(letters, "szCs", val=size)
            for number, part in enumerate(words.split("\n")):
                if number:
                    _in(run, "br")
                text = _in(run, "t")
                text.text = part
                text.set(SPACE, "preserve")

    def _shots(self, block: Shots) -> None:
        table = self._grid((78, 78), bordered=False)
        for start in range(0, len(block.shots), 2):
            row = table.add_row().cells
            for cell, shot in zip(row, block.shots[start : start + 2], strict=False):
                self._picture(cell, shot.sha256, SHOT, ALIGN.CENTER)
                self._put(cell, shot.caption, more=True, align=ALIGN.CENTER)
        self._gap()

    def _signed(self, block: Signed) -> None:
        table = self._grid((self.label, 110 - self.label, 46))
        for one in block.signers:
            row = table.add_row()
            row.height = INK + Mm(3)
            self._put(row.cells[0], one.label, align=ALIGN.CENTER)
            self._put(row.cells[1], one.words)
            if one.note:
                self._put(row.cells[1], one.note, more=True, size=10.5)
            if one.ink:
                self._picture(row.cells[2], one.ink, INK, ALIGN.CENTER)
            else:
                row.cells[1].merge(row.cells[2])
        self._gap()

    def _ending(self, block: Ending) -> None:
        self._line("")
        self._line("")
        for words in filter(None, (block.office, block.day)):
            line = self._line(words, align=ALIGN.CENTER)
            line.paragraph_format.left_indent = Mm(62)  # the narrower column at the right, four signs from the edge
            line.paragraph_format.right_indent = Mm(156 / SIGNS * 4) if self.document.lang == "zh" else None

    def _line(self, words: str, font: str = "", size: float | None = None, align: Any = None, pitch: Length | float | None = None, indent: Length | None = None) -> Any:
        paragraph = self.file.add_paragraph()
        paragraph.alignment, paragraph.paragraph_format.first_line_indent = align, indent
        if pitch:
            paragraph.paragraph_format.line_spacing = pitch
        _run(paragraph, words, font, size)
        return paragraph

    def _gap(self) -> None:
        """Between tables, which else would grow into one."""
        self._line("", size=6, pitch=Pt(10))

    def _grid(self, widths: Iterable[float], bordered: bool = True) -> Any:
        """widths: of the columns, in mm."""
        widths = [Mm(width) for width in widths]
        table = self.file.add_table(0, len(widths), style="Table Grid" if bordered else None)
        table.autofit, table.alignment = False, WD_TABLE_ALIGNMENT.CENTER
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
        return table

    def _put(self, cell: Any, words: str, font: str = "", size: float | None = None, align: Any = None, more: bool = False) -> None:
        """more: below what stands there."""
        paragraph = cell.add_paragraph() if more else cell.paragraphs[0]
        paragraph.alignment, paragraph.paragraph_format.line_spacing = align, 1.15
        cell.vertical_alignment = 1
        _run(paragraph, words, font, size or self.small)

    def _picture(self, cell: Any, sha256: str, height: Length, align: Any) -> None:
        paragraph = cell.paragraphs[0]
        paragraph.alignment, paragraph.paragraph_format.line_spacing = align, 1.0
        if content := self.pictures.get(sha256):
            paragraph.add_run().add_picture(io.BytesIO(content), height=height)
        else:
            _run(paragraph, GONE.into(self.document.lang), size=self.small)


def _run(paragraph: Any, words: str, font: str = "", size: float | None = None) -> Any:
    run = paragraph.add_run(words)
    if size:
        run.font.size = Pt(size)
    if font:
        _set_font(run._r.get_or_add_rPr(), font)
    return run


def _set_font(properties: Any, font: str) -> None:
    fonts = properties.get_or_add_rFonts()
    for name in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{name}"), font)


def _in(parent: Any, tag: str, **about: str) -> Any:
    made = etree.SubElement(parent, _w(tag))
    for name, value in about.items():
        made.set(_w(name), value)
    return made


@cache
def _w(name: str) -> str:
    return str(qn(f"w:{name}"))


def _field(run: Any, name: str) -> None:
    for kind, text in (("begin", ""), ("", name), ("end", "")):
        part = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            part.set(qn("w:fldCharType"), kind)
        else:
            part.text = text
        run._r.append(part)
