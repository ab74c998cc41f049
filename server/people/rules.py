"""Who may do what to whom, what a good password is, how long a guesser waits: decisions without a database."""

import datetime as dt
import hashlib
import hmac
import ipaddress
import re
import secrets
import unicodedata
from collections.abc import Sequence
from urllib.parse import urlsplit

from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.ids import ALPHABET, MISREAD, is_id
from server.foundation.refusal import Refusal, declare, no
from server.foundation.words import Words

ROLE_WORDS = {
    "inspector": Words("检查员", "Inspector"),
    "supervisor": Words("督导", "Supervisor"),
    "contact": Words("机构责任人", "Facility contact"),
    "administrator": Words("管理员", "Administrator"),
    "auditor": Words("审计员", "Auditor"),
}
PLACE_WORDS = {
    "municipal": Words("市局", "Municipal bureau"),
    "district": Words("区县局", "District bureau"),
    "facility": Words("机构", "Facility"),
    "office": Words("处室", "Office"),
}
STATE_WORDS = {
    "invited": Words("待激活", "Not yet activated"), "active": Words("在用", "Active"), "left": Words("已离岗", "Left"),
}  # fmt: skip
PARENTS = {
    "municipal": (None,),
    "district": (None, "municipal"),
    "facility": ("municipal", "district"),
    "office": ("municipal", "district"),
}

SOON = dt.timedelta(days=30)  # a role that ends within these days is named in the list
CODE_LIFE = dt.timedelta(days=7)
CODE_LENGTH = 12  # 60 bits: nobody guesses one within its week
FREE_FAILURES = 3
LONGEST_WAIT = 900
FORGOTTEN_AFTER = dt.timedelta(hours=24)
SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 256

declare(
    {
        "sign_in.wrong": no(
            422, "手机号（登录名）或密码不对", "The phone number (sign-in name) or the password is not right",
            "请再试一次；忘记密码可请管理员重置", "Try again; an administrator can reset a forgotten password",
        ),
        "sign_in.wait": no(
            429, "刚才试错较多，请 {seconds} 秒后再试", "Several wrong tries: wait {seconds} seconds and try again",
            "换用以前登录过的设备，不受影响", "A device you have signed in on before is not affected",
        ),
        "activation.wrong": no(
            422, "激活码不对、已用过或已过期", "This code is wrong, has been used, or has expired",
            "请核对激活单；仍不行，请管理员重新打印", "Check the slip; if it still fails, ask for a new one",
        ),
        "password.weak": no(
            422, "密码太简单：至少 10 位，字母、数字、符号至少含两种，且不含登录名",
            "Too simple: at least 10 characters, two kinds of letters, digits and signs, without the sign-in name",
            "可用几个不相干的词加数字", "A few unrelated words and a number will do",
        ),
        "password.differs": no(
            422, "两次输入的密码不一样", "The two passwords are not the same", "请重新输入", "Type them again"
        ),
        "password.wrong": no(
            422, "当前密码不对", "The current password is not right",
            "请重新输入；忘记了可请管理员重置", "Type it again; an administrator can reset it",
        ),
        "people.sign_in_taken": no(
            409, "登录名 {sign_in} 已有人使用", "The sign-in name {sign_in} is taken",
            "请核对号码；同一个人可直接加岗位", "Check it; if it is the same person, add a role instead",
        ),
        "people.role_held": no(
            409, "此人在该处已有这个岗位", "This person already holds this role there",
            "无需再加", "Nothing needs to be added",
        ),
        "people.role_ended": no(409, "这个岗位已经结束", "This role has already ended", "无需再办", "Nothing to do"),
        "people.own_role": no(
            409, "不能结束自己的管理员岗位", "You cannot end your own administrator role",
            "请另一位管理员办理", "Ask another administrator",
        ),
        "people.beyond": no(
            403, "此人在您的管辖范围外还有岗位", "This person also holds roles outside your places",
            "请上级管理员办理", "Ask an administrator above both places",
        ),
        "people.days": no(
            422, "结束日期早于开始日期", "It ends before it begins", "请改正日期", "Correct the dates"
        ),
        "people.past": no(
            422, "日期已经过去：岗位不能倒填", "This day has passed: roles are not dated back",
            "请写今天或以后的日期；要马上结束，请用“结束”", "Write today or later; to stop it now, use “End”",
        ),
        "people.left": no(
            409, "{name} 已离岗", "{name} has left", "如已回岗，请先加岗位，再打印激活单", "If they are back, add a role first, then print a slip"
        ),
        "people.own_leave": no(
            409, "不能办理自己的离岗", "You cannot register your own leaving", "请另一位管理员办理", "Ask another administrator"
        ),
        "people.reason": no(422, "还没有写原因", "The reason is missing", "请用一句话写明原因", "Say why in one sentence"),
        "place.parent": no(
            422, "{kind}不能设在这里", "This kind of place ({kind}) cannot stand here",
            "请另选上级单位", "Choose another parent",
        ),
        "place.closed": no(
            409, "{name}已停用", "{name} is closed", "请另选单位", "Choose another place"
        ),
    }
)  # fmt: skip


