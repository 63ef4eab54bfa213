"""Reading from the middle of a deflated file without inflating everything before it again each time.

Deflate can only be read from its beginning. So the first who asks for something deep leaves copies of the
inflater's state on the way, one every few megabytes, and whoever comes later begins at the nearest. What a
request may cost is bounded by the distance of two copies; what the copies hold, by a cache of so many bytes
in each process.
"""

import threading
import zlib
from collections.abc import Iterator
from typing import IO, Any, Final, NamedTuple
from uuid import UUID

from heliograph.core import storage
from heliograph.core.caches import BoundedCache
from heliograph.courses.models import CourseFile

MEBIBYTE: Final = 1024 * 1024
SPACING: Final = 8 * MEBIBYTE  # inflated bytes between two checkpoints
STEP: Final = 16 * 1024  # deflated bytes at a time: the most they inflate to is a thousand times as much
INFLATED: Final = 256 * 1024
STATE: Final = 64 * 1024  # what one inflater holds: its window of 32 KB, its tables, the allocator's share
# All checkpoints of the largest course that the default limits take (4 GB unpacked) are half of this.
MOST_HELD: Final = 64 * MEBIBYTE


class Checkpoint(NamedTuple):
    """An inflater that has read ``stored`` deflated bytes and given ``at`` inflated ones; copied before each
    use."""

    at: int
    stored: int
    inflater: Any


_checkpoints: BoundedCache[tuple[UUID, str, int], tuple[Checkpoint, ...]] = BoundedCache(MOST_HELD)
# Who comes while another one is on the way to the same place waits for its checkpoints; 64 locks serve all
# files.
_locks = tuple(threading.Lock() for _ in range(64))


def inflated_from(file: CourseFile, first: int) -> Iterator[bytes]:
    """The content of a deflated file from byte ``first`` on, in pieces of at most 256 KB."""
    with storage.open_blob(file.organization_id, file.blob) as blob:
        nearest = _nearest(blob, file, first)
        skip = first - nearest.at
        for piece in _inflate(blob, file, nearest.stored, nearest.inflater.copy()):
            if skip < len(piece):
                yield piece[skip:]
            skip = max(0, skip - len(piece))


def _nearest(blob: IO[bytes], file: CourseFile, first: int) -> Checkpoint:
    """The last checkpoint at or before ``first``, with those on the way to it left behind."""
    start = Checkpoint(0, 0, zlib.decompressobj(-zlib.MAX_WBITS))
    if first < SPACING:
        return start
    key = (file.organization_id, file.blob, file.offset)
    with _locks[hash(key) % len(_locks)]:
        known = _checkpoints.get(key) or (start,)
        if known[-1].at + SPACING <= first:
            known += tuple(_on_the_way(blob, file, known[-1], first))
            _checkpoints.put(key, known, len(known) * STATE)
    return next(checkpoint for checkpoint in reversed(known) if checkpoint.at <= first)


def _on_the_way(blob: IO[bytes], file: CourseFile, last: Checkpoint, first: int) -> Iterator[Checkpoint]:
    """New checkpoints between the last one and ``first``."""
    inflater, at, stored, reported = last.inflater.copy(), last.at, last.stored, last.at
    blob.seek(file.offset + stored)
    while at < first and stored < file.stored_bytes:
        block = blob.read(min(STEP, file.stored_bytes - stored))
        if not block:
            return
        stored += len(block)
        while block:
            at += len(inflater.decompress(block, INFLATED))
            block = inflater.unconsumed_tail
        if reported + SPACING <= at <= first:
            yield Checkpoint(at, stored, inflater.copy())
            reported = at


def _inflate(blob: IO[bytes], file: CourseFile, stored: int, inflater: Any) -> Iterator[bytes]:
    blob.seek(file.offset + stored)
    left = file.stored_bytes - stored
    while left and (block := blob.read(min(STEP, left))):
        left -= len(block)
        while block:
            yield inflater.decompress(block, INFLATED)
            block = inflater.unconsumed_tail
    yield inflater.flush()
