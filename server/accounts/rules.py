"""How a row of a file of accounts is read: words for roles, places by name, days as offices write them."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping

import msgspec

from server.foundation.refusal import declare, no
from server.people.rules import ROLE_WORDS

MOST_ROWS = 5000  # in one file
MOST_RESET = 200  # slips at once

declare(
    {
        "accounts.many": no(
            422, "一次最多 {limit} 人", "At most {limit} people at a time", "请分几次办理", "Do it in parts"
        ),
        "accounts.none": no(
            422, "还没有选人", "Nobody is chosen", "请先勾选人员，或核对文件里有没有内容", "Tick people first, or check that the file holds any"
        ),
        "accounts.columns": no(
            422, "第一行里缺少这些列：{columns}", "The first row lacks these columns: {columns}",
            "请用样表填写，不改第一行", "Use the template and leave its first row as it is",
        ),
        "accounts.twice": no(
            422, "第一行里有两列同名：{column}", "The first row has two columns of one name: {column}",
            "请删去其中一列后重新上传", "Delete one of them and upload it again",
        ),
    }
)  # fmt: skip


class At(msgspec.Struct, frozen=True):
    """A place that the administrator may give roles at. above: the name of its parent, to tell namesakes apart."""

    id: str
    name: str
    above: str


def role_of(text: str) -> str | None:
    """The role with this name in either language."""
    plain = text.strip().casefold()
    return next((key for key, words in ROLE_WORDS.items() if plain in (words.zh, words.en.casefold(), key)), None)


def by_name(places: Iterable[At]) -> dict[str, list[At]]:
    """Places by what may stand in the file: 名称, and 上级/名称."""
    found: dict[str, list[At]] = {}
    for place in places:
        for name in {place.name, f"{place.above}/{place.name}"}:
            found.setdefault(name, []).append(place)
    return found


def place_of(text: str, places: Mapping[str, list[At]]) -> At | int:
    """The one place of this name, or how many there are."""
    found = places.get(re.sub(r"\s*[/／]\s*", "/", text.strip()), [])
    return found[0] if len(found) == 1 else len(found)


def day_of(text: str) -> dt.date | bool | None:
    """2026-12-31, 2026/12/31, 2026.12.31, 2026年12月31日, 20261231; None where it is empty, False where it is no day."""
    plain = text.strip()
    if not plain or plain in ("长期", "-", "—"):
        return None
    found = re.fullmatch(r"(\d{4})(?:[-/.年]?)(\d{1,2})(?:[-/.月]?)(\d{1,2})日?(?: 00:00:00)?", plain, re.ASCII)
    try:
        return dt.date(*map(int, found.groups())) if found else False
    except ValueError:
        return False
