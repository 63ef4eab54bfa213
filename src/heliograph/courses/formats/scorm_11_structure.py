"""Reading SCORM 1.1: its Content Structure Format, an XML file of any name with a tree of blocks and SCOs.

It is older than the manifest of IMS: no resources and no namespaces, launch addresses in the tree itself, and
aliases that use a block or SCO a second time.
"""

from typing import Final

from heliograph.core.translation import gettext_noop, told
from heliograph.courses.findings import Report
from heliograph.courses.formats.hrefs import with_parameters
from heliograph.courses.formats.items import MAX_DEPTH, Names, data_from_lms, weight
from heliograph.courses.formats.nodes import Element, child, local_name, number, text, words
from heliograph.courses.formats.nodes import title as title_of
from heliograph.courses.formats.online import online_address, online_launch
from heliograph.courses.formats.package import CoursePackage, Folder, parse_entry
from heliograph.courses.formats.prerequisites import report_prerequisites
from heliograph.courses.formats.structure import (
    Item,
    Launch,
    Structure,
    can_launch,
    plain_item,
    plain_organization,
)
from heliograph.courses.limits import Refused, shown
from heliograph.courses.zips.archive import Archive

NODES: Final = ("block", "sco")


def is_content_structure(root: Element) -> bool:
    """Whether an XML document is a SCORM 1.1 content structure."""
    return local_name(str(root.tag)) == "content" and child(root, "block") is not None


def read_content_structure(
    archive: Archive, folder: Folder, report: Report, fallback_title: str
) -> CoursePackage:
    """The course described by the content structure that marks `folder`. Raises Refused."""
    root = parse_entry(archive, folder.marker, report, ignore_external_doctype=True)
    block = child(root, "block")
    if block is None:
        raise Refused(
            "manifest_foreign", gettext_noop("The content structure has no block. Export the course again.")
        )
    reader = _Reader(root, folder, report, archive.limits.max_xml_elements)
    organization = plain_organization(
        reader.names.claim(words(block, "id"), "organization"),
        title_of(child(block, "identification")) or fallback_title,
        reader.below(block, 0),
    )
    if not can_launch(organization["items"]):
        raise Refused(
            "nothing_to_launch", gettext_noop("No SCO of this course has content. Export the course again.")
        )
    report_prerequisites(organization["items"], report)
    title = organization["title"]
    structure = Structure(
        standard="scorm_11",
        edition=None,
        title=title,
        default_organization=organization["identifier"],
        organizations=[organization],
        pages=None,
    )
    description = text(child(block, "identification", "description"))
    return CoursePackage("scorm_11", None, title, description, structure, folder.files, report.findings)


class _Reader:
    def __init__(self, root: Element, folder: Folder, report: Report, max_weight: int) -> None:
        self.names = Names(report)
        self._folder = folder
        self._report = report
        self._left = max_weight
        self._by_id = {words(node, "id"): node for node in root.iter() if local_name(str(node.tag)) in NODES}

    def below(self, block: Element, depth: int) -> list[Item]:
        if depth > MAX_DEPTH:
            raise Refused(
                "manifest_too_deep",
                told(
                    gettext_noop("Blocks are nested more than %(depth)s levels deep. Flatten the course."),
                    depth=str(MAX_DEPTH),
                ),
            )
        nodes = [node for node in block if local_name(str(node.tag)) in NODES]
        return [self._item(node, depth) for node in nodes]

    def _item(self, node: Element, depth: int) -> Item:
        identifier = self.names.claim(words(node, "id"), "item")
        node = self._aliased(node)
        self._left -= weight(node)
        if self._left < 0:
            raise Refused(
                "manifest_too_large", gettext_noop("The course expands into too many blocks. Split it.")
            )
        title = title_of(child(node, "identification")) or identifier
        item = plain_item(identifier, title, self._launch(node, identifier))
        item["prerequisites"] = text(child(node, "prerequisites")) or None
        item["mastery_score"] = number(text(child(node, "masteryScore")))
        item["max_time_allowed"] = text(child(node, "timeLimit", "maxTimeAllowed")) or None
        item["time_limit_action"] = text(child(node, "timeLimit", "timeLimitAction")).lower() or None
        item["data_from_lms"] = data_from_lms(child(node, "launch", "dataFromLMS"))
        item["items"] = self.below(node, depth + 1)
        return item

    def _aliased(self, node: Element) -> Element:
        alias = child(node, "blockAlias")
        alias = child(node, "scoAlias") if alias is None else alias
        if alias is None:
            return node
        return self._by_id.get(words(alias, "targetID"), node)

    def _launch(self, node: Element, identifier: str) -> Launch | None:
        location = text(child(node, "launch", "location"))
        if not location:
            return None
        parameters = text(child(node, "launch", "parameterString"))
        address = online_address(location)
        if address:
            return online_launch(address, parameters, identifier, self._report)
        target = self._folder.library.resolve(location)
        if target.path is None:
            self._report.missing(
                "launch_outside",
                told(gettext_noop("%(file)s is outside the package."), file=shown(location)),
                location,
            )
        elif not target.exists:
            self._report.missing(
                "launch_missing",
                told(gettext_noop("The launch file %(file)s is not in the package."), file=shown(location)),
                location,
            )
        if not target.path:
            return None
        query = with_parameters(target.query, parameters)
        return Launch(href=target.path, query=query, kind="sco", resource=identifier)
