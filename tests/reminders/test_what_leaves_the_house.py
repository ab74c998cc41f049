"""Robots, SMS and their faults: each told once, one digest, tried again where it is certain that nothing arrived, and once more at most where nobody knows."""

import asyncio
import base64
import datetime as dt
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest
import structlog

from server.foundation import clock
from server.foundation.ids import new_id
from server.problems.tables import Problem
from server.reminders import rules
from server.reminders.queries import by_place
from server.reminders.robots import Call
from server.reminders.sending import post
from server.reminders.tables import Reminder, ReminderMessage
from server.settings import Settings, Sms
from tests.conftest import House
from tests.forms import token
from tests.problems.test_the_workflow import act
from tests.reminders.cast import MONDAY, add_robot, at, later, running, sent, server, set_rules, told
from tests.reminders.gateway import Gateway

LATE = {-1: ("supervisor",), 1: ("supervisor",)}


async def one_due(house: House, gateway: Gateway, kind: str = "wecom", secret: str = "", quiet: tuple[str, str] = ("20:00", "08:00")) -> tuple[str, str]:
    """A problem of which the bureau's robot is to be told today; ids of both."""
    at(MONDAY)
    await set_rules(house, LATE, quiet=quiet)
    return await running(house, 1), await add_robot(house, gateway, kind, secret=secret)


@pytest.mark.parametrize("kind", ["wecom", "dingtalk", "feishu"])
async def test_each_vendors_robot_is_told_in_its_own_way_and_signed(house: House, gateway: Gateway, kind: str) -> None:
    await one_due(house, gateway, kind, secret="" if kind == "wecom" else "SECabc")
    await server(house).look()
    (said,) = gateway.heard
    (text,) = gateway.texts()
    assert text.startswith("【督改】万州区民政局：将到期 1 件。")
    assert "万民整〔2026〕1号　还剩 1 天" in text
    asked = parse_qs(urlsplit(said.path).query)
    if kind == "dingtalk":
        wanted = hmac.new(b"SECabc", f"{asked['timestamp'][0]}\nSECabc".encode(), hashlib.sha256).digest()
        assert base64.b64decode(asked["sign"][0]) == wanted
        assert asked["timestamp"][0] == str(int(clock.now().timestamp() * 1000))
    if kind == "feishu":
        wanted = hmac.new(f"{said.json['timestamp']}\nSECabc".encode(), b"", hashlib.sha256).digest()
        assert base64.b64decode(said.json["sign"]) == wanted
    assert [row["state"] for row in await sent()] == ["sent"]


async def test_a_message_names_no_person_no_finding_and_no_facility(house: House, gateway: Gateway) -> None:
    await one_due(house, gateway)
    await server(house).look()
    text = gateway.texts()[0]
    assert not [words for words in ("谭秀梅", "冉国强", "安康养老院", "食堂", "13800") if words in text]


@pytest.mark.parametrize("settings", ["sqlite", pytest.param("postgres", marks=pytest.mark.long)], indirect=True)
async def test_ten_thousand_overdue_are_one_digest(house: House, gateway: Gateway) -> None:
    id, robot = await one_due(house, gateway)
    await server(house).look()
    gateway.heard.clear()
    before = await house.ledger.writer.query("select * from problem where id = ?", id)
    many = [{**before[0], "id": new_id(), "number": f"万民整〔2025〕{n}号", "spot": f"x{n}", "due_on": MONDAY - dt.timedelta(days=9)} for n in range(10_000)]
    await house.ledger.keep(add=[(Problem, row) for row in many])
    at(MONDAY + dt.timedelta(days=1))
    await server(house).look()
    (text,) = gateway.texts()
    assert "逾期 10000 件" in text
    assert "等 10001 件" in text or "等 10000 件" in text
    assert len(text.encode()) < 2048
    assert len(await told("robot", receiver_id=robot)) == 10_001
    assert [row["state"] for row in await sent()] == ["sent", "sent"]


