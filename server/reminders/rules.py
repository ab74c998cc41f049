"""Which reminder falls on which day, for whom; quiet hours; which addresses a server may call; how often it tries."""

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar
from urllib.parse import urlsplit

import msgspec

from server.foundation import clock
from server.foundation.refusal import Refusal, declare, no
from server.foundation.words import Words
from server.people.rules import paths_above
from server.workdays import rules as workdays
from server.workdays.rules import Corrections

LEVELS = {
    "contact": Words("机构责任人", "Facility contact"),
    "supervisor": Words("本局督导", "The bureau's supervisors"),
    "above": Words("上级局督导", "Supervisors of the bureau above"),
}
ROBOTS = {"wecom": Words("企业微信", "WeCom"), "dingtalk": Words("钉钉", "DingTalk"), "feishu": Words("飞书", "Feishu")}
CHANNELS = {"app": Words("督改", "Dugai"), "robot": Words("群机器人", "Robot"), "sms": Words("短信", "SMS"), "push": Words("手机通知", "Push")}
STATES = {
    "pending": Words("待发", "Waiting"),
    "sending": Words("正在发", "Being sent"),
    "sent": Words("已发", "Sent"),
    "twice": Words("可能发了两次", "Perhaps sent twice"),
    "unsure": Words("是否送达不确定", "Arrival unknown"),
    "failed": Words("没有发出", "Not sent"),
    "dropped": Words("已不需要", "No longer needed"),
}
MOST_STEPS, FARTHEST, LONGEST_NAME = 10, 30, 30
A_MINUTE = 20  # messages that each of the three vendors takes from one robot
BACKOFF = tuple(dt.timedelta(minutes=m) for m in (1, 5, 15, 60, 180, 360, 720))  # after it a message is given up: about a day
STALE = dt.timedelta(seconds=60)  # after which a try that nobody recorded is taken for broken off; a try itself ends within PATIENCE
PATIENCE = 10.0  # seconds that a receiver may take to answer

declare(
    {
        "reminder.steps": no(
            422, "提醒的日子要写成不重复的整数，最多 {most} 个，每个在 {far} 天以内", "Days are whole numbers, none twice, at most {most}, each within {far}",
            "请改正后再保存", "Correct them and save again",
        ),
        "reminder.to": no(422, "这一次提醒还没有选提醒谁", "Nobody is chosen to be told then", "请至少选一方，或把天数留空", "Choose somebody, or leave the days empty"),
        "reminder.hours": no(422, "免打扰时间应写成 20:00 这样", "Quiet hours are written like 20:00", "请改正后再保存", "Correct them and save again"),
        "reminder.address": no(
            422, "这不是{kind}群机器人的地址", "This is not the address of a {kind} robot",
            "请在群里打开机器人，复制它的 Webhook 地址（以 https 开头）", "Open the robot in its group and copy its webhook address (https)",
        ),
        "reminder.host": no(
            422, "不向这个网址发送：{host}", "Nothing is sent to this address: {host}",
            "内网网关请由运维在 DUGAI_HOOKS 里写明", "For a gateway of your own network, operations name it in DUGAI_HOOKS",
        ),
        "reminder.name": no(422, "名称没有填，或超过 {most} 字", "The name is missing or longer than {most}", "请改正后再保存", "Correct it and save again"),
        "reminder.secret": no(422, "加签密钥太长或含有空白", "The secret is too long or holds blanks", "请重新复制，前后不要带空格", "Copy it again, without blanks"),
        "reminder.removed": no(409, "这个机器人已经移除", "This robot has been removed already", "无需再办", "Nothing to do"),
        "reminder.often": no(
            429, "这个机器人一分钟内已发了 {most} 条", "This robot has sent {most} messages within a minute", "请一分钟后再试", "Try again in a minute"
        ),
        "reminder.demo": no(409, "演示环境不向外发送", "A demonstration sends nothing out", "正式使用时再试", "Try it in real use"),
        "reminder.key": no(
            409, "服务器密钥换过，这个机器人的地址打不开了", "The server's secret was changed: this robot's address cannot be opened any more",
            "请移除后重新添加", "Remove it and add it again",
        ),
        "reminder.push": no(
            422, "这个浏览器的通知服务不在可用之列", "This browser's push service is not one that can be used", "仍可在督改里看提醒", "Reminders still show in Dugai"
        ),
    }
)  # fmt: skip


