"""A second client, written from docs/sync.md alone: a phone without a screen, over any httpx transport.

What is in `Disk` survives the battery; all else is gone with it. A round may be cancelled at any await.
"""

import datetime as dt
import functools
import hashlib
import json
import random
import re
from typing import Any, Protocol

import httpx
import msgspec

from tests.devices.signer import Signer

PIECE = 32 * 1024
CAREFUL = 6  # photos after a cut
PATIENCE = 30.0  # seconds for one request
LONGEST_WAIT = 30.0  # seconds, half as much again by chance
WAITING = ("sealed", "uploading", "posting")
LATER = (408, 409, 429)
SIGNED = ("/sync", "/photos/")
WAITS = ("connect", "read", "write", "pool")
Row = dict[str, Any]


class Clock(Protocol):
    """wall: what the phone shows, which may be wrong by years. steady: seconds that only grow."""

    def wall(self) -> dt.datetime: ...
    def steady(self) -> float: ...


class NoLine(Exception):
    """No answer of our server's: later."""


class SignIn(Exception):
    """The server wants somebody to sign in: no use in trying before."""


class No(Exception):
    """The server says no to this one."""

    def __init__(self, refusal: Row | None, held: Row | None = None) -> None:
        super().__init__((refusal or {}).get("code", ""))
        self.refusal, self.held = refusal, held


class Full(Exception):
    """The phone has no room."""


class Entry(msgspec.Struct):
    """A sealed command. `body` never changes; all else says how far it is. about: the visit or re-check that it hands in."""

    id: str
    about: str
    body: bytes
    photos: tuple[str, ...]
    at: dt.datetime
    uploaded: set[str] = msgspec.field(default_factory=set)
    state: str = "sealed"
    why: Any = None
    receipt: Row | None = None


class Box(msgspec.Struct):
    """What one person has on the phone. rechecks: of the last pack, by problem. device: the keys by which they sign on this phone; is_enrolled: the server has said so."""

    drafts: dict[str, Row] = msgspec.field(default_factory=dict)
    outbox: dict[str, Entry] = msgspec.field(default_factory=dict)
    photos: dict[str, bytes] = msgspec.field(default_factory=dict)
    rechecks: dict[str, Row] = msgspec.field(default_factory=dict)
    device: Signer = msgspec.field(default_factory=Signer)
    is_enrolled: bool = False

    def waiting(self) -> list[Entry]:
        return [entry for entry in self.outbox.values() if entry.state in WAITING]


class Disk:
    """person: who is signed in; token: the session's cookie. Each method is one transaction."""

    def __init__(self) -> None:
        self.boxes: dict[str, Box] = {}
        self.person, self.token = "", ""
        self.is_full = False

    @property
    def mine(self) -> Box:
        if self.person not in self.boxes:
            self.boxes[self.person] = Box()
        return self.boxes[self.person]

    def keep(self, content: bytes) -> str:
        """A photo; its SHA-256."""
        if self.is_full:
            raise Full
        name = hashlib.sha256(content).hexdigest()
        self.mine.photos[name] = content
        return name

    def seal(self, entry: Entry) -> None:
        if self.is_full:
            raise Full
        self.mine.drafts.pop(entry.about, None)
        self.mine.outbox[entry.id] = entry

    def forget(self, box: Box, entry: Entry, receipt: Row) -> None:
        """On its receipt: a tombstone, and the photos that nothing else shows."""
        entry.state, entry.receipt, entry.body = "received", receipt, b""
        gone, entry.photos = set(entry.photos), ()
        for other in box.outbox.values():
            gone -= set(other.photos)
        for draft in box.drafts.values():
            gone -= set(re.findall(r"[0-9a-f]{64}", json.dumps(draft, default=str)))
        for name in gone:
            box.photos.pop(name, None)


