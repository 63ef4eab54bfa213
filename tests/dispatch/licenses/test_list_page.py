"""The list of licenses: each with its owner and how it stands, found by what needs attention."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from heliograph.core.clock import now
from heliograph.dispatch.licenses import actions, list_page, usage
from heliograph.dispatch.models import License

NO_FILTERS = {"state": "", "attention": "", "of": ""}


@pytest.fixture
def licenses(tenant, dispatch) -> None:
    """Each in a state of its own, named by it; the last one is of a customer."""
    day = timedelta(days=1)
    settings_of: dict[str, dict[str, Any]] = {
        "endless": {},
        "ending": {"expires_at": now() + 9 * day},
        "in grace": {"expires_at": now() - day, "grace_days": 7},
        "expired": {"expires_at": now() - day},
        "scheduled": {"starts_at": now() + day},
        "nearly full": {"learner_limit": 10},
        "half full": {"launch_limit": 10},
        "ended": {},
    }
    for name, settings in settings_of.items():
        actions.attach(tenant.manager, dispatch, name=name, **settings)
    actions.end(tenant.manager, License.objects.get(name="ended"))
    actions.attach(tenant.manager, dispatch.destination, name="of the customer")
    License.objects.filter(name="nearly full").update(learners_used=9)
    License.objects.filter(name="half full").update(launches_used=5)


def names(tenant, search: str = "", **filters: str) -> set[str]:
    found = list_page.found(tenant.organization.id, search, {**NO_FILTERS, **filters})
    return set(found.values_list("name", flat=True))


def test_each_state_has_those_that_are_in_it(tenant, licenses):
    everything = names(tenant)
    by_state = {state: names(tenant, state=state) for state in ("current", "scheduled", "ended")}
    assert by_state["ended"] == {"ended", "expired"}
    assert by_state["scheduled"] == {"scheduled"}
    assert by_state["current"] == everything - by_state["ended"] - by_state["scheduled"]
    for state, found in by_state.items():
        assert {usage.state_of(License.objects.get(name=name)) for name in found} == {state}


def test_what_needs_attention_is_found(tenant, licenses):
    assert names(tenant, attention="ending") == {"ending"}
    assert names(tenant, attention="full") == {"nearly full"}


def test_it_is_found_by_its_name_and_by_whose_it_is(tenant, dispatch, licenses):
    assert names(tenant, search="grace") == {"in grace"}
    assert names(tenant, search=dispatch.destination.name, of="destination") == {"of the customer"}
    assert "of the customer" not in names(tenant, of="dispatch")


def test_the_page_leads_to_where_a_license_is_changed(tenant, dispatch, licenses, client: Client):
    client.force_login(tenant.organization.memberships.get(role="reporter").user)
    page = client.get("/admin/licenses/?sort=owner").text
    assert f"/admin/dispatch/{dispatch.id}/limits/" in page
    assert f"/admin/destinations/{dispatch.destination_id}/licenses/" in page
    assert "9 of 10 learners" in page
    rows = list(
        csv.DictReader(
            io.StringIO(client.get("/admin/licenses/?csv=1").getvalue().decode().removeprefix("\ufeff"))
        )
    )
    assert {row["name"]: row["learners used"] for row in rows}["nearly full"] == "9"


def test_another_organizations_are_not_there(stranger, licenses):
    assert names(stranger) == set()
