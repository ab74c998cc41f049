"""The form of a paper: GB/T 9704's measures in PDF and Word; whatever people wrote is words on it, and never markup."""

import io
import re
import zipfile
from pathlib import Path

import docx
import msgspec
import pypdf
import pytest
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st

from server.documents import fonts, pdf, press, rules, word
from server.documents.rules import Document, Ending, Facts, Shot, Shots, Signed, Signer, Table, Text
from tests.photos.pictures import jpeg

FONTS = fonts.found(None)
ADDRESS, ID = "https://dugai.test/notices/x", "00000000-0000-7000-8000-000000000abc"
HOSTILE = (
    '#import "secret.typ"', "#read(\"/etc/passwd\")", "$x^2$", "\\", "*b* _i_ `c` @x <l> // -- ~", "</w:t><w:p>", "]]>", "{{ 7 * 7 }}", "%PDF", "长" * 10_000, "w" * 10_000,
    "😀👩‍👩‍👧", "\u202eمرحبا שלום", "一\n二\n\n三", "", " ",
)  # fmt: skip


def whole(words: str, lang: str = "zh", wide: bool = False) -> Document:
    """These words wherever a paper has any; where they are a heading or a name, not more of them than a name may have."""
    name = words[:60]
    blocks = (
        *(Text(words, style) for style in ("to", "body", "note")), Text(name, "head"), Facts(((name, words), (name, name, name, name))), Table((name, "b"), (1, 3), ((name, words), (name,))),
        Shots((Shot("0" * 64, name),)), Signed((Signer(name, name, "", name),)), Ending(name, name),
    )  # fmt: skip
    return Document(lang, name, "/notices/x", blocks, name, name, ID, wide)


def read(document: Document, folder: Path) -> list[str]:
    """The text of each page of its PDF, in one line."""
    if not FONTS.has_chinese:
        pytest.skip("no Chinese font here")
    made = pdf.made(rules.printable(document), ADDRESS, press.drawn(ADDRESS), {}, folder, FONTS)
    return [plain(page.extract_text()) for page in pypdf.PdfReader(io.BytesIO(made)).pages]


def plain(text: str) -> str:
    return re.sub(r"[\s\u200b]", "", text)


def opened(document: Document) -> docx.document.Document:
    return docx.Document(io.BytesIO(word.made(rules.printable(document), ADDRESS, press.dotted(ADDRESS), {})))


def said(file: docx.document.Document) -> str:
    return "\n".join(node.text or "" for node in file.element.body.iter(qn("w:t")))


@pytest.mark.parametrize("words", HOSTILE, ids=lambda words: words[:12])
def test_whatever_people_wrote_stands_there_as_they_wrote_it(words: str, tmp_path: Path) -> None:
    told = "".join(read(whole(words), tmp_path))
    file = said(opened(whole(words)))
    if words.isascii():  # other signs may lack in a font, or be laid the other way round
        assert told.count(plain(words[:60])) >= 9
    assert len(words) < 1000 or told.count(words[0]) >= 4 * len(words)
    for line in words.split("\n"):
        assert file.count(line[:60]) >= 9


@given(st.text(max_size=300))
@settings(max_examples=15)
def test_no_text_at_all_breaks_a_paper(words: str) -> None:
    for document in (whole(words), whole(words, "en", wide=True)):
        kept = rules.printable(document)
        assert opened(kept)
        assert pdf.inputs(kept, ADDRESS, "", {}, FONTS)


@given(st.text(st.sampled_from("#$\\*_[]{}()<>@\"'`\n \u200b\u202e长a😀\u0301"), max_size=60))
@settings(max_examples=30)
def test_no_sign_of_typsts_language_does_anything(words: str) -> None:
    assert len(read(whole(words), Path("/tmp"))) >= 1


def test_control_characters_are_left_out_and_what_can_be_read_stays() -> None:
    assert rules.printable(Document("zh", "a\x00b\x1bc\x85\ud800\ufffe\nd", "/", ())).title == "abc\nd"


