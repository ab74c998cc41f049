"""Papers of records: the same content printed, as PDF and as Word, for whoever may see the record, and nobody else."""

import asyncio
import datetime as dt
import io
import re
from typing import Any
from urllib.parse import unquote

import docx
import httpx
import pypdf
import pytest
from docx.oxml.ns import qn

from server.documents import press, rules
from server.foundation import clock
from server.foundation.actor import Actor
from server.foundation.ids import new_id, short_code
from server.ledger.queries import history
from server.problems import document, sheets
from tests.conftest import House
from tests.notices.test_notices import a_visit, found, issue, lines
from tests.problems.test_the_workflow import act, issued
from tests.visits import FOOD, findings, photo, visit

WAYS = ("print", "pdf", "docx")
MEDIA = {"print": "text/html", "pdf": "application/pdf", "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document"}


async def get(house: House, actor: Actor, path: str, **query: str) -> httpx.Response:
    async with house.client(actor) as client:
        return await client.get(path, params=query)


def text_of(answer: httpx.Response, way: str) -> str:
    """All that it says, without blanks."""
    assert answer.status_code == 200, answer.text[:500]
    assert answer.headers["content-type"].startswith(MEDIA[way])
    if way == "pdf":
        text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(answer.content)).pages)
        text = re.sub(r"—\s*\d+\s*—", "", text)
    elif way == "docx":
        file = docx.Document(io.BytesIO(answer.content))
        text = "".join(node.text or "" for node in file.element.body.iter(qn("w:t")))
    else:
        text = re.sub(r"<[^>]*>", "", answer.text.split("<article")[1].split("</article")[0])
    return re.sub(r"[\s\u200b]", "", text)


async def says(house: House, actor: Actor, base: str, *words: str, **query: str) -> None:
    for way in WAYS:
        text = text_of(await get(house, actor, f"{base}/{way}", **query), way)
        assert [one for one in words if re.sub(r"\s", "", one) not in text] == [], way


async def reported(house: House, **more: Any) -> tuple[str, list[str]]:
    """A problem that was put right, and the addresses of its papers."""
    id = await issued(house, **more)
    await act(house, house.world.contact, "report", id, text="已换新灭火器，每周检查一次", photos=[await photo(house, house.world.contact, "after")])
    return id, await papers(id)


async def papers(id: str) -> list[str]:
    return [f"/problems/{id}/papers/{one.seq}" for one in await history(id) if one.kind in document.PAPERS]


# What each says


async def test_a_notice_says_three_ways_what_was_issued_and_where_to_sign(house: House) -> None:
    _, problems = await a_visit(house)
    notice = await found(house, await issue(house, *problems))
    due = lines(*problems)[0]["due_on"]
    words = (
        "万州区民政局", "责令限期整改通知书", notice.number, "安康养老院：", f"{clock.today().year}年{clock.today().month}月{clock.today().day}日，万州区民政局对你单位进行现场检查，发现下列2个问题",
        "食堂不符合要求", "三楼不符合要求", f"{due.year}年{due.month}月{due.day}日", "谭秀梅", "督办领导：冉国强", notice.lines[0].number, "签收人",
    )  # fmt: skip
    for reader in (house.world.supervisor, house.world.contact):
        await says(house, reader, f"/notices/{notice.id}/paper", *words)
    await says(house, house.world.contact, f"/notices/{notice.id}/paper", "Rectification notice", "You are ordered", "Basis:", notice.number, lang="en")


async def test_a_notice_shows_how_it_was_delivered(house: House) -> None:
    world, (_, problems) = house.world, await a_visit(house)
    id = await issue(house, *problems)
    refused = {"notice": id, "reason": "认为不属实", "first": "吴主任", "second": "邓琴", "on": clock.today()}
    await house.perform(world.inspector, "notices.note_refused", refused)
    await says(house, world.contact, f"/notices/{id}/paper", "拒绝签收", "认为不属实", "吴主任、邓琴", "签收人")
    await house.perform(world.contact, "notices.sign", {"id": new_id(), "notice": id})
    for way in WAYS:
        text = text_of(await get(house, world.contact, f"/notices/{id}/paper/{way}"), way)
        assert "已签收" in text
        assert "签收人" not in text


async def test_a_notice_that_was_taken_back_says_so_and_is_signed_by_nobody(house: House) -> None:
    _, problems = await a_visit(house)
    id = await issue(house, *problems)
    await house.perform(house.world.supervisor, "notices.take_back", {"notice": id, "reason": "时限写错"})
    await says(house, house.world.contact, f"/notices/{id}/paper", "这份通知书已撤回")
    assert "签收人" not in text_of(await get(house, house.world.contact, f"/notices/{id}/paper/pdf"), "pdf")


