"""Another release than the built one: the same app with a stylesheet of its own, whole or with a piece missing. `python -m` serves it."""

import os
import shutil
import sys
from pathlib import Path

from server import cli
from server.web import assets

PLACE = "DUGAI_TEST_RELEASE"


def another(folder: Path, name: str, is_whole: bool = True) -> Path:
    """A release made from the built one. is_whole: False leaves its stylesheet out, as a deployment that stopped halfway does."""
    place = folder / name
    shutil.copytree(assets.folder("static"), place)
    old = assets.assets().names["app.css"]
    style = (place / old).read_text() + f":root{{--release:{name}}}"
    for file in place.glob(f"{old}*"):
        file.unlink()
    for file in [*place.glob("worker.js.*")]:
        file.unlink()
    if is_whole:
        (place / f"app.{name}.css").write_text(style)
    for file in (place / "manifest.json", place / "worker.js"):
        file.write_text(file.read_text().replace(old, f"app.{name}.css").replace(assets.assets().release, name))
    return place


if __name__ == "__main__":
    place = Path(os.environ[PLACE])
    assets.folder = lambda name: place if name == "static" else Path("templates")
    sys.argv = ["dugai", "serve"]
    cli.main()
