"""What a phone exported is carried to any desk: taken in whole or not at all, as its author, once."""

import base64
import io
import json
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.ids import new_id
from server.foundation.refusal import CATALOGUE, Refusal
from server.ledger.queries import history
from server.photos import queries as photos
from server.sync import exports
from tests.conftest import House
from tests.devices.signer import OURS, Signer, enrolled, export
from tests.photos.pictures import jpeg, sha
from tests.problems.test_the_workflow import issued
from tests.sync.test_the_wire import envelope, post
from tests.visits import FOOD, findings, visit


def servers(house: House) -> dict[str, str]:
    return exports.offered(house.settings.secret())


async def carry(desk: httpx.AsyncClient, file: bytes, id: str | None = None) -> httpx.Response:
    await desk.get("/exports")
    form = {"_id": id or new_id(), "_csrf_token": desk.cookies["csrftoken"]}
    return await desk.post("/exports", data=form, files={"file": ("dugai-202611241830.dugai", file)})


async def a_day(house: House) -> tuple[list[dict[str, Any]], list[bytes]]:
    """Two visits; the first with a photo of its own."""
    photo = jpeg(colour="olive")
    noted = await findings(house, (FOOD, "食堂"), photos=[sha(photo)])
    return [envelope(house, await visit(house, noted)), envelope(house, await visit(house, []))], [photo]


async def test_what_a_facility_sealed_is_called_by_its_name(house: House) -> None:
    world = house.world
    signer = await enrolled(house, world.contact)
    progress = {"id": new_id(), "problem": await issued(house), "at": clock.now(), "round": 0, "text": "已联系厂家"}
    async with house.client(world.supervisor) as desk:
        answer = await carry(desk, export(signer, servers(house), [envelope(house, progress, world.contact, kind="problems.progress")]))
    assert "记整改进展" in answer.text


async def test_somebody_else_carries_it_in_and_the_phone_then_gets_the_same_receipts(house: House) -> None:
    signer = await enrolled(house, house.world.inspector)
    commands, shots = await a_day(house)
    file = export(signer, servers(house), commands, shots)
    async with house.client(house.world.contact) as desk, house.client() as phone:
        answer = await carry(desk, file)
        assert answer.status_code == 200
        assert answer.text.count("已接收") == 2
        assert house.world.inspector.name in answer.text
        told = (await signer.post(phone, *commands)).json()["receipts"]
        assert [one["state"] for one in told] == ["received", "received"]
        assert all(one["receipt"]["number"] in answer.text for one in told)
        again = await carry(desk, file)
        assert again.text.count("没有重复") == 2
    async with house.client(house.world.supervisor) as desk:
        assert (await desk.get("/problems")).text.count('class="no"') == 1
    carried = [one for one in await history(signer.id) if one.kind == "export.carried_in"]
    assert [one.author_name for one in carried] == [house.world.contact.name] * 2
    assert carried[0].data["commands"] == [command["id"] for command in commands]


async def test_what_the_phone_had_sent_before_is_here_already(house: House) -> None:
    signer = await enrolled(house, house.world.inspector)
    (_, sealed), _ = await a_day(house)
    async with house.client() as phone, house.client(house.world.second) as desk:
        assert (await signer.post(phone, sealed)).json()["receipts"][0]["state"] == "received"
        answer = await carry(desk, export(signer, servers(house), [sealed]))
        assert "早已接收，没有重复" in answer.text


async def test_a_double_click_takes_it_in_once(house: House) -> None:
    signer, id = await enrolled(house, house.world.inspector), new_id()
    commands, shots = await a_day(house)
    file = export(signer, servers(house), commands, shots)
    async with house.client(house.world.second) as desk:
        for _ in range(2):
            assert (await carry(desk, file, id)).status_code == 200
        assert (await carry(desk, export(signer, servers(house), commands[:1], shots), id)).status_code == 409
    assert sum(one.kind == "export.carried_in" for one in await history(signer.id)) == 1


