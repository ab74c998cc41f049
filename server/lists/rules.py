"""Which lists there are, what a saved filter may be called and hold, and what counts as one sitting before a list."""

import datetime as dt
import re
from collections.abc import Callable, Container, Iterable, Mapping
from typing import ClassVar, Self
from urllib.parse import parse_qsl, urlencode

import msgspec

from server.foundation import clock
from server.foundation.refusal import Refusal, declare, no
from server.foundation.words import Words

MOST_SAVED = 20  # for one person and list
LONGEST_NAME, LONGEST_QUERY = 20, 1000
SITTING = dt.timedelta(minutes=30)  # who comes back within it is still looking at the same news
NOTED_EVERY = dt.timedelta(minutes=5)


class Named(msgspec.Struct, frozen=True):
    """A list: what it is called, and the addresses it is shown at, the first its own."""

    words: Words
    paths: tuple[str, ...]


class Filtering(msgspec.Struct, frozen=True):
    """What the address of a list says: texts, whose defaults are what is meant where nothing is said. words: how each is said, in this order."""

    words: ClassVar[Mapping[str, Words | Callable[[str], Words]]] = {}

    def query(self, **changed: str) -> str:
        """The filters as they stand in an address, those that say nothing left out."""
        plain = msgspec.structs.asdict(type(self)())
        return urlencode({name: value for name, value in {**msgspec.structs.asdict(self), **changed}.items() if value and value != plain.get(name)})

    def without(self, name: str) -> str:
        """The address without this filter."""
        return self.query(**{name: getattr(type(self)(), name)})

    def known(self, values: Mapping[str, Container[str]]) -> Self:
        """The same without what says nothing: by name, a value that is none of these."""
        plain = type(self)()
        return msgspec.structs.replace(self, **{name: getattr(plain, name) for name, some in values.items() if getattr(self, name) not in some})

    @property
    def count(self) -> int:
        """How many conditions are set, the search and the order not among them."""
        return sum(name != "q" for name, _ in self.said({}))

    def said(self, names: Mapping[str, str]) -> list[tuple[str, Words]]:
        """What is set, in words, by the filter's name. names: what the ids and keys that are filtered by are called."""
        plain, found = type(self)(), []
        for name, words in self.words.items():
            value = getattr(self, name)
            if value != getattr(plain, name):
                found.append((name, words(value) if callable(words) else words.filled(it=names.get(value, value))))
        return found


# The three lists of problems are views of one record: what was saved or seen in one holds in all.
LISTS = {
    "problems": Named(Words("问题", "Problems"), ("/problems", "/problems/responsibility", "/problems/rectification")),
    "visits": Named(Words("检查记录", "Visits"), ("/visits",)),
    "facilities": Named(Words("机构", "Facilities"), ("/facilities",)),
}

declare(
    {
        "list.unknown": no(404, "没有这个列表", "There is no such list", "请从列表页面进入", "Come from the page of a list"),
        "list.name": no(
            422, "名称应有 1 到 {most} 个字", "A name has 1 to {most} characters", "请改一个名称", "Choose another name",
        ),
        "list.taken": no(
            409, "已有叫“{name}”的常用筛选", "There is already a saved filter called “{name}”", "请换一个名称", "Choose another name",
        ),
        "list.query": no(
            422, "没有可存的筛选条件", "There are no filters to save", "请先在列表中设好条件", "Set filters in the list first",
        ),
        "list.many": no(
            409, "常用筛选已有 {most} 个", "There are {most} saved filters already", "请先移去不用的", "Take away one that is not used",
        ),
    }
)  # fmt: skip


def named(list: str) -> Named:
    """The list of this name. Refusal: list.unknown."""
    if list not in LISTS:
        raise Refusal("list.unknown")
    return LISTS[list]


def shown_at(list: str, path: str) -> str:
    """The address to go back to: one of the list's own, whatever was asked for."""
    paths = named(list).paths
    return path if path in paths else paths[0]


def checked_name(name: str, others: Iterable[str]) -> str:
    """The name, its blanks made one. Refusals: list.name, list.taken."""
    clean = " ".join(name.split())
    if not 1 <= len(clean) <= LONGEST_NAME or re.search(r"[\x00-\x1f\x7f\ud800-\udfff]", clean):
        raise Refusal("list.name", most=LONGEST_NAME).at("name")
    if clean.casefold() in {other.casefold() for other in others}:
        raise Refusal("list.taken", name=clean).at("name")
    return clean


def checked_query(query: str) -> str:
    """Filters as an address holds them: `severity=critical&due=late`. Refusal: list.query."""
    if len(query) > LONGEST_QUERY or not re.fullmatch(r"[A-Za-z0-9_.~+%=&*-]+", query) or not parse_qsl(query):
        raise Refusal("list.query").at("query")
    return query


def day(text: str) -> dt.date | None:
    """A day as an address says it, or None for what is none."""
    try:
        on = dt.date.fromisoformat(text)
    except ValueError:
        return None
    return on if 1970 < on.year < 9000 else None


def instant(text: str) -> dt.datetime | None:
    """An instant as an address says it, or None for what is none."""
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None and 1970 < at.year < 9000 else None


def begins(on: dt.date) -> dt.datetime:
    """The first instant of a day in Beijing."""
    return dt.datetime.combine(on, dt.time(), clock.BEIJING)


def since(at: dt.datetime, since_at: dt.datetime, now: dt.datetime) -> dt.datetime:
    """From when on a change is news for who last looked at `at`: a new sitting begins where the last one ended."""
    return since_at if now - at <= SITTING else at
