"""A form on a page as a browser without JavaScript would send it."""

import html
import re

import httpx

from server.foundation.ids import new_id


async def token(client: httpx.AsyncClient, path: str = "/me") -> dict[str, str]:
    """The hidden fields of any form: the token and a fresh act."""
    if "csrftoken" not in client.cookies:
        await client.get(path)
    return {"_csrf_token": client.cookies["csrftoken"], "_id": new_id()}


def value(page: str, name: str) -> str:
    """What a hidden field of this name holds."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return html.unescape(found[1])


def codes(page: str) -> list[str]:
    """The codes on a page of slips."""
    return re.findall(r'class="code">([^<]+)<', page)
