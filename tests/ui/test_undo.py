"""Messages that offer to undo what was done."""

from typing import Any

import pytest
from django.contrib.messages.storage.base import Message
from django.test import Client
from lxml import html
from tests.fixtures import APP

from heliograph.core import clock
from heliograph.dispatch.models import Deployment
from heliograph.ui.undo import undo_of


def person(tenant, role: str) -> Client:
    client = Client(HTTP_HOST=APP)
    client.force_login(tenant.organization.memberships.get(role=role).user)
    return client


def manager(tenant) -> Client:
    return person(tenant, "manager")


def undone(client: Client, page: str) -> None:
    """Press *Undo* in the message of a page."""
    document: Any = html.fromstring(page)
    [form] = document.xpath("//*[@data-toast]//form")
    fields = {control.get("name"): control.get("value") for control in form.xpath(".//input[@name]")}
    assert client.post(form.get("action"), fields).status_code == 302


def test_a_message_offers_the_inverse_act_with_the_fields_it_needs(tenant, dispatch):
    page = manager(tenant).post(f"/admin/dispatch/{dispatch.id}/enable", {"enabled": "0"}, follow=True)
    assert f"“{dispatch.name}” disabled." in page.text
    toast = page.text.split("data-toast>")[1].split("</form>")[0]
    assert f'action="/admin/dispatch/{dispatch.id}/enable"' in toast
    assert '<input type="hidden" name="enabled" value="1">' in toast


def test_undoing_takes_the_way_and_the_checks_of_the_act(tenant, stranger, dispatch):
    client = manager(tenant)
    client.post(f"/admin/dispatch/{dispatch.id}/enable", {"enabled": "0"})
    assert (
        manager(stranger).post(f"/admin/dispatch/{dispatch.id}/enable", {"enabled": "1"}).status_code == 404
    )
    dispatch.refresh_from_db()
    assert not dispatch.enabled
    client.post(f"/admin/dispatch/{dispatch.id}/enable", {"enabled": "1"})
    dispatch.refresh_from_db()
    assert dispatch.enabled


def test_a_message_without_an_undo_offers_none():
    assert undo_of(Message(25, "Saved.")) is None
    assert undo_of(Message(25, "Saved.", extra_tags="quiet")) is None


def test_a_version_that_was_published_gives_way_to_the_former_one(tenant, import_course):
    course = import_course(tenant)
    import_course(tenant, publish=False, title="Second")
    page = manager(tenant).post(f"/admin/courses/{course.id}/versions/2/publish", follow=True).text
    course.refresh_from_db()
    assert course.published.number == 2
    undone(manager(tenant), page)
    course.refresh_from_db()
    assert course.published.number == 1


def test_the_first_version_that_is_published_cannot_be_undone(tenant, course):
    version = course.published
    course.published = None
    course.save()
    page = manager(tenant).post(f"/admin/courses/{course.id}/versions/{version.number}/publish", follow=True)
    assert "Undo" not in page.text


@pytest.mark.parametrize("active", ["0", "1"])
def test_a_member_gets_back_their_status(tenant, active):
    member = tenant.organization.memberships.get(role="reporter")
    member.is_active = active == "0"
    member.save()
    admin = person(tenant, "admin")
    page = admin.post(
        f"/admin/org/users/{member.id}/active", {"active": active, "confirmed": "1"}, follow=True
    ).text
    member.refresh_from_db()
    assert member.is_active is (active == "1")
    undone(admin, page)
    member.refresh_from_db()
    assert member.is_active is (active == "0")


def test_a_member_gets_back_their_role(tenant):
    member = tenant.organization.memberships.get(role="reporter")
    admin = person(tenant, "admin")
    page = admin.post(f"/admin/org/users/{member.id}/role", {"role": "manager"}, follow=True).text
    undone(admin, page)
    member.refresh_from_db()
    assert member.role == "reporter"


@pytest.mark.parametrize("suspended", [False, True])
def test_an_lms_connection_gets_back_its_status(tenant, dispatch, suspended):
    moment = clock.now()
    deployment = Deployment.objects.create(
        organization_id=dispatch.organization_id,
        dispatch=dispatch,
        domain="lms.example.org",
        suspended=suspended,
        first_launch_at=moment,
        last_activity_at=moment,
    )
    fields = {"suspended": "0" if suspended else "1", "confirmed": "1"}
    page = manager(tenant).post(f"/admin/deployments/{deployment.id}/change", fields, follow=True).text
    deployment.refresh_from_db()
    assert deployment.suspended is not suspended
    undone(manager(tenant), page)
    deployment.refresh_from_db()
    assert deployment.suspended is suspended
