"""What makes a site an app: its worker, its manifest, its health."""

from typing import Any

from litestar import MediaType, Request, Response, get

from server.database.rows import one
from server.foundation.refusal import Refusal
from server.web.access import alike
from server.web.assets import assets
from server.web.render import shell

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
    described = {
        "name": "督改", "short_name": "督改", "lang": "zh-CN", "id": "/", "start_url": "/today", "scope": "/",
        "display": "standalone", "background_color": "#f4f5f7", "theme_color": "#f4f5f7", "icons": icons,
    }  # fmt: skip
    return Response(described, media_type="application/manifest+json")


@get("/offline", **alike)
async def offline(request: Asked) -> Response[bytes]:
    """What the worker shows where a page needs signal."""
    return shell(request, "web/offline.html")


@get("/health", **alike, media_type=MediaType.JSON)
async def health(request: Asked) -> dict[str, str]:
    """200 while the database answers and the ledger takes commands, else 503."""
    ledger = request.app.state.ledger
    if ledger.closing or ledger.task is None or ledger.task.done():
        raise Refusal("busy")
    await one("select 1 as n")
    return {"status": "ok"}


PAGES = (worker, manifest, offline, health)
