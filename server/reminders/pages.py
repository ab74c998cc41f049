"""/reminders: what the reader is reminded of; /reminders/settings: rules, robots and channels, for administrators."""

import hashlib
from typing import Any

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from server.foundation import clock
from server.foundation.refusal import Refusal
from server.lists.rules import instant
from server.people import queries as people
from server.people.rules import browser as browser_name
from server.people.rules import id_for
from server.problems import queries as problems
from server.problems.rules import may_have_names
from server.reminders import commands, push, rules, sealing
from server.reminders.queries import by_place, inbox, to_send
from server.reminders.robots import Outcome
from server.web import forms
from server.web.access import needs
from server.web.acts import perform
from server.web.render import page

Asked = Request[Any, Any, Any]
ADMINISTRATOR = needs("administrator")
EMPTY = 2  # lines of the form beside those set


# One's own


@get("/reminders", **needs())
async def reminders(request: Asked, after: FromQuery[str] = "") -> Response[Any]:
    """What stands, the last told first. To look at it is to have read it."""
    if instant(after.partition("~")[0]) is None:
        after = ""
    found = await inbox.mine(request.user, after)
    shown = found[: inbox.PAGE]
    fresh = [one.problem_id for one in shown if one.read_at is None]
    answer = page(
        request, "reminders/list.html", found=shown, first=not after, said_of=rules.said_of, unread=await inbox.unread(request.user),
        after=f"{shown[-1].made_at.isoformat()}~{shown[-1].id}" if len(found) > inbox.PAGE else "", failing=await by_place.failing(request.user),
        browsers=await to_send.subscriptions(request.user.id), key=push.text(push.public(push.private_key(request.app.state.settings.secret()))),
    )  # fmt: skip
    await _read(request, fresh)
    return answer


async def _read(request: Asked, problems: list[str]) -> None:
    if problems:
        await request.app.state.ledger.keep(run=[inbox.seen(request.user, clock.now(), problems)])


@get("/reminders/count", **needs())
async def count(request: Asked) -> Response[Any]:
    """How many are unread, as a part of other pages."""
    return page(request, "reminders/_count.html", count=await inbox.unread(request.user), most=inbox.MOST_COUNTED)


@post("/reminders/read", **needs(), status_code=200)
async def read_all(request: Asked) -> Response[Any]:
    await request.app.state.ledger.keep(run=[inbox.seen(request.user, clock.now())])
    return Redirect("/reminders", status_code=303)


@get("/reminders/problems/{id:str}", **needs())
async def of_problem(request: Asked, id: FromPath[str]) -> Response[Any]:
    """Who was told of a problem, as a part of its page. Whoever opens it has read what they were told of it."""
    found = await problems.problem(request.user, id)
    if found is None:
        raise Refusal("not_found")
    told = await inbox.told(id)
    if any(one.receiver_id == request.user.id and one.read_at is None and one.channel == "app" for one in told):
        await _read(request, [id])
    return page(
        request, "reminders/of.html", part="reminders/_of.html", problem=found, told=told, named=may_have_names(request.user, found.place_path),
        said_of=rules.said_of, levels=rules.LEVELS, channels=rules.CHANNELS, states=rules.STATES,
    )  # fmt: skip


class Asking(msgspec.Struct):
    """The browser's own words: PushSubscription.toJSON()."""

    endpoint: str
    p256dh: str
    auth: str


@post("/reminders/push", **needs(), status_code=200)
async def subscribe(request: Asked) -> Response[Any]:
    given = await forms.form(request, Asking)
    one = push.Browser(given.endpoint, given.p256dh, given.auth)
    rules.check_push(one.endpoint)
    if not push.is_browser(one):
        raise Refusal("reminder.push")
    id = hashlib.sha256(one.endpoint.encode()).hexdigest()[:40]
    await commands.subscribe(request.app.state.ledger, request.user, id, one, browser_name(request.headers.get("user-agent", "")))
    return Redirect("/reminders", status_code=303)


@post("/reminders/push/{id:str}/end", **needs(), status_code=200)
async def unsubscribe(request: Asked, id: FromPath[str]) -> Response[Any]:
    await commands.unsubscribe(request.app.state.ledger, request.user, id)
    return Redirect("/reminders", status_code=303)


# For administrators


@get("/reminders/settings", **ADMINISTRATOR)
async def settings(request: Asked) -> Response[Any]:
    """The bureaus that the reader administers; the one, where there is one only."""
    found = await people.places(request.user, "administrator", kinds=("municipal", "district"))
    if len(found) == 1:
        return Redirect(f"/reminders/settings/{found[0].id}", status_code=303)
    held = await by_place.rules_of(place.path for place in found)
    return page(request, "reminders/settings.html", places=found, held=held, robots=await by_place.robots_below(request.user))


@get("/reminders/settings/{id:str}", **ADMINISTRATOR)
async def setting(request: Asked, id: FromPath[str]) -> Response[Any]:
    return await _setting(request, await _administered(request, id))


async def _administered(request: Asked, id: str) -> people.Place:
    found = await people.place_for(request.user, id)
    if found is None or not request.user.has("administrator", found.path):
        raise Refusal("not_found")
    return found


