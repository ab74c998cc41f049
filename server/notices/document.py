"""责令限期整改通知书 on paper, as it was issued; and how it was delivered, or where to sign for it."""

from server.documents.rules import Block, Document, Ending, Signed, Signer, Table, Text, facts, lines, spelled
from server.foundation.words import speaking
from server.notices.queries import Notice
from server.notices.rules import DELIVERIES, TAKEN_BACK
from server.problems.rules import LEVELS


def paper(notice: Notice, lang: str) -> Document:
    t = speaking(lang)
    on, count = spelled(notice.found_on, lang), len(notice.lines)
    by = notice.bureau or t("本机关", "this office")
    strict = any(line.severity != "general" for line in notice.lines)
    blocks: tuple[Block, ...] = (
        *([Text(TAKEN_BACK.into(lang), "head")] if notice.delivery == "taken_back" else []),
        Text(t(f"{notice.facility}：", f"To {notice.facility}:"), "to"),
        Text(t(
            f"{on}，{by}对你单位进行现场检查，发现下列{count}个问题。现责令你单位按下表所列时限完成整改，整改完成后提交整改报告，并附整改后的照片。",
            f"On {on}, {by} inspected your facility and found what is listed below ({count} in all). You are ordered to put it right by the days named there and, when it is done, to report it with photos.",
        )),
        *([Text(t("其中较重、重大问题，应当先提交整改措施，经审核同意后实施。", "For what is serious or critical, submit a plan first and carry it out once it is accepted."))] if strict else []),
        Text(t(
            "确需延期的，应当在时限届满前申请并说明理由。对本通知书有异议的，可以书面说明；说明期间不停止整改。",
            "Where more time is needed, ask for it with the reason before the day has passed. Objections may be made in writing; meanwhile what is listed is still to be put right.",
        )),
        _problems(notice, lang),
        Ending(notice.bureau, spelled(notice.issued_on, lang)),
        *_delivery(notice, lang),
    )  # fmt: skip
    return Document(lang, t("责令限期整改通知书", "Rectification notice"), f"/notices/{notice.id}", blocks, notice.bureau, notice.number, notice.id)


def _problems(notice: Notice, lang: str) -> Table:
    t = speaking(lang)
    rows = tuple(
        (
            str(place),
            lines(
                line.what, line.spot and t("点位：", "Where: ") + line.spot, t("依据：", "Basis: ") + line.clause.into(lang), t("编号：", "Number: ") + line.number,
                line.sponsor and t("督办领导：", "Sponsor: ") + line.sponsor,
            ),
            LEVELS[line.severity].into(lang), spelled(line.due_on, lang), line.person,
        )
        for place, line in enumerate(notice.lines, 1)
    )  # fmt: skip
    head = (t("序号", "No."), t("问题及依据", "Problem and basis"), t("等级", "Level"), t("整改时限", "Due"), t("责任人", "Who answers"))
    return Table(head, (0.9, 5.4, 1.4, 2.9, 1.6), rows)


def _delivery(notice: Notice, lang: str) -> list[Block]:
    """A line to sign on until it has been signed for."""
    t = speaking(lang)
    told: list[Block] = []
    if notice.refused:
        told.append(facts(
            (DELIVERIES["refused"].into(lang), f"{spelled(notice.refused_on, lang)}　{notice.refused}"), (t("见证人", "Witnesses"), notice.witnesses),
        ))  # fmt: skip
    if notice.is_signed:
        return [*told, facts((DELIVERIES[notice.delivery].into(lang), f"{notice.signer}　{spelled(notice.signed_on, lang)}"))]
    if notice.delivery == "taken_back":
        return told
    return [*told, Signed((Signer(t("签收人\n（签名）", "Signed for by"), "　" * 18 + t("年　　月　　日", "Day:")),))]
