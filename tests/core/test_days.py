"""A day is read as a date field writes it, and what no calendar of ours has is none."""

from datetime import date

import pytest

from heliograph.core.days import parse_day


def test_a_day_is_read():
    assert parse_day("2026-03-31") == date(2026, 3, 31)


@pytest.mark.parametrize(
    "text", ["", "2026-02-30", "tomorrow", "1970-12-31", "3000-01-01", "9999-12-31", "0001-01-01"]
)
def test_what_is_no_day_of_ours(text):
    assert parse_day(text) is None
