"""What makes a site an app: its worker, its manifest, its health."""

from typing import Any

from litestar import MediaType, Request, Response, get

from server.database.rows import one
from server.foundation.refusal import Refusal
from server.web.access import alike
from server.web.assets import assets
from server.web.render import lang_of, shell

Asked = Request[Any, Any, Any]


@get("/worker.js", **alike)
async def worker(request: Asked) -> Response[bytes]:
    """The service worker, at the top so that it reaches every page; asked for anew each time."""
    content = assets().content("worker.js")
    return Response(content, media_type="text/javascript; charset=utf-8", headers={"cache-control": "no-cache"})


@get("/manifest.webmanifest", **alike)
async def manifest(request: Asked) -> Response[dict[str, Any]]:
    icons = [
        {"src": assets().address(f"icon-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size, purpose in ((192, "any"), (512, "any"), (512, "maskable"))
    ]
    is_english = lang_of(request) == "en"
    places = (("/today", "今天", "Today"), ("/outbox", "待上传", "Outbox"))
    described = {
        "name": "Dugai 督改" if is_english else "督改", "short_name": "Dugai" if is_english else "督改", "lang": "en" if is_english else "zh-CN", "id": "/", "dir": "ltr",
        "description": "Supervision on site, also without signal" if is_english else "现场督查整改，断网可用", "categories": ["government", "productivity"],
        "shortcuts": [{"name": english if is_english else chinese, "url": url, "icons": icons[:1]} for url, chinese, english in places], "start_url": "/today", "scope": "/",
        "display": "standalone", "background_color": "#f4f5f7", "theme_color": "#f4f5f7", "icons": icons,
    }  # fmt: skip
    return Response(described, media_type="application/manifest+json")


@get("/offline", **alike)
async def offline(request: Asked) -> Response[bytes]:
    """What the worker shows where a page needs signal."""
    return shell(request, "web/offline.html")


@get("/health", **alike, media_type=MediaType.JSON, response_headers={"x-dugai": "1"})
async def health(request: Asked) -> dict[str, str]:
    """200 while the database answers and the ledger takes commands, else 503. A phone without luck asks it whether the line is back."""
    ledger = request.app.state.ledger
    if ledger.closing or ledger.task is None or ledger.task.done():
        raise Refusal("busy")
    await one("select 1 as n")
    return {"status": "ok"}


PAGES = (worker, manifest, offline, health)