# Places and roles


def place_path(parent_path: str, identifier: str) -> str:
    """The path of a place: its parent's, and the last 40 bits of its own id."""
    return f"{parent_path}{identifier.replace('-', '')[-10:]}/"


def paths_above(path: str) -> list[str]:
    """The place's own path and those above it, the nearest first: a/b/c/, a/b/, a/."""
    parts = path.rstrip("/").split("/")
    return ["/".join(parts[:count]) + "/" for count in range(len(parts), 0, -1)]


def check_parent(kind: str, parent_kind: str | None) -> None:
    """Refuse a place where its kind does not belong (place.parent): the tree is 市局 → 区县局 → 机构, 处室."""
    if parent_kind not in PARENTS[kind]:
        raise Refusal("place.parent", kind=PLACE_WORDS[kind].zh).at("kind")


def check_administers(actor: Actor, path: str) -> None:
    """Refuse who does not administer the place: not_found if it is out of sight, else not_allowed."""
    actor.check_has(path, "administrator")


def check_may_reset(actor: Actor, held: Sequence[str]) -> None:
    """Refuse a reset of someone who also stands elsewhere: whoever prints a code could sign in as that person.

    held: paths of all roles that the person holds today.
    """
    if not all(actor.has("administrator", path) for path in held):
        raise Refusal("people.beyond")


def is_current(from_on: dt.date, until_on: dt.date | None, today: dt.date) -> bool:
    """Whether a role counts on this day; its last day still does."""
    return from_on <= today and (until_on is None or today <= until_on)


def was_current(from_on: dt.date, until_on: dt.date | None, ended_at: dt.datetime | None, at: dt.datetime) -> bool:
    """Whether a role counted at this instant; one that was ended before its time counted until the hour in which it was."""
    on = clock.today(at)
    return is_current(from_on, until_on, on) or (ended_at is not None and from_on <= on == clock.today(ended_at) and at <= ended_at)


def tense(from_on: dt.date, until_on: dt.date | None, today: dt.date) -> str:
    """Whether a role counts "now", in the "future", or belongs to the "past" (a future one that was called off, too)."""
    if until_on is not None and until_on < max(from_on, today):
        return "past"
    return "future" if today < from_on else "now"


def meets(a: tuple[dt.date, dt.date | None], b: tuple[dt.date, dt.date | None]) -> bool:
    """Whether two spans (first day, last day or None) share a day."""
    return (b[1] is None or a[0] <= b[1]) and (a[1] is None or b[0] <= a[1])


def check_days(today: dt.date, from_on: dt.date, until_on: dt.date | None) -> None:
    """Refuse days that have passed (people.past) and an end before the beginning (people.days)."""
    if from_on < today:
        raise Refusal("people.past").at("from_on")
    check_end(today, from_on, until_on)


def check_end(today: dt.date, from_on: dt.date, until_on: dt.date | None) -> None:
    """As `check_days`, for a role that may have begun long ago."""
    if until_on is not None and until_on < today:
        raise Refusal("people.past").at("until_on")
    if until_on is not None and until_on < from_on:
        raise Refusal("people.days").at("until_on")


def called_off(today: dt.date) -> dt.date:
    """The last day of a role that is ended today: yesterday, even for one that has yet to begin, so that one comparison with today tells."""
    return today - dt.timedelta(days=1)


def reason(text: str) -> str:
    """A reason as it is kept: one line, at most 200 long; people.reason where there is none."""
    plain = " ".join(text.split())
    if not plain or len(plain) > 200 or not plain.isprintable():
        raise Refusal("people.reason").at("reason")
    return plain


def home(actor: Actor) -> str:
    """Where someone lands after signing in."""
    if actor.is_any("inspector"):
        return "/today"
    if actor.is_any("supervisor", "auditor"):
        return "/overview"
    if actor.is_any("contact"):
        return "/todo"
    return "/people" if actor.is_any("administrator") else "/me"


