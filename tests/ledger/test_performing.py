"""One corridor for every write: exactly once, in order, all or nothing."""

import asyncio
from typing import Any

import msgspec
import pytest

from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.command import Command, Handling, canonical
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.ledger import queries
from server.ledger.perform import Ledger
from server.ledger.tables import Counter, Event, Receipt, Segment
from server.ledger.unit import Unit
from server.ledger.verify import verify

ME = Actor("me", "周敏")


class Draw(msgspec.Struct, frozen=True):
    counter: str
    fails: str = ""


async def draw(unit: Unit, drawing: Draw) -> dict[str, Any]:
    """The next number of a counter; or, on request, a refusal or a row that the database will not take."""
    number = (await unit.next(drawing.counter))[0]
    unit.note("number.drawn", drawing.counter, "", number=number)
    if drawing.fails == "refuse":
        raise Refusal("not_allowed")
    if drawing.fails == "database":
        unit.add(Event, seq=1, command_id="none", kind="", subject_id="", place_path="", author_id="", author_name="", at=unit.at, data="")
    return {"number": number}


@pytest.fixture
async def ledger(house: Any) -> Any:
    """A ledger of its own beside the house's, with one kind of command."""
    own = Ledger(house.ledger.writer, [Handling("draw", Draw, draw)], [Counter, Receipt, Event, Segment])
    await own.start()
    yield own
    if not own.closing:
        await own.stop()


def drawing(counter: str = "a", fails: str = "", id: str | None = None) -> Command:
    return Command(id or new_id(), "draw", 1, clock.now(), ME.id, canonical({"counter": counter, "fails": fails}))


async def test_the_same_command_fifty_times_at_once_is_done_once(ledger: Ledger) -> None:
    command = drawing()
    receipts = await asyncio.gather(*(ledger.perform(command, ME) for _ in range(50)))
    assert len(set(receipts)) == 1
    assert msgspec.json.decode(receipts[0])["number"] == 1
    assert len(await queries.history("a")) == 1


async def test_a_replay_after_a_restart_gives_the_same_bytes(ledger: Ledger, house: Any) -> None:
    command = drawing()
    first = await ledger.perform(command, ME)
    await ledger.stop()
    again = Ledger(house.ledger.writer, [Handling("draw", Draw, draw)], [Counter, Receipt, Event, Segment])
    await again.start()
    assert await again.perform(command, ME) == first
    await again.stop()


async def test_other_content_under_a_known_id_is_refused_and_changes_nothing(ledger: Ledger) -> None:
    """An entry edited on the phone and sent again under its old id."""
    first = drawing("a")
    await ledger.perform(first, ME)
    with pytest.raises(Refusal, match="command.differs"):
        await ledger.perform(drawing("b", id=first.id), ME)
    assert await queries.history("b") == []


async def test_numbers_have_no_gap_when_commands_are_refused(ledger: Ledger) -> None:
    commands = [drawing(fails="refuse" if number % 3 == 0 else "") for number in range(60)]
    outcomes = await asyncio.gather(*(ledger.perform(command, ME) for command in commands), return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refusal)]
    numbers = sorted(msgspec.json.decode(outcome)["number"] for outcome in outcomes if isinstance(outcome, bytes))
    assert len(refused) == 20
    assert numbers == list(range(1, 41))


async def test_one_command_that_the_database_fails_stops_no_other(ledger: Ledger) -> None:
    await ledger.perform(drawing(), ME)
    commands = [drawing(fails="database" if number == 7 else "") for number in range(20)]
    outcomes = await asyncio.gather(*(ledger.perform(command, ME) for command in commands), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes].count(bytes) == 19
    assert isinstance(outcomes[7], Refusal)
    assert outcomes[7].code == "input.conflict"
    assert (await verify()).faults == []


async def test_an_unknown_kind_a_clock_in_2099_and_another_author_are_refused(ledger: Ledger) -> None:
    unknown = Command(new_id(), "nothing.such", 1, clock.now(), ME.id, b"{}")
    with pytest.raises(Refusal, match="command.unknown"):
        await ledger.perform(unknown, ME)
    far = msgspec.structs.replace(drawing(), at=clock.now().replace(year=2099))
    with pytest.raises(Refusal, match="command.clock"):
        await ledger.perform(far, ME)
    with pytest.raises(Refusal, match="author.differs"):
        await ledger.perform(msgspec.structs.replace(drawing(), author="somebody"), ME)


@pytest.mark.parametrize("payload", [b"{", b"[]", b'{"counter":1}', b'{"counter":"\xff"}', b"{}", b'{"counter":null}'])
async def test_a_payload_of_the_wrong_shape_is_refused(ledger: Ledger, payload: bytes) -> None:
    with pytest.raises(Refusal, match="input.invalid"):
        await ledger.perform(Command(new_id(), "draw", 1, clock.now(), ME.id, payload), ME)


async def test_a_full_queue_answers_busy_and_loses_nothing_it_took(house: Any) -> None:
    small = Ledger(house.ledger.writer, [Handling("draw", Draw, draw)], [Counter, Receipt, Event, Segment], queue_limit=5)
    taken = [asyncio.ensure_future(small.perform(drawing(), ME)) for _ in range(5)]
    await asyncio.sleep(0)
    with pytest.raises(Refusal, match="busy"):
        await small.perform(drawing(), ME)
    await small.start()
    assert len(await asyncio.gather(*taken)) == 5
    await small.stop()


async def test_a_shutdown_finishes_what_was_taken_and_refuses_what_comes(ledger: Ledger) -> None:
    taken = [asyncio.ensure_future(ledger.perform(drawing(), ME)) for _ in range(100)]
    await asyncio.sleep(0)
    await ledger.stop()
    assert len(await asyncio.gather(*taken)) == 100
    with pytest.raises(Refusal, match="busy"):
        await ledger.perform(drawing(), ME)


async def test_whoever_hangs_up_does_not_undo_what_was_done(ledger: Ledger) -> None:
    command = drawing()
    task = asyncio.ensure_future(ledger.perform(command, ME))
    await asyncio.sleep(0)
    task.cancel()
    assert msgspec.json.decode(await ledger.perform(command, ME))["number"] == 1
