"""One of many is chosen from a list while they are few, and searched where they are more."""

import pytest
from django.test import Client

from heliograph.dispatch import actions
from heliograph.dispatch.models import Dispatch
from heliograph.ui.lookups import MOST_LISTED

PAGE = "/admin/dispatch/"


@pytest.fixture
def manager(tenant) -> Client:
    client = Client()
    client.force_login(tenant.organization.memberships.get(role="manager").user)
    return client


@pytest.fixture
def many(tenant, course) -> list[str]:
    """More customers than a list shows: Customer 00, Customer 01 …"""
    names = [f"Customer {number:02}" for number in range(MOST_LISTED + 2)]
    for name in names:
        actions.create_destination(tenant.manager, name)
    return names


def test_few_are_a_list(tenant, course, manager):
    actions.create_destination(tenant.manager, "Brandt")
    page = manager.get(PAGE).text
    assert 'role="combobox"' not in page
    assert ">Brandt</option>" in page


def test_of_several_none_is_chosen_before_a_person_does(tenant, course, manager, import_course):
    def first() -> str:
        listed = manager.get(PAGE).text.partition('name="course"')[2]
        return " ".join(listed.partition("</option>")[0].split()).rpartition(">")[2]

    assert first() == course.title, "there is but one"
    other = import_course(tenant, "other", title="Working at height")
    assert first() == "–"
    listed = (
        manager.get(f"{PAGE}?new={other.key}").text.partition('name="course"')[2].partition("</select>")[0]
    )
    assert f'value="{other.id}" selected' in " ".join(listed.split())
    assert ">–<" not in listed


def test_many_are_searched_by_name_or_id_and_the_rest_is_told(tenant, manager, many):
    page = manager.get(PAGE).text
    assert page.count('role="combobox"') == 1, "there is one course"
    found = manager.get(f"{PAGE}new/customers").text
    assert found.count("data-value") == MOST_LISTED
    assert "Type to narrow down" in found
    found = manager.get(f"{PAGE}new/customers?destination=mer%2007").text
    assert found.count("data-value") == 1
    assert "Customer 07" in found
    assert "No matches" in manager.get(f"{PAGE}new/customers?destination=nobody").text
    assert "Fire" not in manager.get(f"{PAGE}new/courses?course=nothing").text


def test_another_organizations_are_not_found(stranger, manager, course):
    actions.create_destination(stranger.manager, "Theirs")
    assert "Theirs" not in manager.get(f"{PAGE}new/customers").text


def test_the_link_to_a_new_dispatch_chooses_among_many(tenant, manager, many):
    destination = actions.create_destination(tenant.manager, "Zwick")
    page = " ".join(manager.get(f"{PAGE}?new_for={destination.key}").text.split())
    assert f'name="destination_id" value="{destination.id}"' in page
    assert 'value="Zwick"' in page


@pytest.mark.parametrize(
    "sent",
    [
        lambda destination: {"destination_id": destination.id, "destination": "Brandt"},
        lambda destination: {"destination_id": "", "destination": "brandt"},
        lambda destination: {"destination": destination.key},
    ],
    ids=["chosen", "typed by its name", "typed by its ID"],
)
def test_what_is_chosen_or_typed_is_taken(tenant, course, manager, sent):
    destination = actions.create_destination(tenant.manager, "Brandt")
    manager.post(f"{PAGE}new", {"course": course.title, **sent(destination)})
    assert Dispatch.objects.get().destination == destination


@pytest.mark.parametrize(("typed", "status"), [("Nobody", 404), ("", 422), ("Twins", 404)])
def test_what_is_none_or_several_is_refused_at_its_field(tenant, course, manager, typed, status):
    for _ in range(2):
        actions.create_destination(tenant.manager, "Twins")
    answer = manager.post(
        f"{PAGE}new", {"course": str(course.id), "destination": typed}, headers={"X-Dialog": "1"}
    )
    assert (answer.status_code, answer.json()["field"]) == (status, "destination")
