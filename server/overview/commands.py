"""The figures that every write of a problem keeps; and making them anew from the problems."""

from server.database.snapshot import snapshot
from server.database.writer import Writer
from server.foundation.command import Handling
from server.ledger import tallies
from server.ledger.tables import Tally
from server.overview import queries, rules
from server.problems.tables import Problem
from server.settings import Settings

tallies.keep(Problem, rules.cells)


async def prepare(writer: Writer) -> None:
    """Count all problems where nobody has counted them by these rules yet: after an upgrade, after a restore."""
    if await queries.version() != rules.VERSION:
        await recount(writer)


async def recount(writer: Writer) -> int:
    """Make all figures anew, in one transaction; how many problems were counted. Whoever writes meanwhile waits."""
    async with writer.transaction():
        await queries.clear(writer)
        sums, count, last = tallies.Sums(), 0, ""
        while page := await queries.some(writer, last):
            for problem in page:
                sums.count(Problem, problem)
            count, last = count + len(page), page[-1]["id"]
        sums.cells["", queries.WHOLE, rules.EVER, ""] = [rules.VERSION, 0]
        await sums.write(writer)
    return count


async def verify_figures(settings: Settings) -> list[str]:
    """Every figure that is not what the problems say, both read at one instant; none where nobody has counted yet."""
    sums = tallies.Sums()
    async with snapshot(settings) as seen:
        async for page in seen.pages(Tally):
            for row in page:
                sums.cells[row["place"], row["kind"], row["falls_on"], row["value"]] = [row["n"], row["m"]]
        if sums.cells.pop(("", queries.WHOLE, rules.EVER, ""), None) is None:
            return []
        async for page in seen.pages(Problem):
            for problem in page:
                sums.count(Problem, problem, -1)
    return [f"the figure {' '.join(map(str, cell))} is {counts[0]} too many" for cell, counts in sorted(sums.cells.items()) if any(counts)]


COMMANDS: tuple[Handling, ...] = ()
