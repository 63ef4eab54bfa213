"""The little that the importer takes from Learning Object Metadata: a title and a description.

Both IMS's older form (langstring) and IEEE's (string) are read, inside the manifest or in the file that it
points to.
"""

from typing import Final

from heliograph.core.translation import gettext_noop, told
from heliograph.courses.findings import Report
from heliograph.courses.formats.nodes import Element, child, text
from heliograph.courses.formats.package import Folder, parse_entry
from heliograph.courses.limits import Refused, shown
from heliograph.courses.zips.archive import Archive

MAX_TEXT: Final = 5_000


def title_and_description(
    owner: Element, archive: Archive, folder: Folder, report: Report
) -> tuple[str, str]:
    """What the metadata of a manifest says in its first language; empty strings where it says nothing."""
    metadata = child(owner, "metadata")
    lom = child(metadata, "lom")
    location = text(child(metadata, "location"))
    if lom is None and location:
        lom = _outside(location, archive, folder, report)
    general = child(lom, "general")
    return _first_language(child(general, "title")), _first_language(child(general, "description"))


def _outside(location: str, archive: Archive, folder: Folder, report: Report) -> Element | None:
    target = folder.library.resolve(location)
    if not target.exists or not target.path:
        report.missing(
            "metadata_missing",
            told(gettext_noop("The metadata file %(file)s is not in the package."), file=shown(location)),
            location,
        )
        return None
    try:
        return parse_entry(archive, folder.files[target.path], report)
    except Refused as refusal:
        report.advice(
            "metadata_unreadable",
            told(gettext_noop("The metadata couldn't be read: %(reason)s"), reason=told(refusal.sentence)),
            location,
        )
        return None


def _first_language(element: Element | None) -> str:
    if element is None:
        return ""
    return text(next(iter(element), element))[:MAX_TEXT]
