"""Papers over HTTP: processor time of the server for each record's PDF when it is asked for the first time, form and fonts warm, its photos made smaller before; beside the record's own page, and Word, for which the photos were made smaller."""

import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from bench.house import House
from bench.lists import _ask
from server.database.migrate import migrate
from server.database.rows import rows
from server.demo.story import furnish
from server.house import opened
from server.people import session
from server.settings import Settings
from tests.serving import serving

GOAL, MOST = "≤ 100 CPU-ms", 12
RECORDS = {  # a paper's address after the record's, and which records there are
    "a notice": ("/notices/", "/paper", "select id from notice order by id"),
    "the record of a visit": ("/visits/", "/paper", "select id from inspection order by id"),
    "a report": ("/problems/", "/papers/{seq}", "select subject_id as id, seq from event where kind = 'problem.reported' order by seq"),
    "a re-check": ("/problems/", "/papers/{seq}", "select subject_id as id, seq from event where kind in ('problem.rechecked', 'problem.returned') order by seq"),
}
LISTS = [f"/problems/lists/{view}/{{way}}?state=all{more}" for view in ("problems", "responsibility", "rectification") for more in ("", "&sort=due")]


async def figures() -> AsyncIterator[tuple[str, str, str]]:
    with tempfile.TemporaryDirectory(prefix="dugai-bench-") as folder:
        settings = Settings(data=Path(folder))
        await migrate(settings)
        await furnish(settings)
        cookie, asked = await _prepared(settings)
        async with serving(settings) as (port, pid):
            served = House(port, pid, cookie, settings.data)
            await _ask(served, LISTS[0].format(way="pdf"), 1)
            await _ask(served, LISTS[0].format(way="docx"), 1)
            for name, (pages, papers) in asked.items():
                told = {way: [await _ask(served, paper.format(way=way), 1) for paper in papers] for way in ("docx", "pdf")}
                page = sum([await _ask(served, one, 3) for one in pages]) / len(pages)
                pdf, docx = (sum(told[way]) / len(papers) for way in ("pdf", "docx"))
                yield f"{name} as PDF", f"{pdf:.0f} CPU-ms = {pdf / page:.1f} × its page ({page:.0f}), at most {max(told['pdf']):.0f}; Word {docx:.0f}", GOAL


async def _prepared(settings: Settings) -> tuple[str, dict[str, tuple[list[str], list[str]]]]:
    """The cookie of a supervisor; by kind, the addresses of records and of their papers."""
    asked: dict[str, tuple[list[str], list[str]]] = {}
    async with opened(settings) as ledger:
        for name, (base, paper, sql) in RECORDS.items():
            found = (await rows(sql))[-MOST:]
            asked[name] = ([f"{base}{row['id']}" for row in found], [f"{base}{row['id']}{paper.format(**row)}/{{way}}" for row in found])
        reader = (await rows("select p.id from person p join standing s on s.person_id = p.id where s.role = 'supervisor' order by p.id"))[0]["id"]
        cookies = await session.begin(ledger, settings, reader)
    asked["a list of all problems"] = (["/problems?state=all"], LISTS[1:])
    return f"{session.TOKEN}={cookies[session.TOKEN]}", asked
