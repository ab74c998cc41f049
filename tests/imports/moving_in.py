"""People moving a ledger in, in the words of the field: what they post, and what they see."""

import asyncio
import re
from typing import Any

import httpx

from server.foundation.actor import Actor
from server.foundation.ids import new_id
from server.imports import queries
from server.imports.queries import Import, Line
from tests.conftest import House


class Desk:
    """One person's browser on one import."""

    def __init__(self, house: House, client: httpx.AsyncClient, actor: Actor) -> None:
        self.house, self.client, self.actor, self.id = house, client, actor, ""

    async def upload(self, content: bytes, name: str = "台账.xlsx", place: str = "", act: str = "") -> httpx.Response:
        answer = await self.post("/imports", {"place": place or self.house.world.wanzhou}, act=act, files={"file": (name, content)})
        if answer.status_code == 303:
            self.id = answer.headers["location"].rsplit("/", 1)[1]
            await self.settled()
        return answer

    async def post(self, path: str, data: dict[str, str] | None = None, act: str = "", files: Any = None) -> httpx.Response:
        if "csrftoken" not in self.client.cookies:
            await self.client.get("/imports")
        given = {"_csrf_token": self.client.cookies["csrftoken"], "_id": act or new_id(), **(data or {})}
        return await self.client.post(path, data=given, files=files)

    async def step(self, path: str, data: dict[str, str] | None = None, act: str = "") -> httpx.Response:
        return await self.post(f"/imports/{self.id}{path}", data, act)

    async def map(self, **changed: str) -> httpx.Response:
        """Take the columns as the page has them, but for `changed` (field=heading, "" for not at all)."""
        html = (await self.client.get(f"/imports/{self.id}/columns")).text
        given = {name: value for name, value in chosen(html).items() if value}
        found = await self.found()
        for head in found.heads:
            for field, heading in changed.items():
                for place, name in enumerate(head.names):
                    box = f"{head.fingerprint}-{place}"
                    if given.get(box) == field:
                        del given[box]
                    if heading and name == heading:
                        given[box] = field
        answer = await self.step("/columns", given)
        await self.settled()
        return answer

    async def settled(self) -> Import:
        """Wait for the server's long work to end."""
        async with asyncio.timeout(60):
            while (found := await self.found()).state in ("reading", "judging", "importing"):
                await asyncio.sleep(0.02)
        return found

    async def found(self) -> Import:
        found = await queries.find(self.actor, self.id)
        assert found
        return found

    async def lines(self, standing: str = "") -> list[Line]:
        """All rows, or those that stand so, through every page."""
        rows: list[Line] = []
        after = ""
        while True:
            page = await queries.lines(self.id, standing, after)
            rows += page[: queries.PAGE]
            if len(page) <= queries.PAGE:
                return rows
            after = f"{rows[-1].standing}-{rows[-1].sort}"

    async def line(self, what: str) -> Line:
        """The row with this description."""
        return next(line for line in await self.lines() if line.found.get("what") == what or line.said.get("what") == what)

    async def settle(self, line: Line, act: str, **data: str) -> httpx.Response:
        return await self.step(f"/rows/{line.sort}", {"act": act, **data})

    async def codes(self, what: str) -> set[str]:
        """What is open about the row with this description."""
        return {mark.code for mark in (await self.line(what)).marks if not mark.is_settled}

    async def confirm(self, act: str = "") -> httpx.Response:
        answer = await self.step("/confirm", act=act)
        async with asyncio.timeout(60):  # a busy machine answers before it has begun
            while answer.status_code == 303 and (found := await self.settled()).state == "ready" and not found.refusal:
                await asyncio.sleep(0.02)
        return answer

    async def refused(self) -> str:
        """Confirm; why it was refused, said at once or on the page that one comes back to."""
        await self.confirm()
        found = await self.found()
        assert found.state == "ready"
        return str(found.refusal.get("code", ""))


def chosen(html: str) -> dict[str, str]:
    """What every select of a page has chosen."""
    found = {}
    for name, options in re.findall(r'<select class="in" id="[^"]*" name="([^"]*)"[^>]*>(.*?)</select>', html, re.DOTALL):
        picked = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = picked[1] if picked else ""
    return found
