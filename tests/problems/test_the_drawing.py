"""docs/workflow.md is what the table of moves says."""

from pathlib import Path

from server.foundation.command import Handling
from server.problems.drawing import BARRED, GIVEN, NEEDS, drawn
from server.problems.workflow import WORKFLOW

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"


def test_the_docs_show_the_workflow_as_it_is() -> None:
    assert (DOCS / "workflow.md").read_text() == drawn(), "dugai workflow > docs/workflow.md"


def test_every_way_between_states_is_drawn() -> None:
    arrows = {(state, move.goes_to) for move in WORKFLOW.moves if move.goes_to and move.act != "withdraw" for state in move.origin}
    for origin, target in arrows:
        assert f"    {origin} --> {target}: " in drawn()


def test_every_act_is_a_command_and_every_word_is_used() -> None:
    from server import catalog

    kinds = {handling.kind for handling in catalog.COMMANDS if isinstance(handling, Handling)}
    assert {f"problems.{move.act}" for move in WORKFLOW.moves} - kinds == {"problems.issue", "problems.take_back"}, "what is issued is issued with a notice, and taken back with it"
    assert {need for move in WORKFLOW.moves for need in move.needs} == set(NEEDS)
    assert {column for move in WORKFLOW.moves for column, _ in move.barred} == set(BARRED)
    assert {(column, is_set) for move in WORKFLOW.moves for column, is_set, _ in move.given} == set(GIVEN)