def test_a_page_holds_22_lines_of_28_signs(tmp_path: Path) -> None:
    first, *others = read(Document("zh", "标题", "/", (Text("国" * 28 * 60, "to"),)), tmp_path)
    assert [page.count("国") for page in others[:-1]] == [22 * 28] * (len(others) - 1)
    assert 0 < first.count("国") < 22 * 28
    assert first.count("国") % 28 == 0


def test_it_is_a4_and_numbered_at_the_outer_edge(tmp_path: Path) -> None:
    pages = read(Document("zh", "标题", "/", (Text("国" * 2000, "to"),)), tmp_path)
    assert [re.search(r"—\d—", page)[0] for page in pages] == [f"—{n}—" for n in range(1, len(pages) + 1)]  # type: ignore[index]
    made = pdf.made(Document("zh", "标题", "/", (), wide=True), ADDRESS, "", {}, tmp_path, FONTS)
    width, height = (float(side) for side in pypdf.PdfReader(io.BytesIO(made)).pages[0].mediabox[2:])
    assert (round(width), round(height)) == (842, 595)


def test_word_has_the_standards_margins_grid_and_fonts_by_name() -> None:
    file = opened(whole("字"))
    section = file.sections[0]
    assert [round(side.mm) for side in (section.page_width, section.page_height)] == [210, 297]
    assert [round(side.mm) for side in (section.top_margin, section.right_margin, section.bottom_margin, section.left_margin)] == [37, 26, 35, 28]
    grid = section._sectPr.find(qn("w:docGrid"))
    assert (grid.get(qn("w:type")), round(int(grid.get(qn("w:linePitch"))) / 20 * 22 / 72 * 25.4), round((16 + int(grid.get(qn("w:charSpace"))) / 4096) * 28 / 72 * 25.4)) == ("linesAndChars", 225, 156)
    assert {"方正小标宋简体", "仿宋_GB2312", "黑体"} <= {one.get(qn("w:eastAsia")) for part in (file.element, file.styles.element) for one in part.iter(qn("w:rFonts"))}
    title = next(paragraph for paragraph in file.paragraphs if paragraph.text == "字")
    assert title.runs[0].font.size.pt == 22
    assert file.settings.odd_and_even_pages_header_footer
    for footer in (section.footer, section.even_page_footer, section.first_page_footer):
        assert "".join(node.text or "" for node in footer._element.iter(qn("w:t"), qn("w:instrText"))) == "— PAGE —"


def test_a_list_is_a4_across_with_its_heading_on_every_page() -> None:
    file = opened(Document("zh", "问题清单", "/problems", (Table(("甲", "乙"), (1, 2), (("一", "二"),) * 99),), wide=True))
    assert [round(side.mm) for side in (file.sections[0].page_width, file.sections[0].page_height)] == [297, 210]
    rows = file.tables[0].rows
    assert len(rows) == 100
    assert rows[0]._tr.find(qn("w:trPr")).find(qn("w:tblHeader")) is not None


def test_the_way_back_is_on_the_first_sheet(tmp_path: Path) -> None:
    assert plain("短码 0000-02NW") in read(whole("字"), tmp_path)[0]
    header = opened(whole("字")).sections[0].first_page_header
    assert "短码 0000-02NW" in header.tables[0].rows[0].cells[0].text
    assert ADDRESS in header.tables[0].rows[0].cells[0].text
    assert header._element.findall(".//" + qn("w:drawing"))


def test_a_photo_stands_in_both_and_one_that_is_gone_says_so(tmp_path: Path) -> None:
    here, gone = "a" * 64, "b" * 64
    document = Document("zh", "标题", "/", (Shots((Shot(here, "整改前"), Shot(gone, "整改后"))), Signed((Signer("检查人", "周敏", "c" * 64),))))
    (tmp_path / "photo").write_bytes(jpeg(800, 600))
    (tmp_path / "ink").write_bytes(jpeg(300, 100))
    page = pypdf.PdfReader(io.BytesIO(pdf.made(document, ADDRESS, "", {here: "/photo", "c" * 64: "/ink"}, tmp_path, FONTS))).pages[0]
    assert len(page.images) == 2
    assert "照片已不在" in page.extract_text()
    content = word.made(document, ADDRESS, press.dotted(ADDRESS), {here: jpeg(800, 600)})
    assert [name for name in zipfile.ZipFile(io.BytesIO(content)).namelist() if name.endswith((".jpg", ".jpeg"))]
    assert "照片已不在" in said(docx.Document(io.BytesIO(content)))


