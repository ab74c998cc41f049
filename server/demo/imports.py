"""Two ledgers of the demo: one that was moved in, one that waits to be looked through."""

import datetime as dt
import hashlib
import io

from server.demo.world import World
from server.foundation.ids import new_id
from server.imports import queries
from server.imports.work import Works
from server.sheets import writing

HEAD = ("序号", "检查时间", "检查人", "被检查机构", "点位", "存在问题", "等级", "责任单位", "责任人", "整改措施", "整改时限", "整改情况")
CLEAN = (
    (1, "2025.9.10", "周敏", "示例儿童福利院", "教室", "插座松动，面板缺损", "一般", "示例儿童福利院", "向莉", "更换面板，每周检查", "2025.9.30", "已整改销号"),
    (2, "2025.9.10", "周敏", "示例儿童福利院", "食堂", "留样记录缺 2 天", "一般", "示例儿童福利院", "向莉", "补齐记录", "2025.9.30", "已整改"),
    (3, "2025.9.12", "何川", "示例救助管理站", "库房", "灭火器 2 具压力不足", "较大", "示例救助管理站", "石磊", "立即更换", "2025.9.20", "整改中"),
)  # fmt: skip
MESSY = (
    (1, "2025.10.9", "周敏", "示例分水敬老院", "食堂", "1.生熟案板混用；2.防蝇帘破损；3.留样无标签", "一般", "示例分水敬老院", "熊建", "1.分开；2.更换；3.补贴", "10月底", "已整改"),
    (2, "10.9", "周敏", "示例分水敬老院有限公司", "值班室", "值班记录没有交接签字", "一般", "熊建", "示例分水敬老院", "按班签字", "立即", "长期坚持"),
    (3, "2025.10.32", "何川", "示例殡仪馆", "车库", "消防通道停车", "严重", "示例殡仪馆", "牟丽", "划线、立牌", "2025.11.1", ""),
    (4, "2025.10.12", "何川", "示例临河养老院", "大门", "来访登记不全", "一般", "示例临河养老院", "某某", "每日抽查", "2025.11.1", "未整改"),
    (5, "2025.9.10", "周敏", "示例儿童福利院", "教室", "插座松动，面板缺损", "一般", "示例儿童福利院", "向莉", "更换面板，每周检查", "2025.9.30", "已整改"),
    (6, "2025.10.13", "何川", "示例武陵公墓管理处", "祭扫区", "引导牌缺损", "一般", "示例武陵公墓管理处", "余佳", "更换", "2025.11.15", "已整改"),
)  # fmt: skip


async def imports(world: World) -> None:
    """The one is confirmed as it was read; the other is left with its doubts and faults."""
    world.at(world.now - dt.timedelta(hours=3))
    works, actor = Works(world.ledger, world.ledgers), await world.person("冉志远")
    for name, rows in (("2025年9月检查问题台账（示例）.xlsx", CLEAN), ("2025年10月检查问题台账（示例）.xlsx", MESSY)):
        content, id = _book(name, rows), new_id()
        sha256 = hashlib.sha256(content).hexdigest()
        await world.ledgers.put(sha256, content)
        await world.do(actor, "imports.begin", {"id": id, "place": world.places["示例万州区民政局"], "name": name, "sha256": sha256})
        await works.wake(id)
        if (found := await queries.work(id)) and found.state == "mapping":
            columns = {head.fingerprint: {str(place): field for place, field in enumerate(head.guess) if field} for head in found.heads}
            await world.do(actor, "imports.map", {"import_id": id, "columns": columns})
            await works.wake(id)
        if rows is CLEAN:
            await world.do(actor, "imports.accept_rest", {"import_id": id})
            await world.do(actor, "imports.confirm", {"import_id": id})


def _book(title: str, rows: tuple[tuple[object, ...], ...]) -> bytes:
    out = io.BytesIO()
    made = writing.workbook(out, in_memory=True)
    sheet = made.add_worksheet("台账")
    sheet.merge_range(0, 0, 0, len(HEAD) - 1, title.removesuffix(".xlsx"))
    for line, cells in enumerate((HEAD, *rows), 1):
        sheet.write_row(line, 0, cells)
    made.close()
    return out.getvalue()
