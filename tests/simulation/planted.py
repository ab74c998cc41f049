"""Bugs put in on purpose, each into a copy of the tree: `python -m tests.simulation.planted` says which simulation catches it, and by what.

A simulation that finds nothing has to show that it could have. The lines are for docs/proof.md.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from static.node import node

ROOT = Path(__file__).resolve().parents[2]
SIZES = ((6, 40, "督改"), (20, 50, "督改"), (20, 100, "b"), (20, 100, "c"))  # phones, operations, seed: the smallest first
PATIENCE = 3600  # seconds: a busy machine is slow, not wrong
NEEDED = ("server", "static", "templates", "tests", "pyproject.toml", "package.json")
SYNC, DRAFTS = (f"static/js/offline/{name}.js" for name in ("sync", "drafts"))


class Bug(msgspec.Struct, frozen=True):
    """words: what is broken. In `file`, `old` becomes `new`."""

    words: str
    file: str
    old: str
    new: str


BUGS = (
    Bug("receipts are not stored", "server/ledger/batch.py", "if known := ", "if known := None and "),
    Bug("what this person has sent is asked of nobody: any photo counts as arrived", "server/photos/commands.py", "if absent := [", "if absent := [][:0] and ["),
    Bug("a piece's place is trusted", "server/photos/rules.py", "if not 0 <= offset <= kept:", "if offset < 0:"),
    Bug("a photo is acknowledged and not kept", "server/photos/commands.py", "    await store.put(sha256, content)\n", ""),
    Bug("any 200 lets the phone forget", SYNC, "const [told] = (await answer.json()).receipts ?? [];", 'const [told] = [{ id, state: "received", receipt: { id } }];'),
    Bug("an answer need not be ours", SYNC, 'if (answer.headers.get("x-dugai") !== "1") throw', "if (!answer) throw"),
    Bug("the wait grows to three minutes", SYNC, "Math.min(LONGEST_WAIT, 1000 * 2 ** entry.tries)", "Math.min(4 * LONGEST_WAIT, 1000 * 2 ** entry.tries)"),
    Bug("tries only at round minutes", SYNC, '  wakeFor(await all("outbox"));', ""),
    Bug("a wait begun by a wrong clock is believed", SYNC, "wait > FURTHEST ? 0 : ", ""),
    Bug("a refusal deletes the entry", SYNC, 'await step(entry, { state: HELD[fault.held?.state] ?? "refused", why: fault.refusal, held: fault.held, next: Date.now() + ASKED_AGAIN });', 'await change({ drop: [["outbox", entry.id]] });'),
    Bug("photos that the server misses are not sent again", SYNC, "entry.uploaded.filter((name) => !told.photos.includes(name))", "entry.uploaded"),
    Bug("a visit begun by a wrong clock keeps its beginning", DRAFTS, "{ ...visit, started_at: credible(visit.started_at) }", "visit"),
    Bug("sealing drops the draft and writes no entry", DRAFTS, '{ put: [["outbox", entry.id, entry]], drop: [["drafts", id],', '{ drop: [["drafts", id],'),
    Bug("signed out is taken for refused", SYNC, "if (answer.status === 401 || answer.status === 403) throw new Stop", "if (answer.status === 0) throw new Stop"),
)


def main() -> None:
    wanted = sys.argv[1:]
    missed = 0
    for bug in BUGS:
        if wanted and not any(word in bug.words for word in wanted):
            continue
        caught = tried(bug)
        missed += not caught
        print(f"| {bug.words} | {caught or 'NOT CAUGHT'} |", flush=True)
    sys.exit(bool(missed))


def tried(bug: Bug) -> str:
    """What the first simulation that notices says; nothing where none does."""
    with tempfile.TemporaryDirectory(prefix="dugai-planted-") as folder:
        tree = Path(folder)
        for name in NEEDED:
            (shutil.copytree if (ROOT / name).is_dir() else shutil.copy)(ROOT / name, tree / name)
        (tree / "node_modules").symlink_to(ROOT / "node_modules")
        sound = (tree / bug.file).read_text()
        if bug.old not in sound:
            raise LookupError(f"{bug.file} has changed: {bug.old}")
        (tree / bug.file).write_text(sound.replace(bug.old, bug.new, 1))
        return next(filter(None, (_run(tree, bug.file.startswith("static"), *size) for size in SIZES)), "")


def _run(tree: Path, is_client: bool, phones: int, operations: int, seed: str) -> str:
    command = [str(node()), "--test", "tests/client/simulation.test.js"] if is_client else [sys.executable, "-m", "tests.simulation", str(phones), str(operations), seed]
    asked = {"PHONES": str(phones), "OPS": str(operations), "SEED": seed, "PYTHONPATH": str(tree)}
    done = subprocess.run(command, cwd=tree, env={**os.environ, **asked}, capture_output=True, text=True, timeout=PATIENCE)
    if not done.returncode:
        return ""
    lines = [line.strip("# ") for line in (done.stdout + done.stderr).splitlines()]
    last = next((line for line in reversed(lines) if "operations:" in line), "")
    wrong = next((line for line in lines if line.startswith("wrong:")), "")
    return " ".join(filter(None, (last.rpartition("; ")[2], wrong[:80]))) or next((line for line in lines if line.startswith("error:")), "it stopped")[:160]


if __name__ == "__main__":
    main()
