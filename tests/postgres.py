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
def postgres(options: str = OPTIONS) -> Iterator[str]:
    """The address of a server without databases of ours, `postgres://…@127.0.0.1:PORT`; ends it on leaving."""
    with cluster(options) as made:
        yield made.address


@contextlib.contextmanager
def cluster(options: str = OPTIONS) -> Iterator["Cluster"]:
    """The same, as something that can be killed and started again."""
    folder = Path(tempfile.mkdtemp(prefix="dugai-postgres-"))
    made = Cluster(folder, options)
    try:
        made.initialise()
        made.start()
        try:
            yield made
        finally:
            _run(made.user, "pg_ctl", "--pgdata", str(made.data), "--mode=immediate", "--wait", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Cluster:
    """One PostgreSQL with a data folder and a port of its own."""

    def __init__(self, folder: Path, options: str) -> None:
        self.folder, self.options, self.user = folder, options, _other_user()
        self.data, self.port = folder / "data", _free_port()
        self.address = f"postgres://dugai@127.0.0.1:{self.port}"

    def initialise(self) -> None:
        if self.user:
            shutil.chown(self.folder, self.user)
        _run(self.user, "initdb", "--pgdata", str(self.data), "--username=dugai", "--auth=trust", "--encoding=UTF8", "--locale=C")

    def start(self) -> None:
        """Start it, or start it again after it was killed: it recovers what was committed."""
        _run(self.user, "pg_ctl", "--pgdata", str(self.data), "--wait", "--log", str(self.folder / "log"), "--options", f"{self.options} -p {self.port}", "start")

    def postmaster(self) -> int:
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def processes(self) -> list[int]:
        """The pids of all that work in its folder, the postmaster among them."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if (process / "cwd").readlink() == self.data:
                    found.append(int(process.name))
        return found


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
