"""The plan of the house, held: who may import whom, no circle, nothing of others in git, nothing that names where it was built."""

import ast
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
SERVER = ROOT / "server"
FLOORS = (  # low to high; a name stands for the whole folder or file
    ("foundation",), ("settings", "logs", "sheets", "retention"), ("database",), ("ledger",), ("people",), ("workdays",), ("devices",), ("lists",), ("accounts",), ("photos",), ("documents",), ("facilities",),
    ("prints",), ("checklists",), ("drafts",), ("problems",), ("notices",), ("selections",), ("overview",), ("reminders",), ("places",), ("imports",), ("plans",), ("inspections",), ("search",), ("audits",), ("deposits",), ("sync",), ("catalog", "routes"),
    ("house",), ("app", "backup", "demo"), ("console",), ("cli",),
)  # fmt: skip
LEVEL = {name: level for level, names in enumerate(FLOORS) for name in names}
WINGS = (
    "people", "workdays", "devices", "lists", "accounts", "photos", "documents", "facilities", "prints", "checklists", "drafts", "problems", "notices", "selections", "overview", "reminders", "places", "imports", "plans", "inspections", "search", "audits", "deposits", "sync",
)  # fmt: skip
PURE = {"rules", "workflow", "answers", "positions"}  # decide without a database; answers.py: what an answer to a check table means; positions.py: what a pair of degrees does
# `web` stands beside the wings: it carries pages, and knows none of them.
WEB_KNOWS = {"foundation", "settings", "database", "web"}
ASSEMBLERS = {"house", "app", "backup", "demo", "console"}


def modules() -> dict[str, Path]:
    return {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in SERVER.rglob("*.py")}


MODULES = modules()


def imports(file: Path) -> Iterator[str]:
    """Every module that a file imports, those inside functions too."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else node.module


def floor(module: str) -> str:
    return module.split(".")[1] if "." in module else module


def kind(module: str) -> str:
    return module.split(".")[2] if module.count(".") > 1 else ""


INSIDE = [(module, target) for module, file in MODULES.items() for target in imports(file) if target.startswith("server.")]


def test_imports_go_down_only() -> None:
    wrong = [
        f"{module} → {target}" for module, target in INSIDE
        if floor(module) in LEVEL and floor(target) in LEVEL and LEVEL[floor(module)] < LEVEL[floor(target)]
    ]  # fmt: skip
    assert wrong == []
    assert {floor(module) for module in MODULES if module.count(".")} <= {*LEVEL, "web", "__init__"}


def test_the_web_knows_no_wing() -> None:
    assert [f"{module} → {target}" for module, target in INSIDE if floor(module) == "web" and floor(target) not in WEB_KNOWS] == []


def test_wings_know_only_each_others_commands_queries_and_rules() -> None:
    """And tables, of what they write through in one transaction; never each other's pages."""
    allowed = {"capacity", "commands", "queries", "tables", "bytes", "images", "copies", "sheets", "files", *PURE}
    wrong = [
        f"{module} → {target}" for module, target in INSIDE
        if floor(module) in WINGS and floor(target) in WINGS and floor(module) != floor(target) and kind(target) not in allowed
    ]  # fmt: skip
    assert wrong == []


def test_rules_need_no_framework_and_no_database() -> None:
    wrong = []
    for module, file in MODULES.items():
        if kind(module) in PURE:
            for target in imports(file):
                if target.split(".")[0] in ("tortoise", "litestar", "asyncpg", "sqlite3", "jinja2") or (target.startswith("server.") and kind(target) in ("tables", "commands", "queries", "pages")):
                    wrong.append(f"{module} → {target}")
    assert wrong == []


def test_tables_hold_models_only() -> None:
    wrong = [f"{module} → {target}" for module, target in INSIDE if kind(module) == "tables" and floor(target) != "database"]
    assert wrong == []


