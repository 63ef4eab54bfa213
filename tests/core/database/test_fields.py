"""Text from outside is held to the length of its column before the database has to."""

import pytest

from heliograph.core.database.fields import LONGEST_TEXT, refuse_too_long
from heliograph.core.errors import Invalid
from heliograph.courses.models import Course


@pytest.mark.parametrize(
    "values",
    [{"title": "a" * 300}, {"description": "a" * LONGEST_TEXT}, {"strict": True}, {"published": None}, {}],
)
def test_what_fits_is_taken(values):
    refuse_too_long(Course, values)


@pytest.mark.parametrize(
    "values",
    [{"title": "a" * 301}, {"key": "ok", "title": "ž" * 301}, {"description": "a" * (LONGEST_TEXT + 1)}],
)
def test_what_does_not_fit_is_refused_with_both_numbers(values):
    with pytest.raises(Invalid, match=r"is too long: [\d,]+ characters of at most [\d,]+\.$"):
        refuse_too_long(Course, values)
