"""The photos of a form at the desk."""

import re
from typing import Any

from litestar import Request

from server.foundation.refusal import Refusal
from server.photos.commands import keep_bytes
from server.photos.rules import LIMIT, is_sha256

Asked = Request[Any, Any, Any]
MOST_UPLOADS = 40  # photos with one form
UPLOADS = 8 * LIMIT
PHOTOS = re.compile(r"sheets|n\.\d{1,3}\.(photos|after)")


async def kept_photos(request: Asked) -> dict[str, list[str]]:
    """A form's photos by the name of their field: those chosen now are looked at and kept; `kept.NAME` came before a correction."""
    state, found, count = request.app.state, dict[str, list[str]](), 0
    for name, value in (await request.form()).multi_items():
        if isinstance(value, str):
            if name.startswith("kept.") and is_sha256(value):
                found.setdefault(name.removeprefix("kept."), []).append(value)
        elif PHOTOS.fullmatch(name) and (content := await value.read()):
            count += 1
            if count > MOST_UPLOADS:
                raise Refusal("input.too_large").at(name)
            try:
                found.setdefault(name, []).append(await keep_bytes(state.ledger, state.store, content, request.user))
            except Refusal as refusal:
                raise refusal.at(name) from None
    return {name: list(dict.fromkeys(shas)) for name, shas in found.items()}
