"""An XLSForm of another system becomes a draft: what has a counterpart is taken, the rest is named by its row, what is broken is refused."""

import re
from typing import Any

import pytest

from server.checklists.rules import checked, faults, shaped
from server.drafts import queries, xlsform
from server.drafts.faults import Reading
from server.sheets.reading import sheets as sheets_of
from tests.conftest import House
from tests.drafts.files import book, hand_in

ZH, EN = "label::中文 (zh)", "label::English (en)"
HEAD = ["type", "name", ZH, EN, "relevant"]
LISTS = [
    ["list_name", "name", ZH, EN], ["yn", "yes", "是", "Yes"], ["yn", "no", "否", "No"], ["judge", "1", "合格", "Pass"], ["judge", "2", "不合格", "Fail"],
    ["judge", "3", "不适用", "N/A"], ["device", "lift", "电梯", "Lift"], ["device", "boiler", "锅炉", "Boiler"],
]  # fmt: skip


def read(survey: list[list[str]], choices: list[list[str]] | None = None, settings: list[list[str]] | None = None, **more: list[list[str]]) -> Reading:
    return xlsform.read(sheets_of(form(survey, choices, settings, **more), 5000))


def form(survey: list[list[str]], choices: list[list[str]] | None = None, settings: list[list[str]] | None = None, **more: list[list[str]]) -> bytes:
    return book(survey=survey, choices=choices or LISTS, **({"settings": settings} if settings else {}), **more)


def items(reading: Reading) -> dict[str, dict[str, Any]]:
    assert reading.faults == []
    assert list(faults(shaped(reading.body))) == []
    return {item["key"]: item for item in reading.body["items"]}


def told(reading: Reading, row: int) -> list[str]:
    assert all(note.zh and note.en and note.zh != note.en for note in reading.notes)
    named = ((re.match(r"第 ([\d、]+) 行", note.zh), note) for note in reading.notes)
    return [note.zh for rows, note in named if rows and str(row) in rows[1].split("、")]


CLEAN = [
    ["type", "name", ZH, EN, "hint::中文 (zh)", "relevant", "required"],
    ["begin group", "gas", "燃气", "Gas"],
    ["select_one yn", "uses_gas", "是否使用燃气", "Is gas used", "看厨房", "", "yes"],
    ["integer", "alarms", "报警器几个", "How many alarms", "", "${uses_gas} = 'yes'", "yes"],
    ["select_one judge", "valve", "阀门是否正常", "Is the valve right", "", "${alarms} >= 1", "yes"],
    ["end group"],
    ["begin group", "rest", "其他", "The rest"],
    ["select_multiple device", "devices", "有哪些设备", "Which devices", "", "", "yes"],
    ["select_one device", "main", "主要设备", "Main device", "", "selected(${devices}, 'lift') or not(${uses_gas} = 'no')", "yes"],
    ["date", "serviced", "哪天保养", "Serviced on", "", "", "yes"],
    ["dateTime", "seen", "何时查看", "Seen at", "", "", "yes"],
    ["decimal", "pressure", "压力多少", "Pressure", "", "", "yes"],
    ["text", "remark", "情况", "Remark", "", "", "yes"],
    ["end group"],
]


def test_a_clean_bilingual_form_is_taken_whole() -> None:
    reading = read(CLEAN, settings=[["form_title", "form_id", "default_language"], ["燃气检查", "gas-2026", "中文 (zh)"]])
    found = items(reading)
    assert (reading.body["key"], reading.body["title"]["zh"]) == ("gas-2026", "燃气检查")
    assert reading.body["parts"] == [{"key": "gas", "title": {"zh": "燃气", "en": "Gas"}}, {"key": "rest", "title": {"zh": "其他", "en": "The rest"}}]
    assert {key: item["type"] for key, item in found.items()} == {
        "uses_gas": "yes_no", "alarms": "number", "valve": "pass_fail_na", "devices": "multi_choice", "main": "single_choice", "serviced": "date",
        "seen": "datetime", "pressure": "number", "remark": "text",
    }  # fmt: skip
    assert found["uses_gas"]["question"] == {"zh": "是否使用燃气", "en": "Is gas used"}
    assert found["uses_gas"]["evidence"] == "看厨房"
    assert found["alarms"]["show_if"] == {"is": ["uses_gas", "pass"]}
    assert found["valve"]["show_if"] == {"ge": [{"field": "alarms.count"}, 1]}
    assert found["main"]["show_if"] == {"any": [{"ticked": ["devices.choices", ["lift"]]}, {"not": {"is": ["uses_gas", "fail"]}}]}
    assert found["devices"]["fields"][0]["choices"][0] == {"key": "lift", "label": {"zh": "电梯", "en": "Lift"}}
    assert not any(note.zh.startswith("第") for note in reading.notes)
    checked(reading.body)


