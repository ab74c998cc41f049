"""挂牌督办 and 移送: set with a reason and to whom, ended with one, shown in lists and filters, and in nobody's way."""

import pytest

from server.foundation import clock
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from server.problems.queries import Filters, flags, listed, problem
from tests.conftest import House
from tests.forms import token
from tests.problems.test_the_workflow import a_recorded, act, issued

TOLD = {"to": "示例市民政局", "document": "渝民督〔2026〕1号", "reason": "多次逾期"}


@pytest.mark.parametrize(("setting", "ending", "kind"), [("supervise", "end_supervision", "supervised"), ("refer", "end_referral", "referred")])
async def test_a_mark_is_set_and_ended_and_both_are_kept(house: House, setting: str, ending: str, kind: str) -> None:
    world, id, other = house.world, await issued(house), await issued(house, point="二楼")
    await act(house, world.supervisor, setting, id, **TOLD)
    assert [one.id for one in (await listed(world.supervisor, Filters(mark=kind))).problems] == [id]
    with pytest.raises(Refusal, match=r"flag\.set") as told:
        await act(house, world.supervisor, setting, id, **TOLD)
    assert all(words in told.value.words.zh for words in ("冉国强", clock.today().isoformat()))
    await act(house, world.contact, "progress", id, text="照常整改")
    await act(house, world.supervisor, ending, id, reason="已落实")
    with pytest.raises(Refusal, match=r"flag\.none"):
        await act(house, world.supervisor, ending, id, reason="已落实")
    await act(house, world.supervisor, setting, id, **TOLD)
    first, second = await flags(id)
    assert (first.kind, first.authority, first.document, first.since_on, first.author, first.ended_on, first.ended_why) == (
        kind, "示例市民政局", "渝民督〔2026〕1号", clock.today(), "冉国强", clock.today(), "已落实",
    )  # fmt: skip
    assert second.ended_on is None
    assert (await listed(world.supervisor, Filters(mark=kind, state="all"))).count == 1
    found = await problem(world.supervisor, other)
    assert found is not None
    assert not found.is_supervised
    assert not found.is_referred


async def test_only_a_supervisor_sets_it_on_what_is_open_and_says_why(house: House) -> None:
    world, id = house.world, await a_recorded(house)
    for actor, code in ((world.inspector, "not_allowed"), (world.contact, "not_allowed"), (world.foreigner, "not_found")):
        with pytest.raises(Refusal, match=code):
            await act(house, actor, "refer", id, **TOLD)
    for name in ("to", "reason"):
        with pytest.raises(Refusal, match=r"problem\.blank"):
            await act(house, world.supervisor, "refer", id, **{**TOLD, name: " "})
    await act(house, world.supervisor, "supervise", id, **TOLD)
    await act(house, world.supervisor, "withdraw", id, reason="误记")
    with pytest.raises(Refusal, match=r"problem\.state"):
        await act(house, world.supervisor, "refer", id, **TOLD)
    await act(house, world.supervisor, "end_supervision", id, reason="已撤销")


async def test_to_whom_it_was_referred_is_not_told_to_the_facility(house: House) -> None:
    world, id = house.world, await issued(house)
    await act(house, world.supervisor, "supervise", id, **{**TOLD, "to": "市民政局督查组"})
    await act(house, world.supervisor, "refer", id, **{**TOLD, "to": "驻局纪检监察组"})
    async with house.client(world.contact) as client:
        for path in (f"/problems/{id}", "/problems", "/problems?mark=referred"):
            page = (await client.get(path, params={"lang": "zh"} if "?" not in path else None)).text
            assert "纪检" not in page
            assert "移送" not in page, path
        assert "市民政局督查组" in (await client.get(f"/problems/{id}?lang=zh")).text
        assert (await client.get("/problems?mark=referred&lang=zh")).text.count('class="no"') == 1, "the filter says nothing to it"
    async with house.client(world.second) as client:
        assert "驻局纪检监察组" in (await client.get(f"/problems/{id}?lang=zh")).text


async def test_it_is_set_and_ended_with_forms(house: House) -> None:
    id = await issued(house)
    async with house.client(house.world.supervisor) as client:
        once = {**await token(client), "_id": new_id(), **TOLD}
        assert [(await client.post(f"/problems/{id}/supervise", data=once)).status_code for _ in range(2)] == [303, 303]
        for lang, words in (("zh", "渝民督〔2026〕1号"), ("en", "Special supervision")):
            assert words in (await client.get(f"/problems/{id}", params={"lang": lang})).text
        assert (await client.get("/problems?mark=supervised&lang=zh")).text.count('class="no"') == 1
        assert (await client.post(f"/problems/{id}/end_supervision", data={**await token(client), "reason": "已落实"})).status_code == 303
        assert (await client.get("/problems?mark=supervised&lang=zh")).text.count('class="no"') == 0
