"""Districts full of problems, alike on both databases: the same seed gives the same rows, so a second run finds them kept."""

import asyncio
import contextlib
import datetime as dt
import hashlib
import os
import random
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
from argon2 import PasswordHasher
from tortoise import Model

from server import catalog
from server.database.connect import connected
from server.database.migrate import FOLDER, migrate
from server.database.shape import blank, columns, sqlite_adapters, table
from server.facilities.tables import Facility
from server.inspections.tables import Inspection
from server.people.rules import place_path
from server.people.tables import Person, Place, Standing
from server.problems.tables import Problem
from server.settings import Settings
from tests import postgres
from tests.postgres import OPTIONS

HOME = Path(os.environ.get("DUGAI_BENCH") or Path(__file__).resolve().parent.parent / "build" / "bench")
SEED, SLICE = 250, 10_000
DISTRICTS, FACILITIES = 12, 528
NOW = dt.datetime(2026, 11, 20, 2, tzinfo=dt.UTC)
SPAN = dt.timedelta(days=3 * 365)
TYPES = ("elderly_care",) * 6 + ("children", "relief", "funeral", "funeral", "cemetery")
SEVERITIES, SEVERITY_WEIGHTS = ("general", "serious", "critical"), (78, 18, 4)
PARTIES, PARTY_WEIGHTS = ("unit", "individual", "department", "locality"), (60, 22, 10, 8)
# State by age in days: what is young is open, what is old is closed, and a few hang on.
STATES = (
    (7, ("recorded", "issued", "plan_submitted", "fixed_on_spot", "closed"), (30, 35, 10, 10, 15)),
    (30, ("issued", "rectifying", "plan_returned", "awaiting_recheck", "returned", "rechecked", "closed", "withdrawn"), (15, 25, 3, 15, 4, 5, 31, 2)),
    (90, ("rectifying", "returned", "awaiting_recheck", "closed", "withdrawn"), (6, 2, 2, 88, 2)),
    (2000, ("rectifying", "returned", "closed", "withdrawn"), (3, 1, 976, 20)),
)  # fmt: skip
WHATS = ("疏散通道堆放杂物，影响通行", "灭火器压力不足，没有更换记录", "冰箱内生熟食品混放", "消毒记录缺数天", "出入登记不全，未查验", "应急预案未按时修订，夜班人员不知晓", "值班电话无人接听", "留样不足 48 小时")
POINTS = (("食堂", "储存"), ("三楼东侧通道", "疏散"), ("大门", "出入登记"), ("值班室", "值守"), ("公共浴室", "消毒"), ("库房", "物资"))


def _id(number: int) -> str:
    return f"00000000-0000-7000-8000-{number:012x}"


INSPECTORS = {_id(10 + n): [_id(3000 + 8 * n + m) for m in range(8)] for n in range(DISTRICTS)}
KINDS, MODES = ("routine", "special", "case"), ("announced", "unannounced", "random")


class City:
    """Places, and whom the bench reads as: a supervisor of the city, one of a district, a contact of one facility."""

    def __init__(self, facilities: int = FACILITIES) -> None:
        self.city = _id(1)
        self.districts = [_id(10 + n) for n in range(DISTRICTS)]
        self.paths = {self.city: place_path("", self.city)}
        self.paths |= {id: place_path(self.paths[self.city], id) for id in self.districts}
        self.facilities = [_id(1000 + n) for n in range(facilities)]
        self.types = {id: TYPES[n % len(TYPES)] for n, id in enumerate(self.facilities)}
        self.bureaus = {id: self.districts[n % DISTRICTS] for n, id in enumerate(self.facilities)}
        self.paths |= {id: place_path(self.paths[bureau], id) for id, bureau in self.bureaus.items()}
        self.people = {_id(101): (self.city, "supervisor"), _id(102): (self.districts[3], "supervisor"), _id(103): (self.facilities[40], "contact")}

    def rows(self) -> Iterator[tuple[type[Model], dict[str, Any]]]:
        yield Place, {"id": self.city, "parent_id": None, "path": self.paths[self.city], "kind": "municipal", "name": "示例市民政局", "mark": "示民整", "code": "SL"}
        for n, id in enumerate(self.districts):
            yield Place, {"id": id, "parent_id": self.city, "path": self.paths[id], "kind": "district", "name": f"示例{n + 1}区民政局", "mark": f"示{n + 1}整", "code": f"S{n}"}
        for n, id in enumerate(self.facilities):
            yield Place, {"id": id, "parent_id": self.bureaus[id], "path": self.paths[id], "kind": "facility", "name": f"示例第{n + 1}养老服务中心"}
            yield Facility, {"id": id, "type": self.types[id], "place_path": self.paths[id], "address": "示例路", "contact_name": "示例", "search": ""}
        for id, (place, role) in self.people.items():
            yield Person, {"id": id, "name": f"示例{role}", "sign_in": id, "state": "active", "password": PasswordHasher(1, 8, 1).hash("x")}
            yield Standing, {"id": id, "person_id": id, "place_id": place, "role": role, "from_on": dt.date(2020, 1, 1), "until_on": None}


