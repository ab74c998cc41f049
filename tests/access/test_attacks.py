"""What somebody tried and must not work again."""

import asyncio
import datetime as dt
import io
import zipfile

import httpx
import pytest
from PIL import Image

from server.foundation import clock
from server.people import rules
from tests.conftest import House
from tests.operations.commands import dugai
from tests.people.test_signing_in import sign_in
from tests.photos.pictures import jpeg, sha
from tests.sync.test_the_wire import OURS, envelope, post, send
from tests.visits import FOOD, findings, visit
from tests.world import PASSWORD


@pytest.mark.parametrize("kind", ["people.change_password", "people.activate", "people.add", "facilities.import", "problems.close", "checklists.publish", "inspections.amend", "inspections.enter", "sync.settle_phone"])
async def test_a_phone_sends_only_what_phones_send(house: House, kind: str) -> None:
    async with house.client(house.world.inspector) as client:
        told = (await post(client, envelope(house, {"password": "x", "keep": ""}, kind=kind))).json()["receipts"][0]
    assert told["refusal"]["code"] == "command.unknown"


async def test_forty_guesses_at_once_count_as_forty(house: House) -> None:
    async with house.client() as client:
        await client.get("/sign-in")
        data = {"_csrf_token": client.cookies["csrftoken"], "sign_in": "13800000000"}
        tries = [client.post("/sign-in", data={**data, "password": PASSWORD if n == 39 else f"wrong-{n}-wrong"}) for n in range(40)]
        told = [answer.status_code for answer in await asyncio.gather(*tries)]
    assert told.count(422) == rules.FREE_FAILURES
    assert told.count(429) == 40 - rules.FREE_FAILURES


def test_one_customers_addresses_are_one_guesser() -> None:
    assert rules.network("2001:db8:1:2:3::4") == rules.network("2001:db8:1:2:ffff::1") != rules.network("2001:db8:1:3::1")


async def test_the_current_password_cannot_be_guessed_on_ones_own_page_either(house: House) -> None:
    async with house.client(house.world.contact) as client:
        await client.get("/me")
        data = {"_csrf_token": client.cookies["csrftoken"], "current": "wrong-wrong-1", "password": "江边的那块-石头-77", "again": "江边的那块-石头-77"}
        told = [(await client.post("/me/password", data=data)).status_code for _ in range(5)]
    assert told == [422, 422, 422, 429, 429]


async def test_the_same_finding_id_twice_in_one_batch_loses_nothing(house: House) -> None:
    first, second = await visit(house, await findings(house, (FOOD, "食堂"))), await visit(house, await findings(house, (FOOD, "库房")))
    second["findings"][0]["id"] = first["findings"][0]["id"]
    async with house.client(house.world.inspector) as client:
        told = (await post(client, envelope(house, first), envelope(house, second))).json()["receipts"]
        assert [one["state"] for one in told] == ["received", "refused"]
        assert "食堂不符合要求" in (await client.get("/problems")).text


async def test_a_book_that_claims_its_last_cell_is_refused_and_the_server_lives(house: House) -> None:
    async with house.client(house.world.administrator) as client:
        await client.get("/facilities/import")
        data = {"_csrf_token": client.cookies["csrftoken"]}
        answer = await client.post("/facilities/import", data=data, files={"file": ("a.xlsx", sparse_book())})
        assert answer.status_code == 422
        assert (await client.get("/health")).status_code == 200


def sparse_book() -> bytes:
    """1 KB of Excel with a cell in A1 and one in the last row and column there is."""
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" ContentType="{kinds}.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kinds}.worksheet+xml"/></Types>',
        "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>x</t></is></c></row><row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t>y</t></is></c></row></sheetData></worksheet>',
    }  # fmt: skip
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        for name, text in parts.items():
            book.writestr(name, text)
    return out.getvalue()


