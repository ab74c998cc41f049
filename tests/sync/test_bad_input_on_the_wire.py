"""What no phone of ours sends, and some line or somebody does: it is refused in words, and nothing is half there."""

import asyncio
from typing import Any

import httpx
import msgspec
import pytest

from server.ledger.queries import head
from tests.conftest import House
from tests.photos.pictures import jpeg, sha
from tests.sync.test_the_wire import OURS, envelope, post
from tests.visits import visit

JSON = {"content-type": "application/json"}


async def raw(client: httpx.AsyncClient, body: bytes) -> httpx.Response:
    return await client.post("/sync", content=body, headers=JSON)


async def test_ten_thousand_commands_at_once_are_too_many_and_none_is_taken(house: House) -> None:
    before = await head()
    async with house.client(house.world.inspector, **OURS) as client:
        answer = await post(client, *[envelope(house, {}) for _ in range(10_000)])
        fewer = await post(client, *[envelope(house, {}) for _ in range(51)])
    assert (answer.status_code, fewer.status_code) == (413, 413)
    assert fewer.json()["refusal"]["code"] == "input.too_large"
    assert await head() == before


@pytest.mark.parametrize("number", [b"NaN", b"Infinity", b"1e999", b"-1e999", b"0x10", b"01"])
async def test_what_is_no_number_in_json_is_refused(house: House, number: bytes) -> None:
    whole = msgspec.json.encode({"commands": [envelope(house, {"id": "HERE"})]}).replace(b'"HERE"', number)
    async with house.client(house.world.inspector, **OURS) as client:
        answer = await raw(client, whole)
    assert answer.status_code in (200, 422)
    if answer.status_code == 200:  # some are numbers, if strange ones: the command is refused instead
        assert answer.json()["receipts"][0]["state"] == "refused"


async def test_of_a_key_that_comes_twice_the_last_counts_each_time_alike(house: House) -> None:
    """Then the replay is the same command, whichever of the two somebody meant."""
    sealed = msgspec.json.encode({"commands": [envelope(house, await visit(house, []))]})
    doubled = sealed.replace(b'"kind":"inspections.submit"', b'"kind":"nonsense","kind":"inspections.submit"', 1)
    assert doubled != sealed
    async with house.client(house.world.inspector, **OURS) as client:
        first, again = await raw(client, doubled), await raw(client, sealed)
    assert first.json()["receipts"][0]["state"] == "received"
    assert first.content == again.content


async def test_a_payload_nested_a_thousand_deep_is_refused_in_words(house: House) -> None:
    deep: Any = msgspec.Raw(b'{"a":' * 900 + b"1" + b"}" * 900)
    async with house.client(house.world.inspector, **OURS) as client:
        answer = await raw(client, msgspec.json.encode({"commands": [envelope(house, deep)]}))
    assert answer.status_code in (200, 422)
    refusal = answer.json()["refusal"] if answer.status_code == 422 else answer.json()["receipts"][0]["refusal"]
    assert refusal["words"]["zh"]


@pytest.mark.parametrize("offset", ["-1", "9" * 18, "9" * 40, "x", "1.5", "", "%00", "１"])
async def test_a_piece_that_begins_nowhere_is_refused_and_what_came_stays(house: House, offset: str) -> None:
    photo = jpeg(200, 150, "noise")
    async with house.client(house.world.inspector, **OURS) as client:
        await client.put(f"/photos/{sha(photo)}?offset=0", content=photo[:100], headers={"upload-length": str(len(photo))})
        answer = await client.put(f"/photos/{sha(photo)}?offset={offset}", content=photo[100:], headers={"upload-length": str(len(photo))})
        assert 400 <= answer.status_code < 500
        assert answer.json()["refusal"]["words"]["zh"]
        assert (await client.head(f"/photos/{sha(photo)}")).headers["upload-offset"] == "100"


@pytest.mark.parametrize(("length", "code"), [("", "photo.length"), ("0", "photo.length"), ("-5", "photo.length"), ("x", "photo.length"), ("9" * 30, "photo.too_large")])
async def test_a_photo_whose_length_cannot_be_right_is_refused(house: House, length: str, code: str) -> None:
    async with house.client(house.world.inspector, **OURS) as client:
        answer = await client.put(f"/photos/{sha(jpeg())}?offset=0", content=jpeg(), headers={"upload-length": length})
    assert answer.json()["refusal"]["code"] == code


async def test_more_bytes_than_were_announced_are_no_photo_and_the_right_ones_are_taken_afterwards(house: House) -> None:
    photo = jpeg(colour="olive")
    async with house.client(house.world.inspector, **OURS) as client:
        answer = await client.put(f"/photos/{sha(photo)}?offset=0", content=photo + b"more", headers={"upload-length": str(len(photo))})
        assert answer.json()["refusal"]["code"] == "photo.hash"
        whole = await client.put(f"/photos/{sha(photo)}?offset=0", content=photo, headers={"upload-length": str(len(photo))})
        assert whole.headers["upload-complete"] == "?1"


async def test_a_piece_of_no_bytes_changes_nothing(house: House) -> None:
    photo = jpeg(colour="navy")
    async with house.client(house.world.inspector, **OURS) as client:
        answer = await client.put(f"/photos/{sha(photo)}?offset=0", content=b"", headers={"upload-length": str(len(photo))})
    assert (answer.status_code, answer.headers["upload-offset"], answer.headers["upload-complete"]) == (200, "0", "?0")


async def test_the_same_last_piece_twice_at_once_is_one_photo(house: House) -> None:
    """A network that doubles a request: neither is an accident of ours."""
    photo = jpeg(300, 200, "noise")
    async with house.client(house.world.inspector, **OURS) as client:
        headers = {"upload-length": str(len(photo))}
        for _ in range(3):
            answers = await asyncio.gather(*(client.put(f"/photos/{sha(photo)}?offset=0", content=photo, headers=headers) for _ in range(8)))
            assert {answer.status_code for answer in answers} <= {200, 409}
        assert (await client.head(f"/photos/{sha(photo)}")).headers["upload-complete"] == "?1"