def test_what_has_no_counterpart_is_named_by_its_row_and_the_rest_is_taken() -> None:
    reading = read(
        [
            ["type", "name", ZH, EN, "label::Français (fr)", "relevant", "constraint", "appearance", "calculation", "repeat_count"],
            ["start", "start"],
            ["note", "hello", "先看厨房", "Kitchen first"],
            ["integer", "beds", "几张床", "Beds", "Lits", "", ". < 500", "w1"],
            ["begin group", "outer", "外", "Outer"],
            ["begin group", "inner", "里", "Inner"],
            ["text", "deep", "里层的题", "Deep"],
            ["image", "view", "全景", "View"],
            ["end group"],
            ["end group"],
            ["begin repeat", "rooms", "房间", "Rooms", "", "", "", "", "", "3"],
            ["integer", "room_beds", "床位", "Beds"],
            ["end repeat"],
            ["geopoint", "where", "位置", "Where"],
            ["calculate", "sum", "", "", "", "", "", "", "1 + 1"],
            [],
            ["select_one device or_other", "one", "哪一种", "Which", "", "${room_beds} > 1"],
            ["select_one_from_file x.csv", "far", "外部", "Far"],
            ["range", "slide", "滑动", "Slide"],
        ],
        settings=[["form_title", "style"], ["杂", "pages"]],
    )
    assert list(items(reading)) == ["beds", "deep", "one"]
    assert items(reading)["beds"]["evidence"] == "先看厨房"
    assert "全景" in items(reading)["deep"]["evidence"]
    assert reading.body["items"][1]["part"] == "outer"
    for row, said in {2: "start", 3: "佐证", 4: "constraint", 6: "并入", 8: "照片", 11: "repeat", 12: "repeat", 14: "geopoint", 15: "calculate", 17: "or_other", 18: "选项在文件之外", 19: "range"}.items():
        assert any(said in note for note in told(reading, row)), (row, told(reading, row))
    assert any("appearance" in note for note in told(reading, 4))
    assert any("relevant" in note and "没有照搬" in note for note in told(reading, 17))
    every = " ".join(note.en for note in reading.notes)
    assert "Français" in every
    assert "style" in every


def test_the_same_of_many_rows_is_told_once_with_all_of_them() -> None:
    reading = read([[*HEAD, "appearance"], *[["text", f"q{number}", "甲", "A", "", "w1"] for number in range(40)]], settings=[["form_title"], ["杂"]])
    assert [len(told(reading, row)) for row in (2, 41)] == [1, 1]
    assert len(reading.notes) == 2  # and what an XLSForm never says


async def test_what_is_too_much_to_list_is_counted(house: House) -> None:
    survey = [[*HEAD, "constraint"], *[["text", f"q{number}", "甲", "A", "", f". < {number}"] for number in range(300)]]
    async with house.client(house.world.supervisor) as client:
        answer = await hand_in(client, form(survey), house.world.wanzhou)
        shown = (await client.get(answer.headers["location"])).text
    assert "文件里有 200 处没能照搬" in shown
    assert "另有 103 处没有列出" in shown  # 300 constraints, what an XLSForm never says, the title, less the 199 listed


@pytest.mark.parametrize(
    ("relevant", "rule"),
    [
        ("${n} > 3", {"gt": [{"field": "n.count"}, 3]}),
        ("3 < ${n}", {"gt": [{"field": "n.count"}, 3]}),
        ("5 > ${n}", {"lt": [{"field": "n.count"}, 5]}),
        ("5 >= ${n}", {"le": [{"field": "n.count"}, 5]}),
        ("${n} <= ${m}", {"le": [{"field": "n.count"}, {"field": "m.count"}]}),
        ("${n} != 2.5", {"not": {"eq": [{"field": "n.count"}, 2.5]}}),
        ('${a} = "yes" and ${j} != \'3\'', {"all": [{"is": ["a", "pass"]}, {"not": {"is": ["j", "na"]}}]}),
        ("not(selected(${d}, 'lift')) or ${n}=1", {"any": [{"not": {"ticked": ["d.choices", ["lift"]]}}, {"eq": [{"field": "n.count"}, 1]}]}),
        ("(${n}=1 or ${n}=2) and ${o}='boiler'", {"all": [{"any": [{"eq": [{"field": "n.count"}, 1]}, {"eq": [{"field": "n.count"}, 2]}]}, {"is": ["o.choice", "boiler"]}]}),
        ("selected(${o}, 'lift')", {"is": ["o.choice", "lift"]}),
        ("${t} = '有'", {"is": ["t.text", "有"]}),
        ("${t} != ''", {"known": "t.text"}),
    ],
)
def test_a_relevant_becomes_a_condition(relevant: str, rule: dict[str, Any]) -> None:
    assert items(asked_with(relevant))["last"]["show_if"] == rule


