"""Attacks on what leaves the house: keys in its logs, calls into its own network, and history files made to deceive whoever checks them."""

import base64
import hashlib
import io
import json
import logging
import sys

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server import logs
from server.audits import file
from server.foundation import clock
from server.foundation.refusal import Refusal
from server.problems.queries import problem
from server.reminders import rules
from server.reminders.queries import to_send
from server.reminders.robots import Call
from server.reminders.sending import post
from server.settings import Settings
from tests.conftest import House
from tests.forms import token
from tests.operations.commands import dugai
from tests.problems.test_rechecks_on_site import reported
from tests.reminders.gateway import gateway
from tests.reminders.test_push import Phone

# Keys in logs


@pytest.mark.parametrize("level", ["debug", "info"])
async def test_no_log_says_whom_a_robot_or_a_gateway_is_called_at(level: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The HTTP library wrote down every address, with its key, its secret or its number."""
    said, before = io.StringIO(), (logging.root.handlers[:], logging.root.level)
    monkeypatch.setattr(sys, "stderr", said)
    logs.configure(level)
    try:
        async with gateway() as called:
            await post(Call(f"{called.origin}/robot/send?access_token=VERYSECRET", {"authorization": "Bearer VERYSECRET"}, b"{}"))
    finally:
        logging.root.handlers[:], logging.root.level = before
    assert len(called.heard) == 1
    assert "VERYSECRET" not in said.getvalue()


# Calls into the house's own network


GATEWAY = "http://10.0.0.9:8000"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return msgspec.structs.replace(settings, hooks=(GATEWAY,))


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_nobody_has_the_server_call_a_gateway_of_its_own_network(house: House) -> None:
    """DUGAI_HOOKS names where robots may be called, by administrators; any browser's address was taken there too, with any path."""
    async with house.client(house.world.contact) as client:
        phone = Phone()
        for path in ("push/one", "admin/restart?now=1"):
            phone.browser = msgspec.structs.replace(phone.browser, endpoint=f"{GATEWAY}/{path}")
            assert (await phone.ask(client)).status_code == 422
    assert await to_send.subscriptions(house.world.contact.id) == []


@pytest.mark.parametrize(
    "address",
    [
        "https://127.0.0.1/x", "https://localhost/x", "https://[::1]/x", "https://[::ffff:169.254.169.254]/latest/meta-data", "http://169.254.169.254/latest/meta-data", "https://2130706433/x", "https://0x7f.1/x",
        "https://fcm.googleapis.com@127.0.0.1/x", "https://127.0.0.1#@fcm.googleapis.com/x", "https://127.0.0.1\\.push.apple.com/x", "https://push.apple.com/x", "https://.push.apple.com:22/x", "https://fcm.googleapis.com:22/x", "https://fcm.googleapis.com.:443/x",
        "ftp://fcm.googleapis.com/x", "//fcm.googleapis.com/x", "https:fcm.googleapis.com/x", "https://fcm.googleapis.com\t/x", "https://ｆcm.googleapis.com/x", "https://fcm.googleapis.com/" + "x" * 2000,
    ],
)  # fmt: skip
def test_only_a_push_service_is_called_for_a_browser(address: str) -> None:
    with pytest.raises(Refusal, match=r"reminder\.push"):
        rules.check_push(address)


# History files


def forged(**about: str) -> bytes:
    """A file sealed by somebody with a key of their own."""
    key = Ed25519PrivateKey.generate()
    public = base64.b64encode(key.public_key().public_bytes_raw()).decode()
    told = {"place": "万州区民政局", "place_id": "x", "since": "2026-01-01", "until": "2026-01-02", "at": "2026-01-01T00:00:00Z", "by": "田静", **about}
    first = json.dumps({"format": file.FORMAT, "key": public, "about": told}).encode() + b"\n"
    head = msgspec.json.encode(file.Head(1, "x", 0, 0, hashlib.sha256(first).hexdigest()))
    return first + b'{"head":' + head + b',"signature":"' + base64.b64encode(key.sign(head)) + b'"}\n'


DEEP = b"[" * 100_000 + b"]" * 100_000
FIRST = forged().splitlines(keepends=True)[0]
HOSTILE = {
    "nothing": b"", "no text": b"\xff\xfe\x00", "brackets without end": DEEP, "deep data": FIRST + b'{"event":{"data":{"a":' + DEEP + b"}}}\n", "a deep field": FIRST + b'{"x":' + DEEP + b"}\n",
    "a number of 5,000 digits": FIRST + b'{"segment":{"id":' + b"9" * 5000 + b"}}\n", "a head that is none": FIRST + b'{"head":null,"signature":"x"}\n', "a signature that is no base64": FIRST + b'{"head":{"segment":1,"digest":"x","segments":0,"events":0,"above":"x"},"signature":"\xc3\xa9"}\n',
    "only its first line": FIRST, "a million lines of nothing": FIRST + b"x\n" * 1_000_000, "NULs": FIRST + b"\0" * 1_000_000,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_no_file_breaks_its_checking_and_each_is_named_unsound(name: str) -> None:
    report = file.checked(io.BytesIO(HOSTILE[name]))
    assert 0 < len(report.faults) <= file.MOST_FAULTS + 1


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_strangers_file_gives_the_terminal_no_orders(settings: Settings) -> None:
    """A name that clears the screen and writes a verdict of its own."""
    path = settings.data / "forged.ndjson"
    path.write_bytes(forged(place="x\x1b[2J\x1b]0;title\x07\r万州区民政局\u202e", by="\x9b31m田静"))
    told = dugai(settings, "ledger", "verify", str(path))
    assert not {"\x1b", "\x07", "\r", "\x9b", "\u202e"} & set(told)
    assert "compare it with the key" in told
    assert "another key" in dugai(settings, "ledger", "verify", str(path), "--key", file.public_key("x"), code=1)


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_an_auditor_posts_nothing_but_what_is_their_own(house: House) -> None:
    """By the forms of the desk, with a problem, notice and visit they see: nothing of it changes."""
    world, id = house.world, await reported(house)
    stands = await problem(world.auditor, id)
    assert stands
    on = clock.today().isoformat()
    forms = {
        f"/problems/{id}/pass": {"record": "好"}, f"/problems/{id}/fail": {"record": "x", "due_on": on}, f"/problems/{id}/close": {}, f"/problems/{id}/withdraw": {"reason": "x"}, f"/problems/{id}/assign": {"person": "x"},
        f"/problems/{id}/report": {"text": "x"}, f"/notices/{stands.notice_id}/sign": {}, f"/notices/{stands.notice_id}/note_signed": {"signer": "x", "on": on}, f"/notices/{stands.notice_id}/note_refused": {"reason": "x", "first": "a", "second": "b", "on": on},
        f"/notices/{stands.notice_id}/take_back": {"reason": "x"}, f"/visits/{stands.visit_id}/amend": {"seen": "0", "reason": "x", "kind": "special", "mode": "random"}, "/selections": {"problem": id}, "/notices": {"problem": id}, "/plans": {}, "/workdays": {}, "/imports": {},
        f"/facilities/{world.home}": {"name": "x"}, "/facilities": {"name": "x"}, "/people": {"name": "x"}, "/places": {"name": "x"}, "/drafts": {}, f"/reminders/settings/{world.wanzhou}": {},
    }  # fmt: skip
    async with house.client(world.auditor) as client:
        for path, given in forms.items():
            assert (await client.post(path, data={**await token(client), **given})).status_code == 403, path
    assert await problem(world.auditor, id) == stands
