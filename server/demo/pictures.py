"""Drawn stand-ins for photographs and signatures, marked as what they are."""

import hashlib
import io

from PIL import Image, ImageDraw

from server.demo.world import World
from server.foundation import clock
from server.photos.commands import keep_photo


async def photo(world: World, what: str, when: str) -> str:
    """A drawn stand-in for a photograph, each one different, marked as what it is."""
    world.pictures += 1
    tone = hashlib.sha256(f"{what}{when}{world.pictures}".encode()).digest()
    image = Image.new("RGB", (960, 720), (150 + tone[0] % 60, 160 + tone[1] % 50, 165 + tone[2] % 50))
    pen = ImageDraw.Draw(image)
    pen.polygon([(0, 720), (330, 330), (630, 330), (960, 720)], fill=(190, 186, 178))
    pen.rectangle([330, 120, 630, 330], fill=(225, 228, 230), outline=(120, 120, 120), width=4)
    for n in range(6 if when == "整改前" else 1):
        x, y, size = 120 + (tone[n + 3] * 3) % 640, 420 + tone[n + 9] % 160, 60 + tone[n + 15] % 90
        pen.rectangle([x, y, x + size, y + size], fill=(120 + tone[n] % 90, 90 + tone[n + 1] % 60, 60), outline=(60, 50, 40), width=3)
    pen.rectangle([0, 676, 960, 720], fill=(40, 44, 48))
    pen.text((20, 688), f"DEMO {clock.now():%Y-%m-%d %H:%M}  no. {world.pictures}", fill="white", font_size=24)
    return await _keep(world, image, "JPEG")


async def ink(world: World, name: str) -> str:
    """A scribble: nobody's signature."""
    image = Image.new("RGB", (600, 200), "white")
    tone = hashlib.sha256(name.encode()).digest()
    points = [(40 + 26 * n, 60 + tone[n] % 90) for n in range(20)]
    ImageDraw.Draw(image).line(points, fill="black", width=5, joint="curve")
    return await _keep(world, image, "PNG")


async def _keep(world: World, image: Image.Image, kind: str) -> str:
    out = io.BytesIO()
    image.save(out, kind)
    sha256 = hashlib.sha256(out.getvalue()).hexdigest()
    await keep_photo(world.ledger, world.store, sha256, out.getvalue(), world.sender)
    return sha256
