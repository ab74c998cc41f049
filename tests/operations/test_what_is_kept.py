"""Nothing that people wrote goes, traces of use stay six months at least, and docs/kept.md says so as the code does."""

import datetime as dt
import re
from pathlib import Path

import pytest

from server import catalog
from server.database.rows import rows
from server.database.shape import table
from server.foundation import clock
from server.people import session
from server.people.tables import Attempt, Session
from server.retention import KEPT, printed
from server.settings import SIX_MONTHS, Settings, from_environment
from tests.conftest import House

ROOT = Path(__file__).resolve().parent.parent.parent
MAY_GO = {name for kept in KEPT for name in kept.tables}


def test_the_docs_say_it_as_it_is() -> None:
    assert (ROOT / "docs/kept.md").read_text() == printed(), "dugai kept > docs/kept.md"


def test_no_trace_is_kept_for_less_than_six_months(monkeypatch: pytest.MonkeyPatch) -> None:
    assert dt.timedelta(days=SIX_MONTHS) >= max(dt.date(2026, month + 6, 1) - dt.date(2026, month, 1) for month in range(1, 7))
    assert [kept.what for kept in KEPT if kept.is_trace and (kept.days or 0) < SIX_MONTHS] == []
    monkeypatch.setenv("DUGAI_KEEP_DAYS", str(SIX_MONTHS - 1))
    with pytest.raises(SystemExit, match="DUGAI_KEEP_DAYS"):
        from_environment()
    monkeypatch.setenv("DUGAI_KEEP_DAYS", str(SIX_MONTHS))
    assert from_environment().keep_days == SIX_MONTHS
    assert Settings(data=Path()).keep_days >= SIX_MONTHS


def test_rows_go_from_no_other_table() -> None:
    models = {model.__name__: table(model) for model in catalog.TABLES}
    wrong = []
    for file in (ROOT / "server").rglob("*.py"):
        text = file.read_text()
        gone = {models.get(name, name) for removed in re.findall(r"remove=\[(.*?)\]", text) for name in re.findall(r"\((\w+),", removed)}
        gone |= set(re.findall(r"delete from (\w+)", text)) | {models.get(name, name) for name in re.findall(r"unit\.remove\((\w+)", text)}
        wrong += [f"{file.name}: {name}" for name in gone - MAY_GO]
    assert wrong == []


async def test_a_sign_in_takes_away_traces_that_have_been_kept_long_enough_and_no_others(house: House) -> None:
    now, person = clock.now(), house.world.inspector.id
    row = {"person_id": person, "device": "d", "agent": "a", "network": "n", "created_at": now, "seen_at": now, "ended_at": None}
    for days in (SIX_MONTHS, house.settings.keep_days - 1, house.settings.keep_days + 1):
        at = now - dt.timedelta(days=days)
        await house.ledger.keep(add=[(Session, {**row, "id": f"s{days}", "expires_at": at}), (Attempt, {"id": f"a{days}", "failures": 1, "failed_at": at})])
    await session.begin(house.ledger, house.settings, house.world.second.id)
    for sql in ("select id from session where person_id = ?", "select id from attempt where id like 'a%' or id = ?"):
        assert sorted(found["id"][1:] for found in await rows(sql, person)) == [str(SIX_MONTHS), str(house.settings.keep_days - 1)]
