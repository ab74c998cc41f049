"""Web Push: encrypted as RFC 8291 shows it, under the server's name, with a count and nothing else."""

import base64
import datetime as dt
import json

import httpx
import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from server.foundation import clock
from server.reminders import push
from server.reminders.push import Browser
from server.reminders.queries import to_send
from server.reminders.robots import Call
from server.reminders.sending import post
from server.reminders.work import Reminders
from tests.conftest import House
from tests.forms import token
from tests.reminders.cast import MONDAY, at, running, sent
from tests.reminders.gateway import Gateway, Said


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_the_example_of_the_rfc_comes_out_to_the_byte() -> None:
    """RFC 8291, appendix A."""
    ours = ec.derive_private_key(int.from_bytes(_bytes("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw")), ec.SECP256R1())
    browser = Browser("", "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", "BTBZMqHH6r4Tts7J_aSIgg")
    made = push.encrypted(browser, b"When I grow up, I want to be a watermelon", ours, _bytes("DGv6ra1nlYgDCS1FRnbzlw"))
    assert push.text(made) == (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
        "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
    )


SERVICE = "https://updates.push.services.mozilla.com"


def serving(house: House, gateway: Gateway) -> Reminders:
    """A server for which the gateway stands where a push service does."""
    async def by_gateway(call: Call) -> tuple[int, bytes]:
        return await post(msgspec.structs.replace(call, address=call.address.replace(SERVICE, gateway.origin)))

    return Reminders(house.ledger, house.settings, by_gateway)


class Phone:
    """A browser that asked to be told."""

    def __init__(self, name: str = "one") -> None:
        self.key, self.auth = ec.generate_private_key(ec.SECP256R1()), b"0123456789abcdef"
        self.browser = Browser(f"{SERVICE}/push/{name}", push.text(push.public(self.key)), push.text(self.auth))

    async def ask(self, client: httpx.AsyncClient) -> httpx.Response:
        form = {"endpoint": self.browser.endpoint, "p256dh": self.browser.p256dh, "auth": self.browser.auth}
        return await client.post("/reminders/push", data={**await token(client), **form})

    def reads(self, body: bytes) -> bytes:
        """RFC 8291 from the other end."""
        salt, theirs, sealed = body[:16], body[21:86], body[86:]
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), theirs))
        secret = HKDF(hashes.SHA256(), 32, self.auth, b"WebPush: info\0" + push.public(self.key) + theirs).derive(shared)
        key = HKDF(hashes.SHA256(), 16, salt, b"Content-Encoding: aes128gcm\0").derive(secret)
        nonce = HKDF(hashes.SHA256(), 12, salt, b"Content-Encoding: nonce\0").derive(secret)
        return AESGCM(key).decrypt(nonce, sealed, None).removesuffix(b"\2")


def claims(said: Said) -> dict[str, object]:
    """What the token says, its signature checked with the key beside it."""
    token, key = (part.strip().partition("=")[2] for part in said.headers["authorization"].removeprefix("vapid").split(","))
    head, body, signature = token.split(".")
    raw = _bytes(signature)
    signed = encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(key)).verify(signed, f"{head}.{body}".encode(), ec.ECDSA(hashes.SHA256()))
    return dict(json.loads(_bytes(body)))


async def test_a_phone_asks_is_told_how_many_and_no_more_once_it_is_turned_off(house: House, gateway: Gateway) -> None:
    at(MONDAY)
    phone, contact = Phone(), house.world.contact
    async with house.client(contact) as client:
        page = (await client.get("/reminders")).text
        assert push.text(push.public(push.private_key(house.settings.secret()))) in page
        assert (await phone.ask(client)).status_code == 303
        assert (await phone.ask(client)).status_code == 303, "asked again it is the same browser"
        await running(house, 1)
        await running(house, 1, "库房")
        await serving(house, gateway).look()
        (said,) = gateway.heard
        assert json.loads(phone.reads(said.body)) == {"title": "督改", "body": "2 件待办"}
        told = claims(said)
        assert (told["aud"], told["exp"]) == (SERVICE, int(clock.now().timestamp()) + push.TOKEN_LIFE)
        (known,) = await to_send.subscriptions(contact.id)
        async with house.client(house.world.supervisor) as other:
            assert (await other.post(f"/reminders/push/{known.id}/end", data=await token(other))).status_code == 404
        assert (await client.post(f"/reminders/push/{known.id}/end", data=await token(client))).status_code == 303
    assert await to_send.subscriptions(contact.id) == []


async def test_a_browser_that_is_gone_is_told_no_more(house: House, gateway: Gateway) -> None:
    at(MONDAY)
    async with house.client(house.world.contact) as client:
        await Phone("old").ask(client)
        await Phone("new").ask(client)
    gateway.moods = {"old": "gone"}
    await running(house, 1)
    await serving(house, gateway).look()
    assert [row["state"] for row in await sent()] == ["sent"], "one of them took it"
    assert [one.browser.endpoint[-3:] for one in await to_send.subscriptions(house.world.contact.id)] == ["new"]


async def test_only_a_push_service_is_called_and_only_with_keys(house: House, gateway: Gateway) -> None:
    phone = Phone()
    async with house.client(house.world.contact) as client:
        for wrong in ("https://evil.example/x", "http://fcm.googleapis.com/x", "https://127.0.0.1/push", "https://push.apple.com.evil.example/x"):
            phone.browser = Browser(wrong, phone.browser.p256dh, phone.browser.auth)
            assert (await phone.ask(client)).status_code == 422
        for p256dh, auth in (("x", phone.browser.auth), (phone.browser.p256dh, "x"), ("A" * 87, phone.browser.auth)):
            phone.browser = Browser("https://fcm.googleapis.com/fcm/send/x", p256dh, auth)
            assert (await phone.ask(client)).status_code == 422
    assert await to_send.subscriptions(house.world.contact.id) == []


async def test_a_phone_that_changes_hands_tells_its_holder_only(house: House, gateway: Gateway) -> None:
    at(MONDAY, 10)
    for actor in (house.world.contact, house.world.supervisor):
        async with house.client(actor) as client:
            await Phone().ask(client)
    assert await to_send.subscriptions(house.world.contact.id) == []
    assert len(await to_send.subscriptions(house.world.supervisor.id)) == 1
    assert dt.timedelta(0) == clock.now() - (await to_send.subscriptions(house.world.supervisor.id))[0].made_at