def asked_with(relevant: str) -> Reading:
    survey = [
        HEAD, ["select_one yn", "a", "甲", "A"], ["select_one judge", "j", "乙", "J"], ["integer", "n", "丙", "N"], ["integer", "m", "丁", "M"],
        ["select_multiple device", "d", "戊", "D"], ["select_one device", "o", "己", "O"], ["text", "t", "庚", "T"], ["date", "day", "辛", "Day"],
        ["text", "last", "末", "Last", relevant], ["text", "later", "后", "Later"],
    ]  # fmt: skip
    return read(survey)


@pytest.mark.parametrize(
    ("relevant", "said"),
    [
        ("${later} = 'x'", "不在前面"), ("${last} = 'x'", "不在前面"), ("${n} + 1 > 2", "没有对应"), ("count-selected(${d}) > 1", "没有对应"), ("${n} = ''", "不能作条件"),
        ("${d} = 'lift'", "不能这样比较"), ("${day} > '2026-01-01'", "不能这样比较"), ("${o} = 'sofa'", "没有选项"), ("${n} > 5 and ${n} < 3", "没有任何答案"), ("${n} < 0", "没有任何答案"),
        ("regex(${t}, '.*')", "没有对应"), ("true()", "没有对应"), ("${n} = 'many'", "不是数字"), ("((((((((((${n} = 1))))))))))", "过深"),
    ],
)  # fmt: skip
def test_a_relevant_that_cannot_be_taken_is_named_and_left_out(relevant: str, said: str) -> None:
    reading = asked_with(relevant)
    assert "show_if" not in items(reading)["last"]
    assert any("relevant" in note and said in note for note in told(reading, 10)), told(reading, 10)


def test_conditions_that_go_round_in_a_circle_are_cut() -> None:
    reading = read([HEAD, ["text", "a", "甲", "A", "${b} = 'x'"], ["text", "b", "乙", "B", "${a} = 'x'"]])
    assert "show_if" not in items(reading)["a"]
    assert items(reading)["b"]["show_if"] == {"is": ["a.text", "x"]}
    assert told(reading, 2)


def test_the_condition_of_a_group_is_that_of_all_in_it() -> None:
    reading = read([HEAD, ["integer", "n", "几个", "N"], ["begin group", "g", "组", "G", "${n} > 0"], ["text", "x", "甲", "X"], ["text", "y", "乙", "Y", "${n} < 9"], ["end group"]])
    assert items(reading)["x"]["show_if"] == {"gt": [{"field": "n.count"}, 0]}
    assert items(reading)["y"]["show_if"] == {"all": [{"gt": [{"field": "n.count"}, 0]}, {"lt": [{"field": "n.count"}, 9]}]}


@pytest.mark.parametrize(("pass_", "fail", "type"), [("是", "否", "yes_no"), ("合格", "不合格", "pass_fail_na"), ("符合", "不符合", "pass_fail_na"), ("Yes", "No", "yes_no")])
def test_lists_that_judge_are_judged(pass_: str, fail: str, type: str) -> None:
    made = items(read([HEAD, ["select_one l", "q", "好不好", "Good"]], [["list_name", "name", "label"], ["l", "a", pass_], ["l", "b", fail]]))["q"]
    assert (made["type"], made["severity"], made["fields"]) == (type, "general", [])


def test_a_form_in_one_language_speaks_it_in_both() -> None:
    reading = read([["type", "name", "label"], ["text", "q", "What is seen"]], [["list_name", "name", "label"]], settings=[["form_title"], ["Rounds"]])
    assert items(reading)["q"]["question"] == {"zh": "What is seen", "en": "What is seen"}


