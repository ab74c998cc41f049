"""Where the simulated phones work: bureaus of 25 phones with ten facilities each, and the desk that disturbs them."""

import datetime as dt
import random
from typing import Any

import msgspec

from server.checklists import rules as checklists
from server.database.migrate import migrate
from server.database.rows import rows
from server.deposits import queries as deposits
from server.deposits.rules import CLOCKS
from server.facilities.tables import Facility
from server.foundation import clock
from server.foundation.actor import SYSTEM, Actor, Standing
from server.foundation.command import Command, canonical
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.house import opened
from server.people import session
from server.people import tables as people
from server.people.tables import Place, Session
from server.photos.commands import keep_bytes
from server.plans import queries as plans
from server.settings import Settings
from tests.photos.pictures import jpeg
from tests.simulation.server import Server
from tests.world import PACK, SINCE

CHECKLIST = checklists.checked(PACK)
PHONES, FACILITIES = 25, 10  # a bureau
POINTS = ("食堂", "走廊", "值班室", "库房")
Row = dict[str, Any]


def id_of(kind: int, number: int) -> str:
    return f"00000000-0000-7000-8000-{kind:02x}{number:010x}"


def path_of(*ids: str) -> str:
    return "".join(f"{id[-10:]}/" for id in ids)


class Bureau:
    """One district: its people, its facilities, its plan."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.id = id_of(1, 0x100000 + number)
        self.path = path_of(id_of(1, 1), self.id)
        self.facilities = [id_of(2, 0x200000 + number * FACILITIES + n) for n in range(FACILITIES)]
        self.inspectors = [self._person(n, "inspector") for n in range(PHONES)]
        self.supervisor, self.administrator, self.contact = [self._person(PHONES + n, role) for n, role in enumerate(("supervisor", "administrator", "contact"))]
        self.after = ""  # the photo by which facilities show that something is put right
        self.closed: set[str] = set()
        self.standings = {actor.id: id_of(4, self._serial(n)) for n, actor in enumerate(self.everybody)}
        self.roleless: set[str] = set()
        self.assignments: list[str] = []

    @property
    def everybody(self) -> tuple[Actor, ...]:
        return *self.inspectors, self.supervisor, self.administrator, self.contact

    def _serial(self, n: int) -> int:
        return self.number * (PHONES + 3) + n

    def _person(self, n: int, role: str) -> Actor:
        serial = self._serial(n)
        return Actor(id_of(3, serial), f"示例{serial}", (Standing(role, self.id, self.path),))

    def rows(self) -> list[tuple[Any, Row]]:
        places: list[Row] = [{"id": self.id, "parent_id": id_of(1, 1), "path": self.path, "kind": "district", "name": f"示例区{self.number}", "mark": f"示{self.number}整", "code": f"S{self.number}"}]
        places += [{"id": id, "parent_id": self.id, "path": self.path + path_of(id), "kind": "facility", "name": f"示例院{id[-4:]}"} for id in self.facilities]
        found: list[tuple[Any, Row]] = [(people.Place, row) for row in places]
        for actor in self.everybody:
            found.append((people.Person, {"id": actor.id, "name": actor.name, "sign_in": f"s{actor.id[-10:]}", "password": None, "state": "active", "lang": "zh"}))
            standing = {"id": self.standings[actor.id], "person_id": actor.id, "place_id": self.id, "role": actor.roles[0].role, "from_on": SINCE, "until_on": None}
            found.append((people.Standing, standing))
        found += [(Facility, {"id": id, "type": "elderly_care", "place_path": self.path + path_of(id), "points": "[]"}) for id in self.facilities]
        return found


async def furnish(settings: Settings, bureaus: list[Bureau]) -> None:
    """A migrated database with all of them inside."""
    await migrate(settings)
    async with opened(settings) as ledger:
        city = {"id": id_of(1, 1), "parent_id": None, "path": path_of(id_of(1, 1)), "kind": "municipal", "name": "示例市", "mark": "示整", "code": "S"}
        await ledger.keep(add=[(people.Place, city)])
        for bureau in bureaus:
            await ledger.keep(add=bureau.rows())
        await ledger.perform(Command(new_id(), "checklists.publish", 1, clock.now(), SYSTEM.id, canonical({"checklist": PACK})), SYSTEM)


class Desk:
    """What happens in the offices while phones are away. An act that the house refuses, or that meets a dead server, did not happen."""

    def __init__(self, server: Server, bureaus: list[Bureau]) -> None:
        self.server, self.bureaus = server, bureaus

    async def sign_in(self, person: str, device: str) -> str:
        """The session's token, or nothing while the server is down."""
        if not self.server.is_up:
            return ""
        try:
            return str((await session.begin(self.server.ledger, self.server.settings, person, device))[session.TOKEN])
        except Refusal:
            return ""

    async def plan(self, bureau: Bureau) -> None:
        """A plan over all facilities, handed to pairs."""
        today = clock.today()
        details = {
            "title": "示例检查", "kind": "special", "mode": "unannounced", "from_on": today, "until_on": today + dt.timedelta(days=30),
            "checklist": PACK["key"], "parts": ["measures"], "below": bureau.id,
        }  # fmt: skip
        plan = await self._act(bureau.supervisor, "plans.make", {"id": new_id(), "place": bureau.id, "details": details})
        await self._act(bureau.supervisor, "plans.choose", {"plan": plan["plan"], "facilities": bureau.facilities, "due_on": today + dt.timedelta(days=20)})
        bureau.assignments = [one.id for one in await plans.assignments(bureau.supervisor, plan["plan"])]
        await self._act(bureau.supervisor, "plans.hand_out", {"assignments": bureau.assignments, "first": bureau.inspectors[0].id, "second": bureau.inspectors[1].id})
        await self._act(bureau.supervisor, "plans.open", {"plan": plan["plan"]})
        bureau.after = await keep_bytes(self.server.ledger, self.server.app.state.store, jpeg(colour="teal"), bureau.contact)

    async def disturb(self, bureau: Bureau, person: str, chance: random.Random) -> str:
        """Something that somebody out there does not know of."""
        act = chance.choice((self.hand_out, self.close_one, self.open_one, self.end_role, self.give_role, self.end_sessions, self.revoke, self.report, self.report))
        if not self.server.is_up:
            return "the desk is down"
        try:
            await act(bureau, person, chance)
        except Refusal as refusal:
            return f"{act.__name__}: {refusal.code}"
        return act.__name__

    async def hand_out(self, bureau: Bureau, person: str, chance: random.Random) -> None:
        first, second = chance.sample(bureau.inspectors, 2)
        await self._act(bureau.supervisor, "plans.hand_out", {"assignments": [chance.choice(bureau.assignments)], "first": first.id, "second": second.id, "reason": "示例"})

    async def close_one(self, bureau: Bureau, person: str, chance: random.Random) -> None:
        """As of the day before: what is under way there now will be refused."""
        if len(bureau.closed) < FACILITIES // 2:
            id = chance.choice(bureau.facilities)
            await self._act(bureau.administrator, "places.close", {"id": id, "reason": "示例"})
            bureau.closed.add(id)
            await self.server.ledger.keep(change=[(Place, id, {"closed_on": clock.today() - dt.timedelta(days=1)})])

    async def open_one(self, bureau: Bureau, person: str, chance: random.Random) -> None:
        for id in sorted(bureau.closed)[:1]:
            await self._act(bureau.administrator, "places.open", {"id": id, "reason": "示例"})
            bureau.closed.discard(id)

    async def end_role(self, bureau: Bureau, person: str, chance: random.Random) -> None:
        """Reassigned: what this person did here is still on the phone."""
        if len(bureau.roleless) < 3 and person not in bureau.roleless and person in bureau.standings:
            await self._act(bureau.administrator, "people.end_role", {"standing": bureau.standings[person]})
            bureau.roleless.add(person)

    async def give_role(self, bureau: Bureau, person: str, chance: random.Random) -> None:
        for back in sorted(bureau.roleless)[:1]:
            id = new_id()
            await self._act(bureau.administrator, "people.grant", {"id": id, "person": back, "role": "inspector", "place": bureau.id})
            bureau.standings[back] = id
            bureau.roleless.discard(back)

    async def end_sessions(self, bureau: Bureau, person: str, chance: random.Random) -> None:
        """As when a password is changed elsewhere, or a phone is reported lost."""
        found = await rows("select id from session where person_id = ? and ended_at is null", person)
        await self.server.ledger.keep(change=[(Session, row["id"], {"ended_at": clock.now()}) for row in found])

    async def report(self, bureau: Bureau, person: str, chance: random.Random) -> None:
        """Facilities say of some problems that they are put right: phones may re-check them."""
        for row in await rows("select id, state from problem where place_path >= ? and place_path < ? and state in ('recorded', 'issued', 'returned') order by number limit 8", bureau.path, bureau.path + "~"):
            if row["state"] == "recorded":
                line = {"problem": row["id"], "due_on": clock.today() + dt.timedelta(days=9), "person": "示例"}
                await self._act(bureau.supervisor, "notices.issue", {"id": new_id(), "lines": [line]})
            await self._act(bureau.contact, "problems.report", {"id": new_id(), "problem": row["id"], "text": "示例", "photos": [bureau.after]})

    async def revoke(self, bureau: Bureau, person: str, chance: random.Random) -> None:
        """Reported lost, though it goes on sending."""
        for row in await rows("select id from device where person_id = ? and revoked_at is null order by enrolled_at limit 1", person):
            await self._act(bureau.administrator, "devices.revoke", {"device": row["id"], "why": "lost"})

    async def put_right(self) -> None:
        """What only people can mend: closed facilities that visits wait for, roles that are missing."""
        for bureau in self.bureaus:
            while bureau.closed:
                await self.open_one(bureau, "", random.Random(0))
            while bureau.roleless:
                await self.give_role(bureau, "", random.Random(0))

    async def take_in(self) -> None:
        """What waits for supervisors: they take it in, and say the day where a clock cannot be believed; a re-check that others were before with they set aside. What else would break a record they leave."""
        for bureau in self.bureaus:
            waiting = await deposits.deposits(bureau.supervisor, ("waiting",))
            while more := await deposits.deposits(bureau.supervisor, ("waiting",), deposits.place(waiting[-1])) if waiting else []:
                waiting += more
            for one in waiting:
                seen = {"deposit": one.id, "seen": "waiting"}
                code = await self._tried(bureau, "accept", {**seen, "on": clock.today()} if one.code in CLOCKS else seen)
                if code in CLOCKS:  # held for something else, and its clock was wrong too
                    code = await self._tried(bureau, "accept", {**seen, "on": clock.today()})
                if code.startswith("problem."):
                    await self._tried(bureau, "set_aside", {**seen, "reason": "示例"})

    async def _tried(self, bureau: Bureau, act: str, payload: Row) -> str:
        """What the house said to it: nothing where it was done."""
        try:
            await self._act(bureau.supervisor, f"deposits.{act}", payload)
        except Refusal as refusal:
            return refusal.code
        return ""

    async def _act(self, actor: Actor, kind: str, payload: Row) -> Row:
        command = Command(new_id(), kind, 1, clock.now(), actor.id, canonical(payload))
        return dict(msgspec.json.decode(await self.server.ledger.perform(command, actor)))
