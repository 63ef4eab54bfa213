"""Draw the video of the demo's course on ladders: ``uv run python -m tools.demo_video``.

It shows what `demo/courses/texts/ladders.toml` says, six seconds for each screen, with a drawing of ours. The
file is kept in the repository, because making it needs an encoder that the product does not have.
"""

import textwrap
from pathlib import Path

import av
from PIL import Image, ImageDraw, ImageFont

from heliograph.demo.courses import read_course

TARGET = Path(__file__).parents[1] / "src/heliograph/demo/courses/ladders.mp4"
SIZE, RATE, SECONDS = (640, 360), 5, 6
PAPER, INK, SUN = "#fbfaf7", "#1b2230", "#b45309"


def main() -> None:
    """Write the video to `TARGET`."""
    with av.open(str(TARGET), "w", options={"movflags": "+faststart"}) as film:
        track = film.add_stream("libx264", rate=RATE, options={"crf": "30", "preset": "veryslow"})
        track.width, track.height, track.pix_fmt = *SIZE, "yuv420p"
        for screen in read_course("ladders").lessons[0].screens:
            for number in range(RATE * SECONDS):
                picture = _drawn(screen.title, screen.text[0], number / (RATE * SECONDS))
                frame = av.VideoFrame.from_image(picture)  # type: ignore[no-untyped-call]
                for packet in track.encode(frame):
                    film.mux(packet)
        for packet in track.encode(None):
            film.mux(packet)


def _drawn(title: str, text: str, share: float) -> Image.Image:
    """One picture; somebody climbs the ladder while its screen is shown."""
    picture = Image.new("RGB", SIZE, PAPER)
    draw = ImageDraw.Draw(picture)
    draw.line((110, 330, 170, 40), fill=INK, width=6)
    draw.line((170, 330, 230, 40), fill=INK, width=6)
    for step in range(9):
        height, shift = 310 - step * 31, step * 31 * 60 / 290
        draw.line((114 + shift, height, 174 + shift, height), fill=INK, width=4)
    head = 250 - 150 * share
    middle = 170 + (330 - head) * 60 / 290 - 30
    draw.ellipse((middle - 14, head - 14, middle + 14, head + 14), fill=SUN)
    draw.line((middle, head + 14, middle, head + 60), fill=SUN, width=10)
    draw.text((290, 90), title, font=ImageFont.load_default(34), fill=INK)
    lines, font = textwrap.fill(text, 26), ImageFont.load_default(22)
    draw.multiline_text((290, 150), lines, font=font, fill=INK, spacing=8)
    draw.rectangle((0, SIZE[1] - 8, SIZE[0] * share, SIZE[1]), fill=SUN)
    return picture


if __name__ == "__main__":
    main()
