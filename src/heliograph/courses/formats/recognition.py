"""What an upload is: told from its content, and held against its name.

Inside a zip the shallowest description of a course decides, and the folder it lies in is the course; whatever
other folders hold is left out. AICC is not read yet but recognized, so that the refusal can name it.
"""

from collections import Counter
from typing import Final, Literal, NamedTuple

from heliograph.core.translation import gettext_noop, told
from heliograph.courses.findings import Report
from heliograph.courses.formats.package import Folder, parse_entry
from heliograph.courses.formats.scorm_11_structure import is_content_structure
from heliograph.courses.limits import Refused, shown
from heliograph.courses.zips.archive import Archive

Kind = Literal["manifest", "cmi5", "xapi", "aicc", "csf"]
MARKERS: Final[dict[str, Kind]] = {"imsmanifest.xml": "manifest", "cmi5.xml": "cmi5", "tincan.xml": "xapi"}
ORDER: Final[tuple[Kind, ...]] = ("manifest", "cmi5", "xapi", "aicc")
AICC_SIBLINGS: Final = (".au", ".des", ".cst")
NAMES: Final = {kind: name for name, kind in MARKERS.items()}
SYSTEM_FILES: Final = {".ds_store", "thumbs.db", "desktop.ini"}
MAX_XML_TRIED: Final = 20


class Marker(NamedTuple):
    """An entry that describes a course, and the folder it lies in ("" or ending in "/")."""

    kind: Kind
    entry: str
    folder: str


def find_course(archive: Archive, report: Report) -> tuple[Marker, Folder]:
    """The description of the course in the zip, and the folder that it describes. Raises Refused."""
    paths = _without_system_files(archive, report)
    marker = _choose(_markers(paths)) or _content_structure(archive, paths, report)
    if marker is None:
        raise _without_course(paths)
    if marker.kind == "aicc":
        raise Refused(
            "aicc_not_yet",
            gettext_noop("AICC isn't supported yet. Export the course as SCORM 1.2, SCORM 2004 or cmi5."),
        )
    name = NAMES.get(marker.kind, "")
    if not marker.entry.endswith(name):
        report.repaired(
            "manifest_name",
            told(
                gettext_noop("The manifest is named %(file)s instead of %(name)s."),
                file=shown(marker.entry),
                name=name,
            ),
            marker.entry,
        )
    return marker, Folder(marker.entry, _files_below(marker.folder, paths, report))


def _without_system_files(archive: Archive, report: Report) -> list[str]:
    kept = [path for path in archive.entries if not _is_system_file(path)]
    left_out = len(archive.entries) - len(kept)
    if left_out:
        report.repaired(
            "system_files",
            gettext_noop("1 macOS or Windows system file was removed from the ZIP.")
            if left_out == 1
            else told(
                gettext_noop("%(count)s macOS or Windows system files were removed from the ZIP."),
                count=str(left_out),
            ),
        )
    if any(archive.entries[path].backslashes for path in kept):
        report.repaired(
            "zip_backslash", gettext_noop("The ZIP uses backslashes in paths; they were read as “/”.")
        )
    for path, count in Counter(path.casefold() for path in kept).items():
        if count > 1:
            report.advice(
                "names_by_case",
                told(
                    gettext_noop(
                        "%(count)s files differ only in upper and lower case: %(file)s. Rename one."
                    ),
                    count=str(count),
                    file=shown(path),
                ),
                path,
            )
    return kept


def _is_system_file(path: str) -> bool:
    name = path.rpartition("/")[2]
    return path.startswith("__MACOSX/") or name.startswith("._") or name.lower() in SYSTEM_FILES


def _markers(paths: list[str]) -> list[Marker]:
    signs = []
    names = {path.lower() for path in paths}
    for path in paths:
        folder, name = path[: path.rfind("/") + 1], path.rpartition("/")[2].lower()
        if name in MARKERS:
            signs.append(Marker(MARKERS[name], path, folder))
        elif name.endswith(".crs") and any(path.lower()[:-4] + ending in names for ending in AICC_SIBLINGS):
            signs.append(Marker("aicc", path, folder))
    return signs


def _choose(markers: list[Marker]) -> Marker | None:
    """The shallowest marker; in one folder SCORM wins, because tools that write several mean the SCORM one
    for LMSs.
    """
    if not markers:
        return None
    depth = min(marker.folder.count("/") for marker in markers)
    shallow = [marker for marker in markers if marker.folder.count("/") == depth]
    folders = sorted({marker.folder for marker in shallow})
    if len(folders) > 1:
        raise Refused(
            "several_courses",
            told(
                gettext_noop(
                    "The ZIP contains %(count)s courses (%(first)s, %(second)s …). Import each "
                    "one separately."
                ),
                count=str(len(folders)),
                first=shown(folders[0]),
                second=shown(folders[1]),
            ),
        )
    return min(
        shallow, key=lambda marker: (ORDER.index(marker.kind), not marker.entry.endswith("imsmanifest.xml"))
    )


def _content_structure(archive: Archive, paths: list[str], report: Report) -> Marker | None:
    """SCORM 1.1 describes a course in an XML file of any name, beside the content."""
    candidates = sorted(
        (path for path in paths if path.lower().endswith(".xml")), key=lambda path: path.count("/")
    )
    for path in candidates[:MAX_XML_TRIED]:
        try:
            root = parse_entry(archive, path, Report(), ignore_external_doctype=True)
        except Refused:
            continue
        if is_content_structure(root):
            return Marker("csf", path, path[: path.rfind("/") + 1])
    return None


def _files_below(folder: str, paths: list[str], report: Report) -> dict[str, str]:
    inside = {path[len(folder) :]: path for path in paths if path.startswith(folder)}
    if folder:
        report.repaired(
            "wrapper_folder",
            told(
                gettext_noop(
                    "The course was in a subfolder of the ZIP, %(folder)s; it was moved to the top level."
                ),
                folder=shown(folder),
            ),
            folder,
        )
    outside = len(paths) - len(inside)
    if outside:
        report.advice(
            "outside_folder",
            told(
                gettext_noop("1 file outside the course folder %(folder)s was ignored."), folder=shown(folder)
            )
            if outside == 1
            else told(
                gettext_noop("%(count)s files outside the course folder %(folder)s were ignored."),
                count=str(outside),
                folder=shown(folder),
            ),
        )
    return inside


def _without_course(paths: list[str]) -> Refused:
    names = {path.rpartition("/")[2].lower() for path in paths}
    if "h5p.json" in names:
        return Refused("h5p", gettext_noop("This is an H5P file. Export it as a SCORM package first."))
    if "[content_types].xml" in names:
        return Refused(
            "office_document",
            gettext_noop("This is an Office document. Save it as PDF, or export it as SCORM."),
        )
    inner = [path for path in paths if path.lower().endswith((".zip", ".pif"))]
    if inner:
        return Refused(
            "zip_nested",
            told(
                gettext_noop("The ZIP contains another ZIP (%(file)s). Upload that file instead."),
                file=shown(inner[0]),
            ),
        )
    return Refused(
        "manifest_missing",
        gettext_noop(
            "The ZIP contains no imsmanifest.xml, cmi5.xml or tincan.xml, so it isn't a course. "
            "Export it as SCORM, cmi5 or xAPI."
        ),
    )
