"""The zip guard: an uploaded zip is opened here or nowhere.

Opening reads the directory once and refuses what is dangerous before a byte is inflated. Reading then holds
every entry to what the directory said of it: its place, its size, its checksum. Content passes through in
pieces, never as a whole.
"""

import struct
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from heliograph.core.translation import gettext_noop, told
from heliograph.courses.limits import Limits, Refused, shown, size
from heliograph.courses.zips.zip_directory import LOCAL_HEADER_SIZE, STORED, ZipEntry, damaged, read_directory

__all__ = ["Archive", "Limits", "Refused", "ZipEntry", "open_archive"]

LOCAL_HEADER: Final = struct.Struct("<4s5H3L2H")
READ: Final = 256 * 1024
HEADER: Final = LOCAL_HEADER_SIZE + 2 * 65_535  # a local header with the longest name and extra field
INFLATED: Final = 1024 * 1024
# What makes a zip dangerous to whoever unpacks it; a zip offered for download inside a course may have any
# other fault.
BOMB_CODES: Final = {"zip_ratio", "zip_too_large", "zip_too_many_entries", "zip_overlap", "zip_bomb_inside"}


class Archive:
    """A zip that passed the guard. `entries` maps each file's safe path to what the directory says of it.

    Not for use by two threads at once: the open file has one position.
    """

    def __init__(self, file: BinaryIO, limits: Limits, code_page: str = "") -> None:
        self._file = file
        self.limits = limits
        self.entries: dict[str, ZipEntry] = read_directory(file, limits, code_page)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def read(self, path: str, limit: int) -> bytes:
        """The whole content of one small file. Raises Refused above `limit` bytes, and as `stream` does."""
        entry = self.entries[path]
        if entry.size > limit:
            raise Refused(
                "file_too_large",
                told(
                    gettext_noop("%(file)s is %(size)s. The maximum is %(limit)s."),
                    file=shown(path),
                    size=size(entry.size),
                    limit=size(limit),
                ),
            )
        return b"".join(self.stream(path))

    def stream(self, path: str) -> Iterator[bytes]:
        """The content in pieces of at most 1 MiB.

        Raises KeyError for an unknown path, and Refused as soon as the entry proves to be another size than
        declared, damaged, or not where the directory says.
        """
        entry = self.entries[path]
        total = checksum = 0
        for piece in self._stored(entry) if entry.method == STORED else self._inflated(entry):
            total += len(piece)
            if total > entry.size:
                raise Refused(
                    "zip_size_lie",
                    told(
                        gettext_noop("%(file)s is larger than the ZIP declares. Re-create the ZIP."),
                        file=shown(path),
                    ),
                )
            checksum = zlib.crc32(piece, checksum)
            yield piece
        if total != entry.size:
            raise Refused(
                "zip_size_lie",
                told(
                    gettext_noop("%(file)s is smaller than the ZIP declares. Re-create the ZIP."),
                    file=shown(path),
                ),
            )
        if checksum != entry.crc:
            raise damaged(told(gettext_noop("%(file)s: wrong checksum"), file=shown(path)))

    def data_offset(self, path: str) -> int:
        """Where in the zip the entry's stored bytes begin.

        Raises KeyError for an unknown path, and Refused for a lying header.
        """
        entry = self.entries[path]
        self._file.seek(entry.offset)
        return entry.offset + self._data_start(entry, self._file.read(min(HEADER, entry.room)))

    def _stored(self, entry: ZipEntry) -> Iterator[bytes]:
        """The entry's bytes as they lie in the file. Small entries cost one read, header included."""
        self._file.seek(entry.offset)
        first = self._file.read(min(READ, entry.room))
        start = self._data_start(entry, first)
        position, left = entry.offset + len(first), entry.compressed
        piece = first[start : start + left]
        while left:
            if not piece:
                raise damaged(told(gettext_noop("%(file)s: incomplete data"), file=shown(entry.path)))
            left -= len(piece)
            yield piece
            if left:
                self._file.seek(position)
                piece = self._file.read(min(READ, left))
                position += len(piece)

    def _inflated(self, entry: ZipEntry) -> Iterator[bytes]:
        if not entry.compressed and not entry.size:
            # Some packers write an empty file as deflated and leave the stream out; its header is still
            # looked at.
            yield from self._stored(entry)
            return
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        try:
            for compressed in self._stored(entry):
                piece = inflater.decompress(compressed, INFLATED)
                while piece:
                    yield piece
                    piece = inflater.decompress(inflater.unconsumed_tail, INFLATED)
        except zlib.error:
            raise damaged(
                told(gettext_noop("%(file)s: data can't be decompressed"), file=shown(entry.path))
            ) from None
        if not inflater.eof or inflater.unused_data:
            raise damaged(told(gettext_noop("%(file)s: wrong length"), file=shown(entry.path)))

    def _data_start(self, entry: ZipEntry, head: bytes) -> int:
        """How far behind its local header an entry's bytes begin.

        The local header must tell the directory's story.
        """
        if len(head) < LOCAL_HEADER_SIZE or not head.startswith(b"PK\x03\x04"):
            raise damaged(
                told(gettext_noop("%(file)s: file not found where expected"), file=shown(entry.path))
            )
        _, _, _, method, _, _, _, _, _, name_length, extra_length = LOCAL_HEADER.unpack_from(head)
        start: int = LOCAL_HEADER_SIZE + name_length + extra_length
        name = head[LOCAL_HEADER_SIZE : LOCAL_HEADER_SIZE + name_length]
        if method != entry.method or name != entry.raw_name or start + entry.compressed > entry.room:
            raise damaged(told(gettext_noop("%(file)s: contradictory headers"), file=shown(entry.path)))
        return start


