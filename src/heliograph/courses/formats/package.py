"""What reading an upload yields, and the folder of the zip that is the course."""

from dataclasses import dataclass, field
from pathlib import Path

from heliograph.core.translation import gettext_noop, told
from heliograph.core.xml import XmlRefused, parse
from heliograph.courses.findings import Finding, Report
from heliograph.courses.formats.addresses import is_online
from heliograph.courses.formats.hrefs import Library
from heliograph.courses.formats.nodes import Element
from heliograph.courses.formats.structure import Edition, Organization, Standard, Structure, launches
from heliograph.courses.limits import Limits, Refused, shown, size
from heliograph.courses.zips.archive import Archive


@dataclass(frozen=True)
class CoursePackage:
    """A course, read.

    `files` maps course paths to entries of the zip, or the single file's course path to its own name; it is
    empty for a course structure that came by itself, whose content lies elsewhere. `code_page` is that in
    which the zip's directory has to be read to find these entries, empty where its names speak for
    themselves.
    """

    standard: Standard
    edition: Edition | None
    title: str
    description: str
    structure: Structure
    files: dict[str, str]
    findings: list[Finding]
    code_page: str = ""

    @property
    def playable(self) -> bool:
        """Whether any page that the course opens is there: in the package, or on a web server elsewhere."""
        return any(
            launch["href"] in self.files or is_online(launch["href"])
            for launch in launches(self.played["items"])
        )

    @property
    def played(self) -> Organization:
        """The organization that learners get; the others are read and kept."""
        default = self.structure["default_organization"]
        return next(
            organization
            for organization in self.structure["organizations"]
            if organization["identifier"] == default
        )


@dataclass(frozen=True)
class Folder:
    """The folder of the zip that is the course: `marker` is the entry that told us so, `files` as in
    CoursePackage.

    Without `files` it stands for a description that was uploaded by itself.
    """

    marker: str
    files: dict[str, str]
    library: Library = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "library", Library(self.files))


def parse_entry(
    archive: Archive, entry: str, report: Report, *, ignore_external_doctype: bool = False
) -> Element:
    """The root of an XML file inside the zip; what had to be mended goes into the report. Raises Refused."""
    name = entry.rpartition("/")[2]
    limit = archive.limits.max_manifest_bytes
    _refuse_large(name, archive.entries[entry].size, limit)
    return _parse(archive.read(entry, limit), name, archive.limits, report, ignore_external_doctype)


def parse_file(path: Path, filename: str, limits: Limits, report: Report) -> Element:
    """The root of an XML file that was uploaded by itself, as `parse_entry`. Raises Refused."""
    _refuse_large(filename, path.stat().st_size, limits.max_manifest_bytes)
    return _parse(path.read_bytes(), filename, limits, report, ignore_external_doctype=False)


def _refuse_large(name: str, length: int, limit: int) -> None:
    if length > limit:
        raise Refused(
            "manifest_too_large",
            told(
                gettext_noop("%(name)s is %(size)s. The maximum is %(limit)s. Split the course."),
                name=shown(name),
                size=size(length),
                limit=size(limit),
            ),
        )


def _parse(data: bytes, name: str, limits: Limits, report: Report, ignore_external_doctype: bool) -> Element:
    try:
        document = parse(data, limits.xml, ignore_external_doctype=ignore_external_doctype)
    except XmlRefused as refusal:
        raise Refused(
            refusal.code, told("%(name)s %(reason)s", name=shown(name), reason=told(refusal.sentence))
        ) from None
    for mend in document.mends:
        report.repaired(
            mend.code, told("%(name)s: %(repair)s", name=shown(name), repair=told(mend.sentence)), name
        )
    return document.root
