"""The `dugai` command as an administrator types it."""

import json
import tarfile
from pathlib import Path

import pytest

from server.cli import _parser
from server.problems.workflow import WORKFLOW
from server.settings import Settings
from tests.operations.commands import dugai as run


def dugai(data: Path, *arguments: str, code: int = 0) -> str:
    return run(Settings(data=data), *arguments, code=code)


def test_a_new_bureau_from_nothing_to_its_first_facility(tmp_path: Path) -> None:
    data = tmp_path / "data"
    said = dugai(data, "init", "--place", "万州区民政局", "--mark", "万民整", "--code", "WZ", "--name", "陈静", "--sign-in", "13800000001")
    assert "/activate" in said
    assert "epidemic-2020-250/1" in dugai(data, "checklists", "list")
    assert "already" in dugai(data, "init", "--place", "x", "--name", "y", "--sign-in", "zz", code=1)
    file = tmp_path / "facilities.csv"
    file.write_text("名称,类型,主管单位\n安康养老院,养老机构,万州区民政局\n", encoding="utf-8")
    assert "1 added" in dugai(data, "facilities", "import", str(file))
    dugai(data, "facilities", "export", str(tmp_path / "out.xlsx"))
    assert "0 added, 0 changed, 1 the same" in dugai(data, "facilities", "import", str(tmp_path / "out.xlsx"))
    assert "enter" in dugai(data, "people", "add", "--name", "周敏", "--sign-in", "13800000002", "--role", "inspector", "--place", "万州区民政局")
    assert "enter" in dugai(data, "people", "reset", "13800000002")
    assert "nobody signs in" in dugai(data, "people", "reset", "13899999999", code=1)
    assert "0 photos" in dugai(data, "ledger", "verify")


def test_a_file_with_faults_names_them_and_imports_nothing(tmp_path: Path) -> None:
    data, file = tmp_path / "data", tmp_path / "bad.csv"
    dugai(data, "init", "--place", "万州区民政局", "--name", "陈静", "--sign-in", "13800000001")
    file.write_text("名称,类型,主管单位\n安康养老院,宾馆,万州区民政局\n", encoding="utf-8")
    assert "类型" in dugai(data, "facilities", "import", str(file), code=1)


def test_the_demo_shows_every_state_and_prints_five_ways_in(tmp_path: Path) -> None:
    said = dugai(tmp_path / "data", "demo", "--if-empty")
    logins = [line for line in said.splitlines() if line.startswith("demo login: ")]
    assert [line.split()[2] for line in logins] == ["administrator", "auditor", "contact", "inspector", "supervisor"]
    assert dugai(tmp_path / "data", "demo", "--if-empty").splitlines() == logins
    assert "is not empty" in dugai(tmp_path / "data", "demo", code=1)
    dugai(tmp_path / "data", "backup", str(tmp_path / "demo.tar"))
    with tarfile.open(tmp_path / "demo.tar") as tar:
        member = tar.extractfile("tables/problem.jsonl")
        assert member
        assert {json.loads(line)["state"] for line in member} == {state.key for state in WORKFLOW.states}


@pytest.mark.parametrize("arguments", [["frobnicate"], ["backup"], ["ledger"]])
def test_what_it_does_not_know_it_says_in_its_usage(tmp_path: Path, arguments: list[str]) -> None:
    assert "usage: dugai" in dugai(tmp_path, *arguments, code=2)


def test_openapi_is_a_document(tmp_path: Path) -> None:
    assert json.loads(dugai(tmp_path, "openapi"))["openapi"].startswith("3.")


def test_help_names_every_command_of_the_manual() -> None:
    said = _parser().format_help()
    for command in ("serve", "init", "migrate", "demo", "people", "facilities", "checklists", "ledger", "backup", "restore", "openapi"):
        assert command in said
