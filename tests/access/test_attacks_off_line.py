"""Attacks on what phones hand in: payloads that grow when they are read, files that do, and a supervisor's word used for more than it is worth."""

import asyncio
import datetime as dt
import json
import tracemalloc

import httpx
import msgspec
import pytest

from server.database.rows import rows
from server.deposits import rules
from server.facilities.tables import Facility
from server.foundation import clock
from server.foundation.actor import Standing as Role
from server.foundation.ids import new_id
from server.foundation.refusal import CATALOGUE, Refusal
from server.people.tables import Place, Standing
from server.photos import rules as photo_rules
from server.photos.tables import PhotoUse
from server.problems import queries
from server.problems.filters import Filters
from server.sync import exports
from tests.conftest import House
from tests.deposits.test_what_is_not_taken_in import decide, kept, sent
from tests.devices.signer import enrolled, export
from tests.photos.pictures import jpeg, sha
from tests.problems.test_rechecks_on_site import failing, reported, seen
from tests.sync.test_carried_in import carry, servers
from tests.sync.test_the_wire import OURS, envelope, post
from tests.visits import photo, visit

MIB = 1024 * 1024


# Payloads and files that grow


def test_a_long_name_above_many_values_costs_what_it_weighs() -> None:
    """Each value's place in the payload was written out before the first was looked at: 200 KB became 2 GB."""
    payload = {"k" * 20_000: [0] * 5_000}
    tracemalloc.start()
    shown = [where for where, _ in rules.shown(payload)]
    assert rules.photos_named(payload) == ()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2 * MIB
    assert len(shown) == rules.MOST_LEAVES
    assert max(map(len, shown)) <= rules.LONGEST_WHERE


