"""One phone and the two people who carry it: visits, batteries, cellars, and all that a day brings."""

import asyncio
import contextlib
import datetime as dt
import io
import json
import random
import uuid
from collections import deque
from typing import Any

import msgspec
from PIL import Image

from server.foundation.actor import Actor
from tests.simulation.clockwork import Clockwork
from tests.simulation.phone import Disk, Entry, Full, No, NoLine, SignIn, Syncer
from tests.simulation.server import Server
from tests.simulation.town import CHECKLIST, POINTS, Bureau, Desk
from tests.simulation.wire import Weather, Wire
from tests.visits import COUNTED
from tests.world import PACK

PIECE = 600  # bytes: the photos here are small, and are to come in pieces as real ones do
BETWEEN = 400.0  # virtual seconds between two acts, on average
EXPECTED = (  # by what the desk, the clocks and other phones do here
    "visit.dates", "command.clock", "visit.closed", "visit.second", "not_found", "not_allowed", "device.revoked",
    "problem.decided", "problem.recheck_at", "problem.recheck_early",
)  # fmt: skip
NIGHT = 13 * 3600.0
ASKED = [item for item in CHECKLIST.on_site("measures") if item.fits("elderly_care")]
Row = dict[str, Any]
ACTS = {
    "begin": 12, "answer": 24, "shoot": 10, "find": 12, "take_back": 4, "seal": 13, "send": 5, "battery": 4, "restart": 4, "swap": 2, "cellar": 8,
    "clock": 1.5, "mend": 3, "wipe": 0.1, "fill": 1, "night": 0.5, "pack": 2, "recheck": 6, "desk": 4, "fill_server": 0.3, "lose_photo": 1,
}  # fmt: skip


_METHODS = {"clock": "turn_clock", "desk": "disturb"}  # their names are taken


def _picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(out, "JPEG")
    return out.getvalue()


JPEG = _picture()


class Made(msgspec.Struct):
    """What the world knows of a visit or re-check that was sealed, whatever the phone remembers. serial: stands in the record of a visit."""

    id: str
    person: str
    serial: str
    photos: tuple[str, ...]
    findings: int
    commands: list[str]
    is_recheck: bool = False
    is_wiped: bool = False


