"""Many packages in one zip, as a stream: each is made when its turn comes, and forgotten when it is sent.

A package's length is known before it is sent, its checksum only afterwards, so that follows it (APPNOTE
4.3.9). Packages are compressed inside; here they lie in stored blocks of deflate (RFC 1951, 3.2.4), by which
a reader that cannot look ahead sees where each ends.
"""

import struct
import zlib
from collections.abc import Generator, Iterable, Iterator

from heliograph.dispatch.package.streaming import (
    ORDINARY,
    ZIP64,
    Copied,
    ZipStream,
    directory_entry,
    end_of_archive,
    is_large,
)
from heliograph.dispatch.package.zipping import DEFLATED, FIRST_DAY, MIDNIGHT, UTF8_NAME

CHECKSUM_FOLLOWS = 1 << 3
LONGEST_BLOCK = 65_535


def bundle(packages: Iterable[tuple[str, bytes | ZipStream]]) -> Iterator[bytes]:
    """The zip of these packages, under these names."""
    directory: list[bytes] = []
    offset = 0
    for name, package in packages:
        file = yield from _framed(name.encode(), package)
        directory.append(directory_entry(file, offset))
        offset += len(_header(file)) + file.stored + len(_afterwards(file))
    listing = b"".join(directory)
    yield listing
    yield end_of_archive(len(directory), len(listing), offset)


def _framed(name: bytes, package: bytes | ZipStream) -> Generator[bytes, None, Copied]:
    size = len(package)
    stored = size + 5 * max(1, -(-size // LONGEST_BLOCK))
    yield _header(_file(name, size, 0, stored))
    checksum = 0
    for block, last in _blocks([package] if isinstance(package, bytes) else package):
        checksum = zlib.crc32(block, checksum)
        yield struct.pack("<BHH", last, len(block), len(block) ^ 0xFFFF) + block
    file = _file(name, size, checksum, stored)
    yield _afterwards(file)
    return file


def _blocks(pieces: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The same bytes in blocks of the greatest length, each with whether it is the last."""
    waiting = bytearray()
    for piece in pieces:
        waiting += piece
        while len(waiting) > LONGEST_BLOCK:
            yield bytes(waiting[:LONGEST_BLOCK]), False
            del waiting[:LONGEST_BLOCK]
    yield bytes(waiting), True


def _file(name: bytes, size: int, checksum: int, stored: int) -> Copied:
    return Copied(name, size, checksum, "", 0, stored, deflated=True, flags=UTF8_NAME | CHECKSUM_FOLLOWS)


def _header(file: Copied) -> bytes:
    """The local header, which leaves sizes and checksum open; its Zip64 field says how long the numbers are
    that follow.
    """
    extra = struct.pack("<HHQQ", 1, 16, 0, 0) if is_large(file) else b""
    needed = ZIP64 if extra else ORDINARY
    return (
        struct.pack(
            "<4sHHHHHLLLHH",
            b"PK\x03\x04",
            needed,
            file.flags,
            DEFLATED,
            MIDNIGHT,
            FIRST_DAY,
            0,
            0,
            0,
            len(file.name),
            len(extra),
        )
        + file.name
        + extra
    )


def _afterwards(file: Copied) -> bytes:
    return struct.pack(
        "<4sLQQ" if is_large(file) else "<4sLLL", b"PK\x07\x08", file.crc, file.stored, file.size
    )
