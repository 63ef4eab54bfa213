"""The frame around every page: whatever goes wrong is said in our words, to people on a page, to programs in
a document.
"""

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
