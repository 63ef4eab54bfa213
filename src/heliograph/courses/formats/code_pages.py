"""The code page in which a zip's names are written, where the zip does not say: the manifest decides.

Windows packs names in the code page of its maker's country and leaves no trace of which. The manifest names
the same files in proper Unicode, so the code page in which most of its references are found is the right one,
for every name.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final
from unicodedata import normalize
from urllib.parse import unquote

from heliograph.core.translation import gettext_noop, told
from heliograph.courses.findings import Report
from heliograph.courses.formats.nodes import Element, local_name
from heliograph.courses.formats.package import parse_entry
from heliograph.courses.formats.recognition import find_course
from heliograph.courses.limits import Limits, Refused
from heliograph.courses.zips.archive import Archive
from heliograph.courses.zips.zip_directory import undeclared_names

# By Python's names; the first of equals is taken. 850 stands before 437: both agree in most letters of
# Western Europe, and where they do not, 850 has the letters of its languages. The pages of the Far East are
# those of Windows. After them come those of Central Europe, Turkey, Greece, Israel, the Arabic countries (for
# each the page of DOS, in which Windows packs, and that of Windows) and Thailand.
CODE_PAGES: Final = (
    *("utf-8", "cp850", "cp437", "cp1252", "cp1251", "cp866", "gbk", "cp950", "cp932", "cp949"),
    *("cp852", "cp1250", "cp857", "cp1254", "cp737", "cp1253", "cp862", "cp1255", "cp720", "cp1256", "cp874"),
)
LABELS: Final = {"gbk": "GBK", "cp950": "Big5", "cp932": "Shift JIS", "cp949": "EUC-KR", "utf-8": "UTF-8"}
REFERRING: Final = ("href", "base")
ADDRESSES: Final = ("location", "url", "launch")


def find_code_page(path: Path, limits: Limits) -> str:
    """The code page for `open_archive`; empty where names declare themselves, or none fits the manifest's
    references.

    Raises Refused where the file is no zip that can be read.
    """
    with path.open("rb", buffering=0) as file:
        names = undeclared_names(file, limits)
        decoded = {code_page: parts for code_page in CODE_PAGES if (parts := _parts(names, code_page))}
        referenced = _references(file, limits, list(decoded))
    counts = {code_page: len(parts & referenced) for code_page, parts in decoded.items()}
    best = max(counts, key=lambda code_page: counts[code_page], default="")
    return best if counts.get(best) else ""


def label(code_page: str) -> str:
    """What people call a code page."""
    number = code_page.removeprefix("cp")
    return LABELS.get(code_page) or told(gettext_noop("code page %(number)s"), number=number)


def _parts(names: list[bytes], code_page: str) -> set[str]:
    """The folders and files beyond ASCII that these names have in a code page; none if one of them cannot be
    read in it."""
    try:
        return {part for name in names for part in _split(name.decode(code_page))}
    except UnicodeDecodeError:
        return set()


def _references(file: BinaryIO, limits: Limits, code_pages: list[str]) -> set[str]:
    """The folders and files beyond ASCII that the description of the course names.

    Any code page will do to find it, unless it makes a name that no zip may hold; the true one makes none.
    """
    for code_page in code_pages:
        try:
            archive = Archive(file, limits, code_page)
            marker, _ = find_course(archive, Report())
            root = parse_entry(archive, marker.entry, Report(), ignore_external_doctype=marker.kind == "csf")
        except Refused:
            continue
        hrefs = set(_hrefs(root))
        return {part for href in hrefs for spelling in (href, unquote(href)) for part in _split(spelling)}
    return set()


def _hrefs(root: Element) -> Iterator[str]:
    for element in root.iter():
        yield from (str(value) for key, value in element.attrib.items() if local_name(str(key)) in REFERRING)
        if local_name(str(element.tag)) in ADDRESSES and element.text:
            yield str(element.text).strip()


def _split(path: str) -> Iterator[str]:
    """The parts of a path that are not ASCII, fit to be compared. Queries and fragments are parts, too: they
    match nothing."""
    return (normalize("NFC", part).casefold() for part in re.split(r"[/\\?#]", path) if not part.isascii())
