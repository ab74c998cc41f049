"""Finding words in 10,000 and in 1,000,000 entries of each database; the index's size, and how long it takes to make anew."""

import asyncio
import contextlib
import datetime as dt
import os
import random
import statistics
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import asyncpg

from server import catalog
from server.database.connect import connected
from server.database.migrate import migrate
from server.database.rows import rows
from server.database.writer import Writer
from server.facilities.tables import Facility
from server.foundation.actor import Actor, Standing
from server.foundation.ids import new_id
from server.ledger.perform import Ledger
from server.people.tables import Place
from server.problems.tables import Problem
from server.search import queries, rules
from server.search.indexer import Indexer
from server.search.tables import SearchEntry
from server.settings import Settings
from tests.postgres import postgres
from tests.serving import serving

MOST = int(os.environ.get("DUGAI_BENCH_ROWS", "1000000"))
SIZES = (min(10_000, MOST), MOST)
DISTRICTS, FACILITIES, SLICE, FRESH = 12, 504, 10_000, 10_000
BEGAN, LASTED = dt.datetime(2023, 11, 1, tzinfo=dt.UTC), 3 * 365 * 86400
POINTS = ("食堂", "公共浴室", "三楼东侧通道", "二楼西侧走廊", "大门", "值班室", "库房", "接待室", "祭扫区", "服务大厅", "隔离室", "教室")
FAULTS = (
    "消毒记录缺 4 天", "灭火器箱前堆放清洁工具", "生熟食品混放", "外来人员出入登记不全，未查验", "留样不足 48 小时", "疏散通道堆放纸箱、轮椅，影响通行",
    "口罩库存与台账不符", "消毒液没有标签", "值班电话无人接听", "应急预案没有修订", "夜班交接没有签字", "体温计没有校准", "垃圾没有分类", "门锁损坏", "地面有积水",
)  # fmt: skip
MEASURES = ("当日清理，每班交接时检查并签字", "院长每周抽查一次，记入台账", "联系厂家更换，更换前停用", "组织培训，重新公示制度", "补齐记录，明确到人")
NAMES = [f"{family}{given}" for family in "王李张刘陈杨黄赵周吴" for given in ("秀兰", "国强", "志远", "敏", "川", "丽", "建", "春兰", "大勇", "小妹")]
OLD, RARE = "核酸检测登记", "龙灯"  # a third of the first year and nothing since; one in fifty thousand
ASKED = {
    "two signs, frequent": "消毒", "one sign, frequent": "消", "two words, frequent": "食堂 签字", "a phrase": "疏散通道", "a year": "2026", "two signs, rare": RARE,
    "frequent long ago only": "核酸", "words that never meet": "食堂 库房",
}  # fmt: skip


