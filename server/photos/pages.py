"""Photos coming in pieces from a phone, and going out to whoever may see a record that shows them."""

from typing import Any

from litestar import Request, Response, get, head, put
from litestar.params import FromPath, FromQuery

from server.foundation.refusal import Refusal
from server.photos import queries, rules
from server.photos.commands import check_room, keep_photo
from server.photos.copies import Copies
from server.photos.parts import WHOLE
from server.web.access import deposits, needs
from server.web.described import taking

Asked = Request[Any, Any, Any]
PIECE = taking(
    "application/octet-stream", {"type": "string", "format": "binary"}, "docs/sync.md", {"X-Dugai": "1", "Upload-Length": "bytes of the whole photo"}
)
LATER = (429, 503)
FOREVER = {"cache-control": "private, max-age=31536000, immutable"}


@head("/photos/{sha256:str}", **deposits())
async def progress(request: Asked, sha256: FromPath[str]) -> Response[None]:
    """How far this photo has come: Upload-Offset and Upload-Complete, named as in the IETF's draft on resumable uploads."""
    _check(sha256)
    if kept := await _sent(request, sha256):
        return _told(kept.bytes, True)
    return _told(await request.app.state.parts.size(request.user.id, sha256), False)


@put("/photos/{sha256:str}", **deposits(), request_max_body_size=rules.LIMIT, operation_class=PIECE)
async def piece(request: Asked, sha256: FromPath[str], offset: FromQuery[int] = 0) -> Response[None]:
    """A piece from `offset` on; Upload-Length says how long the whole is. What came before a cut line stays; Upload-Repeated says how much of it came twice.

    Refusals: photo.offset, photo.length, photo.too_large, photo.hash, photo.type, photo.pixels, photo.unclaimed, photo.full.
    """
    _check(sha256)
    if kept := await _sent(request, sha256):
        return _told(kept.bytes, True)
    length = rules.checked_length(request.headers.get("upload-length", ""))
    state, person = request.app.state, request.user.id
    await check_room(state.ledger, person)  # before any of it is read
    is_whole = offset == 0 and length <= WHOLE and request.headers.get("content-length") == str(length)
    if is_whole:
        content, repeated = await state.parts.whole(person, sha256, length, request.stream()), state.parts.left(person, sha256)
    else:
        size, repeated = await state.parts.write(person, sha256, offset, request.stream())
        content = await state.parts.read(person, sha256) if size >= length else None
    if content is None:
        return _told(await state.parts.size(person, sha256), False, repeated)
    try:
        await keep_photo(state.ledger, state.store, sha256, content, request.user)
    except Refusal as refusal:
        if refusal.entry.status not in LATER:  # what is no photo is not sent again; what found no room is
            await state.parts.drop(person, sha256)
        raise
    if repeated or not is_whole:
        await state.parts.drop(person, sha256)
    return _told(len(content), True, repeated)


@get("/photos/{sha256:str}", **needs())
async def photo(request: Asked, sha256: FromPath[str]) -> Response[bytes]:
    kept, content = await _seen(request, sha256)
    return Response(content, media_type=kept.type, headers=FOREVER)


@get("/photos/{sha256:str}/thumb", **needs())
async def thumbnail(request: Asked, sha256: FromPath[str]) -> Response[bytes]:
    return await _smaller(request, sha256, request.app.state.thumbs)


@get("/photos/{sha256:str}/sheet", **needs())
async def on_paper(request: Asked, sha256: FromPath[str]) -> Response[bytes]:
    return await _smaller(request, sha256, request.app.state.sheets)


async def _smaller(request: Asked, sha256: str, copies: Copies) -> Response[bytes]:
    _check(sha256)
    small = await copies.get(sha256) if await queries.photo_for(request.user, sha256) else None
    if small is None:
        raise Refusal("not_found")
    return Response(small, media_type="image/jpeg", headers=FOREVER)


async def _sent(request: Asked, sha256: str) -> queries.Kept | None:
    """The photo, if this person has sent it whole: whoever only knows its hash sends the bytes like everybody."""
    return await queries.photo(sha256) if await queries.sent_by(sha256, request.user.id) else None


async def _seen(request: Asked, sha256: str) -> tuple[queries.Kept, bytes]:
    _check(sha256)
    kept = await queries.photo_for(request.user, sha256)
    content = await request.app.state.store.get(sha256) if kept else None
    if kept is None or content is None:
        raise Refusal("not_found")
    return kept, content


def _check(sha256: str) -> None:
    if not rules.is_sha256(sha256):
        raise Refusal("not_found")


def _told(size: int, complete: bool, repeated: int = 0) -> Response[None]:
    headers = {"upload-offset": str(size), "upload-complete": "?1" if complete else "?0", "x-dugai": "1", "cache-control": "no-store"}
    if repeated:
        headers["upload-repeated"] = str(repeated)
    return Response(None, headers=headers, status_code=200)


PAGES = (progress, piece, photo, thumbnail, on_paper)
