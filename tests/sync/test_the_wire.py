"""POST /sync and PUT /photos as any client may write them, well and badly."""

import asyncio
import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest

from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.ids import new_id
from server.people.tables import Place
from tests.conftest import House
from tests.photos.pictures import bomb, claiming, gif, jpeg, sha
from tests.visits import EXITS, FOOD, findings, visit

OURS = {"x-dugai": "1"}


def envelope(house: House, sealed: Any, author: Actor | None = None, **changed: Any) -> dict[str, Any]:
    author = author or house.world.inspector
    return {"id": new_id(), "kind": "inspections.submit", "version": 1, "at": clock.now(), "author": author.id, **{"payload": sealed, **changed}}


async def post(client: httpx.AsyncClient, *commands: dict[str, Any]) -> httpx.Response:
    return await client.post("/sync", content=msgspec.json.encode({"commands": commands}), headers={**OURS, "content-type": "application/json"})


async def test_a_visit_sent_fifty_times_at_once_gives_one_receipt(house: House) -> None:
    sealed = envelope(house, await visit(house, await findings(house, (FOOD, "食堂"), (EXITS, "走廊"))))
    async with house.client(house.world.inspector) as client:
        answers = await asyncio.gather(*(post(client, sealed) for _ in range(50)))
        assert {answer.status_code for answer in answers} == {200}
        assert len({answer.content for answer in answers}) == 1
        page = (await client.get("/problems")).text
    assert page.count('class="no"') == 2


async def test_one_refused_command_does_not_stop_its_neighbours(house: House) -> None:
    good, bad = envelope(house, await visit(house, [])), envelope(house, {"id": "nonsense"})
    async with house.client(house.world.inspector) as client:
        told = (await post(client, bad, good)).json()["receipts"]
    assert [one["state"] for one in told] == ["refused", "received"]
    assert set(told[0]["refusal"]) == {"code", "words", "remedy", "field"}


async def test_a_missing_photo_is_named_and_the_command_goes_through_once_it_has_come(house: House) -> None:
    photo = jpeg(colour="orange")
    noted = await findings(house, (FOOD, "食堂"), photos=[sha(photo)])
    sealed = envelope(house, await visit(house, noted))
    async with house.client(house.world.inspector, **OURS) as client:
        told = (await post(client, sealed)).json()["receipts"][0]
        assert told == {"id": sealed["id"], "state": "missing", "photos": [sha(photo)]}
        await send(client, photo)
        assert (await post(client, sealed)).json()["receipts"][0]["state"] == "received"