def problems(city: City, count: int) -> Iterator[dict[str, Any]]:
    """So many problems, evenly over three years, three from each visit, the oldest first."""
    chance = random.Random(SEED)
    texts = {n: msgspec.json.encode({"zh": f"示例检查项 {n}：是否符合要求，记录是否完整？", "en": f"Example question {n}"}).decode() for n in range(60)}
    ids = msgspec.json.encode([_id(201), _id(202)]).decode()
    names: dict[str, int] = {}
    for n in range(count):
        if n % 3 == 0:
            facility, visit = chance.choice(city.facilities), _id(1 << 44 | n // 3)
            found_at = NOW - SPAN + SPAN * (n / count) + dt.timedelta(microseconds=n)
        age = (NOW - found_at).days
        _, states, weights = next(entry for entry in STATES if age <= entry[0])
        on, (what, (point, step)) = (found_at + dt.timedelta(hours=8)).date(), (chance.choice(WHATS), chance.choice(POINTS))
        district, item = city.bureaus[facility], chance.randrange(60)
        state, due = chance.choices(states, weights)[0], on + dt.timedelta(days=chance.randrange(8, 26))
        names[district] = names.get(district, 0) + 1
        yield {
            "id": _id(2 << 44 | n), "number": f"示{district[-2:]}整〔{on.year}〕{names[district]}号", "facility_id": facility,
            "facility_type": city.types[facility], "place_path": city.paths[facility], "visit_id": visit, "checklist": "epidemic-2020-250/1",
            "item": f"S23-{item:02d}", "question": texts[item], "clause": texts[item], "point": point, "step": step, "spot": f"{facility}|S23-{item:02d}|{point}",
            "what": what, "severity": chance.choices(SEVERITIES, SEVERITY_WEIGHTS)[0], "party": chance.choices(PARTIES, PARTY_WEIGHTS)[0], "person": "示例责任人",
            "unit": "示例养老服务中心", "bureau": "示例区民政局", "inspectors": "示例甲、示例乙", "inspector_ids": ids, "found_at": found_at, "found_on": on,
            "state": state, "due_on": None if state == "recorded" else due, "issued_on": on, "measures": "当日清理，每班交接时检查并签字，院长每周抽查一次",
            "progress": "已全部整改，纳入每日巡查", "rectified_on": due if state == "closed" else None, "closed_on": due if state == "closed" else None,
            "changed_at": min(NOW, found_at + dt.timedelta(days=20)),
        }  # fmt: skip


def visits(city: City, found: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The visits of these problems, with few answers: lists do not read them. One in five found nothing that its record still holds."""
    chance = random.Random(found[0]["id"] if found else "")
    for problem in found[::3]:
        first, second = chance.sample(INSPECTORS[city.bureaus[problem["facility_id"]]], 2)
        yield {
            "id": problem["visit_id"], "number": f"SL-{problem['visit_id'][-9:]}", "facility_id": problem["facility_id"], "place_path": problem["place_path"],
            "checklist": problem["checklist"], "parts": '["measures"]', "kind": chance.choices(KINDS, (80, 16, 4))[0],
            "mode": chance.choices(MODES, (30, 60, 10))[0], "author_id": first, "facility_type": problem["facility_type"], "first_id": first, "second_id": second,
            "inspectors": msgspec.json.encode([[first, "示例甲"], [second, "示例乙"]]).decode(), "started_at": problem["found_at"] - dt.timedelta(hours=1),
            "finished_at": problem["found_at"], "visited_on": problem["found_on"], "answers": '{"S23-01":{"value":"pass"}}', "passed": 20, "failed": chance.choice((0, 1, 2, 3, 3)),
            "not_applicable": 1, "recorded": 0, "findings": "[]", "signatures": "{}", "position": None, "received_at": problem["found_at"],
        }  # fmt: skip


@contextlib.asynccontextmanager
async def registered(count: int) -> AsyncIterator[dict[str, Settings]]:
    """Both databases with so many facilities and nothing else, by engine; made anew each time."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        with _postgres(Path(folder) / "postgres") as address:
            made = {"sqlite": Settings(data=Path(folder)), "postgres": Settings(data=Path(folder), database=f"{address}/bench")}
            await _create(address)
            held: dict[type[Model], list[dict[str, Any]]] = {}
            for model, row in City(count).rows():
                held.setdefault(model, []).append(row)
            for settings in made.values():
                await migrate(settings)
                async with connected(settings, catalog.TABLE_NAMES) as writer, writer.transaction():
                    for model, some in held.items():
                        await writer.insert(model, some)
                    if not settings.database:
                        await writer.query("analyze")
            server = await asyncpg.connect(made["postgres"].database)
            await server.execute("vacuum analyze")
            await server.close()
            yield made


@contextlib.asynccontextmanager
async def filled(count: int) -> AsyncIterator[dict[str, Settings]]:
    """Both databases with so many problems and a third as many visits, by engine; PostgreSQL runs while this is open."""
    folder = HOME / f"{count}-{_hash()}"
    if not (folder / "whole").exists():
        for old in HOME.glob(f"{count}-*"):  # of another schema, or half made
            shutil.rmtree(old)
        folder.mkdir(parents=True)
    with _postgres(folder / "postgres") as address:
        made = {"sqlite": Settings(data=folder), "postgres": Settings(data=folder, database=f"{address}/bench")}
        if not (folder / "whole").exists():
            await _fill(made, address, count)
            (folder / "whole").touch()
        yield made


def _hash() -> str:
    """Of what the rows depend on: this file and the schema."""
    told = hashlib.sha256(Path(__file__).read_bytes())
    for file in sorted(FOLDER.glob("*.sql")):
        told.update(file.read_bytes())
    return told.hexdigest()[:12]


@contextlib.contextmanager
def _postgres(data: Path) -> Iterator[str]:
    user, port = postgres._other_user(), postgres._free_port()
    if not data.exists():
        data.mkdir()
        if user:
            shutil.chown(data, user)
        postgres._run(user, "initdb", "--pgdata", str(data), "--username=dugai", "--auth=trust", "--encoding=UTF8", "--locale=C")
    if (data / "postmaster.pid").exists():  # of a run that was cut short
        with contextlib.suppress(subprocess.CalledProcessError):
            postgres._run(user, "pg_ctl", "--pgdata", str(data), "--mode=immediate", "--wait", "stop")
    options = f"{OPTIONS} -c shared_buffers=1GB -c maintenance_work_mem=512MB -c max_wal_size=4GB -p {port}"
    postgres._run(user, "pg_ctl", "--pgdata", str(data), "--wait", "--log", str(data / "log"), "--options", options, "start")
    try:
        yield f"postgres://dugai@127.0.0.1:{port}"
    finally:
        postgres._run(user, "pg_ctl", "--pgdata", str(data), "--mode=fast", "--wait", "stop")


async def _fill(made: dict[str, Settings], address: str, count: int) -> None:
    await _create(address)
    for settings in made.values():
        await migrate(settings)
        async with connected(settings, catalog.TABLE_NAMES) as writer, writer.transaction():
            for model, row in City().rows():
                await writer.insert(model, [row])
    to = _Both(made)
    await to.open()
    city, page = City(), []
    for problem in problems(city, count):
        page.append(problem)
        if len(page) == SLICE * 3:
            await to.write(Problem, page)
            await to.write(Inspection, list(visits(city, page)))
            page = []
    await to.write(Problem, page)
    await to.write(Inspection, list(visits(city, page)))
    await to.close()


async def _create(address: str) -> None:
    server = await asyncpg.connect(f"{address}/postgres")
    await server.execute("create database bench template template0")
    await server.close()


class _Both:
    """Both databases open for loading: without their indexes, which are made anew at the end."""

    def __init__(self, made: dict[str, Settings]) -> None:
        self.made = made

    async def open(self) -> None:
        self.file = sqlite3.connect(self.made["sqlite"].sqlite_file, isolation_level=None)
        for pragma in ("journal_mode=off", "synchronous=off", "cache_size=-400000"):
            self.file.execute(f"pragma {pragma}")
        tables = "('problem', 'inspection')"
        self.indexes = [sql for (sql,) in self.file.execute(f"select sql from sqlite_master where type = 'index' and sql is not null and tbl_name in {tables}")]
        for sql in self.indexes:
            self.file.execute(f"drop index {sql.split()[2]}")
        self.server = await asyncpg.connect(self.made["postgres"].database)
        await self.server.execute("set session_replication_role = replica; set synchronous_commit = off")
        found = await self.server.fetch(f"select indexname, indexdef from pg_indexes where tablename in {tables} and indexname not like '%_pkey' and indexname not like '%_key'")
        self.defs = [row["indexdef"] for row in found]
        for row in found:
            await self.server.execute(f"drop index {row['indexname']}")

    async def write(self, model: type[Model], page: list[dict[str, Any]]) -> None:
        names, plain, adapters = columns(model), blank(model), sqlite_adapters(model)
        full = [{**plain, **row} for row in page]
        await self.server.copy_records_to_table(table(model), records=[[row[name] for name in names] for row in full], columns=names)
        adapted = [[adapters[name](row[name]) if name in adapters else row[name] for name in names] for row in full]
        slots = ",".join("?" * len(names))
        self.file.execute("begin")
        self.file.executemany(f"insert into {table(model)} ({','.join(names)}) values ({slots})", adapted)
        self.file.execute("commit")

    async def close(self) -> None:
        def make() -> None:
            file = sqlite3.connect(self.made["sqlite"].sqlite_file, isolation_level=None)
            for pragma in ("journal_mode=off", "synchronous=off", "cache_size=-400000", "temp_store=file"):
                file.execute(f"pragma {pragma}")
            for sql in self.indexes:
                file.execute(sql)
            file.execute("pragma journal_mode=wal")
            file.execute("analyze")
            file.close()

        self.file.close()
        making = asyncio.create_task(asyncio.to_thread(make))
        for sql in self.defs:
            await self.server.execute(sql)
        await self.server.execute("vacuum analyze")
        await self.server.close()
        await making
