"""Every setting, read from the environment once; docs/operations.md lists them with the same words."""

import contextlib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path

import msgspec

ROOT = Path(__file__).resolve().parent.parent
SIX_MONTHS = 184  # days, however the months fall
KEEP_DAYS = 365


class Sms(msgspec.Struct, frozen=True):
    """An SMS gateway's HTTP interface. headers: a line each; address, headers and body hold {phone}, {text}, {count}, {secret}; taken: what its answer holds when it took one."""

    address: str
    headers: str
    body: str
    secret: str
    taken: str


class Settings(msgspec.Struct, frozen=True):
    """data: folder of the database and photos. database: a postgres:// address, or empty for SQLite in `data`.

    origin: the public address (https://…) when a proxy stands before the server; empty trusts the Host header.
    session_idle and session_life: seconds after which a session ends unused, and at the latest.
    keep_days: for how long a session that has run out and a failed sign-in are kept as traces; never less than SIX_MONTHS.
    queue_limit: commands that may wait for the writer before 503 is answered. workers_trust_proxy: addresses of proxies.
    fonts: folder of fonts for PDF, searched before the system's; None for none.
    remind_every: seconds between two looks at what is due, 0 for never. hooks: SCHEME://HOST[:PORT] of gateways that robots may be called at beside the known ones.
    """

    data: Path
    database: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    origin: str = ""
    session_idle: int = 12 * 3600
    session_life: int = 30 * 24 * 3600
    keep_days: int = KEEP_DAYS
    queue_limit: int = 2048
    proxies: str = "127.0.0.1"
    log_level: str = "info"
    remind_every: int = 20
    hooks: tuple[str, ...] = ()
    sms: Sms | None = None
    fonts: Path | None = None

    @property
    def is_secure(self) -> bool:
        """Whether cookies are marked Secure: when the public address is https."""
        return self.origin.startswith("https://")

    @property
    def sqlite_file(self) -> Path:
        return self.data / "dugai.sqlite"

    @property
    def is_demo(self) -> bool:
        """A demo's data folder carries a mark, so that every page can say that it is one."""
        return (self.data / "demo").exists()

    def secret(self) -> str:
        """The key that signs CSRF cookies: from DUGAI_SECRET, else made once and kept in the data folder (mode 600)."""
        if given := os.environ.get("DUGAI_SECRET"):
            return given
        file = self.data / "secret"
        if not file.exists():
            self.data.mkdir(parents=True, exist_ok=True)
            draft = file.with_suffix(f".{os.getpid()}")
            draft.touch(mode=0o600)
            draft.write_text(secrets.token_hex(32))
            with contextlib.suppress(FileExistsError):  # the first of several processes wins
                os.link(draft, file)
            draft.unlink()
        return file.read_text()


def from_environment() -> Settings:
    """The settings of this process. A value of the wrong kind ends it with one clear line."""
    env = os.environ

    def number(name: str, default: int) -> int:
        text = env.get(name, "")
        if text and not text.isdigit():
            raise SystemExit(f"{name} must be a whole number, not {text!r}")
        return int(text) if text else default

    if number("DUGAI_KEEP_DAYS", KEEP_DAYS) < SIX_MONTHS:
        raise SystemExit(f"DUGAI_KEEP_DAYS must be at least {SIX_MONTHS}: the law asks for six months of traces")
    return Settings(
        data=Path(env.get("DUGAI_DATA", "var")).resolve(),
        database=env.get("DUGAI_DATABASE", ""),
        host=env.get("DUGAI_HOST", "127.0.0.1"),
        port=number("PORT", 8000),
        origin=env.get("DUGAI_ORIGIN", "").rstrip("/"),
        session_idle=number("DUGAI_SESSION_IDLE", 12 * 3600),
        session_life=number("DUGAI_SESSION_LIFE", 30 * 24 * 3600),
        keep_days=number("DUGAI_KEEP_DAYS", KEEP_DAYS),
        queue_limit=number("DUGAI_QUEUE_LIMIT", 2048),
        proxies=env.get("DUGAI_PROXIES", "127.0.0.1"),
        log_level=env.get("DUGAI_LOG_LEVEL", "info"),
        remind_every=number("DUGAI_REMIND_EVERY", 20),
        hooks=tuple(env.get("DUGAI_HOOKS", "").lower().replace(",", " ").split()),
        sms=_gateway(env),
        fonts=Path(env["DUGAI_FONTS"]).resolve() if env.get("DUGAI_FONTS") else None,
    )


def _gateway(env: Mapping[str, str]) -> Sms | None:
    address = env.get("DUGAI_SMS_URL", "")
    if address and not address.startswith(("https://", "http://")):
        raise SystemExit("DUGAI_SMS_URL must begin with https:// or http://")
    return Sms(
        address, env.get("DUGAI_SMS_HEADERS", ""), env.get("DUGAI_SMS_BODY", ""), env.get("DUGAI_SMS_SECRET", ""), env.get("DUGAI_SMS_TAKEN", "")
    ) if address else None  # fmt: skip
