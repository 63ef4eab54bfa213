"""Filters by one of many things: what a menu offers, and when it goes on by itself."""

import pytest
from django.test import Client

from heliograph.dispatch import actions
from heliograph.dispatch.models import Destination
from heliograph.ui import filter_menus

CHOICES = "/admin/analytics/filters/destination/"
TYPING = {"HX-Request": "true", "HX-Trigger-Name": "find"}
ENTER = {"HX-Request": "true"}


@pytest.fixture
def client(tenant) -> Client:
    client = Client()
    client.force_login(tenant.organization.memberships.get(role="reporter").user)
    return client


@pytest.fixture
def customers(tenant) -> list[Destination]:
    return [actions.create_destination(tenant.manager, name) for name in ("Alder", "Birch", "Cedar")]


def test_enter_goes_to_the_only_match_and_typing_waits(client, customers):
    there = f"/admin/analytics/?period=7d&destination={customers[0].id}"
    asked = f"{CHOICES}?period=7d&find=alder"
    assert client.get(asked, headers=ENTER)["HX-Redirect"] == client.get(asked).url == there
    typed = client.get(asked, headers=TYPING)
    assert "HX-Redirect" not in typed
    assert "Alder" in typed.text


def test_without_a_search_even_the_only_one_is_offered(client, tenant):
    actions.create_destination(tenant.manager, "Alder")
    assert "Alder" in client.get(CHOICES, headers=ENTER).text


def test_several_stay_to_be_chosen_and_a_script_gets_no_whole_page(client, customers):
    alone, piece = client.get(f"{CHOICES}?find=r"), client.get(f"{CHOICES}?find=r", headers=ENTER)
    for answer in (alone, piece):
        assert [option.label for option, _, _ in answer.context["options"]] == ["Alder", "Birch", "Cedar"]
    assert "<html" in alone.text
    assert "<html" not in piece.text


def test_a_menu_says_that_there_are_more_than_it_offers(client, customers, monkeypatch):
    assert "Type to find more." not in client.get(CHOICES).text
    monkeypatch.setattr(filter_menus, "MOST", 2)
    page = client.get(CHOICES)
    assert "Type to find more." in page.text
    assert len(page.context["options"]) == 2


def test_what_is_chosen_is_marked_and_can_be_taken_back(client, customers):
    page = " ".join(client.get(f"{CHOICES}?period=7d&destination={customers[1].id}").text.split())
    assert f'destination={customers[1].id}" aria-current="true"' in page
    assert page.count('aria-current="true"') == 1
    assert '<a href="/admin/analytics/?period=7d"><i class="icon"></i> <span>All</span>' in page
