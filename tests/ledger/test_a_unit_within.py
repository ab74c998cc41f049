"""One of the many things that a long command does: apart from the others until it is joined."""

from server.foundation import clock
from server.foundation.command import Command
from server.ledger.tables import Counter
from server.ledger.unit import Unit, View
from tests.conftest import House


async def a_unit(house: House) -> Unit:
    world = house.world
    return Unit(Command("c", "k", 1, clock.now(), world.supervisor.id, b""), world.supervisor, View(house.ledger.writer), clock.now())


async def test_what_is_declared_apart_sees_what_was_declared_before_and_comes_to_nothing_unless_joined(house: House) -> None:
    unit = await a_unit(house)
    assert list(await unit.next("n", 2)) == [1, 2]
    tried = unit.apart()
    assert list(await tried.next("n")) == [3]
    tried.note("tried", "n", "")
    assert await unit.find(Counter, "n") == {"id": "n", "value": 2}
    assert unit.events == []
    kept = unit.apart()
    assert list(await kept.next("n")) == [3], "the try left nothing behind"
    kept.add(Counter, id="m", value=9)
    kept.note("kept", "n", "p/", said=1)
    unit.join(kept, together="t")
    assert (await unit.find(Counter, "n"), await unit.find(Counter, "m")) == ({"id": "n", "value": 3}, {"id": "m", "value": 9})
    assert unit.events == [("kept", "n", "p/", {"said": 1, "together": "t"})]


async def test_rows_that_share_a_column_are_found_through_both(house: House) -> None:
    unit = await a_unit(house)
    unit.add(Counter, id="a", value=7)
    part = unit.apart()
    part.add(Counter, id="b", value=7)
    assert {row["id"] for row in await part.matching(Counter, "value", 7)} == {"a", "b"}
    assert {row["id"] for row in await unit.matching(Counter, "value", 7)} == {"a"}
    part.change(Counter, "a", value=8)
    assert {row["id"] for row in await part.matching(Counter, "value", 7)} == {"b"}
    unit.join(part)
    assert {row["id"] for row in await unit.matching(Counter, "value", 7)} == {"b"}
