"""Reading what people upload: `read_course` takes any file and yields a course in the stored form, or a
refusal.

Recognition looks at the content (`recognition`), one module reads each kind (`manifest` for SCORM 1.2 and
2004, `csf` for SCORM 1.1, `cmi5`, `tincan` for xAPI, `media` for single files), and all of them build the
same `structure`. Findings tell what was mended on the way.
"""

import re
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

from heliograph.core.translation import gettext_noop, told
from heliograph.courses.findings import Finding, Report
from heliograph.courses.formats.cmi5 import is_cmi5, read_cmi5
from heliograph.courses.formats.code_pages import find_code_page, label
from heliograph.courses.formats.manifest import read_manifest
from heliograph.courses.formats.media import read_media
from heliograph.courses.formats.nodes import local_name
from heliograph.courses.formats.package import CoursePackage, Folder, parse_entry, parse_file
from heliograph.courses.formats.package_warnings import report_surprises
from heliograph.courses.formats.recognition import find_course
from heliograph.courses.formats.scorm_11_structure import read_content_structure
from heliograph.courses.formats.tincan import is_tincan, read_tincan
from heliograph.courses.limits import Limits, Refused, shown
from heliograph.courses.zips.archive import Archive, open_archive

__all__ = ["CoursePackage", "Finding", "Limits", "Refused", "read_course"]

Content = Literal["zip", "pdf", "mp3", "mp4", "xml", "html", "other archive", "program", "unknown"]
SNIFFED: Final = 4096
BY_ENDING: Final[dict[str, Content]] = {
    "zip": "zip",
    "pif": "zip",
    "pdf": "pdf",
    "mp3": "mp3",
    "mp4": "mp4",
    "m4v": "mp4",
    "xml": "xml",
}
STARTS: Final[tuple[tuple[bytes, Content], ...]] = (
    (b"PK\3\4", "zip"),
    (b"PK\5\6", "zip"),
    (b"%PDF-", "pdf"),
    (b"ID3", "mp3"),
    (b"Rar!", "other archive"),
    (b"7z\xbc\xaf\x27\x1c", "other archive"),
    (b"\x1f\x8b", "other archive"),
    (b"MZ", "program"),
    (b"\x7fELF", "program"),
)
CALLED: Final[dict[Content, str]] = {
    "zip": gettext_noop("a ZIP file"),
    "pdf": gettext_noop("a PDF"),
    "mp3": gettext_noop("an MP3"),
    "mp4": gettext_noop("an MP4"),
    "xml": gettext_noop("XML"),
    "html": gettext_noop("a web page"),
    "other archive": gettext_noop("an archive of another type"),
    "program": gettext_noop("a program"),
    "unknown": gettext_noop("unknown content"),
}
# How names are read where nothing is said (APPNOTE 4.4.4, appendix D).
SPOKEN_FOR: Final = (
    "",
    "utf-8",
    "cp437",
)
XML_START: Final = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\x00]*<[\x00]?[?!A-Za-z]")
HTML_START: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html|head|body)\b", re.I | re.S
)


def read_course(path: Path, filename: str, limits: Limits) -> CoursePackage:
    """The course in the uploaded file at `path`, which its sender calls `filename`.

    Raises Refused with a stable code for everything that is not a whole, harmless course of a standard that
    is read.
    """
    content = _sniff(path)
    claimed = BY_ENDING.get(filename.rpartition(".")[2].lower())
    if claimed == "zip" and content == "unknown":
        content = "zip"
    if claimed and claimed != content:
        raise Refused(
            "type_lie",
            told(
                gettext_noop(
                    "The file %(file)s contains %(content)s, not %(claimed)s. Upload the original "
                    "file without renaming it."
                ),
                file=shown(filename),
                content=told(CALLED[content]),
                claimed=told(CALLED[claimed]),
            ),
        )
    if content == "zip":
        return _read_zip(path, filename, limits)
    if content in ("pdf", "mp3", "mp4"):
        return read_media(path, filename, content, limits)
    if content == "xml":
        return _read_xml(path, filename, limits)
    raise Refused(
        "unknown_type",
        told(
            gettext_noop(
                "The file contains %(content)s. Upload a SCORM, cmi5 or xAPI package (.zip), "
                "a cmi5.xml, or a PDF, MP3 or MP4 file."
            ),
            content=told(CALLED[content]),
        ),
    )


def _read_zip(path: Path, filename: str, limits: Limits) -> CoursePackage:
    report = Report()
    code_page = find_code_page(path, limits)
    with open_archive(path, limits, code_page) as archive:
        if code_page not in SPOKEN_FOR:
            report.repaired(
                "zip_code_page",
                told(
                    gettext_noop(
                        "The ZIP doesn't declare the encoding of its file names; they were read as "
                        "%(code_page)s, which matches the manifest."
                    ),
                    code_page=label(code_page),
                ),
            )
        course = _read_archive(archive, report, _title(filename))
        report_surprises(archive, course, report)
    if not course.playable:
        several = len(course.structure["organizations"]) > 1
        report.missing(
            "nothing_playable",
            told(
                gettext_noop(
                    "None of the launch files of the organization %(title)s are in the package, so the "
                    "version was not published. Export the course with its content."
                ),
                title=shown(course.played["title"]),
            )
            if several
            else gettext_noop(
                "None of the launch files of this course are in the package, so the version was not "
                "published. Export the course with its content."
            ),
        )
    return replace(course, findings=report.findings, code_page=code_page)


def _read_archive(archive: Archive, report: Report, title: str) -> CoursePackage:
    marker, folder = find_course(archive, report)
    if marker.kind == "manifest":
        return read_manifest(archive, folder, report, title)
    if marker.kind == "csf":
        return read_content_structure(archive, folder, report, title)
    read = read_cmi5 if marker.kind == "cmi5" else read_tincan
    return read(parse_entry(archive, marker.entry, report), folder, report, title)


def _read_xml(path: Path, filename: str, limits: Limits) -> CoursePackage:
    """A course structure that came by itself, its content lying elsewhere."""
    report = Report()
    root = parse_file(path, filename, limits, report)
    if is_cmi5(root) or is_tincan(root):
        read = read_cmi5 if is_cmi5(root) else read_tincan
        return read(root, Folder(filename, {}), report, _title(filename))
    if local_name(str(root.tag)) == "manifest":
        raise Refused(
            "manifest_alone", gettext_noop("This is only the manifest of a course. Upload the whole ZIP.")
        )
    raise Refused(
        "unknown_type", gettext_noop("This XML file doesn't describe a course. Upload the course as a ZIP.")
    )


def _title(filename: str) -> str:
    """A title for a course that has none: the upload's name in words."""
    return " ".join(re.sub(r"[_\s]+", " ", filename.rpartition(".")[0]).split()) or "Course"


def _sniff(path: Path) -> Content:
    with path.open("rb") as file:
        head = file.read(SNIFFED)
    for start, content in STARTS:
        if head.startswith(start):
            return content
    if head[4:8] == b"ftyp":
        return "mp4"
    if len(head) > 2 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2:
        return "mp3"
    if HTML_START.match(head):
        return "html"
    return "xml" if XML_START.match(head) else "unknown"
