"""Phones that send visits with photos to a server that keeps dying. They know only docs/sync.md, and are stubborn."""

import asyncio
import contextlib
import datetime as dt
import random
from typing import Any

import httpx
import msgspec

from server.foundation import clock
from server.foundation.ids import new_id
from tests.photos.pictures import jpeg, sha
from tests.visits import CHECKLIST, COUNTED, EXITS, FOOD
from tests.world import PACK, World

OURS = {"x-dugai": "1"}
WORLD = World()
LARGE, SMALL = jpeg(1000, 750, "noise"), jpeg(300, 200, "noise")
FAULTS = (httpx.HTTPError, OSError)


class Visit:
    """One sealed visit: its bytes never change. `photos` by hash; `arrived` what the server said it has whole."""

    def __init__(self, chance: random.Random) -> None:
        shots = [chance.choice((LARGE, SMALL)) + new_id().encode() for _ in range(2)]  # what follows a JPEG's end makes it another photo
        self.photos = {sha(shot): shot for shot in [*shots, SMALL]}
        self.id, self.visit = new_id(), new_id()
        self.envelope = {
            "id": self.id, "kind": "inspections.submit", "version": 1, "at": clock.now(), "author": WORLD.inspector.id,
            "payload": _payload(self.visit, list(self.photos)),
        }  # fmt: skip
        self.arrived: set[str] = set()
        self.receipt: bytes | None = None


class Phones:
    """Several phones of one inspector. `acknowledged` holds visits with their receipts, `wrong` whatever must not be told."""

    def __init__(self, address: str, cookies: dict[str, str], chance: random.Random) -> None:
        self.chance, self.closing = chance, False
        self.client = httpx.AsyncClient(base_url=address, cookies=cookies, headers=OURS, timeout=20)
        self.acknowledged: list[Visit] = []
        self.wrong: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []

    def begin(self, count: int) -> None:
        self.tasks = [asyncio.create_task(self._work()) for _ in range(count)]

    async def finish(self, patience: float = 60) -> None:
        """Begin nothing new, and get through with what is under way by simply sending again."""
        self.closing = True
        async with asyncio.timeout(patience):
            await asyncio.gather(*self.tasks)

    async def next_acknowledged(self, patience: float = 60) -> None:
        """Wait for one more acknowledged visit: the server works, or works again."""
        known = len(self.acknowledged)
        async with asyncio.timeout(patience):
            while len(self.acknowledged) == known:
                await asyncio.sleep(0.005)

    async def close(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.client.aclose()

    async def again(self, visit: Visit) -> bytes:
        """The receipt that the server tells for a visit sent once more."""
        return bytes(msgspec.json.encode((await self._post(visit)).get("receipt")))

    async def _work(self) -> None:
        while not self.closing:
            visit = Visit(self.chance)
            while visit.receipt is None:
                with contextlib.suppress(*FAULTS):
                    await self._deliver(visit)
                    continue
                await asyncio.sleep(self.chance.uniform(0.005, 0.05))
            self.acknowledged.append(visit)

    async def _deliver(self, visit: Visit) -> None:
        for name in [name for name in visit.photos if name not in visit.arrived]:
            await self._upload(name, visit.photos[name])
            visit.arrived.add(name)
        told = await self._post(visit)
        if told["state"] == "received":
            visit.receipt = msgspec.json.encode(told["receipt"])
        else:
            self.wrong.append(f"{told['state']}: {told.get('photos') or told.get('refusal')}")
            visit.arrived.clear()
            raise httpx.HTTPError("not received")

    async def _upload(self, name: str, content: bytes) -> None:
        head = self._ours(await self.client.head(f"/photos/{name}"))
        while head.headers["upload-complete"] != "?1":
            offset = int(head.headers["upload-offset"])
            end = self.chance.choice((len(content), offset + 65536))
            head = self._ours(await self.client.put(
                f"/photos/{name}", params={"offset": offset}, content=content[offset:end], headers={"upload-length": str(len(content))}
            ))  # fmt: skip

    async def _post(self, visit: Visit) -> dict[str, Any]:
        body = msgspec.json.encode({"commands": [visit.envelope]})
        answer = self._ours(await self.client.post("/sync", content=body, headers={"content-type": "application/json"}))
        return dict(answer.json()["receipts"][0])

    def _ours(self, answer: httpx.Response) -> httpx.Response:
        """A 5xx is said again later; any other no has no place here."""
        if answer.status_code >= 500 or answer.status_code == 409:
            raise httpx.HTTPError(str(answer.status_code))
        if answer.status_code != 200:
            self.wrong.append(f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:200]}")
            raise httpx.HTTPError(str(answer.status_code))
        return answer


def _payload(id: str, photos: list[str]) -> dict[str, Any]:
    """Two problems at points that no other visit has, so that each gets a number of its own."""
    *shots, ink = photos
    at = clock.now()
    noted = [
        {"id": new_id(), "item": item, "what": "现场发现的问题", "point": f"点位 {id[-12:]}", "severity": "general", "party": "unit", "person": "谭秀梅", "photos": [shot]}
        for item, shot in zip((FOOD, EXITS), shots, strict=True)
    ]  # fmt: skip
    asked = [item for item in CHECKLIST.on_site("measures") if item.fits("elderly_care")]
    answers = {item.key: {"fields": COUNTED[item.key]} if item.fields else {"value": "fail" if item.key in (FOOD, EXITS) else "pass"} for item in asked}
    return {
        "id": id, "facility": WORLD.home, "checklist": {"key": PACK["key"], "version": 1}, "parts": ["measures"], "kind": "routine",
        "mode": "unannounced", "started_at": at - dt.timedelta(hours=1), "finished_at": at, "answers": answers, "findings": noted,
        "signatures": {
            "first": {"person": WORLD.inspector.id, "name": "周敏", "photo": ink}, "second": {"person": WORLD.second.id, "name": "何川", "photo": ink},
            "facility": {"name": "谭秀梅", "photo": ink},
        },
    }  # fmt: skip
