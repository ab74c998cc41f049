"""Attacks on papers: addresses that no code holds, more photos than a sheet, records of others, and ways that there are not."""

import io

import docx
import pypdf
import pytest

from server.documents.rules import MOST_SHOTS
from server.foundation import clock
from server.foundation.ids import new_id
from server.photos.tables import PhotoUse
from tests.conftest import House
from tests.documents.test_papers import WAYS, get, papers, reported
from tests.notices.test_notices import found, issue
from tests.problems.test_the_workflow import a_recorded, act, issued
from tests.visits import photo

pytestmark = pytest.mark.parametrize("settings", ["sqlite"], indirect=True)  # no row is touched

LONG = dict.fromkeys(("q", "inspector", "checklist", "facility", "place"), "长" * 100)


async def test_a_list_filtered_by_more_than_a_code_holds_is_a_paper_all_the_same(house: House) -> None:
    """A list bears no code: none is drawn, however long its address."""
    await issued(house)
    for way in WAYS:
        assert (await get(house, house.world.supervisor, f"/problems/lists/problems/{way}", **LONG)).status_code == 200, way


async def test_a_host_longer_than_any_name_is_refused_in_words(house: House) -> None:
    notice = await found(house, await issue(house, await a_recorded(house)))
    paths = [*(f"/notices/{notice.id}/paper/{way}" for way in WAYS), f"/facilities/{house.world.home}/code"]
    async with house.client(house.world.supervisor) as client:
        for host in ("a" * 3000, "a b", 'x"><script>alert(1)</script>'):
            for path in paths:
                assert (await client.get(path, headers={"host": host})).status_code == 422, (host[:20], path)


async def test_a_problem_seen_on_a_hundred_visits_does_not_fill_its_reports_paper(house: House) -> None:
    """Its first photos, all of the report's own, and how many more there are."""
    world, id = house.world, await issued(house)
    shas = dict.fromkeys([await photo(house, world.inspector, f"visit {n}") for n in range(MOST_SHOTS + 20)])
    await house.ledger.keep(add=[
        (PhotoUse, {"id": new_id(), "sha256": sha256, "subject_id": id, "place_path": world.paths[world.home], "role": "finding", "at": clock.now()}) for sha256 in shas
    ])  # fmt: skip
    after = await photo(house, world.contact, "after")
    await act(house, world.contact, "report", id, text="已整改", photos=[after])
    (paper,) = await papers(id)
    page = (await get(house, world.contact, f"{paper}/print")).text
    assert page.count('<img src="/photos/') == MOST_SHOTS
    assert f"/photos/{after}/sheet" in page
    assert "张照片，见系统内原记录" in page


async def test_only_ways_and_places_in_the_history_that_there_are(house: House) -> None:
    _, (paper,) = await reported(house)
    for way in ("exe", "PDF", "pdf/../x", "..%2fprint", "x" * 3000):
        assert (await get(house, house.world.supervisor, f"{paper}/{way}")).status_code == 404, way
    base = paper.rpartition("/")[0]
    for seq in ("0", "-1", "1.5", "9" * 30, "9" * 5000):
        assert (await get(house, house.world.supervisor, f"{base}/{seq}/print")).status_code == 404, seq[:9]


HARM = '"; curl evil\r\nSet-Cookie: a=b\u202e}}#import "x": *\n{{7*7}}</w:t><script>alert(1)</script>'


async def test_words_of_any_kind_end_neither_a_header_nor_a_form(house: House) -> None:
    world, id = house.world, await issued(house)
    await act(house, world.contact, "report", id, text=HARM.replace("\r", ""), photos=[await photo(house, world.contact, "after")])
    await house.ledger.writer.query("update problem set number = ?, what = ?, facility_id = facility_id", HARM, HARM)
    (paper,) = await papers(id)
    for way in WAYS:
        answer = await get(house, world.supervisor, f"{paper}/{way}")
        assert answer.status_code == 200
        assert "a=b" not in str(answer.headers.get_list("set-cookie"))
        assert "<script>alert" not in answer.text
        if way == "pdf":
            assert "7*7" in "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.content)).pages)
        if way == "docx":
            assert any("<script>" in line.text for line in docx.Document(io.BytesIO(answer.content)).paragraphs)
        if way != "print":
            assert answer.headers["content-disposition"].startswith("attachment; ")
            assert not {"\r", "\n", ";curl"} & set(answer.headers["content-disposition"])
