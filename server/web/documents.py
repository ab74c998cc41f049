"""A paper, three ways: a page to print from, PDF, Word."""

from typing import Any

import segno
from litestar import Request, Response
from markupsafe import Markup

from server.foundation.refusal import Refusal
from server.web.files import attached
from server.web.render import origin_of, page

WAYS = ("print", "pdf", "docx")


async def handed_out(request: Request[Any, Any, Any], document: Any, way: str) -> Response[Any]:
    """The document of a wing that has made sure the reader may see its record. Refusals: not_found, document.fonts, document.long, busy."""
    if way not in WAYS:
        raise Refusal("not_found")
    address = f"{origin_of(request)}{document.href}"
    if way == "print":
        drawn = segno.make(address, error="m").svg_inline(scale=4, border=1, omitsize=True) if document.id else ""
        return page(request, "documents/print.html", document=document, address=address, query=request.url.query, drawn=Markup(drawn))  # noqa: S704 -- drawn by segno from our own address
    return attached(await request.app.state.press.made(document, way, address), f"{document.name}.{way}")
