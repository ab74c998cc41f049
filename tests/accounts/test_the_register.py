"""The register of people: what its filters find, in pages, and only below one's own places."""

import datetime as dt

from server.foundation import clock
from server.foundation.ids import new_id
from server.people.rules import fingerprint
from tests.conftest import House


async def add(house: House, name: str, **changed: object) -> str:
    id = new_id()
    payload = {
        "id": id, "standing": new_id(), "name": name, "sign_in": id[-12:], "role": "inspector", "place": house.world.wanzhou,
        "code": fingerprint(id), **changed,
    }  # fmt: skip
    await house.perform(house.world.chief, "people.add", payload)
    return id


async def found(house: House, **asked: str) -> str:
    async with house.client(house.world.administrator) as client:
        answer = await client.get("/people", params=asked)
        assert answer.status_code == 200
        return answer.text


async def test_people_are_found_by_name_number_role_place_and_state(house: House) -> None:
    await add(house, "白露", role="contact", place=house.world.home, sign_in="13912345678")
    for asked in ({"q": "白露"}, {"q": "1391234"}, {"role": "contact"}, {"place": house.world.home}, {"state": "invited"}):
        assert "白露" in await found(house, **asked), asked
    for asked in ({"q": "白霜"}, {"role": "supervisor"}, {"place": house.world.neighbour}, {"state": "active"}, {"ends": "soon"}):
        assert "白露" not in await found(house, **asked), asked


async def test_roles_that_end_within_thirty_days_are_found(house: House) -> None:
    today = clock.today()
    await add(house, "近月", until_on=today + dt.timedelta(days=30))
    await add(house, "远月", until_on=today + dt.timedelta(days=31))
    page = await found(house, ends="soon")
    assert "近月" in page
    assert "远月" not in page


async def test_nobody_of_another_district_is_found(house: House) -> None:
    assert "罗文" not in await found(house)
    assert "共 0 人" in await found(house, place=house.world.kaizhou)


async def test_the_list_goes_on_where_the_page_before_ended(house: House) -> None:
    names = [f"同名{n:02d}" for n in range(60)]
    for name in names:
        await add(house, name)
    first = await found(house, q="同名")
    after = first.split("after=")[1].split('"')[0]
    async with house.client(house.world.administrator) as client:
        second = (await client.get(f"/people?q=同名&after={after}")).text
    seen = [name for page in (first, second) for name in names if f">{name}</a>" in page]
    assert seen == names
    assert "共 60 人" in first
