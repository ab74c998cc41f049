"""What an auditor takes along: the kinds of events, the longest period, and what of personal data."""

import datetime as dt
from typing import Any

from server.facilities.rules import masked
from server.foundation.refusal import Refusal, declare, no

ROLE = "auditor"
KINDS = ("problem", "notice", "inspection", "facility", "checklist", "audit")  # those whose pages an auditor reads; accounts, drafts and plans are none
LONGEST = dt.timedelta(days=366)
EARLIEST, LATEST = dt.date(2000, 1, 1), dt.date(2999, 12, 31)  # beyond, no calendar counts on

declare(
    {
        "audit.period": no(
            422, "起止日期不对：开始不能晚于结束，一次最多一年", "These days do not fit: the first comes before the last, a year at most",
            "请改正日期；更长的时期分几次导出", "Correct them; take a longer period in several files",
        ),
    }
)  # fmt: skip


def check_period(since: dt.date, until: dt.date) -> None:
    """Refuses (audit.period) a last day before the first, more than LONGEST, and days that no calendar has."""
    if not (dt.timedelta() <= until - since < LONGEST and since >= EARLIEST and until <= LATEST):
        raise Refusal("audit.period").at("until")


def shown(data: dict[str, Any]) -> dict[str, Any]:
    """An event's facts as the pages show them to an auditor: the contact's number masked."""
    return {**data, "contact_phone": masked(data["contact_phone"])} if data.get("contact_phone") else data
