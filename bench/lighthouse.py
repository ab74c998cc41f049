"""What Lighthouse says of the pages that people begin with, signed in, on the slow phone that it imagines.

Apart from the others, since npx fetches it for this alone: `python -m bench.lighthouse`. TIMES=1 for a look; WHY=1 says what costs points.
"""

import asyncio
import contextlib
import json
import os
import socket
import statistics
import tempfile
from collections.abc import AsyncIterator

from playwright.async_api import async_playwright

from bench.house import House, house
from bench.phone import printed
from tests.journeys.people import FLAGS
from tests.serving import chromium
from tests.world import World

LIGHTHOUSE, TIMES = "lighthouse@13.5.0", int(os.environ.get("TIMES", "5"))
CATEGORIES = ("performance", "accessibility", "best-practices")


async def figures() -> AsyncIterator[tuple[str, str, str]]:
    async with house() as inspectors, house(reader=World().supervisor) as supervisors, house(reader=World().contact) as facilitys:
        for served, paths in ((inspectors, ("/sign-in", "/today", "/visit/epidemic-2020-250/1")), (supervisors, ("/problems", "/overview")), (facilitys, ("/todo",))):
            for path in paths:
                for lang in ("zh", "en"):
                    async with _browser(served, lang) as port:
                        scores = [await _scores(served, path, port) for _ in range(TIMES)]
                    said = ", ".join(f"{category} {statistics.median(score[category] for score in scores):.0f}" for category in CATEGORIES)
                    yield f"Lighthouse: {path}, {lang}", f"{said}, median of {TIMES}", "performance ≥ 95, others 100"


@contextlib.asynccontextmanager
async def _browser(served: House, lang: str) -> AsyncIterator[int]:
    """Where a browser listens that is signed in and reads this language. Lighthouse empties all it has but its cookies."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    name, _, value = served.cookie.partition("=")
    with tempfile.TemporaryDirectory(prefix="dugai-phone-", ignore_cleanup_errors=True) as folder:
        async with async_playwright() as playwright:
            context = await playwright.chromium.launch_persistent_context(folder, executable_path=chromium(), args=[*FLAGS, f"--remote-debugging-port={port}"])
            await context.add_cookies([{"name": key, "value": said, "url": f"http://127.0.0.1:{served.port}"} for key, said in ((name, value), ("lang", lang))])
            yield port
            await context.close()


async def _scores(served: House, path: str, port: int) -> dict[str, float]:
    process = await asyncio.create_subprocess_exec(
        "npx", "--yes", LIGHTHOUSE, f"http://127.0.0.1:{served.port}{path}", f"--port={port}", "--quiet", "--output=json", f"--only-categories={','.join(CATEGORIES)}",
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    told, _ = await process.communicate()
    report = json.loads(told)
    for audit in report["audits"].values():
        if os.environ.get("WHY") and audit["score"] is not None and audit["score"] < 1 and audit.get("scoreDisplayMode") != "informative":
            print(path, audit["id"], audit["score"], audit.get("displayValue", ""), str(audit.get("details", {}).get("items"))[:300])
    return {category: 100 * report["categories"][category]["score"] for category in CATEGORIES}


if __name__ == "__main__":
    asyncio.run(printed(figures()))
