"""Courses that are one file: audio and video are played as they are, a PDF becomes pages that can be counted.

Reading a PDF is left to a process of its own with limits (`pdf_pages`): what is wrong with a file must not
harm the worker.
"""

import hashlib
import subprocess
import sys
import zlib
from pathlib import Path

from heliograph.core.translation import gettext_noop, told
from heliograph.courses.formats import CoursePackage
from heliograph.courses.models import FileRow
from heliograph.courses.zips.archive import Refused

PATIENCE = 900
UNREADABLE = gettext_noop(
    "The PDF is damaged or password-protected. Save it again without protection, then import it."
)


def prepare_media(package: CoursePackage, source: Path, sha256: str, scratch: Path) -> list[FileRow]:
    """The rows of the course's files: the file itself and, for a PDF, a picture and the text of each page.

    Pages are left in ``scratch`` under their hashes. Raises `Refused`.
    """
    (course_path,) = package.files
    size = source.stat().st_size
    rows: list[FileRow] = [FileRow(course_path, size, sha256, _crc32(source), sha256, 0, size)]
    if package.standard == "pdf":
        rows += [_kept(file) for file in _pages(source, scratch)]
    return rows


def _pages(source: Path, scratch: Path) -> list[Path]:
    try:
        done = subprocess.run(  # noqa: S603 - our own module
            [sys.executable, "-m", "heliograph.courses.imports.pdf_pages", str(source), str(scratch)],
            timeout=PATIENCE,
            capture_output=True,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Refused(
            "pdf_too_slow",
            gettext_noop("The PDF takes too long to convert. Split it into smaller documents."),
        ) from None
    if done.returncode == 3:
        pages, limit = done.stdout.decode().split()
        text = gettext_noop(
            "The PDF has %(pages)s pages. The maximum is %(limit)s. Split it into smaller documents."
        )
        raise Refused("pdf_too_long", told(text, pages=pages, limit=limit))
    if done.returncode != 0:
        raise Refused("pdf_unreadable", UNREADABLE)
    return sorted(scratch.iterdir())


def _kept(file: Path) -> FileRow:
    content = file.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    file.rename(file.with_name(sha256))
    return FileRow(f"pages/{file.name}", len(content), sha256, zlib.crc32(content), sha256, 0, len(content))


def _crc32(path: Path) -> int:
    crc = 0
    with open(path, "rb") as file:
        while block := file.read(2**20):
            crc = zlib.crc32(block, crc)
    return crc
