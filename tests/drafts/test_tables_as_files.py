"""A check table goes out as Excel, is changed by hand, and comes in again as a draft; every faulty cell is named, and then nothing is kept."""

import copy
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.drafts import queries, sheets, sheets_in
from server.drafts.faults import Reading
from server.foundation.ids import new_id
from server.sheets.reading import OLE
from server.sheets.reading import sheets as sheets_of
from tests.checklists.test_conditions import checklist, item
from tests.conftest import House
from tests.drafts.files import book, hand_in
from tests.world import PACK

PACKS = [json.loads(file.read_text()) for file in sorted((Path(__file__).parents[2] / "server/checklists/packs").glob("*.json"))]
ITEMS = ["编号", "部分", "检查内容", "答法", "等级", "四方", "适用机构", "符合条件", "何时问", "现场问"]
FIELDS = ["检查项编号", "字段编号", "名称", "类型", "单位"]
CHOICES = ["检查项编号", "字段编号", "选项编号", "名称"]


def read(content: bytes) -> Reading:
    return sheets_in.read(sheets_of(content, 5000))


def located(content: bytes) -> list[tuple[str, int, str]]:
    found = read(content)
    assert found.body == {}
    return [(fault.sheet, fault.row, fault.column) for fault in found.faults]


async def body_of(client: httpx.AsyncClient, house: House, answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 303, answer.text
    found = await queries.draft(house.world.chief, answer.headers["location"].rpartition("/")[2])
    assert found
    return found.body


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("pack", PACKS, ids=lambda pack: pack["key"])
def test_what_comes_out_goes_in_again_unchanged(pack: dict[str, Any], lang: str) -> None:
    found = read(sheets.file_of(pack, lang))
    assert found.faults == []
    assert found.notes == []
    assert found.body == pack


async def test_the_88_items_make_the_round_over_http(house: House) -> None:
    async with house.client(house.world.chief) as client:
        sent = await client.get(f"/checklists/{PACK['key']}/1/xlsx")
        assert sent.headers["content-type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        answer = await hand_in(client, sent.content, house.world.city, following=PACK["key"])
        assert await body_of(client, house, answer) == PACK
        draft = answer.headers["location"]
        assert "和已发布的比较" in (await client.get(draft)).text
        again = await hand_in(client, (await client.get(f"{draft}/xlsx")).content, house.world.city, following=PACK["key"])
        assert await body_of(client, house, again) == PACK


words = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp", "Cn", "Co")), min_size=1, max_size=12).filter(lambda text: not text.startswith(("'", "—")) and text.strip() == text)
pairs = st.tuples(words, words | st.just("")).map(lambda pair: {"zh": pair[0], "en": pair[1]})


@given(question=pairs, findings=st.lists(pairs, max_size=3), evidence=words | st.just(""), quote=words | st.just(""), label=pairs, on_site=st.booleans(), derived=st.booleans())
@settings(max_examples=15, deadline=None)
def test_whatever_is_written_in_an_item_makes_the_round(
    question: dict[str, str], findings: list[dict[str, str]], evidence: str, quote: str, label: dict[str, str], on_site: bool, derived: bool
) -> None:
    plain = {"evidence": "", "fields": [], "pass_when": None, "findings": [], "on_site": True, "derived": False}
    counted = {"type": "number", "fields": [{"key": "n", "label": label, "type": "number", "unit": label}], "pass_when": {"ge": [{"field": "n"}, 1]}}
    body = checklist(
        item("A", **{**plain, "question": question, "findings": findings, "evidence": evidence, "on_site": on_site, "derived": derived, "basis": {"section": "", "clause": label, "quote": quote}}),
        item("B", **{**plain, **counted, "basis": {"section": "1", "clause": {"zh": "", "en": ""}, "quote": ""}}),
        item("C", **{**plain, "type": "yes_no", "show_if": {"gt": [{"field": "B.n"}, 2]}, "basis": {"section": "", "clause": {"zh": "自定", "en": ""}, "quote": ""}}),
    )
    found = read(sheets.file_of({**body, "source": None, "last_number": 7}))
    assert found.faults == []
    assert found.body == {**body, "source": None, "last_number": 7}


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_the_empty_pattern_can_be_filled_in_and_handed_in(house: House, lang: str) -> None:
    async with house.client(house.world.supervisor) as client:
        pattern = await client.get(f"/drafts/template?lang={lang}")
        answer = await hand_in(client, pattern.content, house.world.wanzhou)
        body = await body_of(client, house, answer)
        assert body["items"] == sheets.EXAMPLE["items"]
        assert body["key"].startswith("t-")
        assert "夜间值班应到几人" in (await client.get(f"{answer.headers['location']}/preview")).text


def test_a_table_written_by_hand_needs_only_its_questions() -> None:
    found = read(book(Sheet1=[["检查内容", "答法", "部分"], ["出口是否畅通", "", "疏散"], ["有几具灭火器", "数字", ""], ["是否合格", "是/否", "器材"]]))
    assert found.faults == []
    made = found.body["items"]
    assert [one["key"] for one in made] == ["I01", "I02", "I03"]
    assert [one["type"] for one in made] == ["pass_fail_na", "number", "yes_no"]
    assert [part["title"]["zh"] for part in found.body["parts"]] == ["疏散", "器材"]
    assert [one["part"] for one in made] == ["P1", "P1", "P2"]
    assert made[2]["pass_when"] == {"is": ["value", "yes"]}


def test_conditions_may_use_the_labels_of_fields_and_choices() -> None:
    found = read(book(
        检查项=[ITEMS, ["A", "", "应到几人", "一对数字（应有、实有）", "", "", "", "实到 >= 应到"], ["B", "", "有哪些", "多选", "", "", "", "t 勾了 电梯", "A = 符合"]],
        字段=[FIELDS, ["A", "due", "应到", "数字", "人"], ["A", "done", "实到", "数字", "人"], ["B", "t", "设备", "多选", ""]],
        选项=[CHOICES, ["B", "t", "lift", "电梯"]],
    ))  # fmt: skip
    assert found.faults == []
    first, second = found.body["items"]
    assert first["pass_when"] == {"ge": [{"field": "done"}, {"field": "due"}]}
    assert (second["pass_when"], second["show_if"]) == ({"ticked": ["t", ["lift"]]}, {"is": ["A", "pass"]})


@pytest.mark.parametrize(
    ("rows", "where"),
    [
        ([["A", "", "甲", "", "要命"]], [(2, "等级")]),
        ([["A", "", "甲", "判断"]], [(2, "答法")]),
        ([["A", "", "甲", "", "", "", "养老机构、赌场"]], [(2, "适用机构")]),
        ([["A", "", "甲"], [], ["A", "", "乙"]], [(4, "编号")]),
        ([["甲 乙", "", "甲"]], [(2, "编号")]),
        ([["A", "", ""]], [(2, "检查内容")]),
        ([["A", "", "甲", "", "", "", "", "n > 1"]], [(2, "符合条件")]),
        ([["A", "", "甲", "数字", "", "", "", "count < 0"]], [(2, "符合条件")]),
        ([["A", "", "甲", "数字", "", "", "", "count > 5 且 count < 3"]], [(2, "符合条件")]),
        ([["A", "", "甲", "", "", "", "", "", "B = 符合"], ["B", "", "乙", "", "", "", "", "", "A = 符合"]], [(2, "何时问")]),
        ([["A", "", "甲", "", "", "", "", "", "A = 符合"]], [(2, "何时问")]),
        ([["A", "", "甲", "", "", "", "", "", "", "否"], ["B", "", "乙", "", "", "", "", "", "A = 符合"]], [(3, "何时问")]),
        ([["A", "", "甲", "", "", "", "", "", "", "也许"]], [(2, "现场问")]),
        ([["A", "", "甲", "数字", "", "", "", '{"exec": "rm"}']], [(2, "符合条件")]),
        ([["A", "", "甲", "数字", "", "", "", "(" * 9000]], [(2, "符合条件")]),
        ([["A", "", "长" * 20_001]], [(2, "检查内容")]),
        ([[f"K{n}", "", "甲"] for n in range(501)], [(502, "编号")]),
    ],
)
def test_a_faulty_cell_is_named_by_sheet_row_and_column(rows: list[list[str]], where: list[tuple[int, str]]) -> None:
    assert located(book(检查项=[ITEMS, *rows])) == [("检查项", row, column) for row, column in where]


@pytest.mark.parametrize(
    ("tabs", "where"),
    [
        ({"字段": [FIELDS, ["Z", "n", "数量", "数字"]]}, ("字段", 2, "检查项编号")),
        ({"字段": [FIELDS, ["A", "n", "", "数字"]]}, ("字段", 2, "名称")),
        ({"字段": [FIELDS, ["A", "n", "甲", "数字"], ["A", "n", "乙", "数字"]]}, ("字段", 3, "字段编号")),
        ({"字段": [FIELDS, ["A", "n", "甲", "颜色"]]}, ("字段", 2, "类型")),
        ({"字段": [FIELDS, ["A", "n", "甲", "数字"]], "选项": [CHOICES, ["A", "n", "x", "一"]]}, ("选项", 2, "字段编号")),
        ({"字段": [FIELDS, ["A", "n", "甲", "单选"]], "选项": [CHOICES, ["A", "n", "x", "一"], ["A", "n", "x", "二"]]}, ("选项", 3, "选项编号")),
        ({"字段": [FIELDS, ["A", "n", "甲", "单选"]]}, ("检查项", 2, "答法")),
        ({"说明": [["说明什么", "编号", "中文", "英文"], ["名称", "坏 编号", "甲"]]}, ("说明", 2, "编号")),
        ({"说明": [["说明什么", "编号", "中文", "英文"], ["部分", "P1", ""]]}, ("说明", 2, "中文")),
        ({"说明": [["说明什么", "编号", "中文", "英文"], ["版本", "第二版"]]}, ("说明", 2, "编号")),
        ({"说明": [["说明什么", "编号", "中文", "英文"], ["部分", "P1", "一"], ["部分", "P1", "二"]]}, ("说明", 3, "编号")),
    ],
)
def test_faults_of_the_other_sheets_are_named_there(tabs: dict[str, Any], where: tuple[str, int, str]) -> None:
    assert where in located(book(检查项=[ITEMS, ["A", "", "甲", "数字"]], **tabs))


def test_a_part_that_the_table_does_not_have_is_a_fault_and_not_a_new_part() -> None:
    about = [["说明什么", "编号", "中文", "英文"], ["部分", "P1", "疏散"]]
    assert located(book(检查项=[ITEMS, ["A", "疏 散", "甲"]], 说明=about)) == [("检查项", 2, "部分")]


def test_a_heading_that_comes_twice_is_a_fault() -> None:
    assert located(book(检查项=[[*ITEMS, "检查内容"], ["A", "", "甲"]])) == [("检查项", 1, "检查内容")]


def test_what_was_not_used_is_said() -> None:
    found = read(book(检查项=[[*ITEMS, "颜色"], ["A", "", "甲", "", "", "", "", "", "", "", "红"]], 旧表=[["x"]]))
    assert found.faults == []
    told = " ".join(note.zh for note in found.notes)
    assert "颜色" in told
    assert "旧表" in told


def test_all_faults_are_told_at_once() -> None:
    assert len(located(book(检查项=[ITEMS, ["A", "", "甲", "判断", "要命"], ["B", "", "乙", "", "", "", "月球"]]))) == 3


def test_a_formula_is_text() -> None:
    body = checklist(item("A", question={"zh": "=1+1 算不算", "en": '=HYPERLINK("http://127.0.0.1")'}, basis={"section": "", "clause": {"zh": "@甲", "en": "-x"}, "quote": "+甲"}))
    with zipfile.ZipFile(io.BytesIO(content := sheets.file_of(body))) as held:
        assert b"<f>" not in held.read("xl/worksheets/sheet1.xml")
    made = read(content).body["items"][0]
    assert (made["question"]["zh"], made["basis"]["quote"]) == ("=1+1 算不算", "+甲")


# As a draft


async def counted(house: House) -> int:
    return len(await queries.drafts(house.world.chief))


async def test_a_faulty_file_is_refused_in_words_and_nothing_is_kept(house: House) -> None:
    async with house.client(house.world.supervisor) as client:
        answer = await hand_in(client, book(检查项=[ITEMS, ["A", "", "甲", "判断"]]), house.world.wanzhou)
        assert answer.status_code == 422
        for shown in ("第 2 行", "答法", "什么也没有导入"):
            assert shown in answer.text
        assert await counted(house) == 0


@pytest.mark.parametrize(
    ("content", "status", "words"),
    [
        (b"", 422, "没有填"),
        (b"PK\x03\x04 broken", 422, "读不出表格"),
        (OLE + b"\x00" * 600 + "EncryptedPackage".encode("utf-16-le"), 422, "设了密码"),
        (book(说明=[["a"]]), 422, "检查项"),
        (book(检查项=[["编号", "部分"], ["A", "x"]]), 422, "检查项"),
        (book(检查项=[ITEMS]), 422, "没有检查项"),
        (book(检查项=[ITEMS, *[["", "", "甲"]] * 5001]), 413, "表格太大"),
        ("检查内容\n甲,=1+1\n".encode("gb18030"), 303, ""),
    ],
    ids=["nothing", "broken", "encrypted", "another file", "no questions", "empty", "too long", "csv"],
)
async def test_strange_files_are_refused_in_words(house: House, content: bytes, status: int, words: str) -> None:
    async with house.client(house.world.supervisor) as client:
        answer = await hand_in(client, content, house.world.wanzhou)
        assert answer.status_code == status, answer.text
        assert words in answer.text
        assert await counted(house) == (1 if status == 303 else 0)


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)  # nothing of it reaches a database
async def test_a_zip_bomb_and_a_million_empty_rows_do_no_harm(house: House) -> None:
    from tests.sheets.test_reading_spreadsheets import HEAD, TAIL, crafted

    rows = b"".join(b'<row r="%d"/>' % number for number in range(2, 1_000_000))
    cell = '<row r="1"><c r="A1" t="inlineStr"><is><t>检查内容</t></is></c></row>'.encode()
    async with house.client(house.world.supervisor) as client:
        bomb = await hand_in(client, crafted(HEAD + b" " * (401 * 1024 * 1024) + TAIL), house.world.wanzhou)
        assert (bomb.status_code, "读不出表格" in bomb.text) == (422, True)
        empty = await hand_in(client, crafted(HEAD + cell + rows + TAIL), house.world.wanzhou)
        assert (empty.status_code, "没有检查项" in empty.text) == (422, True)
    assert await counted(house) == 0


async def test_a_double_click_imports_once(house: House) -> None:
    async with house.client(house.world.supervisor) as client:
        id, content = new_id(), sheets.template()
        answers = [await hand_in(client, content, house.world.wanzhou, id=id) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [303, 303]
        assert answers[0].headers["location"] == answers[1].headers["location"]
    assert await counted(house) == 1


async def test_a_table_of_its_own_keeps_the_files_key_while_that_is_free(house: House) -> None:
    mine = copy.deepcopy(sheets.EXAMPLE) | {"key": "yeban-2026"}
    async with house.client(house.world.supervisor) as client:
        first = await hand_in(client, sheets.file_of(mine), house.world.wanzhou)
        assert (await body_of(client, house, first))["key"] == "yeban-2026"
        shipped = await hand_in(client, sheets.file_of(PACK), house.world.wanzhou)  # the city's, which a district only copies
        assert (await body_of(client, house, shipped))["key"].startswith("t-")
        taken = await hand_in(client, sheets.file_of(PACK), house.world.wanzhou, following=PACK["key"])
        assert taken.status_code == 404


async def test_only_keepers_import_and_only_for_their_own_places(house: House) -> None:
    async with house.client(house.world.supervisor) as client:
        assert (await hand_in(client, sheets.template(), house.world.kaizhou)).status_code == 404
    async with house.client(house.world.inspector) as client:
        await client.get("/today")
        assert (await client.get("/drafts/import")).status_code == 403
        assert (await hand_in(client, sheets.template(), house.world.wanzhou)).status_code == 403
        assert (await client.get(f"/checklists/{PACK['key']}/1/xlsx")).status_code == 200
    assert await counted(house) == 0


async def test_forty_notes_are_all_told(house: House) -> None:
    heads = [f"多出的列{number}" for number in range(40)]
    async with house.client(house.world.supervisor) as client:
        answer = await hand_in(client, book(检查项=[["检查内容", *heads], ["甲"]]), house.world.wanzhou)
        shown = (await client.get(answer.headers["location"])).text
        assert "文件里有 41 处没能照搬" in shown  # and that the file names no title
        for head in heads:
            assert head in shown


