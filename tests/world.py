"""The cast: a city with two districts; in one of them two homes and the people of this product, in the other a stranger."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

from tortoise import Model

from server.facilities.tables import Facility, Responsibility
from server.foundation.actor import Actor, Standing
from server.people import tables as people

SINCE = dt.date(2020, 1, 1)
PACK: dict[str, Any] = json.loads((Path(__file__).parent.parent / "server/checklists/packs/epidemic-2020-250.v1.json").read_text())
PASSWORD = "万州-2026-督改"


def _id(number: int) -> str:
    return f"00000000-0000-7000-8000-{number:012x}"


def _path(*numbers: int) -> str:
    return "".join(f"{number:010x}/" for number in numbers)


class World:
    """Ids and actors by name; `rows` is the whole cast as rows, parents first."""

    city, wanzhou, kaizhou = _id(1), _id(2), _id(3)
    home, neighbour, foreign = _id(4), _id(5), _id(6)  # facilities: ours, a sibling's, another district's
    paths = {
        city: _path(1), wanzhou: _path(1, 2), kaizhou: _path(1, 3),
        home: _path(1, 2, 4), neighbour: _path(1, 2, 5), foreign: _path(1, 3, 6),
    }  # fmt: skip

    def __init__(self) -> None:
        self.inspector = self._person(101, "周敏", "inspector", self.wanzhou)
        self.second = self._person(102, "何川", "inspector", self.wanzhou)
        self.supervisor = self._person(103, "冉国强", "supervisor", self.wanzhou)
        self.contact = self._person(104, "谭秀梅", "contact", self.home)
        self.neighbour_contact = self._person(105, "向莉", "contact", self.neighbour)
        self.administrator = self._person(106, "陈静", "administrator", self.wanzhou)
        self.foreigner = self._person(107, "罗文", "supervisor", self.kaizhou)
        self.foreign_inspector = self._person(108, "邓勇", "inspector", self.kaizhou)
        self.chief = self._person(109, "秦岚", "administrator", self.city)
        self.foreign_second = self._person(110, "龚平", "inspector", self.kaizhou)
        self.auditor = self._person(111, "田静", "auditor", self.wanzhou)
        self.everybody = [entry for entry in vars(self).values() if isinstance(entry, Actor)]

    def _person(self, number: int, name: str, role: str, place: str) -> Actor:
        return Actor(_id(number), name, (Standing(role, place, self.paths[place]),))

    def rows(self, password: str | None) -> list[tuple[type[Model], dict[str, Any]]]:
        """password: the argon2 hash that everybody gets."""
        places = [
            self._place(self.city, None, "municipal", "重庆市民政局", "渝民整", "CQ"),
            self._place(self.wanzhou, self.city, "district", "万州区民政局", "万民整", "WZ"),
            self._place(self.kaizhou, self.city, "district", "开州区民政局", "开民整", "KZ"),
            self._place(self.home, self.wanzhou, "facility", "安康养老院"),
            self._place(self.neighbour, self.wanzhou, "facility", "儿童福利院"),
            self._place(self.foreign, self.kaizhou, "facility", "临江敬老院"),
        ]
        facilities = [
            self._facility(self.home, "elderly_care", "谭秀梅"),
            self._facility(self.neighbour, "children", "向莉"),
            self._facility(self.foreign, "elderly_care", "彭刚"),
        ]
        duties = [
            (Responsibility, {
                "id": _id(200), "facility_id": self.home, "sort": 0, "party": "unit", "person": "谭秀梅", "title": "院长",
                "point": "食堂", "step": "储存", "ended_at": None,
            })
        ]  # fmt: skip
        return [*places, *self._people(password), *facilities, *duties]

    def _place(self, id: str, parent: str | None, kind: str, name: str, mark: str = "", code: str = "") -> tuple[type[Model], dict[str, Any]]:
        return people.Place, {
            "id": id, "parent_id": parent, "path": self.paths[id], "kind": kind, "name": name, "mark": mark, "code": code,
            "is_closed": False,
        }  # fmt: skip

    def _people(self, password: str | None) -> list[tuple[type[Model], dict[str, Any]]]:
        found: list[tuple[type[Model], dict[str, Any]]] = []
        for number, actor in enumerate(self.everybody):
            found.append((people.Person, {
                "id": actor.id, "name": actor.name, "sign_in": f"1380000{number:04d}", "password": password,
                "state": "active", "lang": "zh",
            }))  # fmt: skip
            found += [
                (people.Standing, {
                    "id": _id(300 + number), "person_id": actor.id, "place_id": standing.place_id, "role": standing.role,
                    "from_on": SINCE, "until_on": None,
                })
                for standing in actor.roles
            ]  # fmt: skip
        return found

    def _facility(self, id: str, type: str, contact: str) -> tuple[type[Model], dict[str, Any]]:
        return Facility, {
            "id": id, "type": type, "place_path": self.paths[id], "address": "万州区测试路 1 号", "contact_name": contact, "contact_title": "院长",
            "contact_phone": "023-00000000", "beds": 80, "points": '[{"point":"食堂","steps":["储存","留样"]}]', "notes": "",
            "search": "", "version": 1,
        }  # fmt: skip
