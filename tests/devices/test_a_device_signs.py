"""A device that has enrolled hands in what it holds without a session; it may do that and nothing else."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from server.devices import queries, rules
from server.devices.tables import Device
from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.ledger.queries import history
from tests.conftest import House
from tests.devices.signer import OURS, Signer, enrolled, spki
from tests.photos.pictures import jpeg, sha
from tests.routes import routes
from tests.sync.test_the_wire import envelope, post
from tests.visits import FOOD, findings, visit


async def received(house: House, answer: httpx.Response) -> str:
    assert answer.status_code == 200, answer.text
    return str(answer.json()["receipts"][0]["state"])


async def test_a_queue_goes_up_after_the_session_has_ended(house: House) -> None:
    signer, photo = await enrolled(house, house.world.inspector), jpeg(colour="teal")
    sealed = envelope(house, await visit(house, await findings(house, (FOOD, "食堂"), photos=[sha(photo)])))
    async with house.client() as phone:
        assert (await phone.head(f"/photos/{sha(photo)}", headers=signer.headers("HEAD", f"/photos/{sha(photo)}"))).headers["upload-offset"] == "0"
        assert (await signer.put(phone, photo)).headers["upload-complete"] == "?1"
        assert await received(house, await signer.post(phone, sealed)) == "received"
        assert (await signer.post(phone, sealed)).content == (await signer.post(phone, sealed)).content
    async with house.client(house.world.inspector) as client:
        assert (await client.get("/problems")).text.count('class="no"') == 1


async def test_the_signature_wins_over_the_session_of_somebody_else(house: House) -> None:
    signer = await enrolled(house, house.world.inspector)
    sealed = envelope(house, await visit(house, []))
    async with house.client(house.world.second) as phone:
        assert (await post(phone, sealed)).json()["refusal"]["code"] == "author.differs"
        assert await received(house, await signer.post(phone, sealed)) == "received"


async def test_what_somebody_who_has_left_noted_is_judged_and_not_turned_away_at_the_door(house: House) -> None:
    signer = await enrolled(house, house.world.inspector)
    await house.perform(house.world.administrator, "people.leave", {"person": house.world.inspector.id, "reason": "调任"})
    async with house.client() as phone:
        answer = await signer.post(phone, envelope(house, await visit(house, [])))
    assert answer.status_code == 200
    assert (await queries.signing(signer.id)).actor.roles == ()  # type: ignore[union-attr]


FAULTS: dict[str, Callable[[Signer, dict[str, str]], dict[str, str]]] = {
    "another signature": lambda signer, said: {**said, "signature": signer.headers("PUT", "/sync")["signature"]},
    "no signature": lambda _, said: {name: value for name, value in said.items() if name != "signature"},
    "not base64": lambda _, said: {**said, "signature": "dugai=:????:"},
    "too short": lambda _, said: {**said, "signature": "dugai=:AAAA:"},
    "another label": lambda _, said: {**said, "signature": said["signature"].replace("dugai", "other")},
    "fewer components": lambda _, said: {**said, "signature-input": said["signature-input"].replace(' "content-digest"', "")},
    "another algorithm": lambda _, said: {**said, "signature-input": said["signature-input"].replace("p256", "p384")},
    "a digest of another body": lambda _, said: {**said, "content-digest": f"sha-256=:{'A' * 43}=:"},
    "no digest": lambda _, said: {name: value for name, value in said.items() if name != "content-digest"},
    "nonsense": lambda _, said: {**said, "signature-input": "(" * 5000},
    "zeros": lambda _, said: {**said, "signature": f"dugai=:{'A' * 86}==:"},
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_signature_that_does_not_fit_is_refused_in_words(house: House, fault: str) -> None:
    signer = await enrolled(house, house.world.inspector)
    body = b'{"commands":[]}'
    headers = FAULTS[fault](signer, signer.headers("POST", "/sync", body))
    async with house.client() as phone:
        answer = await phone.post("/sync", content=body, headers={**headers, "content-type": "application/json"})
    assert answer.status_code == 401
    assert answer.json()["refusal"]["code"] == "device.signature"
    assert answer.headers["x-dugai"] == "1"


async def test_a_body_other_than_the_one_that_was_signed_is_refused_whole(house: House) -> None:
    signer = await enrolled(house, house.world.inspector)
    sealed = envelope(house, await visit(house, []))
    async with house.client(house.world.inspector) as phone:
        for body in (b'{"commands":[]} ', b"", b"x" * 100_000):
            answer = await signer.post(phone, sealed, body=body)
            assert (answer.status_code, answer.json()["refusal"]["code"]) == (401, "device.signature")
        assert (await phone.get("/visits")).text.count("WZ-") == 0


async def test_a_key_that_nobody_knows_and_a_key_of_another_device_open_nothing(house: House) -> None:
    mine, stranger = await enrolled(house, house.world.inspector), Signer()
    async with house.client() as phone:
        assert (await stranger.post(phone)).json()["refusal"]["code"] == "device.unknown"
        stranger.id = mine.id
        assert (await stranger.post(phone)).json()["refusal"]["code"] == "device.signature"


async def test_a_device_deposits_only_as_its_person(house: House) -> None:
    signer = await enrolled(house, house.world.inspector)
    async with house.client() as phone:
        answer = await signer.post(phone, envelope(house, await visit(house, []), author=house.world.second))
    assert answer.json()["refusal"]["code"] == "author.differs"


async def test_a_signature_opens_no_other_route(house: House) -> None:
    """Over all routes: with a signature and no session everybody stands before the same door as without."""
    signer = await enrolled(house, house.world.administrator)
    closed = [(method, path, handler) for method, path, handler in routes() if handler.opt["access"] is not None]
    opened = []
    async with house.client() as phone:
        for method, path, handler in closed:
            target = re.sub(r"\{(\w+):(\w+)\}", lambda part: {"sha256": "0" * 64, "id": "0" * 36}.get(part[1], "1" if part[2] == "int" else "x"), path)
            body = b"{}" if method == "POST" else None
            answer = await phone.request(method, target, content=body, headers={**signer.headers(method, target, body), "content-type": "application/json"})
            assert answer.status_code < 500, target
            door = answer.status_code == 401 or answer.headers.get("location", "").startswith("/sign-in") or answer.status_code == 403
            if not door:
                opened.append(f"{method} {path}")
            assert bool(handler.opt.get("deposit")) == (not door), f"{method} {path} {answer.status_code}"
    assert sorted(opened) == ["HEAD /photos/{sha256:str}", "POST /sync", "PUT /photos/{sha256:str}"]


async def test_a_page_of_another_site_cannot_use_a_signature_that_it_saw(house: House) -> None:
    signer = await enrolled(house, house.world.inspector)
    async with house.client() as phone:
        answer = await signer.post(phone, **{"origin": "https://elsewhere.example"})
    assert answer.json()["refusal"]["code"] == "cross_site"


# Enrolling


async def test_enrolling_again_is_the_same_device_and_says_who_has_it(house: House) -> None:
    signer = await enrolled(house, house.world.inspector)
    async with house.client(house.world.inspector, **OURS) as client:
        again = await client.post("/devices", json={"id": signer.id, "key": signer.public})
        assert again.json() == {"device": signer.id}
        assert (await client.get("/pack")).json()["devices"] == [signer.id]
        assert "登记的设备" in (await client.get("/me/devices")).text
    noted = await history(signer.id)
    assert [(one.kind, one.author_name) for one in noted] == [("device.enrolled", house.world.inspector.name)]


async def test_an_id_is_never_bound_to_another_person_or_key(house: House) -> None:
    signer = await enrolled(house, house.world.inspector)
    async with house.client(house.world.second, **OURS) as other, house.client(house.world.inspector, **OURS) as same:
        for client, key in ((other, signer.public), (other, Signer().public), (same, Signer().public)):
            answer = await client.post("/devices", json={"id": signer.id, "key": key})
            assert (answer.status_code, answer.json()["refusal"]["code"]) == (409, "device.taken")
    with pytest.raises(Refusal) as refused:
        await house.perform(house.world.second, "devices.enrol", {"id": signer.id, "key": signer.public})
    assert refused.value.code == "device.taken"


@pytest.mark.parametrize("key", ["", "x" * 122, "MFk" * 2000, spki(ec.generate_private_key(ec.SECP384R1()))])
async def test_a_key_of_another_kind_is_refused(house: House, key: str) -> None:
    async with house.client(house.world.inspector, **OURS) as client:
        answer = await client.post("/devices", json={"id": new_id(), "key": key})
    assert answer.status_code in (413, 422)
    assert answer.json()["refusal"]["code"] in ("device.key", "input.too_large")


@pytest.mark.parametrize("body", [b"", b"[]", b'{"id":"\\u0000","key":"x"}', b'{"id":1}', b"\xff"])
async def test_an_enrolment_that_cannot_be_read_is_refused(house: House, body: bytes) -> None:
    async with house.client(house.world.inspector, **OURS) as client:
        assert (await client.post("/devices", content=body)).status_code == 422


async def test_nobody_enrols_without_a_session_or_from_another_site(house: House) -> None:
    signer = Signer()
    body = {"id": signer.id, "key": signer.public}
    async with house.client(None, **OURS) as nobody, house.client(house.world.inspector) as page:
        assert (await nobody.post("/devices", json=body)).json()["refusal"]["code"] == "sign_in"
        assert (await page.post("/devices", json=body)).json()["refusal"]["code"] == "cross_site"


async def test_a_person_has_a_few_devices_in_use_and_the_one_unused_for_longest_makes_room(house: House) -> None:
    keep = await enrolled(house, house.world.inspector)
    for _ in range(rules.MOST_IN_USE - 1):
        await enrolled(house, house.world.inspector)
    assert keep.id in await queries.in_use(house.world.inspector.id)
    await enrolled(house, house.world.inspector)
    in_use = await queries.in_use(house.world.inspector.id)
    assert len(in_use) == rules.MOST_IN_USE
    assert keep.id not in in_use


async def test_no_person_fills_the_table_and_nobody_is_locked_out_for_good(house: House) -> None:
    """So many within some days, those out of use since among them; what was enrolled before counts no more."""
    world, now = house.world, house_now()
    row = {"person_id": world.inspector.id, "public_key": Signer().public, "heard_at": now, "revoked_at": now, "agent": "", "browser": "", "revoked_by": "", "revoked_why": "many"}
    long_ago = [(Device, {"id": new_id(), "enrolled_at": now - dt.timedelta(days=8), **row}) for _ in range(300)]
    anew = [(Device, {"id": new_id(), "enrolled_at": now - dt.timedelta(days=6), **row}) for _ in range(rules.MOST_ANEW - 1)]
    await house.ledger.keep(add=[*long_ago, *anew])
    await enrolled(house, world.inspector)
    with pytest.raises(Refusal) as refused:
        await house.perform(world.inspector, "devices.enrol", {"id": new_id(), "key": Signer().public})
    assert refused.value.code == "device.many"
    assert clock.spoken(now + dt.timedelta(days=1)) in refused.value.words.zh
    clock.set(lambda: now + dt.timedelta(days=1, minutes=1))
    await enrolled(house, world.inspector)


def house_now() -> Any:
    from server.foundation import clock

    return clock.now()


# Out of use


async def revoke(house: House, actor: Actor, signer: Signer, why: str = "lost", id: str | None = None) -> dict[str, Any]:
    return await house.perform(actor, "devices.revoke", {"device": signer.id, "why": why}, id)


async def test_what_a_device_out_of_use_hands_in_is_not_applied_and_its_photos_are_taken(house: House) -> None:
    signer, photo = await enrolled(house, house.world.inspector), jpeg(colour="navy")
    await revoke(house, house.world.administrator, signer)
    async with house.client() as phone:
        assert (await signer.put(phone, photo)).headers["upload-complete"] == "?1"
        told = (await signer.post(phone, envelope(house, await visit(house, [])))).json()["receipts"][0]
        assert (told["state"], told["refusal"]["code"]) == ("refused", "device.revoked")
    async with house.client(house.world.inspector, **OURS) as desk:
        assert (await desk.get("/visits")).text.count("WZ-") == 0
        assert (await desk.get("/pack")).json()["devices"] == []
        again = await desk.post("/devices", json={"id": signer.id, "key": signer.public})
        assert again.json()["refusal"]["code"] == "device.revoked"
    fresh = await enrolled(house, house.world.inspector)
    async with house.client() as phone:
        assert await received(house, await fresh.post(phone, envelope(house, await visit(house, [])))) == "received"


async def test_its_sessions_end_with_it_and_no_others(house: House) -> None:
    signer = Signer()
    async with house.client(house.world.inspector, **OURS) as lost, house.client(house.world.inspector, **OURS) as other:
        await lost.post("/devices", json={"id": signer.id, "key": signer.public})
        await revoke(house, house.world.inspector, signer)
        assert (await lost.get("/pack")).status_code == 401
        assert (await other.get("/pack")).status_code == 200


async def test_it_is_taken_out_of_use_on_a_page_by_its_owner_and_by_whoever_answers_for_them(house: House) -> None:
    for actor, page in ((house.world.inspector, "/me/devices"), (house.world.administrator, f"/people/{house.world.inspector.id}/devices"), (house.world.supervisor, f"/people/{house.world.inspector.id}/devices")):
        signer = await enrolled(house, house.world.inspector)
        async with house.client(actor) as desk:
            shown = await desk.get(page)
            assert f"devices/{signer.id}/revoke" in shown.text
            form = {"_id": new_id(), "_csrf_token": desk.cookies["csrftoken"], "why": "lost"}
            act = f"{'/me' if page.startswith('/me') else '/people'}/devices/{signer.id}/revoke"
            assert (await desk.post(act, data={**form, "why": "bored"})).status_code == 422
            for _ in range(2):  # a double click
                assert (await desk.post(act, data=form)).status_code == 303
            shown = await desk.get(page)
            assert f"devices/{signer.id}/revoke" not in shown.text
            assert "丢失" in shown.text


async def test_it_is_taken_out_of_use_once_and_by_nobody_else(house: House) -> None:
    signer, id = await enrolled(house, house.world.inspector), new_id()
    for actor in (house.world.second, house.world.contact, house.world.foreigner):
        with pytest.raises(Refusal) as refused:
            await revoke(house, actor, signer)
        assert refused.value.code == "not_found"
    done = await revoke(house, house.world.supervisor, signer, id=id)
    assert await revoke(house, house.world.supervisor, signer, id=id) == done
    with pytest.raises(Refusal) as refused:
        await revoke(house, house.world.supervisor, signer)
    assert refused.value.code == "device.out"
    assert [one.kind for one in await history(signer.id)] == ["device.enrolled", "device.revoked"]


async def test_nobody_takes_the_device_in_their_hand_out_of_use(house: House) -> None:
    signer = Signer()
    async with house.client(house.world.inspector, **OURS) as phone:
        await phone.post("/devices", json={"id": signer.id, "key": signer.public})
        shown = (await phone.get("/me/devices")).text
        assert "本机" in shown
        assert "/revoke" not in shown
        form = {"_id": new_id(), "_csrf_token": phone.cookies["csrftoken"], "why": "lost"}
        answer = await phone.post(f"/me/devices/{signer.id}/revoke", data=form)
        assert (answer.status_code, "正在用的设备" in answer.text) == (409, True)


async def test_no_command_of_devices_goes_over_the_wire(house: House) -> None:
    signer = Signer()
    async with house.client(house.world.inspector) as phone:
        sent = envelope(house, {"id": signer.id, "key": signer.public}, kind="devices.enrol")
        assert (await post(phone, sent)).json()["receipts"][0]["refusal"]["code"] == "command.unknown"


# The rules


@given(message=st.binary(max_size=200), flipped=st.integers(0, 511))
def test_one_bit_of_a_signature_makes_it_another(message: bytes, flipped: int) -> None:
    signature = bytearray(SIGNER.sign(message))
    rules.check_signed(SIGNER.public, bytes(signature), message)
    signature[flipped // 8] ^= 1 << flipped % 8
    with pytest.raises(Refusal):
        rules.check_signed(SIGNER.public, bytes(signature), message)


@given(st.text(max_size=200), st.text(max_size=120), st.booleans())
def test_whatever_stands_in_the_headers_is_read_or_refused(given_: str, signature: str, has_body: bool) -> None:
    with pytest.raises(Refusal):
        rules.claim(given_, signature, has_body)


SIGNER = Signer()