@pytest.mark.parametrize(
    ("mood", "again", "words"),
    [
        ("broken", False, "HTTP 500"), ("limited", False, "限流"), ("nonsense", True, "读不懂"), ("cut", True, "没有得到回答"), ("slow", True, "没有得到回答"), ("between", True, "HTTP 504"),
    ],
)  # fmt: skip
async def test_a_robot_at_fault_is_tried_again_and_its_administrator_told(house: House, gateway: Gateway, monkeypatch: Any, mood: str, again: bool, words: str) -> None:
    monkeypatch.setattr(rules, "PATIENCE", 0.3)
    _, robot = await one_due(house, gateway)
    gateway.mood, reminders = mood, server(house)
    await reminders.look()
    (row,) = await sent()
    assert (row["state"], bool(row["is_again"]), row["tries"], row["next_at"]) == ("pending", again, 1, clock.now() + dt.timedelta(minutes=1))
    async with house.client(house.world.administrator) as client:
        page = (await client.get(f"/reminders/settings/{house.world.wanzhou}")).text
        assert "发不出" in page
        assert words in page
    await reminders.look()
    assert len(gateway.heard) == 1, "not before its time"
    gateway.mood = "ok"
    later(minutes=2)
    await reminders.look()
    assert [row["state"] for row in await sent()] == ["twice" if again else "sent"]
    assert ("可能重复" in gateway.texts()[-1]) == again
    found = await by_place.robot(robot)
    assert found
    assert found.failing_at is None
    later(days=1)
    await reminders.look()
    assert len(gateway.heard) == 2


async def test_nobody_knows_twice_and_it_is_left_at_that(house: House, gateway: Gateway) -> None:
    await one_due(house, gateway)
    gateway.mood, reminders = "cut", server(house)
    for _ in range(6):
        await reminders.look()
        later(hours=1)
    assert [row["state"] for row in await sent()] == ["unsure"]
    assert len(gateway.heard) == 2, "at most once more"


async def test_one_that_never_answers_well_is_given_up_after_a_day(house: House, gateway: Gateway) -> None:
    await one_due(house, gateway, quiet=("00:00", "00:00"))
    gateway.mood, reminders = "broken", server(house)
    for _ in range(40):
        await reminders.look()
        later(minutes=61)
    (row,) = [row for row in await sent() if row["made_at"] == (await sent())[0]["made_at"]]
    assert (row["state"], row["tries"]) == ("failed", len(rules.BACKOFF) + 1)
    assert len(await told("app")) > 0, "in the app it stands all the same"


async def test_a_robot_that_is_down_or_slow_keeps_nobody_else_waiting(house: House, gateway: Gateway, monkeypatch: Any) -> None:
    monkeypatch.setattr(rules, "PATIENCE", 0.5)
    await one_due(house, gateway)
    await add_robot(house, gateway, "dingtalk", key="other")
    gateway.moods = {"webhook": "slow"}
    await server(house).look()
    assert len(gateway.texts("other")) == 1
    assert {row["state"] for row in await sent()} == {"pending", "sent"}


async def test_what_is_done_before_it_went_out_does_not_go_out(house: House, gateway: Gateway) -> None:
    id, _ = await one_due(house, gateway)
    gateway.mood, reminders = "broken", server(house)
    await reminders.look()
    await act(house, house.world.supervisor, "withdraw", id, reason="重复")
    gateway.mood = "ok"
    later(minutes=2)
    await reminders.look()
    assert [row["state"] for row in await sent()] == ["dropped"]
    assert len(gateway.heard) == 1


async def test_at_night_nothing_leaves_and_in_the_morning_it_does(house: House, gateway: Gateway) -> None:
    await one_due(house, gateway)
    at(MONDAY, 21)
    reminders = server(house)
    await reminders.look()
    assert (len(await told("app")), gateway.heard) == (1, []), "in the app it stands at once"
    at(MONDAY + dt.timedelta(days=1), 7)
    await reminders.look()
    assert gateway.heard == []
    at(MONDAY + dt.timedelta(days=1), 8)
    await reminders.look()
    assert len(gateway.heard) == 1


