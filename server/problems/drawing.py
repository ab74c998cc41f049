"""The workflow as docs/workflow.md shows it, drawn from the table that decides: `dugai workflow` prints it."""

from collections.abc import Iterable

from server.foundation.workflow import Move
from server.people.rules import ROLE_WORDS
from server.problems.rules import LEVELS
from server.problems.workflow import WORKFLOW

NEEDS = {
    "due_on": "整改时限", "person": "责任人", "reason": "原因", "text": "整改情况", "photos": "整改后照片", "cause": "原因", "measures": "措施", "record": "复查记录",
    "wished_on": "希望的日期", "to": "督办或接收单位",
}  # fmt: skip
BARRED = {"rectifier_ids": "整改过的人", "rechecker_ids": "复查过的人", "voucher_id": "代为核收复查的人", "inspector_ids": "参加检查、录入或核收的人"}
GIVEN = {("notice_id", True): "随通知书下达的、还没签收", ("extension_id", True): "有待审批的申请", ("extension_id", False): "没有待审批的申请", ("is_supervised", True): "正在挂牌", ("is_supervised", False): "没有挂牌", ("is_referred", True): "正在移送", ("is_referred", False): "没有移送"}
HEAD = """# The workflow of a problem

Printed by `dugai workflow` out of `server/problems/workflow.py`, which decides by the same table; do not edit it here. In words: [domain.md](domain.md).

"""


def drawn() -> str:
    """The whole page: a diagram of what leads from state to state, and the table of every act."""
    return f"{HEAD}```mermaid\n{_diagram()}\n```\n\n{_table()}\n"


def _diagram() -> str:
    lines = ["stateDiagram-v2", "    direction TB", *(f'    state "{state.words.zh}" as {state.key}' for state in WORKFLOW.states)]
    lines += ["    [*] --> recorded", "    [*] --> fixed_on_spot"]
    moves = [move for move in WORKFLOW.moves if move.goes_to]
    for move in moves:
        if move.act != "withdraw":  # from every open state: eleven arrows that say one thing
            lines += [f"    {state} --> {move.goes_to}: {move.words.zh}{_levels(move)}" for state in move.origin]
    lines += [f"    {state.key} --> [*]" for state in WORKFLOW.states if not state.is_open]
    return "\n".join(lines)


def _table() -> str:
    rows = [
        (f"`{move.act}` {move.words.zh}", _from(move), _into(move), _joined(ROLE_WORDS[role].zh for role in move.roles), _with(move), _joined(BARRED[column] for column, _ in move.barred))
        for move in WORKFLOW.moves
    ]  # fmt: skip
    head = ("办理 act", "从 from", "到 to", "谁 by", "凭什么 with", "谁不能 not by")
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows))


def _from(move: Move) -> str:
    every = [state.key for state in WORKFLOW.states]
    still_open = [state.key for state in WORKFLOW.states if state.is_open]
    if set(move.origin) == set(every):
        return "任何状态"
    if set(move.origin) == set(still_open):
        return "未销号的任何状态"
    return _joined(WORKFLOW.state(state).words.zh for state in move.origin) + _levels(move)


def _into(move: Move) -> str:
    return WORKFLOW.state(move.goes_to).words.zh if move.goes_to else "不变"


def _with(move: Move) -> str:
    return _joined([*(NEEDS[need] for need in move.needs), *(GIVEN[column, is_set] for column, is_set, _ in move.given)])


def _levels(move: Move) -> str:
    return f"（限{_joined(LEVELS[level].zh for level in move.levels)}问题）" if move.levels else ""


def _joined(words: Iterable[str]) -> str:
    return "、".join(words)
