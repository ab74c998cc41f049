"""Which fonts a PDF can be set in: those of GB/T 9704 where somebody has put them, else open ones."""

from functools import cache
from pathlib import Path

import msgspec
import typst

# By what they stand for, the standard's own first. Names as fonts give them, in either language.
SONG = ("FZXiaoBiaoSong-B05S", "FZXiaoBiaoSong-B05", "方正小标宋简体", "方正小标宋_GBK")
FANG = ("FangSong_GB2312", "仿宋_GB2312", "FangSong", "仿宋", "STFangsong", "FZFangSong-Z02", "FZFangSong-Z02S")
HEI = ("SimHei", "黑体", "STHeiti", "FZHei-B01")
SERIF = ("Noto Serif CJK SC", "Noto Serif SC", "Source Han Serif SC", "Source Han Serif CN", "SimSun", "STSong", "AR PL UMing CN", "AR PL SungtiL GB")
SANS = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "Microsoft YaHei", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "Droid Sans Fallback")


class Found(msgspec.Struct, frozen=True):
    """title, text, head: families to set each in, the best first; none of them without a Chinese font. book: typst's own list."""

    book: typst.Fonts
    title: tuple[str, ...]
    text: tuple[str, ...]
    head: tuple[str, ...]

    @property
    def has_chinese(self) -> bool:
        return bool(self.text)


@cache
def found(folder: Path | None) -> Found:
    """What lies in the folder and in the system, looked through once a process. It takes some 100 ms."""
    book = typst.Fonts(include_system_fonts=True, include_embedded_fonts=False, font_paths=[folder] if folder else [])
    return chosen(book, set(book.families()))


def chosen(book: typst.Fonts, families: set[str]) -> Found:
    def of(*names: str) -> tuple[str, ...]:
        return tuple(name for name in names if name in families)

    return Found(book, of(*SONG, *SERIF, *SANS), of(*FANG, *SERIF, *SANS), of(*HEI, *SANS, *SERIF))
