"""The demo's reminders: told on each day of its last weeks; a robot that works, one that fails, one that is gone. Nothing of it leaves the machine."""

import datetime as dt

import msgspec

from server.demo.world import World
from server.foundation import clock
from server.foundation.ids import new_id
from server.reminders import sealing
from server.reminders.robots import Call
from server.reminders.sending import Unreached
from server.reminders.work import Reminders
from server.settings import Settings

BUREAU = "示例万州区民政局"
ROBOTS = (
    ("wecom", "安全督导群", "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=sample"), ("dingtalk", "机构联络群", "https://oapi.dingtalk.com/robot/send?access_token=sample"),
    ("feishu", "局办公室群", "https://open.feishu.cn/open-apis/bot/v2/hook/sample"),
)  # fmt: skip
HOURS = (dt.time(8, 40), dt.time(8, 42), dt.time(8, 50), dt.time(9, 10), dt.time(10, 15), dt.time(13, 30), dt.time(19, 45))


async def robots(world: World, settings: Settings) -> None:
    """Of the bureau's group chats; one has been removed again."""
    keeper = await world.person("陈静")
    for kind, name, address in ROBOTS:
        id = new_id()
        sealed = sealing.sealed(settings.secret(), id, sealing.Robot(address))
        await world.do(keeper, "reminders.add_robot", {"id": id, "place": world.places[BUREAU], "kind": kind, "name": name, "sealed": sealed})
    await world.do(keeper, "reminders.remove_robot", {"robot": id})


async def told(world: World, settings: Settings) -> None:
    """What there was to remind of on each of the last days, at hours at which something may be tried again."""
    server = Reminders(world.ledger, settings, _Vendors())
    today = clock.today(world.now)
    for days in range(16, -1, -1):
        for hour in HOURS if days else HOURS[:1]:
            world.at(min(dt.datetime.combine(today - dt.timedelta(days=days), hour, clock.BEIJING), world.now))
            await server.look()
    world.at(world.now)


class _Vendors:
    """As they answer: WeCom well; DingTalk's line breaks after it has heard, then is down for days, then the robot's secret is wrong."""

    def __init__(self) -> None:
        self.heard: dict[str, int] = {}

    async def __call__(self, call: Call) -> tuple[int, bytes]:
        if "dingtalk" not in call.address:
            return 200, msgspec.json.encode({"errcode": 0, "errmsg": "ok"})
        count = self.heard["dingtalk"] = self.heard.get("dingtalk", 0) + 1
        if count in (1, 2, 3):
            raise TimeoutError
        if 5 <= count < 13:
            raise Unreached
        return 200, msgspec.json.encode({"errcode": 0, "errmsg": "ok"} if count in (4, 13) else {"errcode": 310000, "errmsg": "sign not match"})
