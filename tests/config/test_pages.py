"""The frame around every page: whatever goes wrong is said in our words, to people on a page, to programs in
a document.
"""

import re

import pytest
from django.test import Client
from tests.fixtures import APP

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete"])
def test_a_program_that_asks_at_an_address_that_is_none_reads_so(method):
    answer = getattr(Client(enforce_csrf_checks=True), method)("/api/nothing/here", HTTP_HOST=APP)
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert "/api/docs" in answer.json()["detail"]


def test_a_form_of_another_site_is_refused_on_a_page_of_ours():
    answer = Client(enforce_csrf_checks=True).post(
        "/sign-in/", {"login": "a@b.example", "password": "x"}, HTTP_HOST=APP
    )
    assert answer.status_code == 403
    assert "Reload it and try again" in answer.content.decode()
    assert "form_not_from_here" in answer.content.decode()


def test_a_fault_of_ours_has_a_reference_under_which_the_log_has_it(tenant, monkeypatch, caplog):
    def faulty(*_given):
        raise ZeroDivisionError

    monkeypatch.setattr("heliograph.config.pages.parts.attention", faulty)
    owner = Client(HTTP_HOST=APP, raise_request_exception=False)
    owner.force_login(tenant.organization.memberships.get(role="owner").user)
    with caplog.at_level("INFO", "heliograph.refusals"):
        answer = owner.get("/")
    assert answer.status_code == 500
    [reference] = re.findall(r"reference ([2-9A-Z]{4}-[2-9A-Z]{4})", " ".join(answer.text.split()))
    assert f"{reference} server_error: GET /" in caplog.text
    assert "ZeroDivisionError" not in answer.text