@pytest.mark.parametrize(
    ("library", "may"),
    [
        ("litestar", {"pages", "session", "app", "web"}),
        ("tortoise", {"tables", "commands", "queries", "database", "ledger", "catalog"}),
    ],
)
def test_libraries_stay_where_they_belong(library: str, may: set[str]) -> None:
    wrong = [
        module for module, file in MODULES.items()
        if any(target.split(".")[0] == library for target in imports(file)) and not {floor(module), kind(module)} & may
    ]  # fmt: skip
    assert wrong == []


def test_sql_is_written_in_queries_the_database_and_the_ledger_only() -> None:
    sql = re.compile(r"[\"'](select|insert into|update|delete from) [\w{*(]")
    wrong = [
        module for module, file in MODULES.items()
        if sql.search(file.read_text()) and kind(module) != "queries" and floor(module) not in ("database", "ledger", "web")
    ]  # fmt: skip
    assert wrong == []


def test_only_the_routes_import_pages_only_the_app_imports_the_routes_and_only_assemblers_the_catalog() -> None:
    assert [m for m, target in INSIDE if kind(target) == "pages" and floor(m) not in ("routes", floor(target))] == []
    assert [m for m, target in INSIDE if target == "server.routes" and floor(m) != "app"] == []
    assert [m for m, target in INSIDE if target == "server.catalog" and floor(m) not in ASSEMBLERS] == []


def test_there_is_no_circle() -> None:
    graph: dict[str, set[str]] = {module: set() for module in MODULES}
    for module, target in INSIDE:
        if target in graph and target != module:
            graph[module].add(target)
    done: set[str] = set()

    def visit(module: str, path: tuple[str, ...]) -> None:
        assert module not in path, " → ".join((*path, module))
        if module not in done:
            for target in graph[module]:
                visit(target, (*path, module))
            done.add(module)

    for module in graph:
        visit(module, ())


def test_an_init_holds_its_docstring_only() -> None:
    for file in SERVER.rglob("__init__.py"):
        body = ast.parse(file.read_text()).body
        assert isinstance(body[0], ast.Expr), file
        assert all(isinstance(node, ast.Assign) for node in body[1:]), file


def test_a_folder_says_which_of_its_files_does_what() -> None:
    """Beside those that mean the same in every wing: whoever looks for where a change goes opens one file."""
    alike = {"__init__", "rules", "tables", "commands", "queries", "pages", "document", "files", "filters", "sheets"}
    for wing in (*WINGS, "database", "ledger", "sheets", "web"):
        said = (SERVER / wing / "__init__.py").read_text()
        assert [name for name in sorted({file.stem for file in (SERVER / wing).glob("*.py")} - alike) if not re.search(rf"\b{name}\b", said)] == [], wing


def test_every_public_function_of_commands_queries_and_rules_is_short_and_every_module_says_what_it_is() -> None:
    for module, file in MODULES.items():
        tree = ast.parse(file.read_text())
        assert ast.get_docstring(tree), module
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert (node.end_lineno or 0) - node.lineno < 60, f"{module}.{node.name}"


# Scripts and styles


SCRIPTS = {str(file.relative_to(ROOT / "static/js")): file.read_text() for file in (ROOT / "static/js").rglob("*.js")}


def test_scripts_go_down_only_and_touch_what_is_theirs() -> None:
    order = {"lib": 0, "offline": 1, "elements": 2}
    for name, text in SCRIPTS.items():
        folder = name.split("/")[0]
        if folder in order:
            for target in re.findall(r'from "\.\./(\w+)/', text):
                assert order[target] <= order[folder], f"{name} → {target}"
        if "indexedDB" in text or 'from "idb"' in text:
            assert name in ("offline/store.js", "offline/registry.js"), name
        if re.search(r"\bfetch\(", text):
            assert name in ("offline/sync.js", "offline/pack.js", "worker.js"), name
        if folder in ("offline", "lib"):
            assert not re.search(r"\bdocument\.(?!visibilityState|addEventListener)\w*(?:query|create|body)", text), name


