"""Names of facilities, units and people: found in the register, or told apart by their shape."""

import difflib
import re
import unicodedata
from collections.abc import Iterable

import msgspec

UNIT_ENDS = (
    "院", "局", "站", "中心", "馆", "所", "公司", "科", "处", "办", "社", "校", "园", "部", "队", "会", "厅", "政府", "街道", "镇", "乡", "村",
    "墓", "陵", "服务点", "家园", "公寓", "组", "机构", "单位", "室", "食堂", "厨房", "班", "岗",
)  # fmt: skip
COMPANY = re.compile(r"(股份有限公司|有限责任公司|有限公司|集团公司|公司)")
DISTRICT = re.compile(r"^(?:[一-鿿]{2,3}省)?(?:[一-鿿]{2,3}市)?(?:(?!社区|小区|园区)[一-鿿]{1,3}(?:自治县|新区|区|县))?")
LIKE = 0.6  # how similar an offered name is at least
MOST_OFFERS = 3
LONGEST = 60  # characters of a cell that may be a name
MOST_COMPARED = 500_000  # pairs of names in one import: some seconds


class Registered(msgspec.Struct, frozen=True):
    """A facility as the register has it. contact: its contact's name."""

    id: str
    name: str
    path: str
    type: str
    contact: str = ""


class Found(msgspec.Struct, frozen=True):
    """id: the one facility, or ""; is_like: by its bare name, not letter by letter; offers: (id, name) to choose from."""

    id: str = ""
    name: str = ""
    is_like: bool = False
    offers: tuple[tuple[str, str], ...] = ()


class Names:
    """What is known of names below one place. Each different cell is looked up once."""

    def __init__(self, facilities: Iterable[Registered], people: Iterable[str], units: Iterable[str]) -> None:
        self.facilities = {one.id: one for one in facilities}
        self.people = {bare(name) for name in people} | {bare(one.contact) for one in self.facilities.values() if one.contact}
        self.units = {bare(name) for name in units} | {bare(one.name) for one in self.facilities.values()}
        self.exact: dict[str, list[str]] = {}
        self.plain: dict[str, list[str]] = {}
        for one in self.facilities.values():
            self.exact.setdefault(bare(one.name), []).append(one.id)
            self.plain.setdefault(core(one.name), []).append(one.id)
        self.seen: dict[str, Found] = {}
        self.compared = 0

    def facility(self, text: str) -> Found:
        if text not in self.seen:
            self.seen[text] = self._find(text)
        return self.seen[text]

    def _find(self, text: str) -> Found:
        """Letter by letter, then without prefix and suffix; what is only similar is offered and never taken."""
        for names, said, is_like in ((self.exact, bare(text), False), (self.plain, core(text), True)):
            ids = names.get(said, [])
            if len(ids) == 1:
                return Found(ids[0], self.facilities[ids[0]].name, is_like)
            if ids:
                return Found(offers=self._offers(ids))
        said = core(text)
        inside = [id for name, ids in self.plain.items() if len(said) > 2 and (said in name or name in said) for id in ids]
        close = self._close(said) if said else []
        return Found(offers=self._offers([*inside[:MOST_OFFERS], *(id for name in close for id in self.plain[name])]))

    def _close(self, said: str) -> list[str]:
        """Names like it. Comparing is slow: past so many different cells there are no more offers, and every name can still be chosen."""
        if len(said) > LONGEST or self.compared > MOST_COMPARED:
            return []
        self.compared += len(self.plain)
        return difflib.get_close_matches(said, self.plain, MOST_OFFERS, LIKE)

    def _offers(self, ids: Iterable[str]) -> tuple[tuple[str, str], ...]:
        return tuple((id, self.facilities[id].name) for id in list(dict.fromkeys(ids))[:MOST_OFFERS])

    def is_facility(self, text: str) -> bool:
        return bare(text) in self.exact

    def is_person(self, text: str) -> bool:
        """Known by name, or of the shape of one and not known as a unit."""
        said = bare(text)
        return said in self.people or (said not in self.units and has_person_shape(said))

    def is_unit(self, text: str) -> bool:
        said = bare(text)
        return said in self.units or (said not in self.people and has_unit_shape(said))


def has_person_shape(text: str) -> bool:
    """Two to four Han characters that do not end like a unit; names parted by 、 each for itself."""
    parts = [part for part in re.split(r"[、,，;；/和]", text) if part]
    return bool(parts) and all(re.fullmatch(r"[㐀-鿿·]{2,4}", part) and not part.endswith(UNIT_ENDS) for part in parts)


def has_unit_shape(text: str) -> bool:
    return len(text) > 2 and text.endswith(UNIT_ENDS)


def bare(text: str) -> str:
    """Without spaces and brackets, full-width signs made plain."""
    return re.sub(r"[\s()\[\]{}（）【】〔〕“”\"'·.]+", "", unicodedata.normalize("NFKC", text)).casefold()


def core(text: str) -> str:
    """Without what offices leave out or add: 重庆市万州区 before, 有限公司 after."""
    said = COMPANY.sub("", bare(text))
    short = DISTRICT.sub("", said)
    return short if len(short) > 2 else said