async def figures() -> AsyncIterator[tuple[str, str, str]]:
    with postgres() as address:
        for engine in ("SQLite", "PostgreSQL"):
            told: dict[str, list[str]] = {}
            for size in SIZES:
                async with _house(engine, address, f"search{size}") as (settings, writer):
                    started = time.perf_counter()
                    await _fill(settings, writer, size)
                    told.setdefault("index", []).append(f"{await _megabytes(settings):,.0f} MB for {size:,} ({time.perf_counter() - started:,.0f} s to load)")
                    for name, milliseconds in await _ask():
                        told.setdefault(name, []).append(f"{milliseconds:,.1f} ms")
            for name, measured in told.items():
                yield f"search, {engine}, {name}", " → ".join(measured), "-" if name == "index" else f"≤ 200 ms at {MOST:,}"
            async with _house(engine, address, "filling") as (settings, writer):
                yield f"search, {engine}: an index of {FRESH:,} problems fills behind a server", await _behind(settings, writer), "-"
            count = max(1000, MOST // 10)
            async with _house(engine, address, "rebuilt") as (_, writer):
                seconds = await _rebuild(writer, count)
            yield f"search, {engine}: index made anew", f"{seconds:,.0f} s for {count:,} problems", "-"


@contextlib.asynccontextmanager
async def _house(engine: str, address: str, name: str) -> AsyncIterator[tuple[Settings, Writer]]:
    with tempfile.TemporaryDirectory(prefix="dugai-bench-", dir=os.environ.get("DUGAI_BENCH")) as folder:
        settings = Settings(data=Path(folder))
        if engine == "PostgreSQL":
            connection = await asyncpg.connect(f"{address}/postgres")
            await connection.execute(f"create database {name}")
            await connection.close()
            settings = Settings(data=Path(folder), database=f"{address}/{name}")
        await migrate(settings)
        async with connected(settings, catalog.TABLE_NAMES) as writer:
            yield settings, writer


# Asking


async def _ask() -> list[tuple[str, float]]:
    """The first page with its count, in milliseconds: the middle of seven, for the city, a district and a single facility."""
    district = _path(5)[:22]
    scopes = {"city": "0" * 9 + "1/", "district": district, "facility": _path(5)}
    found = []
    for asked, typed in ASKED.items():
        for name, path in scopes.items():
            if name != "city" and asked in ("a year", "a phrase", "two signs, rare"):
                continue
            actor, words, taken = Actor("x", "x", (Standing("supervisor", "x", path),)), rules.asked(typed), []
            for _ in range(7):
                started = time.perf_counter()
                told = await queries.found(actor, "problem", words, 21)
                assert told.hits or asked == "words that never meet" or name != "city", typed
                taken.append((time.perf_counter() - started) * 1000)
            found.append((f"{asked} “{typed}”, {name}", statistics.median(taken)))
    return found


async def _megabytes(settings: Settings) -> float:
    if settings.database:
        found = await rows("select pg_total_relation_size('search_gram') + pg_total_relation_size('search_entry') as n")
        return float(found[0]["n"]) / 1e6
    found = await rows("select c.page_count * s.page_size as n from pragma_page_count c, pragma_page_size s")
    return float(found[0]["n"]) / 1e6


# What there is to find


def _path(facility: int) -> str:
    return f"{1:010x}/{2 + facility % DISTRICTS:010x}/{1000 + facility:010x}/"


def _entries(size: int) -> Iterator[tuple[dict[str, Any], str]]:
    """Problems and visits over three years, the oldest first; grams put together from those of their fields."""
    dice, made = random.Random(20201231), {text: rules.grams([text]) for text in (*POINTS, *FAULTS, *MEASURES, *NAMES, OLD, RARE)}
    names = [rules.grams([f"示例{'春夏秋冬松柏梅兰'[n % 8]}{'山水云月'[n // 8 % 4]}第{n}养老服务中心"]) for n in range(FACILITIES)]
    for n in range(size):
        at, facility = BEGAN + dt.timedelta(seconds=n * LASTED / size), dice.randrange(FACILITIES)
        kind = "visit" if n % 3 == 0 else "problem"
        parts = [names[facility], rules.grams([f"示例整〔{at.year}〕{n // 12 + 1}号" if kind == "problem" else f"WZ-{at:%Y%m%d}-{n % 999:04d}"]), made[dice.choice(NAMES)]]
        if kind == "problem":
            parts += [made[dice.choice(POINTS)], made[dice.choice(FAULTS)], made[dice.choice(FAULTS)], made[dice.choice(MEASURES)], made[dice.choice(NAMES)]]
            parts += [made[OLD]] if n < size / 3 and dice.random() < 0.33 else []
            parts += [made[RARE]] if n % 50_000 == 5_000 else []
        grams = f"{' § '.join(parts)} {rules.scope(_path(facility))}"
        id, digest = str(n), "0" * 32
        yield {"id": rules.number(kind, at, id) + n % 7, "kind": kind, "subject_id": id, "place_path": _path(facility), "title": "", "digest": digest}, grams


async def _fill(settings: Settings, writer: Writer, size: int) -> None:
    if settings.database:
        await writer.query("drop index search_gram_grams")
    held: dict[int, tuple[dict[str, Any], str]] = {}
    for row, grams in _entries(size):
        held[row["id"]] = (row, grams)
        if len(held) == SLICE:
            await _load(writer, list(held.values()))
            held = {}
    await _load(writer, list(held.values()))
    if settings.database:
        for sql in ("set maintenance_work_mem = '512MB'", "create index search_gram_grams on search_gram using gin (grams)", "vacuum analyze search_gram", "vacuum analyze search_entry"):
            await writer.query(sql)


async def _load(writer: Writer, made: list[tuple[dict[str, Any], str]]) -> None:
    async with writer.transaction():
        await writer.insert(SearchEntry, [row for row, _ in made])
        for sql, values in queries.put([(row["id"], grams) for row, grams in made]):
            await writer.query(sql, *values)


# Made anew


async def _rebuild(writer: Writer, count: int) -> float:
    """Seconds to make the index of so many problems from their rows, in a house that does nothing else."""
    async with writer.transaction():
        for start in range(0, count, SLICE):
            await _problems(writer, start, min(SLICE, count - start))
    ledger = Ledger(writer, catalog.COMMANDS, catalog.TABLES)
    await ledger.start()
    started = time.perf_counter()
    done = await Indexer(ledger).rebuild()
    taken = time.perf_counter() - started
    await ledger.stop()
    assert done == count + FACILITIES, done
    return taken


async def _behind(settings: Settings, writer: Writer) -> str:
    """A house upgraded to this version: how long its index takes while it serves, and the longest that a question for its health waited."""
    async with writer.transaction():
        await _problems(writer, 0, FRESH)
    longest, began = 0.0, time.perf_counter()
    async with serving(settings) as (port, _):
        while (await rows("select count(*) as n from search_entry"))[0]["n"] < FRESH + FACILITIES:
            started = time.perf_counter()
            await asyncio.to_thread(_health, port)
            longest = max(longest, time.perf_counter() - started)
            await asyncio.sleep(0.02)
    return f"{time.perf_counter() - began:,.0f} s, longest wait {longest * 1000:,.0f} ms"


def _health(port: int) -> None:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=30) as answer:
        assert answer.status == 200


