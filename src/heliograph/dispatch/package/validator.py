"""Checks a package against the standard's rules, so that what we hand out is what a strict LMS takes.

Sources: IMS Content Packaging 1.1.2 and 1.1.4 (manifest, organizations, resources); SCORM CAM 1.2, 2.3; SCORM
2004 CAM 3.4 and 5.2. Returns every rule that is broken, one sentence each; nothing for a sound package.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from lxml import etree

from heliograph.core.xml import XmlRefused, parse

CP = {
    "1.2": "http://www.imsproject.org/xsd/imscp_rootv1p1p2",
    "2004": "http://www.imsglobal.org/xsd/imscp_v1p1",
}
ADLCP = {"1.2": "http://www.adlnet.org/xsd/adlcp_rootv1p2", "2004": "http://www.adlnet.org/xsd/adlcp_v1p3"}
IMSSS = "http://www.imsglobal.org/xsd/imsss"
SCORM_TYPE = {"1.2": "scormtype", "2004": "scormType"}
SCHEMA_VERSIONS = {"1.2": {"1.2"}, "2004": {"CAM 1.3", "2004 3rd Edition", "2004 4th Edition"}}
CHILDREN = ("metadata", "organizations", "resources")
_ID = re.compile(r"[^\W\d][\w.\-]*")  # xs:ID is an NCName


def broken_rules(package: bytes) -> list[str]:
    """The rules this package breaks, in the order of the manifest."""
    try:
        with zipfile.ZipFile(io.BytesIO(package)) as archive:
            names = archive.namelist()
            if "imsmanifest.xml" not in names:
                return ["The package has no imsmanifest.xml at its root."]
            root = parse(archive.read("imsmanifest.xml")).root
    except zipfile.BadZipFile:
        return ["The package is not a zip file."]
    except XmlRefused as refusal:
        return [f"The manifest {refusal.sentence}"]
    return [*_names(names), *_manifest(root, set(names) - {"imsmanifest.xml"})]


def _names(names: list[str]) -> Iterator[str]:
    for name in names:
        if name.startswith("/") or "\\" in name or ".." in name.split("/"):
            yield f"The name “{name}” leads out of the package."
    if len({name.lower() for name in names}) < len(names):
        yield "Two files differ in upper and lower case alone."


def _manifest(root: etree._Element, files: set[str]) -> Iterator[str]:
    version = next(
        (version for version, namespace in CP.items() if root.tag == f"{{{namespace}}}manifest"), None
    )
    if version is None:
        yield f"The root element is {root.tag}, not the manifest of SCORM 1.2 or SCORM 2004."
        return
    cp = CP[version]
    order = [etree.QName(child).localname for child in root if isinstance(child.tag, str)]
    if tuple(order) != CHILDREN:
        yield (
            f"The manifest holds {order}; it must hold metadata, organizations and resources, in this order."
        )
        return
    yield from _metadata(root, cp, version)
    yield from _identifiers(root)
    yield from _organizations(root, cp)
    yield from _resources(root, cp, version, files)


def _metadata(root: etree._Element, cp: str, version: str) -> Iterator[str]:
    if root.findtext(f"{{{cp}}}metadata/{{{cp}}}schema") != "ADL SCORM":
        yield "The schema is not “ADL SCORM”."
    if root.findtext(f"{{{cp}}}metadata/{{{cp}}}schemaversion") not in SCHEMA_VERSIONS[version]:
        yield f"The schemaversion is none of SCORM {version}."


def _identifiers(root: etree._Element) -> Iterator[str]:
    identifiers = [
        element.get("identifier")
        for element in root.iter()
        if isinstance(element.tag, str) and etree.QName(element).localname != "file"
    ]
    given = [identifier for identifier in identifiers if identifier is not None]
    for identifier in given:
        if not _ID.fullmatch(identifier):
            yield f"“{identifier}” is not a valid identifier."
    if len(set(given)) < len(given):
        yield "An identifier is used twice."


def _organizations(root: etree._Element, cp: str) -> Iterator[str]:
    organizations = root.find(f"{{{cp}}}organizations")
    assert organizations is not None  # noqa: S101 - `_manifest` has seen it
    by_identifier = {
        organization.get("identifier"): organization
        for organization in organizations.iterfind(f"{{{cp}}}organization")
    }
    if organizations.get("default") not in by_identifier:
        yield "The default organization is not among the organizations."
    resources = {
        resource.get("identifier") for resource in root.iterfind(f"{{{cp}}}resources/{{{cp}}}resource")
    }
    for organization in by_identifier.values():
        if not (organization.findtext(f"{{{cp}}}title") or "").strip():
            yield "An organization has no title."
        items = list(organization.iter(f"{{{cp}}}item"))
        if not items:
            yield "An organization has no item."
        for item in items:
            yield from _item(item, cp, resources)


def _item(item: etree._Element, cp: str, resources: set[str | None]) -> Iterator[str]:
    name = item.get("identifier")
    if not (item.findtext(f"{{{cp}}}title") or "").strip():
        yield f"The item “{name}” has no title."
    children = item.findall(f"{{{cp}}}item")
    reference = item.get("identifierref")
    if reference is None and not children:
        yield f"The item “{name}” has neither a resource nor children."
    if reference is not None and reference not in resources:
        yield f"The item “{name}” refers to “{reference}”, which is no resource."
    for child in item:
        if isinstance(child.tag, str) and etree.QName(child).namespace not in (cp, IMSSS, *ADLCP.values()):
            yield f"The item “{name}” holds {child.tag}, which belongs to no standard named in SCORM."


def _resources(root: etree._Element, cp: str, version: str, files: set[str]) -> Iterator[str]:
    listed: set[str] = set()
    for resource in root.iterfind(f"{{{cp}}}resources/{{{cp}}}resource"):
        name, href = resource.get("identifier"), resource.get("href", "")
        of_resource = {file.get("href", "") for file in resource.iterfind(f"{{{cp}}}file")}
        listed |= {unquote(href) for href in of_resource}
        if resource.get("type") != "webcontent":
            yield f"The resource “{name}” is not of type webcontent."
        if resource.get(f"{{{ADLCP[version]}}}{SCORM_TYPE[version]}") not in ("sco", "asset"):
            yield f"The resource “{name}” is neither SCO nor asset."
        if urlsplit(href).path not in of_resource:
            yield f"The resource “{name}” does not list the file it launches."
    for missing in sorted(listed - files):
        yield f"The file “{missing}” is listed and not in the package."
    for extra in sorted(files - listed):
        yield f"The file “{extra}” is in the package and not listed."
