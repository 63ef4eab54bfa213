"""The palette finds pages, and rows of every part by a name, a key or an id, of one's own organization."""

import pytest
from django.test import Client
from tests.fixtures import APP

from heliograph.dispatch import admission


@pytest.fixture
def find(tenant):
    def ask(text, role="manager", organization=tenant.organization):
        client = Client(HTTP_HOST=APP)
        client.force_login(organization.memberships.get(role=role).user)
        answer = client.get("/search", {"q": text})
        assert answer.status_code == 200
        return [(hit.kind, hit.name) for hit in answer.context["hits"]] if answer.context else []

    return ask


def test_a_page_is_found_by_its_label_where_one_may_open_it(find):
    assert find("audit", role="admin") == [("Page", "Audit log")]
    assert find("audit", role="reporter") == []


def test_rows_are_found_by_name_key_and_id(find, course, dispatch):
    registration = admission.admit(dispatch, "anna", "Anna Šimková")
    assert ("Course", course.title) in find(course.title[:4])
    assert ("Customer", dispatch.destination.name) in find(dispatch.destination.key)
    assert ("Dispatch", dispatch.name) in find(dispatch.key)
    assert find("šimk") == [("Registration", "Anna Šimková")]
    assert [find(str(row.id)) for row in (course, dispatch.destination, dispatch, registration)] == [
        [("Course", course.title)],
        [("Customer", dispatch.destination.name)],
        [("Dispatch", dispatch.name)],
        [("Registration", "Anna Šimková")],
    ]


def test_nothing_of_another_organization_is_found(find, stranger, course, dispatch):
    elsewhere = stranger.organization
    for text in (course.title, dispatch.key, str(course.id), str(dispatch.id), dispatch.destination.name):
        assert find(text, organization=elsewhere) == []


def test_one_letter_and_nothing_find_no_rows_and_strange_text_does_no_harm(find, course):
    assert find("") == find("   ") == []
    assert all(kind == "Page" for kind, _ in find(course.title[0]))
    for text in ("%", "_" * 3, "'; DROP TABLE", "\\", "x" * 10_000, "\u202e", "<b>"):
        assert isinstance(find(text), list)