async def test_the_record_of_a_visit_stands_on_paper_with_its_answers_photos_and_ink(house: House) -> None:
    noted = await findings(house, (FOOD, "食堂"), fixed=True)
    noted[0]["after"] = [await photo(house, house.world.inspector, "after")]
    receipt = await house.perform(house.world.inspector, "inspections.submit", await visit(house, noted))
    base = f"/visits/{receipt['visit']}/paper"
    await says(
        house, house.world.contact, base, "现场检查记录", receipt["number"], "安康养老院", "周敏、何川", "日常检查　四不两直", "食堂不符合要求", "立行立改", "问题 1 检查时", "问题 1 整改后",
        "S23-09", "不符合", "谭秀梅　院长",
    )  # fmt: skip
    file = docx.Document(io.BytesIO((await get(house, house.world.contact, f"{base}/docx")).content))
    assert len(file.element.body.findall(".//" + qn("w:drawing"))) == 2 + 3
    read = pypdf.PdfReader(io.BytesIO((await get(house, house.world.contact, f"{base}/pdf")).content))
    assert sum(len(page.images) for page in read.pages) >= 3
    page = (await get(house, house.world.contact, f"{base}/print")).text
    assert page.count("/sheet") == 5
    assert (await get(house, house.world.contact, f"/photos/{noted[0]['photos'][0]}/sheet")).headers["content-type"] == "image/jpeg"


async def test_a_facility_that_refused_and_an_amendment_stand_on_the_record(house: House) -> None:
    sealed = await visit(house, [])
    sealed["signatures"]["facility"] = {"refused": "负责人不在场"}
    receipt = await house.perform(house.world.inspector, "inspections.submit", sealed)
    await house.perform(house.world.inspector, "inspections.amend", {"visit": receipt["visit"], "seen": 0, "reason": "类别选错", "kind": "special"})
    await says(house, house.world.supervisor, f"/visits/{receipt['visit']}/paper", "机构拒签：负责人不在场", "本记录已更正1次", "专项检查", "没有发现问题")


async def test_a_report_and_each_recheck_are_papers_of_their_own_as_they_were_then(house: House) -> None:
    world, (id, _) = house.world, await reported(house)
    again = clock.today() + dt.timedelta(days=20)
    await act(house, world.inspector, "fail", id, record="仍有一具过期", due_on=again)
    await act(house, world.contact, "report", id, text="全部更换", photos=[await photo(house, world.contact, "again")])
    await act(house, world.inspector, "pass", id, record="现场看过，已全部更换")
    report, failed, second, passed = await papers(id)
    spelled = rules.spelled(again, "zh")
    await says(house, world.contact, report, "整改报告", "已换新灭火器，每周检查一次", "整改前", "整改后", "报告人：谭秀梅")
    await says(house, world.contact, failed, "复查意见", "已换新灭火器，每周检查一次", "仍有一具过期", f"复查不通过，退回整改，新的整改时限{spelled}", "复查人：周敏", "万州区民政局")
    await says(house, world.supervisor, second, "全部更换", f"整改时限{spelled}")
    await says(house, world.supervisor, passed, "现场看过，已全部更换", "复查通过。")
    assert spelled not in text_of(await get(house, world.contact, f"{report}/pdf"), "pdf")
    page = (await get(house, world.contact, f"/problems/{id}")).text
    for base in (report, failed, second, passed):
        assert f'href="{base}/pdf"' in page


async def test_the_three_lists_stand_on_a4_across_exactly_as_filtered(house: House) -> None:
    await a_visit(house)
    for view, words in {"problems": ("问题清单", "依据"), "responsibility": ("责任清单", "督办领导"), "rectification": ("整改清单", "整改措施")}.items():
        await says(house, house.world.supervisor, f"/problems/lists/{view}", *words, "食堂不符合要求", "万州区民政局", "未销号", "共2条")
        await says(house, house.world.supervisor, f"/problems/lists/{view}", "共1条", q="食堂")


@pytest.mark.parametrize("view", sheets.LISTS)
def test_a_day_stands_in_one_line_within_its_column(view: str) -> None:
    """261 mm between the margins, 2.5 pt beside each cell's text of 8.5 pt; in the open fonts a day is 5.3 em wide at most, in the standard's, of half squares, 5."""
    table = next(block for block in document.listed(view, (), "", "", "zh").blocks if isinstance(block, rules.Table))
    days = [part for part, (_, width, _) in zip(table.widths[1:], sheets.LISTS[view][1], strict=True) if width == 12]
    assert days
    day, beside = 5.3 * 8.5, 2 * 2.5
    assert min(days) / sum(table.widths) * 261 / 25.4 * 72 >= day + beside


async def test_a_facilitys_contact_gets_the_lists_with_officers_names_masked(house: House) -> None:
    await a_visit(house)
    for way in WAYS:
        text = text_of(await get(house, house.world.contact, f"/problems/lists/problems/{way}"), way)
        assert "周＊、何＊" in text
        assert "周敏" not in text


# The way back