async def _setting(request: Asked, place: people.Place, form: str = "", refusal: Refusal | None = None, tried: tuple[str, Outcome] | None = None) -> Response[Any]:
    held = (await by_place.rules_of([place.path]))[place.path]
    robots = await by_place.robots_at([place.path])
    given = await forms.fields(request) if refusal else {}
    return page(
        request, "reminders/place.html", place=place, held=held, robots=robots, form_of=form, refusal=refusal, given=given, tried=tried, steps=_lines(held, given),
        levels=rules.LEVELS, kinds=rules.ROBOTS, channels=rules.CHANNELS, states=rules.STATES, out=await by_place.messages_of(place.path, [one.id for one in robots]),
        has_sms=request.app.state.settings.sms is not None, several=len(await people.places(request.user, "administrator", kinds=("municipal", "district"))) > 1,
    )  # fmt: skip


def _lines(held: by_place.Set, given: dict[str, str]) -> list[tuple[str, tuple[str, ...]]]:
    """(days, to) of each line of the form: as typed where it is sent back, else as set; empty ones after them."""
    if "days_0" in given:
        return [(given.get(f"days_{n}", ""), tuple(level for level in rules.LEVELS if given.get(f"{level}_{n}"))) for n in range(rules.MOST_STEPS) if f"days_{n}" in given]
    lines = [(str(step.days), step.to) for step in held.rules.steps]
    return [*lines, *[("", ())] * min(EMPTY, rules.MOST_STEPS - len(lines))]


@post("/reminders/settings/{id:str}", **ADMINISTRATOR, status_code=200)
async def set_rules(request: Asked, id: FromPath[str]) -> Response[Any]:
    place = await _administered(request, id)
    try:
        given = await forms.fields(request)
        payload = {
            "place": id, "steps": _typed(given), "quiet_from": given.get("quiet_from", ""), "quiet_until": given.get("quiet_until", ""),
            "sms": given.get("sms") == "1", "own": given.get("own") != "no",
        }  # fmt: skip
        await perform(request, "reminders.set_rules", payload, given.get("_id", ""))
    except Refusal as refusal:
        return await _setting(request, place, "rules", refusal)
    return Redirect(f"/reminders/settings/{id}", status_code=303)


def _typed(given: dict[str, str]) -> list[dict[str, Any]]:
    """The lines whose days are filled in. Refusal: reminder.steps."""
    steps = []
    for n in range(rules.MOST_STEPS):
        text = given.get(f"days_{n}", "").replace("−", "-")
        if not text:
            continue
        if not text.removeprefix("-").isdecimal() or len(text) > 4:
            raise Refusal("reminder.steps", most=rules.MOST_STEPS, far=rules.FARTHEST).at("days")
        steps.append({"days": int(text), "to": [level for level in rules.LEVELS if given.get(f"{level}_{n}")]})
    return steps


class NewRobot(msgspec.Struct):
    _id: str
    kind: str
    name: str
    address: str
    secret: str = ""


@post("/reminders/settings/{id:str}/robots", **ADMINISTRATOR, status_code=200)
async def add_robot(request: Asked, id: FromPath[str]) -> Response[Any]:
    place = await _administered(request, id)
    try:
        given = await forms.form(request, NewRobot)
        if given.kind not in rules.ROBOTS:
            raise Refusal("input.invalid", reason="kind").at("kind")
        if len(given.secret) > 200 or not (given.secret.isprintable() and given.secret.isascii()) or " " in given.secret:
            raise Refusal("reminder.secret").at("secret")
        state, robot = request.app.state, id_for(given._id, "robot")
        address = rules.check_robot(given.kind, given.address, state.settings.hooks)
        sealed = sealing.sealed(state.settings.secret(), robot, sealing.Robot(address, given.secret))
        await perform(request, "reminders.add_robot", {"id": robot, "place": id, "kind": given.kind, "name": given.name, "sealed": sealed}, given._id)
    except Refusal as refusal:
        return await _setting(request, place, "robot", refusal)
    return Redirect(f"/reminders/settings/{id}", status_code=303)


@post("/reminders/robots/{id:str}/{act:str}", **ADMINISTRATOR, status_code=200)
async def on_robot(request: Asked, id: FromPath[str], act: FromPath[str]) -> Response[Any]:
    """try: 发一条试试; remove."""
    robot = await by_place.robot_of(request.user, id)
    if robot is None or act not in ("try", "remove"):
        raise Refusal("not_found")
    place, state = await _administered(request, robot.place_id), request.app.state
    try:
        if act == "remove":
            await perform(request, "reminders.remove_robot", {"robot": id}, (await forms.fields(request)).get("_id", ""))
            return Redirect(f"/reminders/settings/{place.id}", status_code=303)
        if state.settings.is_demo:
            raise Refusal("reminder.demo")
        outcome = await state.reminders.sender.try_robot(robot)
    except Refusal as refusal:
        return await _setting(request, place, id, refusal)
    return await _setting(request, place, tried=(id, outcome))


PAGES = (reminders, count, read_all, of_problem, subscribe, unsubscribe, settings, setting, set_rules, add_robot, on_robot)
