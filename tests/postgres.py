"""A real PostgreSQL for the tests, in a folder of their own, gone afterwards."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

OPTIONS = "-c fsync=off -c full_page_writes=off -c max_connections=200 -c unix_socket_directories= -c listen_addresses=127.0.0.1"


@contextlib.contextmanager
def postgres() -> Iterator[str]:
    """The address of a server without databases of ours, `postgres://…@127.0.0.1:PORT`; ends it on leaving."""
    folder = Path(tempfile.mkdtemp(prefix="dugai-postgres-"))
    user = _other_user()
    if user:
        shutil.chown(folder, user)
    data, port = folder / "data", _free_port()
    try:
        _run(user, "initdb", "--pgdata", str(data), "--username=dugai", "--auth=trust", "--encoding=UTF8", "--locale=C")
        _run(user, "pg_ctl", "--pgdata", str(data), "--wait", "--log", str(folder / "log"), "--options", f"{OPTIONS} -p {port}", "start")
        try:
            yield f"postgres://dugai@127.0.0.1:{port}"
        finally:
            _run(user, "pg_ctl", "--pgdata", str(data), "--mode=immediate", "--wait", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(user: str | None, program: str, *arguments: str) -> None:
    identity = pwd.getpwnam(user) if user else None
    subprocess.run(
        [str(_binaries() / program), *arguments], check=True, stdout=subprocess.DEVNULL, cwd="/",
        user=identity.pw_uid if identity else None, group=identity.pw_gid if identity else None,
        extra_groups=[] if identity else None,
    )  # fmt: skip


def _binaries() -> Path:
    """Debian's, then whatever is on the path, then the wheel's."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: int(file.parts[4]))
    if debian:
        return debian[-1].parent
    if found := shutil.which("initdb"):
        return Path(found).parent
    import pgserver

    return Path(pgserver.__file__).parent / "pginstall" / "bin"


def _other_user() -> str | None:
    """PostgreSQL refuses to run as root: then it runs as its own user, or as nobody."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    return None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
