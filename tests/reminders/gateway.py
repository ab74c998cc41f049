"""A server that stands for the vendors' robots, an SMS gateway and a push service: it keeps what it was told, and answers well or badly as it is bidden."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import msgspec

ANSWERS = {
    "/cgi-bin/webhook/send": {"errcode": 0, "errmsg": "ok"},
    "/robot/send": {"errcode": 0, "errmsg": "ok"},
    "/open-apis/bot/v2/hook/": {"code": 0, "msg": "success", "data": {}},
    "/sms": {"code": "OK"},
    "/push/": {},
}
LIMITED = {
    "/cgi-bin/webhook/send": {"errcode": 45009, "errmsg": "api freq out of limit"},
    "/robot/send": {"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"},
    "/open-apis/bot/v2/hook/": {"code": 11232, "msg": "frequency limited"},
    "/sms": {"code": "LIMIT"},
}


class Said(msgspec.Struct):
    """One request as it came. at: by the loop's clock."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Gateway:
    """mood: ok; slow, no answer in time; broken, HTTP 500; between, HTTP 504; nonsense; limited, the vendor's own code; cut, the line after it came."""

    def __init__(self) -> None:
        self.mood, self.heard, self.moods = "ok", list[Said](), dict[str, str]()
        self.answers: dict[str, Any] = {}
        self.release = asyncio.Event()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def address(self, kind: str, key: str = "k") -> str:
        return self.origin + {"wecom": f"/cgi-bin/webhook/send?key={key}", "dingtalk": f"/robot/send?access_token={key}", "feishu": f"/open-apis/bot/v2/hook/{key}"}[kind]

    def texts(self, part: str = "") -> list[str]:
        """What the robots whose address holds this were told."""
        return [(said.json.get("text") or said.json["content"]).get("content") or said.json["content"]["text"] for said in self.heard if part in said.path]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            path = head[0].split(" ")[1]
            self.heard.append(Said(path, headers, body, asyncio.get_running_loop().time()))
            await self._answer(writer, path, next((mood for part, mood in self.moods.items() if part in path), self.mood))
        writer.close()

    async def _answer(self, writer: asyncio.StreamWriter, path: str, mood: str) -> None:
        if mood == "cut":
            writer.transport.abort()
            return
        if mood == "slow":
            await self.release.wait()
        stem = next(stem for stem in ANSWERS if path.startswith(stem))
        status = {"broken": 500, "between": 504, "gone": 410}.get(mood, 200)
        told = {"nonsense": b"<html>hello</html>", "limited": json.dumps(LIMITED.get(stem, {})).encode()}.get(mood, json.dumps(self.answers.get(stem, ANSWERS[stem])).encode())
        writer.write(f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(told)}\r\nconnection: close\r\n\r\n".encode() + told)
        await writer.drain()


@contextlib.asynccontextmanager
async def gateway() -> AsyncIterator[Gateway]:
    made = Gateway()
    server = await asyncio.start_server(made._serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        made.release.set()
        server.close()
