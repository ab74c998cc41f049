"""Who acts: a person and the roles they hold at places. A role reaches everything below its place."""

import msgspec

ROLES = ("inspector", "supervisor", "contact", "administrator")


class Standing(msgspec.Struct, frozen=True):
    """One role at one place; `path` is the place's path, a prefix of all paths below it."""

    role: str
    place_id: str
    path: str


class Actor(msgspec.Struct, frozen=True):
    id: str
    name: str
    roles: tuple[Standing, ...] = ()
    session_id: str | None = None

    def sees(self, path: str) -> bool:
        """Whether any role of this person reaches the place with this path."""
        return any(path.startswith(standing.path) for standing in self.roles)

    def has(self, role: str, path: str) -> bool:
        """Whether this person holds the role at the place or above it."""
        return any(standing.role == role and path.startswith(standing.path) for standing in self.roles)

    def is_any(self, *roles: str) -> bool:
        """Whether this person holds one of the roles anywhere."""
        return any(standing.role in roles for standing in self.roles)

    def paths(self, *roles: str) -> tuple[str, ...]:
        """The tops of what this person reaches with these roles (any, if none is named), none inside another."""
        wanted = sorted({s.path for s in self.roles if not roles or s.role in roles})
        tops: list[str] = []
        for path in wanted:
            if not tops or not path.startswith(tops[-1]):
                tops.append(path)
        return tuple(tops)


SYSTEM = Actor(id="system", name="系统", roles=tuple(Standing(role, "", "") for role in ROLES))
"""The command line, acting on the server itself: every role at every place."""
