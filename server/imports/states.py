"""Free text about how a problem stands, how bad it is and who answers, into the words of the workflow."""

import re

import msgspec

CLOSED = ("已整改销号", "整改销号", "已销号", "同意销号", "予以销号", "完成销号", "销号完成", "已完成销号", "准予销号")
NOT_CLOSED = ("未销号", "待销号", "暂不销号", "不予销号", "申请销号", "拟销号", "未申请销号", "未完成销号")
ON_SPOT = ("现场处置", "立行立改", "现场整改", "当场整改", "即知即改", "即查即改", "立查立改", "边查边改", "现场完成整改", "已现场")
NOT_YET = ("未整改", "尚未", "没有整改", "未完成", "未落实", "未启动", "暂未", "还没", "未动工")
UNDER_WAY = ("整改中", "正在", "推进中", "部分整改", "持续整改", "整改推进", "进行中", "已部分", "落实中", "办理中", "逐步")
DONE = ("已整改", "整改完成", "已完成", "完成整改", "整改到位", "已落实", "整改完毕", "全部整改", "整改结束")
FAILED = ("不通过", "不合格", "未通过", "复查未", "不到位", "退回")
PASSED = ("复查通过", "复查合格", "验收合格", "验收通过", "合格", "通过", "复查完成", "已复查", "属实", "符合")
YES, NO = ("是", "√", "✓", "✔", "已", "已完成", "完成", "y", "yes"), ("否", "×", "✗", "x", "未", "no", "n", "/")
SURE, GUESS = False, True


class Standing(msgspec.Struct, frozen=True):
    """state: of the workflow. is_guess: somebody should look. said: the words it rests on, "" for a blank."""

    state: str
    is_guess: bool
    said: str = ""


def standing(state: str, closing: str, recheck: str, progress: str, is_rectified: bool = False, has_due: bool = False) -> Standing:
    """Where the workflow takes over. The furthest word counts: closing, then re-check, then how it stands, then progress.

    Blank: 已下达 where there is a deadline, else 已登记; both are guesses. 已整改 waits for its re-check.
    """
    for reader, said in ((_closing, closing), (_recheck, recheck), (_plain, state), (_plain, progress)):
        text = _bare(said)
        if text and (found := reader(text)):
            return Standing(found[0], found[1], said.strip()[:60])
    if is_rectified:
        return Standing("awaiting_recheck", GUESS, "")
    return Standing("issued" if has_due else "recorded", GUESS, "")


def _closing(text: str) -> tuple[str, bool] | None:
    if any(word in text for word in NOT_CLOSED) or text in NO:
        return None
    if any(word in text for word in CLOSED) or text in YES or text == "销号":
        return "closed", SURE
    if re.search(r"\d", text) and not any(word in text for word in NOT_YET):
        return "closed", GUESS  # a day in the column of closing
    return _plain(text) if any(word in text for word in (*NOT_YET, *UNDER_WAY, *DONE)) else None


def _recheck(text: str) -> tuple[str, bool] | None:
    if any(word in text for word in CLOSED) and not any(word in text for word in NOT_CLOSED):
        return "closed", SURE
    if text in ("未复查", "待复查") or text in NO:
        return None
    if any(word in text for word in FAILED):
        return "returned", SURE
    if any(word in text for word in NOT_YET):
        return _plain(text)
    if any(word in text for word in PASSED):
        return "rechecked", SURE
    return ("rechecked", GUESS) if any(word in text for word in DONE) else None


def _plain(text: str) -> tuple[str, bool] | None:
    """What 整改情况 or 状态 says. Refusing words count before the words inside them: 未整改 holds 整改."""
    if any(word in text for word in CLOSED) and not any(word in text for word in NOT_CLOSED):
        return "closed", SURE
    if any(word in text for word in NOT_YET) or text in NO:
        return "issued", SURE if len(text) < 12 else GUESS
    if any(word in text for word in ON_SPOT):
        return "fixed_on_spot", SURE
    if text.startswith("立即整改"):
        return "fixed_on_spot", GUESS  # an order, or what was done
    if any(word in text for word in UNDER_WAY):
        return "rectifying", SURE if len(text) < 12 else GUESS
    if any(word in text for word in ("长期坚持", "长期整改", "持续坚持", "常态化")):
        return "rectifying", GUESS
    if any(word in text for word in DONE) or text in YES:
        return "awaiting_recheck", SURE
    if text in ("办结", "已办结"):
        return "closed", GUESS
    if text.startswith("已") or "完成" in text:
        return "awaiting_recheck", GUESS
    return "issued", GUESS


LEVEL_WORDS = (
    ("critical", ("特别重大", "重大", "特大"), SURE), ("serious", ("较大", "较重", "中等"), SURE), ("serious", ("严重", "突出"), GUESS),
    ("general", ("一般", "轻微", "较轻"), SURE), ("critical", ("高", "一级", "红"), GUESS), ("serious", ("中", "二级", "橙"), GUESS),
    ("general", ("低", "三级", "四级", "轻", "小", "黄", "蓝"), GUESS),
)  # fmt: skip


def severity(text: str) -> tuple[str, bool]:
    """(level, is a guess). An empty cell is general, a guess."""
    said = _bare(text)
    return next(((level, guess) for level, words, guess in LEVEL_WORDS if any(word in said for word in words)), ("general", GUESS))


PARTY_WORDS = (
    ("locality", ("属地", "乡镇", "街道", "镇政府", "村", "社区责任")), ("department", ("部门", "主管", "监管", "行业")),
    ("unit", ("单位", "机构", "企业", "主体")), ("individual", ("个人", "岗位", "员工", "本人")),
)  # fmt: skip


def party(text: str) -> tuple[str, bool]:
    """(one of the four parties, is a guess). Several named at once is a guess at the first."""
    said = _bare(text)
    hits = [(min(said.find(word) for word in words if word in said), key) for key, words in PARTY_WORDS if any(word in said for word in words)]
    return (min(hits)[1], len(hits) > 1) if hits else ("unit", GUESS)


def _bare(text: str) -> str:
    return re.sub(r"[\s，,。；;：:！!（）()“”\"]+", "", text).lower()
