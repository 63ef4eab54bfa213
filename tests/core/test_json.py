"""JSON from strangers becomes what PostgreSQL can keep, or a few words on why not."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heliograph.core.json import read


class Shape(msgspec.Struct):
    name: str
    count: int = 0


def test_it_is_read_into_the_shape_that_is_asked_for():
    assert read(b'{"name": "Anna", "count": 2}', Shape) == Shape("Anna", 2)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (r'"a\u0000b"', "a\ufffdb"),
        (r'"\u0000\u0000"', "\ufffd\ufffd"),
        (r'"\\u0000"', r"\u0000"),  # an escaped backslash, then plain letters
        (r'"\\\u0000"', "\\\ufffd"),
        (r'"\u00000"', "\ufffd0"),
    ],
)
def test_a_nul_character_becomes_one_that_can_be_stored(text, kept):
    assert read(text.encode()) == kept


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"\xff",
        b'{"name": 1}',
        b"{}",
        b'"\\ud800"',
        b"[" * 100_000,
        b'{"name": "a", "count": "1"}',
        b'"a\x00"',
        b"NaN",
    ],
)
def test_what_cannot_be_read_says_why(raw):
    with pytest.raises(ValueError, match=r"\w"):
        read(raw, Shape)


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


def without_nul(value):
    if isinstance(value, str):
        return value.replace("\0", "\ufffd")
    if isinstance(value, list):
        return [without_nul(inner) for inner in value]
    return (
        {without_nul(key): without_nul(inner) for key, inner in value.items()}
        if isinstance(value, dict)
        else value
    )


@given(values)
def test_whatever_is_sound_stays_as_it_is_but_for_nul_characters(value):
    assert read(json.dumps(value).encode()) == without_nul(value)
