"""What a payload that was not taken in says of itself, and what may become of it."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from itertools import islice
from typing import Any

from server.foundation.ids import is_id
from server.foundation.refusal import declare, no
from server.foundation.words import Words
from server.foundation.workflow import Move, State, Workflow
from server.photos.rules import is_sha256
from server.problems.workflow import WORKFLOW as PROBLEM

MOST_WAITING, MOST_BYTES = 200, 20 * 1024 * 1024  # of one person's, waiting at once
MOST_PHOTOS = 500
MOST_OF_ONE = 50  # of one author about one visit
MOST_LEAVES, LONGEST_WHERE = 400, 200  # of what a page shows as it came
OLDEST = dt.timedelta(days=400)  # how far back a supervisor may say that a visit was
LONGEST_KIND = 60
LATER = ("busy", "photo.full", "deposit.full", "deposit.many")  # nothing wrong with the command: all of it is sent again

WORKFLOW = Workflow(
    (
        State("waiting", Words("待核收", "Waiting")), State("returned", Words("已退回手机", "Returned to the phone")),
        State("set_aside", Words("已搁置", "Set aside")), State("accepted", Words("已核收", "Taken in by hand"), is_open=False),
        State("taken", Words("已另行收到", "Came another way"), is_open=False),
    ),
    (
        Move("accept", Words("核收", "Take in"), ("waiting", "returned"), "accepted", ("supervisor",)),
        Move("return", Words("退回手机", "Return to the phone"), ("waiting",), "returned", ("supervisor",), ("reason",)),
        Move("set_aside", Words("搁置", "Set aside"), ("waiting", "returned"), "set_aside", ("supervisor",), ("reason",)),
        Move("take_up", Words("重新处理", "Take up again"), ("returned", "set_aside"), "waiting", ("supervisor",)),
    ),
)  # fmt: skip
STEPS = {**{f"problems.{move.act}": move.words for move in PROBLEM.moves if move.roles == ("contact",)}, "notices.sign": Words("签收通知书", "Sign for the notice")}  # the facility's, by kind
CLOCKS = ("command.clock", "visit.dates", "problem.recheck_at", "problem.step_at", "notice.at", "deposit.day")  # a supervisor gives the day
ELSEWHERE = Words("同一次检查或复查已由另一份记录收下", "Another record of the same visit or re-check has been taken in")

declare(
    {
        "deposit.full": no(
            429, "您待核收的记录已有 {count} 份，这一份先留在手机", "{count} of your records wait for the supervisor; this one stays on the phone for now",
            "请督导先处理前面的，之后自动上传", "Ask the supervisor to deal with those first; then it goes up by itself",
        ),
        "deposit.many": no(
            429, "这次检查已存有 {count} 份不同的内容，这一份留在手机", "{count} different versions of this one are kept already; this one stays on the phone",
            "请督导核收其中一份；或把手机上的导出，告诉督导", "Ask the supervisor to take one of them in; or export what is on the phone and tell them",
        ),
        "deposit.decided": no(
            409, "{name} 已先办理：{state}", "{name} was first: {state}", "请查看最新情况后再定", "See how it stands now, then decide"
        ),
        "deposit.own": no(
            403, "自己签了名的记录要由另一位督导核收", "Another supervisor takes in what you signed yourself", "请另一位督导办理", "Ask another supervisor"
        ),
        "deposit.day": no(
            422, "检查日期应在今天之前 400 天之内", "The day of the visit lies within the last 400 days",
            "请与检查人核对后填写", "Ask the inspectors, then fill it in",
        ),
    }
)  # fmt: skip


def deposit_id(command_id: str, digest: str) -> str:
    """The id of what is kept: the same command is the same row, other content under its id is another."""
    return hashlib.sha256(f"{command_id}\0{digest}".encode()).hexdigest()


def subject_of(payload: Any, command_id: str) -> str:
    """The visit or re-check that a command is about; the command itself where it names none."""
    return named(payload, "id") or command_id


def named(payload: Any, key: str) -> str:
    """An id that the payload names under this key, "" for none."""
    found = payload.get(key) if isinstance(payload, dict) else None
    return str(found) if is_id(found) else ""


def photos_named(payload: Any) -> tuple[str, ...]:
    """Every photo that a payload of any kind names, each once, at most MOST_PHOTOS."""
    found = dict.fromkeys(text for _, text in leaves(payload) if is_sha256(text))
    return tuple(found)[:MOST_PHOTOS]


def signed_by(payload: Any) -> set[str]:
    """Ids of the people who signed, as far as the payload says so."""
    signatures = payload.get("signatures") if isinstance(payload, dict) else None
    signed = signatures.values() if isinstance(signatures, dict) else ()
    return {one["person"] for one in signed if isinstance(one, dict) and is_id(one.get("person"))}


def made_at(payload: Any) -> dt.datetime | None:
    """When a visit ended or a re-check was made, as its phone says; None for what no calendar of ours holds."""
    said = next((payload[key] for key in ("finished_at", "at") if isinstance(payload.get(key), str)), "") if isinstance(payload, dict) else ""
    try:
        at = dt.datetime.fromisoformat(said)
    except ValueError:
        return None
    return at.astimezone(dt.UTC) if at.tzinfo and 1901 < at.year < 9000 else None


def leaves(payload: Any) -> Iterator[tuple[str, Any]]:
    """(where, value) of everything that is written in a payload, in its order: `findings.0.what`, cut at LONGEST_WHERE.

    One at a time, names cut before they are joined: a long name above many values costs no more than it weighs.
    """
    open_ones: list[tuple[str, Iterator[tuple[Any, Any]]]] = [("", iter([("", payload)]))]
    while open_ones:
        above, inside = open_ones[-1]
        try:
            key, value = next(inside)
        except StopIteration:
            open_ones.pop()
            continue
        name = str(key)[:LONGEST_WHERE]
        where = f"{above}.{name}"[:LONGEST_WHERE] if above else name
        if isinstance(value, dict):
            open_ones.append((where, iter(value.items())))
        elif isinstance(value, list):
            open_ones.append((where, iter(enumerate(value))))
        else:
            yield where, value


def shown(payload: Any) -> list[tuple[str, Any]]:
    """The first MOST_LEAVES of them."""
    return list(islice(leaves(payload), MOST_LEAVES))