@pytest.mark.parametrize(("families", "title", "text"), [
    ({"FangSong_GB2312", "FZXiaoBiaoSong-B05S", "Noto Serif CJK SC"}, "FZXiaoBiaoSong-B05S", "FangSong_GB2312"), ({"Noto Serif CJK SC", "Noto Sans CJK SC"}, "Noto Serif CJK SC", "Noto Serif CJK SC"),
    ({"WenQuanYi Zen Hei", "DejaVu Sans"}, "WenQuanYi Zen Hei", "WenQuanYi Zen Hei"),
])  # fmt: skip
def test_the_standards_own_fonts_come_first_and_open_ones_after_them(families: set[str], title: str, text: str) -> None:
    found = fonts.chosen(FONTS.book, families)
    assert (found.title[0], found.text[0], found.has_chinese) == (title, text, True)


def test_where_there_is_no_chinese_font_it_is_known() -> None:
    assert not fonts.chosen(FONTS.book, {"DejaVu Sans", "Liberation Serif"}).has_chinese


def test_the_file_is_called_what_people_call_the_paper() -> None:
    assert Document("zh", "责令限期整改通知书", "/", (), number="万民改〔2026〕3号").name == "责令限期整改通知书 万民改〔2026〕3号"
    assert Document("zh", "记录", "/", (), number='a/b\\c:"*?').name == "记录 a_b_c_"


def ordered(rows: int, lang: str = "zh") -> Document:
    """A notice of so many problems, its day and a line to sign on."""
    row = ("1", "\n".join(["洗手间洗手液缺失"] * 6), "一般", "2026年12月9日", "谭秀兰")
    end = (Ending("示例万州区民政局", "2026年11月29日"), Signed((Signer("签收人", "年　月　日"),)))
    return Document(lang, "责令限期整改通知书", "/", (*[Text("国" * 28 * 2)] * 3, Table(("序号", "问题", "等级", "整改时限", "责任人"), (1, 5.4, 1.4, 2.9, 1.6), (row,) * rows), *end))


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("rows", range(1, 7))
def test_no_sheet_holds_the_day_and_signatures_alone(rows: int, lang: str, tmp_path: Path) -> None:
    *_, last = read(ordered(rows, lang), tmp_path)
    assert [sign in last for sign in ("洗手液", "责任人", "2026年11月29日", "签收人")] == [True] * 4
    body = [*opened(ordered(rows, lang)).element.body]
    table = next(place for place, part in enumerate(body) if part.tag == qn("w:tbl"))
    kept = [*body[table].tr_lst[-1].iter(qn("w:p")), *(paragraph for part in body[table + 1 : -1] for paragraph in part.iter(qn("w:p")))]
    assert all(paragraph.pPr.find(qn("w:keepNext")) is not None for paragraph in kept)
    assert rows == 1 or not [paragraph for paragraph in body[table].tr_lst[-2].iter(qn("w:p")) if paragraph.pPr.find(qn("w:keepNext")) is not None]


def test_what_does_not_fit_one_sheet_is_not_held_together() -> None:
    document = ordered(2)
    long = Table(("甲",), (1,), (("长" * 500,),))
    assert (document.held, msgspec.structs.replace(document, blocks=(long, Ending("局", "日"))).held) == (3, -1)
    assert [msgspec.structs.replace(document, blocks=blocks).held for blocks in ((), (long,), (Text("字"),), (Table(("甲",), (1,), ()), Ending("局", "日")))] == [-1] * 4
