"""Zip archives of any size, written as a stream: members whose compressed bytes lie in stored files are
copied as they are.

Sizes and checksums are known before a byte is sent, so each local header is complete, the length of the whole
is known, and the same members give the same bytes. Where a number outgrows the format of 1989, its Zip64
field says it (APPNOTE 4.3.9, 4.3.14, 4.5.3).
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO

from heliograph.dispatch.package.zipping import (
    DEFLATED,
    FIRST_DAY,
    MADE_BY_UNIX,
    MIDNIGHT,
    REGULAR_FILE,
    STORED,
    UTF8_NAME,
    Member,
)

BLOCK = 2**20
FULL_32, FULL_16 = 0xFFFFFFFF, 0xFFFF
ORDINARY, ZIP64 = 20, 45  # the version needed to extract


@dataclass(frozen=True, slots=True)
class Copied:
    """A file whose bytes are a range of a stored file, deflated or not."""

    name: bytes
    size: int
    crc: int
    blob: str
    offset: int
    stored: int
    deflated: bool
    flags: int = UTF8_NAME


class ZipStream:
    """The zip of these members: small ones made here come first, then those that are copied, in the order
    given.
    """

    def __init__(
        self, made: list[Member], copied: list[Copied], open_blob: Callable[[str], IO[bytes]]
    ) -> None:
        self._made = made
        self._copied = copied
        self._open = open_blob

    def __len__(self) -> int:
        """The bytes of the whole archive."""
        offset = sum(_made_length(member) for member in self._made)
        directory = sum(46 + len(member.name) for member in self._made)
        for file in self._copied:
            directory += 46 + len(file.name) + _directory_extra_length(file, offset)
            offset += _local_length(file) + file.stored
        return (
            offset + directory + len(end_of_archive(len(self._made) + len(self._copied), directory, offset))
        )

    def __iter__(self) -> Iterator[bytes]:
        directory: list[bytes] = []
        offset = 0
        for member in self._made:
            directory.append(_entry(member.head, member.name, offset, b""))
            yield b"PK\x03\x04" + member.head + member.name + member.body
            offset += _made_length(member)
        blob = ""
        opened: IO[bytes] | None = None
        try:
            for file in self._copied:
                if file.blob != blob:
                    if opened:
                        opened.close()
                    blob, opened = file.blob, self._open(file.blob)
                assert opened is not None  # noqa: S101 - the first file has opened it
                directory.append(directory_entry(file, offset))
                yield from _copy(file, opened)
                offset += _local_length(file) + file.stored
        finally:
            if opened:
                opened.close()
        listing = b"".join(directory)
        yield listing
        yield end_of_archive(len(directory), len(listing), offset)

    def write(self, target: IO[bytes]) -> int:
        """Write the archive into an open file; its length."""
        return sum(target.write(piece) for piece in self)


def _copy(file: Copied, source: IO[bytes]) -> Iterator[bytes]:
    """The local header and the bytes as they lie; the header goes out with the first block, so a small file
    is one piece.
    """
    source.seek(file.offset)
    left = file.stored
    header = _local_header(file)
    while left or header:
        block = source.read(min(BLOCK, left)) if left else b""
        if left and not block:
            raise OSError(f"The stored package ends before {file.name.decode()} does.")
        left -= len(block)
        yield header + block if header else block
        header = b""


def _made_length(member: Member) -> int:
    return 30 + len(member.name) + len(member.body)


def is_large(file: Copied) -> bool:
    """Whether its sizes need Zip64."""
    return file.size >= FULL_32 or file.stored >= FULL_32


def _local_length(file: Copied) -> int:
    return 30 + len(file.name) + (20 if is_large(file) else 0)


def _local_header(file: Copied) -> bytes:
    extra = struct.pack("<HHQQ", 1, 16, file.size, file.stored) if is_large(file) else b""
    return b"PK\x03\x04" + _head(file, is_large(file), len(extra)) + file.name + extra


def _head(file: Copied, large: bool, extra: int, needed: int | None = None) -> bytes:
    """The fields that the local header and the directory share."""
    sizes = (FULL_32, FULL_32) if large else (file.stored, file.size)
    method = DEFLATED if file.deflated else STORED
    return struct.pack(
        "<HHHHHLLLHH",
        needed or (ZIP64 if large else ORDINARY), file.flags, method, MIDNIGHT, FIRST_DAY,
        file.crc, *sizes, len(file.name), extra,
    )  # fmt: skip


def _directory_extra(file: Copied, offset: int) -> bytes:
    numbers = [file.size, file.stored] if is_large(file) else []
    numbers += [offset] if offset >= FULL_32 else []
    return struct.pack(f"<HH{len(numbers)}Q", 1, 8 * len(numbers), *numbers) if numbers else b""


def _directory_extra_length(file: Copied, offset: int) -> int:
    numbers = (2 if is_large(file) else 0) + (1 if offset >= FULL_32 else 0)
    return 4 + 8 * numbers if numbers else 0


def directory_entry(file: Copied, offset: int) -> bytes:
    """What the directory at the end says of a file whose local header is at ``offset``."""
    extra = _directory_extra(file, offset)
    head = _head(file, is_large(file), len(extra), ZIP64 if extra else ORDINARY)
    return _entry(head, file.name, offset, extra)


def _entry(head: bytes, name: bytes, offset: int, extra: bytes) -> bytes:
    return (
        b"PK\x01\x02"
        + struct.pack("<H", MADE_BY_UNIX)
        + head
        + struct.pack("<HHHLL", 0, 0, 0, REGULAR_FILE, min(offset, FULL_32))
        + name
        + extra
    )


def end_of_archive(count: int, directory: int, offset: int) -> bytes:
    """The end of the archive, with Zip64's own end before it where a number needs it."""
    end = struct.pack(
        "<4s4H2LH",
        b"PK\x05\x06",
        0,
        0,
        min(count, FULL_16),
        min(count, FULL_16),
        min(directory, FULL_32),
        min(offset, FULL_32),
        0,
    )
    if count < FULL_16 and directory < FULL_32 and offset < FULL_32:
        return end
    large = struct.pack(
        "<4sQHHLLQQQQ", b"PK\x06\x06", 44, MADE_BY_UNIX, ZIP64, 0, 0, count, count, directory, offset
    )
    return large + struct.pack("<4sLQL", b"PK\x06\x07", 0, offset + directory, 1) + end
