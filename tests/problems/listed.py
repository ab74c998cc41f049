"""What the lists of problems show, as one list."""

from server.foundation.actor import Actor
from server.problems.queries import Filters, Problem, pages


async def every(actor: Actor, filters: Filters, most: int) -> list[Problem]:
    """The first problems that fit, the newest first."""
    return [problem async for page in pages(actor, filters) for problem in page][:most]