async def send(client: httpx.AsyncClient, content: bytes, name: str = "", pieces: int = 1) -> httpx.Response:
    name, step = name or sha(content), -(-len(content) // pieces)
    answer = httpx.Response(0)
    for offset in range(0, len(content), step):
        answer = await client.put(
            f"/photos/{name}", params={"offset": offset}, content=content[offset : offset + step],
            headers={**OURS, "upload-length": str(len(content))},
        )  # fmt: skip
    return answer


async def test_a_photo_that_breaks_off_in_its_one_piece_goes_on_where_it_broke(house: House) -> None:
    photo = jpeg(400, 300, "noise")
    half = len(photo) // 2

    async def broken() -> AsyncIterator[bytes]:
        yield photo[:half]
        raise ConnectionResetError

    async with house.client(house.world.inspector, **OURS) as client:
        with contextlib.suppress(ConnectionResetError):
            await client.put(f"/photos/{sha(photo)}", content=broken(), headers={"upload-length": str(len(photo)), "content-length": str(len(photo))})
        known = int((await client.head(f"/photos/{sha(photo)}")).headers["upload-offset"])
        rest = await client.put(f"/photos/{sha(photo)}", params={"offset": known}, content=photo[known:], headers={"upload-length": str(len(photo))})
        assert rest.headers["upload-complete"] == "?1"
        assert "upload-repeated" not in rest.headers
    assert known == half


async def test_a_photo_that_is_sent_whole_once_more_says_how_much_of_it_was_there(house: House) -> None:
    """As a browser does by itself, without a word to the page, where a connection in use was cut."""
    photo = jpeg(400, 300, "noise")
    whole = {"content": photo, "headers": {"upload-length": str(len(photo))}}

    async def broken() -> AsyncIterator[bytes]:
        yield photo[:3000]
        raise ConnectionResetError

    async with house.client(house.world.inspector, **OURS) as client:
        with contextlib.suppress(ConnectionResetError):
            await client.put(f"/photos/{sha(photo)}", content=broken(), headers={"upload-length": str(len(photo)), "content-length": str(len(photo))})
        again = await client.put(f"/photos/{sha(photo)}", **whole)
        assert (again.headers["upload-complete"], again.headers["upload-repeated"]) == ("?1", "3000")


async def test_a_photo_comes_in_pieces_and_goes_on_where_the_line_was_cut(house: House) -> None:
    photo = jpeg(400, 300, "noise")
    async with house.client(house.world.inspector, **OURS) as client:
        half = len(photo) // 2
        await client.put(f"/photos/{sha(photo)}", params={"offset": 0}, content=photo[:half], headers={"upload-length": str(len(photo))})
        progress = await client.head(f"/photos/{sha(photo)}")
        assert (progress.headers["upload-offset"], progress.headers["upload-complete"]) == (str(half), "?0")
        gap = await client.put(f"/photos/{sha(photo)}", params={"offset": half + 1}, content=photo[half + 1 :], headers={"upload-length": str(len(photo))})
        assert gap.status_code == 409
        overlapping = await client.put(f"/photos/{sha(photo)}", params={"offset": half - 10}, content=photo[half - 10 :], headers={"upload-length": str(len(photo))})
        assert (overlapping.headers["upload-complete"], overlapping.headers["upload-repeated"]) == ("?1", "10")


async def test_two_identical_photos_are_one_and_no_conflict(house: House) -> None:
    async with house.client(house.world.inspector, **OURS) as one, house.client(house.world.second, **OURS) as other:
        answers = await asyncio.gather(send(one, jpeg(colour="pink")), send(other, jpeg(colour="pink")))
    assert [answer.headers["upload-complete"] for answer in answers] == ["?1", "?1"]


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"not a picture", "photo.type"), (gif(), "photo.type"), (claiming(40_000, 40_000), "photo.pixels"), (jpeg()[:-200] + b"", "photo.type")],
)
async def test_what_is_no_photo_is_refused_and_dropped(house: House, content: bytes, code: str) -> None:
    async with house.client(house.world.inspector, **OURS) as client:
        answer = await send(client, content)
        assert answer.status_code == 422
        assert answer.json()["refusal"]["code"] == code
        assert (await client.head(f"/photos/{sha(content)}")).headers["upload-offset"] == "0"


async def test_a_photo_that_is_not_its_hash_is_refused(house: House) -> None:
    async with house.client(house.world.inspector, **OURS) as client:
        answer = await send(client, jpeg(), name="a" * 64)
        assert answer.json()["refusal"]["code"] == "photo.hash"


async def test_a_large_honest_picture_is_decoded_without_harm(house: House) -> None:
    async with house.client(house.world.inspector, **OURS) as client:
        assert (await send(client, bomb(7000, 7000), pieces=2)).status_code == 200


async def test_a_photo_is_seen_only_where_a_record_shows_it(house: House) -> None:
    async with house.client(house.world.inspector, **OURS) as client:
        await send(client, jpeg(colour="gold"))
        assert (await client.get(f"/photos/{sha(jpeg(colour='gold'))}")).status_code == 404
        noted = await findings(house, (FOOD, "食堂"), photos=[sha(jpeg(colour="gold"))])
        await post(client, envelope(house, await visit(house, noted)))
        assert (await client.get(f"/photos/{sha(jpeg(colour='gold'))}")).content == jpeg(colour="gold")
    async with house.client(house.world.contact) as owner, house.client(house.world.neighbour_contact) as other:
        assert (await owner.get(f"/photos/{sha(jpeg(colour='gold'))}/thumb")).status_code == 200
        assert (await other.get(f"/photos/{sha(jpeg(colour='gold'))}")).status_code == 404


HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"<xml/>",
    "another shape": b"[]",
    "a deep nest": b'{"commands":' + b"[" * 5000 + b"]" * 5000 + b"}",
    "bytes that are no text": b'{"commands":[{"id":"\xff\xfe"}]}',
    "a lone surrogate": b'{"commands":[{"id":"\\ud800"}]}',
    "a time without offset": b'{"commands":[{"id":"01a20b8e-b4a9-7e1c-b356-38097c95349d","kind":"x","at":"2026-01-01T00:00:00","author":"a","payload":{}}]}',
    "a number without end": b'{"commands":[{"id":"x","version":1' + b"0" * 5000 + b"}]}",
}