class Syncer:
    """Delivers one person's queue, one command at a time. Lives as long as the app is open."""

    def __init__(self, disk: Disk, line: httpx.AsyncBaseTransport, origin: str, clock: Clock, chance: random.Random, piece: int = PIECE) -> None:
        self.disk, self.line, self.origin, self.clock, self.chance, self.piece = disk, line, origin, clock, chance, piece
        self.tries: dict[str, int] = {}
        self.next: dict[str, float] = {}
        self.careful = 1  # so many long photos go in pieces
        self.is_busy = False

    async def round(self, now: bool = False) -> float | None:
        """Tries what is due; after how many seconds to come again, None when nothing waits by itself.

        now: also what waits for a later try, for somebody to sign in, or for the supervisor.
        """
        if self.is_busy or not self.disk.person:
            return 1.0 if self.disk.person else None
        self.is_busy = True
        try:
            box, person = self.disk.mine, self.disk.person
            for entry in sorted(box.outbox.values(), key=lambda entry: entry.at):
                due = now or self.next.get(entry.id, 0.0) <= self.clock.steady()
                if self.disk.person != person or not due or not (entry.state in WAITING or (now and entry.state in ("paused", "held"))):
                    continue
                if await self._try(box, entry, now) == "paused":
                    return None
            dues = [self.next.get(entry.id, 0.0) for entry in box.waiting()]
            return max(0.0, min(dues) - self.clock.steady()) if dues else None
        finally:
            self.is_busy = False

    async def take_along(self) -> None:
        """The pack; a device that it does not name is none any more, and another takes its place. Raises NoLine, SignIn, No."""
        box = self.disk.mine
        answer = await self._ask("GET", "/pack")
        try:
            pack = dict(answer.json())
            rechecks, devices = {one["id"]: one for one in pack["rechecks"]}, pack["devices"]
        except (ValueError, KeyError, TypeError):
            raise NoLine("no pack") from None
        self.disk.token = answer.cookies.get("dugai-session") or self.disk.token
        box.rechecks = rechecks
        if box.is_enrolled and box.device.id not in devices:
            box.device, box.is_enrolled = Signer(), False
        await self.enrol()

    async def enrol(self) -> None:
        """Once a person on a phone, with their session. Raises NoLine, SignIn, No."""
        box = self.disk.mine
        if not box.is_enrolled:
            await self._ask("POST", "/devices", msgspec.json.encode({"id": box.device.id, "key": box.device.public}), {"content-type": "application/json"})
            box.is_enrolled = True

    async def _try(self, box: Box, entry: Entry, now: bool) -> str:
        began = self.clock.steady()
        if now:
            self.tries[entry.id] = 0
        try:
            await self._deliver(box, entry)
        except SignIn as why:
            entry.state, entry.why = "paused", str(why)
        except No as no:
            stands = {"waiting": "held", "returned": "refused", "set_aside": "aside"}
            entry.state, entry.why = stands[no.held["state"]] if no.held else "refused", no.refusal
        except NoLine as why:
            tries = self.tries[entry.id] = self.tries.get(entry.id, 0) + 1
            wait = min(LONGEST_WAIT, 2.0 ** min(tries - 1, 9)) * self.chance.uniform(0.5, 1.5)
            self.next[entry.id] = max(began + wait, self.clock.steady() + 0.5)
            entry.state, entry.why = "sealed", str(why)
        return entry.state

    async def _deliver(self, box: Box, entry: Entry, again: bool = False) -> None:
        for name in entry.photos:
            if name not in entry.uploaded:
                entry.state = "uploading"
                await self._upload(box, name)
                entry.uploaded.add(name)
        entry.state = "posting"
        answer = await self._ask("POST", "/sync", b'{"commands":[' + entry.body + b"]}", {"content-type": "application/json", "x-dugai-unsent": self._unsent(box)})
        told = _read(answer)
        if told.get("id") != entry.id:
            raise NoLine("not an answer to this")
        if told["state"] == "missing":
            entry.uploaded -= set(told["photos"])
            if again:
                raise NoLine("missing")
            return await self._deliver(box, entry, True)
        if told["state"] == "refused":
            absent = set((told.get("held") or {}).get("photos", ())) & entry.uploaded
            entry.uploaded -= absent
            if absent and not again:
                return await self._deliver(box, entry, True)
            raise No(told["refusal"], told.get("held"))
        if told["state"] != "received" or told.get("receipt", {}).get("id") != entry.id:
            raise NoLine("no receipt")
        self.disk.forget(box, entry, told["receipt"])
        return None

    def _unsent(self, box: Box) -> str:
        waits = [entry for entry in box.outbox.values() if entry.state != "received"]
        since = min((entry.at.timestamp() for entry in waits), default=0)
        return f"{len(waits)},{len(box.drafts)},{max(0, int(since))},{self.disk.person}"

    async def _upload(self, box: Box, name: str) -> None:
        content = box.photos[name]
        offset, complete = _progress(await self._ask("HEAD", f"/photos/{name}"))
        while not complete:
            end = offset + self.piece if self.careful else len(content)
            try:
                answer = await self._ask("PUT", f"/photos/{name}?offset={offset}", content[offset:end], {"upload-length": str(len(content))})
            except NoLine:
                self.careful = CAREFUL
                raise
            if "upload-repeated" in answer.headers:
                self.careful = CAREFUL
            offset, complete = _progress(answer)
        if len(content) > self.piece:
            self.careful = max(0, self.careful - 1)

    async def _ask(self, method: str, path: str, content: bytes = b"", headers: dict[str, str] | None = None) -> httpx.Response:
        """A request to our server, signed by this device where it may be, and an answer that is surely its own."""
        box, signed = self.disk.mine, {}
        if box.is_enrolled and path.startswith(SIGNED):
            signed = _signed(box.device, method, path, content if method == "POST" else None)
        answer = await self._asked(method, path, content, {**(headers or {}), **signed})
        if answer.status_code == 401 and signed:
            answer = await self._asked(method, path, content, headers or {})  # a device that is not known: a session will do
        if answer.status_code in (401, 403):
            raise SignIn(str(answer.status_code))
        if answer.status_code >= 500 or answer.status_code in LATER:
            raise NoLine(str(answer.status_code))
        if not answer.is_success:
            raise No(_refusal(answer))
        return answer

    async def _asked(self, method: str, path: str, content: bytes, headers: dict[str, str]) -> httpx.Response:
        cookie = {"cookie": f"dugai-session={self.disk.token}"} if self.disk.token else {}
        all_headers = {"x-dugai": "1", **cookie, **headers}
        request = httpx.Request(method, _address(self.origin + path), headers=all_headers, content=content, extensions={"timeout": dict.fromkeys(WAITS, PATIENCE)})
        try:
            answer = await self.line.handle_async_request(request)
            await answer.aread()
        except httpx.HTTPError as fault:
            raise NoLine(type(fault).__name__) from None
        if answer.headers.get("x-dugai") != "1":
            raise NoLine("not our server")
        return answer


_address = functools.lru_cache(4096)(httpx.URL)  # most requests are tries of one before
_signed = functools.lru_cache(4096)(Signer.headers)


def _read(answer: httpx.Response) -> Row:
    """The one command's answer; what is cut short or is no such answer counts as no line."""
    try:
        return dict(answer.json()["receipts"][0])
    except (ValueError, KeyError, TypeError, IndexError):
        raise NoLine("not an answer") from None


def _progress(answer: httpx.Response) -> tuple[int, bool]:
    offset = answer.headers.get("upload-offset", "")
    if not offset.isdigit():
        raise NoLine("no offset")
    return int(offset), answer.headers.get("upload-complete") == "?1"


def _refusal(answer: httpx.Response) -> Row | None:
    try:
        return dict(answer.json()["refusal"])
    except (ValueError, KeyError, TypeError):
        return None
