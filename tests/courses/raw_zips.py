"""Zips written byte by byte, to say what no honest zip program would."""

import struct
import zlib
from dataclasses import dataclass


@dataclass
class Member:
    """One entry. What is None is filled in truthfully; anything else is what the zip claims."""

    name: bytes | str
    data: bytes = b"content"
    method: int = 8
    flags: int = 0
    crc: int | None = None
    size: int | None = None
    compressed_size: int | None = None
    offset: int | None = None
    attributes: int = 0
    made_by: int = 3
    extra: bytes = b""
    local_name: bytes | None = None
    packed: bytes | None = None

    @property
    def raw_name(self) -> bytes:
        return self.name if isinstance(self.name, bytes) else self.name.encode()


def deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def raw_zip(
    *members: Member,
    prefix: bytes = b"",
    between: bytes = b"",
    suffix: bytes = b"",
    comment: bytes = b"",
    count: int | None = None,
    zip64: bool = False,
) -> bytes:
    """The zip of these members, lies included."""
    body, directory = prefix, b""
    for member in members:
        packed = member.packed if member.packed is not None else _pack(member)
        crc = zlib.crc32(member.data) if member.crc is None else member.crc
        size = len(member.data) if member.size is None else member.size
        compressed = len(packed) if member.compressed_size is None else member.compressed_size
        offset = len(body) if member.offset is None else member.offset
        name = member.raw_name
        common = (20, member.flags, member.method, 0, 33, crc, compressed, size)
        local_name = name if member.local_name is None else member.local_name
        body += struct.pack("<4s5H3L2H", b"PK\3\4", *common, len(local_name), 0) + local_name + packed
        head = struct.pack(
            "<4s6H3L5H2L", b"PK\1\2", member.made_by << 8 | 20, *common, len(name), len(member.extra),
            0, 0, 0, member.attributes, offset,
        )  # fmt: skip
        directory += head + name + member.extra
    body += between
    start, total = len(body), len(members) if count is None else count
    end = (
        struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, total, total, len(directory), start, len(comment)) + comment
    )
    if zip64:
        record = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, total, total, len(directory), start)
        locator = struct.pack("<4sLQL", b"PK\6\7", 0, start + len(directory), 1)
        end = (
            record
            + locator
            + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1, 0)
        )
    return body + directory + end + suffix


def _pack(member: Member) -> bytes:
    return deflate(member.data) if member.method == 8 else member.data
