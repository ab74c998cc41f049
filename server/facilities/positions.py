"""Where a facility is: read from what people paste, kept in WGS-84, which is what a phone's own position is in.

Maps published in China show GCJ-02, Baidu its own BD-09 on top of it: read as one another they are half a kilometre off. Pure functions.
"""

import math
import re
import unicodedata

from server.foundation.refusal import Refusal, declare, no
from server.foundation.words import Words

Position = tuple[float, float] | tuple[None, None]  # latitude, longitude
NOWHERE: Position = (None, None)
SYSTEMS = {
    "WGS-84": Words("手机定位、GPS（WGS-84）", "Phone or GPS (WGS-84)"),
    "GCJ-02": Words("高德、腾讯地图（GCJ-02）", "Amap, Tencent (GCJ-02)"),
    "BD-09": Words("百度地图（BD-09）", "Baidu (BD-09)"),
}
LATITUDES, LONGITUDES = (3, 54), (73, 136)  # of China; they do not meet, so either may be written first
DECIMALS = 5  # about a metre
AXIS, SQUEEZE = 6_378_245.0, 0.006_693_421_622_965_943  # the ellipsoid of Krassowsky, as GCJ-02 has it

declare(
    {
        "facility.position": no(
            422, "坐标读不懂，或不在国内", "This is no position in China", "请写成 30.80765, 108.40871，经度在前也可以", "Write it as 30.80765, 108.40871, in either order"
        ),
        "facility.system": no(
            422, "没有说明坐标取自哪种地图", "It is not said which map the position is from",
            "请选 WGS-84、GCJ-02 或 BD-09，选错会差几百米", "Choose WGS-84, GCJ-02 or BD-09: the wrong one is hundreds of metres off",
        ),
    }
)  # fmt: skip


def read(text: str, system: str, before: Position = NOWHERE) -> Position:
    """The position that is written there, in WGS-84. Text that still says `before` needs no system.

    Refusals: facility.position, facility.system.
    """
    if not text.strip():
        return NOWHERE
    if not system and text == written(before):
        return before
    plain = re.sub(r"[NE北南东西纬经度°:]", " ", unicodedata.normalize("NFKC", text[:100]).upper())
    found = re.fullmatch(r"\s*(\d{1,3}(?:\.\d+)?)\s*[,;、\s]\s*(\d{1,3}(?:\.\d+)?)\s*", plain)
    if not found:
        raise Refusal("facility.position").at("position")
    latitude, longitude = sorted((float(found[1]), float(found[2])))
    checked(latitude, longitude)
    known = next((key for key in SYSTEMS if key.replace("-", "") == re.sub(r"[^A-Z0-9]", "", system.upper())), None)
    if known is None:
        raise Refusal("facility.system").at("system")
    if known == "BD-09":
        latitude, longitude = _from_baidu(latitude, longitude)
    return checked(latitude, longitude) if known == "WGS-84" else checked(*_from_gcj(latitude, longitude))


def written(position: Position) -> str:
    """The same the other way round: 30.80765, 108.40871."""
    latitude, longitude = position
    return "" if latitude is None else f"{latitude:.{DECIMALS}f}, {longitude:.{DECIMALS}f}"


def checked(latitude: float | None, longitude: float | None) -> Position:
    """To the metre. Refuses (facility.position) half a position and what is not in China."""
    if latitude is None and longitude is None:
        return NOWHERE
    if latitude is None or longitude is None or not (_within(latitude, LATITUDES) and _within(longitude, LONGITUDES)):
        raise Refusal("facility.position").at("position")
    return round(latitude, DECIMALS), round(longitude, DECIMALS)


def _within(degrees: float, bounds: tuple[int, int]) -> bool:
    return bounds[0] <= degrees <= bounds[1]


def _from_gcj(latitude: float, longitude: float) -> tuple[float, float]:
    """There is no formula back: the shift is taken off where the guess stands, until the guess shifts onto the point."""
    lat, lon = latitude, longitude
    for _ in range(4):
        north, east = _shift(lat, lon)
        lat, lon = latitude - north, longitude - east
    return lat, lon


def _shift(latitude: float, longitude: float) -> tuple[float, float]:
    """By how much GCJ-02 moves a point, in degrees (the published approximation)."""
    x, y = longitude - 105, latitude - 35
    both = 20 * math.sin(6 * math.pi * x) + 20 * math.sin(2 * math.pi * x)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + (both + 20 * math.sin(math.pi * y) + 40 * math.sin(math.pi / 3 * y) + 160 * math.sin(math.pi / 12 * y) + 320 * math.sin(math.pi / 30 * y)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + (both + 20 * math.sin(math.pi * x) + 40 * math.sin(math.pi / 3 * x) + 150 * math.sin(math.pi / 12 * x) + 300 * math.sin(math.pi / 30 * x)) * 2 / 3
    radians = math.radians(latitude)
    curve = 1 - SQUEEZE * math.sin(radians) ** 2
    north *= 180 / (AXIS * (1 - SQUEEZE) / (curve * math.sqrt(curve)) * math.pi)
    east *= 180 / (AXIS / math.sqrt(curve) * math.cos(radians) * math.pi)
    return north, east


def _from_baidu(latitude: float, longitude: float) -> tuple[float, float]:
    """BD-09 as GCJ-02 (the published approximation)."""
    x, y, turn = longitude - 0.0065, latitude - 0.006, math.pi * 3000 / 180
    far = math.hypot(x, y) - 0.00002 * math.sin(y * turn)
    angle = math.atan2(y, x) - 0.000003 * math.cos(x * turn)
    return far * math.sin(angle), far * math.cos(angle)