class Step(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule. days: working days after the due day, before it if negative, on it if 0. to: those of LEVELS who are told."""

    days: int
    to: tuple[str, ...]


class Rules(msgspec.Struct, frozen=True):
    """What holds at a place. Between quiet_from and quiet_until nothing leaves the house; alike, they mean never."""

    steps: tuple[Step, ...]
    quiet_from: dt.time
    quiet_until: dt.time
    is_sms: bool = False


# Ours: the notice sets none.
DEFAULT = Rules(
    (
        Step(-3, ("contact",)), Step(-1, ("contact",)), Step(0, ("contact",)), Step(1, ("contact", "supervisor")),
        Step(3, ("contact", "supervisor")), Step(7, ("contact", "supervisor", "above")),
    ),
    dt.time(20), dt.time(8),
)  # fmt: skip


def day_of(due_on: dt.date, days: int, corrected: Corrections) -> dt.date:
    """The day of a rule: the due day itself, or so many working days before or after it, by the calendar of the place."""
    return workdays.after(due_on, days, corrected)


def step_on(steps: tuple[Step, ...], due_on: dt.date, set_on: dt.date | None, today: dt.date, corrected: Corrections) -> Step | None:
    """The rule that counts today: the last whose day has come. set_on: since when the due day has stood, which no rule before it precedes.

    A server that was away tells the last one only: nobody is told today that something falls due in three days when it was due yesterday.
    """
    reached = (step for step in steps if day_of(due_on, step.days, corrected) <= today)
    step = max(reached, key=lambda step: step.days, default=None)
    if step and step.days < 0 and set_on and day_of(due_on, step.days, corrected) < set_on:
        return None
    return step


def horizon(today: dt.date) -> dt.date:
    """The last due day of which any rule may speak today, whatever days off a place declares."""
    return today + dt.timedelta(days=3 * FARTHEST)


Set = TypeVar("Set")


def nearest(path: str, held: Mapping[str, Set]) -> Set | None:
    """What is held at the place or, where there is nothing, at the first above it."""
    return next((held[above] for above in paths_above(path) if above in held), None)


def reached_by(step: Step, path: str, staffed: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """{path: level}: at which places the people of this step stand, for a facility's problem. staffed: {path: roles that somebody holds there}.

    Up the tree: the facility; the first place above it with a supervisor; the next such one. Where a facility has no contact, the supervisors are told in its place.
    """
    facility, *over = paths_above(path)
    heard = [above for above in over if "supervisor" in staffed.get(above, ())]
    reached = dict(zip(heard, ("supervisor", "above"), strict=False))
    wanted = {level for level in step.to if level != "contact"}
    if "contact" in step.to and "contact" in staffed.get(facility, ()):
        return {facility: "contact"} | {above: level for above, level in reached.items() if level in wanted}
    return {above: level for above, level in reached.items() if level in wanted or ("contact" in step.to and level == "supervisor")}


def reminder_id(days: int, problem: str, due_on: dt.date, receiver: str, channel: str) -> str:
    """The one id of this rule, problem, due day, receiver and channel."""
    return hashlib.sha256(f"{days}\0{problem}\0{due_on.isoformat()}\0{receiver}\0{channel}".encode()).hexdigest()[:40]


def quiet_until(held: Rules, at: dt.datetime) -> dt.datetime | None:
    """When the quiet hours that hold at this instant end; None outside them."""
    local = at.astimezone(clock.BEIJING)
    time, first, last = local.time(), held.quiet_from, held.quiet_until
    is_quiet = first <= time < last if first < last else first != last and (time >= first or time < last)
    if not is_quiet:
        return None
    end = local.replace(hour=last.hour, minute=last.minute, second=0, microsecond=0)
    return end if end > local else end + dt.timedelta(days=1)


# What an administrator sets


def checked_steps(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The rules in the order of their days. Refusals: reminder.steps, reminder.to."""
    days = [step.days for step in steps]
    if len(days) > MOST_STEPS or len(set(days)) < len(days) or any(abs(one) > FARTHEST for one in days):
        raise Refusal("reminder.steps", most=MOST_STEPS, far=FARTHEST).at("days")
    if any(not step.to or set(step.to) - set(LEVELS) for step in steps):
        raise Refusal("reminder.to").at("days")
    return tuple(sorted((Step(step.days, tuple(level for level in LEVELS if level in step.to)) for step in steps), key=lambda step: step.days))


def hour(text: str, field: str) -> dt.time:
    """HH:MM. Refusal: reminder.hours."""
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", text):
        raise Refusal("reminder.hours").at(field)
    return dt.time.fromisoformat(text)


def said_of(days: int) -> Words:
    """到期前 3 个工作日."""
    if days == 0:
        return Words("到期当天", "On the due day")
    if days < 0:
        return Words(f"到期前 {-days} 个工作日", f"{-days} working day{'s' * (days < -1)} before")
    return Words(f"逾期 {days} 个工作日", f"{days} working day{'s' * (days > 1)} after")


# Where a server may call

HOSTS = {"wecom": ("qyapi.weixin.qq.com",), "dingtalk": ("oapi.dingtalk.com",), "feishu": ("open.feishu.cn", "open.larksuite.com")}
PATHS = {"wecom": "/cgi-bin/webhook/send", "dingtalk": "/robot/send", "feishu": "/open-apis/bot/v2/hook/"}
PUSH_HOSTS = ("fcm.googleapis.com", "updates.push.services.mozilla.com", ".push.apple.com", ".notify.windows.com")
LONGEST_ADDRESS = 1000


def check_robot(kind: str, address: str, more: Sequence[str]) -> str:
    """A robot's address as its vendor gives it, or one at a gateway of ours. Refusals: reminder.address, reminder.host."""
    if not _is_called(address, HOSTS[kind], more):
        raise Refusal("reminder.host", host=_host(address) or address[:40]).at("address")
    if not urlsplit(address).path.startswith(PATHS[kind]):
        raise Refusal("reminder.address", kind=ROBOTS[kind]).at("address")
    return address


def check_push(endpoint: str) -> str:
    """A push service's address, which anybody who signs in may name: never one of our own network. Refusal: reminder.push."""
    if not _is_called(endpoint, PUSH_HOSTS, ()):
        raise Refusal("reminder.push")
    return endpoint


def _is_called(address: str, hosts: Sequence[str], more: Sequence[str]) -> bool:
    """https to one of these hosts (.NAME: to any below it), or to exactly one of `more`, as SCHEME://HOST[:PORT]."""
    if len(address) > LONGEST_ADDRESS or not re.fullmatch(r"[!-~]+", address) or "\\" in address:
        return False
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return False
    if "@" in parts.netloc or not parts.hostname:
        return False
    if f"{parts.scheme}://{parts.netloc}".lower() in more:
        return True
    known = any(parts.hostname.endswith(host) if host.startswith(".") else parts.hostname == host for host in hosts)
    return parts.scheme == "https" and port in (None, 443) and known


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "")[:60]
    except ValueError:
        return ""


def mobile(sign_in: str) -> str:
    """The sign-in name where it is a mobile number, else nothing."""
    return sign_in if re.fullmatch(r"1\d{10}", sign_in) else ""
