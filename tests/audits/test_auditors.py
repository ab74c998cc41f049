"""An auditor reads everything below their place and changes nothing: no command goes through, and no page offers one."""

import datetime as dt
import re
from typing import Any

import pytest

from server import catalog
from server.database.rows import rows
from server.foundation import clock
from server.foundation.actor import Actor, Standing
from server.foundation.ids import new_id
from server.foundation.refusal import Refusal
from tests.conftest import House
from tests.forms import token
from tests.people.test_signing_in import sign_in
from tests.problems.test_rechecks_on_site import failing, reported
from tests.problems.test_the_workflow import act, issued
from tests.visits import findings, photo, visit
from tests.world import PASSWORD

OWN = {  # what concerns nobody but themselves, or hands in what was done before
    "people.activate", "people.change_password", "people.set_language", "lists.save", "lists.rename", "lists.remove", "devices.enrol", "devices.revoke",
    "deposits.keep", "deposits.taken", "sync.carry_in", "audits.export",
}  # fmt: skip
FORMS = {"/me/language", "/me/password", "/sign-out"}


async def counts() -> list[dict[str, Any]]:
    return await rows("select (select count(*) from event) as events, (select count(*) from receipt) as receipts")


async def test_no_command_of_the_desk_is_an_auditors(house: House) -> None:
    before = await counts()
    refused = set()
    for handling in catalog.COMMANDS:
        if not handling.own and not handling.wire:
            with pytest.raises(Refusal, match="not_allowed"):
                await house.perform(house.world.auditor, handling.kind, {})
            refused.add(handling.kind)
    assert {handling.kind for handling in catalog.COMMANDS if handling.own} == OWN
    assert len(refused) > 60
    assert await counts() == before


async def test_nor_is_what_phones_send(house: House) -> None:
    """Judged by the role of the hour: who inspected here before may still hand that in, who only audits may not."""
    world, auditor = house.world, house.world.auditor
    to_plan, to_recheck = await issued(house), await reported(house, point="库房")
    notice = (await rows("select notice_id from problem where id = ?", to_plan))[0]["notice_id"]
    shot = await photo(house, auditor, "mine")
    sealed = await visit(house, await findings(house, by=auditor), by=auditor)
    sealed["signatures"]["first"] |= {"person": auditor.id, "name": auditor.name}
    wire: dict[str, dict[str, Any]] = {
        "inspections.submit": sealed,
        "problems.plan": {"id": new_id(), "problem": to_plan, "cause": "a", "measures": "b", "person": "c"},
        "problems.progress": {"id": new_id(), "problem": to_plan, "text": "a"},
        "problems.report": {"id": new_id(), "problem": to_plan, "text": "a", "photos": [shot]},
        "problems.ask_extension": {"id": new_id(), "problem": to_plan, "wished_on": clock.today() + dt.timedelta(days=20), "reason": "a"},
        "problems.recheck": await failing(house, to_recheck, auditor),
        "notices.sign": {"id": new_id(), "notice": notice},
    }
    assert set(wire) >= {handling.kind for handling in catalog.COMMANDS if handling.wire}
    before = await counts()
    for kind, payload in wire.items():
        with pytest.raises(Refusal, match="not_allowed"):
            await house.perform(auditor, kind, payload)
    assert await counts() == before
    assert world.auditor.only_looks


async def test_who_is_more_than_an_auditor_keeps_what_the_other_role_may(house: House) -> None:
    both = Actor(house.world.supervisor.id, "冉国强", (*house.world.supervisor.roles, Standing("auditor", house.world.kaizhou, house.world.paths[house.world.kaizhou])))
    await act(house, both, "withdraw", await issued(house), reason="重复登记")


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)  # a page looks alike on either
async def test_every_page_below_their_place_opens_and_none_has_a_form_that_changes_anything(house: House) -> None:
    world, id = house.world, await reported(house)
    await act(house, world.supervisor, "refer", id, to="消防救援大队", reason="需认定")
    found = (await rows("select visit_id, notice_id from problem where id = ?", id))[0]
    pages = (
        "/overview", "/problems", "/problems/responsibility", "/problems/rectification", f"/problems/{id}", "/visits", f"/visits/{found['visit_id']}", "/notices",
        f"/notices/{found['notice_id']}", "/facilities", f"/facilities/{world.home}", f"/facilities/{world.home}/duties", "/checklists", "/search?q=食堂", "/me", "/audits",
    )  # fmt: skip
    async with house.client(world.auditor) as client:
        for path in pages:
            for lang in ("zh", "en"):
                answer = await client.get(path, params={"lang": lang} if "?" not in path else None)
                assert answer.status_code == 200, path
                posts = set(re.findall(r'<form[^>]*method="post"[^>]*action="([^"]+)"', answer.text)) - FORMS - ({"/audits"} if path == "/audits" else set())
                assert {action for action in posts if not action.startswith("/me/sessions/")} == set(), path
        told = (await client.get(f"/problems/{id}")).text
        for words in ("消防救援大队", "周敏", "/thumb"):
            assert words in told
        assert "023-00000000" not in (await client.get(f"/facilities/{world.home}")).text, "the contact's number is masked"
        shown = re.findall(r"/photos/(\w+)/thumb", told)[0]
        assert (await client.get(f"/photos/{shown}")).status_code == 200
        assert (await client.get(f"/facilities/{world.foreign}")).status_code == 404
        for path in ("/people", "/plans", "/drafts", "/imports", "/places", "/workdays", "/reminders/settings"):
            assert (await client.get(path)).status_code == 403, path


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
async def test_the_role_is_given_and_ended_like_any_other(house: House) -> None:
    world = house.world
    async with house.client() as client:
        assert (await sign_in(client, house_name(world.everybody.index(world.auditor)), PASSWORD)).headers["location"] == "/overview"
        assert (await client.get("/audits")).status_code == 200
        held = (await rows("select id from standing where person_id = ?", world.auditor.id))[0]["id"]
        await house.perform(world.administrator, "people.end_role", {"standing": held})
        assert (await client.get("/audits")).status_code == 403
        grant = {"id": new_id(), "person": world.auditor.id, "role": "auditor", "place": world.home}
        await house.perform(world.administrator, "people.grant", grant)
        assert (await client.get("/audits")).status_code == 200
        data = {"place": world.wanzhou, "since": clock.today(), "until": clock.today()}
        assert (await client.post("/audits", data={**await token(client), **data})).status_code == 404, "above their place now"


def house_name(number: int) -> str:
    return f"1380000{number:04d}"
