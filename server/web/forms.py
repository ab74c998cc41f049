"""Forms into structs: what was typed, stripped; an empty field is one that was not filled in."""

import re
from typing import Any, TypeVar

import msgspec
from litestar import Request
from litestar.datastructures import UploadFile

from server.foundation.refusal import Refusal, declare, no
from server.foundation.words import Words

LONGEST = 20_000  # characters in one field of a form

declare(
    {
        "input.missing": no(422, "这一项没有填", "This is not filled in", "请填写后再提交", "Fill it in and submit again"),
        "input.long": no(
            422, "写得太长：最多 {most} 字", "Too long: at most {most} characters", "请写得简短些", "Make it shorter"
        ),
    }
)

Wanted = TypeVar("Wanted")


async def fields(request: Request[Any, Any, Any]) -> dict[str, str]:
    """What was typed, by name, the last one where a name comes twice; for showing a form again."""
    return {name: value for name, value in (await _all(request)).items() if isinstance(value, str)}


async def files(request: Request[Any, Any, Any], name: str) -> list[bytes]:
    """The contents of the files chosen under this name; nothing for a chooser left empty."""
    data = await request.form()
    chosen = [entry for entry in data.getall(name, []) if isinstance(entry, UploadFile)]
    return [content for entry in chosen if (content := await entry.read())]


def filters(request: Request[Any, Any, Any], wanted: type[Wanted]) -> Wanted:
    """What the address asks of a list, as this struct of texts; names that it does not have say nothing."""
    known = {field.name for field in msgspec.structs.fields(wanted)}  # type: ignore[arg-type]
    return wanted(**{name: value.strip()[:100] for name, value in request.query_params.items() if name in known})


async def form(request: Request[Any, Any, Any], wanted: type[Wanted]) -> Wanted:
    """The form as this struct. Refusals, pointing at the field: input.missing, input.invalid, input.long.

    A field whose type is a tuple or list takes every value of its name.
    """
    data = await _all(request, _several(wanted))
    try:
        return msgspec.convert({name: value for name, value in data.items() if value not in ("", [])}, wanted, strict=False)
    except msgspec.ValidationError as error:
        raise _refusal(str(error)) from None


def read_json(value: object, wanted: type[Wanted]) -> Wanted:
    """JSON from a hidden field. Refusal: input.invalid, also where it hides a NUL, which no database keeps."""
    text = str(value or "")
    if "\\u0000" in text:
        raise Refusal("input.invalid", reason="NUL")
    try:
        return msgspec.json.decode(text, type=wanted)
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        raise Refusal("input.invalid", reason="JSON").at("file") from None


async def _all(request: Request[Any, Any, Any], several: frozenset[str] = frozenset()) -> dict[str, Any]:
    data = await request.form()
    found: dict[str, Any] = {}
    for name, value in data.multi_items():
        if not isinstance(value, str):
            continue
        if len(value) > LONGEST:
            raise Refusal("input.long", most=LONGEST).at(name)
        if "\x00" in value:
            raise Refusal("input.invalid", reason="NUL").at(name)
        text = value.strip()
        if name in several:
            found.setdefault(name, [])
            found[name] += [text] if text else []
        else:
            found[name] = text
    return found


def _several(wanted: type) -> frozenset[str]:
    kinds = (msgspec.inspect.VarTupleType, msgspec.inspect.ListType)
    shape = msgspec.inspect.type_info(wanted)
    return frozenset(field.encode_name for field in getattr(shape, "fields", ()) if isinstance(field.type, kinds))


def _refusal(said: str) -> Refusal:
    if missing := re.search(r"missing required field `(\w+)`", said):
        return Refusal("input.missing").at(missing[1])
    place = re.search(r"at `\$\.([^`\[]+)", said)
    return Refusal("input.invalid", reason=_wanted(said.split(" - at ")[0])).at(place[1] if place else "")


def _wanted(said: str) -> Words:
    """What a field wants, for people; said: what msgspec found wrong with it."""
    if re.search(r"Expected `(int|float)", said):
        return Words("应填数字", "a number is wanted")
    if re.search(r"`date|date`|RFC3339", said):
        return Words("应填日期，如 2026-11-24", "a day is wanted, as 2026-11-24")
    return Words("没有这个选项", "there is no such choice") if "enum" in said else Words("内容不合要求", "it does not fit here")
