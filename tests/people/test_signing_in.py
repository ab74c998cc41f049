"""The door: who comes in, who waits, and what a session is worth."""

import datetime as dt

import httpx

from server.foundation import clock
from server.people import rules
from tests.conftest import House
from tests.world import PASSWORD


async def token_of(client: httpx.AsyncClient, path: str) -> str:
    await client.get(path)
    return client.cookies["csrftoken"]


async def sign_in(client: httpx.AsyncClient, name: str, password: str, next: str = "") -> httpx.Response:
    token = await token_of(client, "/sign-in")
    return await client.post("/sign-in", data={"_csrf_token": token, "sign_in": name, "password": password, "next": next})


async def test_an_inspector_comes_in_and_lands_on_today(house: House) -> None:
    async with house.client() as client:
        answer = await sign_in(client, "138-0000 0000", PASSWORD)
        assert (answer.status_code, answer.headers["location"]) == (303, "/today")
        assert (await client.get("/me")).status_code == 200


async def test_the_way_back_is_never_another_site(house: House) -> None:
    async with house.client() as client:
        answer = await sign_in(client, "13800000000", PASSWORD, next="//evil.test/")
        assert answer.headers["location"] == "/today"


async def test_a_wrong_password_is_said_in_words_and_keeps_what_was_typed(house: House) -> None:
    async with house.client() as client:
        answer = await sign_in(client, "13800000000", "not this one 1")
        assert answer.status_code == 422
        assert "密码不对" in answer.text
        assert 'value="13800000000"' in answer.text


async def test_a_guesser_waits_longer_and_longer_and_locks_nobody_else_out(house: House) -> None:
    async with house.client() as guesser, house.client() as owner:
        await sign_in(owner, "13800000000", PASSWORD)  # the owner's own device is known from now on
        await owner.post("/sign-out", data={"_csrf_token": owner.cookies["csrftoken"]})
        for _ in range(rules.FREE_FAILURES):
            assert (await sign_in(guesser, "13800000000", "wrong-wrong-1")).status_code == 422
        assert (await sign_in(guesser, "13800000000", PASSWORD)).status_code == 429
        assert (await sign_in(owner, "13800000000", PASSWORD)).status_code == 303


async def test_a_form_without_its_token_is_refused(house: House) -> None:
    async with house.client() as client:
        answer = await client.post("/sign-in", data={"sign_in": "13800000000", "password": PASSWORD})
        assert answer.status_code == 403


async def test_signing_out_ends_the_session_on_the_server(house: House) -> None:
    async with house.client() as client:
        await sign_in(client, "13800000000", PASSWORD)
        old = client.cookies["dugai-session"]
        await client.post("/sign-out", data={"_csrf_token": client.cookies["csrftoken"]})
        client.cookies.set("dugai-session", old, domain="dugai.test")
        assert (await client.get("/me")).headers["location"].startswith("/sign-in")


async def test_a_session_ends_where_the_phone_was_handed_to_somebody_else(house: House) -> None:
    """Said by the phone in a cookie, without signal perhaps: it takes away and never gives."""
    async with house.client() as client, house.client() as elsewhere:
        for one in (client, elsewhere):
            await sign_in(one, "13800000000", PASSWORD)
        client.cookies.set("dugai-here", house.world.inspector.id, domain="dugai.test")
        assert (await client.get("/me")).status_code == 200, "they have it themselves"
        client.cookies.set("dugai-here", house.world.second.id, domain="dugai.test")
        assert (await client.get("/health")).status_code == 200
        assert (await client.get("/pack", headers={"x-dugai": "1"})).status_code == 401
        client.cookies.set("dugai-here", house.world.inspector.id, domain="dugai.test")
        assert (await client.get("/me")).headers["location"].startswith("/sign-in"), "ended, not put by"
        assert (await elsewhere.get("/me")).status_code == 200
        client.cookies.set("dugai-here", "nobody", domain="dugai.test")
        answer = await sign_in(client, "13800000000", PASSWORD)
        assert (answer.status_code, (await client.get("/me")).status_code) == (303, 200), "whoever signs in has it"


async def test_a_session_unused_for_half_a_day_is_over_and_a_used_one_gets_a_new_token(house: House) -> None:
    start = clock.now()
    async with house.client(house.world.supervisor) as client:
        first = client.cookies["dugai-session"]
        for hours in (11, 22):
            clock.set(lambda hours=hours: start + dt.timedelta(hours=hours))  # type: ignore[misc]
            assert (await client.get("/me")).status_code == 200
        assert client.cookies["dugai-session"] != first
        clock.set(lambda: start + dt.timedelta(hours=40))
        assert (await client.get("/me")).status_code == 303


async def test_a_printed_code_opens_an_account_once(house: House) -> None:
    async with house.client(house.world.administrator) as client:
        page = await client.get("/people")
        act = page.text.split('name="_id" value="')[1][:36]
        data = {
            "_csrf_token": client.cookies["csrftoken"], "_id": act, "name": "黎明", "sign_in": "139 1111 2222",
            "role": "inspector", "place": house.world.wanzhou,
        }  # fmt: skip
        slip = await client.post("/people", data=data)
        again = await client.post("/people", data=data)
    code = slip.text.split('class="code">')[1].split("<")[0]
    assert code in again.text, "a double click prints the same slip"
    async with house.client() as newcomer:
        token = await token_of(newcomer, "/activate")
        chosen = {"_csrf_token": token, "code": code.lower(), "password": "江边的那块-石头-77", "again": "江边的那块-石头-77"}
        assert (await newcomer.post("/activate", data=chosen)).status_code == 303
        assert (await newcomer.get("/me")).status_code == 200
        assert (await newcomer.post("/activate", data=chosen)).status_code == 422
    async with house.client() as later:
        assert (await sign_in(later, "13911112222", "江边的那块-石头-77")).status_code == 303


async def test_an_administrator_registers_nobody_in_another_district(house: House) -> None:
    async with house.client(house.world.administrator) as client:
        page = await client.get("/people")
        data = {
            "_csrf_token": client.cookies["csrftoken"], "_id": page.text.split('name="_id" value="')[1][:36], "name": "黎明",
            "sign_in": "13911112222", "role": "supervisor", "place": house.world.kaizhou,
        }  # fmt: skip
        assert (await client.post("/people", data=data)).status_code == 404


async def test_a_weak_password_is_refused_with_its_reason(house: House) -> None:
    async with house.client(house.world.contact) as client:
        token = await token_of(client, "/me")
        data = {"_csrf_token": token, "current": PASSWORD, "password": "1234567890", "again": "1234567890"}
        answer = await client.post("/me/password", data=data)
    assert answer.status_code == 422
    assert "密码太简单" in answer.text
