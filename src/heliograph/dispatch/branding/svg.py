"""An SVG that can only be looked at: written anew from a list of what may be in it.

Elements and attributes of other namespaces (what drawing programs note for themselves), comments and
instructions are left out. Anything else that is not on the list, and any reference that leaves the drawing,
is refused by name.
"""

import re
from typing import Any, Final

from lxml import etree

from heliograph.core.translation import gettext
from heliograph.courses.formats.nodes import Element, namespace

SVG: Final = "http://www.w3.org/2000/svg"
XLINK: Final = "http://www.w3.org/1999/xlink"
NAMES: Final = (
    "svg g defs symbol use title desc path rect circle ellipse line polyline polygon text tspan clipPath "
    "mask marker pattern linearGradient radialGradient stop style filter feBlend feColorMatrix "
    "feComponentTransfer feComposite feConvolveMatrix feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR "
    "feGaussianBlur feMerge feMergeNode feMorphology feOffset feTile feTurbulence"
)
ELEMENTS: Final = frozenset(NAMES.split())
NAMESPACES: Any = {None: SVG, "xlink": XLINK}
DROPPED: Final = frozenset({"metadata"})
ATTRIBUTE: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
INSIDE: Final = re.compile(r"#[\w.:-]+")
ADDRESS: Final = re.compile(r"url\(\s*['\"]?\s*(.*?)\s*['\"]?\s*\)", re.IGNORECASE | re.DOTALL)
COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)


class Unsafe(Exception):
    """What was found, in words."""


def safe(root: Element) -> Element:
    """A copy of the drawing with nothing in it but shapes, text and colors. Raises `Unsafe`."""
    if root.tag not in (f"{{{SVG}}}svg", "svg"):
        raise Unsafe(gettext("no drawing"))
    copy: Element = etree.Element(f"{{{SVG}}}svg", nsmap=NAMESPACES)
    _fill(copy, root)
    return copy


def _fill(copy: Element, original: Element) -> None:
    for key, value in original.attrib.items():
        _attribute(copy, str(key), str(value))
    copy.text, copy.tail = original.text, None
    last: Element | None = None
    for child in original:
        made = _child(copy, child)
        last = made if made is not None else last
        if last is None:
            copy.text = (copy.text or "") + (child.tail or "")
        else:
            last.tail = (last.tail or "") + (child.tail or "")
    if etree.QName(copy).localname == "style":
        _style("".join(str(text) for text in copy.itertext()))


def _child(copy: Element, child: Element) -> Element | None:
    if not isinstance(child.tag, str) or namespace(child.tag) not in ("", SVG):
        return None
    name = etree.QName(child).localname
    if name in DROPPED:
        return None
    if name not in ELEMENTS:
        raise Unsafe(gettext("an element “%(name)s”") % {"name": name[:50]})
    made: Element = etree.SubElement(copy, f"{{{SVG}}}{name}")
    _fill(made, child)
    return made


def _attribute(copy: Element, key: str, value: str) -> None:
    home, name = namespace(key), etree.QName(key).localname
    if home and home != XLINK:
        return
    lowered = name.lower()
    if lowered.startswith("on") or not ATTRIBUTE.fullmatch(name):
        raise Unsafe(gettext("an attribute “%(name)s”") % {"name": name[:50]})
    if lowered == "href":
        if not INSIDE.fullmatch(value.strip()):
            raise Unsafe(gettext("an external reference"))
        copy.set(f"{{{XLINK}}}href" if home else "href", value.strip())
    elif not home:
        _style(value)
        copy.set(name, value)


def _style(text: str) -> None:
    """Raise `Unsafe` for a style, or any other value, that would load something."""
    plain = COMMENT.sub("", text)
    lowered = plain.lower()
    addresses = ADDRESS.findall(plain)
    if len(addresses) != lowered.count("url(") or not all(INSIDE.fullmatch(address) for address in addresses):
        raise Unsafe(gettext("an external reference"))
    if (
        "\\" in plain
        or "@import" in lowered
        or "javascript:" in lowered
        or "expression(" in lowered
        or "image-set(" in lowered
    ):
        raise Unsafe(gettext("a style with active content"))
