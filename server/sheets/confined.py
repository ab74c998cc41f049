"""A process of its own, with little memory and little time, for reading what strangers send.

A file of 1 KB may claim a cell in its last row and column; the reader then asks for more memory than there is, and ends
its process. That must not be the server's.
"""

import os
import resource
import subprocess
import sys
import threading

MEMORY = 1024 * 1024 * 1024
SECONDS = 20
AT_ONCE = 2  # processes of one server: each may take all of MEMORY; the others wait
_few = threading.BoundedSemaphore(AT_ONCE)


class Failed(Exception):
    """The process ended badly or took too long; nothing is known of why."""


def run(module: str, *words: str, content: bytes) -> bytes:
    """What `python -m MODULE WORDS` writes, given the content. The module calls `confine` first. Raises Failed."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DUGAI_")}
    try:
        with _few:
            done = subprocess.run(
                [sys.executable, "-m", module, *words], input=content, capture_output=True, timeout=2 * SECONDS, check=True, env=environment
            )
    except subprocess.SubprocessError as error:
        raise Failed from error
    return done.stdout


def confine() -> None:
    """Limit this process, for good."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