async def test_a_picture_of_a_thousand_empty_scans_is_no_photo(house: House) -> None:
    out = io.BytesIO()
    Image.new("L", (64, 64)).save(out, "JPEG", progressive=True)
    content = out.getvalue()
    scan = content[content.rindex(b"\xff\xda") : -2]
    async with house.client(house.world.inspector, **OURS) as client:
        assert (await send(client, content)).status_code == 200
        assert (await send(client, content[:-2] + scan * 1000 + content[-2:])).json()["refusal"]["code"] == "photo.type"


async def test_knowing_a_photos_hash_is_not_having_it(house: House) -> None:
    photo = jpeg(colour="salmon")
    async with house.client(house.world.second, **OURS) as owner, house.client(house.world.inspector, **OURS) as client:
        await send(owner, photo)
        assert (await client.head(f"/photos/{sha(photo)}")).headers["upload-complete"] == "?0"
        noted = await findings(house, (FOOD, "食堂"), photos=[sha(photo)])
        sealed = envelope(house, await visit(house, noted))
        assert (await post(client, sealed)).json()["receipts"][0]["photos"] == [sha(photo)]
        await send(client, photo)
        assert (await post(client, sealed)).json()["receipts"][0]["state"] == "received"


async def test_a_long_list_of_form_fields_is_not_even_read(house: House) -> None:
    async with house.client() as nobody, house.client(house.world.contact) as client:
        for one, path in ((nobody, "/sign-in"), (client, "/me/password")):
            answer = await one.post(path, content=b"a=1&" * 200_000, headers={"content-type": "application/x-www-form-urlencoded"})
            assert answer.status_code == 413
        upload = await nobody.post("/facilities/import", content=b"x" * 1000, headers={"content-type": "multipart/form-data; boundary=x"})
        assert upload.headers["location"] == "/sign-in"


HARM = {
    "an answer changed": "update inspection set answers = replace(answers, 'fail', 'pass'), failed = 0",
    "a problem closed by hand": "update problem set state = 'closed'",
    "a problem deleted": "delete from problem",
    "a visit deleted": "delete from inspection",
}


@pytest.mark.parametrize("harm", HARM)
async def test_what_is_done_past_the_product_is_found(house: House, harm: str) -> None:
    await house.perform(house.world.inspector, "inspections.submit", await visit(house, await findings(house, (FOOD, "食堂"))))
    assert "head" in dugai(house.settings, "ledger", "verify")
    await house.ledger.writer.query(HARM[harm])
    assert "faults in the history" in dugai(house.settings, "ledger", "verify", code=1)


async def test_no_event_slips_in_below_the_first(house: House) -> None:
    slip = "insert into event select -1, command_id, 'problem.closed', subject_id, place_path, author_id, author_name, at, data from event where seq = 1"
    with pytest.raises(Exception, match=r"(?i)check"):
        await house.ledger.writer.query(slip)


async def test_a_stolen_token_does_not_outlive_the_password_by_being_renewed(house: House) -> None:
    start = clock.now()
    async with house.client(house.world.contact) as thief, house.client() as owner:
        assert (await sign_in(owner, "13800000003", PASSWORD)).status_code == 303
        clock.set(lambda: start + dt.timedelta(hours=11))
        await thief.get("/me")
        await owner.get("/me")
        clock.set(lambda: start + dt.timedelta(hours=13))
        token = owner.cookies["csrftoken"]
        data = {"_csrf_token": token, "current": PASSWORD, "password": "江边的那块-石头-77", "again": "江边的那块-石头-77"}
        stolen = dict(thief.cookies)
        answers = await asyncio.gather(owner.post("/me/password", data=data), *(_get(house, stolen) for _ in range(20)))
        assert answers[0].status_code == 303
        for answer in answers[1:]:
            renewed = answer.cookies.get("dugai-session")
            if renewed:
                assert (await _get(house, {**stolen, "dugai-session": renewed})).status_code == 303


async def _get(house: House, cookies: dict[str, str]) -> httpx.Response:
    async with house.client() as client:
        for name, value in cookies.items():
            client.cookies.set(name, value, domain="dugai.test")
        return await client.get("/me")
