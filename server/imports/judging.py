"""One row of a ledger as problems: what each cell says, what it is read as, what is doubted and what is wrong."""

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping, Sequence

import msgspec

from server.facilities.rules import PARTIES
from server.imports import days, states
from server.imports.names import Names
from server.imports.rules import DAYS, FIELDS, LONGEST, SHORT, Mark
from server.imports.splitting import paired, pieces
from server.problems.rules import LEVELS
from server.problems.workflow import WORKFLOW

UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
SPLIT_ALIKE = ("measures", "progress", "recheck", "closing", "state", "point", "rectified_on", "due_on")
CARRIED = ("facility", "found_on", "bureau", "inspectors")
UNITS = ("unit", "bureau")
ACROSS = {"unit": ("person", "sponsor"), "bureau": ("inspectors",), "person": ("unit",), "inspectors": ("bureau",), "sponsor": ("unit",)}


class Reading(msgspec.Struct):
    """One problem to be. said: what the cells say; values: what that is read as (days as ISO, keys of levels, states, parties, the facility's id)."""

    said: dict[str, str]
    values: dict[str, str]
    marks: list[Mark]


class Around(msgspec.Struct):
    """What the rows of one import share. year: of the sheet; facility: for all rows, or ""; columns: the fields that have a column."""

    names: Names
    today: dt.date
    year: int | None = None
    facility: str = ""
    columns: frozenset[str] = frozenset()


def readings(cells: Mapping[str, str], above: dict[str, str], around: Around) -> list[Reading]:
    """The problems of one row: none where it describes none.

    cells: field → what the cell says. above: what the rows before said of the facility and the visit; it is brought up to date.
    """
    said = {field: cells.get(field, "") for field in FIELDS}
    carried = [field for field in CARRIED if not said[field] and above.get(field) and field in around.columns]
    for field in carried:
        said[field] = above[field]
    for field in CARRIED:
        if said[field]:
            above[field] = said[field]
    around = _dated(said, above, around)
    parts = pieces(said["what"]) if said["what"] else []
    found = [_reading(said, part, number, len(parts), around) for number, part in enumerate(parts)]
    for reading in found:
        reading.marks += [Mark(field, "carried", said=said[field]) for field in carried if field in ("facility", "found_on")]
    return found


def _dated(said: Mapping[str, str], above: dict[str, str], around: Around) -> Around:
    """Where no title names a year, the row's other days do, or else the rows above."""
    if around.year is not None:
        return around
    full = (read.on for field in DAYS if (read := days.read_day(said[field])).on and not read.code)
    year = next((on.year for on in full if on), None)
    if year is not None:
        above["year"] = str(year)
    return msgspec.structs.replace(around, year=int(above["year"])) if above.get("year") else around


def _reading(said: dict[str, str], what: str, number: int, count: int, around: Around) -> Reading:
    own, marks = {**said, "what": what}, []
    if count > 1:
        marks.append(Mark("what", "split", {"part": str(number + 1), "parts": str(count)}, said=what))
        for field in SPLIT_ALIKE:
            if parts := paired(said[field], count) if said[field] else None:
                own[field] = parts[number]
            elif said[field] and field in ("measures", "progress") and len(said[field]) > 8:
                marks.append(Mark(field, "shared", said=said[field]))
    reading = Reading(own, {}, marks)
    _words(reading)
    _facility(reading, around)
    _days(reading, around)
    _keys(reading, around)
    _columns(reading, around.names)
    return reading


