"""Views of lists: a member keeps the filters and order of a list under a name, and nobody else sees it."""

import re

import pytest
from django.test import Client

from heliograph.accounts import saved_views
from heliograph.accounts.groups import actions as groups
from heliograph.accounts.models import TableView

LIST = "http://testserver/admin/dispatch/?state=full&sort=-usage"
VIEW = {"table": "dispatches", "name": "Full ones", "query": "state=full&sort=-usage"}


@pytest.fixture
def signed_in(tenant, dispatch):
    def client(role: str) -> Client:
        made = Client(headers={"referer": LIST})
        made.force_login(tenant.organization.memberships.get(role=role).user)
        return made

    return client


def views(client: Client, page: str = "/admin/dispatch/") -> list[str]:
    menu = client.get(page).text.partition('id="dispatches-views"')[2].partition("Save this view")[0]
    return re.findall(r'<a href="([^"]*)"', menu.replace("&amp;", "&"))


def test_a_view_is_kept_under_its_name_and_leads_back(signed_in):
    reporter = signed_in("reporter")
    answer = reporter.post("/admin/views/", VIEW)
    assert answer["Location"] == LIST
    assert views(reporter) == ["?state=full&sort=-usage"]
    assert reporter.get(f"/admin/dispatch/{views(reporter)[0]}").status_code == 200


def test_it_is_shown_in_its_own_list_to_its_own_member_only(signed_in):
    signed_in("reporter").post("/admin/views/", VIEW)
    assert views(signed_in("owner")) == []
    assert "Full ones" not in signed_in("reporter").get("/admin/courses/").text


def test_a_manager_of_a_group_saves_views_of_its_list_without_any_permission(tenant, signed_in):
    group = groups.create(tenant.owner, "Sales")
    groups.set_manager(tenant.owner, group, tenant.organization.memberships.get(role="learner"), True)
    learner = signed_in("learner")
    saved = learner.post("/admin/views/", {"table": "groups", "name": "Mine", "query": "search=sales"})
    assert saved.status_code == 302
    assert "?search=sales" in learner.get("/admin/org/groups/").text
    assert learner.post(f"/admin/views/{TableView.objects.get().id}/delete").status_code == 302


def test_one_of_the_same_name_takes_its_place(signed_in):
    reporter = signed_in("reporter")
    reporter.post("/admin/views/", VIEW)
    reporter.post("/admin/views/", {**VIEW, "query": "state=active&page=7&csv=1"})
    assert views(reporter) == ["?state=active"], "neither the page nor the export is a view"


def test_it_is_deleted_by_its_member_alone(signed_in):
    signed_in("reporter").post("/admin/views/", VIEW)
    address = f"/admin/views/{TableView.objects.get().id}/delete"
    assert signed_in("owner").post(address).status_code == 404
    assert signed_in("reporter").post(address)["Location"] == "http://testserver/admin/dispatch/"
    assert signed_in("reporter").post(address).status_code == 404
    assert signed_in("reporter").post("/admin/views/nonsense/delete").status_code == 404


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"name": "  "}, "name_missing"),
        ({"name": "x" * 61}, "text_too_long"),
        ({"query": "a=" + "b" * 1000}, "text_too_long"),
    ],
)
def test_what_cannot_be_kept_is_refused_where_it_was_typed(signed_in, wrong, code):
    answer = signed_in("reporter").post("/admin/views/", {**VIEW, **wrong}, headers={"x-dialog": "1"})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert not TableView.objects.exists()


def test_nobody_fills_the_database_with_them(signed_in, monkeypatch):
    monkeypatch.setattr(saved_views, "MOST", 2)
    reporter = signed_in("reporter")
    for name in ("one", "two", "three"):
        answer = reporter.post("/admin/views/", {**VIEW, "name": name}, headers={"x-dialog": "1"})
    assert (answer.status_code, answer.json()["code"]) == (422, "views_full")
    assert reporter.post("/admin/views/", {**VIEW, "name": "two"}).status_code == 302, "it is replaced"
    assert TableView.objects.count() == 2


def test_the_way_back_stays_on_this_host(signed_in):
    reporter = signed_in("reporter")
    answer = reporter.post(
        "/admin/views/", VIEW, headers={"referer": "https://elsewhere.example/admin/dispatch/"}
    )
    assert answer["Location"] == "/"
