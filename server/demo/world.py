"""The demo's world while its story is told: the hour it is, who acts, and what has been made so far, by name."""

import datetime as dt
import json
from typing import Any

from server.checklists.rules import Checklist
from server.foundation import clock
from server.foundation.actor import SYSTEM, Actor
from server.foundation.command import Command, canonical
from server.foundation.ids import new_id
from server.ledger.perform import Ledger
from server.people import queries
from server.photos.bytes import DiskStore
from server.settings import Settings


class World:
    """places, people, plans: ids by name; visits: ids by the name of the facility; problems: by what they say; reported: of one that waits for its re-check. sender: whose photos arrive."""

    checklist: Checklist  # what the visits of the story use

    def __init__(self, settings: Settings, ledger: Ledger, now: dt.datetime) -> None:
        self.ledger, self.now = ledger, now
        self.store, self.ledgers = DiskStore(settings.data / "photos"), DiskStore(settings.data / "imports")
        self.places: dict[str, str] = {}
        self.people: dict[str, str] = {}
        self.plans: dict[str, str] = {}
        self.visits: dict[str, str] = {}
        self.reported = ""
        self.problems: dict[str, str] = {}
        self.pictures, self.sender = 0, SYSTEM

    def at(self, moment: dt.datetime) -> None:
        """What follows happens at this instant."""
        clock.set(lambda: moment)

    async def do(self, actor: Actor, kind: str, payload: object, id: str = "", made: dt.datetime | None = None) -> dict[str, Any]:
        """What the command's receipt says. made: when it was done, where that was before it was received."""
        command = Command(id or new_id(), kind, 1, made or clock.now(), actor.id, canonical(payload))
        return dict(json.loads(await self.ledger.perform(command, actor)))

    async def person(self, name: str) -> Actor:
        """Somebody of the story as who acts."""
        found = await queries.actor(self.people[name])
        assert found is not None
        return found