@pytest.mark.parametrize("case", HOSTILE)
async def test_what_cannot_be_read_is_refused_in_words(house: House, case: str) -> None:
    async with house.client(house.world.inspector, **OURS) as client:
        answer = await client.post("/sync", content=HOSTILE[case], headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["refusal"]["words"]["zh"]


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"kind": "problems.erase"}, "command.unknown"),
        ({"version": 9}, "command.unknown"),
        ({"at": dt.datetime(1, 1, 1, tzinfo=dt.UTC)}, "command.clock"),
        ({"at": dt.datetime(2099, 1, 1, tzinfo=dt.UTC)}, "command.clock"),
        ({"payload": None}, "input.invalid"),
        ({"payload": {"id": {"$ne": 1}}}, "input.invalid"),
        ({"payload": "x" * 100_000}, "input.invalid"),
    ],
)
async def test_a_bad_command_is_refused_with_its_code(house: House, changed: dict[str, Any], code: str) -> None:
    async with house.client(house.world.inspector) as client:
        told = (await post(client, envelope(house, {}, **changed))).json()["receipts"][0]
    assert (told["state"], told["refusal"]["code"]) == ("refused", code)


async def test_ten_megabytes_are_too_many(house: House) -> None:
    async with house.client(house.world.inspector, **OURS) as client:
        answer = await client.post("/sync", content=b'{"commands":["' + b"x" * 10_000_000 + b'"]}', headers={"content-type": "application/json"})
    assert answer.status_code == 413
    assert answer.json()["refusal"]["code"] == "input.too_large"


async def test_somebody_elses_command_is_refused_as_a_whole_and_stays_on_the_phone(house: House) -> None:
    async with house.client(house.world.second) as client:
        answer = await post(client, envelope(house, await visit(house, [])))
    assert answer.status_code == 403
    assert answer.json()["refusal"]["code"] == "author.differs"


async def test_a_page_of_another_site_can_deposit_nothing(house: House) -> None:
    async with house.client(house.world.inspector) as client:
        body = msgspec.json.encode({"commands": []})
        for headers in ({}, {**OURS, "origin": "http://evil.test"}, {**OURS, "sec-fetch-site": "cross-site"}):
            assert (await client.post("/sync", content=body, headers=headers)).status_code == 403


async def test_every_answer_says_that_it_is_ours(house: House) -> None:
    async with house.client() as nobody, house.client(house.world.inspector, **OURS) as client:
        for answer in (await nobody.post("/sync", headers=OURS), await client.get("/pack"), await client.head("/photos/" + "0" * 64)):
            assert answer.headers["x-dugai"] == "1"


async def test_the_pack_is_the_same_bytes_until_something_changes_and_holds_no_number(house: House) -> None:
    async with house.client(house.world.inspector, **OURS) as client:
        first = await client.get("/pack")
        assert (await client.get("/pack", headers={"if-none-match": first.headers["etag"]})).status_code == 304
        assert "023-00000000" not in first.text
        names = [facility["name"] for facility in first.json()["facilities"]]
        assert names == ["安康养老院", "儿童福利院"]
        assert {colleague["name"] for colleague in first.json()["colleagues"]} == {"周敏", "何川"}
        await post(client, envelope(house, await visit(house, await findings(house, (FOOD, "食堂")))))
        again = await client.get("/pack", headers={"if-none-match": first.headers["etag"]})
        assert "食堂不符合要求" in again.json()["facilities"][0]["html"]


async def test_a_busy_server_says_when_to_come_again(house: House) -> None:
    async with house.client(house.world.inspector) as client:
        house.ledger.closing = True
        answer = await post(client, envelope(house, {}))
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    house.ledger.closing = False


async def test_a_visit_to_a_facility_closed_before_it_comes_through_unchanged_once_that_is_open_again(house: House) -> None:
    """The phone did not know: it keeps the visit with what to do, and the very same command is taken in afterwards."""
    world = house.world
    sealed = envelope(house, await visit(house, []))
    await house.perform(world.administrator, "places.close", {"id": world.home, "reason": "停业"})
    await house.ledger.keep(change=[(Place, world.home, {"closed_on": clock.today() - dt.timedelta(days=1)})])
    async with house.client(world.inspector) as client:
        for _ in range(2):
            told = (await post(client, sealed)).json()["receipts"][0]
            assert (told["state"], told["refusal"]["code"]) == ("refused", "visit.closed")
            assert "恢复该机构" in told["refusal"]["remedy"]["zh"]
        await house.perform(world.administrator, "places.open", {"id": world.home, "reason": "停业前已查"})
        assert [(await post(client, sealed)).json()["receipts"][0]["state"] for _ in range(2)] == ["received", "received"]
