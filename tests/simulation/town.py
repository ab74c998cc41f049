"""Where the simulated phones work: bureaus of 25 phones with ten facilities each, and the desk that disturbs them."""

import contextlib
import datetime as dt
import random
from typing import Any

import msgspec

from server import catalog
from server.checklists import rules as checklists
from server.database.connect import connected
from server.database.migrate import migrate
from server.deposits import queries as deposits
from server.deposits.rules import CLOCKS
from server.facilities.tables import Facility
from server.foundation import clock
from server.foundation.actor import SYSTEM, Actor, Standing
from server.foundation.command import Command, canonical
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.ledger.perform import Ledger
from server.people import session
from server.people import tables as people
from server.people.tables import Place, Session
from server.photos.rules import sender_id
from server.photos.tables import PhotoSender
from server.plans import queries as plans
from server.settings import Settings
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
        self.supervisor, self.administrator = self._person(PHONES, "supervisor"), self._person(PHONES + 1, "administrator")
        self.closed: set[str] = set()
        self.standings = {actor.id: id_of(4, self._serial(n)) for n, actor in enumerate((*self.inspectors, self.supervisor, self.administrator))}
        self.roleless: set[str] = set()
        self.assignments: list[str] = []

    def _serial(self, n: int) -> int:
        return self.number * (PHONES + 2) + n

    def _person(self, n: int, role: str) -> Actor:
        serial = self._serial(n)
        return Actor(id_of(3, serial), f"示例{serial}", (Standing(role, self.id, self.path),))

    def rows(self) -> list[tuple[Any, Row]]:
        places: list[Row] = [{"id": self.id, "parent_id": id_of(1, 1), "path": self.path, "kind": "district", "name": f"示例区{self.number}", "mark": f"示{self.number}整", "code": f"S{self.number}"}]
        places += [{"id": id, "parent_id": self.id, "path": self.path + path_of(id), "kind": "facility", "name": f"示例院{id[-4:]}"} for id in self.facilities]
        found: list[tuple[Any, Row]] = [(people.Place, row) for row in places]
        for actor in (*self.inspectors, self.supervisor, self.administrator):
            found.append((people.Person, {"id": actor.id, "name": actor.name, "sign_in": f"s{actor.id[-10:]}", "password": None, "state": "active", "lang": "zh"}))
            standing = {"id": self.standings[actor.id], "person_id": actor.id, "place_id": self.id, "role": actor.roles[0].role, "from_on": SINCE, "until_on": None}
            found.append((people.Standing, standing))
        found += [(Facility, {"id": id, "type": "elderly_care", "place_path": self.path + path_of(id), "points": "[]"}) for id in self.facilities]
        return found


async def furnish(settings: Settings, bureaus: list[Bureau]) -> None:
    """A migrated database with all of them inside."""
    await migrate(settings)
    async with connected(settings, catalog.TABLE_NAMES) as writer:
        ledger = Ledger(writer, catalog.COMMANDS, catalog.TABLES)
        await ledger.start()
        city = {"id": id_of(1, 1), "parent_id": None, "path": path_of(id_of(1, 1)), "kind": "municipal", "name": "示例市", "mark": "示整", "code": "S"}
        await ledger.keep(add=[(people.Place, city)])
        for bureau in bureaus:
            await ledger.keep(add=bureau.rows())
        await ledger.perform(Command(new_id(), "checklists.publish", 1, clock.now(), SYSTEM.id, canonical({"checklist": PACK})), SYSTEM)
        await ledger.stop()


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

    async def disturb(self, bureau: Bureau, person: str, chance: random.Random) -> str:
        """Something that somebody out there does not know of."""
        act = chance.choice((self.hand_out, self.close_one, self.open_one, self.end_role, self.give_role, self.end_sessions))
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
        found = await self.server.ledger.writer.query("select id from session where person_id = ? and ended_at is null", person)
        await self.server.ledger.keep(change=[(Session, row["id"], {"ended_at": clock.now()}) for row in found])

    async def lose_photo(self, person: str, sha256: str) -> None:
        """The server has this upload no more, as after its disk was mended: nothing shows it yet."""
        if self.server.is_up:
            await self.server.ledger.keep(remove=[(PhotoSender, sender_id(sha256, person))])

    async def put_right(self) -> None:
        """What only people can mend: closed facilities that visits wait for, roles that are missing."""
        for bureau in self.bureaus:
            while bureau.closed:
                await self.open_one(bureau, "", random.Random(0))
            while bureau.roleless:
                await self.give_role(bureau, "", random.Random(0))

    async def take_in(self) -> None:
        """What waits for supervisors: they take it in, and say the day where a clock cannot be believed. What would break a record they leave."""
        for bureau in self.bureaus:
            waiting = await deposits.deposits(bureau.supervisor, ("waiting",))
            while more := await deposits.deposits(bureau.supervisor, ("waiting",), deposits.place(waiting[-1])) if waiting else []:
                waiting += more
            for one in waiting:
                day = {"on": clock.today()} if one.code in CLOCKS else {}
                with contextlib.suppress(Refusal):
                    await self._act(bureau.supervisor, "deposits.accept", {"deposit": one.id, "seen": "waiting", **day})

    async def _act(self, actor: Actor, kind: str, payload: Row) -> Row:
        command = Command(new_id(), kind, 1, clock.now(), actor.id, canonical(payload))
        return dict(msgspec.json.decode(await self.server.ledger.perform(command, actor)))