class Carrier:
    """number decides everything, with the seed: its dice are its own."""

    def __init__(self, number: int, seed: str, bureau: Bureau, server: Server, desk: Desk, weather: Weather, clock: Clockwork) -> None:
        self.number, self.bureau, self.server, self.desk, self.weather, self.clock = number, bureau, server, desk, weather, clock
        self.chance = random.Random(f"{seed}/{number}")
        owner = number % len(bureau.inspectors)
        self.owners: tuple[Actor, Actor] = (bureau.inspectors[owner], bureau.inspectors[(owner + 1) % len(bureau.inspectors)])
        self.trace: deque[str] = deque(maxlen=60)
        self.made: dict[str, Made] = {}
        self.edits: dict[str, int] = {}
        self.disk = Disk()
        self.wire = Wire(server, weather, clock, self.chance, self.tell)
        self.off = dt.timedelta()  # how wrong the phone's clock is
        self.app: asyncio.Task[Any] | None = None
        self.drained = 0.0
        self.done = 0
        self.surprises: list[str] = []

    # What the client asks of its clock

    def wall(self) -> dt.datetime:
        return self.clock.instant() + self.off

    def steady(self) -> float:
        return self.clock.now

    def tell(self, what: str) -> None:
        self.trace.append(f"{self.clock.now:9.1f} s  phone {self.number}  {what}")

    # The app: open or not

    def open_app(self) -> None:
        self.syncer = Syncer(self.disk, self.wire, "http://dugai.test", self, self.chance, PIECE)
        self.wake(now=True)

    def wake(self, now: bool = False) -> None:
        """Something is to be sent: whoever rests gets up, whoever is at it goes on."""
        if self.app is None or not self.syncer.is_busy:
            if self.app:
                self.app.cancel()
            self.app = self.clock.spawn(self._sync(now))

    def close_app(self) -> None:
        if self.app:
            self.app.cancel()
        self.app = None

    async def _sync(self, now: bool) -> None:
        due: float | None = 0.0
        while due is not None:
            await self.clock.sleep(due + 0.05 if due else 0)
            if self.disk.person:
                with contextlib.suppress(NoLine, SignIn, No):
                    await self.syncer.enrol()
            waited = bool(self.disk.person and self.disk.mine.waiting())
            due = await self.syncer.round(now)
            now = False
            if waited and not self.disk.mine.waiting():
                self.drained = self.clock.now

    # A life

    async def live(self, operations: int) -> None:
        await self.clock.sleep(self.chance.uniform(0, 3600))
        await self.sign_in(self.owners[0])
        while self.done < operations:
            await self.clock.sleep(self.chance.expovariate(1 / BETWEEN))
            act = self.chance.choices(list(ACTS), list(ACTS.values()))[0]
            self.tell(act)
            try:
                await getattr(self, _METHODS.get(act, act))()
            except Full:
                self.tell("the phone is full")
            self.done += 1

    async def sign_in(self, who: Actor) -> None:
        """With signal: another's store is opened only after its owner was known."""
        token = await self.desk.sign_in(who.id, f"phone-{self.number}")
        if token:
            self.close_app()
            self.disk.person, self.disk.token = who.id, token
            self.open_app()

    async def begin(self) -> None:
        if self.disk.person:
            visit = self._id()
            self.disk.mine.drafts[visit] = {"id": visit, "started_at": self.wall(), "fails": {}, "given": 0, "ink": self.disk.keep(self._photo())}
            self.edits[visit] = 0

    async def answer(self) -> None:
        if visit := self._draft():
            visit["given"] += 1
            self.edits[visit["id"]] += 1

    async def shoot(self) -> None:
        if visit := self._draft():
            visit["fails"].setdefault("S23-09", {"point": self.chance.choice(POINTS), "photos": []})["photos"].append(self.disk.keep(self._photo()))

    async def find(self) -> None:
        if visit := self._draft():
            item = self.chance.choice(("S23-09", "S23-10", "S23-14"))
            photo = self.disk.keep(self._photo())
            visit["fails"][item] = {"point": self.chance.choice(POINTS), "photos": [photo]}

    async def take_back(self) -> None:
        if (visit := self._draft()) and visit["fails"]:
            visit["fails"].popitem()

    async def seal(self) -> None:
        visit = self._draft()
        if visit is None:
            return
        assert visit["given"] == self.edits[visit["id"]], f"an answer of {visit['id']} is gone"
        serial = f"{self.number}/{len(self.made)}"
        finished = visit.get("finished_at") or self.wall()
        payload = self._payload(visit, serial if visit["id"] not in self.made else self.made[visit["id"]].serial, finished)
        photos = tuple(dict.fromkeys((*(photo for one in payload["findings"] for photo in one["photos"]), visit["ink"])))
        id, at = self._id(), self.wall()
        command = {"id": id, "kind": "inspections.submit", "version": 1, "at": at, "author": self.disk.person, "payload": payload}
        self.disk.seal(Entry(id, visit["id"], msgspec.json.encode(command), photos, at))
        known = self.made.setdefault(visit["id"], Made(visit["id"], self.disk.person, serial, photos, len(payload["findings"]), []))
        known.photos, known.findings = photos, len(payload["findings"])
        known.commands.append(id)
        self.wake()

    async def recheck(self) -> None:
        """Of a problem that the last pack had, whatever became of it since."""
        box = self.disk.mine
        known = sorted(box.rechecks) if self.disk.person else []
        if not known:
            return
        problem, passed, about, id, at = box.rechecks[self.chance.choice(known)], self.chance.random() < 0.6, self._id(), self._id(), self.wall()
        photos = () if passed else (self.disk.keep(self._photo()),)
        payload = {
            "id": about, "problem": problem["id"], "passed": passed, "record": "示例", "photos": photos, "at": at, "round": problem["round"],
            "due_on": None if passed else at.date() + dt.timedelta(days=9),
        }  # fmt: skip
        command = {"id": id, "kind": "problems.recheck", "version": 1, "at": at, "author": self.disk.person, "payload": payload}
        self.disk.seal(Entry(id, about, msgspec.json.encode(command), photos, at))
        del box.rechecks[problem["id"]]
        self.made[about] = Made(about, self.disk.person, "", photos, 0, [id], is_recheck=True)
        self.wake()

    async def send(self) -> None:
        if self.app or self.disk.person:
            self.wake(now=True)

    async def battery(self) -> None:
        """Flat, at whatever await the app is; charged some time later."""
        self.close_app()
        await self.clock.sleep(self.chance.uniform(60, 3600))
        self.open_app()

    async def restart(self) -> None:
        self.close_app()
        self.open_app()

    async def swap(self) -> None:
        """The colleague borrows the phone, or gives it back."""
        if self.wire.has_signal:
            await self.sign_in(self.owners[0] if self.disk.person == self.owners[1].id else self.owners[1])

    async def cellar(self) -> None:
        """No signal for some minutes, now and then for most of a day."""
        if self.wire.has_signal:
            self.wire.has_signal = False
            self.clock.spawn(self._out_again(self.chance.choice((300, 600, 900, 1800, 1800, 3600, 3600, 25_000)) * self.chance.uniform(0.5, 1)))

    async def _out_again(self, after: float) -> None:
        await self.clock.sleep(after)
        self.wire.has_signal = True

    async def turn_clock(self) -> None:
        self.off = dt.timedelta(days=self.chance.choice((0, 0, -20_000, 26_000, -1, 1, 365)))

    async def mend(self) -> None:
        """Somebody looks at what came back: signs in, sets the clock, opens it again or sends it again."""
        self.off = dt.timedelta()
        if not self.wire.has_signal:
            return
        self.repair()
        await self.sign_in(self.owners[0] if self.disk.person != self.owners[1].id else self.owners[1])

    def repair(self) -> None:
        for entry in list(self.disk.mine.outbox.values()) if self.disk.person else ():
            code = (entry.why or {}).get("code", "") if entry.state == "refused" else ""
            if code and code not in EXPECTED:
                self.surprises.append(f"a visit of phone {self.number} was refused: {code}")
            if code in ("visit.dates", "command.clock"):
                self._reopen(entry)
            elif code:
                entry.state, entry.why = "sealed", None

    async def wipe(self) -> None:
        """Storage cleared by the system: what was only here is gone, and is counted as that."""
        self.close_app()
        for box in self.disk.boxes.values():
            for entry in box.outbox.values():
                if entry.state != "received":
                    self.made[entry.about].is_wiped = True
        for visit in [visit for box in self.disk.boxes.values() for visit in box.drafts]:
            if visit in self.made:
                self.made[visit].is_wiped = True  # returned, and open again
        self.disk = Disk()
        await self.sign_in(self.owners[0])

    async def fill(self) -> None:
        """Somebody films; for the next acts there is no room. Free again once they have cleared it up."""
        self.disk.is_full = True
        self.clock.spawn(self._cleared())

    async def _cleared(self) -> None:
        await self.clock.sleep(self.chance.uniform(300, 3000))
        self.disk.is_full = False

    async def night(self) -> None:
        await self.clock.sleep(NIGHT)

    async def pack(self) -> None:
        if self.disk.person:
            with contextlib.suppress(NoLine, SignIn, No):
                await self.syncer.take_along()

    async def disturb(self) -> None:
        self.tell(await self.desk.disturb(self.bureau, self.owners[0].id, self.chance))

    async def fill_server(self) -> None:
        self.server.is_full = True
        await self.clock.sleep(self.chance.uniform(5, 300))
        self.server.is_full = False

    async def lose_photo(self) -> None:
        for entry in self.disk.mine.waiting() if self.disk.person else ():
            for photo in sorted(entry.uploaded)[:1]:
                await self.server.lose(photo)

    # Things

    def _reopen(self, entry: Entry) -> None:
        """The draft it was; its times are taken anew, since the clock that told them was wrong."""
        box, payload = self.disk.mine, json.loads(entry.body)["payload"]
        fails = {finding["item"]: {"point": finding["point"], "photos": finding["photos"]} for finding in payload["findings"]}
        del box.outbox[entry.id]
        box.drafts[entry.about] = {"id": entry.about, "started_at": self.wall(), "fails": fails, "given": self.edits[entry.about], "ink": payload["signatures"]["first"]["photo"]}

    def _draft(self) -> Row | None:
        drafts = self.disk.mine.drafts if self.disk.person else {}
        return drafts[self.chance.choice(sorted(drafts))] if drafts else None

    def _payload(self, visit: Row, serial: str, finished: dt.datetime) -> Row:
        other = next(person for person in self.owners if person.id != self.disk.person)
        findings = [
            {"id": self._id(), "item": item, "what": f"示例 {serial}", "point": fail["point"], "severity": "general", "party": "unit", "photos": fail["photos"]}
            for item, fail in visit["fails"].items() if fail["photos"]
        ]  # fmt: skip
        failed = {finding["item"] for finding in findings}
        answers = {item.key: {"fields": COUNTED[item.key]} if item.fields else {"value": "fail" if item.key in failed else "pass"} for item in ASKED}
        planned = {"assignment": self.chance.choice(self.bureau.assignments)} if self.chance.random() < 0.4 else {}
        ink = {"photo": visit["ink"]}
        return {
            "id": visit["id"], "facility": self.chance.choice(self.bureau.facilities), "checklist": {"key": PACK["key"], "version": 1},
            "parts": ["measures"], "kind": "routine", "mode": "unannounced", "started_at": min(visit["started_at"], finished), "finished_at": finished,
            "answers": answers, "findings": findings,
            "signatures": {
                "first": {"person": self.disk.person, "name": "示例", **ink}, "second": {"person": other.id, "name": other.name, **ink},
                "facility": {"name": "示例", "title": serial, **ink},
            },
            **planned,
        }  # fmt: skip

    def _photo(self) -> bytes:
        """A picture of its own, by a comment of its own."""
        words = self.chance.randbytes(self.chance.randrange(16, 2500))
        return JPEG[:2] + b"\xff\xfe" + (len(words) + 2).to_bytes(2, "big") + words + JPEG[2:]

    def _id(self) -> str:
        bits = self.chance.getrandbits(128) & ~(0xF << 76) | 0x7 << 76
        return str(uuid.UUID(int=bits & ~(0x3 << 62) | 0x2 << 62))
