"""What a phone sends and the server does not take in by itself: kept whole, answered, decided about by a supervisor, received once."""

import asyncio
import datetime as dt
from typing import Any

import msgspec
import pytest

from server.database.rows import one as first
from server.database.rows import rows
from server.deposits import queries, rules
from server.deposits.tables import Deposit
from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.command import Handling
from server.foundation.ids import new_id
from server.foundation.refusal import CATALOGUE, Refusal
from server.inspections import queries as inspections
from server.ledger.perform import Ledger
from server.ledger.queries import history
from server.people.tables import Place, Standing
from server.problems.queries import problem
from server.sync.taking import Envelope, take
from tests.conftest import House
from tests.photos.pictures import jpeg, sha
from tests.problems.test_rechecks_on_site import failing, reported, seen
from tests.sync.test_the_wire import OURS, envelope, post, send
from tests.visits import EXITS, FOOD, findings, visit


async def sent(house: House, command: dict[str, Any], actor: Actor | None = None) -> dict[str, Any]:
    """What the wire answers to this command of its author."""
    actor = actor or house.world.inspector
    at = command["at"] if isinstance(command["at"], dt.datetime) else dt.datetime.fromisoformat(command["at"])
    told = await take(house.ledger, actor, Envelope(command["id"], command["kind"], at, command["author"], msgspec.to_builtins(command["payload"]), command["version"]))
    return dict(msgspec.json.decode(msgspec.json.encode(told)))


async def kept(house: House, id: str) -> dict[str, Any]:
    """The one row that is kept of a command."""
    found = await rows("select * from deposit where command_id = ?", id)
    assert len(found) == 1
    return found[0]


async def decide(house: House, act: str, deposit: str, actor: Actor | None = None, seen: str = "waiting", id: str | None = None, **given: Any) -> dict[str, Any]:
    return await house.perform(actor or house.world.supervisor, f"deposits.{act}", {"deposit": deposit, "seen": seen, **given}, id)


async def closed(house: House) -> None:
    """The home was closed yesterday."""
    await house.perform(house.world.administrator, "places.close", {"id": house.world.home, "reason": "停业"})
    await house.ledger.keep(change=[(Place, house.world.home, {"closed_on": clock.today() - dt.timedelta(days=1)})])


async def waiting(house: House, **changed: Any) -> tuple[dict[str, Any], str]:
    """A visit to the home, closed meanwhile, that waits for the supervisor; the command and the id of what is kept."""
    command = envelope(house, await visit(house, await findings(house, (FOOD, "食堂")), **changed))
    await closed(house)
    assert (await sent(house, command))["held"]["state"] == "waiting"
    return command, (await kept(house, command["id"]))["id"]


# Kept


