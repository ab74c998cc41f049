"""Typing the `dugai` command beside a running house."""

import os
import subprocess
import sys

from server.settings import Settings


def dugai(settings: Settings, *arguments: str, code: int = 0) -> str:
    """What it prints. Its exit code must be this one, and an error a line without a traceback."""
    env = {**os.environ, "DUGAI_DATA": str(settings.data), "DUGAI_DATABASE": settings.database}
    done = subprocess.run([sys.executable, "-m", "server.cli", *arguments], env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr
