"""Who may change the tree, and what it must stay."""

import re

from server.foundation.actor import Actor
from server.foundation.refusal import Refusal, declare, no

LONGEST_MARK, LONGEST_CODE = 12, 8

declare(
    {
        "place.mark_taken": no(
            409, "文号字“{mark}”已有别的单位用过", "The mark {mark} belongs to another place, now or earlier",
            "请另选一个，文号才不会重复", "Choose another, so that numbers never meet",
        ),
        "place.has_open": no(
            409, "{name}下面还有 {count} 个在用的单位，不能停用", "{name} still has {count} open places below it and cannot be closed",
            "请先停用或移走它们", "Close or move them first",
        ),
        "place.is_closed": no(409, "{name}已经停用", "{name} is closed already", "无需再办", "Nothing to do"),
        "place.is_open": no(409, "{name}没有停用", "{name} is not closed", "无需再办", "Nothing to do"),
        "place.above_closed": no(
            409, "上级单位{name}已停用", "The place above it, {name}, is closed", "请先恢复上级单位，或换一个上级", "Open that one first, or move it elsewhere"
        ),
        "place.into": no(
            422, "不能并入这里", "It cannot be merged into this one", "请选同一类、在用的另一家", "Choose another open one of the same kind"
        ),
        "place.itself": no(
            422, "不能移到自己或自己的下级", "It cannot be moved into itself or below itself", "请另选上级单位", "Choose another parent"
        ),
        "place.there": no(409, "{name}本来就在这里", "{name} stands there already", "无需再办", "Nothing to do"),
        "place.same_name": no(
            409, "{parent}下已有同名单位：{name}", "There is already a place of this name under {parent}: {name}",
            "请先改名，再办理", "Rename one of them first",
        ),
        "place.a_facility": no(
            422, "机构的名称在机构资料里改", "A facility's name is changed with its details", "请打开机构，点“改资料”", "Open the facility and edit it"
        ),
        "place.telephone": no(
            422, "电话号码读不懂", "This is no telephone number", "请写办公电话，只用数字、空格、+、- 和括号", "The office's number: digits, spaces, +, - and brackets only"
        ),
        "place.own": no(
            403, "这要由它上级单位的管理员办理", "An administrator above this place must do that", "请上级管理员办理", "Ask an administrator of the bureau above"
        ),
    }
)  # fmt: skip


def check_from_above(actor: Actor, place_path: str, parent_path: str) -> None:
    """Refuse who does not administer the place above: a bureau neither closes nor moves itself. The top belongs to nobody."""
    if actor.has("administrator", parent_path):
        return
    raise Refusal("place.own" if actor.has("administrator", place_path) else "not_allowed" if actor.sees(place_path) else "not_found")


def check_target(place_path: str, target_path: str) -> None:
    """Refuse a parent that is the place itself or stands below it."""
    if target_path.startswith(place_path):
        raise Refusal("place.itself").at("parent")


def marked(text: str, most: int, field: str) -> str:
    """A mark or code as it is kept."""
    plain = "".join(text.split())
    if len(plain) > most or not (plain.isprintable() or not plain):
        raise Refusal("input.invalid", reason=f"0–{most}").at(field)
    return plain


def telephone(text: str) -> str:
    """A number as it is kept and dialled, or "". Refusal: place.telephone."""
    plain = " ".join(text.split())
    if plain and not re.fullmatch(r"\+?[0-9()（） -]{3,30}", plain):
        raise Refusal("place.telephone").at("telephone")
    return plain
