"""Photos of 300 KB taken in over HTTP by eight clients, durable and looked at; beside the same bodies read by the same server and only synced, and writing and syncing the files with no server."""

import asyncio
import io
import os
import tempfile
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image

from bench.house import House, house
from bench.phone import printed
from bench.server import synced
from server.foundation.ids import new_id
from tests.photos.pictures import sha

CLIENTS, PHOTOS = 8, 400


def shot() -> bytes:
    """1600 × 1200, some 300 KB: grain that is smooth, as a phone's sensor and JPEG leave it."""
    image = Image.merge("RGB", [Image.effect_noise((240, 180), 60) for _ in range(3)]).resize((1600, 1200), Image.Resampling.BICUBIC)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=72)
    return out.getvalue()


async def taken(served: House, photos: list[bytes], path: str = "/photos") -> float:
    """Photos a second over so many connections at once, each PUT whole; every answer is checked."""
    queue = iter(photos)

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
        for content in queue:
            writer.write(
                f"PUT {path}/{sha(content)}?offset=0 HTTP/1.1\r\nhost: 127.0.0.1:{served.port}\r\nx-dugai: 1\r\ncookie: {served.cookie}\r\n"
                f"upload-length: {len(content)}\r\ncontent-length: {len(content)}\r\n\r\n".encode() + content
            )  # fmt: skip
            answer = await reader.readuntil(b"\r\n\r\n")
            if b"upload-complete: ?1" not in answer.lower():
                raise RuntimeError(answer.decode()[:300])
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(CLIENTS)))
    return len(photos) / (time.perf_counter() - started)


def plain(photos: list[bytes]) -> float:
    """The same files written and synced by as many threads, and nothing else."""
    with tempfile.TemporaryDirectory(prefix="dugai-bench-", dir=os.environ.get("DUGAI_BENCH")) as folder:
        started = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as threads:
            list(threads.map(lambda content: synced(Path(folder) / new_id(), content), photos))
        return len(photos) / (time.perf_counter() - started)


def fresh(count: int, one: bytes) -> list[bytes]:
    return [one + new_id().encode() for _ in range(count)]


async def figures() -> AsyncIterator[tuple[str, str, str]]:
    one = shot()
    async with house() as served:
        await taken(served, fresh(40, one))  # warm
        rates = []
        for _ in range(3):
            photos = fresh(PHOTOS, one)
            beside, before = await asyncio.to_thread(plain, photos), served.cpu()
            floor, between = await taken(served, photos, "/swallowed"), served.cpu()
            rate = await taken(served, photos)
            rates.append((rate, beside, floor, (served.cpu() - between) * 1000 / PHOTOS, (between - before) * 1000 / PHOTOS))
        rate, beside, floor, cpu, least = sorted(rates, key=lambda found: found[0] / found[1])[1]
        yield (
            f"photos of {len(one) // 1000} KB/s, {CLIENTS} clients",
            f"{rate:,.0f}/s = {rate / beside:.2f} × plain write and fsync ({beside:,.0f}/s), {cpu:.1f} CPU-ms each; "
            f"{rate / floor:.2f} × read and synced by the same server ({floor:,.0f}/s = {floor / beside:.2f} × plain, {least:.1f} CPU-ms each)",
            "≥ 0.7 ×",
        )


if __name__ == "__main__":
    asyncio.run(printed(figures()))
