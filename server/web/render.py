"""From facts to HTML: a whole page, or the part of it that htmx asked for. The only file that knows htmx."""

import datetime as dt
import gzip
from functools import cache
from typing import Any

import jinja2
import msgspec
from litestar import MediaType, Request, Response
from litestar.utils.scope.state import ScopeState
from markupsafe import Markup

from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.ids import new_id, short_code
from server.foundation.refusal import Refusal
from server.foundation.words import Lang, Words, speaking
from server.web.assets import assets, folder
from server.web.icons import icon

Asked = Request[Any, Any, Any]
WEEKDAYS = {"zh": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"), "en": ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")}
LANG_COOKIE = "lang"
SMALL = 1000  # bytes not worth squeezing
LONGEST_ORIGIN = 300  # RFC 1035: a name has 255 signs at most


def page(
    request: Asked, template: str, *, status: int | None = None, part: str = "", refusal: Refusal | None = None, **facts: Any
) -> Response[str]:
    """The template as a page for this reader; where htmx asks and there is a `part`, only that. The status is the refusal's, unless another is given."""
    wanted = part if part and "hx-request" in request.headers else template
    html = environment().get_template(wanted).render(_reader(request), refusal=refusal, **facts)
    status = status or (refusal.entry.status if refusal else 200)
    return Response(html, status_code=status, media_type=MediaType.HTML, headers={"cache-control": "no-store", "vary": "hx-request"})


def shell(request: Asked, template: str, **facts: Any) -> Response[bytes]:
    """A page without anybody's data, which a phone keeps for the time without signal. `?lang=` chooses its language."""
    html = environment().get_template(template).render({**_reader(request), "actor": None, "csrf": ""}, **facts)
    headers = {"cache-control": "no-cache", "x-dugai-release": assets().release}
    return squeezed(request, html.encode(), "text/html", headers)


def squeezed(request: Asked, content: bytes, media: str, headers: dict[str, str]) -> Response[bytes]:
    """The content, by gzip where the browser takes it. Only for what holds no form token: its length could betray one."""
    if "gzip" in request.headers.get("accept-encoding", "") and len(content) > SMALL:
        content, headers = gzip.compress(content, 6), {**headers, "content-encoding": "gzip"}
    return Response(content, media_type=f"{media}; charset=utf-8", headers={**headers, "vary": "accept-encoding"})


def partial(template: str, lang: Lang, **facts: Any) -> str:
    """A part by itself, in one language: what the pack takes along."""
    return environment().get_template(template).render(lang=lang, t=speaking(lang), **facts)


def lang_of(request: Asked) -> Lang:
    """The reader's language: asked for in the address, else chosen before, else Chinese."""
    said = request.query_params.get("lang") or request.cookies.get(LANG_COOKIE)
    return "en" if said == "en" else "zh"


def origin_of(request: Asked) -> str:
    """The public address of this house, for what is printed. Refusal: input.invalid, of a host that no name is as long as."""
    said = str(request.app.state.settings.origin or request.base_url).rstrip("/")
    if len(said) > LONGEST_ORIGIN:
        raise Refusal("input.invalid", reason="Host")
    return said


def _reader(request: Asked) -> dict[str, Any]:
    lang = lang_of(request)
    actor: Actor | None = request.scope.get("user")
    return {
        "lang": lang, "t": speaking(lang), "actor": actor, "path": request.url.path, "nonce": request.scope["state"]["nonce"],
        "csrf": ScopeState.from_scope(request.scope).csrf_token or "", "demo": request.app.state.settings.is_demo,
        "release": assets().release, "pdf": request.app.state.press.has_fonts,
    }  # fmt: skip


@cache
def environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder("templates")), autoescape=True, trim_blocks=True, lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )  # fmt: skip
    made.globals.update(icon=icon, asset=lambda name: assets().address(name), new_id=new_id, today=clock.today)
    made.filters.update(say=say, day=day, when=when, left=left, short=short_code, script=script, many=many)
    return made


@jinja2.pass_context
def say(context: jinja2.runtime.Context, words: Any) -> str:
    """Words, or {zh, en}, in the reader's language; plain text as it is."""
    if isinstance(words, dict):
        words = Words(words["zh"], words.get("en") or words["zh"])
    return words.into(context["lang"]) if isinstance(words, Words) else str(words)


@jinja2.pass_context
def day(context: jinja2.runtime.Context, on: dt.date | None) -> str:
    """2026-12-07 周一."""
    return f"{on.isoformat()} {WEEKDAYS[context['lang']][on.weekday()]}" if on else "—"


@jinja2.pass_context
def when(context: jinja2.runtime.Context, at: dt.datetime | dt.date | None) -> str:
    """2026-11-23 周一 14:05, Beijing time; of a day that is all that is known: 2026-11-23 周一."""
    if not isinstance(at, dt.datetime):
        return day(context, at)
    try:
        local = at.astimezone(clock.BEIJING)
    except OverflowError:  # a stranger's hour at the edge of the calendar
        return at.isoformat(" ", "minutes")
    return f"{local:%Y-%m-%d} {WEEKDAYS[context['lang']][local.weekday()]} {local:%H:%M}"


@jinja2.pass_context
def left(context: jinja2.runtime.Context, on: dt.date) -> str:
    """How far away a due day is: 还剩 3 天, 今天到期, 逾期 2 天."""
    days, english = (on - clock.today()).days, context["lang"] == "en"
    if days == 0:
        return "due today" if english else "今天到期"
    if days < 0:
        return f"{-days} d late" if english else f"逾期 {-days} 天"
    return f"{days} d left" if english else f"还剩 {days} 天"


def many(count: int, thing: str) -> str:
    """1 photo, 2 photos."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def script(facts: Any) -> Markup:
    """Facts as JSON inside a <script>: nothing in them can end it."""
    text = msgspec.json.encode(facts).decode()
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))  # noqa: S704
