"""The product's own server, with three more doors.

/nothing reads a batch as /sync does and keeps none of it; /swallowed reads a photo as /photos does and writes and syncs one file, with no look at it and no row; /rendered shows a page of /problems from rows that it holds in memory.
"""

import asyncio
import datetime as dt
import os
from pathlib import Path
from typing import Any

import msgspec
import uvicorn
from litestar import MediaType, Request, Response, get, post, put
from litestar.params import FromPath

from server import logs, routes
from server.app import build
from server.foundation import clock
from server.foundation.command import Command, canonical
from server.inspections.rules import Submission
from server.photos.rules import LIMIT as PHOTO
from server.problems.pages import facts
from server.settings import from_environment
from server.sync.pages import LIMIT, OURS, _read
from server.web.access import deposits, needs
from server.web.render import page
from server.web.security import secured


def synced(file: Path, content: bytes) -> None:
    """Write and sync, and nothing else."""
    with file.open("xb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


_payload = msgspec.json.Decoder(Submission)


@post("/nothing", **deposits(), status_code=200, request_max_body_size=LIMIT)
async def nothing(request: Request[Any, Any, Any]) -> Response[bytes]:
    told = []
    for envelope in _read(await request.body()).commands:
        command = Command(envelope.id, envelope.kind, envelope.version, envelope.at, envelope.author, canonical(envelope.payload))
        _payload.decode(command.payload)
        told.append({"id": command.id, "digest": command.digest})
    return Response(msgspec.json.encode({"receipts": told}), media_type=MediaType.JSON, headers=OURS)


@put("/swallowed/{sha256:str}", **deposits(), request_max_body_size=PHOTO)
async def swallowed(request: Request[Any, Any, Any], sha256: FromPath[str]) -> Response[None]:
    content = b"".join([piece async for piece in request.stream()])
    await asyncio.to_thread(synced, request.app.state.settings.data / f"swallowed-{sha256}", content)
    return Response(None, headers={"upload-complete": "?1"}, status_code=200)


held: dict[str, dict[str, Any]] = {}


@get("/rendered", **needs())
async def rendered(request: Request[Any, Any, Any]) -> Response[Any]:
    key = f"{request.user.id} {request.url.query}"
    if key not in held:
        held[key] = await facts(request, "problems")
    return page(request, "problems/list.html", **held[key])


if __name__ == "__main__":
    settings = from_environment()
    logs.configure(settings.log_level)
    if said := os.environ.get("DUGAI_BENCH_NOW"):  # the generator's day, on which its problems are as old as they are meant to be
        at = dt.datetime.fromisoformat(said)
        clock.set(lambda: at)
    routes.PAGES = (*routes.PAGES, nothing, swallowed, rendered)
    uvicorn.run(secured(build(settings), False), host=settings.host, port=settings.port, log_config=None, access_log=False)
