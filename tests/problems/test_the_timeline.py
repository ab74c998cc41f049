"""What happened, from the question to the closing: each step once, by whom, when it was done and when it was received; and what was found beside what became of it."""

import datetime as dt
import re

import pytest

from server.database.rows import rows
from server.foundation import clock
from server.foundation.command import Command, canonical
from server.foundation.ids import new_id
from tests.conftest import House
from tests.problems.test_rechecks_on_site import failing, reported
from tests.problems.test_the_workflow import act
from tests.visits import photo

pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)  # a page looks alike on either


async def page(house: House, id: str, lang: str = "zh") -> str:
    async with house.client(house.world.supervisor) as client:
        return (await client.get(f"/problems/{id}?lang={lang}")).text


def log(text: str) -> list[str]:
    """The entries of the timeline, the first first."""
    return re.findall(r"<li.*?</li>", text.split('<ol class="log">')[1].split("</ol>")[0], re.DOTALL)[::-1]


def titles(text: str) -> list[str]:
    return [re.findall(r"<b>([^<（，]*)", entry)[0].strip("　 ") for entry in log(text)]


async def test_it_begins_with_the_question_and_takes_the_notices_signing_along(house: House) -> None:
    id = await reported(house)
    notice = (await rows("select notice_id from problem where id = ?", id))[0]["notice_id"]
    await house.perform(house.world.contact, "notices.sign", {"id": new_id(), "notice": notice})
    told = await page(house, id)
    assert titles(told) == ["检查发现", "下达整改", "提交整改报告", "签收通知书"], "issued once, though two records tell of it"
    for words in ("答：不符合", "周敏", 'href="/visits/'):
        assert words in log(told)[0]
    assert "Notice signed for" in await page(house, id, "en")


async def test_a_step_taken_without_signal_says_when_it_was_done_and_when_it_came(house: House) -> None:
    id = await reported(house)
    made = clock.now()
    clock.set(lambda: made + dt.timedelta(hours=5))
    sealed = {"id": new_id(), "problem": id, "passed": True, "record": "现场看过", "photos": [], "due_on": None, "at": made}
    await house.ledger.perform(Command(new_id(), "problems.recheck", 1, made, house.world.second.id, canonical(sealed)), house.world.second)
    last = log(await page(house, id))[-1]
    done, received = re.findall(r'<time datetime="([^"]+)"', last)
    assert dt.datetime.fromisoformat(received) - dt.datetime.fromisoformat(done) > dt.timedelta(hours=4)
    assert "现场复查" in last
    assert len(re.findall("<time", log(await page(house, id))[1])) == 1, "done at a desk: one hour is enough"


async def test_photos_of_what_was_found_stand_beside_each_report_and_re_check(house: House) -> None:
    id = await reported(house)
    await house.perform(house.world.second, "problems.recheck", await failing(house, id, house.world.second))
    again = await photo(house, house.world.contact, "again")
    await act(house, house.world.contact, "report", id, text="又整改", photos=[again])
    text = await page(house, id)
    pairs = text.split('class="card rounds"')[1].split("</section>")[0].split('<div class="pair">')[1:]
    assert [re.findall(r"<b>([^<]*)</b>", pair) for pair in pairs] == [["整改前", "整改报告"], ["整改前", "复查不通过"], ["整改前", "整改报告"]], "the latest first"
    assert again in pairs[0]
    assert len({re.findall(r"/photos/(\w+)/thumb", pair)[0] for pair in pairs}) == 1, "each beside what was found"
    assert all(re.fullmatch(r"(整改前|整改报告|复查不通过)：.+", words) for pair in pairs for words in re.findall(r'alt="([^"]*)"', pair)), "in words"
