"""The one clock. Instants are UTC; days are those of Asia/Shanghai, where every deadline falls due."""

import datetime as dt
from collections.abc import Callable

UTC = dt.UTC
BEIJING = dt.timezone(dt.timedelta(hours=8), "Asia/Shanghai")  # no summer time since 1991

_source: Callable[[], dt.datetime] | None = None


def now() -> dt.datetime:
    """This instant, aware, in UTC."""
    return _source() if _source else dt.datetime.now(UTC)


def today(at: dt.datetime | None = None) -> dt.date:
    """The day on the wall in Beijing at this instant (now, if none is given)."""
    return (at or now()).astimezone(BEIJING).date()


def spoken(at: dt.datetime) -> str:
    """This instant to the minute as people read it, by the clock in Beijing; one that no calendar of ours has, as it came."""
    try:
        return f"{at.astimezone(BEIJING):%Y-%m-%d %H:%M}"
    except OverflowError:
        return at.isoformat(timespec="minutes")


def set(source: Callable[[], dt.datetime] | None) -> None:
    """Replace the clock (simulations, tests); None puts the real one back."""
    global _source
    _source = source