async def test_a_file_of_the_older_form_holds_one_command_of_the_size_the_wire_takes(house: House) -> None:
    command = {**envelope(house, await visit(house, [])), "payload": {"x": [[]] * (exports.COMMAND_LIMIT // 3)}}
    file = json.dumps({"format": "dugai-entry/1", "command": command, "photos": {}}, default=str).encode()
    with pytest.raises(Refusal, match=r"input\.too_large"):
        exports.read_old(file)


async def test_a_file_holds_no_more_commands_than_memory_does(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "COMMANDS_LIMIT", 30_000)
    signer = await enrolled(house, house.world.inspector)
    many = [{**envelope(house, {"x": "x" * 4_000}), "id": new_id()} for _ in range(10)]
    async with house.client(house.world.second) as desk:
        answer = await carry(desk, export(signer, servers(house), many))
    assert CATALOGUE["input.too_large"].words.zh in answer.text
    assert await rows("select id from deposit") == []


async def test_too_many_commands_are_refused_before_the_rest_is_read(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST", 2)
    read: list[int] = []
    record = exports._record

    def counted(plain: bytes, place: int, number: int) -> exports.Record:
        read.append(number)
        return record(plain, place, number)

    monkeypatch.setattr(exports, "_record", counted)
    signer = await enrolled(house, house.world.inspector)
    many = [{**envelope(house, {"x": 1}), "id": new_id()} for _ in range(10)]
    async with house.client(house.world.second) as desk:
        await carry(desk, export(signer, servers(house), many))
    assert read == [0, 1, 2]


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00"])
async def test_an_hour_outside_the_calendar_is_shown_and_breaks_no_page(house: House, at: str) -> None:
    signer = await enrolled(house, house.world.inspector)
    odd = {**envelope(house, await visit(house, [])), "at": at}
    odd["payload"]["started_at"] = odd["payload"]["finished_at"] = at
    async with house.client(house.world.inspector) as desk:
        assert (await carry(desk, export(signer, servers(house), [odd]))).status_code == 200
    row = await kept(house, odd["id"])
    async with house.client(house.world.supervisor) as desk:
        assert (await desk.get("/deposits")).status_code == 200
        assert (await desk.get(f"/deposits/{row['id']}")).status_code == 200


async def test_many_batches_at_once_fill_no_list_beyond_its_bound(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_WAITING", 3)
    async with house.client(house.world.inspector) as phone:
        await asyncio.gather(*(post(phone, *({**envelope(house, {"x": 1}), "id": new_id()} for _ in range(10))) for _ in range(3)))
    assert len(await rows("select id from deposit")) == 3


async def test_an_export_takes_no_id_that_the_wire_would_not(house: House) -> None:
    signer = await enrolled(house, house.world.inspector)
    async with house.client(house.world.supervisor) as desk:
        for odd in ("-" * 36, "0" * 36):
            answer = await carry(desk, export(signer, servers(house), [{**envelope(house, {}), "id": odd}]))
            assert CATALOGUE["export.unreadable"].words.zh in answer.text
    assert await rows("select id from deposit") == []


async def test_one_visit_told_in_ever_new_ways_is_refused_in_words_and_what_is_kept_stays(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_OF_ONE", 3)
    visit_id = new_id()
    async with house.client(house.world.inspector) as phone:
        for number in range(3):
            told = await post(phone, command := envelope(house, {"id": visit_id, "number": number}))
            assert told.json()["receipts"][0]["held"]["state"] == "waiting"
        more = await post(phone, envelope(house, {"id": visit_id, "number": 4}))
        assert (more.status_code, more.json()["refusal"]["code"]) == (429, "deposit.many")
        assert (await post(phone, command)).json()["receipts"][0]["held"]["state"] == "waiting"
    assert len(await rows("select id from deposit")) == 3


async def test_photos_that_no_record_takes_in_are_bounded_and_none_that_came_is_lost(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Named in what waits they count on; in a record, or after a month, no more. The rest waits on the phone."""
    monkeypatch.setattr(photo_rules, "MOST_UNCLAIMED", 3)
    world, now = house.world, clock.now()
    shots = [jpeg(colour=colour) for colour in ("red", "green", "blue", "gold", "navy")]
    async with house.client(world.inspector, **OURS) as phone:
        for shot in shots[:3]:
            assert (await put(phone, shot)).status_code == 200
        command = envelope(house, {"id": new_id(), "photos": [sha(shot) for shot in shots[:3]]})
        assert (await post(phone, command)).json()["receipts"][0]["held"]["state"] == "waiting"
        clock.set(lambda: now + dt.timedelta(minutes=1))
        refused = await put(phone, shots[3])
        assert (refused.status_code, refused.json()["refusal"]["code"]) == (429, "photo.unclaimed")
        assert "3" in refused.json()["refusal"]["words"]["zh"]
        for shot in shots[:3]:
            assert (await put(phone, shot)).headers["upload-complete"] == "?1"
        async with house.client(world.second, **OURS) as another:
            assert (await put(another, shots[4])).status_code == 200
        use = (await rows("select id from photo_use where sha256 = ?", sha(shots[0])))[0]
        await house.ledger.keep(change=[(PhotoUse, use["id"], {"role": "finding"})])
        clock.set(lambda: now + dt.timedelta(minutes=2))
        assert (await put(phone, shots[3])).status_code == 200
        assert (await put(phone, jpeg(colour="pink"))).status_code == 429
    clock.set(lambda: now + dt.timedelta(days=31))
    async with house.client(world.inspector, **OURS) as phone:
        assert (await put(phone, jpeg(colour="pink"))).status_code == 200


async def put(client: httpx.AsyncClient, photo: bytes) -> httpx.Response:
    return await client.put(f"/photos/{sha(photo)}?offset=0", content=photo, headers={"upload-length": str(len(photo))})


# A supervisor's word


async def test_a_facility_does_not_inspect_itself_whoever_vouches(house: House) -> None:
    """Its contact signs as an inspector, first or second: a supervisor answers for authority between offices, not for this."""
    world = house.world
    whole = await visit(house, [], by=world.contact)
    signed = whole["signatures"]
    first = {**signed, "first": {**signed["first"], "person": world.contact.id}}
    command = envelope(house, {**whole, "signatures": first}, world.contact)
    await sent(house, command, world.contact)
    with pytest.raises(Refusal, match=r"visit\.second"):
        await decide(house, "accept", (await kept(house, command["id"]))["id"])
    whole = await visit(house, [])
    second = {**whole["signatures"], "second": {**whole["signatures"]["second"], "person": world.contact.id}}
    command = envelope(house, {**whole, "signatures": second})
    await sent(house, command)
    with pytest.raises(Refusal, match=r"visit\.second"):
        await decide(house, "accept", (await kept(house, command["id"]))["id"])
    assert await rows("select id from inspection") == []


async def test_a_facilitys_contact_rechecks_nothing_there_whoever_vouches(house: House) -> None:
    """Not even one who reported nothing: a second contact of the home."""
    id, author = await reported(house), house.world.neighbour_contact
    standing = {"id": new_id(), "person_id": author.id, "place_id": house.world.home, "role": "contact", "from_on": clock.today() - dt.timedelta(days=9)}
    await house.ledger.keep(add=[(Standing, standing)])
    command = envelope(house, seen(id), author, kind="problems.recheck")
    await sent(house, command, author)
    with pytest.raises(Refusal, match="not_allowed"):
        await decide(house, "accept", (await kept(house, command["id"]))["id"])


async def test_whoever_put_it_right_takes_in_no_recheck_of_it(house: House) -> None:
    """A contact who is a supervisor too: who puts right, who re-checks and who closes are three people."""
    world = house.world
    id = await reported(house)
    both = msgspec.structs.replace(world.contact, roles=(*world.contact.roles, *(Role("supervisor", one.place_id, one.path) for one in world.supervisor.roles)))
    command = envelope(house, seen(id), world.foreign_second, kind="problems.recheck")
    await sent(house, command, world.foreign_second)
    with pytest.raises(Refusal, match=r"problem\.rectifier"):
        await decide(house, "accept", (await kept(house, command["id"]))["id"], both)


async def test_whoever_takes_a_recheck_in_by_hand_counts_as_having_made_it_and_does_not_close_it(house: House) -> None:
    world = house.world
    id = await reported(house)
    command = envelope(house, seen(id), world.foreign_second, kind="problems.recheck")
    await sent(house, command, world.foreign_second)
    await decide(house, "accept", (await kept(house, command["id"]))["id"])
    assert not (await queries.listed(world.supervisor, Filters(waits="me", state="rechecked"))).problems
    with pytest.raises(Refusal, match=r"problem\.rechecker"):
        await house.perform(world.supervisor, "problems.close", {"problem": id})
    other = msgspec.structs.replace(world.supervisor, id=world.chief.id)
    assert [one.id for one in (await queries.listed(other, Filters(waits="me", state="rechecked"))).problems] == [id]
    await house.perform(other, "problems.close", {"problem": id})


async def test_a_later_recheck_that_nobody_vouched_for_bars_its_maker_only(house: House) -> None:
    world = house.world
    id = await reported(house)
    command = envelope(house, await failing(house, id, world.foreign_second), world.foreign_second, kind="problems.recheck")
    await sent(house, command, world.foreign_second)
    await decide(house, "accept", (await kept(house, command["id"]))["id"])
    await house.perform(world.contact, "problems.report", {"id": new_id(), "problem": id, "text": "再次整改", "photos": [await photo(house, world.contact, "again")]})
    await house.perform(world.second, "problems.recheck", seen(id))
    await house.perform(world.supervisor, "problems.close", {"problem": id})


async def test_who_inspects_here_now_and_did_not_when_they_looked_waits_for_the_supervisor(house: House) -> None:
    """As with a visit: the role of the hour counts, in both directions."""
    world = house.world
    id = await reported(house)
    command = envelope(house, seen(id), world.second, kind="problems.recheck")
    for row in await rows("select id from standing where person_id = ?", world.second.id):
        await house.ledger.keep(change=[(Standing, row["id"], {"from_on": clock.today() + dt.timedelta(days=1)})])
    now = clock.now()
    clock.set(lambda: now + dt.timedelta(days=2))
    assert (await sent(house, command, world.second))["refusal"]["code"] == "not_allowed"


async def test_a_supervisor_answers_for_no_place_but_their_own(house: House) -> None:
    """Kept where its author works because it named no facility then; later there is one, elsewhere."""
    world = house.world
    command = envelope(house, await visit(house, [], facility=new_id()))
    await sent(house, command)
    row = await kept(house, command["id"])
    await appears(house, command["payload"]["facility"])
    with pytest.raises(Refusal, match="not_found"):
        await decide(house, "accept", row["id"], world.supervisor)


async def appears(house: House, id: str) -> None:
    """A facility with this id in the other bureau."""
    foreign = house.world.foreign
    place, facility = [(await rows(f"select * from {table} where id = ?", foreign))[0] for table in ("place", "facility")]
    path = f"{place['path'].removesuffix('/')}9/"
    await house.ledger.keep(add=[(Place, {**place, "id": id, "path": path}), (Facility, {**facility, "id": id, "place_path": path})])
