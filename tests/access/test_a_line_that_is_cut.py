"""Whoever goes in the middle of a body: nobody's fault here, so nothing is logged as broken or counted as 5xx, and of a photo what came stays."""

from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from server.ledger.queries import head
from tests.access.test_hostile_input import address
from tests.access.test_the_matrix import ROUTES
from tests.conftest import House
from tests.photos.pictures import jpeg, sha

BOUNDARY = b'--cut\r\ncontent-disposition: form-data; name="file"; filename="a.xlsx"\r\n\r\nPK'


async def cut(house: House, client: httpx.AsyncClient, method: str, path: str, body: bytes, **headers: str) -> int:
    """The status that is answered to nobody once this much of a body has come and its sender is gone."""
    request = client.build_request(method, path, headers={"content-length": "99999", **headers})
    told: list[Any] = []
    coming: list[Any] = [{"type": "http.request", "body": body, "more_body": True}]

    async def receive() -> Any:
        return coming.pop(0) if coming else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        told.append(message)

    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http", "path": request.url.path,
        "raw_path": request.url.raw_path, "query_string": request.url.query, "root_path": "", "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "server": ("dugai.test", 80), "client": ("127.0.0.1", 1),
    }  # fmt: skip
    await house.app(scope, receive, send)
    return int(next(message["status"] for message in told if message["type"] == "http.response.start"))


@pytest.mark.parametrize("form", ["multipart/form-data; boundary=cut", "application/x-www-form-urlencoded"])
async def test_no_route_takes_a_cut_body_for_a_fault_of_its_own(house: House, form: str) -> None:
    before = await head()
    for actor in (house.world.administrator, house.world.supervisor, house.world.inspector):
        async with house.client(actor) as client:
            await client.get("/sign-in")
            headers = {"x-dugai": "1", "x-csrftoken": client.cookies["csrftoken"], "content-type": form, "upload-length": "99999"}
            for route, _ in ROUTES:
                method, path = address(route, sha(jpeg()))
                if method in ("POST", "PUT") and route != "POST /sign-out":
                    with capture_logs() as logs:
                        status = await cut(house, client, method, path, BOUNDARY, **headers)
                    assert status < 500, route
                    assert not [line for line in logs if line["log_level"] == "error"], route
    assert await head() == before


async def test_a_photo_goes_on_from_what_came_before_its_line_was_cut(house: House) -> None:
    photo = jpeg(800, 600, "noise")
    async with house.client(house.world.inspector, **{"x-dugai": "1"}) as client:
        target = f"/photos/{sha(photo)}?offset="
        assert await cut(house, client, "PUT", target + "0", photo[:3000], **{"upload-length": str(len(photo)), "content-length": str(len(photo))}) == 408
        assert (await client.head(target)).headers["upload-offset"] == "3000"
        assert await cut(house, client, "PUT", target + "3000", photo[3000:5000], **{"upload-length": str(len(photo))}) == 408
        answer = await client.put(target + "5000", content=photo[5000:], headers={"upload-length": str(len(photo))})
        assert answer.headers["upload-complete"] == "?1"
