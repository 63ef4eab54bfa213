"""The picture of a program that other sites show beside a link to it (Open Graph)."""

from __future__ import annotations

import io
import textwrap
from functools import lru_cache

from django.http import HttpRequest, HttpResponse
from django.urls import path

from heliograph.marketplace import sites
from heliograph.marketplace.programs.queries import offered_program

SIZE = (1200, 630)
MARGIN, TITLE_SIZE, LINE, SMALL_SIZE = 80, 72, 88, 36
MOST_LINES, LETTERS_OF_LINE, LETTERS_OF_NAME = 4, 27, 55
PAPER, INK, SUN = "#faf8f4", "#1f2430", "#e0a030"
MOST_KEPT = 128
AGE = 86_400


def picture(request: HttpRequest, program_id: str) -> HttpResponse:
    """The title of a program and the catalog's name, as a PNG."""
    site = sites.of_request(request)
    version = offered_program(site.organization_id, program_id).published
    assert version is not None  # noqa: S101 - it is offered
    response = HttpResponse(draw(version.title, site.title), content_type="image/png")
    response["Cache-Control"] = f"public, max-age={AGE}"
    return response


@lru_cache(MOST_KEPT)
def draw(title: str, name: str) -> bytes:
    """A PNG of 1200 by 630 pixels."""
    from PIL import Image, ImageDraw, ImageFont  # here: it costs every process much to load, and few need it

    drawn = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(drawn)
    pen.rectangle((0, 0, SIZE[0], 16), fill=SUN)
    lines = textwrap.wrap(title, LETTERS_OF_LINE, max_lines=MOST_LINES, placeholder="…")
    for number, line in enumerate(lines):
        pen.text((MARGIN, MARGIN + number * LINE), line, fill=INK, font=ImageFont.load_default(TITLE_SIZE))
    small = ImageFont.load_default(SMALL_SIZE)
    pen.text((MARGIN, SIZE[1] - MARGIN - SMALL_SIZE), textwrap.shorten(name, LETTERS_OF_NAME), INK, small)
    written = io.BytesIO()
    drawn.save(written, "PNG", optimize=True)
    return written.getvalue()


urlpatterns = [path("catalog/<str:program_id>/picture.png", picture, name="catalog_picture")]