def test_names_that_cannot_be_keys_are_changed_and_that_is_said() -> None:
    reading = read([HEAD, ["begin group", "g", "一", "G"], ["text", "_q", "甲", "A"], ["end group"], ["begin group", "h", "二", "H"], ["text", "q", "乙", "B"], ["end group"]])
    assert list(items(reading)) == ["q", "q-2"]
    assert any("编号改为 q-2" in note for note in told(reading, 6))


@pytest.mark.parametrize(
    ("survey", "choices", "where"),
    [
        ([HEAD, ["select_one nothing", "a", "甲", "A"]], None, ("survey", 2, "type")),
        ([HEAD, ["text", "a", "甲", "A"], [], ["text", "a", "乙", "B"]], None, ("survey", 4, "name")),
        ([HEAD, ["begin group", "g", "组", "G"], ["text", "a", "甲", "A"]], None, ("survey", 2, "type")),
        ([HEAD, ["text", "a", "甲", "A"], ["end group"]], None, ("survey", 3, "type")),
        ([HEAD, ["begin group", "g", "组", "G"], ["text", "a", "甲", "A"], ["end repeat"]], None, ("survey", 4, "type")),
        ([HEAD, ["colour", "a", "甲", "A"]], None, ("survey", 2, "type")),
        ([HEAD, ["", "a", "甲", "A"]], None, ("survey", 2, "type")),
        ([HEAD, ["text", "", "甲", "A"]], None, ("survey", 2, "name")),
        ([HEAD, ["text", "a b", "甲", "A"]], None, ("survey", 2, "")),
        ([HEAD, [], ["text", "a", "甲", "A", "${gone} = 1"]], None, ("survey", 3, "")),
        ([["type", ZH], ["text", "甲"]], None, ("survey", 1, "name")),
        ([[*HEAD, "name"], ["text", "a", "甲", "A"]], None, ("survey", 1, "name")),
        ([HEAD, ["select_one l", "a", "甲", "A"]], [["list_name", "name", ZH], ["l", "x", "一"], ["l", "x", "二"]], ("choices", 3, "name")),
        ([HEAD, ["select_one l", "a", "甲", "A"]], [["list_name", "name", ZH], ["l", "x", "一"], ["l", "", "二"]], ("choices", 3, "name")),
        ([HEAD, *[["text", f"q{number}", "甲", "A"] for number in range(501)]], None, ("survey", 502, "type")),
    ],
)
def test_a_broken_form_is_refused_with_its_row(survey: list[list[str]], choices: list[list[str]] | None, where: tuple[str, int, str]) -> None:
    reading = read(survey, choices)
    assert reading.body == {}
    assert where in [(fault.sheet, fault.row, fault.column) for fault in reading.faults]
    assert all(fault.reason.zh and fault.reason.en for fault in reading.faults)


async def test_the_same_form_takes_an_xlsform_and_shows_what_was_left_out(house: House) -> None:
    survey = [*CLEAN[:-1], ["geopoint", "where", "位置", "Where"], ["end group"]]
    async with house.client(house.world.supervisor) as client:
        answer = await hand_in(client, form(survey, settings=[["form_title"], ["燃气检查"]]), house.world.wanzhou)
        assert answer.status_code == 303
        shown = await client.get(answer.headers["location"])
        for words in ("燃气检查", "第 14 行 where", "没能照搬", "是否使用燃气"):
            assert words in shown.text
        english = await client.get(f"{answer.headers['location']}?lang=en")
        assert "row 14 where" in english.text
        broken = await hand_in(client, form([HEAD, ["colour", "a", "甲", "A"]]), house.world.wanzhou)
        assert (broken.status_code, "第 2 行" in broken.text) == (422, True)
        nothing = await hand_in(client, form([HEAD, ["note", "n", "你好", "Hello"]]), house.world.wanzhou)
        assert (nothing.status_code, "没有可用的题目" in nothing.text) == (422, True)
    assert len(await queries.drafts(house.world.chief)) == 1


async def test_what_pyxform_says_is_shown_and_its_process_is_not_ours(house: House) -> None:
    deep = [HEAD, *[["begin group", f"g{n}", "组", "G"] for n in range(1200)], ["text", "a", "甲", "A"], *[["end group"]] * 1200]
    async with house.client(house.world.supervisor) as client:
        answer = await hand_in(client, form(deep), house.world.wanzhou)
        assert answer.status_code in (303, 422)
        assert (await client.get("/drafts")).status_code == 200
