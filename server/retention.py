"""What is kept how long, as docs/kept.md has it: `dugai kept` prints it.

Records are for good; traces of use for six months and more, as the law asks (《网络安全法》: 相关的网络日志不少于六个月).
"""

import msgspec

from server.settings import KEEP_DAYS, SIX_MONTHS

PARTS_DAYS = 30
HEAD = """# What is kept, and how long

Printed by `dugai kept` out of `server/retention.py`; do not edit it here. What people wrote is never deleted: it is closed, withdrawn, ended, amended, set aside. No setting goes below six months.

| what | where | how long |
|---|---|---|
"""


class Kept(msgspec.Struct, frozen=True):
    """tables: those whose rows go; days: after which, None for good; is_trace: who used it when, which the law wants for six months."""

    what: str
    where: str
    how_long: str
    tables: tuple[str, ...] = ()
    days: int | None = None
    is_trace: bool = False


TRACE = f"`DUGAI_KEEP_DAYS` ({KEEP_DAYS} days; at least {SIX_MONTHS})"
KEPT = (
    Kept("visits, problems, notices, plans, draws, check tables, facilities, people, roles, devices, ledgers moved in, reminders and what became of them", "the database", "for good"),
    Kept("the history: every receipt and event, chained; that a history file was taken, by whom and of what", "the database", "for good"),
    Kept("photos and signatures", "`photos/`", "for good"),
    Kept("who signed in when, from which network, with which browser", "the database", f"{TRACE} after the session has run out", ("session",), KEEP_DAYS, True),
    Kept("failed sign-ins: how often, and when last", "the database", f"{TRACE}, or until the right password", ("attempt",), KEEP_DAYS, True),
    Kept("logs: each request with its route, result and time", "standard error", "by the journal: set it to six months or more (operations.md)"),
    Kept("photos that were not sent to their end", "`parts/`", f"{PARTS_DAYS} days after the last piece", (), PARTS_DAYS),
    Kept("words by which things are found, figures of the overview, rows of a ledger as they are split while it is read", "the database", "made anew from the records at any time", ("search_entry", "search_mark", "search_gram", "tally", "import_row")),
    Kept("history files, files of facilities, people, problems and draws", "with whoever took them", "not here: they are streamed and leave no copy"),
    Kept("backups", "where you put them", "yours to say: six months or more, apart from the secret"),
)  # fmt: skip


def printed() -> str:
    """The whole page."""
    return HEAD + "".join(f"| {one.what} | {one.where} | {one.how_long} |\n" for one in KEPT)