def _words(reading: Reading) -> None:
    """Text as it is kept: without signs that nobody sees, and not longer than there is room."""
    for field in FIELDS:
        text = reading.said[field]
        clean = UNSEEN.sub("", unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")).strip()
        if clean != text.strip().replace("\r\n", "\n").replace("\r", "\n") and UNSEEN.search(text):
            reading.marks.append(Mark(field, "signs", said=clean[:60]))
        limit = LONGEST.get(field, SHORT)
        if len(clean) > limit:
            reading.marks.append(Mark(field, "long", {"limit": str(limit)}, said=clean[:60]))
        reading.said[field] = clean
        reading.values[field] = clean[:limit]


def _facility(reading: Reading, around: Around) -> None:
    said = reading.said["facility"]
    if around.facility:
        reading.values["facility"] = around.facility
        return
    found = around.names.facility(said) if said else None
    reading.values["facility"] = found.id if found else ""
    if found is None:
        reading.marks.append(Mark("facility", "blank"))
    elif found.id and found.is_like:
        reading.marks.append(Mark("facility", "facility_like", {"name": found.name, "name_en": found.name}, said=said))
    elif not found.id:
        same = bool(found.offers) and said != "" and len(found.offers) > 1 and around.names.is_facility(said)
        reading.marks.append(Mark("facility", "facilities" if same else "facility", {}, "value" if found.offers else "", found.offers, said))


def _days(reading: Reading, around: Around) -> None:
    said, values = reading.said, reading.values
    visit = days.read_day(said["found_on"], around.year)
    _day(reading, "found_on", visit)
    if visit.on and visit.on > around.today:
        reading.marks.append(Mark("found_on", "future", said=said["found_on"]))
    elif not said["found_on"]:
        reading.marks.append(Mark("found_on", "blank"))
    for field in DAYS[1:]:
        read = days.read_day(said[field], around.year, visit.on, last=True)
        if read.code == "no_date" and visit.on is not None:  # words where a day is wanted: kept as they are, no day
            read = days.Day(None, "no_day")
        _day(reading, field, read)
        if read.on and visit.on and read.on < visit.on:
            reading.marks.append(Mark(field, "before", said=said[field]))
    values["closed_on"] = ""
    closing = days.read_day(_day_in(said["closing"]), around.year, visit.on, last=True)
    if closing.on:
        values["closed_on"] = closing.on.isoformat()


def _day(reading: Reading, field: str, read: days.Day) -> None:
    reading.values[field] = read.on.isoformat() if read.on else ""
    if read.code:
        reading.marks.append(Mark(field, read.code, dict(read.facts), said=reading.said[field]))


def _day_in(text: str) -> str:
    """The day inside of 2025.9.1已销号."""
    hit = re.search(r"\d{2,4}[./\-年]\d{1,2}[./\-月]\d{1,2}日?|\d{1,2}月\d{1,2}日|\d{8}", unicodedata.normalize("NFKC", text))
    return hit[0] if hit else ""


def _keys(reading: Reading, around: Around) -> None:
    """Level, party and state: words into keys."""
    said, values = reading.said, reading.values
    level, is_guess = states.severity(said["severity"])
    values["severity"] = level
    if is_guess and "severity" in around.columns:
        reading.marks.append(Mark("severity", "severity", {"level": LEVELS[level].zh, "level_en": LEVELS[level].en}, said=said["severity"]))
    party, is_guess = states.party(said["party"])
    values["party"] = party
    if is_guess and said["party"]:
        reading.marks.append(Mark("party", "party", {"party": PARTIES[party].zh, "party_en": PARTIES[party].en}, said=said["party"]))
    stands = states.standing(said["state"], said["closing"], said["recheck"], said["progress"], bool(values["rectified_on"]), bool(values["due_on"]))
    values["state"] = stands.state
    words = WORKFLOW.state(stands.state).words
    if stands.is_guess:
        code = "state" if stands.said else "state_blank"
        reading.marks.append(Mark("state", code, {"state": words.zh, "state_en": words.en}, said=stands.said or stands.state))
    if stands.state == "closed" and not values["closed_on"]:
        values["closed_on"] = values["rectified_on"]
        if not values["closed_on"]:
            reading.marks.append(Mark("closing", "closed_day", said=said["closing"]))


def _columns(reading: Reading, names: Names) -> None:
    """A name under the wrong heading: told by the register and by its shape, with the change of places offered."""
    said, told = reading.said, set()
    if names.is_facility(said["inspectors"]) and not names.is_facility(said["facility"]):
        reading.marks.append(_misplaced("inspectors", "facility_in", "facility", said["inspectors"]))
        told.add("inspectors")
    for field, others in ACROSS.items():
        text = said[field]
        if not text or field in told or not _is_wrong(text, field, names):
            continue
        other = next((name for name in others if said[name] and _is_wrong(said[name], name, names)), None)
        if other:
            told.add(other)
            reading.marks.append(_misplaced(field, "swapped", other, text))
        else:
            code = "person_in_unit" if field in UNITS else "unit_in_person"
            reading.marks.append(_misplaced(field, code, next((name for name in others if not said[name]), None), text))


def _is_wrong(text: str, field: str, names: Names) -> bool:
    return names.is_person(text) if field in UNITS else names.is_unit(text)


def _misplaced(field: str, code: str, other: str | None, text: str) -> Mark:
    facts = {"column": FIELDS[field].zh, "column_en": FIELDS[field].en}
    if other:
        facts |= {"other": FIELDS[other].zh, "other_en": FIELDS[other].en}
    return Mark(field, code, facts, "swap" if other else "", ((other, FIELDS[other].zh),) if other else (), text)


def unread(cells: Mapping[str, str], around: Around) -> Reading:
    """A row that is left out, read as far as it goes: somebody may take it in after all."""
    reading = _reading({field: cells.get(field, "") for field in FIELDS}, cells.get("what", ""), 0, 1, around)
    if not reading.said["what"]:
        reading.marks.append(Mark("what", "blank"))
    return reading


def sameness(facility: str, found_on: str, what: str) -> str:
    """Two problems with the same key were written about the same thing: facility, day and words, spaces aside."""
    return f"{facility}|{found_on}|{''.join(what.split())}"


def columns_of(cells: Sequence[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """field → what the row says. mapping: place of the column, as text → field."""
    return {field: cells[int(place)] for place, field in mapping.items() if int(place) < len(cells)}
