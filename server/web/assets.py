"""Built files, served from memory: names carry their hash, so a browser keeps them for good and never asks again."""

from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from litestar import Request, Response, get
from litestar.params import FromPath

from server.foundation.refusal import Refusal
from server.settings import ROOT
from server.web.access import alike

TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".png": "image/png", ".svg": "image/svg+xml"}
FOREVER = "public, max-age=31536000, immutable"


def folder(name: str) -> Path:
    """`templates` or `static`: inside an installed wheel, else where the source lies."""
    inside = ROOT / "server" / "assembled" / name
    return inside if inside.exists() else ROOT / {"static": "static/dist"}.get(name, name)


class Assets:
    """What static/build.mjs made. `release` changes with anything that a phone keeps off line."""

    def __init__(self, place: Path) -> None:
        if not (place / "manifest.json").exists():
            raise RuntimeError(f"no built assets in {place}: run `make assets`")
        manifest = msgspec.json.decode((place / "manifest.json").read_bytes())
        self.release: str = manifest["release"]
        self.names: dict[str, str] = {plain: entry["file"] for plain, entry in manifest["files"].items()}
        self.held = {file.name: file.read_bytes() for file in place.iterdir() if file.suffix != ".json"}

    def address(self, plain: str) -> str:
        """Where a browser finds the file with this plain name; KeyError if there is none."""
        return f"/static/{self.names[plain]}"

    def content(self, plain: str) -> bytes:
        return self.held[self.names[plain]]

    def encoded(self, file: str, accepted: str) -> tuple[bytes, str]:
        """The smallest form that the browser takes, and its encoding ("" for none). Refusal: not_found."""
        for ending, encoding in ((".br", "br"), (".gz", "gzip")):
            if encoding in accepted and file + ending in self.held:
                return self.held[file + ending], encoding
        if file not in self.held:
            raise Refusal("not_found")
        return self.held[file], ""


@cache
def assets() -> Assets:
    return Assets(folder("static"))


@get("/static/{file:str}", **alike)
async def asset(request: Request[Any, Any, Any], file: FromPath[str]) -> Response[bytes]:
    content, encoding = assets().encoded(file, request.headers.get("accept-encoding", ""))
    headers = {"cache-control": FOREVER, "vary": "accept-encoding"}
    if encoding:
        headers["content-encoding"] = encoding
    return Response(content, media_type=TYPES.get(Path(file).suffix, "application/octet-stream"), headers=headers)
