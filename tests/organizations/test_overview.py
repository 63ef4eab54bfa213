"""The organization at a glance: figures that lead to their rows, and its settings."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from tests.fixtures import APP

from heliograph.accounts import actions
from heliograph.audit.models import Entry
from heliograph.core import clock
from heliograph.core.roles import Role
from heliograph.dispatch.licenses import actions as licensing


@pytest.fixture
def admin(tenant):
    client = Client(HTTP_HOST=APP)
    client.force_login(tenant.organization.memberships.get(role="admin").user)
    return client


def test_every_number_leads_to_its_rows(tenant, admin, dispatch):
    actions.set_member_active(tenant.owner, tenant.organization.memberships.get(role="learner"), False)
    shown = " ".join(admin.get("/admin/org/").text.split())
    facts = shown.partition('class="facts"')[2].partition("</section>")[0]
    for address, number in (
        ("/admin/org/users/", "4"),
        ("/admin/org/courses/", "1"),
        ("/admin/registrations/", "0"),
        ("/admin/dispatch/", "1"),
        ("/records/", "0"),
    ):
        assert f'<a href="{address}">{number}</a>' in facts, address
    assert "1 deactivated" in facts
    assert "Nothing needs attention." in shown


def test_programs_are_told_the_same(tenant, dispatch, api_as):
    program = api_as(tenant, Role.ADMIN)
    actions.set_member_active(tenant.owner, tenant.organization.memberships.get(role="learner"), False)
    licensing.attach(tenant.manager, dispatch, expires_at=clock.now() + timedelta(days=3))
    shown = program("GET", "/org/overview").json()
    [attention] = shown.pop("attention")
    assert shown.pop("stored_bytes") > 100
    assert shown == {
        "users": 4,
        "deactivated_users": 1,
        "courses": 1,
        "dispatches": 1,
        "registrations": 0,
        "statements": 0,
    }
    assert (attention["level"], "ends on" in attention["text"]) == ("warn", True)
    assert attention["url"].endswith(f"/admin/dispatch/{dispatch.id}/")
    meta = program("GET", "/org/meta").json()
    assert (meta["address"], meta["audit_retention_days"]) == (settings.HELIOGRAPH.url, None)


def test_the_organization_is_renamed_and_the_audit_log_tells(tenant, admin):
    admin.post("/admin/org/name", {"name": "  Northlight   Safety "})
    tenant.organization.refresh_from_db()
    assert tenant.organization.name == "Northlight Safety"
    assert Entry.objects.get(verb="changed settings of").details == {
        "before": {"name": "Northlight"}, "after": {"name": "Northlight Safety"},
    }  # fmt: skip
    refused = admin.post("/admin/org/name", {"name": " "}, headers={"X-Dialog": "1"})
    assert (refused.status_code, refused.json()["field"]) == (422, "name")


@pytest.mark.parametrize("path", ["", "users/", "courses/", "settings/", "audit-log/"])
def test_it_is_for_administrators(tenant, path):
    for role, status in (("manager", 403), ("learner", 403), ("admin", 200)):
        client = Client(HTTP_HOST=APP)
        client.force_login(tenant.organization.memberships.get(role=role).user)
        assert client.get(f"/admin/org/{path}").status_code == status, role
