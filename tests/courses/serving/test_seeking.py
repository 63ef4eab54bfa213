"""Parts of a large deflated file: the right bytes, without inflating everything before them each time."""

import random
import zlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from heliograph.core.caches import BoundedCache
from heliograph.courses import queries
from heliograph.courses.serving import content, seeking
from heliograph.courses.serving.seeking import MEBIBYTE, SPACING

SIZE = 3 * SPACING + 12345


@pytest.fixture(scope="module")
def large() -> bytes:
    """Some of it deflates hardly, some to nothing."""
    made = random.Random(15)
    pieces, size = [], 0
    while size < SIZE:
        pieces.append(made.randbytes(20_000) if made.random() < 0.5 else bytes(made.randrange(3_000_000)))
        size += len(pieces[-1])
    return b"".join(pieces)[:SIZE]


@pytest.fixture
def file(tenant, import_course, large):
    course = import_course(tenant, files={"data.bin": large})
    return queries.file(queries.frozen(course.published_id), "data.bin")


@pytest.fixture
def inflated(monkeypatch):
    """Counts the bytes that are inflated."""
    made = zlib.decompressobj

    class Counting:
        count = 0

        def __init__(self, inner):
            self.inner = inner

        def decompress(self, *given):
            piece = self.inner.decompress(*given)
            Counting.count += len(piece)
            return piece

        def copy(self):
            return Counting(self.inner.copy())

        def __getattr__(self, name):
            return getattr(self.inner, name)

    monkeypatch.setattr(zlib, "decompressobj", lambda *given: Counting(made(*given)))
    monkeypatch.setattr(seeking, "_checkpoints", BoundedCache(seeking.MOST_HELD))
    return Counting


@pytest.mark.parametrize("first", [0, 1, SPACING - 1, SPACING, SPACING + 1, 2 * SPACING + 777, SIZE - 1])
def test_a_part_from_anywhere_is_right(file, large, first):
    for length in (1, 100_000, SPACING):
        assert (
            b"".join(content._slice(file, first, min(length, SIZE - first))) == large[first : first + length]
        )


def test_parts_in_any_order_are_right(file, large):
    made = random.Random(2)
    for first in (made.randrange(SIZE) for _ in range(30)):
        assert b"".join(content._slice(file, first, 10)) == large[first : first + 10]


def test_the_last_byte_costs_the_whole_file_once_and_then_no_more_than_two_checkpoints_apart(file, inflated):
    b"".join(content._slice(file, SIZE - 1, 1))
    whole = inflated.count
    assert whole < SIZE + 2 * SPACING
    for _ in range(20):
        b"".join(content._slice(file, SIZE - 1, 1))
    assert (inflated.count - whole) / 20 <= SPACING + 16 * MEBIBYTE


def test_many_who_ask_at_once_do_not_each_inflate_the_whole(file, inflated, large):
    with ThreadPoolExecutor(8) as readers:
        parts = readers.map(lambda _: b"".join(content._slice(file, SIZE - 1, 1)), range(8))
        assert set(parts) == {large[-1:]}
    assert inflated.count < SIZE + 8 * (SPACING + 2 * MEBIBYTE)


def test_what_is_remembered_is_bounded_by_bytes(file, inflated, monkeypatch, large):
    monkeypatch.setattr(seeking, "_checkpoints", BoundedCache(seeking.STATE))
    assert b"".join(content._slice(file, SIZE - 1, 1)) == large[-1:]
    assert len(seeking._checkpoints) == 1
