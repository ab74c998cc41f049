"""The engines made safe: readers do not wait for the writer, cancellations hold nothing, the ORM writes nothing."""

import asyncio
import datetime as dt

import pytest

from server.database.rows import below, one, rows
from server.foundation import clock
from server.foundation.ids import new_id
from server.people.tables import Person
from tests.conftest import House


def person(name: str) -> dict[str, object]:
    return {"id": new_id(), "name": name, "sign_in": new_id(), "password": None, "state": "active", "lang": "zh"}


async def test_a_reading_does_not_wait_for_an_open_transaction_and_does_not_see_it(house: House) -> None:
    writer = house.ledger.writer
    async with writer.transaction():
        await writer.insert(Person, [person("未提交")])
        async with asyncio.timeout(2):
            assert await rows("select id from person where name = ?", "未提交") == []
    assert len(await rows("select id from person where name = ?", "未提交")) == 1


async def test_hundreds_of_cancelled_readings_and_writings_lock_nothing(house: House) -> None:
    async def touch(n: int) -> None:
        await rows("select count(*) as n from person")
        await house.ledger.keep(add=[(Person, person(f"取消 {n}"))])

    tasks = [asyncio.create_task(touch(n)) for n in range(300)]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    async with asyncio.timeout(5):
        await house.ledger.keep(add=[(Person, person("之后"))])
        assert await one("select 1 as n from person where name = ?", "之后")


async def test_the_orm_cannot_write(house: House) -> None:
    with pytest.raises(RuntimeError, match="unit of work"):
        await Person.create(**person("绕过"))


async def test_an_instant_is_found_whatever_offset_it_is_asked_with(house: House) -> None:
    """SQLite compares instants as text: a filter written +08:00 must find what is kept in UTC."""
    await house.perform(house.world.contact, "people.set_language", {"lang": "en"})
    beijing = clock.now().astimezone(clock.BEIJING)
    assert await rows("select seq from event where at > ? and at < ?", beijing - dt.timedelta(minutes=1), beijing + dt.timedelta(minutes=1))


def test_no_place_no_row() -> None:
    assert below("path", ()) == ("1=0", ())
    assert below("path", ("a/",)) == ("((path >= ? and path < ?))", ("a/", "a/~"))
