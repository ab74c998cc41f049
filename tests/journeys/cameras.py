"""What a phone's camera sees: films of one frame, as Chromium takes them for a camera."""

from pathlib import Path

import segno
from PIL import Image

SIZE = (640, 480)
GREY, BLACK = 150, 8
FAKE = "--use-fake-device-for-media-stream"


def seeing(folder: Path, text: str = "", light: int = GREY) -> tuple[str, str]:
    """The flags of a browser whose camera sees a wall of this brightness (0 to 255), with this code on it, a little turned."""
    frame = Image.new("L", SIZE, light)
    if text:
        drawn = [[bool(dark) for dark in row] for row in segno.make(text, error="q", micro=False).matrix_iter(scale=1, border=3)]
        code = Image.new("L", (len(drawn), len(drawn)))
        code.putdata([30 if dark else 225 for row in drawn for dark in row])
        frame.paste((sheet := code.resize((300, 300), Image.Resampling.NEAREST).rotate(12, expand=True, fillcolor=light, resample=Image.Resampling.BICUBIC)), (640 // 2 - sheet.width // 2, 30))
    film = folder / f"camera-{abs(hash((text, light)))}.y4m"
    film.write_bytes(b"YUV4MPEG2 W640 H480 F10:1 Ip A1:1 C420jpeg\n" + (b"FRAME\n" + frame.tobytes() + bytes([128]) * (640 * 480 // 2)) * 2)
    return FAKE, f"--use-file-for-fake-video-capture={film}"
