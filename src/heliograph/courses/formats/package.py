"""What reading an upload yields, and the folder of the zip that is the course."""

from dataclasses import dataclass, field

from heliograph.core.xml import XmlRefused, parse
from heliograph.courses.archive import Archive
from heliograph.courses.formats.hrefs import Library
from heliograph.courses.formats.nodes import Element
from heliograph.courses.formats.structure import Edition, Standard, Structure
from heliograph.courses.refusal import Refused, shown, size
from heliograph.courses.report import Finding, Report


@dataclass(frozen=True)
class CoursePackage:
    """A course, read. `files` maps course paths to entries of the zip, or the single file's course path to its own
    name.
    """

    standard: Standard
    edition: Edition | None
    title: str
    description: str
    structure: Structure
    files: dict[str, str]
    findings: list[Finding]


@dataclass(frozen=True)
class Folder:
    """The folder of the zip that is the course: `marker` is the entry that told us so, `files` as in CoursePackage."""

    marker: str
    files: dict[str, str]
    library: Library = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "library", Library(self.files))


def parse_entry(archive: Archive, entry: str, report: Report, *, ignore_external_doctype: bool = False) -> Element:
    """The root of an XML file inside the zip; what had to be mended goes into the report. Raises Refused."""
    name = entry.rpartition("/")[2]
    limit = archive.limits.max_manifest_bytes
    if archive.entries[entry].size > limit:
        raise Refused(
            "manifest_too_large",
            f"{shown(name)} is {size(archive.entries[entry].size)}, and may be {size(limit)}; split the course.",
        )
    try:
        document = parse(archive.read(entry, limit), archive.limits.xml, ignore_external_doctype=ignore_external_doctype)
    except XmlRefused as refusal:
        raise Refused(refusal.code, f"{shown(name)} {refusal.sentence}") from None
    for mend in document.mends:
        report.repaired(mend.code, f"{shown(name)}: {mend.sentence}", name)
    return document.root
