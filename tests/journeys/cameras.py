"""What a phone's camera sees: films of one frame, as Chromium takes them for a camera."""

from pathlib import Path

import segno
from PIL import Image

WIDTH, HEIGHT = 640, 480
GREY, BLACK = 150, 8
FAKE = "--use-fake-device-for-media-stream"


def seeing(folder: Path, text: str = "", light: int = GREY) -> tuple[str, str]:
    """The flags of a browser whose camera sees a wall of this brightness (0 to 255), with this code on it, a little turned."""
    frame = Image.new("L", (WIDTH, HEIGHT), light)
    if text:
        drawn = [[bool(dark) for dark in row] for row in segno.make(text, error="q", micro=False).matrix_iter(scale=1, border=3)]
        code = Image.new("L", (len(drawn), len(drawn)))
        code.putdata([30 if dark else 225 for row in drawn for dark in row])
        sheet = code.resize((300, 300), Image.Resampling.NEAREST).rotate(12, expand=True, fillcolor=light, resample=Image.Resampling.BICUBIC)
        frame.paste(sheet, ((WIDTH - sheet.width) // 2, (HEIGHT - sheet.height) // 2))
    film = folder / f"camera-{abs(hash((text, light)))}.y4m"
    shot = b"FRAME\n" + frame.tobytes() + bytes([128]) * (WIDTH * HEIGHT // 2)  # grey: no colour
    film.write_bytes(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode() + shot * 2)
    return FAKE, f"--use-file-for-fake-video-capture={film}"
