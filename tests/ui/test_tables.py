"""Tables: what the address asks for is what the page shows, and its links keep what is not changed."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.http import QueryDict
from django.test import Client

from heliograph.core.clock import now
from heliograph.dispatch import actions
from heliograph.dispatch.models import Destination, Dispatch
from heliograph.ui import tables

PAGE = "/admin/dispatch/"


@pytest.fixture
def manager(tenant) -> Client:
    client = Client()
    client.force_login(tenant.organization.memberships.get(role="manager").user)
    return client


@pytest.fixture
def customers(tenant, course) -> list[Dispatch]:
    """Three dispatches of customers Alder, Birch and Cedar, with limits of 30, none and 10 learners."""
    return [
        actions.create_dispatch(
            tenant.manager, course, actions.create_destination(tenant.manager, name), registration_limit=limit
        )
        for name, limit in (("Alder", 30), ("Birch", None), ("Cedar", 10))
    ]


def names(client: Client, query: str = "") -> list[str]:
    page = client.get(f"{PAGE}{query}").text
    return re.findall(r">\s*(Alder|Birch|Cedar)\s*</a>", page)


@pytest.mark.usefixtures("customers")
class TestOrder:
    def test_without_a_choice_the_newest_come_first(self, manager):
        assert names(manager) == ["Cedar", "Birch", "Alder"]

    def test_a_heading_orders_by_its_column_and_says_so(self, manager):
        assert names(manager, "?sort=customer") == ["Alder", "Birch", "Cedar"]
        assert names(manager, "?sort=-customer") == ["Cedar", "Birch", "Alder"]
        page = " ".join(manager.get(f"{PAGE}?sort=-customer").text.split())
        assert page.count("aria-sort") == 1
        assert 'aria-sort="descending"' in page

    def test_what_has_no_value_comes_last_either_way(self, manager, customers):
        for dispatch, days in ((customers[0], 5), (customers[2], 9)):
            Dispatch.objects.filter(id=dispatch.id).update(expires_at=now() + timedelta(days=days))
        assert names(manager, "?sort=ends") == ["Alder", "Cedar", "Birch"]
        assert names(manager, "?sort=-ends") == ["Cedar", "Alder", "Birch"]

    def test_what_is_no_column_orders_nothing(self, manager):
        assert names(manager, "?sort=signing_secret") == names(manager, "?sort=state") == names(manager)

    def test_a_heading_goes_through_both_ways_and_back(self, manager):
        def following(query: str) -> str:
            page = manager.get(f"{PAGE}{query}").text
            heading = page.partition("<thead>")[2].partition("Customer")[0]
            return re.findall(r'href="([^"]*)"', heading)[-1].replace("&amp;", "&")

        first = following("?search=r")
        assert first == "?search=r&sort=customer"
        assert following(first) == "?search=r&sort=-customer"
        assert following(following(first)) == "?search=r"


@pytest.mark.usefixtures("customers")
class TestFilters:
    def test_what_is_set_is_shown_and_can_be_removed_alone(self, manager):
        page = manager.get(f"{PAGE}?search=alder&mode=hosted&since=2026-01-01&sort=customer").text
        removed = re.findall(r'href="(\?[^"]*)"\s+aria-label="Remove filter ([^"]*)"', page)
        assert {label: address.replace("&amp;", "&") for address, label in removed} == {
            "Search: alder": "?mode=hosted&since=2026-01-01&sort=customer",
            "Package: Hosted": "?search=alder&since=2026-01-01&sort=customer",
            "From: 2026-01-01": "?search=alder&mode=hosted&sort=customer",
        }
        assert re.search(r'href="\?sort=customer"[^>]*>\s*Clear filters', page)

    def test_days_are_whole_days(self, manager):
        today, tomorrow = (f"{now() + timedelta(days=days):%Y-%m-%d}" for days in (0, 1))
        assert len(names(manager, f"?since={today}&until={today}")) == 3
        assert names(manager, f"?since={tomorrow}") == []

    def test_a_value_that_there_is_not_is_refused(self, manager):
        for query in ("?state=sleeping", "?since=yesterday", "?until=2026-13-01"):
            assert manager.get(f"{PAGE}{query}").status_code == 422
        assert "is not a value of the filter “Status”" in manager.get(f"{PAGE}?state=sleeping").text

    def test_a_thing_of_another_organization_is_not_there(self, manager, stranger, course):
        theirs = actions.create_destination(stranger.manager, "Their customer")
        assert manager.get(f"{PAGE}?destination={theirs.id}").status_code == 404

    def test_a_page_of_another_thing_filters_by_it_and_says_its_name(self, manager):
        alder = Destination.objects.get(name="Alder")
        assert names(manager, f"?destination={alder.id}") == ["Alder"]
        page = " ".join(manager.get(f"{PAGE}?destination={alder.id}").text.split())
        assert "Customer: <b>Alder</b>" in page

    def test_a_form_keeps_what_it_does_not_ask_for(self, manager):
        page = manager.get(f"{PAGE}?mode=hosted&page=3&sort=customer").text
        search = page.partition('<form role="search">')[2].partition("</form>")[0]
        assert re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', search) == [
            ("mode", "hosted"),
            ("sort", "customer"),
        ]

    def test_without_a_match_the_way_back_is_there(self, manager):
        page = manager.get(f"{PAGE}?search=nothing").text
        assert "No matching dispatches" in page
        assert "Clear filters" in page


class TestPages:
    @pytest.fixture(autouse=True)
    def three_a_page(self, monkeypatch) -> None:
        monkeypatch.setattr(tables, "ROWS", 2)

    def test_a_page_says_which_rows_of_how_many_it_shows(self, manager, customers):
        first, second = (" ".join(manager.get(f"{PAGE}?page={page}").text.split()) for page in (1, 2))
        assert "1–2 of 3" in first
        assert 'href="?page=2" rel="next"' in first
        assert 'rel="prev"' not in first
        assert "3–3 of 3" in second
        assert 'rel="next"' not in second

    def test_a_page_that_there_is_not_is_the_last_one(self, manager, customers):
        assert names(manager, "?page=9999999999") == names(manager, "?page=2") == ["Alder"]
        assert names(manager, "?page=nonsense") == names(manager, "?page=0") == ["Cedar", "Birch"]

    def test_more_than_are_counted_are_said_to_be_more(self, manager, customers, monkeypatch):
        monkeypatch.setattr(tables, "MOST_COUNTED", 2)
        page = " ".join(manager.get(PAGE).text.split())
        assert "1–2 of 2+" in page
        assert 'rel="next"' not in page


@pytest.mark.usefixtures("customers")
class TestColumns:
    def hidden(self, client: Client, cookie: str | None = None) -> str:
        if cookie is not None:
            client.cookies["heliograph_columns_dispatches"] = cookie
        return re.search(r'data-hidden="([^"]*)"', client.get(PAGE).text)[1]  # type: ignore[index]

    def test_some_are_hidden_until_somebody_asks_for_them(self, manager):
        assert self.hidden(manager) == "3 7 8 9"

    def test_a_browser_remembers_which(self, manager):
        assert self.hidden(manager, "customer.usage") == "2 5"
        assert self.hidden(manager, "") == ""

    def test_the_first_column_and_the_menu_cannot_be_hidden(self, manager):
        assert self.hidden(manager, "course.actions.nonsense<script>") == ""


def test_the_csv_has_the_rows_and_the_order_of_the_page(manager, customers):
    answer = manager.get(f"{PAGE}?csv=1&sort=customer&search=r&page=7")
    lines = answer.getvalue().decode().removeprefix("\ufeff").splitlines()
    assert [line.split(",")[3] for line in lines] == ["customer", "Alder", "Birch", "Cedar"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"sort": "name"}, "?search=a+b&state=full&sort=name"),
        ({"state": ""}, "?search=a+b"),
        ({"page": 4}, "?search=a+b&state=full&page=4"),
    ],
)
def test_a_change_of_the_address_goes_to_the_first_page(changes: dict[str, object], expected: str) -> None:
    assert tables.address(QueryDict("search=a+b&state=full&page=3&csv=1"), **changes) == expected


def test_nobody_who_may_not_change_anything_can_select_rows(tenant, customers: Callable[..., object]) -> None:
    reporter = Client()
    reporter.force_login(tenant.organization.memberships.get(role="reporter").user)
    page = reporter.get(PAGE).text
    assert 'class="pick"' not in page
    assert "dispatches-selected" not in page