async def test_a_robot_is_called_twenty_times_a_minute_and_no_more(house: House, gateway: Gateway) -> None:
    id, robot = await one_due(house, gateway)
    now, world = clock.now(), house.world
    for n in range(25):
        message = {"id": new_id(), "channel": "robot", "receiver_id": robot, "place_path": world.paths[world.wanzhou], "next_at": now, "made_at": now}
        reminder = {"id": f"r{n}", "days": n, "problem_id": id, "due_on": MONDAY + dt.timedelta(days=1), "place_path": world.paths[world.home], "level": "supervisor", "receiver_id": robot, "channel": "robot", "made_at": now}
        await house.ledger.keep(add=[(ReminderMessage, message), (Reminder, {**reminder, "message_id": message["id"]})])
    reminders = server(house)
    await reminders.look()
    assert len(gateway.heard) == 20
    await reminders.look()
    assert len(gateway.heard) == 20
    later(seconds=61)
    await reminders.look()
    assert len(gateway.heard) == 25


async def test_broken_off_between_sending_and_recording_it_is_sent_once_more_and_says_so(house: House, gateway: Gateway) -> None:
    await one_due(house, gateway)

    arrived = asyncio.Event()

    async def never_back(call: Call) -> tuple[int, bytes]:
        await post(call)
        arrived.set()
        await asyncio.Event().wait()
        raise AssertionError

    reminders = server(house)
    reminders.sender.post = never_back
    look = asyncio.create_task(reminders.look())
    await arrived.wait()
    look.cancel()
    await asyncio.gather(look, return_exceptions=True)
    assert [row["state"] for row in await sent()] == ["sending"]
    other = server(house)
    later(seconds=90)
    await other.look()
    later(minutes=2)
    await other.look()
    assert [row["state"] for row in await sent()] == ["twice"]
    assert ["可能重复" in text for text in gateway.texts()] == [False, True]
    for _ in range(3):
        later(hours=1)
        await other.look()
    assert len(gateway.heard) == 2


GATEWAY = Sms("", "Authorization: Bearer {secret}", '{"phone":"{phone}","content":"{text}"}', "s3cret", '"OK"')


async def test_an_sms_goes_through_the_gateway_as_operations_have_written_it(house: House, gateway: Gateway) -> None:
    at(MONDAY)
    await set_rules(house, {-1: ("contact",)}, sms=True)
    await running(house, 1)
    await running(house, 1, "库房")
    reminders = server(house, sms=msgspec.structs.replace(GATEWAY, address=f"{gateway.origin}/sms?to={{phone}}"))
    await reminders.look()
    (said,) = gateway.heard
    assert (said.path, said.headers["authorization"]) == ("/sms?to=13800000003", "Bearer s3cret")
    assert said.json == {"phone": "13800000003", "content": "【督改】您有 2 件整改待办，将到期 2 件，请登录督改办理。"}
    assert [row["state"] for row in await sent()] == ["sent"]
    gateway.answers["/sms"] = {"code": "isv.BUSINESS_LIMIT_CONTROL"}
    await running(house, 1, "走廊")
    await reminders.look()
    assert [row["state"] for row in await sent()] == ["sent", "pending"]


def test_what_is_filled_into_a_template_cannot_leave_its_place() -> None:
    from server.reminders.messages import sms_call

    call = sms_call(Sms("https://x.example/{phone}", "content-type: application/x-www-form-urlencoded", "p={phone}&t={text}", "", ""), "1&2", "a&b={secret}", 1)
    assert call.content == b"p=1%262&t=a%26b%3D%7Bsecret%7D"
    assert call.address == "https://x.example/1%262"
    call = sms_call(Sms("https://x.example", "", '{"t":"{text}"}', "", ""), "1", 'x","admin":"1', 1)
    assert json.loads(call.content) == {"t": 'x","admin":"1'}


