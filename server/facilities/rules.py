"""What a facility is, what may be written about it, and who may write it."""

import re
import unicodedata
from collections.abc import Iterable, Sequence

import msgspec

from server.facilities import positions
from server.foundation.actor import Actor
from server.foundation.ids import short_code
from server.foundation.refusal import Refusal, declare, no
from server.foundation.words import Words

TYPES = {
    "elderly_care": Words("养老机构", "Elderly care"),
    "children": Words("儿童福利机构", "Children"),
    "relief": Words("救助管理机构", "Relief"),
    "funeral": Words("殡葬服务机构", "Funeral"),
    "cemetery": Words("公墓", "Cemetery"),
    "bureau_office": Words("机关处室", "Bureau or office"),
}
PARTIES = {
    "locality": Words("属地", "Locality"),
    "department": Words("部门", "Department"),
    "unit": Words("单位", "Unit"),
    "individual": Words("个人", "Individual"),
}
LENGTHS = {
    "name": 60, "address": 200, "contact_name": 30, "contact_title": 30, "contact_phone": 30, "notes": 1000,
    "point": 40, "step": 40, "person": 30, "title": 30,
}  # fmt: skip
MOST_POINTS, MOST_STEPS, MOST_DUTIES, MOST_BEDS = 100, 50, 200, 100_000
MOST_FACILITIES = 5000  # in one file

declare(
    {
        "facility.blank": no(422, "还没有填写", "This is still empty", "请填写", "Fill it in"),
        "facility.long": no(
            422, "超过 {limit} 个字", "Longer than {limit} characters", "请缩短", "Shorten it"
        ),
        "facility.signs": no(
            422, "含有不能显示的字符", "It holds characters that cannot be shown", "请删去后重新输入", "Delete them and type it again"
        ),
        "facility.type": no(
            422, "没有这一机构类型：{type}", "There is no such type of facility: {type}",
            "请从列表中选择", "Choose one from the list",
        ),
        "facility.party": no(
            422, "四方责任只有属地、部门、单位、个人，没有：{party}", "The four parties are locality, department, unit and individual, not: {party}",
            "请从四方中选择", "Choose one of the four",
        ),
        "facility.phone": no(
            422, "电话号码读不懂", "This is no phone number", "请只写数字、空格、+、- 和括号", "Use digits, spaces, +, - and brackets only"
        ),
        "facility.beds": no(
            422, "床位数应为 0 到 {limit} 的整数", "Beds are a whole number from 0 to {limit}", "请改正，不清楚可留空", "Correct it, or leave it empty"
        ),
        "facility.many": no(
            422, "超过 {limit} 项", "More than {limit} entries", "请合并或减少", "Merge or remove some"
        ),
        "facility.same_name": no(
            409, "{parent}下已有同名机构：{name}", "There is already a facility of this name under {parent}: {name}",
            "如为同一机构，请改其资料；如不是，请在名称中区分", "If it is the same one, change it; if not, tell them apart by name",
        ),
        "facility.known": no(
            409, "这一机构已登记", "This facility is already registered", "请直接修改其资料", "Change it instead"
        ),
        "facility.changed": no(
            409, "您打开之后，资料已被他人改过", "Someone has changed this since you opened it",
            "请刷新后在新资料上修改", "Reload it and make your change on the new version",
        ),
        "facility.twice": no(
            422, "同一机构在一次导入中出现两次：{name}", "One facility appears twice in an import: {name}",
            "请只留一行", "Keep one line",
        ),
        "facility.moved": no(
            422, "导入不能更换主管单位", "An import cannot move a facility to another bureau",
            "请改回原主管单位", "Put its bureau back",
        ),
        "facility.faults": no(
            422, "文件有 {count} 处需要改正，一行也没有导入", "{count} faults in the file; nothing was imported",
            "请按清单改正后重新上传", "Correct them as listed and upload it again",
        ),
    }
)  # fmt: skip


class Point(msgspec.Struct, frozen=True):
    """A spot in the facility (食堂) and what is done there (储存, 加工)."""

    point: str
    steps: tuple[str, ...] = ()