async def test_a_photo_that_is_not_in_the_file_is_said_and_the_rest_is_taken(house: House) -> None:
    signer = await enrolled(house, house.world.inspector)
    commands, _ = await a_day(house)
    async with house.client(house.world.second) as desk:
        answer = await carry(desk, export(signer, servers(house), commands))
    assert "文件里缺 1 张照片" in answer.text
    assert answer.text.count("已接收") == 1


async def test_of_a_device_out_of_use_nothing_is_applied_by_itself(house: House) -> None:
    signer = await enrolled(house, house.world.inspector)
    commands, shots = await a_day(house)
    await house.perform(house.world.administrator, "devices.revoke", {"device": signer.id, "why": "lost"})
    async with house.client(house.world.second) as desk:
        answer = await carry(desk, export(signer, servers(house), commands, shots))
        assert answer.text.count("这台设备已停用") == 2
    assert await photos.sent_by(sha(shots[0]), house.world.inspector.id)
    async with house.client(house.world.supervisor) as desk:
        assert (await desk.get("/visits")).text.count("WZ-") == 0


async def test_a_damaged_or_foreign_file_is_refused_in_words_and_nothing_of_it_is_kept(house: House) -> None:
    signer, stranger = await enrolled(house, house.world.inspector), Signer()
    commands, shots = await a_day(house)
    whole = export(signer, servers(house), commands, shots)
    head = whole.index(b"\n") + 1
    forged = Signer()
    forged.id = signer.id
    theirs = [envelope(house, await visit(house, []), author=house.world.second)]
    cases = {
        "cut in its head": (whole[: head // 2], "export.unreadable"), "cut after its head": (whole[:head], "export.altered"),
        "cut in a record": (whole[: head + 900], "export.altered"), "without its signature": (whole[:-64], "export.altered"),
        "with something behind it": (whole + b"x", "export.altered"),
        "one bit changed": (whole[: head + 100] + bytes([whole[head + 100] ^ 1]) + whole[head + 101 :], "export.altered"),
        "a record taken out": (whole[:head] + export(signer, servers(house), commands)[head:], "export.altered"),
        "signed by another key": (export(forged, servers(house), commands), "export.altered"),
        "of a device that nobody knows": (export(stranger, servers(house), commands), "export.unknown"),
        "for another server": (export(signer, exports.offered("another secret"), commands), "export.other_key"),
        "with somebody else's record": (export(signer, servers(house), theirs), "export.altered"),
        "an empty one": (b"", "export.unreadable"), "a picture": (shots[0], "export.unreadable"), "a spreadsheet": (b"PK\x03\x04" + bytes(5000), "export.unreadable"),
        "of a later form": (export(signer, servers(house), [], format="dugai-export/9"), "export.unreadable"),
        "a command that is none": (export(signer, servers(house), [{"id": 1}]), "export.unreadable"),
        "a key that is none": (export(signer, servers(house), commands, key="AAAA"), "export.unreadable"),
    }  # fmt: skip
    async with house.client(house.world.second) as desk:
        for name, (file, code) in cases.items():
            answer = await carry(desk, file)
            assert answer.status_code == CATALOGUE[code].status, (name, answer.status_code)
            assert CATALOGUE[code].words.zh in answer.text, name
    assert not await photos.sent_by(sha(shots[0]), house.world.inspector.id)
    async with house.client(house.world.supervisor) as desk:
        assert (await desk.get("/visits")).text.count("WZ-") == 0
    assert [one.kind for one in await history(signer.id)] == ["device.enrolled"]


async def old(house: House, author: Actor) -> bytes:
    photo = jpeg(colour="plum")
    noted = await findings(house, (FOOD, "食堂"), photos=[sha(photo)])
    command = json.loads(json.dumps(envelope(house, await visit(house, noted), author=author), default=lambda at: at.isoformat()))
    return json.dumps({"format": "dugai-entry/1", "command": command, "photos": {sha(photo): {"type": "image/jpeg", "base64": base64.b64encode(photo).decode()}}}).encode()


async def test_a_backup_of_the_older_form_is_taken_in_for_its_author_only(house: House) -> None:
    file = await old(house, house.world.inspector)
    async with house.client(house.world.inspector) as author, house.client(house.world.second) as other:
        refused = await carry(other, file)
        assert (refused.status_code, "不是您本人的" in refused.text) == (403, True)
        assert "已接收" in (await carry(author, file)).text


async def test_nobody_carries_in_without_signing_in(house: House) -> None:
    async with house.client() as desk:
        assert (await desk.post("/exports", files={"file": ("x.dugai", b"x")})).status_code in (303, 401, 403)


async def test_who_carried_what_is_written_down_by_the_command_alone(house: House) -> None:
    carried = {"file": "0" * 64, "device": "", "person": house.world.inspector.id, "commands": [new_id()]}
    id = new_id()
    done = await house.perform(house.world.contact, "sync.carry_in", carried, id)
    assert await house.perform(house.world.contact, "sync.carry_in", carried, id) == done
    with pytest.raises(Refusal):
        await house.perform(house.world.contact, "sync.carry_in", {**carried, "commands": []}, id)
    async with house.client(house.world.inspector, **OURS) as phone:
        told = (await post(phone, envelope(house, carried, kind="sync.carry_in"))).json()["receipts"][0]
        assert told["refusal"]["code"] == "command.unknown"


async def test_every_process_with_the_same_secret_opens_the_same_files(house: House) -> None:
    async with house.client(house.world.inspector, **OURS) as phone:
        assert (await phone.get("/pack")).json()["exports"] == exports.offered(house.settings.secret())
    assert exports.offered("one")["id"] != exports.offered("other")["id"]


# The container

SECRET, SIGNER = "a secret of the tests", Signer()
PERSON = new_id()


def read(file: bytes) -> list[exports.Record]:
    opened = io.BytesIO(file)
    head = exports.read_head(opened)
    if head is None:
        raise Refusal("export.unreadable")
    return exports.check(opened, head, SECRET, SIGNER.public)


def command(payload: Any) -> dict[str, Any]:
    return {"id": new_id(), "kind": "inspections.submit", "version": 1, "at": clock.now(), "author": PERSON, "payload": payload}


texts = st.dictionaries(st.text(max_size=20), st.text(max_size=50), max_size=4)


@settings(max_examples=60)
@given(payloads=st.lists(texts, max_size=4), shots=st.lists(st.binary(min_size=1, max_size=300), max_size=4))
def test_what_was_written_is_read_again(payloads: list[dict[str, str]], shots: list[bytes]) -> None:
    file = export(SIGNER, exports.offered(SECRET), [command(payload) for payload in payloads], shots)
    found = read(file)
    assert [one.command.payload for one in found if one.command] == payloads
    opened = io.BytesIO(file)
    head = exports.read_head(opened)
    assert head
    assert [exports.photo_in(opened, head, SECRET, one) for one in found if one.photo] == shots


@settings(max_examples=150)
@given(data=st.data())
def test_whatever_is_changed_cut_or_added_is_refused(data: st.DataObject) -> None:
    how = data.draw(st.sampled_from(("flip", "cut", "add", "swap")))
    place = data.draw(st.integers(0, len(FILE) - 1))
    if how == "flip":
        spoilt = FILE[:place] + bytes([FILE[place] ^ (1 << data.draw(st.integers(0, 7)))]) + FILE[place + 1 :]
    elif how == "cut":
        spoilt = FILE[:place]
    elif how == "add":
        spoilt = FILE[:place] + data.draw(st.binary(min_size=1, max_size=9)) + FILE[place:]
    else:
        spoilt = FILE[place:] + FILE[:place]
    if spoilt != FILE:
        with pytest.raises(Refusal):
            read(spoilt)


FILE = export(SIGNER, exports.offered(SECRET), [command({"a": "b"})], [b"photo" * 20])