async def test_its_code_leads_back_to_the_record(house: House) -> None:
    _, problems = await a_visit(house)
    id = await issue(house, *problems)
    text = text_of(await get(house, house.world.supervisor, f"/notices/{id}/paper/pdf"), "pdf")
    assert short_code(id) in text
    assert f"http://dugai.test/notices/{id}" in text
    assert f"/notices/{id}" in (await get(house, house.world.supervisor, "/notices", q=short_code(id))).text
    assert "没有符合条件" in (await get(house, house.world.foreigner, "/notices", q=short_code(id))).text
    async with house.client(house.world.supervisor) as client:
        assert problems[0] in (await client.get("/search", params={"q": short_code(id)})).text


# Who, and what is refused


async def test_nobody_gets_the_paper_of_a_record_they_may_not_see(house: House) -> None:
    visited, problems = await a_visit(house)
    notice = await issue(house, *problems)
    _, (report,) = await reported(house, point="浴室")
    for base in (f"/notices/{notice}/paper", f"/visits/{visited}/paper", report):
        for way in WAYS:
            for stranger in (house.world.foreigner, house.world.neighbour_contact):
                assert (await get(house, stranger, f"{base}/{way}")).status_code == 404
        assert (await get(house, house.world.supervisor, f"{base}/exe")).status_code == 404


async def test_only_reports_and_rechecks_are_papers_of_a_problem_and_only_its_own(house: House) -> None:
    id, (report,) = await reported(house)
    other = await issued(house, point="浴室")
    seq = report.rsplit("/", 1)[1]
    for path in (f"/problems/{id}/papers/{(await history(id))[0].seq}/pdf", f"/problems/{id}/papers/{10**12}/pdf", f"/problems/{other}/papers/{seq}/pdf", f"/problems/{new_id()}/papers/{seq}/pdf"):
        assert (await get(house, house.world.supervisor, path)).status_code == 404
    assert (await get(house, house.world.supervisor, "/problems/lists/everything/pdf")).status_code == 404


async def test_without_a_chinese_font_pdf_is_refused_in_words_and_the_page_says_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _, problems = await a_visit(house)
    id = await issue(house, *problems)
    monkeypatch.setattr(press.Press, "has_fonts", False)  # another machine
    answer = await get(house, house.world.supervisor, f"/notices/{id}/paper/pdf")
    assert answer.status_code == 409
    assert "服务器上没有中文字体" in answer.text
    assert "下载 Word" in answer.text
    page = (await get(house, house.world.supervisor, f"/notices/{id}")).text
    assert "服务器没有中文字体" in page
    assert "/paper/pdf" not in page
    assert (await get(house, house.world.supervisor, f"/notices/{id}/paper/docx")).status_code == 200


async def test_what_is_too_much_for_a_paper_is_refused_before_it_is_set(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    await a_visit(house)
    monkeypatch.setattr(document, "MOST_ROWS", 1)
    answer = await get(house, house.world.supervisor, "/problems/lists/problems/pdf")
    assert (answer.status_code, "最多打印 1 条" in answer.text) == (422, True)
    monkeypatch.undo()
    monkeypatch.setattr(press, "MOST_SIGNS", 10)
    answer = await get(house, house.world.supervisor, "/problems/lists/problems/docx")
    assert (answer.status_code, "内容太多" in answer.text) == (422, True)


async def test_many_at_once_wait_for_one_another_and_too_many_are_told_to_come_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    _, problems = await a_visit(house)
    id = await issue(house, *problems)
    async with house.client(house.world.supervisor) as client:
        answers = await asyncio.gather(*(client.get(f"/notices/{id}/paper/{way}") for way in ("pdf", "docx") * 4))
        assert {answer.status_code for answer in answers} == {200}
        monkeypatch.setattr(press, "MOST_WAITING", 0)
        assert (await client.get(f"/notices/{id}/paper/pdf")).status_code == 503


async def test_a_file_is_called_what_people_call_it(house: House) -> None:
    _, problems = await a_visit(house)
    notice = await found(house, await issue(house, *problems))
    for way in ("pdf", "docx"):
        said = (await get(house, house.world.supervisor, f"/notices/{notice.id}/paper/{way}")).headers["content-disposition"]
        assert said.isascii()
        assert unquote(said.split("filename*=UTF-8''")[1]) == f"责令限期整改通知书 {notice.number}.{way}"


async def test_what_people_wrote_is_words_on_every_paper(house: House) -> None:
    nasty = '#panic("x") $ \\ <w:p> <script>alert(1)</script> *粗* ' + "长" * 300 + "w" * 200
    id = await issued(house)
    await act(house, house.world.contact, "report", id, text=nasty, photos=[await photo(house, house.world.contact, "after")])
    (report,) = await papers(id)
    for way in ("pdf", "docx"):
        text = text_of(await get(house, house.world.supervisor, f"{report}/{way}"), way)
        assert re.sub(r"\s", "", nasty) in text
    assert "<script>alert" not in (await get(house, house.world.supervisor, f"{report}/print")).text
