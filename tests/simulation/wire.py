"""The line between one phone and the server: what goes wrong on it is rolled from the phone's own dice."""

import asyncio
import random
from collections import Counter
from collections.abc import Callable

import httpx

from tests.simulation.clockwork import Clockwork
from tests.simulation.server import Server

PORTAL = b"<!doctype html><title>Welcome to the hotel</title>"
FAULTS = {
    "dropped": 6, "refused": 6, "delayed": 8, "too late": 4, "twice": 6, "again much later": 6, "sent in part": 6, "answer lost": 10, "answer broken off": 4,
    "answer cut short": 4, "portal": 4, "portal with JSON": 2, "portal that forbids": 2, "portal that finds nothing": 2, "502": 3, "429": 3, "earlier answer": 3, "killed": 1, "lost photo": 3,
}  # fmt: skip


OTHERS = {
    "portal": (200, "text/html", PORTAL), "portal with JSON": (200, "application/json", b"{}"), "portal that forbids": (403, "text/html", PORTAL),
    "portal that finds nothing": (404, "text/html", PORTAL), "502": (502, "text/html", b"Bad Gateway"),
}  # fmt: skip


class Weather:
    """is_bad: whether faults happen at all. rate: of requests that meet one. met: how often each did."""

    def __init__(self, rate: float = 0.3, kills: float = 1.0) -> None:
        self.is_bad, self.rate = True, rate
        self.met: Counter[str] = Counter()
        self.last = 0.0
        self.weights = {**FAULTS, "killed": FAULTS["killed"] * kills}


class Wire(httpx.AsyncBaseTransport):
    """has_signal: off in the cellar. earlier: the last answer, which a bad proxy may give again."""

    def __init__(self, server: Server, weather: Weather, clock: Clockwork, chance: random.Random, told: Callable[[str], None]) -> None:
        self.server, self.weather, self.clock, self.chance, self.told = server, weather, clock, chance, told
        self.has_signal = True
        self.earlier: httpx.Response | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        what = f"{request.method} {request.url.path[:14]}"
        if self.weather.is_bad and not self.has_signal:
            self.weather.last = self.clock.now
            raise httpx.ConnectError("no signal", request=request)
        fault = self._roll()
        if fault:
            self.weather.met[fault] += 1
            self.weather.last = self.clock.now
            self.told(f"{what}: {fault}")
        else:
            await self.clock.sleep(self.chance.uniform(0.05, 0.4))
        answer = await self._carried(request, bytes(request.content), fault)
        self.told(f"{what}: {answer.status_code}")
        return answer

    def _roll(self) -> str:
        if not self.weather.is_bad or self.chance.random() > self.weather.rate:
            return ""
        return self.chance.choices(list(self.weather.weights), list(self.weather.weights.values()))[0]

    async def _carried(self, request: httpx.Request, body: bytes, fault: str) -> httpx.Response:
        patience = request.extensions["timeout"]["read"]
        if fault == "dropped":
            await self.clock.sleep(patience)
            raise httpx.ReadTimeout("nothing came", request=request)
        if fault == "refused":
            raise httpx.ConnectError("refused", request=request)
        if fault == "delayed":
            await self.clock.sleep(self.chance.uniform(1, patience - 1))
        if fault == "again much later":
            self.clock.spawn(self._copy(request, body, self.chance.uniform(1, 900)))
        if fault == "killed":
            return await self._killed(request, body)
        if fault in OTHERS:
            return self._by_others(request, fault)
        if fault == "429":
            return httpx.Response(429, headers={"x-dugai": "1", "retry-after": "5"}, content=b"{}", request=request)
        if fault == "earlier answer" and self.earlier is not None:
            return self.earlier
        if fault == "sent in part":
            await self._reached(request, body[: self.chance.randrange(len(body) + 1)], is_cut=True)
            raise httpx.WriteError("cut", request=request)
        if fault == "twice":
            await self._reached(request, body, copies=2)
        answer = await self._reached(request, body)
        if fault == "lost photo" and request.url.path.startswith("/photos/"):
            await self.server.lose(request.url.path.rpartition("/")[2])
        return await self._back(request, answer, fault, patience)

    async def _back(self, request: httpx.Request, answer: httpx.Response, fault: str, patience: float) -> httpx.Response:
        """The way home of an answer that the server has given."""
        if fault == "answer lost":
            raise httpx.ReadError("lost", request=request)
        if fault == "too late":
            await self.clock.sleep(patience)
            raise httpx.ReadTimeout("too late", request=request)
        if fault == "answer broken off":
            raise httpx.RemoteProtocolError("incomplete", request=request)
        if fault == "answer cut short":
            headers = [(name, value) for name, value in answer.headers.raw if name.lower() != b"content-length"]
            return httpx.Response(answer.status_code, headers=headers, content=answer.content[: len(answer.content) // 2], request=request)
        self.earlier = answer
        return answer

    async def _reached(self, request: httpx.Request, body: bytes, is_cut: bool = False, copies: int = 1) -> httpx.Response:
        """Heard by the server whatever becomes of the phone; its answer. copies: at once."""
        calls = [self.clock.spawn(_outcome(self.server.call(request, body, is_cut))) for _ in range(copies)]
        await asyncio.wait(calls)
        outcome = calls[-1].result()
        if isinstance(outcome, httpx.Response):
            return outcome
        raise outcome

    async def _copy(self, request: httpx.Request, body: bytes, after: float) -> None:
        """What a network held back and lets go when everything else has long passed it."""
        await self.clock.sleep(after)
        await _outcome(self.server.call(request, body))

    async def _killed(self, request: httpx.Request, body: bytes) -> httpx.Response:
        """The server dies while it works on this, and comes back later."""
        call = self.clock.spawn(_outcome(self.server.call(request, body)))
        for _ in range(self.chance.randrange(60)):
            await asyncio.sleep(0)
        if self.server.is_up:
            self.told("killed")
            await self.server.kill()
            self.clock.spawn(self._restarted(self.chance.uniform(2, 40)))
        await asyncio.wait((call,))
        raise httpx.ReadError("the server died", request=request)

    async def _restarted(self, after: float) -> None:
        await self.clock.sleep(after)
        self.weather.last = max(self.weather.last, self.clock.now)
        await self.server.open()

    def _by_others(self, request: httpx.Request, fault: str) -> httpx.Response:
        status, type, content = OTHERS[fault]
        return httpx.Response(status, headers={"content-type": type}, content=content, request=request)


async def _outcome(call: "asyncio.Future[httpx.Response] | object") -> httpx.Response | httpx.HTTPError:
    """The answer or the fault, so that one that nobody waits for any more is not called an accident."""
    try:
        return await call  # type: ignore[misc, no-any-return]
    except httpx.HTTPError as fault:
        return fault