def local_path(text: str, otherwise: str) -> str:
    """Where to go on after signing in: a path of our own, or `otherwise`. Never another site, never the door again."""
    plain = text.startswith("/") and not text.startswith("//") and not re.search(r"[\\\x00-\x20\x7f]", text)
    if not plain or urlsplit(text).path in ("/sign-in", "/sign-out", "/activate"):
        return otherwise
    return text


# Names, passwords, codes


def browser(agent: str) -> str:
    """What a browser calls itself, as its owner would: "Chrome, Android". Empty where it does not say."""
    names = (("MicroMessenger", "微信"), ("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
    systems = (("HarmonyOS", "HarmonyOS"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"), ("Linux", "Linux"))
    found = [next((words for sign, words in signs if sign in agent), "") for signs in (names, systems)]
    return ", ".join(word for word in found if word)


def normal_sign_in(text: str) -> str:
    """A sign-in name as it is kept: 138-0000 0000 and 13800000000 are one; letters in lower case, 2 to 64 long."""
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    digits = re.sub(r"[\s()-]", "", plain)
    plain = digits if re.fullmatch(r"\+?\d+", digits) else plain
    if not 2 <= len(plain) <= 64 or re.search(r"[\s\x00-\x1f\x7f]", plain):
        raise Refusal("input.invalid", reason="2–64").at("sign_in")
    return plain


def check_password(password: str, sign_in: str) -> None:
    """Refuse a password that is soon guessed: length, kinds of characters, variety, the sign-in name inside."""
    kinds = {"d" if c.isdigit() else "l" if c.isalpha() else "s" for c in password}
    long_enough = SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD
    if not long_enough or len(kinds) < 2 or len(set(password)) < 5 or sign_in in password.casefold():
        raise Refusal("password.weak").at("password")


def new_code() -> str:
    """A one-time code from chance: 12 characters that cannot be misread."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def code_for(secret: str, act: str) -> str:
    """The one-time code of one act (a command's id): a double click or a reload prints the same slip again."""
    bits = int.from_bytes(hmac.digest(secret.encode(), f"code\0{act}".encode(), hashlib.sha256)[:8]) >> 4
    return "".join(ALPHABET[bits >> 5 * place & 31] for place in range(CODE_LENGTH))


def normal_code(text: str) -> str:
    """A code as typed by a person, brought to what was printed; activation.wrong if it cannot be one."""
    plain = re.sub(r"[\s\-–—]", "", unicodedata.normalize("NFKC", text)).upper().translate(MISREAD)
    if len(plain) != CODE_LENGTH or not set(plain) <= set(ALPHABET):
        raise Refusal("activation.wrong").at("code")
    return plain


def id_for(act: str, thing: str) -> str:
    """The id of what one act makes: a form sent twice makes it once. `act` is the form's own id."""
    if not is_id(act):
        raise Refusal("input.invalid", reason="id").at("_id")
    digest = hashlib.sha256(f"{act}\0{thing}".encode()).hexdigest()
    return f"{act[:14]}7{digest[:3]}-8{digest[3:6]}-{digest[6:18]}"


def newcomer(person_id: str) -> Actor:
    """Whoever holds a printed code, before there is a session: nobody's role, only themselves."""
    return Actor(person_id, "")


def printed(code: str) -> str:
    """A code in groups of four, as it stands on the slip."""
    return "-".join(code[place : place + 4] for place in range(0, len(code), 4))


def fingerprint(secret: str) -> str:
    """SHA-256 in hexadecimal: what is kept of a token or code. Only for secrets of 60 random bits or more."""
    return hashlib.sha256(secret.encode()).hexdigest()


def salt_for(secret: str, act: str) -> bytes:
    """The argon2 salt of one act: the same form sent twice is the same command, and the salt stays unguessable."""
    return hmac.digest(secret.encode(), f"salt\0{act}".encode(), hashlib.sha256)[:16]


# Guessing


def network(address: str) -> str:
    """Whose guesses are counted together: one address, and for IPv6 the whole /64 that one customer is given."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(ipaddress.ip_network(f"{found}/64", strict=False)) if found.version == 6 else str(found)


def wait_after(failures: int) -> dt.timedelta:
    """How long to wait after so many failures in a row: nothing at first, then 2, 4, 8 … seconds, at most 15 minutes."""
    if failures < FREE_FAILURES:
        return dt.timedelta()
    return dt.timedelta(seconds=min(2 ** min(failures - FREE_FAILURES + 1, 20), LONGEST_WAIT))

