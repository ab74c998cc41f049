"""What an auditor takes along: the place and days asked for and no more, checked without a database; whatever was done to it since is found."""

import base64
import datetime as dt
from collections.abc import Callable

import msgspec
import pytest

from server.audits.file import Report, checked, public_key
from server.database.rows import rows
from server.foundation import clock
from server.ledger.verify import verify
from tests.conftest import House
from tests.forms import token
from tests.operations.commands import dugai
from tests.problems.test_rechecks_on_site import reported
from tests.visits import FOOD, findings, visit

Lines = list[bytes]
DAY = dt.timedelta(days=1)


async def taken(house: House, place: str = "", since: dt.timedelta = dt.timedelta(), until: dt.timedelta = dt.timedelta()) -> Lines:
    """The file's lines, as the auditor's browser saves them. since, until: days before today."""
    today = clock.today()
    data = {"place": place or house.world.wanzhou, "since": today - since, "until": today - until}
    async with house.client(house.world.auditor) as client:
        answer = await client.post("/audits", data={**await token(client), **data})
    assert answer.status_code == 200, answer.text[:300]
    assert answer.headers["content-disposition"].endswith('.ndjson"')
    return answer.content.splitlines(keepends=True)


def events(lines: Lines) -> list[dict[str, object]]:
    return [line["event"] for raw in lines if "event" in (line := msgspec.json.decode(raw))]


def found(lines: Lines, key: str = "") -> Report:
    return checked(lines, key)


async def test_it_tells_every_step_of_the_place_and_holds(house: House) -> None:
    id = await reported(house)
    lines = await taken(house)
    report = found(lines, public_key(house.settings.secret()))
    assert report.faults == []
    assert report.about is not None
    assert (report.about.place, report.about.by) == ("万州区民政局", "田静")
    assert [one["kind"] for one in events(lines) if one["subject"] == id] == ["problem.recorded", "problem.issued", "problem.reported"]
    assert report.head is not None
    assert (await verify((report.head.segment, report.head.digest))).faults == [], "its head is part of the house's own chain"


async def test_nothing_of_other_places_other_days_or_other_peoples_accounts_is_in_it(house: House) -> None:
    world = house.world
    await reported(house)
    pair = (world.foreign_inspector, world.foreign_second)
    sealed = await visit(house, await findings(house, (FOOD, "食堂"), by=pair[0]), by=pair[0], facility=world.foreign)
    for slot, actor in zip(("first", "second"), pair, strict=True):
        sealed["signatures"][slot] |= {"person": actor.id, "name": actor.name}
    await house.perform(pair[0], "inspections.submit", sealed)
    async with house.client(world.administrator) as client:
        await client.post("/me/language", data={**await token(client), "lang": "en"})
    told = events(await taken(house))
    assert all(str(one["place_path"]).startswith(world.paths[world.wanzhou]) for one in told)
    assert {str(one["kind"]).split(".")[0] for one in told} == {"problem", "notice", "inspection", "audit"}
    assert events(await taken(house, since=9 * DAY, until=2 * DAY)) == []
    assert [one["kind"] for one in events(await taken(house, place=world.neighbour))] == ["audit.exported"]


async def test_a_phone_number_is_masked_as_on_the_page(house: House) -> None:
    world = house.world
    details = {"name": "安康养老院", "type": "elderly_care", "address": "示例路 1 号", "contact_name": "谭秀梅", "contact_title": "院长", "contact_phone": "13912345678", "beds": 80}
    await house.perform(world.administrator, "facilities.change", {"id": world.home, "details": details, "seen": 1})
    text = b"".join(await taken(house)).decode()
    assert "13912345678" not in text
    assert "facility.changed" in text


async def test_each_time_stands_in_the_history_and_on_the_page(house: House) -> None:
    await taken(house)
    await taken(house)
    assert len(await rows("select seq from event where kind = 'audit.exported' and subject_id = ?", house.world.wanzhou)) == 2
    async with house.client(house.world.auditor) as client:
        page = (await client.get("/audits")).text
    assert page.count("万州区民政局</b>") == 2
    assert public_key(house.settings.secret()) in page


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_a_period_that_is_none_and_a_place_of_others_are_refused(house: House) -> None:
    world, today = house.world, clock.today()
    async with house.client(world.auditor) as client:
        for place, since, until, status in (
            (world.wanzhou, today, today - DAY, 422), (world.wanzhou, today - 400 * DAY, today, 422), (world.wanzhou, dt.date.max, dt.date.max, 422), (world.wanzhou, dt.date.min, dt.date.min, 422), (world.kaizhou, today, today, 404), ("nowhere", today, today, 404),
        ):  # fmt: skip
            assert (await client.post("/audits", data={**await token(client), "place": place, "since": since, "until": until})).status_code == status
    assert await rows("select seq from event where kind = 'audit.exported'") == []


