"""Files in and out of a page: the one that was chosen, and one to take along."""

from collections.abc import AsyncIterator
from pathlib import PurePath
from typing import IO, Any, cast
from urllib.parse import quote

from litestar import Request, Response
from litestar.datastructures import UploadFile
from litestar.response import Stream

from server.foundation.refusal import Refusal
from server.web import forms

MEDIA = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ".csv": "text/csv; charset=utf-8", ".json": "application/json", ".ndjson": "application/x-ndjson",
    ".pdf": "application/pdf", ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}  # fmt: skip


async def chosen(request: Request[Any, Any, Any]) -> bytes:
    """The content of the file chosen as `file`. Refusal: input.missing."""
    found = await forms.files(request, "file")
    if not found:
        raise Refusal("input.missing").at("file")
    return found[0]


async def opened(request: Request[Any, Any, Any]) -> IO[bytes]:
    """The file chosen as `file`, to be read piece by piece in a thread: it lies on the disk if it is large. Refusal: input.missing."""
    found = (await request.form()).get("file")
    if not isinstance(found, UploadFile) or not found.filename:
        raise Refusal("input.missing").at("file")
    return cast(IO[bytes], found.file)


def attached(content: bytes, name: str) -> Response[bytes]:
    """The content as a file to save under this name (its ending, one of MEDIA, says what it is), kept by no cache."""
    return Response(content, media_type=_media(name), headers=_headers(name))


def attached_slowly(pieces: AsyncIterator[bytes], name: str, **headers: str) -> Stream:
    """The same of a file that comes piece by piece."""
    return Stream(pieces, media_type=_media(name), headers={**_headers(name), **headers})


def _media(name: str) -> str:
    return MEDIA[PurePath(name).suffix]


def _headers(name: str) -> dict[str, str]:
    said = f'filename="{name}"' if name.isascii() else f"filename=\"dugai{PurePath(name).suffix}\"; filename*=UTF-8''{quote(name, safe='')}"
    return {"content-disposition": f"attachment; {said}", "cache-control": "no-store"}
