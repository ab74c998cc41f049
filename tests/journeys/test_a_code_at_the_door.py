"""A code on a sheet at the door: scanned or typed without signal, it still leads to the facility."""

import pytest
from playwright.async_api import expect

from server.foundation.ids import short_code
from tests.journeys.people import Site

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)  # the phone does not know which
async def test_a_code_is_scanned_and_typed_without_signal(site: Site) -> None:
    phone = await site.phone()
    await phone.sign_in()
    await phone.is_packed()
    code = short_code(site.world.home)
    await phone.page.goto(f"{site.address}/f/{code}")
    await phone.page.wait_for_url(f"**/visit/start#facility={site.world.home}")

    await phone.lose_signal()
    found = phone.page.locator("#facilities a")
    await phone.page.goto(f"{site.address}/f/{code}")
    await expect(found).to_have_count(1)
    await expect(found).to_contain_text("安康养老院")
    for typed in (code.lower(), code.replace("-", ""), code.replace("-", " ")):
        await phone.page.fill("#find", typed)
        await expect(found).to_have_count(1)
        await expect(found).to_contain_text("安康养老院")
    await phone.page.fill("#find", "9999-9999")
    await expect(found).to_have_count(0)
    assert site.complaints == []
