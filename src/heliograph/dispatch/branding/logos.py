"""Logos as they are uploaded: PNG, JPEG, or SVG of shapes and nothing that could act.

A package lies on the customer's own site, where somebody may open the logo as a page of its own. So an SVG is
written anew from what is allowed here: what editors leave in it for themselves is dropped, and what could
run, load or lead elsewhere is refused.
"""

import base64
import binascii
import hashlib
import io
import re
from typing import Final

from lxml import etree

from heliograph.core.errors import Invalid
from heliograph.core.translation import gettext, grouped, translated
from heliograph.core.xml import XmlLimits, XmlRefused, parse
from heliograph.dispatch.branding.svg import Unsafe, safe

LARGEST: Final = 128 * 1024
MOST_PIXELS: Final = 4_000  # in each direction
KINDS: Final = {"PNG": "png", "JPEG": "jpg"}
TYPES: Final = {"png": "image/png", "jpg": "image/jpeg", "svg": "image/svg+xml"}
NAME: Final = re.compile(r"[0-9a-f]{32}\.(png|jpg|svg)")
_ADDRESS = re.compile(r"data:[\w.+/-]*;base64,(.*)", re.DOTALL)


class LogoRefused(Invalid):
    code = "logo_refused"

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, field="logo")


def read_address(text: str) -> bytes:
    """The bytes of a ``data:`` address. Raises `LogoRefused`."""
    match = _ADDRESS.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        return base64.b64decode(match[1], validate=True)
    except (binascii.Error, ValueError):
        raise LogoRefused(
            gettext("Send the logo as “data:image/png;base64,…” or as the name of an uploaded logo.")
        ) from None


def data_address(name: str, content: bytes) -> str:
    """A logo as a ``data:`` address."""
    return f"data:{TYPES[name.rpartition('.')[2]]};base64,{base64.b64encode(content).decode()}"


def cleaned(content: bytes) -> tuple[str, bytes]:
    """The name and the bytes to keep of an uploaded logo; the same image has the same name.

    Raises `LogoRefused`.
    """
    if len(content) > LARGEST:
        raise LogoRefused(
            gettext("The logo is larger than %(value)s KB. Choose a smaller file.")
            % {"value": LARGEST // 1024}
        )
    kind, kept = (
        ("svg", _drawing(content))
        if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
        else (_picture(content), content)
    )
    return f"{hashlib.sha256(kept).hexdigest()[:32]}.{kind}", kept


def _picture(content: bytes) -> str:
    """The kind of a picture that can be decoded, whatever its file is called."""
    from PIL import Image  # here, because it costs every process much to load and few ever need it

    try:
        with Image.open(io.BytesIO(content), formats=list(KINDS)) as image:
            kind, size = image.format, image.size
            if max(size) <= MOST_PIXELS:
                image.load()
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise LogoRefused(gettext("The logo can't be read. Choose a PNG, JPEG or SVG image.")) from None
    if max(size) > MOST_PIXELS:
        raise LogoRefused(
            gettext(
                "The logo is %(size)s by %(size_2)s pixels. The maximum is %(most_pixels)s by "
                "%(most_pixels_2)s."
            )
            % {
                "size": grouped(size[0]),
                "size_2": grouped(size[1]),
                "most_pixels": grouped(MOST_PIXELS),
                "most_pixels_2": grouped(MOST_PIXELS),
            }
        )
    return KINDS[str(kind)]


def _drawing(content: bytes) -> bytes:
    try:
        root = parse(
            content,
            XmlLimits(max_bytes=LARGEST, max_depth=50, max_elements=20_000),
            ignore_external_doctype=True,
        ).root
        drawing = safe(root)
    except XmlRefused as refusal:
        raise LogoRefused(
            gettext("The SVG %(sentence)s") % {"sentence": translated(refusal.sentence)}
        ) from None
    except Unsafe as reason:
        raise LogoRefused(
            gettext("The SVG contains %(reason)s, which a logo can't have. Export it as plain SVG or PNG.")
            % {"reason": reason}
        ) from None
    return bytes(etree.tostring(drawing, encoding="UTF-8", xml_declaration=True))