def at(lines: Lines, kind: bytes, number: int = 0) -> int:
    return [place for place, line in enumerate(lines) if line.startswith(b'{"' + kind)][number]


def changed(lines: Lines) -> Lines:
    place = at(lines, b"event", 1)
    return [*lines[:place], lines[place].replace(b'"kind":"', b'"kind":"x'), *lines[place + 1 :]]


def without(place: int) -> Callable[[Lines], Lines]:
    return lambda lines: [*lines[: place % len(lines)], *lines[place % len(lines) + 1 :]]


def swapped(lines: Lines) -> Lines:
    place = at(lines, b"event")
    return [*lines[:place], lines[place + 1], lines[place], *lines[place + 2 :]]


def resealed(lines: Lines) -> Lines:
    """By somebody who has another key, and says it is the house's."""
    head = msgspec.json.decode(lines[-1])
    return [*lines[:-1], msgspec.json.encode({"head": head["head"], "signature": base64.b64encode(b"x" * 64).decode()}) + b"\n"]


HARM: dict[str, Callable[[Lines], Lines]] = {
    "a byte is changed": changed,
    "an event is dropped": lambda lines: without(at(lines, b"event", 1))(lines),
    "a segment is dropped with its events": lambda lines: [*lines[: at(lines, b"segment", 1)], *lines[at(lines, b"segment", 2) :]],
    "the first event is dropped": without(2),
    "two lines are swapped": swapped,
    "a line is there twice": lambda lines: [*lines[:3], lines[2], *lines[3:]],
    "the tail is cut": lambda lines: lines[:-3],
    "the head is gone": without(-1),
    "something follows the head": lambda lines: [*lines, lines[2]],
    "a line is no line": lambda lines: [*lines[:3], b"\xff\xfe\n", *lines[3:]],
    "the head was signed by another": resealed,
    "the first line says another place": lambda lines: [lines[0].replace("万州".encode(), "开州".encode()), *lines[1:]],
}


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)  # the file is the same
async def test_whatever_was_done_to_it_is_found(house: House) -> None:
    await reported(house)
    lines = await taken(house)
    assert found(lines).faults == []
    for harm, doing in HARM.items():
        harmed = doing(list(lines))
        assert harmed != lines, harm
        assert found(harmed).faults, harm
    told = found(changed(lines)).faults
    assert len(told) == 1, "one change is one fault"
    assert told[0].startswith(f"between line {at(lines, b'segment', 0) + 1} and line"), "and it is said where"
    assert found([b"%PDF-1.7\n"]).faults
    assert found([]).faults


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_a_file_sealed_anew_under_another_key_is_known_by_the_houses_own(house: House) -> None:
    await reported(house)
    mine = public_key(house.settings.secret())
    (house.settings.data / "secret").write_text("of somebody else")
    forged = await taken(house)
    assert found(forged).faults == [], "whole in itself, which is why the key is made known"
    assert found(forged, mine).faults == ["the file was signed with another key"]


async def test_the_command_line_takes_it_checks_it_alone_and_prints_the_key(house: House) -> None:
    await reported(house)
    file, today = house.settings.data / "history.ndjson", clock.today().isoformat()
    dugai(house.settings, "ledger", "export", "--place", "万州区民政局", "--since", today, "--until", today, str(file))
    key = dugai(house.settings, "ledger", "key").strip()
    assert f"signed by {key}" in dugai(house.settings, "ledger", "verify", str(file), "--key", key)
    file.write_bytes(file.read_bytes().replace("已整改".encode(), "未整改".encode()))
    assert "between line" in dugai(house.settings, "ledger", "verify", str(file), code=1)
    assert await rows("select author_id from event where kind = 'audit.exported'") == [{"author_id": "system"}]
