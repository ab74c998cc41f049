"""What the demo's inspectors found in earlier weeks, long put right and closed: without it an overview would know no past."""

from server.demo import visits
from server.demo.world import World

# As visits.VISITS. One of them comes again on a visit of the story: it is a relapse there.
VISITS: tuple[tuple[str, int, tuple[tuple[str, str, str, str, str, str], ...]], ...] = (
    ("示例江畔养老服务中心", 76, (
        ("S23-09", "冷藏柜温度没有记录", "食堂", "储存", "general", "closed"),
        ("S23-14", "二楼应急照明 2 盏不亮", "二楼东侧走廊", "疏散", "serious", "closed"),
        ("S23-03", "夜间出入没有登记", "侧门", "出入登记", "general", "withdrawn"),
    )),
    ("示例分水敬老院", 69, (("S23-03", "访客登记缺离开时间", "大门", "出入登记", "general", "closed"), ("S23-10", "抹布没有分色使用", "厨房", "消毒", "general", "closed"))),
    ("示例江畔养老服务中心", 55, (("S23-10", "活动室通风没有记录", "活动室", "消毒", "general", "closed"), ("S23-14", "库房插线板串接", "库房", "用电", "critical", "closed"))),
    ("示例分水敬老院", 48, (("S23-09", "食堂从业人员健康证过期 1 人", "食堂", "人员", "serious", "closed"),)),
    ("示例江畔养老服务中心", 40, (("S23-03", "送货人员没有测温记录", "后门", "出入登记", "general", "closed"),)),
    ("示例分水敬老院", 33, (("S23-14", "楼梯间停放电动车", "一号楼梯间", "疏散", "serious", "closed"),)),
)  # fmt: skip


async def weeks(world: World) -> None:
    """Some visits, each problem taken through to its closing."""
    for facility, days, found in VISITS:
        await visits.visit(world, facility, days, found)
