"""A course as a PDF: a page for each screen, in a font that every reader has, as text that is found."""

import textwrap
from collections.abc import Iterator
from typing import Final

from heliograph.demo.courses.content import Course, Screen

PAGE: Final = (595, 842)  # points: A4
MARGIN: Final = 72
LINE: Final = 72  # characters


def as_pdf(course: Course) -> bytes:
    """The document (ISO 32000-1, section 7.5: header, objects, their places, trailer)."""
    screens = course.lessons[0].screens
    pages = [4 + 2 * number for number in range(len(screens))]  # the numbers of their objects
    kids = " ".join(f"{page} 0 R" for page in pages)
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode(),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for page, screen in zip(pages, screens, strict=True):
        shown = _shown(course, screen, screens.index(screen) + 1)
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {PAGE[0]} {PAGE[1]}] /Contents {page + 1} 0 R "
            f"/Resources << /Font << /F1 3 0 R >> >> >>".encode(),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(shown), shown),
        ]
    written, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    return (
        written
        + (
            f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
            f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(written)}\n%%EOF\n"
        ).encode()
    )


def _shown(course: Course, screen: Screen, number: int) -> bytes:
    lines = [
        (10, PAGE[1] - 48, course.title),
        (22, PAGE[1] - 110, screen.title),
        *((12, height, line) for height, line in _paragraphs(screen)),
        (10, 40, str(number)),
    ]
    return b"\n".join(
        f"BT /F1 {size} Tf {MARGIN} {height} Td (".encode() + _escaped(text) + b") Tj ET"
        for size, height, text in lines
    )


def _paragraphs(screen: Screen) -> Iterator[tuple[int, str]]:
    """Each line, and its height on the page."""
    height = PAGE[1] - 150
    for text in screen.text:
        for line in textwrap.wrap(text, LINE):
            yield height, line
            height -= 18
        height -= 10


def _escaped(text: str) -> bytes:
    return text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)").encode("cp1252")