def open_archive(path: Path, limits: Limits, code_page: str = "") -> Archive:
    """The zip at `path`, its whole directory checked; `code_page` as `read_directory` takes it.

    Raises Refused; OSError if the file cannot be opened at all.
    """
    return _guarded(path.open("rb", buffering=0), limits, code_page)


def _guarded(file: BinaryIO, limits: Limits, code_page: str = "") -> Archive:
    try:
        archive = Archive(file, limits, code_page)
        _check_sizes(archive.entries, limits)
        _check_zips_inside(archive)
    except BaseException:
        file.close()
        raise
    return archive


def _check_sizes(entries: dict[str, ZipEntry], limits: Limits) -> None:
    total = sum(entry.size for entry in entries.values())
    if total > limits.max_total_bytes:
        raise Refused(
            "zip_too_large",
            told(
                gettext_noop("The ZIP unpacks to %(size)s. The maximum is %(limit)s."),
                size=size(total),
                limit=size(limits.max_total_bytes),
            ),
        )
    for entry in entries.values():
        if entry.size > limits.max_file_bytes:
            raise Refused(
                "zip_too_large",
                told(
                    gettext_noop("%(file)s is %(size)s. The maximum per file is %(limit)s."),
                    file=shown(entry.path),
                    size=size(entry.size),
                    limit=size(limits.max_file_bytes),
                ),
            )
        _check_ratio(shown(entry.path), entry.size, entry.compressed, limits)
    _check_ratio(
        told(gettext_noop("The ZIP")), total, sum(entry.compressed for entry in entries.values()), limits
    )


def _check_ratio(what: str, inflated: int, compressed: int, limits: Limits) -> None:
    if inflated > limits.ratio_floor and inflated > limits.max_ratio * max(compressed, 1):
        raise Refused(
            "zip_ratio",
            told(
                gettext_noop(
                    "%(name)s expands more than %(ratio)s times and looks like a ZIP bomb. Remove such files."
                ),
                name=what,
                ratio=str(limits.max_ratio),
            ),
        )


def _check_zips_inside(archive: Archive) -> None:
    """Zips inside are content and stay packed; but a learner who downloads one shall not be given a bomb."""
    for path in archive.entries:
        if path.lower().endswith(".zip"):
            if not archive.limits.max_nesting:
                raise Refused(
                    "zip_nested",
                    told(
                        gettext_noop("ZIP files are nested too deeply at %(file)s. Unpack them."),
                        file=shown(path),
                    ),
                )
            _check_zip_inside(archive, path)


def _check_zip_inside(archive: Archive, path: str) -> None:
    with tempfile.TemporaryFile(buffering=0) as copy:
        for piece in archive.stream(path):
            copy.write(piece)
        try:
            _guarded(copy, replace(archive.limits, max_nesting=archive.limits.max_nesting - 1))
        except Refused as refusal:
            if refusal.code == "zip_nested":
                raise
            if refusal.code in BOMB_CODES:
                raise Refused(
                    "zip_bomb_inside",
                    told(
                        gettext_noop(
                            "The ZIP inside the ZIP, %(file)s, is too large or looks like a ZIP bomb. "
                            "Remove it."
                        ),
                        file=shown(path),
                    ),
                ) from None
