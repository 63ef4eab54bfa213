"""What is asked before something of the record store goes, and that nothing goes before it is answered."""

import pytest
from django.test import Client
from tests.fixtures import APP

from heliograph.core import clock
from heliograph.lrs.credentials import actions as credentials
from heliograph.lrs.models import Credential, Pipe, SavedView, Undelivered
from heliograph.lrs.pipes import actions as pipes
from heliograph.lrs.pipes.actions import PipeSettings


@pytest.fixture
def admin(tenant):
    client = Client(HTTP_HOST=APP)
    client.force_login(tenant.organization.memberships.get(role="admin").user)
    return client


def test_a_credential_says_when_it_was_last_used(tenant, admin):
    made, _ = credentials.create_credential(tenant.owner, "A tool")
    address = f"/records/credentials/{made.id}/revoke"
    assert "It was never used." in admin.post(address).text
    Credential.objects.update(last_used_at="2031-05-01T10:00Z")
    assert "It was last used on May 1, 2031." in admin.post(address).text
    assert Credential.objects.get().revoked_at is None
    admin.post(address, {"confirmed": "1"})
    assert Credential.objects.get().revoked_at is not None


def test_a_pipe_says_what_it_moved_and_what_is_lost_with_it(tenant, admin):
    other = PipeSettings("https://lrs.example.org/xapi", "key", "secret")
    pipe = pipes.create_pipe(tenant.owner, "Warehouse", "forward", other)
    Pipe.objects.update(moved=1_234)
    for number in range(2):
        Undelivered.objects.create(pipe=pipe, statement_id=str(number), reason="No.", at=clock.now())
    address = f"/records/pipes/{pipe.id}/remove"
    question = admin.post(address).text
    assert "1,234 statements it has moved are kept." in question
    assert "The list of 2 failed statements is deleted." in question
    assert Pipe.objects.exists()
    admin.post(address, {"confirmed": "1"})
    assert not Pipe.objects.exists()


def test_a_pause_can_be_undone(tenant, admin):
    pipe = pipes.create_pipe(
        tenant.owner, "Warehouse", "forward", PipeSettings("https://lrs.example.org/xapi", "key", "secret")
    )
    page = admin.post(f"/records/pipes/{pipe.id}/pause", follow=True).text
    assert f'action="/records/pipes/{pipe.id}/resume"' in page.split("data-toast>")[1]


def test_a_shared_view_is_lost_for_everyone(admin):
    admin.post("/records/views/?verb=passed", {"name": "Passed", "shared": "on"})
    view = SavedView.objects.get()
    assert "Everyone in the organization loses it." in admin.post(f"/records/views/{view.id}/delete").text
    assert SavedView.objects.exists()
