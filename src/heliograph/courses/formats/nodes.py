"""Reading XML that was written by many hands: names are compared without namespace and without regard to
case.

Which namespace and spelling is right is a matter for the report; what the author meant is hardly ever in
doubt.
"""

import math
from collections.abc import Iterator
from typing import Final

from lxml.etree import _Element

Element = _Element
MAX_TITLE: Final = 500


def local_name(tag: str) -> str:
    """A tag's or attribute's name in lower case, its namespace left out."""
    return tag.rpartition("}")[2].lower()


def namespace(tag: str) -> str:
    """A tag's or attribute's namespace, empty if it has none."""
    return tag[1:].rpartition("}")[0] if tag.startswith("{") else ""


def children(parent: Element, name: str) -> Iterator[Element]:
    """The direct children called `name`, in order."""
    lowered = name.lower()
    return (child for child in parent if local_name(str(child.tag)) == lowered)


def child(parent: Element | None, *path: str) -> Element | None:
    """The first child called as `path` says, step by step; None if there is none."""
    for name in path:
        if parent is None:
            return None
        parent = next(children(parent, name), None)
    return parent


def raw_text(element: Element | None) -> str:
    """The element's own text as written, its children's text included."""
    return "" if element is None else "".join(str(part) for part in element.itertext())


def text(element: Element | None) -> str:
    """The element's text with blanks and line ends folded, as titles are shown."""
    return " ".join(raw_text(element).split())


def title(owner: Element | None) -> str:
    """The text of the first child called title, no longer than a title can sensibly be."""
    return text(child(owner, "title"))[:MAX_TITLE]


def attribute(element: Element, name: str) -> str | None:
    """The attribute's value; the plain spelling wins over another namespace or case."""
    exact = element.get(name)
    if exact is not None:
        return str(exact)
    lowered = name.lower()
    for key, value in element.attrib.items():
        if local_name(str(key)) == lowered:
            return str(value)
    return None


def words(element: Element, name: str) -> str | None:
    """The attribute's value without blanks around it; None if absent or empty."""
    value = attribute(element, name)
    return value.strip() or None if value else None


def boolean(value: str | None, default: bool) -> bool:
    """An xs:boolean, in any case; `default` for anything else."""
    return {"true": True, "1": True, "false": False, "0": False}.get((value or "").strip().lower(), default)


def number(value: str | None) -> float | None:
    """A finite decimal number, a comma accepted for the point; None for anything else."""
    try:
        parsed = float((value or "").strip().replace(",", "."))
    except ValueError:
        return None
    return parsed if math.isfinite(parsed) else None