class Details(msgspec.Struct, frozen=True):
    """All that is written about a facility by hand. `points` in the order of a round through the house; degrees of WGS-84, both or neither."""

    name: str
    type: str
    address: str = ""
    contact_name: str = ""
    contact_title: str = ""
    contact_phone: str = ""
    beds: int | None = None
    points: tuple[Point, ...] = ()
    notes: str = ""
    latitude: float | None = None
    longitude: float | None = None


class Duty(msgspec.Struct, frozen=True):
    """Who answers for what (section 2.1: 人头, 点位, 环节). party: locality, department, unit or individual."""

    party: str
    person: str
    title: str = ""
    point: str = ""
    step: str = ""


# What may be written


def checked(details: Details) -> Details:
    """The details with their spaces put right. Refuses, naming the field, what cannot be kept."""
    if details.type not in TYPES:
        raise Refusal("facility.type", type=details.type[:40]).at("type")
    if details.beds is not None and not 0 <= details.beds <= MOST_BEDS:
        raise Refusal("facility.beds", limit=MOST_BEDS).at("beds")
    phone = tidy(details.contact_phone, "contact_phone")
    if phone and not re.fullmatch(r"\+?[0-9()（） -]{3,30}", phone):
        raise Refusal("facility.phone").at("contact_phone")
    latitude, longitude = positions.checked(details.latitude, details.longitude)
    return Details(
        name=required(details.name, "name"),
        type=details.type,
        address=tidy(details.address, "address"),
        contact_name=tidy(details.contact_name, "contact_name"),
        contact_title=tidy(details.contact_title, "contact_title"),
        contact_phone=phone,
        beds=details.beds,
        points=_checked_points(details.points),
        notes=tidy(details.notes, "notes", lines=True),
        latitude=latitude,
        longitude=longitude,
    )


def checked_duties(duties: Iterable[Duty]) -> tuple[Duty, ...]:
    """The duties with their spaces put right, each once. Refuses, naming field and line (person-0), what cannot be kept."""
    kept: dict[Duty, None] = {}
    for number, duty in enumerate(duties):
        try:
            kept[_checked_duty(duty)] = None
        except Refusal as no:
            raise no.at(f"{no.field}-{number}") from None
    if len(kept) > MOST_DUTIES:
        raise Refusal("facility.many", limit=MOST_DUTIES).at("responsibilities")
    return tuple(kept)


def rearranged(lines: Sequence[tuple[str, ...]], act: str) -> tuple[list[tuple[str, ...]], int]:
    """The lines of the form after "add", "drop:3", "up:3" or "down:3", and the line to look at. What is none of these changes nothing."""
    kept, (verb, _, said) = list(lines), act.partition(":")
    at = int(said) if said.isascii() and said.isdigit() and len(said) < 4 else -1
    if verb == "add" and len(kept) < MOST_DUTIES:
        return [*kept, ("unit", "", "", "", "")], len(kept)
    if not 0 <= at < len(kept):
        return kept, -1
    if verb == "drop":
        del kept[at]
        return kept, min(at, len(kept) - 1)
    to = at + {"up": -1, "down": 1}.get(verb, 0)
    if 0 <= to < len(kept):
        kept[at], kept[to] = kept[to], kept[at]
        return kept, to
    return kept, at


def _checked_duty(duty: Duty) -> Duty:
    if duty.party not in PARTIES:
        raise Refusal("facility.party", party=duty.party[:40]).at("party")
    return Duty(
        duty.party, required(duty.person, "person"), tidy(duty.title, "title"), tidy(duty.point, "point"), tidy(duty.step, "step")
    )


def tidy(text: str, field: str, lines: bool = False) -> str:
    """Text with one kind of space and none at its ends. Refusals: facility.long, facility.signs."""
    if len(text) > 20_000:  # before any work is spent on it
        raise Refusal("facility.long", limit=LENGTHS[field]).at(field)
    text = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    text = re.sub(r"[^\S\n]+", " ", text) if lines else re.sub(r"\s+", " ", text)
    text = text.strip()
    if any(unicodedata.category(sign) in ("Cc", "Cs", "Co", "Cn") and sign != "\n" for sign in text):
        raise Refusal("facility.signs").at(field)
    if len(text) > LENGTHS[field]:
        raise Refusal("facility.long", limit=LENGTHS[field]).at(field)
    return text


