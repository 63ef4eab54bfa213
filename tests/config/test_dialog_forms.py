"""What a form in a dialog is answered: a refusal is shown where it happened, and what succeeds goes on."""

import pytest
from django.test import Client
from tests.fixtures import APP

from heliograph.dispatch.models import Destination, Dispatch


@pytest.fixture
def manager(tenant):
    client = Client(headers={"X-Dialog": "1"}, HTTP_HOST=APP)
    client.force_login(tenant.organization.memberships.get(role="manager").user)
    return client


def test_a_refusal_names_its_field_and_nothing_half_done_is_left(manager, course):
    answer = manager.post(
        "/admin/dispatch/new",
        {"course": course.id, "new_destination": "Brandt", "registration_limit": "a few"},
    )
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert answer.json()["field"] == "registration_limit"
    assert "whole number" in answer.json()["detail"]
    assert not Destination.objects.exists()


def test_what_succeeds_says_where_to_go_and_keeps_its_message_for_the_next_page(manager, course):
    answer = manager.post("/admin/dispatch/new", {"course": course.id, "new_destination": "Brandt"})
    made = Dispatch.objects.get()
    assert (answer.status_code, answer.headers["X-Next"]) == (200, f"/admin/dispatch/{made.id}/")
    assert [message.message for message in manager.get(answer.headers["X-Next"]).context["messages"]]


def test_without_the_script_a_refusal_is_a_page(tenant, course):
    client = Client(HTTP_HOST=APP)
    client.force_login(tenant.organization.memberships.get(role="manager").user)
    answer = client.post("/admin/dispatch/new", {"course": course.id, "registration_limit": "a few"})
    assert answer.headers["Content-Type"].startswith("text/html")


def test_a_refusal_for_a_stranger_says_no_more_than_a_page_would(stranger, course):
    client = Client(headers={"X-Dialog": "1"}, HTTP_HOST=APP)
    client.force_login(stranger.organization.memberships.get(role="manager").user)
    answer = client.post("/admin/dispatch/new", {"course": course.id, "new_destination": "Brandt"})
    assert (answer.status_code, answer.json()["code"]) == (404, "course_not_found")
