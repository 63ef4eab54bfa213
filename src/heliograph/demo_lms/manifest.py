"""Reads an imsmanifest.xml as an LMS does: which standard, which title, which items are launched, with what
facts.

Elements are found by their local name, because the editions of SCORM 2004 move them between namespaces.
Sources: SCORM 1.2 CAM 2.3 (packaging) and SCORM 2004 4th Ed. CAM 3.4 (manifest) and 5.1 (sequencing).
"""

import re
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from lxml import etree

from heliograph.demo_lms.errors import Refusal

MANIFEST_BYTES = 8 * 1024 * 1024
MAX_ITEMS = 2_000
Element = Any  # lxml is not typed strictly enough to say more

EDITIONS = {
    "1.2": ("scorm12", "SCORM 1.2"),
    "cam 1.3": ("scorm2004", "SCORM 2004 2nd Edition"),
    "2004 2nd edition": ("scorm2004", "SCORM 2004 2nd Edition"),
    "2004 3rd edition": ("scorm2004", "SCORM 2004 3rd Edition"),
    "2004 4th edition": ("scorm2004", "SCORM 2004 4th Edition"),
}
NAMESPACES = {
    "http://www.imsproject.org/xsd/imscp_rootv1p1p2": ("scorm12", "SCORM 1.2"),
    "http://www.imsglobal.org/xsd/imscp_v1p1": ("scorm2004", "SCORM 2004"),
}


@dataclass(frozen=True)
class Sco:
    """One launchable item: `href` is relative to the package, query included; `facts` seed its data model."""

    identifier: str
    title: str
    href: str
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Course:
    """What a manifest says; `standard` is `scorm12` or `scorm2004`, `edition` the name people know it by."""

    title: str
    standard: str
    edition: str
    scos: list[Sco]

    def scos_as_json(self) -> list[dict[str, Any]]:
        return [asdict(sco) for sco in self.scos]


def read(document: bytes) -> Course:
    """The course a manifest describes.

    Raises Refusal when it is not XML, of another standard, or names nothing to launch.
    """
    root = _parse(document)
    standard, edition = _standard(root)
    organization = _organization(root)
    hrefs = _hrefs(root)
    scos = [_sco(item, hrefs, standard) for item in _items(organization) if item.get("identifierref")]
    if not scos:
        raise Refusal(422, "nothing_to_launch", "The manifest names no item that could be launched.")
    if len(scos) > MAX_ITEMS:
        raise Refusal(422, "too_many_items", f"The manifest names more than {MAX_ITEMS} items.")
    return Course(_text(organization, "title") or "Untitled course", standard, edition, scos)


def _parse(document: bytes) -> Element:
    if len(document) > MANIFEST_BYTES:
        raise Refusal(413, "manifest_too_large", "The manifest is larger than 8 MB.")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root: Element = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as problem:
        raise Refusal(
            422, "manifest_not_xml", f"The imsmanifest.xml is not well-formed XML: {problem.msg}."
        ) from None
    if _name(root) != "manifest":
        raise Refusal(422, "manifest_not_ims", "The imsmanifest.xml does not start with a manifest element.")
    return root


def _standard(root: Element) -> tuple[str, str]:
    version = _text(_child(root, "metadata"), "schemaversion")
    if version.lower() in EDITIONS:
        return EDITIONS[version.lower()]
    if not version and (namespace := etree.QName(root).namespace) in NAMESPACES:
        return NAMESPACES[namespace]
    version_said = f"says version “{version}”" if version else "does not say its version"
    raise Refusal(
        422, "standard_unknown", f"The manifest {version_said}; this LMS plays SCORM 1.2 and SCORM 2004."
    )


def _organization(root: Element) -> Element:
    organizations = _child(root, "organizations")
    every = _children(organizations, "organization")
    if not every:
        raise Refusal(
            422, "no_organization", "The manifest has no organization, so there is nothing to launch."
        )
    named = organizations.get("default")
    return next((organization for organization in every if organization.get("identifier") == named), every[0])