async def refused_commands(house: House) -> dict[str, dict[str, Any]]:
    """A command for every refusal that the wire can give, by its code."""
    world, now = house.world, clock.now()
    noted = await findings(house, (FOOD, "食堂"), (EXITS, "走廊"))
    whole = await visit(house, noted)
    known = envelope(house, await visit(house, []))
    await sent(house, known)
    fixed = await findings(house, (FOOD, "食堂"), fixed=True)
    bare = {**noted[0], "photos": []}
    signed = whole["signatures"]

    def changed(**parts: Any) -> dict[str, Any]:
        return envelope(house, {**whole, "id": new_id(), **parts})

    return {
        "command.unknown": envelope(house, whole, kind="visits.erase"), "command.clock": envelope(house, whole, at=dt.datetime(1970, 1, 1, tzinfo=dt.UTC)),
        "command.differs": {**known, "payload": {**known["payload"], "kind": "case"}}, "input.invalid": envelope(house, {**whole, "odd": 1}),
        "input.too_large": changed(findings=[{**noted[0], "photos": ["0" * 64] * 21}]), "not_found": changed(facility=new_id()),
        "not_allowed": envelope(house, whole, world.supervisor), "visit.known": envelope(house, {**known["payload"], "kind": "case"}),
        "visit.dates": changed(started_at=now - dt.timedelta(days=900)), "visit.inspectors": changed(signatures={**signed, "second": signed["first"]}),
        "visit.second": changed(signatures={**signed, "second": {**signed["second"], "person": world.foreign_second.id}}),
        "visit.facility_signature": changed(signatures={**signed, "facility": {"name": "谭秀梅"}}),
        "finding.photo": changed(findings=[bare, noted[1]]), "finding.after": changed(findings=[fixed[0], noted[1]]),
        "finding.due": changed(findings=[{**noted[0], "due_on": "2001-01-01"}, noted[1]]), "finding.wrong": changed(findings=[{**noted[0], "item": "S0-00"}, noted[1]]),
        "finding.missing": changed(findings=[noted[0]]), "finding.extra": changed(answers={**whole["answers"], EXITS: {"value": "pass"}}),
        "answer.unknown": changed(answers={**whole["answers"], "S0-00": {"value": "pass"}}), "answer.part": changed(parts=["measures", "nothing"]),
        "answer.missing": changed(answers={FOOD: {"value": "fail"}, EXITS: {"value": "fail"}}),
        "answer.wrong": changed(answers={**whole["answers"], FOOD: {"fields": {"odd": 1}}}),
        "problem.long": changed(signatures={**signed, "facility": {"refused": "长" * 501}}),
        "problem.blank": changed(signatures={**signed, "facility": {"refused": " "}}),
    }  # fmt: skip


async def test_no_refusal_is_silent_whatever_the_code(house: House) -> None:
    """Every refusal that the wire can give: the command is kept byte for byte, its photos with it, and the answer says so, however often it is asked."""
    cases = await refused_commands(house)
    wings = ("visit.", "answer.", "finding.", "command.")
    wanted = {code for code in CATALOGUE if code.startswith(wings)} - {"visit.closed", "visit.merged"}  # those two below
    assert wanted <= set(cases)
    for code, command in cases.items():
        author = next(actor for actor in house.world.everybody if actor.id == command["author"])
        told = await sent(house, command, author)
        assert (told["state"], told["refusal"]["code"], told["held"]["state"]) == ("refused", code, "waiting")
        row = await kept(house, command["id"])
        assert row["code"] == code
        again = msgspec.json.decode(row["command"])
        assert again["payload"] == msgspec.json.decode(msgspec.json.encode(command["payload"]))
        assert (again["id"], again["kind"], again["version"], again["author"]) == tuple(command[name] for name in ("id", "kind", "version", "author"))
        assert (await sent(house, command, author))["held"] == told["held"]
        assert [event.kind for event in await history(row["id"])] == ["deposit.kept"]
    assert len(await rows("select id from deposit")) == len(cases)
    assert await queries.verify_records() == []


@pytest.mark.parametrize("merged", [False, True])
async def test_a_visit_after_its_facility_was_closed_or_merged_waits(house: House, merged: bool) -> None:
    command, id = await waiting(house)
    if merged:
        await house.ledger.keep(change=[(Place, house.world.home, {"into_id": house.world.neighbour})])
        command = envelope(house, await visit(house, []))
        assert (await sent(house, command))["refusal"]["code"] == "visit.merged"
        id = (await kept(house, command["id"]))["id"]
    row = await first("select place_path, facility_id from deposit where id = ?", id)
    assert row == {"place_path": house.world.paths[house.world.home], "facility_id": house.world.home}


async def test_what_is_altered_or_taken_away_is_found(house: House) -> None:
    _, id = await waiting(house)
    assert await queries.verify_records() == []
    text = (await kept(house, (await first("select command_id from deposit where id = ?", id) or {})["command_id"]))["command"]
    await house.ledger.keep(change=[(Deposit, id, {"command": text.replace("食堂", "厨房")})])
    assert await queries.verify_records() == [f"deposit {id} is not as it came"]
    await house.ledger.keep(remove=[(Deposit, id)])
    assert await queries.verify_records() == [f"deposit {id} is gone"]