def required(text: str, field: str) -> str:
    """As `tidy`, and refuses (facility.blank) what is empty."""
    if not (clean := tidy(text, field)):
        raise Refusal("facility.blank").at(field)
    return clean


def _checked_points(points: Iterable[Point]) -> tuple[Point, ...]:
    """Points each once, in order, their steps joined."""
    kept: dict[str, dict[str, None]] = {}
    for point in points:
        steps = kept.setdefault(_nameable(point.point, "point"), {})
        steps.update((_nameable(step, "step"), None) for step in point.steps)
        if len(kept) > MOST_POINTS or len(steps) > MOST_STEPS:
            raise Refusal("facility.many", limit=MOST_POINTS).at("points")
    return tuple(Point(point, tuple(steps)) for point, steps in kept.items())


def _nameable(text: str, field: str) -> str:
    """A point's or step's name without the signs that part points in one cell: read again, it must be the same."""
    try:
        return required(re.sub(r"[;；:：、\n]", " ", text), field)
    except Refusal as no:
        raise no.at("points") from None


# Points as people type them: 食堂：储存、加工；二楼走廊：消防器材


def points_from(text: str) -> tuple[Point, ...]:
    """Points from one cell or box: parted by ； or a new line, a point's steps after ： and parted by 、."""
    found = []
    for piece in re.split(r"[;；\n]", text):
        point, _, steps = piece.replace("：", ":").partition(":")
        if point.strip():
            found.append(Point(point.strip(), tuple(step.strip() for step in re.split("、", steps) if step.strip())))
    return tuple(found)


def points_text(points: Iterable[Point], between: str = "；") -> str:
    """The same the other way round."""
    return between.join(f"{p.point}：{'、'.join(p.steps)}" if p.steps else p.point for p in points)


def all_points(points: Iterable[Point], duties: Iterable[Duty]) -> tuple[Point, ...]:
    """The facility's points with those that somebody answers for: what a finding may be pinned to."""
    kept: dict[str, dict[str, None]] = {point.point: dict.fromkeys(point.steps) for point in points}
    for duty in duties:
        if duty.point:
            steps = kept.setdefault(duty.point, {})
            if duty.step:
                steps[duty.step] = None
    return tuple(Point(point, tuple(steps)) for point, steps in kept.items())


# Who may


def check_may_add(actor: Actor, parent_path: str) -> None:
    """Refuse whoever does not administer the bureau: not_found if out of sight, else not_allowed."""
    actor.check_has(parent_path, "administrator")


def check_may_change(actor: Actor, path: str) -> None:
    """Refuse whoever neither administers nor supervises the place."""
    actor.check_has(path, "administrator", "supervisor")


def sees_phone(actor: Actor, path: str) -> bool:
    """Whether the contact's number is shown in full."""
    return actor.has("administrator", path) or actor.has("supervisor", path)


def masked(phone: str) -> str:
    """138****0000: enough to recognise a number, not to call it."""
    digits = re.sub(r"\D", "", phone)
    if not digits:
        return ""
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 9 else f"****{digits[-2:]}"


def is_masked(phone: str) -> bool:
    return "****" in phone


# How it is found


def search_text(identifier: str, details: Details, parent: str = "") -> str:
    """What a search looks through: name, code with and without its hyphen, address, contact, type, and the bureau if it is given, in lower case.

    Kept in the register without the bureau, whose name may change.
    """
    kind, code = TYPES[details.type], short_code(identifier)
    words = (details.name, code, code.replace("-", ""), details.address, details.contact_name, parent, kind.zh, kind.en)
    return " ".join(word for word in words if word).lower()


def place_kind(type: str) -> str:
    """The kind of place that a new facility of this type becomes."""
    return "office" if type == "bureau_office" else "facility"
