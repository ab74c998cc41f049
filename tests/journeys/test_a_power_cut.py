"""What is on the phone when its battery dies: whatever was written was written to the disk, not into the browser's memory."""

import pytest

from server.settings import Settings
from tests.journeys.people import Site
from tests.visits import EXITS, FOOD

pytestmark = [pytest.mark.journey, pytest.mark.parametrize("settings", ["sqlite"], indirect=True)]

# A relaxed transaction, Chromium's default, keeps its keys through a power cut and loses its values.
SPY = """
window.written = [];
const before = IDBDatabase.prototype.transaction;
IDBDatabase.prototype.transaction = function (stores, mode, options) {
  const made = before.call(this, stores, mode, options);
  if (made.mode === "readwrite") window.written.push([this.name, [stores].flat().join(), made.durability]);
  return made;
};
"""


async def test_every_write_of_a_visit_is_strict(site: Site, settings: Settings) -> None:
    phone = await site.phone()
    assert phone.context
    await phone.context.add_init_script(SPY)
    await phone.sign_in()
    await phone.is_packed()
    seen = await phone.page.evaluate("written")
    await phone.start_visit("安康养老院")
    await phone.answer_all({FOOD: "食堂", EXITS: "走廊"})
    await phone.has_kept()
    seen += await phone.page.evaluate("written")
    await phone.go_and_sign("何川")
    seen += await phone.page.evaluate("written")
    await phone.submit()
    await phone.received(1)
    seen += await phone.page.evaluate("written")
    stores = {name for _, names, _ in seen for name in names.split(",")}
    assert {"drafts", "photos", "outbox", "kept", "facts"} <= stores, "the spy saw them all"
    assert [write for write in seen if write[2] != "strict"] == []
