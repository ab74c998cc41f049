"""What stands on a paper, in one language and whichever way it is handed out; and the measures of GB/T 9704-2012.

Every string is data: what people wrote is never taken for markup.
"""

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any, Literal

import msgspec

from server.foundation.ids import short_code
from server.foundation.refusal import declare, no
from server.foundation.words import Words

SHORT_CODE, WAY_BACK = Words("短码 {code}", "Code {code}"), Words("扫码，或按短码查找，可查看原记录", "Scan it, or search for the code, to see the record")
GONE = Words("（照片已不在）", "(the photo is gone)")
MORE_SHOTS = Words("另有 {n} 张照片，见系统内原记录。", "{n} more photos: see the record itself.")
MOST_SHOTS = 60  # photos on one paper: each is a quarter of a page
MOST_ROWS = 500  # of a list
MOST_SIGNS = 200_000  # some 300 pages, which take seconds to set
MOST_HELD = 400  # signs of a row and of what follows it that surely fit one sheet together

declare(
    {
        "document.fonts": no(
            409, "服务器上没有中文字体，生成不了 PDF", "The server has no Chinese font: no PDF can be made",
            "请用“打印”另存为 PDF，或下载 Word；管理员可按运维手册安装字体", "Print it to a file, or take the Word file; an administrator installs a font as the operations page says",
        ),
        "document.many": no(
            422, "一份清单最多打印 {limit} 条", "A list on paper holds {limit} rows at most",
            "请按机构、等级或日期筛选后再打印，或导出 Excel", "Filter by facility, level or day first, or export to Excel",
        ),
        "document.long": no(
            422, "内容太多，一份文书排不下", "There is too much of it for one paper",
            "请在原记录页面查看；清单请筛选后再打印，或导出 Excel", "See the record's own page; filter a list first, or export it to Excel",
        ),
    }
)  # fmt: skip


class Piece(msgspec.Struct, frozen=True, tag_field="kind", tag=str.lower):
    @property
    def kind(self) -> str:
        return type(self).__name__.lower()


class Text(Piece, frozen=True):
    """A paragraph. style: body, its first line indented by two signs; to, whom it is for; head, 一级标题; note, small."""

    text: str
    style: Literal["body", "to", "head", "note"] = "body"


class Facts(Piece, frozen=True):
    """rows: (label, what is so), or two such pairs side by side."""

    rows: tuple[tuple[str, ...], ...]


class Table(Piece, frozen=True):
    """widths: of the columns, in parts of the whole; a row of one cell goes across."""

    head: tuple[str, ...]
    widths: tuple[float, ...]
    rows: tuple[tuple[str, ...], ...]


class Shot(msgspec.Struct, frozen=True):
    sha256: str
    caption: str


class Shots(Piece, frozen=True):
    """Photos, two side by side."""

    shots: tuple[Shot, ...]


class Signer(msgspec.Struct, frozen=True):
    """label: for whom; words: name and office, or why nobody signed; ink: SHA-256 of the signature, "" where the words have the whole line, and room to sign."""

    label: str
    words: str
    ink: str = ""
    note: str = ""


class Signed(Piece, frozen=True):
    signers: tuple[Signer, ...]


class Ending(Piece, frozen=True):
    """署名 and 成文日期, at the right: room for a seal over them."""

    office: str
    day: str


Block = Text | Facts | Table | Shots | Signed | Ending


class Document(msgspec.Struct, frozen=True):
    """href: the record's own page; id: whose short code stands beside the QR code; wide: A4 across, for lists."""

    lang: str
    title: str
    href: str
    blocks: tuple[Block, ...]
    office: str = ""
    number: str = ""
    id: str = ""
    wide: bool = False

    @property
    def name(self) -> str:
        """Of the file, without its ending: 责令限期整改通知书 万民改〔2026〕3号."""
        return re.sub(r'[\\/:*?"<>|\x00-\x1f]+', "_", f"{self.title} {self.number}".strip())

    @property
    def code(self) -> str:
        return short_code(self.id) if self.id else ""

    @property
    def back(self) -> tuple[str, str]:
        """What stands beside the QR code: the code, and what it is for."""
        return SHORT_CODE.into(self.lang, code=self.code), WAY_BACK.into(self.lang)

    @property
    def held(self) -> int:
        """The table that signatures or the day follow, whose last row goes along with them: a sheet that holds nothing else is no part of a paper. -1 where there is none, or too much of it."""
        last = max((place for place, block in enumerate(self.blocks) if isinstance(block, Table | Shots)), default=-1)
        table, end = self.blocks[last] if last >= 0 else None, self.blocks[last + 1 :]
        return last if isinstance(table, Table) and table.rows and end and signs(msgspec.to_builtins((table.rows[-1], end))) <= MOST_HELD else -1

    @property
    def pictures(self) -> list[str]:
        """Every photo and signature, once."""
        found: list[str] = []
        for block in self.blocks:
            if isinstance(block, Shots):
                found += [shot.sha256 for shot in block.shots]
            if isinstance(block, Signed):
                found += [signer.ink for signer in block.signers if signer.ink]
        return list(dict.fromkeys(found))


def signs(part: Any) -> int:
    """How much is said in all of it."""
    if isinstance(part, str):
        return len(part)
    return sum(map(signs, part.values() if isinstance(part, dict) else part)) if isinstance(part, dict | list | tuple) else 0


UNPRINTABLE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")  # XML holds none of them, and no font has a sign for one


def printable(document: Document) -> Document:
    """The same without what no paper can show."""
    return msgspec.convert(_printable(msgspec.to_builtins(document)), Document)


def _printable(part: Any) -> Any:
    if isinstance(part, str):
        return UNPRINTABLE.sub("", part)
    if isinstance(part, list | tuple):
        return [_printable(one) for one in part]
    return {name: _printable(one) for name, one in part.items()} if isinstance(part, dict) else part


def spelled(on: dt.date | None, lang: str) -> str:
    """2026年11月23日, without leading noughts, as on official papers; nothing for no day."""
    if on is None:
        return ""
    return f"{on.day} {on:%B %Y}" if lang == "en" else f"{on.year}年{on.month}月{on.day}日"


def lines(*parts: str) -> str:
    """The parts that say something, each on a line of its own."""
    return "\n".join(part for part in parts if part)


def facts(*rows: tuple[str, ...]) -> Facts:
    """Those pairs that say something, in rows of one pair or two."""
    said = (sum((row[n : n + 2] for n in range(0, len(row), 2) if row[n + 1]), ()) for row in rows)
    return Facts(tuple(row for row in said if row))


def shots(found: Iterable[Shot], lang: str) -> tuple[Block, ...]:
    """A block of these photos, none for none; of more than MOST_SHOTS the first, and how many more there are."""
    every = tuple(found)
    more = len(every) - MOST_SHOTS
    rest = (Text(MORE_SHOTS.into(lang, n=more), "note"),) if more > 0 else ()
    return (Shots(every[:MOST_SHOTS]), *rest) if every else ()