# The pages


async def test_an_administrator_sets_rules_adds_a_robot_tries_it_and_removes_it(house: House, gateway: Gateway) -> None:
    at(MONDAY)
    place = f"/reminders/settings/{house.world.wanzhou}"
    async with house.client(house.world.administrator) as client:
        assert (await client.get("/reminders/settings")).headers["location"] == place
        form = {**await token(client), "days_0": "-2", "contact_0": "1", "days_1": "5", "above_1": "1", "quiet_from": "19:00", "quiet_until": "08:30"}
        assert (await client.post(place, data=form)).status_code == 303
        held = (await by_place.rules_of([house.world.paths[house.world.home]]))[house.world.paths[house.world.home]]
        assert [(step.days, step.to) for step in held.rules.steps] == [(-2, ("contact",)), (5, ("above",))]
        wrong = await client.post(place, data={**form, **await token(client), "days_1": "x"})
        assert wrong.status_code == 422
        assert 'value="x"' in wrong.text
        robot = {**await token(client), "kind": "dingtalk", "name": "督导群", "address": gateway.address("dingtalk", "KEY"), "secret": "SECabc"}
        evil = await client.post(f"{place}/robots", data={**robot, **await token(client), "address": "https://evil.example/robot/send"})
        assert evil.status_code == 422
        assert "evil.example" in evil.text
        assert (await client.post(f"{place}/robots", data=robot)).status_code == 303
        assert (await client.post(f"{place}/robots", data=robot)).status_code == 303, "a double click is one act"
        page = (await client.get(place)).text
        assert page.count("发一条试试") == 1
        (kept,) = await by_place.robots_at([house.world.paths[house.world.wanzhou]])
        assert not [text for text in (page, kept.sealed) if "KEY" in text or "SECabc" in text]
        assert "发出去了" in (await client.post(f"/reminders/robots/{kept.id}/try", data=await token(client))).text
        assert gateway.texts() == ["【督改】万州区民政局：这是一条测试消息，整改提醒将发到这里。"]
        gateway.mood = "limited"
        assert "没有成功" in (await client.post(f"/reminders/robots/{kept.id}/try", data=await token(client))).text
        assert (await client.post(f"/reminders/robots/{kept.id}/remove", data=await token(client))).status_code == 303
        assert "发一条试试" not in (await client.get(place)).text


async def test_no_log_no_event_and_no_column_holds_an_address(house: House, gateway: Gateway) -> None:
    await one_due(house, gateway, "dingtalk", secret="SECverysecret")
    gateway.mood = "broken"
    with structlog.testing.capture_logs() as logs:
        await server(house).look()
        gateway.mood = "cut"
        later(minutes=2)
        await server(house).look()
    kept = [str(row) for table in ("event", "receipt", "reminder_robot", "reminder_message") for row in await house.ledger.writer.query(f"select * from {table}")]
    assert not [text for text in (*map(str, logs), *kept) if "SECverysecret" in text or "access_token" in text]


async def test_under_another_secret_a_robot_says_that_it_must_be_added_again(house: House, gateway: Gateway, settings: Settings) -> None:
    await one_due(house, gateway)
    (settings.data / "secret").write_text("another")
    await server(house).look()
    async with house.client(house.world.administrator) as client:
        assert "密钥换过" in (await client.get(f"/reminders/settings/{house.world.wanzhou}")).text
    assert gateway.heard == []


async def test_a_redirect_is_not_followed(gateway: Gateway) -> None:
    async def elsewhere(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(f"HTTP/1.1 307 X\r\nlocation: {gateway.origin}/sms\r\ncontent-length: 0\r\n\r\n".encode())
        writer.close()

    door = await asyncio.start_server(elsewhere, "127.0.0.1", 0)
    status, _ = await post(Call(f"http://127.0.0.1:{door.sockets[0].getsockname()[1]}/x", {}, b""))
    door.close()
    assert (status, gateway.heard) == (307, [])