def test_raw_colours_stand_in_tokens_only() -> None:
    paint = re.compile(r"#[0-9a-f]{3,8}\b|rgb\(", re.IGNORECASE)
    allowed = {"#fff", "#0000", "#15191d"}  # paper under ink and over photos, and nothing at all
    for file in (ROOT / "static/css").rglob("*.css"):
        if file.name != "tokens.css":
            found = set(paint.findall(re.sub(r"/\*.*?\*/|url\([^)]*\)", "", file.read_text(), flags=re.DOTALL))) - allowed
            assert found <= {"rgb("}, f"{file.name}: {found}"


def test_a_class_is_styled_in_one_part_of_the_desk() -> None:
    """Two pages that take the same name for two things overwrite each other. Below something of the page's own (`.record .card`) a name may be met again."""
    css = ROOT / "static/css"
    where: dict[str, set[str]] = {}
    for part in re.findall(r'"\./(parts/\w+\.css)"', (css / "desk.css").read_text()):
        if part == "parts/print.css":  # it takes away from paper what other parts show
            continue
        for selectors in re.findall(r"([^{}@;]+)\{", re.sub(r"/\*.*?\*/", "", (css / part).read_text(), flags=re.DOTALL)):
            for alone in re.findall(r"(?:^|,)\s*\.([\w-]+)\s*(?=,|$)", selectors):
                where.setdefault(alone, set()).add(part)
    assert {name: parts for name, parts in where.items() if len(parts) > 1} == {}


# What is in git


def tracked() -> list[str]:
    try:
        listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a clone")
    return listed.splitlines()


def test_no_third_partys_source_is_in_git() -> None:
    for name in tracked():
        assert not re.search(r"node_modules|\.min\.|vendor|static/dist", name), name


def test_no_registry_stands_in_a_lockfile() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    assert not [name for name, entry in lock["packages"].items() if "resolved" in entry]
    assert "://" not in (ROOT / "constraints.txt").read_text()


def test_every_setting_and_every_command_is_documented() -> None:
    operations = (ROOT / "docs/operations.md").read_text()
    settings = set(re.findall(r'"((?:DUGAI_\w+)|PORT)"', (SERVER / "settings.py").read_text()))
    assert {name for name in settings if name not in operations} == set()
    sync = (ROOT / "docs/sync.md").read_text()
    from server import catalog

    assert {handling.kind for handling in catalog.COMMANDS if handling.kind.startswith("inspections.")} <= set(re.findall(r"`([\w.]+)`", sync))


def test_every_refusal_speaks_both_languages_and_says_what_to_do() -> None:
    from server import catalog, routes  # noqa: F401 -- declare them all
    from server.foundation.refusal import CATALOGUE

    for code, entry in CATALOGUE.items():
        for words in (entry.words, entry.remedy):
            assert words.zh, code
            assert words.en, code
            assert set(re.findall(r"{\w+}", words.zh)) >= set(re.findall(r"{\w+}", words.en)), code
        assert 400 <= entry.status < 600


def test_both_languages_stand_side_by_side_in_every_template() -> None:
    chinese = re.compile(r"[一-鿿]")
    for file in (ROOT / "templates").rglob("*.html"):
        text = re.sub(r"{#.*?#}", "", file.read_text(), flags=re.DOTALL)
        text = "".join(_outside(text)).replace(">中文<", "><").replace('"中文"', "")
        left = [line.strip()[:90] for line in text.splitlines() if chinese.search(line)]
        assert left == [], f"{file.relative_to(ROOT)}: {left[:2]}"


def _outside(text: str) -> Iterator[str]:
    """The text without its t(…), whatever stands inside their brackets."""
    place = 0
    for found in re.finditer(r"\bt\(", text):
        if found.start() < place:
            continue
        yield text[place : found.start()]
        depth, place = 1, found.end()
        while depth and place < len(text):
            depth += {"(": 1, ")": -1}.get(text[place], 0)
            place += 1
    yield text[place:]
