"""Why an LMS kept something else: each sign has its reason, and each reason says what to do."""

import pytest

from heliograph.dispatch.results.diagnosis import likely_reason

STATUS, SCORE, PLACE = "cmi.core.lesson_status", "cmi.core.score.raw", "cmi.core.lesson_location"


@pytest.mark.parametrize(
    ("element", "written", "kept", "error", "code"),
    [
        (STATUS, "completed", "failed", "0", "mastery_override"),
        (STATUS, "passed", "failed", "0", "mastery_override"),
        (STATUS, "completed", "incomplete", "0", "status_overridden"),
        ("cmi.success_status", "passed", "unknown", "0", "status_overridden"),
        (STATUS, "completed", "incomplete", "403", "status_read_only"),
        ("cmi.completion_status", "completed", "incomplete", "404", "status_read_only"),
        (SCORE, "90", "", "301", "session_lost"),
        ("cmi.score.scaled", "0.9", "", "132", "session_lost"),
        ("cmi.score.scaled", "0.9", "", "133", "session_lost"),
        (SCORE, "90", "90", "commit 101", "commit_refused"),
        (SCORE, "90", "", "401", "not_offered"),
        (SCORE, "90", "", "405", "value_refused"),
        ("cmi.score.scaled", "0.9", "", "407", "value_refused"),
        (PLACE, "page-12", "page-1", "0", "value_cut"),
        (PLACE, "page-12", "", "0", "forgotten"),
        (SCORE, "90", "9", "0", "number_changed"),
        (SCORE, "66.67", "67", "0", "number_changed"),
        (PLACE, "page-12", "start", "0", "changed"),
        ("passed", '{"success":true}', "", "403", "statement_refused"),
        ("completed", '{"completion":true}', "", "401", "session_lost"),
        ("terminated", '{"duration":"PT1.00S"}', "", "no answer", "store_unreachable"),
    ],
)
def test_each_sign_has_its_reason_in_plain_words(element, written, kept, error, code):
    reason = likely_reason(element, written, kept, error)
    assert reason.code == code
    assert reason.sentence.endswith(".")
    assert reason.advice.endswith(".")
