"""The manifest of an embedded package: the author's own, in which each SCO opens our wrapper and the wrapper
knows the author's page.

Everything else stays as the author wrote it: organizations, sequencing, parameters, assets. References are
found as the import finds them, so what plays here plays there.
"""

import posixpath
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from lxml import etree

from heliograph.core.translation import gettext
from heliograph.core.xml import parse
from heliograph.courses.findings import Report
from heliograph.courses.formats import editions
from heliograph.courses.formats.hrefs import Library
from heliograph.courses.formats.nodes import Element, attribute, child, children, local_name, namespace
from heliograph.courses.formats.resources import Resource, Resources
from heliograph.dispatch.errors import FormatNotOffered
from heliograph.dispatch.package.formats import EDITIONS, Format, format_called

WRAPPER_RESOURCE = "heliograph-wrapper"


@dataclass(frozen=True)
class Rewritten:
    """A manifest's bytes, and the course paths of the pages that our wrapper opens, in manifest order."""

    content: bytes
    pages: list[str]


def rewrite(
    original: bytes, paths: Iterable[str], page: str, wrapper_files: list[str], format: Format | None = None
) -> Rewritten:
    """The manifest with every SCO led to ``page``, a wrapper's page in the package, and and said to be of
    another edition where a ``format`` asks for one.

    Raises `XmlRefused`, `FormatNotOffered`.
    """
    root = parse(original).root
    if format:
        _declare(root, format)
    shelf = Resources(root, Library(paths), Report())
    pages = [opened for resource in shelf if (opened := _lead_to(page, resource, shelf))]
    if pages:
        _add_wrapper(root, wrapper_files)
    content = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return Rewritten(content, list(dict.fromkeys(pages)))


def _declare(root: Element, format: Format) -> None:
    """Say that the course is of this edition of SCORM 2004.

    Raises `FormatNotOffered` for one that lacks what the course uses.
    """
    needed = format_called(f"scorm2004-{editions.needed(root)}")
    if EDITIONS.index(format.name) < EDITIONS.index(needed.name):
        raise FormatNotOffered(
            gettext("This course uses features of %(label)s. Choose “%(format)s” or a hosted package.")
            % {"label": needed.label, "format": needed.name}
        )
    metadata = child(root, "metadata")
    if metadata is None:
        metadata = etree.Element(_named(root, "metadata"))
        root.insert(0, metadata)
    for index, (name, value) in enumerate(
        (("schema", "ADL SCORM"), ("schemaversion", format.schema_version))
    ):
        element = child(metadata, name)
        if element is None:
            element = etree.Element(_named(metadata, name))
            metadata.insert(index, element)
        element.text = value


def _lead_to(page: str, resource: Resource, shelf: Resources) -> str | None:
    """Lead a SCO to the wrapper; the course path of its own page, or None for what stays as it is."""
    launch = shelf.launch(resource, None)
    if launch is None or launch["kind"] != "sco" or launch["href"] not in shelf.library.paths:
        return None
    element = resource.element
    wrapper = posixpath.relpath(page, _base_folder(resource.bases) or ".")
    own_page = quote(launch["href"]) + launch["query"]
    element.set(_attribute_name(element, "href"), f"{wrapper}?page={quote(own_page, safe='/')}")
    file = etree.Element(_named(element, "file"), href=wrapper)
    element.insert(sum(1 for _ in children(element, "metadata")), file)
    etree.SubElement(element, _named(element, "dependency"), identifierref=WRAPPER_RESOURCE)
    return launch["href"]


def _add_wrapper(root: Element, files: list[str]) -> None:
    """A resource of its own for our files, below the first group of resources, whatever base that one has."""
    group = next(children(root, "resources"))
    base = _base_folder(tuple(words for element in (root, group) if (words := attribute(element, "base"))))
    made = etree.SubElement(group, _named(group, "resource"), identifier=WRAPPER_RESOURCE, type="webcontent")
    kind = next(
        (str(name) for element in group for name in element.attrib if local_name(str(name)) == "scormtype"),
        None,
    )
    if kind:
        made.set(kind, "asset")
    addresses = [posixpath.relpath(name, base or ".") for name in files]
    made.set("href", addresses[0])
    for address in addresses:
        etree.SubElement(made, _named(group, "file"), href=address)


def _base_folder(bases: tuple[str, ...]) -> str:
    """The folder that these xml:base values lead to, seen from the package."""
    folder = ""
    for base in bases:
        folder = posixpath.join(folder, posixpath.dirname(base.strip().replace("\\", "/")))
    return posixpath.normpath(folder.strip("/")) if folder.strip("/") else ""


def _attribute_name(element: Element, name: str) -> str:
    """How the author spelled the attribute."""
    return next((str(key) for key in element.attrib if local_name(str(key)) == name), name)


def _named(sibling: Element, name: str) -> str:
    """An element's name in the namespace of its neighbor."""
    space = namespace(str(sibling.tag))
    return f"{{{space}}}{name}" if space else name