async def _problems(writer: Writer, start: int, count: int) -> None:
    ids = [f"00000000-0000-7000-8000-{1000 + n:012x}" for n in range(FACILITIES)]
    if start == 0:
        await writer.insert(Place, [{"id": ids[n], "parent_id": None, "path": _path(n), "kind": "facility", "name": f"示例第{n}养老服务中心"} for n in range(FACILITIES)])
        await writer.insert(Facility, [{"id": ids[n], "type": "elderly_care", "place_path": _path(n), "address": "示例路 1 号"} for n in range(FACILITIES)])
    dice, words = random.Random(start), '{"zh":"食品分类储存、留样","en":"Food is stored apart and sampled"}'
    found = []
    for n in range(start, start + count):
        facility, at = dice.randrange(FACILITIES), BEGAN + dt.timedelta(minutes=n)
        found.append({
            "id": new_id(), "number": f"示例整〔{at.year}〕{n}号", "facility_id": ids[facility], "facility_type": "elderly_care", "place_path": _path(facility),
            "visit_id": "", "checklist": "x/1", "item": "S23-09", "question": words, "clause": words, "point": dice.choice(POINTS), "spot": str(n),
            "what": dice.choice(FAULTS), "severity": "general", "party": "unit", "person": dice.choice(NAMES), "found_at": at, "found_on": at.date(),
            "state": "rectifying", "measures": dice.choice(MEASURES), "inspectors": "、".join(dice.sample(NAMES, 2)), "bureau": "示例区民政局", "changed_at": at,
        })  # fmt: skip
    await writer.insert(Problem, found)
