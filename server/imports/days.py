"""Days as offices write them: 2025.8.4, 8月4日, 20250804, 45873, 2025.8.4-8.6, 8月底, 立即."""

import calendar
import datetime as dt
import re
import unicodedata

import msgspec

SERIAL_BEGINS = dt.date(1899, 12, 30)  # Excel's day 0, its leap-year error of 1900 left behind
EARLIEST, LATEST = 1990, 2100
LONGEST = 60  # characters of a cell that may still be a day
AT_ONCE = ("立即", "即时", "当场", "当日", "即日", "当天", "现场", "马上", "立行立改", "即知即改", "立行")
OPEN_ENDED = ("长期", "持续", "常态", "/", "-", "—", "无", "暂无", "待定", "按要求")

_SEP = r"[./\-年]"
_YMD = re.compile(rf"(\d{{4}}|\d{{2}}){_SEP}(\d{{1,2}})[./\-月](\d{{1,2}})(?:日|号)?")
_MD = re.compile(r"(\d{1,2})[./\-月](\d{1,2})(?:日|号)?")
_YM = re.compile(r"(\d{4})[./\-年](\d{1,2})月?(底|末|初|上旬|中旬|下旬)?")
_M = re.compile(r"(\d{1,2})月(份|底|末|初|上旬|中旬|下旬)?")
_TAIL = re.compile(r"(?:[（(]?(?:星期|周)[一二三四五六日天][)）]?)?(?:上午|下午|晚)?(?:\d{1,2}[:：]\d{2}(?:[:：]\d{2}(?:\.\d+)?)?)?(?:之?前|以前|前完成)?$")
_TO = re.compile(r"(?:至|到|—|–|~|～|-{1,2})")


class Day(msgspec.Struct, frozen=True):
    """What was read. on: the day, or None; code: of a doubt or fault (imports.rules), with its facts."""

    on: dt.date | None = None
    code: str = ""
    facts: dict[str, str] = {}


def read_day(text: str, year: int | None = None, near: dt.date | None = None, last: bool = False) -> Day:
    """One cell as a day.

    year: to take where none is written. near: the day of the visit, for 立即 and for the year of a deadline that follows it.
    last: of a span or a month take the end (a deadline), not the beginning (a visit).
    """
    said = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)) if not _is_stamp(text) else text.strip()[:10]
    said = said.strip("。;；,，")
    if not said:
        return Day()
    if len(said) > LONGEST:
        return Day(None, "no_date")
    if any(said.startswith(word) for word in AT_ONCE):
        return Day(near, "at_once") if near else Day(None, "no_date")
    if any(said == word or (len(word) > 1 and said.startswith(word)) for word in OPEN_ENDED):
        return Day(None, "no_day")
    for reader in (_digits, _span, _full, _short, _month):
        found = reader(said, year, near, last)
        if found is not None:
            return found
    return Day(None, "no_date")


def year_in(text: str) -> int | None:
    """The year that a title, a sheet's name or a file's name speaks of, if it is one."""
    found = {int(hit) for hit in re.findall(r"(?<!\d)(20\d\d)(?=年|度|\D|$)", unicodedata.normalize("NFKC", text))}
    return found.pop() if len(found) == 1 else None


def _is_stamp(text: str) -> bool:
    return re.match(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}", text.strip()) is not None


def _digits(said: str, year: int | None, near: dt.date | None, last: bool) -> Day | None:
    """20250804, and Excel's serial numbers."""
    if re.fullmatch(r"\d{8}", said):
        return _made(int(said[:4]), int(said[4:6]), int(said[6:]))
    if re.fullmatch(r"\d{5}(\.\d+)?", said):
        on = SERIAL_BEGINS + dt.timedelta(days=int(float(said)))
        return Day(on) if EARLIEST <= on.year <= LATEST else Day(None, "no_date")
    return None


def _span(said: str, year: int | None, near: dt.date | None, last: bool) -> Day | None:
    """2025.8.4-8.6, 8月4日至6日: its first day, or its last for a deadline."""
    for cut in _TO.finditer(said):
        first, second = said[: cut.start()], said[cut.end() :]
        begin = _full(first, year, near, last) or _short(first, year, near, last)
        if begin is None or begin.on is None:
            continue
        end = _full(second, begin.on.year, near, last) or _short(second, begin.on.year, begin.on, True)
        if end is None and (only := re.fullmatch(r"(\d{1,2})(?:日|号)", second)):
            end = _made(begin.on.year, begin.on.month, int(only[1]))
        if end is None:
            continue
        if end.on is None:
            return end
        facts = {"which": "最后一天", "which_en": "last day"} if last else {"which": "第一天", "which_en": "first day"}
        return Day(end.on if last else begin.on, "span", facts)
    return None


def _full(said: str, year: int | None, near: dt.date | None, last: bool) -> Day | None:
    if not (hit := _YMD.match(said)) or not _TAIL.fullmatch(said[hit.end() :]):
        return None
    if len(hit[1]) == 4:
        return _made(int(hit[1]), int(hit[2]), int(hit[3]))
    made = _made(2000 + int(hit[1]), int(hit[2]), int(hit[3]))
    return Day(made.on, "short_year", {"year": str(made.on.year)}) if made.on else made


def _short(said: str, year: int | None, near: dt.date | None, last: bool) -> Day | None:
    """8月4日, 8.4: the year from the file, or the first such day from the visit on."""
    if not (hit := _MD.match(said)) or not _TAIL.fullmatch(said[hit.end() :]):
        return None
    month, day = int(hit[1]), int(hit[2])
    if near is not None and last:
        year = near.year + ((month, day) < (near.month, near.day))
    elif year is None:
        year = near.year if near else None
    if year is None:
        return Day(None, "no_year") if _exists(2024, month, day) else Day(None, "impossible")
    made = _made(year, month, day)
    return Day(made.on, "year", {"year": str(year)}) if made.on else made


def _month(said: str, year: int | None, near: dt.date | None, last: bool) -> Day | None:
    """2025年8月, 8月底, 8月中旬, 月底."""
    said = re.sub(r"(?:之?前|以前|前完成)$", "", said)
    if hit := _YM.fullmatch(said):
        year, month, part = int(hit[1]), int(hit[2]), hit[3]
    elif hit := _M.fullmatch(said):
        month, part = int(hit[1]), hit[2]
        year = near.year + (last and month < near.month) if near and last else year or (near.year if near else None)
    elif said in ("月底", "本月底", "当月底", "年底", "年内", "本年底"):
        if near is None:
            return Day(None, "no_date")
        year, month, part = near.year, 12 if "年" in said else near.month, "底"
    else:
        return None
    if year is None:
        return Day(None, "no_year")
    if not 1 <= month <= 12 or not EARLIEST <= year <= LATEST:
        return Day(None, "impossible")
    end = calendar.monthrange(year, month)[1]
    day = {"初": 1, "上旬": 10, "中旬": 20}.get(part or "", end if last or part else 1)
    on = dt.date(year, month, day)
    return Day(on, "month", {"day": on.isoformat()})


def _made(year: int, month: int, day: int) -> Day:
    if not EARLIEST <= year <= LATEST or not _exists(year, month, day):
        return Day(None, "impossible")
    return Day(dt.date(year, month, day))


def _exists(year: int, month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]
