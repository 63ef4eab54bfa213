"""What the forms of a registration read and refuse."""

import pytest
from django.test import RequestFactory

from heliograph.core.errors import Invalid
from heliograph.runtime.forms import MarkComplete, ResetProgress, WaiveLesson


def sent(form, **fields):
    return form.sent(RequestFactory().post("/", fields))


@pytest.mark.parametrize(("written", "points"), [("", None), ("87,5", 87.5), ("100", 100), (" 0 ", 0)])
def test_a_score_is_read_with_a_point_or_a_comma_and_may_be_empty(written, points):
    assert sent(MarkComplete, reason="On paper", points=written)["points"] == points


@pytest.mark.parametrize(
    ("form", "fields", "field", "says"),
    [
        (MarkComplete, {"reason": " "}, "reason", "Enter a reason."),
        (MarkComplete, {"reason": "x" * 1001}, "reason", "at most 1000"),
        (MarkComplete, {"reason": "x", "points": "101"}, "points", "0 to 100"),
        (MarkComplete, {"reason": "x", "points": "nan"}, "points", "0 to 100"),
        (MarkComplete, {"reason": "x", "success": "maybe"}, "success", "Choose one"),
        (WaiveLesson, {"reason": "Because"}, "reason", "Choose one"),
        (WaiveLesson, {"reason": "Administrative", "note": "x" * 1001}, "note", "at most 1000"),
        (ResetProgress, {"reason": "x" * 1001}, "reason", "at most 1000"),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(form, fields, field, says):
    with pytest.raises(Invalid) as refused:
        sent(form, **fields)
    assert refused.value.details["field"] == field
    assert says in refused.value.sentence


def test_the_lessons_that_can_be_waived_are_offered_by_their_titles():
    offered = str(WaiveLesson(lessons=[("urn:x:1", "Lesson 1")]))
    assert '<option value="urn:x:1">Lesson 1</option>' in offered
    assert "All incomplete lessons" in offered
    assert sent(WaiveLesson, unit="urn:x:1", reason="Tested Out")["unit"] == "urn:x:1"
