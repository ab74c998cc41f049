"""What went wrong, for people and for programs: a page, a partial, or JSON, and never a traceback."""

from typing import Any
from urllib.parse import quote

import structlog
from litestar import MediaType, Request, Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect

from server.foundation.refusal import Refusal
from server.web.render import page

PROGRAMS = ("/sync", "/photos", "/pack", "/devices")
RETRY_AFTER = "5"

log = structlog.get_logger()
Asked = Request[Any, Any, Any]


def on_refusal(request: Asked, refusal: Refusal) -> Response[Any]:
    """A refusal in the shape that its asker reads."""
    status = refusal.entry.status
    headers = {"retry-after": RETRY_AFTER} if status == 503 else {}
    if _is_program(request):
        return Response(
            {"refusal": refusal.as_json(), "request": _request_id(request)},
            status_code=status, media_type=MediaType.JSON, headers={**headers, "x-dugai": "1", "cache-control": "no-store"},
        )  # fmt: skip
    if refusal.code == "sign_in":
        return _to_the_door(request)
    answer = page(request, "web/refusal.html", status=status, part="web/_refusal.html", refusal=refusal, request_id=_request_id(request))
    answer.headers.update(headers)
    return answer


def on_http(request: Asked, error: HTTPException) -> Response[Any]:
    """What Litestar refuses by itself, in our words."""
    codes = {403: "cross_site", 404: "not_found", 405: "not_found", 413: "input.too_large"}
    if error.status_code >= 500:
        return on_anything(request, error)
    code = codes.get(error.status_code)
    return on_refusal(request, Refusal(code) if code else Refusal("input.invalid", reason=error.detail))


def on_anything(request: Asked, error: Exception) -> Response[Any]:
    """A fault of ours: logged in full under the request's number, told in words."""
    log.error("request.broken", error=type(error).__name__, exc_info=error)
    return on_refusal(request, Refusal("broken", request=_request_id(request)))


HANDLERS = {Refusal: on_refusal, HTTPException: on_http, Exception: on_anything}


def _to_the_door(request: Asked) -> Response[Any]:
    """To the sign-in page, and afterwards back to what was asked for."""
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = f"/sign-in?next={quote(asked, safe='')}" if request.method == "GET" else "/sign-in"
    if "hx-request" in request.headers:
        return Response(b"", status_code=200, headers={"hx-redirect": target})
    return Redirect(target, status_code=303)


def _is_program(request: Asked) -> bool:
    path = request.url.path
    return path.startswith(PROGRAMS) or "application/json" in request.headers.get("accept", "")


def _request_id(request: Asked) -> str:
    return str(request.scope.get("state", {}).get("request_id", ""))