def _items(parent: Element) -> list[Element]:
    items = []
    for item in _children(parent, "item"):
        items += [item, *_items(item)]
    return items


def _hrefs(root: Element) -> dict[str, str]:
    """Resource identifiers and where they start, `xml:base` of manifest, resources and resource applied."""
    base = "{http://www.w3.org/XML/1998/namespace}base"
    resources = _child(root, "resources")
    outer = urljoin(root.get(base, ""), resources.get(base, "") if resources is not None else "")
    hrefs = {}
    for resource in _children(resources, "resource"):
        if resource.get("identifier") and resource.get("href"):
            hrefs[resource.get("identifier")] = urljoin(
                urljoin(outer, resource.get(base, "")), resource.get("href")
            )
    return hrefs


def _sco(item: Element, hrefs: dict[str, str], standard: str) -> Sco:
    reference = item.get("identifierref")
    if reference not in hrefs:
        raise Refusal(
            422, "item_without_file", f"The item “{item.get('identifier')}” points at no file to launch."
        )
    href = _with_parameters(hrefs[reference], item.get("parameters", ""))
    if urlsplit(href).scheme not in ("", "http", "https"):
        raise Refusal(
            422, "launch_not_web", f"The item “{item.get('identifier')}” does not start with a web page."
        )
    facts = _facts_of_2004(item) if standard == "scorm2004" else _facts_of_12(item)
    identifier = item.get("identifier") or reference
    return Sco(identifier, _text(item, "title") or identifier, href, {k: v for k, v in facts.items() if v})


def _with_parameters(href: str, parameters: str) -> str:
    """SCORM 2004 4th Ed. CAM 3.4.1.7: how an item's parameters join the launch address."""
    parameters = parameters.lstrip("?&")
    if not parameters:
        return href
    if parameters.startswith("#"):
        return href if "#" in href else href + parameters
    return href + ("&" if "?" in href else "?") + parameters


def _facts_of_12(item: Element) -> dict[str, Any]:
    return {
        "mastery_score": _text(item, "masteryscore"),
        "max_time_allowed": _text(item, "maxtimeallowed"),
        "time_limit_action": _text(item, "timelimitaction"),
        "launch_data": _text(item, "datafromlms"),
    }


def _facts_of_2004(item: Element) -> dict[str, Any]:
    sequencing = _child(item, "sequencing")
    primary = _child(_child(sequencing, "objectives"), "primaryObjective")
    objectives = [primary, *_children(_child(sequencing, "objectives"), "objective")]
    limits = _child(sequencing, "limitConditions")
    by_measure = primary is not None and primary.get("satisfiedByMeasure") == "true"
    return {
        "launch_data": _text(item, "dataFromLMS"),
        "time_limit_action": _text(item, "timeLimitAction"),
        "max_time_allowed": limits.get("attemptAbsoluteDurationLimit", "") if limits is not None else "",
        "scaled_passing_score": (_text(primary, "minNormalizedMeasure") or "1.0") if by_measure else "",
        "completion_threshold": _threshold(_child(item, "completionThreshold")),
        "objectives": [
            objective.get("objectiveID")
            for objective in objectives
            if objective is not None and objective.get("objectiveID")
        ],
    }


def _threshold(element: Element) -> str:
    """The text in the 2nd and 3rd edition; attributes, counting only when completedByMeasure, in the 4th."""
    if element is None:
        return ""
    if element.get("completedByMeasure") == "true":
        return str(element.get("minProgressMeasure", "1.0"))
    return (element.text or "").strip()


def _name(element: Element) -> str:
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def _children(element: Element, name: str) -> list[Element]:
    return [child for child in element if _name(child) == name] if element is not None else []


def _child(element: Element, name: str) -> Element:
    return next(iter(_children(element, name)), None)


def _text(element: Element, name: str) -> str:
    child = _child(element, name)
    return re.sub(r"\s+", " ", "".join(child.itertext())).strip() if child is not None else ""
