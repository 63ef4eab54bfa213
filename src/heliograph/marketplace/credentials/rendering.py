"""Drawing certificates and badges with typst: documents of ours, filled with data that is never read as
markup.

A drawing has a few seconds and no part in a transaction. Fonts are those of the system: Noto, for Latin,
Greek, Cyrillic, Arabic and Chinese, Japanese and Korean characters.
"""

from __future__ import annotations

import base64
import json
import re
import struct
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TookTooLong
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from heliograph.core.errors import Problem, Unavailable
from heliograph.core.translation import gettext, gettext_noop

if TYPE_CHECKING:
    from collections.abc import Callable

FAMILIES: Final = ("Noto Sans", "Noto Sans Arabic", "Noto Sans CJK SC")
PACKAGES: Final = {
    "Noto Sans": "fonts-noto-core",
    "Noto Sans Arabic": "fonts-noto-core",
    "Noto Sans CJK SC": "fonts-noto-cjk",
}  # of Debian
SPARE: Final = ("Libertinus Serif",)  # comes with typst, for a machine without fonts
LONGEST: Final = 10  # seconds
LARGEST: Final = 5 * 2**20  # bytes
AT_ONCE: Final = 2  # drawings in a process
SHOWN: Final = 20  # characters that a refusal names
_HERE: Final = Path(__file__).parent
_MISSING: Final = re.compile(r'the text `"((?:[^"\\]|\\.)*)"` could not be displayed')
_ESCAPE: Final = re.compile(r"\\u\{([0-9a-f]+)\}")
_DARK: Final = re.compile(rb"\x01+")  # modules of a QR code, side by side
_workers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="certificates")


class CharactersMissing(Problem):
    code, status, title = "characters_missing", 422, gettext_noop("Characters missing")

    def __init__(self, characters: frozenset[str]) -> None:
        self.characters = characters
        super().__init__(
            gettext(
                "No font on this server has these characters: %(characters)s. Change the text, or ask "
                "whoever runs the server to install a font."
            )
            % {"characters": " ".join(sorted(characters)[:SHOWN])}
        )


@dataclass(frozen=True)
class Certificate:
    """Everything that a certificate and a badge show. ``small`` are lines at the foot; ``qr`` says what the
    code leads to, for those who cannot see it; ``logo`` is a PNG.
    """

    heading: str
    credential: str
    issuer: str
    name: str
    address: str
    qr: str
    blocks: tuple[str, ...] = ()
    signatures: tuple[dict[str, str], ...] = ()
    small: tuple[str, ...] = ()
    note: str = ""
    accent: str = "#8a4b08"
    landscape: bool = True
    language: str = "en"
    logo: bytes = field(default=b"", repr=False)


def pdf(shown: Certificate) -> bytes:
    """A certificate as PDF/UA-1. Raises `CharactersMissing`, and `Unavailable` where it takes too long."""
    return _limited(lambda: _drawn("certificate.typ", shown, format="pdf", pdf_standards="ua-1"))


def pdf_in_any_case(shown: Certificate, note: str) -> bytes:
    """The same; characters that no font has are replaced by question marks, and ``note`` says so."""
    try:
        return pdf(shown)
    except CharactersMissing as problem:
        return pdf(_without(shown, problem.characters, note))


def picture(shown: Certificate) -> bytes:
    """The first page of a certificate as PNG, for a preview."""
    return _limited(lambda: _drawn("certificate.typ", shown, format="png", ppi=72))


def badge_png(shown: Certificate) -> bytes:
    """The picture of a badge as PNG, 600 pixels wide."""
    return _limited(lambda: _drawn("badge.typ", shown, format="png", ppi=144))


def badge_svg(shown: Certificate) -> bytes:
    """The same as SVG; letters are drawn, so that it needs no font."""
    return _limited(lambda: _drawn("badge.typ", shown, format="svg"))


def missing_families() -> list[str]:
    """The font families that are not installed."""
    installed = set(_fonts().families())
    return [family for family in FAMILIES if family not in installed]


def is_dark(color: str) -> bool:
    """Whether white letters can be read on a color (`#rrggbb`), with a contrast of 4.5 to 1 (WCAG 2.1)."""
    return 1.05 / (_luminance(color) + 0.05) >= 4.5


def _luminance(color: str) -> float:
    """The relative luminance of WCAG 2.1."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@lru_cache(1)
def _fonts() -> Any:
    import typst  # here, because it is large and few processes need it

    return typst.Fonts()


@lru_cache(1)
def _families() -> list[str]:
    missing = missing_families()
    return [*(family for family in FAMILIES if family not in missing), *SPARE]


@lru_cache(4)
def _source(name: str) -> bytes:
    return (_HERE / name).read_bytes()


def _drawn(name: str, shown: Certificate, **options: Any) -> bytes:
    import typst

    said = {**vars(shown), "logo": bool(shown.logo), "fonts": _families(), "dark": is_dark(shown.accent)}
    files = {"main.typ": _source(name), "qr.svg": _qr(shown.address)}
    if shown.logo:
        files["logo.svg"] = _logo(shown.logo)
    try:
        made = typst.compile(files, font_paths=_fonts(), sys_inputs={"data": json.dumps(said)}, **options)
    except typst.TypstError as refused:
        missing = _characters(refused.diagnostic)
        if not missing:
            raise
        raise CharactersMissing(missing) from None
    return made[0] if isinstance(made, list) else made


def _characters(diagnostic: str) -> frozenset[str]:
    """The characters that typst says it cannot show."""
    texts = _MISSING.findall(diagnostic)
    return frozenset(
        "".join(_ESCAPE.sub(lambda found: chr(int(found[1], 16)), text) for text in texts).replace("\\", "")
    )


def _qr(address: str) -> bytes:
    """A QR code as SVG, with a border of two modules."""
    import segno

    # Any mask can be read; to look for the best of the eight takes as long as drawing the page.
    rows = segno.make(address, error="m", mask=3).matrix
    size = len(rows) + 4
    runs = (
        f"M{run.start() + 2} {y}.5h{run.end() - run.start()}"
        for y, row in enumerate(rows, 2)
        for run in _DARK.finditer(row)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}">'
        f'<path stroke="#000" d="{"".join(runs)}"/></svg>'
    ).encode()


def _logo(png: bytes) -> bytes:
    """A PNG inside of an SVG: typst takes files that are text only."""
    width, height = struct.unpack(">II", png[16:24])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}">'
        f'<image width="{width}" height="{height}" '
        f'href="data:image/png;base64,{base64.b64encode(png).decode()}"/></svg>'
    ).encode()


def _limited(draw: Callable[[], bytes]) -> bytes:
    try:
        made = _workers.submit(draw).result(LONGEST)
    except TookTooLong:
        raise Unavailable(
            gettext("The document could not be drawn in time. Try again in a minute.")
        ) from None
    if len(made) > LARGEST:
        raise Unavailable(gettext("The document is too large. Choose a smaller logo."))
    return made


def _without(shown: Certificate, characters: frozenset[str], note: str) -> Certificate:
    table = {ord(character): "?" for character in characters}

    def cleaned(text: str) -> str:
        return text.translate(table)

    return replace(
        shown,
        heading=cleaned(shown.heading),
        credential=cleaned(shown.credential),
        issuer=cleaned(shown.issuer),
        name=cleaned(shown.name),
        blocks=tuple(map(cleaned, shown.blocks)),
        signatures=tuple({key: cleaned(text) for key, text in each.items()} for each in shown.signatures),
        small=tuple(map(cleaned, shown.small)),
        note=note,
    )
