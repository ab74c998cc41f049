"""What leaves the house, in words: counts, numbers and days; no person, no finding, no facility."""

import datetime as dt
import re
import urllib.parse
from collections.abc import Callable

import msgspec

from server.foundation.words import Lang, Words
from server.reminders.robots import BETWEEN, OK, Call, Outcome
from server.settings import Sms

SHOWN = 5  # numbers that a digest names


class Digest(msgspec.Struct, frozen=True):
    """What one message is about: how many of each, and the numbers and days of those longest due."""

    late: int
    today: int
    soon: int
    first: tuple[tuple[str, dt.date], ...] = ()

    @property
    def count(self) -> int:
        return self.late + self.today + self.soon


def robot_text(about: Digest, bureau: str, is_again: bool, link: str, today: dt.date) -> str:
    """For a group chat, in Chinese."""
    lines = [f"【督改】{bureau}：{sums(about, 'zh')}。"]
    if is_again:
        lines.insert(0, "（上一条可能没有送达，这条可能重复）")
    lines += [f"{number}　{_left(on, today)}" for number, on in about.first]
    if about.count > len(about.first):
        lines.append(f"等 {about.count} 件。")
    return "\n".join([*lines, f"请登录督改办理{f'：{link}' if link else '。'}"])


def trial_text(bureau: str) -> str:
    return f"【督改】{bureau}：这是一条测试消息，整改提醒将发到这里。"


def sms_text(about: Digest, is_again: bool, lang: Lang) -> str:
    said = Words(f"【督改】您有 {about.count} 件整改待办，{sums(about, 'zh')}，请登录督改办理。", f"[Dugai] {about.count} to be put right: {sums(about, 'en')}. Please sign in to Dugai.")
    again = Words("（可能重复）", " (perhaps sent before)")
    return said.into(lang) + (again.into(lang) if is_again else "")


def push_text(about: Digest, lang: Lang) -> bytes:
    """What a notification says: nothing but a count."""
    words = Words(f"{about.count} 件待办", f"{about.count} to do")
    return msgspec.json.encode({"title": Words("督改", "Dugai").into(lang), "body": words.into(lang)})


def sums(about: Digest, lang: Lang) -> str:
    """逾期 3 件，今天到期 1 件，将到期 2 件."""
    parts = ((about.late, Words("逾期 {n} 件", "{n} late")), (about.today, Words("今天到期 {n} 件", "{n} due today")), (about.soon, Words("将到期 {n} 件", "{n} due soon")))
    return ("，" if lang == "zh" else ", ").join(words.into(lang, n=n) for n, words in parts if n)


def _left(on: dt.date, today: dt.date) -> str:
    days = (on - today).days
    return f"逾期 {-days} 天" if days < 0 else f"还剩 {days} 天" if days else "今天到期"


def sms_call(gateway: Sms, phone: str, text: str, count: int) -> Call:
    """The gateway's own address, headers and body with {phone}, {text}, {count} and {secret} filled in, each as its place wants it."""
    values = {"phone": phone, "text": text, "count": str(count), "secret": gateway.secret}
    headers = dict(line.split(":", 1) for line in gateway.headers.split("\n") if ":" in line)
    headers = {name.strip().lower(): _filled(value.strip(), values, str) for name, value in headers.items()}
    is_json = "json" in headers.setdefault("content-type", "application/json; charset=utf-8")
    body = _filled(gateway.body, values, (lambda value: msgspec.json.encode(value).decode()[1:-1]) if is_json else urllib.parse.quote)
    return Call(_filled(gateway.address, values, lambda value: urllib.parse.quote(value, safe="")), headers, body.encode())


def sms_outcome(gateway: Sms, status: int, body: bytes) -> Outcome:
    """Taken where it says 2xx and, if it is told what to look for, that."""
    if status == 429:
        return Outcome("slow", Words("发得太频繁，被限流", "too many at once"))
    if status in BETWEEN:
        return Outcome("unsure", Words(f"短信网关没有等到回答（HTTP {status}）", f"the SMS gateway had no answer (HTTP {status})"))
    if not 200 <= status < 300:
        return Outcome("no", Words(f"短信网关出错（HTTP {status}）", f"the SMS gateway failed (HTTP {status})"))
    if gateway.taken and gateway.taken not in body.decode(errors="replace"):
        return Outcome("no", Words("短信网关没有收下", "the SMS gateway did not take it"))
    return OK


def _filled(text: str, values: dict[str, str], write: Callable[[str], str]) -> str:
    return re.sub(r"{(phone|text|count|secret)}", lambda found: write(values[found[1]]), text)
