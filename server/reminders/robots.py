"""How the robots of WeCom, DingTalk and Feishu are spoken to, and what their answers mean.

Sources: developer.work.weixin.qq.com/document/path/91770; open.dingtalk.com, "custom robot access"; open.feishu.cn, "custom bot usage guide".
All three take a POST with JSON, answer 200 whatever came of it, and say in the body what did.
"""

import base64
import datetime as dt
import hashlib
import hmac
from typing import Any, Literal
from urllib.parse import quote_plus

import msgspec

from server.foundation.words import Words

JSON = {"content-type": "application/json; charset=utf-8"}
LONGEST = 2000  # bytes of text: WeCom takes 2,048, the others more


class Outcome(msgspec.Struct, frozen=True):
    """What came of a try. ok: taken; no: certainly not taken; slow: not taken, too many at once; unsure: nobody knows."""

    kind: Literal["ok", "no", "slow", "unsure"]
    words: Words = Words("", "")


class Call(msgspec.Struct, frozen=True):
    """One HTTP POST. Its address and headers are secrets: they are never logged."""

    address: str
    headers: dict[str, str]
    content: bytes


OK = Outcome("ok")
BETWEEN = (502, 504)  # by which something between says that it does not know either
SLOW = {"wecom": (45009,), "dingtalk": (130101, 410100, 90030), "feishu": (9499, 11232)}  # sent too often
SAID = {
    ("wecom", 93000): Words("地址无效，或机器人已从群里移除", "the address is wrong, or the robot has left its group"),
    ("dingtalk", 310000): Words("安全设置不符：加签密钥、关键词或 IP 不对", "its security settings do not fit: secret, keyword or IP"),
    ("dingtalk", 300001): Words("地址无效", "the address is wrong"),
    ("dingtalk", 300005): Words("地址无效", "the address is wrong"),
    ("feishu", 19001): Words("地址无效", "the address is wrong"),
    ("feishu", 19021): Words("加签密钥不对，或服务器时间不准", "the secret is wrong, or the server's clock is"),
    ("feishu", 19022): Words("服务器的 IP 不在机器人的白名单里", "the server's IP is not on its list"),
    ("feishu", 19024): Words("机器人要求的关键词不在内容里", "the keyword that it wants is not in the text"),
}


def call(kind: str, address: str, secret: str, text: str, at: dt.datetime) -> Call:
    """A text for a robot, signed where a secret is given."""
    text = text.encode()[:LONGEST].decode(errors="ignore")
    if kind == "feishu":
        body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
        if secret:
            stamp = str(int(at.timestamp()))
            body |= {"timestamp": stamp, "sign": _signature(f"{stamp}\n{secret}", "")}
        return Call(address, JSON, msgspec.json.encode(body))
    if kind == "dingtalk" and secret:
        stamp = str(int(at.timestamp() * 1000))
        sign = _signature(secret, f"{stamp}\n{secret}")
        address += f"{'&' if '?' in address else '?'}timestamp={stamp}&sign={quote_plus(sign)}"
    return Call(address, JSON, msgspec.json.encode({"msgtype": "text", "text": {"content": text}}))


def _signature(key: str, said: str) -> str:
    return base64.b64encode(hmac.new(key.encode(), said.encode(), hashlib.sha256).digest()).decode()


def outcome(kind: str, status: int, body: bytes) -> Outcome:
    """What a robot's answer means. A 200 in no words of the vendor's may have come from something between: then nobody knows."""
    if status == 429:
        return Outcome("slow", Words("发得太频繁，被限流", "too many at once"))
    if status in BETWEEN:
        return Outcome("unsure", Words(f"中间的网关没有等到回答（HTTP {status}）", f"a gateway between had no answer (HTTP {status})"))
    if status != 200:
        return Outcome("no", Words(f"对方出错（HTTP {status}）", f"it failed (HTTP {status})"))
    try:
        said = msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Outcome("unsure", Words("对方的回答读不懂", "its answer makes no sense"))
    code = said.get("code", said.get("StatusCode")) if kind == "feishu" else said.get("errcode")
    if not isinstance(code, int):
        return Outcome("unsure", Words("对方的回答读不懂", "its answer makes no sense"))
    if code == 0:
        return OK
    if code in SLOW[kind]:
        return Outcome("slow", Words("发得太频繁，被限流", "too many at once"))
    known = SAID.get((kind, code), Words("对方没有收下", "it was not taken"))
    return Outcome("no", Words(f"{known.zh}（{code}）", f"{known.en} ({code})"))
