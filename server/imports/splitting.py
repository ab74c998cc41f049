"""Several numbered problems in one cell, taken apart; digits that are quantities stay what they are."""

import re

from server.imports.rules import MOST_PARTS

HAN = "一二三四五六七八九十"
CIRCLES = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
# (what a mark looks like, what its number is). A digit after the mark is no list: 3.5 米, 1、2 号楼.
MARKS = (
    (re.compile(r"[（(]\s*(\d{1,2})\s*[)）]"), int),
    (re.compile(f"([{CIRCLES}])"), lambda sign: CIRCLES.index(sign) + 1),
    (re.compile(rf"[（(]\s*([{HAN}]{{1,3}})\s*[)）]"), lambda sign: han(sign)),
    (re.compile(rf"(?:(?<=[\s；;。，,：:])|^)([{HAN}]{{1,3}})[、.．]"), lambda sign: han(sign)),
    (re.compile(r"(?<![\d.．A-Za-z])(\d{1,2})(?:[.．、)）]|\s*[、．])(?!\d)"), int),
)
ENDS = "；;。.!！"


def pieces(text: str) -> list[str]:
    """The problems that one cell lists, its marks left out; one piece where it is no list.

    A list begins at 1 and counts on without a gap. What stands before it ("检查发现：") goes with none of them.
    """
    for pattern, number in MARKS:
        found = _counted([(hit.start(), hit.end(), number(hit[1])) for hit in pattern.finditer(text)])
        if len(found) > 1 and _is_lead(text[: found[0][0]]):
            ends = [start for start, _, _ in found[1:]] + [len(text)]
            parts = [_clean(text[end:stop]) for (_, end, _), stop in zip(found, ends, strict=True)]
            if all(parts):
                return parts[:MOST_PARTS]
    return _lines(text)


def paired(text: str, count: int) -> list[str] | None:
    """A neighbouring cell's pieces, where it numbers as many."""
    parts = pieces(text)
    return parts if len(parts) == count else None


def han(sign: str) -> int:
    """十一 is 11."""
    if sign == "十":
        return 10
    tens, _, ones = sign.partition("十") if "十" in sign else ("", "", sign)
    if "十" not in sign:
        return HAN.index(sign) + 1 if len(sign) == 1 else 0
    return (HAN.index(tens) + 1 if tens else 1) * 10 + (HAN.index(ones) + 1 if len(ones) == 1 else 0)


def _counted(hits: list[tuple[int, int, int]]) -> list[tuple[int, int, int]]:
    """Those marks that count 1, 2, 3 in their order."""
    kept: list[tuple[int, int, int]] = []
    for hit in hits:
        if hit[2] == len(kept) + 1:
            kept.append(hit)
    return kept


def _is_lead(text: str) -> bool:
    """Whether what stands before the first mark is nothing, or announces a list."""
    lead = text.strip()
    return not lead or (len(lead) <= 40 and lead[-1] in "：:。；;")


def _lines(text: str) -> list[str]:
    """Lines are problems of their own where each but the last is ended like a sentence; else one sentence was broken."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if 1 < len(lines) <= MOST_PARTS and all(len(line) > 3 for line in lines) and all(line[-1] in ENDS for line in lines[:-1]):
        return [_clean(line) for line in lines]
    return [text.strip()]


def _clean(text: str) -> str:
    return text.strip().strip("；;").strip()
