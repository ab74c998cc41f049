"""What leaves the house. A try is written down before it is made and after: whoever is killed between leaves one that is made once more at most, and says so.

Each receiver's messages go one after another, receivers side by side: one that is slow keeps nobody else waiting.
"""

import asyncio
import datetime as dt
import ssl
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

import httpx
import structlog

from server.database.fields import as_json
from server.foundation import clock
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.foundation.words import Words
from server.ledger.perform import Ledger
from server.reminders import messages, push, robots, rules, sealing
from server.reminders.queries import by_place, to_send
from server.reminders.queries.to_send import Message
from server.reminders.robots import OK, Call, Outcome
from server.reminders.tables import PushSubscription, ReminderMessage, ReminderRobot
from server.settings import Settings

MOST = 200  # messages in one round
ROUND = 30.0  # seconds after which a round leaves the rest to the next
ANSWER = 64 * 1024  # bytes of an answer that are read
MINUTE = dt.timedelta(minutes=1)

Post = Callable[[Call], Awaitable[tuple[int, bytes]]]
log = structlog.get_logger()


class Unreached(Exception):
    """Nothing was sent: nobody was there to take it."""


async def post(call: Call) -> tuple[int, bytes]:
    """Status and body. Follows no redirect: an address that was checked is the one that is called. Unreached, or any other httpx error or TimeoutError: nobody knows."""
    try:
        async with (
            asyncio.timeout(rules.PATIENCE), httpx.AsyncClient(timeout=rules.PATIENCE, follow_redirects=False, verify=_trusted()) as client,
            client.stream("POST", call.address, headers=call.headers, content=call.content) as answer,
        ):  # fmt: skip
            body = b""
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > ANSWER:
                    break
            return answer.status_code, body[:ANSWER]
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol, httpx.ProxyError) as error:
        raise Unreached from error


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates that the machine trusts: to read them takes longer than to call."""
    return ssl.create_default_context()


class Sender:
    """post: by what it calls; the demonstration has one that calls nobody."""

    def __init__(self, ledger: Ledger, settings: Settings, post: Post = post) -> None:
        self.ledger, self.settings, self.post = ledger, settings, post

    async def round(self) -> None:
        """Everything whose time has come. Refusal: busy."""
        await self._recover()
        due = await to_send.messages_due(clock.now(), MOST)
        held = await by_place.rules_of(message.place_path for message in due)
        queues: dict[str, list[Message]] = {}
        for message in due:
            if quiet := rules.quiet_until(held[message.place_path].rules, clock.now()):
                await self._change(message, next_at=quiet)
            else:
                queues.setdefault(message.receiver_id if message.channel == "robot" else message.channel, []).append(message)
        async with asyncio.TaskGroup() as group:
            for queue in queues.values():
                group.create_task(self._queue(queue))

    async def _queue(self, queue: list[Message]) -> None:
        """One after another, until time is up or one does not go through: the others would fare alike."""
        began = asyncio.get_running_loop().time()
        for message in queue:
            outcome = await self.send(message)
            if asyncio.get_running_loop().time() - began > ROUND or (outcome and outcome.kind in ("slow", "unsure")):
                return

    async def _recover(self) -> None:
        """Tries that were broken off: nobody knows whether they arrived."""
        for message in await to_send.broken_off(clock.now() - rules.STALE):
            await self._record(message, Outcome("unsure", Words("发送时服务中断", "the server was stopped while it was sent")))

    async def send(self, message: Message) -> Outcome | None:
        """One message, unless it is another server's, its receiver has had enough for a minute, or nothing of it is still true."""
        about = await to_send.digest(message.id)
        if not about.count:
            await self._change(message, state="dropped")
            return None
        if message.channel == "robot" and await to_send.tried_since(message.receiver_id, clock.now() - MINUTE) >= rules.A_MINUTE:
            await self._change(message, next_at=clock.now() + MINUTE)
            return Outcome("slow")
        claim = new_id()
        await self.ledger.keep(run=[to_send.claimed(message.id, claim, clock.now())])
        mine = await to_send.message(message.id)
        if mine is None or mine.claim != claim:
            return None
        outcome = await self._tried(mine, about)
        await self._record(mine, outcome)
        return outcome

    async def try_robot(self, robot: by_place.Robot) -> Outcome:
        """A message to see whether it arrives: tried once, counted and kept like any other. Refusals: reminder.often, reminder.key, busy."""
        now, id = clock.now(), new_id()
        if await to_send.tried_since(robot.id, now - MINUTE) >= rules.A_MINUTE:
            raise Refusal("reminder.often", most=rules.A_MINUTE)
        kept = sealing.opened(self.settings.secret(), robot.id, robot.sealed)
        row = {"id": id, "channel": "robot", "receiver_id": robot.id, "place_path": robot.place_path, "state": "sending", "claim": id, "tries": 1}
        await self.ledger.keep(add=[(ReminderMessage, {**row, "next_at": now, "tried_at": now, "made_at": now})])
        outcome = await self._called(robots.call(robot.kind, kept.address, kept.secret, messages.trial_text(robot.place), now), lambda status, body: robots.outcome(robot.kind, status, body))
        state = {"ok": "sent", "unsure": "unsure"}.get(outcome.kind, "failed")
        told = {"state": state, "sent_at": clock.now() if outcome is OK else None, "said": _said(outcome)}
        await self.ledger.keep(change=[(ReminderMessage, id, told), self._health(robot.id, outcome)])
        return outcome

    # One try

    async def _tried(self, message: Message, about: messages.Digest) -> Outcome:
        try:
            return await {"robot": self._robot, "sms": self._sms, "push": self._push}[message.channel](message, about)
        except Refusal as refusal:
            return Outcome("no", refusal.words)
        except Exception as error:  # a fault of ours with one message keeps no other waiting
            log.error("reminder.broken", channel=message.channel, message=message.id, error=type(error).__name__)
            return Outcome("unsure", Words("服务器出错", "the server failed"))

    async def _robot(self, message: Message, about: messages.Digest) -> Outcome:
        robot = await by_place.robot(message.receiver_id)
        if robot is None:
            return Outcome("no", Words("机器人已移除", "the robot was removed"))
        kept = sealing.opened(self.settings.secret(), robot.id, robot.sealed)
        rules.check_robot(robot.kind, kept.address, self.settings.hooks)  # a gateway may be allowed no more
        link = f"{self.settings.origin}/reminders" if self.settings.origin else ""
        text = messages.robot_text(about, await to_send.place_name(message.place_path), message.is_again, link, clock.today())
        return await self._called(robots.call(robot.kind, kept.address, kept.secret, text, clock.now()), lambda status, body: robots.outcome(robot.kind, status, body))

    async def _sms(self, message: Message, about: messages.Digest) -> Outcome:
        gateway, person = self.settings.sms, await to_send.addressee(message.receiver_id)
        if gateway is None or person is None or not rules.mobile(person.sign_in):
            return Outcome("no", Words("没有短信网关，或没有手机号", "there is no SMS gateway, or no number"))
        text = messages.sms_text(about, message.is_again, "en" if person.lang == "en" else "zh")
        return await self._called(messages.sms_call(gateway, person.sign_in, text, about.count), lambda status, body: messages.sms_outcome(gateway, status, body))

    async def _push(self, message: Message, about: messages.Digest) -> Outcome:
        """To each of the person's browsers; it has gone through where one took it."""
        person, told = await to_send.addressee(message.receiver_id), [Outcome("no", Words("没有开通手机通知", "no browser asks to be told"))]
        plain = messages.push_text(about, "en" if person and person.lang == "en" else "zh")
        for one in await to_send.subscriptions(message.receiver_id) if person else ():
            rules.check_push(one.browser.endpoint)
            call = push.call(self.settings.secret(), one.browser, plain, self.settings.origin or "https://localhost", int(clock.now().timestamp()))
            told.append(await self._called(call, lambda status, _: push.outcome(status)))
            if told[-1] == push.GONE:
                await self.ledger.keep(change=[(PushSubscription, one.id, {"gone_at": clock.now()})])
        return min(told[::-1], key=lambda outcome: ("ok", "unsure", "slow", "no").index(outcome.kind))

    async def _called(self, call: Call, read: Callable[[int, bytes], Outcome]) -> Outcome:
        try:
            return read(*await self.post(call))
        except Unreached:
            return Outcome("no", Words("连接不上", "nobody answers there"))
        except (httpx.HTTPError, TimeoutError, OSError):
            return Outcome("unsure", Words("发出后没有得到回答", "no answer came after it was sent"))

    # What came of it

    async def _record(self, message: Message, outcome: Outcome) -> None:
        changed: dict[str, Any] = {"said": _said(outcome)}
        later = clock.now() + rules.BACKOFF[min(message.tries, len(rules.BACKOFF)) - 1]
        if outcome.kind == "ok":
            changed |= {"state": "twice" if message.is_again else "sent", "sent_at": clock.now()}
        elif outcome.kind == "unsure" and message.is_again:
            changed |= {"state": "unsure", "sent_at": clock.now()}
        elif message.tries > len(rules.BACKOFF):
            changed |= {"state": "unsure" if message.is_again else "failed"}
        else:
            changed |= {"state": "pending", "next_at": later, "is_again": message.is_again or outcome.kind == "unsure"}
        health = [self._health(message.receiver_id, outcome)] if message.channel == "robot" else []
        await self.ledger.keep(change=health, run=[to_send.recorded(message, changed)])

    def _health(self, robot: str, outcome: Outcome) -> tuple[Any, str, dict[str, Any]]:
        """How a robot fares, for its administrator."""
        if outcome.kind == "ok":
            return ReminderRobot, robot, {"answered_at": clock.now(), "failing_at": None, "said": ""}
        return ReminderRobot, robot, {"failing_at": clock.now(), "said": _said(outcome)}

    async def _change(self, message: Message, **changed: Any) -> None:
        await self.ledger.keep(change=[(ReminderMessage, message.id, changed)])


def _said(outcome: Outcome) -> str:
    return as_json(outcome.words) if outcome.words.zh else ""
