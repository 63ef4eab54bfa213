"""What a learner tells whoever helps is in the log, with what was refused and nothing of the learner."""

import logging
import re

import pytest
from django.test import RequestFactory

from heliograph.core.errors import Forbidden
from heliograph.core.web import references


@pytest.fixture
def noted(caplog):
    """The reference of a problem, and the line that the log has of it."""
    caplog.set_level(logging.INFO, "heliograph.refusals")

    def run(problem, path, **headers):
        reference = references.noted(problem, RequestFactory().post(path, headers=headers))
        [line] = [record.getMessage() for record in caplog.records if reference in record.getMessage()]
        return reference, line

    return run


def test_the_line_says_what_was_refused_to_whom_and_whose_it_was(noted):
    problem = Forbidden("No.", code="dispatch_disabled")
    problem.add_note("dispatch 0192")
    reference, line = noted(problem, "/d/x/launch", Origin="https://lms.brandt.example")
    assert re.fullmatch(r"[2-9A-HJ-NP-TV-Z]{4}-[2-9A-HJ-NP-TV-Z]{4}", reference)
    assert (
        line
        == f"{reference} dispatch_disabled: POST /d/x/launch, from https://lms.brandt.example; dispatch 0192"
    )


def test_no_secret_of_an_address_and_no_second_line_gets_into_the_log(noted):
    _, line = noted(Forbidden("No."), "/play/AaIyaWt1cx6T3-3E75xDxQBrEEWT_4RHZVR5U7WORnyX3Qom2w/%0Aopen")
    assert "AaIyaWt1" not in line
    assert "\n" not in line


def test_two_refusals_have_two_references(noted):
    first, second = (noted(Forbidden("No."), "/d/x/launch")[0] for _ in range(2))
    assert first != second
