"""Who acts: a person and the roles they hold at places. A role reaches everything below its place."""

import datetime as dt

import msgspec

from server.foundation.refusal import Refusal
from server.foundation.words import Words

ROLES = ("inspector", "supervisor", "contact", "administrator", "auditor")


class Standing(msgspec.Struct, frozen=True):
    """One role at one place; `path` is the place's path, a prefix of all paths below it."""

    role: str
    place_id: str
    path: str


class Actor(msgspec.Struct, frozen=True):
    """held: the code of a refusal because of which nothing that this actor deposits is applied by itself. device: which one signed, if one did."""

    id: str
    name: str
    roles: tuple[Standing, ...] = ()
    session_id: str | None = None
    held: str = ""
    device: str = ""

    def sees(self, path: str) -> bool:
        """Whether any role of this person reaches the place with this path."""
        return any(path.startswith(standing.path) for standing in self.roles)

    def has(self, role: str, path: str) -> bool:
        """Whether this person holds the role at the place or above it."""
        return any(standing.role == role and path.startswith(standing.path) for standing in self.roles)

    def check_has(self, path: str, *roles: str) -> None:
        """Refuse who holds none of the roles at the place or above it: not_found if it is out of sight, else not_allowed."""
        if not any(self.has(role, path) for role in roles):
            raise Refusal("not_allowed" if self.sees(path) else "not_found")

    def is_any(self, *roles: str) -> bool:
        """Whether this person holds one of the roles anywhere."""
        return any(standing.role in roles for standing in self.roles)

    @property
    def only_looks(self) -> bool:
        """Whether this person is an auditor and nothing else: reads all below their places, and changes nothing."""
        return bool(self.roles) and all(standing.role == "auditor" for standing in self.roles)

    def paths(self, *roles: str) -> tuple[str, ...]:
        """The tops of what this person reaches with these roles (any, if none is named), none inside another."""
        wanted = sorted({s.path for s in self.roles if not roles or s.role in roles})
        tops: list[str] = []
        for path in wanted:
            if not tops or not path.startswith(tops[-1]):
                tops.append(path)
        return tuple(tops)


class Vouch(msgspec.Struct, frozen=True):
    """A supervisor who takes a colleague's command in although something speaks against it: code, words (of that refusal), and in their own why.

    on: the day on which it was done, where the phone's clock cannot be believed. Handlers ask it for authority and for what
    became of a place since, never for what would break a record.
    """

    by: Actor
    code: str
    words: Words
    reason: str = ""
    on: dt.date | None = None


SYSTEM = Actor(id="system", name="系统", roles=tuple(Standing(role, "", "") for role in ROLES))
"""The command line, acting on the server itself: every role at every place."""
