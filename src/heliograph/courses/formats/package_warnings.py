"""What a course brings along that will surprise its owner: Flash, which no browser plays, and a record store
of its own.

Pages and scripts are looked through for the plain forms in which tools write these; no script is run. How
much is read is bounded, so that a finding may be missed in a very large course, and none costs more than
reading its texts once.
"""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import parse_qsl

from heliograph.core.translation import gettext_noop, told
from heliograph.courses.findings import Report
from heliograph.courses.formats.addresses import host
from heliograph.courses.formats.package import CoursePackage
from heliograph.courses.formats.structure import Launch, launches
from heliograph.courses.limits import MEBIBYTE, shown
from heliograph.courses.zips.archive import Archive

PAGES: Final = (".htm", ".html", ".xhtml")
TEXTS: Final = (*PAGES, ".js", ".mjs", ".json")
LARGEST_TEXT: Final = 2 * MEBIBYTE
MOST_TEXT: Final = 64 * MEBIBYTE
FLASH: Final = re.compile(
    rb"\.swf\b|application/x-shockwave-flash|d27cdb6e-ae6d-11cf-96b8-444553540000", re.I
)
# Libraries only mention films.
FLASH_BY_SCRIPT: Final = re.compile(rb"""embedSWF\s{0,20}\(\s{0,20}["'][^"'\n]{1,300}\.swf\b""", re.I)
# A setting called endpoint whose value is an address, in a script, in JSON or as an assignment. JSON may
# escape each slash, and inside of a script's string its quotes are escaped too; a template literal may go on
# with a name.
ENDPOINT: Final = re.compile(
    rb"""endpoint\\?["'`]?\s{0,20}[:=]\s{0,20}\\?["'`](https?:(?:\\{0,3}/){2}(?:\\{1,3}/|[^"'`\s<>\\]){4,500})\\?["'`]""",
    re.I,
)
# What the same file says if its endpoint is a record store's and not some other service's.
OF_XAPI: Final = re.compile(rb"experience-api|xapi|tincan|tcapi|recordstores?|record_stores?|\blrs", re.I)
PLACEHOLDER_HOSTS: Final = (
    "localhost",
    "127.0.0.1",
    "example.com",
    "example.org",
    "[::1]",
)  # defaults of libraries


def report_surprises(archive: Archive, course: CoursePackage, report: Report) -> None:
    """Tell of Flash and of record stores in a course that was read from this zip. Raises Refused for a
    damaged entry."""
    organizations = course.structure["organizations"]
    for launch in (launch for organization in organizations for launch in launches(organization["items"])):
        _look_at_launch(launch, report)
    for path, text in _texts(archive, course):
        if (FLASH if path.lower().endswith(PAGES) else FLASH_BY_SCRIPT).search(text):
            report.advice(
                "flash_embedded",
                told(
                    gettext_noop(
                        "%(file)s embeds Flash, which browsers no longer support. It stays blank "
                        "unless the course provides an alternative."
                    ),
                    file=shown(path),
                ),
                path,
            )
        if OF_XAPI.search(text):
            for match in ENDPOINT.finditer(text):
                _warn_of_store(match[1].replace(b"\\", b"").decode(errors="replace"), path, report)


def _look_at_launch(launch: Launch, report: Report) -> None:
    if launch["href"].partition("?")[0].lower().endswith(".swf"):
        report.advice(
            "flash_launch",
            told(
                gettext_noop(
                    "The course launches %(address)s, a Flash file, which browsers no longer "
                    "support. Rebuild it as HTML."
                ),
                address=shown(launch["href"]),
            ),
            launch["href"],
        )
    query = (launch["href"].partition("?")[2] or launch["query"]).lstrip("?").partition("#")[0]
    for name, value in parse_qsl(query):
        if name.lower() == "endpoint":
            _warn_of_store(value, launch["href"], report)


def _warn_of_store(address: str, where: str, report: Report) -> None:
    called = host(address)
    if called and "{" not in called and called.rpartition("@")[2].partition(":")[0] not in PLACEHOLDER_HOSTS:
        report.advice(
            "own_record_store",
            told(
                gettext_noop(
                    "The course is configured to send its results to another LRS at %(host)s (in "
                    "%(file)s). Those results don't reach Heliograph. Remove the setting if they "
                    "should."
                ),
                host=shown(called),
                file=shown(where),
            ),
            called,
        )


def _texts(archive: Archive, course: CoursePackage) -> Iterator[tuple[str, bytes]]:
    """The course's pages and scripts by their paths, as many as fit into the limits."""
    left = MOST_TEXT
    for path, entry in course.files.items():
        size = archive.entries[entry].size
        if path.lower().endswith(TEXTS) and size <= min(left, LARGEST_TEXT):
            left -= size
            yield path, archive.read(entry, LARGEST_TEXT)
