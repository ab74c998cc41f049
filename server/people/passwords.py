"""argon2, off the loop: 24 ms and 19 MiB each, never more than two at once."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # OWASP's first choice for argon2id
_few = ThreadPoolExecutor(2, "argon2")
# No password has this hash; to look costs as much as with one that somebody has.
_NOBODYS = f"$argon2id$v=19$m={_hasher.memory_cost},t={_hasher.time_cost},p={_hasher.parallelism}${'A' * 22}${'A' * 43}"


async def hashed(password: str, salt: bytes) -> str:
    """The argon2id hash. The same password and salt give the same text: a form sent twice is one command."""
    return await asyncio.get_running_loop().run_in_executor(_few, lambda: _hasher.hash(password, salt=salt))


async def matches(known: str | None, password: str) -> bool:
    """Whether the password is right; as slow for somebody unknown as for somebody known."""
    return await asyncio.get_running_loop().run_in_executor(_few, _matches, known, password)


def _matches(known: str | None, password: str) -> bool:
    try:
        return _hasher.verify(known or _NOBODYS, password) and known is not None
    except (VerificationError, InvalidHashError):
        return False
