"""Takes an uploaded zip apart, safely.

Every name is checked before a byte is written, every limit is counted on the bytes that really come out.
"""

import re
import shutil
import stat
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from heliograph.demo_lms import manifest
from heliograph.demo_lms.errors import Refusal

UPLOAD_BYTES = 512 * 1024 * 1024
UNPACKED_BYTES = 1024 * 1024 * 1024
MAX_ENTRIES = 20_000
CHUNK = 1024 * 1024


def unpack(zip_path: Path, folder: Path) -> manifest.Course:
    """Unpacks a SCORM package into the new folder `folder` and says what it is.

    Raises Refusal when the zip is unsafe, broken, or not a package this LMS plays; the caller throws the
    folder away.
    """
    try:
        with zipfile.ZipFile(zip_path) as archive:
            paths = _places(archive, folder)
            course = manifest.read(_manifest(archive))
            folder.mkdir()
            _extract(archive, paths)
        return course
    except zipfile.BadZipFile:
        raise Refusal(
            422, "not_a_zip", "This file is not a zip; upload the SCORM package as one zip file."
        ) from None
    # zipfile raises NotImplementedError for a compression that it does not know.
    except (NotImplementedError, RuntimeError, EOFError, OSError, ValueError, zlib.error) as problem:
        why = getattr(problem, "strerror", None) or "it is damaged or made in a way this LMS does not know"
        raise Refusal(422, "zip_unreadable", f"This zip cannot be unpacked: {why}.") from problem


def missing_files(course: manifest.Course, folder: Path) -> list[str]:
    """Launch pages the manifest names and the package does not hold."""
    paths = [unquote(urlsplit(sco.href).path) for sco in course.scos if not urlsplit(sco.href).scheme]
    return [path for path in dict.fromkeys(paths) if not (folder / path).is_file()]


def _manifest(archive: zipfile.ZipFile) -> bytes:
    try:
        entry = archive.getinfo("imsmanifest.xml")
    except KeyError:
        deeper = [name for name in archive.namelist() if name.endswith("/imsmanifest.xml")]
        where = f" It lies in “{deeper[0]}”; zip the files without the folder around them." if deeper else ""
        raise Refusal(
            422, "no_manifest", f"There is no imsmanifest.xml at the top of this zip.{where}"
        ) from None
    if entry.file_size > manifest.MANIFEST_BYTES:
        raise Refusal(413, "manifest_too_large", "The manifest is larger than 8 MB.")
    with archive.open(entry) as source:
        return source.read(manifest.MANIFEST_BYTES + 1)


def _places(archive: zipfile.ZipFile, folder: Path) -> dict[Path, zipfile.ZipInfo]:
    """Where each entry goes; raises Refusal when one must not go anywhere, or when there are too many."""
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise Refusal(413, "too_many_files", f"This zip holds more than {MAX_ENTRIES:,} files.")
    if sum(entry.file_size for entry in entries) > UNPACKED_BYTES:
        raise Refusal(413, "too_large", "This zip is larger than 1 GB when unpacked.")
    return {folder / safe_name(entry): entry for entry in entries}


def _extract(archive: zipfile.ZipFile, paths: dict[Path, zipfile.ZipInfo]) -> None:
    budget = UNPACKED_BYTES
    for path, entry in paths.items():
        if entry.is_dir():
            path.mkdir(parents=True, exist_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        budget -= _copy(archive, entry, path, budget)


def _copy(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, path: Path, budget: int) -> int:
    written = 0
    with archive.open(entry) as source, path.open("xb") as sink:
        while chunk := source.read(CHUNK):
            written += len(chunk)
            if written > budget:
                raise Refusal(413, "too_large", "This zip is larger than 1 GB when unpacked.")
            sink.write(chunk)
    return written


def safe_name(entry: zipfile.ZipInfo) -> PurePosixPath:
    """The entry's place inside the package; raises Refusal for a name that would leave it, a link, or a
    secret.
    """
    name = entry.filename.replace("\\", "/")
    parts = name.split("/")
    if ".." in parts or name.startswith("/") or re.match(r"[A-Za-z]:", name) or "\0" in name:
        raise Refusal(
            422, "unsafe_path", f"This zip is refused: “{entry.filename[:100]}” points outside the package."
        )
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise Refusal(422, "symlink", f"This zip is refused: “{entry.filename[:100]}” is a link, not a file.")
    if entry.flag_bits & 0x1:
        raise Refusal(422, "encrypted", "This zip is protected by a password; upload it without one.")
    return PurePosixPath(*[part for part in parts if part not in ("", ".")])


def remove(folder: Path) -> None:
    """Deletes an unpacked package."""
    shutil.rmtree(folder, ignore_errors=True)
