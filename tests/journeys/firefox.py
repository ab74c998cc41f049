#!/usr/bin/env python3
"""Firefox as Playwright begins it, by WebDriver BiDi. Playwright sends one command that an ESR has not: that one is answered here."""

import asyncio
import json
import re
import sys

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

UNKNOWN = "emulation.setMediaFeaturesOverride"  # it says which colour scheme people like; without it Firefox has its own
LISTENING = re.compile(rb"(WebDriver BiDi listening on )(ws://\S+)")


async def main() -> None:
    """Passes on what both say. Where it listens is said in Firefox's own words, for Playwright waits for them."""
    firefox = await asyncio.create_subprocess_exec("firefox-esr", *sys.argv[1:], stderr=asyncio.subprocess.PIPE)
    assert firefox.stderr
    while not (found := LISTENING.search(await firefox.stderr.readline())):
        assert firefox.returncode is None

    async def relayed(playwright: ServerConnection) -> None:
        assert playwright.request
        async with connect(found[2].decode() + playwright.request.path, max_size=None, compression=None) as browser:

            async def up() -> None:
                async for said in playwright:
                    asked = json.loads(said)
                    known = asked["method"] != UNKNOWN
                    await (browser.send(said) if known else playwright.send(json.dumps({"type": "success", "id": asked["id"], "result": {}})))
                await browser.close()

            async def down() -> None:
                async for said in browser:
                    await playwright.send(said)
                await playwright.close()

            await asyncio.gather(up(), down())

    async with serve(relayed, "127.0.0.1", 0, max_size=None, compression=None) as server:
        port = server.sockets[0].getsockname()[1]
        print(f"{found[1].decode()}ws://127.0.0.1:{port}", file=sys.stderr, flush=True)
        while await firefox.stderr.readline():
            pass
        await firefox.wait()


if __name__ == "__main__":
    asyncio.run(main())