async def test_a_command_sent_fifty_times_at_once_is_kept_once(house: House) -> None:
    command = envelope(house, await visit(house, []))
    await closed(house)
    told = await asyncio.gather(*(sent(house, command) for _ in range(50)))
    assert len({msgspec.json.encode(one) for one in told}) == 1
    await kept(house, command["id"])


async def test_the_same_id_with_other_content_is_kept_beside_the_first(house: House) -> None:
    command, _ = await waiting(house)
    await sent(house, {**command, "payload": {**command["payload"], "kind": "case"}})
    assert len(await rows("select id from deposit where command_id = ?", command["id"])) == 2


async def test_whose_deposits_wait_for_the_supervisor_gets_nothing_applied_by_itself_and_keeps_old_receipts(house: House) -> None:
    world = house.world
    before, after = envelope(house, await visit(house, [])), envelope(house, await visit(house, []))
    receipt = (await sent(house, before))["receipt"]
    barred = msgspec.structs.replace(world.inspector, held="not_allowed")
    assert (await sent(house, before, barred))["receipt"] == receipt
    assert (await sent(house, after, barred))["held"]["state"] == "waiting"
    assert (await sent(house, after, barred))["refusal"]["code"] == "not_allowed"
    assert await inspections.visit(world.supervisor, after["payload"]["id"]) is None
    await decide(house, "accept", (await kept(house, after["id"]))["id"])
    assert (await sent(house, after, barred))["receipt"]["visit"] == after["payload"]["id"]


async def test_more_than_anybody_has_waiting_stays_on_the_phone_for_later(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MOST_WAITING", 2)
    async with house.client(house.world.inspector) as phone:
        for _ in range(2):
            assert (await post(phone, envelope(house, {}))).status_code == 200
        answer = await post(phone, envelope(house, {}))
        assert (answer.status_code, answer.json()["refusal"]["code"]) == (429, "deposit.full")
        assert (await post(phone, envelope(house, await visit(house, [])))).json()["receipts"][0]["state"] == "received"


@pytest.mark.parametrize("odd", [{"kind": "x\x00y" * 50}, {"version": 2**62}, {"payload": {"id": {"$ne": 1}, "finished_at": "0001-01-01T00:00:00+08:00", "signatures": []}}, {"payload": [[["x"]]]}])
async def test_odd_commands_are_kept_and_shown_too(house: House, odd: dict[str, Any]) -> None:
    command = envelope(house, {}, **odd)
    async with house.client(house.world.inspector) as phone, house.client(house.world.supervisor) as desk:
        assert (await post(phone, command)).json()["receipts"][0]["held"]["state"] == "waiting"
        assert (await desk.get(f"/deposits/{(await kept(house, command['id']))['id']}")).status_code == 200
    assert await queries.verify_records() == []


async def test_its_photos_are_seen_by_who_decides_and_by_who_sent_them(house: House) -> None:
    world, photo = house.world, jpeg(colour="teal")
    async with house.client(world.inspector, **OURS) as phone:
        await send(phone, photo)
        sealed = await visit(house, await findings(house, (FOOD, "食堂"), photos=[sha(photo)]))
        await closed(house)
        assert (await post(phone, envelope(house, sealed))).json()["receipts"][0]["state"] == "refused"
        assert (await phone.get(f"/photos/{sha(photo)}")).content == photo
    for actor, status in ((world.supervisor, 200), (world.second, 404), (world.contact, 404), (world.foreigner, 404)):
        async with house.client(actor) as client:
            assert (await client.get(f"/photos/{sha(photo)}/thumb")).status_code == status


async def test_a_photo_that_has_not_come_is_asked_for_and_seen_once_it_has(house: House) -> None:
    """What speaks against a command may be found before its photos are looked for: it is kept, and could not be taken in without them."""
    world, photo = house.world, jpeg(colour="olive")
    sealed = await visit(house, await findings(house, (FOOD, "食堂"), photos=[sha(photo)]))
    command = envelope(house, sealed, at=dt.datetime(1970, 1, 1, tzinfo=dt.UTC))
    held = (await sent(house, command))["held"]
    assert (held["state"], held["photos"]) == ("waiting", [sha(photo)])
    id = (await kept(house, command["id"]))["id"]
    with pytest.raises(Refusal, match="photo.missing"):
        await decide(house, "accept", id, on=clock.today())
    async with house.client(world.inspector, **OURS) as phone, house.client(world.supervisor) as desk:
        await send(phone, photo)
        assert "photos" not in (await sent(house, command))["held"]
        assert (await desk.get(f"/photos/{sha(photo)}/thumb")).status_code == 200
    await decide(house, "accept", id, on=clock.today())
    assert (await sent(house, command))["state"] == "received"


# Decided


async def test_taken_in_by_hand_it_is_received_once_with_its_own_receipt_and_the_record_says_by_whom(house: House) -> None:
    world, act = house.world, new_id()
    command, id = await waiting(house)
    assert await decide(house, "accept", id, id=act, reason="停业前已约定") == await decide(house, "accept", id, id=act, reason="停业前已约定")
    told = await sent(house, command)
    assert (told["state"], told["receipt"]["id"], told["receipt"]["visit"]) == ("received", command["id"], command["payload"]["id"])
    assert await sent(house, command) == told
    record = await inspections.visit(world.supervisor, command["payload"]["id"])
    assert record
    assert record.author_id == world.inspector.id
    assert record.vouched
    assert (record.vouched["name"], record.vouched["code"], record.vouched["reason"]) == (world.supervisor.name, "visit.closed", "停业前已约定")
    assert await inspections.verify_records() == []
    assert [event.kind for event in await history(id)] == ["deposit.kept", "deposit.accepted"]
    async with house.client(world.supervisor) as desk:
        assert "由 冉国强 核收" in (await desk.get(f"/visits/{record.id}")).text
        assert "安康养老院" in (await desk.get("/visits?vouched=yes")).text


async def test_what_would_break_the_record_is_taken_in_by_nobody(house: House) -> None:
    """The page says what is wrong and offers the other ways; nothing of either act is kept."""
    world = house.world
    command = envelope(house, await visit(house, (await findings(house, (FOOD, "食堂"), (EXITS, "走廊")))[:1]))
    command["payload"]["answers"][EXITS] = {"value": "fail"}
    assert (await sent(house, command))["refusal"]["code"] == "finding.missing"
    id = (await kept(house, command["id"]))["id"]
    with pytest.raises(Refusal, match="finding.missing"):
        await decide(house, "accept", id)
    assert (await kept(house, command["id"]))["state"] == "waiting"
    assert await inspections.visit(world.supervisor, command["payload"]["id"]) is None
    async with house.client(world.supervisor) as desk:
        text = (await desk.get(f"/deposits/{id}")).text
    assert "不能核收" in text
    assert 'action="/deposits/' + id + '/accept"' not in text
    assert f"/deposits/{id}/return" in text


async def test_a_clock_of_1970_gives_way_to_the_day_that_the_supervisor_says(house: House) -> None:
    world, epoch = house.world, dt.datetime(1970, 1, 2, 3, 4, tzinfo=dt.UTC)
    noted = await findings(house, (FOOD, "食堂"), due_on="1970-01-20")
    sealed = await visit(house, noted, started_at=epoch, finished_at=epoch + dt.timedelta(minutes=50))
    command = envelope(house, sealed, at=epoch)
    assert (await sent(house, command))["refusal"]["code"] == "command.clock"
    id, on = (await kept(house, command["id"]))["id"], clock.today() - dt.timedelta(days=3)
    async with house.client(world.supervisor) as desk:
        assert 'name="on"' in (await desk.get(f"/deposits/{id}")).text
    for day, code in ((None, "visit.dates"), (clock.today() + dt.timedelta(days=1), "deposit.day"), (dt.date(1970, 1, 2), "deposit.day")):
        with pytest.raises(Refusal, match=code):
            await decide(house, "accept", id, on=day)
    await decide(house, "accept", id, on=on)
    record = await inspections.visit(world.supervisor, sealed["id"])
    assert record
    assert (record.visited_on, record.finished_at - record.started_at) == (on, dt.timedelta(minutes=50))
    assert record.finished_at.astimezone(clock.BEIJING).strftime("%H:%M") == "11:54"
    assert (await sent(house, command))["state"] == "received"


async def test_returned_set_aside_and_taken_up_again_the_phone_is_told_each_time(house: House) -> None:
    command, id = await waiting(house)
    await decide(house, "return", id, reason="请改选第二检查人")
    held = (await sent(house, command))["held"]
    assert (held["state"], held["by"], held["reason"]) == ("returned", "冉国强", "请改选第二检查人")
    await decide(house, "set_aside", id, seen="returned", reason="与纸质补录重复")
    assert (await sent(house, command))["held"]["state"] == "set_aside"
    await house.perform(house.world.administrator, "places.open", {"id": house.world.home, "reason": "恢复"})
    assert (await sent(house, command))["state"] == "refused", "what was set aside does not come in behind somebody's back"
    await decide(house, "take_up", id, seen="set_aside")
    assert (await sent(house, command))["state"] == "received"
    assert (await kept(house, command["id"]))["state"] == "taken"
    assert [event.kind for event in await history(id)] == ["deposit.kept", "deposit.returned", "deposit.set_aside", "deposit.taken_up", "deposit.taken"]


@pytest.mark.parametrize("act", ["accept", "return", "set_aside", "take_up"])
async def test_deciding_is_done_refused_and_replayed(house: House, act: str) -> None:
    world = house.world
    _, id = await waiting(house)
    seen = "waiting"
    if act == "take_up":
        await decide(house, "set_aside", id, reason="重复")
        seen = "set_aside"
    for actor, code in ((world.foreigner, "not_found"), (world.inspector, "not_allowed"), (world.administrator, "not_allowed"), (world.contact, "not_found")):
        with pytest.raises(Refusal, match=code):
            await decide(house, act, id, actor, seen, reason="看过")
    with pytest.raises(Refusal, match="not_found"):
        await decide(house, act, "nothing", seen=seen, reason="看过")
    if act in ("return", "set_aside"):
        for reason, code in ((" ", "problem.blank"), ("长" * 501, "problem.long")):
            with pytest.raises(Refusal, match=code):
                await decide(house, act, id, reason=reason)
    once = new_id()
    done = await decide(house, act, id, seen=seen, id=once, reason="看过")
    assert await decide(house, act, id, seen=seen, id=once, reason="看过") == done
    with pytest.raises(Refusal, match="deposit.decided"):
        await decide(house, act, id, seen=seen, reason="看过")


async def test_two_supervisors_at_once_one_wins_and_the_other_is_told(house: House) -> None:
    world = house.world
    other = Actor(world.chief.id, "另一督导", world.supervisor.roles)
    command, id = await waiting(house)
    for round in range(10):
        outcomes = await asyncio.gather(decide(house, "accept", id), decide(house, "set_aside", id, other, reason=f"重复 {round}"), return_exceptions=True)
        lost = [one for one in outcomes if isinstance(one, Refusal)]
        assert [one.code for one in lost] == ["deposit.decided"]
        state = (await kept(house, command["id"]))["state"]
        is_in = await inspections.visit(world.supervisor, command["payload"]["id"]) is not None
        assert is_in == (state == "accepted")
        if state == "accepted":
            break
        await decide(house, "take_up", id, seen="set_aside")


async def test_nobody_takes_in_what_they_signed(house: House) -> None:
    world = house.world
    sealed = await visit(house, [])
    sealed["signatures"]["second"] |= {"person": world.supervisor.id, "name": "冉国强"}
    command = envelope(house, sealed)
    assert (await sent(house, command))["refusal"]["code"] == "visit.second"
    with pytest.raises(Refusal, match="deposit.own"):
        await decide(house, "accept", (await kept(house, command["id"]))["id"])


async def test_what_a_phone_may_not_send_nobody_takes_in_for_it(house: House) -> None:
    world = house.world
    command = envelope(house, {"id": world.home, "reason": "停业"}, world.administrator, kind="places.close")
    assert (await sent(house, command, world.administrator))["refusal"]["code"] == "command.unknown"
    with pytest.raises(Refusal, match="command.unknown"):
        await decide(house, "accept", (await kept(house, command["id"]))["id"])
    assert (await first("select is_closed from place where id = ?", world.home)) == {"is_closed": False}


async def test_a_mended_visit_takes_the_place_of_the_one_that_waited(house: House) -> None:
    command = envelope(house, await visit(house, []))
    command["payload"]["signatures"]["second"] |= {"person": house.world.foreign_second.id}
    assert (await sent(house, command))["refusal"]["code"] == "visit.second"
    mended = envelope(house, {**command["payload"], "signatures": (await visit(house, []))["signatures"]})
    assert (await sent(house, mended))["state"] == "received"
    row = await kept(house, command["id"])
    assert row["state"] == "taken"
    with pytest.raises(Refusal, match="deposit.decided"):
        await decide(house, "accept", row["id"])


async def test_the_machinery_of_keeping_is_refused_to_phones_and_done_once(house: House) -> None:
    for kind in ("deposits.keep", "deposits.taken", "deposits.accept"):
        assert (await sent(house, envelope(house, {"deposit": "x", "seen": "waiting"}, kind=kind)))["refusal"]["code"] == "command.unknown"
    _, id = await waiting(house)
    act = new_id()
    row = await first("select command, refusal from deposit where id = ?", id)
    assert row
    again = {"id": id, "command": row["command"], "refusal": msgspec.json.decode(row["refusal"])}
    with pytest.raises(Refusal, match="input.conflict"):
        await house.perform(house.world.inspector, "deposits.keep", again)
    assert await house.perform(house.world.inspector, "deposits.taken", {"deposit": id}, act) == await house.perform(house.world.inspector, "deposits.taken", {"deposit": id}, act)
    with pytest.raises(Refusal, match="not_found"):
        await house.perform(house.world.inspector, "deposits.taken", {"deposit": id})


# By the day of the visit


@pytest.mark.parametrize("who", ["inspector", "second"])
@pytest.mark.parametrize("how", ["reassigned", "left"])
async def test_who_inspected_on_the_day_and_does_no_more_is_taken_in_and_it_says_so(house: House, who: str, how: str) -> None:
    world = house.world
    person = getattr(world, who)
    command = envelope(house, await visit(house, await findings(house, (FOOD, "食堂"))))
    if how == "left":
        await house.perform(world.administrator, "people.leave", {"person": person.id, "reason": "调离"})
    else:
        standing = await first("select id from standing where person_id = ?", person.id)
        assert standing
        await house.perform(world.administrator, "people.end_role", {"standing": standing["id"]})
    author = world.inspector if who == "second" else msgspec.structs.replace(world.inspector, roles=())
    assert (await sent(house, command, author))["state"] == "received"
    async with house.client(world.supervisor) as desk:
        assert f"提交时 {person.name} 已调离或离岗" in (await desk.get(f"/visits/{command['payload']['id']}")).text
        assert "安康养老院" in (await desk.get("/visits?away=yes")).text
    later = envelope(house, await visit(house, []))
    assert (await sent(house, later, author))["held"]["state"] == "waiting", "a visit after the role ended"


async def test_who_became_an_inspector_after_the_visit_was_none_on_its_day(house: House) -> None:
    world = house.world
    ended = clock.now() - dt.timedelta(days=3)
    for number, id in enumerate((world.inspector.id, world.second.id)):
        for row in await rows("select id from standing where person_id = ?", id):
            await house.ledger.keep(change=[(Standing, row["id"], {"from_on": clock.today() - dt.timedelta(days=1 + number)})])
    command = envelope(house, await visit(house, [], started_at=ended - dt.timedelta(hours=1), finished_at=ended))
    assert (await sent(house, command))["refusal"]["code"] == "not_allowed"


# Versions


class Earlier(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    word: str


class Later(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    words: list[str]


async def _first(unit: Any, said: Earlier) -> dict[str, Any]:
    unit.note("word.said", said.id, "", words=[said.word])
    return {"said": said.word}


async def _second(unit: Any, said: Later) -> dict[str, Any]:
    unit.note("word.said", said.id, "", words=said.words)
    return {"said": " ".join(said.words)}


async def test_an_old_client_is_judged_by_its_own_version_and_a_new_one_waits_until_the_server_knows_it(house: House) -> None:
    """A house that knows one version of a kind, then two: neither is read by the other's struct."""
    old = Ledger(house.ledger.writer, [*house.ledger.handlings.values(), Handling("words.say", Earlier, _first, wire=True)], house.ledger.tables)
    new = Ledger(house.ledger.writer, [*old.handlings.values(), Handling("words.say", Later, _second, version=2, wire=True)], house.ledger.tables)
    actor = house.world.inspector

    async def say(ledger: Ledger, id: str, version: int, payload: Any) -> dict[str, Any]:
        await ledger.start()
        told = await take(ledger, actor, Envelope(id, "words.say", clock.now(), actor.id, payload, version))
        await ledger.stop()
        ledger.closing = False
        return dict(msgspec.json.decode(msgspec.json.encode(told)))

    one, two, three = ({"id": new_id(), "word": "水"}, {"id": new_id(), "words": ["水", "火"]}, {"id": new_id(), "words": ["木"]})
    ids = [new_id() for _ in range(3)]
    assert (await say(old, ids[0], 1, one))["receipt"]["said"] == "水"
    assert (await say(old, ids[1], 2, two))["refusal"]["code"] == "command.unknown"
    assert (await say(old, ids[2], 2, three))["held"]["state"] == "waiting"
    assert (await say(new, ids[0], 1, one))["receipt"]["said"] == "水"
    assert (await say(new, new_id(), 1, {"id": new_id(), "word": "土"}))["receipt"]["said"] == "土", "version 1 is answered by version 1's struct"
    assert (await say(new, new_id(), 1, {"id": new_id(), "words": ["土"]}))["refusal"]["code"] == "input.invalid"
    assert (await say(new, ids[1], 2, two))["receipt"]["said"] == "水 火", "sent again"
    await new.start()
    known, house.ledger = house.ledger, new
    await decide(house, "accept", (await kept(house, ids[2]))["id"])
    house.ledger = known
    await new.stop()
    new.closing = False
    assert (await say(new, ids[2], 2, three))["receipt"]["said"] == "木"


# At the desk


async def test_the_desk_shows_what_waits_and_decides_by_its_forms(house: House) -> None:
    world = house.world
    command, id = await waiting(house)
    async with house.client(world.supervisor) as desk, house.client(world.inspector) as author, house.client(world.foreigner) as stranger:
        page = (await desk.get("/deposits")).text
        assert "安康养老院" in page
        assert "已停用" in page
        assert "1 份记录等您核收" in (await desk.get("/deposits/waiting")).text
        assert "您提交的 1 份记录等督导核收" in (await author.get("/deposits/waiting")).text
        assert "份记录" not in (await stranger.get("/deposits/waiting")).text
        assert "安康养老院" not in (await stranger.get("/deposits")).text
        assert "安康养老院" in (await author.get("/deposits")).text
        text = (await desk.get(f"/deposits/{id}")).text
        assert "食堂不符合要求" in text
        assert f"/deposits/{id}/accept" in text
        own = (await author.get(f"/deposits/{id}")).text
        assert "食堂不符合要求" in own
        assert "<form method=\"post\" action=\"/deposits" not in own
        token = {"_csrf_token": desk.cookies["csrftoken"], "seen": "waiting"}
        empty = await desk.post(f"/deposits/{id}/return", data=token | {"_id": new_id(), "reason": " "})
        assert empty.status_code == 422
        given = token | {"_id": new_id(), "reason": "请补第二检查人"}
        assert [(await desk.post(f"/deposits/{id}/return", data=given)).status_code for _ in range(2)] == [303, 303]
        assert "请补第二检查人" in (await desk.get("/deposits?group=back")).text
        late = await desk.post(f"/deposits/{id}/set_aside", data=token | {"_id": new_id(), "reason": "重复"})
        assert late.status_code == 409
        assert "冉国强 已先办理：已退回手机" in late.text
        assert (await desk.post(f"/deposits/{id}/accept", data=token | {"_id": new_id(), "seen": "returned"})).status_code == 303
        assert "安康养老院" in (await desk.get("/deposits?group=done")).text
    assert (await sent(house, command))["state"] == "received"


async def test_many_are_read_page_by_page(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE", 2)
    for _ in range(5):
        await sent(house, envelope(house, {}))
    seen: list[str] = []
    after = ""
    while page := await queries.deposits(house.world.supervisor, ("waiting",), after):
        seen += [one.id for one in page[:2]]
        after = queries.place(page[:2][-1])
    assert len(seen) == len(set(seen)) == 5


# Re-checks


async def test_a_recheck_is_shown_as_people_read_it(house: House) -> None:
    """Which problem, whether it passes, what was seen, its photo and new day; to its author too, who sees no more than they may of the problem."""
    world, id = house.world, await reported(house)
    sealed = await failing(house, id, world.foreign_second, record="仍混放，已当场指出")
    command = envelope(house, sealed, world.foreign_second, kind="problems.recheck")
    await sent(house, command, world.foreign_second)
    found = await problem(world.supervisor, id)
    assert found
    async with house.client(world.supervisor) as desk, house.client(world.foreign_second) as author:
        page = (await desk.get(f"/deposits/{(await kept(house, command['id']))['id']}")).text
        for words in ("安康养老院", found.number, found.what, "不通过，退回整改", "仍混放，已当场指出", f"/photos/{sealed['photos'][0]}/thumb", sealed["due_on"].isoformat(), "待复查"):
            assert words in page, words
        assert "原始内容" not in page
        own = (await author.get(f"/deposits/{(await kept(house, command['id']))['id']}")).text
        assert "仍混放，已当场指出" in own
        assert found.number not in own
        spoilt = envelope(house, {**sealed, "id": new_id(), "passed": "maybe"}, world.foreign_second, kind="problems.recheck")
        await sent(house, spoilt, world.foreign_second)
        assert "原始内容" in (await desk.get(f"/deposits/{(await kept(house, spoilt['id']))['id']}")).text


async def test_records_taken_in_by_hand_or_of_people_gone_since_are_found_by_a_chip(house: House) -> None:
    async with house.client(house.world.supervisor) as desk:
        page = (await desk.get("/visits")).text
    assert 'href="/visits?away=yes"' in page
    assert 'href="/visits?vouched=yes"' in page


@pytest.mark.parametrize("days", [0, 3])
async def test_a_recheck_counts_by_the_roles_of_its_day_and_one_made_later_waits_until_a_supervisor_takes_it_in(house: House, days: int) -> None:
    id, made = await reported(house), clock.now()
    standing = await first("select id from standing where person_id = ?", house.world.second.id)
    assert standing is not None
    await house.ledger.keep(change=[(Standing, standing["id"], {"until_on": clock.today(made)})])
    clock.set(lambda: made + dt.timedelta(days=3))
    gone = Actor(house.world.second.id, house.world.second.name)
    command = envelope(house, seen(id, at=made + dt.timedelta(days=days)), gone, kind="problems.recheck")
    told = await sent(house, command, gone)
    if days:
        assert (told["refusal"]["code"], told["held"]["state"]) == ("not_found", "waiting")
        await decide(house, "accept", (await kept(house, command["id"]))["id"])
        told = await sent(house, command, gone)
    assert (told["state"], told["receipt"]["state"]) == ("received", "rechecked")
    found = await problem(house.world.supervisor, id)
    assert found is not None
    assert (found.state, found.rechecker_id) == ("rechecked", gone.id)
